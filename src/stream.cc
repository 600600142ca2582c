#include "stream.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>

#include <cerrno>

namespace node::stream {

static const sockaddr_in* AsIpv4(const Address& address) {
  return address.storage.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in*>(&address.storage) : nullptr;
}

static const sockaddr_in6* AsIpv6(const Address& address) {
  return address.storage.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&address.storage) : nullptr;
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
    }
  }
  return text;
}

uint16_t Address::Port() const {
  if (const sockaddr_in* ipv4 = AsIpv4(*this)) return ntohs(ipv4->sin_port);
  if (const sockaddr_in6* ipv6 = AsIpv6(*this)) return ntohs(ipv6->sin6_port);
  return 0;
}

std::string Address::ToString() const {
  std::string host = Host();
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return host + ":" + std::to_string(Port());
}

std::optional<Address> ParseAddress(std::string_view host, uint16_t port) {
  std::string name(host);
  // inet_pton reads up to a NUL; what stands behind one must not be ignored.
  if (name.find('\0') != std::string::npos) return std::nullopt;
  if (name.empty()) name = "0.0.0.0";
  if (name == "localhost") name = "127.0.0.1";
  Address address;
  auto* ipv4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  if (inet_pton(AF_INET, name.c_str(), &ipv4->sin_addr) == 1) {
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(port);
    address.length = sizeof *ipv4;
    return address;
  }
  auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET6, name.c_str(), &ipv6->sin6_addr) == 1) {
    ipv6->sin6_family = AF_INET6;
    ipv6->sin6_port = htons(port);
    address.length = sizeof *ipv6;
    return address;
  }
  return std::nullopt;
}

base::Result<fd::OwnedFd> Listen(const Address& address, int backlog) {
  fd::OwnedFd listener(socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listener.valid()) return base::ErrnoError("socket", address.ToString());
  int on = 1;
  // Programs follow one another on one port: TIME_WAIT of the one before must not stop the next.
  if (setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
    return base::ErrnoError("setsockopt", address.ToString());
  }
  if (setsockopt(listener.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
    return base::ErrnoError("setsockopt", address.ToString());
  }
  // One name for both steps: a user asked to listen, and a taken port may show in either.
  if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) != 0 ||
      listen(listener.get(), backlog) != 0) {
    return base::ErrnoError("listen", address.ToString());
  }
  return listener;
}

fd::OwnedFd Accept(int listener) {
  return fd::OwnedFd(accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
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
