#include "child_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>

#include "loop.h"
#include "shell.h"

namespace node::child_process {

// Notes what it hears.
class Recorder : public Handler {
 public:
  void OnData(Id id, Stream stream, std::string_view data) override {
    received[static_cast<int>(stream)] += data.size();
    largest = std::max(largest, data.size());
    text[static_cast<int>(stream)] += data.substr(0, 100);
    if (on_data) on_data(id, data);
  }
  void OnEnd(Id, Stream stream) override { log += stream == Stream::kOutput ? "output end\n" : "error end\n"; }
  void OnDrain(Id id) override {
    log += "drain\n";
    if (on_drain) on_drain(id);
  }
  void OnExit(Id id, Exit exit) override {
    log += "exit " + std::to_string(exit.code) + " " + std::to_string(exit.signal) + "\n";
    ++exits;
    if (on_exit) on_exit(id);
  }

  std::function<void(Id, std::string_view)> on_data;
  std::function<void(Id)> on_drain;
  std::function<void(Id)> on_exit;
  size_t received[2] = {0, 0};
  size_t largest = 0;
  std::string text[2];
  std::string log;
  int exits = 0;
};

class ChildProcessTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { signal(SIGPIPE, SIG_IGN); }
  Id Run(const std::string& text, const Settings& settings = Settings()) {
    base::Result<Id> id = Start(&recorder_, shell::WithShell(text), settings);
    EXPECT_TRUE(id.ok()) << id.error().Message();
    ++started_;
    return id.value();
  }
  void RunUntil(const std::function<bool()>& done) {
    for (double end = loop::NowMs() + 20000; !done() && loop::NowMs() < end;) {
      loop::Timer timer;
      timer.Init([](loop::Timer*) { loop::Stop(); }, /*keeps_alive=*/true);
      timer.Start(2);
      Flush();
      loop::Run();
      Flush();
    }
    EXPECT_TRUE(done()) << recorder_.log;
  }
  void RunAll() {
    RunUntil([&] { return recorder_.exits == started_; });
  }
  void TearDown() override {
    errno = 0;
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a zombie, or a child that runs on";
    EXPECT_EQ(errno, ECHILD);
  }

  Recorder recorder_;
  int started_ = 0;
};

TEST_F(ChildProcessTest, OutputErrorAndExitInTheirOrder) {
  Id id = Run("echo out; echo err >&2; exit 7");
  EXPECT_GT(Pid(id), 0);
  EXPECT_EQ(recorder_.log, "");
  RunAll();
  EXPECT_EQ(recorder_.text[0], "out\n");
  EXPECT_EQ(recorder_.text[1], "err\n");
  EXPECT_TRUE(recorder_.log == "output end\nerror end\nexit 7 0\n" ||
              recorder_.log == "error end\noutput end\nexit 7 0\n")
      << recorder_.log;
  EXPECT_EQ(Pid(id), -1);
  EXPECT_EQ(Kill(id, SIGTERM), ESRCH);
  EXPECT_EQ(Write(id, "x"), Written::kGone);
  EXPECT_FALSE(CloseInput(id));
}

TEST_F(ChildProcessTest, SignalsThatEndIt) {
  Id id = Run("exec sleep 100");
  EXPECT_EQ(Kill(id, 0), 0);
  EXPECT_EQ(Kill(id, 1000), EINVAL);
  EXPECT_EQ(Kill(id, SIGTERM), 0);
  RunAll();
  EXPECT_NE(recorder_.log.find("exit 143 15\n"), std::string::npos) << recorder_.log;
}

TEST_F(ChildProcessTest, WhatIsWrittenArrivesInOrderAndThenTheEnd) {
  Id id = Run("exec cat");
  EXPECT_EQ(Write(id, "one "), Written::kTaken);
  EXPECT_EQ(Write(id, ""), Written::kTaken);
  EXPECT_EQ(Write(id, "two"), Written::kTaken);
  EXPECT_TRUE(CloseInput(id));
  EXPECT_FALSE(CloseInput(id));
  EXPECT_EQ(Write(id, "three"), Written::kGone);
  RunAll();
  EXPECT_EQ(recorder_.text[0], "one two");
}

TEST_F(ChildProcessTest, AChildThatReadsSlowlyDrains) {
  Id id = Run("exec wc -c");
  const std::string block(1 << 20, 'x');
  EXPECT_EQ(Write(id, block), Written::kQueued);
  EXPECT_EQ(Write(id, "y"), Written::kQueued);
  recorder_.on_drain = [](Id child) {
    EXPECT_EQ(Write(child, "z"), Written::kTaken);
    EXPECT_TRUE(CloseInput(child));
  };
  RunAll();
  EXPECT_EQ(recorder_.text[0], "1048578\n");
  EXPECT_EQ(recorder_.log.find("drain"), 0u);
}

TEST_F(ChildProcessTest, AChildThatDoesNotReadIsGivenNoMoreThanTheLimit) {
  Settings settings;
  settings.input_limit = 1 << 20;
  Id id = Run("exec sleep 100", settings);
  const std::string block(4 << 20, 'x');
  // In one turn as much as anybody likes; it might read it yet.
  EXPECT_EQ(Write(id, block), Written::kQueued);
  EXPECT_EQ(Write(id, block), Written::kQueued);
  Flush();
  EXPECT_EQ(Write(id, block), Written::kFull);
  EXPECT_EQ(Kill(id, SIGKILL), 0);
  RunAll();
  EXPECT_EQ(recorder_.log.find("drain"), std::string::npos);
}

TEST_F(ChildProcessTest, AClosedInputIsNoFailure) {
  Id id = Run("exec <&-; echo closed; exec sleep 100");
  RunUntil([&] { return recorder_.text[0] == "closed\n"; });
  EXPECT_EQ(Write(id, std::string(100000, 'x')), Written::kGone);
  EXPECT_EQ(Write(id, "x"), Written::kGone);
  EXPECT_FALSE(CloseInput(id));
  EXPECT_EQ(Kill(id, SIGTERM), 0);
  RunAll();
}

TEST_F(ChildProcessTest, AnInputThatClosesWhileMuchIsQueued) {
  Id id = Run("head -c 10; exec <&-; exec sleep 100");
  EXPECT_EQ(Write(id, std::string(1 << 20, 'x')), Written::kQueued);
  RunUntil([&] {
    Flush();
    return Write(id, "") == Written::kGone;
  });
  EXPECT_EQ(Kill(id, SIGTERM), 0);
  RunAll();
  EXPECT_EQ(recorder_.text[0], "xxxxxxxxxx");
}

TEST_F(ChildProcessTest, StreamsThatCloseEarly) {
  Id id = Run("exec >&-; exec 2>&-; read x; exit 4");
  RunUntil([&] { return recorder_.log == "output end\nerror end\n" || recorder_.log == "error end\noutput end\n"; });
  EXPECT_GT(Pid(id), 0);
  EXPECT_EQ(Write(id, "go\n"), Written::kTaken);
  RunAll();
  EXPECT_NE(recorder_.log.find("end\nexit 4 0\n"), std::string::npos);
}

TEST_F(ChildProcessTest, AGrandchildThatHoldsTheStreamsDelaysNothing) {
  // Its number, so that the test can end it.
  Run("head -c 60000 /dev/zero; sleep 1000 & echo $! >&2");
  RunAll();
  EXPECT_EQ(recorder_.received[0], 60000u);
  ASSERT_NE(recorder_.text[1], "");
  kill(std::stoi(recorder_.text[1]), SIGKILL);
  EXPECT_NE(recorder_.log.find("exit 0 0\n"), std::string::npos);
}

TEST_F(ChildProcessTest, AGrandchildThatWritesOnIsNotListenedTo) {
  Run("yes & sleep 0.1; echo $! >&2");
  RunAll();
  EXPECT_NE(recorder_.text[1], "");
  EXPECT_GT(recorder_.received[0], 0u);
}

TEST_F(ChildProcessTest, HoldingBackHoldsBackTheEnd) {
  Id id = Run("echo out; echo err >&2");
  SetReading(id, false);
  RunUntil([&] { return Pid(id) < 0; });
  EXPECT_EQ(recorder_.log + recorder_.text[0], "");
  EXPECT_EQ(Kill(id, SIGTERM), ESRCH);
  recorder_.on_data = [](Id child, std::string_view) {
    // In the middle of it, once more.
    SetReading(child, false);
  };
  SetReading(id, true);
  EXPECT_EQ(recorder_.text[0], "") << "called from inside a call";
  RunUntil([&] { return recorder_.text[0] == "out\n"; });
  EXPECT_EQ(recorder_.exits, 0);
  recorder_.on_data = nullptr;
  SetReading(id, true);
  RunAll();
  EXPECT_EQ(recorder_.text[1], "err\n");
}

TEST_F(ChildProcessTest, AChildIsHeldUpByAReaderThatIs) {
  Id id = Run("head -c 1000000 /dev/zero");
  recorder_.on_data = [](Id child, std::string_view) { SetReading(child, false); };
  RunUntil([&] { return recorder_.received[0] > 0; });
  for (int i = 0; i < 10; ++i) RunUntil([] { return true; });
  EXPECT_LE(recorder_.received[0], kReadSize);
  recorder_.on_data = nullptr;
  SetReading(id, true);
  RunAll();
  EXPECT_EQ(recorder_.received[0], 1000000u);
}

TEST_F(ChildProcessTest, PiecesAreAsSmallAsWanted) {
  Id id = Run("head -c 100000 /dev/zero");
  SetPiece(id, 1000);
  RunAll();
  EXPECT_EQ(recorder_.received[0], 100000u);
  EXPECT_EQ(recorder_.largest, 1000u);
}

TEST_F(ChildProcessTest, ManyAtOnceAndNoneIsTakenForAnother) {
  std::map<Id, std::string> wanted;
  std::map<Id, std::string> got;
  recorder_.on_data = [&](Id id, std::string_view data) { got[id] += data; };
  for (int i = 0; i < 200; ++i) wanted[Run("exec cat")] = std::to_string(i);
  EXPECT_EQ(wanted.size(), 200u);
  for (const auto& [id, text] : wanted) {
    EXPECT_EQ(Write(id, text), Written::kTaken);
    EXPECT_TRUE(CloseInput(id));
  }
  RunAll();
  EXPECT_EQ(got, wanted);
}

TEST_F(ChildProcessTest, ANewChildFromTheExitOfTheLast) {
  Id first = 0;
  recorder_.on_exit = [&](Id id) {
    if (started_ == 1) {
      first = id;
      EXPECT_EQ(Pid(id), -1);
      EXPECT_NE(Run("echo second"), id);
    }
  };
  Run("echo first");
  RunUntil([&] { return recorder_.exits == 2; });
  EXPECT_EQ(recorder_.text[0], "first\nsecond\n");
  EXPECT_EQ(Write(first, "stale"), Written::kGone);
}

TEST_F(ChildProcessTest, WhatCannotBeStartedLeavesNothing) {
  spawn::Command command = shell::WithShell("true");
  command.file = "/nowhere/sh";
  for (int i = 0; i < 10; ++i) {
    base::Result<Id> id = Start(&recorder_, command, Settings());
    ASSERT_FALSE(id.ok());
    EXPECT_EQ(id.error().Message(), "exec ENOENT /nowhere/sh: No such file or directory");
  }
}

TEST_F(ChildProcessTest, BeforeTheEndOfTheProcessWhatIsQueuedIsWritten) {
  Id id = Run("exec cat");
  EXPECT_EQ(Write(id, "last words"), Written::kTaken);
  EXPECT_TRUE(FlushDue());
  WriteBeforeExit();
  EXPECT_TRUE(CloseInput(id));
  RunAll();
  EXPECT_EQ(recorder_.text[0], "last words");
}

// In a process of its own, as it cannot be undone.
TEST_F(ChildProcessTest, WithoutPidfdsSigchldTells) {
  pid_t child = fork();
  if (child == 0) {
    spawn::ForgetPidfds();
    for (int i = 0; i < 20; ++i) Run("exit " + std::to_string(i));
    Run("sleep 0.1; exit 20");
    RunAll();
    for (int i = 0; i <= 20; ++i) {
      if (recorder_.log.find("exit " + std::to_string(i) + " 0\n") == std::string::npos) _exit(1);
    }
    _exit(HasFailure() ? 2 : 0);
  }
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

// In a process of its own, as it cannot be undone.
TEST_F(ChildProcessTest, OrphansAreReapedAndOwnChildrenHeardOf) {
  pid_t process = fork();
  if (process == 0) {
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) _exit(3);
    ReapOrphans();
    // Each leaves one that ends at once, and one that lives until we are done.
    for (int i = 0; i < 20; ++i) {
      Run("(exit 1) & (read line < /proc/self/fd/3) 3<&0 > /dev/null 2>&1 & echo; exit " + std::to_string(i));
    }
    RunAll();
    for (int i = 0; i < 20; ++i) {
      if (recorder_.log.find("exit " + std::to_string(i) + " 0\n") == std::string::npos) _exit(1);
    }
    // Their inputs have been closed with the ends of the shells.
    RunUntil([] { return waitid(P_ALL, 0, nullptr, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD; });
    _exit(HasFailure() ? 2 : 0);
  }
  int status = -1;
  EXPECT_EQ(waitpid(process, &status, 0), process);
  EXPECT_EQ(status, 0);
}

}  // namespace node::child_process
