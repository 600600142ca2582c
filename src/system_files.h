// Files of the system's that the resolver follows: /etc/resolv.conf and /etc/hosts, read again when they change.
//
// A change is seen by stat(2), not by inotify(7): there is no descriptor and no event of a file that nobody needs, a
// file that is replaced, mounted over or restored is seen like any other, and it works in every container. Reading
// blocks the loop, as the files are local and small; it happens once for each change.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <string>
#include <utility>

#include "hosts_file.h"

namespace node::system_files {

// A file is looked at no more often. A stat(2) costs about as much as a whole look-up from the cache, and whoever edits
// such a file waits that long before trying.
inline constexpr double kLookMs = 1000;
// Bytes of resolv.conf that are read.
inline constexpr size_t kMaxResolvConf = 1024 * 1024;

class File {
 public:
  // `most`: bytes that are read; what stands behind them is left out.
  File(std::string path, size_t most) : path_(std::move(path)), most_(most) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // Looks, when the last look is kLookMs or more ago, whether there is another file or content. If so, or with the
  // first call, reads it and gives true. `now_ms`: of one clock
  // that does not go back. While descriptors or memory are short, what
  // was read before stays.
  bool Refresh(double now_ms);

  const std::string& path() const { return path_; }
  // What was read; empty when it could not be, see error().
  const std::string& text() const { return text_; }
  // The text, leaving none.
  std::string TakeText() { return std::move(text_); }
  // Why there is no text, in one line, e.g. "open EACCES /etc/hosts: Permission denied"; empty when there is one.
  const std::string& error() const { return error_; }
  // Whether the file has more than was read.
  bool cut() const { return cut_; }

 private:
  // What changes when the file does.
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = -1;  // of a file that is not there
    timespec written = {}, changed = {};
    bool operator==(const Stamp& other) const;
  };
  static Stamp StampOf(const struct stat& status);
  bool Read();
  void Fail(std::string error);

  std::string path_;
  size_t most_;
  std::string text_, error_;
  Stamp stamp_;
  double next_look_ms_ = 0;
  bool read_ = false;     // at all
  bool settled_ = false;  // the stamp would be another after a further change
  bool cut_ = false;
};

// /etc/resolv.conf, and the names of /etc/hosts as they are now. For tests and for programs that want their own, the
// environment variables NODE_RESOLV_CONF and NODE_HOSTS name other files; they are read once, and not at all by a
// set-user-ID program (secure_getenv(3)).
File& ResolvConf();
const hosts_file::Index& Hosts();

}  // namespace node::system_files
