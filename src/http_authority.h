// Hosts and request targets: whom and what a request means (RFC 9112, 3.2; RFC 3986, 3.2).
#pragma once

#include <string_view>

namespace node::http_authority {

// uri-host [ ":" port ], as in the Host field. Empty is right: a target may have no authority (RFC 9110, 7.2).
bool IsHost(std::string_view text);

// Whether `target`, not empty, has one of the four forms, and the one that `method` may have. The bytes are checked
// already. Returns nullptr, or what is wrong.
const char* TargetFault(std::string_view method, std::string_view target);

}  // namespace node::http_authority
