#include "system_files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

#include "base.h"
#include "debug_log.h"
#include "fd.h"
#include "loop.h"

namespace node::system_files {

static bool SameTime(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

bool File::Stamp::operator==(const Stamp& other) const {
  return device == other.device && inode == other.inode && size == other.size && SameTime(written, other.written) &&
         SameTime(changed, other.changed);
}

File::Stamp File::StampOf(const struct stat& status) {
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim, status.st_ctim};
}

// Whether the file has been as it is for some time: a clock of files ticks slowly (4 ms, 1 s or 2 s), so that one that
// is written twice within a tick, with as many bytes, has the same stamp.
static bool HasSettled(const struct stat& status) {
  static constexpr double kTick = 2;
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  // A time to come, by a clock that was set back, is as good as an old one.
  return std::abs(static_cast<double>(now.tv_sec - status.st_ctim.tv_sec)) > kTick;
}

void File::Fail(std::string error) {
  text_.clear();
  cut_ = false;
  error_ = std::move(error);
}

bool File::Refresh(double now_ms) {
  if (read_ && now_ms < next_look_ms_) return false;
  next_look_ms_ = now_ms + kLookMs;
  struct stat status;
  const int failure = stat(path_.c_str(), &status) == 0 ? 0 : errno;
  const Stamp stamp = failure == 0 ? StampOf(status) : Stamp();
  if (read_ && settled_ && stamp == stamp_) return false;
  if (failure != 0) {
    Fail(base::Error{"stat", failure, path_}.Message());
    settled_ = true;
  } else if (!S_ISREG(status.st_mode)) {
    // A directory has no text; a FIFO or a terminal would be waited for.
    Fail(path_ + ": not a regular file");
    settled_ = true;
  } else if (!Read()) {
    return false;
  } else {
    // The stamp is of before the reading: what is written during it shows as a change.
    settled_ = HasSettled(status);
  }
  stamp_ = stamp;
  read_ = true;
  if (!error_.empty()) debug_log::Write(debug_log::Section::kDns, error_);
  if (cut_) debug_log::Write(debug_log::Section::kDns, path_ + ": too long: the end is left out");
  return true;
}

// False when nothing can be said for now, and what was read before is better than nothing.
bool File::Read() {
  fd::OwnedFd file(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) {
    const bool short_of = errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EINTR;
    if (short_of && read_) return false;
    Fail(base::ErrnoError("open", path_).Message());
    return true;
  }
  // One byte more than may be: whether there is more. What stat(2) says of the size is not to be relied on.
  std::string text;
  static constexpr size_t kFirst = 8192;
  for (size_t length = 0; length <= most_;) {
    if (length == text.size()) text.resize(std::min(std::max(kFirst, length * 2), most_ + 1));
    const ssize_t got = read(file.get(), text.data() + length, text.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      Fail(base::ErrnoError("read", path_).Message());
      return true;
    }
    length += static_cast<size_t>(got);
    if (got == 0 || length > most_) {
      text.resize(length);
      break;
    }
  }
  cut_ = text.size() > most_;
  if (cut_) text.resize(most_);
  text.shrink_to_fit();
  text_ = std::move(text);
  error_.clear();
  return true;
}

static std::string PathFrom(const char* variable, const char* otherwise) {
  const char* path = secure_getenv(variable);
  return path != nullptr && *path != '\0' ? path : otherwise;
}

File& ResolvConf() {
  static File& file = *new File(PathFrom("NODE_RESOLV_CONF", "/etc/resolv.conf"), kMaxResolvConf);
  return file;
}

const hosts_file::Index& Hosts() {
  // One byte more than the index takes shows it that the file is longer.
  static File& file = *new File(PathFrom("NODE_HOSTS", "/etc/hosts"), hosts_file::kMaxText + 1);
  static hosts_file::Index& index = *new hosts_file::Index();
  if (file.Refresh(loop::CoarseNowMs())) {
    index = hosts_file::Index(file.TakeText());
    if (index.cut())
      debug_log::Write(debug_log::Section::kDns, file.path() + ": too long: the last names are left out");
  }
  return index;
}

}  // namespace node::system_files
