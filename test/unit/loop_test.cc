#include "loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <thread>

#include "fd.h"

namespace node::loop {

static std::string trace;

TEST(LoopTest, EndsWhenNothingIsLeft) { loop::Run(); }

TEST(LoopTest, TimersFireInOrderAndNotEarly) {
  trace.clear();
  static double started;
  started = NowMs();
  struct Named : Timer {
    char name;
    double due;
  } timers[3];
  double delays[] = {30, 10, 0};
  for (int i = 0; i < 3; ++i) {
    timers[i].name = static_cast<char>('a' + i);
    timers[i].due = delays[i];
    timers[i].Init(
        [](Timer* timer) {
          auto* self = static_cast<Named*>(timer);
          trace += self->name;
          EXPECT_GE(NowMs() - started, self->due - 0.1);
          EXPECT_FALSE(self->started());
        },
        /*keeps_alive=*/true);
    timers[i].Start(delays[i]);
  }
  loop::Run();
  EXPECT_EQ(trace, "cba");
}

TEST(LoopTest, AStoppedTimerDoesNotFireAndAnUnreferencedOneDoesNotHoldTheLoop) {
  static bool fired;
  fired = false;
  Timer stopped;
  stopped.Init([](Timer*) { fired = true; }, /*keeps_alive=*/true);
  stopped.Start(1);
  stopped.Stop();
  stopped.Stop();
  Timer idle;
  idle.Init([](Timer*) { fired = true; }, /*keeps_alive=*/false);
  idle.Start(60000);
  loop::Run();
  EXPECT_FALSE(fired);
  EXPECT_TRUE(idle.started());
  idle.Stop();
}

TEST(LoopTest, DescriptorsAreWatched) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  fd::OwnedFd left(ends[0]);
  fd::OwnedFd right(ends[1]);
  trace.clear();
  Io io;
  io.Init(left.get(), [](Io* self, int events) {
    trace += std::to_string(events);
    if (trace.size() == 1) {
      self->Want(kRead);
      return;
    }
    char byte;
    EXPECT_EQ(read(self->descriptor(), &byte, 1), 1);
    self->Want(0);
  });
  EXPECT_EQ(io.wanted(), 0);
  io.Want(kWrite);
  EXPECT_EQ(io.wanted(), kWrite);
  ASSERT_EQ(write(right.get(), "x", 1), 1);
  loop::Run();
  EXPECT_EQ(trace, "21");
}

TEST(LoopTest, AnotherThreadWakesTheLoop) {
  static Notifier notifier;
  static Timer guard;
  static bool notified;
  notified = false;
  notifier.Init([] {
    notified = true;
    guard.Stop();
  });
  guard.Init([](Timer*) { FAIL() << "the loop was not woken"; }, /*keeps_alive=*/true);
  guard.Start(10000);
  std::thread other([] { notifier.Notify(); });
  loop::Run();
  other.join();
  EXPECT_TRUE(notified);
}

TEST(LoopTest, ANotificationWithinATurnComesInTheNextWithoutASystemCall) {
  static Notifier notifier;
  static Timer timer;
  static int calls;
  calls = 0;
  notifier.Init([] {
    ++calls;
    KeepAlive(-1);
  });
  timer.Init(
      [](Timer*) {
        KeepAlive(1);
        notifier.Notify();
        notifier.Notify();
        EXPECT_EQ(calls, 0);
        uint64_t count;
        EXPECT_EQ(read(notifier.descriptor(), &count, sizeof count), -1);
        EXPECT_EQ(errno, EAGAIN);
      },
      /*keeps_alive=*/true);
  timer.Start(0);
  loop::Run();
  EXPECT_EQ(calls, 1);
}

// Whether the loop is about to wait or about to wake, none is lost: each but the first waits for the one before.
TEST(LoopTest, NoNotificationIsLost) {
  static constexpr int kMany = 20000;
  static Notifier notifier;
  static Timer guard;
  static std::atomic<int> seen;
  seen = 0;
  notifier.Init([] {
    if (++seen == kMany) guard.Stop();
  });
  guard.Init([](Timer*) { FAIL() << "only " << seen << " notifications were seen"; }, /*keeps_alive=*/true);
  guard.Start(60000);
  std::thread other([] {
    for (int i = 0; i < kMany; ++i) {
      notifier.Notify();
      for (int spins = 0; seen <= i; ++spins) {
        if (spins > 1000) usleep(10);
      }
    }
  });
  loop::Run();
  seen = kMany;
  other.join();
}

}  // namespace node::loop
