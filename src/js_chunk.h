// Bytes from and to JavaScript, in the encodings of the API.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "v8.h"

namespace node::js_chunk {

// In the order of ENCODINGS in lib/. kRaw gives a Uint8Array, of which lib/ makes the array of integers that scripts
// see.
enum class Encoding : int { kRaw, kUtf8, kAscii, kBytes };

// Raw arrays of more integers than this would be too large for the young generation (128 KB): each a mapping of its
// own. So no raw piece that arrives has more.
inline constexpr uint32_t kRawPiece = 32000;
// Pieces of so many bytes lie in V8's heap as Uint8Arrays, which only script can make.
inline constexpr size_t kInHeap = 64;

// The bytes that a piece of that encoding may have at most.
inline uint32_t PieceOf(Encoding encoding) { return encoding == Encoding::kRaw ? kRawPiece : 64 * 1024; }

// Where script finds the bytes of a piece of which Decoder::Next() gives the length: a Uint8Array of kRawPiece bytes.
// Needs a HandleScope.
v8::Local<v8::Value> SharedPiece();
// Its bytes, after SharedPiece().
char* SharedBytes();

// What arrives, from bytes to values, piece by piece.
class Decoder {
 public:
  void set_encoding(Encoding encoding) { encoding_ = encoding; }
  Encoding encoding() const { return encoding_; }
  // Whether the next piece is just its bytes.
  bool passes_bytes() const {
    return (encoding_ == Encoding::kRaw || encoding_ == Encoding::kBytes) && partial_.empty();
  }

  // A piece, for pieceOf of lib/chunks.js: a string; a Uint8Array; or a length, of bytes that lie in the shared piece
  // until the next one. Empty while it has no whole character. Characters that are split between two pieces arrive
  // whole, broken ones become U+FFFD.
  v8::MaybeLocal<v8::Value> Next(std::string_view data);
  // The rest, when no more comes: the beginning of a character, if there is one.
  v8::MaybeLocal<v8::Value> End();

 private:
  Encoding encoding_ = Encoding::kRaw;
  std::string partial_;
};

// A string, a view or a buffer as bytes: with `utf8` strings are UTF-8, else each character gives its low byte. Points
// into `storage` or the value, which lasts until script runs again. Empty for other values.
std::string_view Encode(v8::Local<v8::Value> value, bool utf8, std::string* storage);

}  // namespace node::js_chunk
