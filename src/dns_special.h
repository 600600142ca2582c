// Names that no server is asked for: RFC 6761 and RFC 7686.
#pragma once

#include "dns_message.h"

namespace node::dns_special {

// If the question, whose name is in lower case, is for such a name, fills `answer` and returns true:
//
//   localhost, *.localhost    127.0.0.1 and ::1, and no records of other types (RFC 6761, 6.3)
//   invalid, *.invalid        no such name (RFC 6761, 6.4)
//   onion, *.onion            no such name: who looks for it must not tell a server (RFC 7686, 2)
bool Answer(const dns_message::Question& question, dns_message::Answer* answer);

}  // namespace node::dns_special
