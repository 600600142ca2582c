// How an uncaught error is shown: place, source line with a caret, message and
// stack, without our own frames.
#pragma once

#include <string>

#include "v8.h"

namespace node::js_error {

// Scripts of ours are called "node:NAME"; their frames are left out.
inline constexpr const char kOwnPrefix[] = "node:";

// The line that stands before the text of a module, without a number of its own, and what a strict one has before it.
inline constexpr const char kModuleLine[] = "__module(()=>[onLoad,onExit]);\n";
inline constexpr const char kStrict[] = "'use strict';";

// The report of an exception, e.g.
//   example.js:3:7
//     foo.bar();
//         ^
//   TypeError: Cannot read properties of undefined (reading 'bar')
//       at example.js:3:7
// `message` may be empty: it is made from the exception then. `stack` may be empty: where the value came from that
// knows no place itself.
std::string Describe(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Value> exception,
                     v8::Local<v8::Message> message, v8::Local<v8::StackTrace> stack = {});

}  // namespace node::js_error
