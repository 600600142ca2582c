// The names that a name may stand for: the search list of resolv.conf(5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "dns_message.h"

namespace node::dns_search {

using Domains = std::shared_ptr<const std::vector<dns_message::Name>>;

// Whether a text ends in a dot that is not part of a label: it is a name in full, and nothing is searched.
bool IsAbsolute(std::string_view text);

// One name and the domains that it is tried in. With `ndots` dots or more the name itself is tried first, otherwise
// last.
class Names {
 public:
  Names(const dns_message::Name& name, Domains domains, uint32_t ndots);

  // The next name to try; false when there is none. What would be over 255 bytes is left out: nobody can have it.
  bool Next(dns_message::Name* name);

  // The place of the last one among them, 0 for the first.
  size_t place() const { return next_ - 1; }

  size_t domain_count() const { return domains_->size(); }

 private:
  dns_message::Name name_;
  Domains domains_;
  size_t next_ = 0;  // of the domains and the name itself
  bool name_first_;
};

}  // namespace node::dns_search
