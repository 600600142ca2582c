#include <signal.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "bind.h"
#include "child_process.h"
#include "js.h"
#include "js_buffers.h"
#include "js_chunk.h"
#include "shell.h"
#include "shell_command.h"
#include "spawn.h"

// Child processes, for lib/child_process.js.
namespace node::bind_child {

using child_process::Id;
using child_process::Stream;

// lib/child_process.js: childEvent.
enum class Event : uint32_t { kOutput, kError, kDrain, kExit };

// As in bind_tcp.cc: larger arrays of integers would each be a mapping of their own.
static constexpr uint32_t kRawPiece = 32000;

struct Decoders {
  Id id = 0;
  js_chunk::Decoder streams[2];
};

// By slot.
static std::vector<std::unique_ptr<Decoders>>& AllDecoders() {
  static auto* all = new std::vector<std::unique_ptr<Decoders>>;
  return *all;
}

// Of a child that is there.
static js_chunk::Decoder& DecoderOf(Id id, Stream stream) {
  const size_t slot = slots::PlaceOf(id);
  if (AllDecoders().size() <= slot) AllDecoders().resize(slot + 1);
  std::unique_ptr<Decoders>& found = AllDecoders()[slot];
  if (found == nullptr || found->id != id) {
    found = std::make_unique<Decoders>();
    found->id = id;
    for (js_chunk::Decoder& decoder : found->streams) decoder.set_encoding(js_chunk::Encoding::kUtf8);
  }
  return found->streams[static_cast<size_t>(stream)];
}

static void Emit(Id id, Event event, v8::Local<v8::Value> value, v8::Local<v8::Value> second) {
  v8::Local<v8::Value> arguments[] = {js::Integer(id), js::Integer(static_cast<uint32_t>(event)), value, second};
  js::Call(js::Hook::kChildEvent, std::size(arguments), arguments);
}

static void EmitPiece(Id id, Stream stream, v8::MaybeLocal<v8::Value> piece) {
  v8::Local<v8::Value> value;
  if (!piece.ToLocal(&value)) return;
  Emit(id, stream == Stream::kOutput ? Event::kOutput : Event::kError, value, v8::Undefined(js::isolate()));
}

class LibraryHandler : public child_process::Handler {
 public:
  void OnData(Id id, Stream stream, std::string_view data) override {
    v8::HandleScope scope(js::isolate());
    EmitPiece(id, stream, DecoderOf(id, stream).Next(data));
  }
  void OnEnd(Id id, Stream stream) override {
    v8::HandleScope scope(js::isolate());
    EmitPiece(id, stream, DecoderOf(id, stream).End());
    EmitPiece(id, stream, v8::Null(js::isolate()).As<v8::Value>());
  }
  void OnDrain(Id id) override {
    v8::HandleScope scope(js::isolate());
    Emit(id, Event::kDrain, v8::Undefined(js::isolate()), v8::Undefined(js::isolate()));
  }
  void OnExit(Id id, child_process::Exit exit) override {
    v8::HandleScope scope(js::isolate());
    const size_t slot = slots::PlaceOf(id);
    if (slot < AllDecoders().size()) AllDecoders()[slot].reset();
    v8::Local<v8::Value> signal = v8::Null(js::isolate());
    if (exit.signal != 0) signal = js::Integer(static_cast<uint32_t>(exit.signal));
    Emit(id, Event::kExit, js::Integer(static_cast<uint32_t>(exit.code)), signal);
  }
};

static LibraryHandler& TheHandler() {
  static auto* handler = new LibraryHandler;
  return *handler;
}

// --- Functions of the binding ---

static std::vector<std::string> ToStrings(v8::Local<v8::Value> value) {
  std::vector<std::string> strings;
  if (!value->IsArray()) return strings;
  v8::Local<v8::Array> array = value.As<v8::Array>();
  strings.reserve(array->Length());
  for (uint32_t i = 0; i < array->Length(); ++i) {
    v8::Local<v8::Value> element;
    if (!array->Get(js::context(), i).ToLocal(&element)) return strings;
    strings.push_back(js::ToUtf8(element));
  }
  return strings;
}

static base::Result<Id> Start(const spawn::Command& command, const child_process::Settings& settings) {
  return child_process::Start(&TheHandler(), command, settings);
}

// A command line for the shell, or for the program that it would start.
static base::Result<Id> StartLine(const std::string& line, spawn::Command options,
                                  const child_process::Settings& settings) {
  if (!options.environment && options.folder.empty()) {
    std::optional<spawn::Command> program = shell::WithoutShell(line);
    if (program) {
      base::Result<Id> started = Start(*program, settings);
      // What stands in the way the shell may know how to do, or else what to say.
      if (started.ok()) return started;
    }
  }
  spawn::Command command = shell::WithShell(line);
  command.environment = std::move(options.environment);
  command.folder = std::move(options.folder);
  return Start(command, settings);
}

// A program and its arguments, looked for as execvp(3) does.
static base::Result<Id> StartProgram(std::vector<std::string> words, spawn::Command options,
                                     const child_process::Settings& settings) {
  // A variable PATH that the child is to get says where to look; without one it is ours, and the usual one without
  // that.
  std::optional<std::string_view> path;
  if (options.environment) path = shell_command::FindVariable(*options.environment, "PATH");
  if (const char* ours = std::getenv("PATH"); !path && ours != nullptr) path = ours;
  base::Result<std::string> file = spawn::FindProgram(words.front(), path.value_or("/bin:/usr/bin"), options.folder);
  if (!file.ok()) return file.error();
  options.file = std::move(file.value());
  options.arguments = std::move(words);
  return Start(options, settings);
}

static void ThrowStartError(const base::Error& error) {
  v8::Local<v8::Value> value = js::MakeError(error.Message(), error.Name(), error.syscall);
  js::SetOwn(value, "path", js::Utf8(error.subject));
  js::isolate()->ThrowException(value);
}

// childStart(line or array of words, cwd or undefined, array of variables or undefined, inputLimit or undefined): an
// id; throws.
static void StartChild(const v8::FunctionCallbackInfo<v8::Value>& info) {
  spawn::Command options;
  if (info[1]->IsString()) options.folder = js::ToUtf8(info[1]);
  if (info[2]->IsArray()) options.environment = ToStrings(info[2]);
  child_process::Settings settings;
  if (info[3]->IsNumber()) settings.input_limit = static_cast<size_t>(info[3].As<v8::Number>()->Value());
  base::Result<Id> started = info[0]->IsArray() ? StartProgram(ToStrings(info[0]), std::move(options), settings)
                                                : StartLine(js::ToUtf8(info[0]), std::move(options), settings);
  if (!started.ok()) return ThrowStartError(started.error());
  info.GetReturnValue().Set(started.value());
}

// childPid(id): a number, or null when it has ended.
static void GetPid(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const pid_t pid = child_process::Pid(js::Unsigned(info[0]));
  if (pid < 0) return info.GetReturnValue().SetNull();
  info.GetReturnValue().Set(pid);
}

// childWrite(id, data, utf8): 0 taken, 1 queued, 2 gone, 3 full
static void Write(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::string storage;
  std::string_view bytes = js_chunk::Encode(info[1], info[2]->IsTrue(), &storage);
  info.GetReturnValue().Set(static_cast<uint32_t>(child_process::Write(js::Unsigned(info[0]), bytes)));
}

// childClose(id): whether its input was open.
static void CloseInput(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(child_process::CloseInput(js::Unsigned(info[0])));
}

// childKill(id, signal): throws.
static void Kill(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const Id id = js::Unsigned(info[0]);
  const int number = info[1]->Int32Value(js::context()).FromMaybe(-1);
  const int failure = child_process::Kill(id, number);
  if (failure == 0) return;
  const base::Error error{"kill", failure,
                          std::to_string(child_process::Pid(id)) + " with signal " + std::to_string(number)};
  js::ThrowError(error.Message(), error.Name(), error.syscall);
}

// childSetReading(id, reading)
static void SetReading(const v8::FunctionCallbackInfo<v8::Value>& info) {
  child_process::SetReading(js::Unsigned(info[0]), info[1]->IsTrue());
}

// childSetEncoding(id, output, error): as js_chunk::Encoding.
static void SetEncoding(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const Id id = js::Unsigned(info[0]);
  bool raw = false;
  for (Stream stream : {Stream::kOutput, Stream::kError}) {
    const auto encoding = static_cast<js_chunk::Encoding>(js::Unsigned(info[1 + static_cast<int>(stream)]) & 3);
    DecoderOf(id, stream).set_encoding(encoding);
    raw = raw || encoding == js_chunk::Encoding::kRaw;
  }
  child_process::SetPiece(id, raw ? kRawPiece : child_process::kReadSize);
}

// signal(7), as the platform numbers them.
static constexpr struct {
  const char* name;
  int number;
} kSignals[] = {{"SIGHUP", SIGHUP},       {"SIGINT", SIGINT},     {"SIGQUIT", SIGQUIT}, {"SIGILL", SIGILL},
                {"SIGTRAP", SIGTRAP},     {"SIGABRT", SIGABRT},   {"SIGIOT", SIGIOT},   {"SIGBUS", SIGBUS},
                {"SIGFPE", SIGFPE},       {"SIGKILL", SIGKILL},   {"SIGUSR1", SIGUSR1}, {"SIGSEGV", SIGSEGV},
                {"SIGUSR2", SIGUSR2},     {"SIGPIPE", SIGPIPE},   {"SIGALRM", SIGALRM}, {"SIGTERM", SIGTERM},
                {"SIGSTKFLT", SIGSTKFLT}, {"SIGCHLD", SIGCHLD},   {"SIGCLD", SIGCLD},   {"SIGCONT", SIGCONT},
                {"SIGSTOP", SIGSTOP},     {"SIGTSTP", SIGTSTP},   {"SIGTTIN", SIGTTIN}, {"SIGTTOU", SIGTTOU},
                {"SIGURG", SIGURG},       {"SIGXCPU", SIGXCPU},   {"SIGXFSZ", SIGXFSZ}, {"SIGVTALRM", SIGVTALRM},
                {"SIGPROF", SIGPROF},     {"SIGWINCH", SIGWINCH}, {"SIGIO", SIGIO},     {"SIGPOLL", SIGPOLL},
                {"SIGPWR", SIGPWR},       {"SIGSYS", SIGSYS}};

// signalNumbers(): name -> number.
static void GetSignalNumbers(const v8::FunctionCallbackInfo<v8::Value>& info) {
  // Also for the snapshot, before js::isolate() is there.
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::Local<v8::Object> numbers = v8::Object::New(isolate);
  for (const auto& [name, number] : kSignals) {
    v8::Local<v8::String> key =
        v8::String::NewFromUtf8(isolate, name, v8::NewStringType::kInternalized).ToLocalChecked();
    numbers->CreateDataProperty(context, key, v8::Integer::New(isolate, number)).Check();
  }
  info.GetReturnValue().Set(numbers);
}

static constexpr js::Function kFunctions[] = {
    {"childStart", StartChild},
    {"childPid", GetPid},
    {"childWrite", Write},
    {"childClose", CloseInput},
    {"childKill", Kill},
    {"childSetReading", SetReading},
    {"childSetEncoding", SetEncoding},
    {"signalNumbers", GetSignalNumbers},
};

std::span<const js::Function> Functions() { return kFunctions; }

}  // namespace node::bind_child
