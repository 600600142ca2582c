// A DNS server on loopback that does what a test tells it to, on the loop of the test; and what asks it.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dns_message.h"
#include "dns_transport.h"
#include "fd.h"
#include "loop.h"
#include "stream.h"
#include "tcp_connection.h"

namespace node::dns_server {

// A query as it came.
struct Asked {
  std::string message;
  stream::Address from;         // of UDP
  tcp_connection::Id over = 0;  // the connection; 0: UDP
  size_t together = 1;          // how many the kernel had in one message

  uint16_t id() const { return static_cast<uint16_t>(Byte(0) << 8 | Byte(1)); }
  bool edns() const { return Byte(11) == 1; }
  // The question as it stands in the message.
  std::string question() const {
    size_t end = 12;
    while (Byte(end) != 0) end += Byte(end) + 1;
    return message.substr(12, end + 5 - 12);
  }
  unsigned Byte(size_t i) const { return static_cast<unsigned char>(message[i]); }
};

// What a Reply() is to look like; the default is an answer with one address.
struct Shape {
  uint16_t flags = 0x8180;  // QR, RD, RA
  uint16_t rcode = 0;
  std::string address{"\xc0\x00\x02\x01", 4};  // "": no record
  uint16_t records_said = 1;
  int id_shift = 0;
  std::string question;  // "": as asked
};

inline std::string Message(const Asked& asked, const Shape& shape) {
  auto two = [](unsigned value) { return std::string{static_cast<char>(value >> 8), static_cast<char>(value)}; };
  unsigned records = shape.address.empty() ? 0 : shape.records_said;
  std::string message = two((asked.id() + static_cast<unsigned>(shape.id_shift)) & 0xffff) +
                        two(shape.flags | shape.rcode) + two(1) + two(records) + two(0) + two(0);
  message += shape.question.empty() ? asked.question() : shape.question;
  if (records > 0) {
    message += std::string("\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04", 12) + shape.address;
  }
  return message;
}

class Server : public tcp_connection::Handler {
 public:
  explicit Server(bool with_tcp = true, const char* host = "127.0.0.1") {
    // The same port for both.
    for (int tries = 0; tries < 20 && !udp_.valid(); ++tries) {
      stream::Address any = stream::ParseAddress(host, 0).value_or(stream::Address());
      base::Result<fd::OwnedFd> listener = stream::Listen(any, 64);
      if (!listener.ok()) break;
      address = stream::LocalAddress(listener.value().get()).value_or(stream::Address());
      fd::OwnedFd udp(socket(address.storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      if (bind(udp.get(), reinterpret_cast<sockaddr*>(&address.storage), address.length) != 0) continue;
      udp_ = std::move(udp);
      if (!with_tcp) break;
      tcp_ = std::make_unique<tcp_connection::Server>(this, tcp_connection::Settings());
      tcp_->Listen(std::move(listener.value()));
      loop::KeepAlive(-1);
    }
    EXPECT_TRUE(udp_.valid());
    // What was sent in one message arrives in one: Linux 5.0.
    int on = 1;
    EXPECT_EQ(setsockopt(udp_.get(), SOL_UDP, UDP_GRO, &on, sizeof on), 0) << strerror(errno);
    watch_.server = this;
    watch_.Init(udp_.get(), [](loop::Io* io, int) { static_cast<Watch*>(io)->server->ReadDatagrams(); });
    watch_.Want(loop::kRead);
    // It is the questions that the loop is to live for.
    loop::KeepAlive(-1);
  }
  ~Server() override {
    StopUdp();
    StopTcp();
  }

  void StopUdp() {
    if (!udp_.valid()) return;
    loop::KeepAlive(1);
    watch_.Want(0);
    udp_.Close();
  }
  void StopTcp() {
    std::set<tcp_connection::Id> all;
    all.swap(open);
    for (tcp_connection::Id id : all) tcp_connection::Abort(id);
    if (tcp_ == nullptr) return;
    loop::KeepAlive(1);
    tcp_->Close();
    tcp_.reset();
  }

  // The answer to `asked`, the way it came.
  void Reply(const Asked& query, const Shape& shape = Shape()) { Send(query, Message(query, shape)); }
  void Send(const Asked& query, std::string_view message) {
    if (query.over == 0) return SendTo(query.from, message);
    std::string framed{static_cast<char>(message.size() >> 8), static_cast<char>(message.size())};
    Raw(query.over, framed += message);
  }
  void SendTo(const stream::Address& to, std::string_view message) {
    ssize_t sent = sendto(udp_.get(), message.data(), message.size(), MSG_DONTWAIT,
                          reinterpret_cast<const sockaddr*>(&to.storage), to.length);
    EXPECT_EQ(sent, static_cast<ssize_t>(message.size())) << strerror(errno);
  }
  static void Raw(tcp_connection::Id over, std::string_view bytes) {
    tcp_connection::Send(over, bytes);
    tcp_connection::Flush();
  }

  size_t Count(bool over_tcp) const {
    size_t count = 0;
    for (const Asked& one : asked) count += (one.over != 0) == over_tcp ? 1 : 0;
    return count;
  }

  // Called with each query; the default answers it.
  std::function<void(const Asked&)> on_query = [this](const Asked& one) { Reply(one); };
  std::function<void(tcp_connection::Id)> on_accept;
  std::vector<Asked> asked;
  stream::Address address;
  std::set<tcp_connection::Id> open;  // connections
  int accepted = 0;

  void OnAccept(tcp_connection::Server*, tcp_connection::Id id) override {
    ++accepted;
    open.insert(id);
    tcp_connection::SetKeepsAlive(id, false);
    if (on_accept) on_accept(id);
  }
  void OnConnect(tcp_connection::Id) override {}
  void OnData(tcp_connection::Id id, std::string_view data) override {
    std::string& input = inputs_[id];
    input += data;
    while (input.size() >= 2) {
      size_t size =
          static_cast<size_t>(static_cast<unsigned char>(input[0]) << 8 | static_cast<unsigned char>(input[1]));
      if (input.size() < 2 + size) return;
      std::string message = input.substr(2, size);
      input.erase(0, 2 + size);
      Take({message, {}, id});
      if (!open.contains(id)) return;
    }
  }
  void OnEof(tcp_connection::Id id) override { tcp_connection::Close(id, /*both=*/true); }
  void OnDrain(tcp_connection::Id) override {}
  void OnTimeout(tcp_connection::Id) override {}
  void OnDisconnect(tcp_connection::Id id, const base::Error*) override {
    open.erase(id);
    inputs_.erase(id);
  }

 private:
  struct Watch : loop::Io {
    Server* server = nullptr;
  };

  void ReadDatagrams() {
    static char room[65536];
    alignas(cmsghdr) char control[64];
    while (udp_.valid()) {
      Asked one;
      iovec part = {room, sizeof room};
      msghdr head = {};
      head.msg_name = &one.from.storage;
      head.msg_namelen = sizeof one.from.storage;
      head.msg_iov = &part;
      head.msg_iovlen = 1;
      head.msg_control = control;
      head.msg_controllen = sizeof control;
      ssize_t got = recvmsg(udp_.get(), &head, MSG_DONTWAIT);
      if (got < 0) return;
      one.from.length = head.msg_namelen;
      const std::string all(room, static_cast<size_t>(got));
      size_t size = all.size();
      for (cmsghdr* next = CMSG_FIRSTHDR(&head); next != nullptr; next = CMSG_NXTHDR(&head, next)) {
        if (next->cmsg_level == SOL_UDP && next->cmsg_type == UDP_GRO) size = GroSize(next);
      }
      ASSERT_GT(size, 0u);
      one.together = (all.size() + size - 1) / size;
      for (size_t at = 0; at < all.size() && udp_.valid(); at += size) {
        one.message = all.substr(at, size);
        Take(one);
      }
    }
  }
  static size_t GroSize(cmsghdr* control) {
    int size;
    std::memcpy(&size, CMSG_DATA(control), sizeof size);
    return static_cast<size_t>(size);
  }
  void Take(const Asked& one) {
    ASSERT_GE(one.message.size(), 17u);
    asked.push_back(one);
    on_query(one);
  }

  Watch watch_;
  fd::OwnedFd udp_;
  std::unique_ptr<tcp_connection::Server> tcp_;
  std::map<tcp_connection::Id, std::string> inputs_;
};

// Asks, and notes what it hears.
class Client : public dns_transport::Handler {
 public:
  void OnAnswer(dns_transport::Ticket ticket, const dns_message::Answer& answer) override {
    static constexpr const char* kNames[] = {"answer", "no data", "no name", "alias"};
    std::string text = kNames[static_cast<size_t>(answer.outcome)];
    for (size_t i = 0; i < answer.records.size(); ++i) {
      std::string_view data = answer.Data(i);
      EXPECT_EQ(data.size(), 4u);
      text += " " + std::to_string(static_cast<unsigned char>(data[3]));
    }
    Note(ticket, text);
  }
  void OnFailure(dns_transport::Ticket ticket, dns_transport::Failure failure, std::string_view message) override {
    static constexpr const char* kNames[] = {"timeout", "server", "protocol"};
    messages += std::string(message) + "\n";
    Note(ticket, kNames[static_cast<size_t>(failure)]);
  }

  // What each question has come to.
  std::map<dns_transport::Ticket, std::string> heard;
  std::string messages;
  std::function<void(dns_transport::Ticket)> inside;

 private:
  void Note(dns_transport::Ticket ticket, const std::string& what) {
    EXPECT_FALSE(heard.contains(ticket)) << "heard of twice";
    heard[ticket] = what;
    if (inside) inside(ticket);
  }
};

inline dns_message::Question Question(std::string_view name, dns_message::Type type = dns_message::Type::kA) {
  dns_message::Question question;
  EXPECT_EQ(dns_message::ParseName(name, &question.name), nullptr);
  question.type = type;
  return question;
}

inline size_t OpenDescriptors() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

class Test : public testing::Test {
 protected:
  void SetUp() override {
    loop::SetBeforeWait([] {
      dns_transport::Flush();
      tcp_connection::Flush();
      if (dns_transport::FlushDue() || tcp_connection::FlushDue()) loop::WakeUp();
    });
    Run();  // what the tests before have left
    descriptors_ = OpenDescriptors();
  }
  void TearDown() override {
    transport_.reset();
    servers_.clear();
    Run();
    tcp_connection::Flush();
    EXPECT_EQ(OpenDescriptors(), descriptors_);
    // What keeps the loop alive is counted right: one timer does.
    static bool fired;
    fired = false;
    loop::Timer timer;
    timer.Init([](loop::Timer*) { fired = true; }, /*keeps_alive=*/true);
    timer.Start(0);
    loop::Run();
    EXPECT_TRUE(fired);
    loop::SetBeforeWait(nullptr);
  }

  Server& AddServer(bool with_tcp = true, const char* host = "127.0.0.1") {
    servers_.push_back(std::make_unique<Server>(with_tcp, host));
    settings_.servers.push_back(servers_.back()->address);
    return *servers_.back();
  }
  dns_transport::Transport& Transport() {
    if (transport_ == nullptr) transport_ = std::make_unique<dns_transport::Transport>(&client_, settings_);
    return *transport_;
  }
  dns_transport::Ticket Ask(std::string_view name = "www.example.com") { return Transport().Ask(Question(name)); }
  // Asks one question; what has it come to?
  std::string Resolve(std::string_view name = "www.example.com") {
    dns_transport::Ticket ticket = Ask(name);
    Run();
    return client_.heard.contains(ticket) ? client_.heard[ticket] : "nothing";
  }
  // Until nothing is left that the loop lives for: no question is open.
  void Run() {
    static bool hangs;
    hangs = false;
    loop::Timer guard;
    guard.Init(
        [](loop::Timer*) {
          hangs = true;
          loop::Stop();
        },
        /*keeps_alive=*/false);
    guard.Start(20000);
    loop::Run();
    guard.Stop();
    EXPECT_FALSE(hangs) << "questions are open forever";
  }
  void RunFor(double ms) {
    loop::Timer timer;
    timer.Init([](loop::Timer*) { loop::Stop(); }, /*keeps_alive=*/true);
    timer.Start(ms);
    loop::Run();
    timer.Stop();
  }
  void RunUntil(const std::function<bool()>& done) {
    for (double end = loop::NowMs() + 10000; !done() && loop::NowMs() < end;) RunFor(1);
    EXPECT_TRUE(done());
  }

  dns_transport::Settings settings_ = {.timeout_ms = 2000, .attempts = 2};
  Client client_;
  std::vector<std::unique_ptr<Server>> servers_;
  std::unique_ptr<dns_transport::Transport> transport_;
  size_t descriptors_ = 0;
};

}  // namespace node::dns_server
