// What the bindings of sockets take from scripts: ports, paths and hosts.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "fd.h"
#include "stream.h"
#include "tcp_connection.h"
#include "v8.h"

namespace node::js_socket {

// A number `port` on `host`, or a unix-domain socket whose path `port` is. Throws an Error that begins with `call` and
// gives std::nullopt for a bad path.
std::optional<tcp_connection::Target> ToTarget(const char* call, v8::Local<v8::Value> port, v8::Local<v8::Value> host);

struct Listener {
  fd::OwnedFd descriptor;
  uint16_t port = 0;  // as bound; 0 of a unix-domain socket
};

// Opens a listening socket at the first address of a host that needs no look-up, or at a path. Throws and gives
// std::nullopt when that fails.
std::optional<Listener> OpenListener(v8::Local<v8::Value> port, v8::Local<v8::Value> host, v8::Local<v8::Value> backlog,
                                     bool clients_speak_first);

}  // namespace node::js_socket
