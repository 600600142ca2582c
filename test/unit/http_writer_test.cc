#include "http_writer.h"

#include <gtest/gtest.h>

#include <cctype>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace node::http_writer {

static constexpr std::string_view kDate = "Sun, 06 Nov 1994 08:49:37 GMT";

using Fields = std::vector<std::pair<std::string, std::string>>;

static std::string Pairs(const Fields& fields) {
  std::string pairs;
  for (const auto& [name, value] : fields) pairs += name + '\0' + value + '\0';
  return pairs;
}

struct Written {
  WriteResult result;
  std::string text;
};

static Written Write(ResponseHead head, const Fields& fields) {
  const std::string pairs = Pairs(fields);
  head.pairs = pairs;
  head.pair_count = static_cast<uint32_t>(fields.size());
  Written written;
  written.text = "before";
  written.result = WriteResponseHead(head, &written.text);
  EXPECT_TRUE(written.text.starts_with("before"));
  written.text.erase(0, 6);
  if (written.result.fault != Fault::kNone) EXPECT_EQ(written.text, "") << "a fault must append nothing";
  return written;
}

static std::string Text(const ResponseHead& head, const Fields& fields) { return Write(head, fields).text; }

TEST(ReasonPhraseTest, KnownAndUnknown) {
  const std::pair<int, const char*> phrases[] = {
      {100, "Continue"},
      {200, "OK"},
      {203, "Non-Authoritative Information"},
      {302, "Found"},
      {404, "Not Found"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {505, "HTTP Version Not Supported"},
      {511, "Network Authentication Required"},
  };
  for (const auto& [status, phrase] : phrases) EXPECT_EQ(ReasonPhrase(status), phrase);
  for (int status : {-1, 0, 99, 104, 299, 306, 499, 512, 599, 999, 1000, 1 << 30}) {
    EXPECT_EQ(ReasonPhrase(status), "Unknown") << status;
  }
}

static std::string Date(int64_t seconds) {
  char text[kDateLength];
  FormatDate(seconds, text);
  return std::string(text, kDateLength);
}

TEST(FormatDateTest, KnownDays) {
  EXPECT_EQ(Date(784111777), kDate);
  EXPECT_EQ(Date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(Date(-1), "Wed, 31 Dec 1969 23:59:59 GMT");
  EXPECT_EQ(Date(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
  EXPECT_EQ(Date(4107542400), "Mon, 01 Mar 2100 00:00:00 GMT");
  EXPECT_EQ(Date(253402300799), "Fri, 31 Dec 9999 23:59:59 GMT");
  EXPECT_EQ(Date(-62167219200), "Sat, 01 Jan 0000 00:00:00 GMT");
}

TEST(FormatDateTest, OutOfFourDigitsIsHeldAtTheirEnds) {
  EXPECT_EQ(Date(253402300800), Date(253402300799));
  EXPECT_EQ(Date(INT64_MAX), Date(253402300799));
  EXPECT_EQ(Date(INT64_MIN), Date(-62167219200));
}

TEST(FormatDateTest, SameAsTheCLibrary) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const int64_t seconds = static_cast<int64_t>(random() % 315569520000ull) - 62167219200;
    time_t time = seconds;
    tm parts;
    gmtime_r(&time, &parts);
    char text[64];
    std::strftime(text, sizeof text, "%a, %d %b XXXX %H:%M:%S GMT", &parts);
    std::string want = text;
    char year[16];
    std::snprintf(year, sizeof year, "%04d", parts.tm_year + 1900);
    want.replace(want.find("XXXX"), 4, year);
    ASSERT_EQ(Date(seconds), want) << seconds;
  }
}

TEST(ResponseHeadTest, FieldsAsGivenThenOurs) {
  EXPECT_EQ(Text({.date = kDate}, {{"Content-Type", "text/plain"}, {"x-ONE", ""}, {"x-ONE", "2"}}),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nx-ONE: \r\nx-ONE: 2\r\nConnection: keep-alive\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nTransfer-Encoding: chunked\r\n\r\n");
}

TEST(ResponseHeadTest, LengthKnown) {
  const Written written = Write({.body_length = 11}, {});
  EXPECT_EQ(written.text, "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 11\r\n\r\n");
  EXPECT_EQ(written.result.plan.mode, BodyMode::kLength);
  EXPECT_EQ(written.result.plan.declared_length, 11u);
  EXPECT_FALSE(written.result.plan.close);
  EXPECT_EQ(Text({.body_length = UINT64_MAX}, {}),
            "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 18446744073709551615\r\n\r\n");
}

TEST(ResponseHeadTest, Chunks) {
  const Written written = Write({}, {});
  EXPECT_EQ(written.text, "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(written.result.plan.mode, BodyMode::kChunked);
  // Given: not added, and a length that is known too does not stand beside it.
  const Written given = Write({.body_length = 5}, {{"transfer-encoding", " Chunked "}});
  EXPECT_EQ(given.text, "HTTP/1.1 200 OK\r\ntransfer-encoding:  Chunked \r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(given.result.plan.mode, BodyMode::kChunked);
}

TEST(ResponseHeadTest, StatusLines) {
  EXPECT_TRUE(Text({.status = 404}, {}).starts_with("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_TRUE(Text({.status = 299}, {}).starts_with("HTTP/1.1 299 Unknown\r\n"));
  EXPECT_TRUE(Text({.status = 999}, {}).starts_with("HTTP/1.1 999 Unknown\r\n"));
  for (int status : {-200, 0, 99, 100, 101, 199, 1000, 2000000000}) {
    EXPECT_EQ(Write({.status = status}, {}).result.fault, Fault::kStatus) << status;
  }
}

TEST(ResponseHeadTest, ConnectionSaysWhatHappens) {
  EXPECT_EQ(Text({.keep_alive = false, .body_length = 0}, {}),
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  const auto closes = [](const char* value, bool keep_alive, uint8_t minor_version) {
    const ResponseHead head{.minor_version = minor_version, .keep_alive = keep_alive, .body_length = 0};
    const Written written = Write(head, {{"connection", value}});
    const bool says_close = written.text.find("close\r\n") != std::string::npos;
    if (written.result.plan.close) EXPECT_TRUE(says_close || std::string_view(value).find("LOSE")) << value;
    return written.result.plan.close;
  };
  EXPECT_TRUE(closes("close", true, 1));
  EXPECT_TRUE(closes("x,\tCLOSE , y", true, 1));
  EXPECT_FALSE(closes("not-close", true, 1));
  EXPECT_FALSE(closes("closed, disclose", true, 1));
  EXPECT_FALSE(closes("keep-alive", true, 1));
  EXPECT_FALSE(closes("", true, 1));
  EXPECT_TRUE(closes("keep-alive", false, 1));
  EXPECT_TRUE(closes("keep-alive", false, 0));
}

TEST(ResponseHeadTest, AGivenConnectionIsCompletedNotContradicted) {
  // Enough said.
  EXPECT_EQ(Text({.body_length = 0}, {{"Connection", "close"}}),
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(Text({.body_length = 0}, {{"Connection", "X-Hop"}}),
            "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nContent-Length: 0\r\n\r\n");
  // The connection closes though the script said otherwise.
  EXPECT_EQ(Text({.keep_alive = false, .body_length = 0}, {{"Connection", "keep-alive"}}),
            "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  // An HTTP/1.0 client holds on only when told.
  EXPECT_EQ(Text({.minor_version = 0, .body_length = 0}, {{"Connection", "X-Hop"}}),
            "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n");
  // Whole names only.
  EXPECT_EQ(Text({.body_length = 0}, {{"Proxy-Connection", "close"}}),
            "HTTP/1.1 200 OK\r\nProxy-Connection: close\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseHeadTest, Date) {
  EXPECT_EQ(Text({.body_length = 0, .date = kDate}, {{"DATE", "today"}}),
            "HTTP/1.1 200 OK\r\nDATE: today\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(Text({.body_length = 0, .date = "short"}, {}).find("Date"), std::string::npos);
}

TEST(ResponseHeadTest, Http10NeverGetsChunks) {
  const Written unknown = Write({.minor_version = 0}, {});
  EXPECT_EQ(unknown.text, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(unknown.result.plan.mode, BodyMode::kUntilClose);
  EXPECT_TRUE(unknown.result.plan.close);

  const Written asked = Write({.minor_version = 0}, {{"Transfer-Encoding", "chunked"}, {"Connection", "keep-alive"}});
  EXPECT_EQ(asked.text, "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(asked.result.plan.mode, BodyMode::kUntilClose);

  const Written without = Write({.may_chunk = false}, {});
  EXPECT_EQ(without.text.find("Transfer-Encoding"), std::string::npos);
  EXPECT_EQ(without.result.plan.mode, BodyMode::kUntilClose);
  EXPECT_TRUE(without.result.plan.close);
  EXPECT_EQ(Write({.may_chunk = false}, {{"Transfer-Encoding", "chunked"}}).result.plan.mode, BodyMode::kChunked);
  EXPECT_EQ(Write({.body_length = 3, .may_chunk = false}, {}).result.plan.mode, BodyMode::kLength);

  const Written known = Write({.minor_version = 0, .body_length = 3}, {{"Transfer-Encoding", "chunked"}});
  EXPECT_EQ(known.text, "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(known.result.plan.mode, BodyMode::kLength);
  EXPECT_FALSE(known.result.plan.close);

  const Written given = Write({.minor_version = 0}, {{"Content-Length", "3"}});
  EXPECT_EQ(given.text, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n");
}

TEST(ResponseHeadTest, WithoutABody) {
  const Written none = Write({.status = 204, .body_length = 5}, {{"Content-Length", "5"}});
  EXPECT_EQ(none.text, "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(none.result.plan.mode, BodyMode::kNone);
  EXPECT_EQ(Text({.status = 204}, {{"Transfer-Encoding", "chunked"}}),
            "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n");

  EXPECT_EQ(Text({.status = 304, .body_length = 5}, {}), "HTTP/1.1 304 Not Modified\r\nConnection: keep-alive\r\n\r\n");
  const Written kept = Write({.status = 304}, {{"Content-Length", "5"}});
  EXPECT_EQ(kept.text, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(kept.result.plan.mode, BodyMode::kNone);

  const Written reset = Write({.status = 205, .body_length = 5}, {{"Content-Length", "5"}});
  EXPECT_EQ(reset.text, "HTTP/1.1 205 Reset Content\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(reset.result.plan.mode, BodyMode::kNone);
}

TEST(ResponseHeadTest, Head) {
  const Written given = Write({.is_head = true}, {{"Content-Length", "5"}});
  EXPECT_EQ(given.text, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(given.result.plan.mode, BodyMode::kNone);
  EXPECT_EQ(Text({.is_head = true, .body_length = 11}, {}),
            "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 11\r\n\r\n");
  EXPECT_EQ(Text({.is_head = true, .body_length = 0}, {}), "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(Text({.is_head = true}, {}), "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n");
  // No body, so nothing has to be ended by closing.
  EXPECT_EQ(Text({.minor_version = 0, .is_head = true}, {}), "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(Text({.is_head = true}, {{"Transfer-Encoding", "chunked"}}),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n");
}

TEST(ResponseHeadTest, GivenLength) {
  const Written written = Write({.body_length = 7}, {{"content-length", "0005"}});
  EXPECT_EQ(written.text, "HTTP/1.1 200 OK\r\ncontent-length: 0005\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(written.result.plan.declared_length, 5u);
  // Said twice with one value: once.
  EXPECT_EQ(Text({}, {{"Content-Length", "5"}, {"A", "b"}, {"content-length", "5"}}),
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\nConnection: keep-alive\r\n\r\n");
  for (const char* value : {"", " ", "+5", "-1", "5,5", "5 5", "0x5", "5.0", "9223372036854775808", "1e3"}) {
    EXPECT_EQ(Write({}, {{"Content-Length", value}}).result.fault, Fault::kContentLength) << value;
  }
}

TEST(ResponseHeadTest, FramingFaults) {
  const auto fault = [](const Fields& fields) {
    const WriteResult result = Write({}, fields).result;
    EXPECT_EQ(result.pair, result.fault == Fault::kNone ? 0u : static_cast<uint32_t>(fields.size()) - 1);
    return result.fault;
  };
  EXPECT_EQ(fault({{"Content-Length", "5"}, {"Content-Length", "6"}}), Fault::kContentLength);
  EXPECT_EQ(fault({{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}}), Fault::kContentLength);
  EXPECT_EQ(fault({{"Transfer-Encoding", "chunked"}, {"Content-Length", "5"}}), Fault::kContentLength);
  EXPECT_EQ(fault({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}), Fault::kTransferEncoding);
  for (const char* value : {"", "gzip", "gzip, chunked", "chunked, chunked", "identity", "chunkedx", "chunked;"}) {
    EXPECT_EQ(fault({{"A", "b"}, {"Transfer-Encoding", value}}), Fault::kTransferEncoding) << value;
  }
}

TEST(ResponseHeadTest, NamesAndValuesByteByByte) {
  for (int c = 1; c < 256; ++c) {
    const std::string byte(1, static_cast<char>(c));
    const bool token = std::isalnum(c) != 0 || std::string_view("!#$%&'*+-.^_`|~").find(byte) != std::string_view::npos;
    const bool value = c == '\t' || (c >= 0x20 && c != 0x7f);
    EXPECT_EQ(Write({}, {{"a", "b"}, {"x" + byte + "y", "v"}}).result.fault, token ? Fault::kNone : Fault::kName) << c;
    EXPECT_EQ(Write({}, {{"n", "x" + byte + "y"}}).result.fault, value ? Fault::kNone : Fault::kValue) << c;
    const std::string longer = "a value of more than sixteen bytes" + byte;
    EXPECT_EQ(Write({}, {{"n", longer}}).result.fault, value ? Fault::kNone : Fault::kValue) << c;
  }
  const WriteResult empty = Write({}, {{"a", "b"}, {"", "x"}}).result;
  EXPECT_EQ(empty.fault, Fault::kName);
  EXPECT_EQ(empty.pair, 1u);
  EXPECT_EQ(Write({}, {{"Location", "/\r\nSet-Cookie: a=b"}}).result.fault, Fault::kValue);
}

TEST(ResponseHeadTest, PairsAndTheirCount) {
  EXPECT_EQ(Write({}, {{"a", std::string("b\0c", 3)}}).result.fault, Fault::kPairs);
  EXPECT_EQ(Write({}, {{std::string("a\0", 2), "b c"}}).result.fault, Fault::kPairs);
  const auto fault = [](std::string_view pairs, uint32_t count) {
    std::string out;
    ResponseHead head;
    head.pairs = pairs;
    head.pair_count = count;
    return WriteResponseHead(head, &out).fault;
  };
  EXPECT_EQ(fault({"a\0b\0", 4}, 1), Fault::kNone);
  EXPECT_EQ(fault({"a\0b\0", 4}, 0), Fault::kPairs);
  EXPECT_EQ(fault({"a\0b\0", 4}, 2), Fault::kPairs);
  EXPECT_EQ(fault({"a\0b\0", 4}, 0x80000001u), Fault::kPairs);
  EXPECT_EQ(fault({"a\0b\0", 4}, UINT32_MAX), Fault::kPairs);
  EXPECT_EQ(fault({"a\0b", 3}, 1), Fault::kPairs);
  EXPECT_EQ(fault({"a\0b\0c", 5}, 1), Fault::kPairs);
  EXPECT_EQ(fault("x", 0), Fault::kPairs);
}

TEST(ChunkTest, Chunks) {
  std::string out;
  WriteChunk("hello", &out);
  WriteChunk("", &out);
  WriteChunk(std::string(0x1abc, 'x'), &out);
  EXPECT_TRUE(out.starts_with("5\r\nhello\r\n1abc\r\nxxx")) << out.substr(0, 30);
  EXPECT_TRUE(out.ends_with("xxx\r\n"));
  out.clear();
  WriteLastChunk(&out);
  EXPECT_EQ(out, "0\r\n\r\n");
}

TEST(RefusalTest, WholeAnswer) {
  std::string out = "before";
  WriteRefusal(431, "head too large", kDate, &out);
  EXPECT_EQ(out,
            "beforeHTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\nContent-Length: 15\r\n\r\n"
            "head too large\n");
  out.clear();
  WriteRefusal(400, "", "", &out);
  EXPECT_EQ(out,
            "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\n\n");
}

TEST(HeadMemoTest, WritesWhatWriteResponseHeadWrites) {
  static constexpr std::string_view kTexts[] = {
      std::string_view("Content-Type\0text/plain\0", 24),
      std::string_view("Content-Type\0text/plaim\0", 24),
      std::string_view("Content-Length\0005\0", 17),
      std::string_view("Date\0today\0", 11),
      std::string_view("Connection\0close\0", 17),
      std::string_view("Transfer-Encoding\0chunked\0", 26),
      std::string_view("Bad name\0x\0", 11),
  };
  static constexpr std::string_view kDates[] = {"Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:38 GMT", ""};
  HeadMemo memo;
  uint32_t random = 1;
  const auto pick = [&random](uint32_t count) {
    random = static_cast<uint32_t>((uint64_t{random} * 48271) % 0x7fffffff);
    return random % count;
  };
  // Some kinds of heads come again and again, in any order, with bodies of other lengths.
  for (int i = 0; i < 200000; ++i) {
    ResponseHead head;
    head.status = pick(4) == 0 ? static_cast<int>(199 + pick(8)) : 200;
    head.pairs = kTexts[pick(pick(2) == 0 ? 2 : 7)];
    head.pair_count = 1;
    head.minor_version = pick(8) == 0 ? 0 : 1;
    head.keep_alive = pick(8) != 0;
    head.is_head = pick(8) == 0;
    head.may_chunk = pick(8) != 0;
    if (pick(2) == 0) head.body_length = pick(3) * 1000;
    head.date = kDates[pick(100) == 0 ? 1 + pick(2) : 0];
    std::string right = "x";
    std::string out = "x";
    const WriteResult expected = WriteResponseHead(head, &right);
    const WriteResult result = memo.Write(head, &out);
    ASSERT_EQ(out, right);
    ASSERT_EQ(result.fault, expected.fault);
    ASSERT_EQ(result.plan.mode, expected.plan.mode);
    ASSERT_EQ(result.plan.close, expected.plan.close);
    ASSERT_EQ(result.plan.declared_length, expected.plan.declared_length);
  }
}

}  // namespace node::http_writer
