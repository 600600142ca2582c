#include "dns_transport.h"

#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <utility>

#include "base.h"
#include "deadlines.h"
#include "debug_log.h"
#include "dns_flights.h"
#include "dns_tcp.h"
#include "dns_udp.h"
#include "entropy.h"
#include "loop.h"

// The life of a question:
//
//           Flush()             truncated, letters changed, flood
//   Ask --> kQueued --> kUdp ------------------------------------> kTcp
//              ^         |  |                                     |  |
//              |         |  +-------- an answer: OnAnswer <-------+  |
//              |         |                                           |
//              +---------+---- no answer in time, a failure ---------+----> OnFailure, when that was the last server
//           next server, or the next round
//
// A server that has said that it will not answer (SERVFAIL, REFUSED, nonsense, a refused connection) is not asked
// again; one that is silent is, in the next round, which waits twice as long.
//
// Handlers are called last, when the question is forgotten already: they may do anything.
namespace node::dns_transport {

using dns_flights::Flight;
using dns_message::Outcome;

// A failure is noticed up to two of these late.
static constexpr double kTickMs = 20;
// Queries that leave in a burst, as a server's receive buffer may hold no more than some 270. Each answer lets one more
// go, and each tick of the kernel's (1 to 4 ms) so many, answers or not.
static constexpr uint32_t kBurst = 128;
// How long something that was learnt about a server is believed.
static constexpr double kBelievedMs = 5 * 60 * 1000;
// So many questions in a row without an answer, and the server is asked last for a while, but for one question then.
static constexpr uint32_t kSilences = 3;
static constexpr double kSkippedMs = 10000;
// More servers than these are not asked: a question has a bit for each.
static constexpr size_t kMostServers = 32;
// BADVERS (RFC 6891, 6.1.3).
static constexpr uint16_t kBadVersion = 16;

// What is known of one server, for all that ask it.
struct Server {
  Server(dns_flights::Owner* owner, const stream::Address& at) : address(at), udp(owner, at), tcp(owner, at) {}

  stream::Address address;
  dns_udp::Pool udp;
  dns_tcp::Channel tcp;
  double without_edns_until = 0;  // it cannot deal with EDNS
  double same_case_until = 0;     // it does not repeat the letters' case
  double skipped_until = 0;
  uint32_t silences = 0;
};

// What a question goes by from its beginning to its end.
struct Plan {
  Settings settings;
  std::vector<std::shared_ptr<Server>> servers;
  uint32_t users = 1;  // questions, and the transport whose plan it is
  uint32_t next = 0;   // where to begin, with `rotate`
};

struct Transport::State {
  Handler* handler;
  Plan* plan;
  size_t in_flight = 0;
};

enum class Phase : uint8_t { kQueued, kUdp, kTcp };

// Why a question is asked over TCP.
enum class TcpCause : uint8_t { kNone, kTruncated, kLetters, kFlood };

// What was wrong with a server; all text is static.
struct Complaint {
  Failure failure = Failure::kTimeout;
  uint8_t server = 0;
  const char* syscall = nullptr;  // with `number` as errno
  const char* text = nullptr;
  uint16_t rcode = 0;
  TcpCause cause = TcpCause::kNone;
  int number = 0;
};

struct Query : timer_wheel::Entry, Flight {
  slots::Id id = 0;
  bool open = false;
  Phase phase = Phase::kQueued;
  Ticket ticket = 0;
  Transport::State* transport = nullptr;
  Plan* plan = nullptr;
  double asked_ms = 0;
  uint32_t round = 0;
  uint32_t step = 0;    // in the round: servers that were asked before
  uint32_t first = 0;   // the server that is asked first
  uint32_t failed = 0;  // bits of servers that are not asked again
  uint32_t silent = 0;  // bits of servers that did not answer
  bool apart = false;   // it has shared a connection on which nothing came, and does not do so again
  // Of the server that is being asked:
  bool refuses_edns = false;
  bool reconnected = false;
  TcpCause cause = TcpCause::kNone;
  // Of the query as it was sent:
  bool with_edns = false;
  bool mixed = false;
  Complaint complaint;
  dns_message::Question question;
  dns_message::Question as_sent;  // its letters mixed
};

class Owner : public dns_flights::Owner {
 public:
  size_t Write(Flight* flight, char* out) override;
  bool OnMessage(Flight* flight, std::string_view message) override;
  void OnSent(Flight* flight) override;
  void OnLost(Flight* flight, const base::Error& error, bool again) override;
  void OnFlood(Flight* flight) override;
};

static slots::Table<Query> queries;
static uint64_t last_serial = 0;
// To be sent; forgotten ones among them. `sent` is where to go on.
static std::vector<Ticket> queue;
static size_t sent = 0;
static uint32_t credit = kBurst;
static double credited_ms = 0;
static bool flushing = false;

static Owner& TheOwner() {
  static auto* owner = new Owner;
  return *owner;
}

static void OnDeadline(timer_wheel::Entry* entry);
static deadlines::Deadlines& Deadlines() {
  static deadlines::Deadlines all(OnDeadline, Flush, kTickMs);
  return all;
}

// --- Plans ---

// One server has one record, whoever asks it.
static std::shared_ptr<Server> ServerAt(const stream::Address& address) {
  static auto* known = new std::vector<std::weak_ptr<Server>>;
  std::erase_if(*known, [](const std::weak_ptr<Server>& server) { return server.expired(); });
  for (const std::weak_ptr<Server>& candidate : *known) {
    std::shared_ptr<Server> server = candidate.lock();
    if (server->address.length == address.length &&
        std::memcmp(&server->address.storage, &address.storage, address.length) == 0) {
      return server;
    }
  }
  auto server = std::make_shared<Server>(&TheOwner(), address);
  known->push_back(server);
  return server;
}

static Plan* NewPlan(Settings settings) {
  CHECK(!settings.servers.empty());
  Plan* plan = new Plan;
  plan->settings = std::move(settings);
  for (const stream::Address& address : plan->settings.servers) {
    if (plan->servers.size() < kMostServers) plan->servers.push_back(ServerAt(address));
  }
  return plan;
}

static void Drop(Plan* plan) {
  if (--plan->users == 0) delete plan;
}

// The server to begin with: not one that has been silent lately, if there is another.
static uint32_t FirstServer(Plan* plan, double now) {
  uint32_t count = static_cast<uint32_t>(plan->servers.size());
  uint32_t begin = plan->settings.rotate ? plan->next++ % count : 0;
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t index = (begin + i) % count;
    Server* server = plan->servers[index].get();
    if (now < server->skipped_until) continue;
    // Its time is over; but one question is enough to see whether it answers again.
    if (server->silences >= kSilences) server->skipped_until = now + kSkippedMs;
    return index;
  }
  return begin;
}

// --- Records ---

static uint32_t IndexOf(const Query* query) {
  return (query->first + query->step) % static_cast<uint32_t>(query->plan->servers.size());
}

static Server* ServerOf(const Query* query) { return query->plan->servers[IndexOf(query)].get(); }

static Query* Find(Ticket ticket) {
  size_t place = ticket & slots::kPlaceMask;
  Query* query = place < queries.size() ? queries.at(place) : nullptr;
  return query != nullptr && query->open && query->ticket == ticket ? query : nullptr;
}

// Gives back the memory of a crowd that has left, from a turn of its own: nobody is at work on a record then.
static void TrimLater() {
  static constexpr double kDelayMs = 2000;
  static loop::Timer* timer = nullptr;
  if (!queries.Crowded() || (timer != nullptr && timer->started())) return;
  if (timer == nullptr) {
    timer = new loop::Timer;
    timer->Init(
        [](loop::Timer*) {
          queries.Trim([](const Query&) {});
          if (queue.empty()) std::vector<Ticket>().swap(queue);
          malloc_trim(0);
        },
        /*keeps_alive=*/false);
  }
  timer->Start(kDelayMs);
}

// Off the wire and the wheel.
static void Recall(Query* query, bool in_vain) {
  Deadlines().Remove(query);
  if (query->phase == Phase::kUdp && query->among != nullptr) dns_udp::Cancel(query, in_vain);
  if (query->phase == Phase::kTcp) ServerOf(query)->tcp.Cancel(query, in_vain);
}

static void Forget(Query* query) {
  Recall(query, /*in_vain=*/false);
  Plan* plan = query->plan;
  --query->transport->in_flight;
  query->transport = nullptr;
  queries.GiveBack(query);
  TrimLater();
  loop::KeepAlive(-1);
  Drop(plan);  // with it, perhaps, servers, their sockets, and who called us
}

// --- The end ---

static std::string Duration(double ms) {
  double rounded = std::max(1.0, std::round(ms));
  if (rounded < 1000) return std::to_string(static_cast<int>(rounded)) + " ms";
  char text[32];
  std::snprintf(text, sizeof text, "%.3g s", rounded / 1000);
  return text;
}

static std::string RcodeName(uint16_t rcode) {
  static constexpr const char* kNames[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};
  return rcode < std::size(kNames) ? kNames[rcode] : "rcode " + std::to_string(rcode);
}

static constexpr const char* kTcpCauses[] = {
    "",
    "; the answer over UDP was truncated",
    "; the answer over UDP had the name in other letters than the question",
    "; over UDP there were too many answers that did not match",
};

// What a server has done, other than being silent.
static std::string Fault(const Complaint& complaint) {
  std::string text;
  if (complaint.syscall != nullptr) {
    text = base::Error{complaint.syscall, complaint.number, ""}.Message();
  } else if (complaint.text != nullptr) {
    text = std::string(complaint.failure == Failure::kProtocol ? "broken answer: " : "") + complaint.text;
  } else {
    text = RcodeName(complaint.rcode);
  }
  return text + kTcpCauses[static_cast<size_t>(complaint.cause)];
}

static std::string Message(const Query* query, double now) {
  const Complaint& complaint = query->complaint;
  std::string text = query->plan->servers[complaint.server]->address.ToString();
  if (complaint.failure == Failure::kTimeout) {
    size_t others = query->plan->servers.size() - 1;
    if (others > 0) text += " and " + std::to_string(others) + (others == 1 ? " other" : " others");
    return text + ": no answer in " + Duration(now - query->asked_ms);
  }
  return text + ": " + Fault(complaint);
}

// Of the server whose turn it is, for NODE_DEBUG=dns.
static void Log(const Query* query, const std::string& what) {
  debug_log::Write(debug_log::Section::kDns,
                   query->question.name.ToText() + ": " + ServerOf(query)->address.ToString() + ": " + what);
}

static void Fail(Query* query) {
  std::string message = Message(query, loop::CoarseNowMs());
  Handler* handler = query->transport->handler;
  Ticket ticket = query->ticket;
  Failure failure = query->complaint.failure;
  Forget(query);
  handler->OnFailure(ticket, failure, message);
}

// Keeps the complaint that says most: nonsense before refusals, refusals before silence.
static void Complain(Query* query, Complaint complaint) {
  complaint.server = static_cast<uint8_t>(IndexOf(query));
  complaint.cause = query->cause;
  if (debug_log::On(debug_log::Section::kDns)) {
    Log(query, complaint.failure == Failure::kTimeout ? "no answer, try " + std::to_string(query->round + 1)
                                                      : Fault(complaint));
  }
  if (complaint.failure >= query->complaint.failure) query->complaint = complaint;
}

// --- Asking ---

// The next server, or the next round; false when there is none.
static bool Advance(Query* query) {
  query->refuses_edns = query->reconnected = false;
  query->cause = TcpCause::kNone;
  uint32_t count = static_cast<uint32_t>(query->plan->servers.size());
  for (uint32_t i = 0; i < count; ++i) {
    if (++query->step == count) {
      query->step = 0;
      if (++query->round >= query->plan->settings.attempts) return false;
    }
    if ((query->failed >> IndexOf(query) & 1) == 0) return true;
  }
  return false;
}

static void SetDeadline(Query* query, double now) {
  const Settings& settings = query->plan->settings;
  double jitter = 0.9 + 0.2 * entropy::Bits16() / 65536;
  double patience = static_cast<double>(uint64_t{settings.timeout_ms} << std::min(query->round, 30u)) * jitter;
  double left = query->asked_ms + settings.total_ms - now;
  // The server's time begins when it is asked.
  if (query->waits) patience = left;
  Deadlines().Set(query, static_cast<uint32_t>(std::ceil(std::clamp(patience, 0.0, std::max(0.0, left)) / kTickMs)));
}

// Sends the question to the server whose turn it is, or to the next one that can be asked at all.
static void Start(Query* query, double now) {
  const Settings& settings = query->plan->settings;
  for (;;) {
    Server* server = ServerOf(query);
    bool last_try = query->round > 0 && query->round + 1 >= settings.attempts;
    // Some firewalls and servers drop what has EDNS.
    bool ignores_edns = last_try && (query->silent >> IndexOf(query) & 1) != 0;
    query->phase = settings.use_tcp || query->cause != TcpCause::kNone ? Phase::kTcp : Phase::kUdp;
    query->with_edns = settings.udp_size > 0 && !query->refuses_edns && !ignores_edns &&
                       now >= server->without_edns_until && query->phase == Phase::kUdp;
    query->mixed = settings.mix_case && now >= server->same_case_until;
    base::Result<base::Done> started = query->phase == Phase::kUdp
                                           ? server->udp.Start(query, now)
                                           : server->tcp.Start(query, /*alone=*/query->reconnected || query->apart);
    if (started.ok()) return SetDeadline(query, now);
    Complaint complaint{.failure = Failure::kServer, .syscall = started.error().syscall};
    complaint.number = started.error().code;
    Complain(query, complaint);
    query->failed |= 1u << IndexOf(query);
    if (!Advance(query)) return Fail(query);
  }
}

static void Enqueue(Query* query) {
  query->phase = Phase::kQueued;
  queue.push_back(query->ticket);
}

static void TryNext(Query* query) {
  bool over = loop::CoarseNowMs() - query->asked_ms >= query->plan->settings.total_ms;
  if (over || !Advance(query)) return Fail(query);
  Enqueue(query);
}

// The server has failed, and not by silence: it is not asked again.
static void TryOthers(Query* query, const Complaint& complaint) {
  Complain(query, complaint);
  // A flood is somebody else's doing.
  if (query->cause != TcpCause::kFlood) query->failed |= 1u << IndexOf(query);
  TryNext(query);
}

static void UseTcp(Query* query, TcpCause cause) {
  if (debug_log::On(debug_log::Section::kDns)) {
    Log(query, std::string("asked over TCP") + kTcpCauses[static_cast<size_t>(cause)]);
  }
  query->cause = cause;
  Start(query, loop::CoarseNowMs());
}

static void OnDeadline(timer_wheel::Entry* entry) {
  Query* query = static_cast<Query*>(entry);
  bool asked = !query->waits;
  if (query->phase == Phase::kTcp && dns_tcp::Channel::Shares(query)) query->apart = true;
  Recall(query, /*in_vain=*/true);
  double now = loop::CoarseNowMs();
  Server* server = ServerOf(query);
  if (asked && ++server->silences >= kSilences) server->skipped_until = now + kSkippedMs;
  query->silent |= 1u << IndexOf(query);
  Complain(query, Complaint());
  TryNext(query);
}

// --- What carriers tell ---

size_t Owner::Write(Flight* flight, char* out) {
  Query* query = static_cast<Query*>(flight);
  query->as_sent = query->question;
  if (query->mixed) {
    std::array<uint8_t, 32> random = {};
    entropy::Fill(random.data(), (query->question.name.wire().size() + 7) / 8);
    query->as_sent.name.MixCase(random);
  }
  uint16_t udp_size = query->with_edns ? query->plan->settings.udp_size : 0;
  return dns_message::WriteQuery(flight->message_id, query->as_sent, udp_size, out);
}

// What an answer tells of its server.
static void Learn(Query* query, bool same_case) {
  Server* server = ServerOf(query);
  bool gave_edns_up = query->phase == Phase::kUdp && !query->with_edns && query->plan->settings.udp_size > 0;
  bool for_this_question = query->refuses_edns || (query->silent >> IndexOf(query) & 1) != 0;
  if (gave_edns_up && for_this_question) server->without_edns_until = loop::CoarseNowMs() + kBelievedMs;
  // Only what came over TCP: nobody can forge that.
  if (!same_case && query->mixed) server->same_case_until = loop::CoarseNowMs() + kBelievedMs;
}

static void TakeAnswer(Query* query, const dns_message::Answer& answer) {
  bool may_be_edns = query->with_edns;
  Complaint complaint;
  switch (answer.outcome) {
    case Outcome::kAnswer:
    case Outcome::kNoData:
    case Outcome::kNameError:
    case Outcome::kAlias: {
      Handler* handler = query->transport->handler;
      Ticket ticket = query->ticket;
      Forget(query);
      return handler->OnAnswer(ticket, answer);
    }
    case Outcome::kTruncated:
      return UseTcp(query, TcpCause::kTruncated);
    case Outcome::kFailed:
      complaint.failure = Failure::kServer;
      complaint.rcode = answer.rcode;
      if (answer.rcode == dns_message::kNoError) complaint.text = answer.reason;
      may_be_edns = may_be_edns && (answer.rcode == dns_message::kFormatError ||
                                    answer.rcode == dns_message::kNotImplemented || answer.rcode == kBadVersion);
      break;
    case Outcome::kBroken:
      complaint.failure = Failure::kProtocol;
      complaint.text = answer.reason;
      break;
  }
  if (!may_be_edns) return TryOthers(query, complaint);
  query->refuses_edns = true;
  Enqueue(query);
}

bool Owner::OnMessage(Flight* flight, std::string_view message) {
  // Its memory is used again and again, unless it was much.
  static constexpr size_t kKeptBytes = 65536;
  static dns_message::Answer answer;
  Query* query = static_cast<Query*>(flight);
  bool over_tcp = query->phase == Phase::kTcp;
  dns_message::Match match = dns_message::MatchAnswer(message, flight->message_id, query->as_sent);
  if (match == dns_message::Match::kNo) return false;
  bool same_case = match == dns_message::Match::kYes;
  credit = std::min(credit + 1, kBurst);
  Server* server = ServerOf(query);
  server->silences = 0;
  server->skipped_until = 0;
  if (!same_case && query->mixed && !over_tcp) {
    Recall(query, /*in_vain=*/false);
    UseTcp(query, TcpCause::kLetters);
    return true;
  }
  dns_message::ReadAnswer(message, query->question, over_tcp, &answer);
  bool broken = answer.outcome == Outcome::kBroken || answer.outcome == Outcome::kFailed;
  if (!broken) Learn(query, same_case);
  // A server that has lied about a length over TCP has lost itself in its stream.
  Recall(query, /*in_vain=*/over_tcp && answer.outcome == Outcome::kBroken);
  TakeAnswer(query, answer);
  if (answer.data.capacity() > kKeptBytes) answer = dns_message::Answer();
  return true;
}

void Owner::OnSent(Flight* flight) { SetDeadline(static_cast<Query*>(flight), loop::CoarseNowMs()); }

void Owner::OnLost(Flight* flight, const base::Error& error, bool again) {
  Query* query = static_cast<Query*>(flight);
  Recall(query, /*in_vain=*/false);
  if (again && !query->reconnected) {
    query->reconnected = true;
    return Start(query, loop::CoarseNowMs());
  }
  Complaint complaint{.failure = Failure::kServer, .syscall = error.syscall};
  complaint.number = error.code;
  TryOthers(query, complaint);
}

void Owner::OnFlood(Flight* flight) {
  Query* query = static_cast<Query*>(flight);
  Recall(query, /*in_vain=*/false);
  UseTcp(query, TcpCause::kFlood);
}

// --- What owners ask for ---

Transport::Transport(Handler* handler, Settings settings) : state_(new State{handler, NewPlan(std::move(settings))}) {}

Transport::~Transport() {
  for (size_t i = 0; i < queries.size() && state_->in_flight > 0; ++i) {
    Query* query = queries.at(i);
    if (query != nullptr && query->open && query->transport == state_) Forget(query);
  }
  Drop(state_->plan);
  delete state_;
}

void Transport::Configure(Settings settings) {
  // The new one first: servers of both keep their sockets.
  Plan* plan = NewPlan(std::move(settings));
  Drop(std::exchange(state_->plan, plan));
}

const Settings& Transport::settings() const { return state_->plan->settings; }
size_t Transport::in_flight() const { return state_->in_flight; }

Ticket Transport::Ask(const dns_message::Question& question) {
  Query* query = queries.Take();
  if (query == nullptr) return 0;
  double now = loop::CoarseNowMs();
  query->ticket = ++last_serial << slots::kPlaceBits | slots::PlaceOf(query->id);
  query->transport = state_;
  query->plan = state_->plan;
  ++query->plan->users;
  query->question = question;
  query->asked_ms = now;
  query->first = FirstServer(query->plan, now);
  query->round = query->step = query->failed = query->silent = 0;
  query->refuses_edns = query->reconnected = query->apart = false;
  query->cause = TcpCause::kNone;
  query->complaint = Complaint();
  ++state_->in_flight;
  loop::KeepAlive(1);
  Enqueue(query);
  return query->ticket;
}

void Transport::Cancel(Ticket ticket) {
  Query* query = Find(ticket);
  if (query != nullptr && query->transport == state_) Forget(query);
}

// What is left of the queue goes when the time has come, without answers.
static void GoOnLater() {
  static loop::Timer* timer = nullptr;
  if (timer == nullptr) {
    timer = new loop::Timer;
    timer->Init([](loop::Timer*) { Flush(); }, /*keeps_alive=*/false);
  }
  if (!timer->started()) timer->Start(1);
}

static void StartQueued() {
  double now = loop::CoarseNowMs();
  if (now > credited_ms) {
    credited_ms = now;
    credit = kBurst;
  }
  // One pass: a handler that asks again whenever that has failed must not keep others from their turn.
  size_t count = queue.size();
  while (sent < count && credit > 0) {
    Query* query = Find(queue[sent++]);
    if (query == nullptr || query->phase != Phase::kQueued) continue;
    --credit;
    Start(query, now);
  }
  if (sent >= queue.size() / 2) {
    queue.erase(queue.begin(), queue.begin() + static_cast<ptrdiff_t>(sent));
    sent = 0;
  }
  if (!queue.empty() && credit == 0) GoOnLater();
}

void Flush() {
  // A handler that is called from here can lead here again; what it leaves is for the next time.
  if (flushing) return;
  flushing = true;
  StartQueued();
  dns_udp::Flush();
  flushing = false;
}

bool FlushDue() { return (sent < queue.size() && credit > 0) || dns_udp::FlushDue(); }

}  // namespace node::dns_transport
