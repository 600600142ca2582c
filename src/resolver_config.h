// Which servers are asked, how, and behind which domains: resolv.conf and the environment, followed as they change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns_message.h"
#include "dns_transport.h"
#include "resolv_conf.h"
#include "stream.h"
#include "system_files.h"

namespace node::resolver_config {

// For a question, in all, when resolv.conf says nothing of times; and the most when what it says adds up to more.
inline constexpr uint32_t kTotalMs = 15000;
inline constexpr uint32_t kMaxTotalMs = 60000;

// What the environment says, nullptr where it says nothing, and the name of the host.
struct Environment {
  const char* nameservers = nullptr;   // NAMESERVERS; without it NSCACHEIP
  const char* local_domain = nullptr;  // LOCALDOMAIN
  const char* options = nullptr;       // RES_OPTIONS
  std::string host_name;               // gethostname(2)
};
// That of the process; empty for a set-user-ID program (secure_getenv(3)).
Environment OfProcess();

struct Config {
  uint64_t generation = 0;  // another one for each change
  dns_transport::Settings transport;
  std::vector<dns_message::Name> search;
  uint32_t ndots = 1;
};

class Follower {
 public:
  // `file` outlives it, and is nobody else's.
  Follower(system_files::File* file, Environment environment) : file_(file), environment_(std::move(environment)) {}
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // As it is now: looks at the file as File::Refresh() does. What it skips is told under NODE_DEBUG=dns.
  const Config& Get(double now_ms);

 private:
  system_files::File* file_;
  Environment environment_;
  resolv_conf::Config text_;  // what config_ was made of
  Config config_;
};

// That of /etc/resolv.conf, for all resolvers of the process.
Follower& System();

// "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353", "fe80::1%eth0", "[fe80::1%2]:53". `port`: where
// none is given. std::nullopt for anything else, port 0, and a scope that is no interface's name or number.
std::optional<stream::Address> ParseServer(std::string_view text, uint16_t port = 53);

// How long a question may take in all, in milliseconds, when its times are not the usual ones: what these add up to for
// all servers, within kTotalMs and kMaxTotalMs.
uint32_t TotalMs(uint32_t timeout_ms, uint32_t attempts, size_t servers);

}  // namespace node::resolver_config
