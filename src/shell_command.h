// Which commands a shell would only hand on: those can be started without one, at half the cost.
//
// Strict: whatever might mean something to a shell (POSIX.1-2024, XCU 2) is the shell's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace node::shell_command {

// The words of `command`, which last as long as it does; std::nullopt unless it is one plain command: words of
// letters, digits and _ . / : @ % + , - and, behind the first, =, between blanks, and the first one neither a reserved
// word nor a builtin of any common shell.
std::optional<std::vector<std::string_view>> PlainWords(std::string_view command);

// Whether dash hands on this entry of the environment as it is. It drops what is no "NAME=value" with a proper name,
// and has its own values for some names. PWD is not looked at here.
bool PassesUnchanged(std::string_view entry);

// The value of `name` in an environment; std::nullopt when it has none.
std::optional<std::string_view> FindVariable(const std::vector<std::string>& environment, std::string_view name);

}  // namespace node::shell_command
