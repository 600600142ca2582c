// The engine: one isolate, one context, and the ways into JavaScript.
//
// The library (lib/) lies evaluated in a heap snapshot inside the binary; see
// js_snapshot.h. What it offers to C++ are hooks, what C++ offers to it is the
// binding: one bind_*.cc for each subject.
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base.h"
#include "v8-fast-api-calls.h"
#include "v8.h"

namespace node::js {

// Functions of lib/ that C++ calls; their order is the order in the snapshot.
enum class Hook : int {
  kProvide,
  kBoot,
  kWritten,
  kRequest,
  kBody,
  kComplete,
  kGone,
  kEof,
  kClosed,
  kConnection,
  kUpgrade,
  kFlushResponses,
  kDrain,
  kTcpAccept,
  kTcpEvent,
  kTcpDisconnect,
  kRunMain,
  kExit,
  kEnd,
  // Those of the parts of the library that are evaluated when a script asks for them.
  kTimers,
  kResponse,
  kResponseBody,
  kResponseComplete,
  kFlushRequests,
  kChildEvent,
  kFileDone,
  kFileChanged,
  kDnsReply,
};
inline constexpr int kHookCount = 28;
inline constexpr int kSnapshotHookCount = 19;
// The property of `hooks` in lib/ that each of them is.
extern const char* const kHookNames[kHookCount];

struct Options {
  // As given behind --v8-flags=.
  std::string v8_flags;
  // False: evaluate lib/ now instead of taking it from the snapshot.
  bool use_snapshot = true;
};

// Starts the engine. Returns with the isolate and the context entered; they last until the process ends. Returns "", or
// the first of options.v8_flags that the engine does not take: then nothing was started.
std::string Start(const Options& options);

// Prints the engine's flags.
void PrintV8Flags();

// Starts an engine to evaluate lib/ and writes the heap to `path`. False when the file cannot be written.
bool BuildSnapshot(const char* path);

// Starts the engine with the snapshot in the file `path` and writes the code of what is evaluated later to `path`.code.
// False when either cannot be read or written.
bool BuildCode(const std::string& path);

// The one isolate and its one context, after Start(); and the functions of lib/ that C++ calls.
v8::Isolate* isolate();
v8::Local<v8::Context> context();
v8::Local<v8::Function> GetHook(Hook hook);
// Takes those of a part of the library that has just been evaluated from the properties of `table`.
void TakeHooks(v8::Local<v8::Object> table);

// Calls into JavaScript from the loop, then runs the microtasks. An exception
// is reported and ends the process (exit code 1). Needs a HandleScope.
v8::Local<v8::Value> Call(v8::Local<v8::Function> function, v8::Local<v8::Value> receiver, int count,
                          v8::Local<v8::Value>* arguments);
v8::Local<v8::Value> Call(Hook hook, int count, v8::Local<v8::Value>* arguments);

// Runs the microtasks, and ends the process for a rejection that nobody has taken. Call() does it.
void RunMicrotasks();

// Runs `source` as the main script, with its modules; exceptions end the process as in Call. `name` shows in errors and
// as __filename.
void RunScript(std::string_view source, const std::string& name);
// The text of a script or module, from UTF-8, as CompileModule takes it: without a byte order mark, a shebang line made
// a comment, behind a line of our own. Throws when it is too large.
v8::MaybeLocal<v8::String> SourceText(std::string_view source, const std::string& name);
// Compiles what SourceText() gives as the body of a function of exports, require, include, __filename and __module. Its
// first act is to call __module with a function that gives [onLoad, onExit] as the code sees them: its own, or
// variables that are there for it to assign to.
v8::MaybeLocal<v8::Function> CompileModule(v8::Local<v8::String> source, v8::Local<v8::String> name);
// Compiles it only; a syntax error is reported and gives false.
bool CheckScript(std::string_view source, const std::string& name);

// Writes out what is queued and ends the process.
[[noreturn]] void Exit(int code);

// What must be done before the loop waits: sends queued answers and output, and tells scripts of what has become of
// them, which may make more. Some rounds of that; true when there is still more to do.
bool EndTurn();
// Whether EndTurn() has something to do.
bool TurnDue();

// --- Values ---

// Latin-1: a character for each byte.
v8::Local<v8::String> OneByte(std::string_view text);
// UTF-8; what is invalid becomes U+FFFD.
v8::Local<v8::String> Utf8(std::string_view text);
// The value as a string, in UTF-8.
std::string ToUtf8(v8::Local<v8::Value> value);
v8::Local<v8::Value> Number(double number);
inline v8::Local<v8::Value> Integer(uint32_t number) { return v8::Integer::NewFromUnsigned(isolate(), number); }
// The value as an unsigned integer, modulo 2^32; 0 when it is no number.
inline uint32_t Unsigned(v8::Local<v8::Value> value) {
  namespace internal = v8::internal;
  // Small ones, which nearly all are, cost no call into the engine.
  const internal::Address address = internal::ValueHelper::ValueAsAddress(*value);
  if (!internal::Internals::HasHeapObjectTag(address)) {
    return static_cast<uint32_t>(internal::Internals::SmiValue(address));
  }
  return value->Uint32Value(context()).FromMaybe(0);
}
// Whether the value is `true`. Value::IsTrue() is a call into the engine.
inline bool IsTrue(v8::Local<v8::Value> value) { return value == v8::True(isolate()); }
// The property of an object as a number; `otherwise` when it is none, or below 0.
double NumberProperty(v8::Local<v8::Value> object, const char* name, double otherwise);
// The same into `setting`, which keeps its value otherwise. What scripts give has been checked by readOptions in
// lib/head.js.
template <typename Setting>
void ReadOption(v8::Local<v8::Value> options, const char* name, Setting* setting) {
  double number = NumberProperty(options, name, static_cast<double>(*setting));
  CHECK(number <= static_cast<double>(std::numeric_limits<Setting>::max()));
  *setting = static_cast<Setting>(number);
}

// Gives an object an own property, whatever its prototype has.
void SetOwn(v8::Local<v8::Value> object, const char* key, v8::Local<v8::Value> value);

// An Error with `message` and, unless they are nullptr, `errno` and `syscall` as properties.
v8::Local<v8::Value> MakeError(const std::string& message, const char* errno_name, const char* syscall);
// Throws an Error with `message` and, unless they are nullptr, `errno` and `syscall` as properties.
void ThrowError(const std::string& message, const char* errno_name = nullptr, const char* syscall = nullptr);

using Callback = void (*)(const v8::FunctionCallbackInfo<v8::Value>&);

// One function of the binding. The table of a bind_*.cc lists what it offers.
struct Function {
  const char* name;
  Callback callback;
  // What optimized code calls instead, or nullptr.
  const v8::CFunction* fast = nullptr;
};

// The function of the binding that `function` describes.
v8::MaybeLocal<v8::Function> MakeFunction(v8::Local<v8::Context> context, const Function& function);

}  // namespace node::js
