#include "js_snapshot.h"

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
    for (size_t i = 0; i < kLibraryCount; ++i) all.push_back(reinterpret_cast<intptr_t>(&Sources()[i]));
    all.push_back(0);
    return all;
  }();
  return references.data();
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
static void Evaluate(v8::Isolate* isolate, v8::Local<v8::Context> context, size_t index,
                     v8::Local<v8::Value> (&arguments)[4]) {
  v8::TryCatch error(isolate);
  v8::Local<v8::String> parameters[] = {Name(isolate, "node"), Name(isolate, "global"), Name(isolate, "binding"),
                                        Name(isolate, "hooks"), Name(isolate, "NativePromise")};
  std::string name = js_error::kOwnPrefix + std::string(bundle::kLibraries[index].name);
  v8::ScriptOrigin origin(Name(isolate, name));
  v8::Local<v8::String> text = v8::String::NewExternalOneByte(isolate, &Sources()[index]).ToLocalChecked();
  v8::ScriptCompiler::Source source(text, origin);
  v8::Local<v8::Function> body;
  v8::Local<v8::Value> native_promise = context->Global()->Get(context, Name(isolate, "Promise")).ToLocalChecked();
  v8::Local<v8::Value> values[] = {arguments[0], arguments[1], arguments[2], arguments[3], native_promise};
  if (!v8::ScriptCompiler::CompileFunction(context, &source, std::size(parameters), parameters).ToLocal(&body) ||
      body->Call(context, v8::Undefined(isolate), std::size(values), values).IsEmpty()) {
    LibraryFailed(isolate, context, error);
  }
}

v8::Local<v8::Context> BuildContext(v8::Isolate* isolate, v8::Local<v8::Function>* hooks) {
  v8::Local<v8::Context> context = v8::Context::New(isolate);
  v8::Context::Scope context_scope(context);
  v8::Local<v8::Object> node = v8::Object::New(isolate);
  v8::Local<v8::Object> binding = v8::Object::New(isolate);
  v8::Local<v8::Object> hook_table = v8::Object::New(isolate);
  bind_console::Install(binding);
  bind_timers::Install(binding);
  bind_http::Install(binding);
  bind_tcp::Install(binding);
  bind_http_client::Install(binding);
  bind_child::Install(binding);
  bind_fs::Install(binding);
  bind_dns::Install(binding);
  bind_modules::Install(binding);
  bind_process::Install(binding);
  context->Global()->Set(context, Name(isolate, "node"), node).Check();
  v8::Local<v8::Value> arguments[4] = {node, context->Global(), binding, hook_table};
  for (size_t i = 0; i < kLibraryCount; ++i) Evaluate(isolate, context, i, arguments);
  for (int i = 0; i < js::kHookCount; ++i) {
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
    v8::Local<v8::Function> hooks[js::kHookCount];
    v8::Local<v8::Context> context = BuildContext(isolate, hooks);
    creator.SetDefaultContext(context);
    for (int i = 0; i < js::kHookCount; ++i) {
      size_t index = creator.AddData(context, hooks[i]);
      CHECK(index == static_cast<size_t>(i));
    }
  }
  v8::StartupData blob = creator.CreateBlob(v8::SnapshotCreator::FunctionCodeHandling::kKeep);
  CHECK(blob.data != nullptr && blob.CanBeRehashed());
  return blob;
}

}  // namespace node::js_snapshot
