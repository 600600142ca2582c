#include "thread_pool.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "loop.h"

namespace node::thread_pool {

struct Task : Job {
  Task(std::function<void()> work_now, std::function<void()> done_now)
      : work(std::move(work_now)), done(std::move(done_now)) {
    ++alive;
  }
  ~Task() override { --alive; }
  void Work() override { work(); }
  void Done() override { done(); }

  std::function<void()> work;
  std::function<void()> done;
  static std::atomic<int> alive;
};
std::atomic<int> Task::alive{0};

class ThreadPoolTest : public testing::Test {
 protected:
  ThreadPoolTest() : before_(TheLimits()) { TheLimits().idle_ms = 10; }
  ~ThreadPoolTest() override {
    TheLimits() = before_;
    EXPECT_EQ(Task::alive, 0);
  }

  static bool PostTask(std::function<void()> work, std::function<void()> done, int key = kNoKey) {
    return Post(std::make_unique<Task>(std::move(work), std::move(done)), key) == nullptr;
  }

  // Those of the test before end when they have been idle.
  static void WaitForNoThreads() {
    for (int i = 0; i < 10000 && ThreadCount() > 0; ++i) usleep(1000);
    EXPECT_EQ(ThreadCount(), 0u);
  }

  Limits before_;
};

TEST_F(ThreadPoolTest, WorkIsDoneElsewhereAndTheLoopLivesUntilItIsBack) {
  std::thread::id worker;
  std::thread::id receiver;
  ASSERT_TRUE(PostTask([&] { worker = std::this_thread::get_id(); }, [&] { receiver = std::this_thread::get_id(); }));
  EXPECT_EQ(receiver, std::thread::id());
  loop::Run();
  EXPECT_NE(worker, std::this_thread::get_id());
  EXPECT_EQ(receiver, std::this_thread::get_id());
}

TEST_F(ThreadPoolTest, AllThreadsWorkAtOnce) {
  TheLimits().threads = 3;
  std::latch together(3);  // a fourth could not begin before one of these three has ended
  int done = 0;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(PostTask([&] { together.arrive_and_wait(); }, [&] { ++done; }));
  loop::Run();
  EXPECT_EQ(done, 3);
}

TEST_F(ThreadPoolTest, JobsBeginInOrderAndNeverMoreThanThreads) {
  TheLimits().threads = 2;
  std::atomic<int> at_once{0};
  std::atomic<int> most{0};
  std::atomic<int> sum{0};
  int done = 0;
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(PostTask(
        [&, i] {
          int now = ++at_once;
          int seen = most;
          while (now > seen && !most.compare_exchange_weak(seen, now)) {
          }
          sum += i;
          --at_once;
        },
        [&] { ++done; }));
  }
  loop::Run();
  EXPECT_EQ(done, 2000);
  EXPECT_EQ(sum, 1999000);
  // Threads of earlier tests may be there still.
  EXPECT_LE(most, static_cast<int>(std::max<size_t>(ThreadCount(), 2)));
}

TEST_F(ThreadPoolTest, OneThreadKeepsTheOrder) {
  TheLimits().idle_ms = 0;
  while (ThreadCount() > 0) usleep(1000);
  TheLimits().threads = 1;
  std::string began;
  std::string ended;
  for (char c = 'a'; c <= 'z'; ++c) ASSERT_TRUE(PostTask([&, c] { began += c; }, [&, c] { ended += c; }));
  loop::Run();
  EXPECT_EQ(began, "abcdefghijklmnopqrstuvwxyz");
  EXPECT_EQ(ended, began);
}

TEST_F(ThreadPoolTest, AJobMayPostOthers) {
  int depth = 0;
  std::function<void()> again = [&] {
    if (++depth < 100) ASSERT_TRUE(PostTask([] {}, again));
  };
  ASSERT_TRUE(PostTask([] {}, again));
  loop::Run();
  EXPECT_EQ(depth, 100);
}

TEST_F(ThreadPoolTest, AFullQueueGivesTheJobBack) {
  WaitForNoThreads();
  TheLimits().threads = 1;
  TheLimits().queue = 2;
  std::latch go(1);
  std::latch begun(1);
  int done = 0;
  auto wait = [&] {
    begun.count_down();
    go.wait();
  };
  ASSERT_TRUE(PostTask(wait, [&] { ++done; }));
  // It does not wait in the queue any more.
  begun.wait();
  ASSERT_TRUE(PostTask([] {}, [&] { ++done; }));
  ASSERT_TRUE(PostTask([] {}, [&] { ++done; }));
  bool ran = false;
  std::unique_ptr<Job> refused = Post(std::make_unique<Task>([&] { ran = true; }, [] {}));
  ASSERT_NE(refused, nullptr);
  go.count_down();
  loop::Run();
  EXPECT_EQ(done, 3);
  EXPECT_FALSE(ran);
  EXPECT_EQ(Post(std::move(refused)), nullptr);
  loop::Run();
  EXPECT_TRUE(ran);
}

TEST_F(ThreadPoolTest, ThreadsEndWithoutWork) {
  TheLimits().idle_ms = 0;
  ASSERT_TRUE(PostTask([] {}, [] {}));
  loop::Run();
  WaitForNoThreads();
}

TEST_F(ThreadPoolTest, ThreadsShareDescriptorsAndTakeNoSignals) {
  int file = -1;
  sigset_t blocked;
  ASSERT_TRUE(PostTask(
      [&] {
        file = open("/dev/null", O_RDONLY | O_CLOEXEC);
        pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
      },
      [] {}));
  loop::Run();
  EXPECT_EQ(close(file), 0);
  for (int signal : {SIGTERM, SIGINT, SIGPIPE, SIGUSR1}) EXPECT_EQ(sigismember(&blocked, signal), 1);
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  EXPECT_EQ(sigismember(&blocked, SIGTERM), 0);
}

TEST_F(ThreadPoolTest, JobsOfAKeyAreDoneOneAfterAnotherInTheirOrder) {
  TheLimits().threads = 4;
  std::atomic<int> at_once[2] = {0, 0};
  std::string order[2];  // written by whoever does the only job of that key
  bool overlapped = false;
  int done = 0;
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(PostTask(
        [&, i] {
          if (++at_once[i % 2] > 1) overlapped = true;
          order[i % 2] += std::to_string(i / 2) + " ";
          --at_once[i % 2];
        },
        [&] { ++done; }, i % 2));
  }
  loop::Run();
  EXPECT_EQ(done, 2000);
  EXPECT_FALSE(overlapped);
  std::string due;
  for (int i = 0; i < 1000; ++i) due += std::to_string(i) + " ";
  EXPECT_EQ(order[0], due);
  EXPECT_EQ(order[1], due);
}

TEST_F(ThreadPoolTest, OthersDoNotWaitForThoseOfABusyKey) {
  TheLimits().threads = 2;
  std::latch free(1);
  std::string trace;
  ASSERT_TRUE(PostTask([&] { free.wait(); }, [&] { trace += "first "; }, 7));
  ASSERT_TRUE(PostTask([&] {}, [&] { trace += "second "; }, 7));
  ASSERT_TRUE(PostTask([&] { free.count_down(); }, [&] { trace += "other "; }));
  loop::Run();
  // The second would have taken the only thread that could let the first go on.
  EXPECT_NE(trace.find("other"), std::string::npos) << trace;
  EXPECT_LT(trace.find("first"), trace.find("second")) << trace;
}

TEST_F(ThreadPoolTest, OneThreadIsEnoughForAKey) {
  WaitForNoThreads();
  TheLimits().threads = 4;
  std::latch posted(1);
  int done = 0;
  ASSERT_TRUE(PostTask([&] { posted.wait(); }, [&] { ++done; }, 7));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(PostTask([] {}, [&] { ++done; }, 7));
  // The others would be woken in order to find that they may not begin.
  EXPECT_EQ(ThreadCount(), 1u);
  posted.count_down();
  loop::Run();
  EXPECT_EQ(done, 21);
}

TEST_F(ThreadPoolTest, ALongRowOfAKeyKeepsNobodyWaiting) {
  WaitForNoThreads();
  TheLimits().threads = 1;
  std::latch posted(1);
  std::string order;
  ASSERT_TRUE(PostTask([&] { posted.wait(); }, [&] { order += "a1 "; }, 7));
  for (const char* name : {"a2 ", "a3 "}) ASSERT_TRUE(PostTask([] {}, [&, name] { order += name; }, 7));
  ASSERT_TRUE(PostTask([] {}, [&] { order += "b1 "; }, 8));
  ASSERT_TRUE(PostTask([] {}, [&] { order += "c "; }));
  ASSERT_TRUE(PostTask([] {}, [&] { order += "b2 "; }, 8));
  posted.count_down();
  loop::Run();
  EXPECT_EQ(order, "a1 b1 c a2 b2 a3 ");
}

TEST_F(ThreadPoolTest, AKeyIsFreeWhenItsJobsAreDone) {
  int done = 0;
  for (int round = 0; round < 3; ++round) {
    for (int key = 0; key < 100; ++key) ASSERT_TRUE(PostTask([] {}, [&] { ++done; }, key));
    loop::Run();
  }
  EXPECT_EQ(done, 300);
}

TEST_F(ThreadPoolTest, WhatIsBehindABusyKeyCountsForTheLimit) {
  TheLimits().threads = 2;
  TheLimits().queue = 3;
  std::latch free(1);
  std::latch begun(1);
  std::latch met(1);
  int done = 0;
  auto wait = [&] {
    begun.count_down();
    free.wait();
  };
  ASSERT_TRUE(PostTask(wait, [&] { ++done; }, 7));
  begun.wait();
  ASSERT_TRUE(PostTask([] {}, [&] { ++done; }, 7));
  // Once this one is done the other thread has met the one before it.
  ASSERT_TRUE(PostTask([&] { met.count_down(); }, [&] { ++done; }));
  met.wait();
  int taken = 0;
  while (PostTask([] {}, [&] { ++done; }, 7)) ++taken;
  EXPECT_EQ(taken, 2);
  free.count_down();
  loop::Run();
  EXPECT_EQ(done, 5);
}

TEST_F(ThreadPoolTest, WhatIsFinishedCanBeDeliveredWithinATurn) {
  int done = 0;
  ASSERT_TRUE(PostTask([] {}, [&] { ++done; }));
  while (!HasFinished()) usleep(100);
  EXPECT_EQ(done, 0);
  Deliver();
  EXPECT_EQ(done, 1);
  EXPECT_FALSE(HasFinished());
  Deliver();
  // Nothing keeps it alive any more.
  loop::Run();
  EXPECT_EQ(done, 1);
}

TEST_F(ThreadPoolTest, OthersHaveTheirTurnWhileARowIsDelivered) {
  constexpr int kJobs = 20;
  static std::vector<int> seen;
  static int done;
  seen.clear();
  done = 0;
  for (int i = 0; i < kJobs; ++i) {
    ASSERT_TRUE(PostTask([] {},
                         [i] {
                           EXPECT_EQ(done++, i);
                           usleep(5000);
                         },
                         7));
  }
  // The last of the key comes when all others are finished.
  std::atomic<bool> finished = false;
  ASSERT_TRUE(PostTask([&] { finished = true; }, [] {}, 7));
  while (!finished) usleep(100);
  loop::Timer timer;
  timer.Init(
      [](loop::Timer* self) {
        seen.push_back(done);
        if (done < kJobs) self->Start(0);
      },
      /*keeps_alive=*/true);
  timer.Start(0);
  loop::Run();
  EXPECT_GT(seen.size(), 5u);
  EXPECT_EQ(done, kJobs);
}

TEST_F(ThreadPoolTest, WhatWaitsBehindItsKeyCanBeTakenBack) {
  TheLimits().threads = 1;
  std::latch begun(1);
  std::latch posted(1);
  std::string trace;
  EXPECT_EQ(TakeBack(7), nullptr);
  auto wait = [&] {
    begun.count_down();
    posted.wait();
  };
  ASSERT_TRUE(PostTask(wait, [&] { trace += "a "; }, 7));
  begun.wait();
  for (const char* name : {"b ", "c "}) ASSERT_TRUE(PostTask([] {}, [&, name] { trace += name; }, 7));
  EXPECT_EQ(TakeBack(8), nullptr);
  std::unique_ptr<Job> taken = TakeBack(7);
  ASSERT_NE(taken, nullptr);
  taken->Done();
  taken.reset();
  EXPECT_EQ(trace, "b ");
  posted.count_down();
  loop::Run();
  EXPECT_EQ(trace, "b a c ");
  EXPECT_EQ(TakeBack(7), nullptr);
}

TEST_F(ThreadPoolTest, WhatHasNotBegunCanBeTakenBack) {
  WaitForNoThreads();
  TheLimits().threads = 1;
  std::latch free(1);
  std::string trace;
  ASSERT_TRUE(PostTask([&] { free.wait(); }, [&] { trace += "held up "; }));
  for (const char* name : {"a ", "b "}) ASSERT_TRUE(PostTask([] {}, [&, name] { trace += name; }, 7));
  ASSERT_TRUE(PostTask([] {}, [&] { trace += "other "; }));
  for (const char* due : {"b ", "b a "}) {
    std::unique_ptr<Job> taken = TakeBack(7);
    ASSERT_NE(taken, nullptr);
    taken->Done();
    EXPECT_EQ(trace, due);
  }
  EXPECT_EQ(TakeBack(7), nullptr);
  // Its key is free again.
  ASSERT_TRUE(PostTask([] {}, [&] { trace += "c "; }, 7));
  free.count_down();
  loop::Run();
  EXPECT_EQ(trace, "b a held up other c ");
}

}  // namespace node::thread_pool
