// HTTP/1.1 requests and responses, from bytes to offsets. RFC 9112 (messages), RFC 9110 (fields).
//
// Pure: knows no socket, no clock, no engine and no heap. One grammar and no
// leniency: what two parties could read in two ways is refused (test/golden
// has the cases, and README.md there each rule of the RFCs). Nothing is copied:
// a parsed head is a table of offsets into the caller's bytes.
//
// All parsers can be given a message in any pieces and give the same answer
// for each way of cutting it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace node::http_parser {

// What a peer may ask us to hold or to wade through. Over a limit is a refusal,
// never a silent cut. Offsets are 16 bits wide, so head_bytes <= 65,535.
struct Limits {
  // Bytes of the request target; longer: 414. Of requests only, as empty_lines.
  uint32_t target_bytes = 16 * 1024;
  // Bytes of the whole head, with its final empty line; longer: 431.
  uint32_t head_bytes = 32 * 1024;
  // Field lines of a head, at most kMaxFields; more: 431.
  uint32_t field_count = 256;
  // Bytes of chunk extensions and trailer fields of one message; more: 431 (trailers) or 400.
  uint32_t overhead_bytes = 16 * 1024;
  // Empty lines that may stand before a request line (RFC 9112, 2.2); more: 400.
  uint32_t empty_lines = 4;
};

inline constexpr uint32_t kMaxFields = 256;

enum class Outcome : uint8_t {
  kIncomplete,  // right so far; more bytes are needed
  kComplete,
  kRefused,  // see refusal()
};

// Why a message is refused, and how to say so.
struct Refusal {
  uint16_t status = 0;      // the answer that fits: 400, 413, 414, 431, 501 or 505; for the head of a response 502
  uint32_t offset = 0;      // of the offending byte, from the start of the head or body
  const char* reason = "";  // static text, e.g. "bare LF in a field line"
};

// Fields that the parser or the connection acts on; all others are kOther.
enum class FieldId : uint8_t {
  kOther,
  kConnection,
  kContentLength,
  kExpect,
  kHost,
  kTransferEncoding,
  kUpgrade,
};

// One field line, as offsets into the head. The value is without the blanks around it.
struct Field {
  uint16_t name = 0;
  uint16_t name_length = 0;
  uint16_t value = 0;
  uint16_t value_length = 0;
  FieldId id = FieldId::kOther;
};

// How the end of a body is found (RFC 9112, 6.3).
enum class Framing : uint8_t {
  kNone,    // no body
  kLength,  // content_length bytes, more than 0
  kChunked,
  kUntilClose,  // the end of the connection ends it; responses only
};

struct RequestHead {
  uint32_t size = 0;  // bytes of the head: empty lines before it and the final one included
  uint16_t method = 0;
  uint16_t method_length = 0;
  uint16_t target = 0;
  uint16_t target_length = 0;
  uint16_t field_count = 0;
  uint8_t minor_version = 1;  // HTTP/1.0 or HTTP/1.1; a higher 1.x is read as 1 (RFC 9110, 2.5)
  Framing framing = Framing::kNone;
  uint64_t content_length = 0;
  bool keep_alive = true;        // by version and Connection (RFC 9112, 9.3)
  bool expect_continue = false;  // HTTP/1.1 and "Expect: 100-continue"
  bool upgrade = false;          // "Connection: upgrade" and an Upgrade field
  bool has_host = false;
  Field fields[kMaxFields];
};

struct ResponseHead {
  uint32_t size = 0;    // bytes of the head, the final empty line included
  uint16_t status = 0;  // 100..999
  uint16_t reason = 0;
  uint16_t reason_length = 0;  // often 0: RFC 9112, 4
  uint16_t field_count = 0;
  uint8_t minor_version = 1;  // as in RequestHead
  Framing framing = Framing::kNone;
  uint64_t content_length = 0;  // as declared, also where no body follows (HEAD, 304)
  bool has_length = false;
  bool keep_alive = true;  // by version and Connection (RFC 9112, 9.3); false with kUntilClose
  bool upgrade = false;    // "Connection: upgrade" and an Upgrade field
  Field fields[kMaxFields];
};

// Where the machine over field lines stands (http_fields.h); of no use to callers.
enum class LineState : uint8_t {
  kStart,   // before the first byte of a line
  kName,    // inside a field name
  kBlanks,  // behind the colon, before the first byte of the value
  kValue,   // inside a field value
  kLf,      // behind the CR that ends a field line
  kEndLf,   // behind the CR of the empty line that ends the head
};

// What the field lines of one head have said about framing and the connection so far (http_fields.h); of no use to
// callers.
struct FieldMeaning {
  uint64_t content_length = 0;
  uint16_t coding = 0;  // offset of the last member of Transfer-Encoding
  bool has_length = false;
  bool has_coding = false;
  bool chunked_is_last = false;  // of the members of Transfer-Encoding so far
  bool unknown_coding = false;
  bool has_host = false;
  bool has_upgrade = false;
  bool expects_continue = false;
  bool says_close = false;  // the last three: members of Connection
  bool says_keep_alive = false;
  bool says_upgrade = false;
};

// How far the fields of one head are read (http_fields.h); of no use to callers.
struct FieldState {
  uint32_t position = 0;  // bytes of the head looked at
  LineState line = LineState::kStart;
  FieldMeaning meaning;
};

// Parses one request head. A value: it can be copied in the middle of a head
// and goes on from there.
//
// The work is linear in the bytes, however the head is cut. What breaks the
// grammar is refused at its byte; what a line means (its version, the form of
// its target, lengths, codings, hosts) when its line end is there.
class RequestParser {
 public:
  // The next call of Parse begins a new head.
  void Reset();

  // `bytes` is all that has arrived from the head's first byte on: what the
  // calls before were given, unchanged (it may have moved), and what has come
  // since. Bytes behind the head are not looked at. After kComplete or
  // kRefused, Reset() before the next call.
  Outcome Parse(std::string_view bytes, const Limits& limits);

  // After kComplete; offsets count from the first byte of `bytes`.
  const RequestHead& head() const { return head_; }
  // After kRefused.
  const Refusal& refusal() const { return refusal_; }

 private:
  // The picture is in http_parser.cc.
  enum class Phase : uint8_t {
    kStart,
    kStartLf,
    kMethod,
    kTarget,
    kVersion,
    kLineLf,
    kFields,
    kComplete,
    kRefused,
  };

  Outcome Run(std::string_view window, const Limits& limits);
  Outcome Refuse(uint16_t status, size_t offset, const char* reason);
  bool CheckRequestLine(std::string_view window);
  Outcome RunFields(std::string_view window, const Limits& limits);
  void Finish();

  Phase phase_ = Phase::kStart;
  uint32_t empty_lines_ = 0;
  FieldState state_;
  RequestHead head_;
  Refusal refusal_;
};

// Parses the head of one response, interim ones (1xx) included. A value, of linear work, as RequestParser.
//
// What a response is to is the caller's to know: that it is to HEAD he says; behind the head of a 2xx to CONNECT, or
// of a 101, the connection is no longer HTTP (RFC 9112, 6.3; RFC 9110, 7.8).
class ResponseParser {
 public:
  // The next call of Parse begins a new head. `to_head`: it answers a HEAD request, so no body follows.
  void Reset(bool to_head);

  // As RequestParser::Parse. No empty line may stand before the status line.
  Outcome Parse(std::string_view bytes, const Limits& limits);

  // After kComplete; offsets count from the first byte of `bytes`.
  const ResponseHead& head() const { return head_; }
  // After kRefused. The status is 502 for all: what a gateway would say.
  const Refusal& refusal() const { return refusal_; }

 private:
  // The picture is in http_response.cc.
  enum class Phase : uint8_t {
    kStatus,
    kStatusEnd,
    kReason,
    kLineLf,
    kFields,
    kComplete,
    kRefused,
  };

  Outcome Run(std::string_view window, const Limits& limits);
  Outcome RunFields(std::string_view window, const Limits& limits);
  Outcome Refuse(size_t offset, const char* reason);
  Framing FindFraming() const;
  void Finish();

  Phase phase_ = Phase::kStatus;
  bool to_head_ = false;
  FieldState state_;
  ResponseHead head_;
  Refusal refusal_;
};

// Takes the framing off a body. Holds no bytes: what Next() has consumed may go.
class BodyParser {
 public:
  enum class Kind : uint8_t {
    kMore,  // all bytes are consumed; the body goes on
    kData,  // `data` is a piece of the body, never empty
    kEnd,   // the body is complete; bytes behind it were not consumed
    kRefused,
  };
  struct Step {
    Kind kind;
    size_t consumed;        // from the front of the bytes given
    std::string_view data;  // inside the bytes given
  };

  // `framing` and `content_length` as in the head; kNone ends at once, kUntilClose never does.
  void Begin(Framing framing, uint64_t content_length);

  // The next step. Each call consumes something, ends, refuses, or says kMore.
  Step Next(std::string_view bytes, const Limits& limits);

  // The connection has ended: whether that completes the body (kUntilClose, or already at its end). False means that
  // bytes are missing (RFC 9112, 8).
  bool CompleteAtEof() const;

  // After kRefused. The offset counts from the body's first byte, over all calls; it stays at 2^32 - 1 behind that.
  // The status is for the sender of a request.
  const Refusal& refusal() const { return refusal_; }

 private:
  // The picture is in http_body.cc.
  enum class Phase : uint8_t {
    kLength,
    kUntilClose,
    kSizeStart,
    kSize,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    // Chunk extensions: up to kTrailerStart.
    kSizeBlanks,
    kExtensionStart,
    kExtensionName,
    kExtensionNameBlanks,
    kExtensionValueStart,
    kExtensionToken,
    kExtensionQuoted,
    kExtensionEscape,
    kExtensionEnd,
    // Trailers: up to kEnd.
    kTrailerStart,
    kTrailerName,
    kTrailerValue,
    kTrailerLf,
    kFinalLf,
    kEnd,
    kRefused,
  };

  Step Refuse(size_t consumed, uint16_t status, const char* reason);
  Step TakeData(std::string_view bytes, size_t used);
  // Each takes one byte of the framing: nullptr, or what is wrong with it.
  const char* TakeFraming(char byte);
  const char* TakeSizeDigit(int digit);
  const char* TakeSizeEnd(char byte, Phase blanks);
  const char* TakeExtension(char byte);
  const char* TakeTrailer(char byte);

  Phase phase_ = Phase::kEnd;
  uint8_t size_digits_ = 0;  // of the chunk size, without leading zeros
  uint32_t overhead_ = 0;    // bytes of extensions, trailers and leading zeros so far
  uint64_t remaining_ = 0;   // bytes of the body or chunk still to come
  uint64_t position_ = 0;    // bytes consumed by the calls before
  Refusal refusal_;
};

}  // namespace node::http_parser
