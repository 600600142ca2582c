// The addresses that /etc/hosts has for a name: hosts(5).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace node::hosts_file {

// The addresses, as written, of the lines of `text` that have `name` (without regard to the case of ASCII letters), in
// their order. What is no address is left to the caller to find out; broken lines have no names.
std::vector<std::string> Find(std::string_view text, std::string_view name);

}  // namespace node::hosts_file
