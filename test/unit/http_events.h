// Reads HTTP requests or responses, cut in any way, into lines of text: what the golden, property and fuzz tests
// compare.
//
//   request POST /form HTTP/1.1: keep-alive, length 5
//   field Content-Length: 5
//   body hello
//   end
//
//   response HTTP/1.1 200 OK: keep-alive, chunked
//
// and, last, `refused STATUS at OFFSET: REASON` or `incomplete`. Offsets count from the start of the head or body.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "golden.h"
#include "http_parser.h"
#include "memory.h"

namespace node::http_events {

using memory::GuardedMemory;
using memory::HeapMemory;

inline std::string Printable(std::string_view bytes) {
  std::string text;
  for (char c : bytes) {
    char escape[8];
    if (c == '\\') {
      text += "\\\\";
    } else if (c == '\r') {
      text += "\\r";
    } else if (c == '\n') {
      text += "\\n";
    } else if (c == '\t') {
      text += "\\t";
    } else if (c < 0x20 || c == 0x7f) {  // bytes from 0x80 on are negative
      std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      text += escape;
    } else {
      text += c;
    }
  }
  return text;
}

// What a parser must never do, whatever the bytes.
inline void Demand(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "http_events: %s\n", what);
  std::abort();
}

// What is read, and how.
struct Reading {
  http_parser::Limits limits;
  bool responses = false;
  // Of each final response in turn, whether it is to HEAD; the last holds for all further.
  std::vector<bool> to_head = {false};
  // The connection ends behind the bytes.
  bool eof = false;
};

// What a golden case wants.
inline Reading ReadingOf(const golden::Case& one) {
  Reading reading;
  http_parser::Limits& limits = reading.limits;
  const std::pair<const char*, uint32_t http_parser::Limits::*> names[] = {
      {"target_bytes", &http_parser::Limits::target_bytes}, {"head_bytes", &http_parser::Limits::head_bytes},
      {"field_count", &http_parser::Limits::field_count},   {"overhead_bytes", &http_parser::Limits::overhead_bytes},
      {"empty_lines", &http_parser::Limits::empty_lines},
  };
  const std::string text = " " + one.limits;  // so that "head_bytes" is not found in "overhead_bytes"
  for (const auto& [name, member] : names) {
    const std::string key = std::string(" ") + name + "=";
    const size_t at = text.find(key);
    if (at == std::string::npos) continue;
    limits.*member = static_cast<uint32_t>(std::strtoul(text.c_str() + at + key.size(), nullptr, 10));
  }
  reading.responses = one.folder == "http_client";
  reading.eof = one.eof;
  if (!one.to.empty()) reading.to_head.clear();
  for (std::string_view rest = one.to; !rest.empty();) {
    const size_t comma = std::min(rest.find(", "), rest.size());
    reading.to_head.push_back(rest.substr(0, comma) == "HEAD");
    rest.remove_prefix(std::min(comma + 2, rest.size()));
  }
  return reading;
}

// A connection in miniature: feeds the parsers and notes what they say.
template <typename Memory>
class Reader {
 public:
  // Stops behind `most_messages` complete messages.
  Reader(const Reading& reading, size_t most_messages, Memory* memory)
      : reading_(reading), limits_(reading_.limits), most_(most_messages), memory_(memory) {
    response_parser_.Reset(reading_.to_head[0]);
  }

  void Feed(std::string_view piece) {
    pending_ += piece;
    while (!over_ && (in_body_ ? TakeBody() : reading_.responses ? TakeResponse() : TakeRequest())) {
    }
  }

  // The text of it all, when no more bytes are to come.
  std::string Finish() {
    if (!over_ && (in_body_ || !pending_.empty())) {
      NoteBody();
      const bool complete = reading_.eof && in_body_ && body_parser_.CompleteAtEof();
      text_ += complete ? "end\n" : "incomplete\n";
    }
    return text_;
  }

  size_t messages() const { return messages_; }
  bool refused() const { return refused_; }
  bool in_body() const { return in_body_; }

 private:
  // All: true when something happened and there may be more in the bytes at hand.
  bool TakeRequest() {
    return TakeHead(&request_parser_, [this](std::string_view bytes) { NoteRequest(bytes, request_parser_.head()); });
  }

  bool TakeResponse() {
    return TakeHead(&response_parser_, [this](std::string_view bytes) {
      const http_parser::ResponseHead& head = response_parser_.head();
      NoteResponse(bytes, head);
      final_responses_ += head.status >= 200 || head.status == 101 ? 1 : 0;
    });
  }

  template <typename Parser, typename Note>
  bool TakeHead(Parser* parser, const Note& note) {
    const std::string_view bytes = memory_->Place(pending_);
    switch (parser->Parse(bytes, limits_)) {
      case http_parser::Outcome::kIncomplete:
        Demand(pending_.size() < limits_.head_bytes, "a full head is still incomplete");
        return false;
      case http_parser::Outcome::kRefused:
        Demand(parser->refusal().offset <= bytes.size(), "a refusal outside of the bytes");
        return NoteRefusal(parser->refusal());
      case http_parser::Outcome::kComplete:
        break;
    }
    const auto& head = parser->head();
    Demand(head.size <= bytes.size() && bytes.substr(0, head.size).ends_with("\r\n\r\n"), "a head without its end");
    note(bytes.substr(0, head.size));
    body_parser_.Begin(head.framing, head.content_length);
    in_body_ = true;
    pending_.erase(0, head.size);
    return true;
  }

  bool TakeBody() {
    const std::string_view bytes = memory_->Place(pending_);
    const http_parser::BodyParser::Step step = body_parser_.Next(bytes, limits_);
    Demand(step.consumed <= bytes.size(), "more consumed than given");
    switch (step.kind) {
      case http_parser::BodyParser::Kind::kMore:
        Demand(step.consumed == bytes.size(), "kMore with bytes left");
        pending_.clear();
        return false;
      case http_parser::BodyParser::Kind::kData:
        Demand(!step.data.empty() && step.data.data() >= bytes.data(), "empty data or data elsewhere");
        Demand(step.data.data() + step.data.size() == bytes.data() + step.consumed, "data not at the end of the step");
        body_ += step.data;
        pending_.erase(0, step.consumed);
        return true;
      case http_parser::BodyParser::Kind::kEnd:
        NoteBody();
        text_ += "end\n";
        pending_.erase(0, step.consumed);
        in_body_ = false;
        request_parser_.Reset();
        response_parser_.Reset(reading_.to_head[std::min(final_responses_, reading_.to_head.size() - 1)]);
        over_ = ++messages_ >= most_;
        return !pending_.empty();
      case http_parser::BodyParser::Kind::kRefused:
        return NoteRefusal(body_parser_.refusal());
    }
    return false;
  }

  bool NoteRefusal(const http_parser::Refusal& refusal) {
    Demand(refusal.status >= 400 && refusal.reason[0] != '\0', "a refusal without a status or a reason");
    NoteBody();
    text_ += "refused " + std::to_string(refusal.status) + " at " + std::to_string(refusal.offset) + ": " +
             refusal.reason + "\n";
    over_ = refused_ = true;
    return false;
  }

  void NoteBody() {
    if (!body_.empty()) text_ += "body " + Printable(body_) + "\n";
    body_.clear();
  }

  static std::string Part(std::string_view bytes, size_t from, size_t length) {
    Demand(from + length <= bytes.size(), "an offset outside of the head");
    return Printable(bytes.substr(from, length));
  }

  void NoteRequest(std::string_view bytes, const http_parser::RequestHead& head) {
    text_ += "request " + Part(bytes, head.method, head.method_length) + " " +
             Part(bytes, head.target, head.target_length) + " HTTP/1." + std::to_string(head.minor_version);
    NoteFraming(head);
    Demand(head.framing != http_parser::Framing::kUntilClose, "a request until the close");
    if (head.expect_continue) text_ += ", expects 100";
    if (head.upgrade) text_ += ", upgrade";
    if (!head.has_host) text_ += ", no host";
    text_ += "\n";
    NoteFields(bytes, head);
  }

  void NoteResponse(std::string_view bytes, const http_parser::ResponseHead& head) {
    Demand(head.status >= 100 && head.status <= 999, "a status out of range");
    text_ += "response HTTP/1." + std::to_string(head.minor_version) + " " + std::to_string(head.status);
    if (head.reason_length > 0) text_ += " " + Part(bytes, head.reason, head.reason_length);
    NoteFraming(head);
    Demand(!head.keep_alive || head.framing != http_parser::Framing::kUntilClose, "kept alive behind the close");
    if (head.upgrade) text_ += ", upgrade";
    const bool bare = head.framing == http_parser::Framing::kNone && head.content_length > 0;
    if (bare) text_ += ", declares " + std::to_string(head.content_length);
    Demand(head.has_length || head.content_length == 0, "a length from nowhere");
    text_ += "\n";
    NoteFields(bytes, head);
  }

  template <typename Head>
  void NoteFraming(const Head& head) {
    text_ += head.keep_alive ? ": keep-alive" : ": close";
    if (head.framing == http_parser::Framing::kLength) text_ += ", length " + std::to_string(head.content_length);
    if (head.framing == http_parser::Framing::kChunked) text_ += ", chunked";
    if (head.framing == http_parser::Framing::kUntilClose) text_ += ", until close";
  }

  template <typename Head>
  void NoteFields(std::string_view bytes, const Head& head) {
    Demand(head.field_count <= limits_.field_count, "too many fields");
    for (size_t i = 0; i < head.field_count; ++i) {
      const http_parser::Field& field = head.fields[i];
      text_ += "field " + Part(bytes, field.name, field.name_length) + ":";
      if (field.value_length > 0) text_ += " " + Part(bytes, field.value, field.value_length);
      text_ += "\n";
    }
  }

  const Reading reading_;
  const http_parser::Limits limits_;
  const size_t most_;
  Memory* const memory_;
  http_parser::RequestParser request_parser_;
  http_parser::ResponseParser response_parser_;
  http_parser::BodyParser body_parser_;
  std::string pending_;
  std::string body_;
  std::string text_;
  size_t messages_ = 0;
  size_t final_responses_ = 0;
  bool in_body_ = false;
  bool over_ = false;
  bool refused_ = false;
};

// The events of `input`, cut before each of `cuts` (offsets in ascending order).
template <typename Memory>
std::string Read(std::string_view input, const std::vector<size_t>& cuts, const Reading& reading, size_t most_messages,
                 Memory* memory) {
  Reader<Memory> reader(reading, most_messages, memory);
  size_t from = 0;
  for (size_t cut : cuts) {
    reader.Feed(input.substr(from, cut - from));
    from = cut;
  }
  reader.Feed(input.substr(from));
  return reader.Finish();
}

inline std::vector<size_t> EveryByte(size_t size) {
  std::vector<size_t> cuts;
  for (size_t i = 1; i < size; ++i) cuts.push_back(i);
  return cuts;
}

inline constexpr size_t kAllMessages = SIZE_MAX;

}  // namespace node::http_events
