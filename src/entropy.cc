#include "entropy.h"

#include <sys/mman.h>
#include <sys/random.h>

#include <cstring>

#include "base.h"

namespace node::entropy {

// A page of its own, which the kernel fills with zeros in a child of fork(2): there nothing is left, and it is fetched
// anew.
struct Page {
  uint32_t left;
  unsigned char bytes[4096 - sizeof(uint32_t)];
};

[[noreturn]] static void End(const char* syscall) {
  base::Error error = base::ErrnoError(syscall);
  std::fprintf(stderr, "node: cannot get random bits: %s\n", error.Message().c_str());
  std::exit(1);
}

static Page* ThePage() {
  static Page* page = nullptr;
  if (page != nullptr) return page;
  void* memory = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) End("mmap");
  // Linux 4.14. Nothing of ours goes on in a child without exec(3), so that this is a second lock.
  madvise(memory, sizeof(Page), MADV_WIPEONFORK);
  page = static_cast<Page*>(memory);
  return page;
}

static void Refill(Page* page) {
  for (size_t have = 0; have < sizeof page->bytes;) {
    ssize_t got = getrandom(page->bytes + have, sizeof page->bytes - have, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) End("getrandom");
    have += static_cast<size_t>(got);
  }
  page->left = sizeof page->bytes;
}

void Fill(void* out, size_t size) {
  CHECK(size <= 256);
  Page* page = ThePage();
  if (page->left < size) Refill(page);
  page->left -= static_cast<uint32_t>(size);
  std::memcpy(out, page->bytes + page->left, size);
  std::memset(page->bytes + page->left, 0, size);
}

uint16_t Bits16() {
  uint16_t bits;
  Fill(&bits, sizeof bits);
  return bits;
}

uint32_t Below(uint32_t bound) {
  CHECK(bound >= 1 && bound < 65536);
  uint32_t bits;
  Fill(&bits, sizeof bits);
  return static_cast<uint32_t>((uint64_t{bits} * bound) >> 32);
}

}  // namespace node::entropy
