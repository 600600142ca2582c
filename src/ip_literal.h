// Addresses of IPv4 and IPv6 as text, with the scope that link-local ones have (RFC 4007, 11).
#pragma once

#include <string>
#include <string_view>

namespace node::ip_literal {

// Splits "fe80::1%eth0" at the '%'; an empty scope for an address without. False when `text` is no address.
bool Split(std::string_view text, std::string* address, std::string* scope);

}  // namespace node::ip_literal
