// Memory for large pieces of data. Blocks go round: what goes through malloc
// would be returned to the kernel and faulted in again, 0.25 us for each 4 KB.
//
// Functions are for any thread.
#pragma once

#include <cstddef>
#include <utility>

namespace node::blocks {

// Blocks are kept in multiples of kUnit bytes up to kLargest.
inline constexpr size_t kUnit = 64 * 1024;
inline constexpr size_t kLargest = 16 * kUnit;

// Whether memory for `size` bytes is kept when it is given back.
constexpr bool IsKept(size_t size) { return size > kUnit / 2 && size <= kLargest; }

// How many bytes there are in memory for `size` bytes.
constexpr size_t Capacity(size_t size) { return IsKept(size) ? (size + kUnit - 1) / kUnit * kUnit : size; }

// Memory with at least Capacity(size) bytes; not zeroed. nullptr when there is none.
char* Take(size_t size);

// Gives back what Take() gave for `size`, or for another size of that capacity.
void Give(char* data, size_t size);

// Bytes in memory of Take(), with an owner.
class Block {
 public:
  Block() = default;
  // `data` was taken for `size` bytes.
  Block(char* data, size_t size) : data_(data), size_(size), capacity_(Capacity(size)) {}
  Block(Block&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Block& operator=(Block&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() { Give(data_, capacity_); }

  // nullptr when empty, or when there was no memory.
  char* data() const { return data_; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  // `size`: up to capacity().
  void set_size(size_t size) { size_ = size; }
  // Makes room for `size` bytes and keeps what is there. False, with all as it was, when memory is out.
  bool Grow(size_t size);
  // The memory is the caller's, for Give().
  char* Release() {
    size_ = capacity_ = 0;
    return std::exchange(data_, nullptr);
  }

 private:
  char* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace node::blocks
