#include "js_snapshot.h"

#include <algorithm>
#include <iterator>
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

// False: it has thrown.
static bool Evaluate(v8::Isolate* isolate, v8::Local<v8::Context> context, size_t index,
                     v8::Local<v8::Value> (&arguments)[kParameterCount]) {
  v8::Local<v8::String> parameters[kParameterCount];
  for (size_t i = 0; i < kParameterCount; ++i) parameters[i] = Name(isolate, kParameters[i]);
  std::string name = js_error::kOwnPrefix + std::string(bundle::kLibraries[index].name);
  v8::ScriptOrigin origin(Name(isolate, name));
  v8::Local<v8::String> text = v8::String::NewExternalOneByte(isolate, &Sources()[index]).ToLocalChecked();
  v8::ScriptCompiler::Source source(text, origin);
  v8::Local<v8::Function> body;
  return v8::ScriptCompiler::CompileFunction(context, &source, kParameterCount, parameters).ToLocal(&body) &&
         !body->Call(context, v8::Undefined(isolate), kParameterCount, arguments).IsEmpty();
}

// --- Parts of the library that are evaluated when a script asks for them ---

struct Part {
  std::string_view name;
  void (*install)(v8::Local<v8::Object> binding);  // nullptr: it needs another part, which has done so
};
static constexpr Part kParts[] = {{"client", bind_http_client::Install},
                                  {"child", bind_child::Install},
                                  {"files", bind_fs::Install},
                                  {"file", nullptr},
                                  {"watch", nullptr},
                                  {"dns", bind_dns::Install}};

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
  const Part* part = std::find_if(std::begin(kParts), std::end(kParts), [&](const Part& p) { return p.name == name; });
  CHECK(part != std::end(kParts));
  if (part->install != nullptr) part->install(arguments[2].As<v8::Object>());
  for (size_t i = 0; i < kLibraryCount; ++i) {
    if (bundle::kLibraries[i].part == name && !Evaluate(isolate, js::context(), i, arguments)) return;
  }
  js::TakeHooks(arguments[3].As<v8::Object>());
}

static constexpr js::Function kFunctions[] = {{"defineLazy", DefineLazy}, {"evaluatePart", EvaluatePart}};

// --- The snapshot ---

const intptr_t* ExternalReferences() {
  static std::vector<intptr_t> references = [] {
    std::vector<intptr_t> all;
    bind_console::AddReferences(&all);
    bind_timers::AddReferences(&all);
    bind_http::AddReferences(&all);
    bind_tcp::AddReferences(&all);
    bind_http_client::AddReferences(&all);
    bind_child::AddReferences(&all);
    bind_fs::AddReferences(&all);
    bind_dns::AddReferences(&all);
    bind_modules::AddReferences(&all);
    bind_process::AddReferences(&all);
    for (const js::Function& function : kFunctions) all.push_back(reinterpret_cast<intptr_t>(function.callback));
    all.push_back(reinterpret_cast<intptr_t>(GetLazy));
    for (size_t i = 0; i < kLibraryCount; ++i) all.push_back(reinterpret_cast<intptr_t>(&Sources()[i]));
    all.push_back(0);
    return all;
  }();
  return references.data();
}

// Inherits nothing: a script may give Object.prototype setters.
static v8::Local<v8::Object> BareObject(v8::Isolate* isolate) {
  return v8::Object::New(isolate, v8::Null(isolate), nullptr, nullptr, 0);
}

v8::Local<v8::Context> BuildContext(v8::Isolate* isolate, v8::Local<v8::Function>* hooks) {
  v8::Local<v8::Context> context = v8::Context::New(isolate);
  v8::Context::Scope context_scope(context);
  v8::Local<v8::Object> node = v8::Object::New(isolate);
  v8::Local<v8::Object> binding = BareObject(isolate);
  v8::Local<v8::Object> hook_table = BareObject(isolate);
  bind_console::Install(binding);
  bind_timers::Install(binding);
  bind_http::Install(binding);
  bind_tcp::Install(binding);
  bind_child::InstallNames(binding);
  bind_fs::InstallNames(binding);
  bind_modules::Install(binding);
  bind_process::Install(binding);
  js::InstallFunctions(binding, kFunctions, std::size(kFunctions));
  context->Global()->Set(context, Name(isolate, "node"), node).Check();
  v8::Local<v8::Value> native_promise = context->Global()->Get(context, Name(isolate, "Promise")).ToLocalChecked();
  v8::Local<v8::Value> arguments[kParameterCount] = {node, context->Global(), binding, hook_table, native_promise};
  for (size_t i = 0; i < kLibraryCount; ++i) {
    v8::TryCatch error(isolate);
    const bool later = bundle::kLibraries[i].part[0] != '\0';
    if (!later && !Evaluate(isolate, context, i, arguments)) LibraryFailed(isolate, context, error);
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

}  // namespace node::js_snapshot
