#include "timer_wheel.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

namespace node::timer_wheel {

struct Item : Entry {
  uint32_t fired_at = 0;
};

static Wheel* wheel_under_test;
static void NoteExpiry(Entry* entry) { static_cast<Item*>(entry)->fired_at = wheel_under_test->now(); }

class WheelTest : public testing::Test {
 protected:
  WheelTest() { wheel_under_test = &wheel_; }
  void AdvanceTo(uint32_t from, uint32_t to) {
    for (uint32_t tick = from + 1; tick <= to; ++tick) wheel_.Advance(tick, NoteExpiry);
  }
  Wheel wheel_{1000};
};

TEST_F(WheelTest, FiresAtItsTickAndNotBefore) {
  Item item;
  wheel_.Set(&item, 5);
  AdvanceTo(1000, 1004);
  EXPECT_EQ(item.fired_at, 0u);
  AdvanceTo(1004, 1005);
  EXPECT_EQ(item.fired_at, 1005u);
  EXPECT_EQ(wheel_.size(), 0u);
}

TEST_F(WheelTest, ALaterDeadlineWinsOverTheFirst) {
  Item item;
  wheel_.Set(&item, 5);
  AdvanceTo(1000, 1003);
  wheel_.Set(&item, 10);
  AdvanceTo(1003, 1012);
  EXPECT_EQ(item.fired_at, 0u);
  AdvanceTo(1012, 1013);
  EXPECT_EQ(item.fired_at, 1013u);
}

TEST_F(WheelTest, AnEarlierDeadlineWinsOverTheFirst) {
  Item item;
  wheel_.Set(&item, 60);
  wheel_.Set(&item, 2);
  EXPECT_EQ(wheel_.size(), 1u);
  AdvanceTo(1000, 1002);
  EXPECT_EQ(item.fired_at, 1002u);
}

TEST_F(WheelTest, DeadlinesBeyondOneRoundWait) {
  Item item;
  wheel_.Set(&item, 600);
  AdvanceTo(1000, 1599);
  EXPECT_EQ(item.fired_at, 0u);
  AdvanceTo(1599, 1600);
  EXPECT_EQ(item.fired_at, 1600u);
}

TEST_F(WheelTest, RemovedEntriesDoNotFire) {
  Item item;
  wheel_.Set(&item, 3);
  wheel_.Remove(&item);
  wheel_.Remove(&item);
  EXPECT_EQ(wheel_.size(), 0u);
  AdvanceTo(1000, 1300);
  EXPECT_EQ(item.fired_at, 0u);
}

TEST_F(WheelTest, ALongSleepFiresAllThatIsDue) {
  std::vector<std::unique_ptr<Item>> items;
  for (uint32_t i = 1; i <= 700; ++i) {
    items.push_back(std::make_unique<Item>());
    wheel_.Set(items.back().get(), i);
  }
  wheel_.Advance(1500, NoteExpiry);
  for (uint32_t i = 1; i <= 700; ++i) EXPECT_EQ(items[i - 1]->fired_at != 0, i <= 500) << i;
  EXPECT_EQ(wheel_.size(), 200u);
  for (auto& item : items) wheel_.Remove(item.get());
}

static Item* victim;
TEST_F(WheelTest, ACallbackMaySetAndRemove) {
  Item first;
  Item second;
  victim = &second;
  wheel_.Set(&first, 2);
  wheel_.Set(&second, 2);
  wheel_.Advance(1002, [](Entry* entry) {
    static_cast<Item*>(entry)->fired_at = wheel_under_test->now();
    wheel_under_test->Remove(victim);
    wheel_under_test->Set(entry, 256);
  });
  EXPECT_EQ(first.fired_at, 1002u);
  EXPECT_EQ(second.fired_at, 0u);
  AdvanceTo(1002, 1257);
  EXPECT_EQ(first.fired_at, 1002u);
  AdvanceTo(1257, 1258);
  EXPECT_EQ(first.fired_at, 1258u);
}

TEST_F(WheelTest, RandomChangesFireExactlyOnTime) {
  std::mt19937 random(7);
  std::vector<std::unique_ptr<Item>> items;
  std::vector<uint32_t> expected(200, 0);
  for (int i = 0; i < 200; ++i) items.push_back(std::make_unique<Item>());
  for (uint32_t tick = 1001; tick < 4000; ++tick) {
    for (int change = 0; change < 3; ++change) {
      size_t i = random() % items.size();
      if (random() % 5 == 0) {
        wheel_.Remove(items[i].get());
        expected[i] = 0;
      } else {
        uint32_t ticks = 1 + random() % 400;
        wheel_.Set(items[i].get(), ticks);
        expected[i] = wheel_.now() + ticks;
      }
    }
    for (auto& item : items) item->fired_at = 0;
    wheel_.Advance(tick, NoteExpiry);
    for (size_t i = 0; i < items.size(); ++i) {
      ASSERT_EQ(items[i]->fired_at, expected[i] == tick ? tick : 0u) << "item " << i << " at tick " << tick;
      if (expected[i] == tick) expected[i] = 0;
    }
  }
  for (auto& item : items) wheel_.Remove(item.get());
}

}  // namespace node::timer_wheel
