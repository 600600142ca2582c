#include "http_authority.h"

#include <cstddef>
#include <cstdint>

#include "bytes.h"

namespace node::http_authority {

// unreserved and sub-delims without the comma: RFC 3986 lets a name have one, but no host has, and "a,b" is what a
// forwarder makes of two Host fields.
static constexpr bytes::ByteSet kNameSet = bytes::MakeSet("-._~!$&'()*+;=", true);

static bool IsPort(std::string_view text) {
  uint64_t port = 0;
  // *DIGIT: "host:" is right, and means the scheme's own port.
  return text.empty() || (text.size() <= 5 && bytes::ParseDecimal(text, 65535, &port));
}

// The length of the registered name that `text` begins with; more than there is when an escape in it is broken.
static size_t NameLength(std::string_view text) {
  size_t at = 0;
  for (;;) {
    while (at < text.size() && bytes::In(kNameSet, text[at])) ++at;
    if (at == text.size() || text[at] != '%') return at;
    if (text.size() - at < 3 || bytes::HexValue(text[at + 1]) < 0 || bytes::HexValue(text[at + 2]) < 0) {
      return text.size() + 1;
    }
    at += 3;
  }
}

static bool IsIpv4(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    const size_t dot = part < 3 ? text.find('.') : text.size();
    uint64_t value = 0;
    if (dot > 3 || (dot > 1 && text[0] == '0')) return false;  // npos is more than 3
    if (!bytes::ParseDecimal(text.substr(0, dot), 255, &value)) return false;
    text.remove_prefix(part < 3 ? dot + 1 : dot);
  }
  return true;
}

// Eight groups of up to four hexadecimal digits; "::" once, for one or more of them; the last two may be an IPv4
// address. No zone: it means nothing outside of its sender.
static bool IsIpv6(std::string_view text) {
  int groups = 0;
  bool gap = false;
  if (text.starts_with("::")) {
    gap = true;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    const size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    if (colon == std::string_view::npos && group.find('.') != std::string_view::npos) {
      if (!IsIpv4(group)) return false;
      groups += 2;
      break;
    }
    if (group.empty() || group.size() > 4) return false;
    for (char c : group) {
      if (bytes::HexValue(c) < 0) return false;
    }
    ++groups;
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
    if (text.starts_with(':')) {
      if (gap) return false;
      gap = true;
      text.remove_prefix(1);
    } else if (text.empty()) {
      return false;
    }
  }
  return gap ? groups < 8 : groups == 8;
}

// "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
static bool IsIpFuture(std::string_view text) {
  if (text.empty() || bytes::ToLower(text[0]) != 'v') return false;
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot < 2 || dot + 1 == text.size()) return false;
  for (char c : text.substr(1, dot - 1)) {
    if (bytes::HexValue(c) < 0) return false;
  }
  for (char c : text.substr(dot + 1)) {
    if (c != ':' && !bytes::In(kNameSet, c)) return false;
  }
  return true;
}

bool IsHost(std::string_view text) {
  if (text.starts_with('[')) {
    const size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return false;
    const std::string_view address = text.substr(1, bracket - 1);
    if (!IsIpv6(address) && !IsIpFuture(address)) return false;
    text.remove_prefix(bracket + 1);
    return text.empty() || (text[0] == ':' && IsPort(text.substr(1)));
  }
  const size_t length = NameLength(text);
  if (length >= text.size()) return length == text.size();
  // A port without a host is no authority.
  return length > 0 && text[length] == ':' && IsPort(text.substr(length + 1));
}

// absolute-form: scheme "://" [ userinfo "@" ] host [ ":" port ] and whatever follows. Schemes without an authority
// are not for a server of HTTP, and without "//" they could not be told from "host:port".
static const char* AbsoluteFault(std::string_view target) {
  const size_t colon = target.find("://");
  if (colon == std::string_view::npos || !bytes::IsAlpha(target[0])) return "request target of no known form";
  for (char c : target.substr(0, colon)) {
    if (!bytes::IsAlpha(c) && !bytes::IsDigit(c) && c != '+' && c != '-' && c != '.') return "bad scheme in the target";
  }
  std::string_view authority = target.substr(colon + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  const size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    for (char c : authority.substr(0, at)) {
      // Else "http://a@b@c/" has two hosts, by who reads it.
      if (c != ':' && c != '%' && !bytes::In(kNameSet, c)) return "bad user in the target";
    }
    authority.remove_prefix(at + 1);
  }
  if (authority.empty() || !IsHost(authority)) return "bad host in the target";
  return nullptr;
}

const char* TargetFault(std::string_view method, std::string_view target) {
  // Methods know upper and lower case (RFC 9110, 9.1).
  if (method == "CONNECT") {
    const size_t colon = target.rfind(':');
    const bool right = colon != std::string_view::npos && colon + 1 < target.size() && IsHost(target);
    // A colon inside of brackets is none before a port.
    return right && target.back() != ']' ? nullptr : "CONNECT needs host:port";
  }
  if (target[0] == '/') return nullptr;
  if (target == "*") return method == "OPTIONS" ? nullptr : "target * without OPTIONS";
  return AbsoluteFault(target);
}

}  // namespace node::http_authority
