// The resolver over the true transport, with a server in the same process.
#include <gtest/gtest.h>

#include <string>

#include "dns_server.h"
#include "resolver.h"

namespace node::resolver {

using dns_message::Type;
using dns_server::Asked;
using dns_server::Shape;
using namespace std::string_literals;

class ResolverServerTest : public dns_server::Test, public Client {
 protected:
  ResolverServerTest() : file_("/nonexistent/resolv.conf", 100), follower_(&file_, resolver_config::Environment()) {}
  void TearDown() override {
    resolver_.reset();
    dns_server::Test::TearDown();
  }
  Ticket Look(const std::string& name, Type type = Type::kA) {
    if (resolver_ == nullptr) {
      options_.servers = settings_.servers;
      Surroundings surroundings;
      surroundings.follower = &follower_;
      resolver_ = std::make_unique<Resolver>(options_, surroundings);
    }
    Ticket ticket = 0;
    std::optional<Reply> reply = resolver_->Resolve(this, name, type, /*search=*/true, &ticket);
    if (reply) Note(*reply);
    return ticket;
  }
  void OnReply(Ticket, const Reply& reply) override { Note(reply); }
  void Note(const Reply& reply) {
    if (reply.code != Code::kSuccess) {
      heard_ += reply.message + "\n";
      return;
    }
    for (size_t i = 0; i < reply.answer->records.size(); ++i) {
      heard_ += std::to_string(static_cast<unsigned char>(reply.answer->Data(i).back())) + " ";
    }
    heard_ += reply.answer->canonical.ToText() + "\n";
  }
  // What the queries were for, as text, in their order.
  static std::string Names(const dns_server::Server& server) {
    std::string names;
    for (const Asked& one : server.asked) {
      dns_message::Name name =
          dns_message::ReadName(std::string_view(one.question()).substr(0, one.question().size() - 4));
      name.ToLowerCase();
      names += name.ToText() + " ";
    }
    return names;
  }
  // An alias of `target`, which is within the domain that the question ends in, and nothing else.
  static std::string AliasMessage(const Asked& asked, const std::string& target) {
    std::string message = Message(asked, {.address = ""});
    message[7] = 1;
    const std::string data = static_cast<char>(target.size()) + target + "\0"s;
    return message + "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00"s + static_cast<char>(data.size()) + data;
  }

  system_files::File file_;
  resolver_config::Follower follower_;
  Options options_;
  std::unique_ptr<Resolver> resolver_;
  std::string heard_;
};

TEST_F(ResolverServerTest, AsksOnceAndRemembers) {
  dns_server::Server& server = AddServer();
  Look("www.example.com");
  Look("WWW.example.com.");
  Run();
  Look("www.Example.com");
  EXPECT_EQ(heard_, "1 www.example.com\n1 www.example.com\n1 www.example.com\n");
  EXPECT_EQ(Names(server), "www.example.com ");
}

TEST_F(ResolverServerTest, SearchesAndTellsWhatFailed) {
  options_.search = {"one.example", "two.example"};
  dns_server::Server& server = AddServer();
  server.on_query = [&](const Asked& one) { server.Reply(one, {.rcode = 3, .address = ""}); };
  Look("web");
  Run();
  EXPECT_EQ(heard_, "no such name: web (NXDOMAIN, also in 2 domains of the search list)\n");
  EXPECT_EQ(Names(server), "web.one.example web.two.example web ");
}

TEST_F(ResolverServerTest, FollowsAnAliasThatIsLeftOpen) {
  dns_server::Server& server = AddServer();
  server.on_query = [&](const Asked& one) {
    if (server.asked.size() == 1) return server.Send(one, AliasMessage(one, "target"));
    server.Reply(one);
  };
  Look("www.example.com");
  Run();
  EXPECT_EQ(heard_, "1 target\n");
  EXPECT_EQ(Names(server), "www.example.com target ");
}

TEST_F(ResolverServerTest, AliasesWithoutEndEnd) {
  dns_server::Server& server = AddServer();
  server.on_query = [&](const Asked& one) {
    server.Send(one, AliasMessage(one, "n" + std::to_string(server.asked.size())));
  };
  Look("www.example.com");
  Run();
  EXPECT_EQ(heard_, "cannot look up www.example.com: more than 16 aliases\n");
  EXPECT_EQ(server.asked.size(), 17u);
}

TEST_F(ResolverServerTest, FailuresNameTheServer) {
  dns_server::Server& server = AddServer();
  server.on_query = [&](const Asked& one) { server.Reply(one, {.rcode = 2, .address = ""}); };
  Look("www.example.com");
  Run();
  EXPECT_EQ(heard_.find("cannot look up www.example.com: " + server.address.ToString()), 0u) << heard_;
  EXPECT_NE(heard_.find("SERVFAIL"), std::string::npos) << heard_;
}

TEST_F(ResolverServerTest, ACancelledLookUpDoesNotKeepTheLoop) {
  dns_server::Server& server = AddServer();
  server.on_query = [](const Asked&) {};
  const Ticket first = Look("www.example.com"), second = Look("www.example.com");
  RunUntil([&] { return !server.asked.empty(); });
  resolver_->Cancel(first);
  resolver_->Cancel(second);
  Run();
  EXPECT_EQ(heard_, "");
  EXPECT_EQ(resolver_->pending(), 0u);
}

TEST_F(ResolverServerTest, ManyNamesAtOnceAreAllAnswered) {
  AddServer();
  constexpr size_t kNames = 12000;  // more than are asked at once
  for (size_t i = 0; i < kNames; ++i) Look("n" + std::to_string(i) + ".example.com");
  EXPECT_EQ(resolver_->pending(), kNames);
  Run();
  EXPECT_EQ(resolver_->pending(), 0u);
  size_t answered = 0;
  for (size_t at = 0; (at = heard_.find("1 n", at)) != std::string::npos; ++at) ++answered;
  EXPECT_EQ(answered, kNames);
}

}  // namespace node::resolver
