// A few threads for system calls that block: those on files.
//
// Jobs begin in the order in which they were posted, on whichever thread is
// free, and come back to the loop, which lives while any of them is under way.
// Those with the same key are done one after another, in their order: each
// lines up with all others when the one before it is done, so that a thread is
// woken for the first of them only, and a long row of them keeps nobody waiting.
// All functions are the main thread's.
//
// The threads share the process' descriptors, have every signal blocked and
// small stacks. They start when there is work for them and end when there has
// been none for a while: as long as they live each system call on a descriptor
// costs some 80 ns more (see js_platform.cc), which a server that has only read
// its settings need not pay for ever. Nobody waits for them at the end of the
// process: _exit(2) ends what is under way.
#pragma once

#include <cstddef>
#include <memory>

#include "base.h"

namespace node::thread_pool {

class Job {
 public:
  virtual ~Job() = default;
  // On a thread of the pool: no script, nothing of the loop.
  virtual void Work() = 0;
  // On the main thread in a later turn, behind Work(). The job is destroyed afterwards.
  virtual void Done() = 0;

 private:
  friend struct Pool;
  Job* next_ = nullptr;
  Job* previous_ = nullptr;
  int key_ = 0;
  bool begun_ = false;
};

// Of jobs that nothing is to be done before.
inline constexpr int kNoKey = -1;

struct Limits {
  // Threads at most. More than there are cores, since most of them wait for a disk.
  // NODE_POOL_THREADS in the environment: 1 to 64.
  size_t threads = 4;
  // Jobs that wait for a thread, at most: what a script may ask for at once, and some 250 MB.
  // NODE_POOL_QUEUE in the environment: 1 to 10^9.
  size_t queue = 1000 * 1000;
  // Milliseconds without work after which a thread ends.
  double idle_ms = 5000;
};

// The limits in force: those above, with what the environment has to say on the first call. Only tests change them.
Limits& TheLimits();

// Takes `job`; or gives it back, untouched, when the queue is full. `key`: kNoKey, or what it has in common with those
// that it must not overtake or run beside; a descriptor.
[[nodiscard]] std::unique_ptr<Job> Post(std::unique_ptr<Job> job, int key = kNoKey);

// What an operation that was given back tells its owner.
base::Error QueueFull();

// A job of `key` that has not begun, for the caller to do now; nullptr when there is none. The first of them is the
// last to be had: a thread may be about to begin it. But all threads may also be held up by something else.
std::unique_ptr<Job> TakeBack(int key);

// Whether Deliver() has something to do.
bool HasFinished();
// Calls Done() of what is finished, of a row that takes long in several turns. The loop does so in each turn; within a
// turn it saves the way through the kernel.
void Deliver();

// How many threads there are now.
size_t ThreadCount();

}  // namespace node::thread_pool
