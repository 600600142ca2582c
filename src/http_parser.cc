#include "http_parser.h"

#include <algorithm>

#include "base.h"
#include "bytes.h"
#include "http_authority.h"
#include "http_fields.h"
#include "http_scanner.h"

namespace node::http_parser {

void RequestParser::Reset() {
  phase_ = Phase::kStart;
  empty_lines_ = 0;
  state_ = FieldState{};
  // Not the table: field_count says how much of it counts, and to clear 2.5 KiB would cost as much as to parse.
  head_.field_count = 0;
  refusal_ = Refusal{};
}

Outcome RequestParser::Refuse(uint16_t status, size_t offset, const char* reason) {
  refusal_ = Refusal{status, static_cast<uint32_t>(offset), reason};
  phase_ = Phase::kRefused;
  return Outcome::kRefused;
}

Outcome RequestParser::Parse(std::string_view bytes, const Limits& limits) {
  if (phase_ == Phase::kComplete) return Outcome::kComplete;
  if (phase_ == Phase::kRefused) return Outcome::kRefused;
  CHECK(bytes.size() >= state_.position);
  const size_t most = http_fields::Room(limits, state_);
  const std::string_view window = bytes.substr(0, most);
  const Outcome outcome = Run(window, limits);
  // A head that fills its room and has no end will not get one: said at once, not at the next byte, which may be
  // long in coming.
  if (outcome == Outcome::kIncomplete && window.size() == most) {
    if (phase_ == Phase::kTarget) return Refuse(414, most, "request target too long");
    return Refuse(431, most, "head too large");
  }
  return outcome;
}

static const char* BadMethodEnd(char byte, bool empty) {
  if (byte == '\r' || byte == '\n') return "request line without a target";
  if (empty) return byte == ' ' || byte == '\t' ? "blank before the method" : "bad byte in the method";
  return byte == '\t' ? "tab in the request line" : "bad byte in the method";
}

// Refused are, with controls and SP, all bytes from 0x80 on: a URI is ASCII (RFC 3986), and Latin-1, UTF-8 or its
// normal forms are as many readings of one target. What is ASCII but not of the grammar ("|", "{", a fragment) passes:
// browsers send it and it can be read in one way only.
static const char* BadTargetEnd(char byte, bool empty) {
  if (byte == '\r' || byte == '\n') return "request line without a version";  // HTTP/0.9, too
  if (byte == ' ' && empty) return "more than one blank in the request line";
  return static_cast<uint8_t>(byte) >= 0x80 ? "byte from 0x80 on in the target" : "bad byte in the target";
}

// See http_scanner::Fits.
static constexpr std::string_view kVersionPattern = "HTTP/0.0\r";

//             CR             LF                          SP             SP              CR             LF
//   kStart ------> kStartLf -----> kStart ... kMethod -----> kTarget -----> kVersion -----> kLineLf -----> kFields
//      |  empty lines before the request line    ^                                                           |
//      +-----------------------------------------+                                        field lines, empty line
//                  a token byte                                                                              v
//                                                                                                        kComplete
//
// Every other byte leads to kRefused. The phases fall through, so that a head that is all there is one pass down the
// switch; one that is not goes on at the position in `state_`, in its phase.
Outcome RequestParser::Run(std::string_view window, const Limits& limits) {
  const char* const begin = window.data();
  const char* const end = begin + window.size();
  const char* at = begin + state_.position;
  const auto offset = [begin](const char* place) { return static_cast<uint16_t>(place - begin); };
  const auto more = [&](Phase where) {
    phase_ = where;
    state_.position = static_cast<uint32_t>(window.size());
    return Outcome::kIncomplete;
  };

  switch (phase_) {
    case Phase::kStart:
    start:
      if (at == end) return more(Phase::kStart);
      if (*at == '\r') {
        // RFC 9112, 2.2: old clients end a body with one CRLF too many.
        if (empty_lines_ >= limits.empty_lines) return Refuse(400, offset(at), "too many empty lines");
        ++at;
        goto start_lf;
      }
      if (*at == '\n') return Refuse(400, offset(at), "bare LF before the request line");
      head_.method = offset(at);
      [[fallthrough]];
    case Phase::kMethod:
      at = http_scanner::Skip<http_scanner::TokenClass>(begin, at, end);
      if (at == end) return more(Phase::kMethod);
      head_.method_length = static_cast<uint16_t>(at - begin - head_.method);
      if (*at != ' ' || head_.method_length == 0) {
        return Refuse(400, offset(at), BadMethodEnd(*at, head_.method_length == 0));
      }
      ++at;
      head_.target = offset(at);
      [[fallthrough]];
    case Phase::kTarget: {
      const size_t most = std::min<size_t>(limits.target_bytes, window.size() - head_.target);
      const char* const last = std::max(at, begin + head_.target + most);
      at = http_scanner::Skip<http_scanner::VisibleClass>(begin, at, last);
      if (at == end) return more(Phase::kTarget);
      if (bytes::In(bytes::kVisible, *at)) return Refuse(414, offset(at), "request target too long");
      head_.target_length = static_cast<uint16_t>(at - begin - head_.target);
      if (*at != ' ' || head_.target_length == 0) {
        return Refuse(400, offset(at), BadTargetEnd(*at, head_.target_length == 0));
      }
      ++at;
      [[fallthrough]];
    }
    case Phase::kVersion: {
      const char* const version = begin + head_.target + head_.target_length + 1;
      if (at == version && std::string_view(at, static_cast<size_t>(end - at)).starts_with("HTTP/1.1\r")) at += 9;
      for (; at < version + kVersionPattern.size(); ++at) {
        if (at == end) return more(Phase::kVersion);
        if (!http_scanner::Fits(kVersionPattern[static_cast<size_t>(at - version)], *at))
          return Refuse(400, offset(at), "bad HTTP version");
      }
      [[fallthrough]];
    }
    case Phase::kLineLf:
      if (at == end) return more(Phase::kLineLf);
      if (*at != '\n') return Refuse(400, offset(at - 1), "bare CR in the request line");
      ++at;
      state_.position = offset(at);
      if (!CheckRequestLine(window)) return Outcome::kRefused;
      phase_ = Phase::kFields;
      [[fallthrough]];
    case Phase::kFields:
      return RunFields(window, limits);
    case Phase::kStartLf:
    start_lf:
      if (at == end) return more(Phase::kStartLf);
      if (*at != '\n') return Refuse(400, offset(at - 1), "bare CR before the request line");
      ++at;
      ++empty_lines_;
      goto start;
    case Phase::kComplete:
    case Phase::kRefused:
      break;
  }
  __builtin_unreachable();
}

// At the end of the line, not before: the major version says what the rest of the line had to be.
bool RequestParser::CheckRequestLine(std::string_view window) {
  const size_t version = size_t{head_.target} + head_.target_length + 1;
  if (window[version + 5] != '1') {
    Refuse(505, version + 5, "HTTP major version is not 1");
    return false;
  }
  head_.minor_version = window[version + 7] == '0' ? 0 : 1;
  const char* fault = http_authority::TargetFault(window.substr(head_.method, head_.method_length),
                                                  window.substr(head_.target, head_.target_length));
  if (fault == nullptr) return true;
  Refuse(400, head_.target, fault);
  return false;
}

Outcome RequestParser::RunFields(std::string_view window, const Limits& limits) {
  const Outcome outcome = http_fields::Read(window, limits, &state_, &head_, &refusal_);
  if (outcome == Outcome::kRefused) phase_ = Phase::kRefused;
  if (outcome == Outcome::kComplete) Finish();
  return outcome;
}

void RequestParser::Finish() {
  const FieldMeaning& meaning = state_.meaning;
  head_.size = state_.position;
  head_.framing = Framing::kNone;
  head_.content_length = meaning.content_length;
  if (meaning.has_coding) {
    head_.framing = Framing::kChunked;
  } else if (meaning.content_length > 0) {
    head_.framing = Framing::kLength;
  }
  head_.keep_alive = http_fields::KeepsAlive(meaning, head_.minor_version);
  // Neither of them is for HTTP/1.0: RFC 9110, 10.1.1 and 7.8.
  head_.expect_continue = head_.minor_version >= 1 && meaning.expects_continue;
  head_.upgrade = head_.minor_version >= 1 && meaning.says_upgrade && meaning.has_upgrade;
  head_.has_host = meaning.has_host;
  phase_ = Phase::kComplete;
}

}  // namespace node::http_parser
