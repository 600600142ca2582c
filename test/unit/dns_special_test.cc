#include "dns_special.h"

#include <gtest/gtest.h>

namespace node::dns_special {

using dns_message::Outcome;
using dns_message::Type;

static dns_message::Question Ask(std::string_view name, Type type) {
  dns_message::Question question;
  question.type = type;
  EXPECT_EQ(dns_message::ParseName(name, &question.name), nullptr);
  return question;
}

TEST(DnsSpecialTest, TheLoopbackHasItsAddressesAndNothingElse) {
  for (std::string_view name : {"localhost", "a.localhost", "a.b.localhost"}) {
    dns_message::Answer answer;
    ASSERT_TRUE(Answer(Ask(name, Type::kA), &answer)) << name;
    EXPECT_EQ(answer.outcome, Outcome::kAnswer);
    ASSERT_EQ(answer.records.size(), 1u);
    EXPECT_EQ(answer.Data(0), std::string_view("\x7f\0\0\x01", 4));
    EXPECT_EQ(answer.canonical.ToText(), name);
    EXPECT_EQ(answer.ttl, dns_message::kMaxTtl);
    ASSERT_TRUE(Answer(Ask(name, Type::kAaaa), &answer));
    ASSERT_EQ(answer.records.size(), 1u);
    EXPECT_EQ(answer.Data(0), std::string(15, '\0') + '\x01');
    for (Type type : {Type::kMx, Type::kTxt, Type::kNs, Type::kCname, Type::kPtr}) {
      ASSERT_TRUE(Answer(Ask(name, type), &answer));
      EXPECT_EQ(answer.outcome, Outcome::kNoData);
      EXPECT_TRUE(answer.records.empty());
    }
  }
}

TEST(DnsSpecialTest, SomeNamesDoNotExist) {
  for (std::string_view name : {"invalid", "x.invalid", "onion", "a.b.onion"}) {
    dns_message::Answer answer;
    ASSERT_TRUE(Answer(Ask(name, Type::kA), &answer)) << name;
    EXPECT_EQ(answer.outcome, Outcome::kNameError);
    EXPECT_EQ(answer.rcode, dns_message::kNameError);
  }
}

TEST(DnsSpecialTest, OthersAreAskedFor) {
  for (std::string_view name : {".", "localhost.example", "xlocalhost", "local", "x.local", "invalid.org", "onions",
                                "a\\.localhost", "\\009localhost", "test", "example"}) {
    dns_message::Answer answer;
    EXPECT_FALSE(Answer(Ask(name, Type::kA), &answer)) << name;
  }
}

}  // namespace node::dns_special
