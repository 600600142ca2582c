#include "dns_transport.h"

#include <sys/resource.h>
#include <sys/syscall.h>

#include <algorithm>

#include "dns_server.h"
#include "dns_tcp.h"
#include "dns_udp.h"

namespace node::dns_transport {

using dns_server::Asked;
using dns_server::OpenDescriptors;
using dns_server::Server;
using dns_server::Shape;

class DnsTransportTest : public dns_server::Test {};

// --- What a question can come to ---

TEST_F(DnsTransportTest, AQuestionAndItsAnswer) {
  Server& server = AddServer();
  EXPECT_EQ(Resolve(), "answer 1");
  ASSERT_EQ(server.asked.size(), 1u);
  EXPECT_TRUE(server.asked[0].edns());
  EXPECT_EQ(server.asked[0].Byte(2), 1u);  // a query, RD
  EXPECT_EQ(Transport().in_flight(), 0u);
}

TEST_F(DnsTransportTest, NamesWithoutDataAndNamesThatAreNone) {
  Server& server = AddServer();
  server.on_query = [&](const Asked& asked) { server.Reply(asked, {.address = ""}); };
  EXPECT_EQ(Resolve(), "no data");
  server.on_query = [&](const Asked& asked) { server.Reply(asked, {.rcode = dns_message::kNameError, .address = ""}); };
  EXPECT_EQ(Resolve(), "no name");
  EXPECT_EQ(server.asked.size(), 2u);
}

TEST_F(DnsTransportTest, OverIpv6) {
  AddServer(true, "::1");
  EXPECT_EQ(Resolve(), "answer 1");
  servers_[0]->StopUdp();
  EXPECT_EQ(Resolve(), "server");
  EXPECT_NE(client_.messages.find("[::1]:"), std::string::npos) << client_.messages;
}

TEST_F(DnsTransportTest, ManyAtOnceAndEachHasItsOwnAnswer) {
  Server& server = AddServer();
  server.on_query = [&](const Asked& asked) {
    server.Reply(asked, {.address = "\xc0" + std::string("\x00\x02", 2) + asked.message[14]});
  };
  std::map<Ticket, std::string> expected;
  for (int i = 0; i < 2000; ++i) {
    std::string name = "a" + std::to_string(i % 10) + std::to_string(i);
    Ticket ticket = Ask(name);
    EXPECT_FALSE(expected.contains(ticket));
    expected[ticket] = "answer " + std::to_string(static_cast<int>(name[1]));
  }
  EXPECT_EQ(Transport().in_flight(), 2000u);
  Run();
  EXPECT_EQ(client_.heard, expected);
  EXPECT_EQ(Transport().in_flight(), 0u);
}

TEST_F(DnsTransportTest, LettersAreMixedUnlessNotWanted) {
  Server& server = AddServer();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Resolve(), "answer 1");
  std::set<std::string> spellings;
  for (const Asked& asked : server.asked) spellings.insert(asked.question());
  EXPECT_GT(spellings.size(), 1u);
  server.asked.clear();
  settings_.mix_case = false;
  Transport().Configure(settings_);
  EXPECT_EQ(Resolve("Www.example.com"), "answer 1");
  EXPECT_EQ(server.asked[0].question().substr(0, 12), "\3Www\7example");
}

// --- Servers that fail ---

TEST_F(DnsTransportTest, AServerThatRefusesIsLeftForTheNextAtOnce) {
  for (uint16_t rcode : {dns_message::kServerFailure, dns_message::kRefused, uint16_t{9}}) {
    servers_.clear();
    settings_.servers.clear();
    Server& first = AddServer();
    Server& second = AddServer();
    first.on_query = [&](const Asked& asked) { first.Reply(asked, {.rcode = rcode, .address = ""}); };
    Transport().Configure(settings_);
    EXPECT_EQ(Resolve(), "answer 1");
    EXPECT_EQ(first.asked.size(), 1u);
    EXPECT_EQ(second.asked.size(), 1u);
  }
}

TEST_F(DnsTransportTest, AllServersRefuse) {
  for (int i = 0; i < 3; ++i) {
    Server& server = AddServer();
    server.on_query = [&](const Asked& asked) {
      server.Reply(asked, {.rcode = dns_message::kServerFailure, .address = ""});
    };
  }
  EXPECT_EQ(Resolve(), "server");
  EXPECT_EQ(client_.messages, servers_[2]->address.ToString() + ": SERVFAIL\n");
  for (auto& server : servers_) EXPECT_EQ(server->asked.size(), 1u);
}

TEST_F(DnsTransportTest, ARefusedConnectionIsAFailureAtOnce) {
  Server& server = AddServer();
  server.StopUdp();
  EXPECT_EQ(Resolve(), "server");
  EXPECT_NE(client_.messages.find("ECONNREFUSED"), std::string::npos) << client_.messages;
  AddServer();
  Transport().Configure(settings_);
  EXPECT_EQ(Resolve(), "answer 1");
}

TEST_F(DnsTransportTest, AServerThatCannotBeReached) {
  // The broadcast address, which connect(2) refuses to those who have not asked for it.
  settings_.servers.push_back(stream::ParseAddress("255.255.255.255", 53).value_or(stream::Address()));
  EXPECT_EQ(Resolve(), "server");
  EXPECT_EQ(client_.messages, "255.255.255.255:53: connect EACCES: Permission denied\n");
  AddServer();
  Transport().Configure(settings_);
  EXPECT_EQ(Resolve(), "answer 1");
}

TEST_F(DnsTransportTest, SilenceIsAskedAgainAndEndsInATimeout) {
  Server& first = AddServer();
  Server& second = AddServer();
  first.on_query = second.on_query = [](const Asked&) {};
  settings_.timeout_ms = 20;
  EXPECT_EQ(Resolve(), "timeout");
  ASSERT_EQ(first.asked.size(), 2u);
  EXPECT_EQ(second.asked.size(), 2u);
  EXPECT_TRUE(first.asked[0].edns());
  EXPECT_FALSE(first.asked[1].edns());  // the last round
  EXPECT_NE(client_.messages.find(" and 1 other: no answer in "), std::string::npos) << client_.messages;
}

TEST_F(DnsTransportTest, SilenceIsFollowedByTheNextServer) {
  Server& first = AddServer();
  AddServer();
  first.on_query = [](const Asked&) {};
  settings_.timeout_ms = 20;
  EXPECT_EQ(Resolve(), "answer 1");
}

TEST_F(DnsTransportTest, WaitsLongerInEachRoundAndNotForTheRestOfTheTime) {
  Server& server = AddServer();
  server.on_query = [](const Asked&) {};
  settings_.timeout_ms = 40;
  settings_.attempts = 3;
  double start = loop::NowMs();
  EXPECT_EQ(Resolve(), "timeout");
  // 40, 80 and 160, less a tenth at most, and the grain of the clock.
  EXPECT_GE(loop::NowMs() - start, 0.9 * 280 - 10);
  EXPECT_EQ(server.asked.size(), 3u);
  server.asked.clear();
  settings_.timeout_ms = 60000;
  settings_.total_ms = 50;
  Transport().Configure(settings_);
  EXPECT_EQ(Resolve(), "timeout");
  EXPECT_EQ(server.asked.size(), 1u);
}

TEST_F(DnsTransportTest, ASilentServerIsAskedLastForAWhile) {
  Server& first = AddServer();
  Server& second = AddServer();
  first.on_query = [](const Asked&) {};
  settings_.timeout_ms = 20;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Resolve(), "answer 1");
  size_t before = first.asked.size();
  EXPECT_EQ(Resolve(), "answer 1");
  EXPECT_EQ(first.asked.size(), before);
  // It is not forgotten when the others fail.
  second.StopUdp();
  first.on_query = [&](const Asked& asked) { first.Reply(asked); };
  EXPECT_EQ(Resolve(), "answer 1");
  EXPECT_GT(first.asked.size(), before);
}

TEST_F(DnsTransportTest, AServerThatAnswersNowAndThenIsNotSilent) {
  Server& first = AddServer();
  AddServer();
  settings_.timeout_ms = 20;
  for (int i = 0; i < 6; ++i) {
    first.on_query = [&](const Asked& asked) {
      if (i % 3 == 2) first.Reply(asked);
    };
    EXPECT_EQ(Resolve(), "answer 1");
  }
  EXPECT_EQ(first.asked.size(), 6u);
}

TEST_F(DnsTransportTest, RotateBeginsWithAnotherServerEachTime) {
  for (int i = 0; i < 3; ++i) AddServer();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Resolve(), "answer 1");
  EXPECT_EQ(servers_[0]->asked.size(), 3u);
  settings_.rotate = true;
  Transport().Configure(settings_);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(Resolve(), "answer 1");
  EXPECT_EQ(servers_[0]->asked.size(), 5u);
  EXPECT_EQ(servers_[1]->asked.size(), 2u);
  EXPECT_EQ(servers_[2]->asked.size(), 2u);
}

TEST_F(DnsTransportTest, OtherServersForWhatIsAskedFromNowOn) {
  Server& first = AddServer();
  std::vector<Asked> held;
  first.on_query = [&](const Asked& asked) { held.push_back(asked); };
  Ticket old = Ask();
  RunUntil([&] { return !held.empty(); });
  settings_.servers.clear();
  Server& second = AddServer();
  Transport().Configure(settings_);
  second.on_query = [&](const Asked& asked) {
    second.Reply(asked, {.address = "\xc0\x01\x02\x02"});
    first.Reply(held[0]);
  };
  EXPECT_EQ(Resolve(), "answer 2");
  EXPECT_EQ(client_.heard[old], "answer 1");
}

// --- EDNS ---

TEST_F(DnsTransportTest, AServerThatRefusesEdnsIsAskedWithoutItAndRemembered) {
  for (uint16_t rcode : {dns_message::kFormatError, dns_message::kNotImplemented}) {
    servers_.clear();
    settings_.servers.clear();
    Server& server = AddServer();
    server.on_query = [&](const Asked& asked) {
      server.Reply(asked, asked.edns() ? Shape{.rcode = rcode, .address = ""} : Shape());
    };
    Transport().Configure(settings_);
    EXPECT_EQ(Resolve(), "answer 1");
    EXPECT_EQ(server.asked.size(), 2u);
    EXPECT_EQ(Resolve(), "answer 1");
    EXPECT_EQ(server.asked.size(), 3u);
  }
}

TEST_F(DnsTransportTest, ABrokenAnswerIsAskedForWithoutEdnsAndThenElsewhere) {
  Server& first = AddServer();
  Server& second = AddServer();
  first.on_query = [&](const Asked& asked) { first.Reply(asked, {.records_said = 9}); };
  EXPECT_EQ(Resolve(), "answer 1");
  ASSERT_EQ(first.asked.size(), 2u);
  EXPECT_FALSE(first.asked[1].edns());
  // That was not the reason.
  EXPECT_EQ(Resolve(), "answer 1");
  EXPECT_TRUE(first.asked[2].edns());
  second.on_query = [&](const Asked& asked) { second.Reply(asked, {.rcode = dns_message::kRefused, .address = ""}); };
  EXPECT_EQ(Resolve(), "protocol");
  EXPECT_NE(client_.messages.find(first.address.ToString() + ": broken answer: "), std::string::npos)
      << client_.messages;
}

TEST_F(DnsTransportTest, FormatErrorsWithoutEdnsAreFailures) {
  Server& server = AddServer();
  server.on_query = [&](const Asked& asked) {
    server.Reply(asked, {.rcode = dns_message::kFormatError, .address = ""});
  };
  EXPECT_EQ(Resolve(), "server");
  EXPECT_EQ(server.asked.size(), 2u);
  settings_.udp_size = 0;
  Transport().Configure(settings_);
  EXPECT_EQ(Resolve(), "server");
  ASSERT_EQ(server.asked.size(), 3u);
  EXPECT_FALSE(server.asked[2].edns());
}

TEST_F(DnsTransportTest, AFormatErrorWithoutTheQuestionIsNotBelieved) {
  Server& server = AddServer();
  server.on_query = [&](const Asked& asked) {
    // As some old servers answer EDNS; or anybody who does not know the question.
    if (asked.edns())
      return server.Send(asked, asked.message.substr(0, 2) + std::string("\x81\x81\0\0\0\0\0\0\0\0", 10));
    server.Reply(asked);
  };
  settings_.timeout_ms = 20;
  EXPECT_EQ(Resolve(), "answer 1");
  EXPECT_EQ(server.asked.size(), 2u);
  // Remembered as well.
  EXPECT_EQ(Resolve(), "answer 1");
  EXPECT_EQ(server.asked.size(), 3u);
}

// --- TCP ---

TEST_F(DnsTransportTest, ATruncatedAnswerIsAskedForOverTcp) {
  Server& server = AddServer();
  server.on_query = [&](const Asked& asked) {
    server.Reply(asked, asked.over == 0 ? Shape{.flags = 0x8380, .address = ""} : Shape());
  };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Resolve(), "answer 1");
  EXPECT_EQ(server.Count(/*over_tcp=*/true), 3u);
  EXPECT_EQ(server.Count(/*over_tcp=*/false), 3u);
  EXPECT_EQ(server.accepted, 1);  // one connection for all
}

TEST_F(DnsTransportTest, TruncatedWithoutTcp) {
  Server& server = AddServer(/*with_tcp=*/false);
  server.on_query = [&](const Asked& asked) { server.Reply(asked, {.flags = 0x8380, .address = ""}); };
  EXPECT_EQ(Resolve(), "server");
  EXPECT_NE(client_.messages.find("connect ECONNREFUSED: Connection refused; the answer over UDP was truncated"),
            std::string::npos)
      << client_.messages;
  EXPECT_EQ(server.asked.size(), 1u);
  AddServer();
  Transport().Configure(settings_);
  EXPECT_EQ(Resolve(), "answer 1");
}

TEST_F(DnsTransportTest, NothingButTcp) {
  Server& server = AddServer();
  settings_.use_tcp = true;
  std::vector<Asked> held;
  // In another order than asked.
  server.on_query = [&](const Asked& asked) {
    held.push_back(asked);
    if (held.size() < 100) return;
    for (size_t i = held.size(); i > 0; --i) {
      server.Reply(held[i - 1], {.address = "\xc0" + std::string("\x00\x02", 2) + held[i - 1].message[14]});
    }
  };
  std::map<Ticket, std::string> expected;
  for (int i = 0; i < 100; ++i) {
    std::string name = "a" + std::to_string(i % 10) + std::to_string(i);
    expected[Ask(name)] = "answer " + std::to_string(static_cast<int>(name[1]));
  }
  Run();
  EXPECT_EQ(client_.heard, expected);
  EXPECT_EQ(server.Count(/*over_tcp=*/false), 0u);
  EXPECT_EQ(server.accepted, 1);
}

TEST_F(DnsTransportTest, AnswersInSingleBytes) {
  Server& server = AddServer();
  settings_.use_tcp = true;
  std::string bytes;
  server.on_query = [&](const Asked& asked) {
    std::string message = Message(asked, Shape());
    bytes += std::string{'\0', static_cast<char>(message.size())} + message;
    if (server.asked.size() < 2) return;
    // Each in a turn of its own.
    static std::string rest;
    static tcp_connection::Id over;
    static loop::Timer timer;
    rest = bytes;
    over = asked.over;
    timer.Init(
        [](loop::Timer* self) {
          Server::Raw(over, rest.substr(0, 1));
          rest.erase(0, 1);
          if (!rest.empty()) self->Start(0);
        },
        /*keeps_alive=*/true);
    timer.Start(0);
  };
  Ticket first = Ask("a.example");
  Ticket second = Ask("b.example");
  Run();
  EXPECT_EQ(client_.heard[first], "answer 1");
  EXPECT_EQ(client_.heard[second], "answer 1");
}

TEST_F(DnsTransportTest, AConnectionThatClosesInTheMiddleIsFollowedByOneForEachQuery) {
  Server& server = AddServer();
  settings_.use_tcp = true;
  server.on_query = [&](const Asked& asked) {
    if (server.accepted > 1) return server.Reply(asked);
    Server::Raw(asked.over, std::string("\0\x40", 2) + asked.message.substr(0, 9));
    tcp_connection::Close(asked.over, /*both=*/true);
  };
  Ticket first = Ask("a.example");
  Ticket second = Ask("b.example");
  Run();
  EXPECT_EQ(client_.heard[first], "answer 1");
  EXPECT_EQ(client_.heard[second], "answer 1");
  EXPECT_EQ(server.accepted, 3);
}

TEST_F(DnsTransportTest, AServerThatAlwaysClosesHasFailed) {
  Server& server = AddServer();
  settings_.use_tcp = true;
  server.on_query = [&](const Asked& asked) { tcp_connection::Close(asked.over, /*both=*/true); };
  EXPECT_EQ(Resolve(), "server");
  EXPECT_EQ(server.accepted, 2);
  EXPECT_NE(client_.messages.find("recv ECONNRESET"), std::string::npos) << client_.messages;
  // By a reset, before a byte was read.
  server.on_accept = [](tcp_connection::Id id) { tcp_connection::Abort(id); };
  EXPECT_EQ(Resolve(), "server");
  EXPECT_EQ(server.accepted, 4);
}

TEST_F(DnsTransportTest, AnIdleConnectionThatTheServerHasClosedIsReplaced) {
  Server& server = AddServer();
  settings_.use_tcp = true;
  EXPECT_EQ(Resolve(), "answer 1");
  ASSERT_EQ(server.open.size(), 1u);
  // The query is on its way when the end comes.
  tcp_connection::Close(*server.open.begin(), /*both=*/true);
  tcp_connection::Flush();
  EXPECT_EQ(Resolve(), "answer 1");
  EXPECT_EQ(server.accepted, 2);
}

TEST_F(DnsTransportTest, ASilentConnectionIsNotAskedAgain) {
  Server& server = AddServer();
  settings_.use_tcp = true;
  settings_.timeout_ms = 20;
  server.on_query = [&](const Asked& asked) {
    if (server.accepted > 1) server.Reply(asked);
  };
  EXPECT_EQ(Resolve(), "answer 1");
  EXPECT_EQ(server.accepted, 2);
  RunFor(10);
  EXPECT_EQ(server.open.size(), 1u);
}

TEST_F(DnsTransportTest, ACrowdBehindAServerThatClosesAfterEachAnswer) {
  Server& server = AddServer();
  settings_.use_tcp = true;
  size_t most = 0;
  server.on_accept = [&](tcp_connection::Id) { most = std::max(most, server.open.size()); };
  server.on_query = [&](const Asked& asked) {
    server.Reply(asked);
    tcp_connection::Close(asked.over, /*both=*/true);
  };
  std::map<Ticket, std::string> expected;
  for (int i = 0; i < 300; ++i) expected[Ask("n" + std::to_string(i))] = "answer 1";
  Run();
  EXPECT_EQ(client_.heard, expected);
  EXPECT_EQ(server.accepted, 300);
  EXPECT_LT(most, 100u);  // those that are closing among them
}

TEST_F(DnsTransportTest, AStreamThatIsSpoiltAgainAndAgainSpoilsOneQuery) {
  Server& server = AddServer();
  settings_.use_tcp = true;
  settings_.timeout_ms = 200;
  settings_.attempts = 2;
  // After the length of a message that never comes, all that comes is part of it.
  server.on_query = [&](const Asked& asked) {
    if ((asked.message[13] | 0x20) == 'b') return Server::Raw(asked.over, "\xff\xff");
    server.Reply(asked);
  };
  std::map<Ticket, std::string> expected;
  expected[Ask("bad")] = "timeout";
  for (int i = 0; i < 200; ++i) expected[Ask("n" + std::to_string(i))] = "answer 1";
  Run();
  EXPECT_EQ(client_.heard, expected);
}

TEST_F(DnsTransportTest, WhoWaitsForAConnectionIsForgottenOrEndsInTime) {
  Server& server = AddServer();
  settings_.use_tcp = true;
  settings_.timeout_ms = 10000;
  settings_.total_ms = 300;
  // The first connection ends; those that follow lead nowhere.
  server.on_query = [&](const Asked& asked) {
    if (server.accepted == 1) tcp_connection::Close(asked.over, /*both=*/true);
  };
  std::vector<Ticket> tickets;
  for (int i = 0; i < 100; ++i) tickets.push_back(Ask("n" + std::to_string(i)));
  RunFor(100);
  EXPECT_EQ(server.accepted, 33);
  for (size_t i = 0; i < tickets.size(); i += 2) Transport().Cancel(tickets[i]);
  EXPECT_EQ(Transport().in_flight(), 50u);
  Run();
  EXPECT_EQ(client_.heard.size(), 50u);
  for (const auto& [ticket, heard] : client_.heard) EXPECT_EQ(heard, "timeout");
  // And all at once, with the transport.
  server.accepted = 0;
  for (int i = 0; i < 100; ++i) Ask("n" + std::to_string(i));
  RunFor(100);
  transport_.reset();
}

TEST_F(DnsTransportTest, NobodyListensForTcp) {
  AddServer(/*with_tcp=*/false);
  settings_.use_tcp = true;
  EXPECT_EQ(Resolve(), "server");
  EXPECT_EQ(client_.messages, servers_[0]->address.ToString() + ": connect ECONNREFUSED: Connection refused\n");
}

// --- Sockets ---

TEST_F(DnsTransportTest, PortsAreManyAndRenewed) {
  Server& server = AddServer();
  size_t before = OpenDescriptors();
  static constexpr size_t kRounds = 30;
  for (size_t i = 0; i < kRounds; ++i) {
    for (int j = 0; j < 100; ++j) Ask("a" + std::to_string(j));
    Run();
    EXPECT_LE(OpenDescriptors() - before, dns_udp::kSockets);
  }
  std::map<uint16_t, size_t> uses;
  std::set<uint16_t> ids;
  for (const Asked& asked : server.asked) {
    ++uses[asked.from.Port()];
    ids.insert(asked.id());
  }
  // 3,000 queries are a socket's share of 256 more than 11 times.
  EXPECT_GT(uses.size(), dns_udp::kSockets);
  for (const auto& [port, count] : uses) EXPECT_LE(count, dns_udp::kQueriesPerSocket) << port;
  // Of 3,000 random ids some 70 come twice.
  EXPECT_GT(ids.size(), 2700u);
}

// What leaves together goes in few messages; each of them has all its own.
TEST_F(DnsTransportTest, QueriesOfOneSizeShareMessages) {
  Server& server = AddServer();
  std::map<Ticket, std::string> expected;
  for (int i = 0; i < 300; ++i) {
    // Three lengths.
    expected[Ask("a" + std::string(static_cast<size_t>(i % 3), 'b') + std::to_string(100 + i))] = "answer 1";
  }
  Run();
  EXPECT_EQ(client_.heard, expected);
  std::set<std::string> names;
  std::set<uint16_t> ids, ports;
  size_t together = 0, shorter = 0;
  for (size_t i = 0; i < server.asked.size(); ++i) {
    const Asked& asked = server.asked[i];
    std::string name = asked.question();
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
    EXPECT_TRUE(names.insert(name).second) << "asked twice: " << name;
    ids.insert(asked.id());
    ports.insert(asked.from.Port());
    together += asked.together > 1 ? 1 : 0;
    shorter += i > 0 && asked.together > 1 && asked.message.size() < server.asked[i - 1].message.size() ? 1 : 0;
  }
  EXPECT_EQ(server.asked.size(), 300u);
  EXPECT_GT(together, 200u);
  EXPECT_GT(shorter, 0u);  // the last of a message may be
  EXPECT_GT(ids.size(), 290u);
  EXPECT_GT(ports.size(), 3u);
}

// A socket whose checksums the kernel is not to make cannot have several in one (EINVAL), as devices could not that
// make none.
TEST_F(DnsTransportTest, WhereTheKernelRefusesMessagesOfManyEachHasItsOwn) {
  Server& server = AddServer();
  size_t before = OpenDescriptors();
  while (OpenDescriptors() - before < dns_udp::kSockets) EXPECT_EQ(Resolve(), "answer 1");
  int changed = 0;
  for (int descriptor = 0; descriptor < 1024; ++descriptor) {
    sockaddr_storage peer;
    socklen_t length = sizeof peer;
    const int off = 1;
    int type = 0;
    socklen_t size = sizeof type;
    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_DGRAM) continue;
    if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &length) != 0) continue;
    ASSERT_EQ(setsockopt(descriptor, SOL_SOCKET, SO_NO_CHECK, &off, sizeof off), 0);
    ++changed;
  }
  EXPECT_EQ(changed, static_cast<int>(dns_udp::kSockets));
  server.asked.clear();
  std::map<Ticket, std::string> expected = client_.heard;
  for (int i = 0; i < 100; ++i) expected[Ask("a" + std::to_string(100 + i))] = "answer 1";
  Run();
  EXPECT_EQ(client_.heard, expected);
  EXPECT_EQ(server.asked.size(), 100u);
  for (const Asked& asked : server.asked) EXPECT_EQ(asked.together, 1u);
}

TEST_F(DnsTransportTest, MessagesOfManyThatGetLostAreFollowedByOneForEachQuery) {
  Server& server = AddServer();
  server.on_query = [&](const Asked& asked) {
    if (asked.together == 1) server.Reply(asked);
  };
  settings_.timeout_ms = 100;
  std::map<Ticket, std::string> expected;
  for (int i = 0; i < 50; ++i) expected[Ask("a" + std::to_string(100 + i))] = "answer 1";
  Run();
  EXPECT_EQ(client_.heard, expected);
  EXPECT_LE(server.asked.size(), 100u);
  // It is remembered.
  server.asked.clear();
  for (int i = 0; i < 50; ++i) expected[Ask("b" + std::to_string(100 + i))] = "answer 1";
  Run();
  EXPECT_EQ(client_.heard, expected);
  EXPECT_EQ(server.asked.size(), 50u);
}

TEST_F(DnsTransportTest, ANameThatStaysSilentBesideOthersIsNoLostMessage) {
  Server& server = AddServer();
  server.on_query = [&](const Asked& asked) {
    if (asked.question()[4] != '9') server.Reply(asked);
  };
  settings_.timeout_ms = 20;
  settings_.attempts = 1;
  for (int i = 0; i < 100; ++i) Ask("a" + std::to_string(100 + i));
  Run();
  EXPECT_EQ(
      std::count_if(client_.heard.begin(), client_.heard.end(), [](auto& one) { return one.second == "timeout"; }), 10);
  server.asked.clear();
  for (int i = 0; i < 100; ++i) Ask("b" + std::to_string(100 + i));
  Run();
  EXPECT_GT(std::count_if(server.asked.begin(), server.asked.end(), [](auto& one) { return one.together > 1; }), 80);
}

TEST_F(DnsTransportTest, ASocketThatWaitsInVainIsReplaced) {
  Server& server = AddServer();
  server.on_query = [](const Asked&) {};
  settings_.timeout_ms = 5;
  settings_.attempts = 1;
  std::set<uint16_t> ports;
  for (size_t i = 0; i < dns_udp::kSockets + 4; ++i) EXPECT_EQ(Resolve(), "timeout");
  for (const Asked& asked : server.asked) ports.insert(asked.from.Port());
  EXPECT_GT(ports.size(), dns_udp::kSockets);
}

TEST_F(DnsTransportTest, ASocketOutlivesItsLastQueryOnly) {
  Server& server = AddServer();
  size_t before = OpenDescriptors();
  std::vector<Asked> held;
  server.on_query = [&](const Asked& asked) {
    asked.message[14] == 'h' || asked.message[14] == 'H' ? held.push_back(asked) : server.Reply(asked);
  };
  std::vector<Ticket> waiting;
  for (int i = 0; i < 20; ++i) waiting.push_back(Ask("ahold" + std::to_string(i)));
  RunUntil([&] { return held.size() == 20; });
  // So many others that all sockets are renewed.
  for (int i = 0; i < 40; ++i) {
    for (int j = 0; j < 100; ++j) Ask("ax" + std::to_string(j));
    RunUntil([&] { return Transport().in_flight() == 20; });
  }
  EXPECT_GT(OpenDescriptors() - before, dns_udp::kSockets);
  for (const Asked& asked : held) server.Reply(asked);
  Run();
  for (Ticket ticket : waiting) EXPECT_EQ(client_.heard[ticket], "answer 1");
  EXPECT_LE(OpenDescriptors() - before, dns_udp::kSockets);
}

TEST_F(DnsTransportTest, ACrowdNeedsNoMoreThanSoManySockets) {
  Server& server = AddServer();
  size_t before = OpenDescriptors();
  std::vector<Asked> held;
  server.on_query = [&](const Asked& asked) { held.push_back(asked); };
  static constexpr size_t kCrowd = 30000;
  for (size_t i = 0; i < kCrowd; ++i) Ask("a" + std::to_string(i));
  RunUntil([&] { return OpenDescriptors() - before == dns_udp::kMostSockets && held.size() > kCrowd / 2; });
  EXPECT_EQ(Transport().in_flight(), kCrowd);
  transport_.reset();
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST_F(DnsTransportTest, NothingStaysOpenWhenNothingIsAsked) {
  Server& server = AddServer();
  size_t before = OpenDescriptors();
  server.on_query = [&](const Asked& asked) {
    server.Reply(asked, asked.over == 0 ? Shape{.flags = 0x8380, .address = ""} : Shape());
  };
  EXPECT_EQ(Resolve(), "answer 1");
  EXPECT_EQ(OpenDescriptors() - before, 3u);  // one, and both ends of the connection
  // Neither has kept the loop until now.
  RunUntil([&] { return OpenDescriptors() == before; });
  EXPECT_EQ(Resolve(), "answer 1");
}

TEST_F(DnsTransportTest, WithoutDescriptorsForMoreOneSocketServesAll) {
  AddServer();
  EXPECT_EQ(Resolve(), "answer 1");
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  rlimit low = limit;
  low.rlim_cur = 3;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  std::vector<Ticket> tickets;
  for (int i = 0; i < 300; ++i) tickets.push_back(Ask());
  Run();
  // And no TCP.
  settings_.use_tcp = true;
  Transport().Configure(settings_);
  Ticket over_tcp = Ask();
  Run();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  for (Ticket ticket : tickets) EXPECT_EQ(client_.heard[ticket], "answer 1");
  EXPECT_EQ(client_.heard[over_tcp], "server");
  EXPECT_NE(client_.messages.find("socket EMFILE"), std::string::npos) << client_.messages;
}

}  // namespace node::dns_transport
