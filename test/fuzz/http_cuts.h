// What the fuzz targets of the HTTP parsers have in common: any bytes give the same events whole, byte by byte and cut
// at random; the events are within the bytes; each call makes progress.
//
// The first byte of an input picks small limits (one bit each) and what is read; all others are a connection's bytes.
#pragma once

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

namespace node::http_cuts {

// FNV-1a: the cuts depend on the input alone, so that a find can be repeated.
inline uint64_t Hash(std::string_view bytes) {
  uint64_t hash = 14695981039346656037u;
  for (char c : bytes) hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211u;
  return hash;
}

inline http_events::Reading PickReading(uint8_t choice, uint64_t hash, bool responses) {
  http_events::Reading reading;
  http_parser::Limits* limits = &reading.limits;
  if (choice & 1) limits->target_bytes = static_cast<uint32_t>(hash % 32);
  if (choice & 2) limits->head_bytes = static_cast<uint32_t>(16 + hash % 200);
  if (choice & 4) limits->field_count = static_cast<uint32_t>(hash % 5);
  if (choice & 8) limits->overhead_bytes = static_cast<uint32_t>(hash % 30);
  if (choice & 16) limits->empty_lines = static_cast<uint32_t>(hash % 3);
  reading.responses = responses;
  if (choice & 32) reading.to_head = {true, false};
  if (choice & 64) reading.eof = true;
  return reading;
}

inline void Compare(const std::string& whole, std::string_view input, const std::vector<size_t>& cuts,
                    const http_events::Reading& reading, const char* how) {
  http_events::HeapMemory memory;
  const std::string events = http_events::Read(input, cuts, reading, http_events::kAllMessages, &memory);
  if (events == whole) return;
  std::fprintf(stderr, "input: %s\n%s:\n%swhole:\n%s", http_events::Printable(input).c_str(), how, events.c_str(),
               whole.c_str());
  std::abort();
}

inline void TryOne(std::string_view data, bool responses) {
  if (data.empty()) return;
  const std::string_view input = data.substr(1);
  uint64_t hash = Hash(data);
  const http_events::Reading reading = PickReading(static_cast<uint8_t>(data[0]), hash, responses);
  http_events::HeapMemory memory;
  const std::string whole = http_events::Read(input, {}, reading, http_events::kAllMessages, &memory);
  // Offsets and a little text for each event: a few bytes must not become very many.
  http_events::Demand(whole.size() <= 64 + 64 * input.size(), "more events than bytes can give");
  if (input.size() <= 512) Compare(whole, input, http_events::EveryByte(input.size()), reading, "byte by byte");
  std::vector<size_t> cuts;
  for (size_t at = 0; cuts.size() < 64;) {
    hash = hash * 6364136223846793005u + 1442695040888963407u;
    at += 1 + (hash >> 33) % (1 + input.size() / 4);
    if (at > input.size()) break;
    cuts.push_back(at);
  }
  Compare(whole, input, cuts, reading, "cut at random");
}

// With "--seeds FOLDER" writes the inputs of test/golden/`cases` there, to start from, and ends the program.
inline void WriteSeedsIfAsked(int argc, char** argv, const char* cases) {
  if (argc != 3 || std::string_view(argv[1]) != "--seeds") return;
  size_t number = 0;
  for (const golden::Case& one : golden::Load(cases)) {
    const http_events::Reading reading = http_events::ReadingOf(one);
    const int choice = (reading.to_head[0] ? 32 : 0) | (reading.eof ? 64 : 0);
    std::ofstream(std::string(argv[2]) + "/" + one.file + "-" + std::to_string(number++), std::ios::binary)
        << static_cast<char>(choice) << one.input;
  }
  std::exit(0);
}

}  // namespace node::http_cuts
