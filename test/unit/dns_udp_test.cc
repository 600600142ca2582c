#include "dns_udp.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <deque>

#include "dns_message.h"
#include "fd.h"
#include "loop.h"
#include "stream.h"

namespace node::dns_udp {

using dns_flights::Flight;

// All of one size.
class Writer : public dns_flights::Owner {
 public:
  size_t Write(Flight* flight, char* out) override {
    std::memset(out, 0, kSize);
    std::memcpy(out, &flight->message_id, sizeof flight->message_id);
    return kSize;
  }
  bool OnMessage(Flight*, std::string_view) override { return false; }
  void OnSent(Flight*) override {}
  void OnLost(Flight*, const base::Error& error, bool) override { ADD_FAILURE() << error.Message(); }
  void OnFlood(Flight*) override { ADD_FAILURE() << "nothing has come"; }

 private:
  static constexpr size_t kSize = 30;
};

// A query that was silent elsewhere, and is taken back before it has left, says nothing of this server.
TEST(DnsUdpTest, WhatNeverLeftIsNoLostMessage) {
  const stream::Address any = stream::ParseAddress("127.0.0.1", 0).value_or(stream::Address());
  fd::OwnedFd silent(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(bind(silent.get(), reinterpret_cast<const sockaddr*>(&any.storage), any.length), 0);
  Writer writer;
  Pool pool(&writer, stream::LocalAddress(silent.get()).value_or(stream::Address()));
  Flight elsewhere;
  elsewhere.group = 1;
  ASSERT_TRUE(pool.Start(&elsewhere, loop::CoarseNowMs()).ok());
  Cancel(&elsewhere, /*in_vain=*/true);

  std::deque<Flight> flights(100);
  for (Flight& flight : flights) ASSERT_TRUE(pool.Start(&flight, loop::CoarseNowMs()).ok());
  Flush();
  EXPECT_GT(std::count_if(flights.begin(), flights.end(), [](const Flight& flight) { return flight.group > 0; }), 80);
  for (Flight& flight : flights) Cancel(&flight, /*in_vain=*/false);
  EXPECT_LE(pool.size(), kSockets);
}

}  // namespace node::dns_udp
