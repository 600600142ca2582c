#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "bind.h"
#include "bytes.h"
#include "http_connection.h"
#include "http_fields.h"
#include "js.h"
#include "js_buffers.h"
#include "js_chunk.h"
#include "js_socket.h"
#include "stream.h"

// HTTP servers, for lib/http.js.
namespace node::bind_http {

// A body on its way in.
struct Incoming {
  http_connection::ExchangeNumber exchange = 0;
  js_chunk::Decoder decoder;
};

static std::unordered_map<http_connection::Id, Incoming>& Bodies() {
  static auto* bodies = new std::unordered_map<http_connection::Id, Incoming>;
  return *bodies;
}

static bool responses_held = false;

// lib/http.js: what it is told of a request in one number: these flags, the method's index, the length of the target.
static constexpr uint32_t kBodyFollows = 1;
static constexpr uint32_t kVersion10 = 2;
static constexpr uint32_t kKeepAlive = 4;
static constexpr int kMethodShift = 3;
static constexpr int kTargetShift = 6;

// lib/http.js: METHODS.
static uint32_t MethodIndex(std::string_view method) {
  static constexpr std::string_view kMethods[] = {"", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"};
  for (uint32_t i = 1; i < std::size(kMethods); ++i) {
    if (method == kMethods[i]) return i;
  }
  return 0;
}

class LibraryHandler : public http_connection::Handler {
 public:
  void OnRequest(http_connection::Server* server, http_connection::Id id, http_connection::ExchangeNumber exchange,
                 std::string_view bytes, const http_parser::RequestHead& head, bool body_follows) override;
  void OnBody(http_connection::Id id, http_connection::ExchangeNumber exchange, std::string_view data) override;
  void OnRequestComplete(http_connection::Id id, http_connection::ExchangeNumber exchange) override;
  void OnGone(http_connection::Id id, http_connection::ExchangeNumber first,
              http_connection::ExchangeNumber last) override;
  void OnSent(http_connection::Id id, http_connection::ExchangeNumber exchange) override { OnDrain(id, exchange); }
  void OnDrain(http_connection::Id id, http_connection::ExchangeNumber exchange) override;
  void OnEof(http_connection::Id id) override;
  void OnClosed(http_connection::Id id, bool failed) override;
  void OnDrained(http_connection::Server* server) override;
  void OnAccept(http_connection::Server* server, http_connection::Id id) override;
  void OnUpgrade(http_connection::Server* server, http_connection::Id id, fd::OwnedFd connection,
                 std::string_view bytes, const http_parser::RequestHead& head, std::string_view rest) override;
};

// A server that knows its name in lib/http.js. All of this file's are.
struct NamedServer : http_connection::Server {
  NamedServer(http_connection::Handler* handler, const http_connection::Settings& options, uint32_t name)
      : Server(handler, options), handle(name) {}

  uint32_t handle;
  uint16_t port = 0;
  v8::Global<v8::Function> on_drained;  // of lib/
};

static LibraryHandler& TheHandler() {
  static auto* handler = new LibraryHandler;
  return *handler;
}

// By handle.
static std::vector<std::unique_ptr<NamedServer>>& Servers() {
  static auto* servers = new std::vector<std::unique_ptr<NamedServer>>;
  return *servers;
}

// Those that have ended. They are used again, never destroyed: one may be in the middle of accepting.
static std::vector<uint32_t>& Ended() {
  static auto* ended = new std::vector<uint32_t>;
  return *ended;
}

static uint32_t HandleOf(const http_connection::Server* server) {
  return static_cast<const NamedServer*>(server)->handle;
}

void LibraryHandler::OnRequest(http_connection::Server* server, http_connection::Id id,
                               http_connection::ExchangeNumber exchange, std::string_view bytes,
                               const http_parser::RequestHead& head, bool body_follows) {
  if (body_follows) Bodies()[id] = Incoming{exchange, {}};
  std::string_view method = bytes.substr(head.method, head.method_length);
  uint32_t summary = (body_follows ? kBodyFollows : 0) | (head.minor_version == 0 ? kVersion10 : 0) |
                     (head.keep_alive ? kKeepAlive : 0) | MethodIndex(method) << kMethodShift |
                     uint32_t{head.target_length} << kTargetShift;
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> arguments[] = {
      js::Integer(HandleOf(server)),
      js::Integer(id),
      js::Integer(exchange),
      // From the method on: empty lines before it are nobody's business.
      js::OneByte(bytes.substr(head.method)),
      js::Integer(summary),
  };
  js::Call(js::Hook::kRequest, std::size(arguments), arguments);
}

static void DeliverPiece(http_connection::Id id, v8::MaybeLocal<v8::Value> piece) {
  v8::Local<v8::Value> chunk;
  if (!piece.ToLocal(&chunk)) return;
  v8::Local<v8::Value> arguments[] = {js::Integer(id), chunk};
  js::Call(js::Hook::kBody, std::size(arguments), arguments);
}

void LibraryHandler::OnBody(http_connection::Id id, http_connection::ExchangeNumber, std::string_view data) {
  v8::HandleScope scope(js::isolate());
  DeliverPiece(id, Bodies()[id].decoder.Next(data));
}

void LibraryHandler::OnRequestComplete(http_connection::Id id, http_connection::ExchangeNumber) {
  v8::HandleScope scope(js::isolate());
  auto found = Bodies().find(id);
  if (found != Bodies().end()) {
    // The body may have ended inside a character.
    v8::MaybeLocal<v8::Value> rest = found->second.decoder.End();
    Bodies().erase(found);
    DeliverPiece(id, rest);
  }
  v8::Local<v8::Value> arguments[] = {js::Integer(id)};
  js::Call(js::Hook::kComplete, std::size(arguments), arguments);
}

void LibraryHandler::OnDrain(http_connection::Id id, http_connection::ExchangeNumber exchange) {
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> arguments[] = {js::Integer(id), js::Integer(exchange)};
  js::Call(js::Hook::kDrain, std::size(arguments), arguments);
}

void LibraryHandler::OnEof(http_connection::Id id) {
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> arguments[] = {js::Integer(id)};
  js::Call(js::Hook::kEof, std::size(arguments), arguments);
}

void LibraryHandler::OnClosed(http_connection::Id id, bool failed) {
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> arguments[] = {js::Integer(id), v8::Boolean::New(js::isolate(), failed)};
  js::Call(js::Hook::kClosed, std::size(arguments), arguments);
}

void LibraryHandler::OnDrained(http_connection::Server* server) {
  v8::HandleScope scope(js::isolate());
  v8::Global<v8::Function> tell = std::move(static_cast<NamedServer*>(server)->on_drained);
  js::Call(tell.Get(js::isolate()), v8::Undefined(js::isolate()), 0, nullptr);
}

void LibraryHandler::OnAccept(http_connection::Server* server, http_connection::Id id) {
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> arguments[] = {js::Integer(HandleOf(server)), js::Integer(id)};
  js::Call(js::Hook::kConnection, std::size(arguments), arguments);
}

void LibraryHandler::OnUpgrade(http_connection::Server* server, http_connection::Id id, fd::OwnedFd connection,
                               std::string_view bytes, const http_parser::RequestHead& head, std::string_view rest) {
  std::optional<uint32_t> adopted = bind_tcp::AdoptConnection(std::move(connection));
  if (!adopted) return;
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> arguments[] = {
      js::Integer(HandleOf(server)),
      js::Integer(id),
      js::Integer(*adopted),
      js::OneByte(bytes.substr(head.method)),
      js::Integer((head.minor_version == 0 ? kVersion10 : 0) | (head.keep_alive ? kKeepAlive : 0) |
                  uint32_t{head.target_length} << kTargetShift),
      js_buffers::Copy(rest.data(), rest.size()),
  };
  js::Call(js::Hook::kUpgrade, std::size(arguments), arguments);
}

void LibraryHandler::OnGone(http_connection::Id id, http_connection::ExchangeNumber first,
                            http_connection::ExchangeNumber last) {
  Bodies().erase(id);
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> arguments[] = {js::Integer(id), js::Integer(first), js::Integer(last)};
  js::Call(js::Hook::kGone, std::size(arguments), arguments);
}

// --- Functions of the binding ---

// Status in bits 0..7, fault in 8..14, "hold back" in bit 15, index of the field above: see OK and its like in
// lib/http.js.
static void Return(const v8::FunctionCallbackInfo<v8::Value>& info, const http_connection::Reply& reply) {
  uint32_t code = static_cast<uint32_t>(reply.status) | static_cast<uint32_t>(reply.fault) << 8 |
                  (reply.drained ? 0u : 0x8000u) | reply.pair << 16;
  info.GetReturnValue().Set(code);
}

// The header fields that most answers have.
static std::string& KeptPairs() {
  static auto* pairs = new std::string;
  return *pairs;
}

// keepPairs(pairs): what respond() shall take for `true`.
static void KeepPairs(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::string storage;
  KeptPairs() = js_chunk::Encode(info[0], false, &storage);
}

// respond(id, exchange, summary, pairs, body): the summary has the status in bits 0..9, whether strings go out as UTF-8
// in 10, whether the body is whole in 11, and the number of pairs above.
static void Respond(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const uint32_t summary = js::Unsigned(info[2]);
  http_writer::ResponseHead head;
  head.status = static_cast<int>(summary & 0x3ff);
  head.pair_count = summary >> 12;
  static std::string* pairs = new std::string;
  head.pairs = js::IsTrue(info[3]) ? std::string_view(KeptPairs()) : js_chunk::Encode(info[3], false, pairs);
  static std::string* body = new std::string;
  std::string_view bytes = js_chunk::Encode(info[4], (summary & 1 << 10) != 0, body);
  Return(info,
         http_connection::Respond(js::Unsigned(info[0]), js::Unsigned(info[1]), head, bytes, (summary & 1 << 11) != 0));
}

// writeBody(id, exchange, data, encoding)
static void WriteBody(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::string storage;
  std::string_view bytes = js_chunk::Encode(info[2], js::Unsigned(info[3]) == 1, &storage);
  Return(info, http_connection::Write(js::Unsigned(info[0]), js::Unsigned(info[1]), bytes));
}

// finishBody(id, exchange)
static void FinishBody(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Return(info, http_connection::Finish(js::Unsigned(info[0]), js::Unsigned(info[1])));
}

// holdResponse(): the hook `flushResponses` must run at the end of the turn.
static void HoldResponse(const v8::FunctionCallbackInfo<v8::Value>&) { responses_held = true; }

static void SetEncoding(http_connection::Id id, Incoming* body, uint32_t index) {
  auto encoding = static_cast<js_chunk::Encoding>(index & 3);
  body->decoder.set_encoding(encoding);
  http_connection::SetPiece(id, body->exchange, js_chunk::PieceOf(encoding));
}

// setBodyEncoding(id, exchange, encoding)
static void SetBodyEncoding(const v8::FunctionCallbackInfo<v8::Value>& info) {
  auto found = Bodies().find(js::Unsigned(info[0]));
  // A request whose body has come must not change how the next one's comes.
  if (found == Bodies().end() || found->second.exchange != js::Unsigned(info[1])) return;
  SetEncoding(found->first, &found->second, js::Unsigned(info[2]));
}

// attend(id, exchange, body, complete, encoding): which of the hooks `body` and `complete` are to be called for a
// request; both, until told otherwise, and `body` never without `complete`. False when its body has come.
static void Attend(const v8::FunctionCallbackInfo<v8::Value>& info) {
  http_connection::Id id = js::Unsigned(info[0]);
  http_connection::ExchangeNumber exchange = js::Unsigned(info[1]);
  bool body = js::IsTrue(info[2]);
  bool coming = http_connection::Attend(id, exchange, body, body || js::IsTrue(info[3]));
  if (coming && body) {
    Incoming& incoming = Bodies().try_emplace(id).first->second;
    incoming.exchange = exchange;
    SetEncoding(id, &incoming, js::Unsigned(info[4]));
  } else if (coming) {
    Bodies().erase(id);
  }
  info.GetReturnValue().Set(coming);
}

// setReading(id, exchange, reading): holds back a request's body, or goes on.
static void SetReading(const v8::FunctionCallbackInfo<v8::Value>& info) {
  http_connection::SetReading(js::Unsigned(info[0]), js::Unsigned(info[1]), js::IsTrue(info[2]));
}

// owesAnswer(id, exchange): whether the request's answer is unfinished and can still reach the client.
static void OwesAnswer(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(http_connection::OwesAnswer(js::Unsigned(info[0]), js::Unsigned(info[1])));
}

// awaitSent(id, exchange): the hook `drain` will be called, or `gone`, when an unfinished answer has been finished and
// is with the kernel; false when there is none.
static void AwaitSent(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(http_connection::AwaitSent(js::Unsigned(info[0]), js::Unsigned(info[1])));
}

// setMayChunk(id, exchange, may)
static void SetMayChunk(const v8::FunctionCallbackInfo<v8::Value>& info) {
  http_connection::SetMayChunk(js::Unsigned(info[0]), js::Unsigned(info[1]), info[2]->IsTrue());
}

// answerState(id, exchange): 1 when the connection ends behind the answer, and 2 when it is under way in chunks.
static void AnswerState(const v8::FunctionCallbackInfo<v8::Value>& info) {
  http_connection::AnswerState state = http_connection::GetAnswerState(js::Unsigned(info[0]), js::Unsigned(info[1]));
  info.GetReturnValue().Set((state.closes ? 1u : 0u) | (state.chunked ? 2u : 0u));
}

// closeConnection(id): no further request is taken.
static void CloseConnection(const v8::FunctionCallbackInfo<v8::Value>& info) {
  http_connection::Close(js::Unsigned(info[0]));
}

// peerClosed(id): whether the client has shut its half.
static void PeerClosed(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(http_connection::PeerClosed(js::Unsigned(info[0])));
}

// abort(id): closes a connection at once.
static void Abort(const v8::FunctionCallbackInfo<v8::Value>& info) { http_connection::Abort(js::Unsigned(info[0])); }

// watchConnection(id, exchange): the hook `closed` will be called when the connection of that request, or without one
// the connection, has closed; false when it has already.
static void WatchConnection(const v8::FunctionCallbackInfo<v8::Value>& info) {
  http_connection::Id id = js::Unsigned(info[0]);
  bool alive =
      info[1]->IsUndefined() ? http_connection::Descriptor(id) >= 0 : http_connection::IsOf(id, js::Unsigned(info[1]));
  if (alive) http_connection::Watch(id);
  info.GetReturnValue().Set(alive);
}

// utf8Length(text): its bytes in UTF-8.
static void Utf8Length(const v8::FunctionCallbackInfo<v8::Value>& info) {
  size_t length = info[0].As<v8::String>()->Utf8LengthV2(js::isolate());
  info.GetReturnValue().Set(static_cast<double>(length));
}

// remoteAddress(id): the client's address as text, "" when it has gone.
static void RemoteAddress(const v8::FunctionCallbackInfo<v8::Value>& info) {
  int descriptor = http_connection::Descriptor(js::Unsigned(info[0]));
  std::optional<stream::Address> address;
  if (descriptor >= 0) address = stream::PeerAddress(descriptor);
  info.GetReturnValue().Set(js::OneByte(address ? address->Host() : ""));
}

static NamedServer* NewServer(const http_connection::Settings& settings) {
  // One that still has connections keeps its name for them. It waits its turn at the other end.
  for (size_t i = 0; i < Ended().size() && i < 8; ++i) {
    uint32_t handle = Ended().back();
    Ended().pop_back();
    NamedServer* server = Servers()[handle].get();
    if (server->over()) {
      *server->settings() = settings;
      return server;
    }
    Ended().insert(Ended().begin(), handle);
  }
  uint32_t handle = static_cast<uint32_t>(Servers().size());
  Servers().push_back(std::make_unique<NamedServer>(&TheHandler(), settings, handle));
  return Servers().back().get();
}

// The options of a server, by the names that scripts know; see createServer in lib/http.js.
static http_connection::Settings ReadSettings(v8::Local<v8::Value> options) {
  http_connection::Settings settings;
  settings.piece = js_chunk::PieceOf(js_chunk::Encoding::kRaw);
  js::ReadOption(options, "headTimeout", &settings.head_timeout);
  js::ReadOption(options, "bodyTimeout", &settings.body_timeout);
  js::ReadOption(options, "idleTimeout", &settings.idle_timeout);
  js::ReadOption(options, "writeTimeout", &settings.write_timeout);
  js::ReadOption(options, "pipelineDepth", &settings.pipeline_depth);
  js::ReadOption(options, "outputPause", &settings.output_pause);
  js::ReadOption(options, "outputLimit", &settings.output_limit);
  js::ReadOption(options, "bodyBytes", &settings.body_bytes);
  js::ReadOption(options, "connections", &settings.connections);
  js::ReadOption(options, "requests", &settings.requests);
  js::ReadOption(options, "targetBytes", &settings.limits.target_bytes);
  js::ReadOption(options, "headBytes", &settings.limits.head_bytes);
  js::ReadOption(options, "headerCount", &settings.limits.field_count);
  v8::Local<v8::Value> require_host;
  if (options->IsObject() &&
      options.As<v8::Object>()->Get(js::context(), js::Utf8("requireHost")).ToLocal(&require_host)) {
    settings.require_host = require_host->BooleanValue(js::isolate());
  }
  // With none of these nothing would ever be served.
  settings.pipeline_depth = std::max(settings.pipeline_depth, 1u);
  settings.connections = std::max(settings.connections, 1u);
  return settings;
}

// offer(handle, upgrade, connections): which of the events of that name somebody listens to.
static void Offer(const v8::FunctionCallbackInfo<v8::Value>& info) {
  uint32_t handle = js::Unsigned(info[0]);
  if (handle >= Servers().size()) return;
  http_connection::Settings* settings = Servers()[handle]->settings();
  settings->offer_upgrade = js::IsTrue(info[1]);
  settings->announce = js::IsTrue(info[2]);
}

// findHeader(head, name): where the value of the first field of that lower-case name is: its start in bits 16 to 31,
// its length below; -1 when there is none. `head` is a request's, as the parser has checked it.
static void FindHeader(const v8::FunctionCallbackInfo<v8::Value>& info) {
  static std::string* storage = new std::string;
  info.GetReturnValue().Set(-1);
  v8::Local<v8::String> name_value = info[1].As<v8::String>();
  if (!name_value->ContainsOnlyOneByte()) return;
  std::string_view head = js_chunk::Encode(info[0], false, storage);
  std::string name(static_cast<size_t>(name_value->Length()), '\0');
  name_value->WriteOneByteV2(js::isolate(), 0, static_cast<uint32_t>(name.size()),
                             reinterpret_cast<uint8_t*>(name.data()));
  std::string_view value = http_fields::FindField(head, name);
  if (value.data() == nullptr) return;
  size_t start = static_cast<size_t>(value.data() - head.data());
  info.GetReturnValue().Set(static_cast<double>(start << 16 | value.size()));
}

// listen(port or path, host, backlog, options): binds and returns a handle; throws.
static void ListenOn(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::optional<js_socket::Listener> listener =
      js_socket::OpenListener(info[0], info[1], info[2], /*clients_speak_first=*/true);
  if (!listener) return;
  http_connection::Settings settings = ReadSettings(info[3]);
  NamedServer* server = NewServer(settings);
  server->port = listener->port;
  server->Listen(std::move(listener->descriptor));
  info.GetReturnValue().Set(server->handle);
}

// listeningPort(handle)
static void ListeningPort(const v8::FunctionCallbackInfo<v8::Value>& info) {
  uint32_t handle = js::Unsigned(info[0]);
  if (handle >= Servers().size()) return js::ThrowError("port: there is no such server");
  info.GetReturnValue().Set(static_cast<uint32_t>(Servers()[handle]->port));
}

// closeServer(handle, drained): `drained` is called, without arguments, when its last connection has ended.
static void CloseServer(const v8::FunctionCallbackInfo<v8::Value>& info) {
  uint32_t handle = js::Unsigned(info[0]);
  if (handle >= Servers().size()) return js::ThrowError("close: there is no such server");
  NamedServer* server = Servers()[handle].get();
  if (!server->listening()) return;
  server->on_drained.Reset(js::isolate(), info[1].As<v8::Function>());
  server->Close();
  Ended().push_back(handle);
}

static constexpr js::Function kFunctions[] = {
    {"keepPairs", KeepPairs},
    {"respond", Respond},
    {"writeBody", WriteBody},
    {"finishBody", FinishBody},
    {"holdResponse", HoldResponse},
    {"setBodyEncoding", SetBodyEncoding},
    {"attend", Attend},
    {"setReading", SetReading},
    {"owesAnswer", OwesAnswer},
    {"awaitSent", AwaitSent},
    {"setMayChunk", SetMayChunk},
    {"answerState", AnswerState},
    {"closeConnection", CloseConnection},
    {"peerClosed", PeerClosed},
    {"abort", Abort},
    {"watchConnection", WatchConnection},
    {"utf8Length", Utf8Length},
    {"remoteAddress", RemoteAddress},
    {"offer", Offer},
    {"findHeader", FindHeader},
    {"listen", ListenOn},
    {"listeningPort", ListeningPort},
    {"closeServer", CloseServer},
};

std::span<const js::Function> Functions() { return kFunctions; }

void Flush() {
  while (responses_held) {
    responses_held = false;
    v8::HandleScope scope(js::isolate());
    js::Call(js::Hook::kFlushResponses, 0, nullptr);
  }
  http_connection::Flush();
}

bool FlushDue() { return responses_held || http_connection::FlushDue(); }

void SendBeforeExit() { http_connection::SendBeforeExit(); }

}  // namespace node::bind_http
