#include "bind.h"
#include "http_writer.h"
#include "js.h"

// The process, for lib/process.js.
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

static constexpr js::Function kFunctions[] = {
    {"exit", ExitProcess},
    {"reasonPhrase", GetReasonPhrase},
};

void Install(v8::Local<v8::Object> binding) { js::InstallFunctions(binding, kFunctions, std::size(kFunctions)); }

void AddReferences(std::vector<intptr_t>* references) {
  for (const js::Function& function : kFunctions) references->push_back(reinterpret_cast<intptr_t>(function.callback));
}

}  // namespace node::bind_process
