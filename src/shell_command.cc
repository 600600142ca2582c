#include "shell_command.h"

#include <algorithm>

#include "bytes.h"

namespace node::shell_command {

// Longer ones are rare, and the kernel's limit for one argument (128 KB, execve(2)) would not hold for them.
static constexpr size_t kMostBytes = 4096;

// Of dash and bash together: what is none here is at worst run by the shell.
static constexpr std::string_view kOwnWords[] = {
    "!",        ".",       ":",       "[",      "[[",      "]]",      "alias",   "bg",       "bind",      "break",
    "builtin",  "caller",  "case",    "cd",     "chdir",   "command", "compgen", "complete", "compopt",   "continue",
    "coproc",   "declare", "dirs",    "disown", "do",      "done",    "echo",    "elif",     "else",      "enable",
    "esac",     "eval",    "exec",    "exit",   "export",  "false",   "fc",      "fg",       "fi",        "for",
    "function", "getopts", "hash",    "help",   "history", "if",      "in",      "jobs",     "kill",      "let",
    "local",    "logout",  "mapfile", "popd",   "printf",  "pushd",   "pwd",     "read",     "readarray", "readonly",
    "return",   "select",  "set",     "shift",  "shopt",   "source",  "suspend", "test",     "then",      "time",
    "times",    "trap",    "true",    "type",   "typeset", "ulimit",  "umask",   "unalias",  "unset",     "until",
    "wait",     "while"};

static bool IsPlain(char c) {
  return bytes::IsAlpha(c) || bytes::IsDigit(c) || std::string_view("_./:@%+,-=").find(c) != std::string_view::npos;
}

std::optional<std::vector<std::string_view>> PlainWords(std::string_view command) {
  if (command.size() > kMostBytes) return std::nullopt;
  std::vector<std::string_view> words;
  size_t start = 0;
  for (size_t i = 0; i <= command.size(); ++i) {
    const bool blank = i == command.size() || command[i] == ' ' || command[i] == '\t';
    if (!blank && !IsPlain(command[i])) return std::nullopt;
    if (!blank) continue;
    if (i > start) words.push_back(command.substr(start, i - start));
    start = i + 1;
  }
  if (words.empty()) return std::nullopt;
  const std::string_view first = words.front();
  const bool own = std::find(std::begin(kOwnWords), std::end(kOwnWords), first) != std::end(kOwnWords);
  if (own || first.find('=') != std::string_view::npos) return std::nullopt;
  return words;
}

bool PassesUnchanged(std::string_view entry) {
  const size_t length = entry.find('=');
  if (length == std::string_view::npos || length == 0) return false;
  const std::string_view name = entry.substr(0, length);
  if (bytes::IsDigit(name.front())) return false;
  for (char c : name) {
    if (!bytes::IsAlpha(c) && !bytes::IsDigit(c) && c != '_') return false;
  }
  return name != "IFS" && name != "OPTIND" && name != "PPID" && name != "LINENO";
}

std::optional<std::string_view> FindVariable(const std::vector<std::string>& environment, std::string_view name) {
  for (std::string_view entry : environment) {
    if (entry.size() > name.size() && entry[name.size()] == '=' && entry.starts_with(name)) {
      return entry.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

}  // namespace node::shell_command
