#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include <cerrno>
#include <vector>

#include "http_connection.h"
#include "http_connection_state.h"
#include "stream.h"

// Answers: their order, their way to the kernel, and what follows them.
namespace node::http_connection {

static std::vector<Id> dirty;

std::string_view DateNow() {
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

size_t Queued(const Connection* connection) {
  return connection->work == nullptr ? 0 : connection->work->output.size() - connection->work->sent;
}

// With what waits behind an unfinished answer.
static size_t HeldOutput(const Connection* connection) {
  return connection->work == nullptr ? 0 : Queued(connection) + connection->work->waiting;
}

bool PausedByOutput(const Connection* connection) {
  return HeldOutput(connection) > StateOf(connection)->settings.output_pause;
}

bool MayTakeRequest(const Connection* connection) {
  if (connection->work == nullptr) return true;
  return connection->work->exchanges.size() < StateOf(connection)->settings.pipeline_depth &&
         !PausedByOutput(connection);
}

void MarkDirty(Connection* connection) {
  if (connection->dirty) return;
  connection->dirty = true;
  dirty.push_back(connection->id);
}

static bool WantsInput(const Connection* connection) {
  if (connection->peer_closed || PausedByOutput(connection)) return false;
  switch (connection->phase) {
    case Phase::kHead: {
      if (connection->close_after) return false;
      bool inside_head = connection->work != nullptr && connection->work->parser != nullptr;
      return inside_head || MayTakeRequest(connection);
    }
    case Phase::kBody:
      return !BodyPaused(connection);
    case Phase::kLinger:
      return true;
    case Phase::kRefused:
      return false;
  }
  return false;
}

void UpdateInterest(Connection* connection) {
  connection->Want((WantsInput(connection) ? loop::kRead : 0) | (Queued(connection) > 0 ? loop::kWrite : 0));
}

static void ShutOurHalf(Connection* connection) {
  if (connection->half_closed) return;
  connection->half_closed = true;
  shutdown(connection->descriptor(), SHUT_WR);
}

static void StartLinger(Connection* connection) {
  // close() with unread input would send a reset that can overtake the answer.
  ShutOurHalf(connection);
  connection->phase = Phase::kLinger;
  SetDeadline(connection, StateOf(connection)->settings.linger_timeout);
  UpdateInterest(connection);
}

// Whether reading can go on where it was held back.
static bool MayTakeHeld(const Connection* connection) {
  const Work* work = connection->work;
  if (work == nullptr) return false;
  bool held = work->used < work->input.size();
  if (connection->phase == Phase::kBody) {
    bool due = held || work->body_outcome != http_parser::BodyParser::Kind::kMore;
    return due && !BodyPaused(connection) && !PausedByOutput(connection);
  }
  if (!held || work->parser != nullptr) return false;
  bool may = Queued(connection) == 0 && !connection->close_after && connection->phase == Phase::kHead;
  return may && MayTakeRequest(connection);
}

// The queue is empty: what was finished is with the kernel.
static void TellSent(Connection* connection) {
  Work* work = connection->work;
  for (ExchangeNumber number : work->unsent) NoteSent(connection, number);
  work->unsent.clear();
  if (work->exchanges.empty()) return;
  // Its request's body is still coming.
  Exchange& front = work->exchanges.front();
  if (front.finished && std::exchange(front.wants_sent, false)) NoteSent(connection, front.number);
}

void Advance(Connection* connection) {
  // One after the other, never one inside the other: a client may have sent thousands.
  while (MayTakeHeld(connection)) {
    std::string held = std::move(connection->work->input);
    size_t used = std::exchange(connection->work->used, 0);
    connection->work->input.clear();
    if (!Process(connection, std::string_view(held).substr(used), &held)) return;
    connection->dirty = false;
    if (!Send(connection)) return;
  }
  Work* work = connection->work;
  if (BodyMayWait(connection)) SetReadDeadline(connection, kProbeSeconds);
  if (Queued(connection) > 0) return UpdateInterest(connection);
  if (work != nullptr) TellSent(connection);
  bool owes = work != nullptr && !work->exchanges.empty();
  if (owes && work->exchanges.front().wants_drain) NoteDrain(connection, work->exchanges.front().number);
  // The client may wait for the end of the connection to see the end of the answer, while we take the rest of its body.
  if (connection->close_after && owes && work->exchanges.front().finished) ShutOurHalf(connection);
  if (!owes && connection->phase != Phase::kLinger) {
    bool closing = StateOf(connection)->closing && (work == nullptr || work->input.empty());
    if (connection->phase == Phase::kRefused || connection->close_after || closing || connection->peer_closed) {
      // A client that has asked for the end sends nothing that closing could answer with a reset.
      bool over = connection->peer_closed || (connection->client_closes && connection->phase == Phase::kHead);
      return over ? CloseNow(connection) : StartLinger(connection);
    }
  }
  ReleaseIfIdle(connection);
  if (connection->work == nullptr && connection->phase == Phase::kHead) {
    SetDeadline(connection, StateOf(connection)->settings.idle_timeout);
  }
  UpdateInterest(connection);
}

// A long queue does not keep what has gone already.
static void ForgetSent(Work* work) {
  static constexpr size_t kWorthwhile = 64 * 1024;
  if (work->sent < kWorthwhile || work->sent < work->output.size() / 2) return;
  work->output.erase(0, work->sent);
  work->sent = 0;
}

// Moves output to the kernel; false on an error. `progress`: whether any went.
static bool SendSome(Connection* connection, bool* progress) {
  Work* work = connection->work;
  while (work->sent < work->output.size()) {
    size_t length = work->output.size() - work->sent;
    ssize_t sent = stream::Send(connection->descriptor(), work->output.data() + work->sent, length);
    if (sent < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK;
    }
    *progress = true;
    work->sent += static_cast<size_t>(sent);
    if (static_cast<size_t>(sent) < length) return true;
  }
  return true;
}

bool Send(Connection* connection) {
  Work* work = connection->work;
  if (work == nullptr || work->output.empty()) return true;
  bool progress = false;
  if (!SendSome(connection, &progress)) {
    Fail(connection);
    return false;
  }
  const Settings& settings = StateOf(connection)->settings;
  if (work->sent < work->output.size()) {
    ForgetSent(work);
    // Only what the client takes moves the deadline on, not what the handler adds.
    if (progress || !connection->stalled) SetDeadline(connection, settings.write_timeout);
    connection->stalled = true;
    return true;
  }
  work->output.clear();
  work->sent = 0;
  connection->overdue = false;
  if (std::exchange(connection->stalled, false)) {
    if (connection->phase == Phase::kBody) SetDeadline(connection, settings.body_timeout);
    if (work->parser != nullptr) SetDeadline(connection, settings.head_timeout);
  }
  return true;
}

void SendAll() {
  // Going on with one connection may queue more: walk by index.
  for (size_t i = 0; i < dirty.size(); ++i) {
    Connection* connection = Find(dirty[i]);
    if (connection == nullptr || !connection->dirty || connection->busy) continue;
    connection->dirty = false;
    bool refused_before = connection->stalled;
    if (connection->doomed || !Send(connection)) {
      CloseNow(connection);
      continue;
    }
    connection->overdue = refused_before && connection->stalled;
    Advance(connection);
  }
  dirty.clear();
}

static bool WorkDue() { return HasArrived() || !dirty.empty() || NotesDue() || HasLate(); }

void Flush() {
  while (WorkDue()) {
    TakeLate();
    TakeArrived();
    SendAll();
    DeliverNotes();
  }
  TellDrained();
}

bool FlushDue() { return WorkDue() || DrainedDue(); }

void SendBeforeExit() {
  for (Id id : dirty) {
    Connection* connection = Find(id);
    bool progress;
    if (connection != nullptr && connection->work != nullptr) SendSome(connection, &progress);
  }
}

// Appends to where the output of `exchange` goes: the socket's queue when its turn has come.
template <typename Append>
static void Emit(Connection* connection, Exchange* exchange, Append append) {
  Work* work = connection->work;
  if (exchange == &work->exchanges.front()) return append(&work->output);
  size_t before = exchange->waiting.size();
  append(&exchange->waiting);
  work->waiting += exchange->waiting.size() - before;
}

// From so many bytes on a body goes to the kernel from where it lies: to copy it first costs more than the system call
// that the copy might save.
static constexpr size_t kSendInPlace = 8 * 1024;

// Sends what is queued and `data` behind it; what the kernel does not take now is queued.
static void SendInPlace(Connection* connection, std::string_view data) {
  Work* work = connection->work;
  const size_t queued = work->output.size() - work->sent;
  iovec parts[2] = {{work->output.data() + work->sent, queued}, {const_cast<char*>(data.data()), data.size()}};
  msghdr message = {};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  ssize_t sent = sendmsg(connection->descriptor(), &message, MSG_NOSIGNAL);
  if (sent < 0) {
    // The queue meets the same error and deals with it.
    work->output.append(data);
    return;
  }
  const size_t taken = static_cast<size_t>(sent);
  if (taken < queued) {
    work->sent += taken;
    work->output.append(data);
    return;
  }
  work->sent = 0;
  work->output.assign(data.substr(taken - queued));
}

static void EmitBody(Connection* connection, Exchange* exchange, std::string_view body) {
  using http_writer::BodyMode;
  if (exchange->plan.mode == BodyMode::kNone || body.empty()) return;
  const bool chunked = exchange->plan.mode == BodyMode::kChunked;
  const bool in_place =
      body.size() >= kSendInPlace && exchange == &connection->work->exchanges.front() && !connection->stalled;
  if (!in_place) {
    return Emit(connection, exchange, [&](std::string* out) {
      if (chunked) return http_writer::WriteChunk(body, out);
      out->append(body);
    });
  }
  std::string* out = &connection->work->output;
  if (chunked) http_writer::WriteChunkStart(body.size(), out);
  SendInPlace(connection, body);
  if (chunked) http_writer::WriteChunkEnd(out);
}

void WriteContinue(Connection* connection, Exchange* exchange) {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  Emit(connection, exchange, [](std::string* out) { out->append(kContinue); });
  MarkDirty(connection);
}

static void WriteRefusalIfDue(Connection* connection) {
  Work* work = connection->work;
  if (connection->phase != Phase::kRefused || work->refusal_status == 0 || !work->exchanges.empty()) return;
  http_writer::WriteRefusal(work->refusal_status, work->refusal_reason, DateNow(), &work->output);
  work->refusal_status = 0;
  MarkDirty(connection);
}

void PopFinished(Connection* connection) {
  Work* work = connection->work;
  // Without its whole body the request still occupies the connection.
  while (!work->exchanges.empty() && work->exchanges.front().finished && work->exchanges.front().request_complete) {
    if (work->exchanges.front().wants_sent) work->unsent.push_back(work->exchanges.front().number);
    work->exchanges.pop_front();
    if (work->exchanges.empty()) break;
    std::string& waiting = work->exchanges.front().waiting;
    work->waiting -= waiting.size();
    work->output += waiting;
    std::string().swap(waiting);
  }
  WriteRefusalIfDue(connection);
}

void Refuse(Connection* connection, uint16_t status, const char* reason) {
  Work* work = EnsureWork(connection);
  connection->phase = Phase::kRefused;
  connection->close_after = true;
  work->refusal_status = status;
  work->refusal_reason = reason;
  work->input.clear();
  work->used = 0;
  work->parser.reset();
  PopFinished(connection);
}

// Further requests of this connection will not be answered.
static void CloseAfterAnswer(Connection* connection, Exchange* exchange) {
  connection->close_after = true;
  Work* work = connection->work;
  bool is_last = &work->exchanges.back() == exchange;
  // Its own body is heard to the end, also what is held back of it.
  if (is_last && connection->phase == Phase::kBody) return;
  work->input.clear();
  work->used = 0;
  work->parser.reset();
  if (is_last) return;
  NoteGone(connection, (exchange->number + 1) & kExchangeMask, work->exchanges.back().number);
  while (&work->exchanges.back() != exchange) {
    work->waiting -= work->exchanges.back().waiting.size();
    work->exchanges.pop_back();
  }
  // The body that was coming belonged to one of them.
  if (connection->phase == Phase::kBody) connection->phase = Phase::kHead;
}

// --- What handlers ask for ---

Exchange* Lookup(Connection* connection, ExchangeNumber number) {
  if (connection == nullptr || connection->doomed || connection->work == nullptr) return nullptr;
  std::deque<Exchange>& exchanges = connection->work->exchanges;
  if (exchanges.empty()) return nullptr;
  uint32_t index = (number - exchanges.front().number) & kExchangeMask;
  return index < exchanges.size() ? &exchanges[index] : nullptr;
}

static Exchange* FindExchange(Connection* connection, ExchangeNumber number) {
  Exchange* exchange = Lookup(connection, number);
  return exchange != nullptr && !exchange->finished ? exchange : nullptr;
}

bool OwesAnswer(Id id, ExchangeNumber number) { return FindExchange(Find(id), number) != nullptr; }

bool AwaitSent(Id id, ExchangeNumber number) {
  Exchange* exchange = FindExchange(Find(id), number);
  if (exchange != nullptr) exchange->wants_sent = true;
  return exchange != nullptr;
}

void SetMayChunk(Id id, ExchangeNumber number, bool may) {
  Exchange* exchange = FindExchange(Find(id), number);
  if (exchange != nullptr) exchange->may_chunk = may;
}

// Whether the connection takes no request behind that one, so that its answer says so.
static bool IsLast(const Connection* connection, const Exchange* exchange) {
  // A server that is closing lets the requests finish that it has taken already.
  if (exchange != &connection->work->exchanges.back()) return false;
  // Behind what a refusal follows, the refusal is the last.
  return StateOf(connection)->closing || (connection->close_after && connection->phase != Phase::kRefused);
}

AnswerState GetAnswerState(Id id, ExchangeNumber number) {
  Connection* connection = Find(id);
  if (connection == nullptr || connection->doomed || !IsOf(id, number)) return {true, false};
  const Exchange* exchange = Lookup(connection, number);
  if (exchange == nullptr) return {connection->close_after, false};
  const http_writer::ResponsePlan& plan = exchange->plan;
  if (exchange->head_written) return {plan.close, !exchange->finished && plan.mode == http_writer::BodyMode::kChunked};
  return {!exchange->keep_alive || IsLast(connection, exchange), false};
}

bool TakeDrain(Id id, ExchangeNumber number) {
  Connection* connection = Find(id);
  Exchange* exchange = FindExchange(connection, number);
  if (exchange == nullptr || Queued(connection) > 0 || exchange != &connection->work->exchanges.front()) return false;
  return std::exchange(exchange->wants_drain, false);
}

static Reply Failure(Status status) {
  Reply reply;
  reply.status = status;
  return reply;
}

// `exchange`: whose answer goes on, or nullptr.
static Reply Queue(Connection* connection, Exchange* exchange) {
  MarkDirty(connection);
  const Settings& settings = StateOf(connection)->settings;
  Reply reply;
  // Much at once: the kernel may take some of it right away.
  if (!connection->stalled && Queued(connection) > settings.output_pause && !Send(connection)) return reply;
  reply.drained = !PausedByOutput(connection);
  if (!reply.drained && exchange != nullptr) exchange->wants_drain = true;
  // What one turn makes has been made; but a client that does not read must not be made more and more for.
  bool unread = connection->overdue || connection->work->waiting > settings.output_limit;
  if (unread && HeldOutput(connection) > settings.output_limit) connection->doomed = connection->failed = true;
  return reply;
}

static void EndAnswer(Connection* connection, Exchange* exchange) {
  exchange->finished = true;
  // A body that nobody listens to is waited for by nobody.
  if (exchange->paused && !exchange->wants_body) exchange->paused = false;
  if (exchange->plan.close) CloseAfterAnswer(connection, exchange);
  PopFinished(connection);
}

static Reply Broken(Connection* connection, Exchange* exchange, Status status) {
  // The framing promised something else: only closing keeps the client from reading the next answer as this one's body.
  exchange->plan.close = true;
  exchange->wants_sent = false;
  EndAnswer(connection, exchange);
  MarkDirty(connection);
  return Failure(status);
}

static Reply FinishExchange(Connection* connection, Exchange* exchange) {
  using http_writer::BodyMode;
  if (exchange->plan.mode == BodyMode::kLength && exchange->body_written < exchange->plan.declared_length) {
    return Broken(connection, exchange, Status::kTooShort);
  }
  if (exchange->plan.mode == BodyMode::kChunked) Emit(connection, exchange, http_writer::WriteLastChunk);
  EndAnswer(connection, exchange);
  return Queue(connection, nullptr);
}

static Reply WriteBody(Connection* connection, Exchange* exchange, std::string_view body) {
  if (exchange->plan.mode == http_writer::BodyMode::kLength &&
      exchange->body_written + body.size() > exchange->plan.declared_length) {
    return Broken(connection, exchange, Status::kTooLong);
  }
  exchange->body_written += body.size();
  EmitBody(connection, exchange, body);
  return Queue(connection, exchange);
}

Reply Respond(Id id, ExchangeNumber number, const http_writer::ResponseHead& given, std::string_view body,
              bool finish) {
  Connection* connection = Find(id);
  Exchange* exchange = FindExchange(connection, number);
  if (exchange == nullptr) return Failure(Status::kGone);
  if (exchange->head_written) return Failure(Status::kHeadTwice);
  http_writer::ResponseHead head = given;
  head.minor_version = exchange->minor_version;
  head.keep_alive = exchange->keep_alive && !IsLast(connection, exchange);
  head.may_chunk = exchange->may_chunk;
  head.is_head = exchange->is_head;
  head.date = DateNow();
  if (finish) head.body_length = body.size();
  static http_writer::HeadMemo memo;
  http_writer::WriteResult result;
  Emit(connection, exchange, [&](std::string* out) { result = memo.Write(head, out); });
  if (result.fault != http_writer::Fault::kNone) {
    Reply reply = Failure(Status::kBadHead);
    reply.fault = result.fault;
    reply.pair = result.pair;
    return reply;
  }
  exchange->head_written = true;
  exchange->plan = result.plan;
  Reply reply = WriteBody(connection, exchange, body);
  if (finish && reply.status == Status::kOk && !connection->doomed) return FinishExchange(connection, exchange);
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

}  // namespace node::http_connection
