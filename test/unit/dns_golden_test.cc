// Runs test/golden/dns/*.md: each case flush against a guard page, with bytes behind it, with each of its bytes cut off
// and each of its bits turned.
#include <gtest/gtest.h>

#include <cctype>
#include <string>
#include <string_view>

#include "dns_text.h"
#include "golden.h"
#include "memory.h"

namespace node::dns_golden_test {

using golden::Case;

// Turning the bits of larger ones takes too long.
static constexpr size_t kSmall = 600;

class DnsGoldenTest : public testing::TestWithParam<Case> {
 protected:
  std::string Read(std::string_view message) {
    return dns_text::Show(memory_.Place(message), question_, GetParam().over_tcp);
  }

  bool CanStandForAPart(const std::string& answer) const {
    return answer == "match no\n" || answer.find("broken: ") != std::string::npos ||
           answer.find("truncated") != std::string::npos || answer == GetParam().events;
  }

  memory::GuardedMemory memory_;
  const dns_message::Question question_ = dns_text::ParseQuestion(GetParam().question);
};

TEST_P(DnsGoldenTest, Whole) {
  const Case& one = GetParam();
  EXPECT_EQ(Read(one.input), one.events) << "test/golden/dns/" << one.file << ".md, \"" << one.title << "\"";
}

// Bytes behind the last record change nothing; a message that is broken as it ends may become whole.
TEST_P(DnsGoldenTest, WithBytesBehindIt) {
  const Case& one = GetParam();
  if (one.events.find("broken: ") != std::string::npos || one.events == "match no\n") return;
  for (std::string_view behind : {std::string_view("\0", 1), std::string_view("\xc0\x0c"), std::string_view("\xff")}) {
    for (size_t times : {1, 5, 40}) {
      std::string message = one.input;
      for (size_t i = 0; i < times; ++i) message += behind;
      ASSERT_EQ(Read(message), one.events) << one.title;
    }
  }
}

// No part of a message is taken for a whole, unless what is missing meant nothing.
TEST_P(DnsGoldenTest, Cut) {
  const Case& one = GetParam();
  const size_t step = one.input.size() > kSmall * 10 ? 97 : 1;
  for (size_t size = 0; size < one.input.size(); size += step) {
    const std::string answer = Read(one.input.substr(0, size));
    ASSERT_TRUE(CanStandForAPart(answer)) << one.title << ", the first " << size << " bytes:\n" << answer;
  }
}

// Whatever a bit does: what comes out is within its bounds (dns_text.h).
TEST_P(DnsGoldenTest, BitByBit) {
  const Case& one = GetParam();
  if (one.input.size() > kSmall) return;
  std::string message = one.input;
  for (size_t bit = 0; bit < message.size() * 8; ++bit) {
    const char was = message[bit / 8];
    message[bit / 8] = static_cast<char>(was ^ 1 << bit % 8);
    EXPECT_FALSE(Read(message).empty());
    message[bit / 8] = was;
  }
}

static std::string NameOf(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.file + "_";
  for (char c : info.param.title) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  for (char& c : name) c = c == '-' ? '_' : c;
  // GoogleTest wants each name once.
  return name + "_" + std::to_string(info.index);
}

INSTANTIATE_TEST_SUITE_P(Dns, DnsGoldenTest, testing::ValuesIn(golden::Load("dns")), NameOf);

TEST(DnsTextTest, Assembler) {
  EXPECT_EQ(dns_text::Assemble("12 ab34 \"a\" . 'bc' ; \"comment\"\n A u8=1 u32=258"),
            std::string("\x12\xab\x34\1a\0bc\0\1\1\0\0\1\2", 15));
  EXPECT_EQ(dns_text::Assemble("{ 01 { 02 } } {+1 03 } {-1 04 }"), std::string("\0\4\1\0\1\2\0\2\3\0\0\4", 12));
  EXPECT_EQ(dns_text::Assemble("@end 00 end: @end+2 @end-1 @12"),
            "\xc0\3" + std::string(1, '\0') + "\xc0\5\xc0\2\xc0\x0c");
  EXPECT_EQ(dns_text::Assemble("2*( \"$\" '$+' ) \"\\{3 x}\\0\""), std::string("\1ab\1bc\4xxx\0", 11));
}

}  // namespace node::dns_golden_test
