#include "hosts_file.h"

#include <gtest/gtest.h>

namespace node::hosts_file {

using Addresses = std::vector<std::string>;

TEST(HostsFileTest, FindsNamesAndAliases) {
  static constexpr std::string_view kText =
      "# comment\n127.0.0.1\tlocalhost\n\n10.0.0.1 web.example web # of ours\n  ::1   ip6 web\n10.0.0.2 other";
  EXPECT_EQ(Find(kText, "web"), (Addresses{"10.0.0.1", "::1"}));
  EXPECT_EQ(Find(kText, "WEB.Example"), (Addresses{"10.0.0.1"}));
  EXPECT_EQ(Find(kText, "other"), (Addresses{"10.0.0.2"}));
  EXPECT_EQ(Find(kText, "ours"), Addresses());
  EXPECT_EQ(Find(kText, "10.0.0.1"), Addresses());
  EXPECT_EQ(Find(kText, "we"), Addresses());
}

TEST(HostsFileTest, TakesLinesOfWindowsAndBrokenOnes) {
  EXPECT_EQ(Find("1.2.3.4 a\r\n5.6.7.8 b\r\n", "a"), (Addresses{"1.2.3.4"}));
  EXPECT_EQ(Find("lonely\n\n \t\n#\n# x\n", "lonely"), Addresses());
  EXPECT_EQ(Find(std::string_view("1.2.3.4 a\0b\n", 12), "a"), Addresses());
  EXPECT_EQ(Find("", "a"), Addresses());
}

}  // namespace node::hosts_file
