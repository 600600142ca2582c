#include "debug_log.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "bytes.h"
#include "output.h"

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
