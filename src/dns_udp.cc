#include "dns_udp.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
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

// Datagrams sent or received by one system call.
static constexpr unsigned kBatch = 16;
// For so long queries are sent one by one when those together seem to get lost: see Segments.
static constexpr double kSinglyMs = 5 * 60 * 1000;
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
  bool singly = false;          // the kernel has refused several datagrams in one
  std::vector<Flight*> unsent;  // nullptr: cancelled
  // The ids of the last queries.
  std::array<uint16_t, kQueriesPerSocket> spent = {};
};

struct Access {
  static dns_flights::Owner* Owner(const Socket* socket) { return socket->pool->owner_; }
  static const stream::Address& Server(const Socket* socket) { return socket->pool->server_; }
  static bool Singly(const Socket* socket) {
    return socket->singly || loop::CoarseNowMs() < socket->pool->singly_until_ms_;
  }
  static void NoteAnswer(Socket* socket, const Flight* flight) {
    uint64_t& answered = socket->pool->answered_group_;
    answered = std::max(answered, flight->group);
  }
  static void NoteSilence(Socket* socket, const Flight* flight) {
    Pool* pool = socket->pool;
    if (flight->group > pool->answered_group_) pool->singly_until_ms_ = loop::CoarseNowMs() + kSinglyMs;
  }
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
static uint64_t last_group = 0;

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

// Whether the kernel knows of UDP_SEGMENT (Linux 4.18). One that does not would send all of it as one datagram.
static bool KernelSegments(int descriptor) {
  static const bool known = [&] {
    int size = 0;
    socklen_t length = sizeof size;
    return getsockopt(descriptor, SOL_UDP, UDP_SEGMENT, &size, &length) == 0;
  }();
  return known;
}

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
  socket->singly = !KernelSegments(socket->fd.get());
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
  flight->group = 0;  // of an earlier try, perhaps at another server
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

static void TakeBack(Flight* flight, bool in_vain) {
  Socket* socket = static_cast<Socket*>(flight->among);
  std::replace(socket->unsent.begin(), socket->unsent.end(), flight, static_cast<Flight*>(nullptr));
  socket->Remove(flight);
  if (in_vain || (socket->retired && socket->size() == 0)) Retire(socket);
}

void Cancel(Flight* flight, bool in_vain) {
  if (in_vain) Access::NoteSilence(static_cast<Socket*>(flight->among), flight);
  TakeBack(flight, in_vain);
}

// --- The end of a socket with queries in flight ---

// `tell` is called for each of them when it has left, and may do anything, to the others and to the socket too.
template <typename Tell>
static void GiveUp(Socket* socket, Tell tell) {
  uint64_t use = socket->use;
  Retire(socket);
  while (socket->use == use) {
    Flight* flight = socket->First();
    TakeBack(flight, /*in_vain=*/true);
    tell(flight);
  }
}

static void Fail(Socket* socket, const char* syscall, int code) {
  dns_flights::Owner* owner = Access::Owner(socket);
  base::Error error{syscall, code, ""};
  GiveUp(socket, [&](Flight* flight) { owner->OnLost(flight, error, /*again=*/false); });
}

// --- Sending ---

// Several datagrams in one message, which the kernel takes apart at the end of their way (UDP_SEGMENT): what it does
// for each on the way, from the route to the queue of the device, is done once. On loopback that is a third of its time
// for a query; sendmmsg(2) alone saves nothing but system calls.
//
// All but the last of a message have one size, so that queries leave by their sizes. A socket whose message is refused
// (a device that cannot do the checksums, before Linux 6.11) sends them one by one. What is lost without a word shows
// as silence: when a query of a message has waited in vain, and none of that or of a later message has been answered,
// all sockets to that server send one by one for a while, beginning with the second try.
struct Segments {
  struct Query {
    Flight* flight;
    char* bytes;
    size_t size;
  };
  alignas(cmsghdr) char controls[kBatch][CMSG_SPACE(sizeof(uint16_t))];
  char room[kBatch * dns_message::kQueryRoom];
  Query queries[kBatch];
  iovec parts[kBatch];
  mmsghdr messages[kBatch];
  unsigned ends[kBatch];  // for each message, the queries in it and in those before it
  unsigned query_count, message_count;

  void Collect(Socket* socket, size_t* next);
  void MakeMessages(bool singly);
};

// Writes the next unsent queries; *next becomes the place from which on they stand in the order of `queries`.
void Segments::Collect(Socket* socket, size_t* next) {
  dns_flights::Owner* owner = Access::Owner(socket);
  char* end = room;
  size_t i = *next;
  for (query_count = 0; i < socket->unsent.size() && query_count < kBatch; ++i) {
    Flight* flight = socket->unsent[i];
    if (flight == nullptr) continue;
    size_t size = owner->Write(flight, end);
    queries[query_count++] = {flight, end, size};
    end += size;
  }
  auto before = [](const Query& a, const Query& b) { return a.size != b.size ? a.size > b.size : a.bytes < b.bytes; };
  std::sort(queries, queries + query_count, before);
  *next = i - query_count;
  for (unsigned j = 0; j < query_count; ++j) socket->unsent[*next + j] = queries[j].flight;
}

void Segments::MakeMessages(bool singly) {
  iovec* part = parts;
  message_count = 0;
  for (unsigned i = 0; i < query_count;) {
    const size_t size = queries[i].size;
    msghdr* head = &messages[message_count].msg_hdr;
    *head = msghdr();
    head->msg_iov = part;
    const unsigned first = i;
    for (bool full = false; i < query_count && !full; ++i) {
      const Query& query = queries[i];
      // Those of one size mostly stand one behind the other.
      if (i > first && static_cast<char*>(part[-1].iov_base) + part[-1].iov_len == query.bytes) {
        part[-1].iov_len += query.size;
      } else {
        *part++ = {query.bytes, query.size};
      }
      // The last may be shorter.
      full = singly || query.size < size;
    }
    head->msg_iovlen = static_cast<size_t>(part - head->msg_iov);
    ends[message_count] = i;
    const uint64_t group = i - first > 1 ? ++last_group : 0;
    for (unsigned j = first; j < i; ++j) queries[j].flight->group = group;
    if (group != 0) {
      head->msg_control = controls[message_count];
      head->msg_controllen = sizeof controls[0];
      cmsghdr* control = CMSG_FIRSTHDR(head);
      control->cmsg_level = SOL_UDP;
      control->cmsg_type = UDP_SEGMENT;
      control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
      const uint16_t segment = static_cast<uint16_t>(size);
      std::memcpy(CMSG_DATA(control), &segment, sizeof segment);
    }
    ++message_count;
  }
}

static void SendUnsent(Socket* socket) {
  static Segments batch;
  dns_flights::Owner* owner = Access::Owner(socket);
  uint64_t use = socket->use;
  for (size_t next = 0;;) {
    batch.Collect(socket, &next);
    if (batch.query_count == 0) break;
    batch.MakeMessages(Access::Singly(socket));
    int sent = sendmmsg(socket->fd.get(), batch.messages, batch.message_count, MSG_NOSIGNAL);
    if (sent > 0) {
      next += batch.ends[sent - 1];
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      socket->unsent.erase(socket->unsent.begin(), socket->unsent.begin() + static_cast<ptrdiff_t>(next));
      return socket->Want(loop::kRead | loop::kWrite);
    }
    // An ICMP error for an earlier one; but those that have not been sent yet would fare no better.
    if (errno == ECONNREFUSED) return Fail(socket, "send", errno);
    // Lost on the way out: what is lost is asked again, later.
    if (errno == ENOBUFS) {
      next += batch.ends[0];
      continue;
    }
    if (batch.ends[0] > 1) {
      socket->singly = true;
      continue;
    }
    base::Error error{"send", errno, ""};
    Flight* flight = socket->unsent[next++];
    // Perhaps our own address is no more: another socket may do better.
    TakeBack(flight, /*in_vain=*/true);
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
    Access::NoteAnswer(socket, flight);
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
