#include "dns_name.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "memory.h"

namespace node::dns_name_test {

namespace dns = dns_name;
using namespace std::literals;
using dns::Name;

static Name Parse(std::string_view text) {
  Name name;
  const char* const fault = dns::ParseName(text, &name);
  EXPECT_EQ(fault, nullptr) << text << ": " << fault;
  return name;
}

static std::string Fault(std::string_view text) {
  Name name = Parse("untouched");
  memory::HeapMemory memory;  // so that no byte behind it is looked at
  const char* const fault = dns::ParseName(memory.Place(text), &name);
  EXPECT_TRUE(fault == nullptr || name.ToText() == "untouched");
  return fault == nullptr ? "" : fault;
}

TEST(DnsNameTest, TextAndBytes) {
  EXPECT_EQ(Parse("www.example.com").wire(), "\3www\7example\3com\0"sv);
  EXPECT_EQ(Parse("www.example.com.").wire(), "\3www\7example\3com\0"sv);
  EXPECT_EQ(Parse(".").wire(), "\0"sv);
  EXPECT_EQ(Name().wire(), "\0"sv);
  EXPECT_EQ(Parse(".").ToText(), ".");
  EXPECT_EQ(Parse("WWW.Example.com.").ToText(), "WWW.Example.com");
  EXPECT_EQ(Parse("a\\.b\\\\c\\000\\255\\032.d").wire(),
            "\x08"
            "a.b\\c\0\xff \1d\0"sv);
  EXPECT_EQ(Parse("a\\.b\\\\c\\000\\255\\032.d").ToText(), "a\\.b\\\\c\\000\\255\\032.d");
  EXPECT_EQ(Parse("_sip._tcp.x-y").ToText(), "_sip._tcp.x-y");
}

TEST(DnsNameTest, EveryByteHasItsText) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    Name name;
    ASSERT_TRUE(name.AddLabel({&c, 1}));
    const std::string digits = std::to_string(1000 + byte).substr(1);
    const bool plain = byte > 0x20 && byte < 0x7f;
    const std::string text = c == '.' || c == '\\' ? std::string("\\") + c : plain ? std::string(1, c) : "\\" + digits;
    EXPECT_EQ(name.ToText(), text);
    EXPECT_EQ(Parse(text).wire(), name.wire());
    EXPECT_EQ(Parse("\\" + digits).wire(), name.wire());
  }
}

TEST(DnsNameTest, WhatIsNone) {
  EXPECT_EQ(Fault(""), "empty name");
  EXPECT_EQ(Fault(".."), "empty label");
  EXPECT_EQ(Fault(".a"), "empty label");
  EXPECT_EQ(Fault("a..b"), "empty label");
  EXPECT_EQ(Fault("a.."), "empty label");
  EXPECT_EQ(Fault("a b"), "blank or control character");
  EXPECT_EQ(Fault("a\tb"), "blank or control character");
  EXPECT_EQ(Fault("a\0b"sv), "blank or control character");
  EXPECT_EQ(Fault("a\x7f"), "blank or control character");
  EXPECT_EQ(Fault("\x80"), "byte that is not ASCII (only punycode names, xn--..., are asked for)");
  EXPECT_EQ(Fault("b\xc3\xbc"
                  "cher.de"),
            "byte that is not ASCII (only punycode names, xn--..., are asked for)");
  for (const char* text : {"a\\", "a\\1", "a\\12", "a\\1x2", "a\\256", "a\\x", "a\\-12"}) {
    EXPECT_EQ(Fault(text), "broken escape") << text;
  }
}

TEST(DnsNameTest, Limits) {
  const std::string l63(63, 'x'), l62(62, 'x'), l61(61, 'x'), l60(60, 'x');
  EXPECT_EQ(Fault(l62), "");
  EXPECT_EQ(Fault(l63), "");
  EXPECT_EQ(Fault(l63 + "x"), "label over 63 bytes");
  EXPECT_EQ(Fault("a." + l63 + "\\120"), "label over 63 bytes");
  const std::string three = l63 + "." + l63 + "." + l63 + ".";
  EXPECT_EQ(Parse(three + l60).wire().size(), 254u);
  EXPECT_EQ(Parse(three + l61).wire().size(), 255u);
  EXPECT_EQ(Parse(three + l61 + ".").wire().size(), 255u);
  EXPECT_EQ(Fault(three + l62), "name over 255 bytes");
  EXPECT_EQ(Fault(three + l62 + "."), "name over 255 bytes");
}

TEST(DnsNameTest, CaseMeansNothing) {
  const Name lower = Parse("www.example.com"), upper = Parse("wWw.EXAMPLE.com"), other = Parse("www.example.con");
  EXPECT_TRUE(lower.Equals(upper));
  EXPECT_EQ(lower.Hash(7), upper.Hash(7));
  EXPECT_FALSE(lower.Equals(other));
  EXPECT_NE(lower.Hash(7), other.Hash(7));
  EXPECT_NE(lower.Hash(7), lower.Hash(8));
  EXPECT_FALSE(Parse("a.b").Equals(Parse("a\\.b")));
  // Neighbours of the letters are not changed along.
  EXPECT_FALSE(Parse("@[").Equals(Parse("`{")));
}

TEST(DnsNameTest, BytesAreComparedInFull) {
  EXPECT_TRUE(dns::SameLetters("", ""));
  EXPECT_TRUE(dns::SameLetters("aB[", "Ab["));
  EXPECT_FALSE(dns::SameLetters("a", "ab"));
  EXPECT_FALSE(dns::SameLetters("ab", "a"));
  const std::string all = "www.example.com, and some more bytes";
  for (size_t i = 0; i < all.size(); ++i) {
    std::string other = all;
    other[i] = '#';
    EXPECT_FALSE(dns::SameLetters(all, other)) << i;
  }
}

// Each byte counts, and names of one kind spread over a table, by the lowest bits as by the highest.
TEST(DnsNameTest, HashesSpread) {
  const Name long_name = Parse("one.two.three.four.five.six.example.com");
  for (size_t i = 0; i < long_name.wire().size(); ++i) {
    std::string text = long_name.ToText();
    if (i >= text.size() || text[i] == '.') continue;
    text[i] = '0';
    EXPECT_NE(Parse(text).Hash(), long_name.Hash()) << text;
  }
  for (uint64_t seed : {uint64_t{0}, uint64_t{1}, uint64_t{0x9e3779b97f4a7c15}, UINT64_MAX}) {
    std::array<int, 1024> low{}, high{};
    for (int i = 0; i < 1024; ++i) {
      const uint64_t hash = Parse("host" + std::to_string(i) + ".example.com").Hash(seed);
      ++low[hash % low.size()];
      ++high[hash >> 54];
    }
    for (size_t i = 0; i < low.size(); ++i) {
      EXPECT_LT(low[i], 12) << "seed " << seed;
      EXPECT_LT(high[i], 12) << "seed " << seed;
    }
  }
}

// One bit for each byte of the name.
TEST(DnsNameTest, EachBitMixesItsLetter) {
  const std::string text = std::string(63, 'x') + "." + std::string(63, 'Y') + "." + std::string(63, 'z') + ".abc-123";
  for (size_t bit = 0; bit < 256; ++bit) {
    std::array<uint8_t, 32> random{};
    random[bit / 8] = static_cast<uint8_t>(1 << bit % 8);
    Name name = Parse(text);
    name.MixCase(random);
    std::string expected(Parse(text).wire());
    for (size_t i = 0; i < expected.size(); ++i) {
      const bool letter = (expected[i] >= 'a' && expected[i] <= 'z') || (expected[i] >= 'A' && expected[i] <= 'Z');
      if (letter) expected[i] = static_cast<char>(i == bit ? expected[i] & ~0x20 : expected[i] | 0x20);
    }
    EXPECT_EQ(name.wire(), expected) << bit;
  }
}

TEST(DnsNameTest, MixedCase) {
  Name name = Parse("www.example1.com");
  std::array<uint8_t, 32> random{};
  random.fill(0xff);
  name.MixCase(random);
  EXPECT_EQ(name.ToText(), "WWW.EXAMPLE1.COM");
  random = {0x02, 0x40};  // the bytes 1 and 14
  name.MixCase(random);
  EXPECT_EQ(name.ToText(), "Www.example1.Com");
  name.ToLowerCase();
  EXPECT_EQ(name.ToText(), "www.example1.com");
}

TEST(DnsNameTest, Join) {
  Name joined;
  EXPECT_TRUE(dns::Join(Parse("www"), Parse("example.com"), &joined));
  EXPECT_EQ(joined.ToText(), "www.example.com");
  EXPECT_TRUE(dns::Join(Parse("."), Parse("a"), &joined));
  EXPECT_EQ(joined.ToText(), "a");
  EXPECT_TRUE(dns::Join(joined, Parse("."), &joined));
  EXPECT_EQ(joined.ToText(), "a");
  const std::string l63(63, 'x');
  const Name most = Parse(l63 + "." + l63 + "." + l63 + "." + std::string(59, 'x'));
  EXPECT_TRUE(dns::Join(most, Parse("y"), &joined));
  EXPECT_EQ(joined.wire().size(), 255u);
  EXPECT_FALSE(dns::Join(most, Parse("yy"), &joined));
  EXPECT_FALSE(dns::Join(Parse("yy"), most, &joined));
  EXPECT_EQ(joined.wire().size(), 255u);
}

TEST(DnsNameTest, Reverse) {
  EXPECT_EQ(dns::ReverseName("\xc0\x00\x02\xff"sv).ToText(), "255.2.0.192.in-addr.arpa");
  // The example of RFC 3596, 2.5.
  EXPECT_EQ(dns::ReverseName("\x43\x21\0\0\0\1\0\2\0\3\0\4\x56\x7\x89\xab"sv).ToText(),
            "b.a.9.8.7.0.6.5.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa");
}

TEST(DnsNameTest, Within) {
  const Name name = Parse("www.Example.com");
  for (const char* zone : {"www.example.com", "eXample.com", "com", "."}) EXPECT_TRUE(IsWithin(name, Parse(zone)));
  for (const char* zone : {"w.example.com", "ample.com", "a.www.example.com", "org", "example", "www", "example.org"}) {
    EXPECT_FALSE(IsWithin(name, Parse(zone))) << zone;
  }
  EXPECT_TRUE(IsWithin(Name(), Name()));
  EXPECT_FALSE(IsWithin(Name(), name));
  // Its bytes end like those of the name, its labels do not.
  EXPECT_FALSE(IsWithin(Parse("a\\003com.x"), Parse("com.x")));
}

TEST(DnsNameTest, OursAloneMayNotMisuseIt) {
  Name name;
  EXPECT_DEATH(name.AddLabel(""), "defect of node itself");
  EXPECT_DEATH(name.AddLabel(std::string(64, 'x')), "defect of node itself");
  EXPECT_DEATH(dns::ReverseName("123"), "defect of node itself");
  EXPECT_DEATH(dns::ReverseName("12345"), "defect of node itself");
}

}  // namespace node::dns_name_test
