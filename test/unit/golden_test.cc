// Runs test/golden/*/*.md: each case whole, byte by byte and at every place cut in two, always flush against a
// guard page, and each of these also with other bytes behind it.
#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "golden.h"
#include "http_events.h"

namespace node::golden_test {

using golden::Case;

// What may follow a message without changing how it is read.
static const std::string_view kBehind[] = {
    "GET /behind HTTP/1.1\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\n",
    "\r\n\r\n",
    "\n",
    " ",
    "\t:",
    "0",
    std::string_view("\0\0\0\0", 4),
    "\xff\xfe",
    "5\r\n",
};

static std::string Show(const std::vector<size_t>& cuts, size_t size) {
  if (cuts.empty()) return "whole";
  if (cuts.size() + 1 == size && size > 2) return "byte by byte";
  return "cut at " + std::to_string(cuts[0]);
}

class GoldenTest : public testing::TestWithParam<Case> {
 protected:
  // False after a difference, so that one fault is told once and not a thousand times.
  bool Compare(std::string_view input, const std::vector<size_t>& cuts, const http_events::Reading& reading,
               size_t messages, const char* with) {
    static http_events::GuardedMemory memory;
    const std::string events = http_events::Read(input, cuts, reading, messages, &memory);
    EXPECT_EQ(events, GetParam().events) << "test/golden/" << GetParam().folder << "/" << GetParam().file << ".md, \""
                                         << GetParam().title << "\", " << Show(cuts, input.size()) << with
                                         << "\ninput: " << http_events::Printable(input);
    return events == GetParam().events;
  }

  bool CompareAllCuts(const std::string& input, const http_events::Reading& reading, size_t messages,
                      const char* with) {
    if (!Compare(input, {}, reading, messages, with)) return false;
    if (!Compare(input, http_events::EveryByte(input.size()), reading, messages, with)) return false;
    for (size_t cut = 0; cut <= input.size(); ++cut) {
      if (!Compare(input, {cut}, reading, messages, with)) return false;
    }
    return true;
  }
};

TEST_P(GoldenTest, SameEventsForEveryCut) {
  const Case& one = GetParam();
  const http_events::Reading reading = http_events::ReadingOf(one);
  if (!CompareAllCuts(one.input, reading, http_events::kAllMessages, "")) return;
  http_events::GuardedMemory memory;
  http_events::Reader<http_events::GuardedMemory> reader(reading, http_events::kAllMessages, &memory);
  reader.Feed(one.input);
  // What follows would belong to it.
  if (reader.in_body() || one.events.ends_with("incomplete\n")) return;
  const size_t messages = reader.refused() ? http_events::kAllMessages : reader.messages();
  if (messages == 0) return;
  for (std::string_view behind : kBehind) {
    if (!CompareAllCuts(one.input + std::string(behind), reading, messages, ", with bytes behind it")) return;
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
INSTANTIATE_TEST_SUITE_P(HttpClient, GoldenTest, testing::ValuesIn(golden::Load("http_client")), NameOf);

// All that stands between backquotes in a line: FILE.md: TITLE or SUITE.TEST.
static std::vector<std::string> References(std::string_view line) {
  std::vector<std::string> references;
  for (size_t open = line.find('`'); open != std::string_view::npos; open = line.find('`', open)) {
    const size_t close = line.find('`', open + 1);
    if (close == std::string_view::npos) break;
    references.emplace_back(line.substr(open + 1, close - open - 1));
    open = close + 1;
  }
  return references;
}

static std::set<std::string> AllThatCanBeNamed() {
  std::set<std::string> names;
  for (const char* folder : {"dns", "http", "http_client"}) {
    for (const Case& one : golden::Load(folder)) names.insert(one.folder + "/" + one.file + ".md: " + one.title);
  }
  const testing::UnitTest* const program = testing::UnitTest::GetInstance();
  for (int i = 0; i < program->total_test_suite_count(); ++i) {
    const testing::TestSuite* const suite = program->GetTestSuite(i);
    for (int j = 0; j < suite->total_test_count(); ++j) {
      names.insert(std::string(suite->name()) + "." + suite->GetTestInfo(j)->name());
    }
  }
  return names;
}

// test/golden/README.md: each rule has something that shows it, which exists, or somebody else who keeps it.
TEST(GoldenIndexTest, EachRuleIsShown) {
  const std::set<std::string> names = AllThatCanBeNamed();
  const char* const root = std::getenv("NODE_TEST_ROOT");
  std::ifstream index(std::string(root != nullptr ? root : ".") + "/test/golden/README.md");
  int rules = 0;
  for (std::string line; std::getline(index, line);) {
    if (!line.starts_with("| ") || line.starts_with("| section") || line.starts_with("| ---")) continue;
    ++rules;
    const std::vector<std::string> references = References(line);
    EXPECT_TRUE(!references.empty() || line.find("Not the parser's: ") != std::string::npos) << line;
    for (const std::string& name : references) EXPECT_TRUE(names.contains(name)) << "there is no " << name;
  }
  EXPECT_GT(rules, 80);
}

// So that one title names one case.
TEST(GoldenIndexTest, TitlesAreUnique) {
  for (const char* folder : {"dns", "http", "http_client"}) {
    std::set<std::string> titles;
    for (const Case& one : golden::Load(folder)) {
      EXPECT_TRUE(titles.insert(one.file + ": " + one.title).second) << one.file << ".md: " << one.title;
    }
  }
}

TEST(GoldenFormatTest, Escapes) {
  EXPECT_EQ(golden::Decode("a\n\nb\\\n"), "a\r\n\r\nb");
  EXPECT_EQ(golden::Decode("\\r\\n\\t\\\\\\x41\\\n"), "\r\n\t\\A");
  EXPECT_EQ(golden::Decode("\\0\\\n"), std::string(1, '\0'));
  EXPECT_EQ(golden::Decode("<\\{3 ab}>\\\n"), "<ababab>");
}

}  // namespace node::golden_test
