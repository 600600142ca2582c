#include "spawn.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "descriptors.h"

namespace node::spawn {

static bool use_pidfds = true;

void ForgetPidfds() { use_pidfds = false; }

// Signals that are not as usual here. Asked for once, which costs as much as two spawns' system calls: later handlers,
// which exec resets by itself, are those below and those of ResetInChildren(), and later ignored ones there are none.
struct UnusualSignals {
  int numbers[_NSIG];
  int count = 0;
};

// As the kernel has it: sigaction(2) of the C library keeps signals 32 and 33 to itself, which a parent may have left
// ignored as well.
struct KernelAction {
  void (*handler)(int) = SIG_DFL;
  unsigned long flags = 0;
  void (*restorer)() = nullptr;
  unsigned long mask = 0;
};

__attribute__((no_sanitize("address"))) static long KernelSigaction(int number, const KernelAction* set,
                                                                    KernelAction* got) {
  return syscall(SYS_rt_sigaction, number, set, got, sizeof set->mask);
}

static UnusualSignals& FindUnusualSignals() {
  static UnusualSignals found = [] {
    UnusualSignals all;
    for (int number = 1; number < _NSIG; ++number) {
      const bool later = number == SIGINT || number == SIGTERM || number == SIGALRM || number == SIGCHLD;
      KernelAction action;
      const bool unusual = KernelSigaction(number, nullptr, &action) == 0 && action.handler != SIG_DFL;
      // A parent may have left it ignored: then the kernel would keep no exit codes for us.
      if (number == SIGCHLD && unusual && action.handler == SIG_IGN) signal(SIGCHLD, SIG_DFL);
      if (later || unusual) all.numbers[all.count++] = number;
    }
    return all;
  }();
  return found;
}

void ResetInChildren(int signal_number) {
  UnusualSignals& all = FindUnusualSignals();
  if (std::find(all.numbers, all.numbers + all.count, signal_number) != all.numbers + all.count) return;
  all.numbers[all.count++] = signal_number;
}

// What the child needs, and where it says why it could not execute: it shares our memory.
struct Plan {
  const char* file;
  char* const* arguments;
  char* const* environment;
  const char* folder;  // "": where we are
  int streams[3];      // all above 2
  const UnusualSignals* signals;
  sigset_t no_signals;
  const char* volatile failed;  // the system call, or nullptr
  volatile int error;
};

// Where the child runs until it executes, while we wait.
alignas(64) static char child_stack[64 * 1024];

// Between clone and exec, in the child: only what is async-signal-safe (signal-safety(7)). Our handlers, which would
// run in our own memory, are gone before signals are let in.
__attribute__((no_sanitize("address"))) static int RunChild(void* argument) {
  Plan* plan = static_cast<Plan*>(argument);
  const KernelAction usual;
  for (int i = 0; i < plan->signals->count; ++i) KernelSigaction(plan->signals->numbers[i], &usual, nullptr);
  const char* step = "dup2";
  bool ready = true;
  for (int i = 0; i < 3 && ready; ++i) ready = dup2(plan->streams[i], i) == i;
  // Ours are close-on-exec, but not those that we were started with. With a kernel before 5.11 these stay.
  close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
  if (ready && *plan->folder != '\0') {
    step = "chdir";
    ready = chdir(plan->folder) == 0;
  }
  if (ready) {
    descriptors::RestoreLimit();
    sigprocmask(SIG_SETMASK, &plan->no_signals, nullptr);
    step = "exec";
    execve(plan->file, plan->arguments, plan->environment);
  }
  plan->error = errno;
  plan->failed = step;
  _exit(127);
}

static pid_t Clone(Plan* plan, int* pidfd) {
  static constexpr int kFlags = CLONE_VM | CLONE_VFORK | SIGCHLD;
  char* top = child_stack + sizeof child_stack;
  if (use_pidfds) {
    pid_t pid = clone(RunChild, top, kFlags | CLONE_PIDFD, plan, pidfd);
    // A kernel that does not know the flag ignores it; gVisor refuses it.
    if (pid >= 0 || errno != EINVAL) return pid;
  }
  return clone(RunChild, top, kFlags, plan);
}

struct Pipe {
  fd::OwnedFd ours;
  fd::OwnedFd childs;
};

// A script may have closed 0, 1 or 2: there the child's end would be overwritten before it is in its place.
static bool MoveUp(fd::OwnedFd* descriptor) {
  if (descriptor->get() > 2) return true;
  *descriptor = fd::OwnedFd(fcntl(descriptor->get(), F_DUPFD_CLOEXEC, 3));
  return descriptor->valid();
}

static base::Result<Pipe> OpenPipe(bool child_reads) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return base::ErrnoError("pipe");
  fd::OwnedFd reading(ends[0]);
  fd::OwnedFd writing(ends[1]);
  Pipe pipe{std::move(child_reads ? writing : reading), std::move(child_reads ? reading : writing)};
  if (!MoveUp(&pipe.ours) || !MoveUp(&pipe.childs)) return base::ErrnoError("fcntl");
  if (fcntl(pipe.ours.get(), F_SETFL, O_NONBLOCK) != 0) return base::ErrnoError("fcntl");
  return pipe;
}

// Of strings that outlive it, with a null pointer at the end.
static std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

static base::Error FailedStep(const Plan& plan, const Command& command) {
  const char* step = plan.failed;
  if (step == std::string_view("chdir")) return base::Error{step, plan.error, command.folder};
  return base::Error{step, plan.error, command.file};
}

base::Result<Started> Start(const Command& command) {
  Pipe pipes[3];
  for (int i = 0; i < 3; ++i) {
    base::Result<Pipe> pipe = OpenPipe(/*child_reads=*/i == 0);
    if (!pipe.ok()) return base::Error{pipe.error().syscall, pipe.error().code, command.file};
    pipes[i] = std::move(pipe.value());
  }
  std::vector<char*> arguments = Pointers(command.arguments);
  std::vector<char*> variables;
  if (command.environment) variables = Pointers(*command.environment);
  Plan plan = {};
  plan.file = command.file.c_str();
  plan.arguments = arguments.data();
  plan.environment = command.environment ? variables.data() : environ;
  plan.folder = command.folder.c_str();
  for (int i = 0; i < 3; ++i) plan.streams[i] = pipes[i].childs.get();
  plan.signals = &FindUnusualSignals();
  sigemptyset(&plan.no_signals);

  // No handler of ours may run in the child.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  int pidfd = -1;
  pid_t pid = Clone(&plan, &pidfd);
  int error = errno;
  sigprocmask(SIG_SETMASK, &before, nullptr);

  Started started;
  started.pid = pid;
  started.pidfd = fd::OwnedFd(pidfd);
  if (pid < 0) return base::Error{"clone", error, command.file};
  if (plan.failed != nullptr) {
    // It is about to end, or has ended.
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return FailedStep(plan, command);
  }
  started.input = std::move(pipes[0].ours);
  started.output = std::move(pipes[1].ours);
  started.error = std::move(pipes[2].ours);
  return started;
}

// 0 when it is a program, else an errno.
static int CheckProgram(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return EACCES;
  return faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

base::Result<std::string> FindProgram(std::string_view name, std::string_view path, const std::string& folder) {
  if (name.find('/') != std::string_view::npos) return std::string(name);
  int failure = ENOENT;
  for (size_t start = 0; !name.empty() && start <= path.size();) {
    const size_t end = std::min(path.find(':', start), path.size());
    std::string candidate(path.substr(start, end - start));
    start = end + 1;
    // Without a "/" in it exec would be right, but a reader of messages would not see where it was.
    if (candidate.empty()) candidate = ".";
    candidate.append("/").append(name);
    std::string from_here = folder.empty() || candidate.front() == '/' ? "" : folder + "/";
    const int error = CheckProgram(from_here.append(candidate));
    if (error == 0) return candidate;
    if (error != ENOENT && error != ENOTDIR) failure = EACCES;
  }
  return base::Error{"exec", failure, std::string(name)};
}

std::vector<std::string> Environment() {
  std::vector<std::string> entries;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) entries.emplace_back(*entry);
  return entries;
}

}  // namespace node::spawn
