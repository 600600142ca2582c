#include "ip_literal.h"

#include <gtest/gtest.h>

namespace node::ip_literal {

TEST(IpLiteralTest, AddressesAreSplitFromTheirScope) {
  std::string address, scope;
  EXPECT_TRUE(Split("fe80::1%eth0", &address, &scope));
  EXPECT_EQ(address, "fe80::1");
  EXPECT_EQ(scope, "eth0");
  EXPECT_TRUE(Split("10.0.0.1", &address, &scope));
  EXPECT_EQ(address, "10.0.0.1");
  EXPECT_EQ(scope, "");
  EXPECT_FALSE(Split("", &address, &scope));
  EXPECT_FALSE(Split(std::string_view("::1\0", 4), &address, &scope));
  EXPECT_FALSE(Split("fe80::1%e th", &address, &scope));
}

}  // namespace node::ip_literal
