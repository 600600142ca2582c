#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "http_connection.h"
#include "http_connection_state.h"
#include "inbox.h"
#include "stream.h"

// Requests: from what arrives to the handler.
namespace node::http_connection {

// A request with 64 KB of body, a common size, comes in one piece with its head.
static constexpr size_t kReadSize = 128 * 1024;
// A finished answer may wait this long behind a busy handler of the same read.
static constexpr double kCorkMs = 0.2;

static char read_buffer[kReadSize];
static inbox::Inbox arrived;
static http_parser::RequestParser shared_parser;

// The newest request's body has broken off. An answer that has begun ends where it is; without one there will be none.
static void AbandonRequest(Connection* connection) {
  Work* work = connection->work;
  Exchange& exchange = work->exchanges.back();
  NoteGone(connection, exchange.number, exchange.number);
  work->input.clear();
  work->used = 0;
  if (exchange.head_written) {
    exchange.request_complete = exchange.finished = true;
    return;
  }
  work->waiting -= exchange.waiting.size();
  work->exchanges.pop_back();
}

static void RefuseBody(Connection* connection, const http_parser::Refusal& refusal) {
  bool begun = connection->work->exchanges.back().head_written;
  AbandonRequest(connection);
  // Behind a head that is on its way no second one may follow.
  Refuse(connection, begun ? 0 : refusal.status, refusal.reason);
}

// Gives the connection away. Returns the bytes used: all.
static size_t HandOver(Connection* connection, std::string_view bytes, const http_parser::RequestHead& head) {
  connection->Want(0);
  connection->detached = connection->doomed = true;
  std::string_view rest = bytes.substr(head.size);
  StateOf(connection)
      ->handler->OnUpgrade(connection->server, connection->id, fd::OwnedFd(connection->descriptor()),
                           bytes.substr(0, head.size), head, rest);
  return bytes.size();
}

// One request whose head is complete. Returns the bytes used.
static size_t TakeRequest(Connection* connection, std::string_view bytes, const http_parser::RequestHead& head) {
  const Settings& settings = StateOf(connection)->settings;
  std::string_view method = bytes.substr(head.method, head.method_length);
  bool owes = connection->work != nullptr && (!connection->work->exchanges.empty() || Queued(connection) > 0);
  bool may_leave = settings.offer_upgrade && !owes && head.framing == http_parser::Framing::kNone;
  if (may_leave && (head.upgrade || method == "CONNECT")) return HandOver(connection, bytes, head);
  if (settings.require_host && !head.has_host && head.minor_version > 0) {
    Refuse(connection, 400, "the request has no Host field");
    return head.size;
  }
  if (settings.body_bytes > 0 && head.content_length > settings.body_bytes) {
    Refuse(connection, 413, "the body is too large");
    return head.size;
  }
  if (method == "CONNECT") {
    Refuse(connection, 501, "CONNECT is not served here");
    return head.size;
  }
  Work* work = EnsureWork(connection);
  bool body_follows = head.framing != http_parser::Framing::kNone;
  Exchange& exchange = work->exchanges.emplace_back();
  exchange.number = connection->next_exchange;
  connection->next_exchange = (connection->next_exchange + 1) & kExchangeMask;
  exchange.minor_version = head.minor_version;
  connection->client_closes = !head.keep_alive;
  uint32_t taken = (connection->next_exchange - connection->first_exchange) & kExchangeMask;
  exchange.keep_alive = head.keep_alive && (settings.requests == 0 || taken < settings.requests);
  exchange.is_head = method == "HEAD";
  exchange.request_complete = !body_follows;
  exchange.piece = settings.piece;
  if (body_follows) {
    connection->phase = Phase::kBody;
    work->body.Begin(head.framing, head.content_length);
    work->body_bytes = 0;
    work->body_outcome = http_parser::BodyParser::Kind::kMore;
    // The handler takes every body, so the client is told to go on at once (RFC 9110, 10.1.1), in its turn.
    if (head.expect_continue && bytes.size() == head.size) WriteContinue(connection, &exchange);
    SetReadDeadline(connection, settings.body_timeout);
  }
  size_t size = head.size;
  StateOf(connection)
      ->handler->OnRequest(connection->server, connection->id, exchange.number, bytes.substr(0, size), head,
                           body_follows);
  return size;
}

static bool IsEmptyLines(std::string_view bytes) {
  return bytes.ends_with("\r\n") && bytes.find_first_not_of("\r\n") == std::string_view::npos;
}

// Parses on in a head. Returns the bytes used, 0 when the head is incomplete or refused.
static size_t ProcessHead(Connection* connection, std::string_view bytes) {
  const Settings& settings = StateOf(connection)->settings;
  Work* work = connection->work;
  http_parser::RequestParser* parser = &shared_parser;
  if (work != nullptr && work->parser != nullptr) {
    parser = work->parser.get();
  } else {
    shared_parser.Reset();
  }
  switch (parser->Parse(bytes, settings.limits)) {
    case http_parser::Outcome::kIncomplete:
      work = EnsureWork(connection);
      if (IsEmptyLines(bytes)) {
        // Some clients send one behind a body (RFC 9112, 2.2). No request has begun, so none is late.
        work->parser.reset();
        return bytes.size();
      }
      if (work->parser == nullptr) {
        work->parser = std::make_unique<http_parser::RequestParser>(*parser);
        // From the head's first byte on, however slowly the rest comes.
        SetReadDeadline(connection, settings.head_timeout);
      }
      return 0;
    case http_parser::Outcome::kRefused:
      Refuse(connection, parser->refusal().status, parser->refusal().reason);
      return 0;
    case http_parser::Outcome::kComplete: {
      // The handler may make the connection forget its parser.
      std::unique_ptr<http_parser::RequestParser> own;
      if (parser != &shared_parser) own = std::move(work->parser);
      return TakeRequest(connection, bytes, parser->head());
    }
  }
  return 0;
}

// What `bytes` have of the body, as far as it fits into one piece. Returns the bytes used; `more`: whether something
// may stand behind them.
static size_t ProcessBody(Connection* connection, std::string_view bytes, bool* more) {
  using http_parser::BodyParser;
  // Chunks can be one byte long: the handler gets all of a read in one piece.
  static std::string joined;
  const Settings& settings = StateOf(connection)->settings;
  Handler* handler = StateOf(connection)->handler;
  Work* work = connection->work;
  CHECK(work != nullptr && !work->exchanges.empty());
  Exchange& exchange = work->exchanges.back();
  ExchangeNumber number = exchange.number;
  const std::string_view window = bytes.substr(0, exchange.piece);
  std::string_view piece;
  joined.clear();
  size_t used = 0;
  BodyParser::Step step{std::exchange(work->body_outcome, BodyParser::Kind::kMore), 0, {}};
  while (step.kind != BodyParser::Kind::kEnd && step.kind != BodyParser::Kind::kRefused) {
    step = work->body.Next(window.substr(used), settings.limits);
    used += step.consumed;
    if (step.kind != BodyParser::Kind::kData) break;
    work->body_bytes += step.data.size();
    if (settings.body_bytes > 0 && work->body_bytes > settings.body_bytes) {
      RefuseBody(connection, {413, 0, "the body is too large"});
      return used;
    }
    if (!exchange.wants_body) continue;
    if (piece.empty()) {
      piece = step.data;
      continue;
    }
    if (joined.empty()) joined.assign(piece);
    joined.append(step.data);
  }
  if (!piece.empty()) handler->OnBody(connection->id, number, joined.empty() ? piece : joined);
  // The handler may have ended the request or the connection, or wants no more for now.
  if (connection->doomed || connection->phase != Phase::kBody) return used;
  if (BodyPaused(connection)) {
    work->body_outcome = step.kind;
    step.kind = BodyParser::Kind::kMore;
  }
  switch (step.kind) {
    case BodyParser::Kind::kMore:
      *more = used < bytes.size();
      SetReadDeadline(connection, settings.body_timeout);
      break;
    case BodyParser::Kind::kEnd:
      connection->phase = Phase::kHead;
      exchange.request_complete = true;
      if (exchange.wants_complete) handler->OnRequestComplete(connection->id, number);
      // Its answer may have been finished before.
      PopFinished(connection);
      MarkDirty(connection);
      break;
    case BodyParser::Kind::kRefused:
      RefuseBody(connection, work->body.refusal());
      break;
    case BodyParser::Kind::kData:
      break;
  }
  return used;
}

// One step through `bytes`; false when nothing more can be done with them now.
static bool ProcessSome(Connection* connection, std::string_view* bytes) {
  bool more = true;
  size_t used;
  if (connection->phase == Phase::kBody) {
    if (BodyPaused(connection)) return false;
    used = ProcessBody(connection, *bytes, &more);
  } else {
    if (connection->phase != Phase::kHead || connection->close_after || bytes->empty()) return false;
    bool inside_head = connection->work != nullptr && connection->work->parser != nullptr;
    if (!inside_head && !MayTakeRequest(connection)) return false;
    used = ProcessHead(connection, *bytes);
    more = used > 0;
  }
  bytes->remove_prefix(used);
  return more;
}

bool Process(Connection* connection, std::string_view bytes, std::string* held) {
  connection->busy = true;
  double corked_since = 0;
  while (!connection->doomed && ProcessSome(connection, &bytes)) {
    // Finished answers do not wait long for a slow handler of the next request.
    if (bytes.empty() || Queued(connection) == 0) continue;
    double now = loop::NowMs();
    if (corked_since == 0) corked_since = now;
    if (now - corked_since <= kCorkMs) continue;
    corked_since = 0;
    Send(connection);
  }
  connection->busy = false;
  if (connection->doomed) {
    CloseNow(connection);
    return false;
  }
  bool more_due = connection->phase == Phase::kBody || (connection->phase == Phase::kHead && !connection->close_after);
  if (more_due && !bytes.empty()) {
    Work* work = EnsureWork(connection);
    if (held != nullptr) {
      work->used = held->size() - bytes.size();
      work->input = std::move(*held);
    } else {
      work->input.assign(bytes);
    }
  }
  return true;
}

static void OnPeerClosed(Connection* connection) {
  if (!connection->peer_closed) NoteEof(connection);
  connection->peer_closed = true;
  if (connection->phase == Phase::kLinger) return CloseNow(connection);
  if (connection->phase == Phase::kBody) {
    // The body will never be complete; what was answered already may still go out.
    AbandonRequest(connection);
    connection->phase = Phase::kHead;
    connection->close_after = true;
    PopFinished(connection);
    if (!Send(connection)) return;
  }
  if (connection->work != nullptr && connection->work->parser != nullptr) {
    connection->work->input.clear();
    connection->work->used = 0;
    connection->work->parser.reset();
  }
  Advance(connection);
}

// --- A body that is held back ---

bool BodyPaused(const Connection* connection) {
  return connection->phase == Phase::kBody && connection->work->exchanges.back().paused;
}

bool BodyMayWait(const Connection* connection) {
  return BodyPaused(connection) && !connection->work->exchanges.back().finished;
}

bool Attend(Id id, ExchangeNumber number, bool body, bool complete) {
  Exchange* exchange = Lookup(Find(id), number);
  if (exchange == nullptr || exchange->request_complete) return false;
  exchange->wants_body = body;
  exchange->wants_complete = complete;
  return true;
}

void SetPiece(Id id, ExchangeNumber number, uint32_t piece) {
  CHECK(piece > 0);
  Exchange* exchange = Lookup(Find(id), number);
  if (exchange != nullptr) exchange->piece = piece;
}

void SetReading(Id id, ExchangeNumber number, bool reading) {
  Connection* connection = Find(id);
  Exchange* exchange = Lookup(connection, number);
  if (exchange == nullptr || exchange->request_complete || exchange->paused != reading) return;
  exchange->paused = !reading;
  if (reading) SetReadDeadline(connection, StateOf(connection)->settings.body_timeout);
  MarkDirty(connection);
}

void ProbePaused(Connection* connection) {
  // A reset shows at once; the end of the stream only when nothing stands before it, which may be the whole body.
  pollfd probe = {connection->descriptor(), 0, 0};
  if (poll(&probe, 1, 0) > 0 && (probe.revents & POLLERR) != 0) return Fail(connection);
  const Work* work = connection->work;
  bool held =
      !work->input.empty() || work->body_outcome != http_parser::BodyParser::Kind::kMore || arrived.Has(connection->id);
  char byte;
  if (!held && recv(connection->descriptor(), &byte, 1, MSG_PEEK) == 0) return OnPeerClosed(connection);
  SetDeadline(connection, kProbeSeconds);
}

// What has come on a connection.
static void Take(Connection* connection, std::string_view bytes) {
  if (connection->phase == Phase::kLinger) return;
  Work* work = connection->work;
  if (work == nullptr || work->input.empty()) {
    if (Process(connection, bytes, nullptr)) MarkDirty(connection);
    return;
  }
  std::string joined = std::move(work->input);
  work->input.clear();
  joined.erase(0, std::exchange(work->used, 0));
  joined += bytes;
  if (Process(connection, joined, &joined)) MarkDirty(connection);
}

void OnReadable(Connection* connection) {
  // Paused in this very turn.
  if (BodyPaused(connection)) return UpdateInterest(connection);
  ssize_t got = stream::Receive(connection->descriptor(), read_buffer, sizeof read_buffer);
  if (got < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return;
    return Fail(connection);
  }
  if (got == 0) return OnPeerClosed(connection);
  std::string_view bytes(read_buffer, static_cast<size_t>(got));
  if (!arrived.Put(connection->id, bytes)) Take(connection, bytes);
}

void TakeArrived() {
  arrived.Empty([](Id id, std::string_view bytes) {
    Connection* connection = Find(id);
    if (connection != nullptr) Take(connection, bytes);
    // Finished answers do not wait long for slow handlers of other connections' requests.
    if (loop::TurnIsLong()) SendAll();
  });
}

bool HasArrived() { return !arrived.empty(); }

bool HasInput(const Connection* connection) {
  char byte;
  return arrived.Has(connection->id) || recv(connection->descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void OnIo(loop::Io* io, int events) {
  Connection* connection = static_cast<Connection*>(io);
  Id id = connection->id;
  if ((events & loop::kWrite) != 0 && Send(connection)) Advance(connection);
  if ((events & loop::kRead) != 0 && Find(id) == connection && (connection->wanted() & loop::kRead) != 0) {
    OnReadable(connection);
  }
  if (loop::TurnIsLong()) Flush();
}

}  // namespace node::http_connection
