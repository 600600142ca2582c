// One DNS question to a set of servers, until one has answered or all have failed: sockets, time-outs, retries.
//
// UDP over a pool of connected sockets on random ports that is renewed often (see dns_udp.cc for why that is as safe as
// a port for each query), TCP when an answer is truncated, over connections that are kept for a while (RFC 7766).
// Nothing here knows of search lists, caches or the engine.
//
// What is learnt of a server - no EDNS, letters' case not kept, silence - is kept for all that ask it as long as a
// Transport has it among its servers. One that was silent three times in a row is asked last for 10 s.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dns_message.h"
#include "slots.h"
#include "stream.h"

namespace node::dns_transport {

struct Settings {
  std::vector<stream::Address> servers;  // at least one; of more than 32 the first ones
  uint32_t timeout_ms = 2000;            // of the first try; doubled with each round, with some jitter
  uint32_t attempts = 3;                 // rounds through all servers
  uint32_t total_ms = 15000;             // for a question, whatever else is said
  bool rotate = false;                   // begin with another server each time
  bool use_tcp = false;                  // never UDP
  uint16_t udp_size = 1232;              // offered by EDNS; 0: no EDNS
  bool mix_case = true;                  // 0x20
};

enum class Failure : uint8_t {
  kTimeout,   // no server answered in time
  kServer,    // SERVFAIL, REFUSED or the like, or not to be reached
  kProtocol,  // what came was broken
};

using Ticket = uint64_t;  // never used twice; 0 is none

// Called from the loop or from Flush(), never from inside a call of a Transport's; may ask, cancel and destroy
// transports.
class Handler {
 public:
  virtual ~Handler() = default;
  // outcome: kAnswer, kNoData, kNameError or kAlias. Lasts for the call.
  virtual void OnAnswer(Ticket ticket, const dns_message::Answer& answer) = 0;
  // `message`: one line of English that names the server and what it did, e.g. "127.0.0.1:53: no answer in 2 s".
  virtual void OnFailure(Ticket ticket, Failure failure, std::string_view message) = 0;
};

class Transport {
 public:
  Transport(Handler* handler, Settings settings);
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  // Cancels all that is under way.
  ~Transport();

  // For what is asked from now on; questions under way keep what they have begun with.
  void Configure(Settings settings);
  const Settings& settings() const;

  // Sends the question with the next Flush(). Keeps the loop alive until the handler is called or Cancel(). 0, and
  // nothing will be heard, when 2^20 questions are open in the process.
  Ticket Ask(const dns_message::Question& question);
  // Forgets it; harmless when it is over.
  void Cancel(Ticket ticket);

  size_t in_flight() const;

  // Of no interest outside.
  struct State;

 private:
  State* state_;
};

// Sends what has been asked since the last call: to be called before each wait of the loop, once for all that its
// callbacks have asked, and before tcp_connection::Flush(). Of a crowd some may be left to the loop.
void Flush();
// Whether Flush() has something to do.
bool FlushDue();

}  // namespace node::dns_transport
