#include "dns_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <random>
#include <string>
#include <vector>

namespace node::dns_cache {

using dns_message::Answer;
using dns_message::Outcome;
using dns_message::Question;
using dns_message::Type;

static Question Ask(std::string_view name, Type type = Type::kA) {
  Question question;
  question.type = type;
  EXPECT_EQ(dns_message::ParseName(name, &question.name), nullptr);
  return question;
}

// An answer with that text as its only record.
static Answer Text(const std::string& data, uint32_t ttl, std::string_view canonical = "a.example") {
  Answer answer;
  answer.outcome = Outcome::kAnswer;
  answer.ttl = ttl;
  answer.canonical = Ask(canonical).name;
  answer.records = {{0, static_cast<uint32_t>(data.size())}};
  answer.data = data;
  return answer;
}

static Answer Negative(Outcome outcome, uint32_t ttl) {
  Answer answer;
  answer.outcome = outcome;
  answer.rcode = outcome == Outcome::kNameError ? dns_message::kNameError : dns_message::kNoError;
  answer.ttl = ttl;
  return answer;
}

class DnsCacheTest : public testing::Test {
 protected:
  void Store(std::string_view name, const Answer& answer, Type type = Type::kA) {
    const Question question = Ask(name, type);
    cache_.Store(question.name.wire(), question.type, cache_.Hash(question), answer, now_ms_);
  }
  const Answer* Find(std::string_view name, Type type = Type::kA) {
    const Question question = Ask(name, type);
    return cache_.Find(question, cache_.Hash(question), now_ms_);
  }
  // "data ttl", or "none".
  std::string Show(std::string_view name, Type type = Type::kA) {
    const Answer* answer = Find(name, type);
    return answer == nullptr ? "none" : std::string(answer->Data(0)) + " " + std::to_string(answer->ttl);
  }

  Cache cache_{4, 100000, 42};
  double now_ms_ = 5000;
};

TEST_F(DnsCacheTest, GivesBackWhatWasStored) {
  Answer answer = Text("first", 60, "b.example");
  answer.records.push_back({5, 6});
  answer.records.push_back({11, 0});
  answer.data += "second";
  answer.aliases = 3;
  Store("a.example", answer, Type::kTxt);
  const Answer* found = Find("a.example", Type::kTxt);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->outcome, Outcome::kAnswer);
  EXPECT_EQ(found->canonical.ToText(), "b.example");
  EXPECT_EQ(found->aliases, 3);
  ASSERT_EQ(found->records.size(), 3u);
  EXPECT_EQ(found->Data(0), "first");
  EXPECT_EQ(found->Data(1), "second");
  EXPECT_EQ(found->Data(2), "");
  EXPECT_EQ(Find("a.example"), nullptr) << "another type";
  EXPECT_EQ(Find("b.example", Type::kTxt), nullptr) << "another name";
  // Nothing of it is left in the next.
  Store("a.example", Negative(Outcome::kNameError, 60));
  found = Find("a.example");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->outcome, Outcome::kNameError);
  EXPECT_EQ(found->rcode, dns_message::kNameError);
  EXPECT_TRUE(found->records.empty());
  EXPECT_EQ(found->data, "");
  EXPECT_EQ(found->aliases, 0);
}

TEST_F(DnsCacheTest, TheTtlCountsDownAndEnds) {
  Store("a.example", Text("x", 10));
  EXPECT_EQ(Show("a.example"), "x 10");
  now_ms_ += 1;
  EXPECT_EQ(Show("a.example"), "x 9");
  now_ms_ += 4999;
  EXPECT_EQ(Show("a.example"), "x 5");
  now_ms_ += 4999;
  EXPECT_EQ(Show("a.example"), "x 0");
  EXPECT_EQ(cache_.size(), 1u);
  now_ms_ += 1;
  EXPECT_EQ(Show("a.example"), "none");
  EXPECT_EQ(cache_.size(), 0u);
  EXPECT_EQ(cache_.bytes(), 0u);
}

TEST_F(DnsCacheTest, WhatMustNotBeStoredIsNot) {
  Store("a.example", Text("x", 0));
  Store("b.example", Negative(Outcome::kNoData, 0));
  for (Outcome outcome : {Outcome::kAlias, Outcome::kFailed, Outcome::kTruncated, Outcome::kBroken}) {
    Store("c.example", Negative(outcome, 60));
  }
  EXPECT_EQ(cache_.size(), 0u);
  // It takes the place of what was known before all the same.
  Store("a.example", Text("x", 60));
  Store("a.example", Text("y", 0));
  EXPECT_EQ(Show("a.example"), "none");
}

TEST_F(DnsCacheTest, TtlsAreCut) {
  Store("a.example", Text("x", 0xffffffff));
  EXPECT_EQ(Find("a.example")->ttl, dns_message::kMaxTtl);
  Store("a.example", Text("x", dns_message::kMaxTtl));
  EXPECT_EQ(Find("a.example")->ttl, dns_message::kMaxTtl);
  for (Outcome outcome : {Outcome::kNoData, Outcome::kNameError}) {
    Store("b.example", Negative(outcome, kMaxNegativeTtl - 1));
    EXPECT_EQ(Find("b.example")->ttl, kMaxNegativeTtl - 1);
    Store("b.example", Negative(outcome, kMaxNegativeTtl + 1));
    EXPECT_EQ(Find("b.example")->ttl, kMaxNegativeTtl);
  }
}

TEST_F(DnsCacheTest, TheOneThatWasNotAskedForTheLongestTimeLeaves) {
  for (const char* name : {"a", "b", "c", "d"}) Store(name, Text(name, 60));
  EXPECT_EQ(Show("a"), "a 60");
  Store("e", Text("e", 60));
  EXPECT_EQ(Show("b"), "none");
  Store("c", Text("new", 60));  // again: the youngest
  Store("f", Text("f", 60));
  EXPECT_EQ(Show("d"), "none");
  EXPECT_EQ(Show("a"), "a 60");
  EXPECT_EQ(Show("c"), "new 60");
  EXPECT_EQ(Show("e"), "e 60");
  EXPECT_EQ(Show("f"), "f 60");
  EXPECT_EQ(cache_.size(), 4u);
}

TEST_F(DnsCacheTest, BytesAreBounded) {
  Cache cache(1000, 10000, 42);
  for (int i = 0; i < 1000; ++i) {
    const Question question = Ask("n" + std::to_string(i));
    cache.Store(question.name.wire(), question.type, cache.Hash(question), Text(std::string(500, 'x'), 60), now_ms_);
    ASSERT_LE(cache.bytes(), 10000u);
  }
  EXPECT_GE(cache.size(), 10u);
  const size_t before = cache.size();
  const Question huge = Ask("huge");
  cache.Store(huge.name.wire(), huge.type, cache.Hash(huge), Text(std::string(2000, 'x'), 60), now_ms_);
  EXPECT_EQ(cache.Find(huge, cache.Hash(huge), now_ms_), nullptr);
  EXPECT_EQ(cache.size(), before) << "one that is too big takes nobody's place";
  cache.Clear();
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST_F(DnsCacheTest, NamesOfOneHashAreToldApart) {
  const Question one = Ask("one"), two = Ask("two");
  cache_.Store(one.name.wire(), one.type, 7, Text("1", 60), now_ms_);
  cache_.Store(two.name.wire(), two.type, 7, Text("2", 60), now_ms_);
  EXPECT_EQ(cache_.Find(one, 7, now_ms_)->data, "1");
  EXPECT_EQ(cache_.Find(two, 7, now_ms_)->data, "2");
  const Question three = Ask("three");
  EXPECT_EQ(cache_.Find(three, 7, now_ms_), nullptr);
  // Names that begin alike, and another type.
  const Question longer = Ask("one.a");
  EXPECT_EQ(cache_.Find(longer, 7, now_ms_), nullptr);
  const Question typed = Ask("one", Type::kAaaa);
  EXPECT_EQ(cache_.Find(typed, 7, now_ms_), nullptr);
}

// Against a list in order of use. Hashes are few, so that entries stand in one another's places, round the end of the
// table as well; sizes are such that memory fits another entry sometimes.
TEST_F(DnsCacheTest, HoldsWhatAListWouldHold) {
  struct Known {
    std::string name, data;
    double expires_ms;
  };
  static constexpr size_t kMost = 40;
  Cache cache(kMost, 1000000, 42);
  std::list<Known> model;  // the newest first
  std::mt19937 random(1);
  auto below = [&](uint32_t bound) { return static_cast<uint32_t>(random() % bound); };
  auto hash_of = [](uint32_t number) { return uint64_t{0xfff8} + number % 16; };
  for (int step = 0; step < 50000; ++step) {
    now_ms_ += below(30);
    const uint32_t number = below(80);
    const std::string name = "n" + std::to_string(number);
    const Question question = Ask(name);
    auto known = std::find_if(model.begin(), model.end(), [&](const Known& one) { return one.name == name; });
    if (below(3) == 0) {
      const std::string data(below(4) == 0 ? below(900) : below(30), static_cast<char>('a' + below(26)));
      const uint32_t ttl = below(5);
      cache.Store(question.name.wire(), Type::kA, hash_of(number), Text(data, ttl, name), now_ms_);
      if (known != model.end()) model.erase(known);
      if (ttl > 0) model.push_front({name, data, now_ms_ + 1000 * ttl});
      if (model.size() > kMost) model.pop_back();
    } else {
      const Answer* found = cache.Find(question, hash_of(number), now_ms_);
      if (known != model.end() && known->expires_ms <= now_ms_) {
        model.erase(known);
        known = model.end();
      }
      ASSERT_EQ(found != nullptr, known != model.end()) << "step " << step;
      if (found != nullptr) {
        ASSERT_EQ(found->Data(0), known->data);
        ASSERT_TRUE(found->canonical.Equals(question.name));
        model.splice(model.begin(), model, known);
      }
    }
    ASSERT_EQ(cache.size(), model.size());
    if (below(10000) == 0) {
      cache.Clear();
      model.clear();
      ASSERT_EQ(cache.bytes(), 0u);
    }
  }
}

TEST_F(DnsCacheTest, ATableGrowsAndShrinks) {
  Cache cache(100000, 100000000, 42);
  std::vector<Question> questions;
  for (int i = 0; i < 50000; ++i) questions.push_back(Ask("n" + std::to_string(i)));
  auto store = [&](const Question& question, uint32_t ttl) {
    cache.Store(question.name.wire(), question.type, cache.Hash(question), Text("x", ttl), now_ms_);
  };
  for (const Question& question : questions) store(question, 60);
  EXPECT_EQ(cache.size(), questions.size());
  // A ttl of 0 drops what was known.
  for (size_t i = 0; i < questions.size(); ++i) {
    if (i % 1000 != 0) store(questions[i], 0);
  }
  EXPECT_EQ(cache.size(), 50u);
  for (size_t i = 0; i < questions.size(); ++i) {
    EXPECT_EQ(cache.Find(questions[i], cache.Hash(questions[i]), now_ms_) != nullptr, i % 1000 == 0);
  }
}

TEST_F(DnsCacheTest, OneWithoutRoomHoldsNothing) {
  for (auto [entries, size] : {std::pair<size_t, size_t>{0, 100000}, {10, 0}, {10, 100}}) {
    Cache none(entries, size, 1);
    const Question question = Ask("a.example");
    none.Store(question.name.wire(), question.type, none.Hash(question), Text("x", 60), now_ms_);
    EXPECT_EQ(none.size(), 0u);
    EXPECT_EQ(none.bytes(), 0u);
    EXPECT_EQ(none.Find(question, none.Hash(question), now_ms_), nullptr);
  }
}

TEST_F(DnsCacheTest, HashesDependOnTheSeedAndTheType) {
  const Cache other(4, 1000, 43);
  EXPECT_NE(cache_.Hash(Ask("a.example")), other.Hash(Ask("a.example")));
  EXPECT_NE(cache_.Hash(Ask("a.example")), cache_.Hash(Ask("a.example", Type::kAaaa)));
}

}  // namespace node::dns_cache
