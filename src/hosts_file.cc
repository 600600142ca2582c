#include "hosts_file.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "bytes.h"

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
