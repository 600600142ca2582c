#include "output.h"

#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace node::output {

// Bytes: less is not worth moving what follows, or a system call before the turn's end.
static constexpr size_t kWorthwhile = 64 * 1024;
// Bytes that may wait for a slow reader.
static constexpr size_t kMost = 4 * 1024 * 1024;

Output::Output(int descriptor, Settled settled) : on_settled_(settled), descriptor_(descriptor) {
  watch_.owner = this;
  watch_.Init(descriptor_, [](loop::Io* io, int) {
    io->Want(0);
    static_cast<Watch*>(io)->owner->Flush();
  });
}

void Output::Append(std::string_view bytes) {
  if (closed_ && error_ == 0) Fail(EBADF);
  appended_ += bytes.size();
  if (error_ != 0) return;
  changing_ = true;
  queue_.append(bytes);
  changing_ = false;
  size_t queued = queue_.size() - sent_;
  if (queued < kWorthwhile) return;
  if (queued > kMost) {
    Drain();
    ForgetSent();
  } else {
    Push();
  }
}

void Output::Push() {
  if (watch_.wanted() != 0) return;
  while (!empty() && WriteSome(/*may_block=*/false)) {
  }
  ForgetSent();
}

void Output::ForgetSent() {
  if (!empty() && (sent_ < kWorthwhile || sent_ < queue_.size() / 2)) return;
  changing_ = true;
  queue_.erase(0, sent_);
  sent_ = 0;
  changing_ = false;
}

void Output::FindKind() {
  struct stat status;
  bool polled = fstat(descriptor_, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode);
  kind_ = polled ? Kind::kPolled : Kind::kFile;
}

bool Output::IsFile() {
  if (kind_ == Kind::kUnknown) FindKind();
  return kind_ == Kind::kFile;
}

// The descriptor is shared with other processes, so it cannot be made
// non-blocking. What the kernel cannot be asked for, as with terminals, is done
// in small pieces: a pipe that poll(2) calls writable takes PIPE_BUF bytes at
// least (pipe(7)). Files never block for long.
ssize_t Output::WriteOnce(std::string_view bytes, bool may_block) {
  if (IsFile() || may_block) return write(descriptor_, bytes.data(), bytes.size());
  if (tries_) {
    iovec piece = {const_cast<char*>(bytes.data()), bytes.size()};
    ssize_t written = pwritev2(descriptor_, &piece, 1, -1, RWF_NOWAIT);
    // Old kernels know neither the call nor the flag.
    if (written >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL)) return written;
    tries_ = false;
  }
  pollfd probe = {descriptor_, POLLOUT, 0};
  if (poll(&probe, 1, 0) == 0) {
    errno = EAGAIN;
    return -1;
  }
  return write(descriptor_, bytes.data(), std::min<size_t>(bytes.size(), PIPE_BUF));
}

bool Output::WriteSome(bool may_block) {
  // A signal handler that writes the rest must know what has gone.
  changing_ = true;
  ssize_t written = WriteOnce(std::string_view(queue_).substr(sent_), may_block);
  if (written > 0) sent_ += static_cast<size_t>(written);
  changing_ = false;
  if (written >= 0 || errno == EINTR) return true;
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    if (!may_block) return false;
    pollfd probe = {descriptor_, POLLOUT, 0};
    poll(&probe, 1, -1);
    return true;
  }
  Fail(errno);
  return false;
}

void Output::Fail(int code) {
  error_ = code;
  lost_from_ = settled();
  changing_ = true;
  queue_.clear();
  sent_ = 0;
  changing_ = false;
}

bool Output::LosesWithoutEnd() {
  if (error_ == 0 || appended_ - std::max(lost_from_, lost_told_) <= kMost) return false;
  lost_told_ = appended_;
  return true;
}

void Output::Flush() {
  if (watch_.wanted() != 0) return;
  const uint64_t before = settled();
  Push();
  if (!empty()) watch_.Want(loop::kWrite);
  if (on_settled_ != nullptr && (settled() != before || error_ != 0)) on_settled_(this);
}

void Output::Drain() {
  while (!empty() && error_ == 0) WriteSome(/*may_block=*/true);
}

void Output::DrainInSignal() {
  if (!changing_) Drain();
}

int WriteNow(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd probe = {descriptor, POLLOUT, 0};
      poll(&probe, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace node::output
