// HTTP/1.1 client connections: answers, from what a server sends to what a handler hears. RFC 9112, 6.3 and 9.
//
// A client connection is a tcp_connection with a parser on its input: the owner sends with the functions of
// tcp_connection, by the same id. What is sent is the owner's affair too, but for one thing: Expect()
// says that a request has begun, and only then may the server send an answer.
//
// Knows no engine.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base.h"
#include "http_parser.h"
#include "stream.h"
#include "tcp_connection.h"

namespace node::http_client {

using tcp_connection::Id;

struct Settings {
  http_parser::Limits limits;
  // Seconds until a connection must stand, from looking up the host on, all addresses together; and without traffic on
  // one that stands, after which OnTimeout is called. 0: never.
  uint32_t connect_timeout = 30;
  uint32_t timeout = 120;
  // Bytes queued for a server that has not read since an earlier turn; above this the connection ends with ENOBUFS.
  size_t output_limit = 64 * 1024 * 1024;
  // Bytes that one OnBody has at most, until SetPiece() says otherwise for the answer.
  uint32_t piece = UINT32_MAX;
};

// What happens to connections; called as tcp_connection::Handler is.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void OnConnect(Id id) = 0;
  // The kernel has taken all after it had refused some.
  virtual void OnDrain(Id id) = 0;
  // Again and again while nothing is received or sent.
  virtual void OnTimeout(Id id) = 0;
  // The head of the answer; interim answers (1xx) are not told. `head.fields` are offsets into `bytes`; both last for
  // the call. OnBody, OnBodyEnd and OnComplete follow, or OnEnd when the answer breaks off.
  virtual void OnResponse(Id id, std::string_view bytes, const http_parser::ResponseHead& head) = 0;
  virtual void OnBody(Id id, std::string_view data) = 0;
  // The body has come. The answer is still under way: OnComplete comes at once unless it is held back now.
  virtual void OnBodyEnd(Id id) = 0;
  // The answer is complete. `reusable`: the connection can take another request; otherwise it is the owner's to end.
  virtual void OnComplete(Id id, bool reusable) = 0;
  // The end, once, and nothing after it; the name is gone already. `error`: nullptr when the server has closed and owed
  // nothing.
  virtual void OnEnd(Id id, const base::Error* error) = 0;
};

// As tcp_connection::Connect.
std::optional<Id> Connect(Handler* handler, tcp_connection::Target target, const Settings& settings);

// A request begins; `head`: a HEAD request, whose answer has no body. Only when no answer is under way. False when the
// server has closed or sent something in the meantime, so that the request must not be sent here.
bool Expect(Id id, bool head);

// Holds back what arrives, also what has arrived already, or goes on with the next Flush(). While an answer is under
// way.
void SetReading(Id id, bool reading);

// See Settings::piece: for the answer under way. `piece`: not 0.
void SetPiece(Id id, uint32_t piece);

// Ends the connection at once, without a call of the handler's. Harmless for a name that is gone.
void Abort(Id id);

// Goes on with connections that were held back. Whether there are any.
void Flush();
bool FlushDue();

}  // namespace node::http_client
