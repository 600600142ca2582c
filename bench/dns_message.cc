// How long do a question and an answer of DNS take? Prints nanoseconds each; asserts nothing.
#include "dns_message.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace bench_dns_message {

namespace dns = node::dns_message;

static std::string Bytes16(size_t value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)}; }

static dns::Name Parse(std::string_view text) {
  dns::Name name;
  if (const char* fault = dns::ParseName(text, &name); fault != nullptr) {
    std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(text.size()), text.data(), fault);
    std::exit(1);
  }
  return name;
}

static std::string Record(const std::string& owner, dns::Type type, const std::string& data) {
  const std::string ttl("\0\0\1\x2c", 4);
  return owner + Bytes16(static_cast<uint16_t>(type)) + Bytes16(1) + ttl + Bytes16(data.size()) + data;
}

static std::string Pointer(size_t target) { return Bytes16(0xc000 | target); }
static std::string Wire(std::string_view text) { return std::string(Parse(text).wire()); }

struct Case {
  const char* name;
  dns::Question question;
  std::string message;
};

// A message of so many answers, records of the authority section and additional ones.
static Case Make(const char* name, const dns::Question& question, size_t answers, size_t authority, size_t additional,
                 const std::string& records) {
  return {name, question,
          Bytes16(1) + Bytes16(0x8180) + Bytes16(1) + Bytes16(answers) + Bytes16(authority) + Bytes16(additional) +
              std::string(question.name.wire()) + Bytes16(static_cast<uint16_t>(question.type)) + Bytes16(1) + records};
}

static std::string Repeat(size_t times, const std::string& text) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

// The slowest that we know of: names of 127 labels, each behind a pointer, that differ from the one asked for in the
// last only, and a chain of aliases that is found at the end.
static Case Worst() {
  const dns::Question question{Parse("www.example.com"), dns::Type::kA};
  std::string records = Record(Pointer(12), dns::Type::kTxt, Wire("a"));
  size_t at = 12 + question.name.wire().size() + 4;
  const auto place = [&] { return at + records.size(); };
  size_t last = place() - 3;
  std::string names;  // in the data of a record that nobody wants
  for (int i = 0; i < 126; ++i) {
    const size_t here = place() + 12 + names.size();
    names += "\1a" + Pointer(last);
    last = here;
  }
  records += Record(Pointer(12), dns::Type::kTxt, names);
  size_t count = 2;
  while (place() < 65000 && count < dns::kMaxRecords - 32) {
    records += Record(Pointer(last), dns::Type::kCname, Pointer(12));
    ++count;
  }
  std::string owner = Pointer(12);
  for (int i = 0; i < 16; ++i, ++count) {
    const std::string target = "\1" + std::string(1, static_cast<char>('a' + i)) + Pointer(12);
    const std::string alias = Record(owner, dns::Type::kCname, target);
    owner = Pointer(place() + alias.size() - target.size());
    records += alias;
  }
  return Make("worst we know", question, count, 0, 0, records);
}

template <typename Work>
static double Nanoseconds(size_t turns, const Work& work) {
  double best = 1e9;
  for (int round = 0; round < 20; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (size_t i = 0; i < turns; ++i) work();
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
    best = std::min(best, time.count() / static_cast<double>(turns));
  }
  return best;
}

static void Answers() {
  using dns::Type;
  const std::string opt("\0\0\x29\4\xd0\0\0\0\0\0\0", 11);
  const std::string asked = Pointer(12);
  const dns::Question a{Parse("www.example.com"), Type::kA};
  const std::string address = Record(asked, Type::kA, "\x7f\1\2\3");
  const std::string numbers(20, '\1');
  const Case cases[] = {
      Make("one A", a, 1, 0, 0, address),
      Make("one A, OPT", a, 1, 0, 1, address + opt),
      Make("8 A, OPT", a, 8, 0, 1, Repeat(8, address) + opt),
      Make("alias, A, OPT", a, 2, 0, 1,
           Record(asked, Type::kCname, "\3web\xc0\x10") + Record(Pointer(45), Type::kA, "\1\2\3\4") + opt),
      Make("A, 4 NS, 8 glue", a, 1, 4, 8,
           address + Repeat(4, Record(Pointer(16), Type::kNs, "\2ns\xc0\x10")) +
               Repeat(8, Record(Pointer(61), Type::kA, "\1\2\3\4"))),
      Make("no such name, SOA", a, 0, 1, 0, Record(Pointer(16), Type::kSoa, "\2ns\xc0\x10\4root\xc0\x10" + numbers)),
      Make("5 MX", {a.name, Type::kMx}, 5, 0, 0,
           Repeat(5, Record(asked, Type::kMx, std::string("\0\5\2mx\xc0\x10", 7)))),
      Make("4,000 A", a, 4000, 0, 0, Repeat(4000, address)),
      Worst(),
  };
  dns::Answer answer;
  for (const Case& one : cases) {
    const double time = Nanoseconds(4'000'000 / (one.message.size() + 50), [&] {
      const char* data = one.message.data();
      asm volatile("" : "+r"(data) : : "memory");  // the bytes may have changed, for all the compiler knows
      dns::ReadAnswer({data, one.message.size()}, one.question, true, &answer);
      if (answer.outcome == dns::Outcome::kBroken) {
        std::fprintf(stderr, "%s: %s\n", one.name, answer.reason);
        std::exit(1);
      }
    });
    std::printf("answer: %-20s %5zu bytes %10.1f ns\n", one.name, one.message.size(), time);
  }
}

static void Questions() {
  std::array<uint8_t, 32> random;
  random.fill(0x5a);
  char out[dns::kQueryRoom];
  for (const char* text : {"a.io", "www.example.com", "ec2-203-0-113-25.compute-1.amazonaws.com"}) {
    const dns::Question question{Parse(text), dns::Type::kA};
    dns::Question mixed = question;
    const auto ask = [&] {
      asm volatile("" : : : "memory");
      mixed.name.MixCase(random);
      return dns::WriteQuery(1, mixed, 1232, out);
    };
    const size_t size = ask();
    out[2] = static_cast<char>(0x81);
    const std::string answer(out, size);
    std::printf("query: mix and write  %-40s %6.1f ns\n", text, Nanoseconds(200'000, ask));
    int matches = 0;
    const auto match = [&] {
      const char* data = answer.data();
      asm volatile("" : "+r"(data) : : "memory");
      matches += dns::MatchAnswer({data, size}, 1, mixed) == dns::Match::kYes ? 1 : 0;
    };
    std::printf("query: match          %-40s %6.1f ns\n", text, Nanoseconds(200'000, match));
    uint64_t hash = 0;
    const auto look_up = [&] {
      asm volatile("" : : : "memory");
      hash += mixed.name.Hash(hash) + (mixed.name.Equals(question.name) ? 1 : 0);
    };
    std::printf("name: hash and equals %-40s %6.1f ns\n", text, Nanoseconds(200'000, look_up));
    dns::Name name;
    const auto parse = [&] {
      asm volatile("" : "+r"(text) : : "memory");
      if (dns::ParseName(text, &name) != nullptr) std::exit(1);
    };
    std::printf("name: from text       %-40s %6.1f ns\n", text, Nanoseconds(200'000, parse));
    if (matches == 0 || hash == 0) std::exit(1);
  }
}

}  // namespace bench_dns_message

int main() {
  bench_dns_message::Answers();
  bench_dns_message::Questions();
}
