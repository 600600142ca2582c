// Standard output and error: queued writing in order, without blocking the loop
// on a slow pipe or terminal, and a last blocking write-out at the end.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "loop.h"

namespace node::output {

class Output {
 public:
  // Called by Flush(), also by one that the loop makes, when some of the bytes have been written or lost to an error.
  using Settled = void (*)(Output* output);

  // `descriptor` is 1 or 2 and is never closed.
  Output(int descriptor, Settled settled);

  // Queues bytes; they leave with the next Flush(), or now when many are queued: some as far as the reader takes them,
  // and above kMost all of them, blocking, so that printing without end takes a bounded amount of memory.
  void Append(std::string_view bytes);
  // Writes what can be written without blocking and waits in the loop for the rest.
  void Flush();
  // Writes what can be written without blocking, and tells nobody yet.
  void Push();
  // Writes all that is queued, blocking if it must.
  void Drain();
  // The same from a signal handler, which may have come in the middle of one of the above: then nothing is written.
  void DrainInSignal();

  // Whether it is a regular file, which has positions, and is always written at once.
  bool IsFile();

  bool empty() const { return sent_ == queue_.size(); }
  // Whether Flush() would do something: there are bytes, and the loop does not wait for the reader already; or there is
  // an error to tell of.
  bool FlushDue() const { return (!empty() && watch_.wanted() == 0) || error_ != 0; }
  // The errno of the last failed write, e.g. EPIPE; 0 if none failed. What was queued then is lost, and further bytes
  // are dropped until Forgive().
  int error() const { return error_; }
  // Where, in bytes since the start, what is lost begins.
  uint64_t lost_from() const { return lost_from_; }
  // Tries again with what is appended from now on: a disk may have room again.
  void Forgive() { error_ = 0; }
  // The descriptor is no longer what it was: from now on all is lost to EBADF, what is queued as well.
  void Close() { closed_ = true; }
  // Whether there is an error, and so much has been lost to it that whoever goes on may never end his turn. Told once
  // for each such amount.
  bool LosesWithoutEnd();
  // Bytes accepted by Append() since the start, and bytes written or lost since then.
  uint64_t appended() const { return appended_; }
  uint64_t settled() const { return appended_ - (queue_.size() - sent_); }

 private:
  enum class Kind : uint8_t { kUnknown, kFile, kPolled };
  struct Watch : loop::Io {
    Output* owner = nullptr;
  };

  void FindKind();
  // Gives back what has been written, when there is much of it.
  void ForgetSent();
  void Fail(int code);
  // One write(2), or what it takes of a pipe without blocking; -1 and errno.
  ssize_t WriteOnce(std::string_view bytes, bool may_block);
  // One step; false when nothing more goes for now.
  bool WriteSome(bool may_block);

  Watch watch_;
  Settled on_settled_;
  std::string queue_;
  size_t sent_ = 0;
  uint64_t appended_ = 0;
  uint64_t lost_from_ = 0;
  uint64_t lost_told_ = 0;  // up to where LosesWithoutEnd() has told of
  int descriptor_;
  int error_ = 0;
  bool closed_ = false;
  Kind kind_ = Kind::kUnknown;
  bool tries_ = true;               // whether the kernel can be asked to write what does not block
  volatile bool changing_ = false;  // the queue is not whole
};

// All of `bytes` at once to `descriptor`, blocking: for messages just before the end. Returns 0 or an errno.
int WriteNow(int descriptor, std::string_view bytes);

}  // namespace node::output
