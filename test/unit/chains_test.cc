#include "chains.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace node::chains {

struct Thing {
  int number = 0;
  uint64_t hash = 0, other_hash = 0;
  Thing *next = nullptr, *other_next = nullptr;
};
using Things = Table<Thing, &Thing::next, &Thing::hash>;
using OtherThings = Table<Thing, &Thing::other_next, &Thing::other_hash>;

static Thing* Find(const Things& table, uint64_t hash, int number) {
  return table.Find(hash, [number](const Thing& thing) { return thing.number == number; });
}

TEST(ChainsTest, FindsByHashAndContent) {
  Things table;
  EXPECT_EQ(Find(table, 7, 1), nullptr);
  Thing one{1, 7}, two{2, 7}, three{3, 7 + 16};
  for (Thing* thing : {&one, &two, &three}) table.Insert(thing);
  EXPECT_EQ(table.size(), 3u);
  EXPECT_EQ(Find(table, 7, 1), &one);
  EXPECT_EQ(Find(table, 7, 2), &two);
  EXPECT_EQ(Find(table, 23, 3), &three);
  EXPECT_EQ(Find(table, 7, 3), nullptr);
  EXPECT_EQ(Find(table, 8, 1), nullptr);
  table.Remove(&two);
  EXPECT_EQ(Find(table, 7, 2), nullptr);
  EXPECT_EQ(Find(table, 7, 1), &one);
  table.Remove(&one);
  EXPECT_EQ(Find(table, 23, 3), &three);
  table.Remove(&three);
  EXPECT_EQ(table.size(), 0u);
}

TEST(ChainsTest, ARecordMayBeInTwoTables) {
  Things table;
  OtherThings other;
  Thing thing{1, 7, 8};
  table.Insert(&thing);
  other.Insert(&thing);
  table.Remove(&thing);
  EXPECT_EQ(other.Find(8, [](const Thing&) { return true; }), &thing);
}

TEST(ChainsTest, AllAreTakenOutOnce) {
  Things table;
  Thing things[40];
  for (int i = 0; i < 40; ++i) {
    things[i].hash = static_cast<uint64_t>(i % 20);
    table.Insert(&things[i]);
  }
  table.TakeAll([](Thing* thing) { ++thing->number; });
  for (const Thing& thing : things) EXPECT_EQ(thing.number, 1);
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(Find(table, 3, 1), nullptr);
  table.TakeAll([](Thing*) { ADD_FAILURE(); });
  table.Insert(&things[3]);
  EXPECT_EQ(Find(table, 3, 1), &things[3]);
}

TEST(ChainsTest, GrowsAndShrinksAndLosesNobody) {
  std::vector<std::unique_ptr<Thing>> things;
  Things table;
  constexpr int kMany = 5000;
  for (int i = 0; i < kMany; ++i) {
    things.push_back(std::make_unique<Thing>());
    things[i]->number = i;
    things[i]->hash = static_cast<uint64_t>(i) * 0x9e3779b97f4a7c15;
    table.Insert(things[i].get());
  }
  for (int i = 0; i < kMany; ++i) {
    // Those that are left are found while others go.
    const int last = kMany - 1;
    ASSERT_EQ(Find(table, things[last]->hash, last), things[last].get()) << i;
    ASSERT_EQ(Find(table, things[i]->hash, i), things[i].get());
    table.Remove(things[i].get());
    ASSERT_EQ(Find(table, things[i]->hash, i), nullptr);
    ASSERT_EQ(table.size(), static_cast<size_t>(kMany - 1 - i));
    if (i == last) break;
  }
  EXPECT_EQ(table.size(), 0u);
}

}  // namespace node::chains
