// Random HTTP for property tests: pieces put together, golden cases, and mutations of both.
#pragma once

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "golden.h"
#include "http_events.h"

namespace node::http_random {

// Pieces that messages are made of, and that break them.
inline const std::string_view kPieces[] = {
    "GET / HTTP/1.1\r\n",
    "POST /a HTTP/1.1\r\n",
    "PUT /b HTTP/1.0\r\n",
    "OPTIONS * HTTP/1.1\r\n",
    "GET http://a.example/ HTTP/1.1\r\n",
    "Host: a\r\n",
    "A: b\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip\r\n",
    "Connection: close\r\n",
    "Connection: upgrade\r\n",
    "Upgrade: h2c\r\n",
    "Expect: 100-continue\r\n",
    "Long-Field-Name-To-Scan: a value longer than a step\r\n",
    "\r\n",
    "\r\n\r\n",
    "hello",
    "5\r\nhello\r\n",
    "0\r\n\r\n",
    "0\r\nA: b\r\n\r\n",
    "a;x=\"y\\\"z\"\r\n0123456789\r\n",
    "\r",
    "\n",
    " ",
    "\t",
    ":",
    ";",
    ",",
    "\x80",
    "\x7f",
    "-",
    "0",
    "f",
};

// What responses begin with.
inline const std::string_view kStatusLines[] = {
    "HTTP/1.1 200 OK\r\n", "HTTP/1.1 404\r\n",          "HTTP/1.0 200 OK\r\n",     "HTTP/1.1 204 No Content\r\n",
    "HTTP/1.1 304 \r\n",   "HTTP/1.1 100 Continue\r\n", "HTTP/1.1 101 Switch\r\n",
};

inline std::string Input(std::mt19937* random, const std::vector<golden::Case>& cases, bool responses) {
  const auto below = [random](size_t n) { return (*random)() % n; };
  std::string input;
  if (below(2) == 0) {
    for (size_t n = 1 + below(14); n > 0; --n) {
      const bool line = responses && below(4) == 0;
      input += line ? kStatusLines[below(std::size(kStatusLines))] : kPieces[below(std::size(kPieces))];
    }
  } else {
    input = cases[below(cases.size())].input;
    if (below(3) == 0) input += cases[below(cases.size())].input;
  }
  if (input.size() > 4000) input.resize(4000);
  for (size_t n = below(4); n > 0 && !input.empty(); --n) {
    const size_t at = below(input.size());
    switch (below(4)) {
      case 0:
        input[at] = static_cast<char>(below(256));
        break;
      case 1:
        input.erase(at, 1 + below(3));
        break;
      case 2:
        input.insert(at, kPieces[below(std::size(kPieces))]);
        break;
      default:
        input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
    }
  }
  return input;
}

inline http_events::Reading PickReading(std::mt19937* random, bool responses) {
  http_events::Reading reading;
  http_parser::Limits* limits = &reading.limits;
  if ((*random)() % 4 == 0) limits->head_bytes = 20 + (*random)() % 100;
  if ((*random)() % 4 == 0) limits->target_bytes = 1 + (*random)() % 8;
  if ((*random)() % 4 == 0) limits->field_count = (*random)() % 4;
  if ((*random)() % 4 == 0) limits->overhead_bytes = (*random)() % 12;
  reading.responses = responses;
  if (responses) {
    reading.to_head = {(*random)() % 4 == 0, (*random)() % 4 == 0};
    reading.eof = (*random)() % 2 == 0;
  }
  return reading;
}

}  // namespace node::http_random
