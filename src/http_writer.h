// HTTP/1.1 answers, from values to bytes. RFC 9112, 4 (status line), 6 (framing), 7 (chunks).
//
// Pure, as http_parser. All is checked after encoding, byte by byte, so that no
// character of a script can become a line end on the wire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace node::http_writer {

// The reason phrase of a status code (RFC 9110, 15); "Unknown" for one that has none.
std::string_view ReasonPhrase(int status);

// "Sun, 06 Nov 1994 08:49:37 GMT": RFC 9110, 5.6.7. `seconds` since 1970, UTC; `out` has room for kDateLength bytes.
inline constexpr size_t kDateLength = 29;
void FormatDate(int64_t seconds, char* out);

struct ResponseHead {
  int status = 200;
  // Fields in order, each as name, NUL, value, NUL. A name or value with a NUL inside makes the count wrong.
  std::string_view pairs = {};
  uint32_t pair_count = 0;
  // Of the request that is answered.
  uint8_t minor_version = 1;
  bool keep_alive = true;
  bool is_head = false;
  // The length of the whole body, where it is known already: gives Content-Length in place of chunks.
  std::optional<uint64_t> body_length = {};
  // Without a length: whether chunks are taken rather than the end of the connection, as HTTP/1.0 has it.
  bool may_chunk = true;
  // kDateLength bytes; added as Date unless the fields have one. Empty: none.
  std::string_view date = {};
};

// How the body goes out, decided by WriteResponseHead.
enum class BodyMode : uint8_t {
  kNone,    // HEAD, 204, 205, 304: what the handler sends is dropped
  kLength,  // exactly declared_length bytes are owed
  kChunked,
  kUntilClose,  // without a length or chunks: the end of the connection ends it
};

struct ResponsePlan {
  BodyMode mode = BodyMode::kNone;
  uint64_t declared_length = 0;
  bool close = false;  // the connection ends after this answer
};

enum class Fault : uint8_t {
  kNone,
  kStatus,            // not 200..999: 1xx is not a final answer, and the client would wait on
  kPairs,             // pair_count and pairs disagree: a NUL inside a name or value
  kName,              // not a token (RFC 9110, 5.6.2)
  kValue,             // a control character other than HTAB
  kContentLength,     // not digits, too large, repeated with another value, or beside Transfer-Encoding
  kTransferEncoding,  // anything but a single "chunked"
};

struct WriteResult {
  Fault fault = Fault::kNone;
  uint32_t pair = 0;  // index of the field at fault
  ResponsePlan plan;
};

// Appends a whole head to `out`: the status line, the fields as given, then Connection, Date and the framing field,
// each unless the fields have it. On a fault nothing is appended.
//
// A few given fields do not go out as they are: Content-Length and Transfer-Encoding of a 204 are left out, those of a
// 205 become "Content-Length: 0", Transfer-Encoding for HTTP/1.0 is left out, and so is a second, equal Content-Length.
// A given Connection that does not tell what will happen (close, or keep-alive to HTTP/1.0) is followed by one that
// does.
WriteResult WriteResponseHead(const ResponseHead& head, std::string* out);

// WriteResponseHead for those that write the same heads again and again: the last few are kept up to where they
// depend on the body.
class HeadMemo {
 public:
  // As WriteResponseHead.
  WriteResult Write(const ResponseHead& head, std::string* out);

 private:
  struct Entry {
    // What it was written for.
    int status = 0;
    uint8_t minor_version = 0;
    bool keep_alive = false;
    bool has_length = false;
    bool may_chunk = true;
    uint32_t pair_count = 0;
    std::string pairs;
    std::string date;
    // What came out: the head without its end, whether "Content-Length" is that end, and the plan.
    bool add_length = false;
    std::string text;
    ResponsePlan plan;
  };
  static constexpr int kEntries = 4;

  static bool Fits(const Entry& entry, const ResponseHead& head);

  Entry entries_[kEntries];
  int recent_ = 0;
  int oldest_ = 0;
};

// Appends `data` as one chunk; empty data give nothing, since an empty chunk ends the body.
void WriteChunk(std::string_view data, std::string* out);

// The same in pieces, for data that are sent from where they lie: what stands before `size` bytes, not 0, and behind
// them.
void WriteChunkStart(size_t size, std::string* out);
void WriteChunkEnd(std::string* out);

// Appends the last chunk and the empty trailer.
void WriteLastChunk(std::string* out);

// Appends a whole answer of our own for a refused request: `status`, "Connection: close", and a short text/plain body
// with `reason`.
void WriteRefusal(int status, std::string_view reason, std::string_view date, std::string* out);

}  // namespace node::http_writer
