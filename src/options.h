// The command line.
#pragma once

#include <string>
#include <vector>

namespace node::options {

enum class Mode {
  kScript,         // run the file `script`
  kEval,           // run `code`
  kStdin,          // run what standard input holds
  kCheck,          // compile `script` only
  kBuildSnapshot,  // write the startup snapshot to `script`; used by the build
  kBuildCode,      // with the snapshot in `script`, write `script`.code; used by the build
  kCheckCode,      // say whether that inside this binary can be used; used by a test
  kVersion,
  kHelp,
  kV8Help,  // print the engine's flags
  kLicenses,
  kUsageError,  // see `error`
};

struct Options {
  Mode mode = Mode::kUsageError;
  std::string script;
  std::string code;
  std::string v8_flags;  // of all --v8-flags=, joined by blanks
  bool use_snapshot = true;
  std::string error;
  // What the script sees as ARGV: the program and the script as typed, then all that follows.
  std::vector<std::string> argv;
};

// Reads the arguments of main(). Options end at the script's name, -e CODE or
// "-"; all that follows is the script's. `stdin_is_terminal` decides what no
// argument means: a script on standard input, or a usage error.
Options Parse(int count, const char* const* arguments, bool stdin_is_terminal);

// The text of --help.
const char* Usage();

}  // namespace node::options
