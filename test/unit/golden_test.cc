// Runs test/golden/http/*.md: each case whole, byte by byte and at every place cut in two, always flush against a
// guard page, and each of these also with other bytes behind it.
#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "golden.h"
#include "http_events.h"
#include "http_parser.h"

namespace node::golden_test {

using golden::Case;
using http_parser::Limits;

static Limits ReadLimits(const Case& one) {
  Limits limits;
  const std::pair<const char*, uint32_t Limits::*> names[] = {
      {"target_bytes", &Limits::target_bytes}, {"head_bytes", &Limits::head_bytes},
      {"field_count", &Limits::field_count},   {"overhead_bytes", &Limits::overhead_bytes},
      {"empty_lines", &Limits::empty_lines},
  };
  const std::string text = " " + one.limits;  // so that "head_bytes" is not found in "overhead_bytes"
  for (const auto& [name, member] : names) {
    const std::string key = std::string(" ") + name + "=";
    const size_t at = text.find(key);
    if (at == std::string::npos) continue;
    limits.*member = static_cast<uint32_t>(std::strtoul(text.c_str() + at + key.size(), nullptr, 10));
  }
  return limits;
}

// What may follow a message without changing how it is read.
static const std::string_view kBehind[] = {
    "GET /behind HTTP/1.1\r\n\r\n",  "\r\n\r\n", "\n",    " ", "\t:", "0",
    std::string_view("\0\0\0\0", 4), "\xff\xfe", "5\r\n",
};

static std::string Show(const std::vector<size_t>& cuts, size_t size) {
  if (cuts.empty()) return "whole";
  if (cuts.size() + 1 == size && size > 2) return "byte by byte";
  return "cut at " + std::to_string(cuts[0]);
}

class GoldenTest : public testing::TestWithParam<Case> {
 protected:
  // False after a difference, so that one fault is told once and not a thousand times.
  bool Compare(std::string_view input, const std::vector<size_t>& cuts, const Limits& limits, size_t messages,
               const char* with) {
    static http_events::GuardedMemory memory;
    const std::string events = http_events::Read(input, cuts, limits, messages, &memory);
    EXPECT_EQ(events, GetParam().events) << "test/golden/http/" << GetParam().file << ".md, \"" << GetParam().title
                                         << "\", " << Show(cuts, input.size()) << with
                                         << "\ninput: " << http_events::Printable(input);
    return events == GetParam().events;
  }

  bool CompareAllCuts(const std::string& input, const Limits& limits, size_t messages, const char* with) {
    if (!Compare(input, {}, limits, messages, with)) return false;
    if (!Compare(input, http_events::EveryByte(input.size()), limits, messages, with)) return false;
    for (size_t cut = 0; cut <= input.size(); ++cut) {
      if (!Compare(input, {cut}, limits, messages, with)) return false;
    }
    return true;
  }
};

TEST_P(GoldenTest, SameEventsForEveryCut) {
  const Case& one = GetParam();
  const Limits limits = ReadLimits(one);
  if (!CompareAllCuts(one.input, limits, http_events::kAllMessages, "")) return;
  if (one.events.ends_with("incomplete\n")) return;  // what follows would belong to it
  http_events::GuardedMemory memory;
  http_events::Reader<http_events::GuardedMemory> reader(limits, http_events::kAllMessages, &memory);
  reader.Feed(one.input);
  const size_t messages = reader.refused() ? http_events::kAllMessages : reader.messages();
  if (messages == 0) return;
  for (std::string_view behind : kBehind) {
    if (!CompareAllCuts(one.input + std::string(behind), limits, messages, ", with bytes behind it")) return;
  }
}

static std::string NameOf(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.file + "_";
  for (char c : info.param.title) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  for (char& c : name) c = c == '-' ? '_' : c;
  // GoogleTest wants each name once.
  return name + "_" + std::to_string(info.index);
}

INSTANTIATE_TEST_SUITE_P(Http, GoldenTest, testing::ValuesIn(golden::Load("http")), NameOf);

TEST(GoldenFormatTest, Escapes) {
  EXPECT_EQ(golden::Decode("a\n\nb\\\n"), "a\r\n\r\nb");
  EXPECT_EQ(golden::Decode("\\r\\n\\t\\\\\\x41\\\n"), "\r\n\t\\A");
  EXPECT_EQ(golden::Decode("\\0\\\n"), std::string(1, '\0'));
  EXPECT_EQ(golden::Decode("<\\{3 ab}>\\\n"), "<ababab>");
}

}  // namespace node::golden_test
