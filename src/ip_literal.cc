#include "ip_literal.h"

#include <arpa/inet.h>

#include <algorithm>

#include "bytes.h"

namespace node::ip_literal {

bool Split(std::string_view text, std::string* address, std::string* scope) {
  // inet_pton reads up to a NUL; what stands behind one must not be ignored.
  if (text.find('\0') != std::string_view::npos) return false;
  const size_t percent = text.find('%');
  *address = text.substr(0, percent);
  *scope = percent == std::string_view::npos ? "" : text.substr(percent + 1);
  in6_addr binary;
  if (percent == std::string_view::npos && inet_pton(AF_INET, address->c_str(), &binary) == 1) return true;
  if (inet_pton(AF_INET6, address->c_str(), &binary) != 1) return false;
  // The name of an interface, of at most 15 bytes, or its number.
  static constexpr size_t kMaxScope = 15;
  if (percent != std::string_view::npos && (scope->empty() || scope->size() > kMaxScope)) return false;
  return std::all_of(scope->begin(), scope->end(), [](char c) { return bytes::In(bytes::kVisible, c); });
}

}  // namespace node::ip_literal
