#include <sha2.h>

#include <cstdlib>
#include <string>

#include "bind.h"
#include "js.h"
#include "js_chunk.h"
#include "script_file.h"

// Files and code, for lib/modules.js.
namespace node::bind_modules {

static void Throw(const base::Error& error) { js::ThrowError(error.Message(), error.Name(), error.syscall); }

// moduleRealPath(path): absolute, without symbolic links; throws.
static void RealPath(const v8::FunctionCallbackInfo<v8::Value>& info) {
  base::Result<std::string> path = script_file::RealPath(js::ToUtf8(info[0]));
  if (!path.ok()) return Throw(path.error());
  info.GetReturnValue().Set(js::Utf8(path.value()));
}

// moduleRead(path): the text of the file; throws.
static void Read(const v8::FunctionCallbackInfo<v8::Value>& info) {
  base::Result<std::string> text = script_file::Read(js::ToUtf8(info[0]));
  if (!text.ok()) return Throw(text.error());
  v8::Local<v8::String> source;
  if (js::SourceText(text.value(), js::ToUtf8(info[0])).ToLocal(&source)) info.GetReturnValue().Set(source);
}

// sourceText(bytes, name): the text of what a server has sent; throws when it is too large.
static void SourceText(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::string storage;
  std::string_view bytes = js_chunk::Encode(info[0], /*utf8=*/false, &storage);
  v8::Local<v8::String> source;
  if (js::SourceText(bytes, js::ToUtf8(info[1])).ToLocal(&source)) info.GetReturnValue().Set(source);
}

// sha256(bytes): 64 hexadecimal digits.
static void Sha256(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::string storage;
  std::string_view bytes = js_chunk::Encode(info[0], /*utf8=*/false, &storage);
  char digits[SHA256_DIGEST_STRING_LENGTH];
  SHA256Data(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), digits);
  info.GetReturnValue().Set(js::OneByte(digits));
}

// moduleCompile(source, name): see js::CompileModule; throws.
static void Compile(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Local<v8::Function> function;
  if (js::CompileModule(info[0].As<v8::String>(), info[1].As<v8::String>()).ToLocal(&function)) {
    info.GetReturnValue().Set(function);
  }
}

// runGlobal(source, name): the value of the script's last statement; throws what it throws.
static void RunGlobal(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::ScriptOrigin origin(info[1]);
  v8::ScriptCompiler::Source source(info[0].As<v8::String>(), origin);
  v8::Local<v8::Script> script;
  v8::Local<v8::Value> value;
  if (!v8::ScriptCompiler::Compile(js::context(), &source).ToLocal(&script)) return;
  if (script->Run(js::context()).ToLocal(&value)) info.GetReturnValue().Set(value);
}

// environmentVariable(name): text, or undefined.
static void EnvironmentVariable(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const char* value = std::getenv(js::ToUtf8(info[0]).c_str());
  if (value != nullptr) info.GetReturnValue().Set(js::Utf8(value));
}

static constexpr js::Function kFunctions[] = {
    {"moduleRealPath", RealPath},
    {"moduleRead", Read},
    {"moduleCompile", Compile},
    {"sourceText", SourceText},
    {"sha256", Sha256},
    {"runGlobal", RunGlobal},
    {"environmentVariable", EnvironmentVariable},
};

std::span<const js::Function> Functions() { return kFunctions; }

}  // namespace node::bind_modules
