#include "hosts_file.h"

#include <algorithm>

#include "bytes.h"

namespace node::hosts_file {

// Takes the next word off the front of `line`; empty at its end.
static std::string_view TakeWord(std::string_view* line) {
  static constexpr std::string_view kBlanks = " \t\r\f\v";
  size_t start = line->find_first_not_of(kBlanks);
  if (start == std::string_view::npos) return {};
  line->remove_prefix(start);
  std::string_view word = line->substr(0, line->find_first_of(kBlanks));
  line->remove_prefix(word.size());
  return word;
}

static bool SameName(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (bytes::ToLower(a[i]) != bytes::ToLower(b[i])) return false;
  }
  return true;
}

std::vector<std::string> Find(std::string_view text, std::string_view name) {
  std::vector<std::string> found;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    line = line.substr(0, line.find('#'));
    std::string_view address = TakeWord(&line);
    for (std::string_view word = TakeWord(&line); !word.empty(); word = TakeWord(&line)) {
      if (!SameName(word, name)) continue;
      found.emplace_back(address);
      break;
    }
  }
  return found;
}

}  // namespace node::hosts_file
