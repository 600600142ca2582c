#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "bind.h"
#include "http_connection.h"
#include "js.h"
#include "stream.h"
#include "utf8.h"

// HTTP servers, for lib/http.js.
namespace node::bind_http {

// lib/http.js: ENCODINGS.
enum class Encoding : int { kRaw, kUtf8, kAscii, kBytes };

// A body on its way in.
struct Incoming {
  http_connection::ExchangeNumber exchange = 0;
  Encoding encoding = Encoding::kRaw;
  std::string partial;  // the beginning of a character
};

static std::unordered_map<http_connection::Id, Incoming>& Bodies() {
  static auto* bodies = new std::unordered_map<http_connection::Id, Incoming>;
  return *bodies;
}

static bool responses_held = false;

static v8::Local<v8::Value> Integer(uint32_t number) { return v8::Integer::NewFromUnsigned(js::isolate(), number); }

// lib/http.js: METHODS.
static int MethodIndex(std::string_view method) {
  static constexpr std::string_view kMethods[] = {"", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"};
  for (int i = 1; i < static_cast<int>(std::size(kMethods)); ++i) {
    if (method == kMethods[i]) return i;
  }
  return 0;
}

static v8::Local<v8::Value> BytesOf(std::string_view data) {
  v8::Local<v8::ArrayBuffer> buffer = v8::ArrayBuffer::New(js::isolate(), data.size());
  std::memcpy(buffer->Data(), data.data(), data.size());
  return v8::Uint8Array::New(buffer, 0, data.size());
}

class LibraryHandler : public http_connection::Handler {
 public:
  void OnRequest(http_connection::Server* server, http_connection::Id id, http_connection::ExchangeNumber exchange,
                 std::string_view bytes, const http_parser::RequestHead& head, bool body_follows) override;
  void OnBody(http_connection::Id id, http_connection::ExchangeNumber exchange, std::string_view data) override;
  void OnRequestComplete(http_connection::Id id, http_connection::ExchangeNumber exchange) override;
  void OnGone(http_connection::Id id, http_connection::ExchangeNumber first,
              http_connection::ExchangeNumber last) override;
  void OnClosed(http_connection::Id id) override;
};

struct Listening {
  std::unique_ptr<http_connection::Server> server;
  uint16_t port = 0;
};

static LibraryHandler& TheHandler() {
  static auto* handler = new LibraryHandler;
  return *handler;
}

static std::vector<Listening>& Servers() {
  static auto* servers = new std::vector<Listening>;
  return *servers;
}

static uint32_t HandleOf(const http_connection::Server* server) {
  auto& servers = Servers();
  for (uint32_t i = 0; i < servers.size(); ++i) {
    if (servers[i].server.get() == server) return i;
  }
  CHECK(!"a request of an unknown server");
  return 0;
}

void LibraryHandler::OnRequest(http_connection::Server* server, http_connection::Id id,
                               http_connection::ExchangeNumber exchange, std::string_view bytes,
                               const http_parser::RequestHead& head, bool body_follows) {
  static constexpr uint32_t kBodyFollows = 1;
  static constexpr uint32_t kVersion10 = 2;
  if (body_follows) Bodies()[id].exchange = exchange;
  uint32_t flags = (body_follows ? kBodyFollows : 0) | (head.minor_version == 0 ? kVersion10 : 0);
  std::string_view method = bytes.substr(head.method, head.method_length);
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> arguments[] = {
      Integer(HandleOf(server)),
      Integer(id),
      Integer(exchange),
      // From the method on: empty lines before it are nobody's business.
      js::OneByte(bytes.substr(head.method)),
      Integer(static_cast<uint32_t>(MethodIndex(method))),
      Integer(head.method_length),
      Integer(head.target_length),
      Integer(flags),
  };
  js::Call(js::Hook::kRequest, std::size(arguments), arguments);
}

void LibraryHandler::OnBody(http_connection::Id id, http_connection::ExchangeNumber, std::string_view data) {
  Incoming& incoming = Bodies()[id];
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> chunk;
  switch (incoming.encoding) {
    case Encoding::kRaw:
    case Encoding::kBytes:
      chunk = BytesOf(data);
      break;
    case Encoding::kAscii:
      chunk = js::OneByte(data);
      break;
    case Encoding::kUtf8: {
      std::string joined = std::move(incoming.partial);
      joined += data;
      size_t tail = utf8::IncompleteTail(joined);
      incoming.partial = joined.substr(joined.size() - tail);
      joined.resize(joined.size() - tail);
      if (joined.empty()) return;
      chunk = js::Utf8(joined);
      break;
    }
  }
  v8::Local<v8::Value> arguments[] = {Integer(id), chunk};
  js::Call(js::Hook::kBody, std::size(arguments), arguments);
}

void LibraryHandler::OnRequestComplete(http_connection::Id id, http_connection::ExchangeNumber) {
  v8::HandleScope scope(js::isolate());
  auto found = Bodies().find(id);
  std::string partial;
  if (found != Bodies().end()) {
    partial = std::move(found->second.partial);
    Bodies().erase(found);
  }
  if (!partial.empty()) {
    // The body ended inside a character.
    v8::Local<v8::Value> arguments[] = {Integer(id), js::Utf8(partial)};
    js::Call(js::Hook::kBody, std::size(arguments), arguments);
  }
  v8::Local<v8::Value> arguments[] = {Integer(id)};
  js::Call(js::Hook::kComplete, std::size(arguments), arguments);
}

void LibraryHandler::OnClosed(http_connection::Id id) {
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> arguments[] = {Integer(id)};
  js::Call(js::Hook::kClosed, std::size(arguments), arguments);
}

void LibraryHandler::OnGone(http_connection::Id id, http_connection::ExchangeNumber, http_connection::ExchangeNumber) {
  if (Bodies().erase(id) == 0) return;
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> arguments[] = {Integer(id)};
  js::Call(js::Hook::kGone, std::size(arguments), arguments);
}

// --- Functions of the binding ---

static uint32_t Unsigned(v8::Local<v8::Value> value) { return value->Uint32Value(js::context()).FromMaybe(0); }

// A piece of a body as bytes: `encoding` 1 is UTF-8, 0 one byte per character. Points into `storage` or the value.
static std::string_view BodyBytes(v8::Local<v8::Value> value, uint32_t encoding, std::string* storage) {
  if (value->IsString()) {
    v8::Local<v8::String> text = value.As<v8::String>();
    if (encoding == 1) {
      *storage = js::ToUtf8(text);
    } else {
      storage->resize(static_cast<size_t>(text->Length()));
      text->WriteOneByteV2(js::isolate(), 0, static_cast<uint32_t>(storage->size()),
                           reinterpret_cast<uint8_t*>(storage->data()));
    }
    return *storage;
  }
  if (value->IsArrayBufferView()) {
    v8::Local<v8::ArrayBufferView> view = value.As<v8::ArrayBufferView>();
    storage->resize(view->ByteLength());
    storage->resize(view->CopyContents(storage->data(), storage->size()));
    return *storage;
  }
  if (value->IsArrayBuffer()) {
    v8::Local<v8::ArrayBuffer> buffer = value.As<v8::ArrayBuffer>();
    return {static_cast<const char*>(buffer->Data()), buffer->ByteLength()};
  }
  return {};
}

// Status in bits 0..7, fault in 8..15, index of the field above: see OK and its like in lib/http.js.
static void Return(const v8::FunctionCallbackInfo<v8::Value>& info, const http_connection::Reply& reply) {
  uint32_t code = static_cast<uint32_t>(reply.status) | static_cast<uint32_t>(reply.fault) << 8 | reply.pair << 16;
  info.GetReturnValue().Set(code);
}

// respond(id, exchange, status, pairs, count, body, encoding, finish)
static void Respond(const v8::FunctionCallbackInfo<v8::Value>& info) {
  http_writer::ResponseHead head;
  head.status = static_cast<int>(Unsigned(info[2]));
  static std::string* pairs = new std::string;
  head.pairs = BodyBytes(info[3], 0, pairs);
  head.pair_count = Unsigned(info[4]);
  static std::string* body = new std::string;
  std::string_view bytes = BodyBytes(info[5], Unsigned(info[6]), body);
  Return(info, http_connection::Respond(Unsigned(info[0]), Unsigned(info[1]), head, bytes, info[7]->IsTrue()));
}

// writeBody(id, exchange, data, encoding)
static void WriteBody(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::string storage;
  std::string_view bytes = BodyBytes(info[2], Unsigned(info[3]), &storage);
  Return(info, http_connection::Write(Unsigned(info[0]), Unsigned(info[1]), bytes));
}

// finishBody(id, exchange)
static void FinishBody(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Return(info, http_connection::Finish(Unsigned(info[0]), Unsigned(info[1])));
}

// holdResponse(): the hook `flushResponses` must run at the end of the turn.
static void HoldResponse(const v8::FunctionCallbackInfo<v8::Value>&) { responses_held = true; }

// setBodyEncoding(id, exchange, encoding)
static void SetBodyEncoding(const v8::FunctionCallbackInfo<v8::Value>& info) {
  auto found = Bodies().find(Unsigned(info[0]));
  // A request whose body has come must not change how the next one's comes.
  bool current = found != Bodies().end() && found->second.exchange == Unsigned(info[1]);
  if (current) found->second.encoding = static_cast<Encoding>(Unsigned(info[2]) & 3);
}

// abort(id): closes a connection at once.
static void Abort(const v8::FunctionCallbackInfo<v8::Value>& info) { http_connection::Abort(Unsigned(info[0])); }

// watchConnection(id): the hook `closed` will be called; false when it has closed already.
static void WatchConnection(const v8::FunctionCallbackInfo<v8::Value>& info) {
  http_connection::Id id = Unsigned(info[0]);
  http_connection::Watch(id);
  info.GetReturnValue().Set(http_connection::Descriptor(id) >= 0);
}

// utf8Length(text): its bytes in UTF-8.
static void Utf8Length(const v8::FunctionCallbackInfo<v8::Value>& info) {
  size_t length = info[0].As<v8::String>()->Utf8LengthV2(js::isolate());
  info.GetReturnValue().Set(static_cast<double>(length));
}

// remoteAddress(id): the client's address as text, "" when it has gone.
static void RemoteAddress(const v8::FunctionCallbackInfo<v8::Value>& info) {
  int descriptor = http_connection::Descriptor(Unsigned(info[0]));
  std::optional<stream::Address> address;
  if (descriptor >= 0) address = stream::PeerAddress(descriptor);
  info.GetReturnValue().Set(js::OneByte(address ? address->Host() : ""));
}

// A place for a new server: that of one that has ended, or a new one.
static uint32_t FreeHandle() {
  auto& servers = Servers();
  for (uint32_t i = 0; i < servers.size(); ++i) {
    http_connection::Server* server = servers[i].server.get();
    if (server == nullptr || (!server->listening() && server->connection_count() == 0)) {
      servers[i].server.reset();
      return i;
    }
  }
  servers.emplace_back();
  return static_cast<uint32_t>(servers.size() - 1);
}

// listen(port, host, backlog): binds and returns a handle; throws.
static void ListenOn(const v8::FunctionCallbackInfo<v8::Value>& info) {
  uint16_t port = static_cast<uint16_t>(Unsigned(info[0]));
  std::string host = js::ToUtf8(info[1]);
  std::optional<stream::Address> address = stream::ParseAddress(host, port);
  if (!address) {
    js::ThrowError("listen: \"" + host + "\" is no address: give an IPv4 or IPv6 address or \"localhost\"");
    return;
  }
  base::Result<fd::OwnedFd> listener = stream::Listen(*address, info[2]->Int32Value(js::context()).FromMaybe(1024));
  if (!listener.ok()) {
    const base::Error& error = listener.error();
    js::ThrowError(error.Message(), error.Name(), error.syscall);
    return;
  }
  uint32_t handle = FreeHandle();
  Listening& entry = Servers()[handle];
  std::optional<stream::Address> bound = stream::LocalAddress(listener.value().get());
  entry.port = bound ? bound->Port() : port;
  entry.server = std::make_unique<http_connection::Server>(&TheHandler(), http_connection::Settings());
  entry.server->Listen(std::move(listener.value()));
  info.GetReturnValue().Set(handle);
}

// listeningPort(handle)
static void ListeningPort(const v8::FunctionCallbackInfo<v8::Value>& info) {
  uint32_t handle = Unsigned(info[0]);
  CHECK(handle < Servers().size());
  info.GetReturnValue().Set(static_cast<uint32_t>(Servers()[handle].port));
}

// closeServer(handle)
static void CloseServer(const v8::FunctionCallbackInfo<v8::Value>& info) {
  uint32_t handle = Unsigned(info[0]);
  CHECK(handle < Servers().size() && Servers()[handle].server != nullptr);
  Servers()[handle].server->Close();
}

static constexpr js::Function kFunctions[] = {
    {"respond", Respond},
    {"writeBody", WriteBody},
    {"finishBody", FinishBody},
    {"holdResponse", HoldResponse},
    {"setBodyEncoding", SetBodyEncoding},
    {"abort", Abort},
    {"watchConnection", WatchConnection},
    {"utf8Length", Utf8Length},
    {"remoteAddress", RemoteAddress},
    {"listen", ListenOn},
    {"listeningPort", ListeningPort},
    {"closeServer", CloseServer},
};

void Install(v8::Local<v8::Object> binding) { js::InstallFunctions(binding, kFunctions, std::size(kFunctions)); }

void AddReferences(std::vector<intptr_t>* references) {
  for (const js::Function& function : kFunctions) references->push_back(reinterpret_cast<intptr_t>(function.callback));
}

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
