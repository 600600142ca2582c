#include "js_socket.h"

#include <string>

#include "js.h"

namespace node::js_socket {

std::optional<std::vector<stream::Address>> ToAddresses(const char* call, v8::Local<v8::Value> port,
                                                        v8::Local<v8::Value> host) {
  if (port->IsString()) {
    std::string path = js::ToUtf8(port);
    if (std::optional<stream::Address> address = stream::UnixAddress(path)) return std::vector{*address};
    js::ThrowError(std::string(call) + ": \"" + path +
                   "\" is no path of a socket: it has more than 107 bytes, or a NUL");
    return std::nullopt;
  }
  std::string name = js::ToUtf8(host);
  uint16_t number = static_cast<uint16_t>(port->Uint32Value(js::context()).FromMaybe(0));
  std::vector<stream::Address> found = stream::FindHost(name.empty() ? "0.0.0.0" : name, number);
  if (!found.empty()) return found;
  js::ThrowError(
      std::string(call) + " ENOTFOUND " + name +
          ": no address, not \"localhost\" and not in /etc/hosts (other names are looked up in a later version)",
      "ENOTFOUND", call);
  return std::nullopt;
}

std::optional<Listener> OpenListener(v8::Local<v8::Value> port, v8::Local<v8::Value> host, v8::Local<v8::Value> backlog,
                                     bool clients_speak_first) {
  std::optional<std::vector<stream::Address>> addresses = ToAddresses("listen", port, host);
  if (!addresses) return std::nullopt;
  base::Result<fd::OwnedFd> listener =
      stream::Listen(addresses->front(), backlog->Int32Value(js::context()).FromMaybe(1024), clients_speak_first);
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
