// DNS over TCP to one server: connections that are kept, with many queries on one, answered in any order (RFC 7766).
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "base.h"
#include "dns_flights.h"
#include "loop.h"
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
  // `alone`: a connection that no other query shares: for one that was in flight when a connection ended or led
  // nowhere, so that it does not go down with the query that has caused that once more. There are so many of those at
  // a time; when they are taken the query waits (Flight::waits) until one of them has done its work.
  base::Result<base::Done> Start(dns_flights::Flight* flight, bool alone);

  // Takes a query that was started back; its answer will be dropped. `in_vain`: what has come, or has not come, lets
  // doubt that the connection leads anywhere; it takes no more queries.
  void Cancel(dns_flights::Flight* flight, bool in_vain);

  // Whether a query that was started has company on its connection, or had some that waited in vain.
  static bool Shares(const dns_flights::Flight* flight);

  // Connections that stand or are being made.
  size_t size() const { return connections_.size(); }

 private:
  friend class Connection;
  struct Waker : loop::Timer {
    Channel* channel = nullptr;
  };
  base::Result<base::Done> Open(dns_flights::Flight* flight, bool alone);
  void Wait(dns_flights::Flight* flight);
  void WakeLater();
  void StartWaiting();

  dns_flights::Owner* owner_;
  stream::Address server_;
  std::vector<std::shared_ptr<Connection>> connections_;
  size_t alone_ = 0;  // of them, those for one query each
  // Who waits, by turn; nullptr: it waits no more.
  std::deque<dns_flights::Flight*> waiting_;
  uint32_t first_turn_ = 0;
  Waker waker_;
};

}  // namespace node::dns_tcp
