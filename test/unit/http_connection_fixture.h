// A client and a server's connection at the two ends of a socketpair, and what the server's handler hears.
#pragma once

#include "http_connection.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "loop.h"

namespace node::http_connection {

struct Seen {
  Id id;
  ExchangeNumber exchange;
  std::string target;
};

// Notes what it hears; `answer` decides what is done about a request.
class Recorder : public Handler {
 public:
  void OnAccept(Server*, Id) override { log += "accept\n"; }
  void OnUpgrade(Server*, Id, fd::OwnedFd connection, std::string_view bytes, const http_parser::RequestHead& head,
                 std::string_view rest) override {
    log += "upgrade " + std::string(bytes.substr(head.target, head.target_length)) + " <" + std::string(rest) + ">\n";
    handed_over = std::move(connection);
  }
  void OnRequest(Server*, Id id, ExchangeNumber exchange, std::string_view bytes, const http_parser::RequestHead& head,
                 bool body_follows) override {
    requests.push_back({id, exchange, std::string(bytes.substr(head.target, head.target_length))});
    log += "request " + requests.back().target + (body_follows ? " with body\n" : "\n");
    if (answer) answer(requests.back());
  }
  void OnBody(Id id, ExchangeNumber exchange, std::string_view data) override {
    received += data.size();
    largest = std::max(largest, data.size());
    log += data.size() < 100 ? "body " + std::string(data) + "\n" : "body...\n";
    if (on_body) on_body(id, exchange);
  }
  void OnRequestComplete(Id, ExchangeNumber) override { log += "complete\n"; }
  void OnGone(Id, ExchangeNumber first, ExchangeNumber last) override {
    log += first == last ? "gone\n" : "gone " + std::to_string(last - first + 1) + "\n";
  }
  void OnSent(Id, ExchangeNumber) override { log += "sent\n"; }
  void OnDrain(Id, ExchangeNumber) override { log += "drain\n"; }
  void OnEof(Id) override { log += "eof\n"; }
  void OnClosed(Id, bool failed) override { log += failed ? "failed\n" : "closed\n"; }
  void OnDrained(Server* server) override { log += server->over() ? "drained\n" : "drained too early\n"; }

  std::function<void(const Seen&)> answer;
  std::function<void(Id, ExchangeNumber)> on_body;
  size_t received = 0;
  size_t largest = 0;  // piece
  std::vector<Seen> requests;
  fd::OwnedFd handed_over;
  std::string log;
};

inline Reply Say(const Seen& seen, std::string_view body) {
  http_writer::ResponseHead head;
  return Respond(seen.id, seen.exchange, head, body, /*finish=*/true);
}

class ConnectionTest : public testing::Test {
 protected:
  ConnectionTest() { loop::SetBeforeWait(Flush); }
  void Open(const Settings& settings = Settings()) {
    if (server_ != nullptr) Abort(id_);
    Flush();
    server_ = std::make_unique<Server>(&recorder_, settings);
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    client_ = fd::OwnedFd(ends[0]);
    id_ = *server_->Adopt(fd::OwnedFd(ends[1]));
  }
  void Send(std::string_view data) {
    ASSERT_EQ(write(client_.get(), data.data(), data.size()), static_cast<ssize_t>(data.size()));
    Turn();
  }
  // Turns until something holds, for at most ten seconds.
  bool TurnUntil(const std::function<bool()>& holds) {
    for (double end = loop::NowMs() + 10000; loop::NowMs() < end && !holds();) Turn();
    return holds();
  }
  void TurnFor(double milliseconds) {
    for (double end = loop::NowMs() + milliseconds; loop::NowMs() < end;) Turn();
  }
  // Lets the loop do what can be done at once.
  void Turn() {
    Flush();
    loop::Timer timer;
    timer.Init([](loop::Timer*) { loop::Stop(); }, /*keeps_alive=*/true);
    timer.Start(5);
    loop::Run();
    Flush();
  }
  std::string Receive() {
    std::string all;
    char buffer[65536];
    for (ssize_t got; (got = read(client_.get(), buffer, sizeof buffer)) != 0;) {
      if (got < 0) return all;
      all.append(buffer, static_cast<size_t>(got));
    }
    return all + "<end>";
  }
  void TearDown() override {
    if (server_ == nullptr) return;
    Abort(id_);
    server_->Close();
    Flush();
    ASSERT_EQ(server_->connection_count(), 0u);
  }

  Recorder recorder_;
  std::unique_ptr<Server> server_;
  fd::OwnedFd client_;
  Id id_ = 0;
};

inline size_t Count(const std::string& text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

inline http_writer::ResponseHead HeadWith(std::string_view pairs, uint32_t count) {
  http_writer::ResponseHead head;
  head.pairs = pairs;
  head.pair_count = count;
  return head;
}
inline constexpr std::string_view kClosePair("Connection\0close\0", 17);

}  // namespace node::http_connection
