// What a shell's command line becomes: /bin/sh, or the program that it would start.
#pragma once

#include <optional>
#include <string_view>

#include "spawn.h"

namespace node::shell {

// /bin/sh -c `text`.
spawn::Command WithShell(std::string_view text);

// The program that /bin/sh -c `text` would start and wait for, where that is all it would do: /bin/sh is dash, `text`
// are plain words (shell_command.h), the first of them an executable file, and the program gets the words and the
// environment that it would get from dash. Else std::nullopt. What differs is that nobody stands between: the process
// is the program itself, also for signals, and when one ends it no shell says so on standard error. A program that
// cannot be started (a script without #!) is the shell's again.
std::optional<spawn::Command> WithoutShell(std::string_view text);

}  // namespace node::shell
