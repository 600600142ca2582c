// What V8 wants of its embedder: tasks, a worker thread, clocks.
#pragma once

#include <memory>

#include "v8-platform.h"

namespace node::js_platform {

// The one platform of the process. Starts no thread before V8 has work for one:
// a short script never pays for it. Foreground tasks run in the loop and do not
// keep it alive.
std::unique_ptr<v8::Platform> Create();

// From the first call on the loop runs what V8 wants done on the main thread (collection in idle moments, finalizers);
// until then it waits in a queue. A script that never waits for anything has no need of it.
void StartTasks();

}  // namespace node::js_platform
