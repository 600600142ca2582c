// Fuzzes the request and body parsers: any bytes give the same events whole, byte by byte and cut at random; the
// events are within the bytes; each call makes progress. make fuzz runs it for long, make test for a fixed count.
//
//   http_parser_fuzz --seeds FOLDER    writes the inputs of test/golden/http there, to start from
//
// The first byte of an input picks small limits (one bit each), all others are a connection's bytes.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "golden.h"
#include "http_events.h"
#include "http_parser.h"

namespace node::http_parser_fuzz {

// FNV-1a: the cuts depend on the input alone, so that a find can be repeated.
static uint64_t Hash(std::string_view bytes) {
  uint64_t hash = 14695981039346656037u;
  for (char c : bytes) hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211u;
  return hash;
}

static http_parser::Limits PickLimits(uint8_t choice, uint64_t hash) {
  http_parser::Limits limits;
  if (choice & 1) limits.target_bytes = static_cast<uint32_t>(hash % 32);
  if (choice & 2) limits.head_bytes = static_cast<uint32_t>(16 + hash % 200);
  if (choice & 4) limits.field_count = static_cast<uint32_t>(hash % 5);
  if (choice & 8) limits.overhead_bytes = static_cast<uint32_t>(hash % 30);
  if (choice & 16) limits.empty_lines = static_cast<uint32_t>(hash % 3);
  return limits;
}

static void Compare(const std::string& whole, std::string_view input, const std::vector<size_t>& cuts,
                    const http_parser::Limits& limits, const char* how) {
  http_events::HeapMemory memory;
  const std::string events = http_events::Read(input, cuts, {limits}, http_events::kAllMessages, &memory);
  if (events == whole) return;
  std::fprintf(stderr, "input: %s\n%s:\n%swhole:\n%s", http_events::Printable(input).c_str(), how, events.c_str(),
               whole.c_str());
  std::abort();
}

static void TryOne(std::string_view data) {
  if (data.empty()) return;
  const std::string_view input = data.substr(1);
  uint64_t hash = Hash(data);
  const http_parser::Limits limits = PickLimits(static_cast<uint8_t>(data[0]), hash);
  http_events::HeapMemory memory;
  const std::string whole = http_events::Read(input, {}, {limits}, http_events::kAllMessages, &memory);
  // Offsets and a little text for each event: a few bytes must not become very many.
  http_events::Demand(whole.size() <= 64 + 64 * input.size(), "more events than bytes can give");
  if (input.size() <= 512) Compare(whole, input, http_events::EveryByte(input.size()), limits, "byte by byte");
  std::vector<size_t> cuts;
  for (size_t at = 0; cuts.size() < 64;) {
    hash = hash * 6364136223846793005u + 1442695040888963407u;
    at += 1 + (hash >> 33) % (1 + input.size() / 4);
    if (at > input.size()) break;
    cuts.push_back(at);
  }
  Compare(whole, input, cuts, limits, "cut at random");
}

static void WriteSeeds(const std::string& folder) {
  size_t number = 0;
  for (const golden::Case& one : golden::Load("http")) {
    std::ofstream(folder + "/" + one.file + "-" + std::to_string(number++), std::ios::binary) << '\0' << one.input;
  }
}

}  // namespace node::http_parser_fuzz

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  if (*argc == 3 && std::string_view((*argv)[1]) == "--seeds") {
    node::http_parser_fuzz::WriteSeeds((*argv)[2]);
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  node::http_parser_fuzz::TryOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
