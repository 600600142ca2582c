// Our own version.
#pragma once

namespace node::version {

inline constexpr const char kVersion[] = "0.2.0";

}  // namespace node::version
