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

  static bool PostTask(std::function<void()> work, std::function<void()> done) {
    return Post(std::make_unique<Task>(std::move(work), std::move(done))) == nullptr;
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
  TheLimits().threads = 1;
  TheLimits().queue = 2;
  std::latch go(1);
  int done = 0;
  // As many as there are threads are blocked, and do not wait.
  size_t threads = std::max<size_t>(ThreadCount(), 1);
  std::latch all(static_cast<std::ptrdiff_t>(threads));
  for (size_t i = 0; i < threads; ++i) {
    ASSERT_TRUE(PostTask(
        [&] {
          all.count_down();
          go.wait();
        },
        [&] { ++done; }));
  }
  all.wait();
  ASSERT_TRUE(PostTask([] {}, [&] { ++done; }));
  ASSERT_TRUE(PostTask([] {}, [&] { ++done; }));
  bool ran = false;
  std::unique_ptr<Job> refused = Post(std::make_unique<Task>([&] { ran = true; }, [] {}));
  ASSERT_NE(refused, nullptr);
  go.count_down();
  loop::Run();
  EXPECT_EQ(done, static_cast<int>(threads) + 2);
  EXPECT_FALSE(ran);
  EXPECT_EQ(Post(std::move(refused)), nullptr);
  loop::Run();
  EXPECT_TRUE(ran);
}

TEST_F(ThreadPoolTest, ThreadsEndWithoutWork) {
  TheLimits().idle_ms = 0;
  ASSERT_TRUE(PostTask([] {}, [] {}));
  loop::Run();
  for (int i = 0; i < 10000 && ThreadCount() > 0; ++i) usleep(1000);
  EXPECT_EQ(ThreadCount(), 0u);
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

}  // namespace node::thread_pool
