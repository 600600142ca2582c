// Child processes: their output, their input, their end.
//
// Knows no engine: a Handler hears what happens. Children are named by small integers (slot and generation); a stale
// name is refused, never followed. A child keeps the loop alive until OnExit.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base.h"
#include "slots.h"
#include "spawn.h"

namespace node::child_process {

using Id = slots::Id;

enum class Stream : uint8_t { kOutput, kError };

// How it ended.
struct Exit {
  // 0 to 255 as it has said; 128 + `signal` when a signal has ended it.
  int code = 0;
  // 0 when it ended by itself.
  int signal = 0;
};

struct Settings {
  // Bytes queued for a child that has not read since an earlier turn; above this Write() takes no more.
  size_t input_limit = 64 * 1024 * 1024;
  // Bytes that one OnData has at most; up to kReadSize.
  uint32_t piece = 64 * 1024;
};

// The largest read.
inline constexpr uint32_t kReadSize = 64 * 1024;

// What happens to children. Called from the loop or from Flush(), never from inside a call of the owner's; every call
// may call back into this module.
class Handler {
 public:
  virtual ~Handler() = default;
  // The child has written; the bytes last for the call.
  virtual void OnData(Id id, Stream stream, std::string_view data) = 0;
  // No more comes from that stream, once each. It has been closed; or the child has ended, all that it has written has
  // been delivered, and others who hold the stream are not waited for: they write into a closed pipe.
  virtual void OnEnd(Id id, Stream stream) = 0;
  // The child's input has taken all after it had refused some.
  virtual void OnDrain(Id id) = 0;
  // The end, once, behind OnEnd of both streams; the name is gone already.
  virtual void OnExit(Id id, Exit exit) = 0;
};

// Has the ends of others' children noticed that the kernel has made ours, as it does with orphans when we are the first
// process of a container, or have asked for them (PR_SET_CHILD_SUBREAPER of prctl(2)). Does not keep the loop alive.
void ReapOrphans();

// Starts a child. Fails as spawn::Start, or with EAGAIN when a million of them are there.
base::Result<Id> Start(Handler* handler, const spawn::Command& command, const Settings& settings);

// -1 when it has ended.
pid_t Pid(Id id);

enum class Written : uint8_t {
  kTaken,   // go on
  kQueued,  // the child does not read it all now: OnDrain comes when it has
  kGone,    // its input is closed, or it has ended
  kFull,    // nothing was taken: see Settings::input_limit
};

// Queues bytes for its input, behind what is queued; they leave at the end of the turn, or at once when they are many.
// When the child closes its input what is queued is lost.
Written Write(Id id, std::string_view data);

// Closes its input behind what is queued. Whether it was open.
bool CloseInput(Id id);

// Sends it a signal: 0, or the errno of kill(2); ESRCH when it has ended.
int Kill(Id id, int signal_number);

// Holds back what the child writes, or goes on. While held back OnExit does not come.
void SetReading(Id id, bool reading);

// See Settings::piece.
void SetPiece(Id id, uint32_t piece);

// Writes what has been queued since the last call. The loop's callbacks end with it.
void Flush();
// Whether Flush() has something to do.
bool FlushDue();
// For the end of the process: writes what has been queued as far as the pipes take it, and calls nobody.
void WriteBeforeExit();

}  // namespace node::child_process
