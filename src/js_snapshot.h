// The library in the heap: evaluating lib/, and the snapshot of the result.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "v8.h"

namespace node::js_snapshot {

// Pointers of ours that the heap may hold, null-terminated. The same functions
// in the same order in both link stages: the snapshot stores indices into it.
const intptr_t* ExternalReferences();

// Evaluates lib/ in a new context, but for the parts that wait until a script
// asks for them (lib/lazy.js). `hooks` is filled with the first
// js::kSnapshotHookCount functions of js::Hook, in its order. Aborts when the
// library fails: that is a defect of ours.
v8::Local<v8::Context> BuildContext(v8::Isolate* isolate, v8::Local<v8::Function>* hooks);

// The snapshot inside this binary; empty in the first link stage.
v8::StartupData Embedded();

// Builds a snapshot; the caller frees data with delete[].
v8::StartupData Create(v8::ArrayBuffer::Allocator* allocator);

// The compiled code of the libraries that are evaluated later, for an engine with this snapshot and these flags: others
// compile them. Evaluates them all.
std::string CreateCode();

// Evaluates them all, with the code inside this binary. How many there are, and how many could use it.
struct CodeUse {
  int libraries;
  int used;
};
CodeUse UseCode();

}  // namespace node::js_snapshot
