// ResponseParser: the status line, RFC 9112, 4, and whether a body follows, RFC 9112, 6.3.
#include <string_view>

#include "base.h"
#include "bytes.h"
#include "http_fields.h"
#include "http_parser.h"
#include "http_scanner.h"

namespace node::http_parser {

void ResponseParser::Reset(bool to_head) {
  phase_ = Phase::kStatus;
  to_head_ = to_head;
  state_ = FieldState{};
  // Not the table, as in RequestParser.
  head_.reason_length = 0;
  head_.field_count = 0;
  refusal_ = Refusal{};
}

Outcome ResponseParser::Refuse(size_t offset, const char* reason) {
  refusal_ = Refusal{502, static_cast<uint32_t>(offset), reason};
  phase_ = Phase::kRefused;
  return Outcome::kRefused;
}

Outcome ResponseParser::Parse(std::string_view bytes, const Limits& limits) {
  if (phase_ == Phase::kComplete) return Outcome::kComplete;
  if (phase_ == Phase::kRefused) return Outcome::kRefused;
  CHECK(bytes.size() >= state_.position);
  const size_t most = http_fields::Room(limits, state_);
  const std::string_view window = bytes.substr(0, most);
  const Outcome outcome = Run(window, limits);
  // As for requests: no byte more may come.
  if (outcome == Outcome::kIncomplete && window.size() == most) return Refuse(most, "head too large");
  return outcome;
}

// See http_scanner::Fits.
static constexpr std::string_view kStatusPattern = "HTTP/0.0 000";
static constexpr size_t kMajorAt = 5;
static constexpr size_t kMinorAt = 7;
static constexpr size_t kStatusAt = 9;

static const char* BadStatusByte(size_t index) {
  if (index < kStatusAt - 1) return "bad HTTP version";  // an HTTP/0.9 body, an empty line, another protocol
  return index < kStatusAt ? "status line without a status code" : "bad status code";
}

static const char* BadStatusEnd(char byte) {
  return byte == '\n' ? "bare LF in the status line" : "bad byte behind the status code";
}

//            12 bytes              SP            CR             LF
//   kStatus ----------> kStatusEnd ---> kReason ---> kLineLf ----> kFields -> kComplete
//                            |            CR            ^
//                            +--------------------------+
//
// Every other byte leads to kRefused. The phases fall through, as in RequestParser::Run.
//
// The blank behind the code belongs to the grammar even where no reason follows. Many leave it out then, and what is
// left can be read in one way only.
Outcome ResponseParser::Run(std::string_view window, const Limits& limits) {
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
    case Phase::kStatus:
      for (; at < begin + kStatusPattern.size(); ++at) {
        if (at == end) return more(Phase::kStatus);
        const size_t index = offset(at);
        // RFC 9110, 15: a code is 100 to 999 in form, whatever its class.
        const bool small = index == kStatusAt && *at == '0';
        if (small || !http_scanner::Fits(kStatusPattern[index], *at)) return Refuse(index, BadStatusByte(index));
      }
      [[fallthrough]];
    case Phase::kStatusEnd:
      if (at == end) return more(Phase::kStatusEnd);
      if (*at == '\r') {
        head_.reason = offset(at);
        ++at;
        goto line_lf;
      }
      if (*at != ' ') return Refuse(offset(at), BadStatusEnd(*at));
      ++at;
      head_.reason = offset(at);
      [[fallthrough]];
    case Phase::kReason:
      at = http_scanner::Skip<http_scanner::ValueClass>(begin, at, end);
      if (at == end) return more(Phase::kReason);
      if (*at != '\r') {
        return Refuse(offset(at), *at == '\n' ? "bare LF in the status line" : "control character in the reason");
      }
      head_.reason_length = static_cast<uint16_t>(at - begin - head_.reason);
      ++at;
      [[fallthrough]];
    case Phase::kLineLf:
    line_lf:
      if (at == end) return more(Phase::kLineLf);
      if (*at != '\n') return Refuse(offset(at - 1), "bare CR in the status line");
      ++at;
      state_.position = offset(at);
      // At the end of the line, as for requests.
      if (window[kMajorAt] != '1') return Refuse(kMajorAt, "HTTP major version is not 1");
      head_.minor_version = window[kMinorAt] == '0' ? 0 : 1;
      head_.status = static_cast<uint16_t>((window[kStatusAt] - '0') * 100 + (window[kStatusAt + 1] - '0') * 10 +
                                           (window[kStatusAt + 2] - '0'));
      phase_ = Phase::kFields;
      [[fallthrough]];
    case Phase::kFields:
      return RunFields(window, limits);
    case Phase::kComplete:
    case Phase::kRefused:
      break;
  }
  __builtin_unreachable();
}

Outcome ResponseParser::RunFields(std::string_view window, const Limits& limits) {
  const Outcome outcome = http_fields::Read(window, limits, &state_, &head_, &refusal_);
  if (outcome == Outcome::kRefused) return Refuse(refusal_.offset, refusal_.reason);
  if (outcome == Outcome::kComplete) Finish();
  return outcome;
}

// RFC 9112, 6.3, in its order. What the RFC lets a client repair is refused (http_fields.cc) for responses as for
// requests, as whoever stands between may have repaired it otherwise: Content-Length beside Transfer-Encoding is how
// responses are split (11.1), lengths that repeat or differ have no single reading, and Transfer-Encoding in HTTP/1.0
// is faulty by 6.1. A coding without "chunked" behind it would be read until the close, but we can take none off. All
// this holds also where no body follows: who contradicts himself is not to be trusted with the next response.
Framing ResponseParser::FindFraming() const {
  if (to_head_ || head_.status < 200 || head_.status == 204 || head_.status == 304) return Framing::kNone;
  if (state_.meaning.has_coding) return Framing::kChunked;
  if (!state_.meaning.has_length) return Framing::kUntilClose;
  return state_.meaning.content_length > 0 ? Framing::kLength : Framing::kNone;
}

void ResponseParser::Finish() {
  const FieldMeaning& meaning = state_.meaning;
  head_.size = state_.position;
  head_.framing = FindFraming();
  head_.content_length = meaning.content_length;
  head_.has_length = meaning.has_length;
  head_.keep_alive = head_.framing != Framing::kUntilClose && http_fields::KeepsAlive(meaning, head_.minor_version);
  // Not for HTTP/1.0: RFC 9110, 7.8.
  head_.upgrade = head_.minor_version >= 1 && meaning.says_upgrade && meaning.has_upgrade;
  phase_ = Phase::kComplete;
}

}  // namespace node::http_parser
