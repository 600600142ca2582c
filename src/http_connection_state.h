// The records behind http_connection and what its parts offer one another; of no interest outside.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "http_connection.h"
#include "loop.h"
#include "timer_wheel.h"

namespace node::http_connection {

inline constexpr ExchangeNumber kExchangeMask = (1u << 30) - 1;

// One request and its answer. It stays until both are at their end.
struct Exchange {
  ExchangeNumber number = 0;
  uint8_t minor_version = 1;
  bool keep_alive = true;
  bool is_head = false;
  bool request_complete = false;
  bool head_written = false;
  bool finished = false;
  bool paused = false;  // the rest of the body is held back
  bool wants_body = true;
  bool wants_complete = true;
  bool wants_drain = false;  // the handler was told to hold back
  bool wants_sent = false;   // and is to hear when all is with the kernel
  bool may_chunk = true;
  uint32_t piece = 0;  // of the body: see Settings
  http_writer::ResponsePlan plan;
  uint64_t body_written = 0;
  std::string waiting;  // output that must wait for the answers before it
};

// What a connection needs only while something happens on it. Freed, or kept
// for the next connection, as soon as it is idle.
struct Work {
  std::deque<Exchange> exchanges;                      // in the order of the requests; the front is being sent
  std::string input;                                   // the part of a head that has come, or requests that must wait
  size_t used = 0;                                     // of `input`
  std::unique_ptr<http_parser::RequestParser> parser;  // in the middle of the head in `input`
  http_parser::BodyParser body;
  uint64_t body_bytes = 0;  // of the body so far
  // kEnd or kRefused: what the body has come to while it was paused.
  http_parser::BodyParser::Kind body_outcome = http_parser::BodyParser::Kind::kMore;
  std::string output;
  size_t sent = 0;                     // of `output`
  size_t waiting = 0;                  // bytes in all of Exchange::waiting
  std::vector<ExchangeNumber> unsent;  // answers that have left `exchanges` and wait for OnSent
  uint16_t refusal_status = 0;
  const char* refusal_reason = "";
};

enum class Phase : uint8_t {
  kHead,     // between requests, or inside a head
  kBody,     // inside the body of the newest exchange
  kRefused,  // nothing is read any more; the refusal waits for the answers owed before it
  kLinger,   // our half is closed; what still comes is dropped so that the client sees the answer
};

struct Connection : loop::Io, timer_wheel::Entry {
  Server* server = nullptr;
  // Its neighbours among the connections of the server.
  Connection* next_of_server = nullptr;
  Connection* previous_of_server = nullptr;
  Work* work = nullptr;  // nullptr while idle
  Id id = 0;
  ExchangeNumber next_exchange = 0;  // goes on from one connection to the next: a stale name never fits
  Phase phase = Phase::kHead;
  bool open = false;
  bool busy = false;         // inside Process(): the record must not go yet
  bool doomed = false;       // to be closed when Process() is done
  bool dirty = false;        // Flush() has to send
  bool peer_closed = false;  // the client has shut its half
  bool half_closed = false;  // we have shut ours
  bool close_after = false;  // no further request will be answered
  bool stalled = false;      // the kernel takes no more output: the deadline is that of writing
  bool overdue = false;      // and has not since an earlier turn: more output than the limit is too much
  bool watched = false;
  bool client_closes = false;         // its last request said so: nothing will follow
  bool detached = false;              // the descriptor is somebody else's now
  bool failed = false;                // closes by an error
  ExchangeNumber first_exchange = 0;  // of this connection, among those of the record
};

struct Server::State {
  Handler* handler;
  Settings settings;
  struct Listener : loop::Io {
    Server* server = nullptr;
  } listener;
  fd::OwnedFd listener_fd;
  bool closing = false;
  bool draining = false;          // OnDrained is to come
  bool drain_noted = false;       // with the next Flush()
  std::vector<fd::OwnedFd> late;  // what the kernel had accepted when it was closed; is taken then, too
  bool burst = true;              // the last time more than one client waited to be accepted
  // Given up for a moment when descriptors run out: the queue stays readable, and accepting at once would spin.
  loop::Timer retry;
  uint32_t connections = 0;
  Connection* newest = nullptr;  // the first of its connections
};

// The state behind a server, for the parts of this module.
struct Access {
  static Server::State* State(Server* server) { return server->state_; }
};

inline Server::State* StateOf(const Connection* connection) { return Access::State(connection->server); }

// --- http_connection.cc: records, deadlines, servers ---

// The live connection of that name, or nullptr.
Connection* Find(Id id);
// The connection's working memory, which it gets when it has none.
Work* EnsureWork(Connection* connection);
// A connection that owes nothing and holds nothing gives its working memory back.
void ReleaseIfIdle(Connection* connection);
// (Re)arms the connection's one deadline, which never comes early. 0: there is none.
void SetDeadline(Connection* connection, uint32_t seconds);
// The same for reading; while output is stalled, the deadline of writing stands.
void SetReadDeadline(Connection* connection, uint32_t seconds);
// Closes the descriptor and gives the record back; inside Process(), when that is done.
void CloseNow(Connection* connection);
// Closes it so as an error does.
void Fail(Connection* connection);
// Tells the handler of OnGone with the next Flush().
void NoteGone(Connection* connection, ExchangeNumber first, ExchangeNumber last);
// The same of OnDrain and OnSent.
void NoteDrain(Connection* connection, ExchangeNumber exchange);
void NoteSent(Connection* connection, ExchangeNumber exchange);
// The same of OnEof, when the connection is watched.
void NoteEof(Connection* connection);

// Delivers what has been noted. NotesDue: whether there is anything.
void DeliverNotes();
bool NotesDue();
// Tells of the servers that have drained. DrainedDue: whether there are any.
void TellDrained();
bool DrainedDue();
// Takes what the kernel had for servers that were closed. HasLate: whether there is anything.
void TakeLate();
bool HasLate();

// --- http_connection_output.cc ---

// The time as the Date field has it.
std::string_view DateNow();
// Bytes that the kernel has not taken yet, of the answer whose turn it is.
size_t Queued(const Connection* connection);
// The request of that name whose body or answer is not at its end, or nullptr.
Exchange* Lookup(Connection* connection, ExchangeNumber number);
// Whether an answer still waits to hear that all is out, and it is; asked once.
bool TakeDrain(Id id, ExchangeNumber number);
// Whether another request may be taken now: few enough are in flight, and the client reads its answers.
bool MayTakeRequest(const Connection* connection);
// Whether so much output waits that nothing is read.
bool PausedByOutput(const Connection* connection);
// Has Flush() send and go on with the connection.
void MarkDirty(Connection* connection);
// What the loop is to wait for.
void UpdateInterest(Connection* connection);
// Sends for all that are marked so, and goes on with them.
void SendAll();
// Sends what is queued. False when the connection has closed over it, or will.
bool Send(Connection* connection);
// After output has gone or a phase has changed: what happens next?
void Advance(Connection* connection);
// Lets answers go whose turn has come.
void PopFinished(Connection* connection);
// "100 Continue", in its turn.
void WriteContinue(Connection* connection, Exchange* exchange);
// No request is read any more; `status` (0: none) and `reason` are answered behind what is owed.
void Refuse(Connection* connection, uint16_t status, const char* reason);

// --- http_connection_input.cc ---

// Takes requests and bodies from `bytes`. `held`: the string that they are the end of, or nullptr when they lie in the
// shared read buffer; what must wait is kept. Sends. False when the connection has closed; else Advance() is to follow.
bool Process(Connection* connection, std::string_view bytes, std::string* held);
// Whether the rest of the newest request's body is held back.
bool BodyPaused(const Connection* connection);
// Whether it may be so for ever: the answer is still to come.
bool BodyMayWait(const Connection* connection);
// The deadline of a paused body: closes the connection when its client has vanished.
void ProbePaused(Connection* connection);
// Seconds between two such looks.
inline constexpr uint32_t kProbeSeconds = 2;
// The callback of a connection's descriptor.
void OnIo(loop::Io* io, int events);
// Reads what has come; what is not much is taken with the next Flush().
void OnReadable(Connection* connection);

// Whether the client has sent something that is not taken yet.
bool HasInput(const Connection* connection);
// Takes what was read. HasArrived: whether there is anything.
void TakeArrived();
bool HasArrived();

}  // namespace node::http_connection
