#include "js_error.h"

#include <string_view>

namespace node::js_error {

static std::string Text(v8::Isolate* isolate, v8::Local<v8::Value> value) {
  v8::String::Utf8Value text(isolate, value);
  return *text == nullptr ? std::string() : std::string(*text, static_cast<size_t>(text.length()));
}

// A value whose toString() throws has no text; the report must come all the same.
static std::string TextOrType(v8::Isolate* isolate, v8::Local<v8::Value> value) {
  v8::TryCatch guard(isolate);
  std::string text = Text(isolate, value);
  if (guard.HasCaught()) return "a thrown " + Text(isolate, value->TypeOf(isolate)) + " that has no string form";
  return text;
}

static bool IsOwn(std::string_view script) { return script.starts_with(kOwnPrefix); }

struct Place {
  std::string script;
  int line = 0;
  int column = 0;  // from 0
  std::string source;
};

static std::string LineOf(const std::string& source, int line) {
  size_t start = 0;
  for (int i = 1; i < line; ++i) {
    start = source.find('\n', start);
    if (start == std::string::npos) return "";
    ++start;
  }
  std::string text = source.substr(start, source.find('\n', start) - start);
  if (!text.empty() && text.back() == '\r') text.pop_back();
  return text;
}

// Where the error is, as its author sees it: the innermost frame that is not ours.
static Place FindPlace(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Message> message) {
  Place place;
  place.script = TextOrType(isolate, message->GetScriptResourceName());
  place.line = message->GetLineNumber(context).FromMaybe(0);
  place.column = message->GetStartColumn(context).FromMaybe(0);
  v8::Local<v8::String> source;
  if (message->GetSourceLine(context).ToLocal(&source)) place.source = Text(isolate, source);
  if (!IsOwn(place.script)) return place;
  v8::Local<v8::StackTrace> stack = message->GetStackTrace();
  int frames = stack.IsEmpty() ? 0 : stack->GetFrameCount();
  for (int i = 0; i < frames; ++i) {
    v8::Local<v8::StackFrame> frame = stack->GetFrame(isolate, static_cast<uint32_t>(i));
    v8::Local<v8::String> name = frame->GetScriptName();
    if (name.IsEmpty() || IsOwn(Text(isolate, name))) continue;
    place.script = Text(isolate, name);
    place.line = frame->GetLineNumber();
    place.column = frame->GetColumn() - 1;
    v8::Local<v8::String> script_source = frame->GetScriptSource();
    place.source = script_source.IsEmpty() ? "" : LineOf(Text(isolate, script_source), place.line);
    return place;
  }
  return Place();
}

// "at Timer.f [as _callback]": where we keep a script's function is nobody's business.
static void HideOwnAlias(std::string* frame) {
  size_t start = frame->find(" [as _");
  size_t end = frame->find(']', start);
  if (start != std::string::npos && end != std::string::npos) frame->erase(start, end + 1 - start);
}

// The stack without the lines that name our own scripts.
static std::string FilterStack(const std::string& stack) {
  std::string kept;
  size_t start = 0;
  while (start < stack.size()) {
    size_t end = stack.find('\n', start);
    if (end == std::string::npos) end = stack.size();
    std::string line = stack.substr(start, end - start);
    bool is_frame = line.starts_with("    at ");
    bool own = is_frame && (line.find("(node:") != std::string::npos || line.starts_with("    at node:"));
    if (is_frame) HideOwnAlias(&line);
    if (!own) kept += line + "\n";
    start = end + 1;
  }
  return kept;
}

// The caret stands under the column: tabs stay tabs, and a character takes one place.
static std::string CaretLine(const std::string& source, int column) {
  std::string line;
  int seen = 0;
  for (char c : source) {
    if (seen >= column) break;
    bool continues = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
    if (continues) continue;
    line += c == '\t' ? '\t' : ' ';
    ++seen;
  }
  return line + "^";
}

std::string Describe(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Value> exception,
                     v8::Local<v8::Message> message) {
  v8::HandleScope scope(isolate);
  if (message.IsEmpty()) message = v8::Exception::CreateMessage(isolate, exception);
  std::string report;
  Place place = FindPlace(isolate, context, message);
  if (!place.script.empty() && place.line > 0) {
    report += place.script + ":" + std::to_string(place.line) + ":" + std::to_string(place.column + 1) + "\n";
    // A line of generated code can be a megabyte.
    if (!place.source.empty() && place.source.size() <= 500) {
      report += place.source + "\n" + CaretLine(place.source, place.column) + "\n";
    }
  }
  std::string stack;
  if (exception->IsObject()) {
    v8::TryCatch guard(isolate);
    v8::Local<v8::Value> value;
    if (exception.As<v8::Object>()->Get(context, v8::String::NewFromUtf8Literal(isolate, "stack")).ToLocal(&value) &&
        value->IsString()) {
      stack = FilterStack(Text(isolate, value));
    }
  }
  if (stack.empty()) stack = TextOrType(isolate, exception) + "\n";
  return report + stack;
}

}  // namespace node::js_error
