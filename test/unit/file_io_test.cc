#include "file_io.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <latch>
#include <string>

#include "fd.h"
#include "loop.h"
#include "thread_pool.h"

namespace node::file_io {

static std::string trace;

struct TestRead : Read {
  using Read::Read;
  void Done() override {
    if (error()) {
      trace += error()->Name();
    } else {
      trace += "[" + std::string(bytes().data(), std::min<size_t>(bytes().size(), 20)) + "]";
      if (bytes().size() > 20) trace += std::to_string(bytes().size());
    }
    if (then) then();
  }
  std::function<void()> then;
};

struct TestWrite : Write {
  using Write::Write;
  void Done() override {
    trace += error() ? error()->Name() : std::to_string(written());
    if (then) then();
  }
  std::function<void()> then;
};

class FileIoTest : public testing::Test {
 protected:
  FileIoTest() {
    trace.clear();
    loop::SetBeforeWait([] {
      if (FlushDue()) Flush();
      if (FlushDue()) loop::WakeUp();
    });
  }
  ~FileIoTest() override { loop::SetBeforeWait(nullptr); }

  // As main() does.
  static void Run() {
    do {
      while (FlushDue()) Flush();
      loop::Run();
    } while (FlushDue());
  }

  static void StartRead(int descriptor, size_t length, int64_t position = file_system::kCurrent, bool wait = false,
                        std::function<void()> then = {}) {
    auto read = std::make_unique<TestRead>(descriptor, length, position, wait);
    read->then = std::move(then);
    Start(std::move(read));
  }

  static void StartWrite(int descriptor, std::string bytes, int64_t position = file_system::kCurrent,
                         std::function<void()> then = {}) {
    auto owner = std::make_shared<std::string>(std::move(bytes));
    std::string_view view = *owner;
    auto write = std::make_unique<TestWrite>(descriptor, view, std::move(owner), position);
    write->then = std::move(then);
    Start(std::move(write));
  }

  static fd::OwnedFd MakeFile(const std::string& content) {
    fd::OwnedFd file(open(testing::TempDir().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    EXPECT_TRUE(file.valid());
    EXPECT_EQ(pwrite(file.get(), content.data(), content.size(), 0), static_cast<ssize_t>(content.size()));
    return file;
  }

  struct Ends {
    fd::OwnedFd read_end;
    fd::OwnedFd write_end;
  };
  static Ends MakePipe() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    return {fd::OwnedFd(ends[0]), fd::OwnedFd(ends[1])};
  }
};

TEST_F(FileIoTest, NothingIsToldBeforeALaterTurn) {
  fd::OwnedFd file = MakeFile("0123456789");
  StartRead(file.get(), 4);
  StartRead(-1, 4);
  StartWrite(-1, "x");
  EXPECT_EQ(trace, "");
  Run();
  EXPECT_NE(trace.find("[0123]"), std::string::npos);
  EXPECT_NE(trace.find("EBADFEBADF"), std::string::npos);
  EXPECT_FALSE(FlushDue());
}

TEST_F(FileIoTest, FilesByPositionAndToTheirEnd) {
  fd::OwnedFd file = MakeFile("0123456789");
  StartRead(file.get(), 100, 7, false,
            [&] { StartRead(file.get(), 3, file_system::kCurrent, false, [&] { StartRead(file.get(), 100, 10); }); });
  Run();
  EXPECT_EQ(trace, "[789][012][]");
  trace.clear();
  StartWrite(file.get(), "ab", 9);
  Run();
  StartRead(file.get(), 70000, 0);  // by the pool
  Run();
  EXPECT_EQ(trace, "2[012345678ab]");
}

TEST_F(FileIoTest, LargePiecesGoThroughThePool) {
  fd::OwnedFd file = MakeFile("");
  StartWrite(file.get(), std::string(1000000, 'x'));
  Run();
  StartRead(file.get(), 2000000, 0);
  Run();
  EXPECT_EQ(trace, "1000000[xxxxxxxxxxxxxxxxxxxx]1000000");
}

TEST_F(FileIoTest, ManyAtOnceAreNotAllDoneAtOnce) {
  fd::OwnedFd file = MakeFile("y");
  for (int i = 0; i < 1000; ++i) StartRead(file.get(), 1, 0);
  Run();
  EXPECT_EQ(trace.size(), 3000u);
  EXPECT_FALSE(MayBeDirect() && !MayBeDirect());
}

TEST_F(FileIoTest, BytesMovedAtOnceAreCounted) {
  Flush();
  int things = 0;
  while (MayBeDirect()) ++things;
  Flush();
  int large = 0;
  while (MayBeDirect()) {
    HasMoved(Transfer::kDirect);
    ++large;
  }
  EXPECT_LT(large, things / 4);
  EXPECT_GT(large, 1);
  // What is moved can be more than what is left.
  Flush();
  HasMoved(size_t{1} << 40);
  EXPECT_FALSE(MayBeDirect());
  Flush();
  EXPECT_TRUE(MayBeDirect());
}

TEST_F(FileIoTest, MoreThanASmallFileHasIsReadAtOnce) {
  fd::OwnedFd file = MakeFile(std::string(100000, 'x'));
  StartRead(file.get(), 10'000'000, 0);
  // Nothing is on its way on the pool.
  EXPECT_TRUE(FlushDue());
  Run();
  EXPECT_EQ(trace, "[xxxxxxxxxxxxxxxxxxxx]100000");
}

TEST_F(FileIoTest, WritesToOneFileKeepTheirOrder) {
  fd::OwnedFd file = MakeFile("");
  std::string due;
  for (int i = 0; i < 500; ++i) {
    const std::string text = std::to_string(i) + " ";
    StartWrite(file.get(), text);
    due += text;
  }
  Run();
  std::string content(due.size() + 1, '\0');
  ASSERT_EQ(pread(file.get(), content.data(), content.size(), 0), static_cast<ssize_t>(due.size()));
  content.pop_back();
  EXPECT_EQ(content, due);
}

TEST_F(FileIoTest, PipesAreReadWhenTheyHaveSomething) {
  Ends ends = MakePipe();
  StartRead(ends.read_end.get(), 100);
  loop::Timer timer;
  static int write_end;
  write_end = ends.write_end.get();
  timer.Init([](loop::Timer*) { EXPECT_EQ(write(write_end, "hello", 5), 5); }, /*keeps_alive=*/true);
  timer.Start(10);
  Run();
  EXPECT_EQ(trace, "[hello]");
  ASSERT_EQ(write(write_end, "more", 4), 4);
  StartRead(ends.read_end.get(), 2);
  Run();
  ends.write_end.Close();
  StartRead(ends.read_end.get(), 100, file_system::kCurrent, false, [&] { StartRead(ends.read_end.get(), 100); });
  Run();
  EXPECT_EQ(trace, "[hello][mo][re][]");
}

TEST_F(FileIoTest, AFullPipeIsWaitedForAndOneWithoutReaderIsAnError) {
  Ends ends = MakePipe();
  StartWrite(ends.write_end.get(), std::string(300000, 'w'));
  EXPECT_EQ(fcntl(ends.write_end.get(), F_GETFL) & O_NONBLOCK, 0);
  size_t received = 0;
  std::function<void()> again = [&] {
    received += 1;
    if (trace.find("300000") == std::string::npos) StartRead(ends.read_end.get(), 65536, -1, false, again);
  };
  StartRead(ends.read_end.get(), 65536, -1, false, again);
  Run();
  EXPECT_NE(trace.find("300000"), std::string::npos);
  EXPECT_GE(received, 4u);

  Ends broken = MakePipe();
  broken.read_end.Close();
  trace.clear();
  signal(SIGPIPE, SIG_IGN);
  StartWrite(broken.write_end.get(), "x");
  Run();
  EXPECT_EQ(trace, "EPIPE");
  trace.clear();
  StartWrite(broken.write_end.get(), "x", 5);
  Run();
  EXPECT_EQ(trace, "ESPIPE");
}

TEST_F(FileIoTest, NamedPipesAreWaitedForToo) {
  const std::string path = testing::TempDir() + "node-unit-fifo-" + std::to_string(getpid());
  for (int flags : {0, O_NONBLOCK}) {
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    fd::OwnedFd busy(open(path.c_str(), O_RDWR | O_CLOEXEC | flags));
    ASSERT_EQ(unlink(path.c_str()), 0);
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    fd::OwnedFd idle(open(path.c_str(), O_RDWR | O_CLOEXEC | flags));
    ASSERT_EQ(unlink(path.c_str()), 0);
    ASSERT_TRUE(busy.valid() && idle.valid());
    trace.clear();
    // More than there are threads, were they to wait on these.
    for (int i = 0; i < 10; ++i) StartRead(idle.get(), 100);
    StartWrite(busy.get(), std::string(300000, 'n'), file_system::kCurrent, [&] {
      Cancel(busy.get());
      Cancel(idle.get());
    });
    std::function<void()> again = [&] {
      if (trace.find("300000") == std::string::npos) StartRead(busy.get(), 65536, file_system::kCurrent, false, again);
    };
    again();
    Run();
    EXPECT_NE(trace.find("300000"), std::string::npos);
    EXPECT_NE(trace.find("ECANCELEDECANCELEDECANCELED"), std::string::npos);
  }
}

TEST_F(FileIoTest, SocketsAndDevices) {
  int sockets[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  fd::OwnedFd left(sockets[0]);
  fd::OwnedFd right(sockets[1]);
  StartRead(left.get(), 100);
  StartWrite(right.get(), "over the socket");
  Run();
  EXPECT_TRUE(trace == "[over the socket]15" || trace == "15[over the socket]") << trace;
  trace.clear();
  fd::OwnedFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  StartRead(null.get(), 100);
  Run();
  StartWrite(null.get(), "away");
  Run();
  fd::OwnedFd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  StartWrite(full.get(), "too much");
  Run();
  fd::OwnedFd folder(open("/", O_RDONLY | O_CLOEXEC));
  StartRead(folder.get(), 10);
  Run();
  EXPECT_EQ(trace, "[]4ENOSPCEISDIR");
}

TEST_F(FileIoTest, ATerminalIsWaitedFor) {
  fd::OwnedFd terminal(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_TRUE(terminal.valid());
  ASSERT_EQ(unlockpt(terminal.get()), 0);
  char name[64];
  ASSERT_EQ(ptsname_r(terminal.get(), name, sizeof name), 0);
  fd::OwnedFd keyboard(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_TRUE(keyboard.valid());
  StartRead(keyboard.get(), 100);
  static int typed;
  typed = terminal.get();
  loop::Timer timer;
  timer.Init([](loop::Timer*) { EXPECT_EQ(write(typed, "line\n", 5), 5); }, /*keeps_alive=*/true);
  timer.Start(10);
  Run();
  StartWrite(keyboard.get(), "out");
  Run();
  EXPECT_EQ(trace, "[line\n]3");
}

TEST_F(FileIoTest, WaitingEndsWhenTheDescriptorIsClosed) {
  Ends ends = MakePipe();
  Ends others = MakePipe();
  StartRead(ends.read_end.get(), 1);
  StartRead(others.read_end.get(), 1);
  StartRead(ends.read_end.get(), 1);
  Cancel(ends.read_end.get());
  EXPECT_EQ(trace, "");
  while (FlushDue()) Flush();
  EXPECT_EQ(trace, "ECANCELEDECANCELED");
  Cancel(others.read_end.get());
  Run();
  EXPECT_EQ(trace, "ECANCELEDECANCELEDECANCELED");
}

TEST_F(FileIoTest, ANamedPipeIsWaitedForFirst) {
  Ends ends = MakePipe();
  // Ready for reading by its end alone.
  StartRead(ends.read_end.get(), 10, file_system::kCurrent, /*wait=*/true);
  ends.write_end.Close();
  EXPECT_EQ(trace, "");
  Run();
  EXPECT_EQ(trace, "[]");
}

TEST_F(FileIoTest, AFullQueueIsAnError) {
  const thread_pool::Limits before = thread_pool::TheLimits();
  thread_pool::TheLimits().queue = 0;
  fd::OwnedFd file = MakeFile("x");
  StartWrite(file.get(), "y");
  thread_pool::TheLimits() = before;
  Run();
  EXPECT_EQ(trace, "EAGAIN");
}

// --- Beside the loop ---

struct Small : thread_pool::Job {
  explicit Small(int own) : number(own) {}
  void Work() override {
    if (work) work();
    ++worked[number];
    if (pthread_self() != main_thread) ++elsewhere;
  }
  void Done() override {
    EXPECT_EQ(pthread_self(), main_thread);
    ++told[number];
    if (then) then();
  }
  int number;
  std::function<void()> work;
  std::function<void()> then;

  static void Reset() {
    main_thread = pthread_self();
    elsewhere = 0;
    for (int i = 0; i < kMany; ++i) worked[i] = told[i] = 0;
  }
  static void ExpectAllOnce(int count) {
    for (int i = 0; i < kMany; ++i) {
      EXPECT_EQ(worked[i], i < count ? 1 : 0) << i;
      EXPECT_EQ(told[i], i < count ? 1 : 0) << i;
    }
  }
  static constexpr int kMany = 20000;
  static pthread_t main_thread;
  static std::atomic<int> elsewhere;
  static std::atomic<int> worked[kMany];
  static int told[kMany];
};
pthread_t Small::main_thread;
std::atomic<int> Small::elsewhere;
std::atomic<int> Small::worked[kMany];
int Small::told[kMany];

static void EndRounds() {
  while (FlushDue()) Flush();
}

static bool HasTwoProcessors() {
  cpu_set_t mine;
  return sched_getaffinity(0, sizeof mine, &mine) == 0 && CPU_COUNT(&mine) > 1;
}

TEST_F(FileIoTest, OnlyACrowdGoesBesideTheLoop) {
  EndRounds();
  Flush();
  EXPECT_FALSE(MayBeBeside());
  int alone = 0;
  while (!MayBeBeside() && MayBeDirect()) ++alone;
  EXPECT_EQ(alone, HasTwoProcessors() ? 8 : 128);
  Flush();
  EXPECT_FALSE(MayBeBeside());
}

TEST_F(FileIoTest, WhatGoesBesideTheLoopIsToldOnceInALaterTurn) {
  Small::Reset();
  for (int i = 0; i < 21; ++i) {
    PostBeside(std::make_unique<Small>(i));
    EXPECT_EQ(Small::told[i], 0);
  }
  EXPECT_TRUE(FlushDue());  // the last five, which are no whole batch
  Run();
  Small::ExpectAllOnce(21);
}

TEST_F(FileIoTest, OfACrowdEachIsDoneOnce) {
  Small::Reset();
  int next = 0;
  std::function<void()> post = [&] {
    if (next >= Small::kMany) return;
    auto small = std::make_unique<Small>(next++);
    small->then = post;
    PostBeside(std::move(small));
  };
  for (int i = 0; i < 64; ++i) post();
  Run();
  Small::ExpectAllOnce(Small::kMany);
  // The first batch is not taken back.
  EXPECT_GE(Small::elsewhere, 8);
}

TEST_F(FileIoTest, TheLoopDoesWhatTheOtherThreadDoesNotComeTo) {
  Small::Reset();
  std::latch release(1);
  int others = 0;
  auto held = std::make_unique<Small>(0);
  held->work = [&] { release.wait(); };
  PostBeside(std::move(held));
  for (int i = 1; i < 64; ++i) {
    auto small = std::make_unique<Small>(i);
    small->then = [&] {
      // All but those that are in one batch with the first.
      if (++others == 64 - 8) release.count_down();
    };
    PostBeside(std::move(small));
  }
  Run();
  Small::ExpectAllOnce(64);
  EXPECT_EQ(others, 63);
}

TEST_F(FileIoTest, AFullPoolRefusesNothingThatCanBeDoneAtOnce) {
  const thread_pool::Limits before = thread_pool::TheLimits();
  thread_pool::TheLimits().queue = 0;
  Small::Reset();
  for (int i = 0; i < 20; ++i) PostBeside(std::make_unique<Small>(i));
  EXPECT_EQ(Small::told[0], 0);
  Run();
  thread_pool::TheLimits() = before;
  Small::ExpectAllOnce(20);
  EXPECT_EQ(Small::elsewhere, 0);
}

}  // namespace node::file_io
