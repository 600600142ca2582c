// Names of DNS: as text, as bytes, and as they stand in a message (RFC 1035, 3.1 and 4.1.4; RFC 4343 for their case).
//
// Pure, and without any memory but their own 256 bytes. Why the reading of compressed names is as strict as it is:
// RFC 9267, 2.
#pragma once

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
