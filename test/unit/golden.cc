#include "golden.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "dns_text.h"

namespace node::golden {

[[noreturn]] static void Fail(const std::string& where, const std::string& what) {
  std::fprintf(stderr, "golden: %s: %s\n", where.c_str(), what.c_str());
  std::exit(1);
}

// Reads what stands behind a backslash at text[*at]; moves *at behind it.
static std::string DecodeEscape(std::string_view text, size_t* at) {
  const char kind = *at < text.size() ? text[*at] : ' ';
  ++*at;
  switch (kind) {
    case 'r':
      return "\r";
    case 'n':
      return "\n";
    case 't':
      return "\t";
    case '0':
      return std::string(1, '\0');
    case '\\':
      return "\\";
    case 'x': {
      const std::string digits(text.substr(*at, 2));
      *at += 2;
      return std::string(1, static_cast<char>(std::strtoul(digits.c_str(), nullptr, 16)));
    }
    case '{': {
      const size_t close = text.find('}', *at);
      const std::string inner(text.substr(*at, close - *at));
      const size_t blank = inner.find(' ');
      if (close == std::string_view::npos || blank == std::string::npos) Fail(std::string(text), "bad \\{N text}");
      *at = close + 1;
      std::string repeated;
      const std::string unit = Decode(inner.substr(blank + 1) + "\\");
      for (unsigned long n = std::strtoul(inner.c_str(), nullptr, 10); n > 0; --n) repeated += unit;
      return repeated;
    }
    default:
      Fail(std::string(text), "unknown escape");
  }
}

std::string Decode(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    size_t at = 0;
    bool joined = false;
    while (at < line.size()) {
      if (line[at] != '\\') {
        bytes += line[at++];
      } else if (at + 1 == line.size()) {
        joined = true;
        ++at;
      } else {
        ++at;
        bytes += DecodeEscape(line, &at);
      }
    }
    if (!joined) bytes += "\r\n";
  }
  return bytes;
}

static void LoadFile(const std::filesystem::path& path, std::vector<Case>* cases) {
  std::ifstream stream(path, std::ios::binary);
  Case current;
  std::string* block = nullptr;  // of the fence we are in
  std::string input;
  bool has_input = false;
  bool is_dns = false;
  size_t number = 0;
  for (std::string line; std::getline(stream, line);) {
    const std::string where = path.string() + ":" + std::to_string(++number);
    if (block != nullptr && line == "```") {
      const bool complete = block == &current.events;
      block = nullptr;
      if (!complete) continue;
      current.input = is_dns ? dns_text::Assemble(input) : Decode(input);
      cases->push_back(current);
      has_input = false;
      current.title.clear();
    } else if (block != nullptr) {
      *block += line + "\n";
    } else if (line == "```http" || line == "```dns") {
      if (current.title.empty()) Fail(where, "an input without a \"## title\" before it");
      input.clear();
      block = &input;
      has_input = true;
      is_dns = line == "```dns";
    } else if (line == "```events" || line == "```answer") {
      if (!has_input) Fail(where, "events without an input before them");
      current.events.clear();
      block = &current.events;
    } else if (line.starts_with("```")) {
      Fail(where, "a fence must be ```http or ```dns, ```events or ```answer");
    } else if (line.starts_with("## ")) {
      if (has_input) Fail(where, "the case before has no events");
      current = Case();
      current.folder = path.parent_path().filename().string();
      current.file = path.stem().string();
      current.title = line.substr(3);
    } else if (line.starts_with("Limits: ")) {
      current.limits = line.substr(8);
    } else if (line.starts_with("To: ")) {
      current.to = line.substr(4);
    } else if (line == "Eof: yes") {
      current.eof = true;
    } else if (line.starts_with("Question: ")) {
      current.question = line.substr(10);
    } else if (line == "Over: TCP") {
      current.over_tcp = true;
    }
  }
  if (block != nullptr || has_input) Fail(path.string(), "ends inside of a case");
}

std::vector<Case> Load(const std::string& folder) {
  const char* root = std::getenv("NODE_TEST_ROOT");
  const std::filesystem::path path = std::filesystem::path(root != nullptr ? root : ".") / "test/golden" / folder;
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    if (entry.path().extension() == ".md") files.push_back(entry.path());
  }
  if (files.empty()) {
    Fail(path.string(), "no *.md here. Run from the root of the repository, or set NODE_TEST_ROOT to it.");
  }
  std::sort(files.begin(), files.end());
  std::vector<Case> cases;
  for (const auto& file : files) LoadFile(file, &cases);
  return cases;
}

}  // namespace node::golden
