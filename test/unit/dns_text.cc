#include "dns_text.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <utility>
#include <vector>

#include "golden.h"

namespace node::dns_text {

namespace dns = dns_message;
using dns::Name;
using dns::Outcome;
using dns::Type;

static constexpr std::pair<const char*, unsigned> kWords[] = {
    {"A", 1},     {"NS", 2},   {"CNAME", 5}, {"SOA", 6},   {"PTR", 12}, {"MX", 15}, {"TXT", 16},
    {"AAAA", 28}, {"SRV", 33}, {"OPT", 41},  {"CAA", 257}, {"IN", 1},   {"CH", 3},  {"TYPE99", 99},
};

[[noreturn]] static void Fail(std::string_view what, std::string_view where) {
  std::fprintf(stderr, "dns_text: %.*s: %.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(where.size()), where.data());
  std::exit(1);
}

void Demand(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "dns_text: %s\n", what);
  std::abort();
}

static unsigned Number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) Fail("not a number", text);
  return value;
}

static std::string BigEndian(unsigned value, int size) {
  std::string bytes;
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 255);
  return bytes;
}

// The parts of a text, without comments.
static std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> parts;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    if (text[at] == ';') {
      at = std::min(text.find('\n', at), text.size());
    } else if (text[at] == '"' || text[at] == '\'') {
      at = text.find(text[at], at + 1);
      if (at == std::string_view::npos) Fail("a quote without an end", text.substr(begin));
      parts.emplace_back(text.substr(begin, ++at - begin));
    } else if (text[at] == ' ' || text[at] == '\n') {
      ++at;
    } else {
      at = std::min(text.find_first_of(" \n;", at), text.size());
      parts.emplace_back(text.substr(begin, at - begin));
    }
  }
  return parts;
}

// Writes the bytes of a list of parts.
class Assembler {
 public:
  // `marks` holds those of the last pass, or none.
  Assembler(const std::vector<std::string>& parts, std::map<std::string, size_t, std::less<>>* marks)
      : parts_(parts), marks_(marks) {}

  std::string Run() {
    while (at_ < parts_.size()) One(0);
    return bytes_;
  }

 private:
  void One(unsigned turn) {
    const std::string& part = parts_[at_++];
    const size_t equals = part.find('=');
    if (part[0] == '"' || part[0] == '\'') {
      const std::string text = Quoted(part, turn);
      if (part[0] == '"') bytes_ += static_cast<char>(text.size());
      bytes_ += text;
    } else if (part == ".") {
      bytes_ += '\0';
    } else if (part[0] == '{') {
      Length(part.substr(1), turn);
    } else if (part[0] == '@') {
      bytes_ += BigEndian(0xc000 | Target(std::string_view(part).substr(1)), 2);
    } else if (part.ends_with(':')) {
      (*marks_)[part.substr(0, part.size() - 1)] = bytes_.size();
    } else if (part.ends_with("*(")) {
      Repeat(Number(std::string_view(part).substr(0, part.size() - 2)));
    } else if (part.starts_with("u8=") || part.starts_with("u16=") || part.starts_with("u32=")) {
      const auto size = static_cast<int>(Number(std::string_view(part).substr(1, equals - 1)) / 8);
      bytes_ += BigEndian(Number(std::string_view(part).substr(equals + 1)), size);
    } else {
      Word(part);
    }
  }

  static std::string Quoted(const std::string& part, unsigned turn) {
    std::string text;
    for (size_t i = 1; i + 1 < part.size(); ++i) {
      if (part[i] != '$') {
        text += part[i];
        continue;
      }
      const bool next = part[i + 1] == '+';
      text += static_cast<char>('a' + turn + (next ? 1 : 0));
      if (next) ++i;
    }
    return golden::Decode(text + "\\");
  }

  void Length(const std::string& lie, unsigned turn) {
    const size_t place = bytes_.size();
    bytes_ += "  ";
    while (at_ < parts_.size() && parts_[at_] != "}") One(turn);
    if (at_++ >= parts_.size()) Fail("{ without }", "");
    auto length = static_cast<unsigned>(bytes_.size() - place - 2);
    if (lie.starts_with('+')) length += Number(lie.substr(1));
    if (lie.starts_with('-')) length -= Number(lie.substr(1));
    bytes_.replace(place, 2, BigEndian(length, 2));
  }

  void Repeat(unsigned times) {
    const size_t begin = at_;
    for (unsigned turn = 0; turn < times; ++turn) {
      at_ = begin;
      while (at_ < parts_.size() && parts_[at_] != ")") One(turn);
      if (at_++ >= parts_.size()) Fail("( without )", "");
    }
  }

  unsigned Target(std::string_view text) const {
    const size_t sign = text.find_first_of("+-");
    const unsigned distance = sign == std::string_view::npos ? 0 : Number(text.substr(sign + 1));
    const std::string_view mark = text.substr(0, sign);
    const auto found = marks_->find(mark);
    unsigned target = 0;  // of a mark that is not yet known
    if (found != marks_->end()) {
      target = static_cast<unsigned>(found->second);
    } else if (!mark.empty() && mark[0] <= '9') {
      target = Number(mark);
    }
    return sign != std::string_view::npos && text[sign] == '-' ? target - distance : target + distance;
  }

  void Word(const std::string& part) {
    for (const auto& [word, value] : kWords) {
      if (part == word) {
        bytes_ += BigEndian(value, 2);
        return;
      }
    }
    const bool is_hex = part.find_first_not_of("0123456789abcdef") == std::string::npos && part.size() % 2 == 0;
    if (!is_hex) Fail("unknown part", part);
    for (size_t i = 0; i < part.size(); i += 2) {
      bytes_ += static_cast<char>(std::strtoul(part.substr(i, 2).c_str(), nullptr, 16));
    }
  }

  const std::vector<std::string>& parts_;
  std::map<std::string, size_t, std::less<>>* const marks_;
  size_t at_ = 0;
  std::string bytes_;
};

std::string Assemble(std::string_view text) {
  const std::vector<std::string> parts = Split(text);
  std::map<std::string, size_t, std::less<>> marks;
  Assembler(parts, &marks).Run();  // to learn where the marks are
  return Assembler(parts, &marks).Run();
}

dns::Question ParseQuestion(std::string_view text) {
  dns::Question question;
  const size_t blank = text.find(' ');
  const char* const fault = dns::ParseName(text.substr(0, blank), &question.name);
  if (fault != nullptr || blank == std::string_view::npos) Fail("not a question", text);
  for (const auto& [word, value] : kWords) {
    if (text.substr(blank + 1) == word) {
      question.type = static_cast<Type>(value);
      return question;
    }
  }
  Fail("unknown type", text);
}

// --- What is read ---

// The text of a name, which must give the name again.
static std::string Text(const Name& name) {
  std::string text = name.ToText();
  Name again;
  Demand(dns::ParseName(text, &again) == nullptr && again.wire() == name.wire(), "a name whose text is of another");
  Demand(name.wire().size() <= dns::kMaxName && name.wire().ends_with('\0'), "a name that is none");
  return text;
}

static std::string Quote(std::string_view bytes) {
  std::string text = "\"";
  for (char c : bytes) {
    char escape[8];
    if (c < 0x20 || c == 0x7f || c == '"' || c == '\\') {  // bytes from 0x80 on are negative
      std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      text += escape;
    } else {
      text += c;
    }
  }
  return text + "\"";
}

static std::string Numbers(std::string_view bytes, const char* format, size_t size, char between) {
  std::string text;
  for (size_t at = 0; at < bytes.size(); at += size) {
    unsigned value = 0;
    for (char c : bytes.substr(at, size)) value = value << 8 | static_cast<unsigned char>(c);
    char digits[16];
    std::snprintf(digits, sizeof digits, format, value);
    if (at > 0) text += between;
    text += digits;
  }
  return text;
}

static std::string ShowSoa(const dns::Soa& soa) {
  std::string text = "SOA " + Text(soa.mname) + " " + Text(soa.rname);
  for (uint32_t number : {soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum}) {
    text += " " + std::to_string(number);
  }
  return text;
}

static std::string ShowRecord(Type type, std::string_view data) {
  switch (type) {
    case Type::kA:
      Demand(data.size() == 4, "an A of another size");
      return "A " + Numbers(data, "%u", 1, '.');
    case Type::kAaaa:
      Demand(data.size() == 16, "an AAAA of another size");
      return "AAAA " + Numbers(data, "%x", 2, ':');
    case Type::kNs:
      return "NS " + Text(dns::ReadName(data));
    case Type::kCname:
      return "CNAME " + Text(dns::ReadName(data));
    case Type::kPtr:
      return "PTR " + Text(dns::ReadName(data));
    case Type::kSoa:
      return ShowSoa(dns::ReadSoa(data));
    case Type::kMx: {
      const dns::Mx mx = dns::ReadMx(data);
      return "MX " + std::to_string(mx.priority) + " " + Text(mx.exchange);
    }
    case Type::kSrv: {
      const dns::Srv srv = dns::ReadSrv(data);
      return "SRV " + std::to_string(srv.priority) + " " + std::to_string(srv.weight) + " " + std::to_string(srv.port) +
             " " + Text(srv.target);
    }
    case Type::kTxt: {
      std::string text = "TXT";
      size_t size = 0;
      for (std::string_view string : dns::ReadTxt(data)) {
        text += " " + Quote(string);
        size += 1 + string.size();
      }
      Demand(size == data.size() && size > 0, "a TXT whose strings are not all of it");
      return text;
    }
    case Type::kCaa: {
      const dns::Caa caa = dns::ReadCaa(data);
      return "CAA " + std::to_string(caa.flags) + " " + std::string(caa.tag) + " " + Quote(caa.value);
    }
    case Type::kOpt:
      break;
  }
  const std::string text = "TYPE" + std::to_string(static_cast<unsigned>(type));
  return data.empty() ? text : text + " " + Numbers(data, "%02x", 1, ' ');
}

static std::string ShowOutcome(const dns::Answer& answer) {
  switch (answer.outcome) {
    case Outcome::kAnswer:
      return "answer";
    case Outcome::kNoData:
      return "no data";
    case Outcome::kNameError:
      return "no such name";
    case Outcome::kAlias:
      return "alias";
    case Outcome::kFailed:
      return std::string("failed: ") + (answer.rcode == 0 ? answer.reason : "rcode " + std::to_string(answer.rcode));
    case Outcome::kTruncated:
      return "truncated";
    case Outcome::kBroken:
      return std::string("broken: ") + answer.reason;
  }
  return "an outcome without a name";
}

// What holds for every answer, whatever the bytes.
static void DemandBounds(const dns::Answer& answer) {
  const bool found = answer.outcome == Outcome::kAnswer;
  const bool read = found || answer.outcome == Outcome::kNoData || answer.outcome == Outcome::kNameError ||
                    answer.outcome == Outcome::kAlias;
  Demand(found == !answer.records.empty() && answer.records.size() <= dns::kMaxRecords, "records of no answer");
  // A referral fails without an rcode.
  const bool explained =
      answer.outcome == Outcome::kBroken || (answer.outcome == Outcome::kFailed && answer.rcode == 0);
  Demand(explained == (answer.reason[0] != '\0'), "a reason for nothing");
  Demand(answer.ttl <= (read ? dns::kMaxTtl : 0), "a ttl out of range");
  Demand(answer.aliases <= dns::kMaxAliases && (read || answer.aliases == 0), "too many aliases");
  Demand(answer.outcome != Outcome::kAlias || answer.aliases > 0, "an alias without any");
  Demand(answer.rcode < 4096, "an rcode out of range");
  size_t end = 0;
  for (const dns::Slice& slice : answer.records) {
    Demand(slice.offset == end && slice.size <= answer.data.size() - end, "data that is not where its slice says");
    end += slice.size;
  }
  Demand(end == answer.data.size(), "data of no record");
}

std::string ShowAnswer(std::string_view message, const dns::Question& question, bool over_tcp) {
  dns::Answer answer;
  dns::ReadAnswer(message, question, over_tcp, &answer);
  DemandBounds(answer);
  // Nothing grows more than an NS record of the root: 13 bytes, of which 2 become 255.
  Demand(answer.data.size() <= message.size() * 20, "more data than a message can give");
  std::string text = ShowOutcome(answer);
  const bool read = answer.outcome < Outcome::kFailed;
  if (read) text += ": ttl " + std::to_string(answer.ttl) + ", canonical " + Text(answer.canonical);
  if (!read) Demand(answer.canonical.wire() == question.name.wire(), "a canonical name of nothing");
  if (answer.aliases > 0) text += ", " + std::to_string(answer.aliases) + (answer.aliases == 1 ? " alias" : " aliases");
  text += "\n";
  for (size_t i = 0; i < answer.records.size(); ++i) text += ShowRecord(question.type, answer.Data(i)) + "\n";
  return text;
}

std::string Show(std::string_view message, const dns::Question& question, bool over_tcp) {
  const std::string answer = ShowAnswer(message, question, over_tcp);
  switch (dns::MatchAnswer(message, kId, question)) {
    case dns::Match::kNo:
      return "match no\n";
    case dns::Match::kCaseOnly:
      return "match case only\n" + answer;
    case dns::Match::kYes:
      break;
  }
  return "match yes\n" + answer;
}

}  // namespace node::dns_text
