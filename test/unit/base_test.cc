#include "base.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>

namespace node::base {

TEST(ErrorTest, MessageNamesCallErrorAndSubject) {
  EXPECT_EQ((Error{"listen", EADDRINUSE, "0.0.0.0:8000"}.Message()),
            "listen EADDRINUSE 0.0.0.0:8000: Address already in use");
  EXPECT_EQ((Error{"read", EIO, ""}.Message()), "read EIO: Input/output error");
}

TEST(ErrorTest, NumbersWithoutANameAreUnknown) {
  EXPECT_STREQ((Error{"read", 12345, ""}.Name()), "UNKNOWN");
  EXPECT_EQ((Error{"read", 12345, "x"}.Message()), "read UNKNOWN x");
}

TEST(ErrorTest, ErrnoErrorTakesTheLastOne) {
  errno = ENOENT;
  const Error error = ErrnoError("open", "a.js");
  EXPECT_EQ(error.code, ENOENT);
  EXPECT_STREQ(error.Name(), "ENOENT");
  EXPECT_EQ(error.subject, "a.js");
}

TEST(ResultTest, HoldsAValueOrAnError) {
  Result<std::unique_ptr<int>> good(std::make_unique<int>(3));
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(*good.value(), 3);
  std::unique_ptr<int> taken = std::move(good.value());
  EXPECT_EQ(*taken, 3);

  Result<std::string> bad(Error{"open", ENOENT, "x"});
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().code, ENOENT);
}

TEST(ResultDeathTest, TheOtherHalfIsNotThere) {
  Result<int> good(1);
  Result<int> bad(Error{"open", ENOENT, "x"});
  EXPECT_DEATH(bad.value(), "defect of node itself");
  EXPECT_DEATH(static_cast<void>(good.error()), "defect of node itself");
}

TEST(CheckDeathTest, SaysWhereAndWhat) {
  CHECK(1 + 1 == 2);
  EXPECT_DEATH(CHECK(1 + 1 == 3), "base_test\\.cc:[0-9]+: CHECK\\(1 \\+ 1 == 3\\) failed");
}

}  // namespace node::base
