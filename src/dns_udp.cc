#include "dns_udp.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "deadlines.h"
#include "dns_message.h"
#include "fd.h"
#include "loop.h"

// The life of a socket:
//
//   Open --> active --256 queries, 10 s, a query in vain--> retired --the last of its queries has left--> closed
//               |           a flood, an error                                                               ^
//               +----------------------------- idle, or the pool is gone -----------------------------------+
//
// Why a pool is as safe as a new port for each query (RFC 5452), which would cost 18 us a query and three quarters of
// the speed. Someone who does not see the traffic must forge an answer that comes from the server's address and port,
// goes to the port that the query left from, and has its id, its question and the case of its letters, before the true
// answer does.
//
// - Each query goes to one of 8 sockets at random, with 16 random bits for its id, from getrandom(2). The ports are
//   the kernel's choice, at random among some 28,000 (ip_local_port_range). One guess meets one query with a chance of
//   1 in 2^16 * 28,000, as with a port for each query: that other ports are open as well does not help, since an
//   answer counts at the socket alone that its query has left from.
// - What a pool adds is time to find its ports out. A port lives for 256 queries or 10 s, and then for as long as its
//   last queries wait. The sockets are connected: the kernel drops what comes from elsewhere and answers it like a
//   closed port, so that a scan must forge the server's address, and sees no answer. Who knows all eight ports
//   nevertheless still has 19 bits to guess, and one more for each letter of the name (0x20).
// - Guesses are counted. A message from the server's address that belongs to nothing this socket has ever asked is
//   foreign; so is one with the right id and the wrong question. The 16th retires the socket and sends its queries
//   over TCP. So a known port is worth 16 guesses of 2^16 or more, where a port for each query, without a count,
//   allows as many as fit into the time until the answer.
// - Many queries for one name at a time would multiply the guesses (the birthday attack); the layer above asks one
//   question once, and different questions do not help one another, since each answer must have its own.
// - What is late or comes twice has an id that the socket has used: it is dropped without being counted, so that a slow
//   server is not taken for an attacker.
//
// An ICMP error shows as ECONNREFUSED of the connected socket; forging one needs the port and gains a refusal.
namespace node::dns_udp {

using dns_flights::Flight;

// Messages sent or received by one system call.
static constexpr unsigned kBatch = 16;
// And batches that one socket may read in a turn: others want theirs.
static constexpr int kBatches = 4;
// What a datagram can have. Apart by some cache lines more than a power of two: their beginnings do not compete for
// the same lines of the cache.
static constexpr size_t kMessageRoom = 65536 + 320;

struct Socket : loop::Io, dns_flights::Flights {
  fd::OwnedFd fd;
  Pool* pool = nullptr;
  uint64_t use = 0;  // changes when it is closed: whoever has called out looks whether it still is the same
  double opened_ms = 0;
  uint32_t started = 0;  // queries
  uint32_t foreign = 0;
  bool retired = false;
  bool dirty = false;           // Flush() has to look
  std::vector<Flight*> unsent;  // nullptr: cancelled
  // The ids of the last queries.
  std::array<uint16_t, kQueriesPerSocket> spent = {};
};

struct Access {
  static dns_flights::Owner* Owner(const Socket* socket) { return socket->pool->owner_; }
  static const stream::Address& Server(const Socket* socket) { return socket->pool->server_; }
  static void NoLongerActive(Socket* socket) {
    for (Socket*& active : socket->pool->active_) {
      if (active == socket) active = nullptr;
    }
  }
  static void NoLongerOpen(Socket* socket) { std::erase(socket->pool->open_, socket); }
  static void OnIdle(timer_wheel::Entry* entry);
};

static std::vector<std::unique_ptr<Socket>> records;
static std::vector<Socket*> spare;  // those that are closed, to be used again
static std::vector<Socket*> dirty;

static deadlines::Deadlines& IdleDeadlines() {
  static deadlines::Deadlines all(Access::OnIdle, [] {});
  return all;
}

// --- Opening and closing ---

static void Close(Socket* socket) {
  CHECK(socket->size() == 0);
  Access::NoLongerActive(socket);
  Access::NoLongerOpen(socket);
  loop::KeepAlive(1);
  socket->Want(0);
  socket->fd.Close();
  socket->pool = nullptr;
  ++socket->use;
  socket->unsent.clear();
  spare.push_back(socket);
}

// No new queries; and the end, when there are no old ones.
static void Retire(Socket* socket) {
  Access::NoLongerActive(socket);
  socket->retired = true;
  if (socket->size() == 0) Close(socket);
}

static void OnIo(loop::Io* io, int events);

base::Result<Socket*> Pool::Open(double now) {
  fd::OwnedFd opened(socket(server_.storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!opened.valid()) return base::ErrnoError("socket");
  // Without bind(2): the kernel chooses a port at random.
  if (connect(opened.get(), reinterpret_cast<const sockaddr*>(&server_.storage), server_.length) != 0) {
    return base::ErrnoError("connect");
  }
  if (spare.empty()) spare.push_back(records.emplace_back(std::make_unique<Socket>()).get());
  Socket* socket = spare.back();
  spare.pop_back();
  socket->fd = std::move(opened);
  socket->pool = this;
  socket->opened_ms = now;
  socket->started = socket->foreign = 0;
  socket->retired = false;
  socket->Init(socket->fd.get(), OnIo);
  // Always watched, for what is late; but the queries keep the loop alive, not the socket.
  socket->Want(loop::kRead);
  loop::KeepAlive(-1);
  open_.push_back(socket);
  return socket;
}

Socket* Pool::AnyOpen() {
  for (Socket* active : active_) {
    if (active != nullptr && !active->full()) return active;
  }
  for (Socket* socket : open_) {
    if (!socket->full()) return socket;
  }
  return nullptr;
}

base::Result<Socket*> Pool::Pick(double now) {
  Socket** place = &active_[entropy::Below(kSockets)];
  bool may_open = open_.size() < kMostSockets;
  if (*place != nullptr) {
    bool worn = (*place)->started >= kQueriesPerSocket || now - (*place)->opened_ms >= kSocketMs;
    if ((!worn || !may_open) && !(*place)->full()) return *place;
    if (may_open) Retire(*place);
  }
  base::Error error{"socket", EMFILE, ""};
  if (may_open) {
    base::Result<Socket*> opened = Open(now);
    if (opened.ok()) {
      *place = opened.value();
      return opened;
    }
    error = opened.error();
  }
  // Descriptors run out: one that is worn is better than none.
  Socket* other = AnyOpen();
  if (other != nullptr) return other;
  return error;
}

base::Result<base::Done> Pool::Start(Flight* flight, double now) {
  base::Result<Socket*> picked = Pick(now);
  if (!picked.ok()) return picked.error();
  Socket* socket = picked.value();
  socket->Add(flight);
  socket->spent[socket->started++ % socket->spent.size()] = flight->message_id;
  socket->unsent.push_back(flight);
  // With others that wait for the kernel it waits as well.
  bool waits = (socket->wanted() & loop::kWrite) != 0;
  if (!socket->dirty && !waits) {
    socket->dirty = true;
    dirty.push_back(socket);
  }
  used_ms_ = now;
  if (deadline == 0) IdleDeadlines().Set(this, kIdleSeconds);
  return base::Done();
}

Pool::Pool(dns_flights::Owner* owner, const stream::Address& server) : owner_(owner), server_(server) {}

Pool::~Pool() {
  IdleDeadlines().Remove(this);
  while (!open_.empty()) Close(open_.back());
}

void Access::OnIdle(timer_wheel::Entry* entry) {
  Pool* pool = static_cast<Pool*>(entry);
  double left = pool->used_ms_ + kIdleSeconds * 1000 - loop::CoarseNowMs();
  if (left > 0) return IdleDeadlines().Set(pool, static_cast<uint32_t>(left / 1000) + 1);
  for (size_t i = pool->open_.size(); i > 0; --i) {
    if (pool->open_[i - 1]->size() == 0) Close(pool->open_[i - 1]);
  }
  if (!pool->open_.empty()) IdleDeadlines().Set(pool, kIdleSeconds);
}

void Cancel(Flight* flight, bool in_vain) {
  Socket* socket = static_cast<Socket*>(flight->among);
  std::replace(socket->unsent.begin(), socket->unsent.end(), flight, static_cast<Flight*>(nullptr));
  socket->Remove(flight);
  if (in_vain || (socket->retired && socket->size() == 0)) Retire(socket);
}

// --- The end of a socket with queries in flight ---

// `tell` is called for each of them when it has left, and may do anything, to the others and to the socket too.
template <typename Tell>
static void GiveUp(Socket* socket, Tell tell) {
  uint64_t use = socket->use;
  Retire(socket);
  while (socket->use == use) {
    Flight* flight = socket->First();
    Cancel(flight, /*in_vain=*/true);
    tell(flight);
  }
}

static void Fail(Socket* socket, const char* syscall, int code) {
  dns_flights::Owner* owner = Access::Owner(socket);
  base::Error error{syscall, code, ""};
  GiveUp(socket, [&](Flight* flight) { owner->OnLost(flight, error, /*again=*/false); });
}

// --- Sending ---

static void SendUnsent(Socket* socket) {
  static char room[kBatch][dns_message::kQueryRoom];
  static iovec parts[kBatch];
  static mmsghdr messages[kBatch];
  dns_flights::Owner* owner = Access::Owner(socket);
  uint64_t use = socket->use;
  size_t places[kBatch];
  for (size_t next = 0; next < socket->unsent.size();) {
    unsigned count = 0;
    for (size_t i = next; i < socket->unsent.size() && count < kBatch; ++i) {
      Flight* flight = socket->unsent[i];
      if (flight == nullptr) continue;
      parts[count] = {room[count], owner->Write(flight, room[count])};
      messages[count].msg_hdr = msghdr();
      messages[count].msg_hdr.msg_iov = &parts[count];
      messages[count].msg_hdr.msg_iovlen = 1;
      places[count++] = i;
    }
    if (count == 0) break;
    int sent = sendmmsg(socket->fd.get(), messages, count, MSG_NOSIGNAL);
    if (sent > 0) {
      next = places[sent - 1] + 1;
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      socket->unsent.erase(socket->unsent.begin(), socket->unsent.begin() + static_cast<ptrdiff_t>(places[0]));
      return socket->Want(loop::kRead | loop::kWrite);
    }
    // An ICMP error for an earlier one; but those that have not been sent yet would fare no better.
    if (errno == ECONNREFUSED) return Fail(socket, "send", errno);
    next = places[0] + 1;
    // Lost on the way out: what is lost is asked again, later.
    if (errno == ENOBUFS) continue;
    base::Error error{"send", errno, ""};
    Flight* flight = socket->unsent[places[0]];
    // Perhaps our own address is no more: another socket may do better.
    Cancel(flight, /*in_vain=*/true);
    owner->OnLost(flight, error, /*again=*/false);
    if (socket->use != use) return;
  }
  socket->unsent.clear();
  socket->Want(loop::kRead);
}

void Flush() {
  // Callbacks may start queries, which send with the next call.
  size_t count = dirty.size();
  for (size_t i = 0; i < count; ++i) {
    Socket* socket = dirty[i];
    socket->dirty = false;
    if (!socket->unsent.empty()) SendUnsent(socket);
  }
  dirty.erase(dirty.begin(), dirty.begin() + static_cast<ptrdiff_t>(count));
}

bool FlushDue() { return !dirty.empty(); }

// --- Receiving ---

static void CountForeign(Socket* socket) {
  if (++socket->foreign < kMostForeign) return;
  dns_flights::Owner* owner = Access::Owner(socket);
  GiveUp(socket, [&](Flight* flight) { owner->OnFlood(flight); });
}

// One datagram. The socket may be closed afterwards.
static void Take(Socket* socket, std::string_view message) {
  if (message.size() < 2) return CountForeign(socket);
  auto byte = [&](size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(message[i])); };
  uint16_t id = static_cast<uint16_t>(byte(0) << 8 | byte(1));
  Flight* flight = socket->Find(id);
  if (flight != nullptr) {
    if (!Access::Owner(socket)->OnMessage(flight, message)) CountForeign(socket);
    return;
  }
  size_t known = std::min<size_t>(socket->started, socket->spent.size());
  auto end = socket->spent.begin() + static_cast<ptrdiff_t>(known);
  if (std::find(socket->spent.begin(), end, id) == end) CountForeign(socket);
}

static void Receive(Socket* socket) {
  static char room[kBatch][kMessageRoom];
  static iovec parts[kBatch];
  static mmsghdr messages[kBatch];
  if (parts[0].iov_len == 0) {
    for (unsigned i = 0; i < kBatch; ++i) {
      parts[i] = {room[i], sizeof room[i]};
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
  }
  uint64_t use = socket->use;
  int failure = 0;
  for (int batch = 0; batch < kBatches; ++batch) {
    int got = recvmmsg(socket->fd.get(), messages, kBatch, MSG_DONTWAIT, nullptr);
    if (got < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      // An error comes before the answers that were there before it.
      if (errno != EINTR) failure = errno;
      continue;
    }
    for (int i = 0; i < got; ++i) {
      Take(socket, {room[i], messages[i].msg_len});
      if (socket->use != use) return;
    }
    if (static_cast<unsigned>(got) < kBatch && failure == 0) break;
  }
  if (failure != 0) Fail(socket, "recv", failure);
}

static void OnIo(loop::Io* io, int events) {
  Socket* socket = static_cast<Socket*>(io);
  uint64_t use = socket->use;
  if ((events & loop::kRead) != 0) Receive(socket);
  if (socket->use != use || (events & socket->wanted() & loop::kWrite) == 0) return;
  SendUnsent(socket);
}

}  // namespace node::dns_udp
