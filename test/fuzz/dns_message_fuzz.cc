// Fuzzes the reader of DNS messages and names. make fuzz runs it for long, make test for a fixed count.
//
//   dns_message_fuzz --seeds FOLDER    writes the inputs of test/golden/dns there, to start from
//
// The first byte of an input says how the rest, a message, is read; the question is the one that stands in it. What
// must hold, besides what dns_text.h demands of every answer: no part of a message is taken for a whole, bytes behind
// it and the case of letters change nothing, what was read can be written and read again, and a query has the bytes
// that a plain reading of RFC 1035 expects.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>

#include "dns_message.h"
#include "dns_text.h"
#include "golden.h"
#include "memory.h"

namespace node::dns_message_fuzz {

namespace dns = dns_message;
using dns::Name;
using dns::Type;
using dns_text::Demand;

static constexpr size_t kHeader = 12;

// How a message is read: bits of the first byte.
enum Choice : uint8_t { kOverTcp = 1, kOtherCase = 2, kOtherQuestion = 4 };

static std::string Bytes16(size_t value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 255)}; }

static size_t Number16(std::string_view bytes, size_t at) {
  return static_cast<size_t>(static_cast<uint8_t>(bytes[at])) << 8 | static_cast<uint8_t>(bytes[at + 1]);
}

static std::string Lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

// Of letters, where the bits of `pattern` say so.
static void TurnCase(size_t pattern, char* bytes, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    const bool letter = (bytes[i] >= 'A' && bytes[i] <= 'Z') || (bytes[i] >= 'a' && bytes[i] <= 'z');
    if (letter && (pattern >> i % 61 & 1) != 0) bytes[i] = static_cast<char>(bytes[i] ^ 0x20);
  }
}

// The question that stands in a message, as a plain reader sees it: labels up to the zero. False when there is none.
static bool FindQuestion(std::string_view message, dns::Question* question) {
  Name name;
  for (size_t at = kHeader; at < message.size();) {
    const size_t length = static_cast<uint8_t>(message[at]);
    if (length == 0) {
      if (message.size() - at < 5) return false;
      *question = {name, static_cast<Type>(Number16(message, at + 1))};
      return true;
    }
    if (length > 63 || message.size() - at <= length || !name.AddLabel(message.substr(at + 1, length))) return false;
    at += 1 + length;
  }
  return false;
}

// Reads from memory that ends with the message.
static std::string Read(std::string_view message, const dns::Question& question, bool over_tcp) {
  memory::HeapMemory memory;
  return dns_text::ShowAnswer(memory.Place(message), question, over_tcp);
}

static bool IsBroken(std::string_view text) { return text.starts_with("broken: "); }

static void TryParts(std::string_view message, const dns::Question& question, bool over_tcp, size_t hash) {
  const std::string whole = Read(message, question, over_tcp);
  Demand(Read(message, question, over_tcp) == whole, "read differently the second time");
  const std::string part = Read(message.substr(0, hash % (message.size() + 1)), question, over_tcp);
  Demand(IsBroken(part) || part == "truncated\n" || part == whole, "a part taken for a whole");
  if (!IsBroken(whole)) {
    std::string longer(message);
    for (size_t i = 0; i < 1 + hash % 19; ++i) longer += static_cast<char>(hash >> i);
    Demand(Read(longer, question, over_tcp) == whole, "bytes behind the message change it");
  }
  // The case of letters in the question, on either side.
  dns::Question other = question;
  std::array<uint8_t, 32> bits;
  for (size_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<uint8_t>(hash >> i);
  other.name.MixCase(bits);
  Demand(Lower(Read(message, other, over_tcp)) == Lower(whole), "the case of the question asked changes the answer");
  std::string turned(message);
  const size_t size = question.name.wire().size();
  if (turned.size() < kHeader + size) return;
  TurnCase(hash, turned.data() + kHeader, size);
  Demand(Lower(Read(turned, question, over_tcp)) == Lower(whole), "the case of the question changes the answer");
}

// What was read, written without compression, gives the same again.
static void TryAgain(std::string_view message, const dns::Question& question, bool over_tcp) {
  dns::Answer answer;
  dns::ReadAnswer(message, question, over_tcp, &answer);
  if (answer.outcome != dns::Outcome::kAnswer) return;
  const std::string head =
      std::string(answer.canonical.wire()) + Bytes16(static_cast<size_t>(question.type)) + Bytes16(1);
  std::string plain =
      Bytes16(1) + Bytes16(0x8180) + Bytes16(1) + Bytes16(answer.records.size()) + Bytes16(0) + Bytes16(0) + head;
  for (size_t i = 0; i < answer.records.size(); ++i) {
    const std::string_view data = answer.Data(i);
    plain += head + Bytes16(answer.ttl >> 16) + Bytes16(answer.ttl & 0xffff) + Bytes16(data.size());
    plain += data;
  }
  dns::Answer again;
  dns::ReadAnswer(plain, {answer.canonical, question.type}, false, &again);
  Demand(again.outcome == dns::Outcome::kAnswer && again.ttl == answer.ttl, "what was read cannot be read again");
  Demand(again.records.size() == answer.records.size() && again.data == answer.data, "what was read is read otherwise");
  Demand(again.canonical.wire() == answer.canonical.wire() && again.aliases == 0, "another name");
}

// A query as RFC 1035, 4.1 and RFC 6891, 6.1.2 draw it.
static void TryQuery(const dns::Question& question, size_t hash) {
  std::array<char, dns::kQueryRoom + 1> room;
  room.fill('#');
  const auto id = static_cast<uint16_t>(hash);
  const auto udp_size = static_cast<uint16_t>((hash & 0x10000) != 0 ? hash >> 20 | 1 : 0);
  const size_t size = dns::WriteQuery(id, question, udp_size, room.data());
  const std::string query(room.data(), size);
  Demand(size <= dns::kQueryRoom && room[size] == '#', "a query that does not fit");
  const size_t name_size = question.name.wire().size();
  const std::string opt = std::string(1, '\0') + Bytes16(41) + Bytes16(udp_size) + std::string(6, '\0');
  const std::string expected = Bytes16(id) + Bytes16(0x0100) + Bytes16(1) + Bytes16(0) + Bytes16(0) +
                               Bytes16(udp_size > 0 ? 1 : 0) + std::string(question.name.wire()) +
                               Bytes16(static_cast<size_t>(question.type)) + Bytes16(1) + (udp_size > 0 ? opt : "");
  Demand(query == expected, "a query of other bytes");
  dns::Question found;
  Demand(FindQuestion(query, &found) && found.name.wire() == question.name.wire() && found.type == question.type,
         "a query for something else");
  std::string answer = query;
  Demand(dns::MatchAnswer(answer, id, question) == dns::Match::kNo, "a query taken for an answer");
  answer[2] = static_cast<char>(answer[2] | 0x80);
  Demand(dns::MatchAnswer(answer, id, question) == dns::Match::kYes, "an answer that does not match");
  Demand(dns::MatchAnswer(answer, static_cast<uint16_t>(id + 1), question) == dns::Match::kNo, "any id matches");
  std::string turned = answer;
  TurnCase(hash >> 3, turned.data() + kHeader, name_size);
  Demand(dns::MatchAnswer(turned, id, question) == (turned == answer ? dns::Match::kYes : dns::Match::kCaseOnly),
         "case is not told apart");
  Demand(Read(answer, question, false).starts_with("no data: ttl 0"), "an empty answer with something in it");
}

static void TryNames(const Name& first, std::string_view text) {
  Name second;
  if (dns::ParseName(text, &second) != nullptr) return;
  Name again;
  Demand(dns::ParseName(second.ToText(), &again) == nullptr && again.wire() == second.wire(), "text of another name");
  Name joined;
  const size_t size = first.wire().size() - 1 + second.wire().size();
  Demand(dns::Join(first, second, &joined) == (size <= dns::kMaxName), "joined at another limit");
  if (size <= dns::kMaxName) {
    Demand(joined.wire() == std::string(first.wire().substr(0, first.wire().size() - 1)) + std::string(second.wire()),
           "joined otherwise");
    Demand(dns::IsWithin(joined, second) && dns::IsWithin(joined, Name()), "a name outside of its own zone");
    Demand(dns::IsWithin(second, joined) == (joined.wire().size() == second.wire().size()), "a zone inside of a name");
  }
  Name lower = second;
  lower.ToLowerCase();
  Demand(lower.wire() == Lower(std::string(second.wire())), "lower case of something else");
  Demand(lower.Equals(second) && lower.Hash(7) == second.Hash(7), "equal names with different hashes");
}

static void TryOne(std::string_view data) {
  if (data.empty()) return;
  const auto choice = static_cast<uint8_t>(data[0]);
  const std::string_view message = data.substr(1);
  // FNV-1a: all depends on the input alone, so that a find can be repeated.
  uint64_t hash = 14695981039346656037u;
  for (char c : data) hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211u;
  dns::Question question{Name(), Type::kA};
  const bool found = FindQuestion(message, &question);
  if ((choice & kOtherQuestion) != 0) question.type = static_cast<Type>(hash >> 56);
  if ((choice & kOtherCase) != 0) question.name.ToLowerCase();
  const bool over_tcp = (choice & kOverTcp) != 0;
  if (message.size() >= 2) {
    const bool matches =
        dns::MatchAnswer(message, static_cast<uint16_t>(Number16(message, 0)), question) != dns::Match::kNo;
    Demand(found || !matches, "an answer without a question");
    Demand(matches || IsBroken(Read(message, question, over_tcp)), "read, but it does not match");
  }
  TryParts(message, question, over_tcp, hash);
  TryAgain(message, question, over_tcp);
  TryQuery(question, hash);
  TryNames(question.name, message.substr(0, 300));
}

// With "--seeds FOLDER" writes the inputs of the golden cases there, to start from, and ends the program.
static void WriteSeedsIfAsked(int argc, char** argv) {
  if (argc != 3 || std::string_view(argv[1]) != "--seeds") return;
  size_t number = 0;
  for (const golden::Case& one : golden::Load("dns")) {
    std::ofstream(std::string(argv[2]) + "/" + one.file + "-" + std::to_string(number++), std::ios::binary)
        << static_cast<char>(one.over_tcp ? kOverTcp : 0) << one.input;
  }
  std::exit(0);
}

}  // namespace node::dns_message_fuzz

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  node::dns_message_fuzz::WriteSeedsIfAsked(*argc, *argv);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  node::dns_message_fuzz::TryOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
