#include "http_connection_fixture.h"

#include <algorithm>

namespace node::http_connection {

TEST_F(ConnectionTest, AnswersAndStaysOpen) {
  recorder_.answer = [](const Seen& seen) { Say(seen, "<" + seen.target + ">"); };
  Open();
  for (int i = 0; i < 3; ++i) {
    Send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    std::string answer = Receive();
    EXPECT_NE(answer.find("HTTP/1.1 200 OK\r\n"), std::string::npos);
    EXPECT_TRUE(answer.ends_with("\r\n\r\n</a>")) << answer;
  }
}

TEST_F(ConnectionTest, AnswersLeaveInTheOrderOfTheRequests) {
  Open();
  Send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n");
  ASSERT_EQ(recorder_.requests.size(), 3u);
  Say(recorder_.requests[2], "third");
  Say(recorder_.requests[1], "second");
  Flush();
  EXPECT_EQ(Receive(), "");
  Say(recorder_.requests[0], "first");
  Flush();
  std::string answer = Receive();
  EXPECT_LT(answer.find("first"), answer.find("second"));
  EXPECT_LT(answer.find("second"), answer.find("third"));
}

TEST_F(ConnectionTest, PipelinedRequestsInFlightAreBoundedAndNoneIsLost) {
  Open();
  std::string many;
  for (int i = 0; i < 50; ++i) many += "GET /" + std::to_string(i) + " HTTP/1.1\r\n\r\n";
  Send(many);
  EXPECT_EQ(recorder_.requests.size(), Settings().pipeline_depth);
  for (size_t i = 0; i < 50; ++i) {
    ASSERT_LT(i, recorder_.requests.size());
    EXPECT_EQ(recorder_.requests[i].target, "/" + std::to_string(i));
    Say(recorder_.requests[i], "x");
    Flush();
  }
  Turn();
  EXPECT_EQ(Count(Receive(), "HTTP/1.1 200"), 50u);
}

TEST_F(ConnectionTest, ThousandsOfPipelinedRequestsThatWaitForOutputUseNoStack) {
  Settings settings;
  settings.output_pause = 1;
  size_t answered = 0;
  uintptr_t lowest = UINTPTR_MAX;
  uintptr_t highest = 0;
  recorder_.answer = [&](const Seen& seen) {
    uintptr_t here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    lowest = std::min(lowest, here);
    highest = std::max(highest, here);
    ++answered;
    Say(seen, "x");
  };
  Open(settings);
  std::string many;
  for (int i = 0; i < 10000; ++i) many += "GET / HTTP/1.1\r\n\r\n";
  std::string answers;
  for (size_t sent = 0; answered < 10000;) {
    ssize_t wrote = write(client_.get(), many.data() + sent, many.size() - sent);
    if (wrote > 0) sent += static_cast<size_t>(wrote);
    size_t before = answered;
    Turn();
    answers += Receive();
    ASSERT_TRUE(answered > before || wrote > 0);
  }
  Turn();
  answers += Receive();
  EXPECT_EQ(Count(answers, "HTTP/1.1 200"), 10000u);
  EXPECT_LT(highest - lowest, 4096u);
}

TEST_F(ConnectionTest, BodiesAreDeliveredInPiecesAndEnd) {
  Open();
  Send("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nab");
  Send("cdGET /next HTTP/1.1\r\n\r\n");
  EXPECT_EQ(recorder_.log, "request / with body\nbody ab\nbody cd\ncomplete\nrequest /next\n");
}

TEST_F(ConnectionTest, ARefusalWaitsBehindOwedAnswers) {
  Open();
  Send("GET /1 HTTP/1.1\r\n\r\nbad line\r\n\r\n");
  EXPECT_EQ(Receive(), "");
  Say(recorder_.requests[0], "owed");
  Flush();
  std::string answer = Receive();
  EXPECT_LT(answer.find("owed"), answer.find("HTTP/1.1 400"));
  EXPECT_TRUE(answer.ends_with("<end>")) << answer;
  EXPECT_EQ(Count(answer, "HTTP/1.1"), 2u);
}

TEST_F(ConnectionTest, StaleNamesAreRefused) {
  Open();
  Send("GET / HTTP/1.1\r\n\r\n");
  Seen seen = recorder_.requests[0];
  EXPECT_EQ(Say(seen, "x").status, Status::kOk);
  EXPECT_EQ(Say(seen, "x").status, Status::kGone);
  EXPECT_EQ(Write(seen.id, seen.exchange, "x").status, Status::kGone);
  EXPECT_EQ(Finish(seen.id ^ (1u << 20), seen.exchange).status, Status::kGone);
  EXPECT_EQ(Finish(0xfffff, 0).status, Status::kGone);
}

TEST_F(ConnectionTest, CallsInTheWrongOrderAreNamed) {
  Open();
  Send("GET / HTTP/1.1\r\n\r\n");
  Seen seen = recorder_.requests[0];
  EXPECT_EQ(Write(seen.id, seen.exchange, "x").status, Status::kNoHead);
  EXPECT_EQ(Finish(seen.id, seen.exchange).status, Status::kNoHead);
  http_writer::ResponseHead head;
  EXPECT_EQ(Respond(seen.id, seen.exchange, head, "", false).status, Status::kOk);
  EXPECT_EQ(Respond(seen.id, seen.exchange, head, "", false).status, Status::kHeadTwice);
}

TEST_F(ConnectionTest, ABodyOfAnotherLengthThanDeclaredClosesTheConnection) {
  Open();
  Send("GET / HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  Seen seen = recorder_.requests[0];
  http_writer::ResponseHead head;
  static constexpr char kPairs[] = "Content-Length\0002\0";
  head.pairs = std::string_view(kPairs, sizeof kPairs - 1);
  head.pair_count = 1;
  EXPECT_EQ(Respond(seen.id, seen.exchange, head, "a", false).status, Status::kOk);
  EXPECT_EQ(Write(seen.id, seen.exchange, "bc").status, Status::kTooLong);
  EXPECT_EQ(Write(seen.id, seen.exchange, "b").status, Status::kGone);
  Flush();
  EXPECT_TRUE(Receive().ends_with("a<end>"));
}

TEST_F(ConnectionTest, AClientThatLeavesIsReported) {
  Open();
  Send("GET / HTTP/1.1\r\n\r\n");
  client_.Close();
  Turn();
  // A half-closed client still gets its answer; only writing tells that this one has gone.
  Say(recorder_.requests[0], std::string(1000, 'x'));
  Flush();
  Turn();
  EXPECT_EQ(server_->connection_count(), 0u);
  EXPECT_EQ(Say(recorder_.requests[0], "x").status, Status::kGone);
}

TEST_F(ConnectionTest, ABodyCutShortIsReported) {
  Open();
  Send("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nab");
  shutdown(client_.get(), SHUT_WR);
  Turn();
  EXPECT_EQ(recorder_.log, "request / with body\nbody ab\ngone\n");
  EXPECT_EQ(server_->connection_count(), 0u);
}

TEST_F(ConnectionTest, AClientThatNeverReadsIsBounded) {
  Settings settings;
  settings.output_limit = 100000;
  Open(settings);
  Send("GET / HTTP/1.1\r\n\r\n");
  http_writer::ResponseHead head;
  Respond(recorder_.requests[0].id, recorder_.requests[0].exchange, head, "", false);
  Status status = Status::kOk;
  for (int i = 0; i < 1000 && status == Status::kOk; ++i) {
    status = Write(recorder_.requests[0].id, recorder_.requests[0].exchange, std::string(10000, 'x')).status;
    Flush();
  }
  EXPECT_EQ(status, Status::kGone);
  EXPECT_EQ(server_->connection_count(), 0u);
}

TEST_F(ConnectionTest, SlowHeadsAreEndedWithA408) {
  Settings settings;
  settings.head_timeout = 1;
  Open(settings);
  Send("GET / HT");
  std::string answer;
  for (double end = loop::NowMs() + 8000; answer.empty() && loop::NowMs() < end;) {
    Turn();
    answer = Receive();
  }
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
}

TEST_F(ConnectionTest, ClosingEndsIdleConnectionsAndLetsBusyOnesFinish) {
  Open();
  Send("GET / HTTP/1.1\r\n\r\n");
  server_->Close();
  EXPECT_EQ(server_->connection_count(), 1u);
  Say(recorder_.requests[0], "last");
  Flush();
  std::string answer = Receive();
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("last<end>"));
  EXPECT_EQ(recorder_.log, "request /\n");
  EXPECT_FALSE(server_->over());
  client_.Close();
  Turn();
  EXPECT_EQ(recorder_.log, "request /\ndrained\n");
  EXPECT_TRUE(server_->over());
  server_->Close();
  Turn();
  EXPECT_EQ(recorder_.log, "request /\ndrained\n");
}

TEST_F(ConnectionTest, ClosingTakesTheRequestsThatTheKernelHas) {
  recorder_.answer = [](const Seen& seen) { Say(seen, "late"); };
  Open();
  ASSERT_EQ(write(client_.get(), "GET / HTTP/1.1\r\n\r\n", 18), 18);
  server_->Close();
  EXPECT_EQ(server_->connection_count(), 1u);
  Turn();
  std::string answer = Receive();
  EXPECT_NE(answer.find("Connection: close"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("late<end>")) << answer;
}

TEST_F(ConnectionTest, ClosingWithoutConnectionsIsToldOutsideOfTheCall) {
  Open();
  client_.Close();
  Turn();
  server_->Close();
  EXPECT_EQ(recorder_.log, "");
  EXPECT_FALSE(server_->over());
  EXPECT_TRUE(FlushDue());
  Flush();
  EXPECT_EQ(recorder_.log, "drained\n");
}

TEST_F(ConnectionTest, ABodyIsDeliveredToItsEndAlsoBehindAFinishedAnswer) {
  recorder_.answer = [](const Seen& seen) { Say(seen, "early"); };
  Open();
  Send("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nab");
  EXPECT_TRUE(Receive().ends_with("early"));
  Send("cdGET /next HTTP/1.1\r\n\r\n");
  EXPECT_EQ(recorder_.log, "request / with body\nbody ab\nbody cd\ncomplete\nrequest /next\n");
}

TEST_F(ConnectionTest, ABodyIsDeliveredToItsEndAlsoWhenTheAnswerClosesTheConnection) {
  recorder_.answer = [](const Seen& seen) {
    Respond(seen.id, seen.exchange, HeadWith(kClosePair, 1), "early", /*finish=*/true);
  };
  Open();
  Send("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nab");
  // The client need not send all of it to see the end of the answer.
  EXPECT_TRUE(Receive().ends_with("early<end>"));
  Send("cdGET /never HTTP/1.1\r\n\r\n");
  EXPECT_EQ(recorder_.log, "request / with body\nbody ab\nbody cd\ncomplete\n");
  client_.Close();
  Turn();
  EXPECT_EQ(server_->connection_count(), 0u);
}

TEST_F(ConnectionTest, ABodyCutShortBehindAFinishedAnswerIsReported) {
  // HTTP/1.0 and a client that shuts its half while the answer is still on its way.
  recorder_.answer = [](const Seen& seen) { Say(seen, std::string(4000000, 'x')); };
  Open();
  Send("POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\n");
  shutdown(client_.get(), SHUT_WR);
  Turn();
  std::string all;
  for (int i = 0; i < 1000 && !all.ends_with("<end>"); ++i) {
    all += Receive();
    Turn();
  }
  EXPECT_EQ(Count(all, "x"), 4000000u);
  EXPECT_EQ(recorder_.log, "request / with body\ngone\n");
}

TEST_F(ConnectionTest, AnAnswerThatClosesEndsTheRequestsBehindIt) {
  Open();
  Send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nPOST /3 HTTP/1.1\r\nContent-Length: 4\r\n\r\nab");
  recorder_.log.clear();
  Respond(recorder_.requests[0].id, recorder_.requests[0].exchange, HeadWith(kClosePair, 1), "one", /*finish=*/true);
  EXPECT_EQ(recorder_.log, "");  // never from inside a call
  Flush();
  EXPECT_EQ(recorder_.log, "gone 2\n");
  EXPECT_EQ(Say(recorder_.requests[1], "two").status, Status::kGone);
  Send("cd");
  EXPECT_EQ(recorder_.log, "gone 2\n");
  EXPECT_TRUE(Receive().ends_with("one<end>"));
}

TEST_F(ConnectionTest, StaleNamesNeverFitALaterConnectionOfTheSlot) {
  Open();
  Send("GET / HTTP/1.1\r\n\r\n");
  Seen stale = recorder_.requests[0];
  Abort(id_);
  Flush();
  for (int i = 0; i < 1023; ++i) {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    client_ = fd::OwnedFd(ends[0]);
    Abort(*server_->Adopt(fd::OwnedFd(ends[1])));
  }
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  client_ = fd::OwnedFd(ends[0]);
  id_ = *server_->Adopt(fd::OwnedFd(ends[1]));
  EXPECT_EQ(id_, stale.id);  // the generations have come round
  EXPECT_FALSE(IsOf(id_, stale.exchange));
  Send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(IsOf(id_, recorder_.requests[1].exchange));
  EXPECT_FALSE(IsOf(id_, stale.exchange));
  EXPECT_EQ(Say(stale, "a stranger's").status, Status::kGone);
}

TEST_F(ConnectionTest, AnswersBehindAnUnfinishedOneCountAsOutput) {
  Settings settings;
  settings.output_pause = 1000;
  settings.output_limit = 100000;
  Open(settings);
  Send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n");
  EXPECT_FALSE(Say(recorder_.requests[1], std::string(5000, 'x')).drained);
  Flush();
  Send("GET /4 HTTP/1.1\r\n\r\n");
  EXPECT_EQ(recorder_.requests.size(), 3u);
  Say(recorder_.requests[2], std::string(100000, 'x'));
  Flush();
  EXPECT_EQ(server_->connection_count(), 0u);
  EXPECT_EQ(recorder_.log.substr(recorder_.log.find("gone")), "gone 3\n");
}

TEST_F(ConnectionTest, OutputThatTheClientHasTakenIsForgotten) {
  Settings settings;
  settings.output_limit = 3000000;
  Open(settings);
  Send("GET / HTTP/1.1\r\n\r\n");
  Seen seen = recorder_.requests[0];
  Respond(seen.id, seen.exchange, http_writer::ResponseHead(), std::string(2000000, 'x'), false);
  size_t received = 0;
  // Always a backlog, 40 MB in all: what is counted and kept is the backlog alone.
  for (int i = 0; i < 400; ++i) {
    ASSERT_EQ(Write(seen.id, seen.exchange, std::string(100000, 'x')).status, Status::kOk) << i;
    Flush();
    while (received < static_cast<size_t>(i) * 100000) {
      received += Receive().size();
      Turn();
    }
  }
  EXPECT_GT(received, 39000000u);
}

TEST_F(ConnectionTest, CompleteAnswersBeforeABrokenOneArrive) {
  recorder_.answer = [](const Seen& seen) {
    if (seen.target == "/1") return void(Say(seen, "whole"));
    static constexpr std::string_view kPair("Content-Length\0001\0", 17);
    EXPECT_EQ(Respond(seen.id, seen.exchange, HeadWith(kPair, 1), "too long", false).status, Status::kTooLong);
  };
  Open();
  Send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  std::string answer = Receive();
  EXPECT_NE(answer.find("whole"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("<end>"));
  EXPECT_EQ(answer.find("too long"), std::string::npos);
}

TEST_F(ConnectionTest, OwedAnswersOutliveTheDeadlinesOfReading) {
  Settings settings;
  settings.head_timeout = settings.idle_timeout = settings.body_timeout = 1;
  Open(settings);
  Send("GET /slow HTTP/1.1\r\n\r\njunk\r\n\r\n");
  for (double end = loop::NowMs() + 3500; loop::NowMs() < end;) Turn();
  Say(recorder_.requests[0], "late");
  Flush();
  std::string answer = Receive();
  EXPECT_LT(answer.find("late"), answer.find("HTTP/1.1 400"));
}

TEST_F(ConnectionTest, AnEmptyLineBehindABodyBeginsNoRequest) {
  Settings settings;
  settings.head_timeout = 1;
  recorder_.answer = [](const Seen& seen) { Say(seen, "x"); };
  Open(settings);
  Send("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab\r\n");
  EXPECT_TRUE(Receive().ends_with("x"));
  for (double end = loop::NowMs() + 3500; loop::NowMs() < end;) Turn();
  EXPECT_EQ(Receive(), "");  // no 408
  Send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(Receive().ends_with("x"));
}

TEST_F(ConnectionTest, ABodyGoesOnAtTheDepthOfThePipeline) {
  Settings settings;
  settings.pipeline_depth = 2;
  Open(settings);
  Send("GET /1 HTTP/1.1\r\n\r\nPOST /2 HTTP/1.1\r\nContent-Length: 4\r\n\r\nab");
  Send("cd");
  EXPECT_EQ(recorder_.log, "request /1\nrequest /2 with body\nbody ab\nbody cd\ncomplete\n");
}

TEST_F(ConnectionTest, SmallChunksOfOneReadComeAsOnePiece) {
  Open();
  std::string request = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (char c = 'a'; c <= 'z'; ++c) request += std::string("1\r\n") + c + "\r\n";
  Send(request + "0\r\n\r\n");
  EXPECT_EQ(recorder_.log, "request / with body\nbody abcdefghijklmnopqrstuvwxyz\ncomplete\n");
}

TEST_F(ConnectionTest, AWatchedConnectionTellsOfItsEnd) {
  Open();
  Watch(id_);
  client_.Close();
  Turn();
  EXPECT_EQ(recorder_.log, "eof\nclosed\n");
}

TEST_F(ConnectionTest, AnUpgradeHandsTheConnectionOver) {
  Settings settings;
  settings.offer_upgrade = true;
  Open(settings);
  Send("GET /chat HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nfirst bytes");
  EXPECT_EQ(recorder_.log, "upgrade /chat <first bytes>\n");
  EXPECT_EQ(server_->connection_count(), 0u);
  ASSERT_EQ(write(recorder_.handed_over.get(), "raw", 3), 3);
  EXPECT_EQ(Receive(), "raw");
}

TEST_F(ConnectionTest, ConnectIsHandedOverOnlyWhereItIsOffered) {
  Settings settings;
  settings.offer_upgrade = true;
  Open(settings);
  Send("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n");
  EXPECT_EQ(recorder_.log, "upgrade a:1 <>\n");
  Open();
  Send("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n");
  EXPECT_TRUE(Receive().starts_with("HTTP/1.1 501 "));
}

TEST_F(ConnectionTest, AnUpgradeBehindAnOwedAnswerOrWithABodyIsAnOrdinaryRequest) {
  Settings settings;
  settings.offer_upgrade = true;
  Open(settings);
  Send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
  EXPECT_EQ(recorder_.log, "request /1\nrequest /2\n");
}

TEST_F(ConnectionTest, TheLastOfTheAllowedRequestsClosesTheConnection) {
  Settings settings;
  settings.requests = 2;
  recorder_.answer = [](const Seen& seen) { Say(seen, "x"); };
  Open(settings);
  Send("GET /1 HTTP/1.1\r\n\r\n");
  EXPECT_EQ(Receive().find("Connection: close"), std::string::npos);
  Send("GET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n");
  std::string answer = Receive();
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("x<end>"));
  EXPECT_EQ(recorder_.requests.size(), 2u);
}

TEST_F(ConnectionTest, AClosedServerEndsItsOwnIdleConnectionsOnly) {
  Server other(&recorder_, Settings());
  Open();
  std::vector<Id> mine = {id_};
  std::vector<Id> others;
  std::vector<fd::OwnedFd> clients;
  for (int i = 0; i < 10; ++i) {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    clients.emplace_back(ends[0]);
    (i % 2 == 0 ? mine : others).push_back(*(i % 2 == 0 ? server_.get() : &other)->Adopt(fd::OwnedFd(ends[1])));
  }
  // From both ends and out of the middle.
  for (Id id : {mine[0], mine[5], mine[2], others[0]}) Abort(id);
  EXPECT_EQ(server_->connection_count(), 3u);
  std::string request = "GET / HTTP/1.1\r\n\r\n";
  ASSERT_EQ(write(clients[0].get(), request.data(), request.size()), static_cast<ssize_t>(request.size()));
  Turn();
  ASSERT_EQ(recorder_.requests.size(), 1u);
  server_->Close();
  EXPECT_EQ(server_->connection_count(), 1u);  // it owes an answer
  EXPECT_EQ(other.connection_count(), 4u);
  Say(recorder_.requests[0], "x");
  Abort(mine[1]);
  EXPECT_EQ(server_->connection_count(), 0u);
  for (Id id : others) Abort(id);
  EXPECT_EQ(other.connection_count(), 0u);
  Flush();
}

TEST_F(ConnectionTest, AMissingHostIsRefusedWhereItIsAskedFor) {
  Settings settings;
  settings.require_host = true;
  Open(settings);
  Send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(recorder_.requests.size(), 1u);
  Say(recorder_.requests[0], "x");
  Send("GET /2 HTTP/1.1\r\n\r\n");
  EXPECT_NE(Receive().find("HTTP/1.1 400"), std::string::npos);
  Open(settings);
  Send("GET /3 HTTP/1.0\r\n\r\n");
  EXPECT_EQ(recorder_.requests.size(), 2u);
}

}  // namespace node::http_connection
