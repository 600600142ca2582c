#include "resolver.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <map>
#include <utility>

#include "loop.h"

namespace node::resolver {

using dns_message::Answer;
using dns_message::Outcome;
using dns_message::Question;
using dns_message::Type;
using dns_transport::Failure;
using namespace std::string_literals;

static double now_ms = 0;

// Takes questions, and answers when the test says so.
class FakeAsker : public Asker {
 public:
  FakeAsker(dns_transport::Handler* handler, dns_transport::Settings settings)
      : handler_(handler), settings(std::move(settings)) {}
  void Configure(dns_transport::Settings wanted) override {
    settings = std::move(wanted);
    ++configured;
  }
  dns_transport::Ticket Ask(const Question& question) override {
    if (full) return 0;
    log += Text(question) + " ";
    open[++last_] = question;
    return last_;
  }
  void Cancel(dns_transport::Ticket ticket) override {
    log += "-" + Text(open.at(ticket)) + " ";
    open.erase(ticket);
  }
  static std::string Text(const Question& question) {
    return (question.type == Type::kA ? "" : std::to_string(static_cast<int>(question.type)) + ":") +
           question.name.ToText();
  }
  dns_transport::Ticket Find(const std::string& text) const {
    for (const auto& [ticket, question] : open) {
      if (Text(question) == text) return ticket;
    }
    ADD_FAILURE() << text << " is not asked for; there was: " << log;
    return 0;
  }
  void Give(const std::string& text, const Answer& answer) {
    const dns_transport::Ticket ticket = Find(text);
    if (open.erase(ticket) > 0) handler_->OnAnswer(ticket, answer);
  }
  void Fail(const std::string& text, Failure failure) {
    const dns_transport::Ticket ticket = Find(text);
    if (open.erase(ticket) > 0) handler_->OnFailure(ticket, failure, "127.0.0.1:53: failed");
  }

 private:
  dns_transport::Handler* handler_;
  dns_transport::Ticket last_ = 0;

 public:
  dns_transport::Settings settings;
  std::map<dns_transport::Ticket, Question> open;
  std::string log;  // "-" before what was cancelled
  int configured = 0;
  bool full = false;
};

static dns_message::Name Name(std::string_view text) {
  dns_message::Name name;
  EXPECT_EQ(dns_message::ParseName(text, &name), nullptr) << text;
  return name;
}

static Answer Negative(Outcome outcome, uint32_t ttl = 0) {
  Answer answer;
  answer.outcome = outcome;
  answer.ttl = ttl;
  return answer;
}

// An answer whose only record is `data`.
static Answer Good(std::string_view canonical, std::string data, uint32_t ttl = 0) {
  Answer answer = Negative(Outcome::kAnswer, ttl);
  answer.canonical = Name(canonical);
  answer.records = {{0, static_cast<uint32_t>(data.size())}};
  answer.data = std::move(data);
  return answer;
}

static Answer Alias(std::string_view canonical, uint32_t ttl, uint8_t aliases = 1) {
  Answer answer = Negative(Outcome::kAlias, ttl);
  answer.canonical = Name(canonical);
  answer.aliases = aliases;
  return answer;
}

class ResolverTest : public testing::Test, public Client {
 protected:
  ResolverTest() : file_(MakeFile(), 1000), follower_(&file_, resolver_config::Environment()) {
    Write("nameserver 192.0.2.1\n");
    Make(Options());
  }
  ~ResolverTest() override { unlink(file_.path().c_str()); }

  static std::string MakeFile() {
    char path[] = "/tmp/node-resolver-XXXXXX";
    close(mkstemp(path));
    return path;
  }
  void Write(std::string_view text) { std::ofstream(file_.path(), std::ios::binary) << text; }
  void Make(Options options) {
    Surroundings surroundings;
    surroundings.make_asker = [this](dns_transport::Handler* handler, dns_transport::Settings settings) {
      auto asker = std::make_unique<FakeAsker>(handler, std::move(settings));
      asker_ = asker.get();
      return asker;
    };
    surroundings.follower = &follower_;
    surroundings.now_ms = [] { return now_ms; };
    resolver_ = std::make_unique<Resolver>(std::move(options), surroundings);
  }
  // As written down by a client: "name=data ttl canonical" or "name!code message".
  static std::string Show(const std::string& name, const Reply& reply) {
    if (reply.code != Code::kSuccess) {
      return name + "!" + std::to_string(static_cast<int>(reply.code)) + " " + reply.message + "\n";
    }
    return name + "=" + std::string(reply.answer->Data(0)) + " " + std::to_string(reply.ttl) + " " +
           reply.answer->canonical.ToText() + "\n";
  }
  Ticket Look(const std::string& name, Type type = Type::kA, bool search = true) {
    Ticket ticket = 0;
    std::optional<Reply> reply = resolver_->Resolve(this, name, type, search, &ticket);
    if (reply) {
      heard_ += Show(name, *reply);
      EXPECT_EQ(ticket, 0u);
      return 0;
    }
    EXPECT_NE(ticket, 0u);
    EXPECT_EQ(names_.count(ticket), 0u) << "the ticket was used before";
    names_[ticket] = name;
    return ticket;
  }
  void OnReply(Ticket ticket, const Reply& reply) override {
    ASSERT_EQ(names_.count(ticket), 1u);
    heard_ += Show(names_[ticket], reply);
    const auto call = on_reply_;  // it may put another in its place
    if (call) call(ticket);
  }
  // What was heard since the last call.
  std::string Heard() { return std::exchange(heard_, ""); }
  std::string Asked() { return std::exchange(asker_->log, ""); }

  system_files::File file_;
  resolver_config::Follower follower_;
  std::unique_ptr<Resolver> resolver_;
  FakeAsker* asker_ = nullptr;
  std::map<Ticket, std::string> names_;
  std::function<void(Ticket)> on_reply_;
  std::string heard_;
};

TEST_F(ResolverTest, AnAnswerIsToldOnce) {
  Look("Web.Example");
  EXPECT_EQ(Asked(), "web.example ");
  EXPECT_EQ(Heard(), "");
  EXPECT_EQ(resolver_->pending(), 1u);
  asker_->Give("web.example", Good("web.example", "1", 60));
  EXPECT_EQ(Heard(), "Web.Example=1 60 web.example\n");
  EXPECT_EQ(resolver_->pending(), 0u);
  // From the cache.
  now_ms += 20000;
  Look("WEB.example.");
  EXPECT_EQ(Heard(), "WEB.example.=1 40 web.example\n");
  EXPECT_EQ(Asked(), "");
  now_ms += 40000;
  Look("web.example");
  EXPECT_EQ(Asked(), "web.example ");
}

TEST_F(ResolverTest, FailuresAreNamed) {
  Look("nosuch.example");
  Look("bare.example", Type::kMx);
  Look("slow.example");
  Look("refused.example");
  Look("broken.example");
  asker_->Give("nosuch.example", Negative(Outcome::kNameError));
  asker_->Give("15:bare.example", Negative(Outcome::kNoData));
  asker_->Fail("slow.example", Failure::kTimeout);
  asker_->Fail("refused.example", Failure::kServer);
  asker_->Fail("broken.example", Failure::kProtocol);
  EXPECT_EQ(Heard(),
            "nosuch.example!-3 no such name: nosuch.example (NXDOMAIN)\n"
            "bare.example!-4 no MX records: bare.example (NODATA)\n"
            "slow.example!-1 cannot look up slow.example: 127.0.0.1:53: failed\n"
            "refused.example!-1 cannot look up refused.example: 127.0.0.1:53: failed\n"
            "broken.example!-2 cannot look up broken.example: 127.0.0.1:53: failed\n");
}

TEST_F(ResolverTest, WhatIsNoNameIsToldAtOnce) {
  const std::string label(64, 'x');
  for (const std::string& name : {std::string(), std::string("a..b"), label,
                                  std::string("b\xc3\xbc"
                                              "cher.example"),
                                  std::string("a b\n", 4), std::string("x\0y", 3)}) {
    Look(name);
  }
  EXPECT_EQ(Heard(),
            "!-6 not a name to ask for: \"\": empty name\n"
            "a..b!-6 not a name to ask for: \"a..b\": empty label\n" +
                label + "!-6 not a name to ask for: \"" + label +
                "\": label over 63 bytes\n"
                "b\xc3\xbc"
                "cher.example!-6 not a name to ask for: \"b\xc3\xbc"
                "cher.example\": byte that is not ASCII (only punycode names, xn--..., are asked for)\n"
                "a b\n!-6 not a name to ask for: \"a b?\": blank or control character\n" +
                std::string("x\0y", 3) + "!-6 not a name to ask for: \"x?y\": blank or control character\n");
  // Shown in short, and not cut within a character.
  std::string letters = "a";
  while (letters.size() < 1000) letters += "\xc3\xbc";
  Look(letters);
  EXPECT_NE(Heard().find("\"" + letters.substr(0, 299) + "...\""), std::string::npos);
}

TEST_F(ResolverTest, SpecialNamesAreNotAskedFor) {
  Look("LOCALHOST");
  EXPECT_EQ(Heard(), "LOCALHOST=\x7f\0\0\x01 604800 localhost\n"s);
  Look("a.localhost.", Type::kMx);
  Look("x.invalid");
  Look("y.onion", Type::kAaaa);
  EXPECT_EQ(Heard(),
            "a.localhost.!-4 no MX records: a.localhost (NODATA)\n"
            "x.invalid!-3 no such name: x.invalid (NXDOMAIN)\n"
            "y.onion!-3 no such name: y.onion (NXDOMAIN)\n");
  // Neither with domains behind them.
  Write("nameserver 192.0.2.1\nsearch a.example\n");
  now_ms += system_files::kLookMs;
  Look("localhost", Type::kTxt);
  Look("x.invalid");
  EXPECT_EQ(Heard(),
            "localhost!-4 no TXT records: localhost (NODATA)\n"
            "x.invalid!-3 no such name: x.invalid (NXDOMAIN)\n");
  EXPECT_EQ(Asked(), "");
}

TEST_F(ResolverTest, TheSameQuestionIsAskedOnce) {
  Look("a.example");
  Look("A.EXAMPLE");
  const Ticket third = Look("a.example");
  Look("a.example", Type::kAaaa);
  EXPECT_EQ(Asked(), "a.example 28:a.example ");
  resolver_->Cancel(third);
  asker_->Give("a.example", Good("a.example", "1"));
  EXPECT_EQ(Heard(), "a.example=1 0 a.example\nA.EXAMPLE=1 0 a.example\n");
  // A ttl of 0 is for those who have waited.
  Look("a.example");
  EXPECT_EQ(Asked(), "a.example ");
}

TEST_F(ResolverTest, WithTheLastWhoCancelsTheQuestionGoes) {
  const Ticket first = Look("a.example"), second = Look("a.example");
  resolver_->Cancel(first);
  EXPECT_EQ(Asked(), "a.example ");
  resolver_->Cancel(first);
  resolver_->Cancel(second);
  EXPECT_EQ(Asked(), "-a.example ");
  resolver_->Cancel(second);
  resolver_->Cancel(0);
  resolver_->Cancel(second + 1000);
  EXPECT_EQ(resolver_->pending(), 0u);
  EXPECT_EQ(Heard(), "");
  Look("a.example");
  EXPECT_EQ(Asked(), "a.example ");
}

TEST_F(ResolverTest, ClientsMayDoAnythingWhenTheyAreTold) {
  Look("a.example");
  const Ticket second = Look("a.example");
  Look("a.example");
  Ticket again = 0;
  on_reply_ = [&](Ticket) {
    on_reply_ = nullptr;
    resolver_->Cancel(second);
    resolver_->ClearCache();
    again = Look("a.example");
    resolver_->SetServers(std::vector{*resolver_config::ParseServer("192.0.2.9")});
    resolver_->Cancel(again);
    again = Look("a.example");
  };
  asker_->Give("a.example", Good("a.example", "1", 60));
  EXPECT_EQ(Heard(), "a.example=1 60 a.example\na.example=1 60 a.example\n");
  EXPECT_EQ(Asked(), "a.example a.example -a.example a.example ");
  EXPECT_EQ(resolver_->pending(), 1u);
  asker_->Give("a.example", Good("a.example", "2", 60));
  EXPECT_EQ(Heard(), "a.example=2 60 a.example\n");
}

TEST_F(ResolverTest, TheCacheTakesNegativeAnswersAndCanBeCleared) {
  Look("a.example");
  asker_->Give("a.example", Negative(Outcome::kNameError, 30));
  Look("a.example");
  EXPECT_EQ(Asked(), "a.example ");
  EXPECT_EQ(Heard(),
            "a.example!-3 no such name: a.example (NXDOMAIN)\na.example!-3 no such name: a.example (NXDOMAIN)\n");
  EXPECT_EQ(resolver_->cache_size(), 1u);
  resolver_->ClearCache();
  EXPECT_EQ(resolver_->cache_size(), 0u);
  Look("a.example");
  EXPECT_EQ(Asked(), "a.example ");
  // Failures are not kept.
  asker_->Fail("a.example", Failure::kTimeout);
  Look("a.example");
  EXPECT_EQ(Asked(), "a.example ");
}

TEST_F(ResolverTest, WithoutACacheEachQuestionIsAsked) {
  Options options;
  options.cache_entries = 0;
  Make(options);
  for (int i = 0; i < 2; ++i) {
    Look("a.example");
    asker_->Give("a.example", Good("a.example", "1", 60));
  }
  EXPECT_EQ(Asked(), "a.example a.example ");
  EXPECT_EQ(resolver_->cache_size(), 0u);
}

// --- The search list ---

class ResolverSearchTest : public ResolverTest {
 protected:
  ResolverSearchTest() {
    Write("nameserver 192.0.2.1\nsearch one.example two.example\n");
    // No answer here may be kept.
    Options options;
    options.cache_entries = 0;
    Make(options);
  }
  // Answers each question as it comes: 'x' NXDOMAIN, 'n' NODATA, 's' SERVFAIL, 't' time-out, 'p' nonsense, 'a' address.
  std::string Play(const std::string& name, std::string_view answers) {
    Look(name);
    for (char c : answers) {
      if (asker_->open.size() != 1) return "only " + std::to_string(asker_->open.size()) + " questions are open";
      const std::string text = FakeAsker::Text(asker_->open.begin()->second);
      switch (c) {
        case 'x':
          asker_->Give(text, Negative(Outcome::kNameError));
          break;
        case 'n':
          asker_->Give(text, Negative(Outcome::kNoData));
          break;
        case 'a':
          asker_->Give(text, Good(text, "1"));
          break;
        case 's':
          asker_->Fail(text, Failure::kServer);
          break;
        case 't':
          asker_->Fail(text, Failure::kTimeout);
          break;
        case 'p':
          asker_->Fail(text, Failure::kProtocol);
          break;
      }
    }
    EXPECT_TRUE(asker_->open.empty()) << name << " " << answers;
    return Heard();
  }
};

TEST_F(ResolverSearchTest, ShortNamesAreTriedInTheDomainsFirst) {
  EXPECT_EQ(Play("web", "xa"), "web=1 0 web.two.example\n");
  EXPECT_EQ(Asked(), "web.one.example web.two.example ");
  EXPECT_EQ(Play("web", "xxa"), "web=1 0 web\n");
  EXPECT_EQ(Asked(), "web.one.example web.two.example web ");
  EXPECT_EQ(Play("web", "xxx"), "web!-3 no such name: web (NXDOMAIN, also in 2 domains of the search list)\n");
}

TEST_F(ResolverSearchTest, NamesWithADotAreTriedAsTheyAreFirst) {
  EXPECT_EQ(Play("Web.X", "a"), "Web.X=1 0 web.x\n");
  Asked();
  EXPECT_EQ(Play("web.x", "xxa"), "web.x=1 0 web.x.two.example\n");
  EXPECT_EQ(Asked(), "web.x web.x.one.example web.x.two.example ");
}

TEST_F(ResolverSearchTest, ALastDotEndsTheSearch) {
  EXPECT_EQ(Play("web.", "x"), "web.!-3 no such name: web (NXDOMAIN)\n");
  EXPECT_EQ(Asked(), "web ");
  Look("web", Type::kA, /*search=*/false);
  EXPECT_EQ(Asked(), "web ");
}

TEST_F(ResolverSearchTest, TheWorstToOverlookCounts) {
  EXPECT_EQ(Play("web", "xnx"), "web!-4 no A records: web.two.example (NODATA)\n");
  EXPECT_EQ(Play("web.x", "xxn"), "web.x!-4 no A records: web.x.two.example (NODATA)\n");
  EXPECT_EQ(Play("web", "sxx"), "web!-1 cannot look up web.one.example: 127.0.0.1:53: failed\n");
  EXPECT_EQ(Play("web", "sxn"), "web!-4 no A records: web (NODATA)\n");
  EXPECT_EQ(Play("web", "sxa"), "web=1 0 web\n");
  // Silence and nonsense end it, as the next name would most likely meet the same.
  EXPECT_EQ(Play("web", "xt"), "web!-1 cannot look up web.two.example: 127.0.0.1:53: failed\n");
  EXPECT_EQ(Play("web", "p"), "web!-2 cannot look up web.one.example: 127.0.0.1:53: failed\n");
  EXPECT_EQ(Play("web", "nt"), "web!-4 no A records: web.one.example (NODATA)\n");
}

TEST_F(ResolverSearchTest, WhatIsKnownIsNotAskedForOnTheWay) {
  Make(Options());
  Look("web.one.example.");
  asker_->Give("web.one.example", Negative(Outcome::kNameError, 60));
  Look("web.two.example.");
  asker_->Give("web.two.example", Good("web.two.example", "2", 60));
  Heard();
  Asked();
  Look("web");
  EXPECT_EQ(Heard(), "web=2 60 web.two.example\n");
  EXPECT_EQ(Asked(), "");
  // The same behind a question, when the answer is told from the loop.
  Look("web.x.one.example.");
  asker_->Give("web.x.one.example", Negative(Outcome::kNoData, 60));
  Look("web.x.two.example.");
  asker_->Give("web.x.two.example", Good("web.x.two.example", "3", 60));
  Heard();
  Look("web.x");
  // Who asks for something else in the meantime does not change it.
  on_reply_ = [&](Ticket) { Look("web.two.example."); };
  asker_->Give("web.x", Negative(Outcome::kNameError, 60));
  EXPECT_EQ(Heard(), "web.x=3 60 web.x.two.example\nweb.two.example.=2 60 web.two.example\n");
  EXPECT_EQ(resolver_->pending(), 0u);
}

TEST_F(ResolverSearchTest, CanBeCancelledOnTheWay) {
  const Ticket ticket = Look("web");
  Look("web.two.example");
  asker_->Give("web.one.example", Negative(Outcome::kNameError));
  EXPECT_EQ(Asked(), "web.one.example web.two.example ") << "the second is shared";
  resolver_->Cancel(ticket);
  EXPECT_EQ(Asked(), "");
  asker_->Give("web.two.example", Good("web.two.example", "1"));
  EXPECT_EQ(Heard(), "web.two.example=1 0 web.two.example\n");
}

TEST_F(ResolverSearchTest, OptionsGoBeforeTheFile) {
  Options options;
  options.search = {"mine.example", ".", "b..d"};
  options.ndots = 2;
  Make(options);
  EXPECT_EQ(Play("a.b", "xx"), "a.b!-3 no such name: a.b (NXDOMAIN, also in 1 domain of the search list)\n");
  EXPECT_EQ(Asked(), "a.b.mine.example a.b ");
}

// --- Aliases ---

TEST_F(ResolverTest, AnAliasIsFollowedToItsRecords) {
  Look("www.example");
  asker_->Give("www.example", Alias("Host.CDN.example", 30));
  EXPECT_EQ(Asked(), "www.example host.cdn.example ");
  EXPECT_EQ(Heard(), "");
  asker_->Give("host.cdn.example", Alias("edge.example", 70));
  asker_->Give("edge.example", Good("edge.example", "1", 50));
  EXPECT_EQ(Heard(), "www.example=1 30 edge.example\n");
  // Both ends are known from now on, each for its time.
  Look("www.example");
  Look("edge.example");
  EXPECT_EQ(Heard(), "www.example=1 30 edge.example\nedge.example=1 50 edge.example\n");
  EXPECT_EQ(Asked(), "edge.example ");
  Look("other.example");
  asker_->Give("other.example", Alias("edge.example", 500));
  EXPECT_EQ(Heard(), "other.example=1 50 edge.example\n");
  EXPECT_EQ(Asked(), "other.example ");
}

TEST_F(ResolverTest, AnAliasMayEndInNothing) {
  Look("a.example");
  asker_->Give("a.example", Alias("b.example", 30));
  asker_->Give("b.example", Negative(Outcome::kNameError, 60));
  Look("c.example");
  asker_->Give("c.example", Alias("d.example", 30));
  asker_->Fail("d.example", Failure::kServer);
  EXPECT_EQ(Heard(),
            "a.example!-3 no such name: a.example (NXDOMAIN)\n"
            "c.example!-1 cannot look up c.example: 127.0.0.1:53: failed\n");
  const Ticket ticket = Look("e.example");
  asker_->Give("e.example", Alias("f.example", 30));
  Asked();
  resolver_->Cancel(ticket);
  EXPECT_EQ(Asked(), "-f.example ");
}

TEST_F(ResolverTest, AliasesThatLeadBackEnd) {
  Look("a.example");
  asker_->Give("a.example", Alias("b.example", 30));
  asker_->Give("b.example", Alias("A.example", 30));
  EXPECT_EQ(Heard(), "a.example!-2 cannot look up a.example: aliases that lead back to a.example\n");
  Look("c.example");
  asker_->Give("c.example", Alias("C.example", 30));
  EXPECT_EQ(Heard(), "c.example!-2 cannot look up c.example: aliases that lead back to c.example\n");
  EXPECT_TRUE(asker_->open.empty());
}

TEST_F(ResolverTest, SixteenAliasesAreFollowedAndNoMore) {
  for (int aliases : {15, 16, 17}) {
    Look("n0.example");
    for (int i = 0; i < aliases && !asker_->open.empty(); ++i) {
      asker_->Give("n" + std::to_string(i) + ".example", Alias("n" + std::to_string(i + 1) + ".example", 0));
    }
    const std::string last = "n" + std::to_string(aliases) + ".example";
    if (aliases <= 16) asker_->Give(last, Good(last, "1"));
    EXPECT_EQ(Heard(), aliases <= 16 ? "n0.example=1 0 " + last + "\n"
                                     : "n0.example!-2 cannot look up n0.example: more than 16 aliases\n");
    EXPECT_TRUE(asker_->open.empty());
  }
  // Those within one answer count too, at the end as well.
  Look("a.example");
  asker_->Give("a.example", Alias("b.example", 0, 9));
  asker_->Give("b.example", Alias("c.example", 0, 8));
  EXPECT_EQ(Heard(), "a.example!-2 cannot look up a.example: more than 16 aliases\n");
  Look("a.example");
  asker_->Give("a.example", Alias("b.example", 0, 9));
  Answer answer = Good("d.example", "1");
  answer.aliases = 8;
  asker_->Give("b.example", answer);
  EXPECT_EQ(Heard(), "a.example!-2 cannot look up a.example: more than 16 aliases\n");
  Look("a.example");
  asker_->Give("a.example", Alias("b.example", 0, 9));
  answer.aliases = 7;
  asker_->Give("b.example", answer);
  EXPECT_EQ(Heard(), "a.example=1 0 d.example\n");
}

// --- Configuration ---

TEST_F(ResolverTest, FollowsTheFileAndLetsQuestionsEnd) {
  Look("a.example");
  EXPECT_EQ(asker_->settings.servers[0].ToString(), "192.0.2.1:53");
  Look("b.example");
  asker_->Give("b.example", Good("b.example", "1", 60));
  Write("nameserver 192.0.2.2\noptions timeout:1\n");
  Look("b.example");
  EXPECT_EQ(Heard(), "b.example=1 60 b.example\nb.example=1 60 b.example\n") << "not looked at yet";
  now_ms += system_files::kLookMs;
  Asked();
  // What the old servers have said, or will say, is not for new questions.
  Look("b.example");
  const Ticket again = Look("a.example");
  EXPECT_EQ(Asked(), "b.example a.example ");
  EXPECT_EQ(asker_->settings.servers[0].ToString(), "192.0.2.2:53");
  EXPECT_EQ(asker_->settings.timeout_ms, 1000u);
  EXPECT_EQ(asker_->configured, 1);
  asker_->Give("a.example", Good("a.example", "old", 60));
  EXPECT_EQ(Heard(), "a.example=old 60 a.example\n");
  EXPECT_EQ(resolver_->cache_size(), 0u);
  resolver_->Cancel(again);
  EXPECT_EQ(resolver_->servers().size(), 1u);
}

TEST_F(ResolverTest, OtherOptionsForgetNothing) {
  Look("b.example");
  asker_->Give("b.example", Good("b.example", "1", 60));
  Write("nameserver 192.0.2.1\noptions timeout:1\n");
  now_ms += system_files::kLookMs;
  Look("b.example");
  EXPECT_EQ(Asked(), "b.example ");
  EXPECT_EQ(asker_->settings.timeout_ms, 1000u);
}

TEST_F(ResolverTest, ServersCanBeSetAndGivenBack) {
  EXPECT_EQ(resolver_->servers()[0].ToString(), "192.0.2.1:53");
  Look("a.example");
  asker_->Give("a.example", Good("a.example", "1", 60));
  resolver_->SetServers(std::vector{*resolver_config::ParseServer("[::1]:5353")});
  EXPECT_EQ(resolver_->servers()[0].ToString(), "[::1]:5353");
  EXPECT_EQ(resolver_->cache_size(), 0u);
  Write("nameserver 192.0.2.3\n");
  now_ms += system_files::kLookMs;
  Look("b.example");
  EXPECT_EQ(asker_->settings.servers[0].ToString(), "[::1]:5353");
  resolver_->SetServers(std::nullopt);
  EXPECT_EQ(resolver_->servers()[0].ToString(), "192.0.2.3:53");
}

TEST_F(ResolverTest, OptionsGoBeforeTheFile) {
  Options options;
  options.servers = {*resolver_config::ParseServer("127.0.0.1:5300")};
  options.timeout_ms = 100;
  options.attempts = 7;
  options.total_ms = 900;
  options.rotate = options.use_tcp = true;
  options.mix_case = false;
  options.udp_size = 4096;
  Make(options);
  Look("a.example");
  const dns_transport::Settings& settings = asker_->settings;
  EXPECT_EQ(settings.servers[0].ToString(), "127.0.0.1:5300");
  EXPECT_EQ(settings.timeout_ms, 100u);
  EXPECT_EQ(settings.attempts, 7u);
  EXPECT_EQ(settings.total_ms, 900u);
  EXPECT_TRUE(settings.rotate);
  EXPECT_TRUE(settings.use_tcp);
  EXPECT_FALSE(settings.mix_case);
  EXPECT_EQ(settings.udp_size, 4096);
}

// --- Limits and times ---

TEST_F(ResolverTest, QuestionsBeyondTheLimitWaitForTheirTurn) {
  std::vector<Ticket> tickets;
  for (size_t i = 0; i < kMaxAsked + 3; ++i) tickets.push_back(Look("n" + std::to_string(i) + ".example"));
  EXPECT_EQ(asker_->open.size(), kMaxAsked);
  // One that waits can be joined, and cancelled.
  const Ticket joined = Look("n" + std::to_string(kMaxAsked) + ".example");
  resolver_->Cancel(tickets[kMaxAsked + 1]);
  EXPECT_EQ(asker_->open.size(), kMaxAsked);
  Asked();
  asker_->Give("n0.example", Negative(Outcome::kNameError));
  EXPECT_EQ(Asked(), "n" + std::to_string(kMaxAsked) + ".example ");
  resolver_->Cancel(tickets[1]);
  EXPECT_EQ(Asked(), "-n1.example n" + std::to_string(kMaxAsked + 2) + ".example ");
  resolver_->Cancel(tickets[2]);
  EXPECT_EQ(Asked(), "-n2.example ");
  EXPECT_NE(joined, 0u);
  // All that is left goes with the resolver, and nobody is told.
  Heard();
  Look("more.example");
  resolver_.reset();
  EXPECT_EQ(Heard(), "");
}

TEST_F(ResolverTest, WhileTheTransportIsFullOneWaits) {
  Look("a.example");
  asker_->full = true;
  Look("b.example");
  asker_->Give("a.example", Alias("c.example", 60));
  EXPECT_EQ(Asked(), "a.example ");
  asker_->full = false;
  Look("d.example");
  asker_->Give("d.example", Good("d.example", "1"));
  EXPECT_EQ(Asked(), "d.example b.example c.example ");
  asker_->Give("c.example", Good("c.example", "2"));
  EXPECT_EQ(Heard(), "d.example=1 0 d.example\na.example=2 0 c.example\n");
}

TEST_F(ResolverTest, WhoWaitsForTheTransportKeepsTheLoop) {
  resolver_->servers();  // makes the asker
  asker_->full = true;
  const Ticket ticket = Look("a.example");
  asker_->full = false;
  loop::Run();
  EXPECT_EQ(Asked(), "a.example ");
  resolver_->Cancel(ticket);
}

TEST_F(ResolverTest, LookUpsBeyondTheLimitAreRefused) {
  // All for one name: the limit is of those who wait.
  Ticket ticket = 0;
  for (size_t i = 0; i < kMaxLookups; ++i) {
    ASSERT_FALSE(resolver_->Resolve(this, "a.example", Type::kA, true, &ticket).has_value());
  }
  std::optional<Reply> reply = resolver_->Resolve(this, "a.example", Type::kA, true, &ticket);
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->code, Code::kNoMemory);
  EXPECT_EQ(reply->message, "more than 1000000 look-ups at once");
  resolver_->Cancel(ticket);
  EXPECT_FALSE(resolver_->Resolve(this, "a.example", Type::kA, true, &ticket).has_value());
}

TEST_F(ResolverTest, ALookUpEndsInItsTimeThoughItsQuestionsDoNot) {
  Options options;
  options.total_ms = 1;
  options.search = {"one.example"};
  Make(options);
  Look("web");
  asker_->Give("web.one.example", Negative(Outcome::kNameError));
  Look("long.example");
  EXPECT_EQ(Asked(), "web.one.example web long.example ");
  // The loop's clock is a true one, the resolver's jumps.
  now_ms += 10000;
  on_reply_ = [this](Ticket) {
    if (resolver_->pending() == 0) loop::Stop();
  };
  loop::Timer keeper;
  keeper.Init([](loop::Timer*) { loop::Stop(); }, /*keeps_alive=*/true);
  keeper.Start(20000);
  loop::Run();
  keeper.Stop();
  EXPECT_EQ(Heard(),
            "web!-1 cannot look up web: no answer in 1 s\n"
            "long.example!-1 cannot look up long.example: no answer in 1 s\n");
  EXPECT_EQ(Asked(), "-web -long.example ");
}

}  // namespace node::resolver
