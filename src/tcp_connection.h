// Stream connections (TCP and unix-domain sockets): connecting, listening, queued output, half-close, and exactly one
// end.
//
// Knows no engine: a Handler hears what happens. Connections are named by small integers (slot and generation); a
// stale name is refused, never followed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base.h"
#include "connect_attempt.h"
#include "fd.h"
#include "slots.h"
#include "stream.h"

namespace node::tcp_connection {

using Id = slots::Id;

struct Settings {
  // Bytes queued for a peer that has not read since an earlier turn; above this the connection ends with ENOBUFS.
  size_t output_limit = 64 * 1024 * 1024;
  // Seconds without traffic after which OnTimeout is called, again and again; 0: never.
  uint32_t timeout = 60;
  // Connections of one server; at this many accepting pauses.
  uint32_t connections = 1000000;
  // Bytes that one OnData has at most; up to kReadSize.
  uint32_t piece = 64 * 1024;
};

// The largest read.
inline constexpr uint32_t kReadSize = 64 * 1024;

class Server;

// What happens to connections. Called from the loop or from Flush(), never from inside a call of the owner's; every
// call may call back into this module.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void OnAccept(Server* server, Id id) = 0;
  // Established. Of accepted connections, too, behind OnAccept.
  virtual void OnConnect(Id id) = 0;
  // Bytes have come; they last for the call. Many lie at the beginning of ReadBuffer().
  virtual void OnData(Id id, std::string_view data) = 0;
  // The peer has shut its half.
  virtual void OnEof(Id id) = 0;
  // The kernel has taken all after it had refused some.
  virtual void OnDrain(Id id) = 0;
  virtual void OnTimeout(Id id) = 0;
  // The end, once, and nothing after it; the name is gone already. `error`: nullptr when both sides closed in order.
  virtual void OnDisconnect(Id id, const base::Error* error) = 0;
  // The server was closed, and the last of the connections that it has accepted has ended. Once for each Close().
  virtual void OnDrained(Server*) {}
};

// A listening socket. Owned by the caller; connections that it has accepted live on without it.
class Server {
 public:
  Server(Handler* handler, const Settings& settings);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Takes over a listening, non-blocking socket.
  void Listen(fd::OwnedFd listener);
  // For what is accepted from now on.
  void Configure(const Settings& settings);
  // Stops accepting; OnDrained follows. Harmless when closed.
  void Close();
  bool listening() const;
  // Whether it is closed, without connections, and OnDrained has been called: it may listen again.
  bool over() const;

  // Of no interest outside.
  struct State;

 private:
  friend struct Access;
  State* state_;
};

// Where to: addresses, or where to get them.
struct Target {
  std::vector<stream::Address> addresses = {};
  std::unique_ptr<connect_attempt::Source> source = {};
};

// Starts a connection to the target: see connect_attempt.h. What goes wrong at once is reported by OnDisconnect, too.
// std::nullopt when a million connections are open.
std::optional<Id> Connect(Handler* handler, Target target, const Settings& settings);

// Takes over a connected, non-blocking socket. `announce`: whether OnConnect is called, in a later turn.
std::optional<Id> Adopt(Handler* handler, fd::OwnedFd connection, const Settings& settings, bool announce);

enum class Sent : uint8_t {
  kTaken,   // go on
  kQueued,  // the kernel does not take it all now: OnDrain comes when it has
  kGone,    // no such connection, or its half is closed
};

// Queues bytes behind what is queued; they leave at the end of the turn, or at once when they are many. Allowed from
// Connect() on.
Sent Send(Id id, std::string_view data);

// Lets OnDrain come when the kernel has taken all, also when it refuses none.
void TellDrain(Id id);

// Shuts our half behind what is queued. With the peer's shut already, or `both`, the connection ends then; with `both`
// what still arrives is dropped.
void Close(Id id, bool both);
// Ends the connection at once, without a call of the handler's; queued bytes are dropped.
void Abort(Id id);
// Holds back what arrives, or goes on.
void SetReading(Id id, bool reading);

// Whether the loop goes on only for this connection's sake; at first it does.
void SetKeepsAlive(Id id, bool keeps_alive);

// See Settings::piece.
void SetPiece(Id id, uint32_t piece);

// Where all connections read to: kReadSize bytes. An owner who keeps what came, without a copy, sets another one: from
// within OnData, or at any other time. The first is this module's own.
char* ReadBuffer();
void SetReadBuffer(char* buffer);

// Whether something has come, the peer's end included, that the owner has not been told of.
bool HasInput(Id id);

// The descriptor, to ask for its addresses; -1 when the connection is gone or not yet there.
int Descriptor(Id id);

// Tells of what has arrived since the last call, sends what has been queued, and reports what has ended. Must come
// before the loop waits; see inbox.h for why it is done for many connections at once.
void Flush();
// Whether Flush() has something to do.
bool FlushDue();
// For the end of the process: sends what has been queued as far as the kernel takes it, and calls nobody.
void SendBeforeExit();

}  // namespace node::tcp_connection
