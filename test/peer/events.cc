// Reads inputs from standard input and prints the events of each, with NUL behind: what test/differential compares.
// An input is a byte of flags (1: responses, 2: to HEAD), its size in four bytes, low ones first, and its bytes. The
// connection ends behind it.
#include <cstdint>
#include <cstdio>
#include <string>

#include "http_events.h"

int main() {
  namespace http_events = node::http_events;
  http_events::GuardedMemory memory;
  unsigned char header[5];
  while (std::fread(header, 1, sizeof header, stdin) == sizeof header) {
    const size_t size = header[1] | header[2] << 8 | header[3] << 16 | static_cast<size_t>(header[4]) << 24;
    std::string input(size, '\0');
    if (std::fread(input.data(), 1, size, stdin) != size) return 1;
    http_events::Reading reading;
    reading.responses = (header[0] & 1) != 0;
    reading.to_head = {(header[0] & 2) != 0};
    reading.eof = true;
    const std::string events = http_events::Read(input, {}, reading, http_events::kAllMessages, &memory);
    std::printf("%s%c", events.c_str(), 0);
  }
}
