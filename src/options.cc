#include "options.h"

#include <string_view>

namespace node::options {

static Options Fail(Options options, const std::string& message) {
  options.mode = Mode::kUsageError;
  options.error = message;
  return options;
}

// The script and what belongs to it: from `index` on.
static Options WithScript(Options options, Mode mode, int count, const char* const* arguments, int index) {
  options.mode = mode;
  for (int i = index; i < count; ++i) options.argv.emplace_back(arguments[i]);
  if (options.argv.size() > 1) options.script = options.argv[1];
  return options;
}

Options Parse(int count, const char* const* arguments, bool stdin_is_terminal) {
  static constexpr std::string_view kV8Flags = "--v8-flags=";
  Options options;
  options.argv.emplace_back(count > 0 ? arguments[0] : "node");
  for (int i = 1; i < count; ++i) {
    std::string_view argument = arguments[i];
    bool last = i + 1 == count;
    if (argument == "-") return WithScript(options, Mode::kStdin, count, arguments, i);
    if (argument.empty() || argument[0] != '-') return WithScript(options, Mode::kScript, count, arguments, i);
    if (argument == "--") {
      if (last) break;
      return WithScript(options, Mode::kScript, count, arguments, i + 1);
    }
    if (argument == "-h" || argument == "--help") {
      options.mode = Mode::kHelp;
      return options;
    }
    if (argument == "-v" || argument == "--version") {
      options.mode = Mode::kVersion;
      return options;
    }
    if (argument == "--licenses") {
      options.mode = Mode::kLicenses;
      return options;
    }
    if (argument == "--no-snapshot") {
      options.use_snapshot = false;
      continue;
    }
    if (argument.starts_with(kV8Flags)) {
      if (!options.v8_flags.empty()) options.v8_flags += ' ';
      options.v8_flags += argument.substr(kV8Flags.size());
      if (argument == "--v8-flags=--help" || argument == "--v8-flags=-h") {
        options.mode = Mode::kV8Help;
        return options;
      }
      continue;
    }
    if (argument == "--check-code") {
      options.mode = Mode::kCheckCode;
      return options;
    }
    bool takes_value =
        argument == "-e" || argument == "--check" || argument == "--build-snapshot" || argument == "--build-code";
    if (!takes_value) return Fail(options, "unknown option " + std::string(argument));
    if (last) return Fail(options, std::string(argument) + " needs a value");
    if (argument == "--check") return WithScript(options, Mode::kCheck, count, arguments, i + 1);
    if (argument == "--build-code") return WithScript(options, Mode::kBuildCode, count, arguments, i + 1);
    if (argument == "--build-snapshot") return WithScript(options, Mode::kBuildSnapshot, count, arguments, i + 1);
    options.code = arguments[i + 1];
    options.argv.emplace_back("[eval]");
    // A script may be passed arguments of its own, also such as begin with a dash.
    return WithScript(options, Mode::kEval, count, arguments, i + 2);
  }
  if (stdin_is_terminal) return Fail(options, "no script given");
  options.argv.emplace_back("-");
  options.mode = Mode::kStdin;
  return options;
}

const char* Usage() {
  return "Usage: node [OPTION...] SCRIPT [ARGUMENT...]\n"
         "       node [OPTION...] -e CODE [ARGUMENT...]\n"
         "       node [OPTION...] - [ARGUMENT...]      the script comes from standard input\n"
         "\n"
         "  -e CODE            run CODE\n"
         "  --check SCRIPT     look for syntax errors only\n"
         "  --v8-flags=FLAGS   flags of the engine, separated by blanks (--help lists them)\n"
         "  --no-snapshot      evaluate the library at start (slower; for comparison)\n"
         "  -v, --version      the versions of node, V8 and libev\n"
         "  --licenses         the licences of all that is inside\n"
         "  -h, --help         this text\n"
         "\n"
         "All that follows the script's name belongs to the script (ARGV).\n"
         "Exit codes: 0, that of node.exit(), 1 for an uncaught error, 2 for wrong usage,\n"
         "130 after Ctrl-C, 143 after SIGTERM.\n";
}

}  // namespace node::options
