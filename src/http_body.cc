// BodyParser: the body's framing, RFC 9112, 6 and 7.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "bytes.h"
#include "http_fields.h"
#include "http_parser.h"

namespace node::http_body {

// More digits than these are leading zeros or too many: the count comes before the shift (CVE-2013-2028).
static constexpr int kMaxSizeDigits = 15;

// qdtext and what may stand behind a backslash (RFC 9110, 5.6.4) are what a field value may hold; '"' and '\' are seen
// before.
static bool IsQuotable(char byte) { return bytes::In(bytes::kFieldValue, byte); }

}  // namespace node::http_body

namespace node::http_parser {

void BodyParser::Begin(Framing framing, uint64_t content_length) {
  *this = BodyParser();
  switch (framing) {
    case Framing::kNone:
      break;  // at its end from the start
    case Framing::kLength:
      phase_ = Phase::kLength;
      remaining_ = content_length;
      break;
    case Framing::kUntilClose:
      phase_ = Phase::kUntilClose;
      remaining_ = UINT64_MAX;  // more than can come
      break;
    case Framing::kChunked:
      phase_ = Phase::kSizeStart;
      break;
  }
}

BodyParser::Step BodyParser::Refuse(size_t consumed, uint16_t status, const char* reason) {
  const uint64_t offset = std::min<uint64_t>(position_ + consumed, UINT32_MAX);
  refusal_ = Refusal{status, static_cast<uint32_t>(offset), reason};
  phase_ = Phase::kRefused;
  return Step{Kind::kRefused, consumed, {}};
}

BodyParser::Step BodyParser::Next(std::string_view bytes, const Limits& limits) {
  size_t used = 0;
  while (phase_ != Phase::kEnd) {
    if (phase_ == Phase::kRefused) return Step{Kind::kRefused, 0, {}};
    if (phase_ == Phase::kLength && remaining_ == 0) break;
    if (used == bytes.size()) {
      position_ += used;
      return Step{Kind::kMore, used, {}};
    }
    if (phase_ <= Phase::kUntilClose || phase_ == Phase::kData) return TakeData(bytes, used);
    const char* const fault = TakeFraming(bytes[used]);
    // What breaks the grammar does so before it is counted.
    if (fault != nullptr) return Refuse(used, 400, fault);
    if (overhead_ > limits.overhead_bytes) {
      const bool trailer = phase_ >= Phase::kTrailerStart;
      return Refuse(used, trailer ? 431 : 400, trailer ? "too many trailer bytes" : "too many chunk extensions");
    }
    ++used;
  }
  return Step{Kind::kEnd, used, {}};
}

bool BodyParser::CompleteAtEof() const {
  return phase_ == Phase::kUntilClose || phase_ == Phase::kEnd || (phase_ == Phase::kLength && remaining_ == 0);
}

BodyParser::Step BodyParser::TakeData(std::string_view bytes, size_t used) {
  const size_t length = static_cast<size_t>(std::min<uint64_t>(remaining_, bytes.size() - used));
  remaining_ -= length;
  if (remaining_ == 0 && phase_ == Phase::kData) phase_ = Phase::kDataCr;
  position_ += used + length;
  return Step{Kind::kData, used + length, bytes.substr(used, length)};
}

// 1*HEXDIG. Leading zeros are right, but work for nothing: they count as overhead.
const char* BodyParser::TakeSizeDigit(int digit) {
  if (size_digits_ == 0 && digit == 0) {
    if (phase_ == Phase::kSize) ++overhead_;
  } else {
    if (size_digits_ == http_body::kMaxSizeDigits) return "chunk size too large";
    ++size_digits_;
    remaining_ = remaining_ << 4 | static_cast<uint64_t>(digit);
  }
  phase_ = Phase::kSize;
  return nullptr;
}

// What may follow a whole chunk size or a whole extension: CR, or ";". Blanks only before a ";" (BWS of RFC 9112,
// 7.1.1); `blanks` is the phase for those.
const char* BodyParser::TakeSizeEnd(char byte, Phase blanks) {
  if (byte == '\r') {
    phase_ = Phase::kSizeLf;
    return nullptr;
  }
  ++overhead_;
  if (byte == ';') {
    phase_ = Phase::kExtensionStart;
  } else if (bytes::IsBlank(byte)) {
    phase_ = blanks;
  } else {
    return byte == '\n' ? "bare LF in a chunk line" : "bad byte in a chunk line";
  }
  return nullptr;
}

// chunk:     size [ BWS ";" BWS name [ BWS "=" BWS ( token / quoted ) ] ]* CRLF data CRLF
//
//   kSizeStart -> kSize -------------- CR ----------> kSizeLf -> kData -> kDataCr -> kDataLf -> kSizeStart
//                  | ";"                                ^    \-- size 0 -> kTrailerStart
//                  v                                    |
//     kExtensionStart -> kExtensionName -- CR ----------+
//          ^  BWS ";"       | "="                       |
//          |                v                           |
//          |    kExtensionValueStart -> kExtensionToken +
//          |                |                           |
//          |                +- '"' -> kExtensionQuoted -+ (kExtensionEscape behind a backslash,
//          +---- ";" -------------------- kExtensionEnd +  kExtensionEnd behind the closing quote)
//
// The ...Blanks phases stand for BWS, behind which the line may not end.
//
// trailers:  kTrailerStart -> kTrailerName -> kTrailerValue -> kTrailerLf -> kTrailerStart
//               | CR -> kFinalLf -> kEnd
//
// The grammar of a trailer line is that of a head's. What it says is dropped, Content-Length and its like with it:
// nobody downstream is shown a trailer, so none can be taken for a field of the head (RFC 9110, 6.5.1).
const char* BodyParser::TakeFraming(char byte) {
  switch (phase_) {
    case Phase::kSizeStart: {
      const int digit = bytes::HexValue(byte);
      return digit < 0 ? "bad chunk size" : TakeSizeDigit(digit);
    }
    case Phase::kSize: {
      const int digit = bytes::HexValue(byte);
      return digit < 0 ? TakeSizeEnd(byte, Phase::kSizeBlanks) : TakeSizeDigit(digit);
    }
    case Phase::kSizeLf:
      if (byte != '\n') return "bare CR in a chunk line";
      phase_ = remaining_ > 0 ? Phase::kData : Phase::kTrailerStart;
      size_digits_ = 0;
      return nullptr;
    case Phase::kDataCr:
      if (byte != '\r') return "chunk data longer than the chunk size";
      phase_ = Phase::kDataLf;
      return nullptr;
    case Phase::kDataLf:
      if (byte != '\n') return "bare CR behind chunk data";
      phase_ = Phase::kSizeStart;
      return nullptr;
    default:
      return phase_ < Phase::kTrailerStart ? TakeExtension(byte) : TakeTrailer(byte);
  }
}

const char* BodyParser::TakeExtension(char byte) {
  const bool token = bytes::In(bytes::kToken, byte);
  const bool blank = bytes::IsBlank(byte);
  switch (phase_) {
    case Phase::kExtensionStart:
      if (!token && !blank) return "bad chunk extension";
      if (token) phase_ = Phase::kExtensionName;
      break;
    case Phase::kExtensionName:
      if (token) break;
      [[fallthrough]];
    case Phase::kExtensionNameBlanks:
      if (byte == '\r' && phase_ == Phase::kExtensionNameBlanks) return "blank at the end of a chunk line";
      if (byte != '=') return TakeSizeEnd(byte, Phase::kExtensionNameBlanks);
      phase_ = Phase::kExtensionValueStart;
      break;
    case Phase::kExtensionValueStart:
      if (byte == '"') {
        phase_ = Phase::kExtensionQuoted;
      } else if (token) {
        phase_ = Phase::kExtensionToken;
      } else if (!blank) {
        return "bad chunk extension";
      }
      break;
    case Phase::kExtensionToken:
      if (!token) return TakeSizeEnd(byte, Phase::kSizeBlanks);
      break;
    case Phase::kExtensionQuoted:
      if (byte == '"') {
        phase_ = Phase::kExtensionEnd;
      } else if (byte == '\\') {
        phase_ = Phase::kExtensionEscape;
      } else if (!http_body::IsQuotable(byte)) {
        return "bad byte in a chunk extension";
      }
      break;
    case Phase::kExtensionEscape:
      if (!http_body::IsQuotable(byte)) return "bad byte in a chunk extension";
      phase_ = Phase::kExtensionQuoted;
      break;
    case Phase::kExtensionEnd:
      return TakeSizeEnd(byte, Phase::kSizeBlanks);
    default:  // kSizeBlanks
      if (byte == '\r') return "blank at the end of a chunk line";
      return TakeSizeEnd(byte, Phase::kSizeBlanks);
  }
  ++overhead_;
  return nullptr;
}

const char* BodyParser::TakeTrailer(char byte) {
  switch (phase_) {
    case Phase::kTrailerStart:
      if (byte == '\r') {
        phase_ = Phase::kFinalLf;
        return nullptr;
      }
      if (!bytes::In(bytes::kToken, byte)) return http_fields::BadLineStart(byte);
      phase_ = Phase::kTrailerName;
      break;
    case Phase::kTrailerName:
      if (byte == ':') {
        phase_ = Phase::kTrailerValue;
      } else if (!bytes::In(bytes::kToken, byte)) {
        return http_fields::BadNameEnd(byte);
      }
      break;
    case Phase::kTrailerValue:
      if (byte == '\r') {
        phase_ = Phase::kTrailerLf;
      } else if (!bytes::In(bytes::kFieldValue, byte)) {
        return http_fields::BadValueByte(byte);
      }
      break;
    case Phase::kTrailerLf:
      if (byte != '\n') return "bare CR in a field line";
      phase_ = Phase::kTrailerStart;
      break;
    default:  // kFinalLf
      if (byte != '\n') return "bare CR in the fields";
      phase_ = Phase::kEnd;
      return nullptr;
  }
  ++overhead_;
  return nullptr;
}

}  // namespace node::http_parser
