// Memory for inputs, behind whose end nothing can be read unseen.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace node::memory {

// Bytes whose end is the end of what may be read: a read of one more is a fault, without any sanitizer.
class GuardedMemory {
 public:
  GuardedMemory() {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    void* memory = mmap(nullptr, kRoom + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(static_cast<char*>(memory) + kRoom, page, PROT_NONE) != 0) {
      std::perror("memory: cannot make a guard page");
      std::abort();
    }
    end_ = static_cast<char*>(memory) + kRoom;
  }
  ~GuardedMemory() { munmap(end_ - kRoom, kRoom + static_cast<size_t>(sysconf(_SC_PAGESIZE))); }
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  // Holds until the next call.
  std::string_view Place(std::string_view bytes) {
    if (bytes.size() > kRoom) std::abort();
    char* const begin = end_ - bytes.size();
    if (!bytes.empty()) std::memcpy(begin, bytes.data(), bytes.size());
    return {begin, bytes.size()};
  }

 private:
  static constexpr size_t kRoom = 1 << 20;
  char* end_;
};

// The same for a fuzzer: exactly as much of the heap, which AddressSanitizer fences.
class HeapMemory {
 public:
  std::string_view Place(std::string_view bytes) {
    memory_.reset(new char[bytes.size()]);
    if (!bytes.empty()) std::memcpy(memory_.get(), bytes.data(), bytes.size());
    return {memory_.get(), bytes.size()};
  }

 private:
  std::unique_ptr<char[]> memory_;
};

}  // namespace node::memory
