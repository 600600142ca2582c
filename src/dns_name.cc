#include "dns_name.h"

#include <algorithm>
#include <cstring>

#include "base.h"
#include "bytes.h"

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
