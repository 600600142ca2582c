#include "tcp_connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "deadlines.h"
#include "inbox.h"
#include "loop.h"
#include "trimmer.h"

// The life of a connection:
//
//   Connect --> kConnecting --established--> kOpen --both halves closed, an error, Abort--> gone
//                    |   ^                     ^
//     refused: next  +---+   Adopt, accept ----+
//     address
//
// In kOpen each half closes by itself: ours when `close_asked` and the queue is empty, the peer's when read gives 0.
namespace node::tcp_connection {

// From so many bytes on there is nothing to gain by waiting for the end of the turn, but a copy of them.
static constexpr size_t kSendAtOnce = 32 * 1024;

// How long the peer of a fully closed connection may take to close its half.
static constexpr uint32_t kLingerSeconds = 2;
// How long a closed connection waits for the peer to take some of what is queued.
static constexpr uint32_t kStallSeconds = 30;

struct Connection : loop::Io, timer_wheel::Entry {
  Handler* handler = nullptr;
  Server* server = nullptr;  // that has accepted it
  Settings settings;
  Id id = 0;
  fd::OwnedFd fd;
  std::string output;
  size_t sent = 0;                                    // of `output`
  std::unique_ptr<connect_attempt::Attempt> attempt;  // while connecting
  std::unique_ptr<std::string> held;                  // input that was read before the owner said to hold back
  base::Error error;
  bool open = false;         // the record is in use
  bool announced = false;    // OnConnect was called
  bool dirty = false;        // Flush() has to look
  bool stalled = false;      // the kernel has refused some of the output
  bool tells_drain = false;  // OnDrain is due also when it has not
  bool overdue = false;      // and has done so since an earlier turn
  bool reading = true;       // the owner wants what arrives
  bool drop_input = false;   // closed fully: what arrives is nobody's
  bool peer_closed = false;
  bool close_asked = false;
  bool half_closed = false;  // our FIN is sent
  bool failed = false;       // ends with `error`
  bool keeps_alive = true;
};

struct Server::State {
  Handler* handler;
  Settings settings;
  struct Listener : loop::Io {
    Server* server = nullptr;
  } listener;
  fd::OwnedFd listener_fd;
  uint32_t connections = 0;
  bool draining = false;  // closed, and OnDrained is to come
  // Accepting pauses for a moment when descriptors run out: the queue stays readable, and trying again would spin.
  loop::Timer retry;
};

struct Access {
  static Server::State* State(Server* server) { return server->state_; }
};

static slots::Table<Connection> connections;
static std::vector<Id> dirty;
static std::vector<Server*> servers;
static std::vector<Server*> drained;  // to be told, with the next Flush()
static char own_buffer[kReadSize];
static char* read_buffer = own_buffer;
static inbox::Inbox arrived;
static bool flushing = false;

static void OnDeadline(timer_wheel::Entry* entry);
static deadlines::Deadlines& Deadlines() {
  static deadlines::Deadlines all(OnDeadline, Flush);
  return all;
}

// --- Records ---

static Connection* Find(Id id) { return connections.Find(id); }

static Connection* NewConnection(Handler* handler, const Settings& settings) {
  Connection* connection = connections.Take();
  if (connection == nullptr) return nullptr;
  connection->handler = handler;
  connection->settings = settings;
  connection->reading = true;
  connection->announced = connection->dirty = connection->stalled = connection->drop_input = false;
  connection->overdue = connection->tells_drain = false;
  connection->peer_closed = connection->close_asked = connection->half_closed = connection->failed = false;
  connection->server = nullptr;
  connection->keeps_alive = true;
  // An open connection keeps the program, also while nothing is expected of it.
  loop::KeepAlive(1);
  return connection;
}

// Like Want(), whose watch keeps the loop alive whatever it is for.
static void Watch(Connection* connection, int events) {
  bool watched = connection->wanted() != 0;
  connection->Want(events);
  if (!connection->keeps_alive && watched != (events != 0)) loop::KeepAlive(watched ? 1 : -1);
}

static void MarkDirty(Connection* connection) {
  if (connection->dirty) return;
  connection->dirty = true;
  dirty.push_back(connection->id);
}

static size_t Queued(const Connection* connection) { return connection->output.size() - connection->sent; }

// Nothing but the rest of our output is still to come: a peer that does not take it must not keep the connection.
static bool IsEnding(const Connection* connection) {
  return connection->close_asked && (connection->drop_input || connection->peer_closed);
}

static void Touch(Connection* connection) {
  if (!IsEnding(connection) && connection->settings.timeout > 0) {
    Deadlines().Set(connection, connection->settings.timeout);
  }
}

static void StartEnding(Connection* connection) {
  if (IsEnding(connection) && !connection->half_closed) Deadlines().Set(connection, kStallSeconds);
}

static void TrimLater() {
  if (!connections.Crowded()) return;
  static auto* trimmer = new trimmer::Trimmer([] { connections.Trim([](const Connection&) {}); });
  trimmer->Later();
}

// Gives the record back; the handler is not told.
static void Release(Connection* connection) {
  if (connection->fd.valid()) Watch(connection, 0);
  Deadlines().Remove(connection);
  connection->fd.Close();
  connection->attempt.reset();
  connection->held.reset();
  std::string().swap(connection->output);
  connection->sent = 0;
  connections.GiveBack(connection);
  TrimLater();
  if (connection->keeps_alive) loop::KeepAlive(-1);
  if (connection->server == nullptr) return;
  Server::State* state = Access::State(connection->server);
  --state->connections;
  if (state->draining && state->connections == 0) drained.push_back(connection->server);
  bool paused = state->listener_fd.valid() && state->listener.wanted() == 0 && !state->retry.started();
  if (paused) state->listener.Want(loop::kRead);
}

// The end, told with the next Flush().
static void Fail(Connection* connection, base::Error error) {
  if (connection->failed) return;
  connection->failed = true;
  connection->error = std::move(error);
  if (connection->fd.valid()) Watch(connection, 0);
  MarkDirty(connection);
}

static std::string PeerName(const Connection* connection) {
  std::optional<stream::Address> peer =
      connection->fd.valid() ? stream::PeerAddress(connection->fd.get()) : std::nullopt;
  return peer ? peer->ToString() : "";
}

// The end by the system call that has just failed: reads errno, before asking for the peer can change it.
static void FailCall(Connection* connection, const char* syscall) {
  int code = errno;
  Fail(connection, base::Error{syscall, code, PeerName(connection)});
}

static void UpdateInterest(Connection* connection) {
  if (connection->failed || !connection->fd.valid()) return;
  bool wants_input = (connection->reading || connection->drop_input) && !connection->peer_closed;
  int events = (wants_input ? loop::kRead : 0) | (connection->stalled ? loop::kWrite : 0);
  // Still to be announced, which a writable event does.
  if (!connection->announced) events |= loop::kWrite;
  Watch(connection, events);
}

// --- Input, from its place to the owner ---

static void Deliver(Connection* connection, std::string_view data) {
  if (connection->drop_input) return;
  if (connection->reading) return connection->handler->OnData(connection->id, data);
  // Told to wait since it was read. While it waits nothing else is read.
  connection->held = std::make_unique<std::string>(data);
}

// False when that was the end of the connection.
static bool DeliverHeld(Connection* connection) {
  if (connection->held == nullptr || !connection->reading) return true;
  Id id = connection->id;
  std::unique_ptr<std::string> data = std::move(connection->held);
  Deliver(connection, *data);
  return Find(id) == connection;
}

// --- Output ---

// How many of `data` the kernel takes now. Of a failed connection the answer says nothing.
static size_t SendNow(Connection* connection, std::string_view data) {
  ssize_t sent;
  do {
    sent = stream::Send(connection->fd.get(), data.data(), data.size());
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) {
    if (errno != EAGAIN && errno != EWOULDBLOCK) FailCall(connection, "send");
    return 0;
  }
  Touch(connection);
  StartEnding(connection);
  return static_cast<size_t>(sent);
}

static void SendQueued(Connection* connection) {
  if (Queued(connection) > 0) {
    connection->sent += SendNow(connection, std::string_view(connection->output).substr(connection->sent));
    if (connection->failed) return;
  }
  if (Queued(connection) > 0) {
    // A long queue does not keep what has gone already.
    if (connection->sent >= kSendAtOnce && connection->sent >= connection->output.size() / 2) {
      connection->output.erase(0, connection->sent);
      connection->sent = 0;
    }
    connection->stalled = true;
    return;
  }
  static constexpr size_t kKeptBytes = 4096;
  connection->output.clear();
  connection->sent = 0;
  if (connection->output.capacity() > kKeptBytes) std::string().swap(connection->output);
}

// What can be done now about our half, once the queue is empty.
static void CloseOurHalf(Connection* connection) {
  if (!connection->close_asked || connection->half_closed || Queued(connection) > 0) return;
  connection->half_closed = true;
  // An error here shows in what is read or written next.
  shutdown(connection->fd.get(), SHUT_WR);
  // close() with unread input would send a reset that can overtake what was sent; so the peer gets a while to close.
  if (connection->drop_input) Deadlines().Set(connection, kLingerSeconds);
}

// Sends, closes, ends, and tells: all that a connection has to do at the end of a turn. It may be gone afterwards.
static void Settle(Connection* connection) {
  if (!DeliverHeld(connection)) return;
  Id id = connection->id;
  Handler* handler = connection->handler;
  bool established = connection->attempt == nullptr;
  if (!connection->failed && established) {
    bool was_stalled = connection->stalled;
    SendQueued(connection);
    connection->overdue = was_stalled && Queued(connection) > 0;
    if (!connection->failed) CloseOurHalf(connection);
    if ((was_stalled || connection->tells_drain) && !connection->failed && Queued(connection) == 0) {
      connection->stalled = connection->tells_drain = false;
      UpdateInterest(connection);
      handler->OnDrain(id);
      if (Find(id) != connection || connection->dirty) return;  // gone, or once more
    }
  }
  // What the peer said before it broke off is often why.
  if (connection->failed && established && connection->error.syscall == std::string_view("send")) {
    while (connection->reading && !connection->drop_input && !connection->peer_closed) {
      ssize_t got = stream::Receive(connection->fd.get(), read_buffer, connection->settings.piece);
      if (got <= 0) break;
      handler->OnData(id, {read_buffer, static_cast<size_t>(got)});
      if (Find(id) != connection) return;
    }
  }
  if (connection->failed) {
    base::Error error = std::move(connection->error);
    Release(connection);
    return handler->OnDisconnect(id, &error);
  }
  if (established && connection->half_closed && connection->peer_closed) {
    Release(connection);
    return handler->OnDisconnect(id, nullptr);
  }
  UpdateInterest(connection);
}

static void SettleAll() {
  // One pass: a listener that connects again whenever that has failed must not keep others from their turn.
  size_t count = dirty.size();
  for (size_t i = 0; i < count; ++i) {
    Connection* connection = Find(dirty[i]);
    if (connection == nullptr || !connection->dirty) continue;
    connection->dirty = false;
    Settle(connection);
  }
  dirty.erase(dirty.begin(), dirty.begin() + static_cast<ptrdiff_t>(count));
}

void Flush() {
  // A listener that is called from here can lead here again; what it leaves is for the next time.
  if (flushing) return;
  flushing = true;
  arrived.Empty([](Id id, std::string_view data) {
    Connection* connection = Find(id);
    if (connection != nullptr) Deliver(connection, data);
    // What some listeners send does not wait for ever for others.
    if (loop::TurnIsLong()) SettleAll();
  });
  SettleAll();
  // One pass as well: it may listen and close again.
  for (size_t count = drained.size(); count > 0 && !drained.empty(); --count) {
    Server* server = drained.front();
    drained.erase(drained.begin());
    Server::State* state = Access::State(server);
    state->draining = false;
    state->handler->OnDrained(server);
  }
  flushing = false;
}

bool FlushDue() { return !dirty.empty() || !arrived.empty() || !drained.empty(); }

void SendBeforeExit() {
  for (Id id : dirty) {
    Connection* connection = Find(id);
    if (connection != nullptr && connection->attempt == nullptr && !connection->failed) SendQueued(connection);
  }
}

Sent Send(Id id, std::string_view data) {
  Connection* connection = Find(id);
  if (connection == nullptr || connection->failed || connection->close_asked) return Sent::kGone;
  bool may_send = connection->attempt == nullptr && !connection->stalled;
  if (may_send && data.size() >= kSendAtOnce && Queued(connection) == 0) {
    size_t taken = SendNow(connection, data);
    if (taken == data.size()) return Sent::kTaken;
    data.remove_prefix(taken);
    if (!connection->failed) connection->stalled = true;
    may_send = false;
  }
  connection->output.append(data);
  MarkDirty(connection);
  if (connection->attempt != nullptr) {
    // Nothing leaves before the connection stands, and that may take its time.
    if (Queued(connection) - data.size() > connection->settings.output_limit) {
      Fail(connection, base::Error{"send", ENOBUFS, connection->attempt->ToString()});
      return Sent::kGone;
    }
    if (Queued(connection) < kSendAtOnce) return Sent::kTaken;
    connection->stalled = true;  // OnDrain comes behind OnConnect
    return Sent::kQueued;
  }
  if (may_send && Queued(connection) >= kSendAtOnce) SendQueued(connection);
  if (connection->overdue && Queued(connection) > connection->settings.output_limit) {
    Fail(connection, base::Error{"send", ENOBUFS, PeerName(connection)});
    return Sent::kGone;
  }
  return connection->stalled ? Sent::kQueued : Sent::kTaken;
}

void TellDrain(Id id) {
  Connection* connection = Find(id);
  if (connection == nullptr || connection->failed) return;
  connection->tells_drain = true;
  MarkDirty(connection);
}

// --- Connecting ---

static void OnIo(loop::Io* io, int events);

static void OnAttempted(void* owner, fd::OwnedFd connected, const base::Error* error) {
  auto* connection = static_cast<Connection*>(owner);
  if (error != nullptr) {
    Fail(connection, *error);
    if (loop::TurnIsLong()) Flush();
    return;
  }
  connection->attempt.reset();
  connection->fd = std::move(connected);
  connection->Init(connection->fd.get(), OnIo);
  connection->announced = true;
  Touch(connection);
  UpdateInterest(connection);
  if (Queued(connection) > 0 || connection->close_asked) MarkDirty(connection);
  connection->handler->OnConnect(connection->id);
  if (loop::TurnIsLong()) Flush();
}

std::optional<Id> Connect(Handler* handler, Target target, const Settings& settings) {
  Connection* connection = NewConnection(handler, settings);
  if (connection == nullptr) return std::nullopt;
  connection->attempt = std::make_unique<connect_attempt::Attempt>(connection, OnAttempted);
  Touch(connection);
  if (target.source != nullptr) {
    connection->attempt->Start(std::move(target.source));
  } else {
    connection->attempt->Start(std::move(target.addresses));
  }
  return connection->id;
}

std::optional<Id> Adopt(Handler* handler, fd::OwnedFd descriptor, const Settings& settings, bool announce) {
  Connection* connection = NewConnection(handler, settings);
  if (connection == nullptr) return std::nullopt;
  connection->fd = std::move(descriptor);
  connection->Init(connection->fd.get(), OnIo);
  // A writable event comes in a later turn: that is when it is announced.
  connection->announced = !announce;
  connection->Want(announce ? loop::kWrite : loop::kRead);
  Touch(connection);
  return connection->id;
}

// --- Input ---

static void OnReadable(Connection* connection) {
  if (!DeliverHeld(connection) || connection->held != nullptr) return;
  ssize_t got = stream::Receive(connection->fd.get(), read_buffer, connection->settings.piece);
  if (got < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return;
    return FailCall(connection, "recv");
  }
  Touch(connection);
  if (got > 0) {
    std::string_view data(read_buffer, static_cast<size_t>(got));
    if (!arrived.Put(connection->id, data)) Deliver(connection, data);
    return;
  }
  connection->peer_closed = true;
  StartEnding(connection);
  UpdateInterest(connection);
  MarkDirty(connection);
  if (!connection->drop_input) connection->handler->OnEof(connection->id);
}

static void OnIo(loop::Io* io, int events) {
  Connection* connection = static_cast<Connection*>(io);
  Id id = connection->id;
  auto here = [&] { return Find(id) == connection && !connection->failed; };
  if (!connection->announced) {
    connection->announced = true;
    UpdateInterest(connection);
    if (connection->stalled) MarkDirty(connection);
    connection->handler->OnConnect(id);
    events |= loop::kRead;  // there may be something already
  } else if ((events & loop::kWrite) != 0) {
    MarkDirty(connection);
  }
  if ((events & loop::kRead) != 0 && here() && (connection->wanted() & loop::kRead) != 0) OnReadable(connection);
  if (loop::TurnIsLong()) Flush();
}

static void OnDeadline(timer_wheel::Entry* entry) {
  Connection* connection = static_cast<Connection*>(entry);
  if (IsEnding(connection)) {
    if (!connection->half_closed) return Fail(connection, base::Error{"send", ETIMEDOUT, PeerName(connection)});
    connection->peer_closed = true;
    return MarkDirty(connection);
  }
  Touch(connection);
  connection->handler->OnTimeout(connection->id);
}

// --- What owners ask for ---

void Close(Id id, bool both) {
  Connection* connection = Find(id);
  if (connection == nullptr || connection->failed) return;
  connection->close_asked = true;
  if (connection->attempt != nullptr && Queued(connection) == 0) {
    // Nothing to connect for.
    connection->attempt.reset();
    connection->half_closed = connection->peer_closed = true;
    return MarkDirty(connection);
  }
  if (both && !connection->drop_input) {
    connection->drop_input = true;
    if (connection->half_closed) Deadlines().Set(connection, kLingerSeconds);
  }
  StartEnding(connection);
  MarkDirty(connection);
}

void Abort(Id id) {
  Connection* connection = Find(id);
  if (connection == nullptr) return;
  connection->failed = true;
  Release(connection);
}

void SetReading(Id id, bool reading) {
  Connection* connection = Find(id);
  if (connection == nullptr) return;
  connection->reading = reading;
  if (connection->held != nullptr) MarkDirty(connection);
  if (connection->announced) UpdateInterest(connection);
}

void SetKeepsAlive(Id id, bool keeps_alive) {
  Connection* connection = Find(id);
  if (connection == nullptr || connection->keeps_alive == keeps_alive) return;
  connection->keeps_alive = keeps_alive;
  bool watched = connection->fd.valid() && connection->wanted() != 0;
  loop::KeepAlive(keeps_alive ? 1 : -1);
  if (watched) loop::KeepAlive(keeps_alive ? 1 : -1);
}

void SetPiece(Id id, uint32_t piece) {
  CHECK(piece > 0 && piece <= kReadSize);
  Connection* connection = Find(id);
  if (connection != nullptr) connection->settings.piece = piece;
}

char* ReadBuffer() { return read_buffer; }
void SetReadBuffer(char* buffer) { read_buffer = buffer; }

int Descriptor(Id id) {
  Connection* connection = Find(id);
  return connection == nullptr || connection->attempt != nullptr ? -1 : connection->fd.get();
}

bool HasInput(Id id) {
  Connection* connection = Find(id);
  if (connection == nullptr || connection->attempt != nullptr) return false;
  char byte;
  return connection->held != nullptr || arrived.Has(id) || recv(connection->fd.get(), &byte, 1, MSG_PEEK) >= 0;
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
    if (!accepted.valid()) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        listener->Want(0);
        state->retry.Start(100);
      }
      break;
    }
    std::optional<Id> id = Adopt(state->handler, std::move(accepted), state->settings, /*announce=*/true);
    if (!id) continue;
    Find(*id)->server = server;
    ++state->connections;
    state->handler->OnAccept(server, *id);
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
  CHECK(!state_->listener_fd.valid());
  for (size_t i = 0; i < connections.size(); ++i) {
    Connection* connection = connections.at(i);
    if (connection != nullptr && connection->server == this) connection->server = nullptr;
  }
  std::erase(servers, this);
  std::erase(drained, this);
  delete state_;
}

void Server::Listen(fd::OwnedFd listener) {
  CHECK(!state_->listener_fd.valid() && !state_->draining);
  state_->listener_fd = std::move(listener);
  state_->listener.Init(state_->listener_fd.get(), OnAccept);
  state_->listener.Want(loop::kRead);
}

void Server::Close() {
  if (!state_->listener_fd.valid()) return;
  state_->listener.Want(0);
  state_->retry.Stop();
  state_->listener_fd.Close();
  state_->draining = true;
  if (state_->connections == 0) drained.push_back(this);
}

void Server::Configure(const Settings& settings) { state_->settings = settings; }
bool Server::listening() const { return state_->listener_fd.valid(); }
bool Server::over() const { return !listening() && !state_->draining && state_->connections == 0; }

}  // namespace node::tcp_connection
