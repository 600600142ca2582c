#include "child_process.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "fd.h"
#include "loop.h"

// The end of a child comes in two parts, in any order: it is reaped, and its two streams end. A stream ends by itself
// when all who hold it have closed it. When the child is reaped what it has written lies in the pipes, and no more than
// that is waited for.
namespace node::child_process {

// From so many bytes on there is nothing to gain by waiting for the end of the turn, but a copy of them.
static constexpr size_t kWriteAtOnce = 32 * 1024;

struct Child;

struct Pipe : loop::Io {
  Child* child = nullptr;
  fd::OwnedFd fd;
};

struct Reader : Pipe {
  Stream stream = Stream::kOutput;
  size_t left = 0;  // of what the pipe had when the child was reaped
};

struct Child {
  Handler* handler = nullptr;
  Settings settings;
  Id id = 0;
  bool open = false;  // the record is in use
  pid_t pid = -1;
  Pipe end;  // the pidfd
  Pipe input;
  Reader readers[2];
  std::string queue;  // for its input
  size_t sent = 0;    // of `queue`
  Exit exit;
  bool reaped = false;
  bool reading = true;
  bool dirty = false;    // Flush() has to look
  bool stalled = false;  // the pipe has refused some of the queue
  bool overdue = false;  // and has done so since an earlier turn
  bool close_asked = false;
};

// The end of a pipe's stream, which the kernel tells unasked, is to libev an event of both kinds: one that was wanted
// of one kind only it has taken back, at the price of a system call. Ends to read from never become writable.
static constexpr int kReadable = loop::kRead | loop::kWrite;

static slots::Table<Child> children;
static std::vector<Id> dirty;
static bool flushing = false;
static char buffer[kReadSize];

static void MarkDirty(Child* child) {
  if (child->dirty) return;
  child->dirty = true;
  dirty.push_back(child->id);
}

static void Shut(Pipe* pipe) {
  if (!pipe->fd.valid()) return;
  pipe->Want(0);
  pipe->fd.Close();
}

// --- Its input ---

static size_t Queued(const Child* child) { return child->queue.size() - child->sent; }

static void ShutInput(Child* child) {
  Shut(&child->input);
  std::string().swap(child->queue);
  child->sent = 0;
  child->stalled = child->overdue = false;
}

// How many of `data` the pipe takes now. One call: a child that reads as fast as we write must not hold us up.
static size_t WriteNow(Child* child, std::string_view data) {
  ssize_t written;
  do {
    written = write(child->input.fd.get(), data.data(), data.size());
  } while (written < 0 && errno == EINTR);
  if (written >= 0) return static_cast<size_t>(written);
  // The child has closed its end (EPIPE), as head(1) does: no failure of ours.
  if (errno != EAGAIN && errno != EWOULDBLOCK) ShutInput(child);
  return 0;
}

static void WriteQueued(Child* child) {
  if (Queued(child) > 0) {
    const size_t taken = WriteNow(child, std::string_view(child->queue).substr(child->sent));
    if (!child->input.fd.valid()) return;
    child->sent += taken;
  }
  if (Queued(child) > 0) {
    // A long queue does not keep what has gone already.
    if (child->sent >= kWriteAtOnce && child->sent >= child->queue.size() / 2) {
      child->queue.erase(0, child->sent);
      child->sent = 0;
    }
    child->stalled = true;
    child->input.Want(loop::kWrite);
    return;
  }
  static constexpr size_t kKeptBytes = 4096;
  child->queue.clear();
  child->sent = 0;
  if (child->queue.capacity() > kKeptBytes) std::string().swap(child->queue);
  child->input.Want(0);
  if (child->close_asked) ShutInput(child);
}

// --- Its output, its end ---

static void Release(Child* child) {
  ShutInput(child);
  children.GiveBack(child);
  loop::KeepAlive(-1);
}

static void TryExit(Child* child) {
  if (!child->reaped || child->readers[0].fd.valid() || child->readers[1].fd.valid()) return;
  Handler* handler = child->handler;
  const Id id = child->id;
  const Exit exit = child->exit;
  Release(child);
  handler->OnExit(id, exit);
}

static void EndStream(Reader* reader) {
  Child* child = reader->child;
  Shut(reader);
  child->handler->OnEnd(child->id, reader->stream);
}

// Reads once, `most` bytes at most: how many came; 0 when nothing is there, or no more will come.
static size_t ReadOnce(Reader* reader, size_t most) {
  Child* child = reader->child;
  ssize_t got;
  do {
    got = read(reader->fd.get(), buffer, std::min<size_t>(most, child->settings.piece));
  } while (got < 0 && errno == EINTR);
  if (got > 0) {
    child->handler->OnData(child->id, reader->stream, {buffer, static_cast<size_t>(got)});
    return static_cast<size_t>(got);
  }
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
  EndStream(reader);
  return 0;
}

static void OnReadable(loop::Io* io, int) {
  Reader* reader = static_cast<Reader*>(io);
  ReadOnce(reader, kReadSize);
  TryExit(reader->child);
  Flush();
}

// Of a child that is reaped: delivers what it has left, unless that is held back.
static void Finish(Child* child) {
  for (Reader& reader : child->readers) {
    while (reader.fd.valid() && child->reading) {
      const size_t got = reader.left > 0 ? ReadOnce(&reader, reader.left) : 0;
      reader.left -= got;
      if (got == 0 && reader.fd.valid()) EndStream(&reader);
    }
  }
  TryExit(child);
}

// True when it had not ended before and has now.
static bool Reap(Child* child) {
  if (child->reaped) return false;
  int status = 0;
  const pid_t ended = waitpid(child->pid, &status, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return false;
  child->reaped = true;
  if (ended > 0 && WIFSIGNALED(status)) {
    child->exit = {128 + WTERMSIG(status), WTERMSIG(status)};
  } else {
    // Somebody else may have taken it from us; that is not known here as success.
    child->exit = {ended > 0 ? WEXITSTATUS(status) : 255, 0};
  }
  Shut(&child->end);
  ShutInput(child);
  for (Reader& reader : child->readers) {
    int there = 0;
    reader.left = reader.fd.valid() && ioctl(reader.fd.get(), FIONREAD, &there) == 0 ? static_cast<size_t>(there) : 0;
    // From now on no event is needed, and a held one would spin.
    if (reader.fd.valid()) reader.Want(0);
  }
  return true;
}

static void OnEnded(loop::Io* io, int) {
  Child* child = static_cast<Pipe*>(io)->child;
  if (Reap(child)) Finish(child);
  Flush();
}

// --- Without pidfds, and for orphans: SIGCHLD says that some child has ended ---

static loop::Notifier* ended_somewhere = nullptr;
static bool reaps_orphans = false;

static Child* FindPid(pid_t pid) {
  for (size_t i = 0; i < children.size(); ++i) {
    Child* child = children.at(i);
    if (child != nullptr && child->open && !child->reaped && child->pid == pid) return child;
  }
  return nullptr;
}

// The kernel shows one that has ended at a time, ours too: these have to go first, so that it shows the next.
static void ReapAll() {
  for (;;) {
    siginfo_t ended = {};
    if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0) return;
    Child* ours = FindPid(ended.si_pid);
    if (ours == nullptr) {
      waitpid(ended.si_pid, nullptr, WNOHANG);
    } else if (Reap(ours)) {
      Finish(ours);
    }
  }
}

static void FindEnded() {
  if (reaps_orphans) ReapAll();
  for (size_t i = 0; i < children.size(); ++i) {
    Child* child = children.at(i);
    if (child != nullptr && child->open && Reap(child)) Finish(child);
  }
  Flush();
}

static void ListenForEnds() {
  if (ended_somewhere == nullptr) {
    ended_somewhere = new loop::Notifier;
    ended_somewhere->Init(FindEnded);
    struct sigaction action = {};
    action.sa_handler = [](int) {
      const int saved = errno;
      ended_somewhere->Notify();
      errno = saved;
    };
    action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    sigaction(SIGCHLD, &action, nullptr);
  }
  // It may have ended before.
  ended_somewhere->Notify();
}

void ReapOrphans() {
  reaps_orphans = true;
  ListenForEnds();
}

// --- What owners ask for ---

static void Watch(Pipe* pipe, Child* child, fd::OwnedFd descriptor, loop::Io::Callback callback, int events) {
  pipe->child = child;
  pipe->fd = std::move(descriptor);
  pipe->Init(pipe->fd.get(), callback);
  pipe->Want(events);
}

base::Result<Id> Start(Handler* handler, const spawn::Command& command, const Settings& settings) {
  CHECK(settings.piece > 0 && settings.piece <= kReadSize);
  Child* child = children.Take();
  if (child == nullptr) return base::Error{"clone", EAGAIN, command.file};
  base::Result<spawn::Started> result = spawn::Start(command);
  if (!result.ok()) {
    children.GiveBack(child);
    return result.error();
  }
  spawn::Started& started = result.value();
  child->handler = handler;
  child->settings = settings;
  child->pid = started.pid;
  child->exit = {};
  child->reaped = child->dirty = child->stalled = child->overdue = child->close_asked = false;
  child->reading = true;
  // Also while nothing is watched: without pidfds, or held back.
  loop::KeepAlive(1);
  child->readers[1].stream = Stream::kError;
  Watch(&child->readers[0], child, std::move(started.output), OnReadable, kReadable);
  Watch(&child->readers[1], child, std::move(started.error), OnReadable, kReadable);
  Watch(
      &child->input, child, std::move(started.input),
      [](loop::Io* io, int) {
        MarkDirty(static_cast<Pipe*>(io)->child);
        Flush();
      },
      0);
  if (started.pidfd.valid()) {
    Watch(&child->end, child, std::move(started.pidfd), OnEnded, loop::kRead);
  } else {
    ListenForEnds();
  }
  return child->id;
}

pid_t Pid(Id id) {
  Child* child = children.Find(id);
  return child == nullptr || child->reaped ? -1 : child->pid;
}

Written Write(Id id, std::string_view data) {
  Child* child = children.Find(id);
  if (child == nullptr || child->close_asked || !child->input.fd.valid()) return Written::kGone;
  if (child->overdue && Queued(child) > child->settings.input_limit) return Written::kFull;
  if (!child->stalled && Queued(child) == 0 && data.size() >= kWriteAtOnce) {
    data.remove_prefix(WriteNow(child, data));
    if (!child->input.fd.valid()) return Written::kGone;
    if (data.empty()) return Written::kTaken;
    child->stalled = true;
  }
  child->queue.append(data);
  if (!child->stalled && Queued(child) >= kWriteAtOnce) WriteQueued(child);
  if (!child->input.fd.valid()) return Written::kGone;
  if (Queued(child) > 0) MarkDirty(child);
  return child->stalled ? Written::kQueued : Written::kTaken;
}

bool CloseInput(Id id) {
  Child* child = children.Find(id);
  if (child == nullptr || child->close_asked || !child->input.fd.valid()) return false;
  child->close_asked = true;
  MarkDirty(child);
  return true;
}

int Kill(Id id, int signal_number) {
  const pid_t pid = Pid(id);
  // The number is the child's until it is reaped.
  if (pid < 0) return ESRCH;
  return kill(pid, signal_number) == 0 ? 0 : errno;
}

void SetReading(Id id, bool reading) {
  Child* child = children.Find(id);
  if (child == nullptr || child->reading == reading) return;
  child->reading = reading;
  if (child->reaped) return MarkDirty(child);
  for (Reader& reader : child->readers) {
    if (reader.fd.valid()) reader.Want(reading ? kReadable : 0);
  }
}

void SetPiece(Id id, uint32_t piece) {
  CHECK(piece > 0 && piece <= kReadSize);
  Child* child = children.Find(id);
  if (child != nullptr) child->settings.piece = piece;
}

// All that a child has to do at the end of a turn. It may be gone afterwards.
static void Settle(Child* child) {
  if (child->reaped) return Finish(child);
  if (!child->input.fd.valid()) return;
  const bool was_stalled = child->stalled;
  child->stalled = false;
  WriteQueued(child);
  child->overdue = was_stalled && child->stalled;
  if (was_stalled && !child->stalled && child->input.fd.valid()) child->handler->OnDrain(child->id);
}

void Flush() {
  // A listener that is called from here can lead here again; what it leaves is for the next time.
  if (flushing) return;
  flushing = true;
  const size_t count = dirty.size();
  for (size_t i = 0; i < count; ++i) {
    Child* child = children.Find(dirty[i]);
    if (child == nullptr || !child->dirty) continue;
    child->dirty = false;
    Settle(child);
  }
  dirty.erase(dirty.begin(), dirty.begin() + static_cast<ptrdiff_t>(count));
  flushing = false;
}

bool FlushDue() { return !dirty.empty(); }

void WriteBeforeExit() {
  for (Id id : dirty) {
    Child* child = children.Find(id);
    if (child != nullptr && child->input.fd.valid()) WriteQueued(child);
  }
}

}  // namespace node::child_process
