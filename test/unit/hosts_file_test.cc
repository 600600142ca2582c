#include "hosts_file.h"

#include <gtest/gtest.h>

namespace node::hosts_file {

using Addresses = std::vector<std::string>;

static Addresses Find(std::string_view text, std::string_view name) {
  const Index index{std::string(text)};
  std::vector<std::string_view> found = index.Find(name);
  return {found.begin(), found.end()};
}

TEST(HostsFileTest, FindsNamesAndAliases) {
  static constexpr std::string_view kText =
      "# comment\n127.0.0.1\tlocalhost\n\n10.0.0.1 web.example web # of ours\n  ::1   ip6 web\n10.0.0.2 other";
  EXPECT_EQ(Find(kText, "web"), (Addresses{"10.0.0.1", "::1"}));
  EXPECT_EQ(Find(kText, "WEB.Example"), (Addresses{"10.0.0.1"}));
  EXPECT_EQ(Find(kText, "web.example."), (Addresses{"10.0.0.1"}));
  EXPECT_EQ(Find(kText, "other"), (Addresses{"10.0.0.2"}));
  EXPECT_EQ(Find(kText, "ours"), Addresses());
  EXPECT_EQ(Find(kText, "10.0.0.1"), Addresses());
  EXPECT_EQ(Find(kText, "we"), Addresses());
  EXPECT_EQ(Find(kText, ""), Addresses());
  EXPECT_EQ(Find(kText, "."), Addresses());
  EXPECT_EQ(Index(std::string(kText)).size(), 6u);
}

TEST(HostsFileTest, TakesLinesOfWindowsAndBrokenOnes) {
  EXPECT_EQ(Find("1.2.3.4 a\r\n5.6.7.8 b\r\n", "a"), (Addresses{"1.2.3.4"}));
  EXPECT_EQ(Find("lonely\n\n \t\n#\n# x\n", "lonely"), Addresses());
  EXPECT_EQ(Find(std::string_view("1.2.3.4 a\0b\n", 12), "a"), Addresses());
  EXPECT_EQ(Find("1.2.3.4 a#b\n", "a"), (Addresses{"1.2.3.4"}));
  EXPECT_EQ(Find("", "a"), Addresses());
  EXPECT_TRUE(Index().Find("a").empty());
}

TEST(HostsFileTest, ALineThatNamesItTwiceGivesOneAddress) {
  EXPECT_EQ(Find("1.1.1.1 a b A\n2.2.2.2 a\n1.1.1.1 a\n", "a"), (Addresses{"1.1.1.1", "2.2.2.2", "1.1.1.1"}));
}

TEST(HostsFileTest, EachOfManyNamesIsFound) {
  std::string text;
  for (int i = 0; i < 20000; ++i)
    text += "10.0.0." + std::to_string(i % 250) + " host" + std::to_string(i) + ".example\n";
  const Index index(text);
  EXPECT_EQ(index.size(), 20000u);
  EXPECT_FALSE(index.cut());
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::string_view> found = index.Find("host" + std::to_string(i) + ".example");
    ASSERT_EQ(found.size(), 1u) << i;
    ASSERT_EQ(found[0], "10.0.0." + std::to_string(i % 250));
  }
  EXPECT_TRUE(index.Find("host20000.example").empty());
}

TEST(HostsFileTest, NamesBeyondTheLimitAreLeftOut) {
  std::string line = "10.0.0.1";
  for (size_t i = 0; i < kMaxNames - 1; ++i) line += " x";
  for (int more = 0; more <= 2; ++more) {
    std::string text = line;
    for (int i = 0; i < more; ++i) text += " y" + std::to_string(i);
    const Index index(text + "\n");
    EXPECT_EQ(index.size(), kMaxNames - (more == 0 ? 1 : 0));
    EXPECT_EQ(index.cut(), more == 2);
    EXPECT_EQ(index.Find("y0").size(), more == 0 ? 0u : 1u);
    EXPECT_TRUE(index.Find("y1").empty());
  }
  // Also when they are on lines of their own; lines without names are none of them.
  EXPECT_FALSE(Index(line + " y\n\n# comment\n1.1.1.1\n").cut());
  EXPECT_TRUE(Index(line + " y\n\n1.1.1.1 z\n").cut());
}

TEST(HostsFileTest, TextBeyondTheLimitIsLeftOutByWholeLines) {
  // A comment up to the limit, and a line that it cuts in the middle.
  std::string text = "1.1.1.1 first\n#";
  text.resize(kMaxText - 12, '.');
  text += "\n2.2.2.2 second\n";
  const Index index(text);
  EXPECT_TRUE(index.cut());
  EXPECT_EQ(index.Find("first").size(), 1u);
  EXPECT_EQ(index.size(), 1u);
  EXPECT_EQ(Index(std::string(kMaxText + 1, 'x')).size(), 0u);
}

TEST(HostsFileTest, KnowsTheNamesOfTheLoopback) {
  for (std::string_view name : {"localhost", "LocalHost", "localhost.", "a.localhost", "a.b.LOCALHOST."}) {
    EXPECT_TRUE(IsLocalhost(name)) << name;
  }
  for (std::string_view name :
       {"", ".", "host", "xlocalhost", ".localhost", "localhost.example", "localhost..", "local"}) {
    EXPECT_FALSE(IsLocalhost(name)) << name;
  }
}

}  // namespace node::hosts_file
