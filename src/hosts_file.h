// The addresses that /etc/hosts has for a name: hosts(5).
//
// Pure. A list of names to block has some hundred thousand lines: an index is made once for each change of the file,
// and a look-up costs the same for any length.
#pragma once

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
