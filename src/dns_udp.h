// DNS over UDP to one server: a pool of connected sockets on random ports, renewed often. See the .cc for why that is
// as safe as a port for each query.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "base.h"
#include "dns_flights.h"
#include "stream.h"
#include "timer_wheel.h"

namespace node::dns_udp {

// Sockets that new queries are spread over.
inline constexpr size_t kSockets = 8;
// A socket takes so many queries, and takes them for so long; it stays open until the last of them has its answer.
inline constexpr uint32_t kQueriesPerSocket = 256;
inline constexpr double kSocketMs = 10000;
// Open sockets of a pool, those included that only wait for answers. With so many, old ones are used on.
inline constexpr size_t kMostSockets = 64;
// Messages that nobody has asked for, after which a socket is given up.
inline constexpr uint32_t kMostForeign = 16;
// Without a query for so long, up to two seconds more, all sockets are closed.
inline constexpr uint32_t kIdleSeconds = 5;

struct Socket;

// An unused pool keeps no loop alive; the owner does that for each query.
class Pool : timer_wheel::Entry {
 public:
  // `owner` hears of all queries and outlives the pool.
  Pool(dns_flights::Owner* owner, const stream::Address& server);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  // Nothing is in flight any more.
  ~Pool();

  // Gives the query a socket and an id; it leaves with Flush(). `now`: of loop::CoarseNowMs(). Fails where no socket
  // can be opened.
  base::Result<base::Done> Start(dns_flights::Flight* flight, double now);

  // Sockets that are open.
  size_t size() const { return open_.size(); }

 private:
  friend struct Access;
  base::Result<Socket*> Pick(double now);
  base::Result<Socket*> Open(double now);
  Socket* AnyOpen();

  dns_flights::Owner* owner_;
  stream::Address server_;
  std::array<Socket*, kSockets> active_ = {};
  std::vector<Socket*> open_;
  double used_ms_ = 0;
  double singly_until_ms_ = 0;
  uint64_t answered_group_ = 0;  // the last one
};

// Takes a query that was started back; its answer will be dropped. `in_vain`: it has waited for nothing, so that its
// socket, whose own address may have changed, takes no more queries.
void Cancel(dns_flights::Flight* flight, bool in_vain);

// Sends what was started since the last call.
void Flush();
// Whether Flush() has something to do.
bool FlushDue();

}  // namespace node::dns_udp
