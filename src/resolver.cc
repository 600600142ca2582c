#include "resolver.h"

#include <time.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base.h"
#include "bytes.h"
#include "chains.h"
#include "debug_log.h"
#include "dns_cache.h"
#include "dns_search.h"
#include "dns_special.h"
#include "entropy.h"
#include "loop.h"

// The parts of a look-up:
//
//   Lookup ----> Flight ----> the asker's question
//      |   many:1      1:1, or none while kMaxAsked are asked
//      +-- Search: which names are still to be tried; each is another flight
//
// A flight is one question for all who ask it. It leaves the table when its answer comes, before anybody is told, so
// that whatever they do then begins something new.
namespace node::resolver {

using dns_message::Answer;
using dns_message::Name;
using dns_message::Outcome;
using dns_message::Question;
using dns_message::Type;

// A look-up that takes longer than one question may is ended so much later than that, to let the one question tell what
// was wrong.
static constexpr double kGraceMs = 500;
static constexpr double kRetryMs = 100;

struct Flight;

// The names that a look-up tries, and what came of those before.
struct Search {
  std::string text;  // as asked for
  dns_search::Names names;
  Reply worst = {Code::kSuccess, "", nullptr, 0};  // kSuccess: nothing yet
};

struct Lookup {
  uint64_t ticket = 0;
  Lookup* next_by_ticket = nullptr;
  Client* client = nullptr;
  Flight* flight = nullptr;
  Lookup *next = nullptr, *previous = nullptr;  // of the flight's
  Lookup *later = nullptr, *earlier = nullptr;  // by deadline
  double deadline_ms = 0;
  std::unique_ptr<Search> search;  // nullptr: the flight's name is all
};

// What has been learnt of a flight's name on the way to its records.
struct AliasChain {
  std::vector<Name> asked;
  size_t aliases = 0;
  uint32_t ttl = 0;
  Answer answer;  // of the whole
};

struct Flight {
  uint64_t hash = 0;
  Flight* next_by_question = nullptr;
  uint64_t ticket = 0;  // the asker's; 0 while it waits for its turn
  Flight* next_by_ticket = nullptr;
  Flight *next_waiting = nullptr, *previous_waiting = nullptr;
  Lookup *first = nullptr, *last = nullptr;
  std::unique_ptr<AliasChain> chain;
  std::string wire;  // the name asked for, in lower case
  Type type = Type::kA;
  bool joinable = true;  // in the table: the servers in force are asked
  bool over = false;     // its lookups are being told

  Question ToQuestion() const { return {dns_message::ReadName(wire), type}; }
  // What is asked for now: that, or where its aliases have led to.
  Question Current() const { return chain == nullptr ? ToQuestion() : Question{chain->asked.back(), type}; }
  std::string NameText() const { return dns_message::ReadName(wire).ToText(); }
};

// --- Words ---

static const char* TypeText(Type type) {
  switch (type) {
    case Type::kA:
      return "A";
    case Type::kNs:
      return "NS";
    case Type::kCname:
      return "CNAME";
    case Type::kSoa:
      return "SOA";
    case Type::kPtr:
      return "PTR";
    case Type::kMx:
      return "MX";
    case Type::kTxt:
      return "TXT";
    case Type::kAaaa:
      return "AAAA";
    case Type::kSrv:
      return "SRV";
    case Type::kOpt:
      return "OPT";
    case Type::kCaa:
      return "CAA";
  }
  return "unknown";
}

// What was asked for, in a message: in quotes, without control characters and not without end. Bytes from 0x80 on stay:
// they are most likely letters.
static std::string Quote(std::string_view text) {
  size_t most = 300;
  std::string quoted = "\"";
  if (text.size() > most) {
    // Not in the middle of a character of UTF-8.
    while (most > 0 && (static_cast<uint8_t>(text[most]) & 0xc0) == 0x80) --most;
  }
  for (char c : text.substr(0, most)) quoted += static_cast<uint8_t>(c) < ' ' || c == 0x7f ? '?' : c;
  return quoted + (text.size() > most ? "...\"" : "\"");
}

static Reply Failed(Code code, std::string message) {
  Reply reply;
  reply.code = code;
  reply.message = std::move(message);
  return reply;
}

// The reply of an answer to a question for the name that `text` is made from.
template <typename Text>
static Reply ToReply(const Answer& answer, Type type, Text text) {
  Reply reply;
  reply.ttl = answer.ttl;
  if (answer.outcome == Outcome::kAnswer) {
    reply.code = Code::kSuccess;
    reply.answer = &answer;
  } else if (answer.outcome == Outcome::kNameError) {
    reply.code = Code::kNameError;
    reply.message = "no such name: " + text() + " (NXDOMAIN)";
  } else {
    reply.code = Code::kNoData;
    reply.message = std::string("no ") + TypeText(type) + " records: " + text() + " (NODATA)";
  }
  return reply;
}

static bool Logs() { return debug_log::On(debug_log::Section::kDns); }

static void Log(const Question& question, std::string_view what) {
  if (!Logs()) return;
  std::string line = TypeText(question.type);
  line += " " + question.name.ToText() + ": ";
  debug_log::Write(debug_log::Section::kDns, line += what);
}

static void Log(const Question& question, const Answer& answer, const char* how) {
  if (!Logs()) return;
  std::string what;
  switch (answer.outcome) {
    case Outcome::kAnswer:
      what = std::to_string(answer.records.size()) + " records";
      break;
    case Outcome::kAlias:
      what = "an alias of " + answer.canonical.ToText();
      break;
    case Outcome::kNameError:
      what = "NXDOMAIN";
      break;
    default:
      what = "NODATA";
  }
  Log(question, what + " for " + std::to_string(answer.ttl) + " s" + how);
}

// --- Searching ---

// How much it would cost to overlook a failure.
static int Weight(Code code) {
  switch (code) {
    case Code::kSuccess:
      return 0;
    case Code::kNameError:
      return 1;
    case Code::kTempFail:
      return 2;
    case Code::kProtocol:
      return 3;
    default:
      return 4;  // kNoData: the name is there
  }
}

static void Note(Search* search, const Reply& reply) {
  if (Weight(reply.code) > Weight(search->worst.code)) search->worst = reply;
}

// What is told when no name has given success.
static Reply Conclude(const Search& search) {
  Reply reply = search.worst;
  const size_t domains = search.names.domain_count();
  if (reply.code == Code::kNameError && domains > 0) {
    reply.message = "no such name: " + search.text + " (NXDOMAIN, also in " + std::to_string(domains) +
                    (domains == 1 ? " domain" : " domains") + " of the search list)";
  }
  return reply;
}

// --- Records ---

// Those that are over, for the next ones; of a crowd only some are kept.
template <typename Record>
class Spares {
 public:
  // As new, but that a flight's name has the memory of an earlier one.
  Record* Take() {
    if (spare_.empty()) return new Record;
    Record* record = spare_.back().release();
    spare_.pop_back();
    return record;
  }
  void GiveBack(Record* record) {
    std::unique_ptr<Record> owned(record);
    Clean(record);
    if (spare_.size() < kMost) spare_.push_back(std::move(owned));
  }

 private:
  static constexpr size_t kMost = 256;
  static void Clean(Lookup* lookup) { *lookup = Lookup(); }
  static void Clean(Flight* flight) {
    std::string wire = std::move(flight->wire);
    *flight = Flight();
    wire.clear();
    flight->wire = std::move(wire);
  }
  std::vector<std::unique_ptr<Record>> spare_;
};

static Spares<Lookup> spare_lookups;
static Spares<Flight> spare_flights;

// --- State ---

class TransportAsker : public Asker {
 public:
  TransportAsker(dns_transport::Handler* handler, dns_transport::Settings settings)
      : transport_(handler, std::move(settings)) {}
  void Configure(dns_transport::Settings settings) override { transport_.Configure(std::move(settings)); }
  dns_transport::Ticket Ask(const Question& question) override { return transport_.Ask(question); }
  void Cancel(dns_transport::Ticket ticket) override { transport_.Cancel(ticket); }

 private:
  dns_transport::Transport transport_;
};

static uint64_t last_ticket = 0;

// CLOCK_BOOTTIME goes on while the machine sleeps: what was cached before may not be true any more. As of the last tick
// of the kernel: it is read anew when another clock, which is cheaper, has moved.
static double BootMs() {
  static double boot_ms = 0, tick_ms = -1;
  const double coarse_ms = loop::CoarseNowMs();
  if (coarse_ms == tick_ms) return boot_ms;
  tick_ms = coarse_ms;
  timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  boot_ms = static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
  return boot_ms;
}

static uint64_t RandomSeed() {
  uint64_t seed = 0;
  entropy::Fill(&seed, sizeof seed);
  return seed;
}

static Surroundings Complete(Surroundings surroundings) {
  if (surroundings.follower == nullptr) surroundings.follower = &resolver_config::System();
  if (surroundings.now_ms == nullptr) surroundings.now_ms = BootMs;
  if (!surroundings.make_asker) {
    surroundings.make_asker = [](dns_transport::Handler* handler, dns_transport::Settings settings) {
      return std::make_unique<TransportAsker>(handler, std::move(settings));
    };
  }
  return surroundings;
}

struct Resolver::State : dns_transport::Handler {
  State(Options wanted, Surroundings given)
      : options(std::move(wanted)),
        surroundings(Complete(std::move(given))),
        cache(options.cache_entries, options.cache_entries * kCacheBytesPerEntry, RandomSeed()) {
    deadline.owner = this;
    deadline.Init([](loop::Timer* timer) { static_cast<Timer*>(timer)->owner->ExpireLookups(); },
                  /*keeps_alive=*/false);
    retry.owner = this;
    retry.Init([](loop::Timer* timer) { static_cast<Timer*>(timer)->owner->StartFlights(); }, /*keeps_alive=*/true);
  }
  ~State() override {
    CHECK(telling == 0);
    closing = true;
    while (soonest != nullptr) Forget(soonest);
    deadline.Stop();
    retry.Stop();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  struct Timer : loop::Timer {
    State* owner = nullptr;
  };

  // Configuration.
  double Now() const { return surroundings.now_ms(); }
  void Follow(double now);
  void Apply(const resolver_config::Config& config);
  // Look-ups.
  const Answer* Known(const Question& question, uint64_t hash, double now);
  std::optional<Reply> Begin(Client* client, const Question& question, double now, Ticket* ticket);
  std::optional<Reply> BeginSearch(Client* client, std::unique_ptr<Search> search, Type type, double now,
                                   Ticket* ticket);
  std::optional<Reply> TryNext(Search* search, double now, Question* question, uint64_t* hash);
  Lookup* NewLookup(Client* client, double now);
  void Unlink(Lookup* lookup);
  void Leave(Lookup* lookup);
  void Forget(Lookup* lookup);
  void Tell(Lookup* lookup, const Reply& reply);
  void Settle(Lookup* lookup, Type type, const Reply& reply, bool ends_search);
  void ExpireLookups();
  // Flights.
  void Join(Lookup* lookup, const Question& question, uint64_t hash);
  void Start(Flight* flight, const Question& question);
  bool Ask(Flight* flight, const Question& question);
  void StartFlights();
  void RemoveWaiting(Flight* flight);
  Flight* Take(dns_transport::Ticket ticket);
  void FollowAlias(Flight* flight, const Answer& answer);
  void FinishAlias(Flight* flight, const Answer& answer);
  void FinishWith(Flight* flight, const Answer& answer);
  void Finish(Flight* flight, const Reply& reply, bool ends_search);
  void OnAnswer(dns_transport::Ticket ticket, const Answer& answer) override;
  void OnFailure(dns_transport::Ticket ticket, dns_transport::Failure failure, std::string_view message) override;

  Options options;
  const Surroundings surroundings;
  uint64_t generation = 0;
  std::vector<stream::Address> servers;
  dns_search::Domains domains;
  uint32_t ndots = 1;
  uint32_t total_ms = 0;
  dns_cache::Cache cache;
  std::unique_ptr<Asker> asker;
  chains::Table<Lookup, &Lookup::next_by_ticket, &Lookup::ticket> lookups;
  chains::Table<Flight, &Flight::next_by_question, &Flight::hash> questions;
  chains::Table<Flight, &Flight::next_by_ticket, &Flight::ticket> asked;
  Flight *first_waiting = nullptr, *last_waiting = nullptr;
  Lookup *soonest = nullptr, *latest = nullptr;  // by deadline
  Timer deadline;
  Timer retry;  // while the asker is full
  Answer special;
  uint32_t telling = 0;
  bool closing = false;
};

// --- Configuration ---

static bool SameAddresses(const std::vector<stream::Address>& a, const std::vector<stream::Address>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
    return one.length == other.length && std::memcmp(&one.storage, &other.storage, one.length) == 0;
  });
}

void Resolver::State::Follow(double now) {
  const resolver_config::Config& config = surroundings.follower->Get(now);
  if (config.generation != generation) Apply(config);
}

void Resolver::State::Apply(const resolver_config::Config& config) {
  generation = config.generation;
  dns_transport::Settings settings = config.transport;
  if (options.servers) settings.servers = *options.servers;
  settings.timeout_ms = options.timeout_ms.value_or(settings.timeout_ms);
  settings.attempts = options.attempts.value_or(settings.attempts);
  if (options.timeout_ms || options.attempts) {
    settings.total_ms = resolver_config::TotalMs(settings.timeout_ms, settings.attempts, settings.servers.size());
  }
  settings.total_ms = options.total_ms.value_or(settings.total_ms);
  settings.rotate = options.rotate.value_or(settings.rotate);
  settings.use_tcp = options.use_tcp.value_or(settings.use_tcp);
  settings.mix_case = options.mix_case.value_or(settings.mix_case);
  settings.udp_size = options.udp_size.value_or(settings.udp_size);
  total_ms = settings.total_ms;
  ndots = options.ndots.value_or(config.ndots);

  auto list = std::make_shared<std::vector<Name>>();
  if (options.search) {
    for (const std::string& domain : *options.search) {
      Name name;
      if (dns_message::ParseName(domain, &name) == nullptr) list->push_back(name);
    }
  } else {
    *list = config.search;
  }
  // The root as a domain is the name itself, which is tried anyway.
  std::erase_if(*list, [](const Name& name) { return name.wire().size() == 1; });
  domains = std::move(list);

  if (!SameAddresses(settings.servers, servers)) {
    // Other servers may say something else (a VPN's, those of another network).
    servers = settings.servers;
    questions.TakeAll([](Flight* flight) { flight->joinable = false; });
    cache.Clear();
  }
  if (asker == nullptr) {
    asker = surroundings.make_asker(this, std::move(settings));
  } else {
    asker->Configure(std::move(settings));
  }
}

// --- Look-ups ---

const Answer* Resolver::State::Known(const Question& question, uint64_t hash, double now) {
  if (dns_special::Answer(question, &special)) return &special;
  return cache.Find(question, hash, now);
}

static Reply TooMany() {
  return Failed(Code::kNoMemory, "more than " + std::to_string(kMaxLookups) + " look-ups at once");
}

// The configuration is followed already, and the name in lower case.
std::optional<Reply> Resolver::State::Begin(Client* client, const Question& question, double now, Ticket* ticket) {
  const uint64_t hash = cache.Hash(question);
  cache.Prefetch(hash);
  if (const Answer* known = Known(question, hash, now)) {
    Log(question, *known, " (known)");
    return ToReply(*known, question.type, [&] { return question.name.ToText(); });
  }
  if (lookups.size() >= kMaxLookups) return TooMany();
  Lookup* lookup = NewLookup(client, now);
  Join(lookup, question, hash);
  *ticket = lookup->ticket;
  return std::nullopt;
}

std::optional<Reply> Resolver::State::BeginSearch(Client* client, std::unique_ptr<Search> search, Type type, double now,
                                                  Ticket* ticket) {
  Question question{Name(), type};
  uint64_t hash = 0;
  if (std::optional<Reply> reply = TryNext(search.get(), now, &question, &hash)) return reply;
  if (lookups.size() >= kMaxLookups) return TooMany();
  Lookup* lookup = NewLookup(client, now);
  lookup->search = std::move(search);
  Join(lookup, question, hash);
  *ticket = lookup->ticket;
  return std::nullopt;
}

// Goes through the names that something is known of: to the end, or to one that must be asked for, which becomes
// `question`.
std::optional<Reply> Resolver::State::TryNext(Search* search, double now, Question* question, uint64_t* hash) {
  while (search->names.Next(&question->name)) {
    *hash = cache.Hash(*question);
    const Answer* known = Known(*question, *hash, now);
    if (known == nullptr) return std::nullopt;
    Log(*question, *known, " (known)");
    Reply reply = ToReply(*known, question->type, [&] { return question->name.ToText(); });
    if (reply.code == Code::kSuccess) {
      reply.candidate = static_cast<uint32_t>(search->names.place());
      return reply;
    }
    Note(search, reply);
  }
  return Conclude(*search);
}

Lookup* Resolver::State::NewLookup(Client* client, double now) {
  Lookup* lookup = spare_lookups.Take();
  lookup->ticket = ++last_ticket;
  lookup->client = client;
  // In order, even when the time has become shorter since the one before.
  lookup->deadline_ms = std::max(now + total_ms + kGraceMs, latest != nullptr ? latest->deadline_ms : 0);
  lookup->earlier = latest;
  (latest != nullptr ? latest->later : soonest) = lookup;
  latest = lookup;
  // It stays on for the sake of one that is over: it finds the next one to wait for.
  if (!deadline.started()) deadline.Start(soonest->deadline_ms - now);
  lookups.Insert(lookup);
  return lookup;
}

// Takes it out of its flight.
void Resolver::State::Unlink(Lookup* lookup) {
  Flight* flight = std::exchange(lookup->flight, nullptr);
  (lookup->previous != nullptr ? lookup->previous->next : flight->first) = lookup->next;
  (lookup->next != nullptr ? lookup->next->previous : flight->last) = lookup->previous;
  lookup->next = lookup->previous = nullptr;
}

// The same; the flight ends when it was the last.
void Resolver::State::Leave(Lookup* lookup) {
  Flight* flight = lookup->flight;
  Unlink(lookup);
  if (flight->first != nullptr || flight->over) return;
  if (flight->joinable) questions.Remove(flight);
  if (flight->ticket != 0) {
    asked.Remove(flight);
    asker->Cancel(flight->ticket);
  } else {
    RemoveWaiting(flight);
  }
  spare_flights.GiveBack(flight);
  StartFlights();
}

void Resolver::State::Forget(Lookup* lookup) {
  if (lookup->flight != nullptr) Leave(lookup);
  (lookup->earlier != nullptr ? lookup->earlier->later : soonest) = lookup->later;
  (lookup->later != nullptr ? lookup->later->earlier : latest) = lookup->earlier;
  lookups.Remove(lookup);
  spare_lookups.GiveBack(lookup);
}

void Resolver::State::Tell(Lookup* lookup, const Reply& reply) {
  Client* client = lookup->client;
  const Ticket ticket = lookup->ticket;
  Forget(lookup);
  ++telling;
  client->OnReply(ticket, reply);
  --telling;
}

// What becomes of a look-up, which is in no flight, when one of its names is over.
void Resolver::State::Settle(Lookup* lookup, Type type, const Reply& reply, bool ends_search) {
  Search* search = lookup->search.get();
  if (search == nullptr) return Tell(lookup, reply);
  if (reply.code == Code::kSuccess) {
    Reply found = reply;
    found.candidate = static_cast<uint32_t>(search->names.place());
    return Tell(lookup, found);
  }
  Note(search, reply);
  if (ends_search) return Tell(lookup, Conclude(*search));
  Question question{Name(), type};
  uint64_t hash = 0;
  std::optional<Reply> next = TryNext(search, Now(), &question, &hash);
  if (!next) return Join(lookup, question, hash);
  Answer copy;
  if (next->answer != nullptr) {
    // It lies where the next call of ours would put another.
    copy = *next->answer;
    next->answer = &copy;
  }
  Tell(lookup, *next);
}

void Resolver::State::ExpireLookups() {
  const double now = Now();
  while (soonest != nullptr && soonest->deadline_ms <= now) {
    Lookup* lookup = soonest;
    const std::string text = lookup->search != nullptr ? lookup->search->text : lookup->flight->NameText();
    const Reply late = Failed(
        Code::kTempFail, "cannot look up " + text + ": no answer in " + std::to_string((total_ms + 999) / 1000) + " s");
    Leave(lookup);
    Settle(lookup, Type::kA, late, /*ends_search=*/true);
  }
  if (soonest != nullptr) deadline.Start(soonest->deadline_ms - now);
}

// --- Flights ---

void Resolver::State::Join(Lookup* lookup, const Question& question, uint64_t hash) {
  const std::string_view wire = question.name.wire();
  Flight* flight =
      questions.Find(hash, [&](const Flight& other) { return other.type == question.type && other.wire == wire; });
  if (flight == nullptr) {
    flight = spare_flights.Take();
    flight->wire = wire;
    flight->type = question.type;
    flight->hash = hash;
    questions.Insert(flight);
    Start(flight, question);
  }
  lookup->flight = flight;
  lookup->previous = flight->last;
  (flight->last != nullptr ? flight->last->next : flight->first) = lookup;
  flight->last = lookup;
}

void Resolver::State::RemoveWaiting(Flight* flight) {
  (flight->previous_waiting != nullptr ? flight->previous_waiting->next_waiting : first_waiting) = flight->next_waiting;
  (flight->next_waiting != nullptr ? flight->next_waiting->previous_waiting : last_waiting) = flight->previous_waiting;
  flight->next_waiting = flight->previous_waiting = nullptr;
}

// Asks, or puts it behind those that wait for their turn.
void Resolver::State::Start(Flight* flight, const Question& question) {
  if (asked.size() < kMaxAsked && Ask(flight, question)) return;
  flight->previous_waiting = last_waiting;
  (last_waiting != nullptr ? last_waiting->next_waiting : first_waiting) = flight;
  last_waiting = flight;
}

// False when other resolvers have taken all places of the transport: that will pass, or the time of those who wait.
bool Resolver::State::Ask(Flight* flight, const Question& question) {
  flight->ticket = asker->Ask(question);
  if (flight->ticket == 0) {
    if (!retry.started()) retry.Start(kRetryMs);
    return false;
  }
  Log(question, "asked");
  asked.Insert(flight);
  return true;
}

// Those whose turn has come.
void Resolver::State::StartFlights() {
  while (first_waiting != nullptr && asked.size() < kMaxAsked && !closing) {
    Flight* flight = first_waiting;
    if (!Ask(flight, flight->Current())) return;
    RemoveWaiting(flight);
  }
}

// The flight that the asker has something to say of.
Flight* Resolver::State::Take(dns_transport::Ticket ticket) {
  Flight* flight = asked.Find(ticket, [](const Flight&) { return true; });
  CHECK(flight != nullptr);
  asked.Remove(flight);
  flight->ticket = 0;
  return flight;
}

void Resolver::State::Finish(Flight* flight, const Reply& reply, bool ends_search) {
  if (flight->joinable) questions.Remove(flight);
  flight->over = true;
  while (Lookup* lookup = flight->first) {
    Unlink(lookup);
    CHECK(flight->first != lookup);
    Settle(lookup, flight->type, reply, ends_search);
  }
  spare_flights.GiveBack(flight);
  StartFlights();
}

// `answer`: to the flight's question.
void Resolver::State::FinishWith(Flight* flight, const Answer& answer) {
  if (flight->joinable) cache.Store(flight->wire, flight->type, flight->hash, answer, Now());
  Finish(flight, ToReply(answer, flight->type, [&] { return flight->NameText(); }), /*ends_search=*/false);
}

static Reply BrokenChain(const Flight& flight, const std::string& what) {
  return Failed(Code::kProtocol, "cannot look up " + flight.NameText() + ": " + what);
}

// The server leaves it at an alias: RFC 1035, 5.3.1 has the resolver ask again.
void Resolver::State::FollowAlias(Flight* flight, const Answer& answer) {
  if (flight->chain == nullptr) {
    flight->chain = std::make_unique<AliasChain>();
    flight->chain->asked.push_back(dns_message::ReadName(flight->wire));
    flight->chain->ttl = dns_message::kMaxTtl;
  }
  AliasChain* chain = flight->chain.get();
  chain->aliases += std::max<size_t>(answer.aliases, 1);
  chain->ttl = std::min(chain->ttl, answer.ttl);
  Question question{answer.canonical, flight->type};
  question.name.ToLowerCase();
  for (const Name& name : chain->asked) {
    if (!name.Equals(question.name)) continue;
    return Finish(flight, BrokenChain(*flight, "aliases that lead back to " + name.ToText()), /*ends_search=*/true);
  }
  if (chain->aliases > dns_message::kMaxAliases) {
    return Finish(flight, BrokenChain(*flight, "more than " + std::to_string(dns_message::kMaxAliases) + " aliases"),
                  /*ends_search=*/true);
  }
  chain->asked.push_back(question.name);
  if (const Answer* known = Known(question, cache.Hash(question), Now())) return FinishAlias(flight, *known);
  Start(flight, question);
}

// `answer`: to what the last alias has led to.
void Resolver::State::FinishAlias(Flight* flight, const Answer& answer) {
  AliasChain* chain = flight->chain.get();
  chain->aliases += answer.aliases;
  if (chain->aliases > dns_message::kMaxAliases) {
    return Finish(flight, BrokenChain(*flight, "more than " + std::to_string(dns_message::kMaxAliases) + " aliases"),
                  /*ends_search=*/true);
  }
  chain->answer = answer;
  chain->answer.aliases = static_cast<uint8_t>(chain->aliases);
  chain->answer.ttl = std::min(chain->ttl, answer.ttl);
  FinishWith(flight, chain->answer);
}

void Resolver::State::OnAnswer(dns_transport::Ticket ticket, const Answer& answer) {
  Flight* flight = Take(ticket);
  if (Logs()) Log(flight->Current(), answer, "");
  if (answer.outcome == Outcome::kAlias) return FollowAlias(flight, answer);
  if (flight->chain == nullptr) return FinishWith(flight, answer);
  const Question last = flight->Current();
  if (flight->joinable) cache.Store(last.name.wire(), last.type, cache.Hash(last), answer, Now());
  FinishAlias(flight, answer);
}

void Resolver::State::OnFailure(dns_transport::Ticket ticket, dns_transport::Failure failure,
                                std::string_view message) {
  Flight* flight = Take(ticket);
  const Code code = failure == dns_transport::Failure::kProtocol ? Code::kProtocol : Code::kTempFail;
  const Reply reply = Failed(code, "cannot look up " + flight->NameText() + ": " + std::string(message));
  if (Logs()) Log(flight->Current(), message);
  Finish(flight, reply, /*ends_search=*/failure != dns_transport::Failure::kServer);
}

// --- What others call ---

Resolver::Resolver(Options options, Surroundings surroundings)
    : state_(std::make_unique<State>(std::move(options), std::move(surroundings))) {}

Resolver::~Resolver() = default;

std::optional<Reply> Resolver::Resolve(Client* client, std::string_view name, Type type, bool search, Ticket* ticket) {
  Question question{Name(), type};
  if (const char* fault = dns_message::ParseName(name, &question.name)) {
    return Failed(Code::kBadQuery, "not a name to ask for: " + Quote(name) + ": " + fault);
  }
  const double now = state_->Now();
  state_->Follow(now);
  question.name.ToLowerCase();
  // What is special is so without any domain behind it, and needs none.
  if (!search || state_->domains->empty() || dns_search::IsAbsolute(name) ||
      dns_special::Answer(question, &state_->special)) {
    return state_->Begin(client, question, now, ticket);
  }
  dns_search::Names names(question.name, state_->domains, state_->ndots);
  auto started = std::make_unique<Search>(Search{std::string(name), std::move(names)});
  return state_->BeginSearch(client, std::move(started), type, now, ticket);
}

std::optional<Reply> Resolver::Resolve(Client* client, const Question& question, Ticket* ticket) {
  const double now = state_->Now();
  state_->Follow(now);
  Question lower = question;
  lower.name.ToLowerCase();
  return state_->Begin(client, lower, now, ticket);
}

void Resolver::Cancel(Ticket ticket) {
  Lookup* lookup = state_->lookups.Find(ticket, [](const Lookup&) { return true; });
  if (lookup != nullptr) state_->Forget(lookup);
}

std::vector<stream::Address> Resolver::servers() {
  state_->Follow(state_->Now());
  return state_->servers;
}

void Resolver::SetServers(std::optional<std::vector<stream::Address>> servers) {
  CHECK(!servers || !servers->empty());
  state_->options.servers = std::move(servers);
  state_->Apply(state_->surroundings.follower->Get(state_->Now()));
}

void Resolver::ClearCache() { state_->cache.Clear(); }
size_t Resolver::cache_size() const { return state_->cache.size(); }
size_t Resolver::pending() const { return state_->lookups.size(); }

Resolver& Default() {
  static Resolver& resolver = *new Resolver(Options());
  return resolver;
}

}  // namespace node::resolver
