#include "stream.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "bytes.h"
#include "hosts_file.h"
#include "ip_literal.h"
#include "system_files.h"

namespace node::stream {

static const sockaddr_in* AsIpv4(const Address& address) {
  return address.storage.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in*>(&address.storage) : nullptr;
}

static const sockaddr_in6* AsIpv6(const Address& address) {
  return address.storage.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&address.storage) : nullptr;
}

// "%eth0", without which a link-local address leads nowhere.
static std::string ScopeOf(const sockaddr_in6& address) {
  char name[IF_NAMESIZE];
  if (address.sin6_scope_id == 0) return "";
  if (if_indextoname(address.sin6_scope_id, name) != nullptr) return std::string("%") + name;
  return "%" + std::to_string(address.sin6_scope_id);
}

std::string Address::Host() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (const sockaddr_in* ipv4 = AsIpv4(*this)) inet_ntop(AF_INET, &ipv4->sin_addr, text, sizeof text);
  if (const sockaddr_in6* ipv6 = AsIpv6(*this)) {
    // An IPv4 peer of a dual-stack socket shows as what it is.
    if (IN6_IS_ADDR_V4MAPPED(&ipv6->sin6_addr)) {
      inet_ntop(AF_INET, ipv6->sin6_addr.s6_addr + 12, text, sizeof text);
    } else {
      inet_ntop(AF_INET6, &ipv6->sin6_addr, text, sizeof text);
      return text + ScopeOf(*ipv6);
    }
  }
  return text;
}

uint16_t Address::Port() const {
  if (const sockaddr_in* ipv4 = AsIpv4(*this)) return ntohs(ipv4->sin_port);
  if (const sockaddr_in6* ipv6 = AsIpv6(*this)) return ntohs(ipv6->sin6_port);
  return 0;
}

static std::string UnixPath(const Address& address) {
  const auto* local = reinterpret_cast<const sockaddr_un*>(&address.storage);
  size_t used = static_cast<size_t>(address.length);
  if (used <= offsetof(sockaddr_un, sun_path)) return "";
  return {local->sun_path, strnlen(local->sun_path, used - offsetof(sockaddr_un, sun_path))};
}

std::string Address::ToString() const {
  if (storage.ss_family == AF_UNIX) return UnixPath(*this);
  std::string host = Host();
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return host + ":" + std::to_string(Port());
}

std::optional<Address> ParseAddress(std::string_view host, uint16_t port) {
  if (host.empty()) host = "0.0.0.0";
  if (host == "localhost") host = "127.0.0.1";
  std::string name, scope;
  if (!ip_literal::Split(host, &name, &scope)) return std::nullopt;
  Address address;
  auto* ipv4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  if (inet_pton(AF_INET, name.c_str(), &ipv4->sin_addr) == 1) {
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(port);
    address.length = sizeof *ipv4;
    return address;
  }
  auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  CHECK(inet_pton(AF_INET6, name.c_str(), &ipv6->sin6_addr) == 1);
  ipv6->sin6_family = AF_INET6;
  ipv6->sin6_port = htons(port);
  address.length = sizeof *ipv6;
  if (scope.empty()) return address;
  uint64_t index = if_nametoindex(scope.c_str());
  if (index == 0 && !bytes::ParseDecimal(scope, UINT32_MAX, &index)) return std::nullopt;
  ipv6->sin6_scope_id = static_cast<uint32_t>(index);
  return address;
}

Address MakeAddress(std::string_view bytes, uint16_t port) {
  Address address;
  if (bytes.size() == 4) {
    auto* ipv4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(port);
    std::memcpy(&ipv4->sin_addr, bytes.data(), bytes.size());
    address.length = sizeof *ipv4;
    return address;
  }
  CHECK(bytes.size() == 16);
  auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  ipv6->sin6_family = AF_INET6;
  ipv6->sin6_port = htons(port);
  std::memcpy(&ipv6->sin6_addr, bytes.data(), bytes.size());
  address.length = sizeof *ipv6;
  return address;
}

std::optional<Address> UnixAddress(std::string_view path) {
  Address address;
  auto* local = reinterpret_cast<sockaddr_un*>(&address.storage);
  if (path.empty() || path.size() >= sizeof local->sun_path || path.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  local->sun_family = AF_UNIX;
  std::memcpy(local->sun_path, path.data(), path.size());
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

std::vector<Address> FindHost(std::string_view host, uint16_t port) {
  std::vector<std::string_view> literals{host};
  if (hosts_file::IsLocalhost(host)) {
    literals = {"127.0.0.1", "::1"};
  } else if (!ParseAddress(host, port)) {
    literals = system_files::Hosts().Find(host);
  }
  std::vector<Address> found;
  for (sa_family_t family : {AF_INET, AF_INET6}) {
    for (std::string_view literal : literals) {
      std::optional<Address> address = ParseAddress(literal, port);
      if (address && address->storage.ss_family == family) found.push_back(*address);
    }
  }
  return found;
}

// Whether a unix-domain socket's file is left over from a process that has ended.
static bool IsStale(const Address& address) {
  fd::OwnedFd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return probe.valid() &&
         connect(probe.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) != 0 &&
         errno == ECONNREFUSED;
}

static bool SetNoDelay(int descriptor, const Address& address) {
  int on = 1;
  if (address.storage.ss_family == AF_UNIX) return true;
  return setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0;
}

base::Result<fd::OwnedFd> StartConnect(const Address& address) {
  fd::OwnedFd started(socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!started.valid()) return base::ErrnoError("socket", address.ToString());
  if (!SetNoDelay(started.get(), address)) return base::ErrnoError("setsockopt", address.ToString());
  if (connect(started.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) != 0 &&
      errno != EINPROGRESS) {
    return base::ErrnoError("connect", address.ToString());
  }
  return started;
}

base::Result<fd::OwnedFd> Listen(const Address& address, int backlog, bool clients_speak_first) {
  fd::OwnedFd listener(socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listener.valid()) return base::ErrnoError("socket", address.ToString());
  int on = 1;
  // Programs follow one another on one port: TIME_WAIT of the one before must not stop the next.
  if (setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
    return base::ErrnoError("setsockopt", address.ToString());
  }
  if (!SetNoDelay(listener.get(), address)) return base::ErrnoError("setsockopt", address.ToString());
  if (clients_speak_first && address.storage.ss_family != AF_UNIX) {
    int seconds = 1;
    // Without it all works as well, a little slower.
    setsockopt(listener.get(), IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
  }
  const auto* name = reinterpret_cast<const sockaddr*>(&address.storage);
  bool bound = bind(listener.get(), name, address.length) == 0;
  if (!bound && errno == EADDRINUSE && address.storage.ss_family == AF_UNIX) {
    if (IsStale(address)) unlink(UnixPath(address).c_str());
    bound = bind(listener.get(), name, address.length) == 0;
  }
  // One name for both steps: a user asked to listen, and a taken port may show in either.
  if (!bound || listen(listener.get(), backlog) != 0) {
    return base::ErrnoError("listen", address.ToString());
  }
  return listener;
}

fd::OwnedFd Accept(int listener) {
  return fd::OwnedFd(accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

ssize_t Receive(int descriptor, char* buffer, size_t size) {
  return syscall(SYS_recvfrom, descriptor, buffer, size, 0, nullptr, nullptr);
}

ssize_t Send(int descriptor, const char* data, size_t size) {
  return syscall(SYS_sendto, descriptor, data, size, MSG_NOSIGNAL, nullptr, 0);
}

std::optional<Address> PeerAddress(int descriptor) {
  Address address;
  address.length = sizeof address.storage;
  if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&address.storage), &address.length) != 0) return std::nullopt;
  return address;
}

std::optional<Address> LocalAddress(int descriptor) {
  Address address;
  address.length = sizeof address.storage;
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address.storage), &address.length) != 0) return std::nullopt;
  return address;
}

}  // namespace node::stream
