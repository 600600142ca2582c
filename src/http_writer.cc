#include "http_writer.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "bytes.h"
#include "http_fields.h"
#include "http_scanner.h"

namespace node::http_writer {

static constexpr std::string_view kVersion = "HTTP/1.1 ";

// Whole status lines, ready to send; the phrase stands behind the code.
static constexpr std::string_view kStatusLines[] = {
    "HTTP/1.1 100 Continue\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n",
    "HTTP/1.1 102 Processing\r\n",
    "HTTP/1.1 103 Early Hints\r\n",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 201 Created\r\n",
    "HTTP/1.1 202 Accepted\r\n",
    "HTTP/1.1 203 Non-Authoritative Information\r\n",
    "HTTP/1.1 204 No Content\r\n",
    "HTTP/1.1 205 Reset Content\r\n",
    "HTTP/1.1 206 Partial Content\r\n",
    "HTTP/1.1 207 Multi-Status\r\n",
    "HTTP/1.1 208 Already Reported\r\n",
    "HTTP/1.1 226 IM Used\r\n",
    "HTTP/1.1 300 Multiple Choices\r\n",
    "HTTP/1.1 301 Moved Permanently\r\n",
    "HTTP/1.1 302 Found\r\n",
    "HTTP/1.1 303 See Other\r\n",
    "HTTP/1.1 304 Not Modified\r\n",
    "HTTP/1.1 305 Use Proxy\r\n",
    "HTTP/1.1 307 Temporary Redirect\r\n",
    "HTTP/1.1 308 Permanent Redirect\r\n",
    "HTTP/1.1 400 Bad Request\r\n",
    "HTTP/1.1 401 Unauthorized\r\n",
    "HTTP/1.1 402 Payment Required\r\n",
    "HTTP/1.1 403 Forbidden\r\n",
    "HTTP/1.1 404 Not Found\r\n",
    "HTTP/1.1 405 Method Not Allowed\r\n",
    "HTTP/1.1 406 Not Acceptable\r\n",
    "HTTP/1.1 407 Proxy Authentication Required\r\n",
    "HTTP/1.1 408 Request Timeout\r\n",
    "HTTP/1.1 409 Conflict\r\n",
    "HTTP/1.1 410 Gone\r\n",
    "HTTP/1.1 411 Length Required\r\n",
    "HTTP/1.1 412 Precondition Failed\r\n",
    "HTTP/1.1 413 Content Too Large\r\n",
    "HTTP/1.1 414 URI Too Long\r\n",
    "HTTP/1.1 415 Unsupported Media Type\r\n",
    "HTTP/1.1 416 Range Not Satisfiable\r\n",
    "HTTP/1.1 417 Expectation Failed\r\n",
    "HTTP/1.1 421 Misdirected Request\r\n",
    "HTTP/1.1 422 Unprocessable Content\r\n",
    "HTTP/1.1 423 Locked\r\n",
    "HTTP/1.1 424 Failed Dependency\r\n",
    "HTTP/1.1 425 Too Early\r\n",
    "HTTP/1.1 426 Upgrade Required\r\n",
    "HTTP/1.1 428 Precondition Required\r\n",
    "HTTP/1.1 429 Too Many Requests\r\n",
    "HTTP/1.1 431 Request Header Fields Too Large\r\n",
    "HTTP/1.1 451 Unavailable For Legal Reasons\r\n",
    "HTTP/1.1 500 Internal Server Error\r\n",
    "HTTP/1.1 501 Not Implemented\r\n",
    "HTTP/1.1 502 Bad Gateway\r\n",
    "HTTP/1.1 503 Service Unavailable\r\n",
    "HTTP/1.1 504 Gateway Timeout\r\n",
    "HTTP/1.1 505 HTTP Version Not Supported\r\n",
    "HTTP/1.1 506 Variant Also Negotiates\r\n",
    "HTTP/1.1 507 Insufficient Storage\r\n",
    "HTTP/1.1 508 Loop Detected\r\n",
    "HTTP/1.1 511 Network Authentication Required\r\n",
};

static constexpr int kFirstStatus = 100;
static constexpr int kStatusCount = 412;

// From a status code, less kFirstStatus, to its line; 0xff for none.
static consteval std::array<uint8_t, kStatusCount> MakeStatusIndex() {
  std::array<uint8_t, kStatusCount> index{};
  index.fill(0xff);
  uint8_t place = 0;
  for (std::string_view line : kStatusLines) {
    const char* code = line.data() + kVersion.size();
    index[static_cast<size_t>((code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0') - kFirstStatus)] = place;
    ++place;
  }
  return index;
}
static constexpr std::array<uint8_t, kStatusCount> kStatusIndex = MakeStatusIndex();

// Empty for a status without a line of its own.
static std::string_view StatusLine(int status) {
  if (status < kFirstStatus || status >= kFirstStatus + kStatusCount) return {};
  const uint8_t place = kStatusIndex[static_cast<size_t>(status - kFirstStatus)];
  return place == 0xff ? std::string_view{} : kStatusLines[place];
}

std::string_view ReasonPhrase(int status) {
  std::string_view line = StatusLine(status);
  if (line.empty()) return "Unknown";
  line.remove_prefix(kVersion.size() + 4);
  line.remove_suffix(2);
  return line;
}

static char* Put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

static char* PutStatusLine(char* out, int status) {
  const std::string_view line = StatusLine(status);
  if (!line.empty()) return Put(out, line);
  out = Put(out, kVersion);
  out = bytes::WriteDecimal(static_cast<uint64_t>(status), out);
  return Put(out, " Unknown\r\n");
}

static constexpr int64_t kSecondsOfDay = 86400;
// 1 January of the years 0 and 10000: a date has four digits for the year.
static constexpr int64_t kFirstSecond = -62167219200;
static constexpr int64_t kEndSecond = 253402300800;

static char* PutTwo(char* out, int64_t value) {
  *out++ = static_cast<char>('0' + value / 10);
  *out++ = static_cast<char>('0' + value % 10);
  return out;
}

void FormatDate(int64_t seconds, char* out) {
  seconds = std::clamp(seconds, kFirstSecond, kEndSecond - 1) - kFirstSecond;
  int64_t day = seconds / kSecondsOfDay;
  const int64_t second = seconds % kSecondsOfDay;
  const size_t weekday = static_cast<size_t>((day + 6) % 7);  // 1 January 0 is a Saturday
  // Count from 1 March of the year 0: the leap day is then the last of its year, and the months have lengths that a
  // line through (153 * m + 2) / 5 gives. The two months before are moved by a whole period of 400 years.
  constexpr int64_t kPeriodDays = 146097;
  day += kPeriodDays - 60;
  const int64_t period = day / kPeriodDays;
  const int64_t of_period = day % kPeriodDays;
  const int64_t year_of_period =
      (of_period - of_period / 1460 + of_period / 36524 - of_period / (kPeriodDays - 1)) / 365;
  const int64_t of_year = of_period - (365 * year_of_period + year_of_period / 4 - year_of_period / 100);
  const int64_t month = (5 * of_year + 2) / 153;  // 0 is March
  const int64_t date = of_year - (153 * month + 2) / 5 + 1;
  const int64_t year = year_of_period + 400 * (period - 1) + (month >= 10 ? 1 : 0);

  out = Put(out, std::string_view("SunMonTueWedThuFriSat").substr(weekday * 3, 3));
  out = PutTwo(Put(out, ", "), date);
  *out++ = ' ';
  out = Put(out, std::string_view("MarAprMayJunJulAugSepOctNovDecJanFeb").substr(static_cast<size_t>(month) * 3, 3));
  *out++ = ' ';
  out = PutTwo(PutTwo(out, year / 100), year % 100);
  *out++ = ' ';
  out = PutTwo(out, second / 3600);
  *out++ = ':';
  out = PutTwo(out, second / 60 % 60);
  *out++ = ':';
  out = PutTwo(out, second % 60);
  Put(out, " GMT");
}

// What the fields of the script have said.
struct Given {
  std::optional<uint64_t> length;
  bool chunked = false;
  bool date = false;
  bool connection = false;
  bool close = false;
  bool keep_alive = false;
};

// Which of the framing fields go out.
struct Passes {
  bool length = true;
  bool coding = true;
};

static Passes WhatPasses(const ResponseHead& head) {
  Passes passes;
  // RFC 9110, 8.6 and RFC 9112, 6.1: none for 204; 205 gets its own "Content-Length: 0" (RFC 9110, 15.3.6).
  if (head.status == 204 || head.status == 205) passes.length = passes.coding = false;
  // RFC 9112, 6.1: no codings for a client that may know none.
  if (head.minor_version == 0) passes.coding = false;
  return passes;
}

static void ReadConnection(std::string_view value, Given* given) {
  given->connection = true;
  http_fields::MemberList list{value};
  std::string_view member;
  // Whole members: "not-close" closes nothing.
  while (http_fields::NextMember(&list, &member)) {
    if (bytes::EqualsIgnoreCase(member, "close")) given->close = true;
    if (bytes::EqualsIgnoreCase(member, "keep-alive")) given->keep_alive = true;
  }
}

struct Reading {
  Fault fault = Fault::kNone;
  bool keep = true;  // whether the field goes out
};

// What a field given by the script means to us. Names are compared whole, never as parts (quirk of 2009:
// Proxy-Connection counted).
static Reading ReadField(std::string_view name, std::string_view value, const Passes& passes, Given* given) {
  if (name.size() == 4 && bytes::EqualsIgnoreCase(name, "date")) {
    given->date = true;
  } else if (name.size() == 10 && bytes::EqualsIgnoreCase(name, "connection")) {
    ReadConnection(value, given);
  } else if (name.size() == 14 && bytes::EqualsIgnoreCase(name, "content-length")) {
    uint64_t length = 0;
    if (given->chunked || !bytes::ParseDecimal(bytes::Trim(value), http_fields::kMaxLength, &length)) {
      return {Fault::kContentLength};
    }
    if (given->length.has_value() && *given->length != length) return {Fault::kContentLength};
    // Said twice with one value: once is enough, as strict readers refuse more.
    const bool keep = passes.length && !given->length.has_value();
    given->length = length;
    return {Fault::kNone, keep};
  } else if (name.size() == 17 && bytes::EqualsIgnoreCase(name, "transfer-encoding")) {
    if (given->length.has_value()) return {Fault::kContentLength};
    if (given->chunked || !bytes::EqualsIgnoreCase(bytes::Trim(value), "chunked")) return {Fault::kTransferEncoding};
    given->chunked = true;
    return {Fault::kNone, passes.coding};
  }
  return {};
}

static Fault CheckField(std::string_view name, std::string_view value) {
  if (name.empty() || !http_scanner::AllOf<http_scanner::TokenClass>(name)) return Fault::kName;
  if (!http_scanner::AllOf<http_scanner::ValueClass>(value)) return Fault::kValue;
  return Fault::kNone;
}

// Takes the text up to the next NUL off `rest`. There is one: they have been counted.
static std::string_view TakeText(std::string_view* rest) {
  const size_t length = rest->find('\0');
  const std::string_view text = rest->substr(0, length);
  rest->remove_prefix(length + 1);
  return text;
}

// The fields as given, checked; `*out` moves.
static WriteResult PutFields(const ResponseHead& head, Given* given, char** out) {
  const Passes passes = WhatPasses(head);
  std::string_view rest = head.pairs;
  char* at = *out;
  for (uint32_t pair = 0; pair < head.pair_count; ++pair) {
    const std::string_view name = TakeText(&rest);
    const std::string_view value = TakeText(&rest);
    const Fault fault = CheckField(name, value);
    if (fault != Fault::kNone) return {fault, pair, {}};
    const Reading reading = ReadField(name, value, passes, given);
    if (reading.fault != Fault::kNone) return {reading.fault, pair, {}};
    if (!reading.keep) continue;
    at = Put(Put(at, name), ": ");
    at = Put(Put(at, value), "\r\n");
  }
  *out = at;
  return {};
}

// How the body goes out, and the framing field that says so unless it was given; none: empty.
struct FramingChoice {
  ResponsePlan plan;
  bool add_length = false;
  bool add_chunked = false;
};

static FramingChoice ChooseFraming(const ResponseHead& head, const Given& given) {
  FramingChoice choice;
  ResponsePlan& plan = choice.plan;
  plan.close = !head.keep_alive || given.close;
  if (head.status == 204 || head.status == 304) return choice;
  if (head.status == 205) {
    choice.add_length = true;
    return choice;
  }
  if (head.is_head) {
    // The length that GET would have had. 0 may as well mean that the handler knew better than to make a body, and a
    // wrong length is worse than none (RFC 9110, 8.6).
    plan.declared_length = head.body_length.value_or(0);
    choice.add_length = !given.length.has_value() && !given.chunked && plan.declared_length > 0;
    return choice;
  }
  if (given.length.has_value()) {
    plan.mode = BodyMode::kLength;
    plan.declared_length = *given.length;
  } else if (head.body_length.has_value() && (!given.chunked || head.minor_version == 0)) {
    plan.mode = BodyMode::kLength;
    plan.declared_length = *head.body_length;
    choice.add_length = true;
  } else if (head.minor_version >= 1 && (head.may_chunk || given.chunked)) {
    plan.mode = BodyMode::kChunked;
    choice.add_chunked = !given.chunked;
  } else {
    plan.mode = BodyMode::kUntilClose;
    plan.close = true;
  }
  return choice;
}

// Adds what the client would otherwise take the other way. A Connection field of the script is not the last word: to
// close behind a "keep-alive" without a "close" would be a lie, and an HTTP/1.0 client holds on only when told.
static char* PutConnection(char* out, const ResponseHead& head, const Given& given, bool close) {
  if (close) return given.close ? out : Put(out, "Connection: close\r\n");
  if (given.keep_alive || (given.connection && head.minor_version >= 1)) return out;
  return Put(out, "Connection: keep-alive\r\n");
}

// Room for all that is not of the script: the longest status line, Connection, Date, a framing field, the empty line.
static constexpr size_t kOwnRoom = 64 + 24 + (6 + kDateLength + 2) + 40 + 2;

struct Written {
  WriteResult result;
  bool add_length = false;
  bool given_length = false;
};

// All but what depends on the length of the body: "Content-Length", if it is to be added, and the empty line.
static Written WriteMostOfHead(const ResponseHead& head, std::string* out) {
  // An interim answer (1xx) cannot stand for the final one: the client would go on waiting.
  if (head.status < 200 || head.status > 999) return {{Fault::kStatus, 0, {}}};
  // With the right count, and a NUL at the end, each name and each value ends at a NUL of its own.
  const auto nuls = static_cast<uint64_t>(std::count(head.pairs.begin(), head.pairs.end(), '\0'));
  if (nuls != uint64_t{head.pair_count} * 2 || (!head.pairs.empty() && head.pairs.back() != '\0')) {
    return {{Fault::kPairs, 0, {}}};
  }

  const size_t before = out->size();
  // Each NUL becomes two bytes, ": " or CRLF.
  out->resize(before + kOwnRoom + head.pairs.size() + nuls);
  char* at = PutStatusLine(out->data() + before, head.status);
  Given given;
  Written written;
  written.result = PutFields(head, &given, &at);
  if (written.result.fault != Fault::kNone) {
    out->resize(before);
    return written;
  }
  const FramingChoice choice = ChooseFraming(head, given);
  at = PutConnection(at, head, given, choice.plan.close);
  if (!given.date && head.date.size() == kDateLength) at = Put(Put(Put(at, "Date: "), head.date), "\r\n");
  if (choice.add_chunked) at = Put(at, "Transfer-Encoding: chunked\r\n");
  out->resize(static_cast<size_t>(at - out->data()));
  written.result.plan = choice.plan;
  written.add_length = choice.add_length;
  written.given_length = given.length.has_value();
  return written;
}

static void WriteEndOfHead(bool add_length, uint64_t length, std::string* out) {
  if (!add_length) {
    out->append("\r\n", 2);
    return;
  }
  char end[20 + bytes::kDecimalRoom];
  char* const at = Put(bytes::WriteDecimal(length, Put(end, "Content-Length: ")), "\r\n\r\n");
  out->append(end, static_cast<size_t>(at - end));
}

WriteResult WriteResponseHead(const ResponseHead& head, std::string* out) {
  const Written written = WriteMostOfHead(head, out);
  if (written.result.fault != Fault::kNone) return written.result;
  WriteEndOfHead(written.add_length, written.result.plan.declared_length, out);
  return written.result;
}

bool HeadMemo::Fits(const Entry& entry, const ResponseHead& head) {
  return entry.status == head.status && entry.minor_version == head.minor_version &&
         entry.keep_alive == head.keep_alive && entry.has_length == head.body_length.has_value() &&
         entry.may_chunk == head.may_chunk && entry.pair_count == head.pair_count && entry.pairs == head.pairs &&
         entry.date == head.date;
}

WriteResult HeadMemo::Write(const ResponseHead& head, std::string* out) {
  // To HEAD more depends on the length than the number.
  if (head.is_head) return WriteResponseHead(head, out);
  for (int i = 0; i < kEntries; ++i) {
    const int index = (recent_ + i) % kEntries;
    const Entry& entry = entries_[index];
    if (!Fits(entry, head)) continue;
    recent_ = index;
    out->append(entry.text);
    WriteResult result{Fault::kNone, 0, entry.plan};
    // Of a 205 it is always 0.
    const bool counts = entry.add_length && entry.plan.mode == BodyMode::kLength;
    if (counts) result.plan.declared_length = head.body_length.value_or(0);
    WriteEndOfHead(entry.add_length, result.plan.declared_length, out);
    return result;
  }
  const size_t before = out->size();
  const Written written = WriteMostOfHead(head, out);
  if (written.result.fault != Fault::kNone) return written.result;
  // A length that the fields have is another one the next time.
  if (!written.given_length) {
    Entry& entry = entries_[oldest_];
    recent_ = oldest_;
    oldest_ = (oldest_ + 1) % kEntries;
    entry.status = head.status;
    entry.minor_version = head.minor_version;
    entry.keep_alive = head.keep_alive;
    entry.has_length = head.body_length.has_value();
    entry.may_chunk = head.may_chunk;
    entry.pair_count = head.pair_count;
    entry.pairs = head.pairs;
    entry.date = head.date;
    entry.add_length = written.add_length;
    entry.text.assign(*out, before);
    entry.plan = written.result.plan;
  }
  WriteEndOfHead(written.add_length, written.result.plan.declared_length, out);
  return written.result;
}

void WriteChunkStart(size_t size, std::string* out) {
  char text[bytes::kHexRoom + 2];
  char* const end = Put(bytes::WriteHex(size, text), "\r\n");
  out->append(text, static_cast<size_t>(end - text));
}

void WriteChunkEnd(std::string* out) { out->append("\r\n", 2); }

void WriteChunk(std::string_view data, std::string* out) {
  if (data.empty()) return;
  WriteChunkStart(data.size(), out);
  // Grows by its own rule: to reserve exactly would make many small chunks quadratic.
  out->append(data);
  WriteChunkEnd(out);
}

void WriteLastChunk(std::string* out) { out->append("0\r\n\r\n", 5); }

void WriteRefusal(int status, std::string_view reason, std::string_view date, std::string* out) {
  // As WriteResponseHead, but never at a loss: a refusal has to go out.
  char line[kOwnRoom];
  const char* const end = PutStatusLine(line, std::clamp(status, 100, 999));
  out->append(line, static_cast<size_t>(end - line));
  out->append("Connection: close\r\n");
  if (date.size() == kDateLength) out->append("Date: ").append(date).append("\r\n");
  char length[bytes::kDecimalRoom];
  const char* const length_end = bytes::WriteDecimal(reason.size() + 1, length);
  out->append("Content-Type: text/plain\r\nContent-Length: ").append(length, static_cast<size_t>(length_end - length));
  out->append("\r\n\r\n").append(reason).append("\n");
}

}  // namespace node::http_writer
