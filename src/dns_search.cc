#include "dns_search.h"

#include <utility>

namespace node::dns_search {

bool IsAbsolute(std::string_view text) {
  if (!text.ends_with('.')) return false;
  text.remove_suffix(1);
  size_t backslashes = 0;
  while (text.ends_with('\\')) {
    ++backslashes;
    text.remove_suffix(1);
  }
  return backslashes % 2 == 0;
}

// The dots between the labels of a name.
static uint32_t CountDots(const dns_message::Name& name) {
  const std::string_view wire = name.wire();
  uint32_t labels = 0;
  for (size_t at = 0; wire[at] != 0; at += 1 + static_cast<uint8_t>(wire[at])) ++labels;
  return labels == 0 ? 0 : labels - 1;
}

Names::Names(const dns_message::Name& name, Domains domains, uint32_t ndots)
    : name_(name), domains_(std::move(domains)), name_first_(CountDots(name) >= ndots) {}

bool Names::Next(dns_message::Name* name) {
  while (next_ <= domains_->size()) {
    const size_t place = next_++;
    if (place == (name_first_ ? 0 : domains_->size())) {
      *name = name_;
      return true;
    }
    if (dns_message::Join(name_, (*domains_)[name_first_ ? place - 1 : place], name)) return true;
  }
  return false;
}

}  // namespace node::dns_search
