#include "js_chunk.h"

#include <cstring>

#include "js.h"
#include "js_buffers.h"
#include "utf8.h"

namespace node::js_chunk {

static v8::Local<v8::ArrayBuffer> SharedBuffer() {
  static auto* buffer = new v8::Eternal<v8::ArrayBuffer>(js::isolate(), v8::ArrayBuffer::New(js::isolate(), kRawPiece));
  return buffer->Get(js::isolate());
}

char* SharedBytes() {
  static char* bytes = static_cast<char*>(SharedBuffer()->Data());
  return bytes;
}

v8::Local<v8::Value> SharedPiece() { return v8::Uint8Array::New(SharedBuffer(), 0, kRawPiece); }

// Just bytes: script makes arrays of integers, and what lies in its heap, by itself.
static v8::Local<v8::Value> BytesOf(Encoding encoding, std::string_view data) {
  if (data.size() > (encoding == Encoding::kRaw ? kRawPiece : kInHeap)) {
    return js_buffers::Copy(data.data(), data.size());
  }
  char* shared = SharedBytes();
  std::memcpy(shared, data.data(), data.size());
  return js::Integer(static_cast<uint32_t>(data.size()));
}

v8::MaybeLocal<v8::Value> Decoder::Next(std::string_view data) {
  // A piece that began in another encoding ends in it.
  if (encoding_ != Encoding::kUtf8 && partial_.empty()) {
    return encoding_ == Encoding::kAscii ? js::OneByte(data).As<v8::Value>() : BytesOf(encoding_, data);
  }
  std::string joined = std::exchange(partial_, {});
  joined += data;
  if (encoding_ == Encoding::kUtf8) {
    size_t tail = utf8::IncompleteTail(joined);
    partial_ = joined.substr(joined.size() - tail);
    joined.resize(joined.size() - tail);
    if (joined.empty()) return {};
    return js::Utf8(joined);
  }
  return encoding_ == Encoding::kAscii ? js::OneByte(joined).As<v8::Value>() : BytesOf(encoding_, joined);
}

v8::MaybeLocal<v8::Value> Decoder::End() {
  if (partial_.empty()) return {};
  return js::Utf8(std::exchange(partial_, {}));
}

std::string_view Encode(v8::Local<v8::Value> value, bool utf8, std::string* storage) {
  if (value->IsString()) {
    v8::Local<v8::String> text = value.As<v8::String>();
    if (utf8) {
      *storage = js::ToUtf8(text);
    } else {
      storage->resize(static_cast<size_t>(text->Length()));
      text->WriteOneByteV2(js::isolate(), 0, static_cast<uint32_t>(storage->size()),
                           reinterpret_cast<uint8_t*>(storage->data()));
    }
    return *storage;
  }
  if (value->IsArrayBufferView()) {
    v8::Local<v8::ArrayBufferView> view = value.As<v8::ArrayBufferView>();
    if (view->HasBuffer()) {
      return {static_cast<const char*>(view->Buffer()->Data()) + view->ByteOffset(), view->ByteLength()};
    }
    // A small one lies in the heap, where a collection would move it.
    storage->resize(view->ByteLength());
    storage->resize(view->CopyContents(storage->data(), storage->size()));
    return *storage;
  }
  if (value->IsArrayBuffer()) {
    v8::Local<v8::ArrayBuffer> buffer = value.As<v8::ArrayBuffer>();
    return {static_cast<const char*>(buffer->Data()), buffer->ByteLength()};
  }
  return {};
}

}  // namespace node::js_chunk
