#include "http_client.h"

#include <cerrno>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "deadlines.h"

// The life of a connection, as far as answers go:
//
//            Expect()             head, no body / body complete
//   kIdle -------------> kHead -----------------------------> kIdle
//     ^                    |  ^ 1xx: once more                  ^
//     |                    v                                    |
//     +--- anything     kBody ----------------------------------+
//          sent here: refused
namespace node::http_client {

// So many interim answers may stand before the final one: each is legal, an endless row of them is not.
static constexpr int kInterimAnswers = 64;

enum class Phase : uint8_t { kIdle, kHead, kBody };

// The deadline is that of connecting: the wheel of tcp_connection counts silence, not the time over several addresses.
struct Connection : timer_wheel::Entry {
  Id id = 0;
  Handler* handler = nullptr;
  Settings settings;
  Phase phase = Phase::kIdle;
  bool to_head = false;
  bool connected = false;
  bool paused = false;
  bool reusable = false;  // after the answer under way
  bool ended = false;     // its body has come, OnComplete is due
  bool eof = false;       // the server has closed
  uint32_t piece = 0;     // of its body: see Settings
  int interim = 0;
  http_parser::ResponseParser parser;
  http_parser::BodyParser body;
  std::string input;  // the part of a head that has come, or what is held back
};

static std::vector<Id> resumed;

static void OnConnectDeadline(timer_wheel::Entry* entry);
static deadlines::Deadlines& Deadlines() {
  static deadlines::Deadlines all(OnConnectDeadline, tcp_connection::Flush);
  return all;
}

static std::unordered_map<Id, std::unique_ptr<Connection>>& Connections() {
  static auto* all = new std::unordered_map<Id, std::unique_ptr<Connection>>;
  return *all;
}

static Connection* Find(Id id) {
  auto found = Connections().find(id);
  return found == Connections().end() ? nullptr : found->second.get();
}

// Gives the record back.
static void Forget(Id id) {
  Connection* connection = Find(id);
  if (connection == nullptr) return;
  Deadlines().Remove(connection);
  Connections().erase(id);
}

static std::string PeerName(Id id) {
  int descriptor = tcp_connection::Descriptor(id);
  std::optional<stream::Address> peer;
  if (descriptor >= 0) peer = stream::PeerAddress(descriptor);
  return peer ? peer->ToString() : "";
}

// The end, by our own judgement.
static void Fail(Id id, const base::Error& error) {
  Connection* connection = Find(id);
  Handler* handler = connection->handler;
  Forget(id);
  tcp_connection::Abort(id);
  handler->OnEnd(id, &error);
}

// What the server sent is no answer.
static void Refuse(Id id, const std::string& reason) {
  Fail(id, base::Error{"response", EPROTO, PeerName(id) + ", " + reason});
}

static void RefuseAt(Id id, const char* part, const http_parser::Refusal& refusal) {
  Refuse(id, std::string(refusal.reason) + " (byte " + std::to_string(refusal.offset) + " of the " + part + ")");
}

// The answer is complete; `rest` is what has come behind it. False when the connection is gone.
static bool Complete(Id id, std::string_view rest) {
  Connection* connection = Find(id);
  connection->phase = Phase::kIdle;
  // Nobody has asked for what stands behind: the next answer would not be that of the next request.
  connection->handler->OnComplete(id, connection->reusable && rest.empty());
  return Find(id) == connection;
}

// One head. Returns false when nothing more can be done with `bytes`.
static bool TakeHead(Id id, Connection* connection, std::string_view* bytes) {
  switch (connection->parser.Parse(*bytes, connection->settings.limits)) {
    case http_parser::Outcome::kIncomplete:
      connection->input.assign(*bytes);
      return false;
    case http_parser::Outcome::kRefused:
      RefuseAt(id, "head", connection->parser.refusal());
      return false;
    case http_parser::Outcome::kComplete:
      break;
  }
  const http_parser::ResponseHead& head = connection->parser.head();
  std::string_view text = bytes->substr(0, head.size);
  bytes->remove_prefix(head.size);
  if (head.status < 200) {
    if (head.status == 101) {
      Refuse(id, "101 Switching Protocols, which no request has asked for");
      return false;
    }
    if (++connection->interim > kInterimAnswers) {
      Refuse(id, "more than " + std::to_string(kInterimAnswers) + " interim answers");
      return false;
    }
    connection->parser.Reset(connection->to_head);
    return true;
  }
  connection->reusable = head.keep_alive;
  connection->ended = false;
  connection->piece = connection->settings.piece;
  connection->phase = Phase::kBody;
  connection->body.Begin(head.framing, head.content_length);
  connection->handler->OnResponse(id, text, head);
  return Find(id) == connection;
}

// The body has come; `rest` as above. False when the connection is gone.
static bool EndBody(Id id, Connection* connection, std::string_view rest) {
  connection->ended = true;
  connection->handler->OnBodyEnd(id);
  if (Find(id) != connection) return false;
  return connection->paused || Complete(id, rest);
}

// What `bytes` have of the body, as far as it fits into one piece. Returns false when nothing more can be done with
// them.
static bool TakeBody(Id id, Connection* connection, std::string_view* bytes) {
  using http_parser::BodyParser;
  // Chunks can be one byte long: the handler gets all of a read in one piece.
  static std::string joined;
  if (connection->ended) return Complete(id, *bytes);
  joined.clear();
  std::string_view window = bytes->substr(0, connection->piece);
  std::string_view piece;
  BodyParser::Step step;
  for (;;) {
    step = connection->body.Next(window, connection->settings.limits);
    window.remove_prefix(step.consumed);
    bytes->remove_prefix(step.consumed);
    if (step.kind != BodyParser::Kind::kData) break;
    if (piece.empty()) {
      piece = step.data;
      continue;
    }
    if (joined.empty()) joined.assign(piece);
    joined.append(step.data);
  }
  if (!piece.empty()) {
    connection->handler->OnBody(id, joined.empty() ? piece : joined);
    if (Find(id) != connection) return false;
    // Whatever comes next, the end too, can be asked for again.
    if (connection->paused) return true;
  }
  switch (step.kind) {
    case BodyParser::Kind::kEnd:
      return EndBody(id, connection, *bytes);
    case BodyParser::Kind::kRefused:
      RefuseAt(id, "body", connection->body.refusal());
      return false;
    default:
      return !bytes->empty();
  }
}

// Nothing more comes behind what has been taken.
static void TakeEof(Id id, Connection* connection) {
  if (connection->phase == Phase::kBody && connection->body.CompleteAtEof()) {
    connection->reusable = false;
    if (!EndBody(id, connection, {}) || connection->paused) return;
  }
  if (connection->phase == Phase::kIdle) {
    http_client::Handler* handler = connection->handler;
    Forget(id);
    tcp_connection::Abort(id);
    return handler->OnEnd(id, nullptr);
  }
  bool begun = connection->phase == Phase::kBody || !connection->input.empty();
  Fail(id, base::Error{"response", ECONNRESET,
                       PeerName(id) + (begun ? ", closed in the middle of an answer" : ", closed without an answer")});
}

static void TakeInput(Id id, std::string_view data) {
  Connection* connection = Find(id);
  std::string held = std::exchange(connection->input, {});
  std::string_view bytes = data;
  if (!held.empty()) {
    held += data;
    bytes = held;
  }
  for (bool more = true; more;) {
    if (connection->paused) {
      connection->input.assign(bytes);
      return;
    }
    switch (connection->phase) {
      case Phase::kIdle:
        // Perhaps the answer to a request that somebody has smuggled in.
        if (!bytes.empty()) Refuse(id, std::to_string(bytes.size()) + " bytes that no request has asked for");
        more = false;
        break;
      case Phase::kHead:
        more = !bytes.empty() && TakeHead(id, connection, &bytes);
        break;
      case Phase::kBody:
        more = TakeBody(id, connection, &bytes);
        break;
    }
  }
  if (Find(id) == connection && connection->eof) TakeEof(id, connection);
}

class Input : public tcp_connection::Handler {
 public:
  void OnAccept(tcp_connection::Server*, Id) override { CHECK(!"a client does not accept"); }

  void OnConnect(Id id) override {
    Connection* connection = Find(id);
    connection->connected = true;
    Deadlines().Remove(connection);
    connection->handler->OnConnect(id);
  }

  void OnData(Id id, std::string_view data) override { TakeInput(id, data); }

  void OnEof(Id id) override {
    Find(id)->eof = true;
    TakeInput(id, {});
  }

  void OnDrain(Id id) override { Find(id)->handler->OnDrain(id); }
  void OnTimeout(Id id) override {
    Connection* connection = Find(id);
    if (connection->connected) connection->handler->OnTimeout(id);
  }

  void OnDisconnect(Id id, const base::Error* error) override {
    http_client::Handler* handler = Find(id)->handler;
    Forget(id);
    handler->OnEnd(id, error);
  }
};

static Input& TheInput() {
  static auto* input = new Input;
  return *input;
}

static void OnConnectDeadline(timer_wheel::Entry* entry) {
  Connection* connection = static_cast<Connection*>(entry);
  std::string subject = "no connection within " + std::to_string(connection->settings.connect_timeout) + " s";
  Fail(connection->id, base::Error{"connect", ETIMEDOUT, subject});
}

std::optional<Id> Connect(Handler* handler, tcp_connection::Target target, const Settings& settings) {
  tcp_connection::Settings below;
  below.output_limit = settings.output_limit;
  below.timeout = settings.timeout;
  std::optional<Id> id = tcp_connection::Connect(&TheInput(), std::move(target), below);
  if (!id) return std::nullopt;
  auto connection = std::make_unique<Connection>();
  connection->id = *id;
  connection->handler = handler;
  connection->settings = settings;
  if (settings.connect_timeout > 0) Deadlines().Set(connection.get(), settings.connect_timeout);
  CHECK(Find(*id) == nullptr);
  Connections()[*id] = std::move(connection);
  return id;
}

bool Expect(Id id, bool head) {
  Connection* connection = Find(id);
  if (connection == nullptr) return false;
  CHECK(connection->phase == Phase::kIdle);
  // Nothing may have come by now, the end neither: a request sent behind it would be lost.
  if (tcp_connection::HasInput(id)) return false;
  connection->phase = Phase::kHead;
  connection->to_head = head;
  connection->interim = 0;
  connection->parser.Reset(head);
  return true;
}

void SetReading(Id id, bool reading) {
  Connection* connection = Find(id);
  if (connection == nullptr || connection->phase == Phase::kIdle || connection->paused == !reading) return;
  connection->paused = !reading;
  tcp_connection::SetReading(id, reading);
  if (reading) resumed.push_back(id);
}

void SetPiece(Id id, uint32_t piece) {
  CHECK(piece > 0);
  Connection* connection = Find(id);
  if (connection != nullptr) connection->piece = piece;
}

void Abort(Id id) {
  Forget(id);
  tcp_connection::Abort(id);
}

void Flush() {
  // One pass: a handler that pauses and resumes all the time must not keep others from their turn.
  std::vector<Id> batch;
  batch.swap(resumed);
  for (Id id : batch) {
    if (Find(id) != nullptr) TakeInput(id, {});
  }
}

bool FlushDue() { return !resumed.empty(); }

}  // namespace node::http_client
