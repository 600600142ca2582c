// Hosts and targets, form by form. Each text ends at a guard page, so that a look behind it is a fault.
#include "http_authority.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "bytes.h"
#include "http_events.h"

namespace node::http_authority_test {

static bool IsHost(std::string_view text) {
  static http_events::GuardedMemory memory;
  return http_authority::IsHost(memory.Place(text));
}

static std::string Fault(std::string_view method, std::string_view target) {
  static http_events::GuardedMemory memory;
  const char* const fault = http_authority::TargetFault(method, memory.Place(target));
  return fault == nullptr ? "" : fault;
}

// RFC 3986, 3.2.2: unreserved, sub-delims but for the comma; the rest only as escapes.
TEST(HostTest, EachByteOfAName) {
  for (int c = 0; c < 256; ++c) {
    const char byte = static_cast<char>(c);
    const bool right = bytes::IsAlpha(byte) || bytes::IsDigit(byte) ||
                       (c != 0 && std::string_view("-._~!$&'()*+;=").find(byte) != std::string_view::npos);
    EXPECT_EQ(IsHost(std::string(1, byte)), right) << c;
    EXPECT_EQ(IsHost(std::string("a") + byte + "b"), right) << c;
    EXPECT_EQ(IsHost(std::string("%41") + byte + "b"), right) << c;
  }
}

TEST(HostTest, Names) {
  for (std::string_view text : {"", "a", "example.com", "a_b", "%41", "a%41", "%41b", "%41%42", "%00", "%01", "%10",
                                "%fF", "%41:80", "1.2.3.4", "999.1"}) {
    EXPECT_TRUE(IsHost(text)) << text;
  }
  for (std::string_view text : {"%", "%4", "a%4", "%4g", "%g4", "%gg", "%4g:", "ab%4g:", "%4:80", "%:80", "%41%4",
                                "%41%", "a,b", "a b", "u@a", "a/b"}) {
    EXPECT_FALSE(IsHost(text)) << text;
  }
}

TEST(HostTest, Ports) {
  for (std::string_view text : {"a:", "a:0", "a:80", "a:00080", "a:65535", "[::1]:", "[::1]:80"}) {
    EXPECT_TRUE(IsHost(text)) << text;
  }
  for (std::string_view text :
       {":", ":80", "a:65536", "a:99999", "a:000080", "a:100000", "a:x", "a:8x", "a:-1", "a:80:", "a::80", "a:b",
        "[::1]80", "[::1]x", "[::1]:x", "[::1]::80", "[::1]:65536", "[::1"}) {
    EXPECT_FALSE(IsHost(text)) << text;
  }
}

TEST(HostTest, Ipv6) {
  for (std::string_view text :
       {"[::]", "[::1]", "[1::]", "[1::2]", "[1:2:3:4:5:6:7:8]", "[0:0:0:0:0:0:0:0]", "[1:2:3:4:5:6:7::]",
        "[::2:3:4:5:6:7:8]", "[1::3:4:5:6:7:8]", "[1234::]", "[abcf::ABCF]", "[1:2:3:4:5:6:1.2.3.4]",
        "[::ffff:1.2.3.4]", "[::1.2.3.4]", "[1:2:3:4:5::1.2.3.4]", "[::0.0.0.0]", "[::255.255.255.255]",
        "[::10.20.30.40]", "[::100.200.1.9]"}) {
    EXPECT_TRUE(IsHost(text)) << text;
  }
  for (std::string_view text : {"[]",
                                "[:]",
                                "[:1]",
                                "[1:]",
                                "[:::]",
                                "[1:::2]",
                                "[::1:]",
                                "[1::2:]",
                                "[1::2::3]",
                                "[::1::]",
                                "[1]",
                                "[1:2:3:4:5:6:7]",
                                "[1:2:3:4:5:6:7:8:9]",
                                "[1:2:3:4:5:6:7:8:]",
                                "[1:2:3:4:5:6:7:8::]",
                                "[::1:2:3:4:5:6:7:8]",
                                "[1:2:3:4::5:6:7:8]",
                                "[12345::]",
                                "[::12345]",
                                "[g::]",
                                "[::g]",
                                "[1:2:3:4:5:6:7:1.2.3.4]",
                                "[1:2:3:4:5:6:7:8:1.2.3.4]",
                                "[1:2:3:4:5:1.2.3.4]",
                                "[1:2:3:4:5:6::1.2.3.4]",
                                "[1.2.3.4]",
                                "[1.2.3.4::]",
                                "[::1.2.3.4:5]",
                                "[::1%1]",
                                "[::1 ]"}) {
    EXPECT_FALSE(IsHost(text)) << text;
  }
}

TEST(HostTest, Ipv4BehindIpv6) {
  for (std::string_view tail :
       {"1.2.3", "1.2.3.4.5", "1.2.3.", "1..2.3", ".1.2.3", "256.0.0.1", "0.0.0.256", "01.2.3.4", "00.1.2.3",
        "1.2.3.04", "1.2.3.00", "1234.1.1.1", "1.2.3.1234", "1.2.3.a", "a.2.3.4", "1.2.3.-4", "1.", "."}) {
    EXPECT_FALSE(IsHost("[::" + std::string(tail) + "]")) << tail;
  }
}

TEST(HostTest, IpFuture) {
  for (std::string_view text : {"[v1.a]", "[V1.a]", "[vF.:]", "[v10.a-b:c]", "[va.!]", "[v0.a]:80"}) {
    EXPECT_TRUE(IsHost(text)) << text;
  }
  for (std::string_view text : {"[v]", "[v.]", "[v.a]", "[v1]", "[v1.]", "[vg.a]", "[v1g.a]", "[v1.<]", "[v1.a<]",
                                "[v1.<a]", "[v1.%41]", "[w1.a]", "[1.a]", "[v1.a,b]", "[v1.a"}) {
    EXPECT_FALSE(IsHost(text)) << text;
  }
}

TEST(TargetTest, Forms) {
  for (std::string_view target : {"/", "/a?b", "//a", "/*", "/:"}) {
    EXPECT_EQ(Fault("GET", target), "") << target;
    EXPECT_EQ(Fault("OPTIONS", target), "") << target;
    EXPECT_EQ(Fault("CONNECT", target), "CONNECT needs host:port") << target;
  }
  EXPECT_EQ(Fault("OPTIONS", "*"), "");
  EXPECT_EQ(Fault("GET", "*"), "target * without OPTIONS");
  EXPECT_EQ(Fault("options", "*"), "target * without OPTIONS");
  EXPECT_EQ(Fault("OPTIONS", "**"), "request target of no known form");
  for (std::string_view target : {"a", "a:80", "?", "#", "http:", "http:/a", "://a", ":", "1http://a", "+://a", "@"}) {
    EXPECT_EQ(Fault("GET", target), "request target of no known form") << target;
  }
}

TEST(TargetTest, Connect) {
  for (std::string_view target : {"a:80", "a:0", "a:65535", "[::1]:80", "[v1.a]:1", "%41:1"}) {
    EXPECT_EQ(Fault("CONNECT", target), "") << target;
  }
  for (std::string_view target : {"a", "a:", ":80", "[::1]", "[::]", "[::1]:", "a:x", "a:65536", "u@a:80", "a:80/",
                                  "http://a:80", "*", "a:80:80", "[::1]:x", ":"}) {
    EXPECT_EQ(Fault("CONNECT", target), "CONNECT needs host:port") << target;
  }
}

TEST(TargetTest, AbsoluteForm) {
  for (std::string_view target : {"http://a",
                                  "http://a/",
                                  "http://a:80/b",
                                  "http://a?b",
                                  "http://a#b",
                                  "h://a",
                                  "H2+x-y.z9://a",
                                  "z://a",
                                  "A://a",
                                  "http://[::1]/",
                                  "http://u@a",
                                  "http://@a",
                                  "http://u:p%41@a/",
                                  "http://u:p@a:1?q",
                                  "http://-._~!$&'()*+;=@a",
                                  "http://a/b@c<",
                                  "http://a?b@c@d",
                                  "http://a#@",
                                  "http://a/://b",
                                  "http://a/?#"}) {
    EXPECT_EQ(Fault("GET", target), "") << target;
  }
  for (std::string_view target : {"h_p://a", "ht/p://a", "h:p://a", "h@p://a", "http<://a"}) {
    EXPECT_EQ(Fault("GET", target), "bad scheme in the target") << target;
  }
  for (std::string_view target : {"http://u@v@a/", "http://u<@a/", "http://<@a", "http://u\\@a", "http://u,v@a"}) {
    EXPECT_EQ(Fault("GET", target), "bad user in the target") << target;
  }
  for (std::string_view target :
       {"http://", "http:///", "http://?a", "http://#a", "http://u@", "http://u@/", "http://:80", "http://a:x/",
        "http://a:65536", "http://a,b", "http://[::1/", "http://a<", "http://%4"}) {
    EXPECT_EQ(Fault("GET", target), "bad host in the target") << target;
  }
}

}  // namespace node::http_authority_test
