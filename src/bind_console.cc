#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "base.h"
#include "bind.h"
#include "file_system.h"
#include "js.h"
#include "js_chunk.h"
#include "output.h"

// Text to standard output and error, for lib/console.js.
namespace node::bind_console {

static void OnSettled(output::Output* output);

// Standard output or error, once something has been written to it.
struct Stream {
  explicit Stream(int number) : descriptor(number), output(number, OnSettled) {}

  int descriptor;
  output::Output output;
  bool watched = false;       // a promise waits for what has been queued
  bool told = false;          // the script has heard that it cannot be written
  uint64_t told_settled = 0;  // of Output::settled(), what the script knows
};

// By descriptor; nullptr before the first use.
static Stream* streams[STDERR_FILENO + 1];

static Stream* StreamOf(int descriptor) {
  Stream*& stream = streams[descriptor];
  if (stream == nullptr) stream = new Stream(descriptor);
  return stream;
}

static base::Error ErrorOf(const Stream* stream) {
  return {"write", stream->output.error(), stream->descriptor == STDOUT_FILENO ? "standard output" : "standard error"};
}

// What nobody listens for ends the program, if it is lost from standard output: a program whose work is lost must not
// succeed. Of standard error there is nowhere to complain, and no reason to stop.
static bool IsFatal(const Stream* stream) {
  return stream->descriptor == STDOUT_FILENO && stream->output.error() != 0 && !stream->told;
}

static void DrainError() {
  if (streams[STDERR_FILENO] != nullptr) streams[STDERR_FILENO]->output.Drain();
}

[[noreturn]] static void End(const std::string& message, int code) {
  DrainError();
  output::WriteNow(STDERR_FILENO, message);
  _exit(code);
}

// What the hook `written` answers.
static constexpr uint32_t kWaiting = 1;  // promises wait for more
static constexpr uint32_t kHeard = 2;    // somebody listened for the error
static constexpr uint32_t kQuiet = 4;    // nobody wants to know that the reader has gone

static void Tell(Stream* stream) {
  output::Output& output = stream->output;
  if (output.error() == 0 && (!stream->watched || output.settled() == stream->told_settled)) return;
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> error = v8::Undefined(js::isolate());
  const bool failed = output.error() != 0;
  const base::Error reason = ErrorOf(stream);
  if (failed) error = js::MakeError(reason.Message(), reason.Name(), reason.syscall);
  stream->told_settled = output.settled();
  v8::Local<v8::Value> arguments[] = {js::Integer(static_cast<uint32_t>(stream->descriptor)),
                                      js::Number(static_cast<double>(stream->told_settled)),
                                      js::Number(static_cast<double>(output.lost_from())), error};
  // The call, and the microtasks behind it, may watch again, and write again.
  stream->watched = false;
  if (failed) output.Forgive();
  const uint32_t answer = js::Unsigned(js::Call(js::Hook::kWritten, std::size(arguments), arguments));
  if ((answer & kWaiting) != 0) stream->watched = true;
  if (!failed) return;
  // A reader that goes away (`node x.js | head`) ends the program quietly.
  if ((answer & kQuiet) != 0) End("", 0);
  if ((answer & kHeard) != 0) stream->told = true;
  if (stream->descriptor == STDOUT_FILENO && !stream->told) End("node: " + reason.Message() + "\n", 1);
}

static void OnSettled(output::Output* output) {
  for (Stream* stream : streams) {
    if (stream != nullptr && &stream->output == output) return Tell(stream);
  }
}

// What the script has written before this to the other stream comes before it where both are one terminal or file.
static void BeforeError() {
  if (streams[STDOUT_FILENO] != nullptr) streams[STDOUT_FILENO]->output.Push();
}

// Standard error is not held until the turn's end: it tells of what goes wrong in it.
static void Append(Stream* stream, std::string_view bytes) {
  if (stream->descriptor != STDERR_FILENO) return stream->output.Append(bytes);
  BeforeError();
  stream->output.Append(bytes);
  stream->output.Push();
}

// writeOutput(fd, data): queues a string (UTF-8) or a Uint8Array; returns the number of bytes, or -1 less that when the
// reader is known to have gone, or much has been lost in this turn: there may be no end to it.
static void WriteOutput(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Stream* stream = StreamOf(js::Unsigned(info[0]) == STDERR_FILENO ? STDERR_FILENO : STDOUT_FILENO);
  double length = 0;
  if (info[1]->IsString()) {
    v8::String::Utf8Value text(info.GetIsolate(), info[1]);
    length = static_cast<double>(text.length());
    Append(stream, {*text, static_cast<size_t>(text.length())});
  } else {
    uint8_t small[64];  // such arrays lie in the engine's heap
    v8::MemorySpan<uint8_t> bytes = info[1].As<v8::Uint8Array>()->GetContents({small, sizeof small});
    length = static_cast<double>(bytes.size());
    Append(stream, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  const bool in_vain = stream->output.error() == EPIPE || stream->output.LosesWithoutEnd();
  info.GetReturnValue().Set(in_vain ? -1 - length : length);
}

// outputIsFile(fd): whether writeOutputAt() may be called.
static void OutputIsFile(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(StreamOf(js::Unsigned(info[0]))->output.IsFile());
}

// writeOutputAt(fd, data, position): writes to a file now, behind what is queued; the number of bytes; throws.
static void WriteOutputAt(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Stream* stream = StreamOf(js::Unsigned(info[0]));
  std::string storage;
  const std::string_view bytes = js_chunk::Encode(info[1], /*utf8=*/true, &storage);
  stream->output.Drain();
  const auto position = static_cast<int64_t>(info[2].As<v8::Number>()->Value());
  base::Result<uint64_t> written = file_system::Write(stream->descriptor, bytes, position);
  if (!written.ok()) {
    const base::Error& error = written.error();
    return js::ThrowError(error.Message(), error.Name(), error.syscall);
  }
  info.GetReturnValue().Set(static_cast<double>(written.value()));
}

// watchOutput(fd): somebody waits for what has been queued; the hook `written` is called.
static void WatchOutput(const v8::FunctionCallbackInfo<v8::Value>& info) {
  StreamOf(js::Unsigned(info[0]) == STDERR_FILENO ? STDERR_FILENO : STDOUT_FILENO)->watched = true;
}

// endInVain(heard): what goes to standard output is lost, and nobody listens, but perhaps somebody for promises: as at
// the end of the turn.
static void EndInVain(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const Stream* stream = StreamOf(STDOUT_FILENO);
  if (stream->output.error() == EPIPE) End("", 0);
  if (IsFatal(stream) && !info[0]->IsTrue()) End("node: " + ErrorOf(stream).Message() + "\n", 1);
}

// closeOutput(fd): standard output or error is about to be closed.
static void CloseOutput(const v8::FunctionCallbackInfo<v8::Value>& info) {
  output::Output& output = StreamOf(js::Unsigned(info[0]) == STDERR_FILENO ? STDERR_FILENO : STDOUT_FILENO)->output;
  output.Drain();
  output.Close();
}

// writeError(text): writes to standard error now, blocking, behind what is queued.
static void WriteError(const v8::FunctionCallbackInfo<v8::Value>& info) {
  BeforeError();
  DrainError();
  output::WriteNow(STDERR_FILENO, js::ToUtf8(info[0]));
}

static constexpr js::Function kFunctions[] = {
    {"writeOutput", WriteOutput}, {"outputIsFile", OutputIsFile}, {"writeOutputAt", WriteOutputAt},
    {"watchOutput", WatchOutput}, {"endInVain", EndInVain},       {"closeOutput", CloseOutput},
    {"writeError", WriteError},
};

std::span<const js::Function> Functions() { return kFunctions; }

static bool IsNews(const Stream* stream) { return stream->watched && stream->output.settled() != stream->told_settled; }

bool FlushDue() {
  return std::ranges::any_of(
      streams, [](const Stream* stream) { return stream != nullptr && (stream->output.FlushDue() || IsNews(stream)); });
}

void Flush() {
  for (Stream* stream : streams) {
    if (stream == nullptr) continue;
    stream->output.Flush();
    // What had been written before somebody listened, or was as it came, is news all the same.
    Tell(stream);
  }
}

std::string Drain() {
  Stream* stream = streams[STDOUT_FILENO];
  if (stream != nullptr) stream->output.Drain();
  DrainError();
  if (stream == nullptr || !IsFatal(stream) || stream->output.error() == EPIPE) return "";
  return "node: " + ErrorOf(stream).Message() + "\n";
}

void DrainInSignal() {
  for (Stream* stream : streams) {
    if (stream != nullptr) stream->output.DrainInSignal();
  }
}

}  // namespace node::bind_console
