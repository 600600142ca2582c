#include "http_connection_fixture.h"

#include <algorithm>

// Bodies that are held back or thrown away, answers that wait for a slow client, connections that are closed.
namespace node::http_connection {

static void Pause(const Seen& seen) { SetReading(seen.id, seen.exchange, false); }
static void Resume(const Seen& seen) { SetReading(seen.id, seen.exchange, true); }

static constexpr char kPost[] = "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n";

TEST_F(ConnectionTest, APausedBodyIsHeldBackWithItsEndAndWithWhatFollows) {
  recorder_.answer = [](const Seen& seen) {
    if (seen.target == "/") Pause(seen);
  };
  Open();
  Send(std::string(kPost) + "abcdGET /next HTTP/1.1\r\n\r\n");
  EXPECT_EQ(recorder_.log, "request / with body\n");
  Resume(recorder_.requests[0]);
  EXPECT_EQ(recorder_.log, "request / with body\n");  // never from inside a call
  Flush();
  EXPECT_EQ(recorder_.log, "request / with body\nbody abcd\ncomplete\nrequest /next\n");
}

TEST_F(ConnectionTest, APauseInTheLastPieceHoldsBackTheEnd) {
  recorder_.on_body = [](Id id, ExchangeNumber exchange) {
    SetReading(id, exchange, false);
    SetReading(id, exchange, false);
  };
  for (std::string body :
       {"Content-Length: 4\r\n\r\nabcd", "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n"}) {
    Open();
    recorder_.log.clear();
    Send("POST / HTTP/1.1\r\n" + body + "GET /next HTTP/1.1\r\n\r\n");
    EXPECT_EQ(recorder_.log, "request / with body\nbody abcd\n");
    Seen seen = recorder_.requests.back();
    Resume(seen);
    Pause(seen);
    Flush();
    EXPECT_EQ(recorder_.log, "request / with body\nbody abcd\n");
    Resume(seen);
    Resume(seen);
    Flush();
    EXPECT_EQ(recorder_.log, "request / with body\nbody abcd\ncomplete\nrequest /next\n");
    Pause(seen);  // all has come: without effect
    Flush();
    EXPECT_EQ(Say(recorder_.requests.back(), "x").status, Status::kOk);
  }
}

TEST_F(ConnectionTest, PiecesHaveTheirLimit) {
  recorder_.answer = [](const Seen& seen) {
    if (seen.target == "/5000") SetPiece(seen.id, seen.exchange, 5000);
    if (seen.target == "/next") Say(seen, "");
  };
  Settings settings;
  settings.piece = 1000;
  Open(settings);
  for (std::string target : {"/1000", "/5000"}) {
    for (bool chunked : {false, true}) {
      for (bool pausing : {false, true}) {
        recorder_.log.clear();
        recorder_.received = recorder_.largest = 0;
        recorder_.on_body = [pausing](Id id, ExchangeNumber exchange) {
          if (pausing) SetReading(id, exchange, false);
        };
        std::string body(23000, 'x');
        std::string framing = "Content-Length: 23000\r\n\r\n" + body;
        if (chunked) {
          framing = "Transfer-Encoding: chunked\r\n\r\n";
          for (int i = 0; i < 230; ++i) framing += "64\r\n" + body.substr(0, 100) + "\r\n";
          framing += "0\r\n\r\n";
        }
        Send("POST " + target + " HTTP/1.1\r\n" + framing + "GET /next HTTP/1.1\r\n\r\n");
        Seen post = recorder_.requests.back();
        if (post.target == "/next") post = *(recorder_.requests.end() - 2);
        for (int i = 0; i < 100 && pausing; ++i) {
          Resume(post);
          Flush();
        }
        EXPECT_EQ(recorder_.received, body.size());
        size_t most = target == "/1000" ? 1000 : 5000;
        EXPECT_LE(recorder_.largest, most);
        EXPECT_GT(recorder_.largest, most / 2);
        EXPECT_TRUE(recorder_.log.ends_with("complete\nrequest /next\n")) << recorder_.log;
        Say(post, "");
        Flush();
      }
    }
  }
}

TEST_F(ConnectionTest, ARefusedBodyThatIsPausedIsRefusedWhenItGoesOn) {
  recorder_.on_body = [](Id id, ExchangeNumber exchange) { SetReading(id, exchange, false); };
  Open();
  Send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcdX");
  EXPECT_EQ(recorder_.log, "request / with body\nbody abcd\n");
  Resume(recorder_.requests[0]);
  Flush();
  EXPECT_EQ(recorder_.log, "request / with body\nbody abcd\ngone\n");
  EXPECT_TRUE(Receive().starts_with("HTTP/1.1 400 "));
}

TEST_F(ConnectionTest, WhilePausedTheSocketIsNotRead) {
  recorder_.answer = Pause;
  Open();
  Send("POST / HTTP/1.1\r\nContent-Length: 10000000\r\n\r\n");
  std::string piece(100000, 'x');
  size_t sent = 0;
  auto send_some = [&] {
    for (ssize_t wrote; sent < 10000000 &&
                        (wrote = write(client_.get(), piece.data(), std::min(piece.size(), 10000000 - sent))) > 0;) {
      sent += static_cast<size_t>(wrote);
    }
    Turn();
  };
  for (int i = 0; i < 20; ++i) send_some();
  EXPECT_LT(sent, 2000000u);  // what the kernel holds
  EXPECT_EQ(recorder_.received, 0u);
  Resume(recorder_.requests[0]);
  ASSERT_TRUE(TurnUntil([&] {
    send_some();
    return sent == 10000000;
  }));
  EXPECT_TRUE(TurnUntil([&] { return recorder_.log.ends_with("complete\n"); }));
  EXPECT_EQ(recorder_.received, 10000000u);
}

TEST_F(ConnectionTest, EarlierRequestsAreAnsweredWhileABodyIsPaused) {
  Open();
  Send("GET /1 HTTP/1.1\r\n\r\n" + std::string(kPost) + "ab");
  Pause(recorder_.requests[1]);
  Say(recorder_.requests[0], "first");
  Say(recorder_.requests[1], "second");
  Flush();
  std::string answer = Receive();
  EXPECT_LT(answer.find("first"), answer.find("second"));
  Resume(recorder_.requests[1]);
  Send("cd");
  EXPECT_TRUE(recorder_.log.ends_with("body ab\nbody cd\ncomplete\n"));
}

TEST_F(ConnectionTest, APausedBodyHasNoDeadlineUntilItsAnswerIsFinished) {
  Settings settings;
  settings.body_timeout = 1;
  recorder_.answer = Pause;
  Open(settings);
  Send(kPost);
  TurnFor(4500);
  Resume(recorder_.requests[0]);
  Send("abcd");
  EXPECT_EQ(recorder_.log, "request / with body\nbody abcd\ncomplete\n");
  Say(recorder_.requests[0], "x");
  Send(kPost);
  Say(recorder_.requests[1], "x");
  EXPECT_TRUE(TurnUntil([&] { return server_->connection_count() == 0; }));
}

TEST_F(ConnectionTest, APausedBodyThatNobodyHearsIsReadWhenItsAnswerIsFinished) {
  Open();
  Send(kPost);
  EXPECT_TRUE(Attend(id_, recorder_.requests[0].exchange, false, false));
  Pause(recorder_.requests[0]);
  Send("abcdGET /next HTTP/1.1\r\n\r\n");
  EXPECT_EQ(recorder_.requests.size(), 1u);
  Say(recorder_.requests[0], "no");
  Turn();
  EXPECT_EQ(recorder_.log, "request / with body\nrequest /next\n");
}

TEST_F(ConnectionTest, AClientThatVanishesWhilePausedIsNoticed) {
  recorder_.answer = Pause;
  Open();
  Watch(id_);
  Send(kPost);
  client_.Close();
  EXPECT_TRUE(TurnUntil([&] { return server_->connection_count() == 0; }));
  EXPECT_EQ(recorder_.log, "request / with body\neof\ngone\nclosed\n");
  Resume(recorder_.requests[0]);  // a stale name
  Flush();
}

TEST_F(ConnectionTest, ABodyThatIsThereIsHeardAlsoWhenItsClientHasLeftMeanwhile) {
  recorder_.answer = Pause;
  for (bool held : {true, false}) {
    Open();
    recorder_.log.clear();
    if (held) {
      Send(std::string(kPost) + "abcd");
    } else {
      Send(kPost);
      Send("abcd");
    }
    client_.Close();
    TurnFor(4500);
    Resume(recorder_.requests.back());
    Turn();
    EXPECT_EQ(recorder_.log, "request / with body\nbody abcd\ncomplete\n");
  }
}

TEST_F(ConnectionTest, AnAnswerThatClosesLetsItsPausedBodyEnd) {
  Open();
  Send(std::string(kPost) + "ab");
  Pause(recorder_.requests[0]);
  Send("cd");
  Respond(id_, recorder_.requests[0].exchange, HeadWith(kClosePair, 1), "early", /*finish=*/true);
  Flush();
  Resume(recorder_.requests[0]);
  Turn();
  EXPECT_EQ(recorder_.log, "request / with body\nbody ab\nbody cd\ncomplete\n");
  EXPECT_TRUE(Receive().ends_with("early<end>"));
}

TEST_F(ConnectionTest, AnEarlierAnswerThatClosesEndsAPausedBody) {
  Open();
  Send("GET /1 HTTP/1.1\r\n\r\n" + std::string(kPost));
  Pause(recorder_.requests[1]);
  Send("abcd");
  Respond(id_, recorder_.requests[0].exchange, HeadWith(kClosePair, 1), "one", /*finish=*/true);
  Flush();
  EXPECT_TRUE(recorder_.log.ends_with("gone\n"));
  Resume(recorder_.requests[1]);
  Turn();
  EXPECT_TRUE(recorder_.log.ends_with("gone\n"));
  EXPECT_TRUE(Receive().ends_with("one<end>"));
}

TEST_F(ConnectionTest, WhatTheHandlerDoesNotWantIsThrownAway) {
  recorder_.answer = [](const Seen& seen) {
    bool complete = seen.target == "/complete";
    EXPECT_TRUE(Attend(seen.id, seen.exchange, false, complete));
  };
  Open();
  Send("POST /none HTTP/1.1\r\nContent-Length: 2\r\n\r\nabPOST /complete HTTP/1.1\r\nContent-Length: 2\r\n\r\nab");
  EXPECT_EQ(recorder_.log, "request /none with body\nrequest /complete with body\ncomplete\n");
  EXPECT_FALSE(Attend(id_, recorder_.requests[0].exchange, true, true));
  recorder_.log.clear();
  Send(std::string(kPost) + "ab");
  EXPECT_TRUE(Attend(id_, recorder_.requests[2].exchange, true, true));
  Send("cd");
  EXPECT_EQ(recorder_.log, "request / with body\nbody cd\ncomplete\n");
}

TEST_F(ConnectionTest, BodiesAreBoundedWhereItIsAskedFor) {
  Settings settings;
  settings.body_bytes = 4;
  Open(settings);
  Send(std::string(kPost) + "abcd");
  Send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n");
  EXPECT_EQ(Count(recorder_.log, "complete"), 2u);
  Open(settings);
  recorder_.log.clear();
  Send("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabcde");
  EXPECT_EQ(recorder_.log, "");
  EXPECT_TRUE(Receive().starts_with("HTTP/1.1 413 "));
  Open(settings);
  recorder_.log.clear();
  Send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n");
  EXPECT_EQ(recorder_.log, "request / with body\ngone\n");
  std::string answer = Receive();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ") && answer.ends_with("<end>")) << answer;
}

// Writes pieces of an answer until it is to hold back; the bytes of them.
static size_t Fill(const Seen& seen) {
  static const std::string piece(10000, 'x');
  size_t written = 0;
  while (Write(seen.id, seen.exchange, piece).drained) {
    written += piece.size();
    Flush();
    if (written > 100000000) break;
  }
  return written + piece.size();
}

TEST_F(ConnectionTest, TheEndOfABacklogIsTold) {
  Settings settings;
  settings.output_pause = 50000;
  Open(settings);
  Send("GET / HTTP/1.1\r\n\r\n");
  Seen seen = recorder_.requests[0];
  recorder_.log.clear();
  Respond(seen.id, seen.exchange, http_writer::ResponseHead(), "", /*finish=*/false);
  for (int round = 0; round < 3; ++round) {
    size_t written = Fill(seen);
    Flush();
    EXPECT_EQ(recorder_.log, "");
    size_t received = 0;
    EXPECT_TRUE(TurnUntil([&] {
      received += Receive().size();
      return received >= written && !recorder_.log.empty();
    }));
    EXPECT_EQ(recorder_.log, "drain\n");
    recorder_.log.clear();
    Turn();
    EXPECT_EQ(recorder_.log, "");  // once
  }
  Fill(seen);
  Finish(seen.id, seen.exchange);
  TurnUntil([&] {
    Receive();
    return Receive().empty();
  });
  EXPECT_EQ(recorder_.log, "");  // never behind the end
}

TEST_F(ConnectionTest, AnAnswerBehindAnUnfinishedOneHearsOfTheEndOfItsBacklogInItsTurn) {
  Settings settings;
  settings.output_pause = 1000;
  Open(settings);
  Send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  recorder_.log.clear();
  Seen second = recorder_.requests[1];
  EXPECT_FALSE(Respond(second.id, second.exchange, http_writer::ResponseHead(), std::string(2000, 'x'), false).drained);
  Turn();
  EXPECT_EQ(recorder_.log, "");
  Say(recorder_.requests[0], "first");
  EXPECT_EQ(recorder_.log, "");
  Flush();
  EXPECT_EQ(recorder_.log, "drain\n");
}

TEST_F(ConnectionTest, AnAnswerIsSentWhenTheKernelHasItOrIsGone) {
  for (bool read : {true, false}) {
    Open();
    recorder_.log.clear();
    Send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n");
    auto end = recorder_.requests.end();
    Seen first = end[-3];
    Seen second = end[-2];
    Seen third = end[-1];
    recorder_.log.clear();
    EXPECT_TRUE(AwaitSent(first.id, first.exchange));
    EXPECT_TRUE(AwaitSent(second.id, second.exchange));
    Say(second, "x");
    EXPECT_FALSE(AwaitSent(second.id, second.exchange));  // finished
    Turn();
    EXPECT_EQ(recorder_.log, "");
    Say(first, std::string(1 << 20, 'x'));
    Turn();
    EXPECT_EQ(recorder_.log, "");  // more than the socket takes
    if (read) {
      EXPECT_TRUE(TurnUntil([&] { return Receive(), recorder_.log == "sent\nsent\n"; })) << recorder_.log;
      Say(third, "x");
      Turn();
      EXPECT_EQ(recorder_.log, "sent\nsent\n");
    } else {
      Abort(id_);
      Flush();
      EXPECT_EQ(recorder_.log, "gone 3\n");
    }
  }
}

TEST_F(ConnectionTest, AnAnswerThatBreaksOffIsNotSent) {
  Open();
  Send("GET / HTTP/1.1\r\n\r\n");
  Seen seen = recorder_.requests.back();
  EXPECT_TRUE(AwaitSent(seen.id, seen.exchange));
  Respond(seen.id, seen.exchange, HeadWith(std::string_view("Content-Length\0005\0", 17), 1), "abc", /*finish=*/true);
  Turn();
  EXPECT_EQ(recorder_.log.find("sent"), std::string::npos) << recorder_.log;
}

TEST_F(ConnectionTest, TheStateOfAnAnswer) {
  auto state = [](const Seen& seen) {
    AnswerState found = GetAnswerState(seen.id, seen.exchange);
    return std::string(found.closes ? "closes" : "goes on") + (found.chunked ? ", chunked" : "");
  };
  Open();
  Send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\nConnection: close\r\n\r\n");
  Seen first = recorder_.requests[0];
  Seen second = recorder_.requests[1];
  EXPECT_EQ(state(first), "goes on");
  EXPECT_EQ(state(second), "closes");
  Respond(first.id, first.exchange, {}, "a", /*finish=*/false);
  EXPECT_EQ(state(first), "goes on, chunked");
  Finish(first.id, first.exchange);
  EXPECT_EQ(state(first), "goes on");
  SetMayChunk(second.id, second.exchange, false);
  Respond(second.id, second.exchange, {}, "a", /*finish=*/false);
  EXPECT_EQ(state(second), "closes");
  Write(second.id, second.exchange, "b");
  Finish(second.id, second.exchange);
  Turn();
  std::string answers = Receive();
  EXPECT_EQ(Count(answers, "chunked"), 1u) << answers;
  EXPECT_TRUE(answers.ends_with("\r\n\r\nab<end>")) << answers;
  EXPECT_EQ(state(first), "closes");
  EXPECT_EQ(state({12345, 1, ""}), "closes");
}

TEST_F(ConnectionTest, AClosedConnectionTakesNoFurtherRequestAndGivesTheAnswersItOwes) {
  Open();
  Watch(id_);
  Send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  Close(id_);
  Send("GET /3 HTTP/1.1\r\n\r\n");
  EXPECT_EQ(recorder_.requests.size(), 2u);
  Say(recorder_.requests[0], "one");
  Flush();
  EXPECT_EQ(Receive().find("Connection: close"), std::string::npos);
  Say(recorder_.requests[1], "two");
  Flush();
  std::string answer = Receive();
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("two<end>"));
  client_.Close();
  Turn();
  EXPECT_TRUE(recorder_.log.ends_with("closed\n"));
}

TEST_F(ConnectionTest, AnIdleConnectionAndOneInsideAHeadCloseAtOnce) {
  for (std::string begun : {"", "GET / HT"}) {
    Open();
    if (!begun.empty()) Send(begun);
    Close(id_);
    Flush();
    EXPECT_EQ(Receive(), "<end>");
  }
}

TEST_F(ConnectionTest, AConnectionClosedInsideARequestTakesNoneBehindIt) {
  recorder_.answer = [](const Seen& seen) {
    Close(seen.id);
    Say(seen, "only");
  };
  Open();
  Send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  EXPECT_EQ(recorder_.requests.size(), 1u);
  std::string answer = Receive();
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("only<end>"));
}

TEST_F(ConnectionTest, AConnectionClosedInsideABodyHearsItToTheEnd) {
  Open();
  Send(std::string(kPost) + "ab");
  Close(id_);
  Send("cdGET /never HTTP/1.1\r\n\r\n");
  EXPECT_EQ(recorder_.log, "request / with body\nbody ab\nbody cd\ncomplete\n");
  Say(recorder_.requests[0], "last");
  Flush();
  EXPECT_TRUE(Receive().ends_with("last<end>"));
}

TEST_F(ConnectionTest, AResetIsAFailure) {
  recorder_.answer = [](const Seen& seen) { Say(seen, "unread"); };
  Open();
  Watch(id_);
  Send("GET / HTTP/1.1\r\n\r\n");
  client_.Close();  // with unread bytes: a reset
  Turn();
  EXPECT_TRUE(recorder_.log.ends_with("failed\n"));
}

TEST_F(ConnectionTest, APeerThatHasShutItsHalfIsSeen) {
  Open();
  Send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_FALSE(PeerClosed(id_));
  shutdown(client_.get(), SHUT_WR);
  Turn();
  EXPECT_TRUE(PeerClosed(id_));
  Say(recorder_.requests[0], "x");
  Flush();
  EXPECT_TRUE(Receive().ends_with("x<end>"));
}

}  // namespace node::http_connection
