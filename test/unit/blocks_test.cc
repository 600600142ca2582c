#include "blocks.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

// Of the address sanitizer: too large an allocation fails, as it does without it. For all unit tests.
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }
extern "C" const char* __tsan_default_options() { return "allocator_may_return_null=1"; }

namespace node::blocks {

TEST(BlocksTest, SizesAreMultiplesOfTheUnitWhereTheyAreKept) {
  EXPECT_EQ(Capacity(0), 0u);
  EXPECT_EQ(Capacity(100), 100u);
  EXPECT_EQ(Capacity(kUnit / 2), kUnit / 2);
  EXPECT_EQ(Capacity(kUnit / 2 + 1), kUnit);
  EXPECT_EQ(Capacity(kUnit), kUnit);
  EXPECT_EQ(Capacity(kUnit + 1), 2 * kUnit);
  EXPECT_EQ(Capacity(kLargest), kLargest);
  EXPECT_EQ(Capacity(kLargest + 1), kLargest + 1);
  for (size_t size : {size_t{1}, kUnit, kUnit + 1, kLargest}) EXPECT_EQ(Capacity(Capacity(size)), Capacity(size));
}

TEST(BlocksTest, WhatIsGivenBackIsTakenAgainTheLastFirst) {
  char* first = Take(kUnit);
  char* second = Take(kUnit - 1);
  char* larger = Take(3 * kUnit);
  Give(first, kUnit);
  Give(second, kUnit / 2 + 1);
  Give(larger, 3 * kUnit);
  EXPECT_EQ(Take(kUnit), second);
  EXPECT_EQ(Take(2 * kUnit + 1), larger);
  EXPECT_EQ(Take(kUnit), first);
  for (char* block : {first, second}) Give(block, kUnit);
  Give(larger, 3 * kUnit);
}

TEST(BlocksTest, ABoundedNumberOfBytesIsKept) {
  // Under the address sanitizer whatever is lost, or freed twice, ends this.
  for (size_t size : {kUnit, kLargest, 5 * kUnit, size_t{100}, kLargest + 1}) {
    std::vector<char*> taken;
    for (int i = 0; i < 100; ++i) {
      taken.push_back(Take(size));
      std::memset(taken.back(), i, Capacity(size));
    }
    for (char* block : taken) Give(block, size);
  }
  Give(nullptr, kUnit);
}

TEST(BlocksTest, AnOwnerGivesBackAndGrows) {
  Block block(Take(4), 4);
  std::memcpy(block.data(), "text", 4);
  ASSERT_TRUE(block.Grow(3));
  EXPECT_EQ(block.capacity(), 4u);
  ASSERT_TRUE(block.Grow(100000));
  EXPECT_EQ(block.capacity(), 2 * kUnit);
  EXPECT_EQ(std::string(block.data(), block.size()), "text");
  EXPECT_FALSE(block.Grow(size_t{1} << 60));
  EXPECT_EQ(std::string(block.data(), block.size()), "text");

  Block other = std::move(block);
  EXPECT_EQ(other.size(), 4u);
  EXPECT_EQ(block.size(), 0u);  // NOLINT(bugprone-use-after-move)
  other = Block(Take(1), 1);
  EXPECT_EQ(other.capacity(), 1u);
  char* data = other.Release();
  EXPECT_EQ(other.data(), nullptr);
  Give(data, 1);
}

}  // namespace node::blocks
