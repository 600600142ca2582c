#include <unistd.h>

#include <cstring>

#include "base.h"
#include "bind.h"
#include "js.h"
#include "output.h"

// Text to standard output and error, for lib/console.js.
namespace node::bind_console {

static void OnSettled(output::Output* output);

// Whether anything has been printed.
static bool started = false;

static output::Output& Stdout() {
  static output::Output* output = [] {
    started = true;
    return new output::Output(STDOUT_FILENO, OnSettled);
  }();
  return *output;
}

// Whether a promise waits for what has been queued.
static bool watched = false;
// Whether a promise has told the script that the output cannot be written.
static bool told = false;

static void OnSettled(output::Output* output) {
  // A reader that goes away (`node x.js | head`) ends the program quietly.
  if (output->error() == EPIPE) _exit(0);
  if (output->error() != 0 && !watched && !told) {
    base::Error error{"write", output->error(), "standard output"};
    output::WriteNow(STDERR_FILENO, "node: " + error.Message() + "\n");
    _exit(1);
  }
  if (!watched) return;
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> error = v8::Undefined(js::isolate());
  if (output->error() != 0) {
    base::Error reason{"write", output->error(), "standard output"};
    error = js::MakeError(reason.Message(), reason.Name(), reason.syscall);
    told = true;
  }
  v8::Local<v8::Value> arguments[] = {js::Number(static_cast<double>(output->settled())), error};
  // The call, and the microtasks behind it, may watch again.
  watched = false;
  if (js::Call(js::Hook::kWritten, std::size(arguments), arguments)->IsTrue()) watched = true;
}

// writeOutput(fd, data): queues a string (UTF-8) or bytes; returns their number.
static void WriteOutput(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  size_t length = 0;
  if (info[1]->IsString()) {
    v8::String::Utf8Value text(isolate, info[1]);
    length = static_cast<size_t>(text.length());
    Stdout().Append({*text, length});
  } else {
    v8::Local<v8::Uint8Array> bytes = info[1].As<v8::Uint8Array>();
    std::string copy(bytes->ByteLength(), '\0');
    length = bytes->CopyContents(copy.data(), copy.size());
    Stdout().Append(copy);
  }
  info.GetReturnValue().Set(static_cast<double>(length));
}

// watchOutput(): somebody waits for what has been queued; the hook `written` is called.
static void WatchOutput(const v8::FunctionCallbackInfo<v8::Value>&) { watched = true; }

// writeError(text): writes to standard error now.
static void WriteError(const v8::FunctionCallbackInfo<v8::Value>& info) {
  output::WriteNow(STDERR_FILENO, js::ToUtf8(info[0]));
}

static constexpr js::Function kFunctions[] = {
    {"writeOutput", WriteOutput},
    {"watchOutput", WatchOutput},
    {"writeError", WriteError},
};

void Install(v8::Local<v8::Object> binding) { js::InstallFunctions(binding, kFunctions, std::size(kFunctions)); }

void AddReferences(std::vector<intptr_t>* references) {
  for (const js::Function& function : kFunctions) references->push_back(reinterpret_cast<intptr_t>(function.callback));
}

bool FlushDue() {
  if (!started) return false;
  return Stdout().FlushDue() || (watched && Stdout().empty());
}

void Flush() {
  Stdout().Flush();
  // What had been written before somebody listened is news all the same.
  if (watched && Stdout().empty()) OnSettled(&Stdout());
}

std::string Drain() {
  if (!started) return "";
  Stdout().Drain();
  int error = Stdout().error();
  if (error == 0 || error == EPIPE || told) return "";
  base::Error reason{"write", error, "standard output"};
  return "node: " + reason.Message() + "\n";
}

void DrainInSignal() {
  if (started) Stdout().DrainInSignal();
}

}  // namespace node::bind_console
