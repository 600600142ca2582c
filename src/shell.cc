#include "shell.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "shell_command.h"

namespace node::shell {

static constexpr char kShell[] = "/bin/sh";

spawn::Command WithShell(std::string_view text) {
  spawn::Command command;
  command.file = kShell;
  command.arguments = {kShell, "-c", std::string(text)};
  return command;
}

// What others do is not known here. bash, for one, sets variables that programs see.
static bool ShellIsDash() {
  static const bool is_dash = [] {
    char path[PATH_MAX];
    if (realpath(kShell, path) == nullptr) return false;
    const char* slash = std::strrchr(path, '/');
    return slash != nullptr && std::strcmp(slash + 1, "dash") == 0;
  }();
  return is_dash;
}

// Whether dash would hand on all but PWD as it is: nothing is dropped, replaced or there twice.
static bool PassesThrough(const std::vector<std::string>& environment) {
  std::vector<std::string_view> names;
  names.reserve(environment.size());
  for (std::string_view entry : environment) {
    if (!shell_command::PassesUnchanged(entry)) return false;
    names.push_back(entry.substr(0, entry.find('=')));
  }
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) == names.end();
}

// Our environment, which nobody changes while we run, and what it says.
struct Environment {
  std::vector<std::string> entries = spawn::Environment();
  bool passes = PassesThrough(entries);
  std::optional<std::string_view> path = shell_command::FindVariable(entries, "PATH");
  std::optional<std::string_view> folder = shell_command::FindVariable(entries, "PWD");
};

static const Environment& Ours() {
  static const auto* ours = new Environment;
  return *ours;
}

// Makes PWD what dash makes of it: it stays when it is the current folder, else it becomes getcwd(3). False when that
// fails.
static bool SetWorkingFolder(spawn::Command* command) {
  struct stat named;
  struct stat here;
  if (stat(".", &here) != 0) return false;
  const std::optional<std::string_view>& given = Ours().folder;
  // A view into a string that ends behind it.
  if (given && given->starts_with('/') && stat(given->data(), &named) == 0 && named.st_dev == here.st_dev &&
      named.st_ino == here.st_ino) {
    return true;
  }
  char folder[PATH_MAX];
  if (getcwd(folder, sizeof folder) == nullptr) return false;
  command->environment = Ours().entries;
  std::erase_if(*command->environment, [](const std::string& entry) { return entry.starts_with("PWD="); });
  command->environment->push_back(std::string("PWD=") + folder);
  return true;
}

std::optional<spawn::Command> WithoutShell(std::string_view text) {
  std::optional<std::vector<std::string_view>> words = shell_command::PlainWords(text);
  if (!words || !ShellIsDash() || !Ours().passes) return std::nullopt;
  // dash has a path of its own where there is none, and a meaning for %.
  const std::optional<std::string_view>& path = Ours().path;
  if (!path || path->find('%') != std::string_view::npos) return std::nullopt;
  base::Result<std::string> file = spawn::FindProgram(words->front(), *path, "");
  if (!file.ok()) return std::nullopt;
  spawn::Command command;
  command.file = std::move(file.value());
  command.arguments.assign(words->begin(), words->end());
  if (!SetWorkingFolder(&command)) return std::nullopt;
  return command;
}

}  // namespace node::shell
