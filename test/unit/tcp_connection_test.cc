#include "tcp_connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>

#include "loop.h"

namespace node::tcp_connection {

// Notes what it hears: "a:" of accepted connections, "c:" of others.
class Recorder : public Handler {
 public:
  void OnAccept(Server*, Id id) override {
    accepted = id;
    Note(id, "accept");
  }
  void OnConnect(Id id) override { Note(id, "connect"); }
  void OnData(Id id, std::string_view data) override {
    received += data.size();
    Note(id, data.size() <= 20 ? "data " + std::string(data) : "data...");
    if (on_data) on_data(id, data);
  }
  void OnEof(Id id) override { Note(id, "eof"); }
  void OnDrain(Id id) override { Note(id, "drain"); }
  void OnTimeout(Id id) override { Note(id, "timeout"); }
  void OnDisconnect(Id id, const base::Error* error) override {
    Note(id, error == nullptr ? "disconnect" : std::string("disconnect ") + error->syscall + " " + error->Name());
  }
  void OnDrained(Server* server) override { log += server->over() ? "drained\n" : "drained too early\n"; }

  std::function<void(Id, std::string_view)> on_data;
  Id accepted = 0;
  size_t received = 0;
  std::string log;

 private:
  void Note(Id id, const std::string& what) { log += (id == accepted ? "a:" : "c:") + what + "\n"; }
};

static stream::Address Loopback(uint16_t port) {
  std::optional<stream::Address> address = stream::ParseAddress("127.0.0.1", port);
  EXPECT_TRUE(address.has_value());
  return address.value_or(stream::Address());
}

class TcpTest : public testing::Test {
 protected:
  TcpTest() { loop::SetBeforeWait(Flush); }
  void Listen(const Settings& settings = Settings()) {
    base::Result<fd::OwnedFd> listener = stream::Listen(Loopback(0), 16);
    ASSERT_TRUE(listener.ok());
    std::optional<stream::Address> bound = stream::LocalAddress(listener.value().get());
    ASSERT_TRUE(bound.has_value());
    port_ = bound->Port();
    server_ = std::make_unique<Server>(&recorder_, settings);
    server_->Listen(std::move(listener.value()));
  }
  Id Open(const Settings& settings = Settings()) {
    std::optional<Id> id = Connect(&recorder_, {{Loopback(port_)}}, settings);
    EXPECT_TRUE(id.has_value());
    return id.value_or(0);
  }
  // Lets the loop run until `done` or for some time.
  void RunUntil(const std::function<bool()>& done) {
    for (double end = loop::NowMs() + 10000; !done() && loop::NowMs() < end;) {
      loop::Timer timer;
      timer.Init([](loop::Timer*) { loop::Stop(); }, /*keeps_alive=*/true);
      timer.Start(2);
      loop::Run();
      Flush();
    }
  }
  void RunUntilLogged(const std::string& text) {
    RunUntil([&] { return recorder_.log.find(text) != std::string::npos; });
    EXPECT_NE(recorder_.log.find(text), std::string::npos) << recorder_.log;
  }
  void TearDown() override {
    Abort(recorder_.accepted);
    Flush();
    if (server_ != nullptr) server_->Close();
  }

  Recorder recorder_;
  std::unique_ptr<Server> server_;
  uint16_t port_ = 0;
};

TEST_F(TcpTest, AConnectionFromItsBeginningToItsOrderlyEnd) {
  Listen();
  recorder_.on_data = [&](Id id, std::string_view data) {
    if (id == recorder_.accepted) {
      EXPECT_EQ(Send(id, std::string(data) + "!"), Sent::kTaken);
      Close(id, /*both=*/false);
    }
  };
  Id client = Open();
  EXPECT_EQ(Send(client, "hi"), Sent::kTaken);  // while connecting
  RunUntilLogged("c:eof");
  Close(client, /*both=*/false);
  EXPECT_EQ(Send(client, "late"), Sent::kGone);
  RunUntilLogged("c:disconnect\n");
  RunUntilLogged("a:disconnect\n");
  std::string server_part;
  std::string client_part;
  for (size_t at = 0; at < recorder_.log.size();) {
    size_t end = recorder_.log.find('\n', at) + 1;
    (recorder_.log[at] == 'a' ? server_part : client_part) += recorder_.log.substr(at + 2, end - at - 2);
    at = end;
  }
  EXPECT_EQ(server_part, "accept\nconnect\ndata hi\neof\ndisconnect\n");
  EXPECT_EQ(client_part, "connect\ndata hi!\neof\ndisconnect\n");
}

TEST_F(TcpTest, AClosedServerTellsOfTheEndOfItsLastConnection) {
  Listen();
  Id client = Open();
  RunUntilLogged("c:connect\n");
  RunUntilLogged("a:connect\n");
  recorder_.log.clear();
  server_->Close();
  server_->Close();
  Flush();
  EXPECT_EQ(recorder_.log, "");
  EXPECT_FALSE(server_->over());
  Abort(client);
  RunUntilLogged("a:eof\n");
  Close(recorder_.accepted, /*both=*/false);
  RunUntilLogged("drained\n");
  EXPECT_EQ(recorder_.log, "a:eof\na:disconnect\ndrained\n");
  EXPECT_TRUE(server_->over());
}

TEST_F(TcpTest, ARefusedOneEndsWithItsError) {
  Listen();
  server_->Close();
  Id client = Open();
  EXPECT_EQ(recorder_.log, "");  // never from inside the call
  RunUntilLogged("disconnect");
  EXPECT_EQ(recorder_.log, "drained\nc:disconnect connect ECONNREFUSED\n");
  EXPECT_EQ(Send(client, "x"), Sent::kGone);
}

TEST_F(TcpTest, AResetIsAnError) {
  Listen();
  Id client = Open();
  RunUntilLogged("a:connect");
  linger reset = {1, 0};
  ASSERT_EQ(setsockopt(Descriptor(client), SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
  Abort(client);
  RunUntilLogged("a:disconnect recv ECONNRESET");
  EXPECT_EQ(recorder_.log.find("c:disconnect"), std::string::npos);  // of Abort nothing is heard
}

TEST_F(TcpTest, BackpressureAndItsEnd) {
  Listen();
  Id client = Open();
  RunUntilLogged("a:connect");
  SetReading(recorder_.accepted, false);
  size_t sent = 0;
  Sent last = Sent::kTaken;
  while (last == Sent::kTaken && sent < 100000000) {
    last = Send(client, std::string(1000000, 'x'));
    sent += 1000000;
  }
  EXPECT_EQ(last, Sent::kQueued);
  EXPECT_EQ(recorder_.received, 0u);
  SetReading(recorder_.accepted, true);
  RunUntilLogged("c:drain");
  RunUntil([&] { return recorder_.received == sent; });
  EXPECT_EQ(recorder_.received, sent);
  Abort(client);
}

TEST_F(TcpTest, TheDrainIsToldToWhoeverAsksForIt) {
  Listen();
  Id client = Open();
  TellDrain(client);
  Send(client, "while connecting");
  RunUntilLogged("c:drain");
  EXPECT_EQ(recorder_.log.find("c:drain", recorder_.log.find("c:drain") + 1), std::string::npos) << recorder_.log;
  recorder_.log.clear();
  TellDrain(client);
  EXPECT_EQ(Send(client, "x"), Sent::kTaken);
  EXPECT_EQ(recorder_.log, "");  // never from inside the call
  Flush();
  EXPECT_EQ(recorder_.log, "c:drain\n");
  Send(client, "x");
  Flush();
  EXPECT_EQ(recorder_.log, "c:drain\n");
  Abort(client);
  TellDrain(client);
}

TEST_F(TcpTest, APeerThatNeverReadsIsBounded) {
  Listen();
  Settings settings;
  settings.output_limit = 100000;
  Id client = Open(settings);
  RunUntilLogged("a:connect");
  SetReading(recorder_.accepted, false);
  for (int i = 0; i < 1000 && Send(client, std::string(100000, 'x')) != Sent::kGone; ++i) Flush();
  RunUntilLogged("c:disconnect send ENOBUFS");
}

TEST_F(TcpTest, AllThatWasSentArrivesBeforeAFullClose) {
  Listen();
  Id client = Open();
  Send(client, std::string(5000000, 'x'));
  Close(client, /*both=*/true);
  RunUntilLogged("a:eof");
  EXPECT_EQ(recorder_.received, 5000000u);
  Send(recorder_.accepted, "dropped");
  Close(recorder_.accepted, /*both=*/false);
  RunUntilLogged("c:disconnect\n");
  EXPECT_EQ(recorder_.log.find("c:data"), std::string::npos);
  EXPECT_EQ(recorder_.log.find("c:eof"), std::string::npos);
}

TEST_F(TcpTest, AFullCloseEndsThoughThePeerDoesNotClose) {
  Listen();
  Id client = Open();
  RunUntilLogged("a:connect");
  Close(client, /*both=*/true);
  RunUntilLogged("c:disconnect\n");
}

TEST_F(TcpTest, SilenceIsReported) {
  Listen();
  Settings settings;
  settings.timeout = 1;
  Id client = Open(settings);
  double start = loop::NowMs();
  RunUntilLogged("c:timeout");
  EXPECT_GE(loop::NowMs() - start, 999);
  Abort(client);
}

TEST_F(TcpTest, StaleNamesAreRefused) {
  Listen();
  Id client = Open();
  Abort(client);
  EXPECT_EQ(Send(client, "x"), Sent::kGone);
  EXPECT_EQ(Descriptor(client), -1);
  Close(client, true);
  Abort(client);
  SetReading(client, false);
  EXPECT_EQ(Send(0xfffffff, "x"), Sent::kGone);
}

TEST_F(TcpTest, PiecesHaveTheirSizeAndComeInTheReadBuffer) {
  static char other[kReadSize];
  char* before = ReadBuffer();
  size_t largest = 0;
  bool in_place = true;
  Listen();
  recorder_.on_data = [&](Id, std::string_view data) {
    largest = std::max(largest, data.size());
    // Small ones do not.
    in_place = in_place && (data.size() < 8000 || data.data() == ReadBuffer());
    SetReadBuffer(ReadBuffer() == other ? before : other);
  };
  Id client = Open();
  RunUntilLogged("a:connect");
  SetPiece(recorder_.accepted, 8000);
  EXPECT_EQ(Send(client, std::string(kReadSize, 'x')), Sent::kTaken);
  RunUntil([&] { return recorder_.received == kReadSize; });
  EXPECT_EQ(recorder_.received, kReadSize);
  EXPECT_EQ(largest, 8000u);
  EXPECT_TRUE(in_place);
  SetReadBuffer(before);
  Abort(client);
}

TEST_F(TcpTest, AConnectionNeedNotKeepTheLoop) {
  Listen();
  Id client = Open();
  RunUntilLogged("a:connect");
  Id accepted = recorder_.accepted;
  server_->Close();
  SetKeepsAlive(client, false);
  SetKeepsAlive(client, false);
  SetKeepsAlive(accepted, false);
  loop::Run();  // nothing to wait for
  // It works nevertheless, and counts again when it is to.
  Send(client, "hi");
  RunUntilLogged("a:data hi");
  SetKeepsAlive(client, true);
  static loop::Timer timer;
  timer.Init([](loop::Timer*) { loop::Stop(); }, /*keeps_alive=*/false);
  timer.Start(5);
  loop::Run();
  EXPECT_FALSE(timer.started());
  SetKeepsAlive(client, false);
  // Ends that are not counted, and one timer that is.
  Abort(client);
  RunUntilLogged("a:eof");
  Abort(accepted);
  static bool fired;
  fired = false;
  timer.Init([](loop::Timer*) { fired = true; }, /*keeps_alive=*/true);
  timer.Start(1);
  loop::Run();
  EXPECT_TRUE(fired);
  SetKeepsAlive(client, true);  // gone: harmless
}

}  // namespace node::tcp_connection
