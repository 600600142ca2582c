#include "dns_special.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace node::dns_special {

using dns_message::Outcome;
using dns_message::Type;
using namespace std::string_view_literals;

// The last label with its length before it; empty for the root.
static std::string_view LastLabel(std::string_view wire) {
  size_t last = 0, at = 0;
  while (wire[at] != 0) {
    last = at;
    at += 1 + static_cast<uint8_t>(wire[at]);
  }
  return wire.substr(last, at - last);
}

bool Answer(const dns_message::Question& question, dns_message::Answer* answer) {
  const std::string_view last = LastLabel(question.name.wire());
  const bool loopback = last == "\x09localhost"sv;
  if (!loopback && last != "\x07invalid"sv && last != "\x05onion"sv) return false;
  *answer = dns_message::Answer();
  answer->canonical = question.name;
  answer->ttl = dns_message::kMaxTtl;
  if (!loopback) {
    answer->outcome = Outcome::kNameError;
    answer->rcode = dns_message::kNameError;
  } else if (question.type == Type::kA || question.type == Type::kAaaa) {
    answer->outcome = Outcome::kAnswer;
    answer->data = question.type == Type::kA ? "\x7f\0\0\x01"sv : "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"sv;
    answer->records = {{0, static_cast<uint32_t>(answer->data.size())}};
  } else {
    answer->outcome = Outcome::kNoData;
  }
  return true;
}

}  // namespace node::dns_special
