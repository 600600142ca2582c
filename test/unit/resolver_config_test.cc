#include "resolver_config.h"

#include <gtest/gtest.h>
#include <net/if.h>
#include <unistd.h>

#include <fstream>

namespace node::resolver_config {

// A file of its own, and a time that it moves.
class ResolverConfigTest : public testing::Test {
 protected:
  ResolverConfigTest() {
    char path[] = "/tmp/node-resolv-conf-XXXXXX";
    close(mkstemp(path));
    path_ = path;
  }
  ~ResolverConfigTest() override { unlink(path_.c_str()); }
  void Write(std::string_view text) { std::ofstream(path_, std::ios::binary) << text; }

  // The servers and the search list as they are after the next look.
  static std::string Servers(const Config& config) {
    std::string shown;
    for (const stream::Address& server : config.transport.servers) shown += server.ToString() + " ";
    return shown;
  }
  static std::string Search(const Config& config) {
    std::string shown;
    for (const dns_message::Name& name : config.search) shown += name.ToText() + " ";
    return shown;
  }
  const Config& Look(Follower* follower) { return follower->Get(now_ms_ += system_files::kLookMs); }

  std::string path_;
  double now_ms_ = 0;
};

TEST_F(ResolverConfigTest, FollowsTheFile) {
  Write("nameserver 192.0.2.1\nnameserver ::1\nsearch a.example\noptions ndots:2 rotate\n");
  system_files::File file(path_, 1000);
  Follower follower(&file, Environment());
  const Config first = Look(&follower);
  EXPECT_EQ(first.generation, 1u);
  EXPECT_EQ(Servers(first), "192.0.2.1:53 [::1]:53 ");
  EXPECT_EQ(Search(first), "a.example ");
  EXPECT_EQ(first.ndots, 2u);
  EXPECT_TRUE(first.transport.rotate);
  EXPECT_FALSE(first.transport.use_tcp);
  EXPECT_EQ(first.transport.timeout_ms, 2000u);
  EXPECT_EQ(first.transport.attempts, 3u);
  EXPECT_EQ(first.transport.total_ms, kTotalMs);
  // What says the same is no change.
  Write("# touched\nnameserver 192.0.2.1\nnameserver ::1\nsearch a.example\noptions ndots:2 rotate\n");
  EXPECT_EQ(Look(&follower).generation, 1u);
  Write("nameserver 192.0.2.7\noptions use-vc timeout:1 attempts:1 udpbuf:0\n");
  const Config second = Look(&follower);
  EXPECT_EQ(second.generation, 2u);
  EXPECT_EQ(Servers(second), "192.0.2.7:53 ");
  EXPECT_EQ(Search(second), "");
  EXPECT_EQ(second.ndots, 1u);
  EXPECT_TRUE(second.transport.use_tcp);
  EXPECT_EQ(second.transport.timeout_ms, 1000u);
  EXPECT_EQ(second.transport.attempts, 1u);
  EXPECT_EQ(second.transport.udp_size, 0);
  EXPECT_EQ(second.transport.total_ms, kTotalMs);
}

TEST_F(ResolverConfigTest, WithoutAServerItIsTheLocalMachine) {
  system_files::File file(path_, 1000);
  unlink(path_.c_str());
  Follower follower(&file, Environment());
  EXPECT_EQ(Servers(Look(&follower)), "127.0.0.1:53 ");
  EXPECT_EQ(follower.Get(now_ms_).generation, 1u);
  Write("options port:5353\nnameserver fe80::1%no-such-net\n");
  EXPECT_EQ(Servers(Look(&follower)), "127.0.0.1:5353 ");
}

TEST_F(ResolverConfigTest, TheEnvironmentGoesFirstAlsoAfterAChange) {
  Write("nameserver 192.0.2.1\n");
  system_files::File file(path_, 1000);
  Environment environment;
  environment.nameservers = "127.0.0.1";
  environment.local_domain = "here.example";
  environment.options = "port:5300 attempts:5 timeout:4";
  Follower follower(&file, environment);
  for (int i = 0; i < 2; ++i) {
    const Config& config = Look(&follower);
    EXPECT_EQ(Servers(config), "127.0.0.1:5300 ");
    EXPECT_EQ(Search(config), "here.example ");
    EXPECT_EQ(config.transport.attempts, 5u);
    EXPECT_EQ(config.transport.total_ms, kMaxTotalMs);
    Write("nameserver 192.0.2.2\nsearch b.example\noptions timeout:1\n");
  }
}

TEST_F(ResolverConfigTest, TheDomainOfTheHostIsSearchedWhenNothingElseIsSaid) {
  system_files::File file(path_, 1000);
  Environment environment;
  environment.host_name = "web1.dc.example";
  Follower follower(&file, environment);
  EXPECT_EQ(Search(Look(&follower)), "dc.example ");
  Write("search\n");
  EXPECT_EQ(Search(Look(&follower)), "");
  Write("search b.example\n");
  EXPECT_EQ(Search(Look(&follower)), "b.example ");
  for (const char* name : {"web1", "", "web1.", "web1.a..b"}) {
    system_files::File other(path_, 1000);
    Write("");
    environment.host_name = name;
    Follower one(&other, environment);
    EXPECT_EQ(Search(Look(&one)), "") << name;
  }
}

static std::string Show(std::string_view text, uint16_t port = 53) {
  std::optional<stream::Address> address = ParseServer(text, port);
  return address ? address->ToString() : "none";
}

TEST_F(ResolverConfigTest, ServersAreAddressesWithAPortOrWithout) {
  EXPECT_EQ(Show("192.0.2.1"), "192.0.2.1:53");
  EXPECT_EQ(Show("192.0.2.1", 99), "192.0.2.1:99");
  EXPECT_EQ(Show("192.0.2.1:5353"), "192.0.2.1:5353");
  EXPECT_EQ(Show("192.0.2.1:65535"), "192.0.2.1:65535");
  EXPECT_EQ(Show("::1"), "[::1]:53");
  EXPECT_EQ(Show("[::1]"), "[::1]:53");
  EXPECT_EQ(Show("[2001:db8::1]:5353"), "[2001:db8::1]:5353");
  for (std::string_view text :
       {"", ":53", "localhost", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:5x", "[192.0.2.1]:53",
        "[::1", "[::1]5", "[::1]:", "[::1]:0", "::1%", "[]", "[]:53", "192.0.2.1:53:53", "192.0.2.1 "}) {
    EXPECT_EQ(Show(text), "none") << text;
  }
}

TEST_F(ResolverConfigTest, AScopeIsAnInterface) {
  std::optional<stream::Address> address = ParseServer("[fe80::1%lo]:53");
  ASSERT_TRUE(address.has_value());
  const uint32_t loopback = if_nametoindex("lo");
  EXPECT_EQ(reinterpret_cast<const sockaddr_in6*>(&address->storage)->sin6_scope_id, loopback);
  address = ParseServer("fe80::1%7");
  ASSERT_TRUE(address.has_value());
  EXPECT_EQ(reinterpret_cast<const sockaddr_in6*>(&address->storage)->sin6_scope_id, 7u);
  EXPECT_FALSE(ParseServer("fe80::1%no-such-net").has_value());
  EXPECT_FALSE(ParseServer("fe80::1%4294967296").has_value());
}

TEST_F(ResolverConfigTest, TimesAddUp) {
  EXPECT_EQ(TotalMs(2000, 3, 1), kTotalMs);  // 2 + 4 + 8 s
  EXPECT_EQ(TotalMs(2000, 3, 2), 28000u);
  EXPECT_EQ(TotalMs(5000, 2, 3), 45000u);
  EXPECT_EQ(TotalMs(1, 1, 1), kTotalMs);
  EXPECT_EQ(TotalMs(30000, 5, 6), kMaxTotalMs);
  EXPECT_EQ(TotalMs(0xffffffff, 0xffffffff, 32), kMaxTotalMs);
}

}  // namespace node::resolver_config
