#include "debug_log.h"

#include <gtest/gtest.h>

namespace node::debug_log {

TEST(DebugLogTest, SectionsStandBetweenCommasOrBlanks) {
  for (std::string_view list : {"dns", "DNS", "http,dns", "dns,http", "http, dns", " dns ", ",,dns,"}) {
    EXPECT_TRUE(Lists(list, "dns")) << list;
  }
  for (std::string_view list : {"", ",", "dn", "dnss", "http", "d,n,s", "*"}) EXPECT_FALSE(Lists(list, "dns")) << list;
}

TEST(DebugLogTest, LinesAreOfPrintableAsciiAndEnd) {
  EXPECT_EQ(Line("dns", "a b~"), "dns: a b~\n");
  EXPECT_EQ(Line("dns", std::string_view("\0\x1b[1m\n\xff", 7)), "dns: \\x00\\x1b[1m\\x0a\\xff\n");
  EXPECT_EQ(Line("dns", std::string(kMaxLine, 'x')), "dns: " + std::string(kMaxLine, 'x') + "\n");
  EXPECT_EQ(Line("dns", std::string(kMaxLine + 1, 'x')), "dns: " + std::string(kMaxLine, 'x') + "...\n");
}

}  // namespace node::debug_log
