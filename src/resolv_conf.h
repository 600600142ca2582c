// What /etc/resolv.conf and the environment say about DNS servers: resolv.conf(5).
//
// Pure. Nothing here is an error: a broken line is skipped, and whoever wants to know is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace node::resolv_conf {

inline constexpr size_t kMaxServers = 6;  // glibc takes 3; of more servers the last would hardly ever be asked
inline constexpr size_t kMaxSearch = 16;  // each may cost a question for a name that is not there

struct Config {
  // "192.0.2.1", "2001:db8::1", "fe80::1%eth0"; as written, and shown to be addresses. At most kMaxServers. None: the
  // caller takes 127.0.0.1.
  std::vector<std::string> servers;
  uint16_t port = 53;  // of all servers
  // Domains that dns_message::ParseName takes, at most kMaxSearch. When none were given at all, search_given is false
  // and the caller takes that of the host's name.
  std::vector<std::string> search;
  bool search_given = false;
  uint32_t ndots = 1;     // 0..15
  uint32_t timeout = 2;   // seconds, 1..30
  uint32_t attempts = 3;  // 1..5
  bool rotate = false;
  bool use_tcp = false;      // use-vc
  uint16_t udp_size = 1232;  // 512..65535, or 0: no EDNS
  // Whether timeout or attempts were given.
  bool times_given = false;

  bool operator==(const Config& other) const = default;
};

// Called for each line, word or option that is skipped: "line 3: nameserver: not an address: \"1.2.3\"". One line of
// printable ASCII.
using Warn = std::function<void(const std::string& message)>;

// Reads the text of a file. Keywords: nameserver, search, domain (the last of these two counts), options; sortlist is
// skipped. Options: ndots:N, timeout:N and attempts:N, cut to what they may be; rotate, use-vc; edns0, trust-ad and the
// others of resolv.conf(5) change nothing; beyond it retrans:N and retry:N, the same as timeout and attempts, port:N
// and udpbuf:N (0 for no EDNS). Comments are lines, or ends of lines behind a blank, that begin with '#' or ';'.
Config Parse(std::string_view text, const Warn& warn);

// Puts the environment over it. nullptr: not set.
//   nameservers    of NAMESERVERS or NSCACHEIP: addresses between blanks or commas; none of them good: as not set
//   local_domain   of LOCALDOMAIN: the search list, between blanks; empty: no search
//   options        of RES_OPTIONS: as above, between blanks
void Override(const char* nameservers, const char* local_domain, const char* options, const Warn& warn, Config* config);

}  // namespace node::resolv_conf
