#include "js_socket.h"

#include <string>

#include "host_source.h"
#include "js.h"

namespace node::js_socket {

// The port as an integer. lib/tcp.js has checked it.
static uint16_t ToPort(v8::Local<v8::Value> port) {
  return static_cast<uint16_t>(port->Uint32Value(js::context()).FromMaybe(0));
}

static std::optional<stream::Address> ToUnixAddress(const char* call, v8::Local<v8::Value> port) {
  std::string path = js::ToUtf8(port);
  std::optional<stream::Address> address = stream::UnixAddress(path);
  if (!address) {
    js::ThrowError(std::string(call) + ": \"" + path +
                   "\" is no path of a socket: it has more than 107 bytes, or a NUL");
  }
  return address;
}

std::optional<tcp_connection::Target> ToTarget(const char* call, v8::Local<v8::Value> port, v8::Local<v8::Value> host) {
  tcp_connection::Target target;
  if (port->IsString()) {
    std::optional<stream::Address> address = ToUnixAddress(call, port);
    if (!address) return std::nullopt;
    target.addresses.push_back(*address);
    return target;
  }
  std::string name = js::ToUtf8(host);
  target.source = host_source::Make(name.empty() ? "0.0.0.0" : name, ToPort(port));
  return target;
}

static std::optional<stream::Address> ToListenAddress(v8::Local<v8::Value> port, v8::Local<v8::Value> host) {
  if (port->IsString()) return ToUnixAddress("listen", port);
  std::string name = js::ToUtf8(host);
  std::vector<stream::Address> found = stream::FindHost(name.empty() ? "0.0.0.0" : name, ToPort(port));
  if (!found.empty()) return found.front();
  js::ThrowError("listen ENOTFOUND " + name +
                     ": no address, not \"localhost\" and not in /etc/hosts (a server binds at once, and asks nobody)",
                 "ENOTFOUND", "listen");
  return std::nullopt;
}

std::optional<Listener> OpenListener(v8::Local<v8::Value> port, v8::Local<v8::Value> host, v8::Local<v8::Value> backlog,
                                     bool clients_speak_first) {
  std::optional<stream::Address> address = ToListenAddress(port, host);
  if (!address) return std::nullopt;
  base::Result<fd::OwnedFd> listener =
      stream::Listen(*address, backlog->Int32Value(js::context()).FromMaybe(1024), clients_speak_first);
  if (!listener.ok()) {
    const base::Error& error = listener.error();
    js::ThrowError(error.Message(), error.Name(), error.syscall);
    return std::nullopt;
  }
  Listener result;
  std::optional<stream::Address> bound = stream::LocalAddress(listener.value().get());
  result.port = bound ? bound->Port() : 0;
  result.descriptor = std::move(listener.value());
  return result;
}

}  // namespace node::js_socket
