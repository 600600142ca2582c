// What V8 wants of its embedder: tasks, a worker thread, clocks.
#pragma once

#include <memory>

#include "v8-platform.h"

namespace node::js_platform {

// The one platform of the process. Starts no thread before V8 has work for one:
// a short script never pays for it. Foreground tasks run in the loop and do not
// keep it alive.
std::unique_ptr<v8::Platform> Create();

// Lets tasks that workers post reach the loop. Before that they wait in a queue.
void RunForegroundTasks();

}  // namespace node::js_platform
