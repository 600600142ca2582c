#include "http_connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "deadlines.h"
#include "http_connection_state.h"
#include "stream.h"
#include "trimmer.h"

// The life of a connection:
//
//   accept --> kHead --head complete--> kBody --last byte--> kHead ...
//                |  (no body: stays)      |
//                +--- not HTTP -----------+--> kRefused --owed answers and refusal sent--> kLinger --> closed
//                |
//                +--- the last answer is out and says close --> kLinger --> closed
//                |
//                +--- client or handler ends it, or a deadline passes --> closed
namespace node::http_connection {

// What a handler is told with the next Flush().
struct Note {
  enum class Kind : uint8_t { kGone, kDrain, kSent, kEof, kClosed, kFailed };
  Server* server;
  Id id;
  ExchangeNumber first;
  ExchangeNumber last;
  Kind kind;
};

static slots::Table<Connection> connections;
static std::vector<std::unique_ptr<Work>> free_work;
static std::vector<Server*> servers;
static std::vector<Note> notes;
static std::vector<Server*> late_servers;  // that have State::late
static std::vector<Server*> drained;       // to be told, behind all notes

static void OnDeadline(timer_wheel::Entry* entry);

static deadlines::Deadlines& Deadlines() {
  static deadlines::Deadlines all(OnDeadline, Flush);
  return all;
}

// --- Records ---

Connection* Find(Id id) { return connections.Find(id); }

Work* EnsureWork(Connection* connection) {
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
  work->unsent.clear();
  work->parser.reset();
  work->used = work->sent = work->waiting = 0;
  work->refusal_status = 0;
  for (std::string* buffer : {&work->input, &work->output}) {
    buffer->clear();
    if (buffer->capacity() > kKeptBytes) buffer->shrink_to_fit();
  }
  free_work.push_back(std::move(work));
}

void ReleaseIfIdle(Connection* connection) {
  Work* work = connection->work;
  if (work == nullptr || connection->phase != Phase::kHead) return;
  if (work->exchanges.empty() && work->input.empty() && work->output.empty()) ReleaseWork(connection);
}

void NoteGone(Connection* connection, ExchangeNumber first, ExchangeNumber last) {
  notes.push_back({connection->server, connection->id, first, last, Note::Kind::kGone});
}

void NoteDrain(Connection* connection, ExchangeNumber exchange) {
  notes.push_back({connection->server, connection->id, exchange, exchange, Note::Kind::kDrain});
}

void NoteSent(Connection* connection, ExchangeNumber exchange) {
  notes.push_back({connection->server, connection->id, exchange, exchange, Note::Kind::kSent});
}

// Where the exchanges of new records begin: behind those of all that were freed.
static ExchangeNumber first_number = 0;

static void TrimLater() {
  if (!connections.Crowded()) return;
  static auto* trimmer = new trimmer::Trimmer([] {
    connections.Trim([](const Connection& gone) { first_number = std::max(first_number, gone.next_exchange); });
    free_work.clear();
  });
  trimmer->Later();
}

static void EnterList(Connection* connection) {
  Server::State* state = StateOf(connection);
  ++state->connections;
  connection->previous_of_server = nullptr;
  connection->next_of_server = state->newest;
  if (state->newest != nullptr) state->newest->previous_of_server = connection;
  state->newest = connection;
}

static void TellIfDrained(Server* server) {
  Server::State* state = Access::State(server);
  if (!state->draining || state->drain_noted || state->connections > 0 || !state->late.empty()) return;
  state->drain_noted = true;
  drained.push_back(server);
}

static void LeaveList(Connection* connection) {
  Server::State* state = StateOf(connection);
  --state->connections;
  Connection* next = connection->next_of_server;
  Connection* previous = connection->previous_of_server;
  if (next != nullptr) next->previous_of_server = previous;
  (previous != nullptr ? previous->next_of_server : state->newest) = next;
}

void CloseNow(Connection* connection) {
  if (!connection->open) return;
  connection->doomed = true;
  if (connection->busy) return;
  int descriptor = connection->descriptor();
  connection->Want(0);
  Deadlines().Remove(connection);
  if (!connection->detached) close(descriptor);
  if (connection->work != nullptr) {
    const std::deque<Exchange>& owed = connection->work->exchanges;
    const std::vector<ExchangeNumber>& unsent = connection->work->unsent;
    // In one: of what lies between, all has been heard.
    if (!owed.empty() || !unsent.empty()) {
      NoteGone(connection, unsent.empty() ? owed.front().number : unsent.front(),
               owed.empty() ? unsent.back() : owed.back().number);
    }
    ReleaseWork(connection);
  }
  Note::Kind kind = connection->failed ? Note::Kind::kFailed : Note::Kind::kClosed;
  if (connection->watched) notes.push_back({connection->server, connection->id, 0, 0, kind});
  LeaveList(connection);
  connections.GiveBack(connection);
  TrimLater();
  Server::State* state = StateOf(connection);
  TellIfDrained(connection->server);
  if (state->listener_fd.valid() && state->listener.wanted() == 0 && !state->retry.started()) {
    state->listener.Want(loop::kRead);
  }
}

void NoteEof(Connection* connection) {
  if (connection->watched) notes.push_back({connection->server, connection->id, 0, 0, Note::Kind::kEof});
}

void Fail(Connection* connection) {
  connection->failed = true;
  CloseNow(connection);
}

void DeliverNotes() {
  // Hearing of one may make more.
  for (size_t i = 0; i < notes.size(); ++i) {
    Note note = notes[i];
    Handler* handler = Access::State(note.server)->handler;
    switch (note.kind) {
      case Note::Kind::kGone:
        handler->OnGone(note.id, note.first, note.last);
        break;
      case Note::Kind::kDrain:
        // It may have been finished, or more may have been queued since.
        if (TakeDrain(note.id, note.first)) handler->OnDrain(note.id, note.first);
        break;
      case Note::Kind::kSent:
        handler->OnSent(note.id, note.first);
        break;
      case Note::Kind::kEof:
        handler->OnEof(note.id);
        break;
      case Note::Kind::kClosed:
      case Note::Kind::kFailed:
        handler->OnClosed(note.id, note.kind == Note::Kind::kFailed);
        break;
    }
  }
  notes.clear();
}

bool NotesDue() { return !notes.empty(); }

void TellDrained() {
  // One pass: a handler that listens and closes again must not keep others from their turn.
  for (size_t count = drained.size(); count > 0 && !drained.empty(); --count) {
    Server* server = drained.front();
    drained.erase(drained.begin());
    Server::State* state = Access::State(server);
    state->draining = state->drain_noted = false;
    state->handler->OnDrained(server);
  }
}

bool DrainedDue() { return !drained.empty(); }

void Close(Id id) {
  Connection* connection = Find(id);
  if (connection == nullptr || connection->doomed) return;
  connection->close_after = true;
  Work* work = connection->work;
  // What waits behind a paused body is its rest.
  if (work != nullptr && connection->phase != Phase::kBody) {
    work->input.clear();
    work->used = 0;
    work->parser.reset();
  }
  MarkDirty(connection);
}

void Abort(Id id) {
  Connection* connection = Find(id);
  if (connection != nullptr) CloseNow(connection);
}

void Watch(Id id) {
  Connection* connection = Find(id);
  if (connection != nullptr) connection->watched = true;
}

bool IsOf(Id id, ExchangeNumber exchange) {
  Connection* connection = Find(id);
  if (connection == nullptr) return false;
  ExchangeNumber first = connection->first_exchange;
  return ((exchange - first) & kExchangeMask) < ((connection->next_exchange - first) & kExchangeMask);
}

bool PeerClosed(Id id) {
  Connection* connection = Find(id);
  return connection == nullptr || connection->peer_closed;
}

int Descriptor(Id id) {
  Connection* connection = Find(id);
  return connection == nullptr ? -1 : connection->descriptor();
}

// --- Deadlines ---

static void OnDeadline(timer_wheel::Entry* entry) {
  Connection* connection = static_cast<Connection*>(entry);
  Work* work = connection->work;
  // Something was queued in this very turn: what comes next is decided when it has been sent.
  if (connection->dirty) return SetDeadline(connection, 1);
  // The client reads nothing.
  if (Queued(connection) > 0) return Fail(connection);
  bool owes = work != nullptr && !work->exchanges.empty();
  switch (connection->phase) {
    case Phase::kHead:
      if (work != nullptr && work->parser != nullptr) {
        Refuse(connection, 408, "the request head took too long");
        if (Send(connection)) Advance(connection);
        return;
      }
      // A handler that takes its time is no fault of the client's.
      if (owes) return;
      break;
    case Phase::kBody:
      // Nor is a body that we do not read for now. But when all is answered, nobody's work is waited for.
      if (BodyMayWait(connection)) return ProbePaused(connection);
      if (PausedByOutput(connection)) return SetDeadline(connection, StateOf(connection)->settings.body_timeout);
      return Fail(connection);
    case Phase::kRefused:
      if (owes) return;
      break;
    case Phase::kLinger:
      break;
  }
  CloseNow(connection);
}

void SetDeadline(Connection* connection, uint32_t seconds) {
  if (seconds == 0) return Deadlines().Remove(connection);
  Deadlines().Set(connection, seconds);
}

void SetReadDeadline(Connection* connection, uint32_t seconds) {
  if (!connection->stalled) SetDeadline(connection, seconds);
}

// --- Servers ---

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
    if (!accepted.valid() && taken <= 1) state->burst = false;
    if (!accepted.valid()) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        listener->Want(0);
        state->retry.Start(100);
      }
      break;
    }
    std::optional<Id> id = server->Adopt(std::move(accepted));
    if (id && state->settings.announce) state->handler->OnAccept(server, *id);
    // The request is there already (TCP_DEFER_ACCEPT): one that is answered at once never enters epoll.
    Connection* connection = id ? Find(*id) : nullptr;
    if (connection != nullptr) OnReadable(connection);
    // Where one came alone the next one will: asking for it would be a system call for nothing.
    if (taken == 0 && !state->burst) {
      state->burst = true;
      break;
    }
  }
  if (loop::TurnIsLong()) Flush();
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
  std::erase(late_servers, this);
  std::erase(drained, this);
  std::erase_if(notes, [this](const Note& note) { return note.server == this; });
  delete state_;
}

void Server::Listen(fd::OwnedFd listener) {
  CHECK(!state_->listener_fd.valid() && !state_->draining);
  state_->listener_fd = std::move(listener);
  state_->closing = false;
  state_->listener.Init(state_->listener_fd.get(), OnAccept);
  state_->listener.Want(loop::kRead);
}

std::optional<Id> Server::Adopt(fd::OwnedFd descriptor) {
  Connection* connection = connections.Take();
  if (connection == nullptr) return std::nullopt;
  connection->server = this;
  connection->phase = Phase::kHead;
  connection->doomed = connection->dirty = connection->busy = connection->watched = false;
  connection->peer_closed = connection->half_closed = connection->close_after = connection->stalled = false;
  connection->overdue = connection->detached = connection->client_closes = connection->failed = false;
  if (connection->next_exchange == 0) connection->next_exchange = first_number;
  connection->first_exchange = connection->next_exchange;
  connection->Init(descriptor.Release(), OnIo);
  connection->Want(loop::kRead);
  EnterList(connection);
  SetDeadline(connection, state_->settings.head_timeout);
  return connection->id;
}

// Whether no request is under way or has come.
static bool IsIdle(const Connection* connection) {
  return connection->work == nullptr && !connection->busy && connection->phase == Phase::kHead && !HasInput(connection);
}

// The kernel would reset them. They are taken with the next Flush(), since nothing is told from inside a call.
static void AcceptLast(Server* server) {
  // The kernel's queue is hardly longer (net.core.somaxconn), and clients may come faster than they are taken.
  static constexpr size_t kMost = 4096;
  Server::State* state = Access::State(server);
  while (state->late.size() < kMost && state->connections + state->late.size() < state->settings.connections) {
    fd::OwnedFd accepted = stream::Accept(state->listener_fd.get());
    if (accepted.valid()) {
      state->late.push_back(std::move(accepted));
    } else if (errno != ECONNABORTED && errno != EINTR) {
      break;
    }
  }
  if (!state->late.empty()) late_servers.push_back(server);
}

void TakeLate() {
  while (!late_servers.empty()) {
    Server* server = late_servers.back();
    late_servers.pop_back();
    Server::State* state = Access::State(server);
    for (fd::OwnedFd& accepted : state->late) {
      std::optional<Id> id = server->Adopt(std::move(accepted));
      if (id && state->settings.announce) state->handler->OnAccept(server, *id);
      Connection* connection = id ? Find(*id) : nullptr;
      if (connection != nullptr) OnReadable(connection);
      connection = id ? Find(*id) : nullptr;
      if (connection != nullptr && IsIdle(connection)) CloseNow(connection);
    }
    state->late.clear();
    TellIfDrained(server);
  }
}

bool HasLate() { return !late_servers.empty(); }

void Server::Close() {
  if (!state_->closing) state_->draining = true;
  state_->closing = true;
  if (state_->listener_fd.valid()) {
    AcceptLast(this);
    state_->listener.Want(0);
    state_->retry.Stop();
    state_->listener_fd.Close();
  }
  for (Connection* connection = state_->newest; connection != nullptr;) {
    Connection* next = connection->next_of_server;
    if (IsIdle(connection)) CloseNow(connection);
    connection = next;
  }
  TellIfDrained(this);
}

bool Server::listening() const { return state_->listener_fd.valid(); }
uint32_t Server::connection_count() const { return state_->connections; }
bool Server::over() const { return !listening() && !state_->draining && state_->connections == 0; }
Settings* Server::settings() { return &state_->settings; }

}  // namespace node::http_connection
