#include "bytes.h"

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
