#include "js_buffers.h"

#include <cstdlib>
#include <cstring>
#include <utility>

#include "base.h"

namespace node::js_buffers {

// Of Wrap(), for the allocation that it is about to cause.
static char* offered = nullptr;

static char* OrDie(char* memory) {
  if (memory != nullptr) return memory;
  std::fprintf(stderr, "node: out of memory: no block to read into\n");
  std::abort();
}

// The engine frees on another thread when it is asked to sweep there (--concurrent-array-buffer-sweeping).
class BlockAllocator : public v8::ArrayBuffer::Allocator {
 public:
  void* Allocate(size_t length) override {
    // Fresh memory of the kernel is zero already.
    if (!blocks::IsKept(length)) return std::calloc(length, 1);
    void* block = blocks::Take(length);
    if (block != nullptr) std::memset(block, 0, length);
    return block;
  }
  void* AllocateUninitialized(size_t length) override {
    if (offered != nullptr) return std::exchange(offered, nullptr);
    return blocks::Take(length);
  }
  void Free(void* data, size_t length) override { blocks::Give(static_cast<char*>(data), length); }
};

v8::ArrayBuffer::Allocator* Allocator() {
  static auto* allocator = new BlockAllocator;
  return allocator;
}

char* TakeBlock() { return OrDie(blocks::Take(kBlockSize)); }

static v8::Local<v8::Uint8Array> NewArray(size_t length) {
  v8::Local<v8::ArrayBuffer> buffer =
      v8::ArrayBuffer::New(v8::Isolate::GetCurrent(), length, v8::BackingStoreInitializationMode::kUninitialized);
  return v8::Uint8Array::New(buffer, 0, length);
}

v8::Local<v8::Uint8Array> Wrap(char* block, size_t length) {
  CHECK(blocks::Capacity(length) == kBlockSize);
  return Wrap(blocks::Block(block, length));
}

v8::Local<v8::Uint8Array> Wrap(blocks::Block bytes) {
  const size_t length = bytes.size();
  const bool fits = blocks::IsKept(length) ? blocks::Capacity(length) == bytes.capacity()
                                           : length > blocks::kLargest && length > bytes.capacity() / 2;
  if (!fits) return Copy(bytes.data(), length);
  // Through the allocator and not as memory of our own: these allocations are the ones at which V8 collects the young
  // when their buffers have become many.
  offered = bytes.Release();
  v8::Local<v8::Uint8Array> array = NewArray(length);
  CHECK(offered == nullptr);
  return array;
}

v8::Local<v8::Uint8Array> Copy(const char* bytes, size_t size) {
  v8::Local<v8::Uint8Array> array = NewArray(size);
  // An empty buffer has no place.
  if (size > 0) std::memcpy(array->Buffer()->Data(), bytes, size);
  return array;
}

}  // namespace node::js_buffers
