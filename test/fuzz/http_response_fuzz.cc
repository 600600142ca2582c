// Fuzzes the response and body parsers; http_cuts.h says what must hold. make fuzz runs it for long, make test for a
// fixed count.
//
//   http_response_fuzz --seeds FOLDER    writes the inputs of test/golden/http_client there, to start from
#include <cstdint>

#include "http_cuts.h"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  node::http_cuts::WriteSeedsIfAsked(*argc, *argv, "http_client");
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  node::http_cuts::TryOne({reinterpret_cast<const char*>(data), size}, true);
  return 0;
}
