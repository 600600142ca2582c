// The addresses of a host, for a connection that is to be made.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "connect_attempt.h"

namespace node::host_source {

// Looks `host` up when the attempt begins: see host_lookup.h.
std::unique_ptr<connect_attempt::Source> Make(std::string host, uint16_t port);

}  // namespace node::host_source
