// Sockets: addresses, listening, accepting. All descriptors are non-blocking
// and close-on-exec by construction.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base.h"
#include "fd.h"

namespace node::stream {

struct Address {
  sockaddr_storage storage = {};
  socklen_t length = 0;

  // "127.0.0.1:8000", "[::1]:8000", or the path of a unix-domain socket.
  std::string ToString() const;
  // "127.0.0.1", "::1", "fe80::1%eth0": without the port. "" for a unix-domain socket.
  std::string Host() const;
  // In host byte order; 0 for an address without ports.
  uint16_t Port() const;
};

// An IPv4 or IPv6 literal (inet_pton(3)), the latter perhaps with a scope that is there ("fe80::1%eth0", RFC 4007, 11),
// an empty host (any IPv4 address,
// 0.0.0.0) or "localhost" (127.0.0.1, RFC 6761 section 6.3). Nothing else: names are
// the resolver's.
std::optional<Address> ParseAddress(std::string_view host, uint16_t port);

// The address of 4 (IPv4) or 16 (IPv6) bytes in network order.
Address MakeAddress(std::string_view bytes, uint16_t port);

// A unix-domain socket's file; std::nullopt for a path that is empty, too long (over 107 bytes) or has a NUL.
std::optional<Address> UnixAddress(std::string_view path);

// All addresses of a host, IPv4 first: literals, "localhost" and what ends in ".localhost" (RFC 6761, 6.3), and the
// names of /etc/hosts as it is now (system_files.h). Empty for other names.
std::vector<Address> FindHost(std::string_view host, uint16_t port);

// socket(2), SO_REUSEADDR, TCP_NODELAY (inherited by what is accepted), bind(2)
// and listen(2). `backlog`: connections the kernel holds until they are accepted.
// A unix-domain socket's file that nobody listens on any more is replaced. `clients_speak_first`: a connection is
// handed over with its first bytes (TCP_DEFER_ACCEPT, tcp(7)), or after a second without.
base::Result<fd::OwnedFd> Listen(const Address& address, int backlog, bool clients_speak_first = false);

// socket(2), TCP_NODELAY and connect(2) without waiting: writable means done, SO_ERROR says how.
base::Result<fd::OwnedFd> StartConnect(const Address& address);

// accept4(2): an invalid descriptor with errno left as the kernel set it.
fd::OwnedFd Accept(int listener);

// recv(2) without flags, and send(2) with MSG_NOSIGNAL; -1 with errno. In glibc both are points at which a thread may
// be cancelled, and 6 ns slower.
ssize_t Receive(int descriptor, char* buffer, size_t size);
ssize_t Send(int descriptor, const char* data, size_t size);

// The address of the other end: getpeername(2).
std::optional<Address> PeerAddress(int descriptor);
// Our own: getsockname(2).
std::optional<Address> LocalAddress(int descriptor);

}  // namespace node::stream
