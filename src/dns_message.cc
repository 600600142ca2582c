#include "dns_message.h"

#include <algorithm>
#include <cstring>

#include "base.h"
#include "bytes.h"

namespace node::dns_message {

using dns_name::kHeader;
using dns_name::Source;

static constexpr uint16_t kClassIn = 1;
// Of the second 16 bits of a header.
static constexpr uint16_t kFlagQr = 0x8000, kOpcodeMask = 0x7800, kFlagAa = 0x0400, kFlagTc = 0x0200, kFlagRd = 0x0100,
                          kFlagRa = 0x0080, kRcodeMask = 0x000f;

static uint16_t Load16(const char* at) {
  return static_cast<uint16_t>(static_cast<uint8_t>(at[0]) << 8 | static_cast<uint8_t>(at[1]));
}

static uint32_t Load32(const char* at) { return static_cast<uint32_t>(Load16(at)) << 16 | Load16(at + 2); }

static char* Store16(uint16_t value, char* out) {
  out[0] = static_cast<char>(value >> 8);
  out[1] = static_cast<char>(value & 0xff);
  return out + 2;
}

// --- Questions ---

size_t WriteQuery(uint16_t id, const Question& question, uint16_t udp_size, char* out) {
  char* at = Store16(id, out);
  at = Store16(kFlagRd, at);
  at = Store16(1, at);
  at = Store16(0, at);
  at = Store16(0, at);
  at = Store16(udp_size > 0 ? 1 : 0, at);
  const std::string_view name = question.name.wire();
  std::memcpy(at, name.data(), name.size());
  at = Store16(static_cast<uint16_t>(question.type), at + name.size());
  at = Store16(kClassIn, at);
  if (udp_size > 0) {
    *at++ = 0;  // the root
    at = Store16(static_cast<uint16_t>(Type::kOpt), at);
    at = Store16(udp_size, at);
    at = Store16(0, at);  // rcode and version
    at = Store16(0, at);  // no DNSSEC
    at = Store16(0, at);  // no options
  }
  return static_cast<size_t>(at - out);
}

// Whether a message of at least a header has the question and no other.
static Match MatchQuestion(std::string_view message, const Question& question) {
  const std::string_view name = question.name.wire();
  if (Load16(message.data() + 4) != 1 || message.size() < kHeader + name.size() + 4) return Match::kNo;
  const char* const behind = message.data() + kHeader + name.size();
  if (Load16(behind) != static_cast<uint16_t>(question.type) || Load16(behind + 2) != kClassIn) return Match::kNo;
  if (std::memcmp(message.data() + kHeader, name.data(), name.size()) == 0) return Match::kYes;
  return dns_name::SameLetters(message.substr(kHeader, name.size()), name) ? Match::kCaseOnly : Match::kNo;
}

Match MatchAnswer(std::string_view message, uint16_t id, const Question& question) {
  if (message.size() < kHeader || Load16(message.data()) != id) return Match::kNo;
  if ((Load16(message.data() + 2) & (kFlagQr | kOpcodeMask)) != kFlagQr) return Match::kNo;
  return MatchQuestion(message, question);
}

// --- Answers ---

// A record in its place.
struct Record {
  size_t owner = 0;  // where its name begins
  uint16_t type = 0;
  uint16_t klass = 0;
  uint32_t ttl = 0;
  // Its data: [begin, end) of the message.
  size_t begin = 0, end = 0;

  bool Is(Type wanted) const { return type == static_cast<uint16_t>(wanted) && klass == kClassIn; }
};

// Reads what stands behind the owner of a record, at bytes[at].
static const char* ReadFixed(std::string_view bytes, size_t at, Record* record) {
  if (bytes.size() - at < 10) return "record that is cut off";
  const char* const fixed = bytes.data() + at;
  record->type = Load16(fixed);
  record->klass = Load16(fixed + 2);
  record->ttl = Load32(fixed + 4);
  const size_t size = Load16(fixed + 8);
  record->begin = at + 10;
  if (bytes.size() - record->begin < size) return "record that is cut off";
  record->end = record->begin + size;
  return nullptr;
}

// One record after the other, of a section that LookAtAll() has found whole.
class Records {
 public:
  Records(std::string_view bytes, size_t begin, size_t count) : bytes_(bytes), at_(begin), left_(count) {}

  // False behind the last one.
  bool Next(Record* record) {
    if (left_ == 0) return false;
    --left_;
    record->owner = at_;
    size_t length = static_cast<uint8_t>(bytes_[at_]);
    for (; length > 0 && length <= kMaxLabel; length = static_cast<uint8_t>(bytes_[at_])) at_ += 1 + length;
    CHECK(ReadFixed(bytes_, at_ + (length == 0 ? 1 : 2), record) == nullptr);
    at_ = record->end;
    return true;
  }

 private:
  std::string_view bytes_;
  size_t at_, left_;
};

static Name OwnerOf(const Source& source, const Record& record) {
  Name owner;
  size_t at = record.owner;
  CHECK(owner.Decode(source, source.bytes.size(), &at) == nullptr);
  return owner;
}

// RFC 2181, 8: a number with the highest bit set is none.
static uint32_t Seconds(uint32_t ttl) { return ttl > 0x7fffffff ? 0 : std::min(ttl, kMaxTtl); }

// Copies the name at source.bytes[*at], uncompressed, to the end of `out`.
static const char* TakeName(const Source& source, size_t end, size_t* at, std::string* out) {
  Name name;
  const char* const fault = name.Decode(source, end, at);
  if (fault == nullptr) out->append(name.wire());
  return fault;
}

// RFC 8659, 4.1: letters and digits only.
static constexpr bytes::ByteSet kTagSet = bytes::MakeSet("", true);

static const char* CaaFault(std::string_view data) {
  if (data.size() < 2) return "CAA record that is too short";
  const size_t length = static_cast<uint8_t>(data[1]);
  if (length == 0) return "CAA record without a tag";
  if (data.size() - 2 < length) return "CAA record whose tag is cut off";
  const std::string_view tag = data.substr(2, length);
  const bool right = std::all_of(tag.begin(), tag.end(), [](char c) { return bytes::In(kTagSet, c); });
  return right ? nullptr : "CAA record with a bad byte in its tag";
}

static const char* TxtFault(std::string_view data) {
  if (data.empty()) return "TXT record without a string";
  for (size_t at = 0; at < data.size();) {
    at += 1 + static_cast<size_t>(static_cast<uint8_t>(data[at]));
    if (at > data.size()) return "TXT record whose string is cut off";
  }
  return nullptr;
}

// Copies a record's data to the end of `out`: `before` bytes, so many names, and `behind` bytes.
static const char* TakeNames(const Source& source, const Record& record, size_t before, int names, size_t behind,
                             std::string* out) {
  size_t at = record.begin;
  if (record.end - at < before) return "record that is too short for its type";
  out->append(source.bytes.substr(at, before));
  at += before;
  for (int i = 0; i < names; ++i) {
    const char* const fault = TakeName(source, record.end, &at, out);
    if (fault != nullptr) return fault;
  }
  if (record.end - at != behind) return "record that is not as long as its type says";
  out->append(source.bytes.substr(at, behind));
  return nullptr;
}

static const char* TakeData(const Source& source, const Record& record, std::string* out) {
  const std::string_view data = source.bytes.substr(record.begin, record.end - record.begin);
  const char* fault = nullptr;
  switch (static_cast<Type>(record.type)) {
    case Type::kA:
      if (data.size() != 4) return "A record that is not 4 bytes long";
      break;
    case Type::kAaaa:
      if (data.size() != 16) return "AAAA record that is not 16 bytes long";
      break;
    case Type::kNs:
    case Type::kCname:
    case Type::kPtr:
      return TakeNames(source, record, 0, 1, 0, out);
    case Type::kSoa:
      return TakeNames(source, record, 0, 2, 20, out);
    case Type::kMx:
      return TakeNames(source, record, 2, 1, 0, out);
    case Type::kSrv:
      // RFC 2782 has no compression here, RFC 3597, 4 wants it read all the same.
      return TakeNames(source, record, 6, 1, 0, out);
    case Type::kTxt:
      fault = TxtFault(data);
      break;
    case Type::kCaa:
      fault = CaaFault(data);
      break;
    case Type::kOpt:
      break;
  }
  out->append(data);
  return fault;
}

// What a first look at a message finds.
struct Survey {
  size_t answers_begin = 0, authority_begin = 0;
  size_t answer_count = 0, authority_count = 0;
  uint16_t flags = 0;
  uint16_t rcode = 0;

  Records Answers(const Source& source) const { return {source.bytes, answers_begin, answer_count}; }
  Records Authority(const Source& source) const { return {source.bytes, authority_begin, authority_count}; }
};

// Looks at every record of every section: whether it is whole, and what OPT says.
static const char* LookAtAll(const Source& source, Survey* survey) {
  const char* const header = source.bytes.data();
  survey->answer_count = Load16(header + 6);
  survey->authority_count = Load16(header + 8);
  const size_t both = survey->answer_count + survey->authority_count;
  const size_t all = both + Load16(header + 10);
  if (all > kMaxRecords) return "over 4096 records";
  size_t at = survey->answers_begin;
  Name owner;
  Record record;
  bool has_opt = false;
  for (size_t i = 0; i < all; ++i) {
    if (i == survey->answer_count) survey->authority_begin = at;
    const char* fault = owner.Decode(source, source.bytes.size(), &at);
    if (fault == nullptr) fault = ReadFixed(source.bytes, at, &record);
    if (fault != nullptr) return fault;
    at = record.end;
    if (i < both || record.type != static_cast<uint16_t>(Type::kOpt)) continue;
    // RFC 6891, 6.1.1 and 6.1.3
    if (has_opt) return "two OPT records";
    if (owner.wire().size() != 1) return "OPT record whose name is not the root";
    has_opt = true;
    survey->rcode = static_cast<uint16_t>(survey->rcode | (record.ttl >> 24) << 4);
  }
  return nullptr;
}

// Finds the alias of answer->canonical, wherever it stands: there are servers that put it behind what it leads to.
static bool FindAlias(const Source& source, const Survey& survey, const Name& name, Record* record) {
  Records records = survey.Answers(source);
  while (records.Next(record)) {
    if (record->Is(Type::kCname) && OwnerOf(source, *record).Equals(name)) return true;
  }
  return false;
}

// Follows the aliases from answer->canonical on.
static const char* FollowAliases(const Source& source, const Survey& survey, Answer* answer) {
  Record record;
  while (FindAlias(source, survey, answer->canonical, &record)) {
    if (answer->aliases == kMaxAliases) return "over 16 aliases";
    ++answer->aliases;
    answer->ttl = std::min(answer->ttl, Seconds(record.ttl));
    size_t at = record.begin;
    const char* const fault = answer->canonical.Decode(source, record.end, &at);
    if (fault != nullptr) return fault;
    if (at != record.end) return "record that is not as long as its type says";
  }
  return nullptr;
}

static const char* TakeRecords(const Source& source, const Survey& survey, Type type, Answer* answer) {
  Records records = survey.Answers(source);
  Record record;
  while (records.Next(&record)) {
    if (!record.Is(type) || !OwnerOf(source, record).Equals(answer->canonical)) continue;
    const size_t offset = answer->data.size();
    const char* const fault = TakeData(source, record, &answer->data);
    if (fault != nullptr) return fault;
    answer->ttl = std::min(answer->ttl, Seconds(record.ttl));
    answer->records.push_back({static_cast<uint32_t>(offset), static_cast<uint32_t>(answer->data.size() - offset)});
  }
  return nullptr;
}

// How long there will be no such records (RFC 2308, 5), and whether the server says that there are none.
static const char* ReadDenial(const Source& source, const Survey& survey, Answer* answer) {
  Records records = survey.Authority(source);
  bool referral = false;
  Record record;
  while (records.Next(&record)) {
    referral = referral || record.Is(Type::kNs);
    if (!record.Is(Type::kSoa) || !IsWithin(answer->canonical, OwnerOf(source, record))) continue;
    const char* const fault = TakeData(source, record, &answer->data);
    if (fault != nullptr) return fault;
    answer->ttl = std::min({answer->ttl, Seconds(record.ttl), Seconds(ReadSoa(answer->data).minimum)});
    answer->data.clear();
    if (answer->outcome != Outcome::kNameError) answer->outcome = Outcome::kNoData;
    return nullptr;
  }
  if (answer->outcome == Outcome::kNameError) {
    answer->ttl = 0;
  } else if (answer->aliases > 0) {
    answer->outcome = Outcome::kAlias;
  } else if (referral && (survey.flags & (kFlagAa | kFlagRa)) == 0) {
    // RFC 2308, 2.2: names of servers and no SOA. "No data" would be a lie.
    answer->outcome = Outcome::kFailed;
    answer->reason = "a referral to other servers";
    answer->ttl = 0;
  } else {
    answer->outcome = Outcome::kNoData;
    answer->ttl = 0;
  }
  return nullptr;
}

// Fills what is not kBroken.
static const char* Read(const Source& source, const Question& question, bool over_tcp, Answer* answer) {
  if (source.bytes.size() < kHeader) return "message shorter than its header";
  Survey survey;
  survey.flags = Load16(source.bytes.data() + 2);
  if ((survey.flags & (kFlagQr | kOpcodeMask)) != kFlagQr) return "not an answer";
  if (MatchQuestion(source.bytes, question) == Match::kNo) return "answer to another question";
  survey.rcode = answer->rcode = survey.flags & kRcodeMask;
  if ((survey.flags & kFlagTc) != 0 && !over_tcp) {
    answer->outcome = Outcome::kTruncated;  // and may end anywhere
    return nullptr;
  }
  survey.answers_begin = survey.authority_begin = kHeader + source.asked.size() + 4;
  const char* fault = LookAtAll(source, &survey);
  if (fault != nullptr) return fault;
  answer->rcode = survey.rcode;
  if (survey.rcode != kNoError && survey.rcode != kNameError) {
    answer->outcome = Outcome::kFailed;
    return nullptr;
  }
  answer->ttl = kMaxTtl;
  if (question.type != Type::kCname) fault = FollowAliases(source, survey, answer);
  if (fault != nullptr) return fault;
  // RFC 6604, 3: the code is about the last name.
  answer->outcome = survey.rcode == kNameError ? Outcome::kNameError : Outcome::kAnswer;
  if (answer->outcome == Outcome::kAnswer) fault = TakeRecords(source, survey, question.type, answer);
  if (fault == nullptr && answer->records.empty()) fault = ReadDenial(source, survey, answer);
  return fault;
}

void ReadAnswer(std::string_view message, const Question& question, bool over_tcp, Answer* answer) {
  const auto reset = [&](Outcome outcome, const char* reason) {
    answer->outcome = outcome;
    answer->reason = reason;
    answer->canonical = question.name;
    answer->aliases = 0;
    answer->ttl = 0;
    answer->records.clear();
    answer->data.clear();
  };
  reset(Outcome::kAnswer, "");
  answer->rcode = 0;
  const char* const fault = Read({message, question.name.wire()}, question, over_tcp, answer);
  if (fault != nullptr) reset(Outcome::kBroken, fault);
}

// --- The data of records ---

// Takes an uncompressed name off the front. A pointer is none: there is nothing before it.
static Name TakeFrontName(std::string_view* data) {
  size_t at = 0;
  Name name;
  CHECK(name.Decode({*data, {}}, data->size(), &at) == nullptr);
  data->remove_prefix(at);
  return name;
}

Name ReadName(std::string_view data) {
  const Name name = TakeFrontName(&data);
  CHECK(data.empty());
  return name;
}

Mx ReadMx(std::string_view data) {
  CHECK(data.size() > 2);
  return {Load16(data.data()), ReadName(data.substr(2))};
}

Srv ReadSrv(std::string_view data) {
  CHECK(data.size() > 6);
  const char* const at = data.data();
  return {Load16(at), Load16(at + 2), Load16(at + 4), ReadName(data.substr(6))};
}

Soa ReadSoa(std::string_view data) {
  const Name mname = TakeFrontName(&data);
  const Name rname = TakeFrontName(&data);
  CHECK(data.size() == 20);
  const char* const at = data.data();
  return {mname, rname, Load32(at), Load32(at + 4), Load32(at + 8), Load32(at + 12), Load32(at + 16)};
}

Caa ReadCaa(std::string_view data) {
  CHECK(CaaFault(data) == nullptr);
  const size_t length = static_cast<uint8_t>(data[1]);
  return {static_cast<uint8_t>(data[0]), data.substr(2, length), data.substr(2 + length)};
}

std::vector<std::string_view> ReadTxt(std::string_view data) {
  CHECK(TxtFault(data) == nullptr);
  std::vector<std::string_view> strings;
  while (!data.empty()) {
    const size_t length = static_cast<uint8_t>(data[0]);
    strings.push_back(data.substr(1, length));
    data.remove_prefix(1 + length);
  }
  return strings;
}

}  // namespace node::dns_message
