// What each bind_*.cc offers to the library, and the order in which all of it
// enters the snapshot.
#pragma once

#include <cstdint>
#include <vector>

#include "v8.h"

namespace node::bind_console {
void Install(v8::Local<v8::Object> binding);
void AddReferences(std::vector<intptr_t>* references);
// Writes what can be written now; true when something had been queued.
void Flush();
// Writes all, blocking.
void Drain();
// For a signal handler, while the loop waits.
void DrainInSignal();
}  // namespace node::bind_console

namespace node::bind_timers {
void Install(v8::Local<v8::Object> binding);
void AddReferences(std::vector<intptr_t>* references);
}  // namespace node::bind_timers

namespace node::bind_http {
void Install(v8::Local<v8::Object> binding);
void AddReferences(std::vector<intptr_t>* references);
// Hands over answers whose head was held back, and sends.
void Flush();
}  // namespace node::bind_http

namespace node::bind_process {
void Install(v8::Local<v8::Object> binding);
void AddReferences(std::vector<intptr_t>* references);
}  // namespace node::bind_process
