#include "bytes.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace node::bytes {

TEST(BytesTest, TokenCharactersAreThoseOfTheRfc) {
  const std::string_view marks = "!#$%&'*+-.^_`|~";
  for (int c = 0; c < 256; ++c) {
    const bool letter_or_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool mark = c != 0 && marks.find(static_cast<char>(c)) != std::string_view::npos;
    EXPECT_EQ(In(kToken, static_cast<char>(c)), letter_or_digit || mark) << c;
  }
}

TEST(BytesTest, ClassesOfBytes) {
  for (int c = 0; c < 256; ++c) {
    const char byte = static_cast<char>(c);
    EXPECT_EQ(In(kFieldValue, byte), c == '\t' || (c >= 0x20 && c != 0x7f)) << c;
    EXPECT_EQ(In(kVisible, byte), c > 0x20 && c < 0x7f) << c;
    EXPECT_EQ(IsBlank(byte), c == ' ' || c == '\t') << c;
    EXPECT_EQ(IsDigit(byte), c >= '0' && c <= '9') << c;
    EXPECT_EQ(IsAlpha(byte), (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) << c;
    EXPECT_EQ(ToLower(byte), c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : byte) << c;
    const std::string_view digits = "0123456789abcdef";
    const size_t place = c == 0 ? std::string_view::npos : digits.find(ToLower(byte));
    EXPECT_EQ(HexValue(byte), place == std::string_view::npos ? -1 : static_cast<int>(place)) << c;
  }
}

TEST(BytesTest, EqualsIgnoreCase) {
  EXPECT_TRUE(EqualsIgnoreCase("Content-Length", "content-length"));
  EXPECT_TRUE(EqualsIgnoreCase("", ""));
  EXPECT_FALSE(EqualsIgnoreCase("Content-Lengt", "content-length"));
  EXPECT_FALSE(EqualsIgnoreCase("Content-Length-", "content-length"));
  // Bytes that differ from a letter or from '-' in the bit of the case only.
  EXPECT_FALSE(EqualsIgnoreCase("Content\rLength", "content-length"));
  EXPECT_FALSE(EqualsIgnoreCase("@", "`"));
  EXPECT_FALSE(EqualsIgnoreCase(std::string_view("\0", 1), " "));
}

TEST(BytesTest, TrimTakesBlanksOnly) {
  EXPECT_EQ(Trim(" \t a \t b\t "), "a \t b");
  EXPECT_EQ(Trim(" \t "), "");
  EXPECT_EQ(Trim(""), "");
  EXPECT_EQ(Trim("\va\r"), "\va\r");
}

TEST(BytesTest, ParseDecimalTakesDigitsOnly) {
  uint64_t value = 7;
  for (const char* text : {"", " ", "+1", "-1", "1 ", " 1", "1,2", "0x1", "1.", "1e1", "\xd9\xa1", "/", ":"}) {
    EXPECT_FALSE(ParseDecimal(text, UINT64_MAX, &value)) << text;
    EXPECT_EQ(value, 7u) << text;
  }
  EXPECT_TRUE(ParseDecimal("00000000000000000000000000000012", 12, &value));
  EXPECT_EQ(value, 12u);
}

TEST(BytesTest, ParseDecimalAtItsLimits) {
  for (uint64_t most : {uint64_t{0}, uint64_t{9}, uint64_t{10}, uint64_t{65535}, uint64_t{INT64_MAX}}) {
    uint64_t value = 1;
    EXPECT_TRUE(ParseDecimal(std::to_string(most), most, &value)) << most;
    EXPECT_EQ(value, most);
    if (most > 0) EXPECT_TRUE(ParseDecimal(std::to_string(most - 1), most, &value)) << most;
    EXPECT_FALSE(ParseDecimal(std::to_string(most + 1), most, &value)) << most;
  }
  uint64_t value = 0;
  EXPECT_TRUE(ParseDecimal("18446744073709551615", UINT64_MAX, &value));
  EXPECT_EQ(value, UINT64_MAX);
  EXPECT_FALSE(ParseDecimal("18446744073709551616", UINT64_MAX, &value));
  EXPECT_FALSE(ParseDecimal("99999999999999999999999", UINT64_MAX, &value));
}

TEST(BytesTest, WriteDecimalAndHex) {
  char room[kDecimalRoom];
  const auto decimal = [&](uint64_t value) { return std::string(room, WriteDecimal(value, room)); };
  const auto hex = [&](uint64_t value) { return std::string(room, WriteHex(value, room)); };
  EXPECT_EQ(decimal(0), "0");
  EXPECT_EQ(decimal(10), "10");
  EXPECT_EQ(decimal(UINT64_MAX), "18446744073709551615");
  EXPECT_EQ(hex(0), "0");
  EXPECT_EQ(hex(0xf), "f");
  EXPECT_EQ(hex(0x10), "10");
  EXPECT_EQ(hex(0xabcdef0), "abcdef0");
  EXPECT_EQ(hex(UINT64_MAX), "ffffffffffffffff");
}

}  // namespace node::bytes
