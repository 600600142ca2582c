#include "http_connection.h"

#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "http_connection_state.h"
#include "stream.h"

// The life of a connection:
//
//   accept --> kHead --head complete--> kBody --last byte--> kHead ...
//                |  (no body: stays)      |
//                +--- not HTTP -----------+--> kRefused --owed answers and refusal sent--> kLinger --> closed
//                |
//                +--- client or handler ends it, or a deadline passes --> closed
namespace node::http_connection {

static constexpr size_t kReadSize = 64 * 1024;
static constexpr uint32_t kSlotBits = 20;
static constexpr uint32_t kSlotMask = (1u << kSlotBits) - 1;
static constexpr uint32_t kGenerationMask = 0x3ff;
static constexpr uint32_t kExchangeMask = (1u << 30) - 1;
// A finished answer may wait this long behind a busy handler of the same read.
static constexpr double kCorkMs = 0.2;

struct Server::State {
  Handler* handler;
  Settings settings;
  struct Listener : loop::Io {
    Server* server = nullptr;
  } listener;
  fd::OwnedFd listener_fd;
  bool closing = false;
  // Given up for a moment when descriptors run out, so that a client can be taken and turned away.
  loop::Timer retry;
  uint32_t connections = 0;
};

struct Access {
  static Server::State* State(Server* server) { return server->state_; }
};

static std::vector<std::unique_ptr<Connection>> slots;
static std::vector<uint32_t> free_slots;
static std::vector<std::unique_ptr<Work>> free_work;
static std::vector<Id> dirty;
static char read_buffer[kReadSize];
static http_parser::RequestParser shared_parser;
static std::vector<Server*> servers;

static timer_wheel::Wheel& Deadlines() {
  static timer_wheel::Wheel wheel(static_cast<uint32_t>(loop::NowMs() / 1e3));
  return wheel;
}
static loop::Timer wheel_timer;
static bool wheel_timer_ready = false;

static Settings& SettingsOf(Connection* connection) { return Access::State(connection->server)->settings; }
static Handler* HandlerOf(Connection* connection) { return Access::State(connection->server)->handler; }

static std::string_view DateNow() {
  static time_t shown = -1;
  static char text[http_writer::kDateLength];
  timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec != shown) {
    shown = now.tv_sec;
    http_writer::FormatDate(shown, text);
  }
  return {text, sizeof text};
}

// --- Records ---

static Connection* Find(Id id) {
  uint32_t slot = id & kSlotMask;
  if (slot >= slots.size()) return nullptr;
  Connection* connection = slots[slot].get();
  return connection->open && connection->id == id ? connection : nullptr;
}

static Exchange* FindExchange(Connection* connection, ExchangeNumber number) {
  if (connection == nullptr || connection->doomed || connection->work == nullptr) return nullptr;
  if (connection->work->exchanges.empty()) return nullptr;
  auto& exchanges = connection->work->exchanges;
  uint32_t index = (number - exchanges.front().number) & kExchangeMask;
  return index < exchanges.size() && !exchanges[index].finished ? &exchanges[index] : nullptr;
}

static Work* EnsureWork(Connection* connection) {
  if (connection->work == nullptr) {
    if (free_work.empty()) free_work.push_back(std::make_unique<Work>());
    connection->work = free_work.back().release();
    free_work.pop_back();
  }
  return connection->work;
}

static void ReleaseWork(Connection* connection) {
  static constexpr size_t kKept = 256;
  static constexpr size_t kKeptBytes = 4096;
  std::unique_ptr<Work> work(connection->work);
  connection->work = nullptr;
  if (work == nullptr || free_work.size() >= kKept) return;
  work->exchanges.clear();
  work->parser.reset();
  work->sent = 0;
  work->refusal_status = 0;
  for (std::string* buffer : {&work->input, &work->output}) {
    buffer->clear();
    if (buffer->capacity() > kKeptBytes) buffer->shrink_to_fit();
  }
  free_work.push_back(std::move(work));
}

// A connection that owes nothing and holds nothing gives its working memory back.
static void ReleaseIfIdle(Connection* connection) {
  Work* work = connection->work;
  if (work == nullptr || connection->phase != Phase::kHead) return;
  if (work->exchanges.empty() && work->input.empty() && work->output.empty()) ReleaseWork(connection);
}

static void OnWheelTick(loop::Timer*);

static void SetDeadline(Connection* connection, uint32_t seconds) {
  timer_wheel::Wheel& wheel = Deadlines();
  if (!wheel_timer_ready) {
    wheel_timer.Init(OnWheelTick, /*keeps_alive=*/false);
    wheel_timer_ready = true;
  }
  if (wheel.size() == 0) wheel.Advance(static_cast<uint32_t>(loop::NowMs() / 1e3), [](timer_wheel::Entry*) {});
  if (!wheel_timer.started()) wheel_timer.Start(1000);
  // One more: the current second has partly gone, and nothing may come early.
  wheel.Set(connection, seconds + 1);
}

static void Close(Connection* connection) {
  if (!connection->open) return;
  connection->doomed = true;
  if (connection->busy) return;
  Server* server = connection->server;
  Handler* handler = HandlerOf(connection);
  int descriptor = connection->descriptor();
  connection->Want(0);
  Deadlines().Remove(connection);
  connection->open = false;
  close(descriptor);
  bool owed = connection->work != nullptr && !connection->work->exchanges.empty();
  ExchangeNumber first = owed ? connection->work->exchanges.front().number : 0;
  ExchangeNumber last = owed ? connection->work->exchanges.back().number : 0;
  Id id = connection->id;
  if (connection->work != nullptr) ReleaseWork(connection);
  free_slots.push_back(id & kSlotMask);
  Server::State* state = Access::State(server);
  --state->connections;
  if (state->listener_fd.valid() && state->listener.wanted() == 0 && !state->retry.started()) {
    state->listener.Want(loop::kRead);
  }
  if (owed) handler->OnGone(id, first, last);
}

// --- Output ---

static size_t Queued(Connection* connection) {
  return connection->work == nullptr ? 0 : connection->work->output.size() - connection->work->sent;
}

static void MarkDirty(Connection* connection) {
  if (connection->dirty) return;
  connection->dirty = true;
  dirty.push_back(connection->id);
}

static bool Paused(Connection* connection) {
  Settings& settings = SettingsOf(connection);
  return connection->work != nullptr && (connection->work->exchanges.size() >= settings.pipeline_depth ||
                                         Queued(connection) > settings.output_pause);
}

static void UpdateInterest(Connection* connection) {
  int events = 0;
  bool wants_input = !connection->peer_closed && !Paused(connection) && connection->phase != Phase::kRefused;
  if (wants_input) events |= loop::kRead;
  if (Queued(connection) > 0) events |= loop::kWrite;
  connection->Want(events);
}

static void StartLinger(Connection* connection) {
  // close() with unread input would send a reset that can overtake the answer.
  shutdown(connection->descriptor(), SHUT_WR);
  connection->phase = Phase::kLinger;
  SetDeadline(connection, SettingsOf(connection).linger_timeout);
  UpdateInterest(connection);
}

static void Process(Connection* connection, std::string_view bytes);

// After output has gone or a phase has changed: what happens next?
static void Advance(Connection* connection) {
  Work* work = connection->work;
  if (Queued(connection) > 0) return UpdateInterest(connection);
  // Reading goes on where it was held back.
  bool held_back = work != nullptr && !work->input.empty() && work->parser == nullptr;
  bool may_read = !connection->close_after && connection->phase == Phase::kHead && !connection->busy;
  if (held_back && may_read && !Paused(connection)) {
    std::string held = std::move(work->input);
    work->input.clear();
    return Process(connection, held);
  }
  bool owes = work != nullptr && !work->exchanges.empty();
  if (!owes && connection->phase != Phase::kLinger) {
    if (connection->phase == Phase::kRefused || connection->close_after) {
      if (connection->peer_closed) return Close(connection);
      return StartLinger(connection);
    }
    if (connection->peer_closed) return Close(connection);
    bool closing = Access::State(connection->server)->closing;
    if (closing && (work == nullptr || work->input.empty())) return Close(connection);
  }
  ReleaseIfIdle(connection);
  if (connection->work == nullptr && connection->phase == Phase::kHead) {
    SetDeadline(connection, SettingsOf(connection).idle_timeout);
  }
  UpdateInterest(connection);
}

// Sends what is queued. False when the connection has closed over it.
static bool Send(Connection* connection) {
  Work* work = connection->work;
  while (work != nullptr && work->sent < work->output.size()) {
    ssize_t sent =
        send(connection->descriptor(), work->output.data() + work->sent, work->output.size() - work->sent, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      Close(connection);
      return false;
    }
    work->sent += static_cast<size_t>(sent);
  }
  if (work == nullptr) return true;
  if (work->sent == work->output.size()) {
    work->output.clear();
    work->sent = 0;
  } else {
    SetDeadline(connection, SettingsOf(connection).write_timeout);
  }
  return true;
}

void Flush() {
  // Closing a connection may queue more: walk by index.
  for (size_t i = 0; i < dirty.size(); ++i) {
    Connection* connection = Find(dirty[i]);
    if (connection == nullptr) continue;
    connection->dirty = false;
    if (connection->busy) continue;  // Process() sends when it is done
    if (!Send(connection)) continue;
    if (connection->doomed) {
      Close(connection);
    } else {
      Advance(connection);
    }
  }
  dirty.clear();
}

// Where output of `exchange` goes: the socket's queue when its turn has come.
static std::string* OutputOf(Connection* connection, Exchange* exchange) {
  Work* work = connection->work;
  return exchange == &work->exchanges.front() ? &work->output : &exchange->waiting;
}

static void AppendBody(Exchange* exchange, std::string_view body, std::string* out) {
  exchange->body_written += body.size();
  if (exchange->plan.mode == http_writer::BodyMode::kNone || body.empty()) return;
  if (exchange->plan.mode == http_writer::BodyMode::kChunked) {
    http_writer::WriteChunk(body, out);
  } else {
    out->append(body);
  }
}

static void WriteRefusalIfDue(Connection* connection) {
  Work* work = connection->work;
  if (connection->phase != Phase::kRefused || work->refusal_status == 0 || !work->exchanges.empty()) return;
  http_writer::WriteRefusal(work->refusal_status, work->refusal_reason, DateNow(), &work->output);
  work->refusal_status = 0;
  MarkDirty(connection);
}

// The front answer is finished: the next ones may go.
static void PopFinished(Connection* connection) {
  Work* work = connection->work;
  while (!work->exchanges.empty() && work->exchanges.front().finished) {
    Exchange& front = work->exchanges.front();
    // Without its whole body the request still occupies the connection.
    if (!front.request_complete && !connection->close_after) return;
    work->exchanges.pop_front();
    if (!work->exchanges.empty()) {
      work->output += work->exchanges.front().waiting;
      std::string().swap(work->exchanges.front().waiting);
    }
  }
  WriteRefusalIfDue(connection);
}

// Further requests of this connection will not be answered: their bytes are dropped.
static void CloseAfterAnswer(Connection* connection, Exchange* exchange) {
  connection->close_after = true;
  Work* work = connection->work;
  while (&work->exchanges.back() != exchange) work->exchanges.pop_back();
  work->input.clear();
  work->parser.reset();
}

static Reply Queue(Connection* connection) {
  MarkDirty(connection);
  Reply reply;
  size_t queued = Queued(connection);
  reply.drained = queued <= SettingsOf(connection).output_pause;
  if (queued > SettingsOf(connection).output_limit) connection->doomed = true;
  return reply;
}

static Reply Broken(Connection* connection, Status status) {
  // The framing promised something else: only closing keeps the client from reading the next answer as this one's body.
  // It closes with the next Flush(): the handler that called must not be called back from inside.
  connection->doomed = true;
  MarkDirty(connection);
  Reply reply;
  reply.status = status;
  return reply;
}

static Reply FinishExchange(Connection* connection, Exchange* exchange) {
  using http_writer::BodyMode;
  if (exchange->plan.mode == BodyMode::kLength && exchange->body_written < exchange->plan.declared_length) {
    return Broken(connection, Status::kTooShort);
  }
  if (exchange->plan.mode == BodyMode::kChunked) http_writer::WriteLastChunk(OutputOf(connection, exchange));
  exchange->finished = true;
  // An answer to a request whose body is still awaited behind "100 Continue": the client may or may not send it.
  if (!exchange->request_complete && exchange->continue_due) exchange->plan.close = true;
  if (exchange->plan.close) CloseAfterAnswer(connection, exchange);
  PopFinished(connection);
  return Queue(connection);
}

static Reply WriteBody(Connection* connection, Exchange* exchange, std::string_view body) {
  if (exchange->plan.mode == http_writer::BodyMode::kLength &&
      exchange->body_written + body.size() > exchange->plan.declared_length) {
    return Broken(connection, Status::kTooLong);
  }
  AppendBody(exchange, body, OutputOf(connection, exchange));
  return Queue(connection);
}

static Reply Failure(Status status) {
  Reply reply;
  reply.status = status;
  return reply;
}

Reply Respond(Id id, ExchangeNumber number, const http_writer::ResponseHead& given, std::string_view body, bool finish) {
  Connection* connection = Find(id);
  Exchange* exchange = FindExchange(connection, number);
  if (exchange == nullptr) return Failure(Status::kGone);
  if (exchange->head_written) return Failure(Status::kHeadTwice);
  http_writer::ResponseHead head = given;
  head.minor_version = exchange->minor_version;
  // A server that is closing lets the requests finish that it has taken already.
  bool last = exchange == &connection->work->exchanges.back();
  head.keep_alive = exchange->keep_alive && !(last && Access::State(connection->server)->closing);
  head.is_head = exchange->is_head;
  head.date = DateNow();
  if (finish) head.body_length = body.size();
  http_writer::WriteResult result = http_writer::WriteResponseHead(head, OutputOf(connection, exchange));
  if (result.fault != http_writer::Fault::kNone) {
    Reply reply = Failure(Status::kBadHead);
    reply.fault = result.fault;
    reply.pair = result.pair;
    return reply;
  }
  exchange->head_written = true;
  exchange->plan = result.plan;
  Reply reply = WriteBody(connection, exchange, body);
  if (finish && reply.status == Status::kOk && Find(id) == connection) return FinishExchange(connection, exchange);
  return reply;
}

Reply Write(Id id, ExchangeNumber number, std::string_view body) {
  Connection* connection = Find(id);
  Exchange* exchange = FindExchange(connection, number);
  if (exchange == nullptr) return Failure(Status::kGone);
  if (!exchange->head_written) return Failure(Status::kNoHead);
  return WriteBody(connection, exchange, body);
}

Reply Finish(Id id, ExchangeNumber number) {
  Connection* connection = Find(id);
  Exchange* exchange = FindExchange(connection, number);
  if (exchange == nullptr) return Failure(Status::kGone);
  if (!exchange->head_written) return Failure(Status::kNoHead);
  return FinishExchange(connection, exchange);
}

void Abort(Id id) {
  Connection* connection = Find(id);
  if (connection == nullptr) return;
  if (connection->work != nullptr) connection->work->exchanges.clear();
  Close(connection);
}

int Descriptor(Id id) {
  Connection* connection = Find(id);
  return connection == nullptr ? -1 : connection->descriptor();
}

// --- Input ---

static void Refuse(Connection* connection, uint16_t status, const char* reason) {
  Work* work = EnsureWork(connection);
  connection->phase = Phase::kRefused;
  connection->close_after = true;
  work->refusal_status = status;
  work->refusal_reason = reason;
  work->input.clear();
  work->parser.reset();
  PopFinished(connection);
}

// The newest request's body has broken off. An answer that has begun ends where it is; without one there will be none.
static void AbandonRequest(Connection* connection) {
  Work* work = connection->work;
  Exchange& exchange = work->exchanges.back();
  ExchangeNumber number = exchange.number;
  bool told = exchange.finished;
  exchange.request_complete = true;
  exchange.finished = true;
  if (!exchange.head_written) work->exchanges.pop_back();
  if (!told) HandlerOf(connection)->OnGone(connection->id, number, number);
}

static void RefuseBody(Connection* connection, const http_parser::Refusal& refusal) {
  bool begun = connection->work->exchanges.back().head_written;
  AbandonRequest(connection);
  if (connection->doomed) return;
  // Behind a head that is on its way no second one may follow.
  Refuse(connection, begun ? 0 : refusal.status, refusal.reason);
}

// One request whose head is complete. Returns the bytes used.
static size_t TakeRequest(Connection* connection, std::string_view bytes, const http_parser::RequestHead& head) {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  std::string_view method = bytes.substr(head.method, head.method_length);
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
  exchange.keep_alive = head.keep_alive;
  exchange.is_head = method == "HEAD";
  exchange.request_complete = !body_follows;
  if (body_follows) {
    connection->phase = Phase::kBody;
    work->body.Begin(head.framing, head.content_length);
    // The handler takes every body, so the client is told to go on at once (RFC 9110, 10.1.1), in its turn.
    if (head.expect_continue && bytes.size() == head.size) {
      OutputOf(connection, &exchange)->append(kContinue);
      MarkDirty(connection);
    }
    SetDeadline(connection, SettingsOf(connection).body_timeout);
  }
  size_t size = head.size;
  HandlerOf(connection)->OnRequest(connection->server, connection->id, exchange.number, bytes.substr(0, size), head,
                                   body_follows);
  return size;
}

// Parses on in a head. Returns the bytes used, 0 when the head is incomplete or refused.
static size_t ProcessHead(Connection* connection, std::string_view bytes) {
  Work* work = connection->work;
  http_parser::RequestParser* parser = &shared_parser;
  if (work != nullptr && work->parser != nullptr) {
    parser = work->parser.get();
  } else {
    shared_parser.Reset();
  }
  switch (parser->Parse(bytes, SettingsOf(connection).limits)) {
    case http_parser::Outcome::kIncomplete:
      work = EnsureWork(connection);
      if (work->parser == nullptr) {
        work->parser = std::make_unique<http_parser::RequestParser>(*parser);
        // From the head's first byte on, however slowly the rest comes.
        SetDeadline(connection, SettingsOf(connection).head_timeout);
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

// One step in a body. Returns the bytes used.
static size_t ProcessBody(Connection* connection, std::string_view bytes, bool* more) {
  Work* work = connection->work;
  ExchangeNumber number = work->exchanges.back().number;
  http_parser::BodyParser::Step step = work->body.Next(bytes, SettingsOf(connection).limits);
  *more = true;
  switch (step.kind) {
    case http_parser::BodyParser::Kind::kMore:
      *more = false;
      SetDeadline(connection, SettingsOf(connection).body_timeout);
      break;
    case http_parser::BodyParser::Kind::kData:
      if (!work->exchanges.back().finished) HandlerOf(connection)->OnBody(connection->id, number, step.data);
      break;
    case http_parser::BodyParser::Kind::kEnd: {
      connection->phase = Phase::kHead;
      Exchange& exchange = work->exchanges.back();
      exchange.request_complete = true;
      bool finished = exchange.finished;
      if (finished) {
        PopFinished(connection);
        MarkDirty(connection);
      }
      if (!finished) HandlerOf(connection)->OnRequestComplete(connection->id, number);
      break;
    }
    case http_parser::BodyParser::Kind::kRefused:
      RefuseBody(connection, work->body.refusal());
      break;
  }
  return step.consumed;
}

// All bytes that have come and not been used yet, in order.
static void Process(Connection* connection, std::string_view bytes) {
  connection->busy = true;
  double corked_since = 0;
  while (!connection->doomed && !connection->close_after && connection->phase != Phase::kRefused) {
    if (bytes.empty() && connection->phase != Phase::kBody) break;
    if (Paused(connection) && connection->phase == Phase::kHead) break;
    bool more = true;
    size_t used = connection->phase == Phase::kBody ? ProcessBody(connection, bytes, &more)
                                                     : ProcessHead(connection, bytes);
    bytes.remove_prefix(used);
    if (connection->phase == Phase::kBody) {
      if (!more) break;
    } else if (used == 0 && connection->phase == Phase::kHead && connection->work != nullptr &&
               connection->work->parser != nullptr) {
      break;
    }
    // Finished answers do not wait long for a slow handler of the next request.
    if (!bytes.empty() && !connection->doomed && Queued(connection) > 0) {
      double now = loop::NowMs();
      if (corked_since == 0) corked_since = now;
      if (now - corked_since > kCorkMs) {
        corked_since = 0;
        connection->busy = false;
        if (!Send(connection)) return;
        connection->busy = true;
      }
    }
  }
  connection->busy = false;
  if (connection->doomed) return Close(connection);
  bool keep = !connection->close_after && connection->phase == Phase::kHead && !bytes.empty();
  if (keep) {
    EnsureWork(connection)->input.assign(bytes);
  } else if (connection->work != nullptr) {
    connection->work->input.clear();
  }
  if (!Send(connection)) return;
  Advance(connection);
}

static void OnPeerClosed(Connection* connection) {
  connection->peer_closed = true;
  if (connection->phase == Phase::kLinger) return Close(connection);
  if (connection->phase == Phase::kBody) {
    // The body will never be complete; what was answered already may still go out.
    AbandonRequest(connection);
    if (!connection->open) return;
    connection->phase = Phase::kHead;
    connection->close_after = true;
    PopFinished(connection);
    if (!Send(connection)) return;
  }
  if (connection->work != nullptr && connection->work->parser != nullptr) {
    connection->work->input.clear();
    connection->work->parser.reset();
  }
  Advance(connection);
}

static void OnReadable(Connection* connection) {
  ssize_t got = recv(connection->descriptor(), read_buffer, sizeof read_buffer, 0);
  if (got < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return;
    return Close(connection);
  }
  if (got == 0) return OnPeerClosed(connection);
  if (connection->phase == Phase::kLinger || connection->close_after) return;
  std::string_view bytes(read_buffer, static_cast<size_t>(got));
  Work* work = connection->work;
  if (work != nullptr && !work->input.empty()) {
    std::string joined = std::move(work->input);
    joined += bytes;
    work->input.clear();
    return Process(connection, joined);
  }
  Process(connection, bytes);
}

static void OnIo(loop::Io* io, int events) {
  Connection* connection = static_cast<Connection*>(io);
  Id id = connection->id;
  if ((events & loop::kWrite) != 0) {
    if (!Send(connection)) return Flush();
    Advance(connection);
  }
  if ((events & loop::kRead) != 0 && Find(id) == connection && (connection->wanted() & loop::kRead) != 0) {
    OnReadable(connection);
  }
  Flush();
}

static void OnDeadline(timer_wheel::Entry* entry) {
  Connection* connection = static_cast<Connection*>(entry);
  Work* work = connection->work;
  if (connection->phase == Phase::kHead && work != nullptr && work->parser != nullptr && Queued(connection) == 0) {
    Refuse(connection, 408, "the request head took too long");
    if (Send(connection)) Advance(connection);
    return;
  }
  // A handler that takes its time is no fault of the client's.
  if (work != nullptr && !work->exchanges.empty() && connection->phase == Phase::kHead && Queued(connection) == 0) return;
  Close(connection);
}

static void OnWheelTick(loop::Timer*) {
  timer_wheel::Wheel& wheel = Deadlines();
  wheel.Advance(static_cast<uint32_t>(loop::NowMs() / 1e3), OnDeadline);
  if (wheel.size() > 0) wheel_timer.Start(1000);
  Flush();
}

// --- Server ---

static void OnAccept(loop::Io* io, int) {
  auto* listener = static_cast<Server::State::Listener*>(io);
  Server* server = listener->server;
  Server::State* state = Access::State(server);
  // A burst is taken in one turn, but never so long that others starve.
  for (int taken = 0; taken < 64 && state->listener_fd.valid(); ++taken) {
    if (state->connections >= state->settings.connections) {
      listener->Want(0);
      break;
    }
    fd::OwnedFd accepted = stream::Accept(state->listener_fd.get());
    if (!accepted.valid()) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        // Accepting again at once would spin: the queue stays readable.
        listener->Want(0);
        state->retry.Start(100);
      }
      break;
    }
    server->Adopt(std::move(accepted));
  }
  Flush();
}

Server::Server(Handler* handler, const Settings& settings) : state_(new State{}) {
  state_->handler = handler;
  state_->settings = settings;
  state_->listener.server = this;
  state_->retry.Init(
      [](loop::Timer*) {
        for (Server* server : servers) {
          State* state = Access::State(server);
          if (state->listener_fd.valid()) state->listener.Want(loop::kRead);
        }
      },
      /*keeps_alive=*/true);
  servers.push_back(this);
}

Server::~Server() {
  CHECK(state_->connections == 0 && !state_->listener_fd.valid());
  std::erase(servers, this);
  delete state_;
}

void Server::Listen(fd::OwnedFd listener) {
  CHECK(!state_->listener_fd.valid());
  state_->listener_fd = std::move(listener);
  state_->closing = false;
  state_->listener.Init(state_->listener_fd.get(), OnAccept);
  state_->listener.Want(loop::kRead);
}

Id Server::Adopt(fd::OwnedFd descriptor) {
  if (free_slots.empty()) {
    CHECK(slots.size() <= kSlotMask);
    slots.push_back(std::make_unique<Connection>());
    slots.back()->id = static_cast<Id>(slots.size() - 1);
    free_slots.push_back(slots.back()->id);
  }
  uint32_t slot = free_slots.back();
  free_slots.pop_back();
  Connection* connection = slots[slot].get();
  uint32_t generation = ((connection->id >> kSlotBits) + 1) & kGenerationMask;
  connection->id = (generation << kSlotBits) | slot;
  connection->server = this;
  connection->next_exchange = 0;
  connection->phase = Phase::kHead;
  connection->open = true;
  connection->doomed = connection->dirty = connection->peer_closed = false;
  connection->close_after = connection->busy = false;
  connection->Init(descriptor.Release(), OnIo);
  connection->Want(loop::kRead);
  ++state_->connections;
  SetDeadline(connection, state_->settings.head_timeout);
  return connection->id;
}

void Server::Close() {
  state_->closing = true;
  if (state_->listener_fd.valid()) {
    state_->listener.Want(0);
    state_->retry.Stop();
    state_->listener_fd.Close();
  }
  for (size_t i = 0; i < slots.size(); ++i) {
    Connection* connection = slots[i].get();
    bool idle = connection->open && connection->server == this && connection->work == nullptr && !connection->busy;
    if (idle && connection->phase == Phase::kHead) http_connection::Close(connection);
  }
}

bool Server::listening() const { return state_->listener_fd.valid(); }
uint32_t Server::connection_count() const { return state_->connections; }

}  // namespace node::http_connection
