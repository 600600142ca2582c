// Watching files and folders for changes: inotify(7), one instance for all.
// All functions are the main thread's. While anything is watched the loop lives.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base.h"

namespace node::file_watch {

// In the order of KINDS in lib/fs.js.
enum class Kind : uint8_t {
  kMade,        // an entry of the folder, also by being moved there
  kRemoved,     // an entry of the folder, also by being moved away; or what is watched itself: the watch has ended
  kWritten,     // bytes or length
  kAttributes,  // permissions, times, links
  kLost,        // the kernel has dropped events, of whichever watch
};

// `entry`: the name inside of a watched folder; empty when it is what is watched itself.
using Listener = void (*)(uint32_t watch, Kind kind, std::string_view entry);

// Who hears; once, before the first watch.
void SetListener(Listener listener);

// Watches `path` (a symbolic link: what it points to); gives the name of the watch.
base::Result<uint32_t> Add(const std::string& path);

// Ends a watch; harmless when it has ended.
void Remove(uint32_t watch);

// How many watches there are.
size_t Count();

}  // namespace node::file_watch
