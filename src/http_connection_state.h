// The records behind http_connection: shared by its parts, of no interest outside.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "http_connection.h"
#include "loop.h"
#include "timer_wheel.h"

namespace node::http_connection {

// One request and its answer.
struct Exchange {
  ExchangeNumber number = 0;
  uint8_t minor_version = 1;
  bool keep_alive = true;
  bool is_head = false;
  bool continue_due = false;  // the client waits for "100 Continue" before it sends the body
  bool request_complete = false;
  bool head_written = false;
  bool finished = false;
  http_writer::ResponsePlan plan;
  uint64_t body_written = 0;
  std::string waiting;  // output that must wait for the answers before it
};

// What a connection needs only while something happens on it. Freed, or kept
// for the next connection, as soon as it is idle.
struct Work {
  std::deque<Exchange> exchanges;  // in the order of the requests; the front is being sent
  std::string input;               // the part of a head that has come, or requests that must wait
  std::unique_ptr<http_parser::RequestParser> parser;  // in the middle of the head in `input`
  http_parser::BodyParser body;
  std::string output;
  size_t sent = 0;  // of `output`
  uint16_t refusal_status = 0;
  const char* refusal_reason = "";
};

enum class Phase : uint8_t {
  kHead,     // between requests, or inside a head
  kBody,     // inside the body of the newest exchange
  kRefused,  // nothing is read any more; the refusal waits for the answers owed before it
  kLinger,   // our half is closed; what still comes is dropped so that the client sees the answer
};

struct Connection : loop::Io, timer_wheel::Entry {
  Server* server = nullptr;
  Work* work = nullptr;  // nullptr while idle
  Id id = 0;
  ExchangeNumber next_exchange = 0;
  Phase phase = Phase::kHead;
  bool open = false;
  bool busy = false;         // inside Process(): the record must not go yet
  bool doomed = false;       // to be closed when Process() is done
  bool dirty = false;        // in the list that Flush() sends
  bool peer_closed = false;  // the client has shut its half
  bool close_after = false;  // no further request will be answered
};

}  // namespace node::http_connection
