#include "dns_message.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace node::dns_message_test {

namespace dns = dns_message;
using namespace std::literals;
using dns::Name;
using dns::Outcome;
using dns::Type;

static Name Parse(std::string_view text) {
  Name name;
  const char* const fault = dns::ParseName(text, &name);
  EXPECT_EQ(fault, nullptr) << text << ": " << fault;
  return name;
}

static std::string Bytes16(unsigned value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 255)}; }
static std::string Bytes32(unsigned value) { return Bytes16(value >> 16) + Bytes16(value & 0xffff); }
static std::string Wire(std::string_view text) { return std::string(Parse(text).wire()); }

// A record with its owner as bytes.
static std::string Record(const std::string& owner, unsigned type, unsigned ttl, const std::string& data) {
  return owner + Bytes16(type) + Bytes16(1) + Bytes32(ttl) + Bytes16(static_cast<unsigned>(data.size())) + data;
}

static const std::string kAsked = "\xc0\x0c";  // the name in the question

// An answer to `question` with so many records in its sections.
static std::string Message(const dns::Question& question, unsigned flags, unsigned answers, unsigned authority,
                           unsigned additional, const std::string& records) {
  return Bytes16(0x1234) + Bytes16(0x8180 | flags) + Bytes16(1) + Bytes16(answers) + Bytes16(authority) +
         Bytes16(additional) + std::string(question.name.wire()) + Bytes16(static_cast<unsigned>(question.type)) +
         Bytes16(1) + records;
}

static dns::Answer Read(const std::string& message, const dns::Question& question, bool over_tcp = false) {
  dns::Answer answer;
  dns::ReadAnswer(message, question, over_tcp, &answer);
  return answer;
}

TEST(DnsQueryTest, Bytes) {
  char out[dns::kQueryRoom];
  const dns::Question question{Parse("a.bc"), Type::kAaaa};
  EXPECT_EQ(std::string_view(out, dns::WriteQuery(0xabcd, question, 0, out)),
            "\xab\xcd\1\0\0\1\0\0\0\0\0\0\1a\2bc\0\0\x1c\0\1"sv);
  EXPECT_EQ(std::string_view(out, dns::WriteQuery(0xabcd, question, 1232, out)),
            "\xab\xcd\1\0\0\1\0\0\0\0\0\1\1a\2bc\0\0\x1c\0\1\0\0\x29\4\xd0\0\0\0\0\0\0"sv);
}

TEST(DnsQueryTest, AnySizeCanBeOffered) {
  char out[dns::kQueryRoom];
  for (uint16_t size : {uint16_t{1}, uint16_t{512}, uint16_t{65535}}) {
    const size_t length = dns::WriteQuery(1, {Name(), Type::kNs}, size, out);
    EXPECT_EQ(std::string_view(out, length).substr(10, 2), "\0\1"sv);
    EXPECT_EQ(std::string_view(out, length).substr(17), "\0\0\x29"s + Bytes16(size) + std::string(6, '\0'));
  }
}

TEST(DnsQueryTest, RoomForTheLongest) {
  const std::string l63(63, 'x');
  const dns::Question question{Parse(l63 + "." + l63 + "." + l63 + "." + std::string(61, 'x')), Type::kCaa};
  char out[dns::kQueryRoom];
  EXPECT_EQ(dns::WriteQuery(1, question, 65535, out), dns::kQueryRoom);
}

TEST(DnsMatchTest, WhatAnswersTheQuery) {
  const dns::Question question{Parse("a.bc"), Type::kA};
  const std::string right = Message(question, 0, 0, 0, 0, "");
  EXPECT_EQ(dns::MatchAnswer(right, 0x1234, question), dns::Match::kYes);
  EXPECT_EQ(dns::MatchAnswer(right + "x", 0x1234, question), dns::Match::kYes);
  EXPECT_EQ(dns::MatchAnswer(right, 0x1235, question), dns::Match::kNo);
  for (size_t size = 0; size < right.size(); ++size) {
    EXPECT_EQ(dns::MatchAnswer(right.substr(0, size), 0x1234, question), dns::Match::kNo) << size;
  }
  // Each bit of id, QR, opcode, QDCOUNT and question; those of a letter's case are told apart.
  for (size_t bit = 0; bit < right.size() * 8; ++bit) {
    std::string wrong = right;
    wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ 0x80 >> bit % 8);
    dns::Match expected = dns::Match::kNo;
    if ((bit >= 21 && bit < 32) || (bit >= 48 && bit < 96)) expected = dns::Match::kYes;
    if (bit == 13 * 8 + 2 || bit == 15 * 8 + 2 || bit == 16 * 8 + 2) expected = dns::Match::kCaseOnly;
    EXPECT_EQ(dns::MatchAnswer(wrong, 0x1234, question), expected) << bit;
  }
}

TEST(DnsAnswerTest, TwoAddresses) {
  const dns::Question question{Parse("www.example.com"), Type::kA};
  const dns::Answer answer =
      Read(Message(question, 0, 2, 0, 0, Record(kAsked, 1, 300, "\x7f\0\0\1"s) + Record(kAsked, 1, 200, "\1\2\3\4")),
           question);
  EXPECT_EQ(answer.outcome, Outcome::kAnswer);
  ASSERT_EQ(answer.records.size(), 2u);
  EXPECT_EQ(answer.Data(0), "\x7f\0\0\1"sv);
  EXPECT_EQ(answer.Data(1), "\1\2\3\4"sv);
  EXPECT_EQ(answer.ttl, 200u);
  EXPECT_EQ(answer.canonical.ToText(), "www.example.com");
  EXPECT_EQ(answer.aliases, 0);
}

TEST(DnsAnswerTest, AliasesInAnyOrder) {
  const dns::Question question{Parse("www.example.com"), Type::kA};
  const std::string first = Record(kAsked, 5, 50, Wire("b.example"));
  const std::string second = Record(Wire("B.example"), 5, 60, "\1c\xc0\x10");
  const std::string third = Record(Wire("c.example.com"), 1, 70, "\1\2\3\4");
  for (const std::string& records : {first + second + third, third + second + first, second + third + first}) {
    const dns::Answer answer = Read(Message(question, 0, 3, 0, 0, records), question);
    EXPECT_EQ(answer.outcome, Outcome::kAnswer);
    ASSERT_EQ(answer.records.size(), 1u);
    EXPECT_EQ(answer.ttl, 50u);
    EXPECT_EQ(answer.canonical.ToText(), "c.example.com");
    EXPECT_EQ(answer.aliases, 2);
  }
  const dns::Answer open = Read(Message(question, 0, 2, 0, 0, first + second), question);
  EXPECT_EQ(open.outcome, Outcome::kAlias);
  EXPECT_EQ(open.canonical.ToText(), "c.example.com");
  EXPECT_EQ(open.ttl, 50u);
}

// What is mixed in the query does not show in the names that come out.
TEST(DnsAnswerTest, NamesComeOutInTheCaseOfTheQuestionGiven) {
  const dns::Question question{Parse("www.example.com"), Type::kMx};
  dns::Question mixed = question;
  std::array<uint8_t, 32> random;
  random.fill(0x5a);
  mixed.name.MixCase(random);
  const std::string message = Message(mixed, 0, 1, 0, 0, Record(kAsked, 15, 300, "\0\5\4mail\xc0\x10"s));
  EXPECT_EQ(dns::MatchAnswer(message, 0x1234, question), dns::Match::kCaseOnly);
  const dns::Answer answer = Read(message, question);
  ASSERT_EQ(answer.records.size(), 1u);
  const dns::Mx mx = dns::ReadMx(answer.Data(0));
  EXPECT_EQ(mx.exchange.ToText(), "mail.example.com");
  EXPECT_EQ(mx.priority, 5);
}

TEST(DnsAnswerTest, Denials) {
  const dns::Question question{Parse("www.example.com"), Type::kA};
  const std::string numbers = Bytes32(1) + Bytes32(2) + Bytes32(3) + Bytes32(4) + Bytes32(60);
  const std::string soa = Record("\xc0\x10", 6, 100, Wire("ns.example.com") + Wire("root.example.com") + numbers);
  const std::string foreign = Record(Wire("example.org"), 6, 100, Wire("ns.x") + Wire("root.x") + numbers);
  dns::Answer answer = Read(Message(question, 3, 0, 1, 0, soa), question);
  EXPECT_EQ(answer.outcome, Outcome::kNameError);
  EXPECT_EQ(answer.ttl, 60u);
  answer = Read(Message(question, 0, 0, 1, 0, soa), question);
  EXPECT_EQ(answer.outcome, Outcome::kNoData);
  EXPECT_EQ(answer.ttl, 60u);
  answer = Read(Message(question, 0, 0, 1, 0, foreign), question);
  EXPECT_EQ(answer.outcome, Outcome::kNoData);
  EXPECT_EQ(answer.ttl, 0u);
  answer = Read(Message(question, 3, 0, 0, 0, ""), question);
  EXPECT_EQ(answer.outcome, Outcome::kNameError);
  EXPECT_EQ(answer.ttl, 0u);
}

TEST(DnsAnswerTest, FailuresAndTruncation) {
  const dns::Question question{Parse("www.example.com"), Type::kA};
  dns::Answer answer = Read(Message(question, 2, 0, 0, 0, ""), question);
  EXPECT_EQ(answer.outcome, Outcome::kFailed);
  EXPECT_EQ(answer.rcode, dns::kServerFailure);
  // BADVERS: its upper bits are in OPT.
  answer = Read(Message(question, 0, 0, 0, 1, "\0\0\x29\4\xd0\1\0\0\0\0\0"s), question);
  EXPECT_EQ(answer.outcome, Outcome::kFailed);
  EXPECT_EQ(answer.rcode, 16);
  answer = Read(Message(question, 0x200, 5, 0, 0, "cut"), question);
  EXPECT_EQ(answer.outcome, Outcome::kTruncated);
  answer = Read(Message(question, 0x200, 5, 0, 0, "cut"), question, true);
  EXPECT_EQ(answer.outcome, Outcome::kBroken);
  EXPECT_STREQ(answer.reason, "label over 63 bytes");
}

// Whoever did not ask MatchAnswer() is told.
TEST(DnsAnswerTest, WhatDoesNotMatchIsBroken) {
  const dns::Question question{Parse("www.example.com"), Type::kA};
  const std::string right = Message(question, 0, 1, 0, 0, Record(kAsked, 1, 300, "\1\2\3\4"));
  EXPECT_STREQ(Read("", question).reason, "message shorter than its header");
  EXPECT_STREQ(Read(right.substr(0, 11), question).reason, "message shorter than its header");
  EXPECT_STREQ(Read(right.substr(0, 12), question).reason, "answer to another question");
  EXPECT_STREQ(Read(right, {question.name, Type::kNs}).reason, "answer to another question");
  std::string wrong = right;
  wrong[2] = 0x01;  // a query
  EXPECT_STREQ(Read(wrong, question).reason, "not an answer");
  wrong[2] = static_cast<char>(0x91);
  EXPECT_STREQ(Read(wrong, question).reason, "not an answer");
}

TEST(DnsAnswerTest, MemoryIsUsedAgain) {
  const dns::Question question{Parse("www.example.com"), Type::kA};
  dns::Answer answer;
  dns::ReadAnswer(Message(question, 0, 1, 0, 0, Record(kAsked, 1, 300, "\1\2\3\4")), question, false, &answer);
  EXPECT_EQ(answer.records.size(), 1u);
  dns::ReadAnswer(Message(question, 5, 0, 0, 0, ""), question, false, &answer);
  EXPECT_EQ(answer.rcode, 5);
  EXPECT_TRUE(answer.records.empty() && answer.data.empty());
  dns::ReadAnswer("x", question, false, &answer);
  EXPECT_EQ(answer.outcome, Outcome::kBroken);
  EXPECT_STREQ(answer.reason, "message shorter than its header");
  EXPECT_EQ(answer.rcode, 0);
  EXPECT_TRUE(answer.records.empty() && answer.data.empty());
  EXPECT_EQ(answer.ttl, 0u);
}

TEST(DnsDataTest, EachType) {
  const dns::Question question{Parse("example.com"), Type::kSrv};
  const std::string srv = "\0\1\0\2\0\3\2ns\xc0\x0c"s;
  dns::Answer answer = Read(Message(question, 0, 1, 0, 0, Record(kAsked, 33, 9, srv)), question);
  ASSERT_EQ(answer.records.size(), 1u);
  const dns::Srv read = dns::ReadSrv(answer.Data(0));
  EXPECT_EQ(read.priority, 1);
  EXPECT_EQ(read.weight, 2);
  EXPECT_EQ(read.port, 3);
  EXPECT_EQ(read.target.ToText(), "ns.example.com");
  EXPECT_EQ(dns::ReadName(Wire("a.b")).ToText(), "a.b");
  const dns::Soa soa =
      dns::ReadSoa(Wire("a.b") + Wire("c.d") + Bytes32(1) + Bytes32(2) + Bytes32(3) + Bytes32(4) + Bytes32(0xffffffff));
  EXPECT_EQ(soa.mname.ToText() + " " + soa.rname.ToText(), "a.b c.d");
  EXPECT_EQ(soa.serial, 1u);
  EXPECT_EQ(soa.refresh, 2u);
  EXPECT_EQ(soa.retry, 3u);
  EXPECT_EQ(soa.expire, 4u);
  EXPECT_EQ(soa.minimum, 0xffffffffu);
  const dns::Caa caa = dns::ReadCaa("\x80\5issueca.example");
  EXPECT_EQ(caa.flags, 128);
  EXPECT_EQ(caa.tag, "issue");
  EXPECT_EQ(caa.value, "ca.example");
  EXPECT_EQ(dns::ReadTxt("\3abc\0\1d"sv), (std::vector<std::string_view>{"abc", "", "d"}));
}

TEST(DnsDataTest, OursAloneMayNotMisuseIt) {
  const std::string name = Wire("a.b"), behind = name + "x";
  EXPECT_DEATH(dns::ReadName(""), "defect of node itself");
  EXPECT_DEATH(dns::ReadName(behind), "defect of node itself");
  EXPECT_DEATH(dns::ReadName("\1a"), "defect of node itself");
  // No pointers in data.
  EXPECT_DEATH(dns::ReadName("\1a\1b\1c\1d\1e\1f\0"s + kAsked), "defect of node itself");
  EXPECT_DEATH(dns::ReadSoa("\1a\1b\1c\1d\1e\1f\0\1g\xc0\x0c"s + std::string(20, 'x')), "defect of node itself");
  EXPECT_DEATH(dns::ReadMx(""), "defect of node itself");
  EXPECT_DEATH(dns::ReadSrv("\0\1\0\1\0"sv), "defect of node itself");
  EXPECT_DEATH(dns::ReadMx("\0\1"sv), "defect of node itself");
  EXPECT_DEATH(dns::ReadMx("\0\1"s + behind), "defect of node itself");
  EXPECT_DEATH(dns::ReadSrv("\0\1\0\1\0\1"sv), "defect of node itself");
  EXPECT_DEATH(dns::ReadSoa(name + name), "defect of node itself");
  EXPECT_DEATH(dns::ReadSoa(name + name + std::string(21, 'x')), "defect of node itself");
  EXPECT_DEATH(dns::ReadCaa("\0\0"sv), "defect of node itself");
  EXPECT_DEATH(dns::ReadTxt("\1"), "defect of node itself");
}

}  // namespace node::dns_message_test
