#include "http_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "loop.h"

namespace node::http_client {

// The server's side: plain bytes.
class Peer : public tcp_connection::Handler {
 public:
  void OnAccept(tcp_connection::Server*, Id id) override { accepted = id; }
  void OnConnect(Id) override {}
  void OnData(Id, std::string_view data) override { received += data; }
  void OnEof(Id id) override { tcp_connection::Close(id, /*both=*/false); }
  void OnDrain(Id) override {}
  void OnTimeout(Id) override {}
  void OnDisconnect(Id, const base::Error*) override { accepted = 0; }

  Id accepted = 0;
  std::string received;
};

class Recorder : public Handler {
 public:
  void OnConnect(Id id) override { Note(id, "connect"); }
  void OnDrain(Id id) override { Note(id, "drain"); }
  void OnTimeout(Id id) override { Note(id, "timeout"); }
  void OnResponse(Id id, std::string_view bytes, const http_parser::ResponseHead& head) override {
    EXPECT_TRUE(bytes.starts_with("HTTP/1."));
    Note(id, std::to_string(head.status));
  }
  void OnBody(Id id, std::string_view data) override {
    body += data;
    largest = std::max(largest, data.size());
    Note(id, "body");
  }
  void OnBodyEnd(Id id) override {
    if (inside) inside(id, "body end");
  }
  void OnComplete(Id id, bool reusable) override { Note(id, reusable ? "complete" : "complete, last"); }
  void OnEnd(Id id, const base::Error* error) override {
    Note(id, error == nullptr ? "end" : std::string("end ") + error->syscall + " " + error->Name());
    if (error != nullptr) message = error->Message();
  }

  // What is to happen inside a call: by the word that it logs.
  std::function<void(Id, const std::string&)> inside;
  std::string log;
  std::string body;
  size_t largest = 0;  // piece of it
  std::string message;

 private:
  void Note(Id id, const std::string& what) {
    // Pieces come as the kernel likes.
    if (what != "body" || !log.ends_with("body;")) log += what + ";";
    if (inside) inside(id, what);
  }
};

class HttpClientTest : public testing::Test {
 protected:
  HttpClientTest() {
    loop::SetBeforeWait([] {
      Flush();
      tcp_connection::Flush();
    });
  }
  void SetUp() override {
    std::optional<stream::Address> address = stream::ParseAddress("127.0.0.1", 0);
    ASSERT_TRUE(address.has_value());
    base::Result<fd::OwnedFd> listener = stream::Listen(address.value_or(stream::Address()), 16);
    ASSERT_TRUE(listener.ok());
    bound_ = stream::LocalAddress(listener.value().get()).value_or(stream::Address());
    server_ = std::make_unique<tcp_connection::Server>(&peer_, tcp_connection::Settings());
    server_->Listen(std::move(listener.value()));
  }
  void TearDown() override {
    Abort(id_);
    tcp_connection::Abort(peer_.accepted);
    Flush();
    tcp_connection::Flush();
    server_->Close();
  }
  void Open(const Settings& settings = Settings()) {
    std::optional<Id> id = Connect(&recorder_, {{bound_}}, settings);
    ASSERT_TRUE(id.has_value());
    id_ = id.value_or(0);
    RunUntil([&] { return peer_.accepted != 0 && recorder_.log == "connect;"; });
    recorder_.log.clear();
  }
  void RunUntil(const std::function<bool()>& done) {
    for (double end = loop::NowMs() + 10000; !done() && loop::NowMs() < end;) {
      loop::Timer timer;
      timer.Init([](loop::Timer*) { loop::Stop(); }, /*keeps_alive=*/true);
      timer.Start(2);
      loop::Run();
      Flush();
      tcp_connection::Flush();
    }
    EXPECT_TRUE(done()) << recorder_.log << recorder_.message;
  }
  void Answer(std::string_view bytes) {
    tcp_connection::Send(peer_.accepted, bytes);
    tcp_connection::Flush();
  }
  void RunUntilLogged(const std::string& log) {
    RunUntil([&] { return recorder_.log == log; });
    EXPECT_EQ(recorder_.log, log);
  }

  Peer peer_;
  Recorder recorder_;
  std::unique_ptr<tcp_connection::Server> server_;
  stream::Address bound_;
  Id id_ = 0;
};

static constexpr char kAnswer[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

TEST_F(HttpClientTest, OneRequestBehindTheOther) {
  Open();
  for (int i = 0; i < 3; ++i) {
    recorder_.log.clear();
    ASSERT_TRUE(Expect(id_, false));
    Answer(kAnswer);
    RunUntilLogged("200;body;complete;");
  }
  EXPECT_EQ(recorder_.body, "hellohellohello");
}

TEST_F(HttpClientTest, AnAnswerInSingleBytes) {
  Open();
  ASSERT_TRUE(Expect(id_, false));
  for (char byte : std::string_view("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: "
                                    "chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")) {
    Answer({&byte, 1});
    RunUntil([turn = 0]() mutable { return ++turn > 1; });
  }
  RunUntilLogged("200;body;complete;");
  EXPECT_EQ(recorder_.body, "hello");
}

TEST_F(HttpClientTest, TheEndOfTheConnectionEndsABodyWithoutALength) {
  Open();
  ASSERT_TRUE(Expect(id_, false));
  Answer("HTTP/1.1 200 OK\r\n\r\nhello");
  RunUntilLogged("200;body;");
  tcp_connection::Close(peer_.accepted, false);
  RunUntilLogged("200;body;complete, last;end;");
}

TEST_F(HttpClientTest, AnswersToHeadHaveNoBody) {
  Open();
  ASSERT_TRUE(Expect(id_, true));
  Answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  RunUntilLogged("200;complete;");
}

TEST_F(HttpClientTest, ABrokenOffAnswerIsAnError) {
  Open();
  ASSERT_TRUE(Expect(id_, false));
  Answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
  tcp_connection::Close(peer_.accepted, false);
  RunUntilLogged("200;body;end response ECONNRESET;");
}

TEST_F(HttpClientTest, WhatNobodyHasAskedForIsAnError) {
  Open();
  Answer(kAnswer);
  RunUntilLogged("end response EPROTO;");
  EXPECT_NE(recorder_.message.find("bytes that no request has asked for"), std::string::npos) << recorder_.message;
}

TEST_F(HttpClientTest, ASecondAnswerMakesTheConnectionUseless) {
  Open();
  ASSERT_TRUE(Expect(id_, false));
  Answer(std::string(kAnswer) + kAnswer);
  RunUntilLogged("200;body;complete, last;end response EPROTO;");
}

TEST_F(HttpClientTest, ARefusalSaysWhatAndWhere) {
  Open();
  ASSERT_TRUE(Expect(id_, false));
  Answer("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n");
  RunUntilLogged("end response EPROTO;");
  EXPECT_NE(recorder_.message.find("blank at the start of a field line (byte 23 of the head)"), std::string::npos)
      << recorder_.message;
}

TEST_F(HttpClientTest, NothingIsExpectedOfAServerThatHasClosed) {
  Open();
  ASSERT_TRUE(Expect(id_, false));
  Answer(kAnswer);
  recorder_.inside = [&](Id id, const std::string& what) {
    if (what != "complete") return;
    tcp_connection::Abort(peer_.accepted);
    EXPECT_FALSE(Expect(id, false));
  };
  RunUntilLogged("200;body;complete;end;");
}

TEST_F(HttpClientTest, NothingIsExpectedBehindBytesThatNobodyHasAskedFor) {
  Open();
  Answer(kAnswer);
  loop::SetBeforeWait(nullptr);  // they are read, and told nobody yet
  loop::Timer timer;
  timer.Init([](loop::Timer*) { loop::Stop(); }, /*keeps_alive=*/true);
  timer.Start(20);
  loop::Run();
  EXPECT_FALSE(Expect(id_, false));
}

TEST_F(HttpClientTest, APausedAnswerWaits) {
  Open();
  ASSERT_TRUE(Expect(id_, false));
  recorder_.inside = [](Id id, const std::string& what) {
    if (what == "200" || what == "body") SetReading(id, false);
  };
  Answer(kAnswer);
  RunUntilLogged("200;");
  SetReading(id_, true);
  EXPECT_EQ(recorder_.log, "200;");  // never from inside the call
  RunUntilLogged("200;body;");
  RunUntil([turn = 0]() mutable { return ++turn > 2; });
  EXPECT_EQ(recorder_.log, "200;body;");
  SetReading(id_, true);
  RunUntilLogged("200;body;complete;");
  EXPECT_TRUE(Expect(id_, false));
}

TEST_F(HttpClientTest, APauseAtTheEndOfTheBodyHoldsBackTheEnd) {
  recorder_.inside = [](Id id, const std::string& what) {
    if (what == "body end") SetReading(id, false);
  };
  for (bool until_close : {false, true}) {
    recorder_.log.clear();
    Open();
    ASSERT_TRUE(Expect(id_, false));
    Answer(until_close ? "HTTP/1.1 200 OK\r\n\r\nhello" : kAnswer);
    RunUntilLogged("200;body;");
    tcp_connection::Close(peer_.accepted, false);
    RunUntil([turn = 0]() mutable { return ++turn > 2; });
    EXPECT_EQ(recorder_.log, "200;body;");
    SetReading(id_, true);
    EXPECT_EQ(recorder_.log, "200;body;");  // never from inside the call
    RunUntilLogged(until_close ? "200;body;complete, last;end;" : "200;body;complete;end;");
    RunUntil([&] { return peer_.accepted == 0; });
  }
}

TEST_F(HttpClientTest, PiecesHaveTheirLimit) {
  Open();
  std::string body(100000, 'x');
  for (uint32_t piece : {1u, 1000u, UINT32_MAX}) {
    recorder_.log.clear();
    recorder_.body.clear();
    recorder_.largest = 0;
    // Each is asked for by itself, and the end with the last one.
    recorder_.inside = [piece](Id id, const std::string& what) {
      if (what == "200") SetPiece(id, piece);
      if (what != "body") return;
      SetReading(id, false);
      SetReading(id, true);
    };
    ASSERT_TRUE(Expect(id_, false));
    size_t length = piece == 1 ? 100 : body.size();
    Answer("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n" + body.substr(0, length));
    RunUntilLogged("200;body;complete;");
    EXPECT_EQ(recorder_.body, body.substr(0, length));
    EXPECT_LE(recorder_.largest, piece);
  }
}

TEST_F(HttpClientTest, AbortingInsideEveryCall) {
  for (const char* where : {"200", "body", "body end", "complete"}) {
    recorder_.log.clear();
    Open();
    ASSERT_TRUE(Expect(id_, false));
    recorder_.inside = [where](Id id, const std::string& what) {
      if (what == where) Abort(id);
    };
    Answer(kAnswer);
    const std::string last = where == std::string_view("body end") ? "body;" : std::string(where) + ";";
    RunUntil([&] { return recorder_.log.ends_with(last); });
    RunUntil([turn = 0]() mutable { return ++turn > 2; });
    EXPECT_TRUE(recorder_.log.ends_with(last)) << recorder_.log;
    RunUntil([&] { return peer_.accepted == 0; });
  }
}

TEST_F(HttpClientTest, AConnectionThatDoesNotStandInTimeIsGivenUp) {
  // Its queue of one is full: further connections are not answered.
  std::optional<stream::Address> any = stream::ParseAddress("127.0.0.1", 0);
  ASSERT_TRUE(any.has_value());
  base::Result<fd::OwnedFd> listener = stream::Listen(any.value_or(stream::Address()), 0);
  ASSERT_TRUE(listener.ok());
  stream::Address bound = stream::LocalAddress(listener.value().get()).value_or(stream::Address());
  Settings settings;
  settings.connect_timeout = 1;
  std::vector<Id> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(Connect(&recorder_, {{bound}}, settings).value_or(0));
  RunUntil([&] { return recorder_.log.find("end connect ETIMEDOUT;") != std::string::npos; });
  for (Id id : ids) Abort(id);
}

TEST_F(HttpClientTest, StaleNamesAreHarmless) {
  Open();
  Abort(id_);
  EXPECT_FALSE(Expect(id_, false));
  SetReading(id_, false);
  SetReading(id_, true);
  Abort(id_);
}

}  // namespace node::http_client
