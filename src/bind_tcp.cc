#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "bind.h"
#include "js.h"
#include "js_buffers.h"
#include "js_chunk.h"
#include "js_socket.h"
#include "stream.h"
#include "tcp_connection.h"

// Connections and servers, for lib/tcp.js.
namespace node::bind_tcp {

using tcp_connection::Id;

// lib/tcp.js: tcpEvent.
enum class Event : uint32_t { kConnect, kReceive, kEof, kDrain, kTimeout };

// By slot: of connections with another encoding than raw, which is what connections begin with.
struct ConnectionDecoder : js_chunk::Decoder {
  Id id = 0;
};

static std::vector<std::unique_ptr<ConnectionDecoder>>& Decoders() {
  static auto* decoders = new std::vector<std::unique_ptr<ConnectionDecoder>>;
  return *decoders;
}

static js_chunk::Decoder* FindDecoder(Id id) {
  size_t slot = slots::PlaceOf(id);
  if (slot >= Decoders().size()) return nullptr;
  ConnectionDecoder* decoder = Decoders()[slot].get();
  return decoder != nullptr && decoder->id == id ? decoder : nullptr;
}

static void RemoveDecoder(Id id) {
  if (FindDecoder(id) != nullptr) Decoders()[slots::PlaceOf(id)].reset();
}

static tcp_connection::Settings DefaultSettings() {
  tcp_connection::Settings settings;
  settings.piece = js_chunk::PieceOf(js_chunk::Encoding::kRaw);
  return settings;
}

// The block that connections read to, once there is one that can be given away; see TakeOver().
static char* block = nullptr;

// The piece as a Uint8Array. A large one keeps the memory that it was read to, and the next is read to another block.
static v8::Local<v8::Value> TakeOver(std::string_view data) {
  bool ours = block != nullptr && data.data() == block;
  v8::Local<v8::Value> array = ours ? js_buffers::Wrap(block, data.size()) : js_buffers::Copy(data.data(), data.size());
  static_assert(js_buffers::kBlockSize >= tcp_connection::kReadSize);
  if (ours || block == nullptr) block = js_buffers::TakeBlock();
  tcp_connection::SetReadBuffer(block);
  return array;
}

static void Emit(Id id, Event event) {
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> arguments[] = {js::Integer(id), js::Integer(static_cast<uint32_t>(event))};
  js::Call(js::Hook::kTcpEvent, std::size(arguments), arguments);
}

// Needs a HandleScope.
static void EmitPiece(Id id, v8::MaybeLocal<v8::Value> piece) {
  v8::Local<v8::Value> chunk;
  if (!piece.ToLocal(&chunk)) return;
  v8::Local<v8::Value> arguments[] = {js::Integer(id), js::Integer(static_cast<uint32_t>(Event::kReceive)), chunk};
  js::Call(js::Hook::kTcpEvent, std::size(arguments), arguments);
}

void TellConnect(Id id) { Emit(id, Event::kConnect); }
void TellDrain(Id id) { Emit(id, Event::kDrain); }
void TellTimeout(Id id) { Emit(id, Event::kTimeout); }

void TellDisconnect(Id id, const base::Error* error) {
  v8::HandleScope scope(js::isolate());
  v8::Local<v8::Value> reason = v8::Undefined(js::isolate());
  if (error != nullptr) reason = js::MakeError(error->Message(), error->Name(), error->syscall);
  v8::Local<v8::Value> arguments[] = {js::Integer(id), reason};
  js::Call(js::Hook::kTcpDisconnect, std::size(arguments), arguments);
}

// A server that knows its name in lib/tcp.js. All of this file's are.
struct NamedServer : tcp_connection::Server {
  NamedServer(tcp_connection::Handler* handler, const tcp_connection::Settings& settings, uint32_t name)
      : Server(handler, settings), handle(name) {}

  uint32_t handle;
  uint16_t port = 0;
  v8::Global<v8::Function> on_drained;  // of lib/
};

class LibraryHandler : public tcp_connection::Handler {
 public:
  void OnAccept(tcp_connection::Server* server, Id id) override {
    v8::HandleScope scope(js::isolate());
    v8::Local<v8::Value> arguments[] = {js::Integer(static_cast<NamedServer*>(server)->handle), js::Integer(id)};
    js::Call(js::Hook::kTcpAccept, std::size(arguments), arguments);
  }
  void OnConnect(Id id) override { TellConnect(id); }
  void OnData(Id id, std::string_view data) override {
    v8::HandleScope scope(js::isolate());
    js_chunk::Decoder* decoder = FindDecoder(id);
    if (decoder == nullptr) {
      EmitPiece(id, js_chunk::Decoder().Next(data));
    } else if (decoder->passes_bytes() && data.size() > js_buffers::kBlockSize / 2) {
      EmitPiece(id, TakeOver(data));
    } else {
      EmitPiece(id, decoder->Next(data));
    }
  }
  void OnEof(Id id) override {
    v8::HandleScope scope(js::isolate());
    js_chunk::Decoder* decoder = FindDecoder(id);
    if (decoder != nullptr) EmitPiece(id, decoder->End());
    Emit(id, Event::kEof);
  }
  void OnDrain(Id id) override { TellDrain(id); }
  void OnTimeout(Id id) override { TellTimeout(id); }
  void OnDisconnect(Id id, const base::Error* error) override {
    RemoveDecoder(id);
    TellDisconnect(id, error);
  }
  void OnDrained(tcp_connection::Server* server) override {
    v8::HandleScope scope(js::isolate());
    v8::Global<v8::Function> tell = std::move(static_cast<NamedServer*>(server)->on_drained);
    js::Call(tell.Get(js::isolate()), v8::Undefined(js::isolate()), 0, nullptr);
  }
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

std::optional<uint32_t> AdoptConnection(fd::OwnedFd connection) {
  return tcp_connection::Adopt(&TheHandler(), std::move(connection), DefaultSettings(), /*announce=*/false);
}

// --- Functions of the binding ---

// tcpConnect(port or path, host): an id; throws.
static void Connect(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::optional<tcp_connection::Target> target = js_socket::ToTarget("connect", info[0], info[1]);
  if (!target) return;
  std::optional<Id> id = tcp_connection::Connect(&TheHandler(), std::move(*target), DefaultSettings());
  if (!id) return js::ThrowError("connect EMFILE: a million connections are open", "EMFILE", "connect");
  info.GetReturnValue().Set(*id);
}

// tcpSend(id, data, utf8): whether the kernel has taken all. `data`: as of js_chunk::Encode(), or how many bytes of the
// shared piece.
static void Send(const v8::FunctionCallbackInfo<v8::Value>& info) {
  static std::string* storage = new std::string;
  static constexpr size_t kKeptBytes = 64 * 1024;
  std::string_view bytes = info[1]->IsNumber() ? std::string_view(js_chunk::SharedBytes(),
                                                                  std::min(js::Unsigned(info[1]), js_chunk::kRawPiece))
                                               : js_chunk::Encode(info[1], js::IsTrue(info[2]), storage);
  info.GetReturnValue().Set(tcp_connection::Send(js::Unsigned(info[0]), bytes) == tcp_connection::Sent::kTaken);
  if (storage->capacity() > kKeptBytes) std::string().swap(*storage);
}

// tcpTellDrain(id): tcpEvent tells of the drain when the kernel has taken all, also when it refuses none.
static void AskForDrain(const v8::FunctionCallbackInfo<v8::Value>& info) {
  tcp_connection::TellDrain(js::Unsigned(info[0]));
}

// tcpSetEncoding(id, encoding)
static void SetEncoding(const v8::FunctionCallbackInfo<v8::Value>& info) {
  Id id = js::Unsigned(info[0]);
  auto encoding = static_cast<js_chunk::Encoding>(js::Unsigned(info[1]) & 3);
  size_t slot = slots::PlaceOf(id);
  if (Decoders().size() <= slot) Decoders().resize(slot + 1);
  std::unique_ptr<ConnectionDecoder>& decoder = Decoders()[slot];
  if (decoder == nullptr || decoder->id != id) decoder = std::make_unique<ConnectionDecoder>();
  decoder->id = id;
  decoder->set_encoding(encoding);
  tcp_connection::SetPiece(id, js_chunk::PieceOf(encoding));
}

// sharedPiece(): where pieces lie whose length is all that tcpEvent and its like get.
static void SharedPiece(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(js_chunk::SharedPiece());
}

// tcpClose(id, both)
static void Close(const v8::FunctionCallbackInfo<v8::Value>& info) {
  tcp_connection::Close(js::Unsigned(info[0]), js::IsTrue(info[1]));
}

// tcpAbort(id)
static void Abort(const v8::FunctionCallbackInfo<v8::Value>& info) {
  RemoveDecoder(js::Unsigned(info[0]));
  tcp_connection::Abort(js::Unsigned(info[0]));
}

// tcpSetReading(id, reading)
static void SetReading(const v8::FunctionCallbackInfo<v8::Value>& info) {
  tcp_connection::SetReading(js::Unsigned(info[0]), js::IsTrue(info[1]));
}

// tcpRemoteAddress(id): text; undefined while there is none.
static void RemoteAddress(const v8::FunctionCallbackInfo<v8::Value>& info) {
  int descriptor = tcp_connection::Descriptor(js::Unsigned(info[0]));
  std::optional<stream::Address> address;
  if (descriptor >= 0) address = stream::PeerAddress(descriptor);
  if (address) info.GetReturnValue().Set(js::OneByte(address->Host()));
}

static NamedServer* NewServer(const tcp_connection::Settings& settings) {
  // One that still has connections counts them, and is to tell of their end. It waits its turn at the other end.
  for (size_t i = 0; i < Ended().size() && i < 8; ++i) {
    uint32_t handle = Ended().back();
    Ended().pop_back();
    NamedServer* server = Servers()[handle].get();
    if (server->over()) {
      server->Configure(settings);
      return server;
    }
    Ended().insert(Ended().begin(), handle);
  }
  uint32_t handle = static_cast<uint32_t>(Servers().size());
  Servers().push_back(std::make_unique<NamedServer>(&TheHandler(), settings, handle));
  return Servers().back().get();
}

// tcpListen(port or path, host, backlog, options): binds and returns a handle; throws. See Server in lib/tcp.js.
static void ListenOn(const v8::FunctionCallbackInfo<v8::Value>& info) {
  std::optional<js_socket::Listener> listener =
      js_socket::OpenListener(info[0], info[1], info[2], /*clients_speak_first=*/false);
  if (!listener) return;
  tcp_connection::Settings settings = DefaultSettings();
  js::ReadOption(info[3], "timeout", &settings.timeout);
  js::ReadOption(info[3], "outputLimit", &settings.output_limit);
  js::ReadOption(info[3], "connections", &settings.connections);
  // With none nothing would ever be served.
  settings.connections = std::max(settings.connections, 1u);
  NamedServer* server = NewServer(settings);
  server->port = listener->port;
  server->Listen(std::move(listener->descriptor));
  info.GetReturnValue().Set(server->handle);
}

// tcpListeningPort(handle)
static void ListeningPort(const v8::FunctionCallbackInfo<v8::Value>& info) {
  uint32_t handle = js::Unsigned(info[0]);
  if (handle >= Servers().size()) return js::ThrowError("port: there is no such server");
  info.GetReturnValue().Set(static_cast<uint32_t>(Servers()[handle]->port));
}

// tcpCloseServer(handle, drained): `drained` is called, without arguments, when the last connection that it has
// accepted has ended.
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
    {"tcpConnect", Connect},
    {"tcpSend", Send},
    {"tcpTellDrain", AskForDrain},
    {"tcpSetEncoding", SetEncoding},
    {"sharedPiece", SharedPiece},
    {"tcpClose", Close},
    {"tcpAbort", Abort},
    {"tcpSetReading", SetReading},
    {"tcpRemoteAddress", RemoteAddress},
    {"tcpListen", ListenOn},
    {"tcpListeningPort", ListeningPort},
    {"tcpCloseServer", CloseServer},
};

std::span<const js::Function> Functions() { return kFunctions; }

}  // namespace node::bind_tcp
