#include "trimmer.h"

#include <gtest/gtest.h>

#include "loop.h"

namespace node::trimmer {

static int trimmed = 0;

TEST(TrimmerTest, SeveralCallsMakeOneTrimAndItIsNotAtOnce) {
  static auto* trimmer = new Trimmer([] {
    ++trimmed;
    loop::Stop();
  });
  for (int round = 1; round <= 2; ++round) {
    for (int i = 0; i < 5; ++i) trimmer->Later();
    EXPECT_EQ(trimmed, round - 1);
    loop::Timer keeper;  // it does not keep the loop alive
    keeper.Init([](loop::Timer*) { loop::Stop(); }, /*keeps_alive=*/true);
    keeper.Start(20000);
    loop::Run();
    keeper.Stop();
    EXPECT_EQ(trimmed, round);
  }
}

}  // namespace node::trimmer
