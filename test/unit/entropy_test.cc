#include "entropy.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <set>

namespace node::entropy {

TEST(EntropyTest, NumbersDoNotComeAgain) {
  // Past the end of what is fetched at a time.
  std::set<std::array<uint64_t, 2>> seen;
  for (int i = 0; i < 2000; ++i) {
    std::array<uint64_t, 2> bits;
    Fill(bits.data(), sizeof bits);
    EXPECT_TRUE(seen.insert(bits).second);
  }
}

TEST(EntropyTest, AnySizeIsFilledAndNoMore) {
  for (size_t size : {size_t{0}, size_t{1}, size_t{7}, size_t{255}, size_t{256}}) {
    bool changed = size < 7;  // chance may leave a byte as it was, but not seven
    for (int i = 0; i < 20; ++i) {
      unsigned char room[258];
      std::memset(room, 0x5a, sizeof room);
      Fill(room + 1, size);
      EXPECT_EQ(room[0], 0x5a);
      EXPECT_EQ(room[size + 1], 0x5a);
      if (size >= 7) changed = changed || std::memcmp(room + size - 6, "ZZZZZZZ", 7) != 0;
    }
    EXPECT_TRUE(changed) << size;
  }
}

TEST(EntropyTest, EachNumberBelowTheBoundAndNoOther) {
  EXPECT_EQ(Below(1), 0u);
  std::array<int, 8> counts = {};
  for (int i = 0; i < 8000; ++i) {
    uint32_t number = Below(8);
    ASSERT_LT(number, 8u);
    ++counts[number];
  }
  // 1,000 each; 200 are six standard deviations.
  for (int count : counts) EXPECT_NEAR(count, 1000, 200);
}

TEST(EntropyTest, AChildDoesNotGetItsParentsNumbers) {
  Bits16();  // something is in store
  int pipes[2];
  ASSERT_EQ(pipe(pipes), 0);
  pid_t child = fork();
  ASSERT_GE(child, 0);
  uint64_t ours[4];
  Fill(ours, sizeof ours);
  if (child == 0) {
    ssize_t written = write(pipes[1], ours, sizeof ours);
    _exit(written == sizeof ours ? 0 : 1);
  }
  uint64_t theirs[4];
  EXPECT_EQ(read(pipes[0], theirs, sizeof theirs), static_cast<ssize_t>(sizeof theirs));
  EXPECT_NE(std::memcmp(ours, theirs, sizeof ours), 0);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
  close(pipes[0]);
  close(pipes[1]);
}

}  // namespace node::entropy
