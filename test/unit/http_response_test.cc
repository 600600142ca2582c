// What the golden files of responses cannot say: the calls themselves, default limits, linear work, the end.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "golden.h"
#include "http_parser.h"

namespace node::http_response_test {

using http_parser::BodyParser;
using http_parser::FieldId;
using http_parser::Framing;
using http_parser::Limits;
using http_parser::Outcome;
using http_parser::ResponseParser;

static const std::string_view kSmall =
    "HTTP/1.1 404 Not Found\r\nServer: x\r\nContent-Length: 9\r\nConnection: keep-alive\r\n\r\n";

TEST(ResponseParserTest, OffsetsAndIds) {
  ResponseParser parser;
  ASSERT_EQ(parser.Parse(kSmall, {}), Outcome::kComplete);
  const http_parser::ResponseHead& head = parser.head();
  EXPECT_EQ(head.size, kSmall.size());
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(kSmall.substr(head.reason, head.reason_length), "Not Found");
  ASSERT_EQ(head.field_count, 3);
  EXPECT_EQ(kSmall.substr(head.fields[0].name, head.fields[0].name_length), "Server");
  EXPECT_EQ(kSmall.substr(head.fields[0].value, head.fields[0].value_length), "x");
  EXPECT_EQ(head.fields[0].id, FieldId::kOther);
  EXPECT_EQ(head.fields[1].id, FieldId::kContentLength);
  EXPECT_EQ(head.framing, Framing::kLength);
  EXPECT_EQ(head.content_length, 9u);
  EXPECT_TRUE(head.has_length);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.upgrade);
}

TEST(ResponseParserTest, WhereNoReasonIs) {
  for (const std::string line : {"HTTP/1.1 200\r\n\r\n", "HTTP/1.1 200 \r\n\r\n"}) {
    ResponseParser parser;
    ASSERT_EQ(parser.Parse(line, {}), Outcome::kComplete);
    EXPECT_EQ(parser.head().reason, line.find('\r'));
    EXPECT_EQ(parser.head().reason_length, 0);
  }
}

TEST(ResponseParserTest, ALengthIsToldApartFromNone) {
  ResponseParser parser;
  ASSERT_EQ(parser.Parse("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", {}), Outcome::kComplete);
  EXPECT_TRUE(parser.head().has_length);
  EXPECT_EQ(parser.head().framing, Framing::kNone);
  parser.Reset(true);
  ASSERT_EQ(parser.Parse("HTTP/1.1 200 OK\r\n\r\n", {}), Outcome::kComplete);
  EXPECT_FALSE(parser.head().has_length);
  EXPECT_EQ(parser.head().framing, Framing::kNone);
  parser.Reset(true);
  ASSERT_EQ(parser.Parse("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", {}), Outcome::kComplete);
  EXPECT_TRUE(parser.head().has_length);
}

TEST(ResponseParserTest, AnswersStayUntilReset) {
  ResponseParser parser;
  EXPECT_EQ(parser.Parse("HTTP", {}), Outcome::kIncomplete);
  EXPECT_EQ(parser.Parse("HTTP", {}), Outcome::kIncomplete);
  EXPECT_EQ(parser.Parse("HTTP\n", {}), Outcome::kRefused);
  EXPECT_EQ(parser.Parse("HTTP/", {}), Outcome::kRefused);
  EXPECT_EQ(parser.refusal().offset, 4u);
  EXPECT_EQ(parser.refusal().status, 502);
  parser.Reset(false);
  EXPECT_EQ(parser.refusal().status, 0);
  EXPECT_EQ(parser.Parse(kSmall, {}), Outcome::kComplete);
  EXPECT_EQ(parser.Parse(kSmall, {}), Outcome::kComplete);
  parser.Reset(false);
  EXPECT_EQ(parser.Parse("", {}), Outcome::kIncomplete);
  EXPECT_EQ(parser.Parse("HTTP/1.1 200\r\n\r\n", {}), Outcome::kComplete);
  EXPECT_EQ(parser.head().field_count, 0);
  EXPECT_EQ(parser.head().reason_length, 0);
  EXPECT_EQ(parser.head().content_length, 0u);
  EXPECT_FALSE(parser.head().has_length);
}

TEST(ResponseParserDeathTest, BytesMayNotBecomeFewer) {
  ResponseParser parser;
  EXPECT_EQ(parser.Parse("HTTP/1.1", {}), Outcome::kIncomplete);
  EXPECT_DEATH(static_cast<void>(parser.Parse("HTTP/1", {})), "defect of node itself");
}

TEST(ResponseParserTest, ARefusedFieldStays) {
  ResponseParser parser;
  const std::string_view bad = "HTTP/1.1 200 OK\r\nContent-Length: x\r\n";
  EXPECT_EQ(parser.Parse(bad, {}), Outcome::kRefused);
  EXPECT_EQ(parser.Parse(kSmall, {}), Outcome::kRefused);
  EXPECT_STREQ(parser.refusal().reason, "bad Content-Length");
}

TEST(ResponseParserTest, ToHeadLastsUntilReset) {
  ResponseParser parser;
  parser.Reset(true);
  ResponseParser second = parser;
  ASSERT_EQ(second.Parse(kSmall, {}), Outcome::kComplete);
  EXPECT_EQ(second.head().framing, Framing::kNone);
  EXPECT_EQ(second.head().content_length, 9u);
  second.Reset(false);
  ASSERT_EQ(second.Parse(kSmall, {}), Outcome::kComplete);
  EXPECT_EQ(second.head().framing, Framing::kLength);
}

TEST(ResponseParserTest, ACopyGoesOnFromThere) {
  for (size_t cut = 0; cut <= kSmall.size(); ++cut) {
    ResponseParser first;
    const Outcome outcome = first.Parse(kSmall.substr(0, cut), {});
    ResponseParser second = first;
    const std::string moved(kSmall);  // the same bytes in another place
    if (outcome == Outcome::kIncomplete) EXPECT_EQ(second.Parse(moved, {}), Outcome::kComplete) << cut;
    EXPECT_EQ(second.head().size, kSmall.size());
    EXPECT_EQ(second.head().field_count, 3);
    EXPECT_EQ(second.head().status, 404);
    EXPECT_EQ(moved.substr(second.head().reason, second.head().reason_length), "Not Found");
  }
}

TEST(ResponseParserTest, DefaultLimits) {
  const auto outcome = [](const std::string& bytes) {
    ResponseParser parser;
    return parser.Parse(bytes, {});
  };
  const std::string frame = "HTTP/1.1 200 \r\n\r\n";
  const auto head = [&](size_t size) { return "HTTP/1.1 200 " + std::string(size - frame.size(), 'x') + "\r\n\r\n"; };
  EXPECT_EQ(outcome(head(32 * 1024 - 1)), Outcome::kComplete);
  EXPECT_EQ(outcome(head(32 * 1024)), Outcome::kComplete);
  EXPECT_EQ(outcome(head(32 * 1024 + 1)), Outcome::kRefused);

  const auto fields = [](size_t count) {
    std::string text = "HTTP/1.1 200\r\n";
    for (size_t i = 0; i < count; ++i) text += "A: b\r\n";
    return text + "\r\n";
  };
  EXPECT_EQ(outcome(fields(255)), Outcome::kComplete);
  EXPECT_EQ(outcome(fields(256)), Outcome::kComplete);
  EXPECT_EQ(outcome(fields(257)), Outcome::kRefused);
}

TEST(ResponseParserTest, LimitsBeyondWhatOffsetsCanName) {
  Limits limits;
  limits.head_bytes = limits.field_count = UINT32_MAX;
  ResponseParser parser;
  const std::string most = "HTTP/1.1 200 " + std::string(65535 - 17, 'x') + "\r\n\r\n";
  ASSERT_EQ(most.size(), 65535u);
  ASSERT_EQ(parser.Parse(most, limits), Outcome::kComplete);
  EXPECT_EQ(parser.head().reason_length, 65535 - 17);
  parser.Reset(false);
  EXPECT_EQ(parser.Parse("HTTP/1.1 200 x" + most.substr(13), limits), Outcome::kRefused);
}

TEST(ResponseParserTest, LimitsMayShrinkInTheMiddle) {
  for (size_t cut = 0; cut < kSmall.size(); ++cut) {
    ResponseParser parser;
    ASSERT_EQ(parser.Parse(kSmall.substr(0, cut), {}), Outcome::kIncomplete);
    Limits limits;
    limits.head_bytes = limits.field_count = 1;
    EXPECT_NE(parser.Parse(kSmall, limits), Outcome::kIncomplete) << cut;
  }
}

// As in http_parser_test.cc: a byte that were looked at again would be NUL.
TEST(ResponseParserTest, NoByteOfARunIsLookedAtTwice) {
  const std::string run(500, 'y');
  for (std::string head : {"HTTP/1.1 200 " + run + "\r\n\r\n", "HTTP/1.1 200 OK\r\n" + run + ": v\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nA: " + run + "\r\n\r\n"}) {
    ResponseParser parser;
    for (size_t size = 1; size < head.size(); ++size) {
      ASSERT_EQ(parser.Parse(std::string_view(head).substr(0, size), {}), Outcome::kIncomplete);
      if (head[size - 1] == 'y') head[size - 1] = '\0';
    }
    ASSERT_EQ(parser.Parse(head, {}), Outcome::kComplete);
  }
}

TEST(BodyParserTest, UntilCloseTakesAll) {
  BodyParser parser;
  parser.Begin(Framing::kUntilClose, 0);
  EXPECT_EQ(parser.Next("", {}).kind, BodyParser::Kind::kMore);
  for (std::string_view piece : {"hello", "\r\n\r\n", "0"}) {
    const BodyParser::Step step = parser.Next(piece, {});
    EXPECT_EQ(step.kind, BodyParser::Kind::kData);
    EXPECT_EQ(step.consumed, piece.size());
    EXPECT_EQ(step.data, piece);
    EXPECT_TRUE(parser.CompleteAtEof());
  }
  EXPECT_EQ(parser.Next("", {}).kind, BodyParser::Kind::kMore);
}

TEST(BodyParserTest, CompleteAtEof) {
  BodyParser parser;
  EXPECT_TRUE(parser.CompleteAtEof());
  parser.Begin(Framing::kNone, 0);
  EXPECT_TRUE(parser.CompleteAtEof());
  parser.Begin(Framing::kUntilClose, 0);
  EXPECT_TRUE(parser.CompleteAtEof());

  parser.Begin(Framing::kLength, 2);
  EXPECT_FALSE(parser.CompleteAtEof());
  EXPECT_EQ(parser.Next("a", {}).kind, BodyParser::Kind::kData);
  EXPECT_FALSE(parser.CompleteAtEof());
  EXPECT_EQ(parser.Next("b", {}).kind, BodyParser::Kind::kData);
  EXPECT_TRUE(parser.CompleteAtEof());  // though kEnd was not fetched

  const std::string_view chunked = "1;a=b\r\nx\r\n0\r\nA: b\r\n\r\n";
  for (size_t size = 0; size <= chunked.size(); ++size) {
    parser.Begin(Framing::kChunked, 0);
    size_t at = 0;
    while (at < size) at += parser.Next(chunked.substr(at, size - at), {}).consumed;
    EXPECT_EQ(parser.CompleteAtEof(), size == chunked.size()) << size;
  }
  parser.Begin(Framing::kChunked, 0);
  EXPECT_EQ(parser.Next("x", {}).kind, BodyParser::Kind::kRefused);
  EXPECT_FALSE(parser.CompleteAtEof());
}

}  // namespace node::http_response_test
