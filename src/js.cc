#include "js.h"

#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include "base.h"
#include "bind.h"
#include "child_process.h"
#include "dns_transport.h"
#include "file_io.h"
#include "js_buffers.h"
#include "js_error.h"
#include "js_platform.h"
#include "js_snapshot.h"
#include "output.h"
#include "script_file.h"
#include "signals.h"
#include "tcp_connection.h"

namespace node::js {

const char* const kHookNames[kHookCount] = {"provide",
                                            "boot",
                                            "written",
                                            "request",
                                            "body",
                                            "complete",
                                            "gone",
                                            "eof",
                                            "closed",
                                            "connection",
                                            "upgrade",
                                            "flushResponses",
                                            "drain",
                                            "tcpAccept",
                                            "tcpEvent",
                                            "tcpDisconnect",
                                            "runMain",
                                            "exit",
                                            "end",
                                            "timers",
                                            "response",
                                            "responseBody",
                                            "responseComplete",
                                            "flushRequests",
                                            "childEvent",
                                            "fileDone",
                                            "fileChanged",
                                            "dnsReply"};

// Everything lives until the process ends by _exit(2): no teardown, no static destructors.
static v8::Isolate* the_isolate = nullptr;
static v8::Global<v8::Context>* the_context = nullptr;
static v8::Global<v8::Function>* the_hooks = nullptr;

struct Rejection {
  v8::Global<v8::Promise> promise;
  v8::Global<v8::Value> reason;
  v8::Global<v8::StackTrace> stack;  // where it happened
};
static std::vector<Rejection>* rejections = nullptr;

v8::Isolate* isolate() { return the_isolate; }
v8::Local<v8::Context> context() { return the_context->Get(the_isolate); }
v8::Local<v8::Function> GetHook(Hook hook) {
  // C++ tells of nothing but what a function of the same part has begun.
  CHECK(!the_hooks[static_cast<int>(hook)].IsEmpty());
  return the_hooks[static_cast<int>(hook)].Get(the_isolate);
}
void TakeHooks(v8::Local<v8::Object> table) {
  for (int i = kSnapshotHookCount; i < kHookCount; ++i) {
    v8::Local<v8::Value> hook = table->Get(context(), Utf8(kHookNames[i])).ToLocalChecked();
    if (hook->IsFunction()) the_hooks[i].Reset(the_isolate, hook.As<v8::Function>());
  }
}

// --- Values ---

v8::Local<v8::String> OneByte(std::string_view text) {
  return v8::String::NewFromOneByte(the_isolate, reinterpret_cast<const uint8_t*>(text.data()),
                                    v8::NewStringType::kNormal, static_cast<int>(text.size()))
      .ToLocalChecked();
}

// UTF-8 that is ASCII needs no decoder: the first use of V8's asks the processor what it can do, which costs 15 us.
static bool IsAscii(std::string_view text) {
  unsigned char all = 0;
  for (char c : text) all |= static_cast<unsigned char>(c);
  return all < 0x80;
}

v8::Local<v8::String> Utf8(std::string_view text) {
  if (text.size() < v8::String::kMaxLength && IsAscii(text)) return OneByte(text);
  v8::Local<v8::String> string;
  if (!v8::String::NewFromUtf8(the_isolate, text.data(), v8::NewStringType::kNormal, static_cast<int>(text.size()))
           .ToLocal(&string)) {
    return v8::String::Empty(the_isolate);
  }
  return string;
}

std::string ToUtf8(v8::Local<v8::Value> value) {
  v8::String::Utf8Value text(the_isolate, value);
  return *text == nullptr ? std::string() : std::string(*text, static_cast<size_t>(text.length()));
}

v8::Local<v8::Value> Number(double number) { return v8::Number::New(the_isolate, number); }

double NumberProperty(v8::Local<v8::Value> object, const char* name, double otherwise) {
  v8::Local<v8::Value> value;
  if (!object->IsObject() || !object.As<v8::Object>()->Get(context(), Utf8(name)).ToLocal(&value)) return otherwise;
  double number = value->IsNumber() ? value.As<v8::Number>()->Value() : -1;
  return number >= 0 ? number : otherwise;
}

void SetOwn(v8::Local<v8::Value> object, const char* key, v8::Local<v8::Value> value) {
  // Set() would call a setter that a script has given Object.prototype, which may throw.
  object.As<v8::Object>()->CreateDataProperty(context(), Utf8(key), value).Check();
}

v8::Local<v8::Value> MakeError(const std::string& message, const char* errno_name, const char* syscall) {
  v8::Local<v8::Value> error = v8::Exception::Error(Utf8(message));
  auto set = [&](const char* key, const char* value) {
    if (value != nullptr) SetOwn(error, key, Utf8(value));
  };
  set("errno", errno_name);
  set("syscall", syscall);
  return error;
}

void ThrowError(const std::string& message, const char* errno_name, const char* syscall) {
  the_isolate->ThrowException(MakeError(message, errno_name, syscall));
}

v8::MaybeLocal<v8::Function> MakeFunction(v8::Local<v8::Context> context, const Function& function) {
  // Also for the snapshot, before isolate() is there.
  v8::Isolate* isolate = context->GetIsolate();
  v8::Local<v8::String> name =
      v8::String::NewFromUtf8(isolate, function.name, v8::NewStringType::kInternalized).ToLocalChecked();
  // Plain functions: no prototype, no construction; less to snapshot.
  v8::Local<v8::Function> made;
  if (function.fast == nullptr) {
    if (!v8::Function::New(context, function.callback, v8::Local<v8::Value>(), 0, v8::ConstructorBehavior::kThrow)
             .ToLocal(&made)) {
      return {};
    }
  } else if (!v8::FunctionTemplate::New(isolate, function.callback, v8::Local<v8::Value>(), v8::Local<v8::Signature>(),
                                        0, v8::ConstructorBehavior::kThrow, v8::SideEffectType::kHasSideEffect,
                                        function.fast)
                  ->GetFunction(context)
                  .ToLocal(&made)) {
    return {};
  }
  made->SetName(name);
  return made;
}

// --- Errors ---

void Exit(int code) {
  // Output that nobody reads must not hold it up.
  signals::EndHearing();
  bind_http::SendBeforeExit();
  tcp_connection::SendBeforeExit();
  child_process::WriteBeforeExit();
  std::string failure = bind_console::Drain();
  if (!failure.empty()) {
    output::WriteNow(STDERR_FILENO, failure);
    code = 1;
  }
  _exit(code);
}

[[noreturn]] static void Fatal(const std::string& report) {
  signals::EndHearing();
  // What other listeners of this turn have sent and printed before comes first.
  bind_http::SendBeforeExit();
  tcp_connection::SendBeforeExit();
  std::string failure = bind_console::Drain();
  output::WriteNow(STDERR_FILENO, failure + report);
  _exit(1);
}

[[noreturn]] static void Uncaught(const v8::TryCatch& error) {
  Fatal(js_error::Describe(the_isolate, context(), error.Exception(), error.Message()));
}

static void OnPromiseReject(v8::PromiseRejectMessage message) {
  v8::Local<v8::Promise> promise = message.GetPromise();
  switch (message.GetEvent()) {
    case v8::kPromiseRejectWithNoHandler:
      rejections->push_back(
          {v8::Global<v8::Promise>(the_isolate, promise), v8::Global<v8::Value>(the_isolate, message.GetValue()),
           v8::Global<v8::StackTrace>(the_isolate, v8::StackTrace::CurrentStackTrace(the_isolate, 10))});
      break;
    case v8::kPromiseHandlerAddedAfterReject:
      std::erase_if(*rejections, [&](const Rejection& entry) { return entry.promise == promise; });
      break;
    case v8::kPromiseRejectAfterResolved:
    case v8::kPromiseResolveAfterResolved:
      break;
  }
}

void RunMicrotasks() {
  the_isolate->PerformMicrotaskCheckpoint();
  if (rejections->empty()) return;
  v8::HandleScope scope(the_isolate);
  v8::Local<v8::Value> reason = rejections->front().reason.Get(the_isolate);
  Fatal("Unhandled promise rejection\n" + js_error::Describe(the_isolate, context(), reason, v8::Local<v8::Message>(),
                                                             rejections->front().stack.Get(the_isolate)));
}

static void OnFatalError(const char* location, const char* message) {
  std::fprintf(stderr, "node: the engine failed: %s: %s\n", location == nullptr ? "?" : location, message);
  std::abort();
}

static void OnOutOfMemory(const char* location, const v8::OOMDetails& details) {
  bind_console::Drain();
  std::fprintf(stderr, "node: out of memory: %s%s%s (a larger heap: --v8-flags=--max-old-space-size=MEGABYTES)\n",
               location == nullptr ? "?" : location, details.detail == nullptr ? "" : ": ",
               details.detail == nullptr ? "" : details.detail);
  _exit(134);
}

// --- Calls ---

v8::Local<v8::Value> Call(v8::Local<v8::Function> function, v8::Local<v8::Value> receiver, int count,
                          v8::Local<v8::Value>* arguments) {
  v8::TryCatch error(the_isolate);
  v8::Local<v8::Value> result;
  if (!function->Call(context(), receiver, count, arguments).ToLocal(&result)) Uncaught(error);
  RunMicrotasks();
  return result;
}

v8::Local<v8::Value> Call(Hook hook, int count, v8::Local<v8::Value>* arguments) {
  return Call(GetHook(hook), v8::Undefined(the_isolate), count, arguments);
}

static bool FlushDue() {
  return file_io::FlushDue() || bind_http::FlushDue() || bind_http_client::FlushDue() || tcp_connection::FlushDue() ||
         dns_transport::FlushDue() || child_process::FlushDue() || bind_console::FlushDue();
}

static bool FlushAll() {
  // A script that prints whenever it hears that it has printed must not keep the sockets from their turn.
  static constexpr int kRounds = 16;
  for (int round = 0; round < kRounds; ++round) {
    if (!FlushDue()) return false;
    // Nor must one that reads a file whenever it has read one.
    if (round > 0 && loop::TurnIsLong(/*exactly=*/true)) return true;
    file_io::Flush();
    bind_http::Flush();
    bind_http_client::Flush();
    // Before tcp_connection, which takes what it asks over TCP.
    dns_transport::Flush();
    tcp_connection::Flush();
    child_process::Flush();
    bind_console::Flush();
  }
  return FlushDue();
}

bool TurnDue() { return FlushDue() || bind_timers::ArmDue() || signals::HeardDue(); }

bool EndTurn() {
  // First: what is printed in this turn may tell others that they may send signals.
  bind_signals::Arm();
  bool more = FlushAll();
  bind_timers::Arm();
  bind_signals::Arm();
  return more;
}

// --- Scripts ---

// Whether a directive makes the code strict. It would be one no longer behind a line of ours.
static bool IsStrict(std::string_view text) {
  for (;;) {
    size_t start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) return false;
    text.remove_prefix(start);
    if (text.starts_with("//")) {
      text.remove_prefix(std::min(text.find('\n'), text.size()));
    } else if (text.starts_with("/*")) {
      size_t end = text.find("*/", 2);
      if (end == std::string_view::npos) return false;
      text.remove_prefix(end + 2);
    } else {
      return text.starts_with("'use strict'") || text.starts_with("\"use strict\"");
    }
  }
}

v8::MaybeLocal<v8::String> SourceText(std::string_view source, const std::string& name) {
  std::string text(source);
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  // A shebang line becomes a comment: the line numbers stay.
  if (text.starts_with("#!")) text.replace(0, 2, "//");
  if (text.size() >= v8::String::kMaxLength) {
    ThrowError(name + " is too large: a script may have " + std::to_string(v8::String::kMaxLength) + " bytes");
    return {};
  }
  text.insert(0, std::string(IsStrict(text) ? js_error::kStrict : "") + js_error::kModuleLine);
  return Utf8(text);
}

v8::MaybeLocal<v8::Function> CompileModule(v8::Local<v8::String> source, v8::Local<v8::String> name) {
  std::vector<v8::Local<v8::String>> parameters = {Utf8("exports"), Utf8("require"), Utf8("include"),
                                                   Utf8("__filename"), Utf8("__module")};
  const size_t fixed = parameters.size();
  // As parameters they can be assigned to and declared as functions, but not by let, const or class: then they are
  // left out.
  const char* const callbacks[] = {"onLoad", "onExit"};
  bool declared[] = {false, false};
  for (;;) {
    v8::TryCatch error(the_isolate);
    parameters.resize(fixed);
    for (size_t i = 0; i < std::size(callbacks); ++i) {
      if (!declared[i]) parameters.push_back(Utf8(callbacks[i]));
    }
    // The line of our own has no number.
    v8::ScriptOrigin origin(name, -1);
    v8::ScriptCompiler::Source compiled(source, origin);
    v8::Local<v8::Function> function;
    if (v8::ScriptCompiler::CompileFunction(context(), &compiled, parameters.size(), parameters.data())
            .ToLocal(&function)) {
      return function;
    }
    std::string message = error.HasTerminated() ? "" : ToUtf8(error.Message()->Get());
    bool again = false;
    for (size_t i = 0; i < std::size(callbacks); ++i) {
      std::string taken = std::string("Identifier '") + callbacks[i] + "' has already been declared";
      if (declared[i] || !message.ends_with(taken)) continue;
      again = declared[i] = true;
    }
    if (again) continue;
    error.ReThrow();
    return {};
  }
}

void RunScript(std::string_view source, const std::string& name) {
  v8::HandleScope scope(the_isolate);
  v8::TryCatch error(the_isolate);
  v8::Local<v8::String> text;
  if (!SourceText(source, name).ToLocal(&text)) Uncaught(error);
  base::Result<std::string> path = script_file::RealPath(name);
  v8::Local<v8::Value> arguments[] = {text, Utf8(name), Utf8(path.ok() ? path.value() : name)};
  Call(Hook::kRunMain, std::size(arguments), arguments);
}

bool CheckScript(std::string_view source, const std::string& name) {
  v8::HandleScope scope(the_isolate);
  v8::TryCatch error(the_isolate);
  v8::Local<v8::String> text;
  if (SourceText(source, name).ToLocal(&text) && !CompileModule(text, Utf8(name)).IsEmpty()) {
    return true;
  }
  output::WriteNow(STDERR_FILENO, js_error::Describe(the_isolate, context(), error.Exception(), error.Message()));
  return false;
}

// --- Start ---

static bool Entropy(unsigned char* buffer, size_t length) {
  while (length > 0) {
    ssize_t got = getrandom(buffer, length, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    buffer += got;
    length -= static_cast<size_t>(got);
  }
  return true;
}

// Flags of our own, but for those that the user has named.
//  --rehash-snapshot: a hash seed of its own for each process (CVE-2017-11499), not the one of the build.
//  --single-threaded-gc: on few cores helper threads cost more than they bring.
//  --scavenger-max-new-space-capacity-mb: V8 collects the young when their ArrayBuffers have twice as much, by default
//  64 MB. Such a collection takes 30 us here; buffers that live in the cache are faster, and the memory is not needed.
static constexpr const char* kFlags[] = {"rehash-snapshot", "single-threaded-gc",
                                         "scavenger-max-new-space-capacity-mb=1"};
// The flag would also limit how far the young generation grows: this is V8's own limit, of which a semi-space is a
// third.
static constexpr size_t kYoungBytes = size_t{3} * 32 * 1024 * 1024;
// The same bytes from every build.
static constexpr const char kSnapshotFlags[] = "--predictable --random-seed=42 --single-threaded-gc";

// What a user gives: "" or the first word that V8 does not take.
static std::string SetUserFlags(const std::string& flags) {
  std::vector<std::string> words{"node"};
  for (size_t start = 0; (start = flags.find_first_not_of(" \t\n", start)) != std::string::npos;) {
    size_t end = std::min(flags.find_first_of(" \t\n", start), flags.size());
    words.push_back(flags.substr(start, end - start));
    start = end;
  }
  std::vector<char*> arguments;
  arguments.reserve(words.size());
  for (std::string& word : words) arguments.push_back(word.data());
  int count = static_cast<int>(arguments.size());
  // What V8 takes it removes, with its value where that is a word of its own.
  v8::V8::SetFlagsFromCommandLine(&count, arguments.data(), /*remove_flags=*/true);
  return count > 1 ? arguments[1] : "";
}

// V8 takes it that a stack has 984 KB; a smaller one would end in a crash instead of a RangeError.
static std::string StackFlag() {
  static constexpr rlim_t kExpected = 1200 * 1024;
  static constexpr rlim_t kReserve = 128 * 1024;  // for what runs before and beside scripts
  rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur >= kExpected || limit.rlim_cur < 2 * kReserve) return "";
  return " --stack-size=" + std::to_string((limit.rlim_cur - kReserve) / 1024);
}

void PrintV8Flags() {
  static constexpr const char kHelp[] = "--help";
  v8::V8::SetFlagsFromString(kHelp);
}

static void StartEngine(const std::string& flags) {
  v8::V8::SetFlagsFromString(flags.c_str(), flags.size());
  v8::V8::SetEntropySource(Entropy);
  // V8 keeps a pointer; never destroyed.
  v8::V8::InitializePlatform(js_platform::Create().release());
  v8::V8::Initialize();
}

// `user`: what the user gives.
static std::string OwnFlags(const std::string& user) {
  std::string flags;
  for (const char* flag : kFlags) {
    std::string_view name = std::string_view(flag).substr(0, std::string_view(flag).find('='));
    if (user.find(name) == std::string::npos) flags += std::string(" --") + flag;
  }
  return flags;
}

// `snapshot`: nullptr to evaluate lib/ now; the engine keeps it.
static void StartIsolate(const v8::StartupData* snapshot) {
  v8::Isolate::CreateParams parameters;
  parameters.array_buffer_allocator = js_buffers::Allocator();
  parameters.external_references = js_snapshot::ExternalReferences();
  if (snapshot != nullptr) parameters.snapshot_blob = snapshot;
  parameters.constraints.set_max_young_generation_size_in_bytes(kYoungBytes);
  the_isolate = v8::Isolate::New(parameters);
  the_isolate->Enter();
  the_isolate->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
  the_isolate->SetCaptureStackTraceForUncaughtExceptions(true, 20, v8::StackTrace::kDetailed);
  the_isolate->SetFatalErrorHandler(OnFatalError);
  the_isolate->SetOOMErrorHandler(OnOutOfMemory);
  rejections = new std::vector<Rejection>;
  the_isolate->SetPromiseRejectCallback(OnPromiseReject);

  v8::HandleScope scope(the_isolate);
  v8::Local<v8::Context> context;
  v8::Local<v8::Function> hooks[kSnapshotHookCount];
  if (snapshot != nullptr) {
    context = v8::Context::New(the_isolate);
    for (int i = 0; i < kSnapshotHookCount; ++i) {
      hooks[i] = context->GetDataFromSnapshotOnce<v8::Function>(static_cast<size_t>(i)).ToLocalChecked();
    }
  } else {
    context = js_snapshot::BuildContext(the_isolate, hooks);
  }
  context->Enter();
  the_context = new v8::Global<v8::Context>(the_isolate, context);
  the_hooks = new v8::Global<v8::Function>[kHookCount];
  for (int i = 0; i < kSnapshotHookCount; ++i) the_hooks[i].Reset(the_isolate, hooks[i]);
}

std::string Start(const Options& options) {
  if (!options.v8_flags.empty()) {
    std::string unknown = SetUserFlags(options.v8_flags);
    if (!unknown.empty()) return unknown;
  }
  StartEngine(StackFlag() + OwnFlags(options.v8_flags));
  static v8::StartupData snapshot = js_snapshot::Embedded();
  StartIsolate(options.use_snapshot && snapshot.raw_size > 0 ? &snapshot : nullptr);
  return "";
}

static bool WriteFile(const char* path, std::string_view content) {
  std::FILE* file = std::fopen(path, "wb");
  if (file == nullptr) return false;
  bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size();
  return std::fclose(file) == 0 && written;
}

bool BuildSnapshot(const char* path) {
  StartEngine(kSnapshotFlags);
  v8::StartupData blob = js_snapshot::Create(js_buffers::Allocator());
  return WriteFile(path, {blob.data, static_cast<size_t>(blob.raw_size)});
}

bool BuildCode(const std::string& path) {
  base::Result<std::string> file = script_file::Read(path);
  if (!file.ok()) return false;
  // The flags of a run, for which alone the code is good; a seed makes no difference, but that the bytes are always the
  // same.
  StartEngine(OwnFlags("") + " --random-seed=42");
  // Aligned as it is in the binary.
  std::vector<std::max_align_t> aligned(file.value().size() / sizeof(std::max_align_t) + 1);
  std::memcpy(aligned.data(), file.value().data(), file.value().size());
  v8::StartupData snapshot = {reinterpret_cast<const char*>(aligned.data()), static_cast<int>(file.value().size())};
  StartIsolate(&snapshot);
  return WriteFile((path + ".code").c_str(), js_snapshot::CreateCode());
}

}  // namespace node::js
