#include "file_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <vector>

#include "fd.h"
#include "file_system.h"
#include "loop.h"

namespace node::file_watch {

static constexpr uint32_t kMask =
    IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM | IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

struct Watcher : loop::Io {
  fd::OwnedFd inotify;
  Listener listener = nullptr;
  // The kernel has one descriptor for each file, however often it is watched.
  std::map<int, std::vector<uint32_t>> by_descriptor;
  std::map<uint32_t, int> by_name;
  uint32_t last_name = 0;
};

static Watcher& TheWatcher() {
  static auto* watcher = new Watcher;
  return *watcher;
}

static void OnReadable(loop::Io*, int);

void SetListener(Listener listener) { TheWatcher().listener = listener; }

size_t Count() { return TheWatcher().by_name.size(); }

base::Result<uint32_t> Add(const std::string& path) {
  Watcher& watcher = TheWatcher();
  if (!watcher.inotify.valid()) {
    watcher.inotify = fd::OwnedFd(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!watcher.inotify.valid()) return base::ErrnoError("inotify_init1", file_system::Shown(path));
    watcher.Init(watcher.inotify.get(), OnReadable);
  }
  const int descriptor = inotify_add_watch(watcher.inotify.get(), path.c_str(), kMask);
  if (descriptor < 0) {
    base::Error error = base::ErrnoError("inotify_add_watch", file_system::Shown(path));
    // "No space left on device" would mislead.
    if (error.code == ENOSPC) error.subject += " (no more than fs.inotify.max_user_watches)";
    return error;
  }
  const uint32_t name = ++watcher.last_name;
  watcher.by_descriptor[descriptor].push_back(name);
  watcher.by_name[name] = descriptor;
  watcher.Want(loop::kRead);
  return name;
}

void Remove(uint32_t watch) {
  Watcher& watcher = TheWatcher();
  auto found = watcher.by_name.find(watch);
  if (found == watcher.by_name.end()) return;
  const int descriptor = found->second;
  watcher.by_name.erase(found);
  std::vector<uint32_t>& names = watcher.by_descriptor[descriptor];
  std::erase(names, watch);
  if (names.empty()) {
    watcher.by_descriptor.erase(descriptor);
    // Fails when the file has gone, and its watch with it.
    inotify_rm_watch(watcher.inotify.get(), descriptor);
  }
  if (watcher.by_name.empty()) watcher.Want(0);
}

// A copy: who hears may add and remove.
static std::vector<uint32_t> NamesOf(int descriptor) {
  Watcher& watcher = TheWatcher();
  auto found = watcher.by_descriptor.find(descriptor);
  return found == watcher.by_descriptor.end() ? std::vector<uint32_t>() : found->second;
}

static void Tell(const std::vector<uint32_t>& names, Kind kind, std::string_view entry) {
  for (uint32_t name : names) {
    if (TheWatcher().by_name.count(name) > 0) TheWatcher().listener(name, kind, entry);
  }
}

static void OnEvent(const inotify_event& event, std::string_view entry) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) {
    std::vector<uint32_t> all;
    for (const auto& [name, descriptor] : TheWatcher().by_name) all.push_back(name);
    return Tell(all, Kind::kLost, "");
  }
  const std::vector<uint32_t> names = NamesOf(event.wd);
  if ((event.mask & (IN_CREATE | IN_MOVED_TO)) != 0) return Tell(names, Kind::kMade, entry);
  if ((event.mask & (IN_DELETE | IN_MOVED_FROM)) != 0) return Tell(names, Kind::kRemoved, entry);
  if ((event.mask & IN_MODIFY) != 0) return Tell(names, Kind::kWritten, entry);
  if ((event.mask & IN_ATTRIB) != 0) return Tell(names, Kind::kAttributes, entry);
  if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) == 0) return;
  // The path is free for another file, which nobody would watch.
  for (uint32_t name : names) {
    if (TheWatcher().by_name.count(name) == 0) continue;
    Remove(name);
    TheWatcher().listener(name, Kind::kRemoved, "");
  }
}

static void OnReadable(loop::Io*, int) {
  alignas(inotify_event) char buffer[16 * 1024];
  const ssize_t got = read(TheWatcher().inotify.get(), buffer, sizeof buffer);
  for (ssize_t at = 0; at < got;) {
    inotify_event event;
    std::memcpy(&event, buffer + at, sizeof event);
    const char* entry = buffer + at + sizeof event;
    // Padded with NULs.
    OnEvent(event, {entry, event.len == 0 ? 0 : strnlen(entry, event.len)});
    at += static_cast<ssize_t>(sizeof event + event.len);
  }
}

}  // namespace node::file_watch
