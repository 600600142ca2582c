#include "file_system.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>

namespace node::file_system {

using base::Done;
using base::ErrnoError;
using base::Error;
using base::Result;

// Bytes that one step of copying or of reading what has no size takes.
static constexpr size_t kStep = 256 * 1024;

std::string Shown(std::string_view path) {
  static constexpr char kHex[] = "0123456789abcdef";
  const bool plain =
      std::none_of(path.begin(), path.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (plain && !path.empty()) return std::string(path);
  std::string text = "\"";
  for (char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      text += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      text += c;
    }
  }
  return text + '"';
}

std::string ShownDescriptor(int descriptor) { return "descriptor " + std::to_string(descriptor); }

// For descriptors that are non-blocking, here or in the process that has given them to us.
static void WaitFor(int descriptor, short events) {
  pollfd wait = {descriptor, events, 0};
  poll(&wait, 1, -1);
}

// Whether the call that has just failed is to be made again.
static bool Again(int descriptor, short events) {
  if (errno == EINTR) return true;
  if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
  WaitFor(descriptor, events);
  return true;
}

// --- Open files ---

Result<int> Open(const std::string& path, int flags, mode_t mode) {
  for (;;) {
    int descriptor = open(path.c_str(), flags | O_CLOEXEC, mode);
    if (descriptor >= 0) return descriptor;
    if (errno != EINTR) return ErrnoError("open", Shown(path));
  }
}

// Another file that got the number would be what everybody reads, prints to or complains to, children too.
static bool CloseStandard(int descriptor) {
  fd::OwnedFd nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  return nothing.valid() && fcntl(descriptor, F_GETFD) >= 0 && dup2(nothing.get(), descriptor) >= 0;
}

Result<Done> Close(int descriptor) {
  if (descriptor >= 0 && descriptor <= STDERR_FILENO && CloseStandard(descriptor)) return Done{};
  // Linux closes also where it says EINTR, and to close again could hit another file.
  if (close(descriptor) == 0 || errno == EINTR) return Done{};
  return ErrnoError("close", ShownDescriptor(descriptor));
}

static Kind KindOfMode(mode_t mode) {
  if (S_ISREG(mode) || S_ISBLK(mode)) return Kind::kFile;
  if (S_ISDIR(mode)) return Kind::kFolder;
  return S_ISCHR(mode) ? Kind::kDevice : Kind::kStream;
}

Result<Kind> KindOf(int descriptor, size_t* size) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) return ErrnoError("fstat", ShownDescriptor(descriptor));
  if (size != nullptr) *size = static_cast<size_t>(status.st_size);
  return KindOfMode(status.st_mode);
}

static ssize_t ReadOnce(int descriptor, char* data, size_t size, int64_t position) {
  // A larger size is cut by the kernel.
  return position == kCurrent ? read(descriptor, data, size) : pread(descriptor, data, size, position);
}

ssize_t ReadCached(int descriptor, char* data, size_t size, int64_t position) {
  iovec piece = {data, size};
  const ssize_t got = preadv2(descriptor, &piece, 1, position, RWF_NOWAIT);
  if (got >= 0 || errno != EOPNOTSUPP) return got;
  struct statfs where;
  if (fstatfs(descriptor, &where) == 0 && where.f_type == TMPFS_MAGIC) {
    return ReadOnce(descriptor, data, size, position);
  }
  errno = EOPNOTSUPP;
  return -1;
}

// How many bytes of memory are worth having for up to `length` from `position` on, and whether one goes on until all
// are there.
static size_t RoomFor(int descriptor, size_t length, int64_t position, bool* goes_on) {
  struct stat status;
  *goes_on = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  // What has no size in its status gives no more than this at once.
  if (!*goes_on) return std::min(length, blocks::kLargest);
  if (length <= blocks::kUnit) return length;
  const int64_t start = position == kCurrent ? lseek(descriptor, 0, SEEK_CUR) : position;
  const int64_t left = start < 0 ? 0 : static_cast<int64_t>(status.st_size) - start;
  // Those of /proc have a size of 0.
  return std::min(length, std::max(blocks::kUnit, static_cast<size_t>(std::max<int64_t>(left, 0))));
}

Result<blocks::Block> Read(int descriptor, size_t length, int64_t position) {
  bool goes_on = false;
  const size_t room = RoomFor(descriptor, length, position, &goes_on);
  blocks::Block bytes;
  if (!bytes.Grow(room)) return Error{"read", ENOMEM, ShownDescriptor(descriptor)};
  for (;;) {
    const int64_t from = position == kCurrent ? kCurrent : position + static_cast<int64_t>(bytes.size());
    const ssize_t got = ReadOnce(descriptor, bytes.data() + bytes.size(), room - bytes.size(), from);
    if (got < 0 && Again(descriptor, POLLIN)) continue;
    // What came before an error is not lost; the next read meets it again.
    if (got < 0 && bytes.size() == 0) return ErrnoError("read", ShownDescriptor(descriptor));
    if (got <= 0) return bytes;
    bytes.set_size(bytes.size() + static_cast<size_t>(got));
    if (!goes_on || bytes.size() == room) return bytes;
  }
}

Result<uint64_t> Write(int descriptor, std::string_view bytes, int64_t position) {
  size_t done = 0;
  for (;;) {
    const char* data = bytes.data() + done;
    const size_t size = bytes.size() - done;
    const ssize_t put = position == kCurrent ? write(descriptor, data, size)
                                             : pwrite(descriptor, data, size, position + static_cast<int64_t>(done));
    if (put < 0 && Again(descriptor, POLLOUT)) continue;
    if (put < 0) return ErrnoError("write", ShownDescriptor(descriptor));
    if (put == 0 && size > 0) return Error{"write", EIO, ShownDescriptor(descriptor)};
    done += static_cast<size_t>(put);
    if (done == bytes.size()) return done;
  }
}

Result<Done> TruncateOpen(int descriptor, uint64_t length) {
  if (ftruncate(descriptor, static_cast<off_t>(length)) == 0) return Done{};
  return ErrnoError("ftruncate", ShownDescriptor(descriptor));
}

Result<Done> Sync(int descriptor) {
  if (fsync(descriptor) == 0) return Done{};
  return ErrnoError("fsync", ShownDescriptor(descriptor));
}

// --- Whole files ---

// openat2(2) that does not block: EAGAIN where the kernel would have to look beyond its caches. ENOSYS where it does
// not know how (before Linux 5.12), or is not allowed to.
static int OpenCached(const std::string& path, int flags) {
  open_how how = {};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_CACHED;
  const int descriptor = static_cast<int>(syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how));
  if (descriptor < 0 && (errno == EINVAL || errno == EPERM || errno == E2BIG)) errno = ENOSYS;
  return descriptor;
}

// Whether what has just failed need not fail when it may block.
static bool NeedsThread() { return errno == EAGAIN || errno == ENOSYS || errno == EINTR || errno == EOPNOTSUPP; }

WholeFile::Step WholeFile::Fail(const char* syscall, int code, std::string subject) {
  error_ = Error{syscall, code, std::move(subject)};
  file_.Close();
  return Step::kEnd;
}

// Of the file that has just been opened: what it is, and memory for it.
WholeFile::Step WholeFile::Examine() {
  struct stat status;
  if (fstat(file_.get(), &status) != 0) return Fail("fstat", errno, Shown(path_));
  const Kind kind = KindOfMode(status.st_mode);
  if (kind == Kind::kFolder) return Fail("read", EISDIR, Shown(path_));
  if (kind != Kind::kFile) {
    stream_ = std::move(file_);
    return Step::kEnd;
  }
  size_ = static_cast<size_t>(status.st_size);
  if (size_ > most_) {
    return Fail(
        "cat", EFBIG,
        Shown(path_) + " (" + std::to_string(size_) + " bytes, of which " + std::to_string(most_) + " can be taken)");
  }
  // One more shows at once that there is no more.
  if (!bytes_.Grow(size_ > 0 ? size_ + 1 : 4096)) return Fail("read", ENOMEM, Shown(path_));
  return Step::kOn;
}

bool WholeFile::ReadNow() {
  // O_NONBLOCK: for a pipe with a name, which would wait for its other end.
  file_ = fd::OwnedFd(OpenCached(path_, O_RDONLY | O_NONBLOCK));
  if (!file_.valid()) {
    if (NeedsThread()) return false;
    Fail("open", errno, Shown(path_));
    return true;
  }
  if (Examine() == Step::kEnd) return true;
  if (size_ > kDirect) return false;
  const ssize_t got = ReadCached(file_.get(), bytes_.data(), bytes_.capacity(), kCurrent);
  if (got < 0 && NeedsThread()) return false;
  if (got < 0) {
    Fail("read", errno, Shown(path_));
    return true;
  }
  bytes_.set_size(static_cast<size_t>(got));
  // Fewer are not all that is there: the rest is not in memory.
  const bool whole = bytes_.size() == size_;
  if (whole) file_.Close();
  return whole;
}

WholeFile::Step WholeFile::ReadStep() {
  if (bytes_.size() > most_) {
    return Fail("cat", EFBIG, Shown(path_) + " (more than " + std::to_string(most_) + " bytes)");
  }
  if (bytes_.size() == bytes_.capacity() && !bytes_.Grow(std::max(2 * bytes_.size(), kStep))) {
    return Fail("read", ENOMEM, Shown(path_));
  }
  const ssize_t got = read(file_.get(), bytes_.data() + bytes_.size(), bytes_.capacity() - bytes_.size());
  if (got < 0) return Again(file_.get(), POLLIN) ? Step::kOn : Fail("read", errno, Shown(path_));
  bytes_.set_size(bytes_.size() + static_cast<size_t>(got));
  return got == 0 ? Step::kEnd : Step::kOn;
}

void WholeFile::ReadOn() {
  if (!file_.valid()) {
    Result<int> opened = Open(path_, O_RDONLY | O_NONBLOCK, 0);
    // A lease of another process: see fcntl(2).
    if (!opened.ok() && opened.error().code == EWOULDBLOCK) opened = Open(path_, O_RDONLY, 0);
    if (!opened.ok()) {
      error_ = opened.error();
      return;
    }
    file_ = fd::OwnedFd(opened.value());
    if (Examine() == Step::kEnd) return;
  }
  while (ReadStep() == Step::kOn) {
  }
  file_.Close();
}

// --- Copying ---

// Whether copy_file_range(2) cannot do it and reading and writing may.
static bool NeedsSteps(int code) {
  return code == EXDEV || code == EINVAL || code == ENOSYS || code == EOPNOTSUPP || code == EPERM || code == EBADF;
}

static Result<uint64_t> CopyInSteps(int source, int target, const std::string& from, const std::string& to) {
  blocks::Block step(blocks::Take(kStep), 0);
  if (step.data() == nullptr) return Error{"copy", ENOMEM, Shown(from)};
  uint64_t copied = 0;
  for (;;) {
    const ssize_t got = read(source, step.data(), kStep);
    if (got < 0 && Again(source, POLLIN)) continue;
    if (got < 0) return ErrnoError("read", Shown(from));
    if (got == 0) return copied;
    Result<uint64_t> put = Write(target, {step.data(), static_cast<size_t>(got)}, kCurrent);
    if (!put.ok()) return Error{"write", put.error().code, Shown(to)};
    copied += put.value();
  }
}

static Result<uint64_t> CopyBytes(int source, int target, bool sized, const std::string& from, const std::string& to) {
  static constexpr size_t kPiece = size_t{1} << 30;
  // Files of /proc, which have no size, copy_file_range(2) takes for empty.
  uint64_t copied = 0;
  while (sized) {
    const ssize_t got = copy_file_range(source, nullptr, target, nullptr, kPiece, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && NeedsSteps(errno)) break;
    if (got < 0) return ErrnoError("copy_file_range", Shown(from) + " -> " + Shown(to));
    if (got == 0) return copied;
    copied += static_cast<uint64_t>(got);
  }
  Result<uint64_t> rest = CopyInSteps(source, target, from, to);
  if (rest.ok()) rest.value() += copied;
  return rest;
}

Result<uint64_t> Copy(const std::string& from, const std::string& to) {
  // Non-blocking for named pipes, which have no place here.
  Result<int> opened = Open(from, O_RDONLY | O_NONBLOCK, 0);
  if (!opened.ok()) return opened.error();
  const fd::OwnedFd source(opened.value());
  struct stat source_status;
  if (fstat(source.get(), &source_status) != 0) return ErrnoError("fstat", Shown(from));
  if (S_ISDIR(source_status.st_mode)) return Error{"read", EISDIR, Shown(from)};
  if (!S_ISREG(source_status.st_mode)) return Error{"copy", EINVAL, Shown(from) + " (no regular file)"};

  Result<int> created = Open(to, O_WRONLY | O_CREAT | O_EXCL, source_status.st_mode & 0777);
  const bool is_new = created.ok();
  if (!is_new && created.error().code == EEXIST) created = Open(to, O_WRONLY | O_NONBLOCK, 0);
  if (!created.ok()) return created.error();
  fd::OwnedFd target(created.value());
  struct stat target_status;
  if (fstat(target.get(), &target_status) != 0) return ErrnoError("fstat", Shown(to));
  if (target_status.st_dev == source_status.st_dev && target_status.st_ino == source_status.st_ino) {
    return Error{"copy", EINVAL, Shown(from) + " -> " + Shown(to) + " (one and the same file)"};
  }
  if (S_ISREG(target_status.st_mode) && target_status.st_size > 0 && ftruncate(target.get(), 0) != 0) {
    return ErrnoError("ftruncate", Shown(to));
  }
  Result<uint64_t> copied = CopyBytes(source.get(), target.get(), source_status.st_size > 0, from, to);
  // Some file systems have their say only here.
  Result<Done> closed = Close(target.Release());
  if (copied.ok() && !closed.ok()) copied = Error{"close", closed.error().code, Shown(to)};
  if (!copied.ok() && is_new) unlink(to.c_str());
  return copied;
}

// --- Status ---

static double Milliseconds(const timespec& time) {
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

static Status StatusOf(const struct stat& from) {
  return {.dev = from.st_dev,
          .ino = from.st_ino,
          .mode = from.st_mode,
          .nlink = from.st_nlink,
          .uid = from.st_uid,
          .gid = from.st_gid,
          .rdev = from.st_rdev,
          .size = static_cast<uint64_t>(from.st_size),
          .blksize = static_cast<uint64_t>(from.st_blksize),
          .blocks = static_cast<uint64_t>(from.st_blocks),
          .atime = Milliseconds(from.st_atim),
          .mtime = Milliseconds(from.st_mtim),
          .ctime = Milliseconds(from.st_ctim)};
}

Result<Status> GetStatus(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) == 0) return StatusOf(status);
  return ErrnoError("stat", Shown(path));
}

Result<Status> GetLinkStatus(const std::string& path) {
  struct stat status;
  if (lstat(path.c_str(), &status) == 0) return StatusOf(status);
  return ErrnoError("lstat", Shown(path));
}

static std::optional<Result<Status>> CachedStatus(const char* syscall, const std::string& path, int flags) {
  const fd::OwnedFd found(OpenCached(path, O_PATH | flags));
  struct stat status;
  // AT_NO_AUTOMOUNT is what O_PATH means anyway; AT_STATX_DONT_SYNC: servers are not asked.
  if (found.valid() && fstatat(found.get(), "", &status, AT_EMPTY_PATH | AT_STATX_DONT_SYNC) == 0) {
    return StatusOf(status);
  }
  if (NeedsThread() || found.valid()) return std::nullopt;
  return ErrnoError(syscall, Shown(path));
}

std::optional<Result<Status>> GetStatusNow(const std::string& path) { return CachedStatus("stat", path, 0); }
std::optional<Result<Status>> GetLinkStatusNow(const std::string& path) {
  return CachedStatus("lstat", path, O_NOFOLLOW);
}

}  // namespace node::file_system
