#include "dns_tcp.h"

#include <algorithm>
#include <cerrno>
#include <string>

#include "dns_message.h"
#include "loop.h"
#include "tcp_connection.h"

// The life of a connection:
//
//   Start --> connecting --> open --a query waited in vain--> retired --the last of its queries has left--> closed
//                 |            |                                                                              ^
//                 |            +----- the peer closes, nonsense comes, 5 s without traffic and queries -------+
//                 +------------------ refused, or nobody waits for it any more -------------------------------+
//
// What is in flight when a connection ends is the owner's again, who may start it anew, on a connection of its own.
namespace node::dns_tcp {

using dns_flights::Flight;

// A message behind its length (RFC 1035, 4.2.2).
static constexpr size_t kPrefix = 2;
static constexpr size_t kHeaderSize = 12;
// Past this number of connections a query has to wait for its next try; each takes 16,384 of them.
static constexpr size_t kMostConnections = 8;
// And this many more for one query each.
static constexpr size_t kMostAlone = 32;

static size_t LengthOf(std::string_view prefix) {
  return static_cast<size_t>(static_cast<unsigned char>(prefix[0])) << 8 | static_cast<unsigned char>(prefix[1]);
}

class Connection : public tcp_connection::Handler,
                   public dns_flights::Flights,
                   public std::enable_shared_from_this<Connection> {
 public:
  Connection(Channel* channel, bool alone) : channel_(channel), owner_(channel->owner_), alone_(alone) {}

  base::Result<base::Done> Open() {
    tcp_connection::Settings settings;
    settings.timeout = kIdleSeconds;
    std::optional<tcp_connection::Id> id = tcp_connection::Connect(this, {{channel_->server_}}, settings);
    if (!id) return base::Error{"socket", EMFILE, ""};
    id_ = *id;
    tcp_connection::SetKeepsAlive(id_, false);
    return base::Done();
  }

  bool usable() const { return channel_ != nullptr && !alone_ && !retired_ && !full(); }
  bool shared() const { return size() > 1 || retired_; }

  void Send(Flight* flight) {
    Add(flight);
    // In one piece: some servers read the length and the message by one call (RFC 7766, 8).
    char room[kPrefix + dns_message::kQueryRoom];
    size_t size = owner_->Write(flight, room + kPrefix);
    room[0] = static_cast<char>(size >> 8);
    room[1] = static_cast<char>(size);
    // One that has just failed says so with the next Flush(), to this query too.
    tcp_connection::Send(id_, {room, kPrefix + size});
  }

  void Leave(Flight* flight, bool in_vain) {
    std::shared_ptr<Connection> hold = shared_from_this();
    Remove(flight);
    if (in_vain) retired_ = true;
    if (size() == 0 && (alone_ || retired_ || !connected_)) Close();
  }

  // Harmless when it is closed.
  void Close() {
    if (channel_ == nullptr) return;
    std::shared_ptr<Connection> hold = shared_from_this();
    tcp_connection::Abort(id_);
    Channel* channel = std::exchange(channel_, nullptr);
    std::erase(channel->connections_, hold);
    if (!alone_) return;
    --channel->alone_;
    channel->WakeLater();
  }

  void OnAccept(tcp_connection::Server*, tcp_connection::Id) override { CHECK(!"a client does not accept"); }
  void OnConnect(tcp_connection::Id) override { connected_ = true; }
  void OnDrain(tcp_connection::Id) override {}
  void OnTimeout(tcp_connection::Id) override {
    if (size() == 0) Close();
  }
  void OnEof(tcp_connection::Id) override { End(base::Error{"recv", ECONNRESET, ""}); }
  void OnDisconnect(tcp_connection::Id, const base::Error* error) override {
    End(error != nullptr ? *error : base::Error{"recv", ECONNRESET, ""});
  }

  void OnData(tcp_connection::Id, std::string_view data) override {
    std::shared_ptr<Connection> hold = shared_from_this();
    // Never more than one message is kept, of 65,535 bytes at most.
    while (!input_.empty() && !data.empty()) {
      size_t wanted = input_.size() < kPrefix ? kPrefix : kPrefix + LengthOf(input_);
      size_t taken = std::min(wanted - input_.size(), data.size());
      input_.append(data.substr(0, taken));
      data.remove_prefix(taken);
      if (input_.size() < kPrefix || input_.size() < kPrefix + LengthOf(input_)) continue;
      std::string message;
      message.swap(input_);
      if (!Take(std::string_view(message).substr(kPrefix))) return;
    }
    while (data.size() >= kPrefix && data.size() - kPrefix >= LengthOf(data)) {
      std::string_view message = data.substr(kPrefix, LengthOf(data));
      data.remove_prefix(kPrefix + message.size());
      if (!Take(message)) return;
    }
    if (!data.empty()) input_.assign(data);
  }

 private:
  // One message. False when the connection is closed.
  bool Take(std::string_view message) {
    Flight* flight = nullptr;
    if (message.size() >= 2) flight = Find(static_cast<uint16_t>(LengthOf(message)));
    if (flight != nullptr && owner_->OnMessage(flight, message)) return channel_ != nullptr;
    // Probably late. But a server that has lost count of its bytes sends nothing else any more.
    bool late = flight == nullptr && message.size() >= kHeaderSize && size() > 0;
    if (late) return true;
    if (++foreign_ < kMostForeign) return true;
    End(base::Error{"recv", EPROTO, ""});
    return false;
  }

  // Closes it, and tells those whose queries are in flight.
  void End(base::Error error) {
    if (channel_ == nullptr) return;
    std::shared_ptr<Connection> hold = shared_from_this();
    error.subject.clear();
    bool again = connected_;
    Close();
    while (Flight* flight = First()) {
      Remove(flight);
      owner_->OnLost(flight, error, again);
    }
  }

  Channel* channel_;  // nullptr: closed
  dns_flights::Owner* owner_;
  tcp_connection::Id id_ = 0;
  const bool alone_;  // for one query, and then closed
  bool connected_ = false;
  bool retired_ = false;
  uint32_t foreign_ = 0;
  std::string input_;  // the part of a message that has come
};

Channel::Channel(dns_flights::Owner* owner, const stream::Address& server) : owner_(owner), server_(server) {
  waker_.channel = this;
  waker_.Init([](loop::Timer* timer) { static_cast<Waker*>(timer)->channel->StartWaiting(); }, /*keeps_alive=*/false);
}

Channel::~Channel() {
  for (Flight* flight : waiting_) CHECK(flight == nullptr);
  waiting_.clear();
  while (!connections_.empty()) {
    CHECK(connections_.back()->size() == 0);
    connections_.back()->Close();
  }
  waker_.Stop();
}

base::Result<base::Done> Channel::Start(Flight* flight, bool alone) {
  if (alone && alone_ < kMostAlone && waiting_.empty()) return Open(flight, /*alone=*/true);
  if (alone) {
    Wait(flight);
    return base::Done();
  }
  for (const std::shared_ptr<Connection>& connection : connections_) {
    if (!connection->usable()) continue;
    connection->Send(flight);
    return base::Done();
  }
  if (connections_.size() - alone_ >= kMostConnections) return base::Error{"connect", EAGAIN, ""};
  return Open(flight, /*alone=*/false);
}

base::Result<base::Done> Channel::Open(Flight* flight, bool alone) {
  auto connection = std::make_shared<Connection>(this, alone);
  base::Result<base::Done> opened = connection->Open();
  if (!opened.ok()) return opened;
  connections_.push_back(connection);
  if (alone) ++alone_;
  connection->Send(flight);
  return base::Done();
}

void Channel::Wait(Flight* flight) {
  flight->waits = true;
  flight->turn = first_turn_ + static_cast<uint32_t>(waiting_.size());
  waiting_.push_back(flight);
}

// In a turn of its own: the owner is told of what fails, and must not hear of it in the middle of something else.
void Channel::WakeLater() {
  if (!waiting_.empty() && !waker_.started()) waker_.Start(0);
}

void Channel::StartWaiting() {
  while (!waiting_.empty() && alone_ < kMostAlone) {
    Flight* flight = waiting_.front();
    waiting_.pop_front();
    ++first_turn_;
    if (flight == nullptr) continue;
    flight->waits = false;
    base::Result<base::Done> opened = Open(flight, /*alone=*/true);
    if (!opened.ok()) {
      WakeLater();
      // Last, as the owner may do away with us.
      return owner_->OnLost(flight, opened.error(), /*again=*/false);
    }
    owner_->OnSent(flight);
  }
}

bool Channel::Shares(const Flight* flight) {
  return flight->among != nullptr && static_cast<const Connection*>(flight->among)->shared();
}

void Channel::Cancel(Flight* flight, bool in_vain) {
  if (flight->among != nullptr) return static_cast<Connection*>(flight->among)->Leave(flight, in_vain);
  if (!std::exchange(flight->waits, false)) return;
  waiting_[flight->turn - first_turn_] = nullptr;
}

}  // namespace node::dns_tcp
