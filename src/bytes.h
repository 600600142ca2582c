// Classes of bytes and small readings of text, as the protocols of layer 1 need them.
//
// All works on bytes, never on a locale: what is a letter here is a letter of
// ASCII. All is bounded by a length; NUL is a byte like any other.
#pragma once

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
