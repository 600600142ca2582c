#include <string>
#include <unordered_map>
#include <vector>

#include "bind.h"
#include "http_client.h"
#include "js.h"
#include "js_chunk.h"
#include "js_socket.h"

// HTTP clients, for lib/http_client.js. What they have in common with other connections goes the way of bind_tcp.
namespace node::bind_http_client {

using http_client::Id;

static bool requests_held = false;

// Of connections whose answer is under way.
static std::unordered_map<Id, js_chunk::Decoder>& Bodies() {
  static auto* bodies = new std::unordered_map<Id, js_chunk::Decoder>;
  return *bodies;
}

// Needs a HandleScope.
static void DeliverPiece(Id id, v8::MaybeLocal<v8::Value> piece) {
  v8::Local<v8::Value> chunk;
  if (!piece.ToLocal(&chunk)) return;
  v8::Local<v8::Value> arguments[] = {js::Integer(id), chunk};
  js::Call(js::Hook::kResponseBody, std::size(arguments), arguments);
}

class LibraryHandler : public http_client::Handler {
 public:
  void OnConnect(Id id) override { bind_tcp::TellConnect(id); }
  void OnDrain(Id id) override { bind_tcp::TellDrain(id); }
  void OnTimeout(Id id) override { bind_tcp::TellTimeout(id); }

  void OnResponse(Id id, std::string_view bytes, const http_parser::ResponseHead& head) override {
    Bodies()[id] = {};
    v8::HandleScope scope(js::isolate());
    v8::Local<v8::Value> arguments[] = {js::Integer(id), js::OneByte(bytes), js::Integer(head.status),
                                        js::Integer(head.minor_version)};
    js::Call(js::Hook::kResponse, std::size(arguments), arguments);
  }

  void OnBody(Id id, std::string_view data) override {
    v8::HandleScope scope(js::isolate());
    DeliverPiece(id, Bodies()[id].Next(data));
  }

  void OnBodyEnd(Id id) override {
    v8::HandleScope scope(js::isolate());
    // It may have ended inside a character.
    DeliverPiece(id, Bodies()[id].End());
  }

  void OnComplete(Id id, bool reusable) override {
    Bodies().erase(id);
    v8::HandleScope scope(js::isolate());
    v8::Local<v8::Value> arguments[] = {js::Integer(id), v8::Boolean::New(js::isolate(), reusable)};
    js::Call(js::Hook::kResponseComplete, std::size(arguments), arguments);
  }

  void OnEnd(Id id, const base::Error* error) override {
    Bodies().erase(id);
    bind_tcp::TellDisconnect(id, error);
  }
};

static LibraryHandler& TheHandler() {
  static auto* handler = new LibraryHandler;
  return *handler;
}

// --- Functions of the binding ---

// The options of a client, by the names that scripts know; see createClient in lib/http_client.js.
static http_client::Settings ReadSettings(v8::Local<v8::Value> options) {
  http_client::Settings settings;
  settings.piece = js_chunk::PieceOf(js_chunk::Encoding::kRaw);
  js::ReadOption(options, "connectTimeout", &settings.connect_timeout);
  js::ReadOption(options, "timeout", &settings.timeout);
  js::ReadOption(options, "outputLimit", &settings.output_limit);
  js::ReadOption(options, "headBytes", &settings.limits.head_bytes);
  js::ReadOption(options, "headerCount", &settings.limits.field_count);
  return settings;
}

// clientConnect(port or path, host, options): an id; throws.
static void Connect(const v8::FunctionCallbackInfo<v8::Value>& info) {
  http_client::Settings settings = ReadSettings(info[2]);
  std::optional<tcp_connection::Target> target = js_socket::ToTarget("connect", info[0], info[1]);
  if (!target) return;
  std::optional<Id> id = http_client::Connect(&TheHandler(), std::move(*target), settings);
  if (!id) return js::ThrowError("connect EMFILE: a million connections are open", "EMFILE", "connect");
  info.GetReturnValue().Set(*id);
}

// clientExpect(id, head): see http_client::Expect.
static void Expect(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(http_client::Expect(js::Unsigned(info[0]), js::IsTrue(info[1])));
}

// clientSetReading(id, reading)
static void SetReading(const v8::FunctionCallbackInfo<v8::Value>& info) {
  http_client::SetReading(js::Unsigned(info[0]), js::IsTrue(info[1]));
}

// clientSetBodyEncoding(id, encoding): of the answer under way.
static void SetBodyEncoding(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Id id = js::Unsigned(info[0]);
  auto found = Bodies().find(id);
  if (found == Bodies().end()) return;
  auto encoding = static_cast<js_chunk::Encoding>(js::Unsigned(info[1]) & 3);
  found->second.set_encoding(encoding);
  http_client::SetPiece(id, js_chunk::PieceOf(encoding));
}

// clientAbort(id)
static void Abort(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Bodies().erase(js::Unsigned(info[0]));
  http_client::Abort(js::Unsigned(info[0]));
}

// holdRequest(): the hook `flushRequests` must run at the end of the turn.
static void HoldRequest(const v8::FunctionCallbackInfo<v8::Value>&) { requests_held = true; }

static constexpr js::Function kFunctions[] = {
    {"clientConnect", Connect},       {"clientExpect", Expect},
    {"clientSetReading", SetReading}, {"clientSetBodyEncoding", SetBodyEncoding},
    {"clientAbort", Abort},           {"holdRequest", HoldRequest},
};

std::span<const js::Function> Functions() { return kFunctions; }

void Flush() {
  http_client::Flush();
  if (!requests_held) return;
  requests_held = false;
  v8::HandleScope scope(js::isolate());
  js::Call(js::Hook::kFlushRequests, 0, nullptr);
}

bool FlushDue() { return requests_held || http_client::FlushDue(); }

}  // namespace node::bind_http_client
