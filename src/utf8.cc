#include "utf8.h"

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
