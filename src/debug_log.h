// What NODE_DEBUG asks for: lines on standard error about what goes on inside, e.g. NODE_DEBUG=dns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace node::debug_log {

enum class Section : uint8_t { kDns };

// Whether NODE_DEBUG lists the section: names between commas or blanks, in any case. The environment is read once.
bool On(Section section);

// Writes "dns: " and the line, at once and blocking; nothing when the section is not asked for. What others have chosen
// does not play tricks with the terminal: bytes that are not printable ASCII become \xNN, and a line ends after
// kMaxLine of them.
void Write(Section section, std::string_view line);
inline constexpr size_t kMaxLine = 1000;

// Whether `list` has `name`, which is written in lower case; the text that Write() writes. Pure, for On() and Write().
bool Lists(std::string_view list, std::string_view name);
std::string Line(std::string_view name, std::string_view line);

}  // namespace node::debug_log
