#include "stream.h"

#include <gtest/gtest.h>
#include <net/if.h>

namespace node::stream {

static std::string Show(std::string_view host, uint16_t port) {
  std::optional<Address> address = ParseAddress(host, port);
  return address ? address->ToString() : "none";
}

TEST(StreamTest, AddressesAreParsedAndShown) {
  EXPECT_EQ(Show("", 80), "0.0.0.0:80");
  EXPECT_EQ(Show("127.0.0.1", 8000), "127.0.0.1:8000");
  EXPECT_EQ(Show("localhost", 1), "127.0.0.1:1");
  EXPECT_EQ(Show("::1", 65535), "[::1]:65535");
  EXPECT_EQ(Show("::ffff:10.1.2.3", 5), "10.1.2.3:5");
}

TEST(StreamTest, AScopeIsTheNameOrTheNumberOfAnInterface) {
  const std::string loopback = std::to_string(if_nametoindex("lo"));
  EXPECT_EQ(Show("fe80::1%lo", 80), "[fe80::1%lo]:80");
  EXPECT_EQ(Show("fe80::1%" + loopback, 80), "[fe80::1%lo]:80");
  EXPECT_EQ(Show("fe80::1%4000000000", 80), "[fe80::1%4000000000]:80");
  for (const char* host : {"fe80::1%", "fe80::1%no-interface", "127.0.0.1%lo", "fe80::1%lo%lo", "fe80::1%5000000000"}) {
    EXPECT_EQ(Show(host, 80), "none") << host;
  }
  ASSERT_EQ(FindHost("fe80::1%lo", 80).size(), 1u);
  EXPECT_EQ(FindHost("fe80::1%lo", 80)[0].Host(), "fe80::1%lo");
}

TEST(StreamTest, WhatIsNoAddressIsRefused) {
  for (std::string_view host : {"example.org", "127.0.0.1 ", "127.0.0", "1.2.3.4.5", "::g", "[::1]"}) {
    EXPECT_EQ(Show(host, 1), "none") << host;
  }
  EXPECT_EQ(Show(std::string_view("127.0.0.1\0x", 11), 1), "none");
}

TEST(StreamTest, NamesOfTheLoopbackHaveBothAddresses) {
  for (std::string_view name : {"localhost", "LOCALHOST.", "a.b.localhost"}) {
    const std::vector<Address> found = FindHost(name, 80);
    ASSERT_EQ(found.size(), 2u) << name;
    EXPECT_EQ(found[0].ToString(), "127.0.0.1:80");
    EXPECT_EQ(found[1].ToString(), "[::1]:80");
  }
  ASSERT_EQ(FindHost("::1", 80).size(), 1u);
  EXPECT_EQ(FindHost("192.0.2.1", 80)[0].ToString(), "192.0.2.1:80");
}

TEST(StreamTest, ATakenPortIsNamed) {
  base::Result<fd::OwnedFd> first = Listen(*ParseAddress("127.0.0.1", 0), 5);
  ASSERT_TRUE(first.ok());
  Address bound = *LocalAddress(first.value().get());
  base::Result<fd::OwnedFd> second = Listen(bound, 5);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().Message(), "listen EADDRINUSE " + bound.ToString() + ": Address already in use");
}

TEST(StreamTest, AcceptedSocketsHaveTheListenersSettings) {
  base::Result<fd::OwnedFd> listener = Listen(*ParseAddress("127.0.0.1", 0), 5);
  ASSERT_TRUE(listener.ok());
  EXPECT_FALSE(Accept(listener.value().get()).valid());
  Address bound = *LocalAddress(listener.value().get());
  fd::OwnedFd client(socket(AF_INET, SOCK_STREAM, 0));
  ASSERT_EQ(connect(client.get(), reinterpret_cast<sockaddr*>(&bound.storage), bound.length), 0);
  fd::OwnedFd accepted = Accept(listener.value().get());
  ASSERT_TRUE(accepted.valid());
  EXPECT_EQ(PeerAddress(accepted.get())->Host(), "127.0.0.1");
  char byte;
  EXPECT_EQ(recv(accepted.get(), &byte, 1, 0), -1);
  EXPECT_EQ(errno, EAGAIN);
}

}  // namespace node::stream
