// DNS messages: questions from values to bytes, answers from bytes to values.
//
// RFC 1035 (format), 2308 (negative answers), 3596 (AAAA), 2782 (SRV), 8659 (CAA), 6891 (EDNS), and RFC 9267 for what
// others got wrong. Pure: no socket, clock or randomness. Every byte of an answer is an attacker's: reads are checked,
// compression points backwards only, and what comes out is bounded by constants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dns_name.h"

namespace node::dns_message {

using dns_name::IsWithin;
using dns_name::Join;
using dns_name::kMaxLabel;
using dns_name::kMaxName;
using dns_name::Name;
using dns_name::ParseName;
using dns_name::ReverseName;

// RFC 1035, 3.2.2 and those that extend it.
enum class Type : uint16_t {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kSoa = 6,
  kPtr = 12,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
  kOpt = 41,
  kCaa = 257,
};

// RFC 1035, 4.1.1.
inline constexpr uint16_t kNoError = 0;
inline constexpr uint16_t kFormatError = 1;
inline constexpr uint16_t kServerFailure = 2;
inline constexpr uint16_t kNameError = 3;  // NXDOMAIN
inline constexpr uint16_t kNotImplemented = 4;
inline constexpr uint16_t kRefused = 5;

// Aliases (CNAME) that are followed from the name asked for.
inline constexpr size_t kMaxAliases = 16;
// Records that a whole message may have.
inline constexpr size_t kMaxRecords = 4096;
// Seconds: more is taken for so many (RFC 8767, 4), and for 0 with the highest bit set (RFC 2181, 8; RFC 8767 would
// have it the most, but who sends that does not know what it says).
inline constexpr uint32_t kMaxTtl = 604800;

struct Question {
  Name name;
  Type type = Type::kA;
};

// Room that every query has in: header, question, OPT.
inline constexpr size_t kQueryRoom = 12 + kMaxName + 4 + 11;

// Writes a query with RD set (RFC 1035, 4.1); with an OPT record (RFC 6891, 6.1.2) that offers `udp_size` bytes unless
// that is 0. `out` has kQueryRoom bytes. Returns how many were written.
size_t WriteQuery(uint16_t id, const Question& question, uint16_t udp_size, char* out);

enum class Match : uint8_t {
  kNo,        // not an answer to the question: drop it
  kYes,       // read it
  kCaseOnly,  // but for the case of letters in the question: a server that loses it, or a guess
};

// Whether `message` answers the query of that id and question: id, QR, opcode, exactly one question of that name, type
// and class. Anything may be wrong behind that.
Match MatchAnswer(std::string_view message, uint16_t id, const Question& question);

enum class Outcome : uint8_t {
  kAnswer,     // records of the type asked for
  kNoData,     // none, and the server says so (RFC 2308, 2.2)
  kNameError,  // NXDOMAIN
  kAlias,      // the chain of aliases leads to `canonical`, and the server says nothing of that
  kFailed,     // another rcode, or a referral: a server that does not look names up
  kTruncated,  // TC: to be asked over TCP
  kBroken,     // not a message
};

// Where a record's data stands in Answer::data.
struct Slice {
  uint32_t offset = 0;
  uint32_t size = 0;
};

struct Answer {
  Outcome outcome = Outcome::kBroken;
  uint16_t rcode = 0;  // 12 bits, with those of OPT
  // Of kBroken, why, and of kFailed without an rcode: static text, e.g. "compression pointer that does not point
  // backwards".
  const char* reason = "";
  // The name at the end of the chain, in the case that the server wrote it in; the question's when there is none.
  Name canonical;
  // How many aliases lie between the two, kMaxAliases at most.
  uint8_t aliases = 0;
  // Seconds: the least along the chain and the records; of kNoData and kNameError what RFC 2308, 5 gives, 0 without
  // SOA.
  uint32_t ttl = 0;
  // The data of each record of the type asked for in the answer's order, with names uncompressed, and exactly as long
  // as its type says.
  std::vector<Slice> records;
  std::string data;

  // The data of a record.
  std::string_view Data(size_t index) const {
    return std::string_view(data).substr(records[index].offset, records[index].size);
  }
};

// Reads a message that MatchAnswer() has let pass; any other is kBroken. `question` may be the one from before
// MixCase(): names that are compressed against the question in the message then come out in its case.
//
// Of the answer section only these are believed, in any order: the aliases from the name asked for on, and the records
// of the type asked for at their end. (Asked for CNAME, no alias is followed.) For negative answers also the SOA of a
// zone that the name is in. Every record of every section must be whole, with a name that can be read; what a record
// that is not believed holds is not looked at. Bytes behind the last record mean nothing, as elsewhere (BIND, Unbound).
// `answer` is filled anew; its memory is used again. `over_tcp`: TC means nothing there.
void ReadAnswer(std::string_view message, const Question& question, bool over_tcp, Answer* answer);

// --- The data of records, as Answer::Data() gives it ---

struct Mx {
  uint16_t priority = 0;
  Name exchange;
};
struct Srv {
  uint16_t priority = 0, weight = 0, port = 0;
  Name target;
};
struct Soa {
  Name mname, rname;
  uint32_t serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0;
};
struct Caa {
  uint8_t flags = 0;
  std::string_view tag, value;
};

// All CHECK that the data is of that type.
Name ReadName(std::string_view data);  // NS, CNAME, PTR
Mx ReadMx(std::string_view data);
Srv ReadSrv(std::string_view data);
Soa ReadSoa(std::string_view data);
Caa ReadCaa(std::string_view data);
// The strings of a TXT record, in order.
std::vector<std::string_view> ReadTxt(std::string_view data);

}  // namespace node::dns_message
