// The program: arguments, script, loop, exit code.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "base.h"
#include "bind.h"
#include "child_process.h"
#include "descriptors.h"
#include "fd.h"
#include "js.h"
#include "js_platform.h"
#include "js_snapshot.h"
#include "loop.h"
#include "options.h"
#include "output.h"
#include "script_file.h"
#include "signals.h"
#include "version.h"

namespace node::program {

// Laid down by snapshot.S.
extern "C" const char node_notices_begin[];
extern "C" const char node_notices_end[];

static int Complain(const std::string& message, int code) {
  output::WriteNow(STDERR_FILENO, "node: " + message + "\n");
  return code;
}

static int Print(std::string_view text) {
  int failure = output::WriteNow(STDOUT_FILENO, text);
  if (failure == 0 || failure == EPIPE) return 0;
  return Complain(base::Error{"write", failure, "standard output"}.Message(), 1);
}

// Descriptors 0 to 2 that the parent has closed would be given to the first socket.
static void OpenStandardStreams() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) < 0) open("/dev/null", O_RDWR);
  }
}

// The name scripts see: "./x.js" is "x.js".
static std::string ScriptName(std::string path) {
  while (path.starts_with("./")) {
    size_t rest = path.find_first_not_of('/', 2);
    path.erase(0, rest == std::string::npos ? path.size() : rest);
  }
  return path;
}

// Whether the kernel makes orphans our children.
static bool GetsOrphans() {
  int asked = 0;
  return getpid() == 1 || (prctl(PR_GET_CHILD_SUBREAPER, &asked) == 0 && asked != 0);
}

static int Run(const options::Options& options, std::string_view source, const std::string& name) {
  std::string unknown = js::Start({options.v8_flags, options.use_snapshot});
  if (!unknown.empty()) {
    return Complain("unknown engine flag or bad value: " + unknown + " (node --v8-flags=--help lists them)", 2);
  }
  if (options.mode == options::Mode::kCheck) return js::CheckScript(source, name) ? 0 : 1;
  descriptors::RaiseLimit();
  signals::Install(bind_console::DrainInSignal);
  if (GetsOrphans()) child_process::ReapOrphans();
  loop::SetBeforeWait([] {
    // What is still to be done then comes after the sockets' turn.
    if (js::EndTurn()) loop::WakeUp();
    js_platform::StartTasks();
    signals::EndIfAsked();
  });
  {
    v8::HandleScope scope(js::isolate());
    v8::Local<v8::Array> argv = v8::Array::New(js::isolate());
    for (uint32_t i = 0; i < options.argv.size(); ++i) {
      argv->Set(js::context(), i, js::Utf8(options.argv[i])).Check();
    }
    v8::Local<v8::Value> arguments[] = {argv};
    js::Call(js::Hook::kBoot, std::size(arguments), arguments);
  }
  js::RunScript(source, name);
  // The loop ends when nothing is watched any more; what its last turn has left to do may watch something again. One
  // that has never been asked for anything need not be set up to find that out.
  do {
    js::EndTurn();
    if (loop::IsStarted()) loop::Run();
  } while (js::TurnDue());
  signals::EndHearing();
  {
    v8::HandleScope scope(js::isolate());
    js::Call(js::Hook::kEnd, 0, nullptr);
  }
  js::Exit(0);
}

static int Main(int count, char** arguments) {
  signals::IgnoreBrokenPipes();
  OpenStandardStreams();
  options::Options options = options::Parse(count, arguments, isatty(STDIN_FILENO) == 1);
  std::string name = ScriptName(options.script);
  switch (options.mode) {
    case options::Mode::kUsageError:
      output::WriteNow(STDERR_FILENO, "node: " + options.error + "\n" + options::Usage());
      return 2;
    case options::Mode::kHelp:
      return Print(options::Usage());
    case options::Mode::kVersion:
      return Print(std::string("node ") + version::kVersion + " (the API of Node v0.1.2), V8 " + v8::V8::GetVersion() +
                   ", libev " + loop::Version() + "\n");
    case options::Mode::kLicenses:
      return Print({node_notices_begin, static_cast<size_t>(node_notices_end - node_notices_begin)});
    case options::Mode::kV8Help:
      js::PrintV8Flags();
      return 0;
    case options::Mode::kBuildSnapshot:
      if (!js::BuildSnapshot(options.script.c_str())) return Complain("cannot write " + options.script, 1);
      return 0;
    case options::Mode::kBuildCode:
      if (!js::BuildCode(options.script)) return Complain("cannot read it or write " + options.script + ".code", 1);
      return 0;
    case options::Mode::kCheckCode: {
      js::Start({options.v8_flags, options.use_snapshot});
      js_snapshot::CodeUse use = js_snapshot::UseCode();
      return Print(std::to_string(use.used) + " of " + std::to_string(use.libraries) + "\n");
    }
    case options::Mode::kEval:
      return Run(options, options.code, "[eval]");
    case options::Mode::kStdin: {
      base::Result<std::string> source = script_file::ReadAll(STDIN_FILENO, "standard input");
      if (!source.ok()) return Complain("cannot read the script: " + source.error().Message(), 1);
      return Run(options, source.value(), "[stdin]");
    }
    case options::Mode::kScript:
    case options::Mode::kCheck: {
      bool from_stdin = options.mode == options::Mode::kCheck && options.script == "-";
      if (from_stdin) name = "[stdin]";
      base::Result<std::string> source =
          from_stdin ? script_file::ReadAll(STDIN_FILENO, "standard input") : script_file::Read(options.script);
      if (!source.ok()) return Complain("cannot read the script: " + source.error().Message(), 1);
      return Run(options, source.value(), name);
    }
  }
  return 2;
}

}  // namespace node::program

int main(int count, char** arguments) {
  // No static destructors, no teardown of the engine: the kernel is faster.
  _exit(node::program::Main(count, arguments));
}
