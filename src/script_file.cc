#include "script_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "fd.h"
#include "file_system.h"

namespace node::script_file {

// More characters the engine does not take; /dev/zero has no end at all.
static constexpr size_t kMostBytes = size_t{512} * 1024 * 1024;

static base::Error TooLarge(const std::string& name) {
  return {"read", EFBIG, name + " (a script may have " + std::to_string(kMostBytes) + " bytes)"};
}

base::Result<std::string> ReadAll(int descriptor, const std::string& name) {
  // A regular file says how long it is; one byte more shows its end in the same call. Memory that is not touched need
  // not be paid for at the start.
  static constexpr size_t kStep = 4096;
  struct stat status;
  bool sized = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
  if (sized && static_cast<size_t>(status.st_size) > kMostBytes) return TooLarge(name);
  std::string text(sized ? static_cast<size_t>(status.st_size) + 1 : kStep, '\0');
  size_t length = 0;
  for (;;) {
    if (length == text.size()) text.resize(length + std::max(length, kStep));
    ssize_t got = read(descriptor, text.data() + length, text.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) {
      // Whoever shares the descriptor has made it non-blocking.
      pollfd probe = {descriptor, POLLIN, 0};
      poll(&probe, 1, -1);
      continue;
    }
    if (got < 0) return base::ErrnoError("read", name);
    if (got == 0) break;
    length += static_cast<size_t>(got);
    if (length > kMostBytes) return TooLarge(name);
  }
  text.resize(length);
  return text;
}

static bool HasNul(const std::string& path) { return path.find('\0') != std::string::npos; }

base::Result<std::string> Read(const std::string& path) {
  std::string shown = path.empty() ? "\"\"" : path;
  if (HasNul(path)) return base::Error{"open", ENOENT, shown};
  fd::OwnedFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return base::ErrnoError("open", shown);
  return ReadAll(file.get(), path);
}

base::Result<std::string> RealPath(const std::string& path) {
  if (HasNul(path)) return base::Error{"open", ENOENT, path};
  base::Result<std::string> found = file_system::RealPath(path);
  // A user asked for the file to be opened.
  if (!found.ok()) return base::Error{"open", found.error().code, path};
  return found;
}

}  // namespace node::script_file
