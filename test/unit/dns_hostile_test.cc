// What servers, and those who pretend to be one, do to a question; and what its owner does in the middle of it.
#include <sys/syscall.h>

#include <algorithm>
#include <random>

#include "dns_server.h"
#include "dns_udp.h"

// The kernel's part in sending, to be played by a test: what the next calls return. Positive: at most so many messages;
// negative: an error.
static std::vector<int> send_script;

extern "C" int sendmmsg(int descriptor, mmsghdr* messages, unsigned count, int flags) {
  if (!send_script.empty()) {
    int step = send_script.front();
    send_script.erase(send_script.begin());
    if (step < 0) {
      errno = -step;
      return -1;
    }
    count = std::min(count, static_cast<unsigned>(step));
  }
  return static_cast<int>(syscall(SYS_sendmmsg, descriptor, messages, count, flags));
}

namespace node::dns_transport {

using dns_server::Asked;
using dns_server::Server;
using dns_server::Shape;

class DnsHostileTest : public dns_server::Test {
 protected:
  void TearDown() override {
    EXPECT_TRUE(send_script.empty());
    dns_server::Test::TearDown();
  }
  // The address 192.0.2.66 for what must not be believed.
  static Shape Forged() { return {.address = std::string("\xc0\0\2\x42", 4)}; }
};

// --- What is not an answer changes nothing ---

TEST_F(DnsHostileTest, WhatDoesNotMatchIsDropped) {
  struct Case {
    const char* what;
    std::function<std::string(const Asked&)> make;
  };
  auto forged = [](const Asked& asked, const std::function<void(Shape*)>& change) {
    Shape shape = Forged();
    change(&shape);
    return Message(asked, shape);
  };
  const std::string other_name("\3xxx\7example\3com\0\0\1\0\1", 21);
  std::vector<Case> cases = {
      {"another id", [&](const Asked& a) { return forged(a, [](Shape* s) { s->id_shift = 1; }); }},
      {"a query", [&](const Asked& a) { return forged(a, [](Shape* s) { s->flags = 0x0100; }); }},
      {"another opcode", [&](const Asked& a) { return forged(a, [](Shape* s) { s->flags = 0xa180; }); }},
      {"another name", [&](const Asked& a) { return forged(a, [&](Shape* s) { s->question = other_name; }); }},
      {"another type",
       [&](const Asked& a) {
         std::string message = Message(a, Forged());
         message[12 + a.question().size() - 3] = 28;
         return message;
       }},
      {"another class",
       [&](const Asked& a) {
         std::string message = Message(a, Forged());
         message[12 + a.question().size() - 1] = 3;
         return message;
       }},
      {"no question",
       [&](const Asked& a) { return a.message.substr(0, 2) + std::string("\x81\x80\0\0\0\0\0\0\0\0", 10); }},
      {"two questions",
       [&](const Asked& a) {
         std::string message = Message(a, Forged());
         message[5] = 2;
         return message;
       }},
      {"nothing", [](const Asked&) { return std::string(); }},
      {"one byte", [](const Asked& a) { return a.message.substr(0, 1); }},
      {"two bytes", [](const Asked& a) { return a.message.substr(0, 2); }},
      {"half a header", [](const Asked& a) { return a.message.substr(0, 7); }},
      {"garbage", [](const Asked&) { return std::string(700, '\xff'); }},
      {"a long one", [](const Asked& a) { return a.message.substr(0, 2) + std::string(60000, '\x3f'); }},
  };
  Server& server = AddServer();
  Transport();
  for (const Case& one : cases) {
    server.on_query = [&](const Asked& asked) {
      server.Send(asked, one.make(asked));
      server.Reply(asked);
    };
    server.asked.clear();
    EXPECT_EQ(Resolve(), "answer 1") << one.what;
    EXPECT_EQ(server.asked.size(), 1u) << one.what;
    // Over TCP as well.
    settings_.use_tcp = !settings_.use_tcp;
    Transport().Configure(settings_);
    EXPECT_EQ(Resolve(), "answer 1") << one.what;
    EXPECT_EQ(server.asked.size(), 2u) << one.what;
  }
}

TEST_F(DnsHostileTest, AnAnswerCountsAtTheSocketThatHasAsked) {
  Server& server = AddServer();
  std::vector<Asked> asked_before;
  server.on_query = [&](const Asked& asked) { asked_before.push_back(asked); };
  std::vector<Ticket> tickets;
  for (int i = 0; i < 40; ++i) tickets.push_back(Ask("a" + std::to_string(i) + ".example"));
  RunUntil([&] { return asked_before.size() == 40; });
  // To the port of the next one that has another port: a match in all but that.
  size_t crossed = 0;
  for (size_t i = 0; i < 12; ++i) {
    for (size_t j = 0; j < 40; ++j) {
      if (asked_before[j].from.Port() == asked_before[i].from.Port()) continue;
      server.SendTo(asked_before[j].from, Message(asked_before[i], Forged()));
      ++crossed;
      break;
    }
  }
  EXPECT_GT(crossed, 0u);
  RunFor(10);
  EXPECT_EQ(Transport().in_flight(), 40u);
  for (const Asked& asked : asked_before) server.Reply(asked);
  Run();
  for (Ticket ticket : tickets) EXPECT_EQ(client_.heard[ticket], "answer 1");
}

TEST_F(DnsHostileTest, AnAnswerFromElsewhereIsNotHeard) {
  Server& server = AddServer();
  // Another port of the same host.
  Server stranger;
  server.on_query = [&](const Asked& asked) {
    stranger.SendTo(asked.from, Message(asked, Forged()));
    server.Reply(asked);
  };
  EXPECT_EQ(Resolve(), "answer 1");
}

TEST_F(DnsHostileTest, WhatIsLateOrComesTwiceIsDroppedAndIsNoAttack) {
  Server& server = AddServer();
  settings_.timeout_ms = 20;
  settings_.attempts = 3;
  // The first tries of all have ended when the second ones are all there.
  server.on_query = [&](const Asked&) {
    if (server.asked.size() < 20) return;
    for (size_t i = 0; i < 10; ++i) server.Reply(server.asked[i], Forged());
    for (size_t i = 10; i < server.asked.size(); ++i) {
      for (int times = 0; times < 20; ++times) server.Reply(server.asked[i]);
    }
  };
  std::vector<Ticket> tickets;
  for (int i = 0; i < 10; ++i) tickets.push_back(Ask("a" + std::to_string(i)));
  Run();
  for (Ticket ticket : tickets) EXPECT_EQ(client_.heard[ticket], "answer 1");
  EXPECT_EQ(server.Count(/*over_tcp=*/true), 0u);
}

TEST_F(DnsHostileTest, LettersThatHaveChangedAreAskedForOverTcp) {
  Server& server = AddServer();
  auto lower = [](std::string text) {
    for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return text;
  };
  // A forgery, which does not know the letters; the server itself keeps them.
  server.on_query = [&](const Asked& asked) {
    if (asked.over != 0) return server.Reply(asked);
    Shape shape = Forged();
    shape.question = lower(asked.question());
    server.Reply(asked, shape);
  };
  EXPECT_EQ(Resolve("a-name-with-many-letters.example"), "answer 1");
  EXPECT_EQ(Resolve("a-name-with-many-letters.example"), "answer 1");
  EXPECT_EQ(server.Count(/*over_tcp=*/true), 2u);
  // A server that does not keep them over TCP either: it is believed, and asked without mixing from then on.
  server.on_query = [&](const Asked& asked) { server.Reply(asked, {.question = lower(asked.question())}); };
  EXPECT_EQ(Resolve("a-name-with-many-letters.example"), "answer 1");
  EXPECT_EQ(server.Count(/*over_tcp=*/true), 3u);
  EXPECT_EQ(Resolve("a-name-with-many-letters.example"), "answer 1");
  EXPECT_EQ(server.Count(/*over_tcp=*/true), 3u);
}

TEST_F(DnsHostileTest, AFloodOfGuessesEndsInTcp) {
  Server& server = AddServer();
  size_t guesses = dns_udp::kMostForeign - 1;
  server.on_query = [&](const Asked& asked) {
    if (asked.over != 0) return server.Reply(asked);
    for (size_t i = 1; i <= guesses; ++i) {
      Shape shape = Forged();
      shape.id_shift = static_cast<int>(i);
      server.Reply(asked, shape);
    }
    server.Reply(asked, {.address = std::string("\xc0\0\2\2", 4)});
  };
  EXPECT_EQ(Resolve(), "answer 2");
  EXPECT_EQ(server.Count(/*over_tcp=*/true), 0u);
  transport_.reset();  // and its sockets: the guesses are counted anew
  guesses = dns_udp::kMostForeign;
  EXPECT_EQ(Resolve(), "answer 1");
  EXPECT_EQ(server.Count(/*over_tcp=*/true), 1u);
  // All with the right id, and another question.
  server.on_query = [&](const Asked& asked) {
    if (asked.over != 0) return server.Reply(asked);
    for (int i = 0; i < 100; ++i) server.Reply(asked, {.question = std::string("\1x\0\0\1\0\1", 7)});
  };
  EXPECT_EQ(Resolve(), "answer 1");
  EXPECT_EQ(server.Count(/*over_tcp=*/true), 2u);
}

TEST_F(DnsHostileTest, AFloodTakesAllQueriesOfTheSocketToTcp) {
  Server& server = AddServer();
  std::vector<Asked> waiting;
  server.on_query = [&](const Asked& asked) {
    if (asked.over != 0) return server.Reply(asked);
    waiting.push_back(asked);
    if (waiting.size() < 100) return;
    for (int i = 0; i < 16; ++i) server.SendTo(waiting[0].from, "x");
    for (const Asked& one : waiting) {
      if (one.from.Port() != waiting[0].from.Port()) server.Reply(one);
    }
  };
  std::vector<Ticket> tickets;
  for (int i = 0; i < 100; ++i) tickets.push_back(Ask("a" + std::to_string(i)));
  Run();
  for (Ticket ticket : tickets) EXPECT_EQ(client_.heard[ticket], "answer 1");
  size_t same_port = 0;
  for (const Asked& one : waiting) same_port += one.from.Port() == waiting[0].from.Port() ? 1 : 0;
  EXPECT_EQ(server.Count(/*over_tcp=*/true), same_port);
}

TEST_F(DnsHostileTest, AfterAFloodAServerWithoutTcpGetsAnotherTry) {
  Server& server = AddServer(/*with_tcp=*/false);
  server.on_query = [&](const Asked& asked) {
    if (server.asked.size() > 1) return server.Reply(asked);
    for (int i = 0; i < 50; ++i) server.SendTo(asked.from, "");
  };
  EXPECT_EQ(Resolve(), "answer 1");
  ASSERT_EQ(server.asked.size(), 2u);
  EXPECT_NE(server.asked[0].from.Port(), server.asked[1].from.Port());
  server.on_query = [&](const Asked& asked) {
    for (int i = 0; i < 50; ++i) server.SendTo(asked.from, "");
  };
  EXPECT_EQ(Resolve(), "server");
  // As long as the flood goes on, but no longer than was said.
  settings_.attempts = 1000000;
  settings_.total_ms = 50;
  Transport().Configure(settings_);
  EXPECT_EQ(Resolve(), "server");
  EXPECT_NE(client_.messages.find("too many answers that did not match"), std::string::npos) << client_.messages;
}

// --- TCP ---

TEST_F(DnsHostileTest, LyingLengths) {
  Server& server = AddServer();
  settings_.use_tcp = true;
  settings_.timeout_ms = 30;
  settings_.attempts = 1;
  std::function<std::string(const std::string&)> frame;
  server.on_query = [&](const Asked& asked) { Server::Raw(asked.over, frame(Message(asked, Shape()))); };
  // More than will come: no answer.
  frame = [](const std::string& message) { return std::string("\xff\xff", 2) + message; };
  EXPECT_EQ(Resolve(), "timeout");
  frame = [](const std::string&) { return std::string("\xff", 1); };
  EXPECT_EQ(Resolve(), "timeout");
  // Less than came: broken, and then nonsense.
  frame = [](const std::string& message) { return std::string("\0\x25", 2) + message; };
  EXPECT_EQ(Resolve(), "protocol");
  // Empty ones before.
  frame = [](const std::string& message) {
    return std::string(10, '\0') + std::string{'\0', static_cast<char>(message.size())} + message;
  };
  EXPECT_EQ(Resolve(), "answer 1");
  // Nothing but empty ones: twice is enough.
  server.asked.clear();
  frame = [](const std::string&) { return std::string(60000, '\0'); };
  EXPECT_EQ(Resolve(), "server");
  EXPECT_EQ(server.asked.size(), 2u);
}

TEST_F(DnsHostileTest, TheLargestMessageAndABlockOfThem) {
  Server& server = AddServer();
  settings_.use_tcp = true;
  server.on_query = [&](const Asked& asked) {
    std::string message = Message(asked, Shape());
    message.resize(65535, 'x');  // what stands behind the records means nothing
    std::string all;
    // Others before, which nobody waits for.
    for (int i = 0; i < 4; ++i) {
      std::string other = message;
      other[0] = static_cast<char>(other[0] ^ 0x55);
      all += "\xff\xff" + other;
    }
    Server::Raw(asked.over, all + "\xff\xff" + message);
  };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Resolve(), "answer 1");
}

TEST_F(DnsHostileTest, BytesThatNobodyHasAskedForCloseAConnection) {
  Server& server = AddServer();
  settings_.use_tcp = true;
  EXPECT_EQ(Resolve(), "answer 1");
  ASSERT_EQ(server.open.size(), 1u);
  std::string message = Message(server.asked[0], Forged());
  std::string frame = std::string{'\0', static_cast<char>(message.size())} + message;
  for (int i = 0; i < 20; ++i) Server::Raw(*server.open.begin(), frame);
  RunUntil([&] { return server.open.empty(); });
  EXPECT_EQ(Resolve(), "answer 1");
}

// --- The kernel ---

TEST_F(DnsHostileTest, SendingWaitsAndGoesOn) {
  AddServer();
  std::vector<Ticket> tickets;
  for (int i = 0; i < 100; ++i) tickets.push_back(Ask("a" + std::to_string(i)));
  send_script = {1, -EINTR, -EAGAIN, 2, -EAGAIN, -EAGAIN, -EAGAIN, -EAGAIN, -EAGAIN, 1, 1, -EAGAIN};
  Run();
  for (Ticket ticket : tickets) EXPECT_EQ(client_.heard[ticket], "answer 1");
  EXPECT_EQ(servers_[0]->asked.size(), 100u);
}

TEST_F(DnsHostileTest, CancelledWhileTheKernelTakesNothing) {
  Server& server = AddServer();
  Ticket cancelled = Ask("cancelled");
  send_script = {-EAGAIN};
  dns_transport::Flush();
  EXPECT_TRUE(send_script.empty());
  Transport().Cancel(cancelled);
  EXPECT_EQ(Resolve("asked"), "answer 1");
  ASSERT_EQ(server.asked.size(), 1u);
  EXPECT_EQ(server.asked[0].question()[0], 5);
  EXPECT_EQ(client_.heard.size(), 1u);
}

TEST_F(DnsHostileTest, WhatTheKernelDoesNotSendIsAskedElsewhereOrAgain) {
  Server& first = AddServer();
  Server& second = AddServer();
  for (int code : {EPERM, ENETUNREACH, ECONNREFUSED}) {
    first.asked.clear();
    send_script = {-code};
    EXPECT_EQ(Resolve(), "answer 1");
    EXPECT_TRUE(first.asked.empty());
    EXPECT_EQ(second.asked.size(), 1u);
    second.asked.clear();
  }
  // Lost on the way.
  settings_.timeout_ms = 20;
  Transport().Configure(settings_);
  send_script = {-ENOBUFS};
  EXPECT_EQ(Resolve(), "answer 1");
  second.StopUdp();
  first.StopUdp();
  send_script = {-EPERM};
  EXPECT_EQ(Resolve(), "server");
}

// --- Owners ---

TEST_F(DnsHostileTest, CancelledInEveryState) {
  Server& server = AddServer();
  server.on_query = [&](const Asked& asked) {
    if (asked.over == 0) server.Reply(asked, {.flags = 0x8380, .address = ""});
  };
  Ticket queued = Ask();
  Transport().Cancel(queued);
  Transport().Cancel(queued);
  EXPECT_EQ(Transport().in_flight(), 0u);
  Run();
  EXPECT_TRUE(server.asked.empty());
  Ticket over_udp = Ask();
  dns_transport::Flush();
  Transport().Cancel(over_udp);
  Ticket connecting = Ask();
  RunUntil([&] { return server.Count(/*over_tcp=*/false) == 2; });
  RunUntil([&] { return server.accepted > 0 || server.Count(/*over_tcp=*/true) > 0; });
  Transport().Cancel(connecting);
  Ticket over_tcp = Ask();
  RunUntil([&] { return server.Count(/*over_tcp=*/true) > 0; });
  Transport().Cancel(over_tcp);
  Run();
  EXPECT_TRUE(client_.heard.empty());
  Transport().Cancel(0);
  // Somebody else's is none of this one's business.
  dns_server::Client other_client;
  dns_transport::Transport other(&other_client, settings_);
  server.on_query = [&](const Asked& asked) { server.Reply(asked); };
  Ticket theirs = other.Ask(dns_server::Question("www.example.com"));
  Transport().Cancel(theirs);
  Run();
  EXPECT_EQ(other_client.heard[theirs], "answer 1");
}

TEST_F(DnsHostileTest, AskedAgainFromWithinTheAnswer) {
  AddServer();
  int left = 500;
  client_.inside = [&](Ticket) {
    if (left-- > 0) Ask();
    EXPECT_EQ(Transport().in_flight(), left >= 0 ? 1u : 0u);
  };
  Ask();
  Run();
  EXPECT_EQ(client_.heard.size(), 501u);
}

TEST_F(DnsHostileTest, AskedAgainFromWithinAFailureThatComesAtOnce) {
  settings_.servers.push_back(stream::ParseAddress("255.255.255.255", 53).value_or(stream::Address()));
  int left = 500;
  client_.inside = [&](Ticket) {
    if (left-- > 0) Ask();
  };
  Ask();
  Run();
  EXPECT_EQ(client_.heard.size(), 501u);
}

TEST_F(DnsHostileTest, OthersAreCancelledFromWithinTheAnswer) {
  Server& server = AddServer();
  // All answers in one read, over UDP and over TCP.
  for (bool use_tcp : {false, true}) {
    settings_.use_tcp = use_tcp;
    Transport().Configure(settings_);
    client_.heard.clear();
    server.asked.clear();
    server.on_query = [&](const Asked&) {
      if (server.asked.size() == 50) {
        for (const Asked& asked : server.asked) server.Reply(asked);
      }
    };
    std::vector<Ticket> tickets;
    client_.inside = [&](Ticket ticket) {
      for (Ticket other : tickets) {
        if (other != ticket) Transport().Cancel(other);
      }
    };
    for (int i = 0; i < 50; ++i) tickets.push_back(Ask("a" + std::to_string(i)));
    Run();
    EXPECT_EQ(client_.heard.size(), 1u);
  }
}

TEST_F(DnsHostileTest, TheTransportGoesInTheMiddleOfEverything) {
  struct Case {
    const char* what;
    bool use_tcp;
    std::function<void(Server*, const Asked&)> answer;
  };
  std::vector<Case> cases = {
      {"an answer", false, [](Server* server, const Asked& asked) { server->Reply(asked); }},
      {"an answer over TCP", true, [](Server* server, const Asked& asked) { server->Reply(asked); }},
      {"a refusal", false,
       [](Server* server, const Asked& asked) {
         server->Reply(asked, {.rcode = dns_message::kRefused, .address = ""});
       }},
      {"a flood", false,
       [](Server* server, const Asked& asked) {
         for (int i = 0; i < 20; ++i) server->SendTo(asked.from, "");
       }},
      {"the end of a connection", true, [](Server*, const Asked& asked) { tcp_connection::Abort(asked.over); }},
      {"silence", false, [](Server*, const Asked&) {}},
      {"a closed port", false, [](Server* server, const Asked&) { server->StopUdp(); }},
  };
  settings_.timeout_ms = 20;
  for (const Case& one : cases) {
    servers_.clear();
    settings_.servers.clear();
    settings_.use_tcp = one.use_tcp;
    Server& server = AddServer(/*with_tcp=*/one.use_tcp);
    server.on_query = [&](const Asked& asked) { one.answer(&server, asked); };
    client_.heard.clear();
    client_.inside = [&](Ticket) { transport_.reset(); };
    for (int i = 0; i < 100; ++i) Ask("a" + std::to_string(i));
    Run();
    EXPECT_EQ(client_.heard.size(), 1u) << one.what;
    EXPECT_EQ(transport_, nullptr) << one.what;
  }
  // And before anything was sent.
  settings_.servers = {stream::ParseAddress("255.255.255.255", 53).value_or(stream::Address())};
  client_.heard.clear();
  for (int i = 0; i < 100; ++i) Ask("a" + std::to_string(i));
  Run();
  EXPECT_EQ(client_.heard.size(), 1u);
}

// Everything at once, in an order that chance has fixed: each question comes to one end, unless it was cancelled, and
// nothing is left.
TEST_F(DnsHostileTest, AStorm) {
  std::mt19937 dice(20090527);  // NOLINT(bugprone-random-generator-seed)
  auto roll = [&](unsigned sides) { return static_cast<unsigned>(dice() % sides); };
  settings_.timeout_ms = 15;
  settings_.total_ms = 200;
  std::vector<Asked> held;
  auto behave = [&](Server* server, const Asked& asked) {
    switch (roll(12)) {
      case 0:
        return held.push_back(asked);
      case 1:
        return server->Reply(asked, {.flags = 0x8380, .address = ""});
      case 2:
        return server->Reply(asked, {.rcode = static_cast<uint16_t>(roll(8)), .address = ""});
      case 3:
        return server->Reply(asked, {.records_said = 3});
      case 4:
        return server->Send(asked, asked.message.substr(0, roll(20)));
      case 5:
        for (unsigned i = roll(20); i > 0; --i) server->Reply(asked, {.id_shift = static_cast<int>(i)});
        return server->Reply(asked);
      case 6:
        if (asked.over == 0) return;
        server->Reply(asked);
        return tcp_connection::Close(asked.over, /*both=*/true);
      case 7:
        if (!held.empty() && held.back().over == 0) server->Reply(held.back());
        return server->Reply(asked);
      default:
        return server->Reply(asked);
    }
  };
  for (int i = 0; i < 3; ++i) {
    Server& server = AddServer(/*with_tcp=*/i != 1);
    server.on_query = [&, server = &server](const Asked& asked) { behave(server, asked); };
  }
  std::set<Ticket> open;
  size_t left = 3000;
  auto ask = [&] {
    if (left == 0) return;
    --left;
    open.insert(Ask("storm" + std::to_string(left)));
  };
  client_.inside = [&](Ticket ticket) {
    EXPECT_EQ(open.erase(ticket), 1u);
    ask();
    if (!open.empty() && roll(20) == 0) {
      Ticket victim = *open.begin();
      open.erase(open.begin());
      Transport().Cancel(victim);
      ask();
    }
    if (roll(200) == 0) {
      settings_.use_tcp = roll(4) == 0;
      settings_.rotate = !settings_.rotate;
      Transport().Configure(settings_);
    }
    EXPECT_EQ(Transport().in_flight(), open.size());
  };
  for (int i = 0; i < 100; ++i) ask();
  Run();
  EXPECT_EQ(left, 0u);
  EXPECT_TRUE(open.empty());
}

TEST_F(DnsHostileTest, TicketsAreNeverUsedTwice) {
  AddServer();
  std::set<Ticket> seen;
  for (int i = 0; i < 5000; ++i) {
    Ticket ticket = Ask();
    EXPECT_NE(ticket, 0u);
    EXPECT_TRUE(seen.insert(ticket).second);
    Transport().Cancel(ticket);
  }
  EXPECT_EQ(Resolve(), "answer 1");
}

}  // namespace node::dns_transport
