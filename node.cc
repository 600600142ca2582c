// Written by amalgamate.py from src/; edit there, then: make amalgamate. Digest 9377ca2fd7e05e5e
// Layer 0 base: knows the C++ standard library
// version.h: our own version
#line 1 "src/version.h"
// Our own version.


namespace node::version {

inline constexpr const char kVersion[] = "0.2.0";

}  // namespace node::version
// Layer 0 base: knows the C++ standard library
// base.h: CHECK, Error and Result: what every file needs in order to fail well
#line 1 "src/base.h"
// Invariants and errors, for every layer.
//
// CHECK guards what only a defect of ours can break: it prints the place and
// aborts, in release builds too. Whatever a script, a peer or the kernel can
// cause is an Error inside a Result and never reaches a CHECK.


#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <variant>

namespace node::base {

// What a failed CHECK calls: says where, and aborts.
[[noreturn]] inline void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "node: internal error: %s:%d: CHECK(%s) failed. This is a defect of node itself.\n", file, line,
               condition);
  std::abort();
}

// What went wrong, in the terms of the operating system.
struct Error {
  // The system call or our own operation that failed, e.g. "listen"; static text.
  const char* syscall = "";
  // A value of errno(3); 0 when the failure is not the kernel's.
  int code = 0;
  // What it was done to, e.g. an address "0.0.0.0:8000" or a path. May be empty.
  std::string subject;
  // In place of an errno's name, e.g. "NXDOMAIN"; static text.
  const char* name = nullptr;

  // The symbolic name of `code`, e.g. "EADDRINUSE"; "UNKNOWN" for a number that has none.
  const char* Name() const {
    if (name != nullptr) return name;
    const char* found = strerrorname_np(code);
    return found != nullptr ? found : "UNKNOWN";
  }

  // One line: "listen EADDRINUSE 0.0.0.0:8000: Address already in use".
  std::string Message() const {
    std::string text = std::string(syscall) + " " + Name();
    if (!subject.empty()) text += " " + subject;
    const char* description = name == nullptr ? strerrordesc_np(code) : nullptr;
    if (description != nullptr) text += std::string(": ") + description;
    return text;
  }
};

// The error of the system call that has just failed: reads errno.
inline Error ErrnoError(const char* syscall, std::string subject = {}) {
  return Error{syscall, errno, std::move(subject)};
}

// A value, or the Error that stood in its way. Look before you take: value() of
// a failure is a broken invariant.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : content_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return content_.index() == 0; }
  T& value();
  const Error& error() const;

 private:
  std::variant<T, Error> content_;
};

// For operations that give nothing but success or failure.
struct Done {};

}  // namespace node::base

#define CHECK(condition) \
  (__builtin_expect(!(condition), 0) ? ::node::base::CheckFailed(__FILE__, __LINE__, #condition) : (void)0)

namespace node::base {

template <typename T>
T& Result<T>::value() {
  CHECK(ok());
  return *std::get_if<0>(&content_);
}

template <typename T>
const Error& Result<T>::error() const {
  CHECK(!ok());
  return *std::get_if<1>(&content_);
}

}  // namespace node::base
// Layer 0 base: knows the C++ standard library
// bytes.h: characters and numbers of the protocols
#line 1 "src/bytes.h"
// Classes of bytes and small readings of text, as the protocols of layer 1 need them.
//
// All works on bytes, never on a locale: what is a letter here is a letter of
// ASCII. All is bounded by a length; NUL is a byte like any other.


#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace node::bytes {

// A set of bytes; asking costs one load.
using ByteSet = std::array<bool, 256>;

// The bytes of `members`, and the letters and digits of ASCII where wanted.
consteval ByteSet MakeSet(std::string_view members, bool with_alphanumerics) {
  ByteSet set{};
  for (char c : members) set[static_cast<uint8_t>(c)] = true;
  if (with_alphanumerics) {
    for (int c = '0'; c <= '9'; ++c) set[static_cast<size_t>(c)] = true;
    for (int c = 'a'; c <= 'z'; ++c) set[static_cast<size_t>(c)] = set[static_cast<size_t>(c - 32)] = true;
  }
  return set;
}

// tchar, RFC 9110, 5.6.2: names of fields, methods, options of lists.
inline constexpr ByteSet kToken = MakeSet("!#$%&'*+-.^_`|~", true);

// What a field value may hold (RFC 9110, 5.5): all but control characters, of which HTAB is let through.
// Bytes from 0x80 on are obs-text: opaque, but no danger to the framing.
consteval ByteSet MakeFieldValueSet() {
  ByteSet set{};
  for (size_t c = 0x20; c < 256; ++c) set[c] = c != 0x7f;
  set['\t'] = true;
  return set;
}
inline constexpr ByteSet kFieldValue = MakeFieldValueSet();

// What a request target may hold: the visible characters of ASCII. See http_parser.cc for the why.
consteval ByteSet MakeVisibleSet() {
  ByteSet set{};
  for (size_t c = 0x21; c < 0x7f; ++c) set[c] = true;
  return set;
}
inline constexpr ByteSet kVisible = MakeVisibleSet();

constexpr bool In(const ByteSet& set, char c) { return set[static_cast<uint8_t>(c)]; }
constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsBlank(char c) { return c == ' ' || c == '\t'; }
constexpr bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// 0..15, or -1 for what is no hexadecimal digit.
constexpr int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Whether `text` is `lower` but for the case of ASCII letters; `lower` is written in lower case.
bool EqualsIgnoreCase(std::string_view text, std::string_view lower);

// `text` without the blanks (SP and HTAB) at both ends.
std::string_view Trim(std::string_view text);

// Reads 1*DIGIT, the whole of `text`: no sign, no blank, no list. False, with `value` untouched, when it is anything
// else or more than `most`.
bool ParseDecimal(std::string_view text, uint64_t most, uint64_t* value);

// Writes `value` in decimal or lower-case hexadecimal digits; returns the byte behind the last. `out` has room for
// kDecimalRoom or kHexRoom bytes. No NUL is added.
inline constexpr size_t kDecimalRoom = 20;
inline constexpr size_t kHexRoom = 16;
char* WriteDecimal(uint64_t value, char* out);
char* WriteHex(uint64_t value, char* out);

}  // namespace node::bytes
// Layer 0 base: knows the C++ standard library
// bytes.cc: characters and numbers of the protocols
#line 1 "src/bytes.cc"


#include <cstring>

namespace node::bytes {

bool EqualsIgnoreCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    // Not `| 0x20`: that takes CR for '-' (CVE-2020-8201).
    if (ToLower(text[i]) != lower[i]) return false;
  }
  return true;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

bool ParseDecimal(std::string_view text, uint64_t most, uint64_t* value) {
  if (text.empty()) return false;
  uint64_t sum = 0;
  for (char c : text) {
    if (!IsDigit(c)) return false;
    const uint64_t digit = static_cast<uint64_t>(c - '0');
    // Asked before it is multiplied: nothing here can wrap.
    if (sum > most / 10 || digit > most - sum * 10) return false;
    sum = sum * 10 + digit;
  }
  *value = sum;
  return true;
}

char* WriteDecimal(uint64_t value, char* out) {
  char digits[kDecimalRoom];
  char* first = digits + sizeof digits;
  do {
    *--first = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  const size_t length = static_cast<size_t>(digits + sizeof digits - first);
  std::memcpy(out, first, length);
  return out + length;
}

char* WriteHex(uint64_t value, char* out) {
  int shift = 60;
  while (shift > 0 && (value >> shift) == 0) shift -= 4;
  for (; shift >= 0; shift -= 4) *out++ = "0123456789abcdef"[(value >> shift) & 15];
  return out;
}

}  // namespace node::bytes
// Layer 0 base: knows the C++ standard library
// utf8.h: characters that are split between two reads
#line 1 "src/utf8.h"
// UTF-8 that arrives in pieces.


#include <cstddef>
#include <string_view>

namespace node::utf8 {

// How many bytes at the end of `bytes` (0 to 3) begin a character that is not
// complete yet but may become so. They belong in front of the next piece.
size_t IncompleteTail(std::string_view bytes);

}  // namespace node::utf8
// Layer 0 base: knows the C++ standard library
// utf8.cc: characters that are split between two reads
#line 1 "src/utf8.cc"


#include <cstdint>

namespace node::utf8 {

// The length of the character that `first` begins; 0 when it begins none (RFC 3629, 4).
static size_t LengthFrom(uint8_t first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  if (first >= 0xf0 && first <= 0xf4) return 4;
  return 0;
}

// The second byte is narrower after some first ones: no overlong forms, no surrogates, nothing past U+10FFFF.
static bool IsSecond(uint8_t first, uint8_t second) {
  uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  return second >= low && second <= high;
}

size_t IncompleteTail(std::string_view bytes) {
  size_t most = bytes.size() < 3 ? bytes.size() : 3;
  for (size_t back = 1; back <= most; ++back) {
    uint8_t byte = static_cast<uint8_t>(bytes[bytes.size() - back]);
    if ((byte & 0xc0) == 0x80) continue;
    if (LengthFrom(byte) <= back) return 0;
    bool second_fits = back < 2 || IsSecond(byte, static_cast<uint8_t>(bytes[bytes.size() - back + 1]));
    return second_fits ? back : 0;
  }
  return 0;
}

}  // namespace node::utf8
// Layer 0 base: knows the C++ standard library
// fd.h: a descriptor with an owner
#line 1 "src/fd.h"
// A file descriptor with an owner.


#include <unistd.h>

#include <utility>

namespace node::fd {

// Closes its descriptor when it goes. Moves, never copies. -1 means none.
class OwnedFd {
 public:
  OwnedFd() = default;
  explicit OwnedFd(int descriptor) : descriptor_(descriptor) {}
  OwnedFd(OwnedFd&& other) noexcept : descriptor_(other.Release()) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    if (this != &other) {
      Close();
      descriptor_ = other.Release();
    }
    return *this;
  }
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  ~OwnedFd() { Close(); }

  int get() const { return descriptor_; }
  bool valid() const { return descriptor_ >= 0; }

  // Gives the descriptor away; the caller closes it.
  int Release() { return std::exchange(descriptor_, -1); }

  // close(2), once. Its error is of no use: on Linux the descriptor is gone all the same.
  void Close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

 private:
  int descriptor_ = -1;
};

}  // namespace node::fd
// Layer 0 base: knows the C++ standard library
// chains.h: a hash table of records that are linked through themselves
#line 1 "src/chains.h"
// A hash table of records that are linked through themselves: what comes and goes costs no memory.


#include <cstddef>
#include <cstdint>
#include <vector>



namespace node::chains {

// `kNext` and `kHash` are the members of Record that belong to the table while the record is in it; a record may be in
// several tables by other members. Hashes are mixed well, or count up: the low bits choose the chain.
template <typename Record, Record* Record::* kNext, uint64_t Record::* kHash>
class Table {
 public:
  Table() = default;
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  size_t size() const { return size_; }

  // The record of that hash for which same(record) holds; nullptr when there is none.
  template <typename Same>
  Record* Find(uint64_t hash, Same same) const {
    if (size_ == 0) return nullptr;
    Record* record = buckets_[hash & (buckets_.size() - 1)];
    while (record != nullptr && !(record->*kHash == hash && same(*record))) record = record->*kNext;
    return record;
  }

  // Takes it in by its hash. The record belongs to its owner, and stays where it is.
  void Insert(Record* record) {
    if (size_ >= buckets_.size()) Resize(buckets_.empty() ? kLeast : buckets_.size() * 2);
    ++size_;
    Link(record);
  }

  // Takes it out; it must be in.
  void Remove(Record* record) {
    CHECK(size_ > 0);
    Record** link = &buckets_[record->*kHash & (buckets_.size() - 1)];
    while (*link != record) {
      CHECK(*link != nullptr);
      link = &((*link)->*kNext);
    }
    *link = record->*kNext;
    record->*kNext = nullptr;
    --size_;
    // A crowd has gone: it need not be remembered.
    if (buckets_.size() > kLeast && size_ < buckets_.size() / 8) Resize(buckets_.size() / 2);
  }

  // Takes all of them out and calls each(record), which may do anything but with this table.
  template <typename Each>
  void TakeAll(Each each) {
    for (Record*& first : buckets_) {
      while (first != nullptr) {
        Record* record = first;
        first = record->*kNext;
        record->*kNext = nullptr;
        each(record);
      }
    }
    buckets_.clear();
    size_ = 0;
  }

 private:
  static constexpr size_t kLeast = 16;  // buckets; always a power of two

  void Link(Record* record) {
    Record*& first = buckets_[record->*kHash & (buckets_.size() - 1)];
    record->*kNext = first;
    first = record;
  }

  void Resize(size_t count) {
    std::vector<Record*> old(count, nullptr);
    old.swap(buckets_);
    for (Record* record : old) {
      while (record != nullptr) {
        Record* next = record->*kNext;
        Link(record);
        record = next;
      }
    }
  }

  std::vector<Record*> buckets_;
  size_t size_ = 0;
};

}  // namespace node::chains
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// http_scanner.h: finds the end of a token, a target, a field value
#line 1 "src/http_scanner.h"
// The inner loops of the HTTP parsers and of the writer's checks: where does a
// run of allowed bytes end?
//
// Sixteen bytes a step with what x86-64-v2 has (SSSE3). No byte outside of the
// given range is ever read: the last, partial step reads the 16 bytes that END
// with the range and shifts them down, so that NULs, which no class allows,
// come in from above.


#include <tmmintrin.h>

#include <cstddef>
#include <cstdint>
#include <string_view>



namespace node::http_scanner {

// Each class says, for 16 bytes, which are not of it (one bit a byte), and has
// the set that says the same.

// Sixteen bytes to look up in.
struct Table {
  alignas(16) uint8_t byte[16];
};

// Of byte l, bit h is set when 0xhl is a token character. All of them are below
// 0x80.
consteval Table MakeTokenRows() {
  Table rows{};
  for (size_t c = 0; c < 128; ++c) {
    if (bytes::kToken[c]) rows.byte[c & 15] = static_cast<uint8_t>(rows.byte[c & 15] | (1u << (c >> 4)));
  }
  return rows;
}
inline constexpr Table kTokenRows = MakeTokenRows();

// Of byte h, bit h is set; none for 8 to 15, so bytes from 0x80 on are never
// tokens.
consteval Table MakeNibbleBits() {
  Table bits{};
  for (size_t h = 0; h < 8; ++h) bits.byte[h] = static_cast<uint8_t>(1u << h);
  return bits;
}
inline constexpr Table kNibbleBits = MakeNibbleBits();

// tchar.
struct TokenClass {
  static constexpr const bytes::ByteSet& kSet = bytes::kToken;

  // See above.
  static unsigned Outside(__m128i block) {
    const __m128i rows = _mm_load_si128(reinterpret_cast<const __m128i*>(kTokenRows.byte));
    const __m128i bits = _mm_load_si128(reinterpret_cast<const __m128i*>(kNibbleBits.byte));
    const __m128i nibble = _mm_set1_epi8(15);
    const __m128i row = _mm_shuffle_epi8(rows, _mm_and_si128(block, nibble));
    const __m128i bit = _mm_shuffle_epi8(bits, _mm_and_si128(_mm_srli_epi16(block, 4), nibble));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_and_si128(row, bit), _mm_setzero_si128())));
  }
};

// Visible ASCII: 0x21 to 0x7e. The signed comparison puts bytes from 0x80 on
// below.
struct VisibleClass {
  static constexpr const bytes::ByteSet& kSet = bytes::kVisible;

  // See above.
  static unsigned Outside(__m128i block) {
    const __m128i above = _mm_cmpgt_epi8(block, _mm_set1_epi8(0x20));
    const __m128i del = _mm_cmpeq_epi8(block, _mm_set1_epi8(0x7f));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_andnot_si128(del, above))) ^ 0xffffu;
  }
};

// Bytes of a field value: no control character but HTAB.
struct ValueClass {
  static constexpr const bytes::ByteSet& kSet = bytes::kFieldValue;

  // See above.
  static unsigned Outside(__m128i block) {
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block);
    const __m128i tab = _mm_cmpeq_epi8(block, _mm_set1_epi8('\t'));
    const __m128i del = _mm_cmpeq_epi8(block, _mm_set1_epi8(0x7f));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(tab, control), del)));
  }
};

// _mm_shuffle_epi8 with the 16 bytes from byte n on moves a block down by n
// bytes and fills with NUL.
struct Shift {
  alignas(16) uint8_t byte[32];
};
consteval Shift MakeShiftDown() {
  Shift shift{};
  for (size_t i = 0; i < 32; ++i) shift.byte[i] = static_cast<uint8_t>(i < 16 ? i : 0x80);
  return shift;
}
inline constexpr Shift kShiftDown = MakeShiftDown();

// The first byte in [from, end) that is not of Class, or `end`. The bytes from
// `begin` on may be read, too.
template <typename Class>
inline const char* Skip(const char* begin, const char* from, const char* end) {
  while (end - from >= 16) {
    const unsigned outside = Class::Outside(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
    if (outside != 0) return from + __builtin_ctz(outside);
    from += 16;
  }
  if (from == end) return end;
  if (end - begin >= 16) {
    const size_t shift = static_cast<size_t>(16 - (end - from));
    const __m128i last = _mm_loadu_si128(reinterpret_cast<const __m128i*>(end - 16));
    const __m128i down = _mm_loadu_si128(reinterpret_cast<const __m128i*>(kShiftDown.byte + shift));
    return from + __builtin_ctz(Class::Outside(_mm_shuffle_epi8(last, down)));
  }
  while (from < end && bytes::In(Class::kSet, *from)) ++from;
  return from;
}

// Whether `byte` may stand where a pattern has `wanted`: '0' stands for any
// digit, the others for themselves.
constexpr bool Fits(char wanted, char byte) { return wanted == '0' ? bytes::IsDigit(byte) : byte == wanted; }

// Whether all of `text` is of Class.
template <typename Class>
inline bool AllOf(std::string_view text) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  return Skip<Class>(begin, begin, end) == end;
}

}  // namespace node::http_scanner
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// http_parser.h: requests, responses and bodies, from bytes to offsets
#line 1 "src/http_parser.h"
// HTTP/1.1 requests and responses, from bytes to offsets. RFC 9112 (messages), RFC 9110 (fields).
//
// Pure: knows no socket, no clock, no engine and no heap. One grammar and no
// leniency: what two parties could read in two ways is refused (test/golden
// has the cases, and README.md there each rule of the RFCs). Nothing is copied:
// a parsed head is a table of offsets into the caller's bytes.
//
// All parsers can be given a message in any pieces and give the same answer
// for each way of cutting it.


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
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// http_authority.h: the host and port of a target or a Host field
#line 1 "src/http_authority.h"
// Hosts and request targets: whom and what a request means (RFC 9112, 3.2; RFC 3986, 3.2).


#include <string_view>

namespace node::http_authority {

// uri-host [ ":" port ], as in the Host field. Empty is right: a target may have no authority (RFC 9110, 7.2).
bool IsHost(std::string_view text);

// Whether `target`, not empty, has one of the four forms, and the one that `method` may have. The bytes are checked
// already. Returns nullptr, or what is wrong.
const char* TargetFault(std::string_view method, std::string_view target);

}  // namespace node::http_authority
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// http_authority.cc: the host and port of a target or a Host field
#line 1 "src/http_authority.cc"


#include <cstddef>
#include <cstdint>



namespace node::http_authority {

// unreserved and sub-delims without the comma: RFC 3986 lets a name have one, but no host has, and "a,b" is what a
// forwarder makes of two Host fields.
static constexpr bytes::ByteSet kNameSet = bytes::MakeSet("-._~!$&'()*+;=", true);

static bool IsPort(std::string_view text) {
  uint64_t port = 0;
  // *DIGIT: "host:" is right, and means the scheme's own port.
  return text.empty() || (text.size() <= 5 && bytes::ParseDecimal(text, 65535, &port));
}

// The length of the registered name that `text` begins with; more than there is when an escape in it is broken.
static size_t NameLength(std::string_view text) {
  size_t at = 0;
  for (;;) {
    while (at < text.size() && bytes::In(kNameSet, text[at])) ++at;
    if (at == text.size() || text[at] != '%') return at;
    if (text.size() - at < 3 || bytes::HexValue(text[at + 1]) < 0 || bytes::HexValue(text[at + 2]) < 0) {
      return text.size() + 1;
    }
    at += 3;
  }
}

static bool IsIpv4(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    const size_t dot = part < 3 ? text.find('.') : text.size();
    uint64_t value = 0;
    if (dot > 3 || (dot > 1 && text[0] == '0')) return false;  // npos is more than 3
    if (!bytes::ParseDecimal(text.substr(0, dot), 255, &value)) return false;
    text.remove_prefix(part < 3 ? dot + 1 : dot);
  }
  return true;
}

// Eight groups of up to four hexadecimal digits; "::" once, for one or more of them; the last two may be an IPv4
// address. No zone: it means nothing outside of its sender.
static bool IsIpv6(std::string_view text) {
  int groups = 0;
  bool gap = false;
  if (text.starts_with("::")) {
    gap = true;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    const size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    if (colon == std::string_view::npos && group.find('.') != std::string_view::npos) {
      if (!IsIpv4(group)) return false;
      groups += 2;
      break;
    }
    if (group.empty() || group.size() > 4) return false;
    for (char c : group) {
      if (bytes::HexValue(c) < 0) return false;
    }
    ++groups;
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
    if (text.starts_with(':')) {
      if (gap) return false;
      gap = true;
      text.remove_prefix(1);
    } else if (text.empty()) {
      return false;
    }
  }
  return gap ? groups < 8 : groups == 8;
}

// "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
static bool IsIpFuture(std::string_view text) {
  if (text.empty() || bytes::ToLower(text[0]) != 'v') return false;
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot < 2 || dot + 1 == text.size()) return false;
  for (char c : text.substr(1, dot - 1)) {
    if (bytes::HexValue(c) < 0) return false;
  }
  for (char c : text.substr(dot + 1)) {
    if (c != ':' && !bytes::In(kNameSet, c)) return false;
  }
  return true;
}

bool IsHost(std::string_view text) {
  if (text.starts_with('[')) {
    const size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return false;
    const std::string_view address = text.substr(1, bracket - 1);
    if (!IsIpv6(address) && !IsIpFuture(address)) return false;
    text.remove_prefix(bracket + 1);
    return text.empty() || (text[0] == ':' && IsPort(text.substr(1)));
  }
  const size_t length = NameLength(text);
  if (length >= text.size()) return length == text.size();
  // A port without a host is no authority.
  return length > 0 && text[length] == ':' && IsPort(text.substr(length + 1));
}

// absolute-form: scheme "://" [ userinfo "@" ] host [ ":" port ] and whatever follows. Schemes without an authority
// are not for a server of HTTP, and without "//" they could not be told from "host:port".
static const char* AbsoluteFault(std::string_view target) {
  const size_t colon = target.find("://");
  if (colon == std::string_view::npos || !bytes::IsAlpha(target[0])) return "request target of no known form";
  for (char c : target.substr(0, colon)) {
    if (!bytes::IsAlpha(c) && !bytes::IsDigit(c) && c != '+' && c != '-' && c != '.') return "bad scheme in the target";
  }
  std::string_view authority = target.substr(colon + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  const size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    for (char c : authority.substr(0, at)) {
      // Else "http://a@b@c/" has two hosts, by who reads it.
      if (c != ':' && c != '%' && !bytes::In(kNameSet, c)) return "bad user in the target";
    }
    authority.remove_prefix(at + 1);
  }
  if (authority.empty() || !IsHost(authority)) return "bad host in the target";
  return nullptr;
}

const char* TargetFault(std::string_view method, std::string_view target) {
  // Methods know upper and lower case (RFC 9110, 9.1).
  if (method == "CONNECT") {
    const size_t colon = target.rfind(':');
    const bool right = colon != std::string_view::npos && colon + 1 < target.size() && IsHost(target);
    // A colon inside of brackets is none before a port.
    return right && target.back() != ']' ? nullptr : "CONNECT needs host:port";
  }
  if (target[0] == '/') return nullptr;
  if (target == "*") return method == "OPTIONS" ? nullptr : "target * without OPTIONS";
  return AbsoluteFault(target);
}

}  // namespace node::http_authority
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// http_fields.h: what the fields of a head mean for its framing
#line 1 "src/http_fields.h"
// Field lines: one grammar and one reading of framing and connection fields, for every kind of head.
//
// Requests and responses use the same machine, so that no second grammar can
// come to differ from the first.


#include <cstdint>
#include <string_view>



namespace node::http_fields {

// The bytes of a head that may be looked at: the limit, and what offsets of 16 bits can name. Never less than what was
// looked at, should somebody lower the limit in the middle of a head.
uint32_t Room(const http_parser::Limits& limits, const http_parser::FieldState& state);

// Reads the field lines of a head into its table, and what they mean into `state`, from where `state` stands up to
// the end of the head (kComplete) or of `window`, which begins with the head's first byte. The head's minor_version
// is known already.
http_parser::Outcome Read(std::string_view window, const http_parser::Limits& limits, http_parser::FieldState* state,
                          http_parser::RequestHead* head, http_parser::Refusal* refusal);
http_parser::Outcome Read(std::string_view window, const http_parser::Limits& limits, http_parser::FieldState* state,
                          http_parser::ResponseHead* head, http_parser::Refusal* refusal);

// What is wrong with a byte that cannot stand where it does: at the start of a line, behind a name, in a value.
const char* BadLineStart(char byte);
const char* BadNameEnd(char byte);
const char* BadValueByte(char byte);

// The value of the first field of that name (lower case; RFC 9110, 5.1: that of the field does not matter) in a whole
// head that Read() has accepted, its first line included, without the blanks around it. A view of `head`; data() is
// nullptr when there is none.
std::string_view FindField(std::string_view head, std::string_view name);

// RFC 9112, 9.3.
bool KeepsAlive(const http_parser::FieldMeaning& meaning, uint8_t minor_version);

// The largest length we deal in: what follows can count in signed 64 bits without a thought.
inline constexpr uint64_t kMaxLength = (uint64_t{1} << 63) - 1;

// Takes the next member off a comma list (RFC 9110, 5.6.1), without the blanks around it; it may be empty. False when
// the list is used up. An empty list has one empty member. Quoted strings are not known: no list that is read here
// may have them.
struct MemberList {
  std::string_view rest;
  bool done = false;
};
bool NextMember(MemberList* list, std::string_view* member);

}  // namespace node::http_fields
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// http_fields.cc: what the fields of a head mean for its framing
#line 1 "src/http_fields.cc"


#include <emmintrin.h>

#include <algorithm>
#include <bit>
#include <type_traits>





namespace node::http_fields {

using http_parser::Field;
using http_parser::FieldId;
using http_parser::FieldMeaning;
using http_parser::FieldState;
using http_parser::Limits;
using http_parser::LineState;
using http_parser::Outcome;
using http_parser::Refusal;
using http_parser::RequestHead;
using http_parser::ResponseHead;

// What offsets of 16 bits can name.
static constexpr uint32_t kMaxHeadBytes = 65535;

uint32_t Room(const Limits& limits, const FieldState& state) {
  return std::max(std::min(limits.head_bytes, kMaxHeadBytes), state.position);
}

enum class LineEvent : uint8_t {
  kMore,     // all of the window is looked at, the line goes on
  kField,    // a field line is complete
  kEnd,      // the empty line is complete: the head ends at the position
  kRefused,  // see `refusal`
};

static LineEvent RefuseLine(Refusal* refusal, uint16_t status, size_t offset, const char* reason) {
  *refusal = Refusal{status, static_cast<uint32_t>(offset), reason};
  return LineEvent::kRefused;
}

// The first byte of a line is none of a name: which crime is it?
const char* BadLineStart(char byte) {
  switch (byte) {
    // Obsolete line folding, or a name hidden behind a blank (CVE-2022-32215, CVE-2024-27982).
    case ' ':
    case '\t':
      return "blank at the start of a field line";
    case ':':
      return "empty field name";
    case '\n':
      return "bare LF in the fields";
    default:
      return "bad byte in a field name";
  }
}

const char* BadNameEnd(char byte) {
  switch (byte) {
    case ' ':
    case '\t':
      return "blank before the colon";  // CVE-2019-16276
    case '\r':
    case '\n':
      return "field line without a colon";
    default:
      return "bad byte in a field name";
  }
}

const char* BadValueByte(char byte) {
  if (byte == '\n') return "bare LF in a field line";
  return byte == '\0' ? "NUL in a field value" : "control character in a field value";
}

//            tchar            ':'              not a blank           CR            LF
//   kStart ---------> kName -------> kBlanks -------------> kValue -------> kLf -------> (field) kStart
//      |                                                                 not LF: bare CR, refused
//      | CR            LF
//      +----> kEndLf -------> (end)
//
// Every other byte is refused where it stands. The states fall through: a whole line is one pass down the switch.
//
// Goes on at *position, which moves, until a line ends. `field` takes the offsets as they become known, and stays the
// same until kField; nullptr where no further field is allowed (431).
static LineEvent NextLine(std::string_view window, uint32_t* position, LineState* state, Field* field,
                          Refusal* refusal) {
  const char* const begin = window.data();
  const char* const end = begin + window.size();
  const char* at = begin + *position;
  const auto offset = [begin](const char* place) { return static_cast<uint16_t>(place - begin); };
  const auto more = [&](LineState where) {
    *state = where;
    *position = static_cast<uint32_t>(window.size());
    return LineEvent::kMore;
  };

  switch (*state) {
    case LineState::kStart:
      if (at == end) return more(LineState::kStart);
      if (*at == '\r') {
        ++at;
        goto end_lf;
      }
      if (!bytes::In(bytes::kToken, *at)) return RefuseLine(refusal, 400, offset(at), BadLineStart(*at));
      if (field == nullptr) return RefuseLine(refusal, 431, offset(at), "too many fields");
      field->name = offset(at);
      [[fallthrough]];
    case LineState::kName:
      at = http_scanner::Skip<http_scanner::TokenClass>(begin, at, end);
      if (at == end) return more(LineState::kName);
      if (*at != ':') return RefuseLine(refusal, 400, offset(at), BadNameEnd(*at));
      field->name_length = static_cast<uint16_t>(at - begin - field->name);
      ++at;
      [[fallthrough]];
    case LineState::kBlanks:
      while (at < end && bytes::IsBlank(*at)) ++at;
      if (at == end) return more(LineState::kBlanks);
      field->value = offset(at);
      [[fallthrough]];
    case LineState::kValue: {
      at = http_scanner::Skip<http_scanner::ValueClass>(begin, at, end);
      if (at == end) return more(LineState::kValue);
      if (*at != '\r') return RefuseLine(refusal, 400, offset(at), BadValueByte(*at));
      // Trailing blanks are not of the value (CVE-2019-15606). Looked at once more, when the value is over: linear.
      const char* last = at;
      while (last > begin + field->value && bytes::IsBlank(last[-1])) --last;
      field->value_length = static_cast<uint16_t>(last - begin - field->value);
      ++at;
      [[fallthrough]];
    }
    case LineState::kLf:
      if (at == end) return more(LineState::kLf);
      if (*at != '\n') return RefuseLine(refusal, 400, offset(at - 1), "bare CR in a field line");
      *state = LineState::kStart;
      *position = offset(at) + 1u;
      return LineEvent::kField;
    case LineState::kEndLf:
    end_lf:
      if (at == end) return more(LineState::kEndLf);
      // "\r\n\rX" is no end of a head (CVE-2025-23167).
      if (*at != '\n') return RefuseLine(refusal, 400, offset(at - 1), "bare CR in the fields");
      *position = offset(at) + 1u;
      return LineEvent::kEnd;
  }
  __builtin_unreachable();
}

// The fields that mean something to us. No two are of one length, so the length picks the only one that it can be, and
// its first letter rules nearly all others out: one branch that is foreseen, where a switch is a jump that is not.
struct KnownName {
  char first = 0;
  FieldId id = FieldId::kOther;
  std::string_view lower = {};
};
static constexpr size_t kKnownLengths = 18;
struct KnownNames {
  KnownName of_length[kKnownLengths];
};
consteval KnownNames MakeKnownNames() {
  KnownNames names{};
  const KnownName all[] = {
      {'h', FieldId::kHost, "host"},
      {'e', FieldId::kExpect, "expect"},
      {'u', FieldId::kUpgrade, "upgrade"},
      {'c', FieldId::kConnection, "connection"},
      {'c', FieldId::kContentLength, "content-length"},
      {'t', FieldId::kTransferEncoding, "transfer-encoding"},
  };
  for (const KnownName& one : all) names.of_length[one.lower.size()] = one;
  return names;
}
static constexpr KnownNames kKnownNames = MakeKnownNames();

// Names the field: sets field->id by its name.
static void Identify(const char* begin, Field* field) {
  field->id = FieldId::kOther;
  if (field->name_length >= kKnownLengths) return;
  const KnownName& known = kKnownNames.of_length[field->name_length];
  const char* const name = begin + field->name;
  if ((*name | 0x20) != known.first) return;
  if (bytes::EqualsIgnoreCase({name, field->name_length}, known.lower)) field->id = known.id;
}

bool NextMember(MemberList* list, std::string_view* member) {
  if (list->done) return false;
  const size_t comma = list->rest.find(',');
  *member = bytes::Trim(list->rest.substr(0, comma));
  list->done = comma == std::string_view::npos;
  if (!list->done) list->rest.remove_prefix(comma + 1);
  return true;
}

static bool RefuseField(Refusal* refusal, size_t offset, const char* reason) {
  *refusal = Refusal{400, static_cast<uint32_t>(offset), reason};
  return false;
}

// RFC 9112, 6.3: what has a length in two ways, or twice, has been tampered with or will be read in two ways. A list
// of equal lengths might be let through by the RFC; nobody sends it in good faith.
static bool InterpretLength(const Field& field, std::string_view value, FieldMeaning* meaning, Refusal* refusal) {
  if (meaning->has_coding) return RefuseField(refusal, field.name, "Content-Length beside Transfer-Encoding");
  if (meaning->has_length) return RefuseField(refusal, field.name, "repeated Content-Length");
  if (!bytes::ParseDecimal(value, kMaxLength, &meaning->content_length)) {
    return RefuseField(refusal, field.value, "bad Content-Length");
  }
  meaning->has_length = true;
  return true;
}

// RFC 9112, 6.1 and 7: the members of all the fields together are one list (CVE-2020-8287), whole members are compared
// (CVE-2022-32213), and "chunked" is its last one and stands once. Empty members, which RFC 9110, 5.6.1 lets a list
// have, and parameters, which no coding of ours has, are refused: others compare the whole value.
static bool InterpretCodings(const Field& field, std::string_view value, uint8_t minor_version, FieldMeaning* meaning,
                             Refusal* refusal) {
  if (meaning->has_length) return RefuseField(refusal, field.name, "Transfer-Encoding beside Content-Length");
  if (minor_version == 0) return RefuseField(refusal, field.name, "Transfer-Encoding in HTTP/1.0");
  meaning->has_coding = true;
  MemberList list{value};
  std::string_view member;
  while (NextMember(&list, &member)) {
    const size_t offset = field.value + static_cast<size_t>(member.data() - value.data());
    if (meaning->chunked_is_last) return RefuseField(refusal, offset, "chunked is not the last transfer coding");
    if (member.empty()) return RefuseField(refusal, offset, "empty member in Transfer-Encoding");
    if (!http_scanner::AllOf<http_scanner::TokenClass>(member)) {
      return RefuseField(refusal, offset, "bad transfer coding");
    }
    meaning->coding = static_cast<uint16_t>(offset);
    meaning->chunked_is_last = bytes::EqualsIgnoreCase(member, "chunked");
    if (!meaning->chunked_is_last) meaning->unknown_coding = true;
  }
  return true;
}

// RFC 9110, 7.6.1. Whole members; unknown ones, empty ones and ones that are no token have no meaning for us and
// nothing depends on them, so they pass.
static void InterpretConnection(std::string_view value, FieldMeaning* meaning) {
  MemberList list{value};
  std::string_view member;
  while (NextMember(&list, &member)) {
    if (bytes::EqualsIgnoreCase(member, "close")) {
      meaning->says_close = true;
    } else if (bytes::EqualsIgnoreCase(member, "keep-alive")) {
      meaning->says_keep_alive = true;
    } else if (bytes::EqualsIgnoreCase(member, "upgrade")) {
      meaning->says_upgrade = true;
    }
  }
}

// Reads what an identified field means. False: `refusal` says why.
static bool Interpret(std::string_view window, const Field& field, uint8_t minor_version, FieldMeaning* meaning,
                      Refusal* refusal) {
  const std::string_view value = window.substr(field.value, field.value_length);
  switch (field.id) {
    case FieldId::kContentLength:
      return InterpretLength(field, value, meaning, refusal);
    case FieldId::kTransferEncoding:
      return InterpretCodings(field, value, minor_version, meaning, refusal);
    case FieldId::kConnection:
      InterpretConnection(value, meaning);
      break;
    case FieldId::kExpect:
      // Other expectations pass without an effect: to answer them with 417 is a MAY (RFC 9110, 10.1.1), and a handler
      // that cares can see the field.
      if (bytes::EqualsIgnoreCase(value, "100-continue")) meaning->expects_continue = true;
      break;
    case FieldId::kUpgrade:
      meaning->has_upgrade = true;
      break;
    case FieldId::kHost:
      // RFC 9112, 3.2: repeated or not a host: 400.
      if (meaning->has_host) return RefuseField(refusal, field.name, "repeated Host");
      if (!http_authority::IsHost(value)) return RefuseField(refusal, field.value, "bad Host");
      meaning->has_host = true;
      break;
    case FieldId::kOther:
      break;
  }
  return true;
}

// Once all fields are read: are the codings ones that we can take off? False: `refusal` says why.
static bool CheckCodings(const FieldMeaning& meaning, Refusal* refusal) {
  if (!meaning.has_coding) return true;
  // The end of such a body cannot be found (RFC 9112, 6.3, 4).
  if (!meaning.chunked_is_last) return RefuseField(refusal, meaning.coding, "the last transfer coding is not chunked");
  if (!meaning.unknown_coding) return true;
  *refusal = Refusal{501, meaning.coding, "unknown transfer coding"};
  return false;
}

// The short cut of NextLine, from the start of a line: for lines that are all there and written as nearly all are, with
// one blank or none behind the colon and none at the end. kMore is to say that NextLine has to look.
//
// The end of the line is looked for from its start, not from its value, though that looks at the name twice: so the
// next line need not wait for the colon of this one, and the processor works at several lines at once. Measured: 100
// fields take 0.8 µs instead of 1.35.
static LineEvent WholeLine(const char* begin, const char** at, const char* end, Field* field) {
  const char* const line = *at;
  const char* const cr = http_scanner::Skip<http_scanner::ValueClass>(begin, line, end);
  if (end - cr < 2 || cr[0] != '\r' || cr[1] != '\n') return LineEvent::kMore;
  if (cr == line) {
    *at = cr + 2;
    return LineEvent::kEnd;
  }
  const char* const colon = http_scanner::Skip<http_scanner::TokenClass>(begin, line, cr);
  if (*colon != ':' || colon == line || field == nullptr) return LineEvent::kMore;
  const char* const value = colon + (colon[1] == ' ' ? 2 : 1);
  if (bytes::IsBlank(value[0]) || bytes::IsBlank(cr[-1])) return LineEvent::kMore;
  const auto offset = [begin](const char* place) { return static_cast<uint16_t>(place - begin); };
  field->name = offset(line);
  field->name_length = static_cast<uint16_t>(colon - line);
  field->value = offset(value);
  field->value_length = static_cast<uint16_t>(cr - value);
  *at = cr + 2;
  return LineEvent::kField;
}

template <typename Head>
static Outcome ReadHead(std::string_view window, const Limits& limits, FieldState* state, Head* head,
                        Refusal* refusal) {
  const uint32_t most = std::min(limits.field_count, http_parser::kMaxFields);
  const char* const begin = window.data();
  const char* const end = begin + window.size();
  const auto next_field = [&] { return head->field_count < most ? &head->fields[head->field_count] : nullptr; };
  const auto take = [&](Field* field) {
    ++head->field_count;
    Identify(begin, field);
    // In a response Host means nothing.
    if (std::is_same_v<Head, ResponseHead> && field->id == FieldId::kHost) return true;
    return field->id == FieldId::kOther || Interpret(window, *field, head->minor_version, &state->meaning, refusal);
  };
  for (;;) {
    LineEvent event = LineEvent::kMore;
    Field* field = next_field();
    if (state->line == LineState::kStart) {
      const char* at = begin + state->position;
      while ((event = WholeLine(begin, &at, end, field)) == LineEvent::kField) {
        if (!take(field)) return Outcome::kRefused;
        field = next_field();
      }
      state->position = static_cast<uint32_t>(at - begin);
    }
    if (event == LineEvent::kMore) event = NextLine(window, &state->position, &state->line, field, refusal);
    switch (event) {
      case LineEvent::kMore:
        return Outcome::kIncomplete;
      case LineEvent::kRefused:
        return Outcome::kRefused;
      case LineEvent::kEnd:
        return CheckCodings(state->meaning, refusal) ? Outcome::kComplete : Outcome::kRefused;
      case LineEvent::kField:
        if (!take(field)) return Outcome::kRefused;
    }
  }
}

Outcome Read(std::string_view window, const Limits& limits, FieldState* state, RequestHead* head, Refusal* refusal) {
  return ReadHead(window, limits, state, head, refusal);
}

Outcome Read(std::string_view window, const Limits& limits, FieldState* state, ResponseHead* head, Refusal* refusal) {
  return ReadHead(window, limits, state, head, refusal);
}

std::string_view FindField(std::string_view head, std::string_view name) {
  // Whether the line that begins there is the one. Lines end with "\r\n", and nothing else has a line feed.
  const auto matches = [&](size_t line) {
    return head.size() - line > name.size() && head[line + name.size()] == ':' &&
           bytes::EqualsIgnoreCase(head.substr(line, name.size()), name);
  };
  const auto value = [&](size_t line) {
    const size_t start = line + name.size() + 1;
    const size_t end = head.find('\r', start);
    return end == std::string_view::npos ? std::string_view() : bytes::Trim(head.substr(start, end - start));
  };
  // 16 bytes at a time: what looks for the end of each line by itself needs three times as long for short lines.
  const __m128i line_feeds = _mm_set1_epi8('\n');
  size_t at = 0;
  for (; at + 16 <= head.size(); at += 16) {
    const __m128i piece = _mm_loadu_si128(reinterpret_cast<const __m128i*>(head.data() + at));
    for (int found = _mm_movemask_epi8(_mm_cmpeq_epi8(piece, line_feeds)); found != 0; found &= found - 1) {
      const size_t line = at + static_cast<size_t>(std::countr_zero(static_cast<unsigned>(found))) + 1;
      if (matches(line)) return value(line);
    }
  }
  for (; at < head.size(); ++at) {
    if (head[at] == '\n' && matches(at + 1)) return value(at + 1);
  }
  return {};
}

bool KeepsAlive(const FieldMeaning& meaning, uint8_t minor_version) {
  if (meaning.says_close) return false;
  return minor_version >= 1 || meaning.says_keep_alive;
}

}  // namespace node::http_fields
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// http_parser.cc: the head of a request
#line 1 "src/http_parser.cc"


#include <algorithm>







namespace node::http_parser {

void RequestParser::Reset() {
  phase_ = Phase::kStart;
  empty_lines_ = 0;
  state_ = FieldState{};
  // Not the table: field_count says how much of it counts, and to clear 2.5 KiB would cost as much as to parse.
  head_.field_count = 0;
  refusal_ = Refusal{};
}

Outcome RequestParser::Refuse(uint16_t status, size_t offset, const char* reason) {
  refusal_ = Refusal{status, static_cast<uint32_t>(offset), reason};
  phase_ = Phase::kRefused;
  return Outcome::kRefused;
}

Outcome RequestParser::Parse(std::string_view bytes, const Limits& limits) {
  if (phase_ == Phase::kComplete) return Outcome::kComplete;
  if (phase_ == Phase::kRefused) return Outcome::kRefused;
  CHECK(bytes.size() >= state_.position);
  const size_t most = http_fields::Room(limits, state_);
  const std::string_view window = bytes.substr(0, most);
  const Outcome outcome = Run(window, limits);
  // A head that fills its room and has no end will not get one: said at once, not at the next byte, which may be
  // long in coming.
  if (outcome == Outcome::kIncomplete && window.size() == most) {
    if (phase_ == Phase::kTarget) return Refuse(414, most, "request target too long");
    return Refuse(431, most, "head too large");
  }
  return outcome;
}

static const char* BadMethodEnd(char byte, bool empty) {
  if (byte == '\r' || byte == '\n') return "request line without a target";
  if (empty) return byte == ' ' || byte == '\t' ? "blank before the method" : "bad byte in the method";
  return byte == '\t' ? "tab in the request line" : "bad byte in the method";
}

// Refused are, with controls and SP, all bytes from 0x80 on: a URI is ASCII (RFC 3986), and Latin-1, UTF-8 or its
// normal forms are as many readings of one target. What is ASCII but not of the grammar ("|", "{", a fragment) passes:
// browsers send it and it can be read in one way only.
static const char* BadTargetEnd(char byte, bool empty) {
  if (byte == '\r' || byte == '\n') return "request line without a version";  // HTTP/0.9, too
  if (byte == ' ' && empty) return "more than one blank in the request line";
  return static_cast<uint8_t>(byte) >= 0x80 ? "byte from 0x80 on in the target" : "bad byte in the target";
}

// See http_scanner::Fits.
static constexpr std::string_view kVersionPattern = "HTTP/0.0\r";

//             CR             LF                          SP             SP              CR             LF
//   kStart ------> kStartLf -----> kStart ... kMethod -----> kTarget -----> kVersion -----> kLineLf -----> kFields
//      |  empty lines before the request line    ^                                                           |
//      +-----------------------------------------+                                        field lines, empty line
//                  a token byte                                                                              v
//                                                                                                        kComplete
//
// Every other byte leads to kRefused. The phases fall through, so that a head that is all there is one pass down the
// switch; one that is not goes on at the position in `state_`, in its phase.
Outcome RequestParser::Run(std::string_view window, const Limits& limits) {
  const char* const begin = window.data();
  const char* const end = begin + window.size();
  const char* at = begin + state_.position;
  const auto offset = [begin](const char* place) { return static_cast<uint16_t>(place - begin); };
  const auto more = [&](Phase where) {
    phase_ = where;
    state_.position = static_cast<uint32_t>(window.size());
    return Outcome::kIncomplete;
  };

  switch (phase_) {
    case Phase::kStart:
    start:
      if (at == end) return more(Phase::kStart);
      if (*at == '\r') {
        // RFC 9112, 2.2: old clients end a body with one CRLF too many.
        if (empty_lines_ >= limits.empty_lines) return Refuse(400, offset(at), "too many empty lines");
        ++at;
        goto start_lf;
      }
      if (*at == '\n') return Refuse(400, offset(at), "bare LF before the request line");
      head_.method = offset(at);
      [[fallthrough]];
    case Phase::kMethod:
      at = http_scanner::Skip<http_scanner::TokenClass>(begin, at, end);
      if (at == end) return more(Phase::kMethod);
      head_.method_length = static_cast<uint16_t>(at - begin - head_.method);
      if (*at != ' ' || head_.method_length == 0) {
        return Refuse(400, offset(at), BadMethodEnd(*at, head_.method_length == 0));
      }
      ++at;
      head_.target = offset(at);
      [[fallthrough]];
    case Phase::kTarget: {
      const size_t most = std::min<size_t>(limits.target_bytes, window.size() - head_.target);
      const char* const last = std::max(at, begin + head_.target + most);
      at = http_scanner::Skip<http_scanner::VisibleClass>(begin, at, last);
      if (at == end) return more(Phase::kTarget);
      if (bytes::In(bytes::kVisible, *at)) return Refuse(414, offset(at), "request target too long");
      head_.target_length = static_cast<uint16_t>(at - begin - head_.target);
      if (*at != ' ' || head_.target_length == 0) {
        return Refuse(400, offset(at), BadTargetEnd(*at, head_.target_length == 0));
      }
      ++at;
      [[fallthrough]];
    }
    case Phase::kVersion: {
      const char* const version = begin + head_.target + head_.target_length + 1;
      if (at == version && std::string_view(at, static_cast<size_t>(end - at)).starts_with("HTTP/1.1\r")) at += 9;
      for (; at < version + kVersionPattern.size(); ++at) {
        if (at == end) return more(Phase::kVersion);
        if (!http_scanner::Fits(kVersionPattern[static_cast<size_t>(at - version)], *at))
          return Refuse(400, offset(at), "bad HTTP version");
      }
      [[fallthrough]];
    }
    case Phase::kLineLf:
      if (at == end) return more(Phase::kLineLf);
      if (*at != '\n') return Refuse(400, offset(at - 1), "bare CR in the request line");
      ++at;
      state_.position = offset(at);
      if (!CheckRequestLine(window)) return Outcome::kRefused;
      phase_ = Phase::kFields;
      [[fallthrough]];
    case Phase::kFields:
      return RunFields(window, limits);
    case Phase::kStartLf:
    start_lf:
      if (at == end) return more(Phase::kStartLf);
      if (*at != '\n') return Refuse(400, offset(at - 1), "bare CR before the request line");
      ++at;
      ++empty_lines_;
      goto start;
    case Phase::kComplete:
    case Phase::kRefused:
      break;
  }
  __builtin_unreachable();
}

// At the end of the line, not before: the major version says what the rest of the line had to be.
bool RequestParser::CheckRequestLine(std::string_view window) {
  const size_t version = size_t{head_.target} + head_.target_length + 1;
  if (window[version + 5] != '1') {
    Refuse(505, version + 5, "HTTP major version is not 1");
    return false;
  }
  head_.minor_version = window[version + 7] == '0' ? 0 : 1;
  const char* fault = http_authority::TargetFault(window.substr(head_.method, head_.method_length),
                                                  window.substr(head_.target, head_.target_length));
  if (fault == nullptr) return true;
  Refuse(400, head_.target, fault);
  return false;
}

Outcome RequestParser::RunFields(std::string_view window, const Limits& limits) {
  const Outcome outcome = http_fields::Read(window, limits, &state_, &head_, &refusal_);
  if (outcome == Outcome::kRefused) phase_ = Phase::kRefused;
  if (outcome == Outcome::kComplete) Finish();
  return outcome;
}

void RequestParser::Finish() {
  const FieldMeaning& meaning = state_.meaning;
  head_.size = state_.position;
  head_.framing = Framing::kNone;
  head_.content_length = meaning.content_length;
  if (meaning.has_coding) {
    head_.framing = Framing::kChunked;
  } else if (meaning.content_length > 0) {
    head_.framing = Framing::kLength;
  }
  head_.keep_alive = http_fields::KeepsAlive(meaning, head_.minor_version);
  // Neither of them is for HTTP/1.0: RFC 9110, 10.1.1 and 7.8.
  head_.expect_continue = head_.minor_version >= 1 && meaning.expects_continue;
  head_.upgrade = head_.minor_version >= 1 && meaning.says_upgrade && meaning.has_upgrade;
  head_.has_host = meaning.has_host;
  phase_ = Phase::kComplete;
}

}  // namespace node::http_parser
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// http_response.cc: the head of a response
#line 1 "src/http_response.cc"
// ResponseParser: the status line, RFC 9112, 4, and whether a body follows, RFC 9112, 6.3.
#include <string_view>







namespace node::http_parser {

void ResponseParser::Reset(bool to_head) {
  phase_ = Phase::kStatus;
  to_head_ = to_head;
  state_ = FieldState{};
  // Not the table, as in RequestParser.
  head_.reason_length = 0;
  head_.field_count = 0;
  refusal_ = Refusal{};
}

Outcome ResponseParser::Refuse(size_t offset, const char* reason) {
  refusal_ = Refusal{502, static_cast<uint32_t>(offset), reason};
  phase_ = Phase::kRefused;
  return Outcome::kRefused;
}

Outcome ResponseParser::Parse(std::string_view bytes, const Limits& limits) {
  if (phase_ == Phase::kComplete) return Outcome::kComplete;
  if (phase_ == Phase::kRefused) return Outcome::kRefused;
  CHECK(bytes.size() >= state_.position);
  const size_t most = http_fields::Room(limits, state_);
  const std::string_view window = bytes.substr(0, most);
  const Outcome outcome = Run(window, limits);
  // As for requests: no byte more may come.
  if (outcome == Outcome::kIncomplete && window.size() == most) return Refuse(most, "head too large");
  return outcome;
}

// See http_scanner::Fits.
static constexpr std::string_view kStatusPattern = "HTTP/0.0 000";
static constexpr size_t kMajorAt = 5;
static constexpr size_t kMinorAt = 7;
static constexpr size_t kStatusAt = 9;

static const char* BadStatusByte(size_t index) {
  if (index < kStatusAt - 1) return "bad HTTP version";  // an HTTP/0.9 body, an empty line, another protocol
  return index < kStatusAt ? "status line without a status code" : "bad status code";
}

static const char* BadStatusEnd(char byte) {
  return byte == '\n' ? "bare LF in the status line" : "bad byte behind the status code";
}

//            12 bytes              SP            CR             LF
//   kStatus ----------> kStatusEnd ---> kReason ---> kLineLf ----> kFields -> kComplete
//                            |            CR            ^
//                            +--------------------------+
//
// Every other byte leads to kRefused. The phases fall through, as in RequestParser::Run.
//
// The blank behind the code belongs to the grammar even where no reason follows. Many leave it out then, and what is
// left can be read in one way only.
Outcome ResponseParser::Run(std::string_view window, const Limits& limits) {
  const char* const begin = window.data();
  const char* const end = begin + window.size();
  const char* at = begin + state_.position;
  const auto offset = [begin](const char* place) { return static_cast<uint16_t>(place - begin); };
  const auto more = [&](Phase where) {
    phase_ = where;
    state_.position = static_cast<uint32_t>(window.size());
    return Outcome::kIncomplete;
  };

  switch (phase_) {
    case Phase::kStatus:
      for (; at < begin + kStatusPattern.size(); ++at) {
        if (at == end) return more(Phase::kStatus);
        const size_t index = offset(at);
        // RFC 9110, 15: a code is 100 to 999 in form, whatever its class.
        const bool small = index == kStatusAt && *at == '0';
        if (small || !http_scanner::Fits(kStatusPattern[index], *at)) return Refuse(index, BadStatusByte(index));
      }
      [[fallthrough]];
    case Phase::kStatusEnd:
      if (at == end) return more(Phase::kStatusEnd);
      if (*at == '\r') {
        head_.reason = offset(at);
        ++at;
        goto line_lf;
      }
      if (*at != ' ') return Refuse(offset(at), BadStatusEnd(*at));
      ++at;
      head_.reason = offset(at);
      [[fallthrough]];
    case Phase::kReason:
      at = http_scanner::Skip<http_scanner::ValueClass>(begin, at, end);
      if (at == end) return more(Phase::kReason);
      if (*at != '\r') {
        return Refuse(offset(at), *at == '\n' ? "bare LF in the status line" : "control character in the reason");
      }
      head_.reason_length = static_cast<uint16_t>(at - begin - head_.reason);
      ++at;
      [[fallthrough]];
    case Phase::kLineLf:
    line_lf:
      if (at == end) return more(Phase::kLineLf);
      if (*at != '\n') return Refuse(offset(at - 1), "bare CR in the status line");
      ++at;
      state_.position = offset(at);
      // At the end of the line, as for requests.
      if (window[kMajorAt] != '1') return Refuse(kMajorAt, "HTTP major version is not 1");
      head_.minor_version = window[kMinorAt] == '0' ? 0 : 1;
      head_.status = static_cast<uint16_t>((window[kStatusAt] - '0') * 100 + (window[kStatusAt + 1] - '0') * 10 +
                                           (window[kStatusAt + 2] - '0'));
      phase_ = Phase::kFields;
      [[fallthrough]];
    case Phase::kFields:
      return RunFields(window, limits);
    case Phase::kComplete:
    case Phase::kRefused:
      break;
  }
  __builtin_unreachable();
}

Outcome ResponseParser::RunFields(std::string_view window, const Limits& limits) {
  const Outcome outcome = http_fields::Read(window, limits, &state_, &head_, &refusal_);
  if (outcome == Outcome::kRefused) return Refuse(refusal_.offset, refusal_.reason);
  if (outcome == Outcome::kComplete) Finish();
  return outcome;
}

// RFC 9112, 6.3, in its order. What the RFC lets a client repair is refused (http_fields.cc) for responses as for
// requests, as whoever stands between may have repaired it otherwise: Content-Length beside Transfer-Encoding is how
// responses are split (11.1), lengths that repeat or differ have no single reading, and Transfer-Encoding in HTTP/1.0
// is faulty by 6.1. A coding without "chunked" behind it would be read until the close, but we can take none off. All
// this holds also where no body follows: who contradicts himself is not to be trusted with the next response.
Framing ResponseParser::FindFraming() const {
  if (to_head_ || head_.status < 200 || head_.status == 204 || head_.status == 304) return Framing::kNone;
  if (state_.meaning.has_coding) return Framing::kChunked;
  if (!state_.meaning.has_length) return Framing::kUntilClose;
  return state_.meaning.content_length > 0 ? Framing::kLength : Framing::kNone;
}

void ResponseParser::Finish() {
  const FieldMeaning& meaning = state_.meaning;
  head_.size = state_.position;
  head_.framing = FindFraming();
  head_.content_length = meaning.content_length;
  head_.has_length = meaning.has_length;
  head_.keep_alive = head_.framing != Framing::kUntilClose && http_fields::KeepsAlive(meaning, head_.minor_version);
  // Not for HTTP/1.0: RFC 9110, 7.8.
  head_.upgrade = head_.minor_version >= 1 && meaning.says_upgrade && meaning.has_upgrade;
  phase_ = Phase::kComplete;
}

}  // namespace node::http_parser
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// http_body.cc: bodies by length and in chunks
#line 1 "src/http_body.cc"
// BodyParser: the body's framing, RFC 9112, 6 and 7.
#include <algorithm>
#include <cstdint>
#include <string_view>





namespace node::http_body {

// More digits than these are leading zeros or too many: the count comes before the shift (CVE-2013-2028).
static constexpr int kMaxSizeDigits = 15;

// qdtext and what may stand behind a backslash (RFC 9110, 5.6.4) are what a field value may hold; '"' and '\' are seen
// before.
static bool IsQuotable(char byte) { return bytes::In(bytes::kFieldValue, byte); }

}  // namespace node::http_body

namespace node::http_parser {

void BodyParser::Begin(Framing framing, uint64_t content_length) {
  *this = BodyParser();
  switch (framing) {
    case Framing::kNone:
      break;  // at its end from the start
    case Framing::kLength:
      phase_ = Phase::kLength;
      remaining_ = content_length;
      break;
    case Framing::kUntilClose:
      phase_ = Phase::kUntilClose;
      remaining_ = UINT64_MAX;  // more than can come
      break;
    case Framing::kChunked:
      phase_ = Phase::kSizeStart;
      break;
  }
}

BodyParser::Step BodyParser::Refuse(size_t consumed, uint16_t status, const char* reason) {
  const uint64_t offset = std::min<uint64_t>(position_ + consumed, UINT32_MAX);
  refusal_ = Refusal{status, static_cast<uint32_t>(offset), reason};
  phase_ = Phase::kRefused;
  return Step{Kind::kRefused, consumed, {}};
}

BodyParser::Step BodyParser::Next(std::string_view bytes, const Limits& limits) {
  size_t used = 0;
  while (phase_ != Phase::kEnd) {
    if (phase_ == Phase::kRefused) return Step{Kind::kRefused, 0, {}};
    if (phase_ == Phase::kLength && remaining_ == 0) break;
    if (used == bytes.size()) {
      position_ += used;
      return Step{Kind::kMore, used, {}};
    }
    if (phase_ <= Phase::kUntilClose || phase_ == Phase::kData) return TakeData(bytes, used);
    const char* const fault = TakeFraming(bytes[used]);
    // What breaks the grammar does so before it is counted.
    if (fault != nullptr) return Refuse(used, 400, fault);
    if (overhead_ > limits.overhead_bytes) {
      const bool trailer = phase_ >= Phase::kTrailerStart;
      return Refuse(used, trailer ? 431 : 400, trailer ? "too many trailer bytes" : "too many chunk extensions");
    }
    ++used;
  }
  return Step{Kind::kEnd, used, {}};
}

bool BodyParser::CompleteAtEof() const {
  return phase_ == Phase::kUntilClose || phase_ == Phase::kEnd || (phase_ == Phase::kLength && remaining_ == 0);
}

BodyParser::Step BodyParser::TakeData(std::string_view bytes, size_t used) {
  const size_t length = static_cast<size_t>(std::min<uint64_t>(remaining_, bytes.size() - used));
  remaining_ -= length;
  if (remaining_ == 0 && phase_ == Phase::kData) phase_ = Phase::kDataCr;
  position_ += used + length;
  return Step{Kind::kData, used + length, bytes.substr(used, length)};
}

// 1*HEXDIG. Leading zeros are right, but work for nothing: they count as overhead.
const char* BodyParser::TakeSizeDigit(int digit) {
  if (size_digits_ == 0 && digit == 0) {
    if (phase_ == Phase::kSize) ++overhead_;
  } else {
    if (size_digits_ == http_body::kMaxSizeDigits) return "chunk size too large";
    ++size_digits_;
    remaining_ = remaining_ << 4 | static_cast<uint64_t>(digit);
  }
  phase_ = Phase::kSize;
  return nullptr;
}

// What may follow a whole chunk size or a whole extension: CR, or ";". Blanks only before a ";" (BWS of RFC 9112,
// 7.1.1); `blanks` is the phase for those.
const char* BodyParser::TakeSizeEnd(char byte, Phase blanks) {
  if (byte == '\r') {
    phase_ = Phase::kSizeLf;
    return nullptr;
  }
  ++overhead_;
  if (byte == ';') {
    phase_ = Phase::kExtensionStart;
  } else if (bytes::IsBlank(byte)) {
    phase_ = blanks;
  } else {
    return byte == '\n' ? "bare LF in a chunk line" : "bad byte in a chunk line";
  }
  return nullptr;
}

// chunk:     size [ BWS ";" BWS name [ BWS "=" BWS ( token / quoted ) ] ]* CRLF data CRLF
//
//   kSizeStart -> kSize -------------- CR ----------> kSizeLf -> kData -> kDataCr -> kDataLf -> kSizeStart
//                  | ";"                                ^    \-- size 0 -> kTrailerStart
//                  v                                    |
//     kExtensionStart -> kExtensionName -- CR ----------+
//          ^  BWS ";"       | "="                       |
//          |                v                           |
//          |    kExtensionValueStart -> kExtensionToken +
//          |                |                           |
//          |                +- '"' -> kExtensionQuoted -+ (kExtensionEscape behind a backslash,
//          +---- ";" -------------------- kExtensionEnd +  kExtensionEnd behind the closing quote)
//
// The ...Blanks phases stand for BWS, behind which the line may not end.
//
// trailers:  kTrailerStart -> kTrailerName -> kTrailerValue -> kTrailerLf -> kTrailerStart
//               | CR -> kFinalLf -> kEnd
//
// The grammar of a trailer line is that of a head's. What it says is dropped, Content-Length and its like with it:
// nobody downstream is shown a trailer, so none can be taken for a field of the head (RFC 9110, 6.5.1).
const char* BodyParser::TakeFraming(char byte) {
  switch (phase_) {
    case Phase::kSizeStart: {
      const int digit = bytes::HexValue(byte);
      return digit < 0 ? "bad chunk size" : TakeSizeDigit(digit);
    }
    case Phase::kSize: {
      const int digit = bytes::HexValue(byte);
      return digit < 0 ? TakeSizeEnd(byte, Phase::kSizeBlanks) : TakeSizeDigit(digit);
    }
    case Phase::kSizeLf:
      if (byte != '\n') return "bare CR in a chunk line";
      phase_ = remaining_ > 0 ? Phase::kData : Phase::kTrailerStart;
      size_digits_ = 0;
      return nullptr;
    case Phase::kDataCr:
      if (byte != '\r') return "chunk data longer than the chunk size";
      phase_ = Phase::kDataLf;
      return nullptr;
    case Phase::kDataLf:
      if (byte != '\n') return "bare CR behind chunk data";
      phase_ = Phase::kSizeStart;
      return nullptr;
    default:
      return phase_ < Phase::kTrailerStart ? TakeExtension(byte) : TakeTrailer(byte);
  }
}

const char* BodyParser::TakeExtension(char byte) {
  const bool token = bytes::In(bytes::kToken, byte);
  const bool blank = bytes::IsBlank(byte);
  switch (phase_) {
    case Phase::kExtensionStart:
      if (!token && !blank) return "bad chunk extension";
      if (token) phase_ = Phase::kExtensionName;
      break;
    case Phase::kExtensionName:
      if (token) break;
      [[fallthrough]];
    case Phase::kExtensionNameBlanks:
      if (byte == '\r' && phase_ == Phase::kExtensionNameBlanks) return "blank at the end of a chunk line";
      if (byte != '=') return TakeSizeEnd(byte, Phase::kExtensionNameBlanks);
      phase_ = Phase::kExtensionValueStart;
      break;
    case Phase::kExtensionValueStart:
      if (byte == '"') {
        phase_ = Phase::kExtensionQuoted;
      } else if (token) {
        phase_ = Phase::kExtensionToken;
      } else if (!blank) {
        return "bad chunk extension";
      }
      break;
    case Phase::kExtensionToken:
      if (!token) return TakeSizeEnd(byte, Phase::kSizeBlanks);
      break;
    case Phase::kExtensionQuoted:
      if (byte == '"') {
        phase_ = Phase::kExtensionEnd;
      } else if (byte == '\\') {
        phase_ = Phase::kExtensionEscape;
      } else if (!http_body::IsQuotable(byte)) {
        return "bad byte in a chunk extension";
      }
      break;
    case Phase::kExtensionEscape:
      if (!http_body::IsQuotable(byte)) return "bad byte in a chunk extension";
      phase_ = Phase::kExtensionQuoted;
      break;
    case Phase::kExtensionEnd:
      return TakeSizeEnd(byte, Phase::kSizeBlanks);
    default:  // kSizeBlanks
      if (byte == '\r') return "blank at the end of a chunk line";
      return TakeSizeEnd(byte, Phase::kSizeBlanks);
  }
  ++overhead_;
  return nullptr;
}

const char* BodyParser::TakeTrailer(char byte) {
  switch (phase_) {
    case Phase::kTrailerStart:
      if (byte == '\r') {
        phase_ = Phase::kFinalLf;
        return nullptr;
      }
      if (!bytes::In(bytes::kToken, byte)) return http_fields::BadLineStart(byte);
      phase_ = Phase::kTrailerName;
      break;
    case Phase::kTrailerName:
      if (byte == ':') {
        phase_ = Phase::kTrailerValue;
      } else if (!bytes::In(bytes::kToken, byte)) {
        return http_fields::BadNameEnd(byte);
      }
      break;
    case Phase::kTrailerValue:
      if (byte == '\r') {
        phase_ = Phase::kTrailerLf;
      } else if (!bytes::In(bytes::kFieldValue, byte)) {
        return http_fields::BadValueByte(byte);
      }
      break;
    case Phase::kTrailerLf:
      if (byte != '\n') return "bare CR in a field line";
      phase_ = Phase::kTrailerStart;
      break;
    default:  // kFinalLf
      if (byte != '\n') return "bare CR in the fields";
      phase_ = Phase::kEnd;
      return nullptr;
  }
  ++overhead_;
  return nullptr;
}

}  // namespace node::http_parser
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// http_writer.h: answers, from values to bytes
#line 1 "src/http_writer.h"
// HTTP/1.1 answers, from values to bytes. RFC 9112, 4 (status line), 6 (framing), 7 (chunks).
//
// Pure, as http_parser. All is checked after encoding, byte by byte, so that no
// character of a script can become a line end on the wire.


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
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// http_writer.cc: answers, from values to bytes
#line 1 "src/http_writer.cc"


#include <algorithm>
#include <array>
#include <cstring>





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
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// ip_literal.h: addresses as text, with their scope
#line 1 "src/ip_literal.h"
// Addresses of IPv4 and IPv6 as text, with the scope that link-local ones have (RFC 4007, 11).


#include <string>
#include <string_view>

namespace node::ip_literal {

// Splits "fe80::1%eth0" at the '%'; an empty scope for an address without. False when `text` is no address.
bool Split(std::string_view text, std::string* address, std::string* scope);

}  // namespace node::ip_literal
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// ip_literal.cc: addresses as text, with their scope
#line 1 "src/ip_literal.cc"


#include <arpa/inet.h>

#include <algorithm>



namespace node::ip_literal {

bool Split(std::string_view text, std::string* address, std::string* scope) {
  // inet_pton reads up to a NUL; what stands behind one must not be ignored.
  if (text.find('\0') != std::string_view::npos) return false;
  const size_t percent = text.find('%');
  *address = text.substr(0, percent);
  *scope = percent == std::string_view::npos ? "" : text.substr(percent + 1);
  in6_addr binary;
  if (percent == std::string_view::npos && inet_pton(AF_INET, address->c_str(), &binary) == 1) return true;
  if (inet_pton(AF_INET6, address->c_str(), &binary) != 1) return false;
  // The name of an interface, of at most 15 bytes, or its number.
  static constexpr size_t kMaxScope = 15;
  if (percent != std::string_view::npos && (scope->empty() || scope->size() > kMaxScope)) return false;
  return std::all_of(scope->begin(), scope->end(), [](char c) { return bytes::In(bytes::kVisible, c); });
}

}  // namespace node::ip_literal
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// hosts_file.h: the names of /etc/hosts
#line 1 "src/hosts_file.h"
// The addresses that /etc/hosts has for a name: hosts(5).
//
// Pure. A list of names to block has some hundred thousand lines: an index is made once for each change of the file,
// and a look-up costs the same for any length.


#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace node::hosts_file {

// Bytes of a text that are read; what stands behind them is left out. The greatest lists in use have 10 MB.
inline constexpr size_t kMaxText = 32 * 1024 * 1024;
// Names that are indexed, 20 bytes each besides the text; those behind them are left out.
inline constexpr size_t kMaxNames = 1'000'000;

// The names of one text. Comments begin with '#' anywhere; a line without a name has none; nothing else is an error.
class Index {
 public:
  // Without names.
  Index() = default;
  // Takes the text over.
  explicit Index(std::string text);

  // The addresses, as written, of the lines that have `name` (without regard to the case of ASCII letters and to a last
  // dot), in their order. What is no address is left to the caller to find out. They last as long as the index.
  std::vector<std::string_view> Find(std::string_view name) const;

  size_t size() const { return entries_.size(); }
  // Whether some names were left out.
  bool cut() const { return cut_; }

 private:
  // A name and the address of its line: offsets of their first bytes, and a chain of those with one bucket.
  struct Entry {
    uint32_t name, address, hash, next;
  };
  std::string_view WordAt(uint32_t offset) const;
  bool ReadLine(size_t begin, size_t end);
  void Link();

  std::string text_;
  std::vector<Entry> entries_;
  std::vector<uint32_t> buckets_;  // the first entry of each chain; a power of two of them, or none
  bool cut_ = false;
};

// Whether `name` is "localhost" or ends in ".localhost", whatever the case and with a last dot or without: always the
// loopback, whatever a file or a server says (RFC 6761, 6.3).
bool IsLocalhost(std::string_view name);

}  // namespace node::hosts_file
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// hosts_file.cc: the names of /etc/hosts
#line 1 "src/hosts_file.cc"


#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>



namespace node::hosts_file {

static constexpr uint32_t kNone = 0xffffffff;
static constexpr bytes::ByteSet kBlank = bytes::MakeSet(" \t\r\f\v", false);
// What ends a word: '\0' is a byte like any other.
static constexpr bytes::ByteSet kEnd = bytes::MakeSet(" \t\r\f\v\n#", false);

static bool SameName(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (bytes::ToLower(a[i]) != bytes::ToLower(b[i])) return false;
  }
  return true;
}

// FNV-1a over lower case, in 32 bits.
static uint32_t Hash(std::string_view name) {
  uint64_t hash = 2166136261u;
  for (char c : name) hash = ((hash ^ static_cast<uint8_t>(bytes::ToLower(c))) * 16777619u) & 0xffffffff;
  return static_cast<uint32_t>(hash);
}

static std::string_view WithoutLastDot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

Index::Index(std::string text) : text_(std::move(text)) {
  if (text_.size() > kMaxText) {
    // The line that is cut would give a name that nobody wrote.
    size_t end = text_.rfind('\n', kMaxText);
    text_.resize(end == std::string::npos ? 0 : end);
    cut_ = true;
  }
  entries_.reserve(std::min(kMaxNames, text_.size() / 32 + 1));
  for (size_t begin = 0; begin < text_.size();) {
    size_t end = std::min(text_.find('\n', begin), text_.size());
    if (!ReadLine(begin, end)) {
      cut_ = true;
      break;
    }
    begin = end + 1;
  }
  Link();
}

// False when the line has more names than there is room for.
bool Index::ReadLine(size_t begin, size_t end) {
  const char* text = text_.data();
  uint32_t address = kNone;
  for (size_t at = begin;;) {
    while (at < end && bytes::In(kBlank, text[at])) ++at;
    if (at == end || text[at] == '#') return true;
    const uint32_t word = static_cast<uint32_t>(at);
    while (at < end && !bytes::In(kEnd, text[at])) ++at;
    if (address == kNone) {
      address = word;
    } else if (entries_.size() == kMaxNames) {
      return false;
    } else {
      entries_.push_back({word, address, Hash({text + word, at - word}), kNone});
    }
  }
}

void Index::Link() {
  if (entries_.empty()) return;
  buckets_.assign(std::bit_ceil(entries_.size()), kNone);
  // From the last to the first: each chain is then in the order of the file.
  for (size_t left = entries_.size(); left > 0; --left) {
    Entry& entry = entries_[left - 1];
    uint32_t& first = buckets_[entry.hash & (buckets_.size() - 1)];
    entry.next = std::exchange(first, static_cast<uint32_t>(left - 1));
  }
}

std::string_view Index::WordAt(uint32_t offset) const {
  size_t end = offset;
  while (end < text_.size() && !bytes::In(kEnd, text_[end])) ++end;
  return std::string_view(text_).substr(offset, end - offset);
}

std::vector<std::string_view> Index::Find(std::string_view name) const {
  std::vector<std::string_view> found;
  if (buckets_.empty()) return found;
  name = WithoutLastDot(name);
  const uint32_t hash = Hash(name);
  uint32_t last = kNone;
  for (uint32_t i = buckets_[hash & (buckets_.size() - 1)]; i != kNone; i = entries_[i].next) {
    const Entry& entry = entries_[i];
    if (entry.hash != hash || entry.address == last || !SameName(WordAt(entry.name), name)) continue;
    last = entry.address;  // a line that names it twice gives one address
    found.push_back(WordAt(entry.address));
  }
  return found;
}

bool IsLocalhost(std::string_view name) {
  static constexpr std::string_view kLocalhost = "localhost";
  name = WithoutLastDot(name);
  if (name.size() < kLocalhost.size()) return false;
  const size_t before = name.size() - kLocalhost.size();
  if (!bytes::EqualsIgnoreCase(name.substr(before), kLocalhost)) return false;
  return before == 0 || (before > 1 && name[before - 1] == '.');
}

}  // namespace node::hosts_file
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// shell_command.h: commands that need no shell
#line 1 "src/shell_command.h"
// Which commands a shell would only hand on: those can be started without one, at half the cost.
//
// Strict: whatever might mean something to a shell (POSIX.1-2024, XCU 2) is the shell's.


#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace node::shell_command {

// The words of `command`, which last as long as it does; std::nullopt unless it is one plain command: words of
// letters, digits and _ . / : @ % + , - and, behind the first, =, between blanks, and the first one neither a reserved
// word nor a builtin of any common shell.
std::optional<std::vector<std::string_view>> PlainWords(std::string_view command);

// Whether dash hands on this entry of the environment as it is. It drops what is no "NAME=value" with a proper name,
// and has its own values for some names. PWD is not looked at here.
bool PassesUnchanged(std::string_view entry);

// The value of `name` in an environment; std::nullopt when it has none.
std::optional<std::string_view> FindVariable(const std::vector<std::string>& environment, std::string_view name);

}  // namespace node::shell_command
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// shell_command.cc: commands that need no shell
#line 1 "src/shell_command.cc"


#include <algorithm>



namespace node::shell_command {

// Longer ones are rare, and the kernel's limit for one argument (128 KB, execve(2)) would not hold for them.
static constexpr size_t kMostBytes = 4096;

// Of dash and bash together: what is none here is at worst run by the shell.
static constexpr std::string_view kOwnWords[] = {
    "!",        ".",       ":",       "[",      "[[",      "]]",      "alias",   "bg",       "bind",      "break",
    "builtin",  "caller",  "case",    "cd",     "chdir",   "command", "compgen", "complete", "compopt",   "continue",
    "coproc",   "declare", "dirs",    "disown", "do",      "done",    "echo",    "elif",     "else",      "enable",
    "esac",     "eval",    "exec",    "exit",   "export",  "false",   "fc",      "fg",       "fi",        "for",
    "function", "getopts", "hash",    "help",   "history", "if",      "in",      "jobs",     "kill",      "let",
    "local",    "logout",  "mapfile", "popd",   "printf",  "pushd",   "pwd",     "read",     "readarray", "readonly",
    "return",   "select",  "set",     "shift",  "shopt",   "source",  "suspend", "test",     "then",      "time",
    "times",    "trap",    "true",    "type",   "typeset", "ulimit",  "umask",   "unalias",  "unset",     "until",
    "wait",     "while"};

static bool IsPlain(char c) {
  return bytes::IsAlpha(c) || bytes::IsDigit(c) || std::string_view("_./:@%+,-=").find(c) != std::string_view::npos;
}

std::optional<std::vector<std::string_view>> PlainWords(std::string_view command) {
  if (command.size() > kMostBytes) return std::nullopt;
  std::vector<std::string_view> words;
  size_t start = 0;
  for (size_t i = 0; i <= command.size(); ++i) {
    const bool blank = i == command.size() || command[i] == ' ' || command[i] == '\t';
    if (!blank && !IsPlain(command[i])) return std::nullopt;
    if (!blank) continue;
    if (i > start) words.push_back(command.substr(start, i - start));
    start = i + 1;
  }
  if (words.empty()) return std::nullopt;
  const std::string_view first = words.front();
  const bool own = std::find(std::begin(kOwnWords), std::end(kOwnWords), first) != std::end(kOwnWords);
  if (own || first.find('=') != std::string_view::npos) return std::nullopt;
  return words;
}

bool PassesUnchanged(std::string_view entry) {
  const size_t length = entry.find('=');
  if (length == std::string_view::npos || length == 0) return false;
  const std::string_view name = entry.substr(0, length);
  if (bytes::IsDigit(name.front())) return false;
  for (char c : name) {
    if (!bytes::IsAlpha(c) && !bytes::IsDigit(c) && c != '_') return false;
  }
  return name != "IFS" && name != "OPTIND" && name != "PPID" && name != "LINENO";
}

std::optional<std::string_view> FindVariable(const std::vector<std::string>& environment, std::string_view name) {
  for (std::string_view entry : environment) {
    if (entry.size() > name.size() && entry[name.size()] == '=' && entry.starts_with(name)) {
      return entry.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

}  // namespace node::shell_command
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// dns_name.h: names of DNS, as text and in messages
#line 1 "src/dns_name.h"
// Names of DNS: as text, as bytes, and as they stand in a message (RFC 1035, 3.1 and 4.1.4; RFC 4343 for their case).
//
// Pure, and without any memory but their own 256 bytes. Why the reading of compressed names is as strict as it is:
// RFC 9267, 2.


#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace node::dns_name {

inline constexpr size_t kMaxLabel = 63;
inline constexpr size_t kMaxName = 255;  // bytes in a message, the root's zero included
inline constexpr size_t kHeader = 12;    // bytes of a message before its question: no names in them

// A message, and the name that its question must have, as bytes. Where the message repeats that name, our own is read
// in its place: the same but for the case of letters, which is mixed there and would show in all names that point to
// it.
struct Source {
  std::string_view bytes;
  std::string_view asked;

  // Where the bytes [at, at + size) are, which must be in the message.
  const char* Find(size_t at, size_t size) const {
    if (at >= kHeader && at + size <= kHeader + asked.size()) return asked.data() + (at - kHeader);
    return bytes.data() + at;
  }
};

// A name as it stands in a message, uncompressed: labels behind their lengths, and the root's zero.
class Name {
 public:
  // The root.
  Name() { bytes_[0] = 0; }
  // Most names have some 20 bytes of the 255: the others are not copied.
  Name(const Name& other) { *this = other; }
  Name& operator=(const Name& other) {
    if (this == &other) return *this;
    size_ = other.size_;
    std::memcpy(bytes_.data(), other.bytes_.data(), size_);
    return *this;
  }

  std::string_view wire() const { return {bytes_.data(), size_}; }

  // Whether both are the same but for the case of ASCII letters (RFC 4343).
  bool Equals(const Name& other) const;
  // The same for names that are equal. Who does not know a random `seed` cannot make names that share a place in a
  // table.
  uint64_t Hash(uint64_t seed = 0) const;

  // The text of the name, without the last dot; "." for the root. Dots and backslashes in a label get a backslash,
  // what is not printable ASCII becomes \DDD (RFC 4343, 2.1).
  std::string ToText() const;

  // Turns letters to upper case where the bits of `random` say so and to lower case elsewhere (0x20,
  // draft-vixie-dnsext-dns0x20-00); one bit for each byte of the name.
  void MixCase(const std::array<uint8_t, 32>& random);
  void ToLowerCase();

  // Puts a label of 1 to kMaxLabel bytes behind the others. False, with nothing changed, when that is over 255 bytes.
  bool AddLabel(std::string_view label);

  // Reads the name at source.bytes[*place], which must end before `end`, and moves *place behind it. Returns nullptr,
  // or what is wrong, as static text; then neither *place nor the name mean anything.
  //
  // A compression pointer must point behind the header and before the run of labels that it ends, and what it points
  // to must end before that run, as all that was written earlier does (RFC 1035, 4.1.4: "a prior occurrence"). So the
  // bytes left to read are fewer with every pointer, and none is read twice.
  const char* Decode(const Source& source, size_t end, size_t* place);

 private:
  std::array<char, kMaxName> bytes_;
  uint8_t size_ = 1;
};

// The name of a text: labels between dots, a last dot or none, escapes as ToText() makes them; "." is the root.
// nullptr, or why it is none, as static text: "empty name", "empty label", "label over 63 bytes", "name over 255
// bytes", "byte that is not ASCII (only punycode names, xn--..., are asked for)", "blank or control character", "broken
// escape". No IDNA here. `name` is touched only on success.
const char* ParseName(std::string_view text, Name* name);

// `first` with the labels of `second` behind it. False when that is over 255 bytes.
bool Join(const Name& first, const Name& second, Name* joined);

// Whether `name` is `zone` or below it.
bool IsWithin(const Name& name, const Name& zone);

// Whether the bytes are the same but for the case of ASCII letters.
bool SameLetters(std::string_view a, std::string_view b);

// The name under in-addr.arpa (4 bytes; RFC 1035, 3.5) or ip6.arpa (16; RFC 3596, 2.5).
Name ReverseName(std::string_view address);

}  // namespace node::dns_name
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// dns_name.cc: names of DNS, as text and in messages
#line 1 "src/dns_name.cc"


#include <algorithm>
#include <cstring>




namespace node::dns_name {

bool SameLetters(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  // No way out in the middle: so it becomes a loop over vectors.
  unsigned difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<uint8_t>(bytes::ToLower(a[i])) ^ static_cast<uint8_t>(bytes::ToLower(b[i]));
  }
  return difference == 0;
}

static size_t LengthAt(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

// Lengths of labels are below the letters, so the bytes can be taken as they stand.
bool Name::Equals(const Name& other) const { return SameLetters(wire(), other.wire()); }

// Both halves of the product, so that each bit of either factor reaches all of the result's.
static uint64_t Mix(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product >> 64) ^ static_cast<uint64_t>(product & UINT64_MAX);
}

uint64_t Name::Hash(uint64_t seed) const {
  Name lower = *this;
  lower.ToLowerCase();
  uint64_t hash = seed ^ 0x9e3779b97f4a7c15;
  for (size_t at = 0; at < size_; at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, lower.bytes_.data() + at, std::min<size_t>(8, size_ - at));
    hash = Mix(hash ^ word, 0xd6e8feb86659fd93 ^ seed);
  }
  return Mix(hash ^ size_, 0xa0761d6478bd642f);
}

std::string Name::ToText() const {
  if (size_ == 1) return ".";
  std::string text;
  text.reserve(size_);
  for (size_t at = 0; bytes_[at] != 0;) {
    const size_t length = LengthAt(wire(), at);
    if (at > 0) text += '.';
    for (size_t i = at + 1; i <= at + length; ++i) {
      const char c = bytes_[i];
      if (c == '.' || c == '\\') {
        text += '\\';
        text += c;
      } else if (bytes::In(bytes::kVisible, c)) {
        text += c;
      } else {
        const auto value = static_cast<unsigned>(static_cast<uint8_t>(c));
        text += '\\';
        for (unsigned unit : {100u, 10u, 1u}) text += static_cast<char>('0' + value / unit % 10);
      }
    }
    at += 1 + length;
  }
  return text;
}

void Name::MixCase(const std::array<uint8_t, 32>& random) {
  for (size_t i = 0; i < size_; ++i) {
    const auto upper = static_cast<char>(random[i / 8] >> (i % 8) & 1);
    const char c = bytes::ToLower(bytes_[i]);
    bytes_[i] = bytes::IsAlpha(c) ? static_cast<char>(c - upper * ('a' - 'A')) : c;
  }
}

void Name::ToLowerCase() {
  for (size_t i = 0; i < size_; ++i) bytes_[i] = bytes::ToLower(bytes_[i]);
}

bool Name::AddLabel(std::string_view label) {
  CHECK(!label.empty() && label.size() <= kMaxLabel);
  const size_t end = size_ - 1u;
  if (end + 1 + label.size() >= kMaxName) return false;
  bytes_[end] = static_cast<char>(label.size());
  std::memcpy(bytes_.data() + end + 1, label.data(), label.size());
  bytes_[end + 1 + label.size()] = 0;
  size_ = static_cast<uint8_t>(end + 2 + label.size());
  return true;
}

const char* Name::Decode(const Source& source, size_t end, size_t* place) {
  size_t at = *place, begin = at, size = 0;
  bool behind_pointer = false;
  for (;;) {
    if (at >= end) return "name that is cut off";
    const size_t length = LengthAt(source.bytes, at);
    if (length == 0) break;
    if (length <= kMaxLabel) {
      if (end - at <= length) return "name that is cut off";
      if (size + 1 + length >= kMaxName) return "name over 255 bytes";
      std::memcpy(bytes_.data() + size, source.Find(at, 1 + length), 1 + length);
      size += 1 + length;
      at += 1 + length;
      continue;
    }
    if (length < 0xc0) return "label over 63 bytes";
    if (end - at < 2) return "compression pointer that is cut off";
    const size_t target = (length & 0x3f) << 8 | LengthAt(source.bytes, at + 1);
    if (target < kHeader) return "compression pointer into the header";
    if (target >= begin) return "compression pointer that does not point backwards";
    if (!behind_pointer) *place = at + 2;
    behind_pointer = true;
    end = begin;
    at = begin = target;
  }
  bytes_[size] = 0;
  size_ = static_cast<uint8_t>(size + 1);
  if (!behind_pointer) *place = at + 1;
  return nullptr;
}

// Reads what stands behind a backslash at text[*at] and moves *at behind it.
static bool ReadEscape(std::string_view text, size_t* at, char* byte) {
  if (*at == text.size()) return false;
  const char kind = text[*at];
  if (kind == '.' || kind == '\\') {
    *byte = kind;
    ++*at;
    return true;
  }
  uint64_t value = 0;
  if (text.size() - *at < 3 || !bytes::ParseDecimal(text.substr(*at, 3), 255, &value)) return false;
  *byte = static_cast<char>(value);
  *at += 3;
  return true;
}

const char* ParseName(std::string_view text, Name* name) {
  if (text.empty()) return "empty name";
  Name made;
  char label[kMaxLabel];
  size_t size = 0;
  // The root is the one label that may be empty.
  for (size_t at = text == "." ? 1 : 0; at < text.size();) {
    char c = text[at++];
    if (c == '.') {
      if (size == 0) return "empty label";
      if (!made.AddLabel({label, size})) return "name over 255 bytes";
      size = 0;
      continue;
    }
    if (c == '\\') {
      if (!ReadEscape(text, &at, &c)) return "broken escape";
    } else if (static_cast<uint8_t>(c) >= 0x80) {
      return "byte that is not ASCII (only punycode names, xn--..., are asked for)";
    } else if (!bytes::In(bytes::kVisible, c)) {
      return "blank or control character";
    }
    if (size == kMaxLabel) return "label over 63 bytes";
    label[size++] = c;
  }
  if (size > 0 && !made.AddLabel({label, size})) return "name over 255 bytes";
  *name = made;
  return nullptr;
}

bool Join(const Name& first, const Name& second, Name* joined) {
  Name made = first;
  const std::string_view behind = second.wire();
  for (size_t at = 0; behind[at] != 0; at += 1 + LengthAt(behind, at)) {
    if (!made.AddLabel(behind.substr(at + 1, LengthAt(behind, at)))) return false;
  }
  *joined = made;
  return true;
}

bool IsWithin(const Name& name, const Name& zone) {
  const std::string_view inner = name.wire(), outer = zone.wire();
  size_t at = 0;
  while (inner.size() - at > outer.size()) at += 1 + LengthAt(inner, at);
  return SameLetters(inner.substr(at), outer);
}

Name ReverseName(std::string_view address) {
  CHECK(address.size() == 4 || address.size() == 16);
  Name name;
  const auto add = [&name](std::string_view label) { CHECK(name.AddLabel(label)); };
  for (size_t left = address.size(); left > 0; --left) {
    const auto byte = static_cast<uint8_t>(address[left - 1]);
    char digits[bytes::kDecimalRoom];
    if (address.size() == 4) {
      add({digits, static_cast<size_t>(bytes::WriteDecimal(byte, digits) - digits)});
    } else {
      for (unsigned nibble : {byte & 15u, static_cast<unsigned>(byte >> 4)}) {
        add({digits, static_cast<size_t>(bytes::WriteHex(nibble, digits) - digits)});
      }
    }
  }
  add(address.size() == 4 ? "in-addr" : "ip6");
  add("arpa");
  return name;
}

}  // namespace node::dns_name
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// dns_message.h: DNS: questions to bytes, bytes to records
#line 1 "src/dns_message.h"
// DNS messages: questions from values to bytes, answers from bytes to values.
//
// RFC 1035 (format), 2308 (negative answers), 3596 (AAAA), 2782 (SRV), 8659 (CAA), 6891 (EDNS), and RFC 9267 for what
// others got wrong. Pure: no socket, clock or randomness. Every byte of an answer is an attacker's: reads are checked,
// compression points backwards only, and what comes out is bounded by constants.


#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>



namespace node::dns_message {

using dns_name::IsWithin;
using dns_name::Join;
using dns_name::kMaxLabel;
using dns_name::kMaxName;
using dns_name::Name;
using dns_name::ParseName;
using dns_name::ReverseName;

// RFC 1035, 3.2.2 and those that extend it.
enum class Type : uint16_t {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kSoa = 6,
  kPtr = 12,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
  kOpt = 41,
  kCaa = 257,
};

// RFC 1035, 4.1.1.
inline constexpr uint16_t kNoError = 0;
inline constexpr uint16_t kFormatError = 1;
inline constexpr uint16_t kServerFailure = 2;
inline constexpr uint16_t kNameError = 3;  // NXDOMAIN
inline constexpr uint16_t kNotImplemented = 4;
inline constexpr uint16_t kRefused = 5;

// Aliases (CNAME) that are followed from the name asked for.
inline constexpr size_t kMaxAliases = 16;
// Records that a whole message may have.
inline constexpr size_t kMaxRecords = 4096;
// Seconds: more is taken for so many (RFC 8767, 4), and for 0 with the highest bit set (RFC 2181, 8; RFC 8767 would
// have it the most, but who sends that does not know what it says).
inline constexpr uint32_t kMaxTtl = 604800;

struct Question {
  Name name;
  Type type = Type::kA;
};

// Room that every query has in: header, question, OPT.
inline constexpr size_t kQueryRoom = 12 + kMaxName + 4 + 11;

// Writes a query with RD set (RFC 1035, 4.1); with an OPT record (RFC 6891, 6.1.2) that offers `udp_size` bytes unless
// that is 0. `out` has kQueryRoom bytes. Returns how many were written.
size_t WriteQuery(uint16_t id, const Question& question, uint16_t udp_size, char* out);

enum class Match : uint8_t {
  kNo,        // not an answer to the question: drop it
  kYes,       // read it
  kCaseOnly,  // but for the case of letters in the question: a server that loses it, or a guess
};

// Whether `message` answers the query of that id and question: id, QR, opcode, exactly one question of that name, type
// and class. Anything may be wrong behind that.
Match MatchAnswer(std::string_view message, uint16_t id, const Question& question);

enum class Outcome : uint8_t {
  kAnswer,     // records of the type asked for
  kNoData,     // none, and the server says so (RFC 2308, 2.2)
  kNameError,  // NXDOMAIN
  kAlias,      // the chain of aliases leads to `canonical`, and the server says nothing of that
  kFailed,     // another rcode, or a referral: a server that does not look names up
  kTruncated,  // TC: to be asked over TCP
  kBroken,     // not a message
};

// Where a record's data stands in Answer::data.
struct Slice {
  uint32_t offset = 0;
  uint32_t size = 0;
};

struct Answer {
  Outcome outcome = Outcome::kBroken;
  uint16_t rcode = 0;  // 12 bits, with those of OPT
  // Of kBroken, why, and of kFailed without an rcode: static text, e.g. "compression pointer that does not point
  // backwards".
  const char* reason = "";
  // The name at the end of the chain, in the case that the server wrote it in; the question's when there is none.
  Name canonical;
  // How many aliases lie between the two, kMaxAliases at most.
  uint8_t aliases = 0;
  // Seconds: the least along the chain and the records; of kNoData and kNameError what RFC 2308, 5 gives, 0 without
  // SOA.
  uint32_t ttl = 0;
  // The data of each record of the type asked for in the answer's order, with names uncompressed, and exactly as long
  // as its type says.
  std::vector<Slice> records;
  std::string data;

  // The data of a record.
  std::string_view Data(size_t index) const {
    return std::string_view(data).substr(records[index].offset, records[index].size);
  }
};

// Reads a message that MatchAnswer() has let pass; any other is kBroken. `question` may be the one from before
// MixCase(): names that are compressed against the question in the message then come out in its case.
//
// Of the answer section only these are believed, in any order: the aliases from the name asked for on, and the records
// of the type asked for at their end. (Asked for CNAME, no alias is followed.) For negative answers also the SOA of a
// zone that the name is in. Every record of every section must be whole, with a name that can be read; what a record
// that is not believed holds is not looked at. Bytes behind the last record mean nothing, as elsewhere (BIND, Unbound).
// `answer` is filled anew; its memory is used again. `over_tcp`: TC means nothing there.
void ReadAnswer(std::string_view message, const Question& question, bool over_tcp, Answer* answer);

// --- The data of records, as Answer::Data() gives it ---

struct Mx {
  uint16_t priority = 0;
  Name exchange;
};
struct Srv {
  uint16_t priority = 0, weight = 0, port = 0;
  Name target;
};
struct Soa {
  Name mname, rname;
  uint32_t serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0;
};
struct Caa {
  uint8_t flags = 0;
  std::string_view tag, value;
};

// All CHECK that the data is of that type.
Name ReadName(std::string_view data);  // NS, CNAME, PTR
Mx ReadMx(std::string_view data);
Srv ReadSrv(std::string_view data);
Soa ReadSoa(std::string_view data);
Caa ReadCaa(std::string_view data);
// The strings of a TXT record, in order.
std::vector<std::string_view> ReadTxt(std::string_view data);

}  // namespace node::dns_message
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// dns_message.cc: DNS: questions to bytes, bytes to records
#line 1 "src/dns_message.cc"


#include <algorithm>
#include <cstring>




namespace node::dns_message {

using dns_name::kHeader;
using dns_name::Source;

static constexpr uint16_t kClassIn = 1;
// Of the second 16 bits of a header.
static constexpr uint16_t kFlagQr = 0x8000, kOpcodeMask = 0x7800, kFlagAa = 0x0400, kFlagTc = 0x0200, kFlagRd = 0x0100,
                          kFlagRa = 0x0080, kRcodeMask = 0x000f;

static uint16_t Load16(const char* at) {
  return static_cast<uint16_t>(static_cast<uint8_t>(at[0]) << 8 | static_cast<uint8_t>(at[1]));
}

static uint32_t Load32(const char* at) { return static_cast<uint32_t>(Load16(at)) << 16 | Load16(at + 2); }

static char* Store16(uint16_t value, char* out) {
  out[0] = static_cast<char>(value >> 8);
  out[1] = static_cast<char>(value & 0xff);
  return out + 2;
}

// --- Questions ---

size_t WriteQuery(uint16_t id, const Question& question, uint16_t udp_size, char* out) {
  char* at = Store16(id, out);
  at = Store16(kFlagRd, at);
  at = Store16(1, at);
  at = Store16(0, at);
  at = Store16(0, at);
  at = Store16(udp_size > 0 ? 1 : 0, at);
  const std::string_view name = question.name.wire();
  std::memcpy(at, name.data(), name.size());
  at = Store16(static_cast<uint16_t>(question.type), at + name.size());
  at = Store16(kClassIn, at);
  if (udp_size > 0) {
    *at++ = 0;  // the root
    at = Store16(static_cast<uint16_t>(Type::kOpt), at);
    at = Store16(udp_size, at);
    at = Store16(0, at);  // rcode and version
    at = Store16(0, at);  // no DNSSEC
    at = Store16(0, at);  // no options
  }
  return static_cast<size_t>(at - out);
}

// Whether a message of at least a header has the question and no other.
static Match MatchQuestion(std::string_view message, const Question& question) {
  const std::string_view name = question.name.wire();
  if (Load16(message.data() + 4) != 1 || message.size() < kHeader + name.size() + 4) return Match::kNo;
  const char* const behind = message.data() + kHeader + name.size();
  if (Load16(behind) != static_cast<uint16_t>(question.type) || Load16(behind + 2) != kClassIn) return Match::kNo;
  if (std::memcmp(message.data() + kHeader, name.data(), name.size()) == 0) return Match::kYes;
  return dns_name::SameLetters(message.substr(kHeader, name.size()), name) ? Match::kCaseOnly : Match::kNo;
}

Match MatchAnswer(std::string_view message, uint16_t id, const Question& question) {
  if (message.size() < kHeader || Load16(message.data()) != id) return Match::kNo;
  if ((Load16(message.data() + 2) & (kFlagQr | kOpcodeMask)) != kFlagQr) return Match::kNo;
  return MatchQuestion(message, question);
}

// --- Answers ---

// A record in its place.
struct Record {
  size_t owner = 0;  // where its name begins
  uint16_t type = 0;
  uint16_t klass = 0;
  uint32_t ttl = 0;
  // Its data: [begin, end) of the message.
  size_t begin = 0, end = 0;

  bool Is(Type wanted) const { return type == static_cast<uint16_t>(wanted) && klass == kClassIn; }
};

// Reads what stands behind the owner of a record, at bytes[at].
static const char* ReadFixed(std::string_view bytes, size_t at, Record* record) {
  if (bytes.size() - at < 10) return "record that is cut off";
  const char* const fixed = bytes.data() + at;
  record->type = Load16(fixed);
  record->klass = Load16(fixed + 2);
  record->ttl = Load32(fixed + 4);
  const size_t size = Load16(fixed + 8);
  record->begin = at + 10;
  if (bytes.size() - record->begin < size) return "record that is cut off";
  record->end = record->begin + size;
  return nullptr;
}

// One record after the other, of a section that LookAtAll() has found whole.
class Records {
 public:
  Records(std::string_view bytes, size_t begin, size_t count) : bytes_(bytes), at_(begin), left_(count) {}

  // False behind the last one.
  bool Next(Record* record) {
    if (left_ == 0) return false;
    --left_;
    record->owner = at_;
    size_t length = static_cast<uint8_t>(bytes_[at_]);
    for (; length > 0 && length <= kMaxLabel; length = static_cast<uint8_t>(bytes_[at_])) at_ += 1 + length;
    CHECK(ReadFixed(bytes_, at_ + (length == 0 ? 1 : 2), record) == nullptr);
    at_ = record->end;
    return true;
  }

 private:
  std::string_view bytes_;
  size_t at_, left_;
};

static Name OwnerOf(const Source& source, const Record& record) {
  Name owner;
  size_t at = record.owner;
  CHECK(owner.Decode(source, source.bytes.size(), &at) == nullptr);
  return owner;
}

// RFC 2181, 8: a number with the highest bit set is none.
static uint32_t Seconds(uint32_t ttl) { return ttl > 0x7fffffff ? 0 : std::min(ttl, kMaxTtl); }

// Copies the name at source.bytes[*at], uncompressed, to the end of `out`.
static const char* TakeName(const Source& source, size_t end, size_t* at, std::string* out) {
  Name name;
  const char* const fault = name.Decode(source, end, at);
  if (fault == nullptr) out->append(name.wire());
  return fault;
}

// RFC 8659, 4.1: letters and digits only.
static constexpr bytes::ByteSet kTagSet = bytes::MakeSet("", true);

static const char* CaaFault(std::string_view data) {
  if (data.size() < 2) return "CAA record that is too short";
  const size_t length = static_cast<uint8_t>(data[1]);
  if (length == 0) return "CAA record without a tag";
  if (data.size() - 2 < length) return "CAA record whose tag is cut off";
  const std::string_view tag = data.substr(2, length);
  const bool right = std::all_of(tag.begin(), tag.end(), [](char c) { return bytes::In(kTagSet, c); });
  return right ? nullptr : "CAA record with a bad byte in its tag";
}

static const char* TxtFault(std::string_view data) {
  if (data.empty()) return "TXT record without a string";
  for (size_t at = 0; at < data.size();) {
    at += 1 + static_cast<size_t>(static_cast<uint8_t>(data[at]));
    if (at > data.size()) return "TXT record whose string is cut off";
  }
  return nullptr;
}

// Copies a record's data to the end of `out`: `before` bytes, so many names, and `behind` bytes.
static const char* TakeNames(const Source& source, const Record& record, size_t before, int names, size_t behind,
                             std::string* out) {
  size_t at = record.begin;
  if (record.end - at < before) return "record that is too short for its type";
  out->append(source.bytes.substr(at, before));
  at += before;
  for (int i = 0; i < names; ++i) {
    const char* const fault = TakeName(source, record.end, &at, out);
    if (fault != nullptr) return fault;
  }
  if (record.end - at != behind) return "record that is not as long as its type says";
  out->append(source.bytes.substr(at, behind));
  return nullptr;
}

static const char* TakeData(const Source& source, const Record& record, std::string* out) {
  const std::string_view data = source.bytes.substr(record.begin, record.end - record.begin);
  const char* fault = nullptr;
  switch (static_cast<Type>(record.type)) {
    case Type::kA:
      if (data.size() != 4) return "A record that is not 4 bytes long";
      break;
    case Type::kAaaa:
      if (data.size() != 16) return "AAAA record that is not 16 bytes long";
      break;
    case Type::kNs:
    case Type::kCname:
    case Type::kPtr:
      return TakeNames(source, record, 0, 1, 0, out);
    case Type::kSoa:
      return TakeNames(source, record, 0, 2, 20, out);
    case Type::kMx:
      return TakeNames(source, record, 2, 1, 0, out);
    case Type::kSrv:
      // RFC 2782 has no compression here, RFC 3597, 4 wants it read all the same.
      return TakeNames(source, record, 6, 1, 0, out);
    case Type::kTxt:
      fault = TxtFault(data);
      break;
    case Type::kCaa:
      fault = CaaFault(data);
      break;
    case Type::kOpt:
      break;
  }
  out->append(data);
  return fault;
}

// What a first look at a message finds.
struct Survey {
  size_t answers_begin = 0, authority_begin = 0;
  size_t answer_count = 0, authority_count = 0;
  uint16_t flags = 0;
  uint16_t rcode = 0;

  Records Answers(const Source& source) const { return {source.bytes, answers_begin, answer_count}; }
  Records Authority(const Source& source) const { return {source.bytes, authority_begin, authority_count}; }
};

// Looks at every record of every section: whether it is whole, and what OPT says.
static const char* LookAtAll(const Source& source, Survey* survey) {
  const char* const header = source.bytes.data();
  survey->answer_count = Load16(header + 6);
  survey->authority_count = Load16(header + 8);
  const size_t both = survey->answer_count + survey->authority_count;
  const size_t all = both + Load16(header + 10);
  if (all > kMaxRecords) return "over 4096 records";
  size_t at = survey->answers_begin;
  Name owner;
  Record record;
  bool has_opt = false;
  for (size_t i = 0; i < all; ++i) {
    if (i == survey->answer_count) survey->authority_begin = at;
    const char* fault = owner.Decode(source, source.bytes.size(), &at);
    if (fault == nullptr) fault = ReadFixed(source.bytes, at, &record);
    if (fault != nullptr) return fault;
    at = record.end;
    if (i < both || record.type != static_cast<uint16_t>(Type::kOpt)) continue;
    // RFC 6891, 6.1.1 and 6.1.3
    if (has_opt) return "two OPT records";
    if (owner.wire().size() != 1) return "OPT record whose name is not the root";
    has_opt = true;
    survey->rcode = static_cast<uint16_t>(survey->rcode | (record.ttl >> 24) << 4);
  }
  return nullptr;
}

// Finds the alias of answer->canonical, wherever it stands: there are servers that put it behind what it leads to.
static bool FindAlias(const Source& source, const Survey& survey, const Name& name, Record* record) {
  Records records = survey.Answers(source);
  while (records.Next(record)) {
    if (record->Is(Type::kCname) && OwnerOf(source, *record).Equals(name)) return true;
  }
  return false;
}

// Follows the aliases from answer->canonical on.
static const char* FollowAliases(const Source& source, const Survey& survey, Answer* answer) {
  Record record;
  while (FindAlias(source, survey, answer->canonical, &record)) {
    if (answer->aliases == kMaxAliases) return "over 16 aliases";
    ++answer->aliases;
    answer->ttl = std::min(answer->ttl, Seconds(record.ttl));
    size_t at = record.begin;
    const char* const fault = answer->canonical.Decode(source, record.end, &at);
    if (fault != nullptr) return fault;
    if (at != record.end) return "record that is not as long as its type says";
  }
  return nullptr;
}

static const char* TakeRecords(const Source& source, const Survey& survey, Type type, Answer* answer) {
  Records records = survey.Answers(source);
  Record record;
  while (records.Next(&record)) {
    if (!record.Is(type) || !OwnerOf(source, record).Equals(answer->canonical)) continue;
    const size_t offset = answer->data.size();
    const char* const fault = TakeData(source, record, &answer->data);
    if (fault != nullptr) return fault;
    answer->ttl = std::min(answer->ttl, Seconds(record.ttl));
    answer->records.push_back({static_cast<uint32_t>(offset), static_cast<uint32_t>(answer->data.size() - offset)});
  }
  return nullptr;
}

// How long there will be no such records (RFC 2308, 5), and whether the server says that there are none.
static const char* ReadDenial(const Source& source, const Survey& survey, Answer* answer) {
  Records records = survey.Authority(source);
  bool referral = false;
  Record record;
  while (records.Next(&record)) {
    referral = referral || record.Is(Type::kNs);
    if (!record.Is(Type::kSoa) || !IsWithin(answer->canonical, OwnerOf(source, record))) continue;
    const char* const fault = TakeData(source, record, &answer->data);
    if (fault != nullptr) return fault;
    answer->ttl = std::min({answer->ttl, Seconds(record.ttl), Seconds(ReadSoa(answer->data).minimum)});
    answer->data.clear();
    if (answer->outcome != Outcome::kNameError) answer->outcome = Outcome::kNoData;
    return nullptr;
  }
  if (answer->outcome == Outcome::kNameError) {
    answer->ttl = 0;
  } else if (answer->aliases > 0) {
    answer->outcome = Outcome::kAlias;
  } else if (referral && (survey.flags & (kFlagAa | kFlagRa)) == 0) {
    // RFC 2308, 2.2: names of servers and no SOA. "No data" would be a lie.
    answer->outcome = Outcome::kFailed;
    answer->reason = "a referral to other servers";
    answer->ttl = 0;
  } else {
    answer->outcome = Outcome::kNoData;
    answer->ttl = 0;
  }
  return nullptr;
}

// Fills what is not kBroken.
static const char* Read(const Source& source, const Question& question, bool over_tcp, Answer* answer) {
  if (source.bytes.size() < kHeader) return "message shorter than its header";
  Survey survey;
  survey.flags = Load16(source.bytes.data() + 2);
  if ((survey.flags & (kFlagQr | kOpcodeMask)) != kFlagQr) return "not an answer";
  if (MatchQuestion(source.bytes, question) == Match::kNo) return "answer to another question";
  survey.rcode = answer->rcode = survey.flags & kRcodeMask;
  if ((survey.flags & kFlagTc) != 0 && !over_tcp) {
    answer->outcome = Outcome::kTruncated;  // and may end anywhere
    return nullptr;
  }
  survey.answers_begin = survey.authority_begin = kHeader + source.asked.size() + 4;
  const char* fault = LookAtAll(source, &survey);
  if (fault != nullptr) return fault;
  answer->rcode = survey.rcode;
  if (survey.rcode != kNoError && survey.rcode != kNameError) {
    answer->outcome = Outcome::kFailed;
    return nullptr;
  }
  answer->ttl = kMaxTtl;
  if (question.type != Type::kCname) fault = FollowAliases(source, survey, answer);
  if (fault != nullptr) return fault;
  // RFC 6604, 3: the code is about the last name.
  answer->outcome = survey.rcode == kNameError ? Outcome::kNameError : Outcome::kAnswer;
  if (answer->outcome == Outcome::kAnswer) fault = TakeRecords(source, survey, question.type, answer);
  if (fault == nullptr && answer->records.empty()) fault = ReadDenial(source, survey, answer);
  return fault;
}

void ReadAnswer(std::string_view message, const Question& question, bool over_tcp, Answer* answer) {
  const auto reset = [&](Outcome outcome, const char* reason) {
    answer->outcome = outcome;
    answer->reason = reason;
    answer->canonical = question.name;
    answer->aliases = 0;
    answer->ttl = 0;
    answer->records.clear();
    answer->data.clear();
  };
  reset(Outcome::kAnswer, "");
  answer->rcode = 0;
  const char* const fault = Read({message, question.name.wire()}, question, over_tcp, answer);
  if (fault != nullptr) reset(Outcome::kBroken, fault);
}

// --- The data of records ---

// Takes an uncompressed name off the front. A pointer is none: there is nothing before it.
static Name TakeFrontName(std::string_view* data) {
  size_t at = 0;
  Name name;
  CHECK(name.Decode({*data, {}}, data->size(), &at) == nullptr);
  data->remove_prefix(at);
  return name;
}

Name ReadName(std::string_view data) {
  const Name name = TakeFrontName(&data);
  CHECK(data.empty());
  return name;
}

Mx ReadMx(std::string_view data) {
  CHECK(data.size() > 2);
  return {Load16(data.data()), ReadName(data.substr(2))};
}

Srv ReadSrv(std::string_view data) {
  CHECK(data.size() > 6);
  const char* const at = data.data();
  return {Load16(at), Load16(at + 2), Load16(at + 4), ReadName(data.substr(6))};
}

Soa ReadSoa(std::string_view data) {
  const Name mname = TakeFrontName(&data);
  const Name rname = TakeFrontName(&data);
  CHECK(data.size() == 20);
  const char* const at = data.data();
  return {mname, rname, Load32(at), Load32(at + 4), Load32(at + 8), Load32(at + 12), Load32(at + 16)};
}

Caa ReadCaa(std::string_view data) {
  CHECK(CaaFault(data) == nullptr);
  const size_t length = static_cast<uint8_t>(data[1]);
  return {static_cast<uint8_t>(data[0]), data.substr(2, length), data.substr(2 + length)};
}

std::vector<std::string_view> ReadTxt(std::string_view data) {
  CHECK(TxtFault(data) == nullptr);
  std::vector<std::string_view> strings;
  while (!data.empty()) {
    const size_t length = static_cast<uint8_t>(data[0]);
    strings.push_back(data.substr(1, length));
    data.remove_prefix(1 + length);
  }
  return strings;
}

}  // namespace node::dns_message
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// dns_search.h: the names that a name may stand for
#line 1 "src/dns_search.h"
// The names that a name may stand for: the search list of resolv.conf(5).


#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>



namespace node::dns_search {

using Domains = std::shared_ptr<const std::vector<dns_message::Name>>;

// Whether a text ends in a dot that is not part of a label: it is a name in full, and nothing is searched.
bool IsAbsolute(std::string_view text);

// One name and the domains that it is tried in. With `ndots` dots or more the name itself is tried first, otherwise
// last.
class Names {
 public:
  Names(const dns_message::Name& name, Domains domains, uint32_t ndots);

  // The next name to try; false when there is none. What would be over 255 bytes is left out: nobody can have it.
  bool Next(dns_message::Name* name);

  // The place of the last one among them, 0 for the first.
  size_t place() const { return next_ - 1; }

  size_t domain_count() const { return domains_->size(); }

 private:
  dns_message::Name name_;
  Domains domains_;
  size_t next_ = 0;  // of the domains and the name itself
  bool name_first_;
};

}  // namespace node::dns_search
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// dns_search.cc: the names that a name may stand for
#line 1 "src/dns_search.cc"


#include <utility>

namespace node::dns_search {

bool IsAbsolute(std::string_view text) {
  if (!text.ends_with('.')) return false;
  text.remove_suffix(1);
  size_t backslashes = 0;
  while (text.ends_with('\\')) {
    ++backslashes;
    text.remove_suffix(1);
  }
  return backslashes % 2 == 0;
}

// The dots between the labels of a name.
static uint32_t CountDots(const dns_message::Name& name) {
  const std::string_view wire = name.wire();
  uint32_t labels = 0;
  for (size_t at = 0; wire[at] != 0; at += 1 + static_cast<uint8_t>(wire[at])) ++labels;
  return labels == 0 ? 0 : labels - 1;
}

Names::Names(const dns_message::Name& name, Domains domains, uint32_t ndots)
    : name_(name), domains_(std::move(domains)), name_first_(CountDots(name) >= ndots) {}

bool Names::Next(dns_message::Name* name) {
  while (next_ <= domains_->size()) {
    const size_t place = next_++;
    if (place == (name_first_ ? 0 : domains_->size())) {
      *name = name_;
      return true;
    }
    if (dns_message::Join(name_, (*domains_)[name_first_ ? place - 1 : place], name)) return true;
  }
  return false;
}

}  // namespace node::dns_search
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// dns_special.h: names that no server is asked for
#line 1 "src/dns_special.h"
// Names that no server is asked for: RFC 6761 and RFC 7686.




namespace node::dns_special {

// If the question, whose name is in lower case, is for such a name, fills `answer` and returns true:
//
//   localhost, *.localhost    127.0.0.1 and ::1, and no records of other types (RFC 6761, 6.3)
//   invalid, *.invalid        no such name (RFC 6761, 6.4)
//   onion, *.onion            no such name: who looks for it must not tell a server (RFC 7686, 2)
bool Answer(const dns_message::Question& question, dns_message::Answer* answer);

}  // namespace node::dns_special
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// dns_special.cc: names that no server is asked for
#line 1 "src/dns_special.cc"


#include <cstddef>
#include <cstdint>
#include <string_view>

namespace node::dns_special {

using dns_message::Outcome;
using dns_message::Type;
using namespace std::string_view_literals;

// The last label with its length before it; empty for the root.
static std::string_view LastLabel(std::string_view wire) {
  size_t last = 0, at = 0;
  while (wire[at] != 0) {
    last = at;
    at += 1 + static_cast<uint8_t>(wire[at]);
  }
  return wire.substr(last, at - last);
}

bool Answer(const dns_message::Question& question, dns_message::Answer* answer) {
  const std::string_view last = LastLabel(question.name.wire());
  const bool loopback = last == "\x09localhost"sv;
  if (!loopback && last != "\x07invalid"sv && last != "\x05onion"sv) return false;
  *answer = dns_message::Answer();
  answer->canonical = question.name;
  answer->ttl = dns_message::kMaxTtl;
  if (!loopback) {
    answer->outcome = Outcome::kNameError;
    answer->rcode = dns_message::kNameError;
  } else if (question.type == Type::kA || question.type == Type::kAaaa) {
    answer->outcome = Outcome::kAnswer;
    answer->data = question.type == Type::kA ? "\x7f\0\0\x01"sv : "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"sv;
    answer->records = {{0, static_cast<uint32_t>(answer->data.size())}};
  } else {
    answer->outcome = Outcome::kNoData;
  }
  return true;
}

}  // namespace node::dns_special
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// resolv_conf.h: the servers and options of /etc/resolv.conf
#line 1 "src/resolv_conf.h"
// What /etc/resolv.conf and the environment say about DNS servers: resolv.conf(5).
//
// Pure. Nothing here is an error: a broken line is skipped, and whoever wants to know is told.


#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace node::resolv_conf {

inline constexpr size_t kMaxServers = 6;  // glibc takes 3; of more servers the last would hardly ever be asked
inline constexpr size_t kMaxSearch = 16;  // each may cost a question for a name that is not there

struct Config {
  // "192.0.2.1", "2001:db8::1", "fe80::1%eth0"; as written, and shown to be addresses. At most kMaxServers. None: the
  // caller takes 127.0.0.1.
  std::vector<std::string> servers;
  uint16_t port = 53;  // of all servers
  // Domains that dns_message::ParseName takes, at most kMaxSearch. When none were given at all, search_given is false
  // and the caller takes that of the host's name.
  std::vector<std::string> search;
  bool search_given = false;
  uint32_t ndots = 1;     // 0..15
  uint32_t timeout = 2;   // seconds, 1..30
  uint32_t attempts = 3;  // 1..5
  bool rotate = false;
  bool use_tcp = false;      // use-vc
  uint16_t udp_size = 1232;  // 512..65535, or 0: no EDNS
  // Whether timeout or attempts were given.
  bool times_given = false;

  bool operator==(const Config& other) const = default;
};

// Called for each line, word or option that is skipped: "line 3: nameserver: not an address: \"1.2.3\"". One line of
// printable ASCII.
using Warn = std::function<void(const std::string& message)>;

// Reads the text of a file. Keywords: nameserver, search, domain (the last of these two counts), options; sortlist is
// skipped. Options: ndots:N, timeout:N and attempts:N, cut to what they may be; rotate, use-vc; edns0, trust-ad and the
// others of resolv.conf(5) change nothing; beyond it retrans:N and retry:N, the same as timeout and attempts, port:N
// and udpbuf:N (0 for no EDNS). Comments are lines, or ends of lines behind a blank, that begin with '#' or ';'.
Config Parse(std::string_view text, const Warn& warn);

// Puts the environment over it. nullptr: not set.
//   nameservers    of NAMESERVERS or NSCACHEIP: addresses between blanks or commas; none of them good: as not set
//   local_domain   of LOCALDOMAIN: the search list, between blanks; empty: no search
//   options        of RES_OPTIONS: as above, between blanks
void Override(const char* nameservers, const char* local_domain, const char* options, const Warn& warn, Config* config);

}  // namespace node::resolv_conf
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// resolv_conf.cc: the servers and options of /etc/resolv.conf
#line 1 "src/resolv_conf.cc"


#include <algorithm>
#include <iterator>
#include <utility>





namespace node::resolv_conf {

static constexpr std::string_view kBlanks = " \t\r\f\v";
static constexpr uint32_t kMaxNdots = 15;
static constexpr uint32_t kMaxTimeout = 30;
static constexpr uint32_t kMaxAttempts = 5;
static constexpr uint32_t kMinUdpSize = 512;  // RFC 6891, 6.2.3

// A word of the input in a message: in quotes, printable, and not longer than can be read.
static std::string Quote(std::string_view word) {
  static constexpr size_t kMost = 60;
  std::string text = "\"";
  for (char c : word.substr(0, kMost)) text += bytes::In(bytes::kVisible, c) || c == ' ' ? c : '?';
  return text + (word.size() > kMost ? "...\"" : "\"");
}

// Takes the next word off the front of `rest`; empty at its end.
static std::string_view TakeWord(std::string_view* rest, std::string_view between) {
  rest->remove_prefix(std::min(rest->find_first_not_of(between), rest->size()));
  const std::string_view word = rest->substr(0, rest->find_first_of(between));
  rest->remove_prefix(word.size());
  return word;
}

// The same of a line, which ends where a comment begins.
static std::string_view TakeWordOfLine(std::string_view* line) {
  const std::string_view word = TakeWord(line, kBlanks);
  if (!word.starts_with('#') && !word.starts_with(';')) return word;
  *line = {};
  return {};
}

// One source of settings: it knows where it is for the sake of the messages.
struct Reader {
  const Warn& warn;
  Config* config;
  std::string where;

  void Skip(const char* what, std::string_view word) const {
    if (warn) warn(where + ": " + what + (word.data() == nullptr ? "" : ": " + Quote(word)));
  }
  void AddServer(std::string_view word, std::vector<std::string>* servers) const;
  void AddDomain(std::string_view word, std::vector<std::string>* domains) const;
  void ReadOption(std::string_view word) const;
  bool ReadNumber(std::string_view option, std::string_view value, uint32_t least, uint32_t most,
                  uint32_t* number) const;
  void ReadLine(std::string_view line);
};

void Reader::AddServer(std::string_view word, std::vector<std::string>* servers) const {
  std::string address, scope;
  if (!ip_literal::Split(word, &address, &scope)) return Skip("not an address", word);
  if (servers->size() == kMaxServers) return Skip("more servers than are asked", word);
  servers->emplace_back(word);
}

void Reader::AddDomain(std::string_view word, std::vector<std::string>* domains) const {
  dns_message::Name name;
  if (const char* fault = dns_message::ParseName(word, &name)) return Skip(fault, word);
  if (domains->size() == kMaxSearch) return Skip("more domains than are searched", word);
  domains->emplace_back(word);
}

bool Reader::ReadNumber(std::string_view option, std::string_view value, uint32_t least, uint32_t most,
                        uint32_t* number) const {
  if (value.empty() || !std::all_of(value.begin(), value.end(), bytes::IsDigit)) {
    Skip("not a number", option);
    return false;
  }
  // resolv.conf(5): silently capped; what does not fit into 64 bits too.
  uint64_t wide = most;
  bytes::ParseDecimal(value, UINT64_MAX, &wide);
  *number = static_cast<uint32_t>(std::clamp<uint64_t>(wide, least, most));
  return true;
}

void Reader::ReadOption(std::string_view word) const {
  const size_t colon = word.find(':');
  const std::string_view name = word.substr(0, colon);
  const std::string_view value = colon == std::string_view::npos ? "" : word.substr(colon + 1);
  uint32_t number = 0;
  if (name == "ndots") {
    ReadNumber(word, value, 0, kMaxNdots, &config->ndots);
  } else if (name == "timeout" || name == "retrans") {
    if (ReadNumber(word, value, 1, kMaxTimeout, &config->timeout)) config->times_given = true;
  } else if (name == "attempts" || name == "retry") {
    if (ReadNumber(word, value, 1, kMaxAttempts, &config->attempts)) config->times_given = true;
  } else if (name == "port") {
    // Another port than was meant is of no use: no cap.
    if (!ReadNumber(word, value, 0, UINT16_MAX + 1, &number)) return;
    if (number == 0 || number > UINT16_MAX) return Skip("not a port", word);
    config->port = static_cast<uint16_t>(number);
  } else if (name == "udpbuf") {
    if (!ReadNumber(word, value, 0, UINT16_MAX, &number)) return;
    config->udp_size = number == 0 ? 0 : static_cast<uint16_t>(std::max(number, kMinUdpSize));
  } else if (word == "rotate") {
    config->rotate = true;
  } else if (word == "use-vc") {
    config->use_tcp = true;
  } else {
    // What is the default here, or the affair of other programs.
    static constexpr std::string_view kIgnored[] = {
        "debug",   "edns0",          "inet6",     "ip6-bytestring", "ip6-dotint",     "no-ip6-dotint",
        "no-aaaa", "no-check-names", "no-reload", "no-tld-query",   "single-request", "single-request-reopen",
        "trust-ad"};
    if (std::find(std::begin(kIgnored), std::end(kIgnored), word) == std::end(kIgnored)) Skip("unknown option", word);
  }
}

void Reader::ReadLine(std::string_view line) {
  if (line.find('\0') != std::string_view::npos) return Skip("a NUL byte", {});
  const std::string_view keyword = TakeWordOfLine(&line);
  if (keyword.empty()) return;
  static constexpr std::string_view kKeywords[] = {"nameserver", "search", "domain", "options", "sortlist"};
  if (std::find(std::begin(kKeywords), std::end(kKeywords), keyword) == std::end(kKeywords)) {
    return Skip("unknown keyword", keyword);
  }
  where += ": " + std::string(keyword);
  std::string_view word = TakeWordOfLine(&line);
  if (keyword == "options") {
    for (; !word.empty(); word = TakeWordOfLine(&line)) ReadOption(word);
  } else if (keyword == "nameserver") {
    if (word.empty()) return Skip("no address", {});
    AddServer(word, &config->servers);
    if (word = TakeWordOfLine(&line); !word.empty()) Skip("more than one address", word);
  } else if (keyword == "search" || keyword == "domain") {
    const bool empty = word.empty();
    if (empty && keyword == "domain") return Skip("no name", {});
    std::vector<std::string> domains;
    for (; !word.empty(); word = TakeWordOfLine(&line)) {
      AddDomain(word, &domains);
      if (keyword == "domain") break;
    }
    // A line of which nothing is good is broken.
    if (domains.empty() && !empty) return;
    config->search = std::move(domains);
    config->search_given = true;
  } else {
    Skip("not supported: addresses come in the order of the answer", {});
  }
}

Config Parse(std::string_view text, const Warn& warn) {
  Config config;
  for (size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    Reader{warn, &config, "line " + std::to_string(number)}.ReadLine(line);
  }
  return config;
}

void Override(const char* nameservers, const char* local_domain, const char* options, const Warn& warn,
              Config* config) {
  if (nameservers != nullptr) {
    const Reader reader{warn, config, "NAMESERVERS"};
    std::vector<std::string> servers;
    std::string_view rest = nameservers;
    for (std::string_view word; !(word = TakeWord(&rest, " \t\r\n\f\v,")).empty();) reader.AddServer(word, &servers);
    if (!servers.empty()) config->servers = std::move(servers);
  }
  if (local_domain != nullptr) {
    const Reader reader{warn, config, "LOCALDOMAIN"};
    config->search.clear();
    config->search_given = true;
    std::string_view rest = local_domain;
    for (std::string_view word; !(word = TakeWord(&rest, " \t\r\n\f\v")).empty();) {
      reader.AddDomain(word, &config->search);
    }
  }
  if (options != nullptr) {
    const Reader reader{warn, config, "RES_OPTIONS"};
    std::string_view rest = options;
    for (std::string_view word; !(word = TakeWord(&rest, " \t\r\n\f\v")).empty();) reader.ReadOption(word);
  }
}

}  // namespace node::resolv_conf
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// options.h: the command line
#line 1 "src/options.h"
// The command line.


#include <string>
#include <vector>

namespace node::options {

enum class Mode {
  kScript,         // run the file `script`
  kEval,           // run `code`
  kStdin,          // run what standard input holds
  kCheck,          // compile `script` only
  kBuildSnapshot,  // write the startup snapshot to `script`; used by the build
  kBuildCode,      // with the snapshot in `script`, write `script`.code; used by the build
  kCheckCode,      // say whether that inside this binary can be used; used by a test
  kVersion,
  kHelp,
  kV8Help,  // print the engine's flags
  kLicenses,
  kUsageError,  // see `error`
};

struct Options {
  Mode mode = Mode::kUsageError;
  std::string script;
  std::string code;
  std::string v8_flags;  // of all --v8-flags=, joined by blanks
  bool use_snapshot = true;
  std::string error;
  // What the script sees as ARGV: the program and the script as typed, then all that follows.
  std::vector<std::string> argv;
};

// Reads the arguments of main(). Options end at the script's name, -e CODE or
// "-"; all that follows is the script's. `stdin_is_terminal` decides what no
// argument means: a script on standard input, or a usage error.
Options Parse(int count, const char* const* arguments, bool stdin_is_terminal);

// The text of --help.
const char* Usage();

}  // namespace node::options
// Layer 1 protocols: bytes in, events out; no socket, heap, clock or engine
// options.cc: the command line
#line 1 "src/options.cc"


#include <string_view>

namespace node::options {

static Options Fail(Options options, const std::string& message) {
  options.mode = Mode::kUsageError;
  options.error = message;
  return options;
}

// The script and what belongs to it: from `index` on.
static Options WithScript(Options options, Mode mode, int count, const char* const* arguments, int index) {
  options.mode = mode;
  for (int i = index; i < count; ++i) options.argv.emplace_back(arguments[i]);
  if (options.argv.size() > 1) options.script = options.argv[1];
  return options;
}

Options Parse(int count, const char* const* arguments, bool stdin_is_terminal) {
  static constexpr std::string_view kV8Flags = "--v8-flags=";
  Options options;
  options.argv.emplace_back(count > 0 ? arguments[0] : "node");
  for (int i = 1; i < count; ++i) {
    std::string_view argument = arguments[i];
    bool last = i + 1 == count;
    if (argument == "-") return WithScript(options, Mode::kStdin, count, arguments, i);
    if (argument.empty() || argument[0] != '-') return WithScript(options, Mode::kScript, count, arguments, i);
    if (argument == "--") {
      if (last) break;
      return WithScript(options, Mode::kScript, count, arguments, i + 1);
    }
    if (argument == "-h" || argument == "--help") {
      options.mode = Mode::kHelp;
      return options;
    }
    if (argument == "-v" || argument == "--version") {
      options.mode = Mode::kVersion;
      return options;
    }
    if (argument == "--licenses") {
      options.mode = Mode::kLicenses;
      return options;
    }
    if (argument == "--no-snapshot") {
      options.use_snapshot = false;
      continue;
    }
    if (argument.starts_with(kV8Flags)) {
      if (!options.v8_flags.empty()) options.v8_flags += ' ';
      options.v8_flags += argument.substr(kV8Flags.size());
      if (argument == "--v8-flags=--help" || argument == "--v8-flags=-h") {
        options.mode = Mode::kV8Help;
        return options;
      }
      continue;
    }
    if (argument == "--check-code") {
      options.mode = Mode::kCheckCode;
      return options;
    }
    bool takes_value =
        argument == "-e" || argument == "--check" || argument == "--build-snapshot" || argument == "--build-code";
    if (!takes_value) return Fail(options, "unknown option " + std::string(argument));
    if (last) return Fail(options, std::string(argument) + " needs a value");
    if (argument == "--check") return WithScript(options, Mode::kCheck, count, arguments, i + 1);
    if (argument == "--build-code") return WithScript(options, Mode::kBuildCode, count, arguments, i + 1);
    if (argument == "--build-snapshot") return WithScript(options, Mode::kBuildSnapshot, count, arguments, i + 1);
    options.code = arguments[i + 1];
    options.argv.emplace_back("[eval]");
    // A script may be passed arguments of its own, also such as begin with a dash.
    return WithScript(options, Mode::kEval, count, arguments, i + 2);
  }
  if (stdin_is_terminal) return Fail(options, "no script given");
  options.argv.emplace_back("-");
  options.mode = Mode::kStdin;
  return options;
}

const char* Usage() {
  return "Usage: node [OPTION...] SCRIPT [ARGUMENT...]\n"
         "       node [OPTION...] -e CODE [ARGUMENT...]\n"
         "       node [OPTION...] - [ARGUMENT...]      the script comes from standard input\n"
         "\n"
         "  -e CODE            run CODE\n"
         "  --check SCRIPT     look for syntax errors only\n"
         "  --v8-flags=FLAGS   flags of the engine, separated by blanks (--help lists them)\n"
         "  --no-snapshot      evaluate the library at start (slower; for comparison)\n"
         "  -v, --version      the versions of node, V8 and libev\n"
         "  --licenses         the licences of all that is inside\n"
         "  -h, --help         this text\n"
         "\n"
         "All that follows the script's name belongs to the script (ARGV).\n"
         "Exit codes: 0, that of node.exit(), 1 for an uncaught error, 2 for wrong usage,\n"
         "130 after Ctrl-C, 143 after SIGTERM.\n";
}

}  // namespace node::options
// Layer 2 system: the kernel, but no engine
// descriptors.h: how many descriptors the process may have
#line 1 "src/descriptors.h"
// How many descriptors the process may have. A server wants as many as the kernel gives; a child that uses select(2)
// wants no more than it would have had, so that the limit as found is kept for it.


namespace node::descriptors {

// Raises the soft limit to the hard one. Where that fails everything stays as it is.
void RaiseLimit();

// Puts the limit back to what RaiseLimit() found. For a child between fork(2) and exec(3): async-signal-safe, and
// harmless when nothing was raised.
void RestoreLimit();

}  // namespace node::descriptors
// Layer 2 system: the kernel, but no engine
// descriptors.cc: how many descriptors the process may have
#line 1 "src/descriptors.cc"


#include <sys/resource.h>

namespace node::descriptors {

static rlimit found;
static bool raised = false;

void RaiseLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  rlimit wanted = {limit.rlim_max, limit.rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &wanted) != 0) return;
  found = limit;
  raised = true;
}

void RestoreLimit() {
  // The hard limit may have been lowered since: then the kernel refuses, and what is now stays.
  if (raised) setrlimit(RLIMIT_NOFILE, &found);
}

}  // namespace node::descriptors
// Layer 2 system: the kernel, but no engine
// loop.h: the event loop, over libev
#line 1 "src/loop.h"
// The event loop: descriptors, one-shot timers and wake-ups from elsewhere,
// over libev. One loop per process; all but Notifier::Notify belongs to the
// main thread.
//
// A callback may start, stop or destroy any watcher, its own included.


#include <atomic>
#include <cstdint>

namespace node::loop {

inline constexpr int kRead = 1;
inline constexpr int kWrite = 2;

// Milliseconds of CLOCK_MONOTONIC, read now, not at the start of the turn.
double NowMs();
// The same clock as of the last tick of the kernel, some milliseconds old at most; cheaper.
double CoarseNowMs();
// Its whole seconds, cheaper still.
uint32_t CoarseNowSeconds();

// Watches a descriptor, which must outlive the watch. While it wants something
// it keeps the loop alive. Derive from it to find the owner in the callback.
class Io {
 public:
  // `events`: kRead, kWrite or both; those that are ready.
  using Callback = void (*)(Io* io, int events);

  Io() = default;
  Io(const Io&) = delete;
  Io& operator=(const Io&) = delete;
  ~Io() = default;

  // Before all else, and again before another descriptor is watched.
  void Init(int descriptor, Callback callback);
  // What to wait for from now on; 0 for nothing. Costs no system call: the
  // kernel is told before the loop next waits.
  void Want(int events);
  int wanted() const;
  int descriptor() const;

 private:
  alignas(8) unsigned char watcher_[40];
};

// Fires once, not before its time.
class Timer {
 public:
  using Callback = void (*)(Timer* timer);

  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // `keeps_alive`: whether the loop goes on only for this timer's sake.
  void Init(Callback callback, bool keeps_alive);
  // (Re)starts it: to fire `delay_ms` from now, in a later turn; negative counts as 0.
  void Start(double delay_ms);
  void Stop();
  bool started() const;

 private:
  alignas(8) unsigned char watcher_[40];
  bool keeps_alive_ = true;
};

// Lets other threads and signal handlers call into the loop. Does not keep the
// loop alive.
class Notifier {
 public:
  using Callback = void (*)();

  // Opens an eventfd(2) on first use.
  void Init(Callback callback);
  // The eventfd, which whoever calls Notify() must have; -1 before Init().
  int descriptor() const { return event_fd_; }
  // Safe in any thread and in a signal handler. Several notifications before
  // the loop looks make one call. A system call only while the loop waits.
  void Notify();

 private:
  friend struct Notifications;
  static void OnReadable(Io* io, int events);
  Io io_;
  Callback callback_ = nullptr;
  int event_fd_ = -1;
  std::atomic<bool> pending_ = false;
  bool due_ = false;
  Notifier* next_ = nullptr;
};

// Whether the turn's callbacks have been running for so long, half a millisecond to some, that others should not wait
// for its end.
// `exactly`: not only as of the last tick of the kernel, but for now and then; that costs 22 ns instead of 4.
bool TurnIsLong(bool exactly = false);

// For how many milliseconds they have been; 0 before the first turn.
double TurnMs();

// Called when the turn's callbacks are done, before the loop waits again.
void SetBeforeWait(void (*callback)());

// Whether anything has been watched since the start: without that Run() has nothing to do.
bool IsStarted();

// Counts what keeps the loop alive besides its watchers: 1 more or, with -1, one less.
void KeepAlive(int change);

// Lets the loop not wait this turn, and go on for one more.
void WakeUp();

// True while the loop is inside its wait: a signal handler asks.
bool IsWaiting();

// Runs until nothing is left to wait for, or Stop().
void Run();

// Makes Run() return after the current callback.
void Stop();

// The version of libev, e.g. "4.33".
const char* Version();

}  // namespace node::loop
// Layer 2 system: the kernel, but no engine
// loop.cc: the event loop, over libev
#line 1 "src/loop.cc"


#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <utility>


#include "ev.h"

// Of libev's macros: with one priority they set it by a comma expression, and its flags are two enumerations.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-value"
#pragma clang diagnostic ignored "-Wdeprecated-anon-enum-enum-conversion"

namespace node::loop {

// A wait that a signal handler can see: it decides whether the loop will come
// round to a notification soon.
static std::atomic<bool> waiting{false};
static void (*before_wait)() = nullptr;

static bool started = false;

// All there are.
static Notifier* notifiers = nullptr;

// When the callbacks of the turn began: by the kernel's ticks, and as libev has just looked.
static int64_t turn_tick = 0;
static double turn_seconds = 0;

static int64_t CoarseNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Those that Notify() has not written of. They come as if the descriptor had been found readable: behind the timers
// that are due.
struct Notifications {
  static bool Find() {
    bool any = false;
    for (Notifier* each = notifiers; each != nullptr; each = each->next_) {
      each->due_ = each->pending_.load();
      any |= each->due_;
    }
    return any;
  }
  static void Deliver() {
    for (Notifier* each = notifiers; each != nullptr; each = each->next_) {
      if (std::exchange(each->due_, false) && each->pending_.exchange(false)) each->callback_();
    }
  }
};

// libev is initialised on first use, so that a script without events never pays for it.
static void EnsureStarted() {
  if (started) return;
  started = true;
  int flags = EVBACKEND_EPOLL | EVFLAG_NOENV | EVFLAG_NOSIGMASK;
  if (!ev_default_loop(flags)) {
    base::Error error = base::ErrnoError("epoll_create");
    std::fprintf(stderr, "node: cannot start the event loop: %s\n", error.Message().c_str());
    std::exit(1);
  }
  // One prepare and one check watcher mark the wait; neither keeps the loop alive.
  static ev_prepare prepare;
  static ev_check check;
  ev_prepare_init(&prepare, [](ev_prepare*, int) {
    Notifications::Deliver();
    if (before_wait != nullptr) before_wait();
    // From here on Notify() writes; what it has left out before is found here. One of the two sees the other.
    waiting.store(true);
    if (Notifications::Find()) WakeUp();
  });
  ev_prepare_start(&prepare);
  ev_unref();
  ev_check_init(&check, [](ev_check*, int) {
    waiting.store(false, std::memory_order_relaxed);
    turn_tick = CoarseNs();
    turn_seconds = ev_now();
  });
  ev_check_start(&check);
  ev_unref();
}

static double ClockMs(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double NowMs() { return ClockMs(CLOCK_MONOTONIC); }
double CoarseNowMs() { return ClockMs(CLOCK_MONOTONIC_COARSE); }
uint32_t CoarseNowSeconds() { return static_cast<uint32_t>(CoarseNs() / 1'000'000'000); }

static_assert(sizeof(ev_io) <= 40 && alignof(ev_io) <= 8, "Io::watcher_ is too small for ev_io");
static_assert(sizeof(ev_timer) <= 40 && alignof(ev_timer) <= 8, "Timer::watcher_ is too small for ev_timer");
static_assert(kRead == EV_READ && kWrite == EV_WRITE, "events are passed to libev as they are");

static ev_io* IoWatcher(unsigned char* storage) { return reinterpret_cast<ev_io*>(storage); }
static ev_timer* TimerWatcher(unsigned char* storage) { return reinterpret_cast<ev_timer*>(storage); }

void Io::Init(int descriptor, Callback callback) {
  static_assert(offsetof(Io, watcher_) == 0, "the watcher's address is the owner's");
  ev_io* watcher = IoWatcher(watcher_);
  ev_init(watcher, [](ev_io* self, int events) {
    Io* io = reinterpret_cast<Io*>(self);
    reinterpret_cast<Callback>(self->data)(io, events & (EV_READ | EV_WRITE));
  });
  watcher->data = reinterpret_cast<void*>(callback);
  ev_io_set(watcher, descriptor, 0);
}

void Io::Want(int events) {
  EnsureStarted();
  ev_io* watcher = IoWatcher(watcher_);
  if (ev_is_active(watcher)) {
    if ((watcher->events & (EV_READ | EV_WRITE)) == events) return;
    ev_io_stop(watcher);
  }
  if (events == 0) return;
  ev_io_set(watcher, watcher->fd, events);
  ev_io_start(watcher);
}

int Io::wanted() const {
  const ev_io* watcher = reinterpret_cast<const ev_io*>(watcher_);
  return ev_is_active(watcher) ? watcher->events & (EV_READ | EV_WRITE) : 0;
}

int Io::descriptor() const { return reinterpret_cast<const ev_io*>(watcher_)->fd; }

void Timer::Init(Callback callback, bool keeps_alive) {
  static_assert(offsetof(Timer, watcher_) == 0, "the watcher's address is the owner's");
  keeps_alive_ = keeps_alive;
  ev_timer* watcher = TimerWatcher(watcher_);
  ev_init(watcher, [](ev_timer* self, int) {
    // libev has stopped it already; the reference given up at the start comes back.
    Timer* timer = reinterpret_cast<Timer*>(self);
    if (!timer->keeps_alive_) ev_ref();
    reinterpret_cast<Callback>(self->data)(timer);
  });
  watcher->data = reinterpret_cast<void*>(callback);
}

void Timer::Start(double delay_ms) {
  EnsureStarted();
  Stop();
  // The loop's own time is that of the turn's start; a long computation since
  // would make the timer come early.
  ev_now_update();
  ev_timer* watcher = TimerWatcher(watcher_);
  ev_timer_set(watcher, delay_ms > 0 ? delay_ms / 1e3 : 0., 0.);
  ev_timer_start(watcher);
  if (!keeps_alive_) ev_unref();
}

void Timer::Stop() {
  ev_timer* watcher = TimerWatcher(watcher_);
  if (!started()) {
    // Fired already, its callback still to come: not any more.
    if (ev_is_pending(watcher)) {
      ev_clear_pending(watcher);
      if (!keeps_alive_) ev_ref();
    }
    return;
  }
  if (!keeps_alive_) ev_ref();
  ev_timer_stop(watcher);
}

bool Timer::started() const {
  // Pending counts as fired: its callback is about to run and gives the reference back.
  return ev_is_active(reinterpret_cast<const ev_timer*>(watcher_));
}

void Notifier::Init(Callback callback) {
  CHECK(event_fd_ == -1);
  callback_ = callback;
  next_ = std::exchange(notifiers, this);
  event_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (event_fd_ < 0) {
    base::Error error = base::ErrnoError("eventfd");
    std::fprintf(stderr, "node: cannot wake the event loop: %s\n", error.Message().c_str());
    std::exit(1);
  }
  io_.Init(event_fd_, OnReadable);
  io_.Want(kRead);
  ev_unref();
}

void Notifier::OnReadable(Io* io, int) {
  static_assert(offsetof(Notifier, io_) == 0, "the watch's address is the notifier's");
  Notifier* self = reinterpret_cast<Notifier*>(io);
  uint64_t count;
  // Non-blocking; the count is of no interest.
  ssize_t got = read(self->event_fd_, &count, sizeof count);
  if (got != static_cast<ssize_t>(sizeof count)) return;
  self->pending_.store(false);
  self->callback_();
}

void Notifier::Notify() {
  pending_.store(true);
  if (!waiting.load()) return;
  uint64_t one = 1;
  // Fails only when the counter is full, and then a wake-up is due anyway.
  [[maybe_unused]] ssize_t written = write(event_fd_, &one, sizeof one);
}

bool TurnIsLong(bool exactly) {
  static constexpr double kLongSeconds = 0.0005;
  // The exact clock takes 22 ns, the coarse one 4.
  static constexpr uint32_t kExactly = 8;
  static uint32_t asked = 0;
  if (!exactly && ++asked % kExactly != 0 && CoarseNs() == turn_tick) return false;
  return ev_time() - turn_seconds > kLongSeconds;
}

double TurnMs() { return turn_seconds == 0 ? 0 : (ev_time() - turn_seconds) * 1e3; }

void SetBeforeWait(void (*callback)()) { before_wait = callback; }

bool IsStarted() { return started; }

void KeepAlive(int change) {
  EnsureStarted();
  if (change > 0) {
    ev_ref();
  } else {
    ev_unref();
  }
}

void WakeUp() {
  static Timer timer;
  static bool ready = false;
  if (!ready) timer.Init([](Timer*) {}, /*keeps_alive=*/true);
  ready = true;
  timer.Start(0);
}

bool IsWaiting() { return waiting.load(std::memory_order_relaxed); }

void Run() {
  EnsureStarted();
  ev_run(0);
}

void Stop() { ev_break(EVBREAK_ALL); }

const char* Version() {
  static char text[16];
  std::snprintf(text, sizeof text, "%d.%d", ev_version_major(), ev_version_minor());
  return text;
}

}  // namespace node::loop

#pragma clang diagnostic pop
// Layer 2 system: the kernel, but no engine
// thread_pool.h: threads for system calls that block
#line 1 "src/thread_pool.h"
// A few threads for system calls that block: those on files.
//
// Jobs begin in the order in which they were posted, on whichever thread is
// free, and come back to the loop, which lives while any of them is under way.
// Those with the same key are done one after another, in their order: each
// lines up with all others when the one before it is done, so that a thread is
// woken for the first of them only, and a long row of them keeps nobody waiting.
// All functions are the main thread's.
//
// The threads share the process' descriptors, have every signal blocked and
// small stacks. They start when there is work for them and end when there has
// been none for a while: as long as they live each system call on a descriptor
// costs some 80 ns more (see js_platform.cc), which a server that has only read
// its settings need not pay for ever. Nobody waits for them at the end of the
// process: _exit(2) ends what is under way.


#include <cstddef>
#include <memory>



namespace node::thread_pool {

class Job {
 public:
  virtual ~Job() = default;
  // On a thread of the pool: no script, nothing of the loop.
  virtual void Work() = 0;
  // On the main thread in a later turn, behind Work(). The job is destroyed afterwards.
  virtual void Done() = 0;

 private:
  friend struct Pool;
  Job* next_ = nullptr;
  Job* previous_ = nullptr;
  int key_ = 0;
  bool begun_ = false;
};

// Of jobs that nothing is to be done before.
inline constexpr int kNoKey = -1;

struct Limits {
  // Threads at most. More than there are cores, since most of them wait for a disk.
  // NODE_POOL_THREADS in the environment: 1 to 64.
  size_t threads = 4;
  // Jobs that wait for a thread, at most: what a script may ask for at once, and some 250 MB.
  // NODE_POOL_QUEUE in the environment: 1 to 10^9.
  size_t queue = 1000 * 1000;
  // Milliseconds without work after which a thread ends.
  double idle_ms = 5000;
};

// The limits in force: those above, with what the environment has to say on the first call. Only tests change them.
Limits& TheLimits();

// Takes `job`; or gives it back, untouched, when the queue is full. `key`: kNoKey, or what it has in common with those
// that it must not overtake or run beside; a descriptor.
[[nodiscard]] std::unique_ptr<Job> Post(std::unique_ptr<Job> job, int key = kNoKey);

// What an operation that was given back tells its owner.
base::Error QueueFull();

// A job of `key` that has not begun, for the caller to do now; nullptr when there is none. The first of them is the
// last to be had: a thread may be about to begin it. But all threads may also be held up by something else.
std::unique_ptr<Job> TakeBack(int key);

// Whether Deliver() has something to do.
bool HasFinished();
// Calls Done() of what is finished, of a row that takes long in several turns. The loop does so in each turn; within a
// turn it saves the way through the kernel.
void Deliver();

// How many threads there are now.
size_t ThreadCount();

}  // namespace node::thread_pool
// Layer 2 system: the kernel, but no engine
// thread_pool.cc: threads for system calls that block
#line 1 "src/thread_pool.cc"


#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <utility>





namespace node::thread_pool {

// Bytes: system calls and small functions around them need no more.
static constexpr size_t kStackSize = 256 * 1024;
// Milliseconds of a turn, at least, in which what is finished is told of.
static constexpr double kDeliverMs = 2;

static void ReadLimit(const char* name, uint64_t most, size_t* limit) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return;
  uint64_t value = 0;
  if (bytes::ParseDecimal(text, most, &value) && value > 0) {
    *limit = static_cast<size_t>(value);
  } else {
    std::fprintf(stderr, "node: %s must be an integer from 1 to %llu; it stays %zu\n", name,
                 static_cast<unsigned long long>(most), *limit);
  }
}

Limits& TheLimits() {
  static Limits limits = [] {
    Limits read;
    ReadLimit("NODE_POOL_THREADS", 64, &read.threads);
    ReadLimit("NODE_POOL_QUEUE", 1000 * 1000 * 1000, &read.queue);
    return read;
  }();
  return limits;
}

base::Error QueueFull() { return {"queue", EAGAIN, "(more operations than NODE_POOL_QUEUE wait)"}; }

// Jobs in the order of their coming.
struct List {
  Job* first = nullptr;
  Job* last = nullptr;
  size_t size = 0;
};

// Of a key that waits or is being done.
struct Row {
  Job* first = nullptr;  // the one job that may begin, or has
  List behind;           // those after it
};

// Never destroyed, as its threads are not.
struct Pool {
  std::mutex mutex;
  std::condition_variable wake;
  List waiting;  // what can begin: of a key one job at most, and none while another of that key is being done
  List finished;
  std::unordered_map<int, Row> rows;
  size_t not_begun = 0;  // jobs that wait, behind others of their key too
  size_t threads = 0;
  size_t idle = 0;
  double idle_ms = 0;                      // of the limits, which the main thread may change
  std::atomic<bool> has_finished = false;  // that there are some is seen without the mutex
  loop::Notifier notifier;

  static void Append(List* list, Job* job) {
    job->next_ = nullptr;
    job->previous_ = list->last;
    (list->last == nullptr ? list->first : list->last->next_) = job;
    list->last = job;
    ++list->size;
  }

  static Job* Remove(List* list, Job* job) {
    (job->previous_ == nullptr ? list->first : job->previous_->next_) = job->next_;
    (job->next_ == nullptr ? list->last : job->next_->previous_) = job->previous_;
    --list->size;
    return job;
  }

  static Job* TakeFirst(List* list) { return Remove(list, list->first); }

  // With the mutex held, which whoever is woken wants next: it is free meanwhile.
  void Finish(Job* job, std::unique_lock<std::mutex>* lock) {
    Append(&finished, job);
    // Whoever finishes more before the loop looks need not wake it again.
    if (finished.size > 1) return;
    has_finished.store(true, std::memory_order_relaxed);
    lock->unlock();
    notifier.Notify();
    lock->lock();
  }

  void DeliverFinished() {
    List taken;
    {
      std::lock_guard lock(mutex);
      taken = std::exchange(finished, {});
      has_finished.store(false, std::memory_order_relaxed);
    }
    // Of a turn as much as all else has had: while a callback takes its time, the threads finish the next thousand.
    const double end = loop::NowMs() + std::max(kDeliverMs, loop::TurnMs());
    while (taken.size > 0) {
      std::unique_ptr<Job> job(TakeFirst(&taken));
      loop::KeepAlive(-1);
      job->Done();
      if (taken.size > 0 && loop::NowMs() > end) return PutBack(taken);
    }
  }

  // What has been taken of the finished, for the next turn.
  void PutBack(const List& taken) {
    {
      std::lock_guard lock(mutex);
      const List later = std::exchange(finished, taken);
      if (later.size > 0) {
        finished.last->next_ = later.first;
        later.first->previous_ = finished.last;
        finished.last = later.last;
        finished.size += later.size;
      }
      has_finished.store(true, std::memory_order_relaxed);
    }
    notifier.Notify();
  }

  // False when it waits behind another of its key, whose thread takes it then.
  bool Queue(Job* job, int key) {
    job->key_ = key;
    ++not_begun;
    if (key != kNoKey) {
      Row& row = rows[key];
      if (row.first != nullptr) {
        Append(&row.behind, job);
        return false;
      }
      row.first = job;
    }
    Append(&waiting, job);
    return true;
  }

  Job* Begin() {
    --not_begun;
    waiting.first->begun_ = true;
    return TakeFirst(&waiting);
  }

  // The first of those that have not begun, but for one that may begin as long as there are others; or nullptr.
  Job* TakeBack(int key) {
    const auto same = rows.find(key);
    if (same == rows.end()) return nullptr;
    Row& row = same->second;
    if (row.behind.size == 0 && row.first->begun_) return nullptr;
    --not_begun;
    if (row.behind.size > 0) return TakeFirst(&row.behind);
    Job* job = Remove(&waiting, row.first);
    rows.erase(same);
    return job;
  }

  // The next of the key of `job`, which is done, may begin. It waits its turn with all others.
  void LetNextOfKeyWait(const Job* job) {
    if (job->key_ == kNoKey) return;
    const auto same = rows.find(job->key_);
    Row& row = same->second;
    if (row.behind.size > 0) {
      row.first = TakeFirst(&row.behind);
      Append(&waiting, row.first);
    } else {
      rows.erase(same);
    }
  }

  // Until there has been nothing to do for a while.
  void Run() {
    std::unique_lock lock(mutex);
    while (waiting.size > 0 || WaitForWork(&lock)) {
      Job* job = Begin();
      lock.unlock();
      job->Work();
      lock.lock();
      LetNextOfKeyWait(job);
      Finish(job, &lock);
    }
    --threads;
  }

  bool WaitForWork(std::unique_lock<std::mutex>* lock) {
    ++idle;
    const auto most = std::chrono::duration<double, std::milli>(idle_ms);
    bool found = wake.wait_for(*lock, most, [this] { return waiting.size > 0; });
    --idle;
    return found;
  }
};

static Pool& ThePool() {
  static Pool* pool = [] {
    auto* created = new Pool;
    created->notifier.Init([] { ThePool().DeliverFinished(); });
    return created;
  }();
  return *pool;
}

// False when the kernel refuses another thread.
static bool StartThread() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackSize);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  // Signals are the main thread's.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  int failure = pthread_create(
      &thread, &attributes,
      [](void*) -> void* {
        ThePool().Run();
        return nullptr;
      },
      nullptr);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return failure == 0;
}

std::unique_ptr<Job> Post(std::unique_ptr<Job> job, int key) {
  Pool& pool = ThePool();
  std::unique_lock lock(pool.mutex);
  if (pool.not_begun >= TheLimits().queue) return job;
  loop::KeepAlive(1);
  pool.idle_ms = TheLimits().idle_ms;
  if (!pool.Queue(job.release(), key)) return nullptr;
  if (pool.idle >= pool.waiting.size) {
    // See Finish().
    lock.unlock();
    pool.wake.notify_one();
  } else if (pool.threads < TheLimits().threads) {
    if (StartThread()) {
      ++pool.threads;
    } else if (pool.threads == 0) {
      // Slow is better than never.
      Job* alone = pool.Begin();
      alone->Work();
      pool.LetNextOfKeyWait(alone);
      pool.Finish(alone, &lock);
    }
  }
  return nullptr;
}

std::unique_ptr<Job> TakeBack(int key) {
  Pool& pool = ThePool();
  std::lock_guard lock(pool.mutex);
  std::unique_ptr<Job> job(pool.TakeBack(key));
  if (job != nullptr) loop::KeepAlive(-1);
  return job;
}

bool HasFinished() { return ThePool().has_finished.load(std::memory_order_relaxed); }

void Deliver() {
  if (HasFinished()) ThePool().DeliverFinished();
}

size_t ThreadCount() {
  std::lock_guard lock(ThePool().mutex);
  return ThePool().threads;
}

}  // namespace node::thread_pool
// Layer 2 system: the kernel, but no engine
// blocks.h: memory for large pieces of data
#line 1 "src/blocks.h"
// Memory for large pieces of data. Blocks go round: what goes through malloc
// would be returned to the kernel and faulted in again, 0.25 us for each 4 KB.
//
// Functions are for any thread.


#include <cstddef>
#include <utility>

namespace node::blocks {

// Blocks are kept in multiples of kUnit bytes up to kLargest.
inline constexpr size_t kUnit = 64 * 1024;
inline constexpr size_t kLargest = 16 * kUnit;

// Whether memory for `size` bytes is kept when it is given back.
constexpr bool IsKept(size_t size) { return size > kUnit / 2 && size <= kLargest; }

// How many bytes there are in memory for `size` bytes.
constexpr size_t Capacity(size_t size) { return IsKept(size) ? (size + kUnit - 1) / kUnit * kUnit : size; }

// Memory with at least Capacity(size) bytes; not zeroed. nullptr when there is none.
char* Take(size_t size);

// Gives back what Take() gave for `size`, or for another size of that capacity.
void Give(char* data, size_t size);

// Bytes in memory of Take(), with an owner.
class Block {
 public:
  Block() = default;
  // `data` was taken for `size` bytes.
  Block(char* data, size_t size) : data_(data), size_(size), capacity_(Capacity(size)) {}
  Block(Block&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Block& operator=(Block&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() { Give(data_, capacity_); }

  // nullptr when empty, or when there was no memory.
  char* data() const { return data_; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  // `size`: up to capacity().
  void set_size(size_t size) { size_ = size; }
  // Makes room for `size` bytes and keeps what is there. False, with all as it was, when memory is out.
  bool Grow(size_t size);
  // The memory is the caller's, for Give().
  char* Release() {
    size_ = capacity_ = 0;
    return std::exchange(data_, nullptr);
  }

 private:
  char* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace node::blocks
// Layer 2 system: the kernel, but no engine
// blocks.cc: memory for large pieces of data
#line 1 "src/blocks.cc"


#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace node::blocks {

// Bytes kept: as many as a collection of the engine gives back at once (see kFlags in js.cc), and some more.
static constexpr size_t kKept = 40 * kUnit;

struct Entry {
  char* data;
  size_t capacity;
};

// The longest unused come first.
struct Cache {
  std::mutex mutex;
  Entry entries[kKept / kUnit];
  size_t count = 0;
  size_t bytes = 0;

  Entry Remove(size_t index) {
    Entry entry = entries[index];
    std::copy(entries + index + 1, entries + count, entries + index);
    --count;
    bytes -= entry.capacity;
    return entry;
  }
};

static Cache& TheCache() {
  static auto* cache = new Cache;
  return *cache;
}

char* Take(size_t size) {
  const size_t capacity = Capacity(size);
  if (IsKept(size)) {
    Cache& cache = TheCache();
    std::lock_guard lock(cache.mutex);
    // The last one is the likeliest to be in the processor's cache.
    for (size_t i = cache.count; i > 0; --i) {
      if (cache.entries[i - 1].capacity == capacity) return cache.Remove(i - 1).data;
    }
  }
  return static_cast<char*>(std::malloc(std::max<size_t>(capacity, 1)));
}

void Give(char* data, size_t size) {
  const size_t capacity = Capacity(size);
  if (data == nullptr || !IsKept(size)) return std::free(data);
  Cache& cache = TheCache();
  std::lock_guard lock(cache.mutex);
  while (cache.bytes + capacity > kKept) std::free(cache.Remove(0).data);
  cache.entries[cache.count++] = {data, capacity};
  cache.bytes += capacity;
}

bool Block::Grow(size_t size) {
  if (Capacity(size) <= capacity_) return true;
  char* larger = Take(size);
  if (larger == nullptr) return false;
  if (size_ > 0) std::memcpy(larger, data_, size_);
  Give(std::exchange(data_, larger), capacity_);
  capacity_ = Capacity(size);
  return true;
}

}  // namespace node::blocks
// Layer 2 system: the kernel, but no engine
// entropy.h: random bits that nobody can guess
#line 1 "src/entropy.h"
// Random bits that nobody can guess, cheaply: those of getrandom(2), fetched many at a time.
//
// A few nanoseconds each instead of a system call. What was handed out is erased, and a child of fork(2) never sees its
// parent's.


#include <cstddef>
#include <cstdint>

namespace node::entropy {

// `size` bytes, 256 at most. Without getrandom(2) the process ends with a message: to go on would be to be guessed.
void Fill(void* out, size_t size);

// All of 2^16 numbers alike likely.
uint16_t Bits16();

// A number below `bound` (>= 1, < 2^16), all alike likely but for 1 in 2^16.
uint32_t Below(uint32_t bound);

}  // namespace node::entropy
// Layer 2 system: the kernel, but no engine
// entropy.cc: random bits that nobody can guess
#line 1 "src/entropy.cc"


#include <sys/mman.h>
#include <sys/random.h>

#include <cstring>



namespace node::entropy {

// A page of its own, which the kernel fills with zeros in a child of fork(2): there nothing is left, and it is fetched
// anew.
struct Page {
  uint32_t left;
  unsigned char bytes[4096 - sizeof(uint32_t)];
};

[[noreturn]] static void End(const char* syscall) {
  base::Error error = base::ErrnoError(syscall);
  std::fprintf(stderr, "node: cannot get random bits: %s\n", error.Message().c_str());
  std::exit(1);
}

static Page* ThePage() {
  static Page* page = nullptr;
  if (page != nullptr) return page;
  void* memory = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) End("mmap");
  // Linux 4.14. Nothing of ours goes on in a child without exec(3), so that this is a second lock.
  madvise(memory, sizeof(Page), MADV_WIPEONFORK);
  page = static_cast<Page*>(memory);
  return page;
}

static void Refill(Page* page) {
  for (size_t have = 0; have < sizeof page->bytes;) {
    ssize_t got = getrandom(page->bytes + have, sizeof page->bytes - have, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) End("getrandom");
    have += static_cast<size_t>(got);
  }
  page->left = sizeof page->bytes;
}

void Fill(void* out, size_t size) {
  CHECK(size <= 256);
  Page* page = ThePage();
  if (page->left < size) Refill(page);
  page->left -= static_cast<uint32_t>(size);
  std::memcpy(out, page->bytes + page->left, size);
  std::memset(page->bytes + page->left, 0, size);
}

uint16_t Bits16() {
  uint16_t bits;
  Fill(&bits, sizeof bits);
  return bits;
}

uint32_t Below(uint32_t bound) {
  CHECK(bound >= 1 && bound < 65536);
  uint32_t bits;
  Fill(&bits, sizeof bits);
  return static_cast<uint32_t>((uint64_t{bits} * bound) >> 32);
}

}  // namespace node::entropy
// Layer 2 system: the kernel, but no engine
// slots.h: records by names that a stale holder cannot mistake
#line 1 "src/slots.h"
// Numbered places for records, named by small integers that a stale holder cannot mistake.
//
// A name is the place and its generation, which changes with each record that takes the place. It comes round after
// 1,024 of them: what outlives its record for so long must compare something else besides.


#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace node::slots {

// Place in bits 0..19, generation in bits 20..29: a small integer in JavaScript.
using Id = uint32_t;
inline constexpr uint32_t kPlaceBits = 20;
inline constexpr uint32_t kPlaceMask = (1u << kPlaceBits) - 1;

// A place in tables beside this one: small, and of one open record at a time.
inline uint32_t PlaceOf(Id id) { return id & kPlaceMask; }

// `Record` has members `Id id` and `bool open`, which belong to the table. Its address stays good until Trim().
template <typename Record>
class Table {
 public:
  // An open record with a new name, otherwise as its last user has left it or, behind Trim(), as new; nullptr when all
  // 2^20 places are taken.
  Record* Take() {
    if (free_.empty()) {
      if (records_.size() > kPlaceMask) return nullptr;
      records_.push_back(std::make_unique<Record>());
      records_.back()->id = static_cast<Id>(records_.size() - 1);
      free_.push_back(records_.back()->id);
    }
    const uint32_t place = free_.back();
    free_.pop_back();
    Record* record = records_[place].get();
    if (record == nullptr) {
      records_[place] = std::make_unique<Record>();
      record = records_[place].get();
      record->id = names_[place];
    }
    Id generation = ((record->id >> kPlaceBits) + 1) & kGenerationMask;
    record->id = (generation << kPlaceBits) | (record->id & kPlaceMask);
    record->open = true;
    return record;
  }

  // The open record of that name, or nullptr.
  Record* Find(Id id) const {
    size_t place = id & kPlaceMask;
    if (place >= records_.size()) return nullptr;
    Record* record = records_[place].get();
    return record != nullptr && record->open && record->id == id ? record : nullptr;
  }

  // Its name is nobody's from now on.
  void GiveBack(Record* record) {
    record->open = false;
    free_.push_back(record->id & kPlaceMask);
  }

  // All places, their records open or not, nullptr behind Trim(); they may be taken and given back meanwhile.
  size_t size() const { return records_.size(); }
  Record* at(size_t index) const { return records_[index].get(); }

  // Whether a crowd has left so many records behind that Trim() is worth while.
  bool Crowded() const { return free_.size() >= kCrowd && free_.size() / 4 * 3 > records_.size() - free_.size(); }

  // Frees the records that are not open; `last_look` is called for each. Only where nobody has the address of one.
  template <typename LastLook>
  void Trim(LastLook last_look) {
    names_.resize(records_.size());
    for (size_t place = 0; place < records_.size(); ++place) {
      const Record* record = records_[place].get();
      if (record == nullptr || record->open) continue;
      names_[place] = record->id;
      last_look(*record);
      records_[place].reset();
    }
  }

 private:
  static constexpr uint32_t kGenerationMask = 0x3ff;
  static constexpr size_t kCrowd = 1024;

  std::vector<std::unique_ptr<Record>> records_;
  std::vector<uint32_t> free_;
  std::vector<Id> names_;  // of records that Trim() has freed
};

}  // namespace node::slots
// Layer 2 system: the kernel, but no engine
// inbox.h: what a turn has read
#line 1 "src/inbox.h"
// What a turn of the loop has read and nobody has been told of yet.
//
// Reading, telling and sending run through different code, here and in the kernel, more than the first cache holds.
// Done for all connections one after another, each is a tenth faster than all three for one connection after another:
// doc/performance.md.


#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>



namespace node::inbox {

class Inbox {
 public:
  // Keeps a copy of what the connection of that name has sent; false when that is too much: to be told at once.
  bool Put(slots::Id id, std::string_view bytes) {
    if (bytes.size() > kPiece || bytes.size() > sizeof bytes_ - used_ || count_ == kPieces) return false;
    pieces_[count_++] = {id, static_cast<uint32_t>(bytes.size())};
    std::memcpy(bytes_ + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
    return true;
  }

  // Calls `tell(id, bytes)` for each, in their order. Nothing must be put in meanwhile.
  template <typename Tell>
  void Empty(Tell tell) {
    const char* at = bytes_;
    while (told_ < count_) {
      const Piece& piece = pieces_[told_++];
      tell(piece.id, std::string_view(at, piece.length));
      at += piece.length;
    }
    count_ = told_ = used_ = 0;
  }

  // Whether something of that connection is still to be told.
  bool Has(slots::Id id) const {
    return std::any_of(pieces_ + told_, pieces_ + count_, [id](const Piece& piece) { return piece.id == id; });
  }

  bool empty() const { return count_ == 0; }

 private:
  // Larger pieces gain less than the copy costs.
  static constexpr size_t kPiece = 4096;
  static constexpr size_t kPieces = 512;
  struct Piece {
    slots::Id id;
    uint32_t length;
  };

  size_t count_ = 0;
  size_t told_ = 0;
  size_t used_ = 0;
  Piece pieces_[kPieces];
  char bytes_[64 * 1024];
};

}  // namespace node::inbox
// Layer 2 system: the kernel, but no engine
// timer_wheel.h: coarse deadlines for very many connections
#line 1 "src/timer_wheel.h"
// Coarse deadlines for very many objects: a hashed wheel of one-second slots.
//
// Pushing a deadline back, by far the commonest change, is one store; the entry
// is moved only when its slot comes round. Pure: time is what Advance() is told.


#include <cstddef>
#include <cstdint>

namespace node::timer_wheel {

// A place in the wheel, embedded in its owner, which removes it before it goes.
struct Entry {
  Entry* next = nullptr;
  Entry* previous = nullptr;
  uint32_t deadline = 0;  // in ticks; 0: not in the wheel
};

class Wheel {
 public:
  using Expired = void (*)(Entry* entry);

  // `now`: the current tick. One tick is whatever the caller says, a second in this program.
  explicit Wheel(uint32_t now);
  Wheel(const Wheel&) = delete;
  Wheel& operator=(const Wheel&) = delete;

  // Lets `entry` expire `ticks` (>= 1) after now; it may be in the wheel already.
  void Set(Entry* entry, uint32_t ticks);
  // Takes it out; harmless when it is not in.
  void Remove(Entry* entry);
  // Moves the time on and calls `expired` for each entry whose deadline has
  // come, after it was taken out. The callback may set and remove any entry.
  void Advance(uint32_t now, Expired expired);

  uint32_t now() const { return now_; }
  size_t size() const { return size_; }

 private:
  static constexpr uint32_t kSlots = 256;

  void Insert(Entry* entry, uint32_t slot_tick);
  void Unlink(Entry* entry);

  Entry slots_[kSlots];  // heads of circular lists
  uint32_t now_;
  size_t size_ = 0;
};

}  // namespace node::timer_wheel
// Layer 2 system: the kernel, but no engine
// timer_wheel.cc: coarse deadlines for very many connections
#line 1 "src/timer_wheel.cc"




namespace node::timer_wheel {

Wheel::Wheel(uint32_t now) : now_(now) {
  for (Entry& head : slots_) head.next = head.previous = &head;
}

void Wheel::Insert(Entry* entry, uint32_t slot_tick) {
  Entry* head = &slots_[slot_tick % kSlots];
  entry->next = head;
  entry->previous = head->previous;
  head->previous->next = entry;
  head->previous = entry;
}

void Wheel::Unlink(Entry* entry) {
  entry->previous->next = entry->next;
  entry->next->previous = entry->previous;
  entry->next = entry->previous = nullptr;
}

void Wheel::Set(Entry* entry, uint32_t ticks) {
  CHECK(ticks >= 1);
  uint32_t deadline = now_ + ticks;
  if (deadline == 0) deadline = 1;  // 0 says "not in the wheel"
  // A later deadline leaves the entry where it is: its slot comes round first and moves it then.
  if (entry->deadline != 0 && static_cast<int32_t>(deadline - entry->deadline) >= 0) {
    entry->deadline = deadline;
    return;
  }
  if (entry->deadline != 0) {
    Unlink(entry);
  } else {
    ++size_;
  }
  entry->deadline = deadline;
  Insert(entry, deadline);
}

void Wheel::Remove(Entry* entry) {
  if (entry->deadline == 0) return;
  Unlink(entry);
  entry->deadline = 0;
  --size_;
}

void Wheel::Advance(uint32_t now, Expired expired) {
  // After a long sleep one round of the wheel looks into every slot.
  uint32_t steps = now - now_;
  if (steps > kSlots) {
    steps = kSlots;
    now_ = now - kSlots;
  }
  for (; steps > 0; --steps) {
    ++now_;
    // The slot's list is taken off first: what a callback adds waits for the next round.
    Entry batch;
    Entry* head = &slots_[now_ % kSlots];
    if (head->next == head) continue;
    batch = *head;
    batch.next->previous = &batch;
    batch.previous->next = &batch;
    head->next = head->previous = head;
    while (batch.next != &batch) {
      Entry* entry = batch.next;
      Unlink(entry);
      if (static_cast<int32_t>(entry->deadline - now) > 0) {
        Insert(entry, entry->deadline);
        continue;
      }
      entry->deadline = 0;
      --size_;
      expired(entry);
    }
  }
}

}  // namespace node::timer_wheel
// Layer 2 system: the kernel, but no engine
// deadlines.h: the wheel on the loop
#line 1 "src/deadlines.h"
// Coarse deadlines for very many objects, on the loop: a timer wheel with a tick of one second or what is wanted.


#include <cstdint>




namespace node::deadlines {

// One for each kind of object. Its timer runs while something is set, and does not keep the loop alive.
class Deadlines {
 public:
  // `expired` is called from the loop for each entry whose deadline has come; `after` once behind all of one tick.
  Deadlines(timer_wheel::Wheel::Expired expired, void (*after)(), double tick_ms = 1000);

  // Lets `entry` expire in so many ticks; never earlier, and up to two ticks later. It may be set already.
  void Set(timer_wheel::Entry* entry, uint32_t ticks);
  // Harmless when it is not set.
  void Remove(timer_wheel::Entry* entry) { wheel_.Remove(entry); }

 private:
  struct Tick : loop::Timer {
    Deadlines* owner = nullptr;
  };
  void OnTick();
  uint32_t Now() const;

  double tick_ms_;
  timer_wheel::Wheel wheel_;
  Tick tick_;
  timer_wheel::Wheel::Expired expired_;
  void (*after_)();
  bool ticking_ = false;  // the wheel is moving: it must not be moved from inside
};

}  // namespace node::deadlines
// Layer 2 system: the kernel, but no engine
// deadlines.cc: the wheel on the loop
#line 1 "src/deadlines.cc"


namespace node::deadlines {

// The tick of nearly all, whose time costs no division.
static constexpr double kSecondMs = 1000;

// Ticks since the kernel's start; a wheel's numbers are those modulo 2^32.
static uint32_t Wrapped(double ticks) { return static_cast<uint32_t>(static_cast<uint64_t>(ticks)); }

uint32_t Deadlines::Now() const {
  return tick_ms_ == kSecondMs ? loop::CoarseNowSeconds() : Wrapped(loop::CoarseNowMs() / tick_ms_);
}

Deadlines::Deadlines(timer_wheel::Wheel::Expired expired, void (*after)(), double tick_ms)
    : tick_ms_(tick_ms), wheel_(Now()), expired_(expired), after_(after) {
  tick_.owner = this;
  tick_.Init([](loop::Timer* timer) { static_cast<Tick*>(timer)->owner->OnTick(); }, /*keeps_alive=*/false);
}

void Deadlines::OnTick() {
  ticking_ = true;
  wheel_.Advance(Now(), expired_);
  ticking_ = false;
  if (wheel_.size() > 0) tick_.Start(tick_ms_);
  after_();
}

void Deadlines::Set(timer_wheel::Entry* entry, uint32_t ticks) {
  const uint32_t now = Now();
  if (wheel_.size() == 0 && !ticking_) wheel_.Advance(now, expired_);
  if (!tick_.started()) tick_.Start(tick_ms_);
  // The wheel's own time may be behind; neither the tick under way nor that in which the wheel looks counts.
  const int32_t from_wheel = static_cast<int32_t>(now + ticks + 2 - wheel_.now());
  wheel_.Set(entry, from_wheel < 1 ? 1 : static_cast<uint32_t>(from_wheel));
}

}  // namespace node::deadlines
// Layer 2 system: the kernel, but no engine
// trimmer.h: memory goes back when a crowd has left
#line 1 "src/trimmer.h"
// Gives back the memory of a crowd that has left: later, and from a turn of its own, when nobody is at work on a
// record.




namespace node::trimmer {

// One for each kind of record. Never destroyed.
class Trimmer {
 public:
  // `trim` frees what is free; what malloc holds goes back to the kernel behind it.
  explicit Trimmer(void (*trim)());

  // Trims two seconds from now, which does not keep the program; several calls before that make one.
  void Later();

 private:
  struct Wait : loop::Timer {
    Trimmer* owner = nullptr;
  };

  Wait wait_;
  void (*trim_)();
};

}  // namespace node::trimmer
// Layer 2 system: the kernel, but no engine
// trimmer.cc: memory goes back when a crowd has left
#line 1 "src/trimmer.cc"


#include <malloc.h>

namespace node::trimmer {

static constexpr double kDelayMs = 2000;

Trimmer::Trimmer(void (*trim)()) : trim_(trim) {
  wait_.owner = this;
  wait_.Init(
      [](loop::Timer* timer) {
        static_cast<Wait*>(timer)->owner->trim_();
        malloc_trim(0);
      },
      /*keeps_alive=*/false);
}

void Trimmer::Later() {
  if (!wait_.started()) wait_.Start(kDelayMs);
}

}  // namespace node::trimmer
// Layer 2 system: the kernel, but no engine
// output.h: standard output and error, queued
#line 1 "src/output.h"
// Standard output and error: queued writing in order, without blocking the loop
// on a slow pipe or terminal, and a last blocking write-out at the end.


#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>



namespace node::output {

class Output {
 public:
  // Called by Flush(), also by one that the loop makes, when some of the bytes have been written or lost to an error.
  using Settled = void (*)(Output* output);

  // `descriptor` is 1 or 2 and is never closed.
  Output(int descriptor, Settled settled);

  // Queues bytes; they leave with the next Flush(), or now when many are queued: some as far as the reader takes them,
  // and above kMost all of them, blocking, so that printing without end takes a bounded amount of memory.
  void Append(std::string_view bytes);
  // Writes what can be written without blocking and waits in the loop for the rest.
  void Flush();
  // Writes what can be written without blocking, and tells nobody yet.
  void Push();
  // Writes all that is queued, blocking if it must.
  void Drain();
  // The same from a signal handler, which may have come in the middle of one of the above: then nothing is written.
  void DrainInSignal();

  // Whether it is a regular file, which has positions, and is always written at once.
  bool IsFile();

  bool empty() const { return sent_ == queue_.size(); }
  // Whether Flush() would do something: there are bytes, and the loop does not wait for the reader already; or there is
  // an error to tell of.
  bool FlushDue() const { return (!empty() && watch_.wanted() == 0) || error_ != 0; }
  // The errno of the last failed write, e.g. EPIPE; 0 if none failed. What was queued then is lost, and further bytes
  // are dropped until Forgive().
  int error() const { return error_; }
  // Where, in bytes since the start, what is lost begins.
  uint64_t lost_from() const { return lost_from_; }
  // Tries again with what is appended from now on: a disk may have room again.
  void Forgive() { error_ = 0; }
  // The descriptor is no longer what it was: from now on all is lost to EBADF, what is queued as well.
  void Close() { closed_ = true; }
  // Whether there is an error, and so much has been lost to it that whoever goes on may never end his turn. Told once
  // for each such amount.
  bool LosesWithoutEnd();
  // Bytes accepted by Append() since the start, and bytes written or lost since then.
  uint64_t appended() const { return appended_; }
  uint64_t settled() const { return appended_ - (queue_.size() - sent_); }

 private:
  enum class Kind : uint8_t { kUnknown, kFile, kPolled };
  struct Watch : loop::Io {
    Output* owner = nullptr;
  };

  void FindKind();
  // Gives back what has been written, when there is much of it.
  void ForgetSent();
  void Fail(int code);
  // One write(2), or what it takes of a pipe without blocking; -1 and errno.
  ssize_t WriteOnce(std::string_view bytes, bool may_block);
  // One step; false when nothing more goes for now.
  bool WriteSome(bool may_block);

  Watch watch_;
  Settled on_settled_;
  std::string queue_;
  size_t sent_ = 0;
  uint64_t appended_ = 0;
  uint64_t lost_from_ = 0;
  uint64_t lost_told_ = 0;  // up to where LosesWithoutEnd() has told of
  int descriptor_;
  int error_ = 0;
  bool closed_ = false;
  Kind kind_ = Kind::kUnknown;
  bool tries_ = true;               // whether the kernel can be asked to write what does not block
  volatile bool changing_ = false;  // the queue is not whole
};

// All of `bytes` at once to `descriptor`, blocking: for messages just before the end. Returns 0 or an errno.
int WriteNow(int descriptor, std::string_view bytes);

}  // namespace node::output
// Layer 2 system: the kernel, but no engine
// output.cc: standard output and error, queued
#line 1 "src/output.cc"


#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace node::output {

// Bytes: less is not worth moving what follows, or a system call before the turn's end.
static constexpr size_t kWorthwhile = 64 * 1024;
// Bytes that may wait for a slow reader.
static constexpr size_t kMost = 4 * 1024 * 1024;

Output::Output(int descriptor, Settled settled) : on_settled_(settled), descriptor_(descriptor) {
  watch_.owner = this;
  watch_.Init(descriptor_, [](loop::Io* io, int) {
    io->Want(0);
    static_cast<Watch*>(io)->owner->Flush();
  });
}

void Output::Append(std::string_view bytes) {
  if (closed_ && error_ == 0) Fail(EBADF);
  appended_ += bytes.size();
  if (error_ != 0) return;
  changing_ = true;
  queue_.append(bytes);
  changing_ = false;
  size_t queued = queue_.size() - sent_;
  if (queued < kWorthwhile) return;
  if (queued > kMost) {
    Drain();
    ForgetSent();
  } else {
    Push();
  }
}

void Output::Push() {
  if (watch_.wanted() != 0) return;
  while (!empty() && WriteSome(/*may_block=*/false)) {
  }
  ForgetSent();
}

void Output::ForgetSent() {
  if (!empty() && (sent_ < kWorthwhile || sent_ < queue_.size() / 2)) return;
  changing_ = true;
  queue_.erase(0, sent_);
  sent_ = 0;
  changing_ = false;
}

void Output::FindKind() {
  struct stat status;
  bool polled = fstat(descriptor_, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode);
  kind_ = polled ? Kind::kPolled : Kind::kFile;
}

bool Output::IsFile() {
  if (kind_ == Kind::kUnknown) FindKind();
  return kind_ == Kind::kFile;
}

// The descriptor is shared with other processes, so it cannot be made
// non-blocking. What the kernel cannot be asked for, as with terminals, is done
// in small pieces: a pipe that poll(2) calls writable takes PIPE_BUF bytes at
// least (pipe(7)). Files never block for long.
ssize_t Output::WriteOnce(std::string_view bytes, bool may_block) {
  if (IsFile() || may_block) return write(descriptor_, bytes.data(), bytes.size());
  if (tries_) {
    iovec piece = {const_cast<char*>(bytes.data()), bytes.size()};
    ssize_t written = pwritev2(descriptor_, &piece, 1, -1, RWF_NOWAIT);
    // Old kernels know neither the call nor the flag.
    if (written >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL)) return written;
    tries_ = false;
  }
  pollfd probe = {descriptor_, POLLOUT, 0};
  if (poll(&probe, 1, 0) == 0) {
    errno = EAGAIN;
    return -1;
  }
  return write(descriptor_, bytes.data(), std::min<size_t>(bytes.size(), PIPE_BUF));
}

bool Output::WriteSome(bool may_block) {
  // A signal handler that writes the rest must know what has gone.
  changing_ = true;
  ssize_t written = WriteOnce(std::string_view(queue_).substr(sent_), may_block);
  if (written > 0) sent_ += static_cast<size_t>(written);
  changing_ = false;
  if (written >= 0 || errno == EINTR) return true;
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    if (!may_block) return false;
    pollfd probe = {descriptor_, POLLOUT, 0};
    poll(&probe, 1, -1);
    return true;
  }
  Fail(errno);
  return false;
}

void Output::Fail(int code) {
  error_ = code;
  lost_from_ = settled();
  changing_ = true;
  queue_.clear();
  sent_ = 0;
  changing_ = false;
}

bool Output::LosesWithoutEnd() {
  if (error_ == 0 || appended_ - std::max(lost_from_, lost_told_) <= kMost) return false;
  lost_told_ = appended_;
  return true;
}

void Output::Flush() {
  if (watch_.wanted() != 0) return;
  const uint64_t before = settled();
  Push();
  if (!empty()) watch_.Want(loop::kWrite);
  if (on_settled_ != nullptr && (settled() != before || error_ != 0)) on_settled_(this);
}

void Output::Drain() {
  while (!empty() && error_ == 0) WriteSome(/*may_block=*/true);
}

void Output::DrainInSignal() {
  if (!changing_) Drain();
}

int WriteNow(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd probe = {descriptor, POLLOUT, 0};
      poll(&probe, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace node::output
// Layer 2 system: the kernel, but no engine
// file_system.h: open files, whole files, copies, status
#line 1 "src/file_system.h"
// Files: the system calls of node.fs as plain functions that finish what they
// begin (interrupted, partial and non-blocking calls go on) and give an Error
// with the call, the errno and the path. Each may block, and may be called by
// any thread, but for those named ...Now, which do not block.
//
// Paths are bytes without NUL. Descriptors of ours are closed on exec(3).


#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>





namespace node::file_system {

// A path as an error shows it: in quotes and with escapes where it is empty or has characters that a terminal obeys.
std::string Shown(std::string_view path);
// "descriptor 7"
std::string ShownDescriptor(int descriptor);

// --- Open files ---

// As a position: where the descriptor stands.
inline constexpr int64_t kCurrent = -1;

// open(2).
base::Result<int> Open(const std::string& path, int flags, mode_t mode);

// close(2). The descriptor is gone also when it fails; of 0 to 2 the file is, and /dev/null takes the number.
base::Result<base::Done> Close(int descriptor);

// Up to `length` bytes from `position`: all that a regular file has of them, of anything else what one read(2) gives;
// none at the end. The memory is for the bytes that there are, not for those that are asked for.
base::Result<blocks::Block> Read(int descriptor, size_t length, int64_t position);

// What of that is in the kernel's caches, or in memory anyway, without blocking; else -1 and errno: EAGAIN, EOPNOTSUPP
// or EINTR where Read() may do better. Also of pipes and sockets: what they have now.
ssize_t ReadCached(int descriptor, char* data, size_t size, int64_t position);

// All of `bytes` to `position`; gives their number. With O_APPEND it goes to the end all the same (pwrite(2)).
base::Result<uint64_t> Write(int descriptor, std::string_view bytes, int64_t position);

base::Result<base::Done> TruncateOpen(int descriptor, uint64_t length);  // ftruncate(2)
base::Result<base::Done> Sync(int descriptor);                           // fsync(2)

// What one can do with a descriptor depends on what it is.
enum class Kind : uint8_t {
  kFile,    // regular: always ready, as epoll has it, and yet it may block; block devices are like that
  kFolder,  // no bytes to read
  kStream,  // pipes and sockets: wait for them in the loop
  kDevice,  // terminals and other character devices: the loop may or may not know when they are ready
};
// fstat(2). `size`, where wanted, is set to what it says.
base::Result<Kind> KindOf(int descriptor, size_t* size = nullptr);

// Reading the whole of a file: in one breath where the kernel has it in memory, else on a thread.
class WholeFile {
 public:
  // `most`: bytes that are taken; a larger file is an error, EFBIG, before it is read where its size says so.
  WholeFile(std::string path, size_t most) : path_(std::move(path)), most_(most) {}

  // A file of up to kDirect bytes that are in the kernel's caches. False: go on with ReadOn(), where it may block.
  bool ReadNow();
  static constexpr size_t kDirect = 64 * 1024;
  // All of it, or the rest.
  void ReadOn();

  // After either of them.
  const std::optional<base::Error>& error() const { return error_; }
  blocks::Block& bytes() { return bytes_; }
  // Set for what is neither a file nor a folder: nothing has been read, and it is to be waited for. Non-blocking.
  fd::OwnedFd& stream() { return stream_; }

 private:
  enum class Step : uint8_t { kOn, kEnd };

  Step Examine();
  Step ReadStep();
  Step Fail(const char* syscall, int code, std::string subject);

  std::string path_;
  size_t most_;
  size_t size_ = 0;  // as its status says
  fd::OwnedFd file_;
  fd::OwnedFd stream_;
  blocks::Block bytes_;
  std::optional<base::Error> error_;
};

// Copies the bytes of a regular file into `to`, which is overwritten, or made with the permissions of `from`; gives
// their number. Where the file system can, both share them (copy_file_range(2)). What was made is removed on failure.
base::Result<uint64_t> Copy(const std::string& from, const std::string& to);

// --- Names ---

// stat(2). Times are milliseconds since 1970.
struct Status {
  uint64_t dev, ino, mode, nlink, uid, gid, rdev, size, blksize, blocks;
  double atime, mtime, ctime;
};
base::Result<Status> GetStatus(const std::string& path);
base::Result<Status> GetLinkStatus(const std::string& path);  // of a symbolic link itself: lstat(2)
// The same, where the kernel's caches can answer; std::nullopt where they cannot.
std::optional<base::Result<Status>> GetStatusNow(const std::string& path);
std::optional<base::Result<Status>> GetLinkStatusNow(const std::string& path);

base::Result<base::Done> Rename(const std::string& from, const std::string& to);     // rename(2)
base::Result<base::Done> Unlink(const std::string& path);                            // unlink(2)
base::Result<base::Done> RemoveFolder(const std::string& path);                      // rmdir(2)
base::Result<base::Done> MakeSymlink(const std::string& to, const std::string& at);  // symlink(2)
base::Result<base::Done> MakeLink(const std::string& from, const std::string& to);   // link(2)
// mkdir(2). With `parents` the folders above are made too, and one that is there is no error.
base::Result<base::Done> MakeFolder(const std::string& path, mode_t mode, bool parents);
base::Result<base::Done> ChangeMode(const std::string& path, mode_t mode);                // chmod(2)
base::Result<base::Done> ChangeOwner(const std::string& path, uid_t owner, gid_t group);  // chown(2)
// utimensat(2); milliseconds since 1970.
base::Result<base::Done> SetTimes(const std::string& path, double accessed, double modified);
base::Result<base::Done> Truncate(const std::string& path, uint64_t length);  // truncate(2)
base::Result<std::string> ReadLink(const std::string& path);                  // readlink(2)
base::Result<std::string> RealPath(const std::string& path);                  // realpath(3)
// A new folder called `prefix` and six random characters; mkdtemp(3).
base::Result<std::string> MakeTemporaryFolder(const std::string& prefix);
// All entries but "." and "..", in the order of their bytes; readdir(3).
base::Result<std::vector<std::string>> ReadFolder(const std::string& path);

}  // namespace node::file_system
// Layer 2 system: the kernel, but no engine
// file_system.cc: open files, whole files, copies, status
#line 1 "src/file_system.cc"


#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>

namespace node::file_system {

using base::Done;
using base::ErrnoError;
using base::Error;
using base::Result;

// Bytes that one step of copying or of reading what has no size takes.
static constexpr size_t kStep = 256 * 1024;

std::string Shown(std::string_view path) {
  static constexpr char kHex[] = "0123456789abcdef";
  const bool plain =
      std::none_of(path.begin(), path.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (plain && !path.empty()) return std::string(path);
  std::string text = "\"";
  for (char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      text += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      text += c;
    }
  }
  return text + '"';
}

std::string ShownDescriptor(int descriptor) { return "descriptor " + std::to_string(descriptor); }

// For descriptors that are non-blocking, here or in the process that has given them to us.
static void WaitFor(int descriptor, short events) {
  pollfd wait = {descriptor, events, 0};
  poll(&wait, 1, -1);
}

// Whether the call that has just failed is to be made again.
static bool Again(int descriptor, short events) {
  if (errno == EINTR) return true;
  if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
  WaitFor(descriptor, events);
  return true;
}

// --- Open files ---

Result<int> Open(const std::string& path, int flags, mode_t mode) {
  for (;;) {
    int descriptor = open(path.c_str(), flags | O_CLOEXEC, mode);
    if (descriptor >= 0) return descriptor;
    if (errno != EINTR) return ErrnoError("open", Shown(path));
  }
}

// Another file that got the number would be what everybody reads, prints to or complains to, children too.
static bool CloseStandard(int descriptor) {
  fd::OwnedFd nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  return nothing.valid() && fcntl(descriptor, F_GETFD) >= 0 && dup2(nothing.get(), descriptor) >= 0;
}

Result<Done> Close(int descriptor) {
  if (descriptor >= 0 && descriptor <= STDERR_FILENO && CloseStandard(descriptor)) return Done{};
  // Linux closes also where it says EINTR, and to close again could hit another file.
  if (close(descriptor) == 0 || errno == EINTR) return Done{};
  return ErrnoError("close", ShownDescriptor(descriptor));
}

static Kind KindOfMode(mode_t mode) {
  if (S_ISREG(mode) || S_ISBLK(mode)) return Kind::kFile;
  if (S_ISDIR(mode)) return Kind::kFolder;
  return S_ISCHR(mode) ? Kind::kDevice : Kind::kStream;
}

Result<Kind> KindOf(int descriptor, size_t* size) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) return ErrnoError("fstat", ShownDescriptor(descriptor));
  if (size != nullptr) *size = static_cast<size_t>(status.st_size);
  return KindOfMode(status.st_mode);
}

static ssize_t ReadOnce(int descriptor, char* data, size_t size, int64_t position) {
  // A larger size is cut by the kernel.
  return position == kCurrent ? read(descriptor, data, size) : pread(descriptor, data, size, position);
}

ssize_t ReadCached(int descriptor, char* data, size_t size, int64_t position) {
  iovec piece = {data, size};
  const ssize_t got = preadv2(descriptor, &piece, 1, position, RWF_NOWAIT);
  if (got >= 0 || errno != EOPNOTSUPP) return got;
  struct statfs where;
  if (fstatfs(descriptor, &where) == 0 && where.f_type == TMPFS_MAGIC) {
    return ReadOnce(descriptor, data, size, position);
  }
  errno = EOPNOTSUPP;
  return -1;
}

// How many bytes of memory are worth having for up to `length` from `position` on, and whether one goes on until all
// are there.
static size_t RoomFor(int descriptor, size_t length, int64_t position, bool* goes_on) {
  struct stat status;
  *goes_on = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  // What has no size in its status gives no more than this at once.
  if (!*goes_on) return std::min(length, blocks::kLargest);
  if (length <= blocks::kUnit) return length;
  const int64_t start = position == kCurrent ? lseek(descriptor, 0, SEEK_CUR) : position;
  const int64_t left = start < 0 ? 0 : static_cast<int64_t>(status.st_size) - start;
  // Those of /proc have a size of 0.
  return std::min(length, std::max(blocks::kUnit, static_cast<size_t>(std::max<int64_t>(left, 0))));
}

Result<blocks::Block> Read(int descriptor, size_t length, int64_t position) {
  bool goes_on = false;
  const size_t room = RoomFor(descriptor, length, position, &goes_on);
  blocks::Block bytes;
  if (!bytes.Grow(room)) return Error{"read", ENOMEM, ShownDescriptor(descriptor)};
  for (;;) {
    const int64_t from = position == kCurrent ? kCurrent : position + static_cast<int64_t>(bytes.size());
    const ssize_t got = ReadOnce(descriptor, bytes.data() + bytes.size(), room - bytes.size(), from);
    if (got < 0 && Again(descriptor, POLLIN)) continue;
    // What came before an error is not lost; the next read meets it again.
    if (got < 0 && bytes.size() == 0) return ErrnoError("read", ShownDescriptor(descriptor));
    if (got <= 0) return bytes;
    bytes.set_size(bytes.size() + static_cast<size_t>(got));
    if (!goes_on || bytes.size() == room) return bytes;
  }
}

Result<uint64_t> Write(int descriptor, std::string_view bytes, int64_t position) {
  size_t done = 0;
  for (;;) {
    const char* data = bytes.data() + done;
    const size_t size = bytes.size() - done;
    const ssize_t put = position == kCurrent ? write(descriptor, data, size)
                                             : pwrite(descriptor, data, size, position + static_cast<int64_t>(done));
    if (put < 0 && Again(descriptor, POLLOUT)) continue;
    if (put < 0) return ErrnoError("write", ShownDescriptor(descriptor));
    if (put == 0 && size > 0) return Error{"write", EIO, ShownDescriptor(descriptor)};
    done += static_cast<size_t>(put);
    if (done == bytes.size()) return done;
  }
}

Result<Done> TruncateOpen(int descriptor, uint64_t length) {
  if (ftruncate(descriptor, static_cast<off_t>(length)) == 0) return Done{};
  return ErrnoError("ftruncate", ShownDescriptor(descriptor));
}

Result<Done> Sync(int descriptor) {
  if (fsync(descriptor) == 0) return Done{};
  return ErrnoError("fsync", ShownDescriptor(descriptor));
}

// --- Whole files ---

// openat2(2) that does not block: EAGAIN where the kernel would have to look beyond its caches. ENOSYS where it does
// not know how (before Linux 5.12), or is not allowed to.
static int OpenCached(const std::string& path, int flags) {
  open_how how = {};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_CACHED;
  const int descriptor = static_cast<int>(syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how));
  if (descriptor < 0 && (errno == EINVAL || errno == EPERM || errno == E2BIG)) errno = ENOSYS;
  return descriptor;
}

// Whether what has just failed need not fail when it may block.
static bool NeedsThread() { return errno == EAGAIN || errno == ENOSYS || errno == EINTR || errno == EOPNOTSUPP; }

WholeFile::Step WholeFile::Fail(const char* syscall, int code, std::string subject) {
  error_ = Error{syscall, code, std::move(subject)};
  file_.Close();
  return Step::kEnd;
}

// Of the file that has just been opened: what it is, and memory for it.
WholeFile::Step WholeFile::Examine() {
  struct stat status;
  if (fstat(file_.get(), &status) != 0) return Fail("fstat", errno, Shown(path_));
  const Kind kind = KindOfMode(status.st_mode);
  if (kind == Kind::kFolder) return Fail("read", EISDIR, Shown(path_));
  if (kind != Kind::kFile) {
    stream_ = std::move(file_);
    return Step::kEnd;
  }
  size_ = static_cast<size_t>(status.st_size);
  if (size_ > most_) {
    return Fail(
        "cat", EFBIG,
        Shown(path_) + " (" + std::to_string(size_) + " bytes, of which " + std::to_string(most_) + " can be taken)");
  }
  // One more shows at once that there is no more.
  if (!bytes_.Grow(size_ > 0 ? size_ + 1 : 4096)) return Fail("read", ENOMEM, Shown(path_));
  return Step::kOn;
}

bool WholeFile::ReadNow() {
  // O_NONBLOCK: for a pipe with a name, which would wait for its other end.
  file_ = fd::OwnedFd(OpenCached(path_, O_RDONLY | O_NONBLOCK));
  if (!file_.valid()) {
    if (NeedsThread()) return false;
    Fail("open", errno, Shown(path_));
    return true;
  }
  if (Examine() == Step::kEnd) return true;
  if (size_ > kDirect) return false;
  const ssize_t got = ReadCached(file_.get(), bytes_.data(), bytes_.capacity(), kCurrent);
  if (got < 0 && NeedsThread()) return false;
  if (got < 0) {
    Fail("read", errno, Shown(path_));
    return true;
  }
  bytes_.set_size(static_cast<size_t>(got));
  // Fewer are not all that is there: the rest is not in memory.
  const bool whole = bytes_.size() == size_;
  if (whole) file_.Close();
  return whole;
}

WholeFile::Step WholeFile::ReadStep() {
  if (bytes_.size() > most_) {
    return Fail("cat", EFBIG, Shown(path_) + " (more than " + std::to_string(most_) + " bytes)");
  }
  if (bytes_.size() == bytes_.capacity() && !bytes_.Grow(std::max(2 * bytes_.size(), kStep))) {
    return Fail("read", ENOMEM, Shown(path_));
  }
  const ssize_t got = read(file_.get(), bytes_.data() + bytes_.size(), bytes_.capacity() - bytes_.size());
  if (got < 0) return Again(file_.get(), POLLIN) ? Step::kOn : Fail("read", errno, Shown(path_));
  bytes_.set_size(bytes_.size() + static_cast<size_t>(got));
  return got == 0 ? Step::kEnd : Step::kOn;
}

void WholeFile::ReadOn() {
  if (!file_.valid()) {
    Result<int> opened = Open(path_, O_RDONLY | O_NONBLOCK, 0);
    // A lease of another process: see fcntl(2).
    if (!opened.ok() && opened.error().code == EWOULDBLOCK) opened = Open(path_, O_RDONLY, 0);
    if (!opened.ok()) {
      error_ = opened.error();
      return;
    }
    file_ = fd::OwnedFd(opened.value());
    if (Examine() == Step::kEnd) return;
  }
  while (ReadStep() == Step::kOn) {
  }
  file_.Close();
}

// --- Copying ---

// Whether copy_file_range(2) cannot do it and reading and writing may.
static bool NeedsSteps(int code) {
  return code == EXDEV || code == EINVAL || code == ENOSYS || code == EOPNOTSUPP || code == EPERM || code == EBADF;
}

static Result<uint64_t> CopyInSteps(int source, int target, const std::string& from, const std::string& to) {
  blocks::Block step(blocks::Take(kStep), 0);
  if (step.data() == nullptr) return Error{"copy", ENOMEM, Shown(from)};
  uint64_t copied = 0;
  for (;;) {
    const ssize_t got = read(source, step.data(), kStep);
    if (got < 0 && Again(source, POLLIN)) continue;
    if (got < 0) return ErrnoError("read", Shown(from));
    if (got == 0) return copied;
    Result<uint64_t> put = Write(target, {step.data(), static_cast<size_t>(got)}, kCurrent);
    if (!put.ok()) return Error{"write", put.error().code, Shown(to)};
    copied += put.value();
  }
}

static Result<uint64_t> CopyBytes(int source, int target, bool sized, const std::string& from, const std::string& to) {
  static constexpr size_t kPiece = size_t{1} << 30;
  // Files of /proc, which have no size, copy_file_range(2) takes for empty.
  uint64_t copied = 0;
  while (sized) {
    const ssize_t got = copy_file_range(source, nullptr, target, nullptr, kPiece, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && NeedsSteps(errno)) break;
    if (got < 0) return ErrnoError("copy_file_range", Shown(from) + " -> " + Shown(to));
    if (got == 0) return copied;
    copied += static_cast<uint64_t>(got);
  }
  Result<uint64_t> rest = CopyInSteps(source, target, from, to);
  if (rest.ok()) rest.value() += copied;
  return rest;
}

Result<uint64_t> Copy(const std::string& from, const std::string& to) {
  // Non-blocking for named pipes, which have no place here.
  Result<int> opened = Open(from, O_RDONLY | O_NONBLOCK, 0);
  if (!opened.ok()) return opened.error();
  const fd::OwnedFd source(opened.value());
  struct stat source_status;
  if (fstat(source.get(), &source_status) != 0) return ErrnoError("fstat", Shown(from));
  if (S_ISDIR(source_status.st_mode)) return Error{"read", EISDIR, Shown(from)};
  if (!S_ISREG(source_status.st_mode)) return Error{"copy", EINVAL, Shown(from) + " (no regular file)"};

  Result<int> created = Open(to, O_WRONLY | O_CREAT | O_EXCL, source_status.st_mode & 0777);
  const bool is_new = created.ok();
  if (!is_new && created.error().code == EEXIST) created = Open(to, O_WRONLY | O_NONBLOCK, 0);
  if (!created.ok()) return created.error();
  fd::OwnedFd target(created.value());
  struct stat target_status;
  if (fstat(target.get(), &target_status) != 0) return ErrnoError("fstat", Shown(to));
  if (target_status.st_dev == source_status.st_dev && target_status.st_ino == source_status.st_ino) {
    return Error{"copy", EINVAL, Shown(from) + " -> " + Shown(to) + " (one and the same file)"};
  }
  if (S_ISREG(target_status.st_mode) && target_status.st_size > 0 && ftruncate(target.get(), 0) != 0) {
    return ErrnoError("ftruncate", Shown(to));
  }
  Result<uint64_t> copied = CopyBytes(source.get(), target.get(), source_status.st_size > 0, from, to);
  // Some file systems have their say only here.
  Result<Done> closed = Close(target.Release());
  if (copied.ok() && !closed.ok()) copied = Error{"close", closed.error().code, Shown(to)};
  if (!copied.ok() && is_new) unlink(to.c_str());
  return copied;
}

// --- Status ---

static double Milliseconds(const timespec& time) {
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

static Status StatusOf(const struct stat& from) {
  return {.dev = from.st_dev,
          .ino = from.st_ino,
          .mode = from.st_mode,
          .nlink = from.st_nlink,
          .uid = from.st_uid,
          .gid = from.st_gid,
          .rdev = from.st_rdev,
          .size = static_cast<uint64_t>(from.st_size),
          .blksize = static_cast<uint64_t>(from.st_blksize),
          .blocks = static_cast<uint64_t>(from.st_blocks),
          .atime = Milliseconds(from.st_atim),
          .mtime = Milliseconds(from.st_mtim),
          .ctime = Milliseconds(from.st_ctim)};
}

Result<Status> GetStatus(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) == 0) return StatusOf(status);
  return ErrnoError("stat", Shown(path));
}

Result<Status> GetLinkStatus(const std::string& path) {
  struct stat status;
  if (lstat(path.c_str(), &status) == 0) return StatusOf(status);
  return ErrnoError("lstat", Shown(path));
}

static std::optional<Result<Status>> CachedStatus(const char* syscall, const std::string& path, int flags) {
  const fd::OwnedFd found(OpenCached(path, O_PATH | flags));
  struct stat status;
  // AT_NO_AUTOMOUNT is what O_PATH means anyway; AT_STATX_DONT_SYNC: servers are not asked.
  if (found.valid() && fstatat(found.get(), "", &status, AT_EMPTY_PATH | AT_STATX_DONT_SYNC) == 0) {
    return StatusOf(status);
  }
  if (NeedsThread() || found.valid()) return std::nullopt;
  return ErrnoError(syscall, Shown(path));
}

std::optional<Result<Status>> GetStatusNow(const std::string& path) { return CachedStatus("stat", path, 0); }
std::optional<Result<Status>> GetLinkStatusNow(const std::string& path) {
  return CachedStatus("lstat", path, O_NOFOLLOW);
}

}  // namespace node::file_system
// Layer 2 system: the kernel, but no engine
// file_system_names.cc: names: folders, links, permissions
#line 1 "src/file_system_names.cc"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>



// The functions of file_system.h that are about names.
namespace node::file_system {

static base::Result<base::Done> Check(int result, const char* syscall, const std::string& path) {
  if (result == 0) return base::Done{};
  return base::ErrnoError(syscall, Shown(path));
}

static base::Result<base::Done> Check(int result, const char* syscall, const std::string& from, const std::string& to) {
  if (result == 0) return base::Done{};
  return base::ErrnoError(syscall, Shown(from) + " -> " + Shown(to));
}

base::Result<base::Done> Rename(const std::string& from, const std::string& to) {
  return Check(rename(from.c_str(), to.c_str()), "rename", from, to);
}

base::Result<base::Done> MakeLink(const std::string& from, const std::string& to) {
  return Check(link(from.c_str(), to.c_str()), "link", from, to);
}

base::Result<base::Done> MakeSymlink(const std::string& to, const std::string& at) {
  return Check(symlink(to.c_str(), at.c_str()), "symlink", to, at);
}

base::Result<base::Done> Unlink(const std::string& path) { return Check(unlink(path.c_str()), "unlink", path); }

base::Result<base::Done> RemoveFolder(const std::string& path) { return Check(rmdir(path.c_str()), "rmdir", path); }

base::Result<base::Done> ChangeMode(const std::string& path, mode_t mode) {
  return Check(chmod(path.c_str(), mode), "chmod", path);
}

base::Result<base::Done> ChangeOwner(const std::string& path, uid_t owner, gid_t group) {
  return Check(chown(path.c_str(), owner, group), "chown", path);
}

base::Result<base::Done> Truncate(const std::string& path, uint64_t length) {
  return Check(truncate(path.c_str(), static_cast<off_t>(length)), "truncate", path);
}

static timespec TimeOf(double milliseconds) {
  const double seconds = std::floor(milliseconds / 1e3);
  const double rest = std::round((milliseconds - seconds * 1e3) * 1e6);
  return {static_cast<time_t>(seconds), std::min(static_cast<long>(rest), 999999999L)};
}

base::Result<base::Done> SetTimes(const std::string& path, double accessed, double modified) {
  const timespec times[] = {TimeOf(accessed), TimeOf(modified)};
  return Check(utimensat(AT_FDCWD, path.c_str(), times, 0), "utimensat", path);
}

static bool IsFolder(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// The folders above `path`, from the uppermost on.
static base::Result<base::Done> MakeParents(const std::string& path) {
  for (size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
    const std::string parent = path.substr(0, end);
    if (mkdir(parent.c_str(), 0777) == 0 || errno == EEXIST) continue;
    base::Error error = base::ErrnoError("mkdir", Shown(parent));
    if (!IsFolder(parent)) return error;
  }
  return base::Done{};
}

base::Result<base::Done> MakeFolder(const std::string& path, mode_t mode, bool parents) {
  if (mkdir(path.c_str(), mode) == 0) return base::Done{};
  base::Error error = base::ErrnoError("mkdir", Shown(path));
  if (!parents) return error;
  if (error.code == ENOENT && !path.empty()) {
    const std::string trimmed = path.substr(0, path.find_last_not_of('/') + 1);
    base::Result<base::Done> made = MakeParents(trimmed);
    if (!made.ok()) return made;
    if (mkdir(trimmed.c_str(), mode) == 0) return base::Done{};
    error.code = errno;
  }
  if (error.code == EEXIST && IsFolder(path)) return base::Done{};
  return error;
}

base::Result<std::string> ReadLink(const std::string& path) {
  std::string target(256, '\0');
  for (;;) {
    const ssize_t length = readlink(path.c_str(), target.data(), target.size());
    if (length < 0) return base::ErrnoError("readlink", Shown(path));
    if (static_cast<size_t>(length) < target.size()) {
      target.resize(static_cast<size_t>(length));
      return target;
    }
    target.resize(2 * target.size());
  }
}

base::Result<std::string> RealPath(const std::string& path) {
  char* found = realpath(path.c_str(), nullptr);
  if (found == nullptr) return base::ErrnoError("realpath", Shown(path));
  std::string result(found);
  std::free(found);
  return result;
}

base::Result<std::string> MakeTemporaryFolder(const std::string& prefix) {
  std::string path = prefix + "XXXXXX";
  if (mkdtemp(path.data()) == nullptr) return base::ErrnoError("mkdtemp", Shown(prefix));
  return path;
}

base::Result<std::vector<std::string>> ReadFolder(const std::string& path) {
  // O_CLOEXEC and all: opendir(3).
  DIR* folder = opendir(path.c_str());
  if (folder == nullptr) return base::ErrnoError("opendir", Shown(path));
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(folder)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  const int failure = errno;
  closedir(folder);
  if (failure != 0) return base::Error{"readdir", failure, Shown(path)};
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace node::file_system
// Layer 2 system: the kernel, but no engine
// file_io.h: reading and writing without blocking: files, pipes, devices
#line 1 "src/file_io.h"
// Reading and writing descriptors without blocking the loop, whatever they are:
//
//   regular files   at once where the kernel has it in memory, else on the pool
//   pipes, sockets  at once where they are ready, else when the loop says so;
//                   their own flags, which other processes share, stay
//   devices, and named pipes: when the loop says so, piece by piece on the pool
//
// What is finished at once is told in a later turn all the same. All functions
// are the main thread's.


#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>






namespace node::file_io {

// One transfer. Derive from Read or Write and say in Done() what comes of it.
class Transfer : public thread_pool::Job {
 public:
  Transfer(const char* syscall, int descriptor, int64_t position)
      : syscall_(syscall), descriptor_(descriptor), position_(position) {}

  // Bytes moved at once, at most: a turn of the loop does other things, too. Of a file 30 us, where the way to the pool
  // and back takes 15 and more.
  static constexpr size_t kDirect = 256 * 1024;

  const std::optional<base::Error>& error() const { return error_; }
  int descriptor() const { return descriptor_; }

 protected:
  enum class Attempt : uint8_t { kFinished, kNotReady, kNeedsThread };

  // Ends it with an errno.
  void Fail(int code);
  // Of what has just failed at once; reads errno.
  Attempt AfterFailure();
  bool IsNonBlocking() const;

  const char* syscall_;
  int descriptor_;
  int64_t position_;
  bool goes_on_ = false;  // until all is there: a regular file
  std::optional<base::Error> error_;

 private:
  friend struct Machine;
  // What can be done without blocking.
  virtual Attempt TryNow() = 0;
  virtual int Events() const = 0;
  // Of its job on the pool, where it is one for a regular file.
  virtual int Key() const = 0;
  // Whether a regular file of that size can be tried.
  virtual bool CachedPerhaps(size_t size) = 0;
  // On the pool: one step of what is ready, and whether that was the last.
  virtual void WorkOnce() = 0;
  virtual bool Ended() const = 0;
};

// See file_system::Read.
class Read : public Transfer {
 public:
  // `wait`: first of all for its readiness, as for a pipe with a name that nobody may have opened for writing yet.
  Read(int descriptor, size_t length, int64_t position, bool wait = false)
      : Transfer("read", descriptor, position), length_(length), wait_(wait) {}

  blocks::Block& bytes() { return bytes_; }

  // Of thread_pool::Job.
  void Work() override;

 private:
  Attempt TryNow() override;
  int Events() const override;
  int Key() const override { return thread_pool::kNoKey; }
  bool CachedPerhaps(size_t size) override;
  void WorkOnce() override { Work(); }
  bool Ended() const override { return true; }

  // What one read(2) of a pipe gives, and enough of a small file.
  static constexpr size_t kPiece = blocks::kUnit;

  size_t length_;
  size_t direct_ = kPiece;  // for how many bytes there is room at once
  bool wait_;
  blocks::Block bytes_;
};

// See file_system::Write.
class Write : public Transfer {
 public:
  // `bytes` must last, and should not change, as long as `owner` does.
  Write(int descriptor, std::string_view bytes, std::shared_ptr<void> owner, int64_t position)
      : Transfer("write", descriptor, position), bytes_(bytes), owner_(std::move(owner)) {}

  uint64_t written() const { return written_; }

  // Of thread_pool::Job.
  void Work() override;

 private:
  Attempt TryNow() override;
  int Events() const override;
  int Key() const override { return descriptor_; }
  // Kernels write to few file systems so.
  bool CachedPerhaps(size_t) override { return false; }
  void WorkOnce() override;
  bool Ended() const override { return error_.has_value() || written_ == bytes_.size(); }
  void WorkOn(std::string_view bytes);

  std::string_view bytes_;
  std::shared_ptr<void> owner_;
  uint64_t written_ = 0;
};

// Begins it. Done() is called in a later turn.
void Start(std::unique_ptr<Transfer> transfer);

// Ends those that wait for `descriptor` with ECANCELED: it is about to be closed.
void Cancel(int descriptor);

// Posts to the pool; `refuse` is called when that takes no more, and then Done() in a later turn. `key`: of the pool; a
// descriptor for what changes its file, since writes to one that run beside one another only wait for its lock.
void Post(std::unique_ptr<thread_pool::Job> job, void (*refuse)(thread_pool::Job* job), int key = thread_pool::kNoKey);

// Done() of `job`, which has been finished at once, is called by the next Flush().
void FinishLater(std::unique_ptr<thread_pool::Job> job);

// Whether this turn may still do something on files at once. Each such question is one thing done; what bytes it has
// moved is to be said by HasMoved().
bool MayBeDirect();
void HasMoved(size_t bytes);

// Whether something that could be done at once had better be done by a thread beside the loop's, by PostBeside(): much
// has been done at once in this turn already, and there is another processor.
bool MayBeBeside();
// Has one thread do a job that does not block, unless the loop comes to it first. Done() is called in a later turn.
void PostBeside(std::unique_ptr<thread_pool::Job> job);

// Tells what is finished.
void Flush();
// Whether Flush() has something to do.
bool FlushDue();

}  // namespace node::file_io
// Layer 2 system: the kernel, but no engine
// file_io.cc: reading and writing without blocking: files, pipes, devices
#line 1 "src/file_io.cc"


#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>



// The way of a transfer:
//
//   Start --regular file--> TryNow --cached-------------------------------> FinishLater
//     |                       +-----not cached--> pool -------------------> Done
//     +-----pipe, socket--> TryNow --ready--------------------------------> FinishLater
//     |                       +-----not ready--> Waiting --> TryNow ------> Done
//     +-----device, or what the kernel cannot try: Waiting --> Step (pool) --> Done
//                                                     ^---- not all ----+
namespace node::file_io {

// What a round of a turn does at once, half a millisecond: 128 things, or fewer that move bytes, of which so many take
// as long as all else about a thing.
static constexpr size_t kBytesOfThing = 32 * 1024;
static constexpr size_t kDirectBytes = 128 * kBytesOfThing;

static size_t direct_left = kDirectBytes;

void HasMoved(size_t bytes) { direct_left -= std::min(bytes, direct_left); }

bool MayBeDirect() {
  if (direct_left == 0) return false;
  HasMoved(kBytesOfThing);
  return true;
}

// --- What is finished ---

static std::vector<std::unique_ptr<thread_pool::Job>>& Finished() {
  static auto* finished = new std::vector<std::unique_ptr<thread_pool::Job>>;
  return *finished;
}

void FinishLater(std::unique_ptr<thread_pool::Job> job) { Finished().push_back(std::move(job)); }

// --- Beside the loop ---

// So many things a round are done before the other thread is asked, which may have to be woken for it.
static constexpr size_t kAlone = 8;
// Things that go through the pool together: some 30 us of work.
static constexpr size_t kBatch = 8;
// Things on their way, at most.
static constexpr size_t kBeside = 64;
// The key of their jobs, which no descriptor has: one thread does them, as the loop's does half of the work itself.
static constexpr int kBesideKey = -2;

struct Batch : thread_pool::Job {
  Batch() { jobs.reserve(kBatch); }
  void Work() override {
    for (std::unique_ptr<thread_pool::Job>& job : jobs) job->Work();
  }
  void Done() override;
  std::vector<std::unique_ptr<thread_pool::Job>> jobs;
};

static std::unique_ptr<Batch> gathered;
static size_t beside = 0;           // those gathered, too
static bool may_take_back = false;  // whether some that are posted may not have begun

void Batch::Done() {
  beside -= jobs.size();
  for (std::unique_ptr<thread_pool::Job>& job : jobs) {
    job->Done();
    job.reset();
  }
}

static bool HasOtherProcessors() {
  static const bool has = [] {
    cpu_set_t mine;
    return sched_getaffinity(0, sizeof(mine), &mine) == 0 && CPU_COUNT(&mine) > 1;
  }();
  return has;
}

bool MayBeBeside() {
  return direct_left <= kDirectBytes - kAlone * kBytesOfThing && beside < kBeside && HasOtherProcessors();
}

static void WorkHere(std::unique_ptr<thread_pool::Job> job) {
  job->Work();
  FinishLater(std::move(job));
}

static void PostGathered() {
  if (gathered == nullptr) return;
  std::unique_ptr<thread_pool::Job> refused = thread_pool::Post(std::move(gathered), kBesideKey);
  if (refused != nullptr) return WorkHere(std::move(refused));
  may_take_back = true;
}

// Rather than wait for the other thread.
static void TakeOneBack() {
  std::unique_ptr<thread_pool::Job> job = thread_pool::TakeBack(kBesideKey);
  may_take_back = job != nullptr;
  if (may_take_back) WorkHere(std::move(job));
}

void PostBeside(std::unique_ptr<thread_pool::Job> job) {
  if (gathered == nullptr) gathered = std::make_unique<Batch>();
  ++beside;
  gathered->jobs.push_back(std::move(job));
  if (gathered->jobs.size() == kBatch) PostGathered();
}

// --- The end of a turn ---

// What else the pool has finished can wait for its own turn.
static bool HasFinished() { return !Finished().empty() || (beside > 0 && thread_pool::HasFinished()); }

bool FlushDue() { return HasFinished() || gathered != nullptr || may_take_back; }

void Flush() {
  direct_left = kDirectBytes;
  std::vector<std::unique_ptr<thread_pool::Job>> now;
  now.swap(Finished());
  for (std::unique_ptr<thread_pool::Job>& job : now) {
    job->Done();
    job.reset();
  }
  // Its memory serves again, unless a crowd has left.
  now.clear();
  if (Finished().empty() && now.capacity() <= 1024) now.swap(Finished());
  if (beside > 0) thread_pool::Deliver();
  PostGathered();
  if (may_take_back && !HasFinished()) TakeOneBack();
}

void Post(std::unique_ptr<thread_pool::Job> job, void (*refuse)(thread_pool::Job* job), int key) {
  std::unique_ptr<thread_pool::Job> refused = thread_pool::Post(std::move(job), key);
  if (refused == nullptr) return;
  refuse(refused.get());
  FinishLater(std::move(refused));
}

// --- Waiting for descriptors ---

struct Waiting : loop::Io {
  std::unique_ptr<Transfer> transfer;
  size_t place = 0;      // in AllWaiting()
  bool on_pool = false;  // where it goes on when it is ready
};

static std::vector<std::unique_ptr<Waiting>>& AllWaiting() {
  static auto* all = new std::vector<std::unique_ptr<Waiting>>;
  return *all;
}

static std::unique_ptr<Waiting> TakeOut(Waiting* waiting) {
  std::vector<std::unique_ptr<Waiting>>& all = AllWaiting();
  waiting->Want(0);
  std::unique_ptr<Waiting> taken = std::move(all[waiting->place]);
  if (waiting->place + 1 < all.size()) {
    all[waiting->place] = std::move(all.back());
    all[waiting->place]->place = waiting->place;
  }
  all.pop_back();
  return taken;
}

// --- Going on ---

struct Machine {
  static void Fail(Transfer* transfer, int code) { transfer->Fail(code); }
  static void Refuse(thread_pool::Job* job) { static_cast<Transfer*>(job)->error_ = thread_pool::QueueFull(); }

  static void ToPool(std::unique_ptr<Transfer> transfer) {
    const int key = transfer->Key();
    Post(std::move(transfer), Refuse, key);
  }

  // Of the transfers of one descriptor that the loop has found ready, one looks and acts at a time: the others would
  // block for what it has taken, each a thread of the pool.
  static std::mutex& TurnOf(int descriptor) {
    static std::mutex turns[64];
    return turns[static_cast<unsigned>(descriptor) % std::size(turns)];
  }

  // One call on the pool that the loop has found ready, and that blocks only when another process was faster.
  struct Step : thread_pool::Job {
    void Work() override {
      std::lock_guard turn(TurnOf(transfer->descriptor_));
      pollfd probe = {transfer->descriptor_, static_cast<short>(transfer->Events() == loop::kRead ? POLLIN : POLLOUT),
                      0};
      if (cancelled.load(std::memory_order_relaxed) || poll(&probe, 1, 0) == 0) return;
      transfer->WorkOnce();
      worked = true;
    }
    void Done() override {
      std::vector<Step*>& all = AllSteps();
      all[place] = all.back();
      all[place]->place = place;
      all.pop_back();
      const bool whole = worked && transfer->Ended() && !transfer->error_;
      if (!whole && cancelled.load(std::memory_order_relaxed)) transfer->Fail(ECANCELED);
      if (!whole && !transfer->error_) return Wait(std::move(transfer), /*on_pool=*/true);
      transfer->Done();
    }
    std::unique_ptr<Transfer> transfer;
    size_t place = 0;  // in AllSteps()
    bool worked = false;
    std::atomic<bool> cancelled = false;  // its descriptor is about to be closed, and its number to be another's
  };

  // Those on their way.
  static std::vector<Step*>& AllSteps() {
    static auto* all = new std::vector<Step*>;
    return *all;
  }

  static void ToPoolOnce(std::unique_ptr<Transfer> transfer) {
    auto step = std::make_unique<Step>();
    step->transfer = std::move(transfer);
    step->place = AllSteps().size();
    AllSteps().push_back(step.get());
    Post(std::move(step), [](thread_pool::Job* job) { Refuse(static_cast<Step*>(job)->transfer.get()); });
  }

  static void Wait(std::unique_ptr<Transfer> transfer, bool on_pool) {
    auto waiting = std::make_unique<Waiting>();
    waiting->Init(transfer->descriptor_, OnReady);
    waiting->on_pool = on_pool;
    waiting->Want(transfer->Events());
    waiting->transfer = std::move(transfer);
    waiting->place = AllWaiting().size();
    AllWaiting().push_back(std::move(waiting));
  }

  static void OnReady(loop::Io* io, int) {
    auto* waiting = static_cast<Waiting*>(io);
    if (!waiting->on_pool) {
      switch (waiting->transfer->TryNow()) {
        case Transfer::Attempt::kNotReady:
          return;
        case Transfer::Attempt::kFinished: {
          std::unique_ptr<Waiting> ended = TakeOut(waiting);
          ended->transfer->Done();
          return;
        }
        case Transfer::Attempt::kNeedsThread:
          break;
      }
    }
    ToPoolOnce(std::move(TakeOut(waiting)->transfer));
  }

  static void Start(std::unique_ptr<Transfer> transfer) {
    size_t size = 0;
    base::Result<file_system::Kind> kind = file_system::KindOf(transfer->descriptor_, &size);
    if (!kind.ok()) {
      transfer->Fail(kind.error().code);
      return FinishLater(std::move(transfer));
    }
    const bool pooled = transfer->goes_on_ =
        kind.value() == file_system::Kind::kFile || kind.value() == file_system::Kind::kFolder;
    if (pooled && (!transfer->CachedPerhaps(size) || !MayBeDirect())) return ToPool(std::move(transfer));
    switch (transfer->TryNow()) {
      case Transfer::Attempt::kFinished:
        return FinishLater(std::move(transfer));
      case Transfer::Attempt::kNotReady:
        if (pooled) return ToPool(std::move(transfer));
        return Wait(std::move(transfer), kind.value() == file_system::Kind::kDevice);
      case Transfer::Attempt::kNeedsThread:
        if (pooled) return ToPool(std::move(transfer));
        return Wait(std::move(transfer), /*on_pool=*/true);
    }
  }
};

void Start(std::unique_ptr<Transfer> transfer) { Machine::Start(std::move(transfer)); }

void Cancel(int descriptor) {
  for (Machine::Step* step : Machine::AllSteps()) {
    if (step->transfer->descriptor() == descriptor) step->cancelled.store(true, std::memory_order_relaxed);
  }
  std::vector<std::unique_ptr<Waiting>>& all = AllWaiting();
  for (size_t i = all.size(); i > 0; --i) {
    if (all[i - 1]->descriptor() != descriptor) continue;
    std::unique_ptr<Waiting> ended = TakeOut(all[i - 1].get());
    Machine::Fail(ended->transfer.get(), ECANCELED);
    FinishLater(std::move(ended->transfer));
  }
}

// --- Transfers ---

void Transfer::Fail(int code) { error_ = base::Error{syscall_, code, file_system::ShownDescriptor(descriptor_)}; }

Transfer::Attempt Transfer::AfterFailure() {
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return Attempt::kNotReady;
  if (errno == EOPNOTSUPP) return Attempt::kNeedsThread;  // as for named pipes and terminals
  Fail(errno);
  return Attempt::kFinished;
}

// Whether the descriptor itself never blocks.
bool Transfer::IsNonBlocking() const { return !goes_on_ && (fcntl(descriptor_, F_GETFL) & O_NONBLOCK) != 0; }

int Read::Events() const { return loop::kRead; }

bool Read::CachedPerhaps(size_t size) {
  // Files of /proc have a size of 0.
  direct_ = std::max(size, kPiece);
  return std::min(length_, direct_) <= kDirect;
}

Transfer::Attempt Read::TryNow() {
  if (std::exchange(wait_, false)) return Attempt::kNotReady;
  const size_t room = std::min(length_, direct_);
  if (!bytes_.Grow(room)) {
    Fail(ENOMEM);
    return Attempt::kFinished;
  }
  do {
    const int64_t from =
        position_ == file_system::kCurrent ? position_ : position_ + static_cast<int64_t>(bytes_.size());
    ssize_t got = file_system::ReadCached(descriptor_, bytes_.data() + bytes_.size(), room - bytes_.size(), from);
    if (got < 0 && errno == EOPNOTSUPP && IsNonBlocking()) got = read(descriptor_, bytes_.data(), room);
    if (got < 0) return bytes_.size() == 0 ? AfterFailure() : Attempt::kNeedsThread;
    if (got == 0) break;
    bytes_.set_size(bytes_.size() + static_cast<size_t>(got));
  } while (goes_on_ && bytes_.size() < room);
  if (goes_on_) HasMoved(bytes_.size());
  return Attempt::kFinished;
}

void Read::Work() {
  const bool at_current = position_ == file_system::kCurrent;
  // What has been begun has room for no more, should the file have grown meanwhile.
  const size_t length = bytes_.size() > 0 ? std::min(length_, direct_) : length_;
  base::Result<blocks::Block> read = file_system::Read(
      descriptor_, length - bytes_.size(), at_current ? position_ : position_ + static_cast<int64_t>(bytes_.size()));
  if (bytes_.size() > 0) {
    // The rest of what had been begun at once. An error can wait for the next read.
    if (!read.ok()) return;
    const blocks::Block& rest = read.value();
    std::copy_n(rest.data(), rest.size(), bytes_.data() + bytes_.size());
    bytes_.set_size(bytes_.size() + rest.size());
  } else if (read.ok()) {
    bytes_ = std::move(read.value());
  } else {
    error_ = read.error();
  }
}

int Write::Events() const { return loop::kWrite; }

Transfer::Attempt Write::TryNow() {
  const std::string_view rest = bytes_.substr(written_, kDirect);
  iovec piece = {const_cast<char*>(rest.data()), rest.size()};
  ssize_t put = pwritev2(descriptor_, &piece, 1, position_, RWF_NOWAIT);
  if (put < 0 && errno == EOPNOTSUPP && IsNonBlocking()) put = write(descriptor_, rest.data(), rest.size());
  if (put < 0) return AfterFailure();
  written_ += static_cast<uint64_t>(put);
  return written_ == bytes_.size() ? Attempt::kFinished : Attempt::kNotReady;
}

void Write::WorkOn(std::string_view bytes) {
  base::Result<uint64_t> put = file_system::Write(descriptor_, bytes, position_);
  if (put.ok()) {
    written_ += put.value();
  } else {
    error_ = put.error();
  }
}

void Write::Work() { WorkOn(bytes_.substr(written_)); }

// So many bytes a pipe takes that is ready (pipe(7)).
void Write::WorkOnce() { WorkOn(bytes_.substr(written_, PIPE_BUF)); }

}  // namespace node::file_io
// Layer 2 system: the kernel, but no engine
// file_watch.h: changes of files and folders
#line 1 "src/file_watch.h"
// Watching files and folders for changes: inotify(7), one instance for all.
// All functions are the main thread's. While anything is watched the loop lives.


#include <cstdint>
#include <string>
#include <string_view>



namespace node::file_watch {

// In the order of KINDS in lib/fs.js.
enum class Kind : uint8_t {
  kMade,        // an entry of the folder, also by being moved there
  kRemoved,     // an entry of the folder, also by being moved away; or what is watched itself: the watch has ended
  kWritten,     // bytes or length
  kAttributes,  // permissions, times, links
  kLost,        // the kernel has dropped events, of whichever watch
};

// `entry`: the name inside of a watched folder; empty when it is what is watched itself.
using Listener = void (*)(uint32_t watch, Kind kind, std::string_view entry);

// Who hears; once, before the first watch.
void SetListener(Listener listener);

// Watches `path` (a symbolic link: what it points to); gives the name of the watch.
base::Result<uint32_t> Add(const std::string& path);

// Ends a watch; harmless when it has ended.
void Remove(uint32_t watch);

// How many watches there are.
size_t Count();

}  // namespace node::file_watch
// Layer 2 system: the kernel, but no engine
// file_watch.cc: changes of files and folders
#line 1 "src/file_watch.cc"


#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <vector>





namespace node::file_watch {

static constexpr uint32_t kMask =
    IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM | IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

struct Watcher : loop::Io {
  fd::OwnedFd inotify;
  Listener listener = nullptr;
  // The kernel has one descriptor for each file, however often it is watched.
  std::map<int, std::vector<uint32_t>> by_descriptor;
  std::map<uint32_t, int> by_name;
  uint32_t last_name = 0;
};

static Watcher& TheWatcher() {
  static auto* watcher = new Watcher;
  return *watcher;
}

static void OnReadable(loop::Io*, int);

void SetListener(Listener listener) { TheWatcher().listener = listener; }

size_t Count() { return TheWatcher().by_name.size(); }

base::Result<uint32_t> Add(const std::string& path) {
  Watcher& watcher = TheWatcher();
  if (!watcher.inotify.valid()) {
    watcher.inotify = fd::OwnedFd(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!watcher.inotify.valid()) return base::ErrnoError("inotify_init1", file_system::Shown(path));
    watcher.Init(watcher.inotify.get(), OnReadable);
  }
  const int descriptor = inotify_add_watch(watcher.inotify.get(), path.c_str(), kMask);
  if (descriptor < 0) {
    base::Error error = base::ErrnoError("inotify_add_watch", file_system::Shown(path));
    // "No space left on device" would mislead.
    if (error.code == ENOSPC) error.subject += " (no more than fs.inotify.max_user_watches)";
    return error;
  }
  const uint32_t name = ++watcher.last_name;
  watcher.by_descriptor[descriptor].push_back(name);
  watcher.by_name[name] = descriptor;
  watcher.Want(loop::kRead);
  return name;
}

void Remove(uint32_t watch) {
  Watcher& watcher = TheWatcher();
  auto found = watcher.by_name.find(watch);
  if (found == watcher.by_name.end()) return;
  const int descriptor = found->second;
  watcher.by_name.erase(found);
  std::vector<uint32_t>& names = watcher.by_descriptor[descriptor];
  std::erase(names, watch);
  if (names.empty()) {
    watcher.by_descriptor.erase(descriptor);
    // Fails when the file has gone, and its watch with it.
    inotify_rm_watch(watcher.inotify.get(), descriptor);
  }
  if (watcher.by_name.empty()) watcher.Want(0);
}

// A copy: who hears may add and remove.
static std::vector<uint32_t> NamesOf(int descriptor) {
  Watcher& watcher = TheWatcher();
  auto found = watcher.by_descriptor.find(descriptor);
  return found == watcher.by_descriptor.end() ? std::vector<uint32_t>() : found->second;
}

static void Tell(const std::vector<uint32_t>& names, Kind kind, std::string_view entry) {
  for (uint32_t name : names) {
    if (TheWatcher().by_name.count(name) > 0) TheWatcher().listener(name, kind, entry);
  }
}

static void OnEvent(const inotify_event& event, std::string_view entry) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) {
    std::vector<uint32_t> all;
    for (const auto& [name, descriptor] : TheWatcher().by_name) all.push_back(name);
    return Tell(all, Kind::kLost, "");
  }
  const std::vector<uint32_t> names = NamesOf(event.wd);
  if ((event.mask & (IN_CREATE | IN_MOVED_TO)) != 0) return Tell(names, Kind::kMade, entry);
  if ((event.mask & (IN_DELETE | IN_MOVED_FROM)) != 0) return Tell(names, Kind::kRemoved, entry);
  if ((event.mask & IN_MODIFY) != 0) return Tell(names, Kind::kWritten, entry);
  if ((event.mask & IN_ATTRIB) != 0) return Tell(names, Kind::kAttributes, entry);
  if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) == 0) return;
  // The path is free for another file, which nobody would watch.
  for (uint32_t name : names) {
    if (TheWatcher().by_name.count(name) == 0) continue;
    Remove(name);
    TheWatcher().listener(name, Kind::kRemoved, "");
  }
}

static void OnReadable(loop::Io*, int) {
  alignas(inotify_event) char buffer[16 * 1024];
  const ssize_t got = read(TheWatcher().inotify.get(), buffer, sizeof buffer);
  for (ssize_t at = 0; at < got;) {
    inotify_event event;
    std::memcpy(&event, buffer + at, sizeof event);
    const char* entry = buffer + at + sizeof event;
    // Padded with NULs.
    OnEvent(event, {entry, event.len == 0 ? 0 : strnlen(entry, event.len)});
    at += static_cast<ssize_t>(sizeof event + event.len);
  }
}

}  // namespace node::file_watch
// Layer 2 system: the kernel, but no engine
// debug_log.h: what NODE_DEBUG asks for
#line 1 "src/debug_log.h"
// What NODE_DEBUG asks for: lines on standard error about what goes on inside, e.g. NODE_DEBUG=dns.


#include <cstdint>
#include <string>
#include <string_view>

namespace node::debug_log {

enum class Section : uint8_t { kDns };

// Whether NODE_DEBUG lists the section: names between commas or blanks, in any case. The environment is read once.
bool On(Section section);

// Writes "dns: " and the line, at once and blocking; nothing when the section is not asked for. What others have chosen
// does not play tricks with the terminal: bytes that are not printable ASCII become \xNN, and a line ends after
// kMaxLine of them.
void Write(Section section, std::string_view line);
inline constexpr size_t kMaxLine = 1000;

// Whether `list` has `name`, which is written in lower case; the text that Write() writes. Pure, for On() and Write().
bool Lists(std::string_view list, std::string_view name);
std::string Line(std::string_view name, std::string_view line);

}  // namespace node::debug_log
// Layer 2 system: the kernel, but no engine
// debug_log.cc: what NODE_DEBUG asks for
#line 1 "src/debug_log.cc"


#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>




namespace node::debug_log {

static constexpr std::string_view kNames[] = {"dns"};

bool Lists(std::string_view list, std::string_view name) {
  static constexpr std::string_view kBetween = ", \t";
  while (!list.empty()) {
    const size_t end = std::min(list.find_first_of(kBetween), list.size());
    if (bytes::EqualsIgnoreCase(list.substr(0, end), name)) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

bool On(Section section) {
  static const uint32_t on = [] {
    const char* list = getenv("NODE_DEBUG");
    uint32_t bits = 0;
    for (size_t i = 0; i < std::size(kNames); ++i) {
      if (list != nullptr && Lists(list, kNames[i])) bits |= 1u << i;
    }
    return bits;
  }();
  return ((on >> static_cast<uint32_t>(section)) & 1) != 0;
}

std::string Line(std::string_view name, std::string_view line) {
  std::string text = std::string(name) + ": ";
  for (char c : line.substr(0, kMaxLine)) {
    if (c >= ' ' && c < 0x7f) {
      text += c;
    } else {
      static constexpr char kDigits[] = "0123456789abcdef";
      const uint8_t byte = static_cast<uint8_t>(c);
      text += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  if (line.size() > kMaxLine) text += "...";
  return text + "\n";
}

void Write(Section section, std::string_view line) {
  if (!On(section)) return;
  output::WriteNow(STDERR_FILENO, Line(kNames[static_cast<size_t>(section)], line));
}

}  // namespace node::debug_log
// Layer 2 system: the kernel, but no engine
// system_files.h: /etc/resolv.conf and /etc/hosts, read again when they change
#line 1 "src/system_files.h"
// Files of the system's that the resolver follows: /etc/resolv.conf and /etc/hosts, read again when they change.
//
// A change is seen by stat(2), not by inotify(7): there is no descriptor and no event of a file that nobody needs, a
// file that is replaced, mounted over or restored is seen like any other, and it works in every container. Reading
// blocks the loop, as the files are local and small; it happens once for each change.


#include <sys/stat.h>

#include <cstddef>
#include <string>
#include <utility>



namespace node::system_files {

// A file is looked at no more often. A stat(2) costs about as much as a whole look-up from the cache, and whoever edits
// such a file waits that long before trying.
inline constexpr double kLookMs = 1000;
// Bytes of resolv.conf that are read.
inline constexpr size_t kMaxResolvConf = 1024 * 1024;

class File {
 public:
  // `most`: bytes that are read; what stands behind them is left out.
  File(std::string path, size_t most) : path_(std::move(path)), most_(most) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // Looks, when the last look is kLookMs or more ago, whether there is another file or content. If so, or with the
  // first call, reads it and gives true. `now_ms`: of one clock
  // that does not go back. While descriptors or memory are short, what
  // was read before stays.
  bool Refresh(double now_ms);

  const std::string& path() const { return path_; }
  // What was read; empty when it could not be, see error().
  const std::string& text() const { return text_; }
  // The text, leaving none.
  std::string TakeText() { return std::move(text_); }
  // Why there is no text, in one line, e.g. "open EACCES /etc/hosts: Permission denied"; empty when there is one.
  const std::string& error() const { return error_; }
  // Whether the file has more than was read.
  bool cut() const { return cut_; }

 private:
  // What changes when the file does.
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = -1;  // of a file that is not there
    timespec written = {}, changed = {};
    bool operator==(const Stamp& other) const;
  };
  static Stamp StampOf(const struct stat& status);
  bool Read();
  void Fail(std::string error);

  std::string path_;
  size_t most_;
  std::string text_, error_;
  Stamp stamp_;
  double next_look_ms_ = 0;
  bool read_ = false;     // at all
  bool settled_ = false;  // the stamp would be another after a further change
  bool cut_ = false;
};

// /etc/resolv.conf, and the names of /etc/hosts as they are now. For tests and for programs that want their own, the
// environment variables NODE_RESOLV_CONF and NODE_HOSTS name other files; they are read once, and not at all by a
// set-user-ID program (secure_getenv(3)).
File& ResolvConf();
const hosts_file::Index& Hosts();

}  // namespace node::system_files
// Layer 2 system: the kernel, but no engine
// system_files.cc: /etc/resolv.conf and /etc/hosts, read again when they change
#line 1 "src/system_files.cc"


#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>






namespace node::system_files {

static bool SameTime(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

bool File::Stamp::operator==(const Stamp& other) const {
  return device == other.device && inode == other.inode && size == other.size && SameTime(written, other.written) &&
         SameTime(changed, other.changed);
}

File::Stamp File::StampOf(const struct stat& status) {
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim, status.st_ctim};
}

// Whether the file has been as it is for some time: a clock of files ticks slowly (4 ms, 1 s or 2 s), so that one that
// is written twice within a tick, with as many bytes, has the same stamp.
static bool HasSettled(const struct stat& status) {
  static constexpr double kTick = 2;
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  // A time to come, by a clock that was set back, is as good as an old one.
  return std::abs(static_cast<double>(now.tv_sec - status.st_ctim.tv_sec)) > kTick;
}

void File::Fail(std::string error) {
  text_.clear();
  cut_ = false;
  error_ = std::move(error);
}

bool File::Refresh(double now_ms) {
  if (read_ && now_ms < next_look_ms_) return false;
  next_look_ms_ = now_ms + kLookMs;
  struct stat status;
  const int failure = stat(path_.c_str(), &status) == 0 ? 0 : errno;
  const Stamp stamp = failure == 0 ? StampOf(status) : Stamp();
  if (read_ && settled_ && stamp == stamp_) return false;
  if (failure != 0) {
    Fail(base::Error{"stat", failure, path_}.Message());
    settled_ = true;
  } else if (!S_ISREG(status.st_mode)) {
    // A directory has no text; a FIFO or a terminal would be waited for.
    Fail(path_ + ": not a regular file");
    settled_ = true;
  } else if (!Read()) {
    return false;
  } else {
    // The stamp is of before the reading: what is written during it shows as a change.
    settled_ = HasSettled(status);
  }
  stamp_ = stamp;
  read_ = true;
  if (!error_.empty()) debug_log::Write(debug_log::Section::kDns, error_);
  if (cut_) debug_log::Write(debug_log::Section::kDns, path_ + ": too long: the end is left out");
  return true;
}

// False when nothing can be said for now, and what was read before is better than nothing.
bool File::Read() {
  fd::OwnedFd file(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) {
    const bool short_of = errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EINTR;
    if (short_of && read_) return false;
    Fail(base::ErrnoError("open", path_).Message());
    return true;
  }
  // One byte more than may be: whether there is more. What stat(2) says of the size is not to be relied on.
  std::string text;
  static constexpr size_t kFirst = 8192;
  for (size_t length = 0; length <= most_;) {
    if (length == text.size()) text.resize(std::min(std::max(kFirst, length * 2), most_ + 1));
    const ssize_t got = read(file.get(), text.data() + length, text.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      Fail(base::ErrnoError("read", path_).Message());
      return true;
    }
    length += static_cast<size_t>(got);
    if (got == 0 || length > most_) {
      text.resize(length);
      break;
    }
  }
  cut_ = text.size() > most_;
  if (cut_) text.resize(most_);
  text.shrink_to_fit();
  text_ = std::move(text);
  error_.clear();
  return true;
}

static std::string PathFrom(const char* variable, const char* otherwise) {
  const char* path = secure_getenv(variable);
  return path != nullptr && *path != '\0' ? path : otherwise;
}

File& ResolvConf() {
  static File& file = *new File(PathFrom("NODE_RESOLV_CONF", "/etc/resolv.conf"), kMaxResolvConf);
  return file;
}

const hosts_file::Index& Hosts() {
  // One byte more than the index takes shows it that the file is longer.
  static File& file = *new File(PathFrom("NODE_HOSTS", "/etc/hosts"), hosts_file::kMaxText + 1);
  static hosts_file::Index& index = *new hosts_file::Index();
  if (file.Refresh(loop::CoarseNowMs())) {
    index = hosts_file::Index(file.TakeText());
    if (index.cut())
      debug_log::Write(debug_log::Section::kDns, file.path() + ": too long: the last names are left out");
  }
  return index;
}

}  // namespace node::system_files
// Layer 2 system: the kernel, but no engine
// stream.h: addresses, listening, accepting
#line 1 "src/stream.h"
// Sockets: addresses, listening, accepting. All descriptors are non-blocking
// and close-on-exec by construction.


#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>




namespace node::stream {

struct Address {
  sockaddr_storage storage = {};
  socklen_t length = 0;

  // "127.0.0.1:8000", "[::1]:8000", or the path of a unix-domain socket.
  std::string ToString() const;
  // "127.0.0.1", "::1", "fe80::1%eth0": without the port. "" for a unix-domain socket.
  std::string Host() const;
  // In host byte order; 0 for an address without ports.
  uint16_t Port() const;
};

// An IPv4 or IPv6 literal (inet_pton(3)), the latter perhaps with a scope that is there ("fe80::1%eth0", RFC 4007, 11),
// an empty host (any IPv4 address,
// 0.0.0.0) or "localhost" (127.0.0.1, RFC 6761 section 6.3). Nothing else: names are
// the resolver's.
std::optional<Address> ParseAddress(std::string_view host, uint16_t port);

// The address of 4 (IPv4) or 16 (IPv6) bytes in network order.
Address MakeAddress(std::string_view bytes, uint16_t port);

// A unix-domain socket's file; std::nullopt for a path that is empty, too long (over 107 bytes) or has a NUL.
std::optional<Address> UnixAddress(std::string_view path);

// All addresses of a host, IPv4 first: literals, "localhost" and what ends in ".localhost" (RFC 6761, 6.3), and the
// names of /etc/hosts as it is now (system_files.h). Empty for other names.
std::vector<Address> FindHost(std::string_view host, uint16_t port);

// socket(2), SO_REUSEADDR, TCP_NODELAY (inherited by what is accepted), bind(2)
// and listen(2). `backlog`: connections the kernel holds until they are accepted.
// A unix-domain socket's file that nobody listens on any more is replaced. `clients_speak_first`: a connection is
// handed over with its first bytes (TCP_DEFER_ACCEPT, tcp(7)), or after a second without.
base::Result<fd::OwnedFd> Listen(const Address& address, int backlog, bool clients_speak_first = false);

// socket(2), TCP_NODELAY and connect(2) without waiting: writable means done, SO_ERROR says how.
base::Result<fd::OwnedFd> StartConnect(const Address& address);

// accept4(2): an invalid descriptor with errno left as the kernel set it.
fd::OwnedFd Accept(int listener);

// recv(2) without flags, and send(2) with MSG_NOSIGNAL; -1 with errno. In glibc both are points at which a thread may
// be cancelled, and 6 ns slower.
ssize_t Receive(int descriptor, char* buffer, size_t size);
ssize_t Send(int descriptor, const char* data, size_t size);

// The address of the other end: getpeername(2).
std::optional<Address> PeerAddress(int descriptor);
// Our own: getsockname(2).
std::optional<Address> LocalAddress(int descriptor);

}  // namespace node::stream
// Layer 2 system: the kernel, but no engine
// stream.cc: addresses, listening, accepting
#line 1 "src/stream.cc"


#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>






namespace node::stream {

static const sockaddr_in* AsIpv4(const Address& address) {
  return address.storage.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in*>(&address.storage) : nullptr;
}

static const sockaddr_in6* AsIpv6(const Address& address) {
  return address.storage.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&address.storage) : nullptr;
}

// "%eth0", without which a link-local address leads nowhere.
static std::string ScopeOf(const sockaddr_in6& address) {
  char name[IF_NAMESIZE];
  if (address.sin6_scope_id == 0) return "";
  if (if_indextoname(address.sin6_scope_id, name) != nullptr) return std::string("%") + name;
  return "%" + std::to_string(address.sin6_scope_id);
}

std::string Address::Host() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (const sockaddr_in* ipv4 = AsIpv4(*this)) inet_ntop(AF_INET, &ipv4->sin_addr, text, sizeof text);
  if (const sockaddr_in6* ipv6 = AsIpv6(*this)) {
    // An IPv4 peer of a dual-stack socket shows as what it is.
    if (IN6_IS_ADDR_V4MAPPED(&ipv6->sin6_addr)) {
      inet_ntop(AF_INET, ipv6->sin6_addr.s6_addr + 12, text, sizeof text);
    } else {
      inet_ntop(AF_INET6, &ipv6->sin6_addr, text, sizeof text);
      return text + ScopeOf(*ipv6);
    }
  }
  return text;
}

uint16_t Address::Port() const {
  if (const sockaddr_in* ipv4 = AsIpv4(*this)) return ntohs(ipv4->sin_port);
  if (const sockaddr_in6* ipv6 = AsIpv6(*this)) return ntohs(ipv6->sin6_port);
  return 0;
}

static std::string UnixPath(const Address& address) {
  const auto* local = reinterpret_cast<const sockaddr_un*>(&address.storage);
  size_t used = static_cast<size_t>(address.length);
  if (used <= offsetof(sockaddr_un, sun_path)) return "";
  return {local->sun_path, strnlen(local->sun_path, used - offsetof(sockaddr_un, sun_path))};
}

std::string Address::ToString() const {
  if (storage.ss_family == AF_UNIX) return UnixPath(*this);
  std::string host = Host();
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return host + ":" + std::to_string(Port());
}

std::optional<Address> ParseAddress(std::string_view host, uint16_t port) {
  if (host.empty()) host = "0.0.0.0";
  if (host == "localhost") host = "127.0.0.1";
  std::string name, scope;
  if (!ip_literal::Split(host, &name, &scope)) return std::nullopt;
  Address address;
  auto* ipv4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  if (inet_pton(AF_INET, name.c_str(), &ipv4->sin_addr) == 1) {
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(port);
    address.length = sizeof *ipv4;
    return address;
  }
  auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  CHECK(inet_pton(AF_INET6, name.c_str(), &ipv6->sin6_addr) == 1);
  ipv6->sin6_family = AF_INET6;
  ipv6->sin6_port = htons(port);
  address.length = sizeof *ipv6;
  if (scope.empty()) return address;
  uint64_t index = if_nametoindex(scope.c_str());
  if (index == 0 && !bytes::ParseDecimal(scope, UINT32_MAX, &index)) return std::nullopt;
  ipv6->sin6_scope_id = static_cast<uint32_t>(index);
  return address;
}

Address MakeAddress(std::string_view bytes, uint16_t port) {
  Address address;
  if (bytes.size() == 4) {
    auto* ipv4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(port);
    std::memcpy(&ipv4->sin_addr, bytes.data(), bytes.size());
    address.length = sizeof *ipv4;
    return address;
  }
  CHECK(bytes.size() == 16);
  auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  ipv6->sin6_family = AF_INET6;
  ipv6->sin6_port = htons(port);
  std::memcpy(&ipv6->sin6_addr, bytes.data(), bytes.size());
  address.length = sizeof *ipv6;
  return address;
}

std::optional<Address> UnixAddress(std::string_view path) {
  Address address;
  auto* local = reinterpret_cast<sockaddr_un*>(&address.storage);
  if (path.empty() || path.size() >= sizeof local->sun_path || path.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  local->sun_family = AF_UNIX;
  std::memcpy(local->sun_path, path.data(), path.size());
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

std::vector<Address> FindHost(std::string_view host, uint16_t port) {
  std::vector<std::string_view> literals{host};
  if (hosts_file::IsLocalhost(host)) {
    literals = {"127.0.0.1", "::1"};
  } else if (!ParseAddress(host, port)) {
    literals = system_files::Hosts().Find(host);
  }
  std::vector<Address> found;
  for (sa_family_t family : {AF_INET, AF_INET6}) {
    for (std::string_view literal : literals) {
      std::optional<Address> address = ParseAddress(literal, port);
      if (address && address->storage.ss_family == family) found.push_back(*address);
    }
  }
  return found;
}

// Whether a unix-domain socket's file is left over from a process that has ended.
static bool IsStale(const Address& address) {
  fd::OwnedFd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return probe.valid() &&
         connect(probe.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) != 0 &&
         errno == ECONNREFUSED;
}

static bool SetNoDelay(int descriptor, const Address& address) {
  int on = 1;
  if (address.storage.ss_family == AF_UNIX) return true;
  return setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0;
}

base::Result<fd::OwnedFd> StartConnect(const Address& address) {
  fd::OwnedFd started(socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!started.valid()) return base::ErrnoError("socket", address.ToString());
  if (!SetNoDelay(started.get(), address)) return base::ErrnoError("setsockopt", address.ToString());
  if (connect(started.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) != 0 &&
      errno != EINPROGRESS) {
    return base::ErrnoError("connect", address.ToString());
  }
  return started;
}

base::Result<fd::OwnedFd> Listen(const Address& address, int backlog, bool clients_speak_first) {
  fd::OwnedFd listener(socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listener.valid()) return base::ErrnoError("socket", address.ToString());
  int on = 1;
  // Programs follow one another on one port: TIME_WAIT of the one before must not stop the next.
  if (setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
    return base::ErrnoError("setsockopt", address.ToString());
  }
  if (!SetNoDelay(listener.get(), address)) return base::ErrnoError("setsockopt", address.ToString());
  if (clients_speak_first && address.storage.ss_family != AF_UNIX) {
    int seconds = 1;
    // Without it all works as well, a little slower.
    setsockopt(listener.get(), IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
  }
  const auto* name = reinterpret_cast<const sockaddr*>(&address.storage);
  bool bound = bind(listener.get(), name, address.length) == 0;
  if (!bound && errno == EADDRINUSE && address.storage.ss_family == AF_UNIX) {
    if (IsStale(address)) unlink(UnixPath(address).c_str());
    bound = bind(listener.get(), name, address.length) == 0;
  }
  // One name for both steps: a user asked to listen, and a taken port may show in either.
  if (!bound || listen(listener.get(), backlog) != 0) {
    return base::ErrnoError("listen", address.ToString());
  }
  return listener;
}

fd::OwnedFd Accept(int listener) {
  return fd::OwnedFd(accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

ssize_t Receive(int descriptor, char* buffer, size_t size) {
  return syscall(SYS_recvfrom, descriptor, buffer, size, 0, nullptr, nullptr);
}

ssize_t Send(int descriptor, const char* data, size_t size) {
  return syscall(SYS_sendto, descriptor, data, size, MSG_NOSIGNAL, nullptr, 0);
}

std::optional<Address> PeerAddress(int descriptor) {
  Address address;
  address.length = sizeof address.storage;
  if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&address.storage), &address.length) != 0) return std::nullopt;
  return address;
}

std::optional<Address> LocalAddress(int descriptor) {
  Address address;
  address.length = sizeof address.storage;
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address.storage), &address.length) != 0) return std::nullopt;
  return address;
}

}  // namespace node::stream
// Layer 2 system: the kernel, but no engine
// connect_attempt.h: one connection out of several addresses
#line 1 "src/connect_attempt.h"
// Connecting to one of several addresses: one after another, each a quarter of a second behind the one before, until
// one of them answers (Happy Eyeballs, RFC 8305).


#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>






namespace node::connect_attempt {

// The Connection Attempt Delay of RFC 8305, 5.
inline constexpr double kStaggerMs = 250;

class Attempt;

// Where addresses come from, if they are not known yet. Ended by its destructor.
class Source {
 public:
  virtual ~Source() = default;
  // Calls Take() or Fail() of the attempt, once, now or later.
  virtual void Start(Attempt* attempt) = 0;
  // Whose addresses, for messages.
  virtual std::string ToString() const = 0;
};

class Attempt {
 public:
  // The end, once: a connected socket, or why there is none. From the loop, never from inside Start(); the attempt may
  // be destroyed in it.
  using Done = void (*)(void* owner, fd::OwnedFd connected, const base::Error* error);

  Attempt(void* owner, Done done);
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  // Gives up what is under way.
  ~Attempt();

  // Tries them in their order; at least one.
  void Start(std::vector<stream::Address> addresses);
  void Start(std::unique_ptr<Source> source);

  // For the source.
  void Take(std::vector<stream::Address> addresses);
  void Fail(base::Error error);

  // Where it goes, for messages.
  std::string ToString() const;

 private:
  struct Try : loop::Io {
    Attempt* attempt = nullptr;
    size_t address = 0;
    fd::OwnedFd fd;
  };
  struct Stagger : loop::Timer {
    Attempt* attempt = nullptr;
  };

  void Next();
  std::string Subject(size_t address) const;
  void OnWritable(Try* which);
  void Drop(Try* which);

  void* owner_;
  Done done_;
  std::unique_ptr<Source> source_;
  std::vector<stream::Address> addresses_;
  size_t next_ = 0;
  bool starting_ = false;
  std::list<Try> tries_;
  Stagger stagger_;
  base::Error error_{"connect", EADDRNOTAVAIL, ""};  // the last one
};

}  // namespace node::connect_attempt
// Layer 2 system: the kernel, but no engine
// connect_attempt.cc: one connection out of several addresses
#line 1 "src/connect_attempt.cc"


#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace node::connect_attempt {

Attempt::Attempt(void* owner, Done done) : owner_(owner), done_(done) {
  stagger_.attempt = this;
  stagger_.Init([](loop::Timer* timer) { static_cast<Stagger*>(timer)->attempt->Next(); }, /*keeps_alive=*/true);
}

Attempt::~Attempt() {
  stagger_.Stop();
  for (Try& one : tries_) one.Want(0);
}

std::string Attempt::ToString() const { return source_ != nullptr ? source_->ToString() : addresses_[0].ToString(); }

void Attempt::Start(std::vector<stream::Address> addresses) {
  starting_ = true;
  Take(std::move(addresses));
  starting_ = false;
}

void Attempt::Start(std::unique_ptr<Source> source) {
  source_ = std::move(source);
  starting_ = true;
  source_->Start(this);
  starting_ = false;
}

void Attempt::Take(std::vector<stream::Address> addresses) {
  CHECK(!addresses.empty() && addresses_.empty());
  addresses_ = std::move(addresses);
  Next();
}

void Attempt::Fail(base::Error error) {
  error_ = std::move(error);
  Next();
}

// An address in a message, with the name that it belongs to.
std::string Attempt::Subject(size_t address) const {
  std::string text = addresses_[address].ToString();
  return source_ == nullptr || source_->ToString() == text ? text : source_->ToString() + " (" + text + ")";
}

// Tries addresses until one is under way. The attempt may be gone afterwards.
void Attempt::Next() {
  while (next_ < addresses_.size()) {
    size_t index = next_++;
    base::Result<fd::OwnedFd> started = stream::StartConnect(addresses_[index]);
    if (!started.ok()) {
      error_ = started.error();
      error_.subject = Subject(index);
      continue;
    }
    Try& one = tries_.emplace_back();
    one.attempt = this;
    one.address = index;
    one.fd = std::move(started.value());
    one.Init(one.fd.get(), [](loop::Io* io, int) {
      auto* which = static_cast<Try*>(io);
      which->attempt->OnWritable(which);
    });
    one.Want(loop::kWrite);
    if (next_ < addresses_.size()) {
      stagger_.Start(kStaggerMs);
    } else {
      stagger_.Stop();
    }
    return;
  }
  stagger_.Stop();
  if (!tries_.empty()) return;
  if (starting_) return stagger_.Start(0);  // told in a later turn
  base::Error error = std::move(error_);
  done_(owner_, fd::OwnedFd(), &error);
}

void Attempt::Drop(Try* which) {
  which->Want(0);
  for (auto one = tries_.begin(); one != tries_.end(); ++one) {
    if (&*one != which) continue;
    tries_.erase(one);
    return;
  }
}

void Attempt::OnWritable(Try* which) {
  int failure = 0;
  socklen_t length = sizeof failure;
  if (getsockopt(which->fd.get(), SOL_SOCKET, SO_ERROR, &failure, &length) != 0) failure = errno;
  if (failure == 0) {
    fd::OwnedFd connected = std::move(which->fd);
    which->Want(0);
    return done_(owner_, std::move(connected), nullptr);
  }
  error_ = base::Error{"connect", failure, Subject(which->address)};
  Drop(which);
  // Waiting for the others' turn would help nobody.
  Next();
}

}  // namespace node::connect_attempt
// Layer 2 system: the kernel, but no engine
// tcp_connection.h: stream connections: connecting, queues, half-close, the end
#line 1 "src/tcp_connection.h"
// Stream connections (TCP and unix-domain sockets): connecting, listening, queued output, half-close, and exactly one
// end.
//
// Knows no engine: a Handler hears what happens. Connections are named by small integers (slot and generation); a
// stale name is refused, never followed.


#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>







namespace node::tcp_connection {

using Id = slots::Id;

struct Settings {
  // Bytes queued for a peer that has not read since an earlier turn; above this the connection ends with ENOBUFS.
  size_t output_limit = 64 * 1024 * 1024;
  // Seconds without traffic after which OnTimeout is called, again and again; 0: never.
  uint32_t timeout = 60;
  // Connections of one server; at this many accepting pauses.
  uint32_t connections = 1000000;
  // Bytes that one OnData has at most; up to kReadSize.
  uint32_t piece = 64 * 1024;
};

// The largest read.
inline constexpr uint32_t kReadSize = 64 * 1024;

class Server;

// What happens to connections. Called from the loop or from Flush(), never from inside a call of the owner's; every
// call may call back into this module.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void OnAccept(Server* server, Id id) = 0;
  // Established. Of accepted connections, too, behind OnAccept.
  virtual void OnConnect(Id id) = 0;
  // Bytes have come; they last for the call. Many lie at the beginning of ReadBuffer().
  virtual void OnData(Id id, std::string_view data) = 0;
  // The peer has shut its half.
  virtual void OnEof(Id id) = 0;
  // The kernel has taken all after it had refused some.
  virtual void OnDrain(Id id) = 0;
  virtual void OnTimeout(Id id) = 0;
  // The end, once, and nothing after it; the name is gone already. `error`: nullptr when both sides closed in order.
  virtual void OnDisconnect(Id id, const base::Error* error) = 0;
  // The server was closed, and the last of the connections that it has accepted has ended. Once for each Close().
  virtual void OnDrained(Server*) {}
};

// A listening socket. Owned by the caller; connections that it has accepted live on without it.
class Server {
 public:
  Server(Handler* handler, const Settings& settings);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Takes over a listening, non-blocking socket.
  void Listen(fd::OwnedFd listener);
  // For what is accepted from now on.
  void Configure(const Settings& settings);
  // Stops accepting; OnDrained follows. Harmless when closed.
  void Close();
  bool listening() const;
  // Whether it is closed, without connections, and OnDrained has been called: it may listen again.
  bool over() const;

  // Of no interest outside.
  struct State;

 private:
  friend struct Access;
  State* state_;
};

// Where to: addresses, or where to get them.
struct Target {
  std::vector<stream::Address> addresses = {};
  std::unique_ptr<connect_attempt::Source> source = {};
};

// Starts a connection to the target: see connect_attempt.h. What goes wrong at once is reported by OnDisconnect, too.
// std::nullopt when a million connections are open.
std::optional<Id> Connect(Handler* handler, Target target, const Settings& settings);

// Takes over a connected, non-blocking socket. `announce`: whether OnConnect is called, in a later turn.
std::optional<Id> Adopt(Handler* handler, fd::OwnedFd connection, const Settings& settings, bool announce);

enum class Sent : uint8_t {
  kTaken,   // go on
  kQueued,  // the kernel does not take it all now: OnDrain comes when it has
  kGone,    // no such connection, or its half is closed
};

// Queues bytes behind what is queued; they leave at the end of the turn, or at once when they are many. Allowed from
// Connect() on.
Sent Send(Id id, std::string_view data);

// Lets OnDrain come when the kernel has taken all, also when it refuses none.
void TellDrain(Id id);

// Shuts our half behind what is queued. With the peer's shut already, or `both`, the connection ends then; with `both`
// what still arrives is dropped.
void Close(Id id, bool both);
// Ends the connection at once, without a call of the handler's; queued bytes are dropped.
void Abort(Id id);
// Holds back what arrives, or goes on.
void SetReading(Id id, bool reading);

// Whether the loop goes on only for this connection's sake; at first it does.
void SetKeepsAlive(Id id, bool keeps_alive);

// See Settings::piece.
void SetPiece(Id id, uint32_t piece);

// Where all connections read to: kReadSize bytes. An owner who keeps what came, without a copy, sets another one: from
// within OnData, or at any other time. The first is this module's own.
char* ReadBuffer();
void SetReadBuffer(char* buffer);

// Whether something has come, the peer's end included, that the owner has not been told of.
bool HasInput(Id id);

// The descriptor, to ask for its addresses; -1 when the connection is gone or not yet there.
int Descriptor(Id id);

// Tells of what has arrived since the last call, sends what has been queued, and reports what has ended. Must come
// before the loop waits; see inbox.h for why it is done for many connections at once.
void Flush();
// Whether Flush() has something to do.
bool FlushDue();
// For the end of the process: sends what has been queued as far as the kernel takes it, and calls nobody.
void SendBeforeExit();

}  // namespace node::tcp_connection
// Layer 2 system: the kernel, but no engine
// tcp_connection.cc: stream connections: connecting, queues, half-close, the end
#line 1 "src/tcp_connection.cc"


#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>






// The life of a connection:
//
//   Connect --> kConnecting --established--> kOpen --both halves closed, an error, Abort--> gone
//                    |   ^                     ^
//     refused: next  +---+   Adopt, accept ----+
//     address
//
// In kOpen each half closes by itself: ours when `close_asked` and the queue is empty, the peer's when read gives 0.
namespace node::tcp_connection {

// From so many bytes on there is nothing to gain by waiting for the end of the turn, but a copy of them.
static constexpr size_t kSendAtOnce = 32 * 1024;

// How long the peer of a fully closed connection may take to close its half.
static constexpr uint32_t kLingerSeconds = 2;
// How long a closed connection waits for the peer to take some of what is queued.
static constexpr uint32_t kStallSeconds = 30;

struct Connection : loop::Io, timer_wheel::Entry {
  Handler* handler = nullptr;
  Server* server = nullptr;  // that has accepted it
  Settings settings;
  Id id = 0;
  fd::OwnedFd fd;
  std::string output;
  size_t sent = 0;                                    // of `output`
  std::unique_ptr<connect_attempt::Attempt> attempt;  // while connecting
  std::unique_ptr<std::string> held;                  // input that was read before the owner said to hold back
  base::Error error;
  bool open = false;         // the record is in use
  bool announced = false;    // OnConnect was called
  bool dirty = false;        // Flush() has to look
  bool stalled = false;      // the kernel has refused some of the output
  bool tells_drain = false;  // OnDrain is due also when it has not
  bool overdue = false;      // and has done so since an earlier turn
  bool reading = true;       // the owner wants what arrives
  bool drop_input = false;   // closed fully: what arrives is nobody's
  bool peer_closed = false;
  bool close_asked = false;
  bool half_closed = false;  // our FIN is sent
  bool failed = false;       // ends with `error`
  bool keeps_alive = true;
};

struct Server::State {
  Handler* handler;
  Settings settings;
  struct Listener : loop::Io {
    Server* server = nullptr;
  } listener;
  fd::OwnedFd listener_fd;
  uint32_t connections = 0;
  bool draining = false;  // closed, and OnDrained is to come
  // Accepting pauses for a moment when descriptors run out: the queue stays readable, and trying again would spin.
  loop::Timer retry;
};

struct Access {
  static Server::State* State(Server* server) { return server->state_; }
};

static slots::Table<Connection> connections;
static std::vector<Id> dirty;
static std::vector<Server*> servers;
static std::vector<Server*> drained;  // to be told, with the next Flush()
static char own_buffer[kReadSize];
static char* read_buffer = own_buffer;
static inbox::Inbox arrived;
static bool flushing = false;

static void OnDeadline(timer_wheel::Entry* entry);
static deadlines::Deadlines& Deadlines() {
  static deadlines::Deadlines all(OnDeadline, Flush);
  return all;
}

// --- Records ---

static Connection* Find(Id id) { return connections.Find(id); }

static Connection* NewConnection(Handler* handler, const Settings& settings) {
  Connection* connection = connections.Take();
  if (connection == nullptr) return nullptr;
  connection->handler = handler;
  connection->settings = settings;
  connection->reading = true;
  connection->announced = connection->dirty = connection->stalled = connection->drop_input = false;
  connection->overdue = connection->tells_drain = false;
  connection->peer_closed = connection->close_asked = connection->half_closed = connection->failed = false;
  connection->server = nullptr;
  connection->keeps_alive = true;
  // An open connection keeps the program, also while nothing is expected of it.
  loop::KeepAlive(1);
  return connection;
}

// Like Want(), whose watch keeps the loop alive whatever it is for.
static void Watch(Connection* connection, int events) {
  bool watched = connection->wanted() != 0;
  connection->Want(events);
  if (!connection->keeps_alive && watched != (events != 0)) loop::KeepAlive(watched ? 1 : -1);
}

static void MarkDirty(Connection* connection) {
  if (connection->dirty) return;
  connection->dirty = true;
  dirty.push_back(connection->id);
}

static size_t Queued(const Connection* connection) { return connection->output.size() - connection->sent; }

// Nothing but the rest of our output is still to come: a peer that does not take it must not keep the connection.
static bool IsEnding(const Connection* connection) {
  return connection->close_asked && (connection->drop_input || connection->peer_closed);
}

static void Touch(Connection* connection) {
  if (!IsEnding(connection) && connection->settings.timeout > 0) {
    Deadlines().Set(connection, connection->settings.timeout);
  }
}

static void StartEnding(Connection* connection) {
  if (IsEnding(connection) && !connection->half_closed) Deadlines().Set(connection, kStallSeconds);
}

static void TrimLater() {
  if (!connections.Crowded()) return;
  static auto* trimmer = new trimmer::Trimmer([] { connections.Trim([](const Connection&) {}); });
  trimmer->Later();
}

// Gives the record back; the handler is not told.
static void Release(Connection* connection) {
  if (connection->fd.valid()) Watch(connection, 0);
  Deadlines().Remove(connection);
  connection->fd.Close();
  connection->attempt.reset();
  connection->held.reset();
  std::string().swap(connection->output);
  connection->sent = 0;
  connections.GiveBack(connection);
  TrimLater();
  if (connection->keeps_alive) loop::KeepAlive(-1);
  if (connection->server == nullptr) return;
  Server::State* state = Access::State(connection->server);
  --state->connections;
  if (state->draining && state->connections == 0) drained.push_back(connection->server);
  bool paused = state->listener_fd.valid() && state->listener.wanted() == 0 && !state->retry.started();
  if (paused) state->listener.Want(loop::kRead);
}

// The end, told with the next Flush().
static void Fail(Connection* connection, base::Error error) {
  if (connection->failed) return;
  connection->failed = true;
  connection->error = std::move(error);
  if (connection->fd.valid()) Watch(connection, 0);
  MarkDirty(connection);
}

static std::string PeerName(const Connection* connection) {
  std::optional<stream::Address> peer =
      connection->fd.valid() ? stream::PeerAddress(connection->fd.get()) : std::nullopt;
  return peer ? peer->ToString() : "";
}

// The end by the system call that has just failed: reads errno, before asking for the peer can change it.
static void FailCall(Connection* connection, const char* syscall) {
  int code = errno;
  Fail(connection, base::Error{syscall, code, PeerName(connection)});
}

static void UpdateInterest(Connection* connection) {
  if (connection->failed || !connection->fd.valid()) return;
  bool wants_input = (connection->reading || connection->drop_input) && !connection->peer_closed;
  int events = (wants_input ? loop::kRead : 0) | (connection->stalled ? loop::kWrite : 0);
  // Still to be announced, which a writable event does.
  if (!connection->announced) events |= loop::kWrite;
  Watch(connection, events);
}

// --- Input, from its place to the owner ---

static void Deliver(Connection* connection, std::string_view data) {
  if (connection->drop_input) return;
  if (connection->reading) return connection->handler->OnData(connection->id, data);
  // Told to wait since it was read. While it waits nothing else is read.
  connection->held = std::make_unique<std::string>(data);
}

// False when that was the end of the connection.
static bool DeliverHeld(Connection* connection) {
  if (connection->held == nullptr || !connection->reading) return true;
  Id id = connection->id;
  std::unique_ptr<std::string> data = std::move(connection->held);
  Deliver(connection, *data);
  return Find(id) == connection;
}

// --- Output ---

// How many of `data` the kernel takes now. Of a failed connection the answer says nothing.
static size_t SendNow(Connection* connection, std::string_view data) {
  ssize_t sent;
  do {
    sent = stream::Send(connection->fd.get(), data.data(), data.size());
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) {
    if (errno != EAGAIN && errno != EWOULDBLOCK) FailCall(connection, "send");
    return 0;
  }
  Touch(connection);
  StartEnding(connection);
  return static_cast<size_t>(sent);
}

static void SendQueued(Connection* connection) {
  if (Queued(connection) > 0) {
    connection->sent += SendNow(connection, std::string_view(connection->output).substr(connection->sent));
    if (connection->failed) return;
  }
  if (Queued(connection) > 0) {
    // A long queue does not keep what has gone already.
    if (connection->sent >= kSendAtOnce && connection->sent >= connection->output.size() / 2) {
      connection->output.erase(0, connection->sent);
      connection->sent = 0;
    }
    connection->stalled = true;
    return;
  }
  static constexpr size_t kKeptBytes = 4096;
  connection->output.clear();
  connection->sent = 0;
  if (connection->output.capacity() > kKeptBytes) std::string().swap(connection->output);
}

// What can be done now about our half, once the queue is empty.
static void CloseOurHalf(Connection* connection) {
  if (!connection->close_asked || connection->half_closed || Queued(connection) > 0) return;
  connection->half_closed = true;
  // An error here shows in what is read or written next.
  shutdown(connection->fd.get(), SHUT_WR);
  // close() with unread input would send a reset that can overtake what was sent; so the peer gets a while to close.
  if (connection->drop_input) Deadlines().Set(connection, kLingerSeconds);
}

// Sends, closes, ends, and tells: all that a connection has to do at the end of a turn. It may be gone afterwards.
static void Settle(Connection* connection) {
  if (!DeliverHeld(connection)) return;
  Id id = connection->id;
  Handler* handler = connection->handler;
  bool established = connection->attempt == nullptr;
  if (!connection->failed && established) {
    bool was_stalled = connection->stalled;
    SendQueued(connection);
    connection->overdue = was_stalled && Queued(connection) > 0;
    if (!connection->failed) CloseOurHalf(connection);
    if ((was_stalled || connection->tells_drain) && !connection->failed && Queued(connection) == 0) {
      connection->stalled = connection->tells_drain = false;
      UpdateInterest(connection);
      handler->OnDrain(id);
      if (Find(id) != connection || connection->dirty) return;  // gone, or once more
    }
  }
  // What the peer said before it broke off is often why.
  if (connection->failed && established && connection->error.syscall == std::string_view("send")) {
    while (connection->reading && !connection->drop_input && !connection->peer_closed) {
      ssize_t got = stream::Receive(connection->fd.get(), read_buffer, connection->settings.piece);
      if (got <= 0) break;
      handler->OnData(id, {read_buffer, static_cast<size_t>(got)});
      if (Find(id) != connection) return;
    }
  }
  if (connection->failed) {
    base::Error error = std::move(connection->error);
    Release(connection);
    return handler->OnDisconnect(id, &error);
  }
  if (established && connection->half_closed && connection->peer_closed) {
    Release(connection);
    return handler->OnDisconnect(id, nullptr);
  }
  UpdateInterest(connection);
}

static void SettleAll() {
  // One pass: a listener that connects again whenever that has failed must not keep others from their turn.
  size_t count = dirty.size();
  for (size_t i = 0; i < count; ++i) {
    Connection* connection = Find(dirty[i]);
    if (connection == nullptr || !connection->dirty) continue;
    connection->dirty = false;
    Settle(connection);
  }
  dirty.erase(dirty.begin(), dirty.begin() + static_cast<ptrdiff_t>(count));
}

void Flush() {
  // A listener that is called from here can lead here again; what it leaves is for the next time.
  if (flushing) return;
  flushing = true;
  arrived.Empty([](Id id, std::string_view data) {
    Connection* connection = Find(id);
    if (connection != nullptr) Deliver(connection, data);
    // What some listeners send does not wait for ever for others.
    if (loop::TurnIsLong()) SettleAll();
  });
  SettleAll();
  // One pass as well: it may listen and close again.
  for (size_t count = drained.size(); count > 0 && !drained.empty(); --count) {
    Server* server = drained.front();
    drained.erase(drained.begin());
    Server::State* state = Access::State(server);
    state->draining = false;
    state->handler->OnDrained(server);
  }
  flushing = false;
}

bool FlushDue() { return !dirty.empty() || !arrived.empty() || !drained.empty(); }

void SendBeforeExit() {
  for (Id id : dirty) {
    Connection* connection = Find(id);
    if (connection != nullptr && connection->attempt == nullptr && !connection->failed) SendQueued(connection);
  }
}

Sent Send(Id id, std::string_view data) {
  Connection* connection = Find(id);
  if (connection == nullptr || connection->failed || connection->close_asked) return Sent::kGone;
  bool may_send = connection->attempt == nullptr && !connection->stalled;
  if (may_send && data.size() >= kSendAtOnce && Queued(connection) == 0) {
    size_t taken = SendNow(connection, data);
    if (taken == data.size()) return Sent::kTaken;
    data.remove_prefix(taken);
    if (!connection->failed) connection->stalled = true;
    may_send = false;
  }
  connection->output.append(data);
  MarkDirty(connection);
  if (connection->attempt != nullptr) {
    // Nothing leaves before the connection stands, and that may take its time.
    if (Queued(connection) - data.size() > connection->settings.output_limit) {
      Fail(connection, base::Error{"send", ENOBUFS, connection->attempt->ToString()});
      return Sent::kGone;
    }
    if (Queued(connection) < kSendAtOnce) return Sent::kTaken;
    connection->stalled = true;  // OnDrain comes behind OnConnect
    return Sent::kQueued;
  }
  if (may_send && Queued(connection) >= kSendAtOnce) SendQueued(connection);
  if (connection->overdue && Queued(connection) > connection->settings.output_limit) {
    Fail(connection, base::Error{"send", ENOBUFS, PeerName(connection)});
    return Sent::kGone;
  }
  return connection->stalled ? Sent::kQueued : Sent::kTaken;
}

void TellDrain(Id id) {
  Connection* connection = Find(id);
  if (connection == nullptr || connection->failed) return;
  connection->tells_drain = true;
  MarkDirty(connection);
}

// --- Connecting ---

static void OnIo(loop::Io* io, int events);

static void OnAttempted(void* owner, fd::OwnedFd connected, const base::Error* error) {
  auto* connection = static_cast<Connection*>(owner);
  if (error != nullptr) {
    Fail(connection, *error);
    if (loop::TurnIsLong()) Flush();
    return;
  }
  connection->attempt.reset();
  connection->fd = std::move(connected);
  connection->Init(connection->fd.get(), OnIo);
  connection->announced = true;
  Touch(connection);
  UpdateInterest(connection);
  if (Queued(connection) > 0 || connection->close_asked) MarkDirty(connection);
  connection->handler->OnConnect(connection->id);
  if (loop::TurnIsLong()) Flush();
}

std::optional<Id> Connect(Handler* handler, Target target, const Settings& settings) {
  Connection* connection = NewConnection(handler, settings);
  if (connection == nullptr) return std::nullopt;
  connection->attempt = std::make_unique<connect_attempt::Attempt>(connection, OnAttempted);
  Touch(connection);
  if (target.source != nullptr) {
    connection->attempt->Start(std::move(target.source));
  } else {
    connection->attempt->Start(std::move(target.addresses));
  }
  return connection->id;
}

std::optional<Id> Adopt(Handler* handler, fd::OwnedFd descriptor, const Settings& settings, bool announce) {
  Connection* connection = NewConnection(handler, settings);
  if (connection == nullptr) return std::nullopt;
  connection->fd = std::move(descriptor);
  connection->Init(connection->fd.get(), OnIo);
  // A writable event comes in a later turn: that is when it is announced.
  connection->announced = !announce;
  connection->Want(announce ? loop::kWrite : loop::kRead);
  Touch(connection);
  return connection->id;
}

// --- Input ---

static void OnReadable(Connection* connection) {
  if (!DeliverHeld(connection) || connection->held != nullptr) return;
  ssize_t got = stream::Receive(connection->fd.get(), read_buffer, connection->settings.piece);
  if (got < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return;
    return FailCall(connection, "recv");
  }
  Touch(connection);
  if (got > 0) {
    std::string_view data(read_buffer, static_cast<size_t>(got));
    if (!arrived.Put(connection->id, data)) Deliver(connection, data);
    return;
  }
  connection->peer_closed = true;
  StartEnding(connection);
  UpdateInterest(connection);
  MarkDirty(connection);
  if (!connection->drop_input) connection->handler->OnEof(connection->id);
}

static void OnIo(loop::Io* io, int events) {
  Connection* connection = static_cast<Connection*>(io);
  Id id = connection->id;
  auto here = [&] { return Find(id) == connection && !connection->failed; };
  if (!connection->announced) {
    connection->announced = true;
    UpdateInterest(connection);
    if (connection->stalled) MarkDirty(connection);
    connection->handler->OnConnect(id);
    events |= loop::kRead;  // there may be something already
  } else if ((events & loop::kWrite) != 0) {
    MarkDirty(connection);
  }
  if ((events & loop::kRead) != 0 && here() && (connection->wanted() & loop::kRead) != 0) OnReadable(connection);
  if (loop::TurnIsLong()) Flush();
}

static void OnDeadline(timer_wheel::Entry* entry) {
  Connection* connection = static_cast<Connection*>(entry);
  if (IsEnding(connection)) {
    if (!connection->half_closed) return Fail(connection, base::Error{"send", ETIMEDOUT, PeerName(connection)});
    connection->peer_closed = true;
    return MarkDirty(connection);
  }
  Touch(connection);
  connection->handler->OnTimeout(connection->id);
}

// --- What owners ask for ---

void Close(Id id, bool both) {
  Connection* connection = Find(id);
  if (connection == nullptr || connection->failed) return;
  connection->close_asked = true;
  if (connection->attempt != nullptr && Queued(connection) == 0) {
    // Nothing to connect for.
    connection->attempt.reset();
    connection->half_closed = connection->peer_closed = true;
    return MarkDirty(connection);
  }
  if (both && !connection->drop_input) {
    connection->drop_input = true;
    if (connection->half_closed) Deadlines().Set(connection, kLingerSeconds);
  }
  StartEnding(connection);
  MarkDirty(connection);
}

void Abort(Id id) {
  Connection* connection = Find(id);
  if (connection == nullptr) return;
  connection->failed = true;
  Release(connection);
}

void SetReading(Id id, bool reading) {
  Connection* connection = Find(id);
  if (connection == nullptr) return;
  connection->reading = reading;
  if (connection->held != nullptr) MarkDirty(connection);
  if (connection->announced) UpdateInterest(connection);
}

void SetKeepsAlive(Id id, bool keeps_alive) {
  Connection* connection = Find(id);
  if (connection == nullptr || connection->keeps_alive == keeps_alive) return;
  connection->keeps_alive = keeps_alive;
  bool watched = connection->fd.valid() && connection->wanted() != 0;
  loop::KeepAlive(keeps_alive ? 1 : -1);
  if (watched) loop::KeepAlive(keeps_alive ? 1 : -1);
}

void SetPiece(Id id, uint32_t piece) {
  CHECK(piece > 0 && piece <= kReadSize);
  Connection* connection = Find(id);
  if (connection != nullptr) connection->settings.piece = piece;
}

char* ReadBuffer() { return read_buffer; }
void SetReadBuffer(char* buffer) { read_buffer = buffer; }

int Descriptor(Id id) {
  Connection* connection = Find(id);
  return connection == nullptr || connection->attempt != nullptr ? -1 : connection->fd.get();
}

bool HasInput(Id id) {
  Connection* connection = Find(id);
  if (connection == nullptr || connection->attempt != nullptr) return false;
  char byte;
  return connection->held != nullptr || arrived.Has(id) || recv(connection->fd.get(), &byte, 1, MSG_PEEK) >= 0;
}

// --- Servers ---

static void OnAccept(loop::Io* io, int) {
  auto* listener = static_cast<Server::State::Listener*>(io);
  Server* server = listener->server;
  Server::State* state = Access::State(server);
  // A burst is taken in one turn, but never so long that others starve.
  for (int taken = 0; taken < 64 && state->listener_fd.valid(); ++taken) {
    if (state->connections >= state->settings.connections) {
      listener->Want(0);
      break;
    }
    fd::OwnedFd accepted = stream::Accept(state->listener_fd.get());
    if (!accepted.valid()) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        listener->Want(0);
        state->retry.Start(100);
      }
      break;
    }
    std::optional<Id> id = Adopt(state->handler, std::move(accepted), state->settings, /*announce=*/true);
    if (!id) continue;
    Find(*id)->server = server;
    ++state->connections;
    state->handler->OnAccept(server, *id);
  }
  if (loop::TurnIsLong()) Flush();
}

Server::Server(Handler* handler, const Settings& settings) : state_(new State{}) {
  state_->handler = handler;
  state_->settings = settings;
  state_->listener.server = this;
  state_->retry.Init(
      [](loop::Timer*) {
        for (Server* server : servers) {
          State* state = Access::State(server);
          if (state->listener_fd.valid()) state->listener.Want(loop::kRead);
        }
      },
      /*keeps_alive=*/true);
  servers.push_back(this);
}

Server::~Server() {
  CHECK(!state_->listener_fd.valid());
  for (size_t i = 0; i < connections.size(); ++i) {
    Connection* connection = connections.at(i);
    if (connection != nullptr && connection->server == this) connection->server = nullptr;
  }
  std::erase(servers, this);
  std::erase(drained, this);
  delete state_;
}

void Server::Listen(fd::OwnedFd listener) {
  CHECK(!state_->listener_fd.valid() && !state_->draining);
  state_->listener_fd = std::move(listener);
  state_->listener.Init(state_->listener_fd.get(), OnAccept);
  state_->listener.Want(loop::kRead);
}

void Server::Close() {
  if (!state_->listener_fd.valid()) return;
  state_->listener.Want(0);
  state_->retry.Stop();
  state_->listener_fd.Close();
  state_->draining = true;
  if (state_->connections == 0) drained.push_back(this);
}

void Server::Configure(const Settings& settings) { state_->settings = settings; }
bool Server::listening() const { return state_->listener_fd.valid(); }
bool Server::over() const { return !listening() && !state_->draining && state_->connections == 0; }

}  // namespace node::tcp_connection
// Layer 2 system: the kernel, but no engine
// spawn.h: starting a program
#line 1 "src/spawn.h"
// Starting a program: a child process with pipes on its standard streams, and nothing else of ours.
//
// The child shares our memory until it executes (CLONE_VM and CLONE_VFORK, clone(2)), so that its start costs the same
// however much memory we have. For the main thread only.


#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>




namespace node::spawn {

// No string may have a NUL.
struct Command {
  // A path. Without a "/" too: see FindProgram().
  std::string file;
  // What the program gets, its own name first.
  std::vector<std::string> arguments;
  // "NAME=value" each; std::nullopt: as ours.
  std::optional<std::vector<std::string>> environment;
  // Where it starts; "": where we are. A relative `file` is looked for from there.
  std::string folder;
};

struct Started {
  // Its end must be waited for, once: it may be a zombie until then.
  pid_t pid = -1;
  // Readable when it has ended (pidfd_open(2)). Invalid with a kernel before 5.2: then SIGCHLD tells.
  fd::OwnedFd pidfd;
  // Our ends of the pipes to its descriptors 0, 1 and 2: non-blocking, the child's are not.
  fd::OwnedFd input, output, error;
};

// Starts it. The child has no other descriptors, no blocked or ignored signals, and the limit of descriptors that we
// had at first. Fails with the errno of pipe2, clone, chdir or exec; of the latter two with what they were done to.
base::Result<Started> Start(const Command& command);

// The file that execvp(3) would take for `name`: `name` itself with a "/" in it, else in the first of the folders of
// `path` (between colons; an empty one is the current folder) an executable regular file. `folder` as in Command.
// Fails with ENOENT, or with EACCES when there are only files that may not be executed.
base::Result<std::string> FindProgram(std::string_view name, std::string_view path, const std::string& folder);

// That signal has a handler here, or will have one: children begin without it.
void ResetInChildren(int signal_number);

// Our environment, "NAME=value" each.
std::vector<std::string> Environment();

// For tests: from now on as with a kernel that has no pidfds.
void ForgetPidfds();

}  // namespace node::spawn
// Layer 2 system: the kernel, but no engine
// spawn.cc: starting a program
#line 1 "src/spawn.cc"


#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>



namespace node::spawn {

static bool use_pidfds = true;

void ForgetPidfds() { use_pidfds = false; }

// Signals that are not as usual here. Asked for once, which costs as much as two spawns' system calls: later handlers,
// which exec resets by itself, are those below and those of ResetInChildren(), and later ignored ones there are none.
struct UnusualSignals {
  int numbers[_NSIG];
  int count = 0;
};

// As the kernel has it: sigaction(2) of the C library keeps signals 32 and 33 to itself, which a parent may have left
// ignored as well.
struct KernelAction {
  void (*handler)(int) = SIG_DFL;
  unsigned long flags = 0;
  void (*restorer)() = nullptr;
  unsigned long mask = 0;
};

__attribute__((no_sanitize("address"))) static long KernelSigaction(int number, const KernelAction* set,
                                                                    KernelAction* got) {
  return syscall(SYS_rt_sigaction, number, set, got, sizeof set->mask);
}

static UnusualSignals& FindUnusualSignals() {
  static UnusualSignals found = [] {
    UnusualSignals all;
    for (int number = 1; number < _NSIG; ++number) {
      const bool later = number == SIGINT || number == SIGTERM || number == SIGALRM || number == SIGCHLD;
      KernelAction action;
      const bool unusual = KernelSigaction(number, nullptr, &action) == 0 && action.handler != SIG_DFL;
      // A parent may have left it ignored: then the kernel would keep no exit codes for us.
      if (number == SIGCHLD && unusual && action.handler == SIG_IGN) signal(SIGCHLD, SIG_DFL);
      if (later || unusual) all.numbers[all.count++] = number;
    }
    return all;
  }();
  return found;
}

void ResetInChildren(int signal_number) {
  UnusualSignals& all = FindUnusualSignals();
  if (std::find(all.numbers, all.numbers + all.count, signal_number) != all.numbers + all.count) return;
  all.numbers[all.count++] = signal_number;
}

// What the child needs, and where it says why it could not execute: it shares our memory.
struct Plan {
  const char* file;
  char* const* arguments;
  char* const* environment;
  const char* folder;  // "": where we are
  int streams[3];      // all above 2
  const UnusualSignals* signals;
  sigset_t no_signals;
  const char* volatile failed;  // the system call, or nullptr
  volatile int error;
};

// Where the child runs until it executes, while we wait.
alignas(64) static char child_stack[64 * 1024];

// Between clone and exec, in the child: only what is async-signal-safe (signal-safety(7)). Our handlers, which would
// run in our own memory, are gone before signals are let in.
__attribute__((no_sanitize("address"))) static int RunChild(void* argument) {
  Plan* plan = static_cast<Plan*>(argument);
  const KernelAction usual;
  for (int i = 0; i < plan->signals->count; ++i) KernelSigaction(plan->signals->numbers[i], &usual, nullptr);
  const char* step = "dup2";
  bool ready = true;
  for (int i = 0; i < 3 && ready; ++i) ready = dup2(plan->streams[i], i) == i;
  // Ours are close-on-exec, but not those that we were started with. With a kernel before 5.11 these stay.
  close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
  if (ready && *plan->folder != '\0') {
    step = "chdir";
    ready = chdir(plan->folder) == 0;
  }
  if (ready) {
    descriptors::RestoreLimit();
    sigprocmask(SIG_SETMASK, &plan->no_signals, nullptr);
    step = "exec";
    execve(plan->file, plan->arguments, plan->environment);
  }
  plan->error = errno;
  plan->failed = step;
  _exit(127);
}

static pid_t Clone(Plan* plan, int* pidfd) {
  static constexpr int kFlags = CLONE_VM | CLONE_VFORK | SIGCHLD;
  char* top = child_stack + sizeof child_stack;
  if (use_pidfds) {
    pid_t pid = clone(RunChild, top, kFlags | CLONE_PIDFD, plan, pidfd);
    // A kernel that does not know the flag ignores it; gVisor refuses it.
    if (pid >= 0 || errno != EINVAL) return pid;
  }
  return clone(RunChild, top, kFlags, plan);
}

struct Pipe {
  fd::OwnedFd ours;
  fd::OwnedFd childs;
};

// A script may have closed 0, 1 or 2: there the child's end would be overwritten before it is in its place.
static bool MoveUp(fd::OwnedFd* descriptor) {
  if (descriptor->get() > 2) return true;
  *descriptor = fd::OwnedFd(fcntl(descriptor->get(), F_DUPFD_CLOEXEC, 3));
  return descriptor->valid();
}

static base::Result<Pipe> OpenPipe(bool child_reads) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return base::ErrnoError("pipe");
  fd::OwnedFd reading(ends[0]);
  fd::OwnedFd writing(ends[1]);
  Pipe pipe{std::move(child_reads ? writing : reading), std::move(child_reads ? reading : writing)};
  if (!MoveUp(&pipe.ours) || !MoveUp(&pipe.childs)) return base::ErrnoError("fcntl");
  if (fcntl(pipe.ours.get(), F_SETFL, O_NONBLOCK) != 0) return base::ErrnoError("fcntl");
  return pipe;
}

// Of strings that outlive it, with a null pointer at the end.
static std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

static base::Error FailedStep(const Plan& plan, const Command& command) {
  const char* step = plan.failed;
  if (step == std::string_view("chdir")) return base::Error{step, plan.error, command.folder};
  return base::Error{step, plan.error, command.file};
}

base::Result<Started> Start(const Command& command) {
  Pipe pipes[3];
  for (int i = 0; i < 3; ++i) {
    base::Result<Pipe> pipe = OpenPipe(/*child_reads=*/i == 0);
    if (!pipe.ok()) return base::Error{pipe.error().syscall, pipe.error().code, command.file};
    pipes[i] = std::move(pipe.value());
  }
  std::vector<char*> arguments = Pointers(command.arguments);
  std::vector<char*> variables;
  if (command.environment) variables = Pointers(*command.environment);
  Plan plan = {};
  plan.file = command.file.c_str();
  plan.arguments = arguments.data();
  plan.environment = command.environment ? variables.data() : environ;
  plan.folder = command.folder.c_str();
  for (int i = 0; i < 3; ++i) plan.streams[i] = pipes[i].childs.get();
  plan.signals = &FindUnusualSignals();
  sigemptyset(&plan.no_signals);

  // No handler of ours may run in the child.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  int pidfd = -1;
  pid_t pid = Clone(&plan, &pidfd);
  int error = errno;
  sigprocmask(SIG_SETMASK, &before, nullptr);

  Started started;
  started.pid = pid;
  started.pidfd = fd::OwnedFd(pidfd);
  if (pid < 0) return base::Error{"clone", error, command.file};
  if (plan.failed != nullptr) {
    // It is about to end, or has ended.
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return FailedStep(plan, command);
  }
  started.input = std::move(pipes[0].ours);
  started.output = std::move(pipes[1].ours);
  started.error = std::move(pipes[2].ours);
  return started;
}

// 0 when it is a program, else an errno.
static int CheckProgram(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return EACCES;
  return faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

base::Result<std::string> FindProgram(std::string_view name, std::string_view path, const std::string& folder) {
  if (name.find('/') != std::string_view::npos) return std::string(name);
  int failure = ENOENT;
  for (size_t start = 0; !name.empty() && start <= path.size();) {
    const size_t end = std::min(path.find(':', start), path.size());
    std::string candidate(path.substr(start, end - start));
    start = end + 1;
    // Without a "/" in it exec would be right, but a reader of messages would not see where it was.
    if (candidate.empty()) candidate = ".";
    candidate.append("/").append(name);
    std::string from_here = folder.empty() || candidate.front() == '/' ? "" : folder + "/";
    const int error = CheckProgram(from_here.append(candidate));
    if (error == 0) return candidate;
    if (error != ENOENT && error != ENOTDIR) failure = EACCES;
  }
  return base::Error{"exec", failure, std::string(name)};
}

std::vector<std::string> Environment() {
  std::vector<std::string> entries;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) entries.emplace_back(*entry);
  return entries;
}

}  // namespace node::spawn
// Layer 2 system: the kernel, but no engine
// shell.h: what a shell's command line becomes
#line 1 "src/shell.h"
// What a shell's command line becomes: /bin/sh, or the program that it would start.


#include <optional>
#include <string_view>



namespace node::shell {

// /bin/sh -c `text`.
spawn::Command WithShell(std::string_view text);

// The program that /bin/sh -c `text` would start and wait for, where that is all it would do: /bin/sh is dash, `text`
// are plain words (shell_command.h), the first of them an executable file, and the program gets the words and the
// environment that it would get from dash. Else std::nullopt. What differs is that nobody stands between: the process
// is the program itself, also for signals, and when one ends it no shell says so on standard error. A program that
// cannot be started (a script without #!) is the shell's again.
std::optional<spawn::Command> WithoutShell(std::string_view text);

}  // namespace node::shell
// Layer 2 system: the kernel, but no engine
// shell.cc: what a shell's command line becomes
#line 1 "src/shell.cc"


#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>



namespace node::shell {

static constexpr char kShell[] = "/bin/sh";

spawn::Command WithShell(std::string_view text) {
  spawn::Command command;
  command.file = kShell;
  command.arguments = {kShell, "-c", std::string(text)};
  return command;
}

// What others do is not known here. bash, for one, sets variables that programs see.
static bool ShellIsDash() {
  static const bool is_dash = [] {
    char path[PATH_MAX];
    if (realpath(kShell, path) == nullptr) return false;
    const char* slash = std::strrchr(path, '/');
    return slash != nullptr && std::strcmp(slash + 1, "dash") == 0;
  }();
  return is_dash;
}

// Whether dash would hand on all but PWD as it is: nothing is dropped, replaced or there twice.
static bool PassesThrough(const std::vector<std::string>& environment) {
  std::vector<std::string_view> names;
  names.reserve(environment.size());
  for (std::string_view entry : environment) {
    if (!shell_command::PassesUnchanged(entry)) return false;
    names.push_back(entry.substr(0, entry.find('=')));
  }
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) == names.end();
}

// Our environment, which nobody changes while we run, and what it says.
struct Environment {
  std::vector<std::string> entries = spawn::Environment();
  bool passes = PassesThrough(entries);
  std::optional<std::string_view> path = shell_command::FindVariable(entries, "PATH");
  std::optional<std::string_view> folder = shell_command::FindVariable(entries, "PWD");
};

static const Environment& Ours() {
  static const auto* ours = new Environment;
  return *ours;
}

// Makes PWD what dash makes of it: it stays when it is the current folder, else it becomes getcwd(3). False when that
// fails.
static bool SetWorkingFolder(spawn::Command* command) {
  struct stat named;
  struct stat here;
  if (stat(".", &here) != 0) return false;
  const std::optional<std::string_view>& given = Ours().folder;
  // A view into a string that ends behind it.
  if (given && given->starts_with('/') && stat(given->data(), &named) == 0 && named.st_dev == here.st_dev &&
      named.st_ino == here.st_ino) {
    return true;
  }
  char folder[PATH_MAX];
  if (getcwd(folder, sizeof folder) == nullptr) return false;
  command->environment = Ours().entries;
  std::erase_if(*command->environment, [](const std::string& entry) { return entry.starts_with("PWD="); });
  command->environment->push_back(std::string("PWD=") + folder);
  return true;
}

std::optional<spawn::Command> WithoutShell(std::string_view text) {
  std::optional<std::vector<std::string_view>> words = shell_command::PlainWords(text);
  if (!words || !ShellIsDash() || !Ours().passes) return std::nullopt;
  // dash has a path of its own where there is none, and a meaning for %.
  const std::optional<std::string_view>& path = Ours().path;
  if (!path || path->find('%') != std::string_view::npos) return std::nullopt;
  base::Result<std::string> file = spawn::FindProgram(words->front(), *path, "");
  if (!file.ok()) return std::nullopt;
  spawn::Command command;
  command.file = std::move(file.value());
  command.arguments.assign(words->begin(), words->end());
  if (!SetWorkingFolder(&command)) return std::nullopt;
  return command;
}

}  // namespace node::shell
// Layer 2 system: the kernel, but no engine
// child_process.h: children: their streams and their end
#line 1 "src/child_process.h"
// Child processes: their output, their input, their end.
//
// Knows no engine: a Handler hears what happens. Children are named by small integers (slot and generation); a stale
// name is refused, never followed. A child keeps the loop alive until OnExit.


#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>





namespace node::child_process {

using Id = slots::Id;

enum class Stream : uint8_t { kOutput, kError };

// How it ended.
struct Exit {
  // 0 to 255 as it has said; 128 + `signal` when a signal has ended it.
  int code = 0;
  // 0 when it ended by itself.
  int signal = 0;
};

struct Settings {
  // Bytes queued for a child that has not read since an earlier turn; above this Write() takes no more.
  size_t input_limit = 64 * 1024 * 1024;
  // Bytes that one OnData has at most; up to kReadSize.
  uint32_t piece = 64 * 1024;
};

// The largest read.
inline constexpr uint32_t kReadSize = 64 * 1024;

// What happens to children. Called from the loop or from Flush(), never from inside a call of the owner's; every call
// may call back into this module.
class Handler {
 public:
  virtual ~Handler() = default;
  // The child has written; the bytes last for the call.
  virtual void OnData(Id id, Stream stream, std::string_view data) = 0;
  // No more comes from that stream, once each. It has been closed; or the child has ended, all that it has written has
  // been delivered, and others who hold the stream are not waited for: they write into a closed pipe.
  virtual void OnEnd(Id id, Stream stream) = 0;
  // The child's input has taken all after it had refused some.
  virtual void OnDrain(Id id) = 0;
  // The end, once, behind OnEnd of both streams; the name is gone already.
  virtual void OnExit(Id id, Exit exit) = 0;
};

// Has the ends of others' children noticed that the kernel has made ours, as it does with orphans when we are the first
// process of a container, or have asked for them (PR_SET_CHILD_SUBREAPER of prctl(2)). Does not keep the loop alive.
void ReapOrphans();

// Starts a child. Fails as spawn::Start, or with EAGAIN when a million of them are there.
base::Result<Id> Start(Handler* handler, const spawn::Command& command, const Settings& settings);

// -1 when it has ended.
pid_t Pid(Id id);

enum class Written : uint8_t {
  kTaken,   // go on
  kQueued,  // the child does not read it all now: OnDrain comes when it has
  kGone,    // its input is closed, or it has ended
  kFull,    // nothing was taken: see Settings::input_limit
};

// Queues bytes for its input, behind what is queued; they leave at the end of the turn, or at once when they are many.
// When the child closes its input what is queued is lost.
Written Write(Id id, std::string_view data);

// Closes its input behind what is queued. Whether it was open.
bool CloseInput(Id id);

// Sends it a signal: 0, or the errno of kill(2); ESRCH when it has ended.
int Kill(Id id, int signal_number);

// Holds back what the child writes, or goes on. While held back OnExit does not come.
void SetReading(Id id, bool reading);

// See Settings::piece.
void SetPiece(Id id, uint32_t piece);

// Writes what has been queued since the last call. The loop's callbacks end with it.
void Flush();
// Whether Flush() has something to do.
bool FlushDue();
// For the end of the process: writes what has been queued as far as the pipes take it, and calls nobody.
void WriteBeforeExit();

}  // namespace node::child_process
// Layer 2 system: the kernel, but no engine
// child_process.cc: children: their streams and their end
#line 1 "src/child_process.cc"


#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>




// The end of a child comes in two parts, in any order: it is reaped, and its two streams end. A stream ends by itself
// when all who hold it have closed it. When the child is reaped what it has written lies in the pipes, and no more than
// that is waited for.
namespace node::child_process {

// From so many bytes on there is nothing to gain by waiting for the end of the turn, but a copy of them.
static constexpr size_t kWriteAtOnce = 32 * 1024;

struct Child;

struct Pipe : loop::Io {
  Child* child = nullptr;
  fd::OwnedFd fd;
};

struct Reader : Pipe {
  Stream stream = Stream::kOutput;
  size_t left = 0;  // of what the pipe had when the child was reaped
};

struct Child {
  Handler* handler = nullptr;
  Settings settings;
  Id id = 0;
  bool open = false;  // the record is in use
  pid_t pid = -1;
  Pipe end;  // the pidfd
  Pipe input;
  Reader readers[2];
  std::string queue;  // for its input
  size_t sent = 0;    // of `queue`
  Exit exit;
  bool reaped = false;
  bool reading = true;
  bool dirty = false;    // Flush() has to look
  bool stalled = false;  // the pipe has refused some of the queue
  bool overdue = false;  // and has done so since an earlier turn
  bool close_asked = false;
};

// The end of a pipe's stream, which the kernel tells unasked, is to libev an event of both kinds: one that was wanted
// of one kind only it has taken back, at the price of a system call. Ends to read from never become writable.
static constexpr int kReadable = loop::kRead | loop::kWrite;

static slots::Table<Child> children;
static std::vector<Id> dirty;
static bool flushing = false;
static char buffer[kReadSize];

static void MarkDirty(Child* child) {
  if (child->dirty) return;
  child->dirty = true;
  dirty.push_back(child->id);
}

static void Shut(Pipe* pipe) {
  if (!pipe->fd.valid()) return;
  pipe->Want(0);
  pipe->fd.Close();
}

// --- Its input ---

static size_t Queued(const Child* child) { return child->queue.size() - child->sent; }

static void ShutInput(Child* child) {
  Shut(&child->input);
  std::string().swap(child->queue);
  child->sent = 0;
  child->stalled = child->overdue = false;
}

// How many of `data` the pipe takes now. One call: a child that reads as fast as we write must not hold us up.
static size_t WriteNow(Child* child, std::string_view data) {
  ssize_t written;
  do {
    written = write(child->input.fd.get(), data.data(), data.size());
  } while (written < 0 && errno == EINTR);
  if (written >= 0) return static_cast<size_t>(written);
  // The child has closed its end (EPIPE), as head(1) does: no failure of ours.
  if (errno != EAGAIN && errno != EWOULDBLOCK) ShutInput(child);
  return 0;
}

static void WriteQueued(Child* child) {
  if (Queued(child) > 0) {
    const size_t taken = WriteNow(child, std::string_view(child->queue).substr(child->sent));
    if (!child->input.fd.valid()) return;
    child->sent += taken;
  }
  if (Queued(child) > 0) {
    // A long queue does not keep what has gone already.
    if (child->sent >= kWriteAtOnce && child->sent >= child->queue.size() / 2) {
      child->queue.erase(0, child->sent);
      child->sent = 0;
    }
    child->stalled = true;
    child->input.Want(loop::kWrite);
    return;
  }
  static constexpr size_t kKeptBytes = 4096;
  child->queue.clear();
  child->sent = 0;
  if (child->queue.capacity() > kKeptBytes) std::string().swap(child->queue);
  child->input.Want(0);
  if (child->close_asked) ShutInput(child);
}

// --- Its output, its end ---

static void Release(Child* child) {
  ShutInput(child);
  children.GiveBack(child);
  loop::KeepAlive(-1);
}

static void TryExit(Child* child) {
  if (!child->reaped || child->readers[0].fd.valid() || child->readers[1].fd.valid()) return;
  Handler* handler = child->handler;
  const Id id = child->id;
  const Exit exit = child->exit;
  Release(child);
  handler->OnExit(id, exit);
}

static void EndStream(Reader* reader) {
  Child* child = reader->child;
  Shut(reader);
  child->handler->OnEnd(child->id, reader->stream);
}

// Reads once, `most` bytes at most: how many came; 0 when nothing is there, or no more will come.
static size_t ReadOnce(Reader* reader, size_t most) {
  Child* child = reader->child;
  ssize_t got;
  do {
    got = read(reader->fd.get(), buffer, std::min<size_t>(most, child->settings.piece));
  } while (got < 0 && errno == EINTR);
  if (got > 0) {
    child->handler->OnData(child->id, reader->stream, {buffer, static_cast<size_t>(got)});
    return static_cast<size_t>(got);
  }
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
  EndStream(reader);
  return 0;
}

static void OnReadable(loop::Io* io, int) {
  Reader* reader = static_cast<Reader*>(io);
  ReadOnce(reader, kReadSize);
  TryExit(reader->child);
  Flush();
}

// Of a child that is reaped: delivers what it has left, unless that is held back.
static void Finish(Child* child) {
  for (Reader& reader : child->readers) {
    while (reader.fd.valid() && child->reading) {
      const size_t got = reader.left > 0 ? ReadOnce(&reader, reader.left) : 0;
      reader.left -= got;
      if (got == 0 && reader.fd.valid()) EndStream(&reader);
    }
  }
  TryExit(child);
}

// True when it had not ended before and has now.
static bool Reap(Child* child) {
  if (child->reaped) return false;
  int status = 0;
  const pid_t ended = waitpid(child->pid, &status, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return false;
  child->reaped = true;
  if (ended > 0 && WIFSIGNALED(status)) {
    child->exit = {128 + WTERMSIG(status), WTERMSIG(status)};
  } else {
    // Somebody else may have taken it from us; that is not known here as success.
    child->exit = {ended > 0 ? WEXITSTATUS(status) : 255, 0};
  }
  Shut(&child->end);
  ShutInput(child);
  for (Reader& reader : child->readers) {
    int there = 0;
    reader.left = reader.fd.valid() && ioctl(reader.fd.get(), FIONREAD, &there) == 0 ? static_cast<size_t>(there) : 0;
    // From now on no event is needed, and a held one would spin.
    if (reader.fd.valid()) reader.Want(0);
  }
  return true;
}

static void OnEnded(loop::Io* io, int) {
  Child* child = static_cast<Pipe*>(io)->child;
  if (Reap(child)) Finish(child);
  Flush();
}

// --- Without pidfds, and for orphans: SIGCHLD says that some child has ended ---

static loop::Notifier* ended_somewhere = nullptr;
static bool reaps_orphans = false;

static Child* FindPid(pid_t pid) {
  for (size_t i = 0; i < children.size(); ++i) {
    Child* child = children.at(i);
    if (child != nullptr && child->open && !child->reaped && child->pid == pid) return child;
  }
  return nullptr;
}

// The kernel shows one that has ended at a time, ours too: these have to go first, so that it shows the next.
static void ReapAll() {
  for (;;) {
    siginfo_t ended = {};
    if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0) return;
    Child* ours = FindPid(ended.si_pid);
    if (ours == nullptr) {
      waitpid(ended.si_pid, nullptr, WNOHANG);
    } else if (Reap(ours)) {
      Finish(ours);
    }
  }
}

static void FindEnded() {
  if (reaps_orphans) ReapAll();
  for (size_t i = 0; i < children.size(); ++i) {
    Child* child = children.at(i);
    if (child != nullptr && child->open && Reap(child)) Finish(child);
  }
  Flush();
}

static void ListenForEnds() {
  if (ended_somewhere == nullptr) {
    ended_somewhere = new loop::Notifier;
    ended_somewhere->Init(FindEnded);
    struct sigaction action = {};
    action.sa_handler = [](int) {
      const int saved = errno;
      ended_somewhere->Notify();
      errno = saved;
    };
    action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    sigaction(SIGCHLD, &action, nullptr);
  }
  // It may have ended before.
  ended_somewhere->Notify();
}

void ReapOrphans() {
  reaps_orphans = true;
  ListenForEnds();
}

// --- What owners ask for ---

static void Watch(Pipe* pipe, Child* child, fd::OwnedFd descriptor, loop::Io::Callback callback, int events) {
  pipe->child = child;
  pipe->fd = std::move(descriptor);
  pipe->Init(pipe->fd.get(), callback);
  pipe->Want(events);
}

base::Result<Id> Start(Handler* handler, const spawn::Command& command, const Settings& settings) {
  CHECK(settings.piece > 0 && settings.piece <= kReadSize);
  Child* child = children.Take();
  if (child == nullptr) return base::Error{"clone", EAGAIN, command.file};
  base::Result<spawn::Started> result = spawn::Start(command);
  if (!result.ok()) {
    children.GiveBack(child);
    return result.error();
  }
  spawn::Started& started = result.value();
  child->handler = handler;
  child->settings = settings;
  child->pid = started.pid;
  child->exit = {};
  child->reaped = child->dirty = child->stalled = child->overdue = child->close_asked = false;
  child->reading = true;
  // Also while nothing is watched: without pidfds, or held back.
  loop::KeepAlive(1);
  child->readers[1].stream = Stream::kError;
  Watch(&child->readers[0], child, std::move(started.output), OnReadable, kReadable);
  Watch(&child->readers[1], child, std::move(started.error), OnReadable, kReadable);
  Watch(
      &child->input, child, std::move(started.input),
      [](loop::Io* io, int) {
        MarkDirty(static_cast<Pipe*>(io)->child);
        Flush();
      },
      0);
  if (started.pidfd.valid()) {
    Watch(&child->end, child, std::move(started.pidfd), OnEnded, loop::kRead);
  } else {
    ListenForEnds();
  }
  return child->id;
}

pid_t Pid(Id id) {
  Child* child = children.Find(id);
  return child == nullptr || child->reaped ? -1 : child->pid;
}

Written Write(Id id, std::string_view data) {
  Child* child = children.Find(id);
  if (child == nullptr || child->close_asked || !child->input.fd.valid()) return Written::kGone;
  if (child->overdue && Queued(child) > child->settings.input_limit) return Written::kFull;
  if (!child->stalled && Queued(child) == 0 && data.size() >= kWriteAtOnce) {
    data.remove_prefix(WriteNow(child, data));
    if (!child->input.fd.valid()) return Written::kGone;
    if (data.empty()) return Written::kTaken;
    child->stalled = true;
  }
  child->queue.append(data);
  if (!child->stalled && Queued(child) >= kWriteAtOnce) WriteQueued(child);
  if (!child->input.fd.valid()) return Written::kGone;
  if (Queued(child) > 0) MarkDirty(child);
  return child->stalled ? Written::kQueued : Written::kTaken;
}

bool CloseInput(Id id) {
  Child* child = children.Find(id);
  if (child == nullptr || child->close_asked || !child->input.fd.valid()) return false;
  child->close_asked = true;
  MarkDirty(child);
  return true;
}

int Kill(Id id, int signal_number) {
  const pid_t pid = Pid(id);
  // The number is the child's until it is reaped.
  if (pid < 0) return ESRCH;
  return kill(pid, signal_number) == 0 ? 0 : errno;
}

void SetReading(Id id, bool reading) {
  Child* child = children.Find(id);
  if (child == nullptr || child->reading == reading) return;
  child->reading = reading;
  if (child->reaped) return MarkDirty(child);
  for (Reader& reader : child->readers) {
    if (reader.fd.valid()) reader.Want(reading ? kReadable : 0);
  }
}

void SetPiece(Id id, uint32_t piece) {
  CHECK(piece > 0 && piece <= kReadSize);
  Child* child = children.Find(id);
  if (child != nullptr) child->settings.piece = piece;
}

// All that a child has to do at the end of a turn. It may be gone afterwards.
static void Settle(Child* child) {
  if (child->reaped) return Finish(child);
  if (!child->input.fd.valid()) return;
  const bool was_stalled = child->stalled;
  child->stalled = false;
  WriteQueued(child);
  child->overdue = was_stalled && child->stalled;
  if (was_stalled && !child->stalled && child->input.fd.valid()) child->handler->OnDrain(child->id);
}

void Flush() {
  // A listener that is called from here can lead here again; what it leaves is for the next time.
  if (flushing) return;
  flushing = true;
  const size_t count = dirty.size();
  for (size_t i = 0; i < count; ++i) {
    Child* child = children.Find(dirty[i]);
    if (child == nullptr || !child->dirty) continue;
    child->dirty = false;
    Settle(child);
  }
  dirty.erase(dirty.begin(), dirty.begin() + static_cast<ptrdiff_t>(count));
  flushing = false;
}

bool FlushDue() { return !dirty.empty(); }

void WriteBeforeExit() {
  for (Id id : dirty) {
    Child* child = children.Find(id);
    if (child != nullptr && child->input.fd.valid()) WriteQueued(child);
  }
}

}  // namespace node::child_process
// Layer 2 system: the kernel, but no engine
// dns_cache.h: answers that may be given again
#line 1 "src/dns_cache.h"
// Answers of DNS that may be given again: RFC 1035, 7.4 and RFC 2308.
//
// Knows no clock: time is what it is told, and must not go back. Bounded in entries and in bytes; what was not asked
// for the longest time leaves first.


#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>



namespace node::dns_cache {

// Seconds that a negative answer is believed at most: RFC 2308, 5 has "one to three hours". That of others is cut by
// dns_message::kMaxTtl.
inline constexpr uint32_t kMaxNegativeTtl = 10800;

class Cache {
 public:
  // `max_entries`, `max_bytes`: what it holds at most; one answer takes an eighth of the bytes at most. 0 of either:
  // nothing. `seed`: random, so that nobody can choose names that make it slow.
  Cache(size_t max_entries, size_t max_bytes, uint64_t seed)
      : max_entries_(max_entries), max_bytes_(max_bytes), seed_(seed) {}
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;
  ~Cache();

  // Of a question whose name is in lower case, as all here: what Find() and Store() want of it.
  uint64_t Hash(const dns_message::Question& question) const;

  // What was stored for the question and still holds, with `ttl` as the seconds that are left, rounded down; nullptr
  // when there is nothing. It lasts until the next call of the cache.
  const dns_message::Answer* Find(const dns_message::Question& question, uint64_t hash, double now_ms);

  // Keeps a kAnswer, kNoData or kNameError for its ttl; not when that is 0 or it is too big. What was stored before for
  // the question goes.
  // `name`: as bytes, of the question.
  void Store(std::string_view name, dns_message::Type type, uint64_t hash, const dns_message::Answer& answer,
             double now_ms);
  // Has the processor fetch what Find() of that hash will look at.
  void Prefetch(uint64_t hash) const {
    if (size_ > 0) __builtin_prefetch(static_cast<const void*>(&slots_[Home(hash)]));
  }

  // Drops all.
  void Clear();

  size_t size() const { return size_; }
  size_t bytes() const { return bytes_; }

 private:
  struct Entry;
  // A table with open addressing: whoever is not found costs one line of the processor's cache, as no entry is looked
  // at whose hash is another.
  struct Slot {
    uint64_t hash = 0;
    Entry* entry = nullptr;  // nullptr: free
  };

  size_t Home(uint64_t hash) const { return hash & (slots_.size() - 1); }
  Slot* Look(std::string_view name, dns_message::Type type, uint64_t hash);
  void Insert(Entry* entry);
  void Resize(size_t count);
  void Drop(Slot* slot);
  void DropOldest();
  Entry* NewEntry(size_t size);
  void PutFirst(Entry* entry);
  void TakeOut(Entry* entry);

  std::vector<Slot> slots_;
  size_t size_ = 0;
  Entry *newest_ = nullptr, *oldest_ = nullptr;
  Entry* spare_ = nullptr;  // the memory of one that has left, for the next
  size_t bytes_ = 0;
  size_t max_entries_, max_bytes_;
  uint64_t seed_;
  dns_message::Answer answer_;  // what Find() has given
};

}  // namespace node::dns_cache
// Layer 2 system: the kernel, but no engine
// dns_cache.cc: answers that may be given again
#line 1 "src/dns_cache.cc"


#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace node::dns_cache {

using dns_message::Answer;
using dns_message::Outcome;
using dns_message::Question;
using dns_message::Slice;
using dns_message::Type;

// Packed, in one piece of memory: an answer as Find() gives it has 600 bytes of its own.
struct Cache::Entry {
  uint64_t hash = 0;
  Entry *newer = nullptr, *older = nullptr;
  double expires_ms = 0;
  uint32_t room = 0;  // bytes behind the entry
  uint32_t size =
      0;  // of them in use: the name, the canonical one unless it is the same, places of records, their data
  uint32_t records = 0;
  uint16_t rcode = 0;
  Type type = Type::kA;
  Outcome outcome = Outcome::kBroken;
  uint8_t name_size = 0, canonical_size = 0, aliases = 0;

  char* packed() { return reinterpret_cast<char*>(this + 1); }
  std::string_view name() { return {packed(), name_size}; }
  size_t Cost() const { return sizeof *this + room + kOverhead; }
  static constexpr size_t kOverhead = 48;  // of an allocation, and a place in the table
};

// Places are some more than entries, up to 3 of 4 in use; always a power of two.
static constexpr size_t kLeastSlots = 16;
// Entries have multiples of so many bytes, so that one fits where another was.
static constexpr size_t kGrain = 64;
// Memory that is worth to be kept for the next entry; most take 128 bytes.
static constexpr size_t kMostSpare = 512;

Cache::~Cache() { Clear(); }

uint64_t Cache::Hash(const Question& question) const {
  return question.name.Hash(seed_ + static_cast<uint64_t>(question.type));
}

// --- The table ---

Cache::Slot* Cache::Look(std::string_view name, Type type, uint64_t hash) {
  if (size_ == 0) return nullptr;
  for (size_t i = Home(hash); slots_[i].entry != nullptr; i = (i + 1) & (slots_.size() - 1)) {
    if (slots_[i].hash != hash) continue;
    Entry* entry = slots_[i].entry;
    if (entry->type == type && entry->name() == name) return &slots_[i];
  }
  return nullptr;
}

void Cache::Resize(size_t count) {
  std::vector<Slot> old(count);
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.entry == nullptr) continue;
    size_t i = Home(slot.hash);
    while (slots_[i].entry != nullptr) i = (i + 1) & (count - 1);
    slots_[i] = slot;
  }
}

void Cache::Insert(Entry* entry) {
  if ((size_ + 1) * 4 > slots_.size() * 3) Resize(slots_.empty() ? kLeastSlots : slots_.size() * 2);
  ++size_;
  size_t i = Home(entry->hash);
  while (slots_[i].entry != nullptr) i = (i + 1) & (slots_.size() - 1);
  slots_[i] = {entry->hash, entry};
}

void Cache::TakeOut(Entry* entry) {
  (entry->newer != nullptr ? entry->newer->older : newest_) = entry->older;
  (entry->older != nullptr ? entry->older->newer : oldest_) = entry->newer;
}

void Cache::PutFirst(Entry* entry) {
  entry->newer = nullptr;
  entry->older = newest_;
  (newest_ != nullptr ? newest_->newer : oldest_) = entry;
  newest_ = entry;
}

void Cache::Drop(Slot* slot) {
  Entry* entry = slot->entry;
  TakeOut(entry);
  bytes_ -= entry->Cost();
  --size_;
  // Those behind it move up, unless they are where they belong.
  const size_t mask = slots_.size() - 1;
  size_t hole = static_cast<size_t>(slot - slots_.data());
  for (size_t i = (hole + 1) & mask; slots_[i].entry != nullptr; i = (i + 1) & mask) {
    if (((i - Home(slots_[i].hash)) & mask) < ((i - hole) & mask)) continue;
    slots_[hole] = slots_[i];
    hole = i;
  }
  slots_[hole] = Slot();
  // A crowd has gone: it need not be remembered.
  if (slots_.size() > kLeastSlots && size_ < slots_.size() / 8) Resize(slots_.size() / 2);
  const bool keep = spare_ == nullptr && entry->room <= kMostSpare;
  if (keep) {
    spare_ = entry;
  } else {
    ::operator delete(entry);
  }
}

void Cache::DropOldest() {
  size_t i = Home(oldest_->hash);
  while (slots_[i].entry != oldest_) i = (i + 1) & (slots_.size() - 1);
  Drop(&slots_[i]);
}

// With room for so many bytes.
Cache::Entry* Cache::NewEntry(size_t size) {
  const size_t whole = (sizeof(Entry) + size + kGrain - 1) / kGrain * kGrain;
  const size_t room = whole - sizeof(Entry);
  void* memory = nullptr;
  if (spare_ != nullptr && spare_->room == room) {
    memory = std::exchange(spare_, nullptr);
  } else {
    memory = ::operator new(whole);
  }
  auto* entry = new (memory) Entry;
  entry->room = static_cast<uint32_t>(room);
  entry->size = static_cast<uint32_t>(size);
  return entry;
}

// --- What others call ---

void Cache::Clear() {
  while (oldest_ != nullptr) DropOldest();
  ::operator delete(std::exchange(spare_, nullptr));
}

const Answer* Cache::Find(const Question& question, uint64_t hash, double now_ms) {
  Slot* slot = Look(question.name.wire(), question.type, hash);
  if (slot == nullptr) {
    // The answer will put the oldest out, whose memory is cold by then.
    if (oldest_ != nullptr && size_ >= max_entries_) Prefetch(oldest_->hash);
    return nullptr;
  }
  Entry* entry = slot->entry;
  if (now_ms >= entry->expires_ms) {
    Drop(slot);
    return nullptr;
  }
  if (entry != newest_) {
    TakeOut(entry);
    PutFirst(entry);
  }
  answer_.outcome = entry->outcome;
  answer_.rcode = entry->rcode;
  answer_.aliases = entry->aliases;
  answer_.ttl = static_cast<uint32_t>((entry->expires_ms - now_ms) / 1e3);
  const char* at = entry->packed() + entry->name_size;
  answer_.canonical = question.name;
  if (entry->canonical_size > 0) answer_.canonical = dns_message::ReadName({at, entry->canonical_size});
  at += entry->canonical_size;
  answer_.records.resize(entry->records);
  if (entry->records > 0) std::memcpy(answer_.records.data(), at, entry->records * sizeof(Slice));
  at += entry->records * sizeof(Slice);
  answer_.data.assign(at, static_cast<size_t>(entry->packed() + entry->size - at));
  return &answer_;
}

void Cache::Store(std::string_view name, Type type, uint64_t hash, const Answer& answer, double now_ms) {
  if (Slot* old = Look(name, type, hash)) Drop(old);
  const bool negative = answer.outcome == Outcome::kNoData || answer.outcome == Outcome::kNameError;
  if (answer.ttl == 0 || !(negative || answer.outcome == Outcome::kAnswer)) return;
  std::string_view canonical = answer.canonical.wire();
  if (canonical == name) canonical = {};
  const size_t records = answer.records.size() * sizeof(Slice);
  const size_t size = name.size() + canonical.size() + records + answer.data.size();
  if (max_entries_ == 0 || size > max_bytes_ / 8) return;
  // Before the new one is made, which so gets its memory.
  if (size_ >= max_entries_) DropOldest();

  Entry* entry = NewEntry(size);
  entry->hash = hash;
  const uint32_t most = negative ? kMaxNegativeTtl : dns_message::kMaxTtl;
  entry->expires_ms = now_ms + 1e3 * std::min(answer.ttl, most);
  entry->records = static_cast<uint32_t>(answer.records.size());
  entry->rcode = answer.rcode;
  entry->type = type;
  entry->outcome = answer.outcome;
  entry->aliases = answer.aliases;
  entry->name_size = static_cast<uint8_t>(name.size());
  entry->canonical_size = static_cast<uint8_t>(canonical.size());
  char* at = entry->packed();
  auto append = [&at](const void* bytes, size_t count) {
    if (count > 0) std::memcpy(at, bytes, count);
    at += count;
  };
  append(name.data(), name.size());
  append(canonical.data(), canonical.size());
  append(answer.records.data(), records);
  append(answer.data.data(), answer.data.size());
  Insert(entry);
  PutFirst(entry);
  bytes_ += entry->Cost();
  while (bytes_ > max_bytes_) DropOldest();
  // The next to go.
  __builtin_prefetch(oldest_);
  if (oldest_ != nullptr) __builtin_prefetch(oldest_->packed());
}

}  // namespace node::dns_cache
// Layer 2 system: the kernel, but no engine
// dns_flights.h: DNS queries in flight, by their ids
#line 1 "src/dns_flights.h"
// Queries in flight on one socket or connection, by the id that their answers will have.
//
// Intrusive: a query that leaves and one that comes cost no memory.


#include <cstddef>
#include <cstdint>
#include <string_view>




namespace node::dns_flights {

class Flights;

// A query, embedded in its owner's record.
struct Flight {
  Flight* next_flight = nullptr;  // of those with the same low bits
  Flights* among = nullptr;       // where it is; nullptr: not in flight
  uint16_t message_id = 0;
  bool waits = false;  // for a connection of its own
  uint32_t turn = 0;   // its place among those that wait
  uint64_t group = 0;  // of dns_udp: those it has left together with in one message; 0: none
};

// What carries queries calls their owner. All calls come from the loop or from a Flush(); those that do not say
// otherwise may start and cancel queries and destroy the carrier.
class Owner {
 public:
  virtual ~Owner() = default;
  // Writes the query, with its id, to `out`, which has dns_message::kQueryRoom bytes; returns how many. Calls nobody.
  virtual size_t Write(Flight* flight, char* out) = 0;
  // A message with the query's id has come from the server. False, without having called anybody, when it is no answer
  // to it, and the query goes on; otherwise the owner has cancelled it.
  virtual bool OnMessage(Flight* flight, std::string_view message) = 0;
  // The query has waited for a connection, and is on its way now. Calls nobody.
  virtual void OnSent(Flight* flight) = 0;
  // It is not in flight any more, because of `error`. `again`: a new connection may do better.
  virtual void OnLost(Flight* flight, const base::Error& error, bool again) = 0;
  // It is not in flight any more: too much has come from the server's address that nobody has asked for.
  virtual void OnFlood(Flight* flight) = 0;
};

class Flights {
 public:
  // Ids are hard to guess and quickly found as long as most of them are not in use.
  static constexpr size_t kMost = 16384;

  Flights() = default;
  Flights(const Flights&) = delete;
  Flights& operator=(const Flights&) = delete;

  size_t size() const { return size_; }
  // Whether it takes no more.
  bool full() const { return size_ >= kMost; }

  // Takes it in under a random id that no other has; not when full.
  void Add(Flight* flight) {
    CHECK(flight->among == nullptr && !full());
    do {
      flight->message_id = entropy::Bits16();
    } while (Find(flight->message_id) != nullptr);
    Flight** bucket = BucketOf(flight->message_id);
    flight->next_flight = *bucket;
    *bucket = flight;
    flight->among = this;
    ++size_;
  }

  // The one with that id; nullptr when there is none.
  Flight* Find(uint16_t message_id) {
    Flight* flight = *BucketOf(message_id);
    while (flight != nullptr && flight->message_id != message_id) flight = flight->next_flight;
    return flight;
  }

  // Takes it out; it must be in.
  void Remove(Flight* flight) {
    CHECK(flight->among == this);
    Flight** link = BucketOf(flight->message_id);
    while (*link != flight) link = &(*link)->next_flight;
    *link = flight->next_flight;
    flight->next_flight = nullptr;
    flight->among = nullptr;
    --size_;
  }

  // Any of them; nullptr when there is none.
  Flight* First() {
    if (size_ == 0) return nullptr;
    for (Flight* flight : buckets_) {
      if (flight != nullptr) return flight;
    }
    CHECK(!"flights are counted wrong");
    return nullptr;
  }

 private:
  static constexpr size_t kBuckets = 128;
  Flight** BucketOf(uint16_t message_id) { return &buckets_[message_id % kBuckets]; }

  Flight* buckets_[kBuckets] = {};
  size_t size_ = 0;
};

}  // namespace node::dns_flights
// Layer 2 system: the kernel, but no engine
// dns_udp.h: DNS over UDP: a pool of sockets
#line 1 "src/dns_udp.h"
// DNS over UDP to one server: a pool of connected sockets on random ports, renewed often. See the .cc for why that is
// as safe as a port for each query.


#include <array>
#include <cstddef>
#include <vector>






namespace node::dns_udp {

// Sockets that new queries are spread over.
inline constexpr size_t kSockets = 8;
// A socket takes so many queries, and takes them for so long; it stays open until the last of them has its answer.
inline constexpr uint32_t kQueriesPerSocket = 256;
inline constexpr double kSocketMs = 10000;
// Open sockets of a pool, those included that only wait for answers. With so many, old ones are used on.
inline constexpr size_t kMostSockets = 64;
// Messages that nobody has asked for, after which a socket is given up.
inline constexpr uint32_t kMostForeign = 16;
// Without a query for so long, up to two seconds more, all sockets are closed.
inline constexpr uint32_t kIdleSeconds = 5;

struct Socket;

// An unused pool keeps no loop alive; the owner does that for each query.
class Pool : timer_wheel::Entry {
 public:
  // `owner` hears of all queries and outlives the pool.
  Pool(dns_flights::Owner* owner, const stream::Address& server);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  // Nothing is in flight any more.
  ~Pool();

  // Gives the query a socket and an id; it leaves with Flush(). `now`: of loop::CoarseNowMs(). Fails where no socket
  // can be opened.
  base::Result<base::Done> Start(dns_flights::Flight* flight, double now);

  // Sockets that are open.
  size_t size() const { return open_.size(); }

 private:
  friend struct Access;
  base::Result<Socket*> Pick(double now);
  base::Result<Socket*> Open(double now);
  Socket* AnyOpen();

  dns_flights::Owner* owner_;
  stream::Address server_;
  std::array<Socket*, kSockets> active_ = {};
  std::vector<Socket*> open_;
  double used_ms_ = 0;
  double singly_until_ms_ = 0;
  uint64_t answered_group_ = 0;  // the last one
};

// Takes a query that was started back; its answer will be dropped. `in_vain`: it has waited for nothing, so that its
// socket, whose own address may have changed, takes no more queries.
void Cancel(dns_flights::Flight* flight, bool in_vain);

// Sends what was started since the last call.
void Flush();
// Whether Flush() has something to do.
bool FlushDue();

}  // namespace node::dns_udp
// Layer 2 system: the kernel, but no engine
// dns_udp.cc: DNS over UDP: a pool of sockets
#line 1 "src/dns_udp.cc"


#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>






// The life of a socket:
//
//   Open --> active --256 queries, 10 s, a query in vain--> retired --the last of its queries has left--> closed
//               |           a flood, an error                                                               ^
//               +----------------------------- idle, or the pool is gone -----------------------------------+
//
// Why a pool is as safe as a new port for each query (RFC 5452), which would cost 18 us a query and three quarters of
// the speed. Someone who does not see the traffic must forge an answer that comes from the server's address and port,
// goes to the port that the query left from, and has its id, its question and the case of its letters, before the true
// answer does.
//
// - Each query goes to one of 8 sockets at random, with 16 random bits for its id, from getrandom(2). The ports are
//   the kernel's choice, at random among some 28,000 (ip_local_port_range). One guess meets one query with a chance of
//   1 in 2^16 * 28,000, as with a port for each query: that other ports are open as well does not help, since an
//   answer counts at the socket alone that its query has left from.
// - What a pool adds is time to find its ports out. A port lives for 256 queries or 10 s, and then for as long as its
//   last queries wait. The sockets are connected: the kernel drops what comes from elsewhere and answers it like a
//   closed port, so that a scan must forge the server's address, and sees no answer. Who knows all eight ports
//   nevertheless still has 19 bits to guess, and one more for each letter of the name (0x20).
// - Guesses are counted. A message from the server's address that belongs to nothing this socket has ever asked is
//   foreign; so is one with the right id and the wrong question. The 16th retires the socket and sends its queries
//   over TCP. So a known port is worth 16 guesses of 2^16 or more, where a port for each query, without a count,
//   allows as many as fit into the time until the answer.
// - Many queries for one name at a time would multiply the guesses (the birthday attack); the layer above asks one
//   question once, and different questions do not help one another, since each answer must have its own.
// - What is late or comes twice has an id that the socket has used: it is dropped without being counted, so that a slow
//   server is not taken for an attacker.
//
// An ICMP error shows as ECONNREFUSED of the connected socket; forging one needs the port and gains a refusal.
namespace node::dns_udp {

using dns_flights::Flight;

// Datagrams sent or received by one system call.
static constexpr unsigned kBatch = 16;
// For so long queries are sent one by one when those together seem to get lost: see Segments.
static constexpr double kSinglyMs = 5 * 60 * 1000;
// And batches that one socket may read in a turn: others want theirs.
static constexpr int kBatches = 4;
// What a datagram can have. Apart by some cache lines more than a power of two: their beginnings do not compete for
// the same lines of the cache.
static constexpr size_t kMessageRoom = 65536 + 320;

struct Socket : loop::Io, dns_flights::Flights {
  fd::OwnedFd fd;
  Pool* pool = nullptr;
  uint64_t use = 0;  // changes when it is closed: whoever has called out looks whether it still is the same
  double opened_ms = 0;
  uint32_t started = 0;  // queries
  uint32_t foreign = 0;
  bool retired = false;
  bool dirty = false;           // Flush() has to look
  bool singly = false;          // the kernel has refused several datagrams in one
  std::vector<Flight*> unsent;  // nullptr: cancelled
  // The ids of the last queries.
  std::array<uint16_t, kQueriesPerSocket> spent = {};
};

struct Access {
  static dns_flights::Owner* Owner(const Socket* socket) { return socket->pool->owner_; }
  static const stream::Address& Server(const Socket* socket) { return socket->pool->server_; }
  static bool Singly(const Socket* socket) {
    return socket->singly || loop::CoarseNowMs() < socket->pool->singly_until_ms_;
  }
  static void NoteAnswer(Socket* socket, const Flight* flight) {
    uint64_t& answered = socket->pool->answered_group_;
    answered = std::max(answered, flight->group);
  }
  static void NoteSilence(Socket* socket, const Flight* flight) {
    Pool* pool = socket->pool;
    if (flight->group > pool->answered_group_) pool->singly_until_ms_ = loop::CoarseNowMs() + kSinglyMs;
  }
  static void NoLongerActive(Socket* socket) {
    for (Socket*& active : socket->pool->active_) {
      if (active == socket) active = nullptr;
    }
  }
  static void NoLongerOpen(Socket* socket) { std::erase(socket->pool->open_, socket); }
  static void OnIdle(timer_wheel::Entry* entry);
};

static std::vector<std::unique_ptr<Socket>> records;
static std::vector<Socket*> spare;  // those that are closed, to be used again
static std::vector<Socket*> dirty;
static uint64_t last_group = 0;

static deadlines::Deadlines& IdleDeadlines() {
  static deadlines::Deadlines all(Access::OnIdle, [] {});
  return all;
}

// --- Opening and closing ---

static void Close(Socket* socket) {
  CHECK(socket->size() == 0);
  Access::NoLongerActive(socket);
  Access::NoLongerOpen(socket);
  loop::KeepAlive(1);
  socket->Want(0);
  socket->fd.Close();
  socket->pool = nullptr;
  ++socket->use;
  socket->unsent.clear();
  spare.push_back(socket);
}

// No new queries; and the end, when there are no old ones.
static void Retire(Socket* socket) {
  Access::NoLongerActive(socket);
  socket->retired = true;
  if (socket->size() == 0) Close(socket);
}

static void OnIo(loop::Io* io, int events);

// Whether the kernel knows of UDP_SEGMENT (Linux 4.18). One that does not would send all of it as one datagram.
static bool KernelSegments(int descriptor) {
  static const bool known = [&] {
    int size = 0;
    socklen_t length = sizeof size;
    return getsockopt(descriptor, SOL_UDP, UDP_SEGMENT, &size, &length) == 0;
  }();
  return known;
}

base::Result<Socket*> Pool::Open(double now) {
  fd::OwnedFd opened(socket(server_.storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!opened.valid()) return base::ErrnoError("socket");
  // Without bind(2): the kernel chooses a port at random.
  if (connect(opened.get(), reinterpret_cast<const sockaddr*>(&server_.storage), server_.length) != 0) {
    return base::ErrnoError("connect");
  }
  if (spare.empty()) spare.push_back(records.emplace_back(std::make_unique<Socket>()).get());
  Socket* socket = spare.back();
  spare.pop_back();
  socket->fd = std::move(opened);
  socket->pool = this;
  socket->opened_ms = now;
  socket->started = socket->foreign = 0;
  socket->retired = false;
  socket->singly = !KernelSegments(socket->fd.get());
  socket->Init(socket->fd.get(), OnIo);
  // Always watched, for what is late; but the queries keep the loop alive, not the socket.
  socket->Want(loop::kRead);
  loop::KeepAlive(-1);
  open_.push_back(socket);
  return socket;
}

Socket* Pool::AnyOpen() {
  for (Socket* active : active_) {
    if (active != nullptr && !active->full()) return active;
  }
  for (Socket* socket : open_) {
    if (!socket->full()) return socket;
  }
  return nullptr;
}

base::Result<Socket*> Pool::Pick(double now) {
  Socket** place = &active_[entropy::Below(kSockets)];
  bool may_open = open_.size() < kMostSockets;
  if (*place != nullptr) {
    bool worn = (*place)->started >= kQueriesPerSocket || now - (*place)->opened_ms >= kSocketMs;
    if ((!worn || !may_open) && !(*place)->full()) return *place;
    if (may_open) Retire(*place);
  }
  base::Error error{"socket", EMFILE, ""};
  if (may_open) {
    base::Result<Socket*> opened = Open(now);
    if (opened.ok()) {
      *place = opened.value();
      return opened;
    }
    error = opened.error();
  }
  // Descriptors run out: one that is worn is better than none.
  Socket* other = AnyOpen();
  if (other != nullptr) return other;
  return error;
}

base::Result<base::Done> Pool::Start(Flight* flight, double now) {
  base::Result<Socket*> picked = Pick(now);
  if (!picked.ok()) return picked.error();
  Socket* socket = picked.value();
  socket->Add(flight);
  flight->group = 0;  // of an earlier try, perhaps at another server
  socket->spent[socket->started++ % socket->spent.size()] = flight->message_id;
  socket->unsent.push_back(flight);
  // With others that wait for the kernel it waits as well.
  bool waits = (socket->wanted() & loop::kWrite) != 0;
  if (!socket->dirty && !waits) {
    socket->dirty = true;
    dirty.push_back(socket);
  }
  used_ms_ = now;
  if (deadline == 0) IdleDeadlines().Set(this, kIdleSeconds);
  return base::Done();
}

Pool::Pool(dns_flights::Owner* owner, const stream::Address& server) : owner_(owner), server_(server) {}

Pool::~Pool() {
  IdleDeadlines().Remove(this);
  while (!open_.empty()) Close(open_.back());
}

void Access::OnIdle(timer_wheel::Entry* entry) {
  Pool* pool = static_cast<Pool*>(entry);
  double left = pool->used_ms_ + kIdleSeconds * 1000 - loop::CoarseNowMs();
  if (left > 0) return IdleDeadlines().Set(pool, static_cast<uint32_t>(left / 1000) + 1);
  for (size_t i = pool->open_.size(); i > 0; --i) {
    if (pool->open_[i - 1]->size() == 0) Close(pool->open_[i - 1]);
  }
  if (!pool->open_.empty()) IdleDeadlines().Set(pool, kIdleSeconds);
}

static void TakeBack(Flight* flight, bool in_vain) {
  Socket* socket = static_cast<Socket*>(flight->among);
  std::replace(socket->unsent.begin(), socket->unsent.end(), flight, static_cast<Flight*>(nullptr));
  socket->Remove(flight);
  if (in_vain || (socket->retired && socket->size() == 0)) Retire(socket);
}

void Cancel(Flight* flight, bool in_vain) {
  if (in_vain) Access::NoteSilence(static_cast<Socket*>(flight->among), flight);
  TakeBack(flight, in_vain);
}

// --- The end of a socket with queries in flight ---

// `tell` is called for each of them when it has left, and may do anything, to the others and to the socket too.
template <typename Tell>
static void GiveUp(Socket* socket, Tell tell) {
  uint64_t use = socket->use;
  Retire(socket);
  while (socket->use == use) {
    Flight* flight = socket->First();
    TakeBack(flight, /*in_vain=*/true);
    tell(flight);
  }
}

static void Fail(Socket* socket, const char* syscall, int code) {
  dns_flights::Owner* owner = Access::Owner(socket);
  base::Error error{syscall, code, ""};
  GiveUp(socket, [&](Flight* flight) { owner->OnLost(flight, error, /*again=*/false); });
}

// --- Sending ---

// Several datagrams in one message, which the kernel takes apart at the end of their way (UDP_SEGMENT): what it does
// for each on the way, from the route to the queue of the device, is done once. On loopback that is a third of its time
// for a query; sendmmsg(2) alone saves nothing but system calls.
//
// All but the last of a message have one size, so that queries leave by their sizes. A socket whose message is refused
// (a device that cannot do the checksums, before Linux 6.11) sends them one by one. What is lost without a word shows
// as silence: when a query of a message has waited in vain, and none of that or of a later message has been answered,
// all sockets to that server send one by one for a while, beginning with the second try.
struct Segments {
  struct Query {
    Flight* flight;
    char* bytes;
    size_t size;
  };
  alignas(cmsghdr) char controls[kBatch][CMSG_SPACE(sizeof(uint16_t))];
  char room[kBatch * dns_message::kQueryRoom];
  Query queries[kBatch];
  iovec parts[kBatch];
  mmsghdr messages[kBatch];
  unsigned ends[kBatch];  // for each message, the queries in it and in those before it
  unsigned query_count, message_count;

  void Collect(Socket* socket, size_t* next);
  void MakeMessages(bool singly);
};

// Writes the next unsent queries; *next becomes the place from which on they stand in the order of `queries`.
void Segments::Collect(Socket* socket, size_t* next) {
  dns_flights::Owner* owner = Access::Owner(socket);
  char* end = room;
  size_t i = *next;
  for (query_count = 0; i < socket->unsent.size() && query_count < kBatch; ++i) {
    Flight* flight = socket->unsent[i];
    if (flight == nullptr) continue;
    size_t size = owner->Write(flight, end);
    queries[query_count++] = {flight, end, size};
    end += size;
  }
  auto before = [](const Query& a, const Query& b) { return a.size != b.size ? a.size > b.size : a.bytes < b.bytes; };
  std::sort(queries, queries + query_count, before);
  *next = i - query_count;
  for (unsigned j = 0; j < query_count; ++j) socket->unsent[*next + j] = queries[j].flight;
}

void Segments::MakeMessages(bool singly) {
  iovec* part = parts;
  message_count = 0;
  for (unsigned i = 0; i < query_count;) {
    const size_t size = queries[i].size;
    msghdr* head = &messages[message_count].msg_hdr;
    *head = msghdr();
    head->msg_iov = part;
    const unsigned first = i;
    for (bool full = false; i < query_count && !full; ++i) {
      const Query& query = queries[i];
      // Those of one size mostly stand one behind the other.
      if (i > first && static_cast<char*>(part[-1].iov_base) + part[-1].iov_len == query.bytes) {
        part[-1].iov_len += query.size;
      } else {
        *part++ = {query.bytes, query.size};
      }
      // The last may be shorter.
      full = singly || query.size < size;
    }
    head->msg_iovlen = static_cast<size_t>(part - head->msg_iov);
    ends[message_count] = i;
    const uint64_t group = i - first > 1 ? ++last_group : 0;
    for (unsigned j = first; j < i; ++j) queries[j].flight->group = group;
    if (group != 0) {
      head->msg_control = controls[message_count];
      head->msg_controllen = sizeof controls[0];
      cmsghdr* control = CMSG_FIRSTHDR(head);
      control->cmsg_level = SOL_UDP;
      control->cmsg_type = UDP_SEGMENT;
      control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
      const uint16_t segment = static_cast<uint16_t>(size);
      std::memcpy(CMSG_DATA(control), &segment, sizeof segment);
    }
    ++message_count;
  }
}

static void SendUnsent(Socket* socket) {
  static Segments batch;
  dns_flights::Owner* owner = Access::Owner(socket);
  uint64_t use = socket->use;
  for (size_t next = 0;;) {
    batch.Collect(socket, &next);
    if (batch.query_count == 0) break;
    batch.MakeMessages(Access::Singly(socket));
    int sent = sendmmsg(socket->fd.get(), batch.messages, batch.message_count, MSG_NOSIGNAL);
    if (sent > 0) {
      next += batch.ends[sent - 1];
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      socket->unsent.erase(socket->unsent.begin(), socket->unsent.begin() + static_cast<ptrdiff_t>(next));
      return socket->Want(loop::kRead | loop::kWrite);
    }
    // An ICMP error for an earlier one; but those that have not been sent yet would fare no better.
    if (errno == ECONNREFUSED) return Fail(socket, "send", errno);
    // Lost on the way out: what is lost is asked again, later.
    if (errno == ENOBUFS) {
      next += batch.ends[0];
      continue;
    }
    if (batch.ends[0] > 1) {
      socket->singly = true;
      continue;
    }
    base::Error error{"send", errno, ""};
    Flight* flight = socket->unsent[next++];
    // Perhaps our own address is no more: another socket may do better.
    TakeBack(flight, /*in_vain=*/true);
    owner->OnLost(flight, error, /*again=*/false);
    if (socket->use != use) return;
  }
  socket->unsent.clear();
  socket->Want(loop::kRead);
}

void Flush() {
  // Callbacks may start queries, which send with the next call.
  size_t count = dirty.size();
  for (size_t i = 0; i < count; ++i) {
    Socket* socket = dirty[i];
    socket->dirty = false;
    if (!socket->unsent.empty()) SendUnsent(socket);
  }
  dirty.erase(dirty.begin(), dirty.begin() + static_cast<ptrdiff_t>(count));
}

bool FlushDue() { return !dirty.empty(); }

// --- Receiving ---

static void CountForeign(Socket* socket) {
  if (++socket->foreign < kMostForeign) return;
  dns_flights::Owner* owner = Access::Owner(socket);
  GiveUp(socket, [&](Flight* flight) { owner->OnFlood(flight); });
}

// One datagram. The socket may be closed afterwards.
static void Take(Socket* socket, std::string_view message) {
  if (message.size() < 2) return CountForeign(socket);
  auto byte = [&](size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(message[i])); };
  uint16_t id = static_cast<uint16_t>(byte(0) << 8 | byte(1));
  Flight* flight = socket->Find(id);
  if (flight != nullptr) {
    Access::NoteAnswer(socket, flight);
    if (!Access::Owner(socket)->OnMessage(flight, message)) CountForeign(socket);
    return;
  }
  size_t known = std::min<size_t>(socket->started, socket->spent.size());
  auto end = socket->spent.begin() + static_cast<ptrdiff_t>(known);
  if (std::find(socket->spent.begin(), end, id) == end) CountForeign(socket);
}

static void Receive(Socket* socket) {
  static char room[kBatch][kMessageRoom];
  static iovec parts[kBatch];
  static mmsghdr messages[kBatch];
  if (parts[0].iov_len == 0) {
    for (unsigned i = 0; i < kBatch; ++i) {
      parts[i] = {room[i], sizeof room[i]};
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
  }
  uint64_t use = socket->use;
  int failure = 0;
  for (int batch = 0; batch < kBatches; ++batch) {
    int got = recvmmsg(socket->fd.get(), messages, kBatch, MSG_DONTWAIT, nullptr);
    if (got < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      // An error comes before the answers that were there before it.
      if (errno != EINTR) failure = errno;
      continue;
    }
    for (int i = 0; i < got; ++i) {
      Take(socket, {room[i], messages[i].msg_len});
      if (socket->use != use) return;
    }
    if (static_cast<unsigned>(got) < kBatch && failure == 0) break;
  }
  if (failure != 0) Fail(socket, "recv", failure);
}

static void OnIo(loop::Io* io, int events) {
  Socket* socket = static_cast<Socket*>(io);
  uint64_t use = socket->use;
  if ((events & loop::kRead) != 0) Receive(socket);
  if (socket->use != use || (events & socket->wanted() & loop::kWrite) == 0) return;
  SendUnsent(socket);
}

}  // namespace node::dns_udp
// Layer 2 system: the kernel, but no engine
// dns_tcp.h: DNS over TCP: many queries on a connection
#line 1 "src/dns_tcp.h"
// DNS over TCP to one server: connections that are kept, with many queries on one, answered in any order (RFC 7766).


#include <cstddef>
#include <deque>
#include <memory>
#include <vector>






namespace node::dns_tcp {

// Without traffic for so long, up to two seconds more, an unused connection is closed.
inline constexpr uint32_t kIdleSeconds = 5;
// Messages that nobody has asked for, after which a connection is given up.
inline constexpr uint32_t kMostForeign = 16;

class Connection;

// Connections to one server, mostly one. An unused one keeps no loop alive; the owner does that for each query.
class Channel {
 public:
  // `owner` hears of all queries and outlives the channel.
  Channel(dns_flights::Owner* owner, const stream::Address& server);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  // Nothing is in flight any more.
  ~Channel();

  // Gives the query a connection and an id; it leaves with tcp_connection::Flush(), or when the connection stands.
  // `alone`: a connection that no other query shares: for one that was in flight when a connection ended or led
  // nowhere, so that it does not go down with the query that has caused that once more. There are so many of those at
  // a time; when they are taken the query waits (Flight::waits) until one of them has done its work.
  base::Result<base::Done> Start(dns_flights::Flight* flight, bool alone);

  // Takes a query that was started back; its answer will be dropped. `in_vain`: what has come, or has not come, lets
  // doubt that the connection leads anywhere; it takes no more queries.
  void Cancel(dns_flights::Flight* flight, bool in_vain);

  // Whether a query that was started has company on its connection, or had some that waited in vain.
  static bool Shares(const dns_flights::Flight* flight);

  // Connections that stand or are being made.
  size_t size() const { return connections_.size(); }

 private:
  friend class Connection;
  struct Waker : loop::Timer {
    Channel* channel = nullptr;
  };
  base::Result<base::Done> Open(dns_flights::Flight* flight, bool alone);
  void Wait(dns_flights::Flight* flight);
  void WakeLater();
  void StartWaiting();

  dns_flights::Owner* owner_;
  stream::Address server_;
  std::vector<std::shared_ptr<Connection>> connections_;
  size_t alone_ = 0;  // of them, those for one query each
  // Who waits, by turn; nullptr: it waits no more.
  std::deque<dns_flights::Flight*> waiting_;
  uint32_t first_turn_ = 0;
  Waker waker_;
};

}  // namespace node::dns_tcp
// Layer 2 system: the kernel, but no engine
// dns_tcp.cc: DNS over TCP: many queries on a connection
#line 1 "src/dns_tcp.cc"


#include <algorithm>
#include <cerrno>
#include <string>





// The life of a connection:
//
//   Start --> connecting --> open --a query waited in vain--> retired --the last of its queries has left--> closed
//                 |            |                                                                              ^
//                 |            +----- the peer closes, nonsense comes, 5 s without traffic and queries -------+
//                 +------------------ refused, or nobody waits for it any more -------------------------------+
//
// What is in flight when a connection ends is the owner's again, who may start it anew, on a connection of its own.
namespace node::dns_tcp {

using dns_flights::Flight;

// A message behind its length (RFC 1035, 4.2.2).
static constexpr size_t kPrefix = 2;
static constexpr size_t kHeaderSize = 12;
// Past this number of connections a query has to wait for its next try; each takes 16,384 of them.
static constexpr size_t kMostConnections = 8;
// And this many more for one query each.
static constexpr size_t kMostAlone = 32;

static size_t LengthOf(std::string_view prefix) {
  return static_cast<size_t>(static_cast<unsigned char>(prefix[0])) << 8 | static_cast<unsigned char>(prefix[1]);
}

class Connection : public tcp_connection::Handler,
                   public dns_flights::Flights,
                   public std::enable_shared_from_this<Connection> {
 public:
  Connection(Channel* channel, bool alone) : channel_(channel), owner_(channel->owner_), alone_(alone) {}

  base::Result<base::Done> Open() {
    tcp_connection::Settings settings;
    settings.timeout = kIdleSeconds;
    std::optional<tcp_connection::Id> id = tcp_connection::Connect(this, {{channel_->server_}}, settings);
    if (!id) return base::Error{"socket", EMFILE, ""};
    id_ = *id;
    tcp_connection::SetKeepsAlive(id_, false);
    return base::Done();
  }

  bool usable() const { return channel_ != nullptr && !alone_ && !retired_ && !full(); }
  bool shared() const { return size() > 1 || retired_; }

  void Send(Flight* flight) {
    Add(flight);
    // In one piece: some servers read the length and the message by one call (RFC 7766, 8).
    char room[kPrefix + dns_message::kQueryRoom];
    size_t size = owner_->Write(flight, room + kPrefix);
    room[0] = static_cast<char>(size >> 8);
    room[1] = static_cast<char>(size);
    // One that has just failed says so with the next Flush(), to this query too.
    tcp_connection::Send(id_, {room, kPrefix + size});
  }

  void Leave(Flight* flight, bool in_vain) {
    std::shared_ptr<Connection> hold = shared_from_this();
    Remove(flight);
    if (in_vain) retired_ = true;
    if (size() == 0 && (alone_ || retired_ || !connected_)) Close();
  }

  // Harmless when it is closed.
  void Close() {
    if (channel_ == nullptr) return;
    std::shared_ptr<Connection> hold = shared_from_this();
    tcp_connection::Abort(id_);
    Channel* channel = std::exchange(channel_, nullptr);
    std::erase(channel->connections_, hold);
    if (!alone_) return;
    --channel->alone_;
    channel->WakeLater();
  }

  void OnAccept(tcp_connection::Server*, tcp_connection::Id) override { CHECK(!"a client does not accept"); }
  void OnConnect(tcp_connection::Id) override { connected_ = true; }
  void OnDrain(tcp_connection::Id) override {}
  void OnTimeout(tcp_connection::Id) override {
    if (size() == 0) Close();
  }
  void OnEof(tcp_connection::Id) override { End(base::Error{"recv", ECONNRESET, ""}); }
  void OnDisconnect(tcp_connection::Id, const base::Error* error) override {
    End(error != nullptr ? *error : base::Error{"recv", ECONNRESET, ""});
  }

  void OnData(tcp_connection::Id, std::string_view data) override {
    std::shared_ptr<Connection> hold = shared_from_this();
    // Never more than one message is kept, of 65,535 bytes at most.
    while (!input_.empty() && !data.empty()) {
      size_t wanted = input_.size() < kPrefix ? kPrefix : kPrefix + LengthOf(input_);
      size_t taken = std::min(wanted - input_.size(), data.size());
      input_.append(data.substr(0, taken));
      data.remove_prefix(taken);
      if (input_.size() < kPrefix || input_.size() < kPrefix + LengthOf(input_)) continue;
      std::string message;
      message.swap(input_);
      if (!Take(std::string_view(message).substr(kPrefix))) return;
    }
    while (data.size() >= kPrefix && data.size() - kPrefix >= LengthOf(data)) {
      std::string_view message = data.substr(kPrefix, LengthOf(data));
      data.remove_prefix(kPrefix + message.size());
      if (!Take(message)) return;
    }
    if (!data.empty()) input_.assign(data);
  }

 private:
  // One message. False when the connection is closed.
  bool Take(std::string_view message) {
    Flight* flight = nullptr;
    if (message.size() >= 2) flight = Find(static_cast<uint16_t>(LengthOf(message)));
    if (flight != nullptr && owner_->OnMessage(flight, message)) return channel_ != nullptr;
    // Probably late. But a server that has lost count of its bytes sends nothing else any more.
    bool late = flight == nullptr && message.size() >= kHeaderSize && size() > 0;
    if (late) return true;
    if (++foreign_ < kMostForeign) return true;
    End(base::Error{"recv", EPROTO, ""});
    return false;
  }

  // Closes it, and tells those whose queries are in flight.
  void End(base::Error error) {
    if (channel_ == nullptr) return;
    std::shared_ptr<Connection> hold = shared_from_this();
    error.subject.clear();
    bool again = connected_;
    Close();
    while (Flight* flight = First()) {
      Remove(flight);
      owner_->OnLost(flight, error, again);
    }
  }

  Channel* channel_;  // nullptr: closed
  dns_flights::Owner* owner_;
  tcp_connection::Id id_ = 0;
  const bool alone_;  // for one query, and then closed
  bool connected_ = false;
  bool retired_ = false;
  uint32_t foreign_ = 0;
  std::string input_;  // the part of a message that has come
};

Channel::Channel(dns_flights::Owner* owner, const stream::Address& server) : owner_(owner), server_(server) {
  waker_.channel = this;
  waker_.Init([](loop::Timer* timer) { static_cast<Waker*>(timer)->channel->StartWaiting(); }, /*keeps_alive=*/false);
}

Channel::~Channel() {
  for (Flight* flight : waiting_) CHECK(flight == nullptr);
  waiting_.clear();
  while (!connections_.empty()) {
    CHECK(connections_.back()->size() == 0);
    connections_.back()->Close();
  }
  waker_.Stop();
}

base::Result<base::Done> Channel::Start(Flight* flight, bool alone) {
  if (alone && alone_ < kMostAlone && waiting_.empty()) return Open(flight, /*alone=*/true);
  if (alone) {
    Wait(flight);
    return base::Done();
  }
  for (const std::shared_ptr<Connection>& connection : connections_) {
    if (!connection->usable()) continue;
    connection->Send(flight);
    return base::Done();
  }
  if (connections_.size() - alone_ >= kMostConnections) return base::Error{"connect", EAGAIN, ""};
  return Open(flight, /*alone=*/false);
}

base::Result<base::Done> Channel::Open(Flight* flight, bool alone) {
  auto connection = std::make_shared<Connection>(this, alone);
  base::Result<base::Done> opened = connection->Open();
  if (!opened.ok()) return opened;
  connections_.push_back(connection);
  if (alone) ++alone_;
  connection->Send(flight);
  return base::Done();
}

void Channel::Wait(Flight* flight) {
  flight->waits = true;
  flight->turn = first_turn_ + static_cast<uint32_t>(waiting_.size());
  waiting_.push_back(flight);
}

// In a turn of its own: the owner is told of what fails, and must not hear of it in the middle of something else.
void Channel::WakeLater() {
  if (!waiting_.empty() && !waker_.started()) waker_.Start(0);
}

void Channel::StartWaiting() {
  while (!waiting_.empty() && alone_ < kMostAlone) {
    Flight* flight = waiting_.front();
    waiting_.pop_front();
    ++first_turn_;
    if (flight == nullptr) continue;
    flight->waits = false;
    base::Result<base::Done> opened = Open(flight, /*alone=*/true);
    if (!opened.ok()) {
      WakeLater();
      // Last, as the owner may do away with us.
      return owner_->OnLost(flight, opened.error(), /*again=*/false);
    }
    owner_->OnSent(flight);
  }
}

bool Channel::Shares(const Flight* flight) {
  return flight->among != nullptr && static_cast<const Connection*>(flight->among)->shared();
}

void Channel::Cancel(Flight* flight, bool in_vain) {
  if (flight->among != nullptr) return static_cast<Connection*>(flight->among)->Leave(flight, in_vain);
  if (!std::exchange(flight->waits, false)) return;
  waiting_[flight->turn - first_turn_] = nullptr;
}

}  // namespace node::dns_tcp
// Layer 2 system: the kernel, but no engine
// dns_transport.h: one DNS question to a set of servers
#line 1 "src/dns_transport.h"
// One DNS question to a set of servers, until one has answered or all have failed: sockets, time-outs, retries.
//
// UDP over a pool of connected sockets on random ports that is renewed often (see dns_udp.cc for why that is as safe as
// a port for each query), TCP when an answer is truncated, over connections that are kept for a while (RFC 7766).
// Nothing here knows of search lists, caches or the engine.
//
// What is learnt of a server - no EDNS, letters' case not kept, silence - is kept for all that ask it as long as a
// Transport has it among its servers. One that was silent three times in a row is asked last for 10 s.


#include <cstdint>
#include <string>
#include <string_view>
#include <vector>





namespace node::dns_transport {

struct Settings {
  std::vector<stream::Address> servers;  // at least one; of more than 32 the first ones
  uint32_t timeout_ms = 2000;            // of the first try; doubled with each round, with some jitter
  uint32_t attempts = 3;                 // rounds through all servers
  uint32_t total_ms = 15000;             // for a question, whatever else is said
  bool rotate = false;                   // begin with another server each time
  bool use_tcp = false;                  // never UDP
  uint16_t udp_size = 1232;              // offered by EDNS; 0: no EDNS
  bool mix_case = true;                  // 0x20
};

enum class Failure : uint8_t {
  kTimeout,   // no server answered in time
  kServer,    // SERVFAIL, REFUSED or the like, or not to be reached
  kProtocol,  // what came was broken
};

using Ticket = uint64_t;  // never used twice; 0 is none

// Called from the loop or from Flush(), never from inside a call of a Transport's; may ask, cancel and destroy
// transports.
class Handler {
 public:
  virtual ~Handler() = default;
  // outcome: kAnswer, kNoData, kNameError or kAlias. Lasts for the call.
  virtual void OnAnswer(Ticket ticket, const dns_message::Answer& answer) = 0;
  // `message`: one line of English that names the server and what it did, e.g. "127.0.0.1:53: no answer in 2 s".
  virtual void OnFailure(Ticket ticket, Failure failure, std::string_view message) = 0;
};

class Transport {
 public:
  Transport(Handler* handler, Settings settings);
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  // Cancels all that is under way.
  ~Transport();

  // For what is asked from now on; questions under way keep what they have begun with.
  void Configure(Settings settings);
  const Settings& settings() const;

  // Sends the question with the next Flush(). Keeps the loop alive until the handler is called or Cancel(). 0, and
  // nothing will be heard, when 2^20 questions are open in the process.
  Ticket Ask(const dns_message::Question& question);
  // Forgets it; harmless when it is over.
  void Cancel(Ticket ticket);

  size_t in_flight() const;

  // Of no interest outside.
  struct State;

 private:
  State* state_;
};

// Sends what has been asked since the last call: to be called before each wait of the loop, once for all that its
// callbacks have asked, and before tcp_connection::Flush(). Of a crowd some may be left to the loop.
void Flush();
// Whether Flush() has something to do.
bool FlushDue();

}  // namespace node::dns_transport
// Layer 2 system: the kernel, but no engine
// dns_transport.cc: one DNS question to a set of servers
#line 1 "src/dns_transport.cc"


#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <utility>










// The life of a question:
//
//           Flush()             truncated, letters changed, flood
//   Ask --> kQueued --> kUdp ------------------------------------> kTcp
//              ^         |  |                                     |  |
//              |         |  +-------- an answer: OnAnswer <-------+  |
//              |         |                                           |
//              +---------+---- no answer in time, a failure ---------+----> OnFailure, when that was the last server
//           next server, or the next round
//
// A server that has said that it will not answer (SERVFAIL, REFUSED, nonsense, a refused connection) is not asked
// again; one that is silent is, in the next round, which waits twice as long.
//
// Handlers are called last, when the question is forgotten already: they may do anything.
namespace node::dns_transport {

using dns_flights::Flight;
using dns_message::Outcome;

// A failure is noticed up to two of these late.
static constexpr double kTickMs = 20;
// Queries that leave in a burst, as a server's receive buffer may hold no more than some 270. Each answer lets one more
// go, and each tick of the kernel's (1 to 4 ms) so many, answers or not.
static constexpr uint32_t kBurst = 128;
// How long something that was learnt about a server is believed.
static constexpr double kBelievedMs = 5 * 60 * 1000;
// So many questions in a row without an answer, and the server is asked last for a while, but for one question then.
static constexpr uint32_t kSilences = 3;
static constexpr double kSkippedMs = 10000;
// More servers than these are not asked: a question has a bit for each.
static constexpr size_t kMostServers = 32;
// BADVERS (RFC 6891, 6.1.3).
static constexpr uint16_t kBadVersion = 16;

// What is known of one server, for all that ask it.
struct Server {
  Server(dns_flights::Owner* owner, const stream::Address& at) : address(at), udp(owner, at), tcp(owner, at) {}

  stream::Address address;
  dns_udp::Pool udp;
  dns_tcp::Channel tcp;
  double without_edns_until = 0;  // it cannot deal with EDNS
  double same_case_until = 0;     // it does not repeat the letters' case
  double skipped_until = 0;
  uint32_t silences = 0;
};

// What a question goes by from its beginning to its end.
struct Plan {
  Settings settings;
  std::vector<std::shared_ptr<Server>> servers;
  uint32_t users = 1;  // questions, and the transport whose plan it is
  uint32_t next = 0;   // where to begin, with `rotate`
};

struct Transport::State {
  Handler* handler;
  Plan* plan;
  size_t in_flight = 0;
};

enum class Phase : uint8_t { kQueued, kUdp, kTcp };

// Why a question is asked over TCP.
enum class TcpCause : uint8_t { kNone, kTruncated, kLetters, kFlood };

// What was wrong with a server; all text is static.
struct Complaint {
  Failure failure = Failure::kTimeout;
  uint8_t server = 0;
  const char* syscall = nullptr;  // with `number` as errno
  const char* text = nullptr;
  uint16_t rcode = 0;
  TcpCause cause = TcpCause::kNone;
  int number = 0;
};

struct Query : timer_wheel::Entry, Flight {
  slots::Id id = 0;
  bool open = false;
  Phase phase = Phase::kQueued;
  Ticket ticket = 0;
  Transport::State* transport = nullptr;
  Plan* plan = nullptr;
  double asked_ms = 0;
  uint32_t round = 0;
  uint32_t step = 0;    // in the round: servers that were asked before
  uint32_t first = 0;   // the server that is asked first
  uint32_t failed = 0;  // bits of servers that are not asked again
  uint32_t silent = 0;  // bits of servers that did not answer
  bool apart = false;   // it has shared a connection on which nothing came, and does not do so again
  // Of the server that is being asked:
  bool refuses_edns = false;
  bool reconnected = false;
  TcpCause cause = TcpCause::kNone;
  // Of the query as it was sent:
  bool with_edns = false;
  bool mixed = false;
  Complaint complaint;
  dns_message::Question question;
  dns_message::Question as_sent;  // its letters mixed
};

class Owner : public dns_flights::Owner {
 public:
  size_t Write(Flight* flight, char* out) override;
  bool OnMessage(Flight* flight, std::string_view message) override;
  void OnSent(Flight* flight) override;
  void OnLost(Flight* flight, const base::Error& error, bool again) override;
  void OnFlood(Flight* flight) override;
};

static slots::Table<Query> queries;
static uint64_t last_serial = 0;
// To be sent; forgotten ones among them. `sent` is where to go on.
static std::vector<Ticket> queue;
static size_t sent = 0;
static uint32_t credit = kBurst;
static double credited_ms = 0;
static bool flushing = false;

static Owner& TheOwner() {
  static auto* owner = new Owner;
  return *owner;
}

static void OnDeadline(timer_wheel::Entry* entry);
static deadlines::Deadlines& Deadlines() {
  static deadlines::Deadlines all(OnDeadline, Flush, kTickMs);
  return all;
}

// --- Plans ---

// One server has one record, whoever asks it.
static std::shared_ptr<Server> ServerAt(const stream::Address& address) {
  static auto* known = new std::vector<std::weak_ptr<Server>>;
  std::erase_if(*known, [](const std::weak_ptr<Server>& server) { return server.expired(); });
  for (const std::weak_ptr<Server>& candidate : *known) {
    std::shared_ptr<Server> server = candidate.lock();
    if (server->address.length == address.length &&
        std::memcmp(&server->address.storage, &address.storage, address.length) == 0) {
      return server;
    }
  }
  auto server = std::make_shared<Server>(&TheOwner(), address);
  known->push_back(server);
  return server;
}

static Plan* NewPlan(Settings settings) {
  CHECK(!settings.servers.empty());
  Plan* plan = new Plan;
  plan->settings = std::move(settings);
  for (const stream::Address& address : plan->settings.servers) {
    if (plan->servers.size() < kMostServers) plan->servers.push_back(ServerAt(address));
  }
  return plan;
}

static void Drop(Plan* plan) {
  if (--plan->users == 0) delete plan;
}

// The server to begin with: not one that has been silent lately, if there is another.
static uint32_t FirstServer(Plan* plan, double now) {
  uint32_t count = static_cast<uint32_t>(plan->servers.size());
  uint32_t begin = plan->settings.rotate ? plan->next++ % count : 0;
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t index = (begin + i) % count;
    Server* server = plan->servers[index].get();
    if (now < server->skipped_until) continue;
    // Its time is over; but one question is enough to see whether it answers again.
    if (server->silences >= kSilences) server->skipped_until = now + kSkippedMs;
    return index;
  }
  return begin;
}

// --- Records ---

static uint32_t IndexOf(const Query* query) {
  return (query->first + query->step) % static_cast<uint32_t>(query->plan->servers.size());
}

static Server* ServerOf(const Query* query) { return query->plan->servers[IndexOf(query)].get(); }

static Query* Find(Ticket ticket) {
  size_t place = ticket & slots::kPlaceMask;
  Query* query = place < queries.size() ? queries.at(place) : nullptr;
  return query != nullptr && query->open && query->ticket == ticket ? query : nullptr;
}

// Gives back the memory of a crowd that has left, from a turn of its own: nobody is at work on a record then.
static void TrimLater() {
  static constexpr double kDelayMs = 2000;
  static loop::Timer* timer = nullptr;
  if (!queries.Crowded() || (timer != nullptr && timer->started())) return;
  if (timer == nullptr) {
    timer = new loop::Timer;
    timer->Init(
        [](loop::Timer*) {
          queries.Trim([](const Query&) {});
          if (queue.empty()) std::vector<Ticket>().swap(queue);
          malloc_trim(0);
        },
        /*keeps_alive=*/false);
  }
  timer->Start(kDelayMs);
}

// Off the wire and the wheel.
static void Recall(Query* query, bool in_vain) {
  Deadlines().Remove(query);
  if (query->phase == Phase::kUdp && query->among != nullptr) dns_udp::Cancel(query, in_vain);
  if (query->phase == Phase::kTcp) ServerOf(query)->tcp.Cancel(query, in_vain);
}

static void Forget(Query* query) {
  Recall(query, /*in_vain=*/false);
  Plan* plan = query->plan;
  --query->transport->in_flight;
  query->transport = nullptr;
  queries.GiveBack(query);
  TrimLater();
  loop::KeepAlive(-1);
  Drop(plan);  // with it, perhaps, servers, their sockets, and who called us
}

// --- The end ---

static std::string Duration(double ms) {
  double rounded = std::max(1.0, std::round(ms));
  if (rounded < 1000) return std::to_string(static_cast<int>(rounded)) + " ms";
  char text[32];
  std::snprintf(text, sizeof text, "%.3g s", rounded / 1000);
  return text;
}

static std::string RcodeName(uint16_t rcode) {
  static constexpr const char* kNames[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};
  return rcode < std::size(kNames) ? kNames[rcode] : "rcode " + std::to_string(rcode);
}

static constexpr const char* kTcpCauses[] = {
    "",
    "; the answer over UDP was truncated",
    "; the answer over UDP had the name in other letters than the question",
    "; over UDP there were too many answers that did not match",
};

// What a server has done, other than being silent.
static std::string Fault(const Complaint& complaint) {
  std::string text;
  if (complaint.syscall != nullptr) {
    text = base::Error{complaint.syscall, complaint.number, ""}.Message();
  } else if (complaint.text != nullptr) {
    text = std::string(complaint.failure == Failure::kProtocol ? "broken answer: " : "") + complaint.text;
  } else {
    text = RcodeName(complaint.rcode);
  }
  return text + kTcpCauses[static_cast<size_t>(complaint.cause)];
}

static std::string Message(const Query* query, double now) {
  const Complaint& complaint = query->complaint;
  std::string text = query->plan->servers[complaint.server]->address.ToString();
  if (complaint.failure == Failure::kTimeout) {
    size_t others = query->plan->servers.size() - 1;
    if (others > 0) text += " and " + std::to_string(others) + (others == 1 ? " other" : " others");
    return text + ": no answer in " + Duration(now - query->asked_ms);
  }
  return text + ": " + Fault(complaint);
}

// Of the server whose turn it is, for NODE_DEBUG=dns.
static void Log(const Query* query, const std::string& what) {
  debug_log::Write(debug_log::Section::kDns,
                   query->question.name.ToText() + ": " + ServerOf(query)->address.ToString() + ": " + what);
}

static void Fail(Query* query) {
  std::string message = Message(query, loop::CoarseNowMs());
  Handler* handler = query->transport->handler;
  Ticket ticket = query->ticket;
  Failure failure = query->complaint.failure;
  Forget(query);
  handler->OnFailure(ticket, failure, message);
}

// Keeps the complaint that says most: nonsense before refusals, refusals before silence.
static void Complain(Query* query, Complaint complaint) {
  complaint.server = static_cast<uint8_t>(IndexOf(query));
  complaint.cause = query->cause;
  if (debug_log::On(debug_log::Section::kDns)) {
    Log(query, complaint.failure == Failure::kTimeout ? "no answer, try " + std::to_string(query->round + 1)
                                                      : Fault(complaint));
  }
  if (complaint.failure >= query->complaint.failure) query->complaint = complaint;
}

// --- Asking ---

// The next server, or the next round; false when there is none.
static bool Advance(Query* query) {
  query->refuses_edns = query->reconnected = false;
  query->cause = TcpCause::kNone;
  uint32_t count = static_cast<uint32_t>(query->plan->servers.size());
  for (uint32_t i = 0; i < count; ++i) {
    if (++query->step == count) {
      query->step = 0;
      if (++query->round >= query->plan->settings.attempts) return false;
    }
    if ((query->failed >> IndexOf(query) & 1) == 0) return true;
  }
  return false;
}

static void SetDeadline(Query* query, double now) {
  const Settings& settings = query->plan->settings;
  double jitter = 0.9 + 0.2 * entropy::Bits16() / 65536;
  double patience = static_cast<double>(uint64_t{settings.timeout_ms} << std::min(query->round, 30u)) * jitter;
  double left = query->asked_ms + settings.total_ms - now;
  // The server's time begins when it is asked.
  if (query->waits) patience = left;
  Deadlines().Set(query, static_cast<uint32_t>(std::ceil(std::clamp(patience, 0.0, std::max(0.0, left)) / kTickMs)));
}

// Sends the question to the server whose turn it is, or to the next one that can be asked at all.
static void Start(Query* query, double now) {
  const Settings& settings = query->plan->settings;
  for (;;) {
    Server* server = ServerOf(query);
    bool last_try = query->round > 0 && query->round + 1 >= settings.attempts;
    // Some firewalls and servers drop what has EDNS.
    bool ignores_edns = last_try && (query->silent >> IndexOf(query) & 1) != 0;
    query->phase = settings.use_tcp || query->cause != TcpCause::kNone ? Phase::kTcp : Phase::kUdp;
    query->with_edns = settings.udp_size > 0 && !query->refuses_edns && !ignores_edns &&
                       now >= server->without_edns_until && query->phase == Phase::kUdp;
    query->mixed = settings.mix_case && now >= server->same_case_until;
    base::Result<base::Done> started = query->phase == Phase::kUdp
                                           ? server->udp.Start(query, now)
                                           : server->tcp.Start(query, /*alone=*/query->reconnected || query->apart);
    if (started.ok()) return SetDeadline(query, now);
    Complaint complaint{.failure = Failure::kServer, .syscall = started.error().syscall};
    complaint.number = started.error().code;
    Complain(query, complaint);
    query->failed |= 1u << IndexOf(query);
    if (!Advance(query)) return Fail(query);
  }
}

static void Enqueue(Query* query) {
  query->phase = Phase::kQueued;
  queue.push_back(query->ticket);
}

static void TryNext(Query* query) {
  bool over = loop::CoarseNowMs() - query->asked_ms >= query->plan->settings.total_ms;
  if (over || !Advance(query)) return Fail(query);
  Enqueue(query);
}

// The server has failed, and not by silence: it is not asked again.
static void TryOthers(Query* query, const Complaint& complaint) {
  Complain(query, complaint);
  // A flood is somebody else's doing.
  if (query->cause != TcpCause::kFlood) query->failed |= 1u << IndexOf(query);
  TryNext(query);
}

static void UseTcp(Query* query, TcpCause cause) {
  if (debug_log::On(debug_log::Section::kDns)) {
    Log(query, std::string("asked over TCP") + kTcpCauses[static_cast<size_t>(cause)]);
  }
  query->cause = cause;
  Start(query, loop::CoarseNowMs());
}

static void OnDeadline(timer_wheel::Entry* entry) {
  Query* query = static_cast<Query*>(entry);
  bool asked = !query->waits;
  if (query->phase == Phase::kTcp && dns_tcp::Channel::Shares(query)) query->apart = true;
  Recall(query, /*in_vain=*/true);
  double now = loop::CoarseNowMs();
  Server* server = ServerOf(query);
  if (asked && ++server->silences >= kSilences) server->skipped_until = now + kSkippedMs;
  query->silent |= 1u << IndexOf(query);
  Complain(query, Complaint());
  TryNext(query);
}

// --- What carriers tell ---

size_t Owner::Write(Flight* flight, char* out) {
  Query* query = static_cast<Query*>(flight);
  query->as_sent = query->question;
  if (query->mixed) {
    std::array<uint8_t, 32> random = {};
    entropy::Fill(random.data(), (query->question.name.wire().size() + 7) / 8);
    query->as_sent.name.MixCase(random);
  }
  uint16_t udp_size = query->with_edns ? query->plan->settings.udp_size : 0;
  return dns_message::WriteQuery(flight->message_id, query->as_sent, udp_size, out);
}

// What an answer tells of its server.
static void Learn(Query* query, bool same_case) {
  Server* server = ServerOf(query);
  bool gave_edns_up = query->phase == Phase::kUdp && !query->with_edns && query->plan->settings.udp_size > 0;
  bool for_this_question = query->refuses_edns || (query->silent >> IndexOf(query) & 1) != 0;
  if (gave_edns_up && for_this_question) server->without_edns_until = loop::CoarseNowMs() + kBelievedMs;
  // Only what came over TCP: nobody can forge that.
  if (!same_case && query->mixed) server->same_case_until = loop::CoarseNowMs() + kBelievedMs;
}

static void TakeAnswer(Query* query, const dns_message::Answer& answer) {
  bool may_be_edns = query->with_edns;
  Complaint complaint;
  switch (answer.outcome) {
    case Outcome::kAnswer:
    case Outcome::kNoData:
    case Outcome::kNameError:
    case Outcome::kAlias: {
      Handler* handler = query->transport->handler;
      Ticket ticket = query->ticket;
      Forget(query);
      return handler->OnAnswer(ticket, answer);
    }
    case Outcome::kTruncated:
      return UseTcp(query, TcpCause::kTruncated);
    case Outcome::kFailed:
      complaint.failure = Failure::kServer;
      complaint.rcode = answer.rcode;
      if (answer.rcode == dns_message::kNoError) complaint.text = answer.reason;
      may_be_edns = may_be_edns && (answer.rcode == dns_message::kFormatError ||
                                    answer.rcode == dns_message::kNotImplemented || answer.rcode == kBadVersion);
      break;
    case Outcome::kBroken:
      complaint.failure = Failure::kProtocol;
      complaint.text = answer.reason;
      break;
  }
  if (!may_be_edns) return TryOthers(query, complaint);
  query->refuses_edns = true;
  Enqueue(query);
}

bool Owner::OnMessage(Flight* flight, std::string_view message) {
  // Its memory is used again and again, unless it was much.
  static constexpr size_t kKeptBytes = 65536;
  static dns_message::Answer answer;
  Query* query = static_cast<Query*>(flight);
  bool over_tcp = query->phase == Phase::kTcp;
  dns_message::Match match = dns_message::MatchAnswer(message, flight->message_id, query->as_sent);
  if (match == dns_message::Match::kNo) return false;
  bool same_case = match == dns_message::Match::kYes;
  credit = std::min(credit + 1, kBurst);
  Server* server = ServerOf(query);
  server->silences = 0;
  server->skipped_until = 0;
  if (!same_case && query->mixed && !over_tcp) {
    Recall(query, /*in_vain=*/false);
    UseTcp(query, TcpCause::kLetters);
    return true;
  }
  dns_message::ReadAnswer(message, query->question, over_tcp, &answer);
  bool broken = answer.outcome == Outcome::kBroken || answer.outcome == Outcome::kFailed;
  if (!broken) Learn(query, same_case);
  // A server that has lied about a length over TCP has lost itself in its stream.
  Recall(query, /*in_vain=*/over_tcp && answer.outcome == Outcome::kBroken);
  TakeAnswer(query, answer);
  if (answer.data.capacity() > kKeptBytes) answer = dns_message::Answer();
  return true;
}

void Owner::OnSent(Flight* flight) { SetDeadline(static_cast<Query*>(flight), loop::CoarseNowMs()); }

void Owner::OnLost(Flight* flight, const base::Error& error, bool again) {
  Query* query = static_cast<Query*>(flight);
  Recall(query, /*in_vain=*/false);
  if (again && !query->reconnected) {
    query->reconnected = true;
    return Start(query, loop::CoarseNowMs());
  }
  Complaint complaint{.failure = Failure::kServer, .syscall = error.syscall};
  complaint.number = error.code;
  TryOthers(query, complaint);
}

void Owner::OnFlood(Flight* flight) {
  Query* query = static_cast<Query*>(flight);
  Recall(query, /*in_vain=*/false);
  UseTcp(query, TcpCause::kFlood);
}

// --- What owners ask for ---

Transport::Transport(Handler* handler, Settings settings) : state_(new State{handler, NewPlan(std::move(settings))}) {}

Transport::~Transport() {
  for (size_t i = 0; i < queries.size() && state_->in_flight > 0; ++i) {
    Query* query = queries.at(i);
    if (query != nullptr && query->open && query->transport == state_) Forget(query);
  }
  Drop(state_->plan);
  delete state_;
}

void Transport::Configure(Settings settings) {
  // The new one first: servers of both keep their sockets.
  Plan* plan = NewPlan(std::move(settings));
  Drop(std::exchange(state_->plan, plan));
}

const Settings& Transport::settings() const { return state_->plan->settings; }
size_t Transport::in_flight() const { return state_->in_flight; }

Ticket Transport::Ask(const dns_message::Question& question) {
  Query* query = queries.Take();
  if (query == nullptr) return 0;
  double now = loop::CoarseNowMs();
  query->ticket = ++last_serial << slots::kPlaceBits | slots::PlaceOf(query->id);
  query->transport = state_;
  query->plan = state_->plan;
  ++query->plan->users;
  query->question = question;
  query->asked_ms = now;
  query->first = FirstServer(query->plan, now);
  query->round = query->step = query->failed = query->silent = 0;
  query->refuses_edns = query->reconnected = query->apart = false;
  query->cause = TcpCause::kNone;
  query->complaint = Complaint();
  ++state_->in_flight;
  loop::KeepAlive(1);
  Enqueue(query);
  return query->ticket;
}

void Transport::Cancel(Ticket ticket) {
  Query* query = Find(ticket);
  if (query != nullptr && query->transport == state_) Forget(query);
}

// What is left of the queue goes when the time has come, without answers.
static void GoOnLater() {
  static loop::Timer* timer = nullptr;
  if (timer == nullptr) {
    timer = new loop::Timer;
    timer->Init([](loop::Timer*) { Flush(); }, /*keeps_alive=*/false);
  }
  if (!timer->started()) timer->Start(1);
}

static void StartQueued() {
  double now = loop::CoarseNowMs();
  if (now > credited_ms) {
    credited_ms = now;
    credit = kBurst;
  }
  // One pass: a handler that asks again whenever that has failed must not keep others from their turn.
  size_t count = queue.size();
  while (sent < count && credit > 0) {
    Query* query = Find(queue[sent++]);
    if (query == nullptr || query->phase != Phase::kQueued) continue;
    --credit;
    Start(query, now);
  }
  if (sent >= queue.size() / 2) {
    queue.erase(queue.begin(), queue.begin() + static_cast<ptrdiff_t>(sent));
    sent = 0;
  }
  if (!queue.empty() && credit == 0) GoOnLater();
}

void Flush() {
  // A handler that is called from here can lead here again; what it leaves is for the next time.
  if (flushing) return;
  flushing = true;
  StartQueued();
  dns_udp::Flush();
  flushing = false;
}

bool FlushDue() { return (sent < queue.size() && credit > 0) || dns_udp::FlushDue(); }

}  // namespace node::dns_transport
// Layer 2 system: the kernel, but no engine
// resolver_config.h: which servers are asked, and how: followed as it changes
#line 1 "src/resolver_config.h"
// Which servers are asked, how, and behind which domains: resolv.conf and the environment, followed as they change.


#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>







namespace node::resolver_config {

// For a question, in all, when resolv.conf says nothing of times; and the most when what it says adds up to more.
inline constexpr uint32_t kTotalMs = 15000;
inline constexpr uint32_t kMaxTotalMs = 60000;

// What the environment says, nullptr where it says nothing, and the name of the host.
struct Environment {
  const char* nameservers = nullptr;   // NAMESERVERS; without it NSCACHEIP
  const char* local_domain = nullptr;  // LOCALDOMAIN
  const char* options = nullptr;       // RES_OPTIONS
  std::string host_name;               // gethostname(2)
};
// That of the process; empty for a set-user-ID program (secure_getenv(3)).
Environment OfProcess();

struct Config {
  uint64_t generation = 0;  // another one for each change
  dns_transport::Settings transport;
  std::vector<dns_message::Name> search;
  uint32_t ndots = 1;
};

class Follower {
 public:
  // `file` outlives it, and is nobody else's.
  Follower(system_files::File* file, Environment environment) : file_(file), environment_(std::move(environment)) {}
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // As it is now: looks at the file as File::Refresh() does. What it skips is told under NODE_DEBUG=dns.
  const Config& Get(double now_ms);

 private:
  system_files::File* file_;
  Environment environment_;
  resolv_conf::Config text_;  // what config_ was made of
  Config config_;
};

// That of /etc/resolv.conf, for all resolvers of the process.
Follower& System();

// "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353", "fe80::1%eth0", "[fe80::1%2]:53". `port`: where
// none is given. std::nullopt for anything else, port 0, and a scope that is no interface's name or number.
std::optional<stream::Address> ParseServer(std::string_view text, uint16_t port = 53);

// How long a question may take in all, in milliseconds, when its times are not the usual ones: what these add up to for
// all servers, within kTotalMs and kMaxTotalMs.
uint32_t TotalMs(uint32_t timeout_ms, uint32_t attempts, size_t servers);

}  // namespace node::resolver_config
// Layer 2 system: the kernel, but no engine
// resolver_config.cc: which servers are asked, and how: followed as it changes
#line 1 "src/resolver_config.cc"


#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <utility>





namespace node::resolver_config {

Environment OfProcess() {
  Environment environment;
  environment.nameservers = secure_getenv("NAMESERVERS");
  if (environment.nameservers == nullptr) environment.nameservers = secure_getenv("NSCACHEIP");
  environment.local_domain = secure_getenv("LOCALDOMAIN");
  environment.options = secure_getenv("RES_OPTIONS");
  char name[256] = "";
  if (gethostname(name, sizeof name - 1) == 0) environment.host_name = name;
  return environment;
}

// An address, not a name that stands for one; std::nullopt when it has a scope that is not there.
static std::optional<stream::Address> ToAddress(std::string_view text, uint16_t port) {
  std::string host, scope;
  if (!ip_literal::Split(text, &host, &scope)) return std::nullopt;
  return stream::ParseAddress(text, port);
}

std::optional<stream::Address> ParseServer(std::string_view text, uint16_t port) {
  std::string_view digits;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    digits = text.substr(end + 1);
    text = text.substr(1, end - 1);
    if (text.find(':') == std::string_view::npos) return std::nullopt;
    if (!digits.empty() && !digits.starts_with(':')) return std::nullopt;
  } else if (const size_t colon = text.find(':');
             colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
    digits = text.substr(colon);
    text = text.substr(0, colon);
  }
  if (!digits.empty()) {
    uint64_t number = 0;
    if (!bytes::ParseDecimal(digits.substr(1), UINT16_MAX, &number)) return std::nullopt;
    port = static_cast<uint16_t>(number);
  }
  if (port == 0) return std::nullopt;
  return ToAddress(text, port);
}

uint32_t TotalMs(uint32_t timeout_ms, uint32_t attempts, size_t servers) {
  uint64_t sum = 0;
  for (uint32_t round = 0; round < attempts && sum < kMaxTotalMs; ++round) {
    sum += (static_cast<uint64_t>(timeout_ms) << round) * servers;
  }
  return static_cast<uint32_t>(std::clamp<uint64_t>(sum, kTotalMs, kMaxTotalMs));
}

static void Warn(const std::string& where, const std::string& message) {
  debug_log::Write(debug_log::Section::kDns, where + message);
}

// The domain of the host's name, as resolv.conf(5) has it: what stands behind the first dot.
static void AddDomainOfHost(const std::string& host_name, std::vector<std::string>* search) {
  const size_t dot = host_name.find('.');
  dns_message::Name name;
  if (dot == std::string::npos || dns_message::ParseName(host_name.substr(dot + 1), &name) != nullptr) return;
  search->push_back(host_name.substr(dot + 1));
}

static Config ToConfig(const resolv_conf::Config& text, const std::string& path) {
  Config config;
  dns_transport::Settings& transport = config.transport;
  for (const std::string& server : text.servers) {
    if (std::optional<stream::Address> address = ToAddress(server, text.port)) {
      transport.servers.push_back(*address);
    } else {
      Warn(path, ": " + server + ": no such interface");
    }
  }
  if (transport.servers.empty()) {
    transport.servers.push_back(ToAddress("127.0.0.1", text.port).value_or(stream::Address()));
  }
  transport.timeout_ms = text.timeout * 1000;
  transport.attempts = text.attempts;
  transport.total_ms =
      text.times_given ? TotalMs(transport.timeout_ms, text.attempts, transport.servers.size()) : kTotalMs;
  transport.rotate = text.rotate;
  transport.use_tcp = text.use_tcp;
  transport.udp_size = text.udp_size;
  for (const std::string& domain : text.search) {
    dns_message::Name name;
    CHECK(dns_message::ParseName(domain, &name) == nullptr);
    config.search.push_back(name);
  }
  config.ndots = text.ndots;
  return config;
}

const Config& Follower::Get(double now_ms) {
  if (!file_->Refresh(now_ms)) return config_;
  const std::string& path = file_->path();
  resolv_conf::Config text =
      resolv_conf::Parse(file_->text(), [&](const std::string& message) { Warn(path, ": " + message); });
  resolv_conf::Override(
      environment_.nameservers, environment_.local_domain, environment_.options,
      [](const std::string& message) { Warn("", message); }, &text);
  if (!text.search_given) AddDomainOfHost(environment_.host_name, &text.search);
  // A file that was only touched, or whose comments have changed.
  if (config_.generation != 0 && text == text_) return config_;
  const uint64_t generation = config_.generation + 1;
  config_ = ToConfig(text, path);
  config_.generation = generation;
  text_ = std::move(text);
  return config_;
}

Follower& System() {
  static Follower& follower = *new Follower(&system_files::ResolvConf(), OfProcess());
  return follower;
}

}  // namespace node::resolver_config
// Layer 2 system: the kernel, but no engine
// resolver.h: names to records: search list, cache, aliases
#line 1 "src/resolver.h"
// Names to records: the search list, the cache, aliases that a server leaves open, and one question for all who ask
// the same, over dns_transport.
//
// Knows no engine and no /etc/hosts: see host_lookup.h for what people expect of a host name. Three kinds of names are
// never asked for: those at or below "localhost" are 127.0.0.1 and ::1 and have no other records (RFC 6761, 6.3), and
// those at or below "invalid" and "onion" do not exist (RFC 6761, 6.4; RFC 7686, 2).


#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>






namespace node::resolver {

// Questions of one resolver that servers are asked at once; others wait for their turn, within their time. More would
// not be answered sooner, and an id has 65,536 values.
inline constexpr size_t kMaxAsked = 10000;
// Look-ups of one resolver that are not over; one more is refused with kNoMemory. Each takes some 300 bytes here.
inline constexpr size_t kMaxLookups = 1'000'000;
// Bytes of the cache for each entry that it may have: typical answers have 200, great ones leave room for fewer.
inline constexpr size_t kCacheBytesPerEntry = 1024;

// As scripts know them: node.dns.TEMPFAIL and its like.
enum class Code : int8_t {
  kSuccess = 0,
  kTempFail = -1,   // time-out, SERVFAIL, REFUSED
  kProtocol = -2,   // broken answers
  kNameError = -3,  // NXDOMAIN: there is no such name
  kNoData = -4,     // the name has no records of that type
  kNoMemory = -5,
  kBadQuery = -6,  // not a name
};

// What is set here overrides resolv.conf and the environment; what is not follows them, also when they change.
struct Options {
  std::optional<std::vector<stream::Address>> servers;
  // Domains; those that dns_message::ParseName does not take are left out.
  std::optional<std::vector<std::string>> search;
  std::optional<uint32_t> ndots, timeout_ms, attempts, total_ms;
  std::optional<bool> rotate, use_tcp, mix_case;
  std::optional<uint16_t> udp_size;
  uint32_t cache_entries = 10000;  // 0: no cache
};

struct Reply {
  Code code = Code::kTempFail;
  // Of a failure, one line of English: "no such name: x.example (NXDOMAIN)".
  std::string message;
  // Of success: the records, and the canonical name. Lasts for the call.
  const dns_message::Answer* answer = nullptr;
  // Of success: seconds that are left.
  uint32_t ttl = 0;
  // Which name of those that the search list gives has answered: 0 for the first.
  uint32_t candidate = 0;
};

using Ticket = uint64_t;  // 0: none; never used twice, and below 2^53

// Called from the loop, never from inside Resolve(); may call anything here.
class Client {
 public:
  virtual ~Client() = default;
  virtual void OnReply(Ticket ticket, const Reply& reply) = 0;
};

// What asks the servers, as dns_transport::Transport does.
class Asker {
 public:
  virtual ~Asker() = default;
  virtual void Configure(dns_transport::Settings settings) = 0;
  virtual dns_transport::Ticket Ask(const dns_message::Question& question) = 0;
  virtual void Cancel(dns_transport::Ticket ticket) = 0;
};

// What a test puts in the place of the system.
struct Surroundings {
  std::function<std::unique_ptr<Asker>(dns_transport::Handler*, dns_transport::Settings)> make_asker;
  resolver_config::Follower* follower = nullptr;
  double (*now_ms)() = nullptr;
};

class Resolver {
 public:
  explicit Resolver(Options options, Surroundings surroundings = {});
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  // Cancels what is under way; not from inside OnReply of its own.
  ~Resolver();

  // Looks `name` up. A reply that is known now (cached, BADQUERY) is returned, and its `answer` lasts until the next
  // call of the resolver; otherwise std::nullopt, with the ticket of which OnReply() will tell, once, unless cancelled.
  // The loop stays alive until then.
  //
  // `search`: whether the search list is used, as resolv.conf(5) says: for names with fewer dots than ndots before the
  // name itself, otherwise behind it; never for names that end in a dot. Of several failures the worst to overlook
  // counts: kNoData (the name is there), then kTempFail (it may be there), then kNameError. A server that refuses or
  // fails does not end the search; silence and nonsense do.
  //
  // A name with a byte that is not ASCII is a kBadQuery: there is no IDNA here, the xn-- form is asked for as it is.
  std::optional<Reply> Resolve(Client* client, std::string_view name, dns_message::Type type, bool search,
                               Ticket* ticket);
  // The same for a name that is given in full.
  std::optional<Reply> Resolve(Client* client, const dns_message::Question& question, Ticket* ticket);
  // Forgets it; harmless when it is over.
  void Cancel(Ticket ticket);

  // In force now.
  std::vector<stream::Address> servers();
  // Nullopt: those of the system again. At least one. What was learnt from others is forgotten; questions under way
  // stay with the servers that they have begun with.
  void SetServers(std::optional<std::vector<stream::Address>> servers);

  // Forgets all answers; questions under way go on, and theirs are kept.
  void ClearCache();
  // Answers that are kept.
  size_t cache_size() const;
  // Look-ups that are not over.
  size_t pending() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The one that host_lookup and the functions of node.dns use.
Resolver& Default();

}  // namespace node::resolver
// Layer 2 system: the kernel, but no engine
// resolver.cc: names to records: search list, cache, aliases
#line 1 "src/resolver.cc"


#include <time.h>

#include <algorithm>
#include <cstring>
#include <utility>











// The parts of a look-up:
//
//   Lookup ----> Flight ----> the asker's question
//      |   many:1      1:1, or none while kMaxAsked are asked
//      +-- Search: which names are still to be tried; each is another flight
//
// A flight is one question for all who ask it. It leaves the table when its answer comes, before anybody is told, so
// that whatever they do then begins something new.
namespace node::resolver {

using dns_message::Answer;
using dns_message::Name;
using dns_message::Outcome;
using dns_message::Question;
using dns_message::Type;

// A look-up that takes longer than one question may is ended so much later than that, to let the one question tell what
// was wrong.
static constexpr double kGraceMs = 500;
static constexpr double kRetryMs = 100;

struct Flight;

// The names that a look-up tries, and what came of those before.
struct Search {
  std::string text;  // as asked for
  dns_search::Names names;
  Reply worst = {Code::kSuccess, "", nullptr, 0};  // kSuccess: nothing yet
};

struct Lookup {
  uint64_t ticket = 0;
  Lookup* next_by_ticket = nullptr;
  Client* client = nullptr;
  Flight* flight = nullptr;
  Lookup *next = nullptr, *previous = nullptr;  // of the flight's
  Lookup *later = nullptr, *earlier = nullptr;  // by deadline
  double deadline_ms = 0;
  std::unique_ptr<Search> search;  // nullptr: the flight's name is all
};

// What has been learnt of a flight's name on the way to its records.
struct AliasChain {
  std::vector<Name> asked;
  size_t aliases = 0;
  uint32_t ttl = 0;
  Answer answer;  // of the whole
};

struct Flight {
  uint64_t hash = 0;
  Flight* next_by_question = nullptr;
  uint64_t ticket = 0;  // the asker's; 0 while it waits for its turn
  Flight* next_by_ticket = nullptr;
  Flight *next_waiting = nullptr, *previous_waiting = nullptr;
  Lookup *first = nullptr, *last = nullptr;
  std::unique_ptr<AliasChain> chain;
  std::string wire;  // the name asked for, in lower case
  Type type = Type::kA;
  bool joinable = true;  // in the table: the servers in force are asked
  bool over = false;     // its lookups are being told

  Question ToQuestion() const { return {dns_message::ReadName(wire), type}; }
  // What is asked for now: that, or where its aliases have led to.
  Question Current() const { return chain == nullptr ? ToQuestion() : Question{chain->asked.back(), type}; }
  std::string NameText() const { return dns_message::ReadName(wire).ToText(); }
};

// --- Words ---

static const char* TypeText(Type type) {
  switch (type) {
    case Type::kA:
      return "A";
    case Type::kNs:
      return "NS";
    case Type::kCname:
      return "CNAME";
    case Type::kSoa:
      return "SOA";
    case Type::kPtr:
      return "PTR";
    case Type::kMx:
      return "MX";
    case Type::kTxt:
      return "TXT";
    case Type::kAaaa:
      return "AAAA";
    case Type::kSrv:
      return "SRV";
    case Type::kOpt:
      return "OPT";
    case Type::kCaa:
      return "CAA";
  }
  return "unknown";
}

// What was asked for, in a message: in quotes, without control characters and not without end. Bytes from 0x80 on stay:
// they are most likely letters.
static std::string Quote(std::string_view text) {
  size_t most = 300;
  std::string quoted = "\"";
  if (text.size() > most) {
    // Not in the middle of a character of UTF-8.
    while (most > 0 && (static_cast<uint8_t>(text[most]) & 0xc0) == 0x80) --most;
  }
  for (char c : text.substr(0, most)) quoted += static_cast<uint8_t>(c) < ' ' || c == 0x7f ? '?' : c;
  return quoted + (text.size() > most ? "...\"" : "\"");
}

static Reply Failed(Code code, std::string message) {
  Reply reply;
  reply.code = code;
  reply.message = std::move(message);
  return reply;
}

// The reply of an answer to a question for the name that `text` is made from.
template <typename Text>
static Reply ToReply(const Answer& answer, Type type, Text text) {
  Reply reply;
  reply.ttl = answer.ttl;
  if (answer.outcome == Outcome::kAnswer) {
    reply.code = Code::kSuccess;
    reply.answer = &answer;
  } else if (answer.outcome == Outcome::kNameError) {
    reply.code = Code::kNameError;
    reply.message = "no such name: " + text() + " (NXDOMAIN)";
  } else {
    reply.code = Code::kNoData;
    reply.message = std::string("no ") + TypeText(type) + " records: " + text() + " (NODATA)";
  }
  return reply;
}

static bool Logs() { return debug_log::On(debug_log::Section::kDns); }

static void Log(const Question& question, std::string_view what) {
  if (!Logs()) return;
  std::string line = TypeText(question.type);
  line += " " + question.name.ToText() + ": ";
  debug_log::Write(debug_log::Section::kDns, line += what);
}

static void Log(const Question& question, const Answer& answer, const char* how) {
  if (!Logs()) return;
  std::string what;
  switch (answer.outcome) {
    case Outcome::kAnswer:
      what = std::to_string(answer.records.size()) + " records";
      break;
    case Outcome::kAlias:
      what = "an alias of " + answer.canonical.ToText();
      break;
    case Outcome::kNameError:
      what = "NXDOMAIN";
      break;
    default:
      what = "NODATA";
  }
  Log(question, what + " for " + std::to_string(answer.ttl) + " s" + how);
}

// --- Searching ---

// How much it would cost to overlook a failure.
static int Weight(Code code) {
  switch (code) {
    case Code::kSuccess:
      return 0;
    case Code::kNameError:
      return 1;
    case Code::kTempFail:
      return 2;
    case Code::kProtocol:
      return 3;
    default:
      return 4;  // kNoData: the name is there
  }
}

static void Note(Search* search, const Reply& reply) {
  if (Weight(reply.code) > Weight(search->worst.code)) search->worst = reply;
}

// What is told when no name has given success.
static Reply Conclude(const Search& search) {
  Reply reply = search.worst;
  const size_t domains = search.names.domain_count();
  if (reply.code == Code::kNameError && domains > 0) {
    reply.message = "no such name: " + search.text + " (NXDOMAIN, also in " + std::to_string(domains) +
                    (domains == 1 ? " domain" : " domains") + " of the search list)";
  }
  return reply;
}

// --- Records ---

// Those that are over, for the next ones; of a crowd only some are kept.
template <typename Record>
class Spares {
 public:
  // As new, but that a flight's name has the memory of an earlier one.
  Record* Take() {
    if (spare_.empty()) return new Record;
    Record* record = spare_.back().release();
    spare_.pop_back();
    return record;
  }
  void GiveBack(Record* record) {
    std::unique_ptr<Record> owned(record);
    Clean(record);
    if (spare_.size() < kMost) spare_.push_back(std::move(owned));
  }

 private:
  static constexpr size_t kMost = 256;
  static void Clean(Lookup* lookup) { *lookup = Lookup(); }
  static void Clean(Flight* flight) {
    std::string wire = std::move(flight->wire);
    *flight = Flight();
    wire.clear();
    flight->wire = std::move(wire);
  }
  std::vector<std::unique_ptr<Record>> spare_;
};

static Spares<Lookup> spare_lookups;
static Spares<Flight> spare_flights;

// --- State ---

class TransportAsker : public Asker {
 public:
  TransportAsker(dns_transport::Handler* handler, dns_transport::Settings settings)
      : transport_(handler, std::move(settings)) {}
  void Configure(dns_transport::Settings settings) override { transport_.Configure(std::move(settings)); }
  dns_transport::Ticket Ask(const Question& question) override { return transport_.Ask(question); }
  void Cancel(dns_transport::Ticket ticket) override { transport_.Cancel(ticket); }

 private:
  dns_transport::Transport transport_;
};

static uint64_t last_ticket = 0;

// CLOCK_BOOTTIME goes on while the machine sleeps: what was cached before may not be true any more. As of the last tick
// of the kernel: it is read anew when another clock, which is cheaper, has moved.
static double BootMs() {
  static double boot_ms = 0, tick_ms = -1;
  const double coarse_ms = loop::CoarseNowMs();
  if (coarse_ms == tick_ms) return boot_ms;
  tick_ms = coarse_ms;
  timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  boot_ms = static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
  return boot_ms;
}

static uint64_t RandomSeed() {
  uint64_t seed = 0;
  entropy::Fill(&seed, sizeof seed);
  return seed;
}

static Surroundings Complete(Surroundings surroundings) {
  if (surroundings.follower == nullptr) surroundings.follower = &resolver_config::System();
  if (surroundings.now_ms == nullptr) surroundings.now_ms = BootMs;
  if (!surroundings.make_asker) {
    surroundings.make_asker = [](dns_transport::Handler* handler, dns_transport::Settings settings) {
      return std::make_unique<TransportAsker>(handler, std::move(settings));
    };
  }
  return surroundings;
}

struct Resolver::State : dns_transport::Handler {
  State(Options wanted, Surroundings given)
      : options(std::move(wanted)),
        surroundings(Complete(std::move(given))),
        cache(options.cache_entries, options.cache_entries * kCacheBytesPerEntry, RandomSeed()) {
    deadline.owner = this;
    deadline.Init([](loop::Timer* timer) { static_cast<Timer*>(timer)->owner->ExpireLookups(); },
                  /*keeps_alive=*/false);
    retry.owner = this;
    retry.Init([](loop::Timer* timer) { static_cast<Timer*>(timer)->owner->StartFlights(); }, /*keeps_alive=*/true);
  }
  ~State() override {
    CHECK(telling == 0);
    closing = true;
    while (soonest != nullptr) Forget(soonest);
    deadline.Stop();
    retry.Stop();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  struct Timer : loop::Timer {
    State* owner = nullptr;
  };

  // Configuration.
  double Now() const { return surroundings.now_ms(); }
  void Follow(double now);
  void Apply(const resolver_config::Config& config);
  // Look-ups.
  const Answer* Known(const Question& question, uint64_t hash, double now);
  std::optional<Reply> Begin(Client* client, const Question& question, double now, Ticket* ticket);
  std::optional<Reply> BeginSearch(Client* client, std::unique_ptr<Search> search, Type type, double now,
                                   Ticket* ticket);
  std::optional<Reply> TryNext(Search* search, double now, Question* question, uint64_t* hash);
  Lookup* NewLookup(Client* client, double now);
  void Unlink(Lookup* lookup);
  void Leave(Lookup* lookup);
  void Forget(Lookup* lookup);
  void Tell(Lookup* lookup, const Reply& reply);
  void Settle(Lookup* lookup, Type type, const Reply& reply, bool ends_search);
  void ExpireLookups();
  // Flights.
  void Join(Lookup* lookup, const Question& question, uint64_t hash);
  void Start(Flight* flight, const Question& question);
  bool Ask(Flight* flight, const Question& question);
  void StartFlights();
  void RemoveWaiting(Flight* flight);
  Flight* Take(dns_transport::Ticket ticket);
  void FollowAlias(Flight* flight, const Answer& answer);
  void FinishAlias(Flight* flight, const Answer& answer);
  void FinishWith(Flight* flight, const Answer& answer);
  void Finish(Flight* flight, const Reply& reply, bool ends_search);
  void OnAnswer(dns_transport::Ticket ticket, const Answer& answer) override;
  void OnFailure(dns_transport::Ticket ticket, dns_transport::Failure failure, std::string_view message) override;

  Options options;
  const Surroundings surroundings;
  uint64_t generation = 0;
  std::vector<stream::Address> servers;
  dns_search::Domains domains;
  uint32_t ndots = 1;
  uint32_t total_ms = 0;
  dns_cache::Cache cache;
  std::unique_ptr<Asker> asker;
  chains::Table<Lookup, &Lookup::next_by_ticket, &Lookup::ticket> lookups;
  chains::Table<Flight, &Flight::next_by_question, &Flight::hash> questions;
  chains::Table<Flight, &Flight::next_by_ticket, &Flight::ticket> asked;
  Flight *first_waiting = nullptr, *last_waiting = nullptr;
  Lookup *soonest = nullptr, *latest = nullptr;  // by deadline
  Timer deadline;
  Timer retry;  // while the asker is full
  Answer special;
  uint32_t telling = 0;
  bool closing = false;
};

// --- Configuration ---

static bool SameAddresses(const std::vector<stream::Address>& a, const std::vector<stream::Address>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
    return one.length == other.length && std::memcmp(&one.storage, &other.storage, one.length) == 0;
  });
}

void Resolver::State::Follow(double now) {
  const resolver_config::Config& config = surroundings.follower->Get(now);
  if (config.generation != generation) Apply(config);
}

void Resolver::State::Apply(const resolver_config::Config& config) {
  generation = config.generation;
  dns_transport::Settings settings = config.transport;
  if (options.servers) settings.servers = *options.servers;
  settings.timeout_ms = options.timeout_ms.value_or(settings.timeout_ms);
  settings.attempts = options.attempts.value_or(settings.attempts);
  if (options.timeout_ms || options.attempts) {
    settings.total_ms = resolver_config::TotalMs(settings.timeout_ms, settings.attempts, settings.servers.size());
  }
  settings.total_ms = options.total_ms.value_or(settings.total_ms);
  settings.rotate = options.rotate.value_or(settings.rotate);
  settings.use_tcp = options.use_tcp.value_or(settings.use_tcp);
  settings.mix_case = options.mix_case.value_or(settings.mix_case);
  settings.udp_size = options.udp_size.value_or(settings.udp_size);
  total_ms = settings.total_ms;
  ndots = options.ndots.value_or(config.ndots);

  auto list = std::make_shared<std::vector<Name>>();
  if (options.search) {
    for (const std::string& domain : *options.search) {
      Name name;
      if (dns_message::ParseName(domain, &name) == nullptr) list->push_back(name);
    }
  } else {
    *list = config.search;
  }
  // The root as a domain is the name itself, which is tried anyway.
  std::erase_if(*list, [](const Name& name) { return name.wire().size() == 1; });
  domains = std::move(list);

  if (!SameAddresses(settings.servers, servers)) {
    // Other servers may say something else (a VPN's, those of another network).
    servers = settings.servers;
    questions.TakeAll([](Flight* flight) { flight->joinable = false; });
    cache.Clear();
  }
  if (asker == nullptr) {
    asker = surroundings.make_asker(this, std::move(settings));
  } else {
    asker->Configure(std::move(settings));
  }
}

// --- Look-ups ---

const Answer* Resolver::State::Known(const Question& question, uint64_t hash, double now) {
  if (dns_special::Answer(question, &special)) return &special;
  return cache.Find(question, hash, now);
}

static Reply TooMany() {
  return Failed(Code::kNoMemory, "more than " + std::to_string(kMaxLookups) + " look-ups at once");
}

// The configuration is followed already, and the name in lower case.
std::optional<Reply> Resolver::State::Begin(Client* client, const Question& question, double now, Ticket* ticket) {
  const uint64_t hash = cache.Hash(question);
  cache.Prefetch(hash);
  if (const Answer* known = Known(question, hash, now)) {
    Log(question, *known, " (known)");
    return ToReply(*known, question.type, [&] { return question.name.ToText(); });
  }
  if (lookups.size() >= kMaxLookups) return TooMany();
  Lookup* lookup = NewLookup(client, now);
  Join(lookup, question, hash);
  *ticket = lookup->ticket;
  return std::nullopt;
}

std::optional<Reply> Resolver::State::BeginSearch(Client* client, std::unique_ptr<Search> search, Type type, double now,
                                                  Ticket* ticket) {
  Question question{Name(), type};
  uint64_t hash = 0;
  if (std::optional<Reply> reply = TryNext(search.get(), now, &question, &hash)) return reply;
  if (lookups.size() >= kMaxLookups) return TooMany();
  Lookup* lookup = NewLookup(client, now);
  lookup->search = std::move(search);
  Join(lookup, question, hash);
  *ticket = lookup->ticket;
  return std::nullopt;
}

// Goes through the names that something is known of: to the end, or to one that must be asked for, which becomes
// `question`.
std::optional<Reply> Resolver::State::TryNext(Search* search, double now, Question* question, uint64_t* hash) {
  while (search->names.Next(&question->name)) {
    *hash = cache.Hash(*question);
    const Answer* known = Known(*question, *hash, now);
    if (known == nullptr) return std::nullopt;
    Log(*question, *known, " (known)");
    Reply reply = ToReply(*known, question->type, [&] { return question->name.ToText(); });
    if (reply.code == Code::kSuccess) {
      reply.candidate = static_cast<uint32_t>(search->names.place());
      return reply;
    }
    Note(search, reply);
  }
  return Conclude(*search);
}

Lookup* Resolver::State::NewLookup(Client* client, double now) {
  Lookup* lookup = spare_lookups.Take();
  lookup->ticket = ++last_ticket;
  lookup->client = client;
  // In order, even when the time has become shorter since the one before.
  lookup->deadline_ms = std::max(now + total_ms + kGraceMs, latest != nullptr ? latest->deadline_ms : 0);
  lookup->earlier = latest;
  (latest != nullptr ? latest->later : soonest) = lookup;
  latest = lookup;
  // It stays on for the sake of one that is over: it finds the next one to wait for.
  if (!deadline.started()) deadline.Start(soonest->deadline_ms - now);
  lookups.Insert(lookup);
  return lookup;
}

// Takes it out of its flight.
void Resolver::State::Unlink(Lookup* lookup) {
  Flight* flight = std::exchange(lookup->flight, nullptr);
  (lookup->previous != nullptr ? lookup->previous->next : flight->first) = lookup->next;
  (lookup->next != nullptr ? lookup->next->previous : flight->last) = lookup->previous;
  lookup->next = lookup->previous = nullptr;
}

// The same; the flight ends when it was the last.
void Resolver::State::Leave(Lookup* lookup) {
  Flight* flight = lookup->flight;
  Unlink(lookup);
  if (flight->first != nullptr || flight->over) return;
  if (flight->joinable) questions.Remove(flight);
  if (flight->ticket != 0) {
    asked.Remove(flight);
    asker->Cancel(flight->ticket);
  } else {
    RemoveWaiting(flight);
  }
  spare_flights.GiveBack(flight);
  StartFlights();
}

void Resolver::State::Forget(Lookup* lookup) {
  if (lookup->flight != nullptr) Leave(lookup);
  (lookup->earlier != nullptr ? lookup->earlier->later : soonest) = lookup->later;
  (lookup->later != nullptr ? lookup->later->earlier : latest) = lookup->earlier;
  lookups.Remove(lookup);
  spare_lookups.GiveBack(lookup);
}

void Resolver::State::Tell(Lookup* lookup, const Reply& reply) {
  Client* client = lookup->client;
  const Ticket ticket = lookup->ticket;
  Forget(lookup);
  ++telling;
  client->OnReply(ticket, reply);
  --telling;
}

// What becomes of a look-up, which is in no flight, when one of its names is over.
void Resolver::State::Settle(Lookup* lookup, Type type, const Reply& reply, bool ends_search) {
  Search* search = lookup->search.get();
  if (search == nullptr) return Tell(lookup, reply);
  if (reply.code == Code::kSuccess) {
    Reply found = reply;
    found.candidate = static_cast<uint32_t>(search->names.place());
    return Tell(lookup, found);
  }
  Note(search, reply);
  if (ends_search) return Tell(lookup, Conclude(*search));
  Question question{Name(), type};
  uint64_t hash = 0;
  std::optional<Reply> next = TryNext(search, Now(), &question, &hash);
  if (!next) return Join(lookup, question, hash);
  Answer copy;
  if (next->answer != nullptr) {
    // It lies where the next call of ours would put another.
    copy = *next->answer;
    next->answer = &copy;
  }
  Tell(lookup, *next);
}

void Resolver::State::ExpireLookups() {
  const double now = Now();
  while (soonest != nullptr && soonest->deadline_ms <= now) {
    Lookup* lookup = soonest;
    const std::string text = lookup->search != nullptr ? lookup->search->text : lookup->flight->NameText();
    const Reply late = Failed(
        Code::kTempFail, "cannot look up " + text + ": no answer in " + std::to_string((total_ms + 999) / 1000) + " s");
    Leave(lookup);
    Settle(lookup, Type::kA, late, /*ends_search=*/true);
  }
  if (soonest != nullptr) deadline.Start(soonest->deadline_ms - now);
}

// --- Flights ---

void Resolver::State::Join(Lookup* lookup, const Question& question, uint64_t hash) {
  const std::string_view wire = question.name.wire();
  Flight* flight =
      questions.Find(hash, [&](const Flight& other) { return other.type == question.type && other.wire == wire; });
  if (flight == nullptr) {
    flight = spare_flights.Take();
    flight->wire = wire;
    flight->type = question.type;
    flight->hash = hash;
    questions.Insert(flight);
    Start(flight, question);
  }
  lookup->flight = flight;
  lookup->previous = flight->last;
  (flight->last != nullptr ? flight->last->next : flight->first) = lookup;
  flight->last = lookup;
}

void Resolver::State::RemoveWaiting(Flight* flight) {
  (flight->previous_waiting != nullptr ? flight->previous_waiting->next_waiting : first_waiting) = flight->next_waiting;
  (flight->next_waiting != nullptr ? flight->next_waiting->previous_waiting : last_waiting) = flight->previous_waiting;
  flight->next_waiting = flight->previous_waiting = nullptr;
}

// Asks, or puts it behind those that wait for their turn.
void Resolver::State::Start(Flight* flight, const Question& question) {
  if (asked.size() < kMaxAsked && Ask(flight, question)) return;
  flight->previous_waiting = last_waiting;
  (last_waiting != nullptr ? last_waiting->next_waiting : first_waiting) = flight;
  last_waiting = flight;
}

// False when other resolvers have taken all places of the transport: that will pass, or the time of those who wait.
bool Resolver::State::Ask(Flight* flight, const Question& question) {
  flight->ticket = asker->Ask(question);
  if (flight->ticket == 0) {
    if (!retry.started()) retry.Start(kRetryMs);
    return false;
  }
  Log(question, "asked");
  asked.Insert(flight);
  return true;
}

// Those whose turn has come.
void Resolver::State::StartFlights() {
  while (first_waiting != nullptr && asked.size() < kMaxAsked && !closing) {
    Flight* flight = first_waiting;
    if (!Ask(flight, flight->Current())) return;
    RemoveWaiting(flight);
  }
}

// The flight that the asker has something to say of.
Flight* Resolver::State::Take(dns_transport::Ticket ticket) {
  Flight* flight = asked.Find(ticket, [](const Flight&) { return true; });
  CHECK(flight != nullptr);
  asked.Remove(flight);
  flight->ticket = 0;
  return flight;
}

void Resolver::State::Finish(Flight* flight, const Reply& reply, bool ends_search) {
  if (flight->joinable) questions.Remove(flight);
  flight->over = true;
  while (Lookup* lookup = flight->first) {
    Unlink(lookup);
    CHECK(flight->first != lookup);
    Settle(lookup, flight->type, reply, ends_search);
  }
  spare_flights.GiveBack(flight);
  StartFlights();
}

// `answer`: to the flight's question.
void Resolver::State::FinishWith(Flight* flight, const Answer& answer) {
  if (flight->joinable) cache.Store(flight->wire, flight->type, flight->hash, answer, Now());
  Finish(flight, ToReply(answer, flight->type, [&] { return flight->NameText(); }), /*ends_search=*/false);
}

static Reply BrokenChain(const Flight& flight, const std::string& what) {
  return Failed(Code::kProtocol, "cannot look up " + flight.NameText() + ": " + what);
}

// The server leaves it at an alias: RFC 1035, 5.3.1 has the resolver ask again.
void Resolver::State::FollowAlias(Flight* flight, const Answer& answer) {
  if (flight->chain == nullptr) {
    flight->chain = std::make_unique<AliasChain>();
    flight->chain->asked.push_back(dns_message::ReadName(flight->wire));
    flight->chain->ttl = dns_message::kMaxTtl;
  }
  AliasChain* chain = flight->chain.get();
  chain->aliases += std::max<size_t>(answer.aliases, 1);
  chain->ttl = std::min(chain->ttl, answer.ttl);
  Question question{answer.canonical, flight->type};
  question.name.ToLowerCase();
  for (const Name& name : chain->asked) {
    if (!name.Equals(question.name)) continue;
    return Finish(flight, BrokenChain(*flight, "aliases that lead back to " + name.ToText()), /*ends_search=*/true);
  }
  if (chain->aliases > dns_message::kMaxAliases) {
    return Finish(flight, BrokenChain(*flight, "more than " + std::to_string(dns_message::kMaxAliases) + " aliases"),
                  /*ends_search=*/true);
  }
  chain->asked.push_back(question.name);
  if (const Answer* known = Known(question, cache.Hash(question), Now())) return FinishAlias(flight, *known);
  Start(flight, question);
}

// `answer`: to what the last alias has led to.
void Resolver::State::FinishAlias(Flight* flight, const Answer& answer) {
  AliasChain* chain = flight->chain.get();
  chain->aliases += answer.aliases;
  if (chain->aliases > dns_message::kMaxAliases) {
    return Finish(flight, BrokenChain(*flight, "more than " + std::to_string(dns_message::kMaxAliases) + " aliases"),
                  /*ends_search=*/true);
  }
  chain->answer = answer;
  chain->answer.aliases = static_cast<uint8_t>(chain->aliases);
  chain->answer.ttl = std::min(chain->ttl, answer.ttl);
  FinishWith(flight, chain->answer);
}

void Resolver::State::OnAnswer(dns_transport::Ticket ticket, const Answer& answer) {
  Flight* flight = Take(ticket);
  if (Logs()) Log(flight->Current(), answer, "");
  if (answer.outcome == Outcome::kAlias) return FollowAlias(flight, answer);
  if (flight->chain == nullptr) return FinishWith(flight, answer);
  const Question last = flight->Current();
  if (flight->joinable) cache.Store(last.name.wire(), last.type, cache.Hash(last), answer, Now());
  FinishAlias(flight, answer);
}

void Resolver::State::OnFailure(dns_transport::Ticket ticket, dns_transport::Failure failure,
                                std::string_view message) {
  Flight* flight = Take(ticket);
  const Code code = failure == dns_transport::Failure::kProtocol ? Code::kProtocol : Code::kTempFail;
  const Reply reply = Failed(code, "cannot look up " + flight->NameText() + ": " + std::string(message));
  if (Logs()) Log(flight->Current(), message);
  Finish(flight, reply, /*ends_search=*/failure != dns_transport::Failure::kServer);
}

// --- What others call ---

Resolver::Resolver(Options options, Surroundings surroundings)
    : state_(std::make_unique<State>(std::move(options), std::move(surroundings))) {}

Resolver::~Resolver() = default;

std::optional<Reply> Resolver::Resolve(Client* client, std::string_view name, Type type, bool search, Ticket* ticket) {
  Question question{Name(), type};
  if (const char* fault = dns_message::ParseName(name, &question.name)) {
    return Failed(Code::kBadQuery, "not a name to ask for: " + Quote(name) + ": " + fault);
  }
  const double now = state_->Now();
  state_->Follow(now);
  question.name.ToLowerCase();
  // What is special is so without any domain behind it, and needs none.
  if (!search || state_->domains->empty() || dns_search::IsAbsolute(name) ||
      dns_special::Answer(question, &state_->special)) {
    return state_->Begin(client, question, now, ticket);
  }
  dns_search::Names names(question.name, state_->domains, state_->ndots);
  auto started = std::make_unique<Search>(Search{std::string(name), std::move(names)});
  return state_->BeginSearch(client, std::move(started), type, now, ticket);
}

std::optional<Reply> Resolver::Resolve(Client* client, const Question& question, Ticket* ticket) {
  const double now = state_->Now();
  state_->Follow(now);
  Question lower = question;
  lower.name.ToLowerCase();
  return state_->Begin(client, lower, now, ticket);
}

void Resolver::Cancel(Ticket ticket) {
  Lookup* lookup = state_->lookups.Find(ticket, [](const Lookup&) { return true; });
  if (lookup != nullptr) state_->Forget(lookup);
}

std::vector<stream::Address> Resolver::servers() {
  state_->Follow(state_->Now());
  return state_->servers;
}

void Resolver::SetServers(std::optional<std::vector<stream::Address>> servers) {
  CHECK(!servers || !servers->empty());
  state_->options.servers = std::move(servers);
  state_->Apply(state_->surroundings.follower->Get(state_->Now()));
}

void Resolver::ClearCache() { state_->cache.Clear(); }
size_t Resolver::cache_size() const { return state_->cache.size(); }
size_t Resolver::pending() const { return state_->lookups.size(); }

Resolver& Default() {
  static Resolver& resolver = *new Resolver(Options());
  return resolver;
}

}  // namespace node::resolver
// Layer 2 system: the kernel, but no engine
// host_lookup.h: host names to addresses: /etc/hosts, then both families
#line 1 "src/host_lookup.h"
// What people expect of a host name: literals, localhost, /etc/hosts, then DNS for both families.


#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>




namespace node::host_lookup {

struct Options {
  int family = 0;  // AF_INET or AF_INET6: only that; 0: both
  bool ipv6_first = false;
  // Whether the slower of two families is waited for as long as it takes; otherwise for 50 ms behind the first one's
  // addresses (RFC 8305, 3).
  bool patient = true;
};

struct Outcome {
  // All of one family, then those of the other, with the port that was asked for. Empty when it has failed.
  std::vector<stream::Address> addresses;
  resolver::Code code = resolver::Code::kSuccess;
  // Of a failure, as of resolver::Reply.
  std::string message;

  // The failure as an Error: "lookup NXDOMAIN nosuch.example: ...".
  base::Error ToError(std::string_view host) const;
};

using Ticket = uint64_t;  // 0: none

// Called from the loop, never from inside Lookup(); may call anything here.
class Waiter {
 public:
  virtual ~Waiter() = default;
  virtual void OnLookup(Ticket ticket, Outcome outcome) = 0;
};

// The addresses of `host`, with `port`. What is known now is returned; otherwise std::nullopt, with the ticket of which
// OnLookup() will tell once, unless cancelled.
std::optional<Outcome> Lookup(resolver::Resolver* resolver, Waiter* waiter, std::string_view host, uint16_t port,
                              const Options& options, Ticket* ticket);
// Harmless when it is over.
void Cancel(Ticket ticket);

// "NXDOMAIN" and its like.
const char* NameOf(resolver::Code code);

}  // namespace node::host_lookup
// Layer 2 system: the kernel, but no engine
// host_lookup.cc: host names to addresses: /etc/hosts, then both families
#line 1 "src/host_lookup.cc"


#include <sys/socket.h>

#include <memory>
#include <unordered_map>
#include <utility>





namespace node::host_lookup {

using resolver::Code;

// How long the second family may take behind the first one's addresses: the Resolution Delay of RFC 8305, 3.
static constexpr double kResolutionDelayMs = 50;

// One family of a lookup.
struct Half {
  int family = 0;
  resolver::Ticket ticket = 0;  // 0: answered, or not asked
  bool answered = false;
  Code code = Code::kSuccess;
  uint32_t candidate = 0;
  std::string message;
  std::vector<stream::Address> addresses;
};

struct Request : resolver::Client {
  ~Request() override { delay.Stop(); }
  void OnReply(resolver::Ticket answered, const resolver::Reply& reply) override;

  Ticket ticket = 0;
  resolver::Resolver* resolver = nullptr;
  Waiter* waiter = nullptr;
  Options options;
  uint16_t port = 0;
  Half halves[2];  // in the order of the addresses
  struct Delay : loop::Timer {
    Request* request = nullptr;
  } delay;
};

static std::unordered_map<Ticket, std::unique_ptr<Request>>& Requests() {
  static auto* requests = new std::unordered_map<Ticket, std::unique_ptr<Request>>;
  return *requests;
}

static Ticket last_ticket = 0;

const char* NameOf(Code code) {
  switch (code) {
    case Code::kSuccess:
      return "SUCCESS";
    case Code::kTempFail:
      return "TEMPFAIL";
    case Code::kProtocol:
      return "PROTOCOL";
    case Code::kNameError:
      return "NXDOMAIN";
    case Code::kNoData:
      return "NODATA";
    case Code::kNoMemory:
      return "NOMEM";
    case Code::kBadQuery:
      return "BADQUERY";
  }
  CHECK(!"a code of the resolver");
}

base::Error Outcome::ToError(std::string_view host) const {
  base::Error error{"lookup", 0, std::string(host) + ": " + message};
  error.name = NameOf(code);
  return error;
}

static void TakeReply(Half* half, const resolver::Reply& reply, uint16_t port) {
  half->answered = true;
  half->ticket = 0;
  half->code = reply.code;
  half->candidate = reply.candidate;
  half->message = reply.message;
  if (reply.code != Code::kSuccess) return;
  for (size_t i = 0; i < reply.answer->records.size(); ++i) {
    half->addresses.push_back(stream::MakeAddress(reply.answer->Data(i), port));
  }
}

// The worse of two failures is the one to tell: what may be better soon before what is for good.
static const Half& WorthTelling(const Half& a, const Half& b) {
  auto rank = [](Code code) {
    switch (code) {
      case Code::kTempFail:
        return 0;
      case Code::kProtocol:
        return 1;
      case Code::kNoMemory:
        return 2;
      case Code::kNoData:
        return 3;
      default:
        return 4;
    }
  };
  return rank(b.code) < rank(a.code) ? b : a;
}

static Outcome Join(Half* halves) {
  Half& first = halves[0];
  Half& second = halves[1];
  Outcome outcome;
  bool both = !first.addresses.empty() && !second.addresses.empty();
  // With a search list the families may have been found under two names: the one that comes first there counts.
  bool use_first = !both || first.candidate <= second.candidate;
  bool use_second = !both || second.candidate <= first.candidate;
  if (use_first) outcome.addresses = std::move(first.addresses);
  if (use_second) {
    outcome.addresses.insert(outcome.addresses.end(), second.addresses.begin(), second.addresses.end());
  }
  if (!outcome.addresses.empty()) return outcome;
  const Half& failure = second.family == 0 || !second.answered ? first : WorthTelling(first, second);
  outcome.code = failure.code;
  outcome.message = failure.message;
  return outcome;
}

static bool Complete(const Request& request) {
  for (const Half& half : request.halves) {
    if (half.family != 0 && !half.answered) return false;
  }
  return true;
}

// Tells the waiter, with what there is. The request is gone.
static void Finish(Request* request) {
  for (Half& half : request->halves) {
    if (half.ticket != 0) request->resolver->Cancel(std::exchange(half.ticket, 0));
  }
  Outcome outcome = Join(request->halves);
  Waiter* waiter = request->waiter;
  Ticket ticket = request->ticket;
  Requests().erase(ticket);
  waiter->OnLookup(ticket, std::move(outcome));
}

void Request::OnReply(resolver::Ticket answered, const resolver::Reply& reply) {
  for (Half& half : halves) {
    if (half.ticket == answered) TakeReply(&half, reply, port);
  }
  if (Complete(*this)) return Finish(this);
  bool has_some = !halves[0].addresses.empty() || !halves[1].addresses.empty();
  if (has_some && !options.patient && !delay.started()) delay.Start(kResolutionDelayMs);
}

// What needs no server: literals, localhost, /etc/hosts.
static std::vector<stream::Address> FindHere(std::string_view host, uint16_t port, const Options& options) {
  if (host.size() > 1 && host.back() == '.') host.remove_suffix(1);
  if (host.empty()) return {};
  std::vector<stream::Address> found = stream::FindHost(host, port);
  std::vector<stream::Address> ordered;
  for (int family : {options.ipv6_first ? AF_INET6 : AF_INET, options.ipv6_first ? AF_INET : AF_INET6}) {
    if (options.family != 0 && options.family != family) continue;
    for (const stream::Address& address : found) {
      if (address.storage.ss_family == family) ordered.push_back(address);
    }
  }
  return ordered;
}

std::optional<Outcome> Lookup(resolver::Resolver* resolver, Waiter* waiter, std::string_view host, uint16_t port,
                              const Options& options, Ticket* ticket) {
  *ticket = 0;
  Outcome here;
  here.addresses = FindHere(host, port, options);
  if (!here.addresses.empty()) return here;
  // A literal of the other family: no server knows more.
  if (stream::ParseAddress(host, port) && !host.empty()) {
    here.code = Code::kNoData;
    here.message = std::string(host) + " is an address of the other family";
    return here;
  }
  auto request = std::make_unique<Request>();
  request->resolver = resolver;
  request->waiter = waiter;
  request->options = options;
  request->port = port;
  int families[2] = {AF_INET, AF_INET6};
  if (options.ipv6_first) std::swap(families[0], families[1]);
  for (int i = 0; i < 2; ++i) {
    if (options.family != 0 && options.family != families[i]) continue;
    // One family alone stands in the first half.
    Half& half = request->halves[options.family != 0 ? 0 : i];
    half.family = families[i];
    auto type = families[i] == AF_INET ? dns_message::Type::kA : dns_message::Type::kAaaa;
    std::optional<resolver::Reply> reply = resolver->Resolve(request.get(), host, type, /*search=*/true, &half.ticket);
    if (reply) TakeReply(&half, *reply, port);
  }
  if (Complete(*request)) return Join(request->halves);
  request->ticket = *ticket = ++last_ticket;
  request->delay.request = request.get();
  request->delay.Init([](loop::Timer* timer) { Finish(static_cast<Request::Delay*>(timer)->request); },
                      /*keeps_alive=*/false);
  bool has_some = !request->halves[0].addresses.empty() || !request->halves[1].addresses.empty();
  if (has_some && !options.patient) request->delay.Start(kResolutionDelayMs);
  Requests()[*ticket] = std::move(request);
  return std::nullopt;
}

void Cancel(Ticket ticket) {
  auto found = Requests().find(ticket);
  if (found == Requests().end()) return;
  std::unique_ptr<Request> request = std::move(found->second);
  Requests().erase(found);
  for (Half& half : request->halves) {
    if (half.ticket != 0) request->resolver->Cancel(std::exchange(half.ticket, 0));
  }
}

}  // namespace node::host_lookup
// Layer 2 system: the kernel, but no engine
// host_source.h: where connections get the addresses of a host from
#line 1 "src/host_source.h"
// The addresses of a host, for a connection that is to be made.


#include <cstdint>
#include <memory>
#include <string>



namespace node::host_source {

// Looks `host` up when the attempt begins: see host_lookup.h.
std::unique_ptr<connect_attempt::Source> Make(std::string host, uint16_t port);

}  // namespace node::host_source
// Layer 2 system: the kernel, but no engine
// host_source.cc: where connections get the addresses of a host from
#line 1 "src/host_source.cc"


#include <optional>
#include <utility>





namespace node::host_source {

class HostSource : public connect_attempt::Source, host_lookup::Waiter {
 public:
  HostSource(std::string host, uint16_t port) : host_(std::move(host)), port_(port) {}
  ~HostSource() override { host_lookup::Cancel(ticket_); }

  void Start(connect_attempt::Attempt* attempt) override {
    attempt_ = attempt;
    host_lookup::Options options;
    options.patient = false;
    std::optional<host_lookup::Outcome> known =
        host_lookup::Lookup(&resolver::Default(), this, host_, port_, options, &ticket_);
    if (known) Take(std::move(*known));
  }

  std::string ToString() const override {
    return (host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]") + ":" + std::to_string(port_);
  }

 private:
  void OnLookup(host_lookup::Ticket, host_lookup::Outcome outcome) override {
    ticket_ = 0;
    Take(std::move(outcome));
  }

  // This may be gone afterwards.
  void Take(host_lookup::Outcome outcome) {
    if (!outcome.addresses.empty()) return attempt_->Take(std::move(outcome.addresses));
    attempt_->Fail(outcome.ToError(host_));
  }

  std::string host_;
  uint16_t port_;
  connect_attempt::Attempt* attempt_ = nullptr;
  host_lookup::Ticket ticket_ = 0;
};

std::unique_ptr<connect_attempt::Source> Make(std::string host, uint16_t port) {
  return std::make_unique<HostSource>(std::move(host), port);
}

}  // namespace node::host_source
// Layer 2 system: the kernel, but no engine
// script_file.h: the files of scripts and modules
#line 1 "src/script_file.h"
// Reading the files of scripts and modules, whole and at once.


#include <string>



namespace node::script_file {

// All that the descriptor still holds, to its end. `name`: for the error.
base::Result<std::string> ReadAll(int descriptor, const std::string& name);

// The whole file. A NUL in the path is ENOENT: there is no such file.
base::Result<std::string> Read(const std::string& path);

// realpath(3): absolute, without symbolic links.
base::Result<std::string> RealPath(const std::string& path);

}  // namespace node::script_file
// Layer 2 system: the kernel, but no engine
// script_file.cc: the files of scripts and modules
#line 1 "src/script_file.cc"


#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>




namespace node::script_file {

// More characters the engine does not take; /dev/zero has no end at all.
static constexpr size_t kMostBytes = size_t{512} * 1024 * 1024;

static base::Error TooLarge(const std::string& name) {
  return {"read", EFBIG, name + " (a script may have " + std::to_string(kMostBytes) + " bytes)"};
}

base::Result<std::string> ReadAll(int descriptor, const std::string& name) {
  // A regular file says how long it is; one byte more shows its end in the same call. Memory that is not touched need
  // not be paid for at the start.
  static constexpr size_t kStep = 4096;
  struct stat status;
  bool sized = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
  if (sized && static_cast<size_t>(status.st_size) > kMostBytes) return TooLarge(name);
  std::string text(sized ? static_cast<size_t>(status.st_size) + 1 : kStep, '\0');
  size_t length = 0;
  for (;;) {
    if (length == text.size()) text.resize(length + std::max(length, kStep));
    ssize_t got = read(descriptor, text.data() + length, text.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) {
      // Whoever shares the descriptor has made it non-blocking.
      pollfd probe = {descriptor, POLLIN, 0};
      poll(&probe, 1, -1);
      continue;
    }
    if (got < 0) return base::ErrnoError("read", name);
    if (got == 0) break;
    length += static_cast<size_t>(got);
    if (length > kMostBytes) return TooLarge(name);
  }
  text.resize(length);
  return text;
}

static bool HasNul(const std::string& path) { return path.find('\0') != std::string::npos; }

base::Result<std::string> Read(const std::string& path) {
  std::string shown = path.empty() ? "\"\"" : path;
  if (HasNul(path)) return base::Error{"open", ENOENT, shown};
  fd::OwnedFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return base::ErrnoError("open", shown);
  return ReadAll(file.get(), path);
}

base::Result<std::string> RealPath(const std::string& path) {
  if (HasNul(path)) return base::Error{"open", ENOENT, path};
  base::Result<std::string> found = file_system::RealPath(path);
  // A user asked for the file to be opened.
  if (!found.ok()) return base::Error{"open", found.error().code, path};
  return found;
}

}  // namespace node::script_file
// Layer 2 system: the kernel, but no engine
// signals.h: Ctrl-C, SIGTERM, closed pipes, signals that scripts hear
#line 1 "src/signals.h"
// Signals: a closed pipe never kills; Ctrl-C and SIGTERM end the process; others, and these, can be heard.


namespace node::signals {

// SIGPIPE no longer kills: writing to a closed pipe is an error like others.
void IgnoreBrokenPipes();

// SIGINT and SIGTERM, unless they were ignored when we were started, end the process with 130 and 143 (also
// as PID 1 of a container, where the kernel's default would ignore them):
// `drain` writes out what is queued. While the loop waits that happens at once;
// while it is busy, when the turn ends, or after a tenth of a second.
void Install(void (*drain)());

// From now on `tell` is called with the exit code, at the end of a turn, before such an end; it may end the process
// itself. A busy loop has a second then. A second signal ends the process at once.
void TellBeforeEnd(void (*tell)(int code));

// At the end of a turn: ends the process if a signal has asked for it.
void EndIfAsked();

// --- Signals that are heard: they do not do what they do otherwise ---

// Who hears, in a turn of the loop, between two callbacks; once, before the first Hear(). Signals of one number that
// come before are one, as with the kernel (signal(7)). Does not keep the loop alive.
void SetListener(void (*tell)(int signal_number));
// From now on that signal is heard, one below 32 that can be caught and has no other use here. Harmless when it is.
void Hear(int signal_number);
// From now on it is not. What has come by then still is. Harmless when it is not heard.
void Unhear(int signal_number);
// The process ends: nobody is told any more, and SIGINT, SIGTERM and SIGQUIT, by which users cut the end short, are not
// heard. The others do nothing: they were never meant to end it.
void EndHearing();
// Whether one that has come is to be told.
bool HeardDue();
// What the signal does where it is not heard, to this process, now; and not heard is it from then on.
void DoDefault(int signal_number);

}  // namespace node::signals
// Layer 2 system: the kernel, but no engine
// signals.cc: Ctrl-C, SIGTERM, closed pipes, signals that scripts hear
#line 1 "src/signals.cc"


#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <utility>





namespace node::signals {

static void (*drain_output)() = nullptr;
static void (*tell_before_end)(int code) = nullptr;
static loop::Notifier waker;
static volatile sig_atomic_t asked_code = 0;

static constexpr int kSignals = 32;  // those above are real-time signals
static void (*tell_heard)(int signal_number) = nullptr;
static bool ending = false;  // EndHearing() was called
static bool heard[kSignals];
static struct sigaction unheard[kSignals];  // what each that is heard did before
static std::atomic<bool> came[kSignals];    // and is to be told
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets them");

static void OnGraceOver(int) { _exit(asked_code); }

// The script computes on: what it has printed is written before the end, unless nobody reads it.
static void OnTurnOver(int) {
  signal(SIGALRM, OnGraceOver);
  itimerval grace = {};
  grace.it_value.tv_sec = 1;
  setitimer(ITIMER_REAL, &grace, nullptr);
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  sigprocmask(SIG_UNBLOCK, &alarm, nullptr);
  drain_output();
  _exit(asked_code);
}

static void EndAfter(int milliseconds, void (*end)(int)) {
  signal(SIGALRM, end);
  itimerval grace = {};
  grace.it_value.tv_sec = milliseconds / 1000;
  grace.it_value.tv_usec = milliseconds % 1000 * 1000;
  setitimer(ITIMER_REAL, &grace, nullptr);
}

static void OnTerminate(int signal_number) {
  bool second = asked_code != 0;
  asked_code = 128 + signal_number;
  if (second) _exit(asked_code);
  if (tell_before_end != nullptr) {
    // What the script has to do cannot be done here.
    EndAfter(1000, OnTurnOver);
    return waker.Notify();
  }
  if (loop::IsWaiting()) {
    // The main thread is inside the kernel's wait: nothing else touches the output now. A reader that reads nothing
    // must not hold us up.
    EndAfter(1000, OnGraceOver);
    drain_output();
    _exit(asked_code);
  }
  // A busy script gets the rest of its turn, but not for ever.
  EndAfter(100, OnTurnOver);
}

void IgnoreBrokenPipes() { signal(SIGPIPE, SIG_IGN); }

// Whoever has started us with a signal ignored, as a shell does with the Ctrl-C of what it runs in the background,
// wants it to stay so.
static void Handle(int signal_number) {
  struct sigaction action = {};
  if (sigaction(signal_number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) return;
  action = {};
  action.sa_handler = OnTerminate;
  // Deferred in its own handler, a second Ctrl-C could not cut the first one's writing short.
  action.sa_flags = SA_NODEFER | SA_RESTART;
  sigaction(signal_number, &action, nullptr);
}

void Install(void (*drain)()) {
  drain_output = drain;
  Handle(SIGINT);
  Handle(SIGTERM);
}

static void TellHeard() {
  for (int number = 1; number < kSignals; ++number) {
    if (came[number].exchange(false)) tell_heard(number);
  }
}

static void EnsureWaker() {
  if (waker.descriptor() < 0) waker.Init(TellHeard);
}

void TellBeforeEnd(void (*tell)(int code)) {
  if (tell_before_end != nullptr) return;
  EnsureWaker();
  tell_before_end = tell;
}

void EndIfAsked() {
  if (asked_code == 0) return;
  if (tell_before_end != nullptr) {
    // From here on it may take its time; a second signal cuts it short.
    signal(SIGALRM, SIG_IGN);
    tell_before_end(asked_code);
  }
  drain_output();
  _exit(asked_code);
}

// --- Signals that are heard ---

static void OnHeard(int signal_number) {
  const int error = errno;
  came[signal_number].store(true);
  waker.Notify();
  errno = error;
}

void SetListener(void (*tell)(int signal_number)) {
  CHECK(tell_heard == nullptr);
  EnsureWaker();
  tell_heard = tell;
}

static bool IsOfTheEnd(int signal_number) {
  return signal_number == SIGINT || signal_number == SIGTERM || signal_number == SIGQUIT;
}

void Hear(int signal_number) {
  CHECK(tell_heard != nullptr && signal_number > 0 && signal_number < kSignals);
  if (ending && IsOfTheEnd(signal_number)) return;
  if (std::exchange(heard[signal_number], true)) return;
  // A child runs in our memory until it executes its program.
  spawn::ResetInChildren(signal_number);
  struct sigaction action = {};
  action.sa_handler = OnHeard;
  action.sa_flags = SA_RESTART;
  CHECK(sigaction(signal_number, &action, &unheard[signal_number]) == 0);
}

void Unhear(int signal_number) {
  if (!std::exchange(heard[signal_number], false)) return;
  CHECK(sigaction(signal_number, &unheard[signal_number], nullptr) == 0);
}

void EndHearing() {
  ending = true;
  for (int number = 1; number < kSignals; ++number) {
    if (IsOfTheEnd(number)) Unhear(number);
  }
}

bool HeardDue() {
  for (const std::atomic<bool>& each : came) {
    if (each.load(std::memory_order_relaxed)) return true;
  }
  return false;
}

void DoDefault(int signal_number) {
  Unhear(signal_number);
  raise(signal_number);
}

}  // namespace node::signals
// Layer 2 system: the kernel, but no engine
// http_connection.h: HTTP servers: records, deadlines, accepting
#line 1 "src/http_connection.h"
// HTTP/1.1 server connections: accepts, reads, keeps requests and answers in
// order, enforces limits and deadlines, and closes without losing an answer.
//
// Knows no engine: a Handler hears of requests and calls Respond, Write and
// Finish with the request's name. Requests are named by (connection id,
// exchange number); a stale name is refused, never followed.


#include <cstdint>
#include <optional>
#include <string_view>







namespace node::http_connection {

using Id = slots::Id;

// Wraps at 2^30: a small integer in JavaScript too.
using ExchangeNumber = uint32_t;

struct Settings {
  http_parser::Limits limits;
  // Seconds, coarse to one; 0: any number. A head from its first byte on; between two pieces of a body; idle between
  // requests; no progress in writing; and discarding what a refused client still sends.
  uint32_t head_timeout = 20;
  uint32_t body_timeout = 30;
  uint32_t idle_timeout = 60;
  uint32_t write_timeout = 30;
  uint32_t linger_timeout = 2;
  // Requests of one connection that wait for their answers; at this many reading pauses.
  uint32_t pipeline_depth = 16;
  // Bytes queued for a client that reads slowly; above this reading its requests pauses.
  size_t output_pause = 1024 * 1024;
  // Above this, with a client that has not read since an earlier turn, the connection is closed: the handler ignores
  // what Write() says.
  size_t output_limit = 64 * 1024 * 1024;
  // Connections of one server; at this many accepting pauses.
  uint32_t connections = 1000000;
  // Requests of one connection, the last of which is answered with "Connection: close"; 0: any number.
  uint32_t requests = 0;
  // Bytes of one body; more is a 413 and the end. 0: any number.
  uint64_t body_bytes = 0;
  // Bytes that one OnBody has at most, see SetPiece().
  uint32_t piece = UINT32_MAX;
  // Whether an HTTP/1.1 request without Host gets a 400 (RFC 9112, 3.2), as the standard has it. Programs of this API
  // send none and want their answer.
  bool require_host = false;
  // Whether Upgrade and CONNECT go to OnUpgrade. Otherwise an Upgrade is an ordinary request, and CONNECT gets a 501.
  bool offer_upgrade = false;
  // Whether OnAccept is called.
  bool announce = false;
};

class Server;

// What a server tells its owner, always from the loop or from Flush(), never
// from inside a call of the owner's. Every call may call back into this module,
// close the server, or end the process.
class Handler {
 public:
  virtual ~Handler() = default;
  // A client has connected; only with Settings::announce.
  virtual void OnAccept(Server* server, Id id) = 0;
  // A request to leave HTTP: the connection is the owner's from now on, and `id` names nothing any more when the call
  // is over. `rest` has come behind the head. Only where no answer is owed and no body follows.
  virtual void OnUpgrade(Server* server, Id id, fd::OwnedFd connection, std::string_view bytes,
                         const http_parser::RequestHead& head, std::string_view rest) = 0;
  // The head is complete. `head.fields` are offsets into `bytes`; both last for the call. With `body_follows`, OnBody
  // and then either OnRequestComplete or OnGone come later, also when the answer is finished before; without it the
  // request is complete already.
  virtual void OnRequest(Server* server, Id id, ExchangeNumber exchange, std::string_view bytes,
                         const http_parser::RequestHead& head, bool body_follows) = 0;
  virtual void OnBody(Id id, ExchangeNumber exchange, std::string_view data) = 0;
  virtual void OnRequestComplete(Id id, ExchangeNumber exchange) = 0;
  // Requests `first` to `last` will not be answered, get the rest of their body or hear OnSent: the client has gone, or
  // an answer before theirs ends the connection.
  virtual void OnGone(Id id, ExchangeNumber first, ExchangeNumber last) = 0;
  // The kernel has taken all of a finished answer; after AwaitSent(), unless OnGone comes.
  virtual void OnSent(Id id, ExchangeNumber exchange) = 0;
  // The kernel has taken all of an unfinished answer after a Reply had said to hold back.
  virtual void OnDrain(Id id, ExchangeNumber exchange) = 0;
  // The client of a connection that was given to Watch() has shut its half, or both: what it is owed may still go out.
  virtual void OnEof(Id id) = 0;
  // A connection that was given to Watch() has closed; `failed`: by an error of the socket, a deadline in the middle of
  // something, or a limit.
  virtual void OnClosed(Id id, bool failed) = 0;
  // The server was closed, and the last of its connections has ended. Once for each Close().
  virtual void OnDrained(Server*) {}
};

// A listening socket and its connections. Owned by the caller; it may go only
// when closed and without connections (see over()).
class Server {
 public:
  Server(Handler* handler, const Settings& settings);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Takes over a listening, non-blocking socket.
  void Listen(fd::OwnedFd listener);
  // Takes over a connected, non-blocking socket, as if it had been accepted. Without a place left (2^20 connections of
  // all servers) it is closed.
  std::optional<Id> Adopt(fd::OwnedFd connection);
  // Stops accepting, closes idle connections; busy ones end after the answers they owe, and so do those whose request
  // the kernel has by now, also where it has the whole connection. Then OnDrained. Harmless when closed.
  void Close();

  bool listening() const;
  uint32_t connection_count() const;
  // Whether it is closed, without connections, and OnDrained has been called: it may listen again.
  bool over() const;
  // May be changed at any time; holds for what comes.
  Settings* settings();

  // Of no interest outside.
  struct State;

 private:
  friend struct Access;
  State* state_;
};

// What became of a call about a request.
enum class Status : uint8_t {
  kOk,
  kGone,       // no such request any more: the client has gone, or it is finished
  kHeadTwice,  // Respond after a head
  kNoHead,     // Write or Finish before the head
  kTooLong,    // more body than the declared Content-Length: the connection closes after what it has
  kTooShort,   // finished with less than declared: the same
  kBadHead,    // see `fault`
};

struct Reply {
  Status status = Status::kOk;
  http_writer::Fault fault = http_writer::Fault::kNone;
  uint32_t pair = 0;    // the field at fault
  bool drained = true;  // false: the kernel has not taken all, hold back
};

// The head of an answer. Of `head` only status, pairs and pair_count are read. With `finish`, `body` is all of the
// body; else it is its first piece and may be empty.
Reply Respond(Id id, ExchangeNumber exchange, const http_writer::ResponseHead& head, std::string_view body,
              bool finish);
// A further piece of the body.
Reply Write(Id id, ExchangeNumber exchange, std::string_view body);
// The end of the answer.
Reply Finish(Id id, ExchangeNumber exchange);
// Which of OnBody and OnRequestComplete the handler wants of a request; both, until told otherwise. What it does not
// want is thrown away. False when they have all come.
bool Attend(Id id, ExchangeNumber exchange, bool body, bool complete);
// See Settings::piece: for the request's body from now on. `piece`: not 0.
void SetPiece(Id id, ExchangeNumber exchange, uint32_t piece);
// Holds back what is still to come of a request's body, its end included, or goes on. Meanwhile the socket is not read,
// and until the answer is finished no deadline runs: a client that vanishes is looked for. Harmless when all has come.
void SetReading(Id id, ExchangeNumber exchange, bool reading);

// Whether the request's answer is unfinished and can still reach the client.
bool OwesAnswer(Id id, ExchangeNumber exchange);
// Lets the handler hear OnSent of an unfinished answer; false when there is none to wait for. One that is broken off
// for its length is never sent.
bool AwaitSent(Id id, ExchangeNumber exchange);
// Whether chunks may be taken for an answer whose length is not known; true until told otherwise, before Respond().
void SetMayChunk(Id id, ExchangeNumber exchange, bool may);

struct AnswerState {
  bool closes;   // the connection ends behind it, as far as is known, or has ended
  bool chunked;  // it is under way in chunks
};
// What is known of an answer by now; of one that is gone, too.
AnswerState GetAnswerState(Id id, ExchangeNumber exchange);

// Takes no further request of the connection, which closes when the answers owed are out.
void Close(Id id);
// Closes the connection at once; what is queued is dropped.
void Abort(Id id);

// Lets the handler hear OnClosed when the connection closes. Harmless for one that has.
void Watch(Id id);

// Whether that request has come on the connection that has the name now, and not on an earlier one of the same name.
bool IsOf(Id id, ExchangeNumber exchange);

// Whether the client has shut its half, as far as that has been read, or the connection has ended.
bool PeerClosed(Id id);

// The descriptor of a live connection, to ask for its addresses; -1 when it is gone.
int Descriptor(Id id);

// Takes the requests that have arrived since the last call, sends what has been queued, goes on with requests that were
// held back, and tells the handlers what has become of theirs. Must come before the loop waits.
void Flush();
// Whether Flush() has something to do.
bool FlushDue();
// For the end of the process: sends what has been queued as far as the kernel takes it, and calls nobody.
void SendBeforeExit();

}  // namespace node::http_connection
// Layer 2 system: the kernel, but no engine
// http_connection_state.h: HTTP servers: records, deadlines, accepting
#line 1 "src/http_connection_state.h"
// The records behind http_connection and what its parts offer one another; of no interest outside.


#include <deque>
#include <memory>
#include <string>
#include <vector>





namespace node::http_connection {

inline constexpr ExchangeNumber kExchangeMask = (1u << 30) - 1;

// One request and its answer. It stays until both are at their end.
struct Exchange {
  ExchangeNumber number = 0;
  uint8_t minor_version = 1;
  bool keep_alive = true;
  bool is_head = false;
  bool request_complete = false;
  bool head_written = false;
  bool finished = false;
  bool paused = false;  // the rest of the body is held back
  bool wants_body = true;
  bool wants_complete = true;
  bool wants_drain = false;  // the handler was told to hold back
  bool wants_sent = false;   // and is to hear when all is with the kernel
  bool may_chunk = true;
  uint32_t piece = 0;  // of the body: see Settings
  http_writer::ResponsePlan plan;
  uint64_t body_written = 0;
  std::string waiting;  // output that must wait for the answers before it
};

// What a connection needs only while something happens on it. Freed, or kept
// for the next connection, as soon as it is idle.
struct Work {
  std::deque<Exchange> exchanges;                      // in the order of the requests; the front is being sent
  std::string input;                                   // the part of a head that has come, or requests that must wait
  size_t used = 0;                                     // of `input`
  std::unique_ptr<http_parser::RequestParser> parser;  // in the middle of the head in `input`
  http_parser::BodyParser body;
  uint64_t body_bytes = 0;  // of the body so far
  // kEnd or kRefused: what the body has come to while it was paused.
  http_parser::BodyParser::Kind body_outcome = http_parser::BodyParser::Kind::kMore;
  std::string output;
  size_t sent = 0;                     // of `output`
  size_t waiting = 0;                  // bytes in all of Exchange::waiting
  std::vector<ExchangeNumber> unsent;  // answers that have left `exchanges` and wait for OnSent
  uint16_t refusal_status = 0;
  const char* refusal_reason = "";
};

enum class Phase : uint8_t {
  kHead,     // between requests, or inside a head
  kBody,     // inside the body of the newest exchange
  kRefused,  // nothing is read any more; the refusal waits for the answers owed before it
  kLinger,   // our half is closed; what still comes is dropped so that the client sees the answer
};

struct Connection : loop::Io, timer_wheel::Entry {
  Server* server = nullptr;
  // Its neighbours among the connections of the server.
  Connection* next_of_server = nullptr;
  Connection* previous_of_server = nullptr;
  Work* work = nullptr;  // nullptr while idle
  Id id = 0;
  ExchangeNumber next_exchange = 0;  // goes on from one connection to the next: a stale name never fits
  Phase phase = Phase::kHead;
  bool open = false;
  bool busy = false;         // inside Process(): the record must not go yet
  bool doomed = false;       // to be closed when Process() is done
  bool dirty = false;        // Flush() has to send
  bool peer_closed = false;  // the client has shut its half
  bool half_closed = false;  // we have shut ours
  bool close_after = false;  // no further request will be answered
  bool stalled = false;      // the kernel takes no more output: the deadline is that of writing
  bool overdue = false;      // and has not since an earlier turn: more output than the limit is too much
  bool watched = false;
  bool client_closes = false;         // its last request said so: nothing will follow
  bool detached = false;              // the descriptor is somebody else's now
  bool failed = false;                // closes by an error
  ExchangeNumber first_exchange = 0;  // of this connection, among those of the record
};

struct Server::State {
  Handler* handler;
  Settings settings;
  struct Listener : loop::Io {
    Server* server = nullptr;
  } listener;
  fd::OwnedFd listener_fd;
  bool closing = false;
  bool draining = false;          // OnDrained is to come
  bool drain_noted = false;       // with the next Flush()
  std::vector<fd::OwnedFd> late;  // what the kernel had accepted when it was closed; is taken then, too
  bool burst = true;              // the last time more than one client waited to be accepted
  // Given up for a moment when descriptors run out: the queue stays readable, and accepting at once would spin.
  loop::Timer retry;
  uint32_t connections = 0;
  Connection* newest = nullptr;  // the first of its connections
};

// The state behind a server, for the parts of this module.
struct Access {
  static Server::State* State(Server* server) { return server->state_; }
};

inline Server::State* StateOf(const Connection* connection) { return Access::State(connection->server); }

// --- http_connection.cc: records, deadlines, servers ---

// The live connection of that name, or nullptr.
Connection* Find(Id id);
// The connection's working memory, which it gets when it has none.
Work* EnsureWork(Connection* connection);
// A connection that owes nothing and holds nothing gives its working memory back.
void ReleaseIfIdle(Connection* connection);
// (Re)arms the connection's one deadline, which never comes early. 0: there is none.
void SetDeadline(Connection* connection, uint32_t seconds);
// The same for reading; while output is stalled, the deadline of writing stands.
void SetReadDeadline(Connection* connection, uint32_t seconds);
// Closes the descriptor and gives the record back; inside Process(), when that is done.
void CloseNow(Connection* connection);
// Closes it so as an error does.
void Fail(Connection* connection);
// Tells the handler of OnGone with the next Flush().
void NoteGone(Connection* connection, ExchangeNumber first, ExchangeNumber last);
// The same of OnDrain and OnSent.
void NoteDrain(Connection* connection, ExchangeNumber exchange);
void NoteSent(Connection* connection, ExchangeNumber exchange);
// The same of OnEof, when the connection is watched.
void NoteEof(Connection* connection);

// Delivers what has been noted. NotesDue: whether there is anything.
void DeliverNotes();
bool NotesDue();
// Tells of the servers that have drained. DrainedDue: whether there are any.
void TellDrained();
bool DrainedDue();
// Takes what the kernel had for servers that were closed. HasLate: whether there is anything.
void TakeLate();
bool HasLate();

// --- http_connection_output.cc ---

// The time as the Date field has it.
std::string_view DateNow();
// Bytes that the kernel has not taken yet, of the answer whose turn it is.
size_t Queued(const Connection* connection);
// The request of that name whose body or answer is not at its end, or nullptr.
Exchange* Lookup(Connection* connection, ExchangeNumber number);
// Whether an answer still waits to hear that all is out, and it is; asked once.
bool TakeDrain(Id id, ExchangeNumber number);
// Whether another request may be taken now: few enough are in flight, and the client reads its answers.
bool MayTakeRequest(const Connection* connection);
// Whether so much output waits that nothing is read.
bool PausedByOutput(const Connection* connection);
// Has Flush() send and go on with the connection.
void MarkDirty(Connection* connection);
// What the loop is to wait for.
void UpdateInterest(Connection* connection);
// Sends for all that are marked so, and goes on with them.
void SendAll();
// Sends what is queued. False when the connection has closed over it, or will.
bool Send(Connection* connection);
// After output has gone or a phase has changed: what happens next?
void Advance(Connection* connection);
// Lets answers go whose turn has come.
void PopFinished(Connection* connection);
// "100 Continue", in its turn.
void WriteContinue(Connection* connection, Exchange* exchange);
// No request is read any more; `status` (0: none) and `reason` are answered behind what is owed.
void Refuse(Connection* connection, uint16_t status, const char* reason);

// --- http_connection_input.cc ---

// Takes requests and bodies from `bytes`. `held`: the string that they are the end of, or nullptr when they lie in the
// shared read buffer; what must wait is kept. Sends. False when the connection has closed; else Advance() is to follow.
bool Process(Connection* connection, std::string_view bytes, std::string* held);
// Whether the rest of the newest request's body is held back.
bool BodyPaused(const Connection* connection);
// Whether it may be so for ever: the answer is still to come.
bool BodyMayWait(const Connection* connection);
// The deadline of a paused body: closes the connection when its client has vanished.
void ProbePaused(Connection* connection);
// Seconds between two such looks.
inline constexpr uint32_t kProbeSeconds = 2;
// The callback of a connection's descriptor.
void OnIo(loop::Io* io, int events);
// Reads what has come; what is not much is taken with the next Flush().
void OnReadable(Connection* connection);

// Whether the client has sent something that is not taken yet.
bool HasInput(const Connection* connection);
// Takes what was read. HasArrived: whether there is anything.
void TakeArrived();
bool HasArrived();

}  // namespace node::http_connection
// Layer 2 system: the kernel, but no engine
// http_connection.cc: HTTP servers: records, deadlines, accepting
#line 1 "src/http_connection.cc"


#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>






// The life of a connection:
//
//   accept --> kHead --head complete--> kBody --last byte--> kHead ...
//                |  (no body: stays)      |
//                +--- not HTTP -----------+--> kRefused --owed answers and refusal sent--> kLinger --> closed
//                |
//                +--- the last answer is out and says close --> kLinger --> closed
//                |
//                +--- client or handler ends it, or a deadline passes --> closed
namespace node::http_connection {

// What a handler is told with the next Flush().
struct Note {
  enum class Kind : uint8_t { kGone, kDrain, kSent, kEof, kClosed, kFailed };
  Server* server;
  Id id;
  ExchangeNumber first;
  ExchangeNumber last;
  Kind kind;
};

static slots::Table<Connection> connections;
static std::vector<std::unique_ptr<Work>> free_work;
static std::vector<Server*> servers;
static std::vector<Note> notes;
static std::vector<Server*> late_servers;  // that have State::late
static std::vector<Server*> drained;       // to be told, behind all notes

static void OnDeadline(timer_wheel::Entry* entry);

static deadlines::Deadlines& Deadlines() {
  static deadlines::Deadlines all(OnDeadline, Flush);
  return all;
}

// --- Records ---

Connection* Find(Id id) { return connections.Find(id); }

Work* EnsureWork(Connection* connection) {
  if (connection->work == nullptr) {
    if (free_work.empty()) free_work.push_back(std::make_unique<Work>());
    connection->work = free_work.back().release();
    free_work.pop_back();
  }
  return connection->work;
}

static void ReleaseWork(Connection* connection) {
  static constexpr size_t kKept = 256;
  static constexpr size_t kKeptBytes = 4096;
  std::unique_ptr<Work> work(connection->work);
  connection->work = nullptr;
  if (work == nullptr || free_work.size() >= kKept) return;
  work->exchanges.clear();
  work->unsent.clear();
  work->parser.reset();
  work->used = work->sent = work->waiting = 0;
  work->refusal_status = 0;
  for (std::string* buffer : {&work->input, &work->output}) {
    buffer->clear();
    if (buffer->capacity() > kKeptBytes) buffer->shrink_to_fit();
  }
  free_work.push_back(std::move(work));
}

void ReleaseIfIdle(Connection* connection) {
  Work* work = connection->work;
  if (work == nullptr || connection->phase != Phase::kHead) return;
  if (work->exchanges.empty() && work->input.empty() && work->output.empty()) ReleaseWork(connection);
}

void NoteGone(Connection* connection, ExchangeNumber first, ExchangeNumber last) {
  notes.push_back({connection->server, connection->id, first, last, Note::Kind::kGone});
}

void NoteDrain(Connection* connection, ExchangeNumber exchange) {
  notes.push_back({connection->server, connection->id, exchange, exchange, Note::Kind::kDrain});
}

void NoteSent(Connection* connection, ExchangeNumber exchange) {
  notes.push_back({connection->server, connection->id, exchange, exchange, Note::Kind::kSent});
}

// Where the exchanges of new records begin: behind those of all that were freed.
static ExchangeNumber first_number = 0;

static void TrimLater() {
  if (!connections.Crowded()) return;
  static auto* trimmer = new trimmer::Trimmer([] {
    connections.Trim([](const Connection& gone) { first_number = std::max(first_number, gone.next_exchange); });
    free_work.clear();
  });
  trimmer->Later();
}

static void EnterList(Connection* connection) {
  Server::State* state = StateOf(connection);
  ++state->connections;
  connection->previous_of_server = nullptr;
  connection->next_of_server = state->newest;
  if (state->newest != nullptr) state->newest->previous_of_server = connection;
  state->newest = connection;
}

static void TellIfDrained(Server* server) {
  Server::State* state = Access::State(server);
  if (!state->draining || state->drain_noted || state->connections > 0 || !state->late.empty()) return;
  state->drain_noted = true;
  drained.push_back(server);
}

static void LeaveList(Connection* connection) {
  Server::State* state = StateOf(connection);
  --state->connections;
  Connection* next = connection->next_of_server;
  Connection* previous = connection->previous_of_server;
  if (next != nullptr) next->previous_of_server = previous;
  (previous != nullptr ? previous->next_of_server : state->newest) = next;
}

void CloseNow(Connection* connection) {
  if (!connection->open) return;
  connection->doomed = true;
  if (connection->busy) return;
  int descriptor = connection->descriptor();
  connection->Want(0);
  Deadlines().Remove(connection);
  if (!connection->detached) close(descriptor);
  if (connection->work != nullptr) {
    const std::deque<Exchange>& owed = connection->work->exchanges;
    const std::vector<ExchangeNumber>& unsent = connection->work->unsent;
    // In one: of what lies between, all has been heard.
    if (!owed.empty() || !unsent.empty()) {
      NoteGone(connection, unsent.empty() ? owed.front().number : unsent.front(),
               owed.empty() ? unsent.back() : owed.back().number);
    }
    ReleaseWork(connection);
  }
  Note::Kind kind = connection->failed ? Note::Kind::kFailed : Note::Kind::kClosed;
  if (connection->watched) notes.push_back({connection->server, connection->id, 0, 0, kind});
  LeaveList(connection);
  connections.GiveBack(connection);
  TrimLater();
  Server::State* state = StateOf(connection);
  TellIfDrained(connection->server);
  if (state->listener_fd.valid() && state->listener.wanted() == 0 && !state->retry.started()) {
    state->listener.Want(loop::kRead);
  }
}

void NoteEof(Connection* connection) {
  if (connection->watched) notes.push_back({connection->server, connection->id, 0, 0, Note::Kind::kEof});
}

void Fail(Connection* connection) {
  connection->failed = true;
  CloseNow(connection);
}

void DeliverNotes() {
  // Hearing of one may make more.
  for (size_t i = 0; i < notes.size(); ++i) {
    Note note = notes[i];
    Handler* handler = Access::State(note.server)->handler;
    switch (note.kind) {
      case Note::Kind::kGone:
        handler->OnGone(note.id, note.first, note.last);
        break;
      case Note::Kind::kDrain:
        // It may have been finished, or more may have been queued since.
        if (TakeDrain(note.id, note.first)) handler->OnDrain(note.id, note.first);
        break;
      case Note::Kind::kSent:
        handler->OnSent(note.id, note.first);
        break;
      case Note::Kind::kEof:
        handler->OnEof(note.id);
        break;
      case Note::Kind::kClosed:
      case Note::Kind::kFailed:
        handler->OnClosed(note.id, note.kind == Note::Kind::kFailed);
        break;
    }
  }
  notes.clear();
}

bool NotesDue() { return !notes.empty(); }

void TellDrained() {
  // One pass: a handler that listens and closes again must not keep others from their turn.
  for (size_t count = drained.size(); count > 0 && !drained.empty(); --count) {
    Server* server = drained.front();
    drained.erase(drained.begin());
    Server::State* state = Access::State(server);
    state->draining = state->drain_noted = false;
    state->handler->OnDrained(server);
  }
}

bool DrainedDue() { return !drained.empty(); }

void Close(Id id) {
  Connection* connection = Find(id);
  if (connection == nullptr || connection->doomed) return;
  connection->close_after = true;
  Work* work = connection->work;
  // What waits behind a paused body is its rest.
  if (work != nullptr && connection->phase != Phase::kBody) {
    work->input.clear();
    work->used = 0;
    work->parser.reset();
  }
  MarkDirty(connection);
}

void Abort(Id id) {
  Connection* connection = Find(id);
  if (connection != nullptr) CloseNow(connection);
}

void Watch(Id id) {
  Connection* connection = Find(id);
  if (connection != nullptr) connection->watched = true;
}

bool IsOf(Id id, ExchangeNumber exchange) {
  Connection* connection = Find(id);
  if (connection == nullptr) return false;
  ExchangeNumber first = connection->first_exchange;
  return ((exchange - first) & kExchangeMask) < ((connection->next_exchange - first) & kExchangeMask);
}

bool PeerClosed(Id id) {
  Connection* connection = Find(id);
  return connection == nullptr || connection->peer_closed;
}

int Descriptor(Id id) {
  Connection* connection = Find(id);
  return connection == nullptr ? -1 : connection->descriptor();
}

// --- Deadlines ---

static void OnDeadline(timer_wheel::Entry* entry) {
  Connection* connection = static_cast<Connection*>(entry);
  Work* work = connection->work;
  // Something was queued in this very turn: what comes next is decided when it has been sent.
  if (connection->dirty) return SetDeadline(connection, 1);
  // The client reads nothing.
  if (Queued(connection) > 0) return Fail(connection);
  bool owes = work != nullptr && !work->exchanges.empty();
  switch (connection->phase) {
    case Phase::kHead:
      if (work != nullptr && work->parser != nullptr) {
        Refuse(connection, 408, "the request head took too long");
        if (Send(connection)) Advance(connection);
        return;
      }
      // A handler that takes its time is no fault of the client's.
      if (owes) return;
      break;
    case Phase::kBody:
      // Nor is a body that we do not read for now. But when all is answered, nobody's work is waited for.
      if (BodyMayWait(connection)) return ProbePaused(connection);
      if (PausedByOutput(connection)) return SetDeadline(connection, StateOf(connection)->settings.body_timeout);
      return Fail(connection);
    case Phase::kRefused:
      if (owes) return;
      break;
    case Phase::kLinger:
      break;
  }
  CloseNow(connection);
}

void SetDeadline(Connection* connection, uint32_t seconds) {
  if (seconds == 0) return Deadlines().Remove(connection);
  Deadlines().Set(connection, seconds);
}

void SetReadDeadline(Connection* connection, uint32_t seconds) {
  if (!connection->stalled) SetDeadline(connection, seconds);
}

// --- Servers ---

static void OnAccept(loop::Io* io, int) {
  auto* listener = static_cast<Server::State::Listener*>(io);
  Server* server = listener->server;
  Server::State* state = Access::State(server);
  // A burst is taken in one turn, but never so long that others starve.
  for (int taken = 0; taken < 64 && state->listener_fd.valid(); ++taken) {
    if (state->connections >= state->settings.connections) {
      listener->Want(0);
      break;
    }
    fd::OwnedFd accepted = stream::Accept(state->listener_fd.get());
    if (!accepted.valid() && taken <= 1) state->burst = false;
    if (!accepted.valid()) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        listener->Want(0);
        state->retry.Start(100);
      }
      break;
    }
    std::optional<Id> id = server->Adopt(std::move(accepted));
    if (id && state->settings.announce) state->handler->OnAccept(server, *id);
    // The request is there already (TCP_DEFER_ACCEPT): one that is answered at once never enters epoll.
    Connection* connection = id ? Find(*id) : nullptr;
    if (connection != nullptr) OnReadable(connection);
    // Where one came alone the next one will: asking for it would be a system call for nothing.
    if (taken == 0 && !state->burst) {
      state->burst = true;
      break;
    }
  }
  if (loop::TurnIsLong()) Flush();
}

Server::Server(Handler* handler, const Settings& settings) : state_(new State{}) {
  state_->handler = handler;
  state_->settings = settings;
  state_->listener.server = this;
  state_->retry.Init(
      [](loop::Timer*) {
        for (Server* server : servers) {
          State* state = Access::State(server);
          if (state->listener_fd.valid()) state->listener.Want(loop::kRead);
        }
      },
      /*keeps_alive=*/true);
  servers.push_back(this);
}

Server::~Server() {
  CHECK(state_->connections == 0 && !state_->listener_fd.valid());
  std::erase(servers, this);
  std::erase(late_servers, this);
  std::erase(drained, this);
  std::erase_if(notes, [this](const Note& note) { return note.server == this; });
  delete state_;
}

void Server::Listen(fd::OwnedFd listener) {
  CHECK(!state_->listener_fd.valid() && !state_->draining);
  state_->listener_fd = std::move(listener);
  state_->closing = false;
  state_->listener.Init(state_->listener_fd.get(), OnAccept);
  state_->listener.Want(loop::kRead);
}

std::optional<Id> Server::Adopt(fd::OwnedFd descriptor) {
  Connection* connection = connections.Take();
  if (connection == nullptr) return std::nullopt;
  connection->server = this;
  connection->phase = Phase::kHead;
  connection->doomed = connection->dirty = connection->busy = connection->watched = false;
  connection->peer_closed = connection->half_closed = connection->close_after = connection->stalled = false;
  connection->overdue = connection->detached = connection->client_closes = connection->failed = false;
  if (connection->next_exchange == 0) connection->next_exchange = first_number;
  connection->first_exchange = connection->next_exchange;
  connection->Init(descriptor.Release(), OnIo);
  connection->Want(loop::kRead);
  EnterList(connection);
  SetDeadline(connection, state_->settings.head_timeout);
  return connection->id;
}

// Whether no request is under way or has come.
static bool IsIdle(const Connection* connection) {
  return connection->work == nullptr && !connection->busy && connection->phase == Phase::kHead && !HasInput(connection);
}

// The kernel would reset them. They are taken with the next Flush(), since nothing is told from inside a call.
static void AcceptLast(Server* server) {
  // The kernel's queue is hardly longer (net.core.somaxconn), and clients may come faster than they are taken.
  static constexpr size_t kMost = 4096;
  Server::State* state = Access::State(server);
  while (state->late.size() < kMost && state->connections + state->late.size() < state->settings.connections) {
    fd::OwnedFd accepted = stream::Accept(state->listener_fd.get());
    if (accepted.valid()) {
      state->late.push_back(std::move(accepted));
    } else if (errno != ECONNABORTED && errno != EINTR) {
      break;
    }
  }
  if (!state->late.empty()) late_servers.push_back(server);
}

void TakeLate() {
  while (!late_servers.empty()) {
    Server* server = late_servers.back();
    late_servers.pop_back();
    Server::State* state = Access::State(server);
    for (fd::OwnedFd& accepted : state->late) {
      std::optional<Id> id = server->Adopt(std::move(accepted));
      if (id && state->settings.announce) state->handler->OnAccept(server, *id);
      Connection* connection = id ? Find(*id) : nullptr;
      if (connection != nullptr) OnReadable(connection);
      connection = id ? Find(*id) : nullptr;
      if (connection != nullptr && IsIdle(connection)) CloseNow(connection);
    }
    state->late.clear();
    TellIfDrained(server);
  }
}

bool HasLate() { return !late_servers.empty(); }

void Server::Close() {
  if (!state_->closing) state_->draining = true;
  state_->closing = true;
  if (state_->listener_fd.valid()) {
    AcceptLast(this);
    state_->listener.Want(0);
    state_->retry.Stop();
    state_->listener_fd.Close();
  }
  for (Connection* connection = state_->newest; connection != nullptr;) {
    Connection* next = connection->next_of_server;
    if (IsIdle(connection)) CloseNow(connection);
    connection = next;
  }
  TellIfDrained(this);
}

bool Server::listening() const { return state_->listener_fd.valid(); }
uint32_t Server::connection_count() const { return state_->connections; }
bool Server::over() const { return !listening() && !state_->draining && state_->connections == 0; }
Settings* Server::settings() { return &state_->settings; }

}  // namespace node::http_connection
// Layer 2 system: the kernel, but no engine
// http_connection_output.cc: answers: their order, sending, what follows them
#line 1 "src/http_connection_output.cc"
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include <cerrno>
#include <vector>





// Answers: their order, their way to the kernel, and what follows them.
namespace node::http_connection {

static std::vector<Id> dirty;

std::string_view DateNow() {
  static time_t shown = -1;
  static char text[http_writer::kDateLength];
  timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec != shown) {
    shown = now.tv_sec;
    http_writer::FormatDate(shown, text);
  }
  return {text, sizeof text};
}

size_t Queued(const Connection* connection) {
  return connection->work == nullptr ? 0 : connection->work->output.size() - connection->work->sent;
}

// With what waits behind an unfinished answer.
static size_t HeldOutput(const Connection* connection) {
  return connection->work == nullptr ? 0 : Queued(connection) + connection->work->waiting;
}

bool PausedByOutput(const Connection* connection) {
  return HeldOutput(connection) > StateOf(connection)->settings.output_pause;
}

bool MayTakeRequest(const Connection* connection) {
  if (connection->work == nullptr) return true;
  return connection->work->exchanges.size() < StateOf(connection)->settings.pipeline_depth &&
         !PausedByOutput(connection);
}

void MarkDirty(Connection* connection) {
  if (connection->dirty) return;
  connection->dirty = true;
  dirty.push_back(connection->id);
}

static bool WantsInput(const Connection* connection) {
  if (connection->peer_closed || PausedByOutput(connection)) return false;
  switch (connection->phase) {
    case Phase::kHead: {
      if (connection->close_after) return false;
      bool inside_head = connection->work != nullptr && connection->work->parser != nullptr;
      return inside_head || MayTakeRequest(connection);
    }
    case Phase::kBody:
      return !BodyPaused(connection);
    case Phase::kLinger:
      return true;
    case Phase::kRefused:
      return false;
  }
  return false;
}

void UpdateInterest(Connection* connection) {
  connection->Want((WantsInput(connection) ? loop::kRead : 0) | (Queued(connection) > 0 ? loop::kWrite : 0));
}

static void ShutOurHalf(Connection* connection) {
  if (connection->half_closed) return;
  connection->half_closed = true;
  shutdown(connection->descriptor(), SHUT_WR);
}

static void StartLinger(Connection* connection) {
  // close() with unread input would send a reset that can overtake the answer.
  ShutOurHalf(connection);
  connection->phase = Phase::kLinger;
  SetDeadline(connection, StateOf(connection)->settings.linger_timeout);
  UpdateInterest(connection);
}

// Whether reading can go on where it was held back.
static bool MayTakeHeld(const Connection* connection) {
  const Work* work = connection->work;
  if (work == nullptr) return false;
  bool held = work->used < work->input.size();
  if (connection->phase == Phase::kBody) {
    bool due = held || work->body_outcome != http_parser::BodyParser::Kind::kMore;
    return due && !BodyPaused(connection) && !PausedByOutput(connection);
  }
  if (!held || work->parser != nullptr) return false;
  bool may = Queued(connection) == 0 && !connection->close_after && connection->phase == Phase::kHead;
  return may && MayTakeRequest(connection);
}

// The queue is empty: what was finished is with the kernel.
static void TellSent(Connection* connection) {
  Work* work = connection->work;
  for (ExchangeNumber number : work->unsent) NoteSent(connection, number);
  work->unsent.clear();
  if (work->exchanges.empty()) return;
  // Its request's body is still coming.
  Exchange& front = work->exchanges.front();
  if (front.finished && std::exchange(front.wants_sent, false)) NoteSent(connection, front.number);
}

void Advance(Connection* connection) {
  // One after the other, never one inside the other: a client may have sent thousands.
  while (MayTakeHeld(connection)) {
    std::string held = std::move(connection->work->input);
    size_t used = std::exchange(connection->work->used, 0);
    connection->work->input.clear();
    if (!Process(connection, std::string_view(held).substr(used), &held)) return;
    connection->dirty = false;
    if (!Send(connection)) return;
  }
  Work* work = connection->work;
  if (BodyMayWait(connection)) SetReadDeadline(connection, kProbeSeconds);
  if (Queued(connection) > 0) return UpdateInterest(connection);
  if (work != nullptr) TellSent(connection);
  bool owes = work != nullptr && !work->exchanges.empty();
  if (owes && work->exchanges.front().wants_drain) NoteDrain(connection, work->exchanges.front().number);
  // The client may wait for the end of the connection to see the end of the answer, while we take the rest of its body.
  if (connection->close_after && owes && work->exchanges.front().finished) ShutOurHalf(connection);
  if (!owes && connection->phase != Phase::kLinger) {
    bool closing = StateOf(connection)->closing && (work == nullptr || work->input.empty());
    if (connection->phase == Phase::kRefused || connection->close_after || closing || connection->peer_closed) {
      // A client that has asked for the end sends nothing that closing could answer with a reset.
      bool over = connection->peer_closed || (connection->client_closes && connection->phase == Phase::kHead);
      return over ? CloseNow(connection) : StartLinger(connection);
    }
  }
  ReleaseIfIdle(connection);
  if (connection->work == nullptr && connection->phase == Phase::kHead) {
    SetDeadline(connection, StateOf(connection)->settings.idle_timeout);
  }
  UpdateInterest(connection);
}

// A long queue does not keep what has gone already.
static void ForgetSent(Work* work) {
  static constexpr size_t kWorthwhile = 64 * 1024;
  if (work->sent < kWorthwhile || work->sent < work->output.size() / 2) return;
  work->output.erase(0, work->sent);
  work->sent = 0;
}

// Moves output to the kernel; false on an error. `progress`: whether any went.
static bool SendSome(Connection* connection, bool* progress) {
  Work* work = connection->work;
  while (work->sent < work->output.size()) {
    size_t length = work->output.size() - work->sent;
    ssize_t sent = stream::Send(connection->descriptor(), work->output.data() + work->sent, length);
    if (sent < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK;
    }
    *progress = true;
    work->sent += static_cast<size_t>(sent);
    if (static_cast<size_t>(sent) < length) return true;
  }
  return true;
}

bool Send(Connection* connection) {
  Work* work = connection->work;
  if (work == nullptr || work->output.empty()) return true;
  bool progress = false;
  if (!SendSome(connection, &progress)) {
    Fail(connection);
    return false;
  }
  const Settings& settings = StateOf(connection)->settings;
  if (work->sent < work->output.size()) {
    ForgetSent(work);
    // Only what the client takes moves the deadline on, not what the handler adds.
    if (progress || !connection->stalled) SetDeadline(connection, settings.write_timeout);
    connection->stalled = true;
    return true;
  }
  work->output.clear();
  work->sent = 0;
  connection->overdue = false;
  if (std::exchange(connection->stalled, false)) {
    if (connection->phase == Phase::kBody) SetDeadline(connection, settings.body_timeout);
    if (work->parser != nullptr) SetDeadline(connection, settings.head_timeout);
  }
  return true;
}

void SendAll() {
  // Going on with one connection may queue more: walk by index.
  for (size_t i = 0; i < dirty.size(); ++i) {
    Connection* connection = Find(dirty[i]);
    if (connection == nullptr || !connection->dirty || connection->busy) continue;
    connection->dirty = false;
    bool refused_before = connection->stalled;
    if (connection->doomed || !Send(connection)) {
      CloseNow(connection);
      continue;
    }
    connection->overdue = refused_before && connection->stalled;
    Advance(connection);
  }
  dirty.clear();
}

static bool WorkDue() { return HasArrived() || !dirty.empty() || NotesDue() || HasLate(); }

void Flush() {
  while (WorkDue()) {
    TakeLate();
    TakeArrived();
    SendAll();
    DeliverNotes();
  }
  TellDrained();
}

bool FlushDue() { return WorkDue() || DrainedDue(); }

void SendBeforeExit() {
  for (Id id : dirty) {
    Connection* connection = Find(id);
    bool progress;
    if (connection != nullptr && connection->work != nullptr) SendSome(connection, &progress);
  }
}

// Appends to where the output of `exchange` goes: the socket's queue when its turn has come.
template <typename Append>
static void Emit(Connection* connection, Exchange* exchange, Append append) {
  Work* work = connection->work;
  if (exchange == &work->exchanges.front()) return append(&work->output);
  size_t before = exchange->waiting.size();
  append(&exchange->waiting);
  work->waiting += exchange->waiting.size() - before;
}

// From so many bytes on a body goes to the kernel from where it lies: to copy it first costs more than the system call
// that the copy might save.
static constexpr size_t kSendInPlace = 8 * 1024;

// Sends what is queued and `data` behind it; what the kernel does not take now is queued.
static void SendInPlace(Connection* connection, std::string_view data) {
  Work* work = connection->work;
  const size_t queued = work->output.size() - work->sent;
  iovec parts[2] = {{work->output.data() + work->sent, queued}, {const_cast<char*>(data.data()), data.size()}};
  msghdr message = {};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  ssize_t sent = sendmsg(connection->descriptor(), &message, MSG_NOSIGNAL);
  if (sent < 0) {
    // The queue meets the same error and deals with it.
    work->output.append(data);
    return;
  }
  const size_t taken = static_cast<size_t>(sent);
  if (taken < queued) {
    work->sent += taken;
    work->output.append(data);
    return;
  }
  work->sent = 0;
  work->output.assign(data.substr(taken - queued));
}

static void EmitBody(Connection* connection, Exchange* exchange, std::string_view body) {
  using http_writer::BodyMode;
  if (exchange->plan.mode == BodyMode::kNone || body.empty()) return;
  const bool chunked = exchange->plan.mode == BodyMode::kChunked;
  const bool in_place =
      body.size() >= kSendInPlace && exchange == &connection->work->exchanges.front() && !connection->stalled;
  if (!in_place) {
    return Emit(connection, exchange, [&](std::string* out) {
      if (chunked) return http_writer::WriteChunk(body, out);
      out->append(body);
    });
  }
  std::string* out = &connection->work->output;
  if (chunked) http_writer::WriteChunkStart(body.size(), out);
  SendInPlace(connection, body);
  if (chunked) http_writer::WriteChunkEnd(out);
}

void WriteContinue(Connection* connection, Exchange* exchange) {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  Emit(connection, exchange, [](std::string* out) { out->append(kContinue); });
  MarkDirty(connection);
}

static void WriteRefusalIfDue(Connection* connection) {
  Work* work = connection->work;
  if (connection->phase != Phase::kRefused || work->refusal_status == 0 || !work->exchanges.empty()) return;
  http_writer::WriteRefusal(work->refusal_status, work->refusal_reason, DateNow(), &work->output);
  work->refusal_status = 0;
  MarkDirty(connection);
}

void PopFinished(Connection* connection) {
  Work* work = connection->work;
  // Without its whole body the request still occupies the connection.
  while (!work->exchanges.empty() && work->exchanges.front().finished && work->exchanges.front().request_complete) {
    if (work->exchanges.front().wants_sent) work->unsent.push_back(work->exchanges.front().number);
    work->exchanges.pop_front();
    if (work->exchanges.empty()) break;
    std::string& waiting = work->exchanges.front().waiting;
    work->waiting -= waiting.size();
    work->output += waiting;
    std::string().swap(waiting);
  }
  WriteRefusalIfDue(connection);
}

void Refuse(Connection* connection, uint16_t status, const char* reason) {
  Work* work = EnsureWork(connection);
  connection->phase = Phase::kRefused;
  connection->close_after = true;
  work->refusal_status = status;
  work->refusal_reason = reason;
  work->input.clear();
  work->used = 0;
  work->parser.reset();
  PopFinished(connection);
}

// Further requests of this connection will not be answered.
static void CloseAfterAnswer(Connection* connection, Exchange* exchange) {
  connection->close_after = true;
  Work* work = connection->work;
  bool is_last = &work->exchanges.back() == exchange;
  // Its own body is heard to the end, also what is held back of it.
  if (is_last && connection->phase == Phase::kBody) return;
  work->input.clear();
  work->used = 0;
  work->parser.reset();
  if (is_last) return;
  NoteGone(connection, (exchange->number + 1) & kExchangeMask, work->exchanges.back().number);
  while (&work->exchanges.back() != exchange) {
    work->waiting -= work->exchanges.back().waiting.size();
    work->exchanges.pop_back();
  }
  // The body that was coming belonged to one of them.
  if (connection->phase == Phase::kBody) connection->phase = Phase::kHead;
}

// --- What handlers ask for ---

Exchange* Lookup(Connection* connection, ExchangeNumber number) {
  if (connection == nullptr || connection->doomed || connection->work == nullptr) return nullptr;
  std::deque<Exchange>& exchanges = connection->work->exchanges;
  if (exchanges.empty()) return nullptr;
  uint32_t index = (number - exchanges.front().number) & kExchangeMask;
  return index < exchanges.size() ? &exchanges[index] : nullptr;
}

static Exchange* FindExchange(Connection* connection, ExchangeNumber number) {
  Exchange* exchange = Lookup(connection, number);
  return exchange != nullptr && !exchange->finished ? exchange : nullptr;
}

bool OwesAnswer(Id id, ExchangeNumber number) { return FindExchange(Find(id), number) != nullptr; }

bool AwaitSent(Id id, ExchangeNumber number) {
  Exchange* exchange = FindExchange(Find(id), number);
  if (exchange != nullptr) exchange->wants_sent = true;
  return exchange != nullptr;
}

void SetMayChunk(Id id, ExchangeNumber number, bool may) {
  Exchange* exchange = FindExchange(Find(id), number);
  if (exchange != nullptr) exchange->may_chunk = may;
}

// Whether the connection takes no request behind that one, so that its answer says so.
static bool IsLast(const Connection* connection, const Exchange* exchange) {
  // A server that is closing lets the requests finish that it has taken already.
  if (exchange != &connection->work->exchanges.back()) return false;
  // Behind what a refusal follows, the refusal is the last.
  return StateOf(connection)->closing || (connection->close_after && connection->phase != Phase::kRefused);
}

AnswerState GetAnswerState(Id id, ExchangeNumber number) {
  Connection* connection = Find(id);
  if (connection == nullptr || connection->doomed || !IsOf(id, number)) return {true, false};
  const Exchange* exchange = Lookup(connection, number);
  if (exchange == nullptr) return {connection->close_after, false};
  const http_writer::ResponsePlan& plan = exchange->plan;
  if (exchange->head_written) return {plan.close, !exchange->finished && plan.mode == http_writer::BodyMode::kChunked};
  return {!exchange->keep_alive || IsLast(connection, exchange), false};
}

bool TakeDrain(Id id, ExchangeNumber number) {
  Connection* connection = Find(id);
  Exchange* exchange = FindExchange(connection, number);
  if (exchange == nullptr || Queued(connection) > 0 || exchange != &connection->work->exchanges.front()) return false;
  return std::exchange(exchange->wants_drain, false);
}

static Reply Failure(Status status) {
  Reply reply;
  reply.status = status;
  return reply;
}

// `exchange`: whose answer goes on, or nullptr.
static Reply Queue(Connection* connection, Exchange* exchange) {
  MarkDirty(connection);
  const Settings& settings = StateOf(connection)->settings;
  Reply reply;
  // Much at once: the kernel may take some of it right away.
  if (!connection->stalled && Queued(connection) > settings.output_pause && !Send(connection)) return reply;
  reply.drained = !PausedByOutput(connection);
  if (!reply.drained && exchange != nullptr) exchange->wants_drain = true;
  // What one turn makes has been made; but a client that does not read must not be made more and more for.
  bool unread = connection->overdue || connection->work->waiting > settings.output_limit;
  if (unread && HeldOutput(connection) > settings.output_limit) connection->doomed = connection->failed = true;
  return reply;
}

static void EndAnswer(Connection* connection, Exchange* exchange) {
  exchange->finished = true;
  // A body that nobody listens to is waited for by nobody.
  if (exchange->paused && !exchange->wants_body) exchange->paused = false;
  if (exchange->plan.close) CloseAfterAnswer(connection, exchange);
  PopFinished(connection);
}

static Reply Broken(Connection* connection, Exchange* exchange, Status status) {
  // The framing promised something else: only closing keeps the client from reading the next answer as this one's body.
  exchange->plan.close = true;
  exchange->wants_sent = false;
  EndAnswer(connection, exchange);
  MarkDirty(connection);
  return Failure(status);
}

static Reply FinishExchange(Connection* connection, Exchange* exchange) {
  using http_writer::BodyMode;
  if (exchange->plan.mode == BodyMode::kLength && exchange->body_written < exchange->plan.declared_length) {
    return Broken(connection, exchange, Status::kTooShort);
  }
  if (exchange->plan.mode == BodyMode::kChunked) Emit(connection, exchange, http_writer::WriteLastChunk);
  EndAnswer(connection, exchange);
  return Queue(connection, nullptr);
}

static Reply WriteBody(Connection* connection, Exchange* exchange, std::string_view body) {
  if (exchange->plan.mode == http_writer::BodyMode::kLength &&
      exchange->body_written + body.size() > exchange->plan.declared_length) {
    return Broken(connection, exchange, Status::kTooLong);
  }
  exchange->body_written += body.size();
  EmitBody(connection, exchange, body);
  return Queue(connection, exchange);
}

Reply Respond(Id id, ExchangeNumber number, const http_writer::ResponseHead& given, std::string_view body,
              bool finish) {
  Connection* connection = Find(id);
  Exchange* exchange = FindExchange(connection, number);
  if (exchange == nullptr) return Failure(Status::kGone);
  if (exchange->head_written) return Failure(Status::kHeadTwice);
  http_writer::ResponseHead head = given;
  head.minor_version = exchange->minor_version;
  head.keep_alive = exchange->keep_alive && !IsLast(connection, exchange);
  head.may_chunk = exchange->may_chunk;
  head.is_head = exchange->is_head;
  head.date = DateNow();
  if (finish) head.body_length = body.size();
  static http_writer::HeadMemo memo;
  http_writer::WriteResult result;
  Emit(connection, exchange, [&](std::string* out) { result = memo.Write(head, out); });
  if (result.fault != http_writer::Fault::kNone) {
    Reply reply = Failure(Status::kBadHead);
    reply.fault = result.fault;
    reply.pair = result.pair;
    return reply;
  }
  exchange->head_written = true;
  exchange->plan = result.plan;
  Reply reply = WriteBody(connection, exchange, body);
  if (finish && reply.status == Status::kOk && !connection->doomed) return FinishExchange(connection, exchange);
  return reply;
}

Reply Write(Id id, ExchangeNumber number, std::string_view body) {
  Connection* connection = Find(id);
  Exchange* exchange = FindExchange(connection, number);
  if (exchange == nullptr) return Failure(Status::kGone);
  if (!exchange->head_written) return Failure(Status::kNoHead);
  return WriteBody(connection, exchange, body);
}

Reply Finish(Id id, ExchangeNumber number) {
  Connection* connection = Find(id);
  Exchange* exchange = FindExchange(connection, number);
  if (exchange == nullptr) return Failure(Status::kGone);
  if (!exchange->head_written) return Failure(Status::kNoHead);
  return FinishExchange(connection, exchange);
}

}  // namespace node::http_connection
// Layer 2 system: the kernel, but no engine
// http_connection_input.cc: requests: reading, framing, the handler
#line 1 "src/http_connection_input.cc"
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>






// Requests: from what arrives to the handler.
namespace node::http_connection {

// A request with 64 KB of body, a common size, comes in one piece with its head.
static constexpr size_t kReadSize = 128 * 1024;
// A finished answer may wait this long behind a busy handler of the same read.
static constexpr double kCorkMs = 0.2;

static char read_buffer[kReadSize];
static inbox::Inbox arrived;
static http_parser::RequestParser shared_parser;

// The newest request's body has broken off. An answer that has begun ends where it is; without one there will be none.
static void AbandonRequest(Connection* connection) {
  Work* work = connection->work;
  Exchange& exchange = work->exchanges.back();
  NoteGone(connection, exchange.number, exchange.number);
  work->input.clear();
  work->used = 0;
  if (exchange.head_written) {
    exchange.request_complete = exchange.finished = true;
    return;
  }
  work->waiting -= exchange.waiting.size();
  work->exchanges.pop_back();
}

static void RefuseBody(Connection* connection, const http_parser::Refusal& refusal) {
  bool begun = connection->work->exchanges.back().head_written;
  AbandonRequest(connection);
  // Behind a head that is on its way no second one may follow.
  Refuse(connection, begun ? 0 : refusal.status, refusal.reason);
}

// Gives the connection away. Returns the bytes used: all.
static size_t HandOver(Connection* connection, std::string_view bytes, const http_parser::RequestHead& head) {
  connection->Want(0);
  connection->detached = connection->doomed = true;
  std::string_view rest = bytes.substr(head.size);
  StateOf(connection)
      ->handler->OnUpgrade(connection->server, connection->id, fd::OwnedFd(connection->descriptor()),
                           bytes.substr(0, head.size), head, rest);
  return bytes.size();
}

// One request whose head is complete. Returns the bytes used.
static size_t TakeRequest(Connection* connection, std::string_view bytes, const http_parser::RequestHead& head) {
  const Settings& settings = StateOf(connection)->settings;
  std::string_view method = bytes.substr(head.method, head.method_length);
  bool owes = connection->work != nullptr && (!connection->work->exchanges.empty() || Queued(connection) > 0);
  bool may_leave = settings.offer_upgrade && !owes && head.framing == http_parser::Framing::kNone;
  if (may_leave && (head.upgrade || method == "CONNECT")) return HandOver(connection, bytes, head);
  if (settings.require_host && !head.has_host && head.minor_version > 0) {
    Refuse(connection, 400, "the request has no Host field");
    return head.size;
  }
  if (settings.body_bytes > 0 && head.content_length > settings.body_bytes) {
    Refuse(connection, 413, "the body is too large");
    return head.size;
  }
  if (method == "CONNECT") {
    Refuse(connection, 501, "CONNECT is not served here");
    return head.size;
  }
  Work* work = EnsureWork(connection);
  bool body_follows = head.framing != http_parser::Framing::kNone;
  Exchange& exchange = work->exchanges.emplace_back();
  exchange.number = connection->next_exchange;
  connection->next_exchange = (connection->next_exchange + 1) & kExchangeMask;
  exchange.minor_version = head.minor_version;
  connection->client_closes = !head.keep_alive;
  uint32_t taken = (connection->next_exchange - connection->first_exchange) & kExchangeMask;
  exchange.keep_alive = head.keep_alive && (settings.requests == 0 || taken < settings.requests);
  exchange.is_head = method == "HEAD";
  exchange.request_complete = !body_follows;
  exchange.piece = settings.piece;
  if (body_follows) {
    connection->phase = Phase::kBody;
    work->body.Begin(head.framing, head.content_length);
    work->body_bytes = 0;
    work->body_outcome = http_parser::BodyParser::Kind::kMore;
    // The handler takes every body, so the client is told to go on at once (RFC 9110, 10.1.1), in its turn.
    if (head.expect_continue && bytes.size() == head.size) WriteContinue(connection, &exchange);
    SetReadDeadline(connection, settings.body_timeout);
  }
  size_t size = head.size;
  StateOf(connection)
      ->handler->OnRequest(connection->server, connection->id, exchange.number, bytes.substr(0, size), head,
                           body_follows);
  return size;
}

static bool IsEmptyLines(std::string_view bytes) {
  return bytes.ends_with("\r\n") && bytes.find_first_not_of("\r\n") == std::string_view::npos;
}

// Parses on in a head. Returns the bytes used, 0 when the head is incomplete or refused.
static size_t ProcessHead(Connection* connection, std::string_view bytes) {
  const Settings& settings = StateOf(connection)->settings;
  Work* work = connection->work;
  http_parser::RequestParser* parser = &shared_parser;
  if (work != nullptr && work->parser != nullptr) {
    parser = work->parser.get();
  } else {
    shared_parser.Reset();
  }
  switch (parser->Parse(bytes, settings.limits)) {
    case http_parser::Outcome::kIncomplete:
      work = EnsureWork(connection);
      if (IsEmptyLines(bytes)) {
        // Some clients send one behind a body (RFC 9112, 2.2). No request has begun, so none is late.
        work->parser.reset();
        return bytes.size();
      }
      if (work->parser == nullptr) {
        work->parser = std::make_unique<http_parser::RequestParser>(*parser);
        // From the head's first byte on, however slowly the rest comes.
        SetReadDeadline(connection, settings.head_timeout);
      }
      return 0;
    case http_parser::Outcome::kRefused:
      Refuse(connection, parser->refusal().status, parser->refusal().reason);
      return 0;
    case http_parser::Outcome::kComplete: {
      // The handler may make the connection forget its parser.
      std::unique_ptr<http_parser::RequestParser> own;
      if (parser != &shared_parser) own = std::move(work->parser);
      return TakeRequest(connection, bytes, parser->head());
    }
  }
  return 0;
}

// What `bytes` have of the body, as far as it fits into one piece. Returns the bytes used; `more`: whether something
// may stand behind them.
static size_t ProcessBody(Connection* connection, std::string_view bytes, bool* more) {
  using http_parser::BodyParser;
  // Chunks can be one byte long: the handler gets all of a read in one piece.
  static std::string joined;
  const Settings& settings = StateOf(connection)->settings;
  Handler* handler = StateOf(connection)->handler;
  Work* work = connection->work;
  CHECK(work != nullptr && !work->exchanges.empty());
  Exchange& exchange = work->exchanges.back();
  ExchangeNumber number = exchange.number;
  const std::string_view window = bytes.substr(0, exchange.piece);
  std::string_view piece;
  joined.clear();
  size_t used = 0;
  BodyParser::Step step{std::exchange(work->body_outcome, BodyParser::Kind::kMore), 0, {}};
  while (step.kind != BodyParser::Kind::kEnd && step.kind != BodyParser::Kind::kRefused) {
    step = work->body.Next(window.substr(used), settings.limits);
    used += step.consumed;
    if (step.kind != BodyParser::Kind::kData) break;
    work->body_bytes += step.data.size();
    if (settings.body_bytes > 0 && work->body_bytes > settings.body_bytes) {
      RefuseBody(connection, {413, 0, "the body is too large"});
      return used;
    }
    if (!exchange.wants_body) continue;
    if (piece.empty()) {
      piece = step.data;
      continue;
    }
    if (joined.empty()) joined.assign(piece);
    joined.append(step.data);
  }
  if (!piece.empty()) handler->OnBody(connection->id, number, joined.empty() ? piece : joined);
  // The handler may have ended the request or the connection, or wants no more for now.
  if (connection->doomed || connection->phase != Phase::kBody) return used;
  if (BodyPaused(connection)) {
    work->body_outcome = step.kind;
    step.kind = BodyParser::Kind::kMore;
  }
  switch (step.kind) {
    case BodyParser::Kind::kMore:
      *more = used < bytes.size();
      SetReadDeadline(connection, settings.body_timeout);
      break;
    case BodyParser::Kind::kEnd:
      connection->phase = Phase::kHead;
      exchange.request_complete = true;
      if (exchange.wants_complete) handler->OnRequestComplete(connection->id, number);
      // Its answer may have been finished before.
      PopFinished(connection);
      MarkDirty(connection);
      break;
    case BodyParser::Kind::kRefused:
      RefuseBody(connection, work->body.refusal());
      break;
    case BodyParser::Kind::kData:
      break;
  }
  return used;
}

// One step through `bytes`; false when nothing more can be done with them now.
static bool ProcessSome(Connection* connection, std::string_view* bytes) {
  bool more = true;
  size_t used;
  if (connection->phase == Phase::kBody) {
    if (BodyPaused(connection)) return false;
    used = ProcessBody(connection, *bytes, &more);
  } else {
    if (connection->phase != Phase::kHead || connection->close_after || bytes->empty()) return false;
    bool inside_head = connection->work != nullptr && connection->work->parser != nullptr;
    if (!inside_head && !MayTakeRequest(connection)) return false;
    used = ProcessHead(connection, *bytes);
    more = used > 0;
  }
  bytes->remove_prefix(used);
  return more;
}

bool Process(Connection* connection, std::string_view bytes, std::string* held) {
  connection->busy = true;
  double corked_since = 0;
  while (!connection->doomed && ProcessSome(connection, &bytes)) {
    // Finished answers do not wait long for a slow handler of the next request.
    if (bytes.empty() || Queued(connection) == 0) continue;
    double now = loop::NowMs();
    if (corked_since == 0) corked_since = now;
    if (now - corked_since <= kCorkMs) continue;
    corked_since = 0;
    Send(connection);
  }
  connection->busy = false;
  if (connection->doomed) {
    CloseNow(connection);
    return false;
  }
  bool more_due = connection->phase == Phase::kBody || (connection->phase == Phase::kHead && !connection->close_after);
  if (more_due && !bytes.empty()) {
    Work* work = EnsureWork(connection);
    if (held != nullptr) {
      work->used = held->size() - bytes.size();
      work->input = std::move(*held);
    } else {
      work->input.assign(bytes);
    }
  }
  return true;
}

static void OnPeerClosed(Connection* connection) {
  if (!connection->peer_closed) NoteEof(connection);
  connection->peer_closed = true;
  if (connection->phase == Phase::kLinger) return CloseNow(connection);
  if (connection->phase == Phase::kBody) {
    // The body will never be complete; what was answered already may still go out.
    AbandonRequest(connection);
    connection->phase = Phase::kHead;
    connection->close_after = true;
    PopFinished(connection);
    if (!Send(connection)) return;
  }
  if (connection->work != nullptr && connection->work->parser != nullptr) {
    connection->work->input.clear();
    connection->work->used = 0;
    connection->work->parser.reset();
  }
  Advance(connection);
}

// --- A body that is held back ---

bool BodyPaused(const Connection* connection) {
  return connection->phase == Phase::kBody && connection->work->exchanges.back().paused;
}

bool BodyMayWait(const Connection* connection) {
  return BodyPaused(connection) && !connection->work->exchanges.back().finished;
}

bool Attend(Id id, ExchangeNumber number, bool body, bool complete) {
  Exchange* exchange = Lookup(Find(id), number);
  if (exchange == nullptr || exchange->request_complete) return false;
  exchange->wants_body = body;
  exchange->wants_complete = complete;
  return true;
}

void SetPiece(Id id, ExchangeNumber number, uint32_t piece) {
  CHECK(piece > 0);
  Exchange* exchange = Lookup(Find(id), number);
  if (exchange != nullptr) exchange->piece = piece;
}

void SetReading(Id id, ExchangeNumber number, bool reading) {
  Connection* connection = Find(id);
  Exchange* exchange = Lookup(connection, number);
  if (exchange == nullptr || exchange->request_complete || exchange->paused != reading) return;
  exchange->paused = !reading;
  if (reading) SetReadDeadline(connection, StateOf(connection)->settings.body_timeout);
  MarkDirty(connection);
}

void ProbePaused(Connection* connection) {
  // A reset shows at once; the end of the stream only when nothing stands before it, which may be the whole body.
  pollfd probe = {connection->descriptor(), 0, 0};
  if (poll(&probe, 1, 0) > 0 && (probe.revents & POLLERR) != 0) return Fail(connection);
  const Work* work = connection->work;
  bool held =
      !work->input.empty() || work->body_outcome != http_parser::BodyParser::Kind::kMore || arrived.Has(connection->id);
  char byte;
  if (!held && recv(connection->descriptor(), &byte, 1, MSG_PEEK) == 0) return OnPeerClosed(connection);
  SetDeadline(connection, kProbeSeconds);
}

// What has come on a connection.
static void Take(Connection* connection, std::string_view bytes) {
  if (connection->phase == Phase::kLinger) return;
  Work* work = connection->work;
  if (work == nullptr || work->input.empty()) {
    if (Process(connection, bytes, nullptr)) MarkDirty(connection);
    return;
  }
  std::string joined = std::move(work->input);
  work->input.clear();
  joined.erase(0, std::exchange(work->used, 0));
  joined += bytes;
  if (Process(connection, joined, &joined)) MarkDirty(connection);
}

void OnReadable(Connection* connection) {
  // Paused in this very turn.
  if (BodyPaused(connection)) return UpdateInterest(connection);
  ssize_t got = stream::Receive(connection->descriptor(), read_buffer, sizeof read_buffer);
  if (got < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return;
    return Fail(connection);
  }
  if (got == 0) return OnPeerClosed(connection);
  std::string_view bytes(read_buffer, static_cast<size_t>(got));
  if (!arrived.Put(connection->id, bytes)) Take(connection, bytes);
}

void TakeArrived() {
  arrived.Empty([](Id id, std::string_view bytes) {
    Connection* connection = Find(id);
    if (connection != nullptr) Take(connection, bytes);
    // Finished answers do not wait long for slow handlers of other connections' requests.
    if (loop::TurnIsLong()) SendAll();
  });
}

bool HasArrived() { return !arrived.empty(); }

bool HasInput(const Connection* connection) {
  char byte;
  return arrived.Has(connection->id) || recv(connection->descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void OnIo(loop::Io* io, int events) {
  Connection* connection = static_cast<Connection*>(io);
  Id id = connection->id;
  if ((events & loop::kWrite) != 0 && Send(connection)) Advance(connection);
  if ((events & loop::kRead) != 0 && Find(id) == connection && (connection->wanted() & loop::kRead) != 0) {
    OnReadable(connection);
  }
  if (loop::TurnIsLong()) Flush();
}

}  // namespace node::http_connection
// Layer 2 system: the kernel, but no engine
// http_client.h: HTTP clients: answers
#line 1 "src/http_client.h"
// HTTP/1.1 client connections: answers, from what a server sends to what a handler hears. RFC 9112, 6.3 and 9.
//
// A client connection is a tcp_connection with a parser on its input: the owner sends with the functions of
// tcp_connection, by the same id. What is sent is the owner's affair too, but for one thing: Expect()
// says that a request has begun, and only then may the server send an answer.
//
// Knows no engine.


#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>






namespace node::http_client {

using tcp_connection::Id;

struct Settings {
  http_parser::Limits limits;
  // Seconds until a connection must stand, from looking up the host on, all addresses together; and without traffic on
  // one that stands, after which OnTimeout is called. 0: never.
  uint32_t connect_timeout = 30;
  uint32_t timeout = 120;
  // Bytes queued for a server that has not read since an earlier turn; above this the connection ends with ENOBUFS.
  size_t output_limit = 64 * 1024 * 1024;
  // Bytes that one OnBody has at most, until SetPiece() says otherwise for the answer.
  uint32_t piece = UINT32_MAX;
};

// What happens to connections; called as tcp_connection::Handler is.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void OnConnect(Id id) = 0;
  // The kernel has taken all after it had refused some.
  virtual void OnDrain(Id id) = 0;
  // Again and again while nothing is received or sent.
  virtual void OnTimeout(Id id) = 0;
  // The head of the answer; interim answers (1xx) are not told. `head.fields` are offsets into `bytes`; both last for
  // the call. OnBody, OnBodyEnd and OnComplete follow, or OnEnd when the answer breaks off.
  virtual void OnResponse(Id id, std::string_view bytes, const http_parser::ResponseHead& head) = 0;
  virtual void OnBody(Id id, std::string_view data) = 0;
  // The body has come. The answer is still under way: OnComplete comes at once unless it is held back now.
  virtual void OnBodyEnd(Id id) = 0;
  // The answer is complete. `reusable`: the connection can take another request; otherwise it is the owner's to end.
  virtual void OnComplete(Id id, bool reusable) = 0;
  // The end, once, and nothing after it; the name is gone already. `error`: nullptr when the server has closed and owed
  // nothing.
  virtual void OnEnd(Id id, const base::Error* error) = 0;
};

// As tcp_connection::Connect.
std::optional<Id> Connect(Handler* handler, tcp_connection::Target target, const Settings& settings);

// A request begins; `head`: a HEAD request, whose answer has no body. Only when no answer is under way. False when the
// server has closed or sent something in the meantime, so that the request must not be sent here.
bool Expect(Id id, bool head);

// Holds back what arrives, also what has arrived already, or goes on with the next Flush(). While an answer is under
// way.
void SetReading(Id id, bool reading);

// See Settings::piece: for the answer under way. `piece`: not 0.
void SetPiece(Id id, uint32_t piece);

// Ends the connection at once, without a call of the handler's. Harmless for a name that is gone.
void Abort(Id id);

// Goes on with connections that were held back. Whether there are any.
void Flush();
bool FlushDue();

}  // namespace node::http_client
// Layer 2 system: the kernel, but no engine
// http_client.cc: HTTP clients: answers
#line 1 "src/http_client.cc"


#include <cerrno>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>



// The life of a connection, as far as answers go:
//
//            Expect()             head, no body / body complete
//   kIdle -------------> kHead -----------------------------> kIdle
//     ^                    |  ^ 1xx: once more                  ^
//     |                    v                                    |
//     +--- anything     kBody ----------------------------------+
//          sent here: refused
namespace node::http_client {

// So many interim answers may stand before the final one: each is legal, an endless row of them is not.
static constexpr int kInterimAnswers = 64;

enum class Phase : uint8_t { kIdle, kHead, kBody };

// The deadline is that of connecting: the wheel of tcp_connection counts silence, not the time over several addresses.
struct Connection : timer_wheel::Entry {
  Id id = 0;
  Handler* handler = nullptr;
  Settings settings;
  Phase phase = Phase::kIdle;
  bool to_head = false;
  bool connected = false;
  bool paused = false;
  bool reusable = false;  // after the answer under way
  bool ended = false;     // its body has come, OnComplete is due
  bool eof = false;       // the server has closed
  uint32_t piece = 0;     // of its body: see Settings
  int interim = 0;
  http_parser::ResponseParser parser;
  http_parser::BodyParser body;
  std::string input;  // the part of a head that has come, or what is held back
};

static std::vector<Id> resumed;

static void OnConnectDeadline(timer_wheel::Entry* entry);
static deadlines::Deadlines& Deadlines() {
  static deadlines::Deadlines all(OnConnectDeadline, tcp_connection::Flush);
  return all;
}

static std::unordered_map<Id, std::unique_ptr<Connection>>& Connections() {
  static auto* all = new std::unordered_map<Id, std::unique_ptr<Connection>>;
  return *all;
}

static Connection* Find(Id id) {
  auto found = Connections().find(id);
  return found == Connections().end() ? nullptr : found->second.get();
}

// Gives the record back.
static void Forget(Id id) {
  Connection* connection = Find(id);
  if (connection == nullptr) return;
  Deadlines().Remove(connection);
  Connections().erase(id);
}

static std::string PeerName(Id id) {
  int descriptor = tcp_connection::Descriptor(id);
  std::optional<stream::Address> peer;
  if (descriptor >= 0) peer = stream::PeerAddress(descriptor);
  return peer ? peer->ToString() : "";
}

// The end, by our own judgement.
static void Fail(Id id, const base::Error& error) {
  Connection* connection = Find(id);
  Handler* handler = connection->handler;
  Forget(id);
  tcp_connection::Abort(id);
  handler->OnEnd(id, &error);
}

// What the server sent is no answer.
static void Refuse(Id id, const std::string& reason) {
  Fail(id, base::Error{"response", EPROTO, PeerName(id) + ", " + reason});
}

static void RefuseAt(Id id, const char* part, const http_parser::Refusal& refusal) {
  Refuse(id, std::string(refusal.reason) + " (byte " + std::to_string(refusal.offset) + " of the " + part + ")");
}

// The answer is complete; `rest` is what has come behind it. False when the connection is gone.
static bool Complete(Id id, std::string_view rest) {
  Connection* connection = Find(id);
  connection->phase = Phase::kIdle;
  // Nobody has asked for what stands behind: the next answer would not be that of the next request.
  connection->handler->OnComplete(id, connection->reusable && rest.empty());
  return Find(id) == connection;
}

// One head. Returns false when nothing more can be done with `bytes`.
static bool TakeHead(Id id, Connection* connection, std::string_view* bytes) {
  switch (connection->parser.Parse(*bytes, connection->settings.limits)) {
    case http_parser::Outcome::kIncomplete:
      connection->input.assign(*bytes);
      return false;
    case http_parser::Outcome::kRefused:
      RefuseAt(id, "head", connection->parser.refusal());
      return false;
    case http_parser::Outcome::kComplete:
      break;
  }
  const http_parser::ResponseHead& head = connection->parser.head();
  std::string_view text = bytes->substr(0, head.size);
  bytes->remove_prefix(head.size);
  if (head.status < 200) {
    if (head.status == 101) {
      Refuse(id, "101 Switching Protocols, which no request has asked for");
      return false;
    }
    if (++connection->interim > kInterimAnswers) {
      Refuse(id, "more than " + std::to_string(kInterimAnswers) + " interim answers");
      return false;
    }
    connection->parser.Reset(connection->to_head);
    return true;
  }
  connection->reusable = head.keep_alive;
  connection->ended = false;
  connection->piece = connection->settings.piece;
  connection->phase = Phase::kBody;
  connection->body.Begin(head.framing, head.content_length);
  connection->handler->OnResponse(id, text, head);
  return Find(id) == connection;
}

// The body has come; `rest` as above. False when the connection is gone.
static bool EndBody(Id id, Connection* connection, std::string_view rest) {
  connection->ended = true;
  connection->handler->OnBodyEnd(id);
  if (Find(id) != connection) return false;
  return connection->paused || Complete(id, rest);
}

// What `bytes` have of the body, as far as it fits into one piece. Returns false when nothing more can be done with
// them.
static bool TakeBody(Id id, Connection* connection, std::string_view* bytes) {
  using http_parser::BodyParser;
  // Chunks can be one byte long: the handler gets all of a read in one piece.
  static std::string joined;
  if (connection->ended) return Complete(id, *bytes);
  joined.clear();
  std::string_view window = bytes->substr(0, connection->piece);
  std::string_view piece;
  BodyParser::Step step;
  for (;;) {
    step = connection->body.Next(window, connection->settings.limits);
    window.remove_prefix(step.consumed);
    bytes->remove_prefix(step.consumed);
    if (step.kind != BodyParser::Kind::kData) break;
    if (piece.empty()) {
      piece = step.data;
      continue;
    }
    if (joined.empty()) joined.assign(piece);
    joined.append(step.data);
  }
  if (!piece.empty()) {
    connection->handler->OnBody(id, joined.empty() ? piece : joined);
    if (Find(id) != connection) return false;
    // Whatever comes next, the end too, can be asked for again.
    if (connection->paused) return true;
  }
  switch (step.kind) {
    case BodyParser::Kind::kEnd:
      return EndBody(id, connection, *bytes);
    case BodyParser::Kind::kRefused:
      RefuseAt(id, "body", connection->body.refusal());
      return false;
    default:
      return !bytes->empty();
  }
}

// Nothing more comes behind what has been taken.
static void TakeEof(Id id, Connection* connection) {
  if (connection->phase == Phase::kBody && connection->body.CompleteAtEof()) {
    connection->reusable = false;
    if (!EndBody(id, connection, {}) || connection->paused) return;
  }
  if (connection->phase == Phase::kIdle) {
    http_client::Handler* handler = connection->handler;
    Forget(id);
    tcp_connection::Abort(id);
    return handler->OnEnd(id, nullptr);
  }
  bool begun = connection->phase == Phase::kBody || !connection->input.empty();
  Fail(id, base::Error{"response", ECONNRESET,
                       PeerName(id) + (begun ? ", closed in the middle of an answer" : ", closed without an answer")});
}

static void TakeInput(Id id, std::string_view data) {
  Connection* connection = Find(id);
  std::string held = std::exchange(connection->input, {});
  std::string_view bytes = data;
  if (!held.empty()) {
    held += data;
    bytes = held;
  }
  for (bool more = true; more;) {
    if (connection->paused) {
      connection->input.assign(bytes);
      return;
    }
    switch (connection->phase) {
      case Phase::kIdle:
        // Perhaps the answer to a request that somebody has smuggled in.
        if (!bytes.empty()) Refuse(id, std::to_string(bytes.size()) + " bytes that no request has asked for");
        more = false;
        break;
      case Phase::kHead:
        more = !bytes.empty() && TakeHead(id, connection, &bytes);
        break;
      case Phase::kBody:
        more = TakeBody(id, connection, &bytes);
        break;
    }
  }
  if (Find(id) == connection && connection->eof) TakeEof(id, connection);
}

class Input : public tcp_connection::Handler {
 public:
  void OnAccept(tcp_connection::Server*, Id) override { CHECK(!"a client does not accept"); }

  void OnConnect(Id id) override {
    Connection* connection = Find(id);
    connection->connected = true;
    Deadlines().Remove(connection);
    connection->handler->OnConnect(id);
  }

  void OnData(Id id, std::string_view data) override { TakeInput(id, data); }

  void OnEof(Id id) override {
    Find(id)->eof = true;
    TakeInput(id, {});
  }

  void OnDrain(Id id) override { Find(id)->handler->OnDrain(id); }
  void OnTimeout(Id id) override {
    Connection* connection = Find(id);
    if (connection->connected) connection->handler->OnTimeout(id);
  }

  void OnDisconnect(Id id, const base::Error* error) override {
    http_client::Handler* handler = Find(id)->handler;
    Forget(id);
    handler->OnEnd(id, error);
  }
};

static Input& TheInput() {
  static auto* input = new Input;
  return *input;
}

static void OnConnectDeadline(timer_wheel::Entry* entry) {
  Connection* connection = static_cast<Connection*>(entry);
  std::string subject = "no connection within " + std::to_string(connection->settings.connect_timeout) + " s";
  Fail(connection->id, base::Error{"connect", ETIMEDOUT, subject});
}

std::optional<Id> Connect(Handler* handler, tcp_connection::Target target, const Settings& settings) {
  tcp_connection::Settings below;
  below.output_limit = settings.output_limit;
  below.timeout = settings.timeout;
  std::optional<Id> id = tcp_connection::Connect(&TheInput(), std::move(target), below);
  if (!id) return std::nullopt;
  auto connection = std::make_unique<Connection>();
  connection->id = *id;
  connection->handler = handler;
  connection->settings = settings;
  if (settings.connect_timeout > 0) Deadlines().Set(connection.get(), settings.connect_timeout);
  CHECK(Find(*id) == nullptr);
  Connections()[*id] = std::move(connection);
  return id;
}

bool Expect(Id id, bool head) {
  Connection* connection = Find(id);
  if (connection == nullptr) return false;
  CHECK(connection->phase == Phase::kIdle);
  // Nothing may have come by now, the end neither: a request sent behind it would be lost.
  if (tcp_connection::HasInput(id)) return false;
  connection->phase = Phase::kHead;
  connection->to_head = head;
  connection->interim = 0;
  connection->parser.Reset(head);
  return true;
}

void SetReading(Id id, bool reading) {
  Connection* connection = Find(id);
  if (connection == nullptr || connection->phase == Phase::kIdle || connection->paused == !reading) return;
  connection->paused = !reading;
  tcp_connection::SetReading(id, reading);
  if (reading) resumed.push_back(id);
}

void SetPiece(Id id, uint32_t piece) {
  CHECK(piece > 0);
  Connection* connection = Find(id);
  if (connection != nullptr) connection->piece = piece;
}

void Abort(Id id) {
  Forget(id);
  tcp_connection::Abort(id);
}

void Flush() {
  // One pass: a handler that pauses and resumes all the time must not keep others from their turn.
  std::vector<Id> batch;
  batch.swap(resumed);
  for (Id id : batch) {
    if (Find(id) != nullptr) TakeInput(id, {});
  }
}

bool FlushDue() { return !resumed.empty(); }

}  // namespace node::http_client
// Layer 3 engine: V8, and no protocol logic of its own
// js.h: the isolate and the ways into JavaScript
#line 1 "src/js.h"
// The engine: one isolate, one context, and the ways into JavaScript.
//
// The library (lib/) lies evaluated in a heap snapshot inside the binary; see
// js_snapshot.h. What it offers to C++ are hooks, what C++ offers to it is the
// binding: one bind_*.cc for each subject.


#include <limits>
#include <string>
#include <string_view>
#include <vector>


#include "v8-fast-api-calls.h"
#include "v8.h"

namespace node::js {

// Functions of lib/ that C++ calls; their order is the order in the snapshot.
enum class Hook : int {
  kProvide,
  kBoot,
  kWritten,
  kRequest,
  kBody,
  kComplete,
  kGone,
  kEof,
  kClosed,
  kConnection,
  kUpgrade,
  kFlushResponses,
  kDrain,
  kTcpAccept,
  kTcpEvent,
  kTcpDisconnect,
  kRunMain,
  kExit,
  kEnd,
  // Those of the parts of the library that are evaluated when a script asks for them.
  kTimers,
  kResponse,
  kResponseBody,
  kResponseComplete,
  kFlushRequests,
  kChildEvent,
  kFileDone,
  kFileChanged,
  kDnsReply,
};
inline constexpr int kHookCount = 28;
inline constexpr int kSnapshotHookCount = 19;
// The property of `hooks` in lib/ that each of them is.
extern const char* const kHookNames[kHookCount];

struct Options {
  // As given behind --v8-flags=.
  std::string v8_flags;
  // False: evaluate lib/ now instead of taking it from the snapshot.
  bool use_snapshot = true;
};

// Starts the engine. Returns with the isolate and the context entered; they last until the process ends. Returns "", or
// the first of options.v8_flags that the engine does not take: then nothing was started.
std::string Start(const Options& options);

// Prints the engine's flags.
void PrintV8Flags();

// Starts an engine to evaluate lib/ and writes the heap to `path`. False when the file cannot be written.
bool BuildSnapshot(const char* path);

// Starts the engine with the snapshot in the file `path` and writes the code of what is evaluated later to `path`.code.
// False when either cannot be read or written.
bool BuildCode(const std::string& path);

// The one isolate and its one context, after Start(); and the functions of lib/ that C++ calls.
v8::Isolate* isolate();
v8::Local<v8::Context> context();
v8::Local<v8::Function> GetHook(Hook hook);
// Takes those of a part of the library that has just been evaluated from the properties of `table`.
void TakeHooks(v8::Local<v8::Object> table);

// Calls into JavaScript from the loop, then runs the microtasks. An exception
// is reported and ends the process (exit code 1). Needs a HandleScope.
v8::Local<v8::Value> Call(v8::Local<v8::Function> function, v8::Local<v8::Value> receiver, int count,
                          v8::Local<v8::Value>* arguments);
v8::Local<v8::Value> Call(Hook hook, int count, v8::Local<v8::Value>* arguments);

// Runs the microtasks, and ends the process for a rejection that nobody has taken. Call() does it.
void RunMicrotasks();

// Runs `source` as the main script, with its modules; exceptions end the process as in Call. `name` shows in errors and
// as __filename.
void RunScript(std::string_view source, const std::string& name);
// The text of a script or module, from UTF-8, as CompileModule takes it: without a byte order mark, a shebang line made
// a comment, behind a line of our own. Throws when it is too large.
v8::MaybeLocal<v8::String> SourceText(std::string_view source, const std::string& name);
// Compiles what SourceText() gives as the body of a function of exports, require, include, __filename and __module. Its
// first act is to call __module with a function that gives [onLoad, onExit] as the code sees them: its own, or
// variables that are there for it to assign to.
v8::MaybeLocal<v8::Function> CompileModule(v8::Local<v8::String> source, v8::Local<v8::String> name);
// Compiles it only; a syntax error is reported and gives false.
bool CheckScript(std::string_view source, const std::string& name);

// Writes out what is queued and ends the process.
[[noreturn]] void Exit(int code);

// What must be done before the loop waits: sends queued answers and output, and tells scripts of what has become of
// them, which may make more. Some rounds of that; true when there is still more to do.
bool EndTurn();
// Whether EndTurn() has something to do.
bool TurnDue();

// --- Values ---

// Latin-1: a character for each byte.
v8::Local<v8::String> OneByte(std::string_view text);
// UTF-8; what is invalid becomes U+FFFD.
v8::Local<v8::String> Utf8(std::string_view text);
// The value as a string, in UTF-8.
std::string ToUtf8(v8::Local<v8::Value> value);
v8::Local<v8::Value> Number(double number);
inline v8::Local<v8::Value> Integer(uint32_t number) { return v8::Integer::NewFromUnsigned(isolate(), number); }
// The value as an unsigned integer, modulo 2^32; 0 when it is no number.
inline uint32_t Unsigned(v8::Local<v8::Value> value) {
  namespace internal = v8::internal;
  // Small ones, which nearly all are, cost no call into the engine.
  const internal::Address address = internal::ValueHelper::ValueAsAddress(*value);
  if (!internal::Internals::HasHeapObjectTag(address)) {
    return static_cast<uint32_t>(internal::Internals::SmiValue(address));
  }
  return value->Uint32Value(context()).FromMaybe(0);
}
// Whether the value is `true`. Value::IsTrue() is a call into the engine.
inline bool IsTrue(v8::Local<v8::Value> value) { return value == v8::True(isolate()); }
// The property of an object as a number; `otherwise` when it is none, or below 0.
double NumberProperty(v8::Local<v8::Value> object, const char* name, double otherwise);
// The same into `setting`, which keeps its value otherwise. What scripts give has been checked by readOptions in
// lib/head.js.
template <typename Setting>
void ReadOption(v8::Local<v8::Value> options, const char* name, Setting* setting) {
  double number = NumberProperty(options, name, static_cast<double>(*setting));
  CHECK(number <= static_cast<double>(std::numeric_limits<Setting>::max()));
  *setting = static_cast<Setting>(number);
}

// Gives an object an own property, whatever its prototype has.
void SetOwn(v8::Local<v8::Value> object, const char* key, v8::Local<v8::Value> value);

// An Error with `message` and, unless they are nullptr, `errno` and `syscall` as properties.
v8::Local<v8::Value> MakeError(const std::string& message, const char* errno_name, const char* syscall);
// Throws an Error with `message` and, unless they are nullptr, `errno` and `syscall` as properties.
void ThrowError(const std::string& message, const char* errno_name = nullptr, const char* syscall = nullptr);

using Callback = void (*)(const v8::FunctionCallbackInfo<v8::Value>&);

// One function of the binding. The table of a bind_*.cc lists what it offers.
struct Function {
  const char* name;
  Callback callback;
  // What optimized code calls instead, or nullptr.
  const v8::CFunction* fast = nullptr;
};

// The function of the binding that `function` describes.
v8::MaybeLocal<v8::Function> MakeFunction(v8::Local<v8::Context> context, const Function& function);

}  // namespace node::js
// Layer 3 engine: V8, and no protocol logic of its own
// bind.h: what each binding offers, and their order in the snapshot
#line 1 "src/bind.h"
// What each bind_*.cc offers to the library: Functions() are those of the
// binding object.


#include <cstdint>
#include <optional>
#include <span>
#include <string>




#include "v8.h"

namespace node::bind_console {
// See above.
std::span<const js::Function> Functions();
// Writes what can be written now, and tells those who wait for it.
void Flush();
// Whether Flush() has something to do.
bool FlushDue();
// Writes all, blocking. Returns a line that says what was lost and why, or "".
std::string Drain();
// For a signal handler, while the loop waits.
void DrainInSignal();
}  // namespace node::bind_console

namespace node::bind_timers {
// See above.
std::span<const js::Function> Functions();
// Sets the loop's timer to what scripts have started and stopped meanwhile; before the loop waits.
void Arm();
// Whether Arm() has something to do.
bool ArmDue();
}  // namespace node::bind_timers

namespace node::bind_http {
// See above.
std::span<const js::Function> Functions();
// Hands over answers whose head was held back, and sends.
void Flush();
// Whether Flush() has something to do.
bool FlushDue();
// For the end of the process: sends finished answers, calls no script.
void SendBeforeExit();
}  // namespace node::bind_http

namespace node::bind_tcp {
// See above.
std::span<const js::Function> Functions();
// Takes over a connected socket; its name in JavaScript, or std::nullopt when too many are open.
std::optional<uint32_t> AdoptConnection(fd::OwnedFd connection);
// Tell a connection of lib/tcp.js, or of what inherits from it, what has become of it.
void TellConnect(uint32_t id);
void TellDrain(uint32_t id);
void TellTimeout(uint32_t id);
void TellDisconnect(uint32_t id, const base::Error* error);
}  // namespace node::bind_tcp

namespace node::bind_http_client {
// See above.
std::span<const js::Function> Functions();
// Goes on with answers that were held back, and with requests that have waited for the turn's end.
void Flush();
// Whether Flush() has something to do.
bool FlushDue();
}  // namespace node::bind_http_client

namespace node::bind_modules {
// See above.
std::span<const js::Function> Functions();
}  // namespace node::bind_modules

namespace node::bind_signals {
// See above.
std::span<const js::Function> Functions();
// Hears the signals that have listeners by now, and no others; before the loop waits.
void Arm();
}  // namespace node::bind_signals

namespace node::bind_dns {
// See above.
std::span<const js::Function> Functions();
}  // namespace node::bind_dns

namespace node::bind_fs {
// See above.
std::span<const js::Function> Functions();
}  // namespace node::bind_fs

namespace node::bind_child {
// See above.
std::span<const js::Function> Functions();
}  // namespace node::bind_child

namespace node::bind_process {
// See above.
std::span<const js::Function> Functions();
}  // namespace node::bind_process
// Layer 3 engine: V8, and no protocol logic of its own
// js_platform.h: tasks, a worker thread and clocks for V8
#line 1 "src/js_platform.h"
// What V8 wants of its embedder: tasks, a worker thread, clocks.


#include <memory>

#include "v8-platform.h"

namespace node::js_platform {

// The one platform of the process. Starts no thread before V8 has work for one:
// a short script never pays for it. Foreground tasks run in the loop and do not
// keep it alive.
std::unique_ptr<v8::Platform> Create();

// From the first call on the loop runs what V8 wants done on the main thread (collection in idle moments, finalizers);
// until then it waits in a queue. A script that never waits for anything has no need of it.
void StartTasks();

}  // namespace node::js_platform
// Layer 3 engine: V8, and no protocol logic of its own
// js_platform.cc: tasks, a worker thread and clocks for V8
#line 1 "src/js_platform.cc"


#include <linux/close_range.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>



#include "libplatform/libplatform.h"


namespace node::js_platform {

using TaskPointer = std::unique_ptr<v8::Task>;

// The bounds of the binary in memory, by the linker: constants and code, which are pages of the file.
extern "C" const char __executable_start[];  // NOLINT(bugprone-reserved-identifier): the linker's name
extern "C" const char etext[];

// Gives back what compiling has needed: some 9 MB of the compilers' code, which stay in the kernel's page cache, and
// what their memory leaves in malloc's arenas. What is still wanted comes back by itself, 64 KB at a time (madvise(2)).
static void ReturnMemory() {
  const uintptr_t page = 4096;
  const uintptr_t start = (reinterpret_cast<uintptr_t>(__executable_start) + page - 1) & ~(page - 1);
  const uintptr_t end = reinterpret_cast<uintptr_t>(etext) & ~(page - 1);
  // Without success all stays as it was.
  madvise(reinterpret_cast<void*>(start), end - start, MADV_DONTNEED);  // NOLINT(performance-no-int-to-ptr)
  malloc_trim(0);
}

// The descriptor by which the worker wakes the loop; -1 while there is none.
static std::atomic<int> wake_descriptor{-1};

// Gives the calling thread a table of descriptors of its own, with standard error and `kept` in it. While two
// threads share a table each system call on a descriptor counts references, with two locked instructions: 80 ns of the
// 6 us in which a small message is echoed. Kernels before 5.9 refuse, and nothing is lost.
static void SeparateDescriptors(int kept) {
  // The upper part first: the kernel then need not copy it, and no descriptor that the main thread closes meanwhile
  // lives on here.
  unsigned int split = static_cast<unsigned int>(kept);
  if (syscall(SYS_close_range, split + 1, ~0u, CLOSE_RANGE_UNSHARE) != 0) return;
  // Standard error stays, for the engine's last words. Whoever closes standard output means it.
  if (split > 3) syscall(SYS_close_range, 3u, split - 1, 0u);
  syscall(SYS_close_range, 0u, 1u, 0u);
}

// Concurrent compilation and whatever else V8 moves off the main thread.
class Worker {
 public:
  void Post(TaskPointer task) {
    std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    if (!started_) StartThread();
    wake_.notify_one();
  }

 private:
  void StartThread() {
    started_ = true;
    // Signals are the main thread's.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    int failure = pthread_create(
        &thread, nullptr,
        [](void* self) -> void* {
          static_cast<Worker*>(self)->Run();
          return nullptr;
        },
        this);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (failure != 0) {
      base::Error error{"pthread_create", failure, ""};
      std::fprintf(stderr, "node: cannot start the engine's worker thread: %s\n", error.Message().c_str());
      _exit(1);
    }
    pthread_detach(thread);
  }

  void Run() {
    std::unique_lock lock(mutex_);
    bool separate = false;
    for (;;) {
      WaitForTask(&lock);
      TaskPointer task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      int kept = separate ? -1 : wake_descriptor.load();
      if (kept > STDERR_FILENO) {
        SeparateDescriptors(kept);
        separate = true;
      }
      task->Run();
      task.reset();
      lock.lock();
    }
  }

  void WaitForTask(std::unique_lock<std::mutex>* lock) {
    // Where code gets hot, more does: a pause shows that it is over for now.
    static constexpr auto kPause = std::chrono::seconds(1);
    const auto due = [this] { return !tasks_.empty(); };
    if (wake_.wait_for(*lock, kPause, due)) return;
    lock->unlock();
    ReturnMemory();
    lock->lock();
    wake_.wait(*lock, due);
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<TaskPointer> tasks_;
  bool started_ = false;
};

// Never destroyed: the worker thread lives to the end of the process.
static Worker& TheWorker() {
  static Worker* worker = new Worker;
  return *worker;
}

// Tasks for the main thread. Posting is for any thread.
class Foreground : public v8::TaskRunner {
 public:
  bool IdleTasksEnabled() override { return false; }
  bool NonNestableTasksEnabled() const override { return true; }
  bool NonNestableDelayedTasksEnabled() const override { return true; }

  void RunDue() {
    std::vector<TaskPointer> ready;
    {
      std::lock_guard lock(mutex_);
      double now = loop::NowMs();
      auto due = [now](const Delayed& entry) { return entry.at <= now; };
      for (Delayed& entry : tasks_) {
        if (due(entry)) ready.push_back(std::move(entry.task));
      }
      std::erase_if(tasks_, due);
    }
    if (!ready.empty()) {
      v8::HandleScope scope(js::isolate());
      for (TaskPointer& task : ready) task->Run();
      // Finalizers are scripts' own functions.
      js::RunMicrotasks();
    }
    Arm();
  }

  // From now on the loop is told of new tasks.
  void Attach() {
    if (attached_) return;
    notifier_.Init([] { TheForeground()->RunDue(); });
    timer_.Init([](loop::Timer*) { TheForeground()->RunDue(); }, /*keeps_alive=*/false);
    attached_ = true;
    wake_descriptor = notifier_.descriptor();
    RunDue();
  }

  static const std::shared_ptr<Foreground>& TheForeground() {
    static auto* foreground = new std::shared_ptr<Foreground>(std::make_shared<Foreground>());
    return *foreground;
  }

 private:
  struct Delayed {
    double at;
    TaskPointer task;
  };

  void Arm() {
    std::lock_guard lock(mutex_);
    if (tasks_.empty()) return;
    double first = tasks_.front().at;
    for (const Delayed& entry : tasks_) first = std::min(first, entry.at);
    timer_.Start(std::max(0.0, first - loop::NowMs()));
  }

  void Add(TaskPointer task, double delay_seconds) {
    std::lock_guard lock(mutex_);
    tasks_.push_back({loop::NowMs() + delay_seconds * 1e3, std::move(task)});
    if (attached_) notifier_.Notify();
  }

  void PostTaskImpl(TaskPointer task, const v8::SourceLocation&) override { Add(std::move(task), 0); }
  void PostNonNestableTaskImpl(TaskPointer task, const v8::SourceLocation&) override { Add(std::move(task), 0); }
  void PostDelayedTaskImpl(TaskPointer task, double delay, const v8::SourceLocation&) override {
    Add(std::move(task), delay);
  }
  void PostNonNestableDelayedTaskImpl(TaskPointer task, double delay, const v8::SourceLocation&) override {
    Add(std::move(task), delay);
  }

  std::mutex mutex_;
  std::vector<Delayed> tasks_;
  loop::Notifier notifier_;
  loop::Timer timer_;
  bool attached_ = false;
};

class Platform : public v8::Platform {
 public:
  v8::PageAllocator* GetPageAllocator() override { return default_->GetPageAllocator(); }
  int NumberOfWorkerThreads() override { return 1; }
  std::shared_ptr<v8::TaskRunner> GetForegroundTaskRunner(v8::Isolate*, v8::TaskPriority) override {
    return Foreground::TheForeground();
  }
  double MonotonicallyIncreasingTime() override { return loop::NowMs() / 1e3; }
  double CurrentClockTimeMillis() override {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
  }
  v8::TracingController* GetTracingController() override { return &tracing_; }

  std::unique_ptr<v8::JobHandle> CreateJobImpl(v8::TaskPriority priority, std::unique_ptr<v8::JobTask> job,
                                               const v8::SourceLocation&) override {
    return v8::platform::NewDefaultJobHandle(this, priority, std::move(job), 1);
  }
  void PostTaskOnWorkerThreadImpl(v8::TaskPriority, TaskPointer task, const v8::SourceLocation&) override {
    TheWorker().Post(std::move(task));
  }
  void PostDelayedTaskOnWorkerThreadImpl(v8::TaskPriority, TaskPointer task, double,
                                         const v8::SourceLocation&) override {
    // V8 delays only what need not be done soon; at once is right as well, and needs no second clock.
    TheWorker().Post(std::move(task));
  }

 private:
  // Lends its page allocator, which V8 does not export otherwise; it has no threads.
  std::unique_ptr<v8::Platform> default_ = v8::platform::NewSingleThreadedDefaultPlatform();
  v8::TracingController tracing_;
};

std::unique_ptr<v8::Platform> Create() { return std::make_unique<Platform>(); }

void StartTasks() { Foreground::TheForeground()->Attach(); }

}  // namespace node::js_platform
// Layer 3 engine: V8, and no protocol logic of its own
// js_error.h: how an uncaught error is shown
#line 1 "src/js_error.h"
// How an uncaught error is shown: place, source line with a caret, message and
// stack, without our own frames.


#include <string>

#include "v8.h"

namespace node::js_error {

// Scripts of ours are called "node:NAME"; their frames are left out.
inline constexpr const char kOwnPrefix[] = "node:";

// The line that stands before the text of a module, without a number of its own, and what a strict one has before it.
inline constexpr const char kModuleLine[] = "__module(()=>[onLoad,onExit]);\n";
inline constexpr const char kStrict[] = "'use strict';";

// The report of an exception, e.g.
//   example.js:3:7
//     foo.bar();
//         ^
//   TypeError: Cannot read properties of undefined (reading 'bar')
//       at example.js:3:7
// `message` may be empty: it is made from the exception then. `stack` may be empty: where the value came from that
// knows no place itself.
std::string Describe(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Value> exception,
                     v8::Local<v8::Message> message, v8::Local<v8::StackTrace> stack = {});

}  // namespace node::js_error
// Layer 3 engine: V8, and no protocol logic of its own
// js_error.cc: how an uncaught error is shown
#line 1 "src/js_error.cc"


#include <algorithm>
#include <string_view>

namespace node::js_error {

static std::string Text(v8::Isolate* isolate, v8::Local<v8::Value> value) {
  v8::String::Utf8Value text(isolate, value);
  return *text == nullptr ? std::string() : std::string(*text, static_cast<size_t>(text.length()));
}

// A value whose toString() throws has no text; the report must come all the same.
static std::string TextOrType(v8::Isolate* isolate, v8::Local<v8::Value> value) {
  v8::TryCatch guard(isolate);
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::Local<v8::String> text;
  // Symbols are shown as they are written.
  if (value->IsSymbol() && value->ToDetailString(context).ToLocal(&text)) return Text(isolate, text);
  if (value->ToString(context).ToLocal(&text)) {
    std::string shown = Text(isolate, text);
    // Of a plain object its content says more.
    v8::Local<v8::String> json;
    if (shown == "[object Object]" && v8::JSON::Stringify(context, value).ToLocal(&json)) return Text(isolate, json);
    return shown;
  }
  return "a thrown " + Text(isolate, value->TypeOf(isolate)) + " that has no string form";
}

static bool IsOwn(std::string_view script) { return script.starts_with(kOwnPrefix); }

struct Place {
  std::string script;
  int line = 0;
  int column = 0;  // from 0
  std::string source;
};

static std::string LineOf(const std::string& source, int line) {
  size_t start = 0;
  if (source.starts_with(kModuleLine) || source.starts_with(std::string(kStrict) + kModuleLine)) ++line;
  for (int i = 1; i < line; ++i) {
    start = source.find('\n', start);
    if (start == std::string::npos) return "";
    ++start;
  }
  std::string text = source.substr(start, source.find('\n', start) - start);
  if (!text.empty() && text.back() == '\r') text.pop_back();
  return text;
}

// The innermost frame that is not ours.
static Place PlaceInStack(v8::Isolate* isolate, v8::Local<v8::StackTrace> stack) {
  Place place;
  int frames = stack.IsEmpty() ? 0 : stack->GetFrameCount();
  for (int i = 0; i < frames; ++i) {
    v8::Local<v8::StackFrame> frame = stack->GetFrame(isolate, static_cast<uint32_t>(i));
    v8::Local<v8::String> name = frame->GetScriptName();
    if (name.IsEmpty() || IsOwn(Text(isolate, name))) continue;
    place.script = Text(isolate, name);
    place.line = frame->GetLineNumber();
    place.column = frame->GetColumn() - 1;
    v8::Local<v8::String> script_source = frame->GetScriptSource();
    place.source = script_source.IsEmpty() ? "" : LineOf(Text(isolate, script_source), place.line);
    break;
  }
  return place;
}

// Where the error is, as its author sees it.
static Place FindPlace(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Message> message,
                       v8::Local<v8::StackTrace> stack) {
  Place place;
  place.script = TextOrType(isolate, message->GetScriptResourceName());
  place.line = message->GetLineNumber(context).FromMaybe(0);
  place.column = message->GetStartColumn(context).FromMaybe(0);
  v8::Local<v8::String> source;
  if (message->GetSourceLine(context).ToLocal(&source)) place.source = Text(isolate, source);
  // Code made from a string has no name; its caller has.
  bool nameless = place.script == "undefined";
  if (place.line > 0 && !nameless && !IsOwn(place.script)) return place;
  Place outer = PlaceInStack(isolate, message->GetStackTrace());
  if (outer.line == 0) outer = PlaceInStack(isolate, stack);
  return outer.line == 0 && nameless ? place : outer;
}

// Of a long line the part around the column: a line of generated code can be a megabyte.
static void CutLine(Place* place) {
  static constexpr size_t kMost = 160;
  if (place->source.size() <= kMost) return;
  // Columns count UTF-16 units; what is before the part is left out as a whole, so only ASCII is exact here.
  size_t column = static_cast<size_t>(place->column);
  size_t start = column < kMost / 2 ? 0 : std::min(column - kMost / 2, place->source.size() - 1);
  while (start > 0 && (static_cast<unsigned char>(place->source[start]) & 0xc0) == 0x80) --start;
  size_t end = std::min(start + kMost, place->source.size());
  while (end < place->source.size() && (static_cast<unsigned char>(place->source[end]) & 0xc0) == 0x80) ++end;
  place->source = place->source.substr(start, end - start);
  place->column -= static_cast<int>(start);
}

// "at Server.f [as _handler]": where we keep a script's function is nobody's business.
static void HideOwnAlias(std::string* frame) {
  size_t start = frame->find(" [as _");
  size_t end = frame->find(']', start);
  if (start != std::string::npos && end != std::string::npos) frame->erase(start, end + 1 - start);
}

// The stack without the lines that name our own scripts.
static std::string FilterStack(const std::string& stack) {
  std::string kept;
  size_t start = 0;
  while (start < stack.size()) {
    size_t end = stack.find('\n', start);
    if (end == std::string::npos) end = stack.size();
    std::string line = stack.substr(start, end - start);
    bool is_frame = line.starts_with("    at ");
    bool own = is_frame && (line.find("(node:") != std::string::npos || line.starts_with("    at node:"));
    if (is_frame) HideOwnAlias(&line);
    if (!own) kept += line + "\n";
    start = end + 1;
  }
  return kept;
}

// The caret stands under the column: tabs stay tabs, and a character takes one place.
static std::string CaretLine(const std::string& source, int column) {
  std::string line;
  int seen = 0;
  for (char c : source) {
    if (seen >= column) break;
    bool continues = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
    if (continues) continue;
    line += c == '\t' ? '\t' : ' ';
    ++seen;
  }
  return line + "^";
}

// The stack of an error, or what a value has for text.
static std::string StackOf(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Value> exception) {
  std::string stack;
  if (exception->IsObject()) {
    v8::TryCatch guard(isolate);
    v8::Local<v8::Value> value;
    if (exception.As<v8::Object>()->Get(context, v8::String::NewFromUtf8Literal(isolate, "stack")).ToLocal(&value) &&
        value->IsString()) {
      stack = FilterStack(Text(isolate, value));
    }
  }
  return stack.empty() ? TextOrType(isolate, exception) + "\n" : stack;
}

static v8::Local<v8::Value> OwnProperty(v8::Isolate* isolate, v8::Local<v8::Context> context,
                                        v8::Local<v8::Value> error, const char* name) {
  v8::TryCatch guard(isolate);
  v8::Local<v8::String> key = v8::String::NewFromUtf8(isolate, name).ToLocalChecked();
  v8::Local<v8::Value> value;
  if (!error->IsNativeError() || !error.As<v8::Object>()->HasOwnProperty(context, key).FromMaybe(false) ||
      !error.As<v8::Object>()->Get(context, key).ToLocal(&value)) {
    return v8::Undefined(isolate);
  }
  return value;
}

// What an error says was behind it: its cause, and the errors of an AggregateError.
static std::string Causes(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Value> error, int depth) {
  static constexpr int kMostDepth = 4;
  static constexpr uint32_t kMostErrors = 10;
  if (depth > kMostDepth) return "";
  std::string text;
  v8::Local<v8::Value> cause = OwnProperty(isolate, context, error, "cause");
  if (!cause->IsUndefined()) {
    text += "Caused by: " + StackOf(isolate, context, cause) + Causes(isolate, context, cause, depth + 1);
  }
  v8::Local<v8::Value> errors = OwnProperty(isolate, context, error, "errors");
  if (!errors->IsArray()) return text;
  for (uint32_t i = 0; i < std::min(errors.As<v8::Array>()->Length(), kMostErrors); ++i) {
    v8::TryCatch guard(isolate);
    v8::Local<v8::Value> one;
    if (!errors.As<v8::Array>()->Get(context, i).ToLocal(&one)) break;
    text += "One of: " + StackOf(isolate, context, one) + Causes(isolate, context, one, depth + 1);
  }
  return text;
}

std::string Describe(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Value> exception,
                     v8::Local<v8::Message> message, v8::Local<v8::StackTrace> stack) {
  v8::HandleScope scope(isolate);
  if (message.IsEmpty()) message = v8::Exception::CreateMessage(isolate, exception);
  std::string report;
  Place place = FindPlace(isolate, context, message, stack);
  if (!place.script.empty() && place.line > 0) {
    report += (place.script == "undefined" ? "[code from a string]" : place.script) + ":" + std::to_string(place.line) +
              ":" + std::to_string(place.column + 1) + "\n";
    CutLine(&place);
    if (!place.source.empty()) {
      report += place.source + "\n" + CaretLine(place.source, place.column) + "\n";
    }
  }
  return report + StackOf(isolate, context, exception) + Causes(isolate, context, exception, 0);
}

}  // namespace node::js_error
// Layer 3 engine: V8, and no protocol logic of its own
// js_snapshot.h: the library in the heap
#line 1 "src/js_snapshot.h"
// The library in the heap: evaluating lib/, and the snapshot of the result.


#include <cstdint>
#include <string>
#include <string_view>

#include "v8.h"

namespace node::js_snapshot {

// Pointers of ours that the heap may hold, null-terminated. The same functions
// in the same order in both link stages: the snapshot stores indices into it.
const intptr_t* ExternalReferences();

// Evaluates lib/ in a new context, but for the parts that wait until a script
// asks for them (lib/lazy.js). `hooks` is filled with the first
// js::kSnapshotHookCount functions of js::Hook, in its order. Aborts when the
// library fails: that is a defect of ours.
v8::Local<v8::Context> BuildContext(v8::Isolate* isolate, v8::Local<v8::Function>* hooks);

// The snapshot inside this binary; empty in the first link stage.
v8::StartupData Embedded();

// Builds a snapshot; the caller frees data with delete[].
v8::StartupData Create(v8::ArrayBuffer::Allocator* allocator);

// The compiled code of the libraries that are evaluated later, for an engine with this snapshot and these flags: others
// compile them. Evaluates them all.
std::string CreateCode();

// Evaluates them all, with the code inside this binary. How many there are, and how many could use it.
struct CodeUse {
  int libraries;
  int used;
};
CodeUse UseCode();

}  // namespace node::js_snapshot
// Layer 3 engine: V8, and no protocol logic of its own
// js_snapshot.cc: the library in the heap
#line 1 "src/js_snapshot.cc"


#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>





#include "node_js.h"

namespace node::js_snapshot {

// Laid down by snapshot.S.
extern "C" const char node_snapshot_begin[];
extern "C" const char node_snapshot_end[];
extern "C" const uint8_t node_code_begin[];
extern "C" const uint8_t node_code_end[];

// The text of a library, where the linker put it: V8 reads it there.
class LibrarySource : public v8::String::ExternalOneByteStringResource {
 public:
  void Set(std::string_view text) { text_ = text; }
  const char* data() const override { return text_.data(); }
  size_t length() const override { return text_.size(); }
  // Lives as long as the process.
  void Dispose() override {}

 private:
  std::string_view text_;
};

static constexpr size_t kLibraryCount = std::size(bundle::kLibraries);

static LibrarySource* Sources() {
  static LibrarySource* sources = [] {
    static LibrarySource all[kLibraryCount];
    for (size_t i = 0; i < kLibraryCount; ++i) all[i].Set({bundle::kLibraries[i].text, bundle::kLibraries[i].size});
    return all;
  }();
  return sources;
}

[[noreturn]] static void LibraryFailed(v8::Isolate* isolate, v8::Local<v8::Context> context,
                                       const v8::TryCatch& error) {
  std::string report = js_error::Describe(isolate, context, error.Exception(), error.Message());
  std::fprintf(stderr, "node: internal error: lib/ failed:\n%s", report.c_str());
  std::abort();
}

static v8::Local<v8::String> Name(v8::Isolate* isolate, std::string_view text) {
  return v8::String::NewFromUtf8(isolate, text.data(), v8::NewStringType::kInternalized, static_cast<int>(text.size()))
      .ToLocalChecked();
}

// Each file of lib/ is the body of a function with these parameters.
static constexpr const char* kParameters[] = {"node", "global", "binding", "hooks", "NativePromise"};
static constexpr size_t kParameterCount = std::size(kParameters);

static bool IsLater(size_t index) { return bundle::kLibraries[index].part[0] != '\0'; }

// What CreateCode() and UseCode() hear of.
struct Evaluated {
  v8::Global<v8::Function> body;
  bool from_code = false;
};
static std::map<size_t, Evaluated>* evaluated = nullptr;

// The code of a library that is evaluated later: of each in turn there are eight bytes with the length, then so many
// bytes, and some more up to the next multiple of eight. nullptr: there is none.
static v8::ScriptCompiler::CachedData* CodeOf(size_t index) {
  size_t left = static_cast<size_t>(node_code_end - node_code_begin);
  if (left == 0 || !IsLater(index)) return nullptr;
  const uint8_t* at = node_code_begin;
  for (size_t i = 0;; ++i) {
    if (!IsLater(i)) continue;
    uint64_t length;
    CHECK(left >= sizeof length);
    std::memcpy(&length, at, sizeof length);
    CHECK(length <= left - sizeof length);
    if (i == index) return new v8::ScriptCompiler::CachedData(at + sizeof length, static_cast<int>(length));
    const size_t step = sizeof length + (length + 7) / 8 * 8;
    at += step;
    left -= step;
  }
}

// False: it has thrown.
static bool Evaluate(v8::Isolate* isolate, v8::Local<v8::Context> context, size_t index,
                     v8::Local<v8::Value> (&arguments)[kParameterCount]) {
  v8::Local<v8::String> parameters[kParameterCount];
  for (size_t i = 0; i < kParameterCount; ++i) parameters[i] = Name(isolate, kParameters[i]);
  std::string name = js_error::kOwnPrefix + std::string(bundle::kLibraries[index].name);
  v8::ScriptOrigin origin(Name(isolate, name));
  v8::Local<v8::String> text = v8::String::NewExternalOneByte(isolate, &Sources()[index]).ToLocalChecked();
  v8::ScriptCompiler::CachedData* code = CodeOf(index);
  v8::ScriptCompiler::Source source(text, origin, code);  // which deletes it
  v8::Local<v8::Function> body;
  if (!v8::ScriptCompiler::CompileFunction(
           context, &source, kParameterCount, parameters, 0, nullptr,
           code == nullptr ? v8::ScriptCompiler::kNoCompileOptions : v8::ScriptCompiler::kConsumeCodeCache)
           .ToLocal(&body)) {
    return false;
  }
  if (evaluated != nullptr) {
    (*evaluated)[index] = {v8::Global<v8::Function>(isolate, body), code != nullptr && !code->rejected};
  }
  return !body->Call(context, v8::Undefined(isolate), kParameterCount, arguments).IsEmpty();
}

// --- Parts of the library that are evaluated when a script asks for them ---

// Called for the value of what DefineLazy() has defined.
static void GetLazy(v8::Local<v8::Name> name, const v8::PropertyCallbackInfo<v8::Value>& info) {
  v8::Local<v8::Value> part = info.Data();
  v8::Local<v8::Value> offers;
  v8::Local<v8::Value> value;
  if (js::GetHook(js::Hook::kProvide)
          ->Call(js::context(), v8::Undefined(info.GetIsolate()), 1, &part)
          .ToLocal(&offers) &&
      offers.As<v8::Object>()->Get(js::context(), name).ToLocal(&value)) {
    info.GetReturnValue().Set(value);
  }
}

// defineLazy(object, name, part): a property that cannot be told from any other, but that its value comes when it is
// first read: what hooks.provide(part) gives has it.
static void DefineLazy(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Local<v8::Context> context = info.GetIsolate()->GetCurrentContext();
  info[0].As<v8::Object>()->SetLazyDataProperty(context, info[1].As<v8::Name>(), GetLazy, info[2]).Check();
}

// evaluatePart(part, node, global, binding, hooks, NativePromise): throws when there is no stack left, for one.
static void EvaluatePart(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  const std::string name = js::ToUtf8(info[0]);
  v8::Local<v8::Value> arguments[kParameterCount];
  for (size_t i = 0; i < kParameterCount; ++i) arguments[i] = info[static_cast<int>(i) + 1];
  bool found = false;
  for (size_t i = 0; i < kLibraryCount; ++i) {
    if (bundle::kLibraries[i].part != name) continue;
    found = true;
    if (!Evaluate(isolate, js::context(), i, arguments)) return;
  }
  CHECK(found);
  js::TakeHooks(arguments[3].As<v8::Object>());
}

static constexpr js::Function kFunctions[] = {{"defineLazy", DefineLazy}, {"evaluatePart", EvaluatePart}};

// --- The snapshot ---

// Of the whole binding; their order is that of the references.
static constexpr std::span<const js::Function> (*kTables[])() = {
    [] { return std::span<const js::Function>(kFunctions); },
    bind_console::Functions,
    bind_timers::Functions,
    bind_http::Functions,
    bind_tcp::Functions,
    bind_http_client::Functions,
    bind_child::Functions,
    bind_fs::Functions,
    bind_dns::Functions,
    bind_modules::Functions,
    bind_signals::Functions,
    bind_process::Functions,
};

// A function of the binding is made when the library first reads it: a start needs few, and each that lies in the
// snapshot costs every start.
static v8::Intercepted GetFunction(v8::Local<v8::Name> name, const v8::PropertyCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  // To define a property the engine asks whether it is there.
  static bool defining = false;
  if (defining) return v8::Intercepted::kNo;
  v8::String::Utf8Value text(isolate, name);
  const std::string_view wanted(*text == nullptr ? "" : *text);
  for (auto table : kTables) {
    for (const js::Function& function : table()) {
      if (wanted != function.name) continue;
      v8::Local<v8::Function> made;
      if (!js::MakeFunction(context, function).ToLocal(&made)) return v8::Intercepted::kYes;  // it has thrown
      defining = true;
      const bool defined = info.HolderV2()->CreateDataProperty(context, name, made).FromMaybe(false);
      defining = false;
      if (!defined) return v8::Intercepted::kYes;
      info.GetReturnValue().Set(made);
      return v8::Intercepted::kYes;
    }
  }
  return v8::Intercepted::kNo;
}

const intptr_t* ExternalReferences() {
  static std::vector<intptr_t> references = [] {
    std::vector<intptr_t> all;
    for (auto table : kTables) {
      for (const js::Function& function : table()) {
        all.push_back(reinterpret_cast<intptr_t>(function.callback));
        if (function.fast == nullptr) continue;
        all.push_back(reinterpret_cast<intptr_t>(function.fast->GetAddress()));
        all.push_back(reinterpret_cast<intptr_t>(function.fast->GetTypeInfo()));
      }
    }
    all.push_back(reinterpret_cast<intptr_t>(GetLazy));
    all.push_back(reinterpret_cast<intptr_t>(GetFunction));
    for (size_t i = 0; i < kLibraryCount; ++i) all.push_back(reinterpret_cast<intptr_t>(&Sources()[i]));
    all.push_back(0);
    return all;
  }();
  return references.data();
}

static v8::Local<v8::Object> MakeBinding(v8::Isolate* isolate, v8::Local<v8::Context> context) {
  v8::Local<v8::ObjectTemplate> shape = v8::ObjectTemplate::New(isolate);
  // Asked for what is not there.
  shape->SetHandler(v8::NamedPropertyHandlerConfiguration(
      GetFunction, nullptr, nullptr, nullptr, nullptr, v8::Local<v8::Value>(), v8::PropertyHandlerFlags::kNonMasking));
  v8::Local<v8::Object> binding = shape->NewInstance(context).ToLocalChecked();
  // Nor does a script's Object.prototype have it.
  CHECK(binding->SetPrototypeV2(context, v8::Null(isolate)).FromMaybe(false));
  return binding;
}

v8::Local<v8::Context> BuildContext(v8::Isolate* isolate, v8::Local<v8::Function>* hooks) {
  v8::Local<v8::Context> context = v8::Context::New(isolate);
  v8::Context::Scope context_scope(context);
  v8::Local<v8::Object> node = v8::Object::New(isolate);
  v8::Local<v8::Object> binding = MakeBinding(isolate, context);
  // Inherits nothing either.
  v8::Local<v8::Object> hook_table = v8::Object::New(isolate, v8::Null(isolate), nullptr, nullptr, 0);
  context->Global()->Set(context, Name(isolate, "node"), node).Check();
  v8::Local<v8::Value> native_promise = context->Global()->Get(context, Name(isolate, "Promise")).ToLocalChecked();
  v8::Local<v8::Value> arguments[kParameterCount] = {node, context->Global(), binding, hook_table, native_promise};
  for (size_t i = 0; i < kLibraryCount; ++i) {
    v8::TryCatch error(isolate);
    if (!IsLater(i) && !Evaluate(isolate, context, i, arguments)) LibraryFailed(isolate, context, error);
  }
  for (int i = 0; i < js::kSnapshotHookCount; ++i) {
    v8::Local<v8::Value> hook = hook_table->Get(context, Name(isolate, js::kHookNames[i])).ToLocalChecked();
    CHECK(hook->IsFunction());
    hooks[i] = hook.As<v8::Function>();
  }
  return context;
}

v8::StartupData Embedded() { return {node_snapshot_begin, static_cast<int>(node_snapshot_end - node_snapshot_begin)}; }

v8::StartupData Create(v8::ArrayBuffer::Allocator* allocator) {
  v8::Isolate::CreateParams parameters;
  parameters.array_buffer_allocator = allocator;
  parameters.external_references = ExternalReferences();
  v8::SnapshotCreator creator(parameters);
  v8::Isolate* isolate = creator.GetIsolate();
  {
    v8::HandleScope scope(isolate);
    v8::Local<v8::Function> hooks[js::kSnapshotHookCount];
    v8::Local<v8::Context> context = BuildContext(isolate, hooks);
    creator.SetDefaultContext(context);
    for (int i = 0; i < js::kSnapshotHookCount; ++i) {
      size_t index = creator.AddData(context, hooks[i]);
      CHECK(index == static_cast<size_t>(i));
    }
  }
  v8::StartupData blob = creator.CreateBlob(v8::SnapshotCreator::FunctionCodeHandling::kKeep);
  CHECK(blob.data != nullptr && blob.CanBeRehashed());
  return blob;
}

static std::map<size_t, Evaluated> EvaluateAll() {
  std::map<size_t, Evaluated> all;
  evaluated = &all;
  v8::HandleScope scope(js::isolate());
  for (size_t i = 0; i < kLibraryCount; ++i) {
    if (!IsLater(i)) continue;
    v8::Local<v8::Value> part = Name(js::isolate(), bundle::kLibraries[i].part);
    js::Call(js::Hook::kProvide, 1, &part);
  }
  evaluated = nullptr;
  return all;
}

std::string CreateCode() {
  std::string code;
  const std::map<size_t, Evaluated> all = EvaluateAll();
  v8::HandleScope scope(js::isolate());
  // Functions that have been called are in it: so are those that every timer calls.
  static constexpr char kTimers[] =
      "clearTimeout(setTimeout(Object, 1)); setTimeout(Object, 1); setTimeout(Object, 0);";
  v8::Local<v8::Script> script = v8::Script::Compile(js::context(), Name(js::isolate(), kTimers)).ToLocalChecked();
  script->Run(js::context()).ToLocalChecked();
  js::Call(js::Hook::kTimers, 0, nullptr);
  for (const auto& [index, library] : all) {
    std::unique_ptr<v8::ScriptCompiler::CachedData> data(
        v8::ScriptCompiler::CreateCodeCacheForFunction(library.body.Get(js::isolate())));
    CHECK(data != nullptr);
    const uint64_t length = static_cast<uint64_t>(data->length);
    code.append(reinterpret_cast<const char*>(&length), sizeof length);
    code.append(reinterpret_cast<const char*>(data->data), length);
    code.resize((code.size() + 7) / 8 * 8);
  }
  return code;
}

CodeUse UseCode() {
  CodeUse use = {0, 0};
  for (const auto& [index, library] : EvaluateAll()) {
    ++use.libraries;
    if (library.from_code) ++use.used;
  }
  return use;
}

}  // namespace node::js_snapshot
// Layer 3 engine: V8, and no protocol logic of its own
// js_buffers.h: the memory of ArrayBuffers
#line 1 "src/js_buffers.h"
// The memory of ArrayBuffers. Large ones are blocks: those that the collector gives back are taken again while they are
// still in the cache, and what arrives in one can become an ArrayBuffer without a copy.


#include <cstddef>


#include "v8.h"

namespace node::js_buffers {

inline constexpr size_t kBlockSize = blocks::kUnit;

// The allocator of the isolate; never destroyed. One in a process.
v8::ArrayBuffer::Allocator* Allocator();

// A block of kBlockSize bytes, the caller's until Wrap().
char* TakeBlock();

// A Uint8Array of the first `length` bytes of `block`, which belongs to the engine from now on. `length`: more than
// half of kBlockSize, so that not much is wasted. Needs a HandleScope.
v8::Local<v8::Uint8Array> Wrap(char* block, size_t length);

// A Uint8Array of `bytes`: their own memory where they are many and nearly fill it, else a copy. Needs a HandleScope.
v8::Local<v8::Uint8Array> Wrap(blocks::Block bytes);

// A Uint8Array with a copy of `size` bytes. Needs a HandleScope.
v8::Local<v8::Uint8Array> Copy(const char* bytes, size_t size);

}  // namespace node::js_buffers
// Layer 3 engine: V8, and no protocol logic of its own
// js_buffers.cc: the memory of ArrayBuffers
#line 1 "src/js_buffers.cc"


#include <cstdlib>
#include <cstring>
#include <utility>



namespace node::js_buffers {

// Of Wrap(), for the allocation that it is about to cause.
static char* offered = nullptr;

static char* OrDie(char* memory) {
  if (memory != nullptr) return memory;
  std::fprintf(stderr, "node: out of memory: no block to read into\n");
  std::abort();
}

// The engine frees on another thread when it is asked to sweep there (--concurrent-array-buffer-sweeping).
class BlockAllocator : public v8::ArrayBuffer::Allocator {
 public:
  void* Allocate(size_t length) override {
    // Fresh memory of the kernel is zero already.
    if (!blocks::IsKept(length)) return std::calloc(length, 1);
    void* block = blocks::Take(length);
    if (block != nullptr) std::memset(block, 0, length);
    return block;
  }
  void* AllocateUninitialized(size_t length) override {
    if (offered != nullptr) return std::exchange(offered, nullptr);
    return blocks::Take(length);
  }
  void Free(void* data, size_t length) override { blocks::Give(static_cast<char*>(data), length); }
};

v8::ArrayBuffer::Allocator* Allocator() {
  static auto* allocator = new BlockAllocator;
  return allocator;
}

char* TakeBlock() { return OrDie(blocks::Take(kBlockSize)); }

static v8::Local<v8::Uint8Array> NewArray(size_t length) {
  v8::Local<v8::ArrayBuffer> buffer =
      v8::ArrayBuffer::New(v8::Isolate::GetCurrent(), length, v8::BackingStoreInitializationMode::kUninitialized);
  return v8::Uint8Array::New(buffer, 0, length);
}

v8::Local<v8::Uint8Array> Wrap(char* block, size_t length) {
  CHECK(blocks::Capacity(length) == kBlockSize);
  return Wrap(blocks::Block(block, length));
}

v8::Local<v8::Uint8Array> Wrap(blocks::Block bytes) {
  const size_t length = bytes.size();
  const bool fits = blocks::IsKept(length) ? blocks::Capacity(length) == bytes.capacity()
                                           : length > blocks::kLargest && length > bytes.capacity() / 2;
  if (!fits) return Copy(bytes.data(), length);
  // Through the allocator and not as memory of our own: these allocations are the ones at which V8 collects the young
  // when their buffers have become many.
  offered = bytes.Release();
  v8::Local<v8::Uint8Array> array = NewArray(length);
  CHECK(offered == nullptr);
  return array;
}

v8::Local<v8::Uint8Array> Copy(const char* bytes, size_t size) {
  v8::Local<v8::Uint8Array> array = NewArray(size);
  // An empty buffer has no place.
  if (size > 0) std::memcpy(array->Buffer()->Data(), bytes, size);
  return array;
}

}  // namespace node::js_buffers
// Layer 3 engine: V8, and no protocol logic of its own
// js_chunk.h: bytes in the encodings of the API
#line 1 "src/js_chunk.h"
// Bytes from and to JavaScript, in the encodings of the API.


#include <cstdint>
#include <string>
#include <string_view>

#include "v8.h"

namespace node::js_chunk {

// In the order of ENCODINGS in lib/. kRaw gives a Uint8Array, of which lib/ makes the array of integers that scripts
// see.
enum class Encoding : int { kRaw, kUtf8, kAscii, kBytes };

// Raw arrays of more integers than this would be too large for the young generation (128 KB): each a mapping of its
// own. So no raw piece that arrives has more.
inline constexpr uint32_t kRawPiece = 32000;
// Pieces of so many bytes lie in V8's heap as Uint8Arrays, which only script can make.
inline constexpr size_t kInHeap = 64;

// The bytes that a piece of that encoding may have at most.
inline uint32_t PieceOf(Encoding encoding) { return encoding == Encoding::kRaw ? kRawPiece : 64 * 1024; }

// Where script finds the bytes of a piece of which Decoder::Next() gives the length: a Uint8Array of kRawPiece bytes.
// Needs a HandleScope.
v8::Local<v8::Value> SharedPiece();
// Its bytes, after SharedPiece().
char* SharedBytes();

// What arrives, from bytes to values, piece by piece.
class Decoder {
 public:
  void set_encoding(Encoding encoding) { encoding_ = encoding; }
  Encoding encoding() const { return encoding_; }
  // Whether the next piece is just its bytes.
  bool passes_bytes() const {
    return (encoding_ == Encoding::kRaw || encoding_ == Encoding::kBytes) && partial_.empty();
  }

  // A piece, for pieceOf of lib/chunks.js: a string; a Uint8Array; or a length, of bytes that lie in the shared piece
  // until the next one. Empty while it has no whole character. Characters that are split between two pieces arrive
  // whole, broken ones become U+FFFD.
  v8::MaybeLocal<v8::Value> Next(std::string_view data);
  // The rest, when no more comes: the beginning of a character, if there is one.
  v8::MaybeLocal<v8::Value> End();

 private:
  Encoding encoding_ = Encoding::kRaw;
  std::string partial_;
};

// A string, a view or a buffer as bytes: with `utf8` strings are UTF-8, else each character gives its low byte. Points
// into `storage` or the value, which lasts until script runs again. Empty for other values.
std::string_view Encode(v8::Local<v8::Value> value, bool utf8, std::string* storage);

}  // namespace node::js_chunk
// Layer 3 engine: V8, and no protocol logic of its own
// js_chunk.cc: bytes in the encodings of the API
#line 1 "src/js_chunk.cc"


#include <cstring>





namespace node::js_chunk {

static v8::Local<v8::ArrayBuffer> SharedBuffer() {
  static auto* buffer = new v8::Eternal<v8::ArrayBuffer>(js::isolate(), v8::ArrayBuffer::New(js::isolate(), kRawPiece));
  return buffer->Get(js::isolate());
}

char* SharedBytes() {
  static char* bytes = static_cast<char*>(SharedBuffer()->Data());
  return bytes;
}

v8::Local<v8::Value> SharedPiece() { return v8::Uint8Array::New(SharedBuffer(), 0, kRawPiece); }

// Just bytes: script makes arrays of integers, and what lies in its heap, by itself.
static v8::Local<v8::Value> BytesOf(Encoding encoding, std::string_view data) {
  if (data.size() > (encoding == Encoding::kRaw ? kRawPiece : kInHeap)) {
    return js_buffers::Copy(data.data(), data.size());
  }
  char* shared = SharedBytes();
  std::memcpy(shared, data.data(), data.size());
  return js::Integer(static_cast<uint32_t>(data.size()));
}

v8::MaybeLocal<v8::Value> Decoder::Next(std::string_view data) {
  // A piece that began in another encoding ends in it.
  if (encoding_ != Encoding::kUtf8 && partial_.empty()) {
    return encoding_ == Encoding::kAscii ? js::OneByte(data).As<v8::Value>() : BytesOf(encoding_, data);
  }
  std::string joined = std::exchange(partial_, {});
  joined += data;
  if (encoding_ == Encoding::kUtf8) {
    size_t tail = utf8::IncompleteTail(joined);
    partial_ = joined.substr(joined.size() - tail);
    joined.resize(joined.size() - tail);
    if (joined.empty()) return {};
    return js::Utf8(joined);
  }
  return encoding_ == Encoding::kAscii ? js::OneByte(joined).As<v8::Value>() : BytesOf(encoding_, joined);
}

v8::MaybeLocal<v8::Value> Decoder::End() {
  if (partial_.empty()) return {};
  return js::Utf8(std::exchange(partial_, {}));
}

std::string_view Encode(v8::Local<v8::Value> value, bool utf8, std::string* storage) {
  if (value->IsString()) {
    v8::Local<v8::String> text = value.As<v8::String>();
    if (utf8) {
      *storage = js::ToUtf8(text);
    } else {
      storage->resize(static_cast<size_t>(text->Length()));
      text->WriteOneByteV2(js::isolate(), 0, static_cast<uint32_t>(storage->size()),
                           reinterpret_cast<uint8_t*>(storage->data()));
    }
    return *storage;
  }
  if (value->IsArrayBufferView()) {
    v8::Local<v8::ArrayBufferView> view = value.As<v8::ArrayBufferView>();
    if (view->HasBuffer()) {
      return {static_cast<const char*>(view->Buffer()->Data()) + view->ByteOffset(), view->ByteLength()};
    }
    // A small one lies in the heap, where a collection would move it.
    storage->resize(view->ByteLength());
    storage->resize(view->CopyContents(storage->data(), storage->size()));
    return *storage;
  }
  if (value->IsArrayBuffer()) {
    v8::Local<v8::ArrayBuffer> buffer = value.As<v8::ArrayBuffer>();
    return {static_cast<const char*>(buffer->Data()), buffer->ByteLength()};
  }
  return {};
}

}  // namespace node::js_chunk
// Layer 3 engine: V8, and no protocol logic of its own
// js_socket.h: ports, paths and hosts that scripts give
#line 1 "src/js_socket.h"
// What the bindings of sockets take from scripts: ports, paths and hosts.


#include <cstdint>
#include <optional>
#include <vector>




#include "v8.h"

namespace node::js_socket {

// A number `port` on `host`, or a unix-domain socket whose path `port` is. Throws an Error that begins with `call` and
// gives std::nullopt for a bad path.
std::optional<tcp_connection::Target> ToTarget(const char* call, v8::Local<v8::Value> port, v8::Local<v8::Value> host);

struct Listener {
  fd::OwnedFd descriptor;
  uint16_t port = 0;  // as bound; 0 of a unix-domain socket
};

// Opens a listening socket at the first address of a host that needs no look-up, or at a path. Throws and gives
// std::nullopt when that fails.
std::optional<Listener> OpenListener(v8::Local<v8::Value> port, v8::Local<v8::Value> host, v8::Local<v8::Value> backlog,
                                     bool clients_speak_first);

}  // namespace node::js_socket
// Layer 3 engine: V8, and no protocol logic of its own
// js_socket.cc: ports, paths and hosts that scripts give
#line 1 "src/js_socket.cc"


#include <string>




namespace node::js_socket {

// The port as an integer. lib/tcp.js has checked it.
static uint16_t ToPort(v8::Local<v8::Value> port) {
  return static_cast<uint16_t>(port->Uint32Value(js::context()).FromMaybe(0));
}

static std::optional<stream::Address> ToUnixAddress(const char* call, v8::Local<v8::Value> port) {
  std::string path = js::ToUtf8(port);
  std::optional<stream::Address> address = stream::UnixAddress(path);
  if (!address) {
    js::ThrowError(std::string(call) + ": \"" + path +
                   "\" is no path of a socket: it has more than 107 bytes, or a NUL");
  }
  return address;
}

std::optional<tcp_connection::Target> ToTarget(const char* call, v8::Local<v8::Value> port, v8::Local<v8::Value> host) {
  tcp_connection::Target target;
  if (port->IsString()) {
    std::optional<stream::Address> address = ToUnixAddress(call, port);
    if (!address) return std::nullopt;
    target.addresses.push_back(*address);
    return target;
  }
  std::string name = js::ToUtf8(host);
  target.source = host_source::Make(name.empty() ? "0.0.0.0" : name, ToPort(port));
  return target;
}

static std::optional<stream::Address> ToListenAddress(v8::Local<v8::Value> port, v8::Local<v8::Value> host) {
  if (port->IsString()) return ToUnixAddress("listen", port);
  std::string name = js::ToUtf8(host);
  std::vector<stream::Address> found = stream::FindHost(name.empty() ? "0.0.0.0" : name, ToPort(port));
  if (!found.empty()) return found.front();
  js::ThrowError("listen ENOTFOUND " + name +
                     ": no address, not \"localhost\" and not in /etc/hosts (a server binds at once, and asks nobody)",
                 "ENOTFOUND", "listen");
  return std::nullopt;
}

std::optional<Listener> OpenListener(v8::Local<v8::Value> port, v8::Local<v8::Value> host, v8::Local<v8::Value> backlog,
                                     bool clients_speak_first) {
  std::optional<stream::Address> address = ToListenAddress(port, host);
  if (!address) return std::nullopt;
  base::Result<fd::OwnedFd> listener =
      stream::Listen(*address, backlog->Int32Value(js::context()).FromMaybe(1024), clients_speak_first);
  if (!listener.ok()) {
    const base::Error& error = listener.error();
    js::ThrowError(error.Message(), error.Name(), error.syscall);
    return std::nullopt;
  }
  Listener result;
  std::optional<stream::Address> bound = stream::LocalAddress(listener.value().get());
  result.port = bound ? bound->Port() : 0;
  result.descriptor = std::move(listener.value());
  return result;
}

}  // namespace node::js_socket
// Layer 3 engine: V8, and no protocol logic of its own
// js.cc: start, calls, scripts, exit
#line 1 "src/js.cc"


#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstring>















namespace node::js {

const char* const kHookNames[kHookCount] = {"provide",
                                            "boot",
                                            "written",
                                            "request",
                                            "body",
                                            "complete",
                                            "gone",
                                            "eof",
                                            "closed",
                                            "connection",
                                            "upgrade",
                                            "flushResponses",
                                            "drain",
                                            "tcpAccept",
                                            "tcpEvent",
                                            "tcpDisconnect",
                                            "runMain",
                                            "exit",
                                            "end",
                                            "timers",
                                            "response",
                                            "responseBody",
                                            "responseComplete",
                                            "flushRequests",
                                            "childEvent",
                                            "fileDone",
                                            "fileChanged",
                                            "dnsReply"};

// Everything lives until the process ends by _exit(2): no teardown, no static destructors.
static v8::Isolate* the_isolate = nullptr;
static v8::Global<v8::Context>* the_context = nullptr;
static v8::Global<v8::Function>* the_hooks = nullptr;

struct Rejection {
  v8::Global<v8::Promise> promise;
  v8::Global<v8::Value> reason;
  v8::Global<v8::StackTrace> stack;  // where it happened
};
static std::vector<Rejection>* rejections = nullptr;

v8::Isolate* isolate() { return the_isolate; }
v8::Local<v8::Context> context() { return the_context->Get(the_isolate); }
v8::Local<v8::Function> GetHook(Hook hook) {
  // C++ tells of nothing but what a function of the same part has begun.
  CHECK(!the_hooks[static_cast<int>(hook)].IsEmpty());
  return the_hooks[static_cast<int>(hook)].Get(the_isolate);
}
void TakeHooks(v8::Local<v8::Object> table) {
  for (int i = kSnapshotHookCount; i < kHookCount; ++i) {
    v8::Local<v8::Value> hook = table->Get(context(), Utf8(kHookNames[i])).ToLocalChecked();
    if (hook->IsFunction()) the_hooks[i].Reset(the_isolate, hook.As<v8::Function>());
  }
}

// --- Values ---

v8::Local<v8::String> OneByte(std::string_view text) {
  return v8::String::NewFromOneByte(the_isolate, reinterpret_cast<const uint8_t*>(text.data()),
                                    v8::NewStringType::kNormal, static_cast<int>(text.size()))
      .ToLocalChecked();
}

// UTF-8 that is ASCII needs no decoder: the first use of V8's asks the processor what it can do, which costs 15 us.
static bool IsAscii(std::string_view text) {
  unsigned char all = 0;
  for (char c : text) all |= static_cast<unsigned char>(c);
  return all < 0x80;
}

v8::Local<v8::String> Utf8(std::string_view text) {
  if (text.size() < v8::String::kMaxLength && IsAscii(text)) return OneByte(text);
  v8::Local<v8::String> string;
  if (!v8::String::NewFromUtf8(the_isolate, text.data(), v8::NewStringType::kNormal, static_cast<int>(text.size()))
           .ToLocal(&string)) {
    return v8::String::Empty(the_isolate);
  }
  return string;
}

std::string ToUtf8(v8::Local<v8::Value> value) {
  v8::String::Utf8Value text(the_isolate, value);
  return *text == nullptr ? std::string() : std::string(*text, static_cast<size_t>(text.length()));
}

v8::Local<v8::Value> Number(double number) { return v8::Number::New(the_isolate, number); }

double NumberProperty(v8::Local<v8::Value> object, const char* name, double otherwise) {
  v8::Local<v8::Value> value;
  if (!object->IsObject() || !object.As<v8::Object>()->Get(context(), Utf8(name)).ToLocal(&value)) return otherwise;
  double number = value->IsNumber() ? value.As<v8::Number>()->Value() : -1;
  return number >= 0 ? number : otherwise;
}

void SetOwn(v8::Local<v8::Value> object, const char* key, v8::Local<v8::Value> value) {
  // Set() would call a setter that a script has given Object.prototype, which may throw.
  object.As<v8::Object>()->CreateDataProperty(context(), Utf8(key), value).Check();
}

v8::Local<v8::Value> MakeError(const std::string& message, const char* errno_name, const char* syscall) {
  v8::Local<v8::Value> error = v8::Exception::Error(Utf8(message));
  auto set = [&](const char* key, const char* value) {
    if (value != nullptr) SetOwn(error, key, Utf8(value));
  };
  set("errno", errno_name);
  set("syscall", syscall);
  return error;
}

void ThrowError(const std::string& message, const char* errno_name, const char* syscall) {
  the_isolate->ThrowException(MakeError(message, errno_name, syscall));
}

v8::MaybeLocal<v8::Function> MakeFunction(v8::Local<v8::Context> context, const Function& function) {
  // Also for the snapshot, before isolate() is there.
  v8::Isolate* isolate = context->GetIsolate();
  v8::Local<v8::String> name =
      v8::String::NewFromUtf8(isolate, function.name, v8::NewStringType::kInternalized).ToLocalChecked();
  // Plain functions: no prototype, no construction; less to snapshot.
  v8::Local<v8::Function> made;
  if (function.fast == nullptr) {
    if (!v8::Function::New(context, function.callback, v8::Local<v8::Value>(), 0, v8::ConstructorBehavior::kThrow)
             .ToLocal(&made)) {
      return {};
    }
  } else if (!v8::FunctionTemplate::New(isolate, function.callback, v8::Local<v8::Value>(), v8::Local<v8::Signature>(),
                                        0, v8::ConstructorBehavior::kThrow, v8::SideEffectType::kHasSideEffect,
                                        function.fast)
                  ->GetFunction(context)
                  .ToLocal(&made)) {
    return {};
  }
  made->SetName(name);
  return made;
}

// --- Errors ---

void Exit(int code) {
  // Output that nobody reads must not hold it up.
  signals::EndHearing();
  bind_http::SendBeforeExit();
  tcp_connection::SendBeforeExit();
  child_process::WriteBeforeExit();
  std::string failure = bind_console::Drain();
  if (!failure.empty()) {
    output::WriteNow(STDERR_FILENO, failure);
    code = 1;
  }
  _exit(code);
}

[[noreturn]] static void Fatal(const std::string& report) {
  signals::EndHearing();
  // What other listeners of this turn have sent and printed before comes first.
  bind_http::SendBeforeExit();
  tcp_connection::SendBeforeExit();
  std::string failure = bind_console::Drain();
  output::WriteNow(STDERR_FILENO, failure + report);
  _exit(1);
}

[[noreturn]] static void Uncaught(const v8::TryCatch& error) {
  Fatal(js_error::Describe(the_isolate, context(), error.Exception(), error.Message()));
}

static void OnPromiseReject(v8::PromiseRejectMessage message) {
  v8::Local<v8::Promise> promise = message.GetPromise();
  switch (message.GetEvent()) {
    case v8::kPromiseRejectWithNoHandler:
      rejections->push_back(
          {v8::Global<v8::Promise>(the_isolate, promise), v8::Global<v8::Value>(the_isolate, message.GetValue()),
           v8::Global<v8::StackTrace>(the_isolate, v8::StackTrace::CurrentStackTrace(the_isolate, 10))});
      break;
    case v8::kPromiseHandlerAddedAfterReject:
      std::erase_if(*rejections, [&](const Rejection& entry) { return entry.promise == promise; });
      break;
    case v8::kPromiseRejectAfterResolved:
    case v8::kPromiseResolveAfterResolved:
      break;
  }
}

void RunMicrotasks() {
  the_isolate->PerformMicrotaskCheckpoint();
  if (rejections->empty()) return;
  v8::HandleScope scope(the_isolate);
  v8::Local<v8::Value> reason = rejections->front().reason.Get(the_isolate);
  Fatal("Unhandled promise rejection\n" + js_error::Describe(the_isolate, context(), reason, v8::Local<v8::Message>(),
                                                             rejections->front().stack.Get(the_isolate)));
}

static void OnFatalError(const char* location, const char* message) {
  std::fprintf(stderr, "node: the engine failed: %s: %s\n", location == nullptr ? "?" : location, message);
  std::abort();
}

static void OnOutOfMemory(const char* location, const v8::OOMDetails& details) {
  bind_console::Drain();
  std::fprintf(stderr, "node: out of memory: %s%s%s (a larger heap: --v8-flags=--max-old-space-size=MEGABYTES)\n",
               location == nullptr ? "?" : location, details.detail == nullptr ? "" : ": ",
               details.detail == nullptr ? "" : details.detail);
  _exit(134);
}

// --- Calls ---

v8::Local<v8::Value> Call(v8::Local<v8::Function> function, v8::Local<v8::Value> receiver, int count,
                          v8::Local<v8::Value>* arguments) {
  v8::TryCatch error(the_isolate);
  v8::Local<v8::Value> result;
  if (!function->Call(context(), receiver, count, arguments).ToLocal(&result)) Uncaught(error);
  RunMicrotasks();
  return result;
}

v8::Local<v8::Value> Call(Hook hook, int count, v8::Local<v8::Value>* arguments) {
  return Call(GetHook(hook), v8::Undefined(the_isolate), count, arguments);
}

static bool FlushDue() {
  return file_io::FlushDue() || bind_http::FlushDue() || bind_http_client::FlushDue() || tcp_connection::FlushDue() ||
         dns_transport::FlushDue() || child_process::FlushDue() || bind_console::FlushDue();
}

static bool FlushAll() {
  // A script that prints whenever it hears that it has printed must not keep the sockets from their turn.
  static constexpr int kRounds = 16;
  for (int round = 0; round < kRounds; ++round) {
    if (!FlushDue()) return false;
    // Nor must one that reads a file whenever it has read one.
    if (round > 0 && loop::TurnIsLong(/*exactly=*/true)) return true;
    file_io::Flush();
    bind_http::Flush();
    bind_http_client::Flush();
    // Before tcp_connection, which takes what it asks over TCP.
    dns_transport::Flush();
    tcp_connection::Flush();
    child_process::Flush();
    bind_console::Flush();
  }
  return FlushDue();
}

bool TurnDue() { return FlushDue() || bind_timers::ArmDue() || signals::HeardDue(); }

bool EndTurn() {
  // First: what is printed in this turn may tell others that they may send signals.
  bind_signals::Arm();
  bool more = FlushAll();
  bind_timers::Arm();
  bind_signals::Arm();
  return more;
}

// --- Scripts ---

// Whether a directive makes the code strict. It would be one no longer behind a line of ours.
static bool IsStrict(std::string_view text) {
  for (;;) {
    size_t start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) return false;
    text.remove_prefix(start);
    if (text.starts_with("//")) {
      text.remove_prefix(std::min(text.find('\n'), text.size()));
    } else if (text.starts_with("/*")) {
      size_t end = text.find("*/", 2);
      if (end == std::string_view::npos) return false;
      text.remove_prefix(end + 2);
    } else {
      return text.starts_with("'use strict'") || text.starts_with("\"use strict\"");
    }
  }
}

v8::MaybeLocal<v8::String> SourceText(std::string_view source, const std::string& name) {
  std::string text(source);
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  // A shebang line becomes a comment: the line numbers stay.
  if (text.starts_with("#!")) text.replace(0, 2, "//");
  if (text.size() >= v8::String::kMaxLength) {
    ThrowError(name + " is too large: a script may have " + std::to_string(v8::String::kMaxLength) + " bytes");
    return {};
  }
  text.insert(0, std::string(IsStrict(text) ? js_error::kStrict : "") + js_error::kModuleLine);
  return Utf8(text);
}

v8::MaybeLocal<v8::Function> CompileModule(v8::Local<v8::String> source, v8::Local<v8::String> name) {
  std::vector<v8::Local<v8::String>> parameters = {Utf8("exports"), Utf8("require"), Utf8("include"),
                                                   Utf8("__filename"), Utf8("__module")};
  const size_t fixed = parameters.size();
  // As parameters they can be assigned to and declared as functions, but not by let, const or class: then they are
  // left out.
  const char* const callbacks[] = {"onLoad", "onExit"};
  bool declared[] = {false, false};
  for (;;) {
    v8::TryCatch error(the_isolate);
    parameters.resize(fixed);
    for (size_t i = 0; i < std::size(callbacks); ++i) {
      if (!declared[i]) parameters.push_back(Utf8(callbacks[i]));
    }
    // The line of our own has no number.
    v8::ScriptOrigin origin(name, -1);
    v8::ScriptCompiler::Source compiled(source, origin);
    v8::Local<v8::Function> function;
    if (v8::ScriptCompiler::CompileFunction(context(), &compiled, parameters.size(), parameters.data())
            .ToLocal(&function)) {
      return function;
    }
    std::string message = error.HasTerminated() ? "" : ToUtf8(error.Message()->Get());
    bool again = false;
    for (size_t i = 0; i < std::size(callbacks); ++i) {
      std::string taken = std::string("Identifier '") + callbacks[i] + "' has already been declared";
      if (declared[i] || !message.ends_with(taken)) continue;
      again = declared[i] = true;
    }
    if (again) continue;
    error.ReThrow();
    return {};
  }
}

void RunScript(std::string_view source, const std::string& name) {
  v8::HandleScope scope(the_isolate);
  v8::TryCatch error(the_isolate);
  v8::Local<v8::String> text;
  if (!SourceText(source, name).ToLocal(&text)) Uncaught(error);
  base::Result<std::string> path = script_file::RealPath(name);
  v8::Local<v8::Value> arguments[] = {text, Utf8(name), Utf8(path.ok() ? path.value() : name)};
  Call(Hook::kRunMain, std::size(arguments), arguments);
}

bool CheckScript(std::string_view source, const std::string& name) {
  v8::HandleScope scope(the_isolate);
  v8::TryCatch error(the_isolate);
  v8::Local<v8::String> text;
  if (SourceText(source, name).ToLocal(&text) && !CompileModule(text, Utf8(name)).IsEmpty()) {
    return true;
  }
  output::WriteNow(STDERR_FILENO, js_error::Describe(the_isolate, context(), error.Exception(), error.Message()));
  return false;
}

// --- Start ---

static bool Entropy(unsigned char* buffer, size_t length) {
  while (length > 0) {
    ssize_t got = getrandom(buffer, length, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    buffer += got;
    length -= static_cast<size_t>(got);
  }
  return true;
}

// Flags of our own, but for those that the user has named.
//  --rehash-snapshot: a hash seed of its own for each process (CVE-2017-11499), not the one of the build.
//  --single-threaded-gc: on few cores helper threads cost more than they bring.
//  --scavenger-max-new-space-capacity-mb: V8 collects the young when their ArrayBuffers have twice as much, by default
//  64 MB. Such a collection takes 30 us here; buffers that live in the cache are faster, and the memory is not needed.
static constexpr const char* kFlags[] = {"rehash-snapshot", "single-threaded-gc",
                                         "scavenger-max-new-space-capacity-mb=1"};
// The flag would also limit how far the young generation grows: this is V8's own limit, of which a semi-space is a
// third.
static constexpr size_t kYoungBytes = size_t{3} * 32 * 1024 * 1024;
// The same bytes from every build.
static constexpr const char kSnapshotFlags[] = "--predictable --random-seed=42 --single-threaded-gc";

// What a user gives: "" or the first word that V8 does not take.
static std::string SetUserFlags(const std::string& flags) {
  std::vector<std::string> words{"node"};
  for (size_t start = 0; (start = flags.find_first_not_of(" \t\n", start)) != std::string::npos;) {
    size_t end = std::min(flags.find_first_of(" \t\n", start), flags.size());
    words.push_back(flags.substr(start, end - start));
    start = end;
  }
  std::vector<char*> arguments;
  arguments.reserve(words.size());
  for (std::string& word : words) arguments.push_back(word.data());
  int count = static_cast<int>(arguments.size());
  // What V8 takes it removes, with its value where that is a word of its own.
  v8::V8::SetFlagsFromCommandLine(&count, arguments.data(), /*remove_flags=*/true);
  return count > 1 ? arguments[1] : "";
}

// V8 takes it that a stack has 984 KB; a smaller one would end in a crash instead of a RangeError.
static std::string StackFlag() {
  static constexpr rlim_t kExpected = 1200 * 1024;
  static constexpr rlim_t kReserve = 128 * 1024;  // for what runs before and beside scripts
  rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur >= kExpected || limit.rlim_cur < 2 * kReserve) return "";
  return " --stack-size=" + std::to_string((limit.rlim_cur - kReserve) / 1024);
}

void PrintV8Flags() {
  static constexpr const char kHelp[] = "--help";
  v8::V8::SetFlagsFromString(kHelp);
}

static void StartEngine(const std::string& flags) {
  v8::V8::SetFlagsFromString(flags.c_str(), flags.size());
  v8::V8::SetEntropySource(Entropy);
  // V8 keeps a pointer; never destroyed.
  v8::V8::InitializePlatform(js_platform::Create().release());
  v8::V8::Initialize();
}

// `user`: what the user gives.
static std::string OwnFlags(const std::string& user) {
  std::string flags;
  for (const char* flag : kFlags) {
    std::string_view name = std::string_view(flag).substr(0, std::string_view(flag).find('='));
    if (user.find(name) == std::string::npos) flags += std::string(" --") + flag;
  }
  return flags;
}

// `snapshot`: nullptr to evaluate lib/ now; the engine keeps it.
static void StartIsolate(const v8::StartupData* snapshot) {
  v8::Isolate::CreateParams parameters;
  parameters.array_buffer_allocator = js_buffers::Allocator();
  parameters.external_references = js_snapshot::ExternalReferences();
  if (snapshot != nullptr) parameters.snapshot_blob = snapshot;
  parameters.constraints.set_max_young_generation_size_in_bytes(kYoungBytes);
  the_isolate = v8::Isolate::New(parameters);
  the_isolate->Enter();
  the_isolate->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
  the_isolate->SetCaptureStackTraceForUncaughtExceptions(true, 20, v8::StackTrace::kDetailed);
  the_isolate->SetFatalErrorHandler(OnFatalError);
  the_isolate->SetOOMErrorHandler(OnOutOfMemory);
  rejections = new std::vector<Rejection>;
  the_isolate->SetPromiseRejectCallback(OnPromiseReject);

  v8::HandleScope scope(the_isolate);
  v8::Local<v8::Context> context;
  v8::Local<v8::Function> hooks[kSnapshotHookCount];
  if (snapshot != nullptr) {
    context = v8::Context::New(the_isolate);
    for (int i = 0; i < kSnapshotHookCount; ++i) {
      hooks[i] = context->GetDataFromSnapshotOnce<v8::Function>(static_cast<size_t>(i)).ToLocalChecked();
    }
  } else {
    context = js_snapshot::BuildContext(the_isolate, hooks);
  }
  context->Enter();
  the_context = new v8::Global<v8::Context>(the_isolate, context);
  the_hooks = new v8::Global<v8::Function>[kHookCount];
  for (int i = 0; i < kSnapshotHookCount; ++i) the_hooks[i].Reset(the_isolate, hooks[i]);
}

std::string Start(const Options& options) {
  if (!options.v8_flags.empty()) {
    std::string unknown = SetUserFlags(options.v8_flags);
    if (!unknown.empty()) return unknown;
  }
  StartEngine(StackFlag() + OwnFlags(options.v8_flags));
  static v8::StartupData snapshot = js_snapshot::Embedded();
  StartIsolate(options.use_snapshot && snapshot.raw_size > 0 ? &snapshot : nullptr);
  return "";
}

static bool WriteFile(const char* path, std::string_view content) {
  std::FILE* file = std::fopen(path, "wb");
  if (file == nullptr) return false;
  bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size();
  return std::fclose(file) == 0 && written;
}

bool BuildSnapshot(const char* path) {
  StartEngine(kSnapshotFlags);
  v8::StartupData blob = js_snapshot::Create(js_buffers::Allocator());
  return WriteFile(path, {blob.data, static_cast<size_t>(blob.raw_size)});
}

bool BuildCode(const std::string& path) {
  base::Result<std::string> file = script_file::Read(path);
  if (!file.ok()) return false;
  // The flags of a run, for which alone the code is good; a seed makes no difference, but that the bytes are always the
  // same.
  StartEngine(OwnFlags("") + " --random-seed=42");
  // Aligned as it is in the binary.
  std::vector<std::max_align_t> aligned(file.value().size() / sizeof(std::max_align_t) + 1);
  std::memcpy(aligned.data(), file.value().data(), file.value().size());
  v8::StartupData snapshot = {reinterpret_cast<const char*>(aligned.data()), static_cast<int>(file.value().size())};
  StartIsolate(&snapshot);
  return WriteFile((path + ".code").c_str(), js_snapshot::CreateCode());
}

}  // namespace node::js
// Layer 3 engine: V8, and no protocol logic of its own
// bind_console.cc: text to standard output and error
#line 1 "src/bind_console.cc"
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>








// Text to standard output and error, for lib/console.js.
namespace node::bind_console {

static void OnSettled(output::Output* output);

// Standard output or error, once something has been written to it.
struct Stream {
  explicit Stream(int number) : descriptor(number), output(number, OnSettled) {}

  int descriptor;
  output::Output output;
  bool watched = false;       // a promise waits for what has been queued
  bool told = false;          // the script has heard that it cannot be written
  uint64_t told_settled = 0;  // of Output::settled(), what the script knows
};

// By descriptor; nullptr before the first use.
static Stream* streams[STDERR_FILENO + 1];

static Stream* StreamOf(int descriptor) {
  Stream*& stream = streams[descriptor];
  if (stream == nullptr) stream = new Stream(descriptor);
  return stream;
}

static base::Error ErrorOf(const Stream* stream) {
  return {"write", stream->output.error(), stream->descriptor == STDOUT_FILENO ? "standard output" : "standard error"};
}

// What nobody listens for ends the program, if it is lost from standard output: a program whose work is lost must not
// succeed. Of standard error there is nowhere to complain, and no reason to stop.
static bool IsFatal(const Stream* stream) {
  return stream->descriptor == STDOUT_FILENO && stream->output.error() != 0 && !stream->told;
}

static void DrainError() {
  if (streams[STDERR_FILENO] != nullptr) streams[STDERR_FILENO]->output.Drain();
}

[[noreturn]] static void End(const std::string& message, int code) {
  DrainError();
  output::WriteNow(STDERR_FILENO, message);
  _exit(code);
}

// What the hook `written` answers.
static constexpr uint32_t kWaiting = 1;  // promises wait for more
static constexpr uint32_t kHeard = 2;    // somebody listened for the error
static constexpr uint32_t kQuiet = 4;    // nobody wants to know that the reader has gone

static void Tell(Stream* stream) {
  output::Output& output = stream->output;
  if (output.error() == 0 && (!stream->watched || output.settled() == stream->told_settled)) return;
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> error = v8::Undefined(js::isolate());
  const bool failed = output.error() != 0;
  const base::Error reason = ErrorOf(stream);
  if (failed) error = js::MakeError(reason.Message(), reason.Name(), reason.syscall);
  stream->told_settled = output.settled();
  v8::Local<v8::Value> arguments[] = {js::Integer(static_cast<uint32_t>(stream->descriptor)),
                                      js::Number(static_cast<double>(stream->told_settled)),
                                      js::Number(static_cast<double>(output.lost_from())), error};
  // The call, and the microtasks behind it, may watch again, and write again.
  stream->watched = false;
  if (failed) output.Forgive();
  const uint32_t answer = js::Unsigned(js::Call(js::Hook::kWritten, std::size(arguments), arguments));
  if ((answer & kWaiting) != 0) stream->watched = true;
  if (!failed) return;
  // A reader that goes away (`node x.js | head`) ends the program quietly.
  if ((answer & kQuiet) != 0) End("", 0);
  if ((answer & kHeard) != 0) stream->told = true;
  if (stream->descriptor == STDOUT_FILENO && !stream->told) End("node: " + reason.Message() + "\n", 1);
}

static void OnSettled(output::Output* output) {
  for (Stream* stream : streams) {
    if (stream != nullptr && &stream->output == output) return Tell(stream);
  }
}

// What the script has written before this to the other stream comes before it where both are one terminal or file.
static void BeforeError() {
  if (streams[STDOUT_FILENO] != nullptr) streams[STDOUT_FILENO]->output.Push();
}

// Standard error is not held until the turn's end: it tells of what goes wrong in it.
static void Append(Stream* stream, std::string_view bytes) {
  if (stream->descriptor != STDERR_FILENO) return stream->output.Append(bytes);
  BeforeError();
  stream->output.Append(bytes);
  stream->output.Push();
}

// writeOutput(fd, data): queues a string (UTF-8) or a Uint8Array; returns the number of bytes, or -1 less that when the
// reader is known to have gone, or much has been lost in this turn: there may be no end to it.
static void WriteOutput(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Stream* stream = StreamOf(js::Unsigned(info[0]) == STDERR_FILENO ? STDERR_FILENO : STDOUT_FILENO);
  double length = 0;
  if (info[1]->IsString()) {
    v8::String::Utf8Value text(info.GetIsolate(), info[1]);
    length = static_cast<double>(text.length());
    Append(stream, {*text, static_cast<size_t>(text.length())});
  } else {
    uint8_t small[64];  // such arrays lie in the engine's heap
    v8::MemorySpan<uint8_t> bytes = info[1].As<v8::Uint8Array>()->GetContents({small, sizeof small});
    length = static_cast<double>(bytes.size());
    Append(stream, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  const bool in_vain = stream->output.error() == EPIPE || stream->output.LosesWithoutEnd();
  info.GetReturnValue().Set(in_vain ? -1 - length : length);
}

// outputIsFile(fd): whether writeOutputAt() may be called.
static void OutputIsFile(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(StreamOf(js::Unsigned(info[0]))->output.IsFile());
}

// writeOutputAt(fd, data, position): writes to a file now, behind what is queued; the number of bytes; throws.
static void WriteOutputAt(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Stream* stream = StreamOf(js::Unsigned(info[0]));
  std::string storage;
  const std::string_view bytes = js_chunk::Encode(info[1], /*utf8=*/true, &storage);
  stream->output.Drain();
  const auto position = static_cast<int64_t>(info[2].As<v8::Number>()->Value());
  base::Result<uint64_t> written = file_system::Write(stream->descriptor, bytes, position);
  if (!written.ok()) {
    const base::Error& error = written.error();
    return js::ThrowError(error.Message(), error.Name(), error.syscall);
  }
  info.GetReturnValue().Set(static_cast<double>(written.value()));
}

// watchOutput(fd): somebody waits for what has been queued; the hook `written` is called.
static void WatchOutput(const v8::FunctionCallbackInfo<v8::Value>& info) {
  StreamOf(js::Unsigned(info[0]) == STDERR_FILENO ? STDERR_FILENO : STDOUT_FILENO)->watched = true;
}

// endInVain(heard): what goes to standard output is lost, and nobody listens, but perhaps somebody for promises: as at
// the end of the turn.
static void EndInVain(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const Stream* stream = StreamOf(STDOUT_FILENO);
  if (stream->output.error() == EPIPE) End("", 0);
  if (IsFatal(stream) && !info[0]->IsTrue()) End("node: " + ErrorOf(stream).Message() + "\n", 1);
}

// closeOutput(fd): standard output or error is about to be closed.
static void CloseOutput(const v8::FunctionCallbackInfo<v8::Value>& info) {
  output::Output& output = StreamOf(js::Unsigned(info[0]) == STDERR_FILENO ? STDERR_FILENO : STDOUT_FILENO)->output;
  output.Drain();
  output.Close();
}

// writeError(text): writes to standard error now, blocking, behind what is queued.
static void WriteError(const v8::FunctionCallbackInfo<v8::Value>& info) {
  BeforeError();
  DrainError();
  output::WriteNow(STDERR_FILENO, js::ToUtf8(info[0]));
}

static constexpr js::Function kFunctions[] = {
    {"writeOutput", WriteOutput}, {"outputIsFile", OutputIsFile}, {"writeOutputAt", WriteOutputAt},
    {"watchOutput", WatchOutput}, {"endInVain", EndInVain},       {"closeOutput", CloseOutput},
    {"writeError", WriteError},
};

std::span<const js::Function> Functions() { return kFunctions; }

static bool IsNews(const Stream* stream) { return stream->watched && stream->output.settled() != stream->told_settled; }

bool FlushDue() {
  return std::ranges::any_of(
      streams, [](const Stream* stream) { return stream != nullptr && (stream->output.FlushDue() || IsNews(stream)); });
}

void Flush() {
  for (Stream* stream : streams) {
    if (stream == nullptr) continue;
    stream->output.Flush();
    // What had been written before somebody listened, or was as it came, is news all the same.
    Tell(stream);
  }
}

std::string Drain() {
  Stream* stream = streams[STDOUT_FILENO];
  if (stream != nullptr) stream->output.Drain();
  DrainError();
  if (stream == nullptr || !IsFatal(stream) || stream->output.error() == EPIPE) return "";
  return "node: " + ErrorOf(stream).Message() + "\n";
}

void DrainInSignal() {
  for (Stream* stream : streams) {
    if (stream != nullptr) stream->output.DrainInSignal();
  }
}

}  // namespace node::bind_console
// Layer 3 engine: V8, and no protocol logic of its own
// bind_timers.cc: the clock and the loop's timer
#line 1 "src/bind_timers.cc"
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>





#include "v8-fast-api-calls.h"

// The clock and the one timer of the loop, for lib/timers.js.
namespace node::bind_timers {

static constexpr double kNever = std::numeric_limits<double>::infinity();

// What the library writes, in memory that both see: setting and clearing a timer makes no call.
struct State {
  double wake = kNever;  // when the hook `timers` is to be called, by the clock of now()
  double used = 0;       // how many numbers of the records have been in use, written when that becomes never
};
static State state;
// What the loop's timer is set to.
static double armed = kNever;

// The library's records: address space for as many as there can be, memory for those below `committed`.
static constexpr size_t kRecordBytes = 16;
static constexpr size_t kMostBytes = size_t{1} << 30;
static constexpr size_t kFirstBytes = size_t{64} << 10;
// What is kept when no timer is left; the heads of lists are in it.
static constexpr size_t kKeptBytes = size_t{1} << 20;
static constexpr size_t kLargePage = size_t{2} << 20;
static unsigned char* records = nullptr;
static size_t committed = 0;

// Of records, none of which is in use any more: the library will start with the first.
static void GiveBack() {
  const size_t used = static_cast<size_t>(state.used) * sizeof(int32_t);
  state.used = 0;
  if (used > kKeptBytes) madvise(records + kKeptBytes, used - kKeptBytes, MADV_DONTNEED);
}

static void OnTimer(loop::Timer*) {
  armed = kNever;
  v8::HandleScope scope(js::isolate());
  js::Call(js::Hook::kTimers, 0, nullptr);
  // Now, for the loop ends before it waits again when nothing keeps it alive.
  Arm();
}

static loop::Timer& TheTimer() {
  static loop::Timer* timer = [] {
    auto* created = new loop::Timer;
    created->Init(OnTimer, /*keeps_alive=*/true);
    return created;
  }();
  return *timer;
}

bool ArmDue() { return state.wake != armed; }

void Arm() {
  if (state.used > 0 && state.wake == kNever) GiveBack();
  if (!ArmDue()) return;
  armed = state.wake;
  if (armed == kNever) {
    TheTimer().Stop();
  } else {
    TheTimer().Start(armed - loop::NowMs());
  }
}

// now(): milliseconds of the monotonic clock.
static void Now(const v8::FunctionCallbackInfo<v8::Value>& info) { info.GetReturnValue().Set(loop::NowMs()); }
// The same for optimized code, which calls it without the engine's ceremony: 25 ns less.
static double NowFast(v8::Local<v8::Value>) { return loop::NowMs(); }

// An array buffer over memory that stays until the process ends.
static v8::Local<v8::ArrayBuffer> Shared(void* memory, size_t size) {
  // With this deleter the engine does not take the memory for its own, and counts none of it.
  std::unique_ptr<v8::BackingStore> store =
      v8::ArrayBuffer::NewBackingStore(memory, size, v8::BackingStore::EmptyDeleter, nullptr);
  return v8::ArrayBuffer::New(js::isolate(),
                              std::shared_ptr<v8::BackingStore>(store.release(), [](v8::BackingStore*) {}));
}

// timerState(): {wake, records}: a Float64Array over State, and an Int32Array for as many as there can ever be.
static void TimerState(const v8::FunctionCallbackInfo<v8::Value>& info) {
  // Again where the caller found no stack to go on.
  if (records == nullptr) {
    void* memory =
        mmap(nullptr, kMostBytes + kLargePage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
      base::Error error = base::ErrnoError("mmap");
      return js::ThrowError("no address space for timers: " + error.Message());
    }
    // Where a large page may begin.
    records = static_cast<unsigned char*>(memory) + (kLargePage - reinterpret_cast<uintptr_t>(memory) % kLargePage);
  }
  v8::Local<v8::Object> result = v8::Object::New(js::isolate());
  // Not where a setter of Object.prototype would get them.
  js::SetOwn(result, "wake", v8::Float64Array::New(Shared(&state, sizeof state), 0, 2));
  js::SetOwn(result, "records", v8::Int32Array::New(Shared(records, kMostBytes), 0, kMostBytes / 4));
  info.GetReturnValue().Set(result);
}

// growTimers(): doubles the memory of the records. Returns how many of the array's numbers have some.
static void GrowTimers(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const size_t wanted = committed == 0 ? kFirstBytes : committed * 2;
  if (wanted > kMostBytes) {
    return js::ThrowError("too many timers: there can be " + std::to_string(kMostBytes / kRecordBytes));
  }
  if (mprotect(records + committed, wanted - committed, PROT_READ | PROT_WRITE) != 0) {
    base::Error error = base::ErrnoError("mprotect");
    return js::ThrowError("no memory for more timers: " + error.Message());
  }
  // Large ones in large pages, where the system gives them: fewer faults, and timers fire in no order of memory.
  if (wanted >= kLargePage * 2) madvise(records + wanted / 2, wanted / 2, MADV_HUGEPAGE);
  committed = wanted;
  info.GetReturnValue().Set(static_cast<uint32_t>(committed / sizeof(int32_t)));
}

// runMicrotasks(): those that a callback has left, before the next one is called.
static void RunMicrotasks(const v8::FunctionCallbackInfo<v8::Value>&) { js::RunMicrotasks(); }

static const v8::CFunction kNowFast = v8::CFunction::Make(NowFast);

static constexpr js::Function kFunctions[] = {
    {"now", Now, &kNowFast},
    {"timerState", TimerState},
    {"growTimers", GrowTimers},
    {"runMicrotasks", RunMicrotasks},
};

std::span<const js::Function> Functions() { return kFunctions; }

}  // namespace node::bind_timers
// Layer 3 engine: V8, and no protocol logic of its own
// bind_http.cc: servers, requests, answers
#line 1 "src/bind_http.cc"
#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>











// HTTP servers, for lib/http.js.
namespace node::bind_http {

// A body on its way in.
struct Incoming {
  http_connection::ExchangeNumber exchange = 0;
  js_chunk::Decoder decoder;
};

static std::unordered_map<http_connection::Id, Incoming>& Bodies() {
  static auto* bodies = new std::unordered_map<http_connection::Id, Incoming>;
  return *bodies;
}

static bool responses_held = false;

// lib/http.js: what it is told of a request in one number: these flags, the method's index, the length of the target.
static constexpr uint32_t kBodyFollows = 1;
static constexpr uint32_t kVersion10 = 2;
static constexpr uint32_t kKeepAlive = 4;
static constexpr int kMethodShift = 3;
static constexpr int kTargetShift = 6;

// lib/http.js: METHODS.
static uint32_t MethodIndex(std::string_view method) {
  static constexpr std::string_view kMethods[] = {"", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"};
  for (uint32_t i = 1; i < std::size(kMethods); ++i) {
    if (method == kMethods[i]) return i;
  }
  return 0;
}

class LibraryHandler : public http_connection::Handler {
 public:
  void OnRequest(http_connection::Server* server, http_connection::Id id, http_connection::ExchangeNumber exchange,
                 std::string_view bytes, const http_parser::RequestHead& head, bool body_follows) override;
  void OnBody(http_connection::Id id, http_connection::ExchangeNumber exchange, std::string_view data) override;
  void OnRequestComplete(http_connection::Id id, http_connection::ExchangeNumber exchange) override;
  void OnGone(http_connection::Id id, http_connection::ExchangeNumber first,
              http_connection::ExchangeNumber last) override;
  void OnSent(http_connection::Id id, http_connection::ExchangeNumber exchange) override { OnDrain(id, exchange); }
  void OnDrain(http_connection::Id id, http_connection::ExchangeNumber exchange) override;
  void OnEof(http_connection::Id id) override;
  void OnClosed(http_connection::Id id, bool failed) override;
  void OnDrained(http_connection::Server* server) override;
  void OnAccept(http_connection::Server* server, http_connection::Id id) override;
  void OnUpgrade(http_connection::Server* server, http_connection::Id id, fd::OwnedFd connection,
                 std::string_view bytes, const http_parser::RequestHead& head, std::string_view rest) override;
};

// A server that knows its name in lib/http.js. All of this file's are.
struct NamedServer : http_connection::Server {
  NamedServer(http_connection::Handler* handler, const http_connection::Settings& options, uint32_t name)
      : Server(handler, options), handle(name) {}

  uint32_t handle;
  uint16_t port = 0;
  v8::Global<v8::Function> on_drained;  // of lib/
};

static LibraryHandler& TheHandler() {
  static auto* handler = new LibraryHandler;
  return *handler;
}

// By handle.
static std::vector<std::unique_ptr<NamedServer>>& Servers() {
  static auto* servers = new std::vector<std::unique_ptr<NamedServer>>;
  return *servers;
}

// Those that have ended. They are used again, never destroyed: one may be in the middle of accepting.
static std::vector<uint32_t>& Ended() {
  static auto* ended = new std::vector<uint32_t>;
  return *ended;
}

static uint32_t HandleOf(const http_connection::Server* server) {
  return static_cast<const NamedServer*>(server)->handle;
}

void LibraryHandler::OnRequest(http_connection::Server* server, http_connection::Id id,
                               http_connection::ExchangeNumber exchange, std::string_view bytes,
                               const http_parser::RequestHead& head, bool body_follows) {
  if (body_follows) Bodies()[id] = Incoming{exchange, {}};
  std::string_view method = bytes.substr(head.method, head.method_length);
  uint32_t summary = (body_follows ? kBodyFollows : 0) | (head.minor_version == 0 ? kVersion10 : 0) |
                     (head.keep_alive ? kKeepAlive : 0) | MethodIndex(method) << kMethodShift |
                     uint32_t{head.target_length} << kTargetShift;
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> arguments[] = {
      js::Integer(HandleOf(server)),
      js::Integer(id),
      js::Integer(exchange),
      // From the method on: empty lines before it are nobody's business.
      js::OneByte(bytes.substr(head.method)),
      js::Integer(summary),
  };
  js::Call(js::Hook::kRequest, std::size(arguments), arguments);
}

static void DeliverPiece(http_connection::Id id, v8::MaybeLocal<v8::Value> piece) {
  v8::Local<v8::Value> chunk;
  if (!piece.ToLocal(&chunk)) return;
  v8::Local<v8::Value> arguments[] = {js::Integer(id), chunk};
  js::Call(js::Hook::kBody, std::size(arguments), arguments);
}

void LibraryHandler::OnBody(http_connection::Id id, http_connection::ExchangeNumber, std::string_view data) {
  v8::HandleScope scope(js::isolate());
  DeliverPiece(id, Bodies()[id].decoder.Next(data));
}

void LibraryHandler::OnRequestComplete(http_connection::Id id, http_connection::ExchangeNumber) {
  v8::HandleScope scope(js::isolate());
  auto found = Bodies().find(id);
  if (found != Bodies().end()) {
    // The body may have ended inside a character.
    v8::MaybeLocal<v8::Value> rest = found->second.decoder.End();
    Bodies().erase(found);
    DeliverPiece(id, rest);
  }
  v8::Local<v8::Value> arguments[] = {js::Integer(id)};
  js::Call(js::Hook::kComplete, std::size(arguments), arguments);
}

void LibraryHandler::OnDrain(http_connection::Id id, http_connection::ExchangeNumber exchange) {
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> arguments[] = {js::Integer(id), js::Integer(exchange)};
  js::Call(js::Hook::kDrain, std::size(arguments), arguments);
}

void LibraryHandler::OnEof(http_connection::Id id) {
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> arguments[] = {js::Integer(id)};
  js::Call(js::Hook::kEof, std::size(arguments), arguments);
}

void LibraryHandler::OnClosed(http_connection::Id id, bool failed) {
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> arguments[] = {js::Integer(id), v8::Boolean::New(js::isolate(), failed)};
  js::Call(js::Hook::kClosed, std::size(arguments), arguments);
}

void LibraryHandler::OnDrained(http_connection::Server* server) {
  v8::HandleScope scope(js::isolate());
  v8::Global<v8::Function> tell = std::move(static_cast<NamedServer*>(server)->on_drained);
  js::Call(tell.Get(js::isolate()), v8::Undefined(js::isolate()), 0, nullptr);
}

void LibraryHandler::OnAccept(http_connection::Server* server, http_connection::Id id) {
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> arguments[] = {js::Integer(HandleOf(server)), js::Integer(id)};
  js::Call(js::Hook::kConnection, std::size(arguments), arguments);
}

void LibraryHandler::OnUpgrade(http_connection::Server* server, http_connection::Id id, fd::OwnedFd connection,
                               std::string_view bytes, const http_parser::RequestHead& head, std::string_view rest) {
  std::optional<uint32_t> adopted = bind_tcp::AdoptConnection(std::move(connection));
  if (!adopted) return;
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> arguments[] = {
      js::Integer(HandleOf(server)),
      js::Integer(id),
      js::Integer(*adopted),
      js::OneByte(bytes.substr(head.method)),
      js::Integer((head.minor_version == 0 ? kVersion10 : 0) | (head.keep_alive ? kKeepAlive : 0) |
                  uint32_t{head.target_length} << kTargetShift),
      js_buffers::Copy(rest.data(), rest.size()),
  };
  js::Call(js::Hook::kUpgrade, std::size(arguments), arguments);
}

void LibraryHandler::OnGone(http_connection::Id id, http_connection::ExchangeNumber first,
                            http_connection::ExchangeNumber last) {
  Bodies().erase(id);
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> arguments[] = {js::Integer(id), js::Integer(first), js::Integer(last)};
  js::Call(js::Hook::kGone, std::size(arguments), arguments);
}

// --- Functions of the binding ---

// Status in bits 0..7, fault in 8..14, "hold back" in bit 15, index of the field above: see OK and its like in
// lib/http.js.
static void Return(const v8::FunctionCallbackInfo<v8::Value>& info, const http_connection::Reply& reply) {
  uint32_t code = static_cast<uint32_t>(reply.status) | static_cast<uint32_t>(reply.fault) << 8 |
                  (reply.drained ? 0u : 0x8000u) | reply.pair << 16;
  info.GetReturnValue().Set(code);
}

// The header fields that most answers have.
static std::string& KeptPairs() {
  static auto* pairs = new std::string;
  return *pairs;
}

// keepPairs(pairs): what respond() shall take for `true`.
static void KeepPairs(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::string storage;
  KeptPairs() = js_chunk::Encode(info[0], false, &storage);
}

// respond(id, exchange, summary, pairs, body): the summary has the status in bits 0..9, whether strings go out as UTF-8
// in 10, whether the body is whole in 11, and the number of pairs above.
static void Respond(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const uint32_t summary = js::Unsigned(info[2]);
  http_writer::ResponseHead head;
  head.status = static_cast<int>(summary & 0x3ff);
  head.pair_count = summary >> 12;
  static std::string* pairs = new std::string;
  head.pairs = js::IsTrue(info[3]) ? std::string_view(KeptPairs()) : js_chunk::Encode(info[3], false, pairs);
  static std::string* body = new std::string;
  std::string_view bytes = js_chunk::Encode(info[4], (summary & 1 << 10) != 0, body);
  Return(info,
         http_connection::Respond(js::Unsigned(info[0]), js::Unsigned(info[1]), head, bytes, (summary & 1 << 11) != 0));
}

// writeBody(id, exchange, data, encoding)
static void WriteBody(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::string storage;
  std::string_view bytes = js_chunk::Encode(info[2], js::Unsigned(info[3]) == 1, &storage);
  Return(info, http_connection::Write(js::Unsigned(info[0]), js::Unsigned(info[1]), bytes));
}

// finishBody(id, exchange)
static void FinishBody(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Return(info, http_connection::Finish(js::Unsigned(info[0]), js::Unsigned(info[1])));
}

// holdResponse(): the hook `flushResponses` must run at the end of the turn.
static void HoldResponse(const v8::FunctionCallbackInfo<v8::Value>&) { responses_held = true; }

static void SetEncoding(http_connection::Id id, Incoming* body, uint32_t index) {
  auto encoding = static_cast<js_chunk::Encoding>(index & 3);
  body->decoder.set_encoding(encoding);
  http_connection::SetPiece(id, body->exchange, js_chunk::PieceOf(encoding));
}

// setBodyEncoding(id, exchange, encoding)
static void SetBodyEncoding(const v8::FunctionCallbackInfo<v8::Value>& info) {
  auto found = Bodies().find(js::Unsigned(info[0]));
  // A request whose body has come must not change how the next one's comes.
  if (found == Bodies().end() || found->second.exchange != js::Unsigned(info[1])) return;
  SetEncoding(found->first, &found->second, js::Unsigned(info[2]));
}

// attend(id, exchange, body, complete, encoding): which of the hooks `body` and `complete` are to be called for a
// request; both, until told otherwise, and `body` never without `complete`. False when its body has come.
static void Attend(const v8::FunctionCallbackInfo<v8::Value>& info) {
  http_connection::Id id = js::Unsigned(info[0]);
  http_connection::ExchangeNumber exchange = js::Unsigned(info[1]);
  bool body = js::IsTrue(info[2]);
  bool coming = http_connection::Attend(id, exchange, body, body || js::IsTrue(info[3]));
  if (coming && body) {
    Incoming& incoming = Bodies().try_emplace(id).first->second;
    incoming.exchange = exchange;
    SetEncoding(id, &incoming, js::Unsigned(info[4]));
  } else if (coming) {
    Bodies().erase(id);
  }
  info.GetReturnValue().Set(coming);
}

// setReading(id, exchange, reading): holds back a request's body, or goes on.
static void SetReading(const v8::FunctionCallbackInfo<v8::Value>& info) {
  http_connection::SetReading(js::Unsigned(info[0]), js::Unsigned(info[1]), js::IsTrue(info[2]));
}

// owesAnswer(id, exchange): whether the request's answer is unfinished and can still reach the client.
static void OwesAnswer(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(http_connection::OwesAnswer(js::Unsigned(info[0]), js::Unsigned(info[1])));
}

// awaitSent(id, exchange): the hook `drain` will be called, or `gone`, when an unfinished answer has been finished and
// is with the kernel; false when there is none.
static void AwaitSent(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(http_connection::AwaitSent(js::Unsigned(info[0]), js::Unsigned(info[1])));
}

// setMayChunk(id, exchange, may)
static void SetMayChunk(const v8::FunctionCallbackInfo<v8::Value>& info) {
  http_connection::SetMayChunk(js::Unsigned(info[0]), js::Unsigned(info[1]), info[2]->IsTrue());
}

// answerState(id, exchange): 1 when the connection ends behind the answer, and 2 when it is under way in chunks.
static void AnswerState(const v8::FunctionCallbackInfo<v8::Value>& info) {
  http_connection::AnswerState state = http_connection::GetAnswerState(js::Unsigned(info[0]), js::Unsigned(info[1]));
  info.GetReturnValue().Set((state.closes ? 1u : 0u) | (state.chunked ? 2u : 0u));
}

// closeConnection(id): no further request is taken.
static void CloseConnection(const v8::FunctionCallbackInfo<v8::Value>& info) {
  http_connection::Close(js::Unsigned(info[0]));
}

// peerClosed(id): whether the client has shut its half.
static void PeerClosed(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(http_connection::PeerClosed(js::Unsigned(info[0])));
}

// abort(id): closes a connection at once.
static void Abort(const v8::FunctionCallbackInfo<v8::Value>& info) { http_connection::Abort(js::Unsigned(info[0])); }

// watchConnection(id, exchange): the hook `closed` will be called when the connection of that request, or without one
// the connection, has closed; false when it has already.
static void WatchConnection(const v8::FunctionCallbackInfo<v8::Value>& info) {
  http_connection::Id id = js::Unsigned(info[0]);
  bool alive =
      info[1]->IsUndefined() ? http_connection::Descriptor(id) >= 0 : http_connection::IsOf(id, js::Unsigned(info[1]));
  if (alive) http_connection::Watch(id);
  info.GetReturnValue().Set(alive);
}

// utf8Length(text): its bytes in UTF-8.
static void Utf8Length(const v8::FunctionCallbackInfo<v8::Value>& info) {
  size_t length = info[0].As<v8::String>()->Utf8LengthV2(js::isolate());
  info.GetReturnValue().Set(static_cast<double>(length));
}

// remoteAddress(id): the client's address as text, "" when it has gone.
static void RemoteAddress(const v8::FunctionCallbackInfo<v8::Value>& info) {
  int descriptor = http_connection::Descriptor(js::Unsigned(info[0]));
  std::optional<stream::Address> address;
  if (descriptor >= 0) address = stream::PeerAddress(descriptor);
  info.GetReturnValue().Set(js::OneByte(address ? address->Host() : ""));
}

static NamedServer* NewServer(const http_connection::Settings& settings) {
  // One that still has connections keeps its name for them. It waits its turn at the other end.
  for (size_t i = 0; i < Ended().size() && i < 8; ++i) {
    uint32_t handle = Ended().back();
    Ended().pop_back();
    NamedServer* server = Servers()[handle].get();
    if (server->over()) {
      *server->settings() = settings;
      return server;
    }
    Ended().insert(Ended().begin(), handle);
  }
  uint32_t handle = static_cast<uint32_t>(Servers().size());
  Servers().push_back(std::make_unique<NamedServer>(&TheHandler(), settings, handle));
  return Servers().back().get();
}

// The options of a server, by the names that scripts know; see createServer in lib/http.js.
static http_connection::Settings ReadSettings(v8::Local<v8::Value> options) {
  http_connection::Settings settings;
  settings.piece = js_chunk::PieceOf(js_chunk::Encoding::kRaw);
  js::ReadOption(options, "headTimeout", &settings.head_timeout);
  js::ReadOption(options, "bodyTimeout", &settings.body_timeout);
  js::ReadOption(options, "idleTimeout", &settings.idle_timeout);
  js::ReadOption(options, "writeTimeout", &settings.write_timeout);
  js::ReadOption(options, "pipelineDepth", &settings.pipeline_depth);
  js::ReadOption(options, "outputPause", &settings.output_pause);
  js::ReadOption(options, "outputLimit", &settings.output_limit);
  js::ReadOption(options, "bodyBytes", &settings.body_bytes);
  js::ReadOption(options, "connections", &settings.connections);
  js::ReadOption(options, "requests", &settings.requests);
  js::ReadOption(options, "targetBytes", &settings.limits.target_bytes);
  js::ReadOption(options, "headBytes", &settings.limits.head_bytes);
  js::ReadOption(options, "headerCount", &settings.limits.field_count);
  v8::Local<v8::Value> require_host;
  if (options->IsObject() &&
      options.As<v8::Object>()->Get(js::context(), js::Utf8("requireHost")).ToLocal(&require_host)) {
    settings.require_host = require_host->BooleanValue(js::isolate());
  }
  // With none of these nothing would ever be served.
  settings.pipeline_depth = std::max(settings.pipeline_depth, 1u);
  settings.connections = std::max(settings.connections, 1u);
  return settings;
}

// offer(handle, upgrade, connections): which of the events of that name somebody listens to.
static void Offer(const v8::FunctionCallbackInfo<v8::Value>& info) {
  uint32_t handle = js::Unsigned(info[0]);
  if (handle >= Servers().size()) return;
  http_connection::Settings* settings = Servers()[handle]->settings();
  settings->offer_upgrade = js::IsTrue(info[1]);
  settings->announce = js::IsTrue(info[2]);
}

// findHeader(head, name): where the value of the first field of that lower-case name is: its start in bits 16 to 31,
// its length below; -1 when there is none. `head` is a request's, as the parser has checked it.
static void FindHeader(const v8::FunctionCallbackInfo<v8::Value>& info) {
  static std::string* storage = new std::string;
  info.GetReturnValue().Set(-1);
  v8::Local<v8::String> name_value = info[1].As<v8::String>();
  if (!name_value->ContainsOnlyOneByte()) return;
  std::string_view head = js_chunk::Encode(info[0], false, storage);
  std::string name(static_cast<size_t>(name_value->Length()), '\0');
  name_value->WriteOneByteV2(js::isolate(), 0, static_cast<uint32_t>(name.size()),
                             reinterpret_cast<uint8_t*>(name.data()));
  std::string_view value = http_fields::FindField(head, name);
  if (value.data() == nullptr) return;
  size_t start = static_cast<size_t>(value.data() - head.data());
  info.GetReturnValue().Set(static_cast<double>(start << 16 | value.size()));
}

// listen(port or path, host, backlog, options): binds and returns a handle; throws.
static void ListenOn(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::optional<js_socket::Listener> listener =
      js_socket::OpenListener(info[0], info[1], info[2], /*clients_speak_first=*/true);
  if (!listener) return;
  http_connection::Settings settings = ReadSettings(info[3]);
  NamedServer* server = NewServer(settings);
  server->port = listener->port;
  server->Listen(std::move(listener->descriptor));
  info.GetReturnValue().Set(server->handle);
}

// listeningPort(handle)
static void ListeningPort(const v8::FunctionCallbackInfo<v8::Value>& info) {
  uint32_t handle = js::Unsigned(info[0]);
  if (handle >= Servers().size()) return js::ThrowError("port: there is no such server");
  info.GetReturnValue().Set(static_cast<uint32_t>(Servers()[handle]->port));
}

// closeServer(handle, drained): `drained` is called, without arguments, when its last connection has ended.
static void CloseServer(const v8::FunctionCallbackInfo<v8::Value>& info) {
  uint32_t handle = js::Unsigned(info[0]);
  if (handle >= Servers().size()) return js::ThrowError("close: there is no such server");
  NamedServer* server = Servers()[handle].get();
  if (!server->listening()) return;
  server->on_drained.Reset(js::isolate(), info[1].As<v8::Function>());
  server->Close();
  Ended().push_back(handle);
}

static constexpr js::Function kFunctions[] = {
    {"keepPairs", KeepPairs},
    {"respond", Respond},
    {"writeBody", WriteBody},
    {"finishBody", FinishBody},
    {"holdResponse", HoldResponse},
    {"setBodyEncoding", SetBodyEncoding},
    {"attend", Attend},
    {"setReading", SetReading},
    {"owesAnswer", OwesAnswer},
    {"awaitSent", AwaitSent},
    {"setMayChunk", SetMayChunk},
    {"answerState", AnswerState},
    {"closeConnection", CloseConnection},
    {"peerClosed", PeerClosed},
    {"abort", Abort},
    {"watchConnection", WatchConnection},
    {"utf8Length", Utf8Length},
    {"remoteAddress", RemoteAddress},
    {"offer", Offer},
    {"findHeader", FindHeader},
    {"listen", ListenOn},
    {"listeningPort", ListeningPort},
    {"closeServer", CloseServer},
};

std::span<const js::Function> Functions() { return kFunctions; }

void Flush() {
  while (responses_held) {
    responses_held = false;
    v8::HandleScope scope(js::isolate());
    js::Call(js::Hook::kFlushResponses, 0, nullptr);
  }
  http_connection::Flush();
}

bool FlushDue() { return responses_held || http_connection::FlushDue(); }

void SendBeforeExit() { http_connection::SendBeforeExit(); }

}  // namespace node::bind_http
// Layer 3 engine: V8, and no protocol logic of its own
// bind_tcp.cc: stream connections and their servers
#line 1 "src/bind_tcp.cc"
#include <algorithm>
#include <memory>
#include <string>
#include <vector>









// Connections and servers, for lib/tcp.js.
namespace node::bind_tcp {

using tcp_connection::Id;

// lib/tcp.js: tcpEvent.
enum class Event : uint32_t { kConnect, kReceive, kEof, kDrain, kTimeout };

// By slot: of connections with another encoding than raw, which is what connections begin with.
struct ConnectionDecoder : js_chunk::Decoder {
  Id id = 0;
};

static std::vector<std::unique_ptr<ConnectionDecoder>>& Decoders() {
  static auto* decoders = new std::vector<std::unique_ptr<ConnectionDecoder>>;
  return *decoders;
}

static js_chunk::Decoder* FindDecoder(Id id) {
  size_t slot = slots::PlaceOf(id);
  if (slot >= Decoders().size()) return nullptr;
  ConnectionDecoder* decoder = Decoders()[slot].get();
  return decoder != nullptr && decoder->id == id ? decoder : nullptr;
}

static void RemoveDecoder(Id id) {
  if (FindDecoder(id) != nullptr) Decoders()[slots::PlaceOf(id)].reset();
}

static tcp_connection::Settings DefaultSettings() {
  tcp_connection::Settings settings;
  settings.piece = js_chunk::PieceOf(js_chunk::Encoding::kRaw);
  return settings;
}

// The block that connections read to, once there is one that can be given away; see TakeOver().
static char* block = nullptr;

// The piece as a Uint8Array. A large one keeps the memory that it was read to, and the next is read to another block.
static v8::Local<v8::Value> TakeOver(std::string_view data) {
  bool ours = block != nullptr && data.data() == block;
  v8::Local<v8::Value> array = ours ? js_buffers::Wrap(block, data.size()) : js_buffers::Copy(data.data(), data.size());
  static_assert(js_buffers::kBlockSize >= tcp_connection::kReadSize);
  if (ours || block == nullptr) block = js_buffers::TakeBlock();
  tcp_connection::SetReadBuffer(block);
  return array;
}

static void Emit(Id id, Event event) {
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> arguments[] = {js::Integer(id), js::Integer(static_cast<uint32_t>(event))};
  js::Call(js::Hook::kTcpEvent, std::size(arguments), arguments);
}

// Needs a HandleScope.
static void EmitPiece(Id id, v8::MaybeLocal<v8::Value> piece) {
  v8::Local<v8::Value> chunk;
  if (!piece.ToLocal(&chunk)) return;
  v8::Local<v8::Value> arguments[] = {js::Integer(id), js::Integer(static_cast<uint32_t>(Event::kReceive)), chunk};
  js::Call(js::Hook::kTcpEvent, std::size(arguments), arguments);
}

void TellConnect(Id id) { Emit(id, Event::kConnect); }
void TellDrain(Id id) { Emit(id, Event::kDrain); }
void TellTimeout(Id id) { Emit(id, Event::kTimeout); }

void TellDisconnect(Id id, const base::Error* error) {
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> reason = v8::Undefined(js::isolate());
  if (error != nullptr) reason = js::MakeError(error->Message(), error->Name(), error->syscall);
  v8::Local<v8::Value> arguments[] = {js::Integer(id), reason};
  js::Call(js::Hook::kTcpDisconnect, std::size(arguments), arguments);
}

// A server that knows its name in lib/tcp.js. All of this file's are.
struct NamedServer : tcp_connection::Server {
  NamedServer(tcp_connection::Handler* handler, const tcp_connection::Settings& settings, uint32_t name)
      : Server(handler, settings), handle(name) {}

  uint32_t handle;
  uint16_t port = 0;
  v8::Global<v8::Function> on_drained;  // of lib/
};

class LibraryHandler : public tcp_connection::Handler {
 public:
  void OnAccept(tcp_connection::Server* server, Id id) override {
    v8::HandleScope scope(js::isolate());
    v8::Local<v8::Value> arguments[] = {js::Integer(static_cast<NamedServer*>(server)->handle), js::Integer(id)};
    js::Call(js::Hook::kTcpAccept, std::size(arguments), arguments);
  }
  void OnConnect(Id id) override { TellConnect(id); }
  void OnData(Id id, std::string_view data) override {
    v8::HandleScope scope(js::isolate());
    js_chunk::Decoder* decoder = FindDecoder(id);
    if (decoder == nullptr) {
      EmitPiece(id, js_chunk::Decoder().Next(data));
    } else if (decoder->passes_bytes() && data.size() > js_buffers::kBlockSize / 2) {
      EmitPiece(id, TakeOver(data));
    } else {
      EmitPiece(id, decoder->Next(data));
    }
  }
  void OnEof(Id id) override {
    v8::HandleScope scope(js::isolate());
    js_chunk::Decoder* decoder = FindDecoder(id);
    if (decoder != nullptr) EmitPiece(id, decoder->End());
    Emit(id, Event::kEof);
  }
  void OnDrain(Id id) override { TellDrain(id); }
  void OnTimeout(Id id) override { TellTimeout(id); }
  void OnDisconnect(Id id, const base::Error* error) override {
    RemoveDecoder(id);
    TellDisconnect(id, error);
  }
  void OnDrained(tcp_connection::Server* server) override {
    v8::HandleScope scope(js::isolate());
    v8::Global<v8::Function> tell = std::move(static_cast<NamedServer*>(server)->on_drained);
    js::Call(tell.Get(js::isolate()), v8::Undefined(js::isolate()), 0, nullptr);
  }
};

static LibraryHandler& TheHandler() {
  static auto* handler = new LibraryHandler;
  return *handler;
}

// By handle.
static std::vector<std::unique_ptr<NamedServer>>& Servers() {
  static auto* servers = new std::vector<std::unique_ptr<NamedServer>>;
  return *servers;
}

// Those that have ended. They are used again, never destroyed: one may be in the middle of accepting.
static std::vector<uint32_t>& Ended() {
  static auto* ended = new std::vector<uint32_t>;
  return *ended;
}

std::optional<uint32_t> AdoptConnection(fd::OwnedFd connection) {
  return tcp_connection::Adopt(&TheHandler(), std::move(connection), DefaultSettings(), /*announce=*/false);
}

// --- Functions of the binding ---

// tcpConnect(port or path, host): an id; throws.
static void Connect(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::optional<tcp_connection::Target> target = js_socket::ToTarget("connect", info[0], info[1]);
  if (!target) return;
  std::optional<Id> id = tcp_connection::Connect(&TheHandler(), std::move(*target), DefaultSettings());
  if (!id) return js::ThrowError("connect EMFILE: a million connections are open", "EMFILE", "connect");
  info.GetReturnValue().Set(*id);
}

// tcpSend(id, data, utf8): whether the kernel has taken all. `data`: as of js_chunk::Encode(), or how many bytes of the
// shared piece.
static void Send(const v8::FunctionCallbackInfo<v8::Value>& info) {
  static std::string* storage = new std::string;
  static constexpr size_t kKeptBytes = 64 * 1024;
  std::string_view bytes = info[1]->IsNumber() ? std::string_view(js_chunk::SharedBytes(),
                                                                  std::min(js::Unsigned(info[1]), js_chunk::kRawPiece))
                                               : js_chunk::Encode(info[1], js::IsTrue(info[2]), storage);
  info.GetReturnValue().Set(tcp_connection::Send(js::Unsigned(info[0]), bytes) == tcp_connection::Sent::kTaken);
  if (storage->capacity() > kKeptBytes) std::string().swap(*storage);
}

// tcpTellDrain(id): tcpEvent tells of the drain when the kernel has taken all, also when it refuses none.
static void AskForDrain(const v8::FunctionCallbackInfo<v8::Value>& info) {
  tcp_connection::TellDrain(js::Unsigned(info[0]));
}

// tcpSetEncoding(id, encoding)
static void SetEncoding(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Id id = js::Unsigned(info[0]);
  auto encoding = static_cast<js_chunk::Encoding>(js::Unsigned(info[1]) & 3);
  size_t slot = slots::PlaceOf(id);
  if (Decoders().size() <= slot) Decoders().resize(slot + 1);
  std::unique_ptr<ConnectionDecoder>& decoder = Decoders()[slot];
  if (decoder == nullptr || decoder->id != id) decoder = std::make_unique<ConnectionDecoder>();
  decoder->id = id;
  decoder->set_encoding(encoding);
  tcp_connection::SetPiece(id, js_chunk::PieceOf(encoding));
}

// sharedPiece(): where pieces lie whose length is all that tcpEvent and its like get.
static void SharedPiece(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(js_chunk::SharedPiece());
}

// tcpClose(id, both)
static void Close(const v8::FunctionCallbackInfo<v8::Value>& info) {
  tcp_connection::Close(js::Unsigned(info[0]), js::IsTrue(info[1]));
}

// tcpAbort(id)
static void Abort(const v8::FunctionCallbackInfo<v8::Value>& info) {
  RemoveDecoder(js::Unsigned(info[0]));
  tcp_connection::Abort(js::Unsigned(info[0]));
}

// tcpSetReading(id, reading)
static void SetReading(const v8::FunctionCallbackInfo<v8::Value>& info) {
  tcp_connection::SetReading(js::Unsigned(info[0]), js::IsTrue(info[1]));
}

// tcpRemoteAddress(id): text; undefined while there is none.
static void RemoteAddress(const v8::FunctionCallbackInfo<v8::Value>& info) {
  int descriptor = tcp_connection::Descriptor(js::Unsigned(info[0]));
  std::optional<stream::Address> address;
  if (descriptor >= 0) address = stream::PeerAddress(descriptor);
  if (address) info.GetReturnValue().Set(js::OneByte(address->Host()));
}

static NamedServer* NewServer(const tcp_connection::Settings& settings) {
  // One that still has connections counts them, and is to tell of their end. It waits its turn at the other end.
  for (size_t i = 0; i < Ended().size() && i < 8; ++i) {
    uint32_t handle = Ended().back();
    Ended().pop_back();
    NamedServer* server = Servers()[handle].get();
    if (server->over()) {
      server->Configure(settings);
      return server;
    }
    Ended().insert(Ended().begin(), handle);
  }
  uint32_t handle = static_cast<uint32_t>(Servers().size());
  Servers().push_back(std::make_unique<NamedServer>(&TheHandler(), settings, handle));
  return Servers().back().get();
}

// tcpListen(port or path, host, backlog, options): binds and returns a handle; throws. See Server in lib/tcp.js.
static void ListenOn(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::optional<js_socket::Listener> listener =
      js_socket::OpenListener(info[0], info[1], info[2], /*clients_speak_first=*/false);
  if (!listener) return;
  tcp_connection::Settings settings = DefaultSettings();
  js::ReadOption(info[3], "timeout", &settings.timeout);
  js::ReadOption(info[3], "outputLimit", &settings.output_limit);
  js::ReadOption(info[3], "connections", &settings.connections);
  // With none nothing would ever be served.
  settings.connections = std::max(settings.connections, 1u);
  NamedServer* server = NewServer(settings);
  server->port = listener->port;
  server->Listen(std::move(listener->descriptor));
  info.GetReturnValue().Set(server->handle);
}

// tcpListeningPort(handle)
static void ListeningPort(const v8::FunctionCallbackInfo<v8::Value>& info) {
  uint32_t handle = js::Unsigned(info[0]);
  if (handle >= Servers().size()) return js::ThrowError("port: there is no such server");
  info.GetReturnValue().Set(static_cast<uint32_t>(Servers()[handle]->port));
}

// tcpCloseServer(handle, drained): `drained` is called, without arguments, when the last connection that it has
// accepted has ended.
static void CloseServer(const v8::FunctionCallbackInfo<v8::Value>& info) {
  uint32_t handle = js::Unsigned(info[0]);
  if (handle >= Servers().size()) return js::ThrowError("close: there is no such server");
  NamedServer* server = Servers()[handle].get();
  if (!server->listening()) return;
  server->on_drained.Reset(js::isolate(), info[1].As<v8::Function>());
  server->Close();
  Ended().push_back(handle);
}

static constexpr js::Function kFunctions[] = {
    {"tcpConnect", Connect},
    {"tcpSend", Send},
    {"tcpTellDrain", AskForDrain},
    {"tcpSetEncoding", SetEncoding},
    {"sharedPiece", SharedPiece},
    {"tcpClose", Close},
    {"tcpAbort", Abort},
    {"tcpSetReading", SetReading},
    {"tcpRemoteAddress", RemoteAddress},
    {"tcpListen", ListenOn},
    {"tcpListeningPort", ListeningPort},
    {"tcpCloseServer", CloseServer},
};

std::span<const js::Function> Functions() { return kFunctions; }

}  // namespace node::bind_tcp
// Layer 3 engine: V8, and no protocol logic of its own
// bind_http_client.cc: HTTP clients
#line 1 "src/bind_http_client.cc"
#include <string>
#include <unordered_map>
#include <vector>







// HTTP clients, for lib/http_client.js. What they have in common with other connections goes the way of bind_tcp.
namespace node::bind_http_client {

using http_client::Id;

static bool requests_held = false;

// Of connections whose answer is under way.
static std::unordered_map<Id, js_chunk::Decoder>& Bodies() {
  static auto* bodies = new std::unordered_map<Id, js_chunk::Decoder>;
  return *bodies;
}

// Needs a HandleScope.
static void DeliverPiece(Id id, v8::MaybeLocal<v8::Value> piece) {
  v8::Local<v8::Value> chunk;
  if (!piece.ToLocal(&chunk)) return;
  v8::Local<v8::Value> arguments[] = {js::Integer(id), chunk};
  js::Call(js::Hook::kResponseBody, std::size(arguments), arguments);
}

class LibraryHandler : public http_client::Handler {
 public:
  void OnConnect(Id id) override { bind_tcp::TellConnect(id); }
  void OnDrain(Id id) override { bind_tcp::TellDrain(id); }
  void OnTimeout(Id id) override { bind_tcp::TellTimeout(id); }

  void OnResponse(Id id, std::string_view bytes, const http_parser::ResponseHead& head) override {
    Bodies()[id] = {};
    v8::HandleScope scope(js::isolate());
    v8::Local<v8::Value> arguments[] = {js::Integer(id), js::OneByte(bytes), js::Integer(head.status),
                                        js::Integer(head.minor_version)};
    js::Call(js::Hook::kResponse, std::size(arguments), arguments);
  }

  void OnBody(Id id, std::string_view data) override {
    v8::HandleScope scope(js::isolate());
    DeliverPiece(id, Bodies()[id].Next(data));
  }

  void OnBodyEnd(Id id) override {
    v8::HandleScope scope(js::isolate());
    // It may have ended inside a character.
    DeliverPiece(id, Bodies()[id].End());
  }

  void OnComplete(Id id, bool reusable) override {
    Bodies().erase(id);
    v8::HandleScope scope(js::isolate());
    v8::Local<v8::Value> arguments[] = {js::Integer(id), v8::Boolean::New(js::isolate(), reusable)};
    js::Call(js::Hook::kResponseComplete, std::size(arguments), arguments);
  }

  void OnEnd(Id id, const base::Error* error) override {
    Bodies().erase(id);
    bind_tcp::TellDisconnect(id, error);
  }
};

static LibraryHandler& TheHandler() {
  static auto* handler = new LibraryHandler;
  return *handler;
}

// --- Functions of the binding ---

// The options of a client, by the names that scripts know; see createClient in lib/http_client.js.
static http_client::Settings ReadSettings(v8::Local<v8::Value> options) {
  http_client::Settings settings;
  settings.piece = js_chunk::PieceOf(js_chunk::Encoding::kRaw);
  js::ReadOption(options, "connectTimeout", &settings.connect_timeout);
  js::ReadOption(options, "timeout", &settings.timeout);
  js::ReadOption(options, "outputLimit", &settings.output_limit);
  js::ReadOption(options, "headBytes", &settings.limits.head_bytes);
  js::ReadOption(options, "headerCount", &settings.limits.field_count);
  return settings;
}

// clientConnect(port or path, host, options): an id; throws.
static void Connect(const v8::FunctionCallbackInfo<v8::Value>& info) {
  http_client::Settings settings = ReadSettings(info[2]);
  std::optional<tcp_connection::Target> target = js_socket::ToTarget("connect", info[0], info[1]);
  if (!target) return;
  std::optional<Id> id = http_client::Connect(&TheHandler(), std::move(*target), settings);
  if (!id) return js::ThrowError("connect EMFILE: a million connections are open", "EMFILE", "connect");
  info.GetReturnValue().Set(*id);
}

// clientExpect(id, head): see http_client::Expect.
static void Expect(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(http_client::Expect(js::Unsigned(info[0]), js::IsTrue(info[1])));
}

// clientSetReading(id, reading)
static void SetReading(const v8::FunctionCallbackInfo<v8::Value>& info) {
  http_client::SetReading(js::Unsigned(info[0]), js::IsTrue(info[1]));
}

// clientSetBodyEncoding(id, encoding): of the answer under way.
static void SetBodyEncoding(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Id id = js::Unsigned(info[0]);
  auto found = Bodies().find(id);
  if (found == Bodies().end()) return;
  auto encoding = static_cast<js_chunk::Encoding>(js::Unsigned(info[1]) & 3);
  found->second.set_encoding(encoding);
  http_client::SetPiece(id, js_chunk::PieceOf(encoding));
}

// clientAbort(id)
static void Abort(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Bodies().erase(js::Unsigned(info[0]));
  http_client::Abort(js::Unsigned(info[0]));
}

// holdRequest(): the hook `flushRequests` must run at the end of the turn.
static void HoldRequest(const v8::FunctionCallbackInfo<v8::Value>&) { requests_held = true; }

static constexpr js::Function kFunctions[] = {
    {"clientConnect", Connect},       {"clientExpect", Expect},
    {"clientSetReading", SetReading}, {"clientSetBodyEncoding", SetBodyEncoding},
    {"clientAbort", Abort},           {"holdRequest", HoldRequest},
};

std::span<const js::Function> Functions() { return kFunctions; }

void Flush() {
  http_client::Flush();
  if (!requests_held) return;
  requests_held = false;
  v8::HandleScope scope(js::isolate());
  js::Call(js::Hook::kFlushRequests, 0, nullptr);
}

bool FlushDue() { return requests_held || http_client::FlushDue(); }

}  // namespace node::bind_http_client
// Layer 3 engine: V8, and no protocol logic of its own
// bind_child.cc: child processes, signals by name
#line 1 "src/bind_child.cc"
#include <signal.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>










// Child processes, for lib/child_process.js.
namespace node::bind_child {

using child_process::Id;
using child_process::Stream;

// lib/child_process.js: childEvent.
enum class Event : uint32_t { kOutput, kError, kDrain, kExit };

// As in bind_tcp.cc: larger arrays of integers would each be a mapping of their own.
static constexpr uint32_t kRawPiece = 32000;

struct Decoders {
  Id id = 0;
  js_chunk::Decoder streams[2];
};

// By slot.
static std::vector<std::unique_ptr<Decoders>>& AllDecoders() {
  static auto* all = new std::vector<std::unique_ptr<Decoders>>;
  return *all;
}

// Of a child that is there.
static js_chunk::Decoder& DecoderOf(Id id, Stream stream) {
  const size_t slot = slots::PlaceOf(id);
  if (AllDecoders().size() <= slot) AllDecoders().resize(slot + 1);
  std::unique_ptr<Decoders>& found = AllDecoders()[slot];
  if (found == nullptr || found->id != id) {
    found = std::make_unique<Decoders>();
    found->id = id;
    for (js_chunk::Decoder& decoder : found->streams) decoder.set_encoding(js_chunk::Encoding::kUtf8);
  }
  return found->streams[static_cast<size_t>(stream)];
}

static void Emit(Id id, Event event, v8::Local<v8::Value> value, v8::Local<v8::Value> second) {
  v8::Local<v8::Value> arguments[] = {js::Integer(id), js::Integer(static_cast<uint32_t>(event)), value, second};
  js::Call(js::Hook::kChildEvent, std::size(arguments), arguments);
}

static void EmitPiece(Id id, Stream stream, v8::MaybeLocal<v8::Value> piece) {
  v8::Local<v8::Value> value;
  if (!piece.ToLocal(&value)) return;
  Emit(id, stream == Stream::kOutput ? Event::kOutput : Event::kError, value, v8::Undefined(js::isolate()));
}

class LibraryHandler : public child_process::Handler {
 public:
  void OnData(Id id, Stream stream, std::string_view data) override {
    v8::HandleScope scope(js::isolate());
    EmitPiece(id, stream, DecoderOf(id, stream).Next(data));
  }
  void OnEnd(Id id, Stream stream) override {
    v8::HandleScope scope(js::isolate());
    EmitPiece(id, stream, DecoderOf(id, stream).End());
    EmitPiece(id, stream, v8::Null(js::isolate()).As<v8::Value>());
  }
  void OnDrain(Id id) override {
    v8::HandleScope scope(js::isolate());
    Emit(id, Event::kDrain, v8::Undefined(js::isolate()), v8::Undefined(js::isolate()));
  }
  void OnExit(Id id, child_process::Exit exit) override {
    v8::HandleScope scope(js::isolate());
    const size_t slot = slots::PlaceOf(id);
    if (slot < AllDecoders().size()) AllDecoders()[slot].reset();
    v8::Local<v8::Value> signal = v8::Null(js::isolate());
    if (exit.signal != 0) signal = js::Integer(static_cast<uint32_t>(exit.signal));
    Emit(id, Event::kExit, js::Integer(static_cast<uint32_t>(exit.code)), signal);
  }
};

static LibraryHandler& TheHandler() {
  static auto* handler = new LibraryHandler;
  return *handler;
}

// --- Functions of the binding ---

static std::vector<std::string> ToStrings(v8::Local<v8::Value> value) {
  std::vector<std::string> strings;
  if (!value->IsArray()) return strings;
  v8::Local<v8::Array> array = value.As<v8::Array>();
  strings.reserve(array->Length());
  for (uint32_t i = 0; i < array->Length(); ++i) {
    v8::Local<v8::Value> element;
    if (!array->Get(js::context(), i).ToLocal(&element)) return strings;
    strings.push_back(js::ToUtf8(element));
  }
  return strings;
}

static base::Result<Id> Start(const spawn::Command& command, const child_process::Settings& settings) {
  return child_process::Start(&TheHandler(), command, settings);
}

// A command line for the shell, or for the program that it would start.
static base::Result<Id> StartLine(const std::string& line, spawn::Command options,
                                  const child_process::Settings& settings) {
  if (!options.environment && options.folder.empty()) {
    std::optional<spawn::Command> program = shell::WithoutShell(line);
    if (program) {
      base::Result<Id> started = Start(*program, settings);
      // What stands in the way the shell may know how to do, or else what to say.
      if (started.ok()) return started;
    }
  }
  spawn::Command command = shell::WithShell(line);
  command.environment = std::move(options.environment);
  command.folder = std::move(options.folder);
  return Start(command, settings);
}

// A program and its arguments, looked for as execvp(3) does.
static base::Result<Id> StartProgram(std::vector<std::string> words, spawn::Command options,
                                     const child_process::Settings& settings) {
  // A variable PATH that the child is to get says where to look; without one it is ours, and the usual one without
  // that.
  std::optional<std::string_view> path;
  if (options.environment) path = shell_command::FindVariable(*options.environment, "PATH");
  if (const char* ours = std::getenv("PATH"); !path && ours != nullptr) path = ours;
  base::Result<std::string> file = spawn::FindProgram(words.front(), path.value_or("/bin:/usr/bin"), options.folder);
  if (!file.ok()) return file.error();
  options.file = std::move(file.value());
  options.arguments = std::move(words);
  return Start(options, settings);
}

static void ThrowStartError(const base::Error& error) {
  v8::Local<v8::Value> value = js::MakeError(error.Message(), error.Name(), error.syscall);
  js::SetOwn(value, "path", js::Utf8(error.subject));
  js::isolate()->ThrowException(value);
}

// childStart(line or array of words, cwd or undefined, array of variables or undefined, inputLimit or undefined): an
// id; throws.
static void StartChild(const v8::FunctionCallbackInfo<v8::Value>& info) {
  spawn::Command options;
  if (info[1]->IsString()) options.folder = js::ToUtf8(info[1]);
  if (info[2]->IsArray()) options.environment = ToStrings(info[2]);
  child_process::Settings settings;
  if (info[3]->IsNumber()) settings.input_limit = static_cast<size_t>(info[3].As<v8::Number>()->Value());
  base::Result<Id> started = info[0]->IsArray() ? StartProgram(ToStrings(info[0]), std::move(options), settings)
                                                : StartLine(js::ToUtf8(info[0]), std::move(options), settings);
  if (!started.ok()) return ThrowStartError(started.error());
  info.GetReturnValue().Set(started.value());
}

// childPid(id): a number, or null when it has ended.
static void GetPid(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const pid_t pid = child_process::Pid(js::Unsigned(info[0]));
  if (pid < 0) return info.GetReturnValue().SetNull();
  info.GetReturnValue().Set(pid);
}

// childWrite(id, data, utf8): 0 taken, 1 queued, 2 gone, 3 full
static void Write(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::string storage;
  std::string_view bytes = js_chunk::Encode(info[1], info[2]->IsTrue(), &storage);
  info.GetReturnValue().Set(static_cast<uint32_t>(child_process::Write(js::Unsigned(info[0]), bytes)));
}

// childClose(id): whether its input was open.
static void CloseInput(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(child_process::CloseInput(js::Unsigned(info[0])));
}

// childKill(id, signal): throws.
static void Kill(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const Id id = js::Unsigned(info[0]);
  const int number = info[1]->Int32Value(js::context()).FromMaybe(-1);
  const int failure = child_process::Kill(id, number);
  if (failure == 0) return;
  const base::Error error{"kill", failure,
                          std::to_string(child_process::Pid(id)) + " with signal " + std::to_string(number)};
  js::ThrowError(error.Message(), error.Name(), error.syscall);
}

// childSetReading(id, reading)
static void SetReading(const v8::FunctionCallbackInfo<v8::Value>& info) {
  child_process::SetReading(js::Unsigned(info[0]), info[1]->IsTrue());
}

// childSetEncoding(id, output, error): as js_chunk::Encoding.
static void SetEncoding(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const Id id = js::Unsigned(info[0]);
  bool raw = false;
  for (Stream stream : {Stream::kOutput, Stream::kError}) {
    const auto encoding = static_cast<js_chunk::Encoding>(js::Unsigned(info[1 + static_cast<int>(stream)]) & 3);
    DecoderOf(id, stream).set_encoding(encoding);
    raw = raw || encoding == js_chunk::Encoding::kRaw;
  }
  child_process::SetPiece(id, raw ? kRawPiece : child_process::kReadSize);
}

// signal(7), as the platform numbers them.
static constexpr struct {
  const char* name;
  int number;
} kSignals[] = {{"SIGHUP", SIGHUP},       {"SIGINT", SIGINT},     {"SIGQUIT", SIGQUIT}, {"SIGILL", SIGILL},
                {"SIGTRAP", SIGTRAP},     {"SIGABRT", SIGABRT},   {"SIGIOT", SIGIOT},   {"SIGBUS", SIGBUS},
                {"SIGFPE", SIGFPE},       {"SIGKILL", SIGKILL},   {"SIGUSR1", SIGUSR1}, {"SIGSEGV", SIGSEGV},
                {"SIGUSR2", SIGUSR2},     {"SIGPIPE", SIGPIPE},   {"SIGALRM", SIGALRM}, {"SIGTERM", SIGTERM},
                {"SIGSTKFLT", SIGSTKFLT}, {"SIGCHLD", SIGCHLD},   {"SIGCLD", SIGCLD},   {"SIGCONT", SIGCONT},
                {"SIGSTOP", SIGSTOP},     {"SIGTSTP", SIGTSTP},   {"SIGTTIN", SIGTTIN}, {"SIGTTOU", SIGTTOU},
                {"SIGURG", SIGURG},       {"SIGXCPU", SIGXCPU},   {"SIGXFSZ", SIGXFSZ}, {"SIGVTALRM", SIGVTALRM},
                {"SIGPROF", SIGPROF},     {"SIGWINCH", SIGWINCH}, {"SIGIO", SIGIO},     {"SIGPOLL", SIGPOLL},
                {"SIGPWR", SIGPWR},       {"SIGSYS", SIGSYS}};

// signalNumbers(): name -> number.
static void GetSignalNumbers(const v8::FunctionCallbackInfo<v8::Value>& info) {
  // Also for the snapshot, before js::isolate() is there.
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::Local<v8::Object> numbers = v8::Object::New(isolate);
  for (const auto& [name, number] : kSignals) {
    v8::Local<v8::String> key =
        v8::String::NewFromUtf8(isolate, name, v8::NewStringType::kInternalized).ToLocalChecked();
    numbers->CreateDataProperty(context, key, v8::Integer::New(isolate, number)).Check();
  }
  info.GetReturnValue().Set(numbers);
}

static constexpr js::Function kFunctions[] = {
    {"childStart", StartChild},
    {"childPid", GetPid},
    {"childWrite", Write},
    {"childClose", CloseInput},
    {"childKill", Kill},
    {"childSetReading", SetReading},
    {"childSetEncoding", SetEncoding},
    {"signalNumbers", GetSignalNumbers},
};

std::span<const js::Function> Functions() { return kFunctions; }

}  // namespace node::bind_child
// Layer 3 engine: V8, and no protocol logic of its own
// bind_fs.cc: files and folders
#line 1 "src/bind_fs.cc"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>












// Files, for lib/fs.js. Each operation has a number there, by which it is told
// of its end: the hook `fileDone`.
namespace node::bind_fs {

using base::Error;
using base::Result;
using file_system::Status;
using js_chunk::Encoding;

// --- From C++ to script ---

// What operations give; the first alternative is nothing.
using Value = std::variant<std::monostate, uint64_t, std::string, std::vector<std::string>, Status>;

static Value ToValue(base::Done) { return {}; }
static Value ToValue(int number) { return static_cast<uint64_t>(number); }
static Value ToValue(uint64_t number) { return number; }
static Value ToValue(std::string text) { return text; }
static Value ToValue(std::vector<std::string> names) { return names; }
static Value ToValue(const Status& status) { return status; }

static v8::Local<v8::Value> ToScript(const std::vector<std::string>& names) {
  v8::Local<v8::Array> array = v8::Array::New(js::isolate(), static_cast<int>(names.size()));
  for (size_t i = 0; i < names.size(); ++i) {
    array->Set(js::context(), static_cast<uint32_t>(i), js::Utf8(names[i])).Check();
  }
  return array;
}

// In the order of STATUS_FIELDS in lib/fs.js.
static v8::Local<v8::Value> ToScript(const Status& status) {
  const uint64_t integers[] = {status.dev, status.ino,  status.mode, status.nlink,   status.uid,
                               status.gid, status.rdev, status.size, status.blksize, status.blocks};
  const double times[] = {status.atime, status.mtime, status.ctime};
  v8::Local<v8::Value> fields[std::size(integers) + std::size(times)];
  size_t count = 0;
  for (uint64_t integer : integers) fields[count++] = js::Number(static_cast<double>(integer));
  for (double time : times) fields[count++] = js::Number(time);
  return v8::Array::New(js::isolate(), fields, count);
}

static v8::Local<v8::Value> ToScript(const Value& value) {
  if (const auto* number = std::get_if<uint64_t>(&value)) return js::Number(static_cast<double>(*number));
  if (const auto* text = std::get_if<std::string>(&value)) return js::Utf8(*text);
  if (const auto* names = std::get_if<std::vector<std::string>>(&value)) return ToScript(*names);
  if (const auto* status = std::get_if<Status>(&value)) return ToScript(*status);
  return v8::Undefined(js::isolate());
}

static v8::Local<v8::Value> ToScript(blocks::Block bytes, Encoding encoding) {
  switch (encoding) {
    case Encoding::kUtf8:
      return js::Utf8({bytes.data(), bytes.size()});
    case Encoding::kAscii:
      return js::OneByte({bytes.data(), bytes.size()});
    case Encoding::kRaw:
    case Encoding::kBytes:
      return js_buffers::Wrap(std::move(bytes));
  }
  return v8::Undefined(js::isolate());
}

// Needs a HandleScope.
static void Tell(uint32_t number, const std::optional<Error>& error, v8::Local<v8::Value> value,
                 v8::Local<v8::Value> more = v8::Local<v8::Value>()) {
  v8::Local<v8::Value> undefined = v8::Undefined(js::isolate());
  v8::Local<v8::Value> arguments[] = {js::Integer(number), undefined, value, more.IsEmpty() ? undefined : more};
  if (error) arguments[1] = js::MakeError(error->Message(), error->Name(), error->syscall);
  js::Call(js::Hook::kFileDone, std::size(arguments), arguments);
}

// --- Operations on the pool ---

// One whose result is a Value; this one is finished already.
struct Operation : thread_pool::Job {
  uint32_t number = 0;
  std::optional<Error> error;
  Value value;

  template <typename T>
  void Take(Result<T> result) {
    if (result.ok()) {
      value = ToValue(std::move(result.value()));
    } else {
      error = result.error();
    }
  }

  void Work() override {}
  void Done() override {
    v8::HandleScope scope(js::isolate());
    Tell(number, error, ToScript(value));
  }
};

// `function` gives the Result.
template <typename F>
struct Task : Operation {
  explicit Task(F work) : function(std::move(work)) {}
  void Work() override { Take(function()); }
  F function;
};

static uint32_t NumberOf(const v8::FunctionCallbackInfo<v8::Value>& info) { return js::Unsigned(info[0]); }

// The first argument of a binding is the operation's number.
template <typename F>
static void Run(const v8::FunctionCallbackInfo<v8::Value>& info, F function, int key = thread_pool::kNoKey) {
  auto task = std::make_unique<Task<F>>(std::move(function));
  task->number = NumberOf(info);
  file_io::Post(
      std::move(task), [](thread_pool::Job* job) { static_cast<Operation*>(job)->error = thread_pool::QueueFull(); },
      key);
}

static std::string Path(v8::Local<v8::Value> value) { return js::ToUtf8(value); }

static int64_t Integer(v8::Local<v8::Value> value) { return value->IntegerValue(js::context()).FromMaybe(0); }
static int Descriptor(v8::Local<v8::Value> value) { return static_cast<int>(Integer(value)); }
static mode_t Mode(v8::Local<v8::Value> value) { return static_cast<mode_t>(js::Unsigned(value)); }
static double Double(v8::Local<v8::Value> value) { return value->NumberValue(js::context()).FromMaybe(0); }

// fileOpen(number, path, flags, mode): a descriptor.
static void Open(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Run(info, [path = Path(info[1]), flags = Descriptor(info[2]), mode = Mode(info[3])] {
    return file_system::Open(path, flags, mode);
  });
}

// fileClose(number, fd)
static void Close(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const int descriptor = Descriptor(info[1]);
  file_io::Cancel(descriptor);
  // Behind the writes to it that are on their way: its number may soon be that of another file.
  Run(info, [descriptor] { return file_system::Close(descriptor); }, descriptor);
}

// fileRename, fileLink, fileSymlink(number, from, to)
template <Result<base::Done> (*Call)(const std::string&, const std::string&)>
static void OnTwoNames(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Run(info, [from = Path(info[1]), to = Path(info[2])] { return Call(from, to); });
}

// fileUnlink and the like (number, path)
template <auto Call>
static void OnName(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Run(info, [path = Path(info[1])] { return Call(path); });
}

// fileCopy(number, from, to): bytes.
static void Copy(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Run(info, [from = Path(info[1]), to = Path(info[2])] { return file_system::Copy(from, to); });
}

// fileMkdir(number, path, mode, parents)
static void MakeFolder(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Run(info, [path = Path(info[1]), mode = Mode(info[2]), parents = info[3]->IsTrue()] {
    return file_system::MakeFolder(path, mode, parents);
  });
}

// fileChmod(number, path, mode)
static void ChangeMode(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Run(info, [path = Path(info[1]), mode = Mode(info[2])] { return file_system::ChangeMode(path, mode); });
}

// fileChown(number, path, uid, gid)
static void ChangeOwner(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Run(info, [path = Path(info[1]), owner = js::Unsigned(info[2]), group = js::Unsigned(info[3])] {
    return file_system::ChangeOwner(path, owner, group);
  });
}

// fileUtimes(number, path, accessed, modified): milliseconds.
static void SetTimes(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Run(info, [path = Path(info[1]), accessed = Double(info[2]), modified = Double(info[3])] {
    return file_system::SetTimes(path, accessed, modified);
  });
}

// fileTruncate(number, path or fd, length)
static void Truncate(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const auto length = static_cast<uint64_t>(Integer(info[2]));
  if (info[1]->IsString()) {
    return Run(info, [path = Path(info[1]), length] { return file_system::Truncate(path, length); });
  }
  const int descriptor = Descriptor(info[1]);
  Run(info, [descriptor, length] { return file_system::TruncateOpen(descriptor, length); }, descriptor);
}

// fileSync(number, fd): behind the writes to it that are on their way.
static void Sync(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const int descriptor = Descriptor(info[1]);
  Run(info, [descriptor] { return file_system::Sync(descriptor); }, descriptor);
}

// fileStat, fileLstat(number, path): an array of numbers, see ToScript().
template <auto Call, auto CallNow>
static void GetStatus(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::string path = Path(info[1]);
  std::optional<Result<Status>> status;
  if (file_io::MayBeDirect()) status = CallNow(path);
  if (!status) return Run(info, [path = std::move(path)] { return Call(path); });
  auto finished = std::make_unique<Operation>();
  finished->number = NumberOf(info);
  finished->Take(std::move(*status));
  file_io::FinishLater(std::move(finished));
}

// --- Bytes ---

struct Cat : thread_pool::Job {
  explicit Cat(file_system::WholeFile whole) : file(std::move(whole)) {}

  void Work() override {
    if (is_beside) {
      ended = file.ReadNow();
    } else {
      file.ReadOn();
    }
  }
  static void Refuse(thread_pool::Job* job) { static_cast<Cat*>(job)->refused = thread_pool::QueueFull(); }

  // It has been found that it may block.
  void GoOn() {
    auto rest = std::make_unique<Cat>(std::move(file));
    rest->number = number;
    rest->encoding = encoding;
    file_io::Post(std::move(rest), Refuse);
  }

  void Done() override {
    if (!ended && !refused) return GoOn();
    v8::HandleScope scope(js::isolate());
    if (refused) return Tell(number, refused, v8::Undefined(js::isolate()));
    if (file.error()) return Tell(number, file.error(), v8::Undefined(js::isolate()));
    if (file.stream().valid()) return Tell(number, {}, js::Number(file.stream().Release()), v8::True(js::isolate()));
    Tell(number, {}, ToScript(std::move(file.bytes()), encoding), v8::False(js::isolate()));
  }

  uint32_t number = 0;
  Encoding encoding = Encoding::kRaw;
  file_system::WholeFile file;
  bool is_beside = false;
  bool ended = true;
  std::optional<Error> refused;
};

static Encoding EncodingOf(v8::Local<v8::Value> value) { return static_cast<Encoding>(js::Unsigned(value) & 3); }

// fileCat(number, path, encoding, most): the content and false; or the descriptor of a stream and true.
static void CatFile(const v8::FunctionCallbackInfo<v8::Value>& info) {
  auto cat = std::make_unique<Cat>(file_system::WholeFile(Path(info[1]), static_cast<size_t>(Integer(info[3]))));
  cat->number = NumberOf(info);
  cat->encoding = EncodingOf(info[2]);
  if (file_io::MayBeBeside()) {
    cat->is_beside = true;
    return file_io::PostBeside(std::move(cat));
  }
  if (file_io::MayBeDirect() && cat->file.ReadNow()) {
    file_io::HasMoved(cat->file.bytes().size());
    return file_io::FinishLater(std::move(cat));
  }
  file_io::Post(std::move(cat), Cat::Refuse);
}

// The beginning of a character, up to three bytes, as script keeps it: behind a 1, so that zeros count.
static std::string Unpacked(uint32_t tail) {
  std::string bytes;
  for (; tail > 1; tail >>= 8) bytes.insert(bytes.begin(), static_cast<char>(tail));
  return bytes;
}

static uint32_t Packed(std::string_view bytes) {
  uint32_t tail = 1;
  for (char c : bytes) tail = tail << 8 | static_cast<unsigned char>(c);
  return tail;
}

struct Reading : file_io::Read {
  using Read::Read;

  void Done() override {
    v8::HandleScope scope(js::isolate());
    v8::Local<v8::Value> data = v8::Null(js::isolate());
    if (error()) return Tell(number, error(), data);
    const size_t count = bytes().size();
    const bool joins = tail != 0 && encoding == Encoding::kUtf8;
    if (tail > 1 && !Prepend(Unpacked(tail))) return Tell(number, Error{"read", ENOMEM, ""}, data);
    const std::string_view whole(bytes().data(), bytes().size());
    // At the end what is incomplete remains so.
    const size_t incomplete = joins && count > 0 ? utf8::IncompleteTail(whole) : 0;
    if (tail != 0) tail = Packed(whole.substr(whole.size() - incomplete));
    if (!whole.empty()) {
      bytes().set_size(whole.size() - incomplete);
      data = ToScript(std::move(bytes()), encoding);
    }
    Tell(number, {}, data, Counts(js::Number(static_cast<double>(count)), tail));
  }

  bool Prepend(std::string_view text) {
    blocks::Block joined;
    if (!joined.Grow(text.size() + bytes().size())) return false;
    std::memcpy(joined.data(), text.data(), text.size());
    if (bytes().size() > 0) std::memcpy(joined.data() + text.size(), bytes().data(), bytes().size());
    joined.set_size(text.size() + bytes().size());
    bytes() = std::move(joined);
    return true;
  }

  static v8::Local<v8::Value> Counts(v8::Local<v8::Value> count, uint32_t tail) {
    v8::Local<v8::Value> both[] = {count, js::Integer(tail)};
    return v8::Array::New(js::isolate(), both, std::size(both));
  }

  uint32_t number = 0;
  Encoding encoding = Encoding::kRaw;
  // See Unpacked(). 0: characters are not joined.
  uint32_t tail = 0;
};

static int64_t Position(v8::Local<v8::Value> value) {
  return value->IsNumber() ? Integer(value) : file_system::kCurrent;
}

// fileRead(number, fd, length, position, encoding, tail, wait): data, null at the end, and [bytes, tail].
static void ReadFile(const v8::FunctionCallbackInfo<v8::Value>& info) {
  auto reading = std::make_unique<Reading>(Descriptor(info[1]), static_cast<size_t>(Integer(info[2])),
                                           Position(info[3]), info[6]->IsTrue());
  reading->number = NumberOf(info);
  reading->encoding = EncodingOf(info[4]);
  reading->tail = js::Unsigned(info[5]);
  file_io::Start(std::move(reading));
}

struct Writing : file_io::Write {
  using Write::Write;

  void Done() override {
    v8::HandleScope scope(js::isolate());
    Tell(number, error(), js::Number(static_cast<double>(written())));
  }

  uint32_t number = 0;
};

// fileWrite(number, fd, data, position): bytes. Large views are not copied.
static void WriteFile(const v8::FunctionCallbackInfo<v8::Value>& info) {
  static constexpr size_t kWorthKeeping = 4096;
  v8::Local<v8::Value> data = info[2];
  auto copy = std::make_shared<std::string>();
  std::shared_ptr<void> owner = copy;
  std::string_view bytes = js_chunk::Encode(data, /*utf8=*/true, copy.get());
  if (bytes.data() != copy->data()) {
    if (bytes.size() <= kWorthKeeping) {
      copy->assign(bytes);
      bytes = *copy;
    } else if (data->IsArrayBufferView()) {
      owner = data.As<v8::ArrayBufferView>()->Buffer()->GetBackingStore();
    } else {
      owner = data.As<v8::ArrayBuffer>()->GetBackingStore();
    }
  }
  auto writing = std::make_unique<Writing>(Descriptor(info[1]), bytes, std::move(owner), Position(info[3]));
  writing->number = NumberOf(info);
  file_io::Start(std::move(writing));
}

// --- Watching ---

static void OnChange(uint32_t watch, file_watch::Kind kind, std::string_view entry) {
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> name = v8::Null(js::isolate());
  if (!entry.empty()) name = js::Utf8(entry);
  v8::Local<v8::Value> arguments[] = {js::Integer(watch), js::Integer(static_cast<uint32_t>(kind)), name};
  js::Call(js::Hook::kFileChanged, std::size(arguments), arguments);
}

// fileWatch(path): a number; throws.
static void Watch(const v8::FunctionCallbackInfo<v8::Value>& info) {
  file_watch::SetListener(OnChange);
  Result<uint32_t> watch = file_watch::Add(Path(info[0]));
  if (!watch.ok()) {
    return js::ThrowError(watch.error().Message(), watch.error().Name(), watch.error().syscall);
  }
  info.GetReturnValue().Set(watch.value());
}

// fileUnwatch(number)
static void Unwatch(const v8::FunctionCallbackInfo<v8::Value>& info) { file_watch::Remove(js::Unsigned(info[0])); }

// --- Constants ---

// fileConstants(): an array of names and numbers in turn.
static void Constants(const v8::FunctionCallbackInfo<v8::Value>& info) {
  struct Constant {
    const char* name;
    int value;
  };
  static constexpr Constant kConstants[] = {
      {"O_RDONLY", O_RDONLY},
      {"O_WRONLY", O_WRONLY},
      {"O_RDWR", O_RDWR},
      {"O_CREAT", O_CREAT},
      {"O_EXCL", O_EXCL},
      {"O_NOCTTY", O_NOCTTY},
      {"O_TRUNC", O_TRUNC},
      {"O_APPEND", O_APPEND},
      {"O_DIRECTORY", O_DIRECTORY},
      {"O_NOFOLLOW", O_NOFOLLOW},
      {"O_NONBLOCK", O_NONBLOCK},
      {"O_SYNC", O_SYNC},
      {"S_IFMT", S_IFMT},
      {"S_IFREG", S_IFREG},
      {"S_IFDIR", S_IFDIR},
      {"S_IFLNK", S_IFLNK},
      {"S_IFIFO", S_IFIFO},
      {"S_IFSOCK", S_IFSOCK},
      {"S_IFCHR", S_IFCHR},
      {"S_IFBLK", S_IFBLK},
      {"S_IRWXU", S_IRWXU},
      {"S_IRUSR", S_IRUSR},
      {"S_IWUSR", S_IWUSR},
      {"S_IXUSR", S_IXUSR},
      {"S_IRWXG", S_IRWXG},
      {"S_IRGRP", S_IRGRP},
      {"S_IWGRP", S_IWGRP},
      {"S_IXGRP", S_IXGRP},
      {"S_IRWXO", S_IRWXO},
      {"S_IROTH", S_IROTH},
      {"S_IWOTH", S_IWOTH},
      {"S_IXOTH", S_IXOTH},
      {"STDIN_FILENO", STDIN_FILENO},
      {"STDOUT_FILENO", STDOUT_FILENO},
      {"STDERR_FILENO", STDERR_FILENO},
      // Second names of errors.
      {"EWOULDBLOCK", EWOULDBLOCK},
      {"EDEADLOCK", EDEADLOCK},
      {"ENOTSUP", ENOTSUP},
  };
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::Local<v8::Array> all = v8::Array::New(isolate);
  auto add = [&](const char* name, int value) {
    all->Set(context, all->Length(), v8::String::NewFromUtf8(isolate, name).ToLocalChecked()).Check();
    all->Set(context, all->Length(), v8::Integer::New(isolate, value)).Check();
  };
  for (const Constant& constant : kConstants) add(constant.name, constant.value);
  static constexpr int kErrorsEnd = 256;
  for (int code = 1; code < kErrorsEnd; ++code) {
    const char* name = strerrorname_np(code);
    if (name != nullptr) add(name, code);
  }
  info.GetReturnValue().Set(all);
}

// errorText(errno)
static void ErrorText(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const int code = Descriptor(info[0]);
  const char* text = strerrordesc_np(code);
  info.GetReturnValue().Set(js::Utf8(text != nullptr ? text : "Unknown error " + std::to_string(code)));
}

static constexpr js::Function kFunctions[] = {
    {"fileOpen", Open},
    {"fileClose", Close},
    {"fileRead", ReadFile},
    {"fileWrite", WriteFile},
    {"fileCat", CatFile},
    {"fileStat", GetStatus<file_system::GetStatus, file_system::GetStatusNow>},
    {"fileLstat", GetStatus<file_system::GetLinkStatus, file_system::GetLinkStatusNow>},
    {"fileRename", OnTwoNames<file_system::Rename>},
    {"fileLink", OnTwoNames<file_system::MakeLink>},
    {"fileSymlink", OnTwoNames<file_system::MakeSymlink>},
    {"fileUnlink", OnName<file_system::Unlink>},
    {"fileRmdir", OnName<file_system::RemoveFolder>},
    {"fileReaddir", OnName<file_system::ReadFolder>},
    {"fileReadlink", OnName<file_system::ReadLink>},
    {"fileRealpath", OnName<file_system::RealPath>},
    {"fileMkdtemp", OnName<file_system::MakeTemporaryFolder>},
    {"fileMkdir", MakeFolder},
    {"fileChmod", ChangeMode},
    {"fileChown", ChangeOwner},
    {"fileUtimes", SetTimes},
    {"fileTruncate", Truncate},
    {"fileSync", Sync},
    {"fileCopy", Copy},
    {"fileWatch", Watch},
    {"fileUnwatch", Unwatch},
    {"errorText", ErrorText},
    {"fileConstants", Constants},
};

std::span<const js::Function> Functions() { return kFunctions; }

}  // namespace node::bind_fs
// Layer 3 engine: V8, and no protocol logic of its own
// bind_modules.cc: modules
#line 1 "src/bind_modules.cc"
#include <sha2.h>

#include <cstdlib>
#include <string>






// Files and code, for lib/modules.js.
namespace node::bind_modules {

static void Throw(const base::Error& error) { js::ThrowError(error.Message(), error.Name(), error.syscall); }

// moduleRealPath(path): absolute, without symbolic links; throws.
static void RealPath(const v8::FunctionCallbackInfo<v8::Value>& info) {
  base::Result<std::string> path = script_file::RealPath(js::ToUtf8(info[0]));
  if (!path.ok()) return Throw(path.error());
  info.GetReturnValue().Set(js::Utf8(path.value()));
}

// moduleRead(path): the text of the file; throws.
static void Read(const v8::FunctionCallbackInfo<v8::Value>& info) {
  base::Result<std::string> text = script_file::Read(js::ToUtf8(info[0]));
  if (!text.ok()) return Throw(text.error());
  v8::Local<v8::String> source;
  if (js::SourceText(text.value(), js::ToUtf8(info[0])).ToLocal(&source)) info.GetReturnValue().Set(source);
}

// sourceText(bytes, name): the text of what a server has sent; throws when it is too large.
static void SourceText(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::string storage;
  std::string_view bytes = js_chunk::Encode(info[0], /*utf8=*/false, &storage);
  v8::Local<v8::String> source;
  if (js::SourceText(bytes, js::ToUtf8(info[1])).ToLocal(&source)) info.GetReturnValue().Set(source);
}

// sha256(bytes): 64 hexadecimal digits.
static void Sha256(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::string storage;
  std::string_view bytes = js_chunk::Encode(info[0], /*utf8=*/false, &storage);
  char digits[SHA256_DIGEST_STRING_LENGTH];
  SHA256Data(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), digits);
  info.GetReturnValue().Set(js::OneByte(digits));
}

// moduleCompile(source, name): see js::CompileModule; throws.
static void Compile(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Local<v8::Function> function;
  if (js::CompileModule(info[0].As<v8::String>(), info[1].As<v8::String>()).ToLocal(&function)) {
    info.GetReturnValue().Set(function);
  }
}

// runGlobal(source, name): the value of the script's last statement; throws what it throws.
static void RunGlobal(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::ScriptOrigin origin(info[1]);
  v8::ScriptCompiler::Source source(info[0].As<v8::String>(), origin);
  v8::Local<v8::Script> script;
  v8::Local<v8::Value> value;
  if (!v8::ScriptCompiler::Compile(js::context(), &source).ToLocal(&script)) return;
  if (script->Run(js::context()).ToLocal(&value)) info.GetReturnValue().Set(value);
}

// environmentVariable(name): text, or undefined.
static void EnvironmentVariable(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const char* value = std::getenv(js::ToUtf8(info[0]).c_str());
  if (value != nullptr) info.GetReturnValue().Set(js::Utf8(value));
}

static constexpr js::Function kFunctions[] = {
    {"moduleRealPath", RealPath},
    {"moduleRead", Read},
    {"moduleCompile", Compile},
    {"sourceText", SourceText},
    {"sha256", Sha256},
    {"runGlobal", RunGlobal},
    {"environmentVariable", EnvironmentVariable},
};

std::span<const js::Function> Functions() { return kFunctions; }

}  // namespace node::bind_modules
// Layer 3 engine: V8, and no protocol logic of its own
// bind_signals.cc: what signals do
#line 1 "src/bind_signals.cc"
#include <span>
#include <vector>





// Signals, for lib/modules.js and lib/signals.js.
namespace node::bind_signals {

// awaitSignals(): SIGINT and SIGTERM are to be told to the script, which has something to do before the end.
static void AwaitSignals(const v8::FunctionCallbackInfo<v8::Value>&) {
  signals::TellBeforeEnd([](int code) {
    v8::HandleScope scope(js::isolate());
    v8::Local<v8::Value> arguments[] = {v8::Integer::New(js::isolate(), code)};
    js::Call(js::Hook::kExit, std::size(arguments), arguments);
  });
}

// A signal that a script has asked about, and the array of its listeners, which the script may edit as it likes.
struct Asked {
  int number;
  v8::Global<v8::Array> listeners;
};

static std::vector<Asked>& All() {
  static auto* all = new std::vector<Asked>;
  return *all;
}

// Of lib/: called with the number of a signal that has come and has listeners.
static v8::Global<v8::Function>& Teller() {
  static auto* teller = new v8::Global<v8::Function>;
  return *teller;
}

static bool HasListeners(const Asked& asked) { return asked.listeners.Get(js::isolate())->Length() > 0; }

static void Tell(int number) {
  v8::HandleScope scope(js::isolate());
  for (const Asked& asked : All()) {
    if (asked.number != number) continue;
    // Its last listener has gone in this very turn.
    if (!HasListeners(asked)) return signals::DoDefault(number);
    v8::Local<v8::Value> arguments[] = {v8::Integer::New(js::isolate(), number)};
    js::Call(Teller().Get(js::isolate()), v8::Undefined(js::isolate()), std::size(arguments), arguments);
    return;
  }
}

// hearSignal(number, listeners, tell): from now on the signal is heard while the array `listeners` has any, as of the
// end of a turn; `tell`, always the same, is called with its number. Once for each number.
static void HearSignal(const v8::FunctionCallbackInfo<v8::Value>& info) {
  if (Teller().IsEmpty()) {
    Teller().Reset(js::isolate(), info[2].As<v8::Function>());
    signals::SetListener(Tell);
  }
  All().push_back(
      {info[0]->Int32Value(js::context()).FromJust(), v8::Global<v8::Array>(js::isolate(), info[1].As<v8::Array>())});
}

void Arm() {
  if (All().empty()) return;
  v8::HandleScope scope(js::isolate());
  for (const Asked& asked : All()) {
    if (HasListeners(asked)) {
      signals::Hear(asked.number);
    } else {
      signals::Unhear(asked.number);
    }
  }
}

// armSignals(): what has listeners is heard at once, not only when the turn is over.
static void ArmSignals(const v8::FunctionCallbackInfo<v8::Value>&) { Arm(); }

// endHearing(): see signals.h.
static void EndHearing(const v8::FunctionCallbackInfo<v8::Value>&) { signals::EndHearing(); }

static constexpr js::Function kFunctions[] = {
    {"awaitSignals", AwaitSignals},
    {"hearSignal", HearSignal},
    {"armSignals", ArmSignals},
    {"endHearing", EndHearing},
};

std::span<const js::Function> Functions() { return kFunctions; }

}  // namespace node::bind_signals
// Layer 3 engine: V8, and no protocol logic of its own
// bind_dns.cc: resolvers
#line 1 "src/bind_dns.cc"
#include <arpa/inet.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>












// Resolvers and their answers, for lib/dns.js.
namespace node::bind_dns {

using dns_message::Type;
using resolver::Code;

// --- Records as values ---

// Needs a HandleScope, as all of these.
static v8::Local<v8::Value> AddressText(std::string_view bytes) {
  if (bytes.size() != 4) {
    char ipv6[INET6_ADDRSTRLEN];
    CHECK(bytes.size() == 16 && inet_ntop(AF_INET6, bytes.data(), ipv6, sizeof ipv6) != nullptr);
    return js::OneByte(ipv6);
  }
  // Most answers are these; inet_ntop(3) goes through printf(3).
  char text[INET_ADDRSTRLEN];
  char* end = text;
  for (size_t i = 0; i < 4; ++i) {
    if (i > 0) *end++ = '.';
    end = bytes::WriteDecimal(static_cast<uint8_t>(bytes[i]), end);
  }
  return js::OneByte({text, static_cast<size_t>(end - text)});
}

static v8::Local<v8::Value> NameText(const dns_message::Name& name) { return js::OneByte(name.ToText()); }

static v8::Local<v8::Value> ArrayOf(std::vector<v8::Local<v8::Value>>* values) {
  return v8::Array::New(js::isolate(), values->data(), values->size());
}

// The fields of one record, flat; lib/dns.js makes them an object.
static void AppendRecord(Type type, std::string_view data, std::vector<v8::Local<v8::Value>>* values) {
  switch (type) {
    case Type::kA:
    case Type::kAaaa:
      values->push_back(AddressText(data));
      return;
    case Type::kNs:
    case Type::kCname:
    case Type::kPtr:
      values->push_back(NameText(dns_message::ReadName(data)));
      return;
    case Type::kMx: {
      dns_message::Mx mx = dns_message::ReadMx(data);
      values->insert(values->end(), {js::Integer(mx.priority), NameText(mx.exchange)});
      return;
    }
    case Type::kTxt: {
      std::vector<v8::Local<v8::Value>> strings;
      for (std::string_view string : dns_message::ReadTxt(data)) strings.push_back(js::Utf8(string));
      values->push_back(ArrayOf(&strings));
      return;
    }
    case Type::kSrv: {
      dns_message::Srv srv = dns_message::ReadSrv(data);
      values->insert(values->end(),
                     {js::Integer(srv.priority), js::Integer(srv.weight), js::Integer(srv.port), NameText(srv.target)});
      return;
    }
    case Type::kSoa: {
      dns_message::Soa soa = dns_message::ReadSoa(data);
      values->insert(values->end(),
                     {NameText(soa.mname), NameText(soa.rname), js::Integer(soa.serial), js::Integer(soa.refresh),
                      js::Integer(soa.retry), js::Integer(soa.expire), js::Integer(soa.minimum)});
      return;
    }
    case Type::kCaa: {
      dns_message::Caa caa = dns_message::ReadCaa(data);
      values->insert(values->end(), {js::Integer(caa.flags), js::OneByte(caa.tag), js::Utf8(caa.value)});
      return;
    }
    case Type::kOpt:
      break;
  }
  CHECK(!"a type that lib/dns.js asks for");
}

// What a promise gives: [values, ttl, cname], or [code, message]. The cname is left out when it is the text asked for,
// which lib/dns.js has.
struct Values {
  v8::Local<v8::Value> list[3];
  int count = 0;
};

static Values FailureValues(Code code, std::string_view message) {
  Values values;
  values.list[0] = v8::Integer::New(js::isolate(), static_cast<int>(code));
  values.list[1] = js::Utf8(message);
  values.count = 2;
  return values;
}

// `plain_size`: of Question.
static Values ToValues(Type type, const resolver::Reply& reply, size_t plain_size) {
  if (reply.code != Code::kSuccess) return FailureValues(reply.code, reply.message);
  const dns_message::Answer& answer = *reply.answer;
  Values values;
  if (type == Type::kA && answer.records.size() == 1) {
    // Most answers are these.
    v8::Local<v8::Value> address = AddressText(answer.Data(0));
    values.list[0] = v8::Array::New(js::isolate(), &address, 1);
  } else {
    std::vector<v8::Local<v8::Value>> records;
    records.reserve(answer.records.size());
    for (size_t i = 0; i < answer.records.size(); ++i) AppendRecord(type, answer.Data(i), &records);
    values.list[0] = ArrayOf(&records);
  }
  values.list[1] = js::Integer(reply.ttl);
  values.count = 2;
  // One with a domain of the search list behind it would be longer.
  if (answer.aliases == 0 && answer.canonical.wire().size() == plain_size) return values;
  values.list[values.count++] = NameText(answer.canonical);
  return values;
}

static Values ToValues(const host_lookup::Outcome& outcome) {
  if (outcome.addresses.empty()) return FailureValues(outcome.code, outcome.message);
  std::vector<v8::Local<v8::Value>> texts;
  texts.reserve(outcome.addresses.size());
  for (const stream::Address& address : outcome.addresses) texts.push_back(js::OneByte(address.Host()));
  Values values;
  values.list[0] = ArrayOf(&texts);
  values.count = 1;
  return values;
}

// --- Questions under way, by the numbers that lib/dns.js knows them by ---

struct Question : resolver::Client, host_lookup::Waiter {
  void OnReply(resolver::Ticket ticket, const resolver::Reply& reply) override;
  void OnLookup(host_lookup::Ticket ticket, host_lookup::Outcome outcome) override;

  slots::Id id = 0;
  bool open = false;
  Type type = Type::kA;
  // The bytes of the name asked for, as they are in a message, if its text is as Name::ToText() gives it; otherwise 0.
  size_t plain_size = 0;
};

static slots::Table<Question> questions;

static void Tell(Question* question, Values values) {
  v8::Local<v8::Value> arguments[] = {js::Integer(question->id), values.list[0], values.list[1], values.list[2]};
  questions.GiveBack(question);
  js::Call(js::Hook::kDnsReply, values.count + 1, arguments);
}

void Question::OnReply(resolver::Ticket, const resolver::Reply& reply) {
  v8::HandleScope scope(js::isolate());
  Tell(this, ToValues(type, reply, plain_size));
}

void Question::OnLookup(host_lookup::Ticket, host_lookup::Outcome outcome) {
  v8::HandleScope scope(js::isolate());
  Tell(this, ToValues(outcome));
}

// By handle; 0 is the default one.
static std::vector<std::unique_ptr<resolver::Resolver>>& Resolvers() {
  static auto* resolvers = new std::vector<std::unique_ptr<resolver::Resolver>>(1);
  return *resolvers;
}
static std::vector<uint32_t>& FreeHandles() {
  static auto* handles = new std::vector<uint32_t>;
  return *handles;
}

static resolver::Resolver* ResolverOf(v8::Local<v8::Value> handle) {
  uint32_t index = js::Unsigned(handle);
  if (index == 0) return &resolver::Default();
  CHECK(index < Resolvers().size() && Resolvers()[index] != nullptr);
  return Resolvers()[index].get();
}

// To the caller, what is known now; or the number of the question.
static void Answer(const v8::FunctionCallbackInfo<v8::Value>& info, Question* question, std::optional<Values> values) {
  if (!values) return info.GetReturnValue().Set(question->id);
  questions.GiveBack(question);
  info.GetReturnValue().Set(v8::Array::New(js::isolate(), values->list, static_cast<size_t>(values->count)));
}

static Question* TakeQuestion(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Question* question = questions.Take();
  if (question != nullptr) return question;
  Values values = FailureValues(Code::kNoMemory, "a million questions are under way");
  info.GetReturnValue().Set(v8::Array::New(js::isolate(), values.list, 2));
  return nullptr;
}

// --- Functions of the binding ---

// A name from a script: mostly it is ASCII and short, and so read in one pass and without memory.
class NameArgument {
 public:
  explicit NameArgument(v8::Local<v8::Value> value) {
    v8::Local<v8::String> string = value.As<v8::String>();
    const auto size = static_cast<uint32_t>(string->Length());
    unsigned char all = 0x80;
    if (size <= sizeof room_ && string->IsOneByte()) {
      string->WriteOneByteV2(js::isolate(), 0, size, reinterpret_cast<uint8_t*>(room_));
      all = 0;
      for (uint32_t i = 0; i < size; ++i) all |= static_cast<unsigned char>(room_[i]);
    }
    if (all < 0x80) {
      text_ = {room_, size};
    } else {
      other_ = js::ToUtf8(value);
      text_ = other_;
    }
  }
  NameArgument(const NameArgument&) = delete;
  NameArgument& operator=(const NameArgument&) = delete;

  std::string_view text() const { return text_; }
  // As Question::plain_size.
  size_t PlainSize() const {
    for (char c : text_) {
      if (c == '\\' || (c >= 'A' && c <= 'Z')) return 0;
    }
    return text_.size() + 2;  // the first length, and the root's zero
  }

 private:
  char room_[256];
  std::string other_;
  std::string_view text_;
};

// dnsResolve(resolver, name, type): [values, ttl, cname] or [code, message] when that is known now, otherwise the
// number of the question, for which dnsReply is called.
static void Resolve(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Question* question = TakeQuestion(info);
  if (question == nullptr) return;
  question->type = static_cast<Type>(js::Unsigned(info[2]));
  NameArgument name(info[1]);
  question->plain_size = name.PlainSize();
  resolver::Ticket ticket = 0;
  std::optional<resolver::Reply> reply =
      ResolverOf(info[0])->Resolve(question, name.text(), question->type, /*search=*/true, &ticket);
  Answer(info, question, reply ? std::optional(ToValues(question->type, *reply, question->plain_size)) : std::nullopt);
}

// dnsReverse(resolver, address): the same; undefined when that is no address.
static void Reverse(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::string text = js::ToUtf8(info[1]);
  in6_addr bytes;
  size_t size = 0;
  bool has_nul = text.find('\0') != std::string::npos;
  if (!has_nul && inet_pton(AF_INET, text.c_str(), &bytes) == 1) size = 4;
  if (!has_nul && inet_pton(AF_INET6, text.c_str(), &bytes) == 1) size = 16;
  if (size == 0) return;
  Question* question = TakeQuestion(info);
  if (question == nullptr) return;
  question->type = Type::kPtr;
  question->plain_size = 0;
  dns_message::Question asked{dns_message::ReverseName({reinterpret_cast<const char*>(&bytes), size}), Type::kPtr};
  resolver::Ticket ticket = 0;
  std::optional<resolver::Reply> reply = ResolverOf(info[0])->Resolve(question, asked, &ticket);
  Answer(info, question, reply ? std::optional(ToValues(Type::kPtr, *reply, 0)) : std::nullopt);
}

// dnsLookup(resolver, name, family, ipv6First): [addresses] or [code, message], or the number of the question.
static void Lookup(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Question* question = TakeQuestion(info);
  if (question == nullptr) return;
  host_lookup::Options options;
  uint32_t family = js::Unsigned(info[2]);
  options.family = family == 4 ? AF_INET : family == 6 ? AF_INET6 : 0;
  options.ipv6_first = info[3]->IsTrue();
  host_lookup::Ticket ticket = 0;
  std::optional<host_lookup::Outcome> outcome =
      host_lookup::Lookup(ResolverOf(info[0]), question, js::ToUtf8(info[1]), 0, options, &ticket);
  Answer(info, question, outcome ? std::optional(ToValues(*outcome)) : std::nullopt);
}

// Throws and gives std::nullopt for what is no list of servers.
static std::optional<std::vector<stream::Address>> ReadServers(v8::Local<v8::Value> value) {
  std::vector<stream::Address> servers;
  if (!value->IsArray()) {
    js::ThrowError("dns: servers must be an array of addresses");
    return std::nullopt;
  }
  v8::Local<v8::Array> array = value.As<v8::Array>();
  for (uint32_t i = 0; i < array->Length(); ++i) {
    v8::Local<v8::Value> element;
    if (!array->Get(js::context(), i).ToLocal(&element)) return std::nullopt;
    std::string text = element->IsString() ? js::ToUtf8(element) : "";
    std::optional<stream::Address> server = resolver_config::ParseServer(text);
    if (!server) {
      js::ThrowError("dns: servers[" + std::to_string(i) + "]: no address, or no port from 1 to 65535: \"" + text +
                     "\"");
      return std::nullopt;
    }
    servers.push_back(*server);
  }
  if (servers.empty()) {
    js::ThrowError("dns: servers must not be empty");
    return std::nullopt;
  }
  return servers;
}

// What lib/dns.js has checked: undefined, or a number, boolean or array of strings.
static v8::Local<v8::Value> Property(v8::Local<v8::Value> object, const char* name) {
  v8::Local<v8::Value> value;
  CHECK(object.As<v8::Object>()->Get(js::context(), js::OneByte(name)).ToLocal(&value));
  return value;
}

template <typename Number>
static void ReadNumber(v8::Local<v8::Value> options, const char* name, std::optional<Number>* setting) {
  v8::Local<v8::Value> value = Property(options, name);
  if (value->IsNumber()) *setting = static_cast<Number>(value.As<v8::Number>()->Value());
}

static void ReadBoolean(v8::Local<v8::Value> options, const char* name, std::optional<bool>* setting) {
  v8::Local<v8::Value> value = Property(options, name);
  if (value->IsBoolean()) *setting = value->IsTrue();
}

// dnsCreate(options): the handle of a new resolver; throws.
static void Create(const v8::FunctionCallbackInfo<v8::Value>& info) {
  resolver::Options options;
  v8::Local<v8::Value> servers = Property(info[0], "servers");
  if (!servers->IsUndefined()) {
    options.servers = ReadServers(servers);
    if (!options.servers) return;
  }
  v8::Local<v8::Value> search = Property(info[0], "search");
  if (search->IsArray()) {
    options.search.emplace();
    v8::Local<v8::Array> array = search.As<v8::Array>();
    for (uint32_t i = 0; i < array->Length(); ++i) {
      std::string domain = js::ToUtf8(array->Get(js::context(), i).ToLocalChecked());
      dns_message::Name name;
      if (const char* fault = dns_message::ParseName(domain, &name)) {
        return js::ThrowError("Resolver: search[" + std::to_string(i) + "]: \"" + domain + "\" is no domain: " + fault);
      }
      options.search->push_back(std::move(domain));
    }
  }
  ReadNumber(info[0], "ndots", &options.ndots);
  ReadNumber(info[0], "timeoutMs", &options.timeout_ms);
  ReadNumber(info[0], "attempts", &options.attempts);
  ReadNumber(info[0], "totalMs", &options.total_ms);
  ReadNumber(info[0], "udpSize", &options.udp_size);
  ReadBoolean(info[0], "rotate", &options.rotate);
  ReadBoolean(info[0], "tcp", &options.use_tcp);
  ReadBoolean(info[0], "mixCase", &options.mix_case);
  std::optional<uint32_t> entries;
  ReadNumber(info[0], "cache", &entries);
  if (entries) options.cache_entries = *entries;
  uint32_t handle = static_cast<uint32_t>(Resolvers().size());
  if (FreeHandles().empty()) {
    Resolvers().emplace_back();
  } else {
    handle = FreeHandles().back();
    FreeHandles().pop_back();
  }
  Resolvers()[handle] = std::make_unique<resolver::Resolver>(std::move(options));
  info.GetReturnValue().Set(handle);
}

// dnsDestroy(resolver): nobody has it any more, and nothing is under way.
static void Destroy(const v8::FunctionCallbackInfo<v8::Value>& info) {
  uint32_t handle = js::Unsigned(info[0]);
  CHECK(handle > 0 && handle < Resolvers().size() && Resolvers()[handle] != nullptr);
  Resolvers()[handle].reset();
  FreeHandles().push_back(handle);
}

// dnsServers(resolver): an array of texts.
static void Servers(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::vector<v8::Local<v8::Value>> texts;
  for (const stream::Address& server : ResolverOf(info[0])->servers()) {
    texts.push_back(js::OneByte(server.ToString()));
  }
  info.GetReturnValue().Set(ArrayOf(&texts));
}

// dnsSetServers(resolver, servers): throws; undefined for those of the system.
static void SetServers(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::optional<std::vector<stream::Address>> servers;
  if (!info[1]->IsUndefined()) {
    servers = ReadServers(info[1]);
    if (!servers) return;
  }
  ResolverOf(info[0])->SetServers(std::move(servers));
}

// dnsClearCache(resolver)
static void ClearCache(const v8::FunctionCallbackInfo<v8::Value>& info) { ResolverOf(info[0])->ClearCache(); }

// dnsCacheSize(resolver): entries.
static void CacheSize(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(static_cast<uint32_t>(ResolverOf(info[0])->cache_size()));
}

static constexpr js::Function kFunctions[] = {
    {"dnsResolve", Resolve},       {"dnsReverse", Reverse},       {"dnsLookup", Lookup},
    {"dnsCreate", Create},         {"dnsDestroy", Destroy},       {"dnsServers", Servers},
    {"dnsSetServers", SetServers}, {"dnsClearCache", ClearCache}, {"dnsCacheSize", CacheSize},
};

std::span<const js::Function> Functions() { return kFunctions; }

}  // namespace node::bind_dns
// Layer 3 engine: V8, and no protocol logic of its own
// bind_process.cc: exit and names
#line 1 "src/bind_process.cc"
#include <string>
#include <string_view>







// The process, for lib/process.js, and text, for lib/chunks.js.
namespace node::bind_process {

// exit(code): see js::Exit.
static void ExitProcess(const v8::FunctionCallbackInfo<v8::Value>& info) {
  js::Exit(info[0]->Int32Value(js::context()).FromMaybe(0));
}

// reasonPhrase(status): the text for a status code.
static void GetReasonPhrase(const v8::FunctionCallbackInfo<v8::Value>& info) {
  int status = info[0]->Int32Value(js::context()).FromMaybe(0);
  info.GetReturnValue().Set(js::OneByte(http_writer::ReasonPhrase(status)));
}

// utf8Text(bytes): the text whose UTF-8 form they are; what is none becomes U+FFFD. Throws when it would be too long.
static void Utf8Text(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::string storage;
  std::string_view bytes = js_chunk::Encode(info[0], /*utf8=*/false, &storage);
  if (bytes.size() >= v8::String::kMaxLength) {
    return js::ThrowError("encodeUtf8: a string may have " + std::to_string(v8::String::kMaxLength) + " characters");
  }
  info.GetReturnValue().Set(js::Utf8(bytes));
}

// environment(): a new object with the variables of this process. Of several with one name, as only a broken parent
// gives them, the first counts, as it does for getenv(3); what is not NAME=VALUE is left out.
static void GetEnvironment(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Local<v8::Context> context = js::context();
  v8::Local<v8::Object> variables = v8::Object::New(js::isolate());
  for (std::string_view entry : spawn::Environment()) {
    const size_t end = entry.find('=');
    if (end == 0 || end == std::string_view::npos) continue;
    v8::Local<v8::String> name = js::Utf8(entry.substr(0, end));
    if (variables->HasOwnProperty(context, name).FromJust()) continue;
    // A data property in any case: __proto__ is a name like others.
    variables->CreateDataProperty(context, name, js::Utf8(entry.substr(end + 1))).Check();
  }
  info.GetReturnValue().Set(variables);
}

static constexpr js::Function kFunctions[] = {
    {"environment", GetEnvironment},
    {"exit", ExitProcess},
    {"reasonPhrase", GetReasonPhrase},
    {"utf8Text", Utf8Text},
};

std::span<const js::Function> Functions() { return kFunctions; }

}  // namespace node::bind_process
// Layer 4 program: arguments, start, exit code
// main.cc: main()
#line 1 "src/main.cc"
// The program: arguments, script, loop, exit code.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
















namespace node::program {

// Laid down by snapshot.S.
extern "C" const char node_notices_begin[];
extern "C" const char node_notices_end[];

static int Complain(const std::string& message, int code) {
  output::WriteNow(STDERR_FILENO, "node: " + message + "\n");
  return code;
}

static int Print(std::string_view text) {
  int failure = output::WriteNow(STDOUT_FILENO, text);
  if (failure == 0 || failure == EPIPE) return 0;
  return Complain(base::Error{"write", failure, "standard output"}.Message(), 1);
}

// Descriptors 0 to 2 that the parent has closed would be given to the first socket.
static void OpenStandardStreams() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) < 0) open("/dev/null", O_RDWR);
  }
}

// The name scripts see: "./x.js" is "x.js".
static std::string ScriptName(std::string path) {
  while (path.starts_with("./")) {
    size_t rest = path.find_first_not_of('/', 2);
    path.erase(0, rest == std::string::npos ? path.size() : rest);
  }
  return path;
}

// Whether the kernel makes orphans our children.
static bool GetsOrphans() {
  int asked = 0;
  return getpid() == 1 || (prctl(PR_GET_CHILD_SUBREAPER, &asked) == 0 && asked != 0);
}

static int Run(const options::Options& options, std::string_view source, const std::string& name) {
  std::string unknown = js::Start({options.v8_flags, options.use_snapshot});
  if (!unknown.empty()) {
    return Complain("unknown engine flag or bad value: " + unknown + " (node --v8-flags=--help lists them)", 2);
  }
  if (options.mode == options::Mode::kCheck) return js::CheckScript(source, name) ? 0 : 1;
  descriptors::RaiseLimit();
  signals::Install(bind_console::DrainInSignal);
  if (GetsOrphans()) child_process::ReapOrphans();
  loop::SetBeforeWait([] {
    // What is still to be done then comes after the sockets' turn.
    if (js::EndTurn()) loop::WakeUp();
    js_platform::StartTasks();
    signals::EndIfAsked();
  });
  {
    v8::HandleScope scope(js::isolate());
    v8::Local<v8::Array> argv = v8::Array::New(js::isolate());
    for (uint32_t i = 0; i < options.argv.size(); ++i) {
      argv->Set(js::context(), i, js::Utf8(options.argv[i])).Check();
    }
    v8::Local<v8::Value> arguments[] = {argv};
    js::Call(js::Hook::kBoot, std::size(arguments), arguments);
  }
  js::RunScript(source, name);
  // The loop ends when nothing is watched any more; what its last turn has left to do may watch something again. One
  // that has never been asked for anything need not be set up to find that out.
  do {
    js::EndTurn();
    if (loop::IsStarted()) loop::Run();
  } while (js::TurnDue());
  signals::EndHearing();
  {
    v8::HandleScope scope(js::isolate());
    js::Call(js::Hook::kEnd, 0, nullptr);
  }
  js::Exit(0);
}

static int Main(int count, char** arguments) {
  signals::IgnoreBrokenPipes();
  OpenStandardStreams();
  options::Options options = options::Parse(count, arguments, isatty(STDIN_FILENO) == 1);
  std::string name = ScriptName(options.script);
  switch (options.mode) {
    case options::Mode::kUsageError:
      output::WriteNow(STDERR_FILENO, "node: " + options.error + "\n" + options::Usage());
      return 2;
    case options::Mode::kHelp:
      return Print(options::Usage());
    case options::Mode::kVersion:
      return Print(std::string("node ") + version::kVersion + " (the API of Node v0.1.2), V8 " + v8::V8::GetVersion() +
                   ", libev " + loop::Version() + "\n");
    case options::Mode::kLicenses:
      return Print({node_notices_begin, static_cast<size_t>(node_notices_end - node_notices_begin)});
    case options::Mode::kV8Help:
      js::PrintV8Flags();
      return 0;
    case options::Mode::kBuildSnapshot:
      if (!js::BuildSnapshot(options.script.c_str())) return Complain("cannot write " + options.script, 1);
      return 0;
    case options::Mode::kBuildCode:
      if (!js::BuildCode(options.script)) return Complain("cannot read it or write " + options.script + ".code", 1);
      return 0;
    case options::Mode::kCheckCode: {
      js::Start({options.v8_flags, options.use_snapshot});
      js_snapshot::CodeUse use = js_snapshot::UseCode();
      return Print(std::to_string(use.used) + " of " + std::to_string(use.libraries) + "\n");
    }
    case options::Mode::kEval:
      return Run(options, options.code, "[eval]");
    case options::Mode::kStdin: {
      base::Result<std::string> source = script_file::ReadAll(STDIN_FILENO, "standard input");
      if (!source.ok()) return Complain("cannot read the script: " + source.error().Message(), 1);
      return Run(options, source.value(), "[stdin]");
    }
    case options::Mode::kScript:
    case options::Mode::kCheck: {
      bool from_stdin = options.mode == options::Mode::kCheck && options.script == "-";
      if (from_stdin) name = "[stdin]";
      base::Result<std::string> source =
          from_stdin ? script_file::ReadAll(STDIN_FILENO, "standard input") : script_file::Read(options.script);
      if (!source.ok()) return Complain("cannot read the script: " + source.error().Message(), 1);
      return Run(options, source.value(), name);
    }
  }
  return 2;
}

}  // namespace node::program

int main(int count, char** arguments) {
  // No static destructors, no teardown of the engine: the kernel is faster.
  _exit(node::program::Main(count, arguments));
}
