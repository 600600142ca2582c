#include "host_lookup.h"

#include <sys/socket.h>

#include <memory>
#include <unordered_map>
#include <utility>

#include "base.h"
#include "dns_message.h"
#include "loop.h"

namespace node::host_lookup {

using resolver::Code;

// How long the second family may take behind the first one's addresses: the Resolution Delay of RFC 8305, 3.
static constexpr double kResolutionDelayMs = 50;

// One family of a lookup.
struct Half {
  int family = 0;
  resolver::Ticket ticket = 0;  // 0: answered, or not asked
  bool answered = false;
  Code code = Code::kSuccess;
  uint32_t candidate = 0;
  std::string message;
  std::vector<stream::Address> addresses;
};

struct Request : resolver::Client {
  ~Request() override { delay.Stop(); }
  void OnReply(resolver::Ticket answered, const resolver::Reply& reply) override;

  Ticket ticket = 0;
  resolver::Resolver* resolver = nullptr;
  Waiter* waiter = nullptr;
  Options options;
  uint16_t port = 0;
  Half halves[2];  // in the order of the addresses
  struct Delay : loop::Timer {
    Request* request = nullptr;
  } delay;
};

static std::unordered_map<Ticket, std::unique_ptr<Request>>& Requests() {
  static auto* requests = new std::unordered_map<Ticket, std::unique_ptr<Request>>;
  return *requests;
}

static Ticket last_ticket = 0;

const char* NameOf(Code code) {
  switch (code) {
    case Code::kSuccess:
      return "SUCCESS";
    case Code::kTempFail:
      return "TEMPFAIL";
    case Code::kProtocol:
      return "PROTOCOL";
    case Code::kNameError:
      return "NXDOMAIN";
    case Code::kNoData:
      return "NODATA";
    case Code::kNoMemory:
      return "NOMEM";
    case Code::kBadQuery:
      return "BADQUERY";
  }
  CHECK(!"a code of the resolver");
}

base::Error Outcome::ToError(std::string_view host) const {
  base::Error error{"lookup", 0, std::string(host) + ": " + message};
  error.name = NameOf(code);
  return error;
}

static void TakeReply(Half* half, const resolver::Reply& reply, uint16_t port) {
  half->answered = true;
  half->ticket = 0;
  half->code = reply.code;
  half->candidate = reply.candidate;
  half->message = reply.message;
  if (reply.code != Code::kSuccess) return;
  for (size_t i = 0; i < reply.answer->records.size(); ++i) {
    half->addresses.push_back(stream::MakeAddress(reply.answer->Data(i), port));
  }
}

// The worse of two failures is the one to tell: what may be better soon before what is for good.
static const Half& WorthTelling(const Half& a, const Half& b) {
  auto rank = [](Code code) {
    switch (code) {
      case Code::kTempFail:
        return 0;
      case Code::kProtocol:
        return 1;
      case Code::kNoMemory:
        return 2;
      case Code::kNoData:
        return 3;
      default:
        return 4;
    }
  };
  return rank(b.code) < rank(a.code) ? b : a;
}

static Outcome Join(Half* halves) {
  Half& first = halves[0];
  Half& second = halves[1];
  Outcome outcome;
  bool both = !first.addresses.empty() && !second.addresses.empty();
  // With a search list the families may have been found under two names: the one that comes first there counts.
  bool use_first = !both || first.candidate <= second.candidate;
  bool use_second = !both || second.candidate <= first.candidate;
  if (use_first) outcome.addresses = std::move(first.addresses);
  if (use_second) {
    outcome.addresses.insert(outcome.addresses.end(), second.addresses.begin(), second.addresses.end());
  }
  if (!outcome.addresses.empty()) return outcome;
  const Half& failure = second.family == 0 || !second.answered ? first : WorthTelling(first, second);
  outcome.code = failure.code;
  outcome.message = failure.message;
  return outcome;
}

static bool Complete(const Request& request) {
  for (const Half& half : request.halves) {
    if (half.family != 0 && !half.answered) return false;
  }
  return true;
}

// Tells the waiter, with what there is. The request is gone.
static void Finish(Request* request) {
  for (Half& half : request->halves) {
    if (half.ticket != 0) request->resolver->Cancel(std::exchange(half.ticket, 0));
  }
  Outcome outcome = Join(request->halves);
  Waiter* waiter = request->waiter;
  Ticket ticket = request->ticket;
  Requests().erase(ticket);
  waiter->OnLookup(ticket, std::move(outcome));
}

void Request::OnReply(resolver::Ticket answered, const resolver::Reply& reply) {
  for (Half& half : halves) {
    if (half.ticket == answered) TakeReply(&half, reply, port);
  }
  if (Complete(*this)) return Finish(this);
  bool has_some = !halves[0].addresses.empty() || !halves[1].addresses.empty();
  if (has_some && !options.patient && !delay.started()) delay.Start(kResolutionDelayMs);
}

// What needs no server: literals, localhost, /etc/hosts.
static std::vector<stream::Address> FindHere(std::string_view host, uint16_t port, const Options& options) {
  if (host.size() > 1 && host.back() == '.') host.remove_suffix(1);
  if (host.empty()) return {};
  std::vector<stream::Address> found = stream::FindHost(host, port);
  std::vector<stream::Address> ordered;
  for (int family : {options.ipv6_first ? AF_INET6 : AF_INET, options.ipv6_first ? AF_INET : AF_INET6}) {
    if (options.family != 0 && options.family != family) continue;
    for (const stream::Address& address : found) {
      if (address.storage.ss_family == family) ordered.push_back(address);
    }
  }
  return ordered;
}

std::optional<Outcome> Lookup(resolver::Resolver* resolver, Waiter* waiter, std::string_view host, uint16_t port,
                              const Options& options, Ticket* ticket) {
  *ticket = 0;
  Outcome here;
  here.addresses = FindHere(host, port, options);
  if (!here.addresses.empty()) return here;
  // A literal of the other family: no server knows more.
  if (stream::ParseAddress(host, port) && !host.empty()) {
    here.code = Code::kNoData;
    here.message = std::string(host) + " is an address of the other family";
    return here;
  }
  auto request = std::make_unique<Request>();
  request->resolver = resolver;
  request->waiter = waiter;
  request->options = options;
  request->port = port;
  int families[2] = {AF_INET, AF_INET6};
  if (options.ipv6_first) std::swap(families[0], families[1]);
  for (int i = 0; i < 2; ++i) {
    if (options.family != 0 && options.family != families[i]) continue;
    // One family alone stands in the first half.
    Half& half = request->halves[options.family != 0 ? 0 : i];
    half.family = families[i];
    auto type = families[i] == AF_INET ? dns_message::Type::kA : dns_message::Type::kAaaa;
    std::optional<resolver::Reply> reply = resolver->Resolve(request.get(), host, type, /*search=*/true, &half.ticket);
    if (reply) TakeReply(&half, *reply, port);
  }
  if (Complete(*request)) return Join(request->halves);
  request->ticket = *ticket = ++last_ticket;
  request->delay.request = request.get();
  request->delay.Init([](loop::Timer* timer) { Finish(static_cast<Request::Delay*>(timer)->request); },
                      /*keeps_alive=*/false);
  bool has_some = !request->halves[0].addresses.empty() || !request->halves[1].addresses.empty();
  if (has_some && !options.patient) request->delay.Start(kResolutionDelayMs);
  Requests()[*ticket] = std::move(request);
  return std::nullopt;
}

void Cancel(Ticket ticket) {
  auto found = Requests().find(ticket);
  if (found == Requests().end()) return;
  std::unique_ptr<Request> request = std::move(found->second);
  Requests().erase(found);
  for (Half& half : request->halves) {
    if (half.ticket != 0) request->resolver->Cancel(std::exchange(half.ticket, 0));
  }
}

}  // namespace node::host_lookup
