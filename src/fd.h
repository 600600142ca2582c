// A file descriptor with an owner.
#pragma once

#include <unistd.h>

#include <utility>

namespace node::fd {

// Closes its descriptor when it goes. Moves, never copies. -1 means none.
class OwnedFd {
 public:
  OwnedFd() = default;
  explicit OwnedFd(int descriptor) : descriptor_(descriptor) {}
  OwnedFd(OwnedFd&& other) noexcept : descriptor_(other.Release()) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    if (this != &other) {
      Close();
      descriptor_ = other.Release();
    }
    return *this;
  }
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  ~OwnedFd() { Close(); }

  int get() const { return descriptor_; }
  bool valid() const { return descriptor_ >= 0; }

  // Gives the descriptor away; the caller closes it.
  int Release() { return std::exchange(descriptor_, -1); }

  // close(2), once. Its error is of no use: on Linux the descriptor is gone all the same.
  void Close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

 private:
  int descriptor_ = -1;
};

}  // namespace node::fd
