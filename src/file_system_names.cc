#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "file_system.h"

// The functions of file_system.h that are about names.
namespace node::file_system {

static base::Result<base::Done> Check(int result, const char* syscall, const std::string& path) {
  if (result == 0) return base::Done{};
  return base::ErrnoError(syscall, Shown(path));
}

static base::Result<base::Done> Check(int result, const char* syscall, const std::string& from, const std::string& to) {
  if (result == 0) return base::Done{};
  return base::ErrnoError(syscall, Shown(from) + " -> " + Shown(to));
}

base::Result<base::Done> Rename(const std::string& from, const std::string& to) {
  return Check(rename(from.c_str(), to.c_str()), "rename", from, to);
}

base::Result<base::Done> MakeLink(const std::string& from, const std::string& to) {
  return Check(link(from.c_str(), to.c_str()), "link", from, to);
}

base::Result<base::Done> MakeSymlink(const std::string& to, const std::string& at) {
  return Check(symlink(to.c_str(), at.c_str()), "symlink", to, at);
}

base::Result<base::Done> Unlink(const std::string& path) { return Check(unlink(path.c_str()), "unlink", path); }

base::Result<base::Done> RemoveFolder(const std::string& path) { return Check(rmdir(path.c_str()), "rmdir", path); }

base::Result<base::Done> ChangeMode(const std::string& path, mode_t mode) {
  return Check(chmod(path.c_str(), mode), "chmod", path);
}

base::Result<base::Done> ChangeOwner(const std::string& path, uid_t owner, gid_t group) {
  return Check(chown(path.c_str(), owner, group), "chown", path);
}

base::Result<base::Done> Truncate(const std::string& path, uint64_t length) {
  return Check(truncate(path.c_str(), static_cast<off_t>(length)), "truncate", path);
}

static timespec TimeOf(double milliseconds) {
  const double seconds = std::floor(milliseconds / 1e3);
  const double rest = std::round((milliseconds - seconds * 1e3) * 1e6);
  return {static_cast<time_t>(seconds), std::min(static_cast<long>(rest), 999999999L)};
}

base::Result<base::Done> SetTimes(const std::string& path, double accessed, double modified) {
  const timespec times[] = {TimeOf(accessed), TimeOf(modified)};
  return Check(utimensat(AT_FDCWD, path.c_str(), times, 0), "utimensat", path);
}

static bool IsFolder(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// The folders above `path`, from the uppermost on.
static base::Result<base::Done> MakeParents(const std::string& path) {
  for (size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
    const std::string parent = path.substr(0, end);
    if (mkdir(parent.c_str(), 0777) == 0 || errno == EEXIST) continue;
    base::Error error = base::ErrnoError("mkdir", Shown(parent));
    if (!IsFolder(parent)) return error;
  }
  return base::Done{};
}

base::Result<base::Done> MakeFolder(const std::string& path, mode_t mode, bool parents) {
  if (mkdir(path.c_str(), mode) == 0) return base::Done{};
  base::Error error = base::ErrnoError("mkdir", Shown(path));
  if (!parents) return error;
  if (error.code == ENOENT && !path.empty()) {
    const std::string trimmed = path.substr(0, path.find_last_not_of('/') + 1);
    base::Result<base::Done> made = MakeParents(trimmed);
    if (!made.ok()) return made;
    if (mkdir(trimmed.c_str(), mode) == 0) return base::Done{};
    error.code = errno;
  }
  if (error.code == EEXIST && IsFolder(path)) return base::Done{};
  return error;
}

base::Result<std::string> ReadLink(const std::string& path) {
  std::string target(256, '\0');
  for (;;) {
    const ssize_t length = readlink(path.c_str(), target.data(), target.size());
    if (length < 0) return base::ErrnoError("readlink", Shown(path));
    if (static_cast<size_t>(length) < target.size()) {
      target.resize(static_cast<size_t>(length));
      return target;
    }
    target.resize(2 * target.size());
  }
}

base::Result<std::string> RealPath(const std::string& path) {
  char* found = realpath(path.c_str(), nullptr);
  if (found == nullptr) return base::ErrnoError("realpath", Shown(path));
  std::string result(found);
  std::free(found);
  return result;
}

base::Result<std::string> MakeTemporaryFolder(const std::string& prefix) {
  std::string path = prefix + "XXXXXX";
  if (mkdtemp(path.data()) == nullptr) return base::ErrnoError("mkdtemp", Shown(prefix));
  return path;
}

base::Result<std::vector<std::string>> ReadFolder(const std::string& path) {
  // O_CLOEXEC and all: opendir(3).
  DIR* folder = opendir(path.c_str());
  if (folder == nullptr) return base::ErrnoError("opendir", Shown(path));
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(folder)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  const int failure = errno;
  closedir(folder);
  if (failure != 0) return base::Error{"readdir", failure, Shown(path)};
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace node::file_system
