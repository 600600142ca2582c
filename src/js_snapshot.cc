#include "js_snapshot.h"

#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base.h"
#include "bind.h"
#include "js.h"
#include "js_error.h"
#include "node_js.h"

namespace node::js_snapshot {

// Laid down by snapshot.S.
extern "C" const char node_snapshot_begin[];
extern "C" const char node_snapshot_end[];
extern "C" const uint8_t node_code_begin[];
extern "C" const uint8_t node_code_end[];

// The text of a library, where the linker put it: V8 reads it there.
class LibrarySource : public v8::String::ExternalOneByteStringResource {
 public:
  void Set(std::string_view text) { text_ = text; }
  const char* data() const override { return text_.data(); }
  size_t length() const override { return text_.size(); }
  // Lives as long as the process.
  void Dispose() override {}

 private:
  std::string_view text_;
};

static constexpr size_t kLibraryCount = std::size(bundle::kLibraries);

static LibrarySource* Sources() {
  static LibrarySource* sources = [] {
    static LibrarySource all[kLibraryCount];
    for (size_t i = 0; i < kLibraryCount; ++i) all[i].Set({bundle::kLibraries[i].text, bundle::kLibraries[i].size});
    return all;
  }();
  return sources;
}

[[noreturn]] static void LibraryFailed(v8::Isolate* isolate, v8::Local<v8::Context> context,
                                       const v8::TryCatch& error) {
  std::string report = js_error::Describe(isolate, context, error.Exception(), error.Message());
  std::fprintf(stderr, "node: internal error: lib/ failed:\n%s", report.c_str());
  std::abort();
}

static v8::Local<v8::String> Name(v8::Isolate* isolate, std::string_view text) {
  return v8::String::NewFromUtf8(isolate, text.data(), v8::NewStringType::kInternalized, static_cast<int>(text.size()))
      .ToLocalChecked();
}

// Each file of lib/ is the body of a function with these parameters.
static constexpr const char* kParameters[] = {"node", "global", "binding", "hooks", "NativePromise"};
static constexpr size_t kParameterCount = std::size(kParameters);

static bool IsLater(size_t index) { return bundle::kLibraries[index].part[0] != '\0'; }

// What CreateCode() and UseCode() hear of.
struct Evaluated {
  v8::Global<v8::Function> body;
  bool from_code = false;
};
static std::map<size_t, Evaluated>* evaluated = nullptr;

// The code of a library that is evaluated later: of each in turn there are eight bytes with the length, then so many
// bytes, and some more up to the next multiple of eight. nullptr: there is none.
static v8::ScriptCompiler::CachedData* CodeOf(size_t index) {
  size_t left = static_cast<size_t>(node_code_end - node_code_begin);
  if (left == 0 || !IsLater(index)) return nullptr;
  const uint8_t* at = node_code_begin;
  for (size_t i = 0;; ++i) {
    if (!IsLater(i)) continue;
    uint64_t length;
    CHECK(left >= sizeof length);
    std::memcpy(&length, at, sizeof length);
    CHECK(length <= left - sizeof length);
    if (i == index) return new v8::ScriptCompiler::CachedData(at + sizeof length, static_cast<int>(length));
    const size_t step = sizeof length + (length + 7) / 8 * 8;
    at += step;
    left -= step;
  }
}

// False: it has thrown.
static bool Evaluate(v8::Isolate* isolate, v8::Local<v8::Context> context, size_t index,
                     v8::Local<v8::Value> (&arguments)[kParameterCount]) {
  v8::Local<v8::String> parameters[kParameterCount];
  for (size_t i = 0; i < kParameterCount; ++i) parameters[i] = Name(isolate, kParameters[i]);
  std::string name = js_error::kOwnPrefix + std::string(bundle::kLibraries[index].name);
  v8::ScriptOrigin origin(Name(isolate, name));
  v8::Local<v8::String> text = v8::String::NewExternalOneByte(isolate, &Sources()[index]).ToLocalChecked();
  v8::ScriptCompiler::CachedData* code = CodeOf(index);
  v8::ScriptCompiler::Source source(text, origin, code);  // which deletes it
  v8::Local<v8::Function> body;
  if (!v8::ScriptCompiler::CompileFunction(
           context, &source, kParameterCount, parameters, 0, nullptr,
           code == nullptr ? v8::ScriptCompiler::kNoCompileOptions : v8::ScriptCompiler::kConsumeCodeCache)
           .ToLocal(&body)) {
    return false;
  }
  if (evaluated != nullptr) {
    (*evaluated)[index] = {v8::Global<v8::Function>(isolate, body), code != nullptr && !code->rejected};
  }
  return !body->Call(context, v8::Undefined(isolate), kParameterCount, arguments).IsEmpty();
}

// --- Parts of the library that are evaluated when a script asks for them ---

// Called for the value of what DefineLazy() has defined.
static void GetLazy(v8::Local<v8::Name> name, const v8::PropertyCallbackInfo<v8::Value>& info) {
  v8::Local<v8::Value> part = info.Data();
  v8::Local<v8::Value> offers;
  v8::Local<v8::Value> value;
  if (js::GetHook(js::Hook::kProvide)
          ->Call(js::context(), v8::Undefined(info.GetIsolate()), 1, &part)
          .ToLocal(&offers) &&
      offers.As<v8::Object>()->Get(js::context(), name).ToLocal(&value)) {
    info.GetReturnValue().Set(value);
  }
}

// defineLazy(object, name, part): a property that cannot be told from any other, but that its value comes when it is
// first read: what hooks.provide(part) gives has it.
static void DefineLazy(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Local<v8::Context> context = info.GetIsolate()->GetCurrentContext();
  info[0].As<v8::Object>()->SetLazyDataProperty(context, info[1].As<v8::Name>(), GetLazy, info[2]).Check();
}

// evaluatePart(part, node, global, binding, hooks, NativePromise): throws when there is no stack left, for one.
static void EvaluatePart(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  const std::string name = js::ToUtf8(info[0]);
  v8::Local<v8::Value> arguments[kParameterCount];
  for (size_t i = 0; i < kParameterCount; ++i) arguments[i] = info[static_cast<int>(i) + 1];
  bool found = false;
  for (size_t i = 0; i < kLibraryCount; ++i) {
    if (bundle::kLibraries[i].part != name) continue;
    found = true;
    if (!Evaluate(isolate, js::context(), i, arguments)) return;
  }
  CHECK(found);
  js::TakeHooks(arguments[3].As<v8::Object>());
}

static constexpr js::Function kFunctions[] = {{"defineLazy", DefineLazy}, {"evaluatePart", EvaluatePart}};

// --- The snapshot ---

// Of the whole binding; their order is that of the references.
static constexpr std::span<const js::Function> (*kTables[])() = {
    [] { return std::span<const js::Function>(kFunctions); },
    bind_console::Functions,
    bind_timers::Functions,
    bind_http::Functions,
    bind_tcp::Functions,
    bind_http_client::Functions,
    bind_child::Functions,
    bind_fs::Functions,
    bind_dns::Functions,
    bind_modules::Functions,
    bind_signals::Functions,
    bind_process::Functions,
};

// A function of the binding is made when the library first reads it: a start needs few, and each that lies in the
// snapshot costs every start.
static v8::Intercepted GetFunction(v8::Local<v8::Name> name, const v8::PropertyCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  // To define a property the engine asks whether it is there.
  static bool defining = false;
  if (defining) return v8::Intercepted::kNo;
  v8::String::Utf8Value text(isolate, name);
  const std::string_view wanted(*text == nullptr ? "" : *text);
  for (auto table : kTables) {
    for (const js::Function& function : table()) {
      if (wanted != function.name) continue;
      v8::Local<v8::Function> made;
      if (!js::MakeFunction(context, function).ToLocal(&made)) return v8::Intercepted::kYes;  // it has thrown
      defining = true;
      const bool defined = info.HolderV2()->CreateDataProperty(context, name, made).FromMaybe(false);
      defining = false;
      if (!defined) return v8::Intercepted::kYes;
      info.GetReturnValue().Set(made);
      return v8::Intercepted::kYes;
    }
  }
  return v8::Intercepted::kNo;
}

const intptr_t* ExternalReferences() {
  static std::vector<intptr_t> references = [] {
    std::vector<intptr_t> all;
    for (auto table : kTables) {
      for (const js::Function& function : table()) {
        all.push_back(reinterpret_cast<intptr_t>(function.callback));
        if (function.fast == nullptr) continue;
        all.push_back(reinterpret_cast<intptr_t>(function.fast->GetAddress()));
        all.push_back(reinterpret_cast<intptr_t>(function.fast->GetTypeInfo()));
      }
    }
    all.push_back(reinterpret_cast<intptr_t>(GetLazy));
    all.push_back(reinterpret_cast<intptr_t>(GetFunction));
    for (size_t i = 0; i < kLibraryCount; ++i) all.push_back(reinterpret_cast<intptr_t>(&Sources()[i]));
    all.push_back(0);
    return all;
  }();
  return references.data();
}

static v8::Local<v8::Object> MakeBinding(v8::Isolate* isolate, v8::Local<v8::Context> context) {
  v8::Local<v8::ObjectTemplate> shape = v8::ObjectTemplate::New(isolate);
  // Asked for what is not there.
  shape->SetHandler(v8::NamedPropertyHandlerConfiguration(
      GetFunction, nullptr, nullptr, nullptr, nullptr, v8::Local<v8::Value>(), v8::PropertyHandlerFlags::kNonMasking));
  v8::Local<v8::Object> binding = shape->NewInstance(context).ToLocalChecked();
  // Nor does a script's Object.prototype have it.
  CHECK(binding->SetPrototypeV2(context, v8::Null(isolate)).FromMaybe(false));
  return binding;
}

v8::Local<v8::Context> BuildContext(v8::Isolate* isolate, v8::Local<v8::Function>* hooks) {
  v8::Local<v8::Context> context = v8::Context::New(isolate);
  v8::Context::Scope context_scope(context);
  v8::Local<v8::Object> node = v8::Object::New(isolate);
  v8::Local<v8::Object> binding = MakeBinding(isolate, context);
  // Inherits nothing either.
  v8::Local<v8::Object> hook_table = v8::Object::New(isolate, v8::Null(isolate), nullptr, nullptr, 0);
  context->Global()->Set(context, Name(isolate, "node"), node).Check();
  v8::Local<v8::Value> native_promise = context->Global()->Get(context, Name(isolate, "Promise")).ToLocalChecked();
  v8::Local<v8::Value> arguments[kParameterCount] = {node, context->Global(), binding, hook_table, native_promise};
  for (size_t i = 0; i < kLibraryCount; ++i) {
    v8::TryCatch error(isolate);
    if (!IsLater(i) && !Evaluate(isolate, context, i, arguments)) LibraryFailed(isolate, context, error);
  }
  for (int i = 0; i < js::kSnapshotHookCount; ++i) {
    v8::Local<v8::Value> hook = hook_table->Get(context, Name(isolate, js::kHookNames[i])).ToLocalChecked();
    CHECK(hook->IsFunction());
    hooks[i] = hook.As<v8::Function>();
  }
  return context;
}

v8::StartupData Embedded() { return {node_snapshot_begin, static_cast<int>(node_snapshot_end - node_snapshot_begin)}; }

v8::StartupData Create(v8::ArrayBuffer::Allocator* allocator) {
  v8::Isolate::CreateParams parameters;
  parameters.array_buffer_allocator = allocator;
  parameters.external_references = ExternalReferences();
  v8::SnapshotCreator creator(parameters);
  v8::Isolate* isolate = creator.GetIsolate();
  {
    v8::HandleScope scope(isolate);
    v8::Local<v8::Function> hooks[js::kSnapshotHookCount];
    v8::Local<v8::Context> context = BuildContext(isolate, hooks);
    creator.SetDefaultContext(context);
    for (int i = 0; i < js::kSnapshotHookCount; ++i) {
      size_t index = creator.AddData(context, hooks[i]);
      CHECK(index == static_cast<size_t>(i));
    }
  }
  v8::StartupData blob = creator.CreateBlob(v8::SnapshotCreator::FunctionCodeHandling::kKeep);
  CHECK(blob.data != nullptr && blob.CanBeRehashed());
  return blob;
}

static std::map<size_t, Evaluated> EvaluateAll() {
  std::map<size_t, Evaluated> all;
  evaluated = &all;
  v8::HandleScope scope(js::isolate());
  for (size_t i = 0; i < kLibraryCount; ++i) {
    if (!IsLater(i)) continue;
    v8::Local<v8::Value> part = Name(js::isolate(), bundle::kLibraries[i].part);
    js::Call(js::Hook::kProvide, 1, &part);
  }
  evaluated = nullptr;
  return all;
}

std::string CreateCode() {
  std::string code;
  const std::map<size_t, Evaluated> all = EvaluateAll();
  v8::HandleScope scope(js::isolate());
  // Functions that have been called are in it: so are those that every timer calls.
  static constexpr char kTimers[] =
      "clearTimeout(setTimeout(Object, 1)); setTimeout(Object, 1); setTimeout(Object, 0);";
  v8::Local<v8::Script> script = v8::Script::Compile(js::context(), Name(js::isolate(), kTimers)).ToLocalChecked();
  script->Run(js::context()).ToLocalChecked();
  js::Call(js::Hook::kTimers, 0, nullptr);
  for (const auto& [index, library] : all) {
    std::unique_ptr<v8::ScriptCompiler::CachedData> data(
        v8::ScriptCompiler::CreateCodeCacheForFunction(library.body.Get(js::isolate())));
    CHECK(data != nullptr);
    const uint64_t length = static_cast<uint64_t>(data->length);
    code.append(reinterpret_cast<const char*>(&length), sizeof length);
    code.append(reinterpret_cast<const char*>(data->data), length);
    code.resize((code.size() + 7) / 8 * 8);
  }
  return code;
}

CodeUse UseCode() {
  CodeUse use = {0, 0};
  for (const auto& [index, library] : EvaluateAll()) {
    ++use.libraries;
    if (library.from_code) ++use.used;
  }
  return use;
}

}  // namespace node::js_snapshot
