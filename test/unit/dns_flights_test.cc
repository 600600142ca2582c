#include "dns_flights.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <vector>

namespace node::dns_flights {

TEST(DnsFlightsTest, EachIsFoundByItsIdUntilItLeaves) {
  Flights flights;
  EXPECT_EQ(flights.First(), nullptr);
  std::vector<std::unique_ptr<Flight>> all;
  std::set<uint16_t> ids;
  for (size_t i = 0; i < Flights::kMost; ++i) {
    EXPECT_FALSE(flights.full());
    all.push_back(std::make_unique<Flight>());
    flights.Add(all.back().get());
    EXPECT_TRUE(ids.insert(all.back()->message_id).second);
  }
  EXPECT_TRUE(flights.full());
  EXPECT_EQ(flights.size(), Flights::kMost);
  for (const auto& flight : all) EXPECT_EQ(flights.Find(flight->message_id), flight.get());
  // Every other one, and then whatever comes.
  for (size_t i = 0; i < all.size(); i += 2) {
    flights.Remove(all[i].get());
    EXPECT_EQ(all[i]->among, nullptr);
    EXPECT_EQ(flights.Find(all[i]->message_id), nullptr);
  }
  for (size_t i = 1; i < all.size(); i += 2) EXPECT_EQ(flights.Find(all[i]->message_id), all[i].get());
  size_t left = 0;
  for (; Flight* flight = flights.First(); ++left) flights.Remove(flight);
  EXPECT_EQ(left, Flights::kMost / 2);
  EXPECT_EQ(flights.size(), 0u);
}

}  // namespace node::dns_flights
