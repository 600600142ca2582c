#include "js_error.h"

#include <algorithm>
#include <string_view>

namespace node::js_error {

static std::string Text(v8::Isolate* isolate, v8::Local<v8::Value> value) {
  v8::String::Utf8Value text(isolate, value);
  return *text == nullptr ? std::string() : std::string(*text, static_cast<size_t>(text.length()));
}

// A value whose toString() throws has no text; the report must come all the same.
static std::string TextOrType(v8::Isolate* isolate, v8::Local<v8::Value> value) {
  v8::TryCatch guard(isolate);
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::Local<v8::String> text;
  // Symbols are shown as they are written.
  if (value->IsSymbol() && value->ToDetailString(context).ToLocal(&text)) return Text(isolate, text);
  if (value->ToString(context).ToLocal(&text)) {
    std::string shown = Text(isolate, text);
    // Of a plain object its content says more.
    v8::Local<v8::String> json;
    if (shown == "[object Object]" && v8::JSON::Stringify(context, value).ToLocal(&json)) return Text(isolate, json);
    return shown;
  }
  return "a thrown " + Text(isolate, value->TypeOf(isolate)) + " that has no string form";
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
  if (source.starts_with(kModuleLine) || source.starts_with(std::string(kStrict) + kModuleLine)) ++line;
  for (int i = 1; i < line; ++i) {
    start = source.find('\n', start);
    if (start == std::string::npos) return "";
    ++start;
  }
  std::string text = source.substr(start, source.find('\n', start) - start);
  if (!text.empty() && text.back() == '\r') text.pop_back();
  return text;
}

// The innermost frame that is not ours.
static Place PlaceInStack(v8::Isolate* isolate, v8::Local<v8::StackTrace> stack) {
  Place place;
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
    break;
  }
  return place;
}

// Where the error is, as its author sees it.
static Place FindPlace(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Message> message,
                       v8::Local<v8::StackTrace> stack) {
  Place place;
  place.script = TextOrType(isolate, message->GetScriptResourceName());
  place.line = message->GetLineNumber(context).FromMaybe(0);
  place.column = message->GetStartColumn(context).FromMaybe(0);
  v8::Local<v8::String> source;
  if (message->GetSourceLine(context).ToLocal(&source)) place.source = Text(isolate, source);
  // Code made from a string has no name; its caller has.
  bool nameless = place.script == "undefined";
  if (place.line > 0 && !nameless && !IsOwn(place.script)) return place;
  Place outer = PlaceInStack(isolate, message->GetStackTrace());
  if (outer.line == 0) outer = PlaceInStack(isolate, stack);
  return outer.line == 0 && nameless ? place : outer;
}

// Of a long line the part around the column: a line of generated code can be a megabyte.
static void CutLine(Place* place) {
  static constexpr size_t kMost = 160;
  if (place->source.size() <= kMost) return;
  // Columns count UTF-16 units; what is before the part is left out as a whole, so only ASCII is exact here.
  size_t column = static_cast<size_t>(place->column);
  size_t start = column < kMost / 2 ? 0 : std::min(column - kMost / 2, place->source.size() - 1);
  while (start > 0 && (static_cast<unsigned char>(place->source[start]) & 0xc0) == 0x80) --start;
  size_t end = std::min(start + kMost, place->source.size());
  while (end < place->source.size() && (static_cast<unsigned char>(place->source[end]) & 0xc0) == 0x80) ++end;
  place->source = place->source.substr(start, end - start);
  place->column -= static_cast<int>(start);
}

// "at Server.f [as _handler]": where we keep a script's function is nobody's business.
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

// The stack of an error, or what a value has for text.
static std::string StackOf(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Value> exception) {
  std::string stack;
  if (exception->IsObject()) {
    v8::TryCatch guard(isolate);
    v8::Local<v8::Value> value;
    if (exception.As<v8::Object>()->Get(context, v8::String::NewFromUtf8Literal(isolate, "stack")).ToLocal(&value) &&
        value->IsString()) {
      stack = FilterStack(Text(isolate, value));
    }
  }
  return stack.empty() ? TextOrType(isolate, exception) + "\n" : stack;
}

static v8::Local<v8::Value> OwnProperty(v8::Isolate* isolate, v8::Local<v8::Context> context,
                                        v8::Local<v8::Value> error, const char* name) {
  v8::TryCatch guard(isolate);
  v8::Local<v8::String> key = v8::String::NewFromUtf8(isolate, name).ToLocalChecked();
  v8::Local<v8::Value> value;
  if (!error->IsNativeError() || !error.As<v8::Object>()->HasOwnProperty(context, key).FromMaybe(false) ||
      !error.As<v8::Object>()->Get(context, key).ToLocal(&value)) {
    return v8::Undefined(isolate);
  }
  return value;
}

// What an error says was behind it: its cause, and the errors of an AggregateError.
static std::string Causes(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Value> error, int depth) {
  static constexpr int kMostDepth = 4;
  static constexpr uint32_t kMostErrors = 10;
  if (depth > kMostDepth) return "";
  std::string text;
  v8::Local<v8::Value> cause = OwnProperty(isolate, context, error, "cause");
  if (!cause->IsUndefined()) {
    text += "Caused by: " + StackOf(isolate, context, cause) + Causes(isolate, context, cause, depth + 1);
  }
  v8::Local<v8::Value> errors = OwnProperty(isolate, context, error, "errors");
  if (!errors->IsArray()) return text;
  for (uint32_t i = 0; i < std::min(errors.As<v8::Array>()->Length(), kMostErrors); ++i) {
    v8::TryCatch guard(isolate);
    v8::Local<v8::Value> one;
    if (!errors.As<v8::Array>()->Get(context, i).ToLocal(&one)) break;
    text += "One of: " + StackOf(isolate, context, one) + Causes(isolate, context, one, depth + 1);
  }
  return text;
}

std::string Describe(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Value> exception,
                     v8::Local<v8::Message> message, v8::Local<v8::StackTrace> stack) {
  v8::HandleScope scope(isolate);
  if (message.IsEmpty()) message = v8::Exception::CreateMessage(isolate, exception);
  std::string report;
  Place place = FindPlace(isolate, context, message, stack);
  if (!place.script.empty() && place.line > 0) {
    report += (place.script == "undefined" ? "[code from a string]" : place.script) + ":" + std::to_string(place.line) +
              ":" + std::to_string(place.column + 1) + "\n";
    CutLine(&place);
    if (!place.source.empty()) {
      report += place.source + "\n" + CaretLine(place.source, place.column) + "\n";
    }
  }
  return report + StackOf(isolate, context, exception) + Causes(isolate, context, exception, 0);
}

}  // namespace node::js_error
