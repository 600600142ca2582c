#include "spawn.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "descriptors.h"

namespace node::spawn {

// Ends of pipes are non-blocking: waits for the end of `descriptor`.
static std::string ReadAll(const fd::OwnedFd& descriptor) {
  std::string text;
  for (;;) {
    pollfd probe = {descriptor.get(), POLLIN, 0};
    EXPECT_EQ(poll(&probe, 1, 10000), 1);
    char block[4096];
    ssize_t got = read(descriptor.get(), block, sizeof block);
    if (got <= 0) return text;
    text.append(block, static_cast<size_t>(got));
  }
}

static int Wait(pid_t pid) {
  int status = -1;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return status;
}

static Command Shell(const std::string& text) {
  Command command;
  command.file = "/bin/sh";
  command.arguments = {"sh", "-c", text};
  return command;
}

// The standard output of a command, after its orderly end.
static std::string OutputOf(const Command& command) {
  base::Result<Started> started = Start(command);
  if (!started.ok()) return started.error().Message();
  started.value().input.Close();
  std::string text = ReadAll(started.value().output);
  EXPECT_EQ(ReadAll(started.value().error), "");
  EXPECT_EQ(Wait(started.value().pid), 0);
  return text;
}

// The exit code of a child in which `body` runs: for what is the whole process's.
template <typename Body>
static int InChild(Body body) {
  pid_t child = fork();
  if (child == 0) _exit(body());
  int status = Wait(child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class SpawnTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/node-spawn-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
  }
  void TearDown() override { EXPECT_EQ(std::system(("rm -rf " + folder_).c_str()), 0); }
  // A file of that mode.
  std::string File(const std::string& name, const std::string& text, mode_t mode) {
    std::string path = folder_ + "/" + name;
    std::ofstream(path) << text;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }

  std::string folder_;
};

TEST_F(SpawnTest, ThreePipesAndAnEnd) {
  base::Result<Started> result = Start(Shell("read x; echo \"out $x\"; echo err >&2; exit 3"));
  ASSERT_TRUE(result.ok()) << result.error().Message();
  Started& started = result.value();
  EXPECT_EQ(write(started.input.get(), "in\n", 3), 3);
  EXPECT_EQ(ReadAll(started.output), "out in\n");
  EXPECT_EQ(ReadAll(started.error), "err\n");
  ASSERT_TRUE(started.pidfd.valid());
  pollfd end = {started.pidfd.get(), POLLIN, 0};
  EXPECT_EQ(poll(&end, 1, 10000), 1);
  int status = Wait(started.pid);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 3);
}

TEST_F(SpawnTest, OurEndsAreNonBlockingTheChildsAreNot) {
  base::Result<Started> result = Start(Shell("for i in 0 1 2; do grep flags /proc/self/fdinfo/$i; done"));
  ASSERT_TRUE(result.ok());
  for (const fd::OwnedFd* ours : {&result.value().input, &result.value().output, &result.value().error}) {
    EXPECT_NE(fcntl(ours->get(), F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(fcntl(ours->get(), F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_NE(fcntl(result.value().pidfd.get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(ReadAll(result.value().output), "flags:\t00\nflags:\t01\nflags:\t01\n");
  EXPECT_EQ(Wait(result.value().pid), 0);
}

TEST_F(SpawnTest, NoOtherDescriptorGetsIntoTheChild) {
  // Without close-on-exec, as those that we were started with.
  int leaked = dup(0);
  ASSERT_GT(leaked, 2);
  fd::OwnedFd high(fcntl(0, F_DUPFD, 500));
  EXPECT_EQ(OutputOf(Shell("cd /proc/self/fd; echo [0-9]*")), "0 1 2 3\n");  // 3: what it reads that from
  close(leaked);
}

TEST_F(SpawnTest, WhatCannotBeStartedSaysWhy) {
  auto error_of = [](const Command& command) {
    base::Result<Started> started = Start(command);
    return started.ok() ? "started" : started.error().Message();
  };
  Command command = Shell("exit 0");
  command.file = folder_ + "/none";
  EXPECT_EQ(error_of(command), "exec ENOENT " + folder_ + "/none: No such file or directory");
  command.file = File("plain", "#!/bin/sh\n", 0644);
  EXPECT_EQ(error_of(command), "exec EACCES " + command.file + ": Permission denied");
  command.file = File("text", "exit 0\n", 0755);
  EXPECT_EQ(error_of(command), "exec ENOEXEC " + command.file + ": Exec format error");
  command = Shell("exit 0");
  command.folder = folder_ + "/none";
  EXPECT_EQ(error_of(command), "chdir ENOENT " + folder_ + "/none: No such file or directory");
  command = Shell(std::string(200 * 1024, 'x'));
  EXPECT_EQ(error_of(command), "exec E2BIG /bin/sh: Argument list too long");
  // No zombie is left.
  errno = 0;
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(SpawnTest, WithoutDescriptorsItSaysSoAndLeaksNone) {
  EXPECT_EQ(InChild([] {
              const int next = dup(0);
              close(next);
              rlimit limit;
              if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1;
              int refused = 0;
              for (limit.rlim_cur = static_cast<rlim_t>(next); refused < 100; ++limit.rlim_cur, ++refused) {
                if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return 2;
                base::Result<Started> started = Start(Shell("exit 0"));
                if (started.ok()) break;
                if (started.error().code != EMFILE || started.error().subject != "/bin/sh") return 3;
                fd::OwnedFd probe(dup(0));
                if (probe.valid() != (refused > 0) || (probe.valid() && probe.get() != next)) return 4;
              }
              // Three pipes and a pidfd.
              return refused >= 7 && refused < 100 ? 0 : 10 + refused;
            }),
            0);
}

TEST_F(SpawnTest, AFolderAndAnEnvironment) {
  Command command = Shell("echo $(/bin/pwd) $A; /usr/bin/env | /usr/bin/sort");
  command.folder = folder_;
  command.environment = {{"A=b c", "PATH=/nowhere"}};
  EXPECT_EQ(OutputOf(command), folder_ + " b c\nA=b c\nPATH=/nowhere\nPWD=" + folder_ + "\n");
  command.environment = std::vector<std::string>();
  EXPECT_EQ(OutputOf(command), folder_ + "\nPWD=" + folder_ + "\n");
}

// Those that are ignored are found at the first start in a process: see test/cli/child_process_test.py.
TEST_F(SpawnTest, BlockedAndHandledSignalsAreAsUsualInTheChild) {
  EXPECT_EQ(InChild([] {
              signal(SIGINT, [](int) {});
              signal(SIGUSR1, [](int) {});
              sigset_t some;
              sigemptyset(&some);
              for (int number : {SIGTERM, SIGUSR2, SIGRTMIN}) sigaddset(&some, number);
              sigprocmask(SIG_SETMASK, &some, nullptr);
              // Not grep, which has a handler of its own.
              const std::string text = OutputOf(Shell("exec cat /proc/self/status"));
              for (const char* line : {"SigBlk:\t0000000000000000\n", "SigCgt:\t0000000000000000\n"}) {
                if (text.find(line) == std::string::npos) return 1;
              }
              // And here as they were.
              sigset_t now;
              sigprocmask(SIG_SETMASK, nullptr, &now);
              if (sigismember(&now, SIGUSR2) != 1 || sigismember(&now, SIGINT) != 0) return 2;
              struct sigaction action;
              sigaction(SIGUSR1, nullptr, &action);
              return action.sa_handler != SIG_DFL ? static_cast<int>(testing::Test::HasFailure()) : 3;
            }),
            0);
}

TEST_F(SpawnTest, SignalsThatAreHandledLaterAreResetBeforeTheChildExecutes) {
  EXPECT_EQ(InChild([] {
              if (OutputOf(Shell("echo first")) != "first\n") return 1;
              // A handler would run before exec alone, and exec resets it; what is ignored stays, and shows.
              signal(SIGUSR2, SIG_IGN);
              signal(SIGWINCH, SIG_IGN);
              ResetInChildren(SIGUSR2);
              ResetInChildren(SIGUSR2);
              const std::string text = OutputOf(Shell("exec cat /proc/self/status"));
              const size_t at = text.find("SigIgn:\t");
              if (at == std::string::npos) return 2;
              const uint64_t ignored = std::strtoull(text.c_str() + at + 8, nullptr, 16);
              // Nobody has told of SIGWINCH.
              return (ignored >> (SIGUSR2 - 1) & 1) == 0 && (ignored >> (SIGWINCH - 1) & 1) == 1 ? 0 : 3;
            }),
            0);
}

TEST_F(SpawnTest, TheChildHasTheLimitOfDescriptorsThatWeHadAtFirst) {
  EXPECT_EQ(InChild([] {
              rlimit limit;
              getrlimit(RLIMIT_NOFILE, &limit);
              rlimit low = {100, limit.rlim_max};
              setrlimit(RLIMIT_NOFILE, &low);
              descriptors::RaiseLimit();
              return OutputOf(Shell("ulimit -Sn")) == "100\n" ? testing::Test::HasFailure() : 1;
            }),
            0);
}

TEST_F(SpawnTest, StandardDescriptorsThatAreClosedHereAreNotMistaken) {
  EXPECT_EQ(InChild([] {
              close(0);
              close(1);
              close(2);
              base::Result<Started> started = Start(Shell("read x; echo out; echo err >&2; exit ${#x}"));
              if (!started.ok()) return 1;
              if (write(started.value().input.get(), "abcd\n", 5) != 5) return 2;
              if (ReadAll(started.value().output) != "out\n" || ReadAll(started.value().error) != "err\n") return 3;
              return WEXITSTATUS(Wait(started.value().pid)) == 4 ? testing::Test::HasFailure() : 4;
            }),
            0);
}

TEST_F(SpawnTest, WithoutPidfdsAsBefore) {
  EXPECT_EQ(InChild([] {
              ForgetPidfds();
              base::Result<Started> started = Start(Shell("exit 5"));
              if (!started.ok() || started.value().pidfd.valid()) return 1;
              return WEXITSTATUS(Wait(started.value().pid)) == 5 ? 0 : 2;
            }),
            0);
}

TEST_F(SpawnTest, ProgramsAreFoundAsExecvpDoes) {
  auto find = [](std::string_view name, const std::string& path, const std::string& folder) {
    base::Result<std::string> found = FindProgram(name, path, folder);
    return found.ok() ? found.value() : found.error().Message();
  };
  File("tool", "", 0755);
  File("data", "", 0644);
  ASSERT_EQ(mkdir((folder_ + "/sub").c_str(), 0755), 0);
  ASSERT_EQ(mkdir((folder_ + "/sub/tool").c_str(), 0755), 0);
  EXPECT_EQ(find("tool", "/nowhere:" + folder_, ""), folder_ + "/tool");
  // A folder of that name is none.
  EXPECT_EQ(find("tool", folder_ + "/sub:" + folder_ + ":/bin", ""), folder_ + "/tool");
  EXPECT_EQ(find("tool", folder_ + "/sub", ""), "exec EACCES tool: Permission denied");
  EXPECT_EQ(find("data", folder_, ""), "exec EACCES data: Permission denied");
  EXPECT_EQ(find("none", folder_ + "::/bin", ""), "exec ENOENT none: No such file or directory");
  EXPECT_EQ(find("", folder_, ""), "exec ENOENT: No such file or directory");
  EXPECT_EQ(find("tool", "", ""), "exec ENOENT tool: No such file or directory");
  // Relative to where it starts; the empty part is that folder itself.
  EXPECT_EQ(find("tool", "/nowhere:", folder_), "./tool");
  EXPECT_EQ(find("tool", ".", folder_), "./tool");
  EXPECT_EQ(find("tool", "../../" + folder_.substr(5), folder_ + "/sub"), "../../" + folder_.substr(5) + "/tool");
  // With a "/" nothing is looked for.
  EXPECT_EQ(find("x/tool", folder_, ""), "x/tool");
}

TEST_F(SpawnTest, TheEnvironmentIsOurs) {
  setenv("NODE_SPAWN_TEST", "a=b", 1);
  std::vector<std::string> entries = Environment();
  EXPECT_NE(std::find(entries.begin(), entries.end(), "NODE_SPAWN_TEST=a=b"), entries.end());
}

}  // namespace node::spawn
