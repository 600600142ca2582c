#include "deadlines.h"

#include <gtest/gtest.h>

#include <vector>

namespace node::deadlines {

static std::vector<timer_wheel::Entry*> expired;
static int ticks = 0;

static void Expired(timer_wheel::Entry* entry) { expired.push_back(entry); }
static void After() {
  if (++ticks > 0 && !expired.empty()) loop::Stop();
}

TEST(DeadlinesTest, ExpireInTimeAndNeverEarly) {
  expired.clear();
  static Deadlines deadlines(Expired, After);
  timer_wheel::Entry first;
  timer_wheel::Entry removed;
  double start = loop::NowMs();
  deadlines.Set(&first, 1);
  deadlines.Set(&removed, 1);
  deadlines.Remove(&removed);
  loop::Timer keeper;  // deadlines do not keep the loop alive
  keeper.Init([](loop::Timer*) { loop::Stop(); }, /*keeps_alive=*/true);
  keeper.Start(20000);
  loop::Run();
  keeper.Stop();
  ASSERT_EQ(expired.size(), 1u);
  EXPECT_EQ(expired[0], &first);
  EXPECT_GE(loop::NowMs() - start, 999);
}

TEST(DeadlinesTest, SettingAgainMovesIt) {
  expired.clear();
  static Deadlines deadlines(Expired, After);
  timer_wheel::Entry entry;
  double start = loop::NowMs();
  deadlines.Set(&entry, 30);
  deadlines.Set(&entry, 1);
  deadlines.Set(&entry, 2);
  loop::Timer keeper;
  keeper.Init([](loop::Timer*) { loop::Stop(); }, /*keeps_alive=*/true);
  keeper.Start(20000);
  loop::Run();
  keeper.Stop();
  ASSERT_EQ(expired.size(), 1u);
  EXPECT_GE(loop::NowMs() - start, 1999);
}

TEST(DeadlinesTest, ATickMayBeShort) {
  expired.clear();
  static Deadlines deadlines(Expired, After, /*tick_ms=*/5);
  timer_wheel::Entry entry;
  double start = loop::CoarseNowMs();
  deadlines.Set(&entry, 4);
  loop::Timer keeper;
  keeper.Init([](loop::Timer*) { loop::Stop(); }, /*keeps_alive=*/true);
  keeper.Start(20000);
  loop::Run();
  EXPECT_TRUE(keeper.started());
  keeper.Stop();
  EXPECT_GE(loop::CoarseNowMs() - start, 20);
}

}  // namespace node::deadlines
