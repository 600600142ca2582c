// The memory of ArrayBuffers. Large ones are blocks: those that the collector gives back are taken again while they are
// still in the cache, and what arrives in one can become an ArrayBuffer without a copy.
#pragma once

#include <cstddef>

#include "blocks.h"
#include "v8.h"

namespace node::js_buffers {

inline constexpr size_t kBlockSize = blocks::kUnit;

// The allocator of the isolate; never destroyed. One in a process.
v8::ArrayBuffer::Allocator* Allocator();

// A block of kBlockSize bytes, the caller's until Wrap().
char* TakeBlock();

// A Uint8Array of the first `length` bytes of `block`, which belongs to the engine from now on. `length`: more than
// half of kBlockSize, so that not much is wasted. Needs a HandleScope.
v8::Local<v8::Uint8Array> Wrap(char* block, size_t length);

// A Uint8Array of `bytes`: their own memory where they are many and nearly fill it, else a copy. Needs a HandleScope.
v8::Local<v8::Uint8Array> Wrap(blocks::Block bytes);

// A Uint8Array with a copy of `size` bytes. Needs a HandleScope.
v8::Local<v8::Uint8Array> Copy(const char* bytes, size_t size);

}  // namespace node::js_buffers
