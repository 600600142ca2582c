// Names to records: the search list, the cache, aliases that a server leaves open, and one question for all who ask
// the same, over dns_transport.
//
// Knows no engine and no /etc/hosts: see host_lookup.h for what people expect of a host name. Three kinds of names are
// never asked for: those at or below "localhost" are 127.0.0.1 and ::1 and have no other records (RFC 6761, 6.3), and
// those at or below "invalid" and "onion" do not exist (RFC 6761, 6.4; RFC 7686, 2).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns_message.h"
#include "dns_transport.h"
#include "resolver_config.h"
#include "stream.h"

namespace node::resolver {

// Questions of one resolver that servers are asked at once; others wait for their turn, within their time. More would
// not be answered sooner, and an id has 65,536 values.
inline constexpr size_t kMaxAsked = 10000;
// Look-ups of one resolver that are not over; one more is refused with kNoMemory. Each takes some 300 bytes here.
inline constexpr size_t kMaxLookups = 1'000'000;
// Bytes of the cache for each entry that it may have: typical answers have 200, great ones leave room for fewer.
inline constexpr size_t kCacheBytesPerEntry = 1024;

// As scripts know them: node.dns.TEMPFAIL and its like.
enum class Code : int8_t {
  kSuccess = 0,
  kTempFail = -1,   // time-out, SERVFAIL, REFUSED
  kProtocol = -2,   // broken answers
  kNameError = -3,  // NXDOMAIN: there is no such name
  kNoData = -4,     // the name has no records of that type
  kNoMemory = -5,
  kBadQuery = -6,  // not a name
};

// What is set here overrides resolv.conf and the environment; what is not follows them, also when they change.
struct Options {
  std::optional<std::vector<stream::Address>> servers;
  // Domains; those that dns_message::ParseName does not take are left out.
  std::optional<std::vector<std::string>> search;
  std::optional<uint32_t> ndots, timeout_ms, attempts, total_ms;
  std::optional<bool> rotate, use_tcp, mix_case;
  std::optional<uint16_t> udp_size;
  uint32_t cache_entries = 10000;  // 0: no cache
};

struct Reply {
  Code code = Code::kTempFail;
  // Of a failure, one line of English: "no such name: x.example (NXDOMAIN)".
  std::string message;
  // Of success: the records, and the canonical name. Lasts for the call.
  const dns_message::Answer* answer = nullptr;
  // Of success: seconds that are left.
  uint32_t ttl = 0;
  // Which name of those that the search list gives has answered: 0 for the first.
  uint32_t candidate = 0;
};

using Ticket = uint64_t;  // 0: none; never used twice, and below 2^53

// Called from the loop, never from inside Resolve(); may call anything here.
class Client {
 public:
  virtual ~Client() = default;
  virtual void OnReply(Ticket ticket, const Reply& reply) = 0;
};

// What asks the servers, as dns_transport::Transport does.
class Asker {
 public:
  virtual ~Asker() = default;
  virtual void Configure(dns_transport::Settings settings) = 0;
  virtual dns_transport::Ticket Ask(const dns_message::Question& question) = 0;
  virtual void Cancel(dns_transport::Ticket ticket) = 0;
};

// What a test puts in the place of the system.
struct Surroundings {
  std::function<std::unique_ptr<Asker>(dns_transport::Handler*, dns_transport::Settings)> make_asker;
  resolver_config::Follower* follower = nullptr;
  double (*now_ms)() = nullptr;
};

class Resolver {
 public:
  explicit Resolver(Options options, Surroundings surroundings = {});
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  // Cancels what is under way; not from inside OnReply of its own.
  ~Resolver();

  // Looks `name` up. A reply that is known now (cached, BADQUERY) is returned, and its `answer` lasts until the next
  // call of the resolver; otherwise std::nullopt, with the ticket of which OnReply() will tell, once, unless cancelled.
  // The loop stays alive until then.
  //
  // `search`: whether the search list is used, as resolv.conf(5) says: for names with fewer dots than ndots before the
  // name itself, otherwise behind it; never for names that end in a dot. Of several failures the worst to overlook
  // counts: kNoData (the name is there), then kTempFail (it may be there), then kNameError. A server that refuses or
  // fails does not end the search; silence and nonsense do.
  //
  // A name with a byte that is not ASCII is a kBadQuery: there is no IDNA here, the xn-- form is asked for as it is.
  std::optional<Reply> Resolve(Client* client, std::string_view name, dns_message::Type type, bool search,
                               Ticket* ticket);
  // The same for a name that is given in full.
  std::optional<Reply> Resolve(Client* client, const dns_message::Question& question, Ticket* ticket);
  // Forgets it; harmless when it is over.
  void Cancel(Ticket ticket);

  // In force now.
  std::vector<stream::Address> servers();
  // Nullopt: those of the system again. At least one. What was learnt from others is forgotten; questions under way
  // stay with the servers that they have begun with.
  void SetServers(std::optional<std::vector<stream::Address>> servers);

  // Forgets all answers; questions under way go on, and theirs are kept.
  void ClearCache();
  // Answers that are kept.
  size_t cache_size() const;
  // Look-ups that are not over.
  size_t pending() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The one that host_lookup and the functions of node.dns use.
Resolver& Default();

}  // namespace node::resolver
