// What the golden files cannot say: defaults, large heads, the calls themselves, linear work, random input.
#include "http_parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "golden.h"
#include "http_authority.h"
#include "http_events.h"
#include "http_fields.h"
#include "http_random.h"
#include "http_scanner.h"

namespace node::http_parser_test {

using http_parser::BodyParser;
using http_parser::FieldId;
using http_parser::Framing;
using http_parser::Limits;
using http_parser::Outcome;
using http_parser::RequestParser;

static const std::string_view kCurl =
    "GET /a?b HTTP/1.1\r\nHost: localhost:8000\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n";

static std::string Repeat(std::string_view text, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(RequestParserTest, OffsetsAndIds) {
  RequestParser parser;
  const std::string bytes = std::string("\r\n") + std::string(kCurl);
  ASSERT_EQ(parser.Parse(bytes, {}), Outcome::kComplete);
  const http_parser::RequestHead& head = parser.head();
  EXPECT_EQ(head.size, bytes.size());
  EXPECT_EQ(bytes.substr(head.method, head.method_length), "GET");
  EXPECT_EQ(bytes.substr(head.target, head.target_length), "/a?b");
  ASSERT_EQ(head.field_count, 3);
  EXPECT_EQ(bytes.substr(head.fields[0].name, head.fields[0].name_length), "Host");
  EXPECT_EQ(bytes.substr(head.fields[0].value, head.fields[0].value_length), "localhost:8000");
  EXPECT_EQ(head.fields[0].id, FieldId::kHost);
  EXPECT_EQ(head.fields[1].id, FieldId::kOther);
  EXPECT_TRUE(head.has_host);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_EQ(head.framing, Framing::kNone);
}

TEST(RequestParserTest, IdsOfFields) {
  const std::pair<const char*, FieldId> names[] = {
      {"Connection: x", FieldId::kConnection},
      {"Content-Length: 1", FieldId::kContentLength},
      {"EXPECT: x", FieldId::kExpect},
      {"host: x", FieldId::kHost},
      {"Upgrade: x", FieldId::kUpgrade},
      {"Transfer-Encoding: chunked", FieldId::kTransferEncoding},
      {"User-Agent: x", FieldId::kOther},
      {"Hose: x", FieldId::kOther},
      {"Hos: x", FieldId::kOther},
      {"Upgrada: x", FieldId::kOther},
  };
  for (const auto& [line, id] : names) {
    RequestParser parser;
    ASSERT_EQ(parser.Parse("GET / HTTP/1.1\r\n" + std::string(line) + "\r\n\r\n", {}), Outcome::kComplete) << line;
    EXPECT_EQ(parser.head().fields[0].id, id) << line;
  }
}

TEST(RequestParserTest, AnswersStayUntilReset) {
  RequestParser parser;
  EXPECT_EQ(parser.Parse("GET", {}), Outcome::kIncomplete);
  EXPECT_EQ(parser.Parse("GET", {}), Outcome::kIncomplete);
  EXPECT_EQ(parser.Parse("GET\n", {}), Outcome::kRefused);
  EXPECT_EQ(parser.Parse(kCurl, {}), Outcome::kRefused);
  EXPECT_EQ(parser.refusal().offset, 3u);
  parser.Reset();
  EXPECT_EQ(parser.Parse("GET / HTTP/1.1\r\nContent-Length: x\r\n", {}), Outcome::kRefused);
  EXPECT_EQ(parser.Parse(kCurl, {}), Outcome::kRefused);
  EXPECT_STREQ(parser.refusal().reason, "bad Content-Length");
  parser.Reset();
  EXPECT_EQ(parser.Parse(kCurl, {}), Outcome::kComplete);
  EXPECT_EQ(parser.Parse(kCurl, {}), Outcome::kComplete);
  parser.Reset();
  EXPECT_EQ(parser.Parse("", {}), Outcome::kIncomplete);
  EXPECT_EQ(parser.Parse("GET / HTTP/1.0\r\n\r\n", {}), Outcome::kComplete);
  EXPECT_EQ(parser.head().field_count, 0);
  EXPECT_FALSE(parser.head().has_host);
}

TEST(RequestParserDeathTest, BytesMayNotBecomeFewer) {
  RequestParser parser;
  EXPECT_EQ(parser.Parse("GET / H", {}), Outcome::kIncomplete);
  EXPECT_DEATH(static_cast<void>(parser.Parse("GET / ", {})), "defect of node itself");
}

TEST(RequestParserTest, ACopyGoesOnFromThere) {
  for (size_t cut = 0; cut <= kCurl.size(); ++cut) {
    RequestParser first;
    const Outcome outcome = first.Parse(kCurl.substr(0, cut), {});
    RequestParser second = first;
    const std::string moved(kCurl);  // the same bytes in another place
    if (outcome == Outcome::kIncomplete) EXPECT_EQ(second.Parse(moved, {}), Outcome::kComplete) << cut;
    EXPECT_EQ(second.head().size, kCurl.size());
    EXPECT_EQ(second.head().field_count, 3);
  }
}

TEST(RequestParserTest, DefaultLimits) {
  const auto status = [](const std::string& bytes) {
    RequestParser parser;
    const Outcome outcome = parser.Parse(bytes, {});
    return outcome == Outcome::kComplete ? 200 : outcome == Outcome::kRefused ? parser.refusal().status : 0;
  };
  const auto target = [&](size_t length) { return "GET /" + Repeat("x", length - 1) + " HTTP/1.1\r\n\r\n"; };
  EXPECT_EQ(status(target(16 * 1024 - 1)), 200);
  EXPECT_EQ(status(target(16 * 1024)), 200);
  EXPECT_EQ(status(target(16 * 1024 + 1)), 414);

  const std::string frame = "GET / HTTP/1.1\r\nA: \r\n\r\n";
  const auto head = [&](size_t size) {
    return "GET / HTTP/1.1\r\nA: " + Repeat("x", size - frame.size()) + "\r\n\r\n";
  };
  EXPECT_EQ(status(head(32 * 1024 - 1)), 200);
  EXPECT_EQ(status(head(32 * 1024)), 200);
  EXPECT_EQ(status(head(32 * 1024 + 1)), 431);

  const auto fields = [](size_t count) { return "GET / HTTP/1.1\r\n" + Repeat("A: b\r\n", count) + "\r\n"; };
  EXPECT_EQ(status(fields(255)), 200);
  EXPECT_EQ(status(fields(256)), 200);
  EXPECT_EQ(status(fields(257)), 431);

  const auto lines = [](size_t count) { return Repeat("\r\n", count) + "GET / HTTP/1.1\r\n\r\n"; };
  EXPECT_EQ(status(lines(3)), 200);
  EXPECT_EQ(status(lines(4)), 200);
  EXPECT_EQ(status(lines(5)), 400);
}

TEST(RequestParserTest, LimitsBeyondWhatOffsetsCanName) {
  Limits limits;
  limits.head_bytes = limits.target_bytes = limits.field_count = UINT32_MAX;
  RequestParser parser;
  EXPECT_EQ(parser.Parse("GET /" + Repeat("x", 65519) + " HTTP/1.1\r\n\r\n", limits), Outcome::kRefused);
  EXPECT_EQ(parser.refusal().status, 431);
  parser.Reset();
  const std::string most = "GET /" + Repeat("x", 65535 - 18) + " HTTP/1.1\r\n\r\n";
  ASSERT_EQ(most.size(), 65535u);
  ASSERT_EQ(parser.Parse(most, limits), Outcome::kComplete);
  EXPECT_EQ(parser.head().target_length, 65535 - 17);
  parser.Reset();
  EXPECT_EQ(parser.Parse("GET / HTTP/1.1\r\n" + Repeat("A:\r\n", 257) + "\r\n", limits), Outcome::kRefused);
  EXPECT_EQ(parser.refusal().offset, 16u + 4 * 256);
}

// A refusal is there as soon as its byte is: no more bytes are waited for, and none before it is blamed.
template <typename Parser>
static void RefusedAtItsByte(const char* folder) {
  for (const golden::Case& one : golden::Load(folder)) {
    if (!one.limits.empty()) continue;
    Parser parser;
    for (size_t size = 1; size <= one.input.size(); ++size) {
      const Outcome outcome = parser.Parse(std::string_view(one.input).substr(0, size), {});
      if (outcome == Outcome::kIncomplete) continue;
      if (outcome == Outcome::kRefused) {
        // CR alone shows itself by the byte behind it, a meaning at the end of its line.
        const std::string_view rest = std::string_view(one.input).substr(parser.refusal().offset, size);
        const bool at_once = size == parser.refusal().offset + 1;
        EXPECT_TRUE(at_once || rest.starts_with('\r') || one.input[size - 1] == '\n') << one.file << ": " << one.title;
      }
      break;
    }
  }
}

TEST(RequestParserTest, GrammarIsRefusedAtItsByte) { RefusedAtItsByte<RequestParser>("http"); }

TEST(ResponseParserTest, GrammarIsRefusedAtItsByte) { RefusedAtItsByte<http_parser::ResponseParser>("http_client"); }

// Byte by byte, each byte is spoilt once it has been looked at: a parser that looked again, which makes single bytes
// quadratic work, would see a NUL.
TEST(RequestParserTest, NoByteOfARunIsLookedAtTwice) {
  const std::string heads[] = {
      "GET / HTTP/1.1\r\nA: " + Repeat("y", 500) + "\r\n\r\n",
      "GET / HTTP/1.1\r\n" + Repeat("y", 500) + ": v\r\n\r\n",
      "GET / HTTP/1.1\r\nA:b" + Repeat("y\t", 200) + "c\r\n\r\n",
      Repeat("y", 500) + " / HTTP/1.1\r\n\r\n",
      "GET /" + Repeat("y", 500) + " HTTP/1.1\r\n\r\n",
  };
  for (std::string head : heads) {
    RequestParser parser;
    for (size_t size = 1; size < head.size(); ++size) {
      ASSERT_EQ(parser.Parse(std::string_view(head).substr(0, size), {}), Outcome::kIncomplete);
      if (head[size - 1] == 'y') head[size - 1] = '\0';
    }
    ASSERT_EQ(parser.Parse(head, {}), Outcome::kComplete);
  }
}

TEST(RequestParserTest, LimitsMayShrinkInTheMiddle) {
  for (size_t cut = 0; cut < kCurl.size(); ++cut) {
    RequestParser parser;
    ASSERT_EQ(parser.Parse(kCurl.substr(0, cut), {}), Outcome::kIncomplete);
    Limits limits;
    limits.head_bytes = limits.target_bytes = limits.field_count = limits.empty_lines = 1;
    EXPECT_NE(parser.Parse(kCurl, limits), Outcome::kIncomplete) << cut;
  }
}

TEST(BodyParserTest, StepsOfALength) {
  BodyParser parser;
  parser.Begin(Framing::kLength, 5);
  EXPECT_EQ(parser.Next("", {}).kind, BodyParser::Kind::kMore);
  BodyParser::Step step = parser.Next("hel", {});
  EXPECT_EQ(step.kind, BodyParser::Kind::kData);
  EXPECT_EQ(step.consumed, 3u);
  EXPECT_EQ(step.data, "hel");
  step = parser.Next("loGET", {});
  EXPECT_EQ(step.data, "lo");
  EXPECT_EQ(step.consumed, 2u);
  step = parser.Next("GET", {});
  EXPECT_EQ(step.kind, BodyParser::Kind::kEnd);
  EXPECT_EQ(step.consumed, 0u);
  EXPECT_EQ(parser.Next("GET", {}).kind, BodyParser::Kind::kEnd);
}

TEST(BodyParserTest, NoBodyEndsAtOnce) {
  BodyParser parser;
  EXPECT_EQ(parser.Next("x", {}).kind, BodyParser::Kind::kEnd);
  parser.Begin(Framing::kNone, 0);
  const BodyParser::Step step = parser.Next("x", {});
  EXPECT_EQ(step.kind, BodyParser::Kind::kEnd);
  EXPECT_EQ(step.consumed, 0u);
}

TEST(BodyParserTest, StepsOfChunks) {
  BodyParser parser;
  parser.Begin(Framing::kChunked, 0);
  BodyParser::Step step = parser.Next("5;a=b\r\nhello\r\n0\r\n\r\nGET", {});
  EXPECT_EQ(step.kind, BodyParser::Kind::kData);
  EXPECT_EQ(step.data, "hello");
  EXPECT_EQ(step.consumed, 12u);
  step = parser.Next("\r\n0\r\n\r\nGET", {});
  EXPECT_EQ(step.kind, BodyParser::Kind::kEnd);
  EXPECT_EQ(step.consumed, 7u);
}

TEST(BodyParserTest, RefusalsStayAndCountFromTheBodysStart) {
  BodyParser parser;
  parser.Begin(Framing::kChunked, 0);
  EXPECT_EQ(parser.Next("1\r\n", {}).kind, BodyParser::Kind::kMore);
  EXPECT_EQ(parser.Next("a", {}).kind, BodyParser::Kind::kData);
  EXPECT_EQ(parser.Next("\r\nx", {}).kind, BodyParser::Kind::kRefused);
  EXPECT_EQ(parser.refusal().offset, 6u);
  EXPECT_EQ(parser.refusal().status, 400);
  const BodyParser::Step step = parser.Next("0\r\n\r\n", {});
  EXPECT_EQ(step.kind, BodyParser::Kind::kRefused);
  EXPECT_EQ(step.consumed, 0u);
  parser.Begin(Framing::kChunked, 0);
  EXPECT_EQ(parser.Next("0\r\n\r\n", {}).kind, BodyParser::Kind::kEnd);
}

TEST(BodyParserTest, DefaultOverhead) {
  for (const auto& [extra, kind] : {std::pair{0u, BodyParser::Kind::kData}, {1u, BodyParser::Kind::kRefused}}) {
    BodyParser parser;
    parser.Begin(Framing::kChunked, 0);
    const std::string line = "1;" + Repeat("x", 16 * 1024 - 1 + extra) + "\r\nz";
    EXPECT_EQ(parser.Next(line, {}).kind, kind) << extra;
  }
}

TEST(ScannerTest, EachByteAtEachPlace) {
  http_events::GuardedMemory memory;
  const auto try_class = [&]<typename Class>(Class, char good) {
    for (size_t size : {1u, 5u, 15u, 16u, 17u, 31u, 32u, 33u, 50u}) {
      for (size_t place = 0; place < size; ++place) {
        for (int c = 0; c < 256; ++c) {
          std::string text(size, good);
          text[place] = static_cast<char>(c);
          const std::string_view bytes = memory.Place(text);
          const size_t want = bytes::In(Class::kSet, static_cast<char>(c)) ? size : place;
          for (size_t from : {size_t{0}, place / 2, place}) {
            const char* end = bytes.data() + size;
            const char* found = http_scanner::Skip<Class>(bytes.data(), bytes.data() + from, end);
            ASSERT_EQ(static_cast<size_t>(found - bytes.data()), want) << size << " " << place << " " << c;
          }
        }
      }
    }
  };
  try_class(http_scanner::TokenClass(), 'a');
  try_class(http_scanner::VisibleClass(), '~');
  try_class(http_scanner::ValueClass(), '\t');
}

TEST(FieldsTest, Members) {
  http_fields::MemberList list{" a ,,\tb\t,"};
  std::vector<std::string_view> members;
  for (std::string_view member; http_fields::NextMember(&list, &member);) members.push_back(member);
  EXPECT_EQ(members, (std::vector<std::string_view>{"a", "", "b", ""}));
}

TEST(AuthorityTest, HostsAndTargets) {
  EXPECT_TRUE(http_authority::IsHost("example.com:80"));
  EXPECT_FALSE(http_authority::IsHost("example.com:80:"));
  EXPECT_EQ(http_authority::TargetFault("GET", "/"), nullptr);
  EXPECT_NE(http_authority::TargetFault("GET", "*"), nullptr);
}

// --- Random input: the same events whole and cut at random places ---

static void CutsDoNotMatter(bool responses) {
  std::mt19937 random(20091107);
  const std::vector<golden::Case> cases = golden::Load(responses ? "http_client" : "http");
  http_events::GuardedMemory memory;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(4);
  int turns = 0;
  while (turns < 20000 && std::chrono::steady_clock::now() < give_up) {
    ++turns;
    const std::string input = http_random::Input(&random, cases, responses);
    const http_events::Reading reading = http_random::PickReading(&random, responses);
    std::vector<size_t> cuts;
    for (size_t n = random() % 8; n > 0; --n) cuts.push_back(random() % (input.size() + 1));
    std::sort(cuts.begin(), cuts.end());
    const std::string whole = http_events::Read(input, {}, reading, http_events::kAllMessages, &memory);
    const std::string cut = http_events::Read(input, cuts, reading, http_events::kAllMessages, &memory);
    ASSERT_EQ(cut, whole) << "turn " << turns << ", input: " << http_events::Printable(input);
  }
  EXPECT_GT(turns, 1000);
}

TEST(PropertyTest, CutsOfRequestsDoNotMatter) { CutsDoNotMatter(false); }

TEST(PropertyTest, CutsOfResponsesDoNotMatter) { CutsDoNotMatter(true); }

}  // namespace node::http_parser_test
