// What people expect of a host name: literals, localhost, /etc/hosts, then DNS for both families.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver.h"
#include "stream.h"

namespace node::host_lookup {

struct Options {
  int family = 0;  // AF_INET or AF_INET6: only that; 0: both
  bool ipv6_first = false;
  // Whether the slower of two families is waited for as long as it takes; otherwise for 50 ms behind the first one's
  // addresses (RFC 8305, 3).
  bool patient = true;
};

struct Outcome {
  // All of one family, then those of the other, with the port that was asked for. Empty when it has failed.
  std::vector<stream::Address> addresses;
  resolver::Code code = resolver::Code::kSuccess;
  // Of a failure, as of resolver::Reply.
  std::string message;

  // The failure as an Error: "lookup NXDOMAIN nosuch.example: ...".
  base::Error ToError(std::string_view host) const;
};

using Ticket = uint64_t;  // 0: none

// Called from the loop, never from inside Lookup(); may call anything here.
class Waiter {
 public:
  virtual ~Waiter() = default;
  virtual void OnLookup(Ticket ticket, Outcome outcome) = 0;
};

// The addresses of `host`, with `port`. What is known now is returned; otherwise std::nullopt, with the ticket of which
// OnLookup() will tell once, unless cancelled.
std::optional<Outcome> Lookup(resolver::Resolver* resolver, Waiter* waiter, std::string_view host, uint16_t port,
                              const Options& options, Ticket* ticket);
// Harmless when it is over.
void Cancel(Ticket ticket);

// "NXDOMAIN" and its like.
const char* NameOf(resolver::Code code);

}  // namespace node::host_lookup
