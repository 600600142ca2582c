#include "js_buffers.h"

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>

#include "base.h"

namespace node::js_buffers {

// As many as a collection gives back at once, and some more: what goes through malloc would be returned to the kernel
// and faulted in again.
static constexpr size_t kKept = 40;

// Of Wrap(), for the allocation that it is about to cause.
static void* offered = nullptr;

static bool FillsBlock(size_t length) { return length > kBlockSize / 2 && length <= kBlockSize; }

static void* OrDie(void* memory) {
  if (memory != nullptr) return memory;
  std::fprintf(stderr, "node: out of memory: no block to read into\n");
  std::abort();
}

// The engine frees on another thread when it is asked to sweep there (--concurrent-array-buffer-sweeping).
class BlockAllocator : public v8::ArrayBuffer::Allocator {
 public:
  void* Allocate(size_t length) override {
    if (!FillsBlock(length)) return std::calloc(length, 1);
    void* block = TakeBlock();
    if (block != nullptr) std::memset(block, 0, length);
    return block;
  }
  void* AllocateUninitialized(size_t length) override {
    if (offered != nullptr) return std::exchange(offered, nullptr);
    return FillsBlock(length) ? TakeBlock() : std::malloc(length);
  }
  void Free(void* data, size_t length) override {
    if (FillsBlock(length)) {
      std::lock_guard<std::mutex> lock(mutex_);
      if (count_ < kKept) {
        blocks_[count_++] = data;
        return;
      }
    }
    std::free(data);
  }

  void* TakeBlock() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (count_ > 0) return blocks_[--count_];
    }
    return std::malloc(kBlockSize);
  }

 private:
  std::mutex mutex_;
  void* blocks_[kKept];
  size_t count_ = 0;
};

static BlockAllocator& TheAllocator() {
  static auto* allocator = new BlockAllocator;
  return *allocator;
}

v8::ArrayBuffer::Allocator* Allocator() { return &TheAllocator(); }

char* TakeBlock() { return static_cast<char*>(OrDie(TheAllocator().TakeBlock())); }

static v8::Local<v8::Uint8Array> NewArray(size_t length) {
  v8::Local<v8::ArrayBuffer> buffer =
      v8::ArrayBuffer::New(v8::Isolate::GetCurrent(), length, v8::BackingStoreInitializationMode::kUninitialized);
  return v8::Uint8Array::New(buffer, 0, length);
}

v8::Local<v8::Uint8Array> Wrap(char* block, size_t length) {
  CHECK(FillsBlock(length));
  // Through the allocator and not as memory of our own: these allocations are the ones at which V8 collects the young
  // when their buffers have become many.
  offered = block;
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
