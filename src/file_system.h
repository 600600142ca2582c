// Files: the system calls of node.fs as plain functions that finish what they
// begin (interrupted, partial and non-blocking calls go on) and give an Error
// with the call, the errno and the path. Each may block, and may be called by
// any thread, but for those named ...Now, which do not block.
//
// Paths are bytes without NUL. Descriptors of ours are closed on exec(3).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base.h"
#include "blocks.h"
#include "fd.h"

namespace node::file_system {

// A path as an error shows it: in quotes and with escapes where it is empty or has characters that a terminal obeys.
std::string Shown(std::string_view path);
// "descriptor 7"
std::string ShownDescriptor(int descriptor);

// --- Open files ---

// As a position: where the descriptor stands.
inline constexpr int64_t kCurrent = -1;

// open(2).
base::Result<int> Open(const std::string& path, int flags, mode_t mode);

// close(2). The descriptor is gone also when it fails; of 0 to 2 the file is, and /dev/null takes the number.
base::Result<base::Done> Close(int descriptor);

// Up to `length` bytes from `position`: all that a regular file has of them, of anything else what one read(2) gives;
// none at the end. The memory is for the bytes that there are, not for those that are asked for.
base::Result<blocks::Block> Read(int descriptor, size_t length, int64_t position);

// What of that is in the kernel's caches, or in memory anyway, without blocking; else -1 and errno: EAGAIN, EOPNOTSUPP
// or EINTR where Read() may do better. Also of pipes and sockets: what they have now.
ssize_t ReadCached(int descriptor, char* data, size_t size, int64_t position);

// All of `bytes` to `position`; gives their number. With O_APPEND it goes to the end all the same (pwrite(2)).
base::Result<uint64_t> Write(int descriptor, std::string_view bytes, int64_t position);

base::Result<base::Done> TruncateOpen(int descriptor, uint64_t length);  // ftruncate(2)
base::Result<base::Done> Sync(int descriptor);                           // fsync(2)

// What one can do with a descriptor depends on what it is.
enum class Kind : uint8_t {
  kFile,    // regular: always ready, as epoll has it, and yet it may block; block devices are like that
  kFolder,  // no bytes to read
  kStream,  // pipes and sockets: wait for them in the loop
  kDevice,  // terminals and other character devices: the loop may or may not know when they are ready
};
// fstat(2). `size`, where wanted, is set to what it says.
base::Result<Kind> KindOf(int descriptor, size_t* size = nullptr);

// Reading the whole of a file: in one breath where the kernel has it in memory, else on a thread.
class WholeFile {
 public:
  // `most`: bytes that are taken; a larger file is an error, EFBIG, before it is read where its size says so.
  WholeFile(std::string path, size_t most) : path_(std::move(path)), most_(most) {}

  // A file of up to kDirect bytes that are in the kernel's caches. False: go on with ReadOn(), where it may block.
  bool ReadNow();
  static constexpr size_t kDirect = 64 * 1024;
  // All of it, or the rest.
  void ReadOn();

  // After either of them.
  const std::optional<base::Error>& error() const { return error_; }
  blocks::Block& bytes() { return bytes_; }
  // Set for what is neither a file nor a folder: nothing has been read, and it is to be waited for. Non-blocking.
  fd::OwnedFd& stream() { return stream_; }

 private:
  enum class Step : uint8_t { kOn, kEnd };

  Step Examine();
  Step ReadStep();
  Step Fail(const char* syscall, int code, std::string subject);

  std::string path_;
  size_t most_;
  size_t size_ = 0;  // as its status says
  fd::OwnedFd file_;
  fd::OwnedFd stream_;
  blocks::Block bytes_;
  std::optional<base::Error> error_;
};

// Copies the bytes of a regular file into `to`, which is overwritten, or made with the permissions of `from`; gives
// their number. Where the file system can, both share them (copy_file_range(2)). What was made is removed on failure.
base::Result<uint64_t> Copy(const std::string& from, const std::string& to);

// --- Names ---

// stat(2). Times are milliseconds since 1970.
struct Status {
  uint64_t dev, ino, mode, nlink, uid, gid, rdev, size, blksize, blocks;
  double atime, mtime, ctime;
};
base::Result<Status> GetStatus(const std::string& path);
base::Result<Status> GetLinkStatus(const std::string& path);  // of a symbolic link itself: lstat(2)
// The same, where the kernel's caches can answer; std::nullopt where they cannot.
std::optional<base::Result<Status>> GetStatusNow(const std::string& path);
std::optional<base::Result<Status>> GetLinkStatusNow(const std::string& path);

base::Result<base::Done> Rename(const std::string& from, const std::string& to);     // rename(2)
base::Result<base::Done> Unlink(const std::string& path);                            // unlink(2)
base::Result<base::Done> RemoveFolder(const std::string& path);                      // rmdir(2)
base::Result<base::Done> MakeSymlink(const std::string& to, const std::string& at);  // symlink(2)
base::Result<base::Done> MakeLink(const std::string& from, const std::string& to);   // link(2)
// mkdir(2). With `parents` the folders above are made too, and one that is there is no error.
base::Result<base::Done> MakeFolder(const std::string& path, mode_t mode, bool parents);
base::Result<base::Done> ChangeMode(const std::string& path, mode_t mode);                // chmod(2)
base::Result<base::Done> ChangeOwner(const std::string& path, uid_t owner, gid_t group);  // chown(2)
// utimensat(2); milliseconds since 1970.
base::Result<base::Done> SetTimes(const std::string& path, double accessed, double modified);
base::Result<base::Done> Truncate(const std::string& path, uint64_t length);  // truncate(2)
base::Result<std::string> ReadLink(const std::string& path);                  // readlink(2)
base::Result<std::string> RealPath(const std::string& path);                  // realpath(3)
// A new folder called `prefix` and six random characters; mkdtemp(3).
base::Result<std::string> MakeTemporaryFolder(const std::string& prefix);
// All entries but "." and "..", in the order of their bytes; readdir(3).
base::Result<std::vector<std::string>> ReadFolder(const std::string& path);

}  // namespace node::file_system
