#include "dns_name.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

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
  const char* const fault = dns::ParseName(text, &name);
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

}  // namespace node::dns_name_test
