// What a turn of the loop has read and nobody has been told of yet.
//
// Reading, telling and sending run through different code, here and in the kernel, more than the first cache holds.
// Done for all connections one after another, each is a tenth faster than all three for one connection after another:
// doc/performance.md.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "slots.h"

namespace node::inbox {

class Inbox {
 public:
  // Keeps a copy of what the connection of that name has sent; false when that is too much: to be told at once.
  bool Put(slots::Id id, std::string_view bytes) {
    if (bytes.size() > kPiece || bytes.size() > sizeof bytes_ - used_ || count_ == kPieces) return false;
    pieces_[count_++] = {id, static_cast<uint32_t>(bytes.size())};
    std::memcpy(bytes_ + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
    return true;
  }

  // Calls `tell(id, bytes)` for each, in their order. Nothing must be put in meanwhile.
  template <typename Tell>
  void Empty(Tell tell) {
    const char* at = bytes_;
    while (told_ < count_) {
      const Piece& piece = pieces_[told_++];
      tell(piece.id, std::string_view(at, piece.length));
      at += piece.length;
    }
    count_ = told_ = used_ = 0;
  }

  // Whether something of that connection is still to be told.
  bool Has(slots::Id id) const {
    return std::any_of(pieces_ + told_, pieces_ + count_, [id](const Piece& piece) { return piece.id == id; });
  }

  bool empty() const { return count_ == 0; }

 private:
  // Larger pieces gain less than the copy costs.
  static constexpr size_t kPiece = 4096;
  static constexpr size_t kPieces = 512;
  struct Piece {
    slots::Id id;
    uint32_t length;
  };

  size_t count_ = 0;
  size_t told_ = 0;
  size_t used_ = 0;
  Piece pieces_[kPieces];
  char bytes_[64 * 1024];
};

}  // namespace node::inbox
