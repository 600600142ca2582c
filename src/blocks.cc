#include "blocks.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace node::blocks {

// Bytes kept: as many as a collection of the engine gives back at once (see kFlags in js.cc), and some more.
static constexpr size_t kKept = 40 * kUnit;

struct Entry {
  char* data;
  size_t capacity;
};

// The longest unused come first.
struct Cache {
  std::mutex mutex;
  Entry entries[kKept / kUnit];
  size_t count = 0;
  size_t bytes = 0;

  Entry Remove(size_t index) {
    Entry entry = entries[index];
    std::copy(entries + index + 1, entries + count, entries + index);
    --count;
    bytes -= entry.capacity;
    return entry;
  }
};

static Cache& TheCache() {
  static auto* cache = new Cache;
  return *cache;
}

char* Take(size_t size) {
  const size_t capacity = Capacity(size);
  if (IsKept(size)) {
    Cache& cache = TheCache();
    std::lock_guard lock(cache.mutex);
    // The last one is the likeliest to be in the processor's cache.
    for (size_t i = cache.count; i > 0; --i) {
      if (cache.entries[i - 1].capacity == capacity) return cache.Remove(i - 1).data;
    }
  }
  return static_cast<char*>(std::malloc(std::max<size_t>(capacity, 1)));
}

void Give(char* data, size_t size) {
  const size_t capacity = Capacity(size);
  if (data == nullptr || !IsKept(size)) return std::free(data);
  Cache& cache = TheCache();
  std::lock_guard lock(cache.mutex);
  while (cache.bytes + capacity > kKept) std::free(cache.Remove(0).data);
  cache.entries[cache.count++] = {data, capacity};
  cache.bytes += capacity;
}

bool Block::Grow(size_t size) {
  if (Capacity(size) <= capacity_) return true;
  char* larger = Take(size);
  if (larger == nullptr) return false;
  if (size_ > 0) std::memcpy(larger, data_, size_);
  Give(std::exchange(data_, larger), capacity_);
  capacity_ = Capacity(size);
  return true;
}

}  // namespace node::blocks
