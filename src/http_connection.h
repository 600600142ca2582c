// HTTP/1.1 server connections: accepts, reads, keeps requests and answers in
// order, enforces limits and deadlines, and closes without losing an answer.
//
// Knows no engine: a Handler hears of requests and calls Respond, Write and
// Finish with the request's name. Requests are named by (connection id,
// exchange number); a stale name is refused, never followed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base.h"
#include "fd.h"
#include "http_parser.h"
#include "http_writer.h"
#include "slots.h"

namespace node::http_connection {

using Id = slots::Id;

// Wraps at 2^30: a small integer in JavaScript too.
using ExchangeNumber = uint32_t;

struct Settings {
  http_parser::Limits limits;
  // Seconds, coarse to one; 0: any number. A head from its first byte on; between two pieces of a body; idle between
  // requests; no progress in writing; and discarding what a refused client still sends.
  uint32_t head_timeout = 20;
  uint32_t body_timeout = 30;
  uint32_t idle_timeout = 60;
  uint32_t write_timeout = 30;
  uint32_t linger_timeout = 2;
  // Requests of one connection that wait for their answers; at this many reading pauses.
  uint32_t pipeline_depth = 16;
  // Bytes queued for a client that reads slowly; above this reading its requests pauses.
  size_t output_pause = 1024 * 1024;
  // Above this, with a client that has not read since an earlier turn, the connection is closed: the handler ignores
  // what Write() says.
  size_t output_limit = 64 * 1024 * 1024;
  // Connections of one server; at this many accepting pauses.
  uint32_t connections = 1000000;
  // Requests of one connection, the last of which is answered with "Connection: close"; 0: any number.
  uint32_t requests = 0;
  // Bytes of one body; more is a 413 and the end. 0: any number.
  uint64_t body_bytes = 0;
  // Bytes that one OnBody has at most, see SetPiece().
  uint32_t piece = UINT32_MAX;
  // Whether an HTTP/1.1 request without Host gets a 400 (RFC 9112, 3.2), as the standard has it. Programs of this API
  // send none and want their answer.
  bool require_host = false;
  // Whether Upgrade and CONNECT go to OnUpgrade. Otherwise an Upgrade is an ordinary request, and CONNECT gets a 501.
  bool offer_upgrade = false;
  // Whether OnAccept is called.
  bool announce = false;
};

class Server;

// What a server tells its owner, always from the loop or from Flush(), never
// from inside a call of the owner's. Every call may call back into this module,
// close the server, or end the process.
class Handler {
 public:
  virtual ~Handler() = default;
  // A client has connected; only with Settings::announce.
  virtual void OnAccept(Server* server, Id id) = 0;
  // A request to leave HTTP: the connection is the owner's from now on, and `id` names nothing any more when the call
  // is over. `rest` has come behind the head. Only where no answer is owed and no body follows.
  virtual void OnUpgrade(Server* server, Id id, fd::OwnedFd connection, std::string_view bytes,
                         const http_parser::RequestHead& head, std::string_view rest) = 0;
  // The head is complete. `head.fields` are offsets into `bytes`; both last for the call. With `body_follows`, OnBody
  // and then either OnRequestComplete or OnGone come later, also when the answer is finished before; without it the
  // request is complete already.
  virtual void OnRequest(Server* server, Id id, ExchangeNumber exchange, std::string_view bytes,
                         const http_parser::RequestHead& head, bool body_follows) = 0;
  virtual void OnBody(Id id, ExchangeNumber exchange, std::string_view data) = 0;
  virtual void OnRequestComplete(Id id, ExchangeNumber exchange) = 0;
  // Requests `first` to `last` will not be answered, get the rest of their body or hear OnSent: the client has gone, or
  // an answer before theirs ends the connection.
  virtual void OnGone(Id id, ExchangeNumber first, ExchangeNumber last) = 0;
  // The kernel has taken all of a finished answer; after AwaitSent(), unless OnGone comes.
  virtual void OnSent(Id id, ExchangeNumber exchange) = 0;
  // The kernel has taken all of an unfinished answer after a Reply had said to hold back.
  virtual void OnDrain(Id id, ExchangeNumber exchange) = 0;
  // The client of a connection that was given to Watch() has shut its half, or both: what it is owed may still go out.
  virtual void OnEof(Id id) = 0;
  // A connection that was given to Watch() has closed; `failed`: by an error of the socket, a deadline in the middle of
  // something, or a limit.
  virtual void OnClosed(Id id, bool failed) = 0;
  // The server was closed, and the last of its connections has ended. Once for each Close().
  virtual void OnDrained(Server*) {}
};

// A listening socket and its connections. Owned by the caller; it may go only
// when closed and without connections (see over()).
class Server {
 public:
  Server(Handler* handler, const Settings& settings);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Takes over a listening, non-blocking socket.
  void Listen(fd::OwnedFd listener);
  // Takes over a connected, non-blocking socket, as if it had been accepted. Without a place left (2^20 connections of
  // all servers) it is closed.
  std::optional<Id> Adopt(fd::OwnedFd connection);
  // Stops accepting, closes idle connections; busy ones end after the answers they owe, and so do those whose request
  // the kernel has by now, also where it has the whole connection. Then OnDrained. Harmless when closed.
  void Close();

  bool listening() const;
  uint32_t connection_count() const;
  // Whether it is closed, without connections, and OnDrained has been called: it may listen again.
  bool over() const;
  // May be changed at any time; holds for what comes.
  Settings* settings();

  // Of no interest outside.
  struct State;

 private:
  friend struct Access;
  State* state_;
};

// What became of a call about a request.
enum class Status : uint8_t {
  kOk,
  kGone,       // no such request any more: the client has gone, or it is finished
  kHeadTwice,  // Respond after a head
  kNoHead,     // Write or Finish before the head
  kTooLong,    // more body than the declared Content-Length: the connection closes after what it has
  kTooShort,   // finished with less than declared: the same
  kBadHead,    // see `fault`
};

struct Reply {
  Status status = Status::kOk;
  http_writer::Fault fault = http_writer::Fault::kNone;
  uint32_t pair = 0;    // the field at fault
  bool drained = true;  // false: the kernel has not taken all, hold back
};

// The head of an answer. Of `head` only status, pairs and pair_count are read. With `finish`, `body` is all of the
// body; else it is its first piece and may be empty.
Reply Respond(Id id, ExchangeNumber exchange, const http_writer::ResponseHead& head, std::string_view body,
              bool finish);
// A further piece of the body.
Reply Write(Id id, ExchangeNumber exchange, std::string_view body);
// The end of the answer.
Reply Finish(Id id, ExchangeNumber exchange);
// Which of OnBody and OnRequestComplete the handler wants of a request; both, until told otherwise. What it does not
// want is thrown away. False when they have all come.
bool Attend(Id id, ExchangeNumber exchange, bool body, bool complete);
// See Settings::piece: for the request's body from now on. `piece`: not 0.
void SetPiece(Id id, ExchangeNumber exchange, uint32_t piece);
// Holds back what is still to come of a request's body, its end included, or goes on. Meanwhile the socket is not read,
// and until the answer is finished no deadline runs: a client that vanishes is looked for. Harmless when all has come.
void SetReading(Id id, ExchangeNumber exchange, bool reading);

// Whether the request's answer is unfinished and can still reach the client.
bool OwesAnswer(Id id, ExchangeNumber exchange);
// Lets the handler hear OnSent of an unfinished answer; false when there is none to wait for. One that is broken off
// for its length is never sent.
bool AwaitSent(Id id, ExchangeNumber exchange);
// Whether chunks may be taken for an answer whose length is not known; true until told otherwise, before Respond().
void SetMayChunk(Id id, ExchangeNumber exchange, bool may);

struct AnswerState {
  bool closes;   // the connection ends behind it, as far as is known, or has ended
  bool chunked;  // it is under way in chunks
};
// What is known of an answer by now; of one that is gone, too.
AnswerState GetAnswerState(Id id, ExchangeNumber exchange);

// Takes no further request of the connection, which closes when the answers owed are out.
void Close(Id id);
// Closes the connection at once; what is queued is dropped.
void Abort(Id id);

// Lets the handler hear OnClosed when the connection closes. Harmless for one that has.
void Watch(Id id);

// Whether that request has come on the connection that has the name now, and not on an earlier one of the same name.
bool IsOf(Id id, ExchangeNumber exchange);

// Whether the client has shut its half, as far as that has been read, or the connection has ended.
bool PeerClosed(Id id);

// The descriptor of a live connection, to ask for its addresses; -1 when it is gone.
int Descriptor(Id id);

// Takes the requests that have arrived since the last call, sends what has been queued, goes on with requests that were
// held back, and tells the handlers what has become of theirs. Must come before the loop waits.
void Flush();
// Whether Flush() has something to do.
bool FlushDue();
// For the end of the process: sends what has been queued as far as the kernel takes it, and calls nobody.
void SendBeforeExit();

}  // namespace node::http_connection
