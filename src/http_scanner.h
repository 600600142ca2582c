// The inner loops of the HTTP parsers and of the writer's checks: where does a
// run of allowed bytes end?
//
// Sixteen bytes a step with what x86-64-v2 has (SSSE3). No byte outside of the
// given range is ever read: the last, partial step reads the 16 bytes that END
// with the range and shifts them down, so that NULs, which no class allows,
// come in from above.
#pragma once

#include <tmmintrin.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bytes.h"

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
