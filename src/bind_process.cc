#include <string>
#include <string_view>

#include "bind.h"
#include "http_writer.h"
#include "js.h"
#include "js_chunk.h"
#include "spawn.h"

// The process, for lib/process.js, and text, for lib/chunks.js.
namespace node::bind_process {

// exit(code): see js::Exit.
static void ExitProcess(const v8::FunctionCallbackInfo<v8::Value>& info) {
  js::Exit(info[0]->Int32Value(js::context()).FromMaybe(0));
}

// reasonPhrase(status): the text for a status code.
static void GetReasonPhrase(const v8::FunctionCallbackInfo<v8::Value>& info) {
  int status = info[0]->Int32Value(js::context()).FromMaybe(0);
  info.GetReturnValue().Set(js::OneByte(http_writer::ReasonPhrase(status)));
}

// utf8Text(bytes): the text whose UTF-8 form they are; what is none becomes U+FFFD. Throws when it would be too long.
static void Utf8Text(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::string storage;
  std::string_view bytes = js_chunk::Encode(info[0], /*utf8=*/false, &storage);
  if (bytes.size() >= v8::String::kMaxLength) {
    return js::ThrowError("encodeUtf8: a string may have " + std::to_string(v8::String::kMaxLength) + " characters");
  }
  info.GetReturnValue().Set(js::Utf8(bytes));
}

// environment(): a new object with the variables of this process. Of several with one name, as only a broken parent
// gives them, the first counts, as it does for getenv(3); what is not NAME=VALUE is left out.
static void GetEnvironment(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Local<v8::Context> context = js::context();
  v8::Local<v8::Object> variables = v8::Object::New(js::isolate());
  for (std::string_view entry : spawn::Environment()) {
    const size_t end = entry.find('=');
    if (end == 0 || end == std::string_view::npos) continue;
    v8::Local<v8::String> name = js::Utf8(entry.substr(0, end));
    if (variables->HasOwnProperty(context, name).FromJust()) continue;
    // A data property in any case: __proto__ is a name like others.
    variables->CreateDataProperty(context, name, js::Utf8(entry.substr(end + 1))).Check();
  }
  info.GetReturnValue().Set(variables);
}

static constexpr js::Function kFunctions[] = {
    {"environment", GetEnvironment},
    {"exit", ExitProcess},
    {"reasonPhrase", GetReasonPhrase},
    {"utf8Text", Utf8Text},
};

std::span<const js::Function> Functions() { return kFunctions; }

}  // namespace node::bind_process
