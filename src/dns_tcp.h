// DNS over TCP to one server: connections that are kept, with many queries on one, answered in any order (RFC 7766).
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base.h"
#include "dns_flights.h"
#include "stream.h"

namespace node::dns_tcp {

// Without traffic for so long, up to two seconds more, an unused connection is closed.
inline constexpr uint32_t kIdleSeconds = 5;
// Messages that nobody has asked for, after which a connection is given up.
inline constexpr uint32_t kMostForeign = 16;

class Connection;

// Connections to one server, mostly one. An unused one keeps no loop alive; the owner does that for each query.
class Channel {
 public:
  // `owner` hears of all queries and outlives the channel.
  Channel(dns_flights::Owner* owner, const stream::Address& server);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  // Nothing is in flight any more.
  ~Channel();

  // Gives the query a connection and an id; it leaves with tcp_connection::Flush(), or when the connection stands.
  // `alone`: a connection that no other query shares, as long as there are not too many of those: for one that was in
  // flight when a connection ended, so that it does not go down with the query that has caused that once more.
  base::Result<base::Done> Start(dns_flights::Flight* flight, bool alone);

  // Connections that stand or are being made.
  size_t size() const { return connections_.size(); }

 private:
  friend class Connection;
  base::Result<base::Done> Open(dns_flights::Flight* flight, bool alone);

  dns_flights::Owner* owner_;
  stream::Address server_;
  std::vector<std::shared_ptr<Connection>> connections_;
};

// Takes a query that was started back; its answer will be dropped. `in_vain`: what has come, or has not come, lets
// doubt that the connection leads anywhere; it takes no more queries.
void Cancel(dns_flights::Flight* flight, bool in_vain);

}  // namespace node::dns_tcp
