// Random bits that nobody can guess, cheaply: those of getrandom(2), fetched many at a time.
//
// A few nanoseconds each instead of a system call. What was handed out is erased, and a child of fork(2) never sees its
// parent's.
#pragma once

#include <cstddef>
#include <cstdint>

namespace node::entropy {

// `size` bytes, 256 at most. Without getrandom(2) the process ends with a message: to go on would be to be guessed.
void Fill(void* out, size_t size);

// All of 2^16 numbers alike likely.
uint16_t Bits16();

// A number below `bound` (>= 1, < 2^16), all alike likely but for 1 in 2^16.
uint32_t Below(uint32_t bound);

}  // namespace node::entropy
