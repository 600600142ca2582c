#include "fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <utility>

namespace node::fd {

static bool IsOpen(int descriptor) { return ::fcntl(descriptor, F_GETFD) != -1; }
static int Open() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

TEST(OwnedFdTest, NoneByDefault) {
  OwnedFd none;
  EXPECT_FALSE(none.valid());
  EXPECT_EQ(none.get(), -1);
  none.Close();
}

TEST(OwnedFdTest, ClosesWhenItGoes) {
  const int descriptor = Open();
  {
    OwnedFd owner(descriptor);
    EXPECT_TRUE(owner.valid());
    EXPECT_TRUE(IsOpen(descriptor));
  }
  EXPECT_FALSE(IsOpen(descriptor));
}

TEST(OwnedFdTest, CloseClosesOnce) {
  OwnedFd owner(Open());
  const int descriptor = owner.get();
  owner.Close();
  EXPECT_FALSE(owner.valid());
  EXPECT_FALSE(IsOpen(descriptor));
  // The number may belong to somebody else by now: a second Close must leave it alone.
  OwnedFd other(::dup2(Open(), descriptor));
  owner.Close();
  EXPECT_TRUE(IsOpen(descriptor));
}

TEST(OwnedFdTest, MovesTheDescriptor) {
  OwnedFd first(Open());
  const int descriptor = first.get();
  OwnedFd second(std::move(first));
  EXPECT_EQ(second.get(), descriptor);
  EXPECT_TRUE(IsOpen(descriptor));

  OwnedFd third(Open());
  const int replaced = third.get();
  third = std::move(second);
  EXPECT_EQ(third.get(), descriptor);
  EXPECT_FALSE(IsOpen(replaced));
}

TEST(OwnedFdTest, MovingToItselfKeepsIt) {
  OwnedFd owner(Open());
  OwnedFd& same = owner;
  owner = std::move(same);
  EXPECT_TRUE(owner.valid());
  EXPECT_TRUE(IsOpen(owner.get()));
}

TEST(OwnedFdTest, ReleaseGivesItAway) {
  OwnedFd owner(Open());
  const int descriptor = owner.Release();
  EXPECT_FALSE(owner.valid());
  EXPECT_TRUE(IsOpen(descriptor));
  ::close(descriptor);
}

}  // namespace node::fd
