// Reading and writing descriptors without blocking the loop, whatever they are:
//
//   regular files   at once where the kernel has it in memory, else on the pool
//   pipes, sockets  at once where they are ready, else when the loop says so;
//                   their own flags, which other processes share, stay
//   devices, and named pipes: when the loop says so, piece by piece on the pool
//
// What is finished at once is told in a later turn all the same. All functions
// are the main thread's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base.h"
#include "blocks.h"
#include "file_system.h"
#include "thread_pool.h"

namespace node::file_io {

// One transfer. Derive from Read or Write and say in Done() what comes of it.
class Transfer : public thread_pool::Job {
 public:
  Transfer(const char* syscall, int descriptor, int64_t position)
      : syscall_(syscall), descriptor_(descriptor), position_(position) {}

  // Bytes moved at once, at most: a turn of the loop does other things, too. Of a file 30 us, where the way to the pool
  // and back takes 15 and more.
  static constexpr size_t kDirect = 256 * 1024;

  const std::optional<base::Error>& error() const { return error_; }
  int descriptor() const { return descriptor_; }

 protected:
  enum class Attempt : uint8_t { kFinished, kNotReady, kNeedsThread };

  // Ends it with an errno.
  void Fail(int code);
  // Of what has just failed at once; reads errno.
  Attempt AfterFailure();
  bool IsNonBlocking() const;

  const char* syscall_;
  int descriptor_;
  int64_t position_;
  bool goes_on_ = false;  // until all is there: a regular file
  std::optional<base::Error> error_;

 private:
  friend struct Machine;
  // What can be done without blocking.
  virtual Attempt TryNow() = 0;
  virtual int Events() const = 0;
  // Of its job on the pool, where it is one for a regular file.
  virtual int Key() const = 0;
  // Whether a regular file of that size can be tried.
  virtual bool CachedPerhaps(size_t size) = 0;
  // On the pool: one step of what is ready, and whether that was the last.
  virtual void WorkOnce() = 0;
  virtual bool Ended() const = 0;
};

// See file_system::Read.
class Read : public Transfer {
 public:
  // `wait`: first of all for its readiness, as for a pipe with a name that nobody may have opened for writing yet.
  Read(int descriptor, size_t length, int64_t position, bool wait = false)
      : Transfer("read", descriptor, position), length_(length), wait_(wait) {}

  blocks::Block& bytes() { return bytes_; }

  // Of thread_pool::Job.
  void Work() override;

 private:
  Attempt TryNow() override;
  int Events() const override;
  int Key() const override { return thread_pool::kNoKey; }
  bool CachedPerhaps(size_t size) override;
  void WorkOnce() override { Work(); }
  bool Ended() const override { return true; }

  // What one read(2) of a pipe gives, and enough of a small file.
  static constexpr size_t kPiece = blocks::kUnit;

  size_t length_;
  size_t direct_ = kPiece;  // for how many bytes there is room at once
  bool wait_;
  blocks::Block bytes_;
};

// See file_system::Write.
class Write : public Transfer {
 public:
  // `bytes` must last, and should not change, as long as `owner` does.
  Write(int descriptor, std::string_view bytes, std::shared_ptr<void> owner, int64_t position)
      : Transfer("write", descriptor, position), bytes_(bytes), owner_(std::move(owner)) {}

  uint64_t written() const { return written_; }

  // Of thread_pool::Job.
  void Work() override;

 private:
  Attempt TryNow() override;
  int Events() const override;
  int Key() const override { return descriptor_; }
  // Kernels write to few file systems so.
  bool CachedPerhaps(size_t) override { return false; }
  void WorkOnce() override;
  bool Ended() const override { return error_.has_value() || written_ == bytes_.size(); }
  void WorkOn(std::string_view bytes);

  std::string_view bytes_;
  std::shared_ptr<void> owner_;
  uint64_t written_ = 0;
};

// Begins it. Done() is called in a later turn.
void Start(std::unique_ptr<Transfer> transfer);

// Ends those that wait for `descriptor` with ECANCELED: it is about to be closed.
void Cancel(int descriptor);

// Posts to the pool; `refuse` is called when that takes no more, and then Done() in a later turn. `key`: of the pool; a
// descriptor for what changes its file, since writes to one that run beside one another only wait for its lock.
void Post(std::unique_ptr<thread_pool::Job> job, void (*refuse)(thread_pool::Job* job), int key = thread_pool::kNoKey);

// Done() of `job`, which has been finished at once, is called by the next Flush().
void FinishLater(std::unique_ptr<thread_pool::Job> job);

// Whether this turn may still do something on files at once. Each such question is one thing done; what bytes it has
// moved is to be said by HasMoved().
bool MayBeDirect();
void HasMoved(size_t bytes);

// Whether something that could be done at once had better be done by a thread beside the loop's, by PostBeside(): much
// has been done at once in this turn already, and there is another processor.
bool MayBeBeside();
// Has one thread do a job that does not block, unless the loop comes to it first. Done() is called in a later turn.
void PostBeside(std::unique_ptr<thread_pool::Job> job);

// Tells what is finished.
void Flush();
// Whether Flush() has something to do.
bool FlushDue();

}  // namespace node::file_io
