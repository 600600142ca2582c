#include "js_platform.h"

#include <linux/close_range.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

#include "base.h"
#include "js.h"
#include "libplatform/libplatform.h"
#include "loop.h"

namespace node::js_platform {

using TaskPointer = std::unique_ptr<v8::Task>;

// The bounds of the binary in memory, by the linker: constants and code, which are pages of the file.
extern "C" const char __executable_start[];  // NOLINT(bugprone-reserved-identifier): the linker's name
extern "C" const char etext[];

// Gives back what compiling has needed: some 9 MB of the compilers' code, which stay in the kernel's page cache, and
// what their memory leaves in malloc's arenas. What is still wanted comes back by itself, 64 KB at a time (madvise(2)).
static void ReturnMemory() {
  const uintptr_t page = 4096;
  const uintptr_t start = (reinterpret_cast<uintptr_t>(__executable_start) + page - 1) & ~(page - 1);
  const uintptr_t end = reinterpret_cast<uintptr_t>(etext) & ~(page - 1);
  // Without success all stays as it was.
  madvise(reinterpret_cast<void*>(start), end - start, MADV_DONTNEED);  // NOLINT(performance-no-int-to-ptr)
  malloc_trim(0);
}

// The descriptor by which the worker wakes the loop; -1 while there is none.
static std::atomic<int> wake_descriptor{-1};

// Gives the calling thread a table of descriptors of its own, with standard error and `kept` in it. While two
// threads share a table each system call on a descriptor counts references, with two locked instructions: 80 ns of the
// 6 us in which a small message is echoed. Kernels before 5.9 refuse, and nothing is lost.
static void SeparateDescriptors(int kept) {
  // The upper part first: the kernel then need not copy it, and no descriptor that the main thread closes meanwhile
  // lives on here.
  unsigned int split = static_cast<unsigned int>(kept);
  if (syscall(SYS_close_range, split + 1, ~0u, CLOSE_RANGE_UNSHARE) != 0) return;
  // Standard error stays, for the engine's last words. Whoever closes standard output means it.
  if (split > 3) syscall(SYS_close_range, 3u, split - 1, 0u);
  syscall(SYS_close_range, 0u, 1u, 0u);
}

// Concurrent compilation and whatever else V8 moves off the main thread.
class Worker {
 public:
  void Post(TaskPointer task) {
    std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    if (!started_) StartThread();
    wake_.notify_one();
  }

 private:
  void StartThread() {
    started_ = true;
    // Signals are the main thread's.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    int failure = pthread_create(
        &thread, nullptr,
        [](void* self) -> void* {
          static_cast<Worker*>(self)->Run();
          return nullptr;
        },
        this);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (failure != 0) {
      base::Error error{"pthread_create", failure, ""};
      std::fprintf(stderr, "node: cannot start the engine's worker thread: %s\n", error.Message().c_str());
      _exit(1);
    }
    pthread_detach(thread);
  }

  void Run() {
    std::unique_lock lock(mutex_);
    bool separate = false;
    for (;;) {
      WaitForTask(&lock);
      TaskPointer task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      int kept = separate ? -1 : wake_descriptor.load();
      if (kept > STDERR_FILENO) {
        SeparateDescriptors(kept);
        separate = true;
      }
      task->Run();
      task.reset();
      lock.lock();
    }
  }

  void WaitForTask(std::unique_lock<std::mutex>* lock) {
    // Where code gets hot, more does: a pause shows that it is over for now.
    static constexpr auto kPause = std::chrono::seconds(1);
    const auto due = [this] { return !tasks_.empty(); };
    if (wake_.wait_for(*lock, kPause, due)) return;
    lock->unlock();
    ReturnMemory();
    lock->lock();
    wake_.wait(*lock, due);
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<TaskPointer> tasks_;
  bool started_ = false;
};

// Never destroyed: the worker thread lives to the end of the process.
static Worker& TheWorker() {
  static Worker* worker = new Worker;
  return *worker;
}

// Tasks for the main thread. Posting is for any thread.
class Foreground : public v8::TaskRunner {
 public:
  bool IdleTasksEnabled() override { return false; }
  bool NonNestableTasksEnabled() const override { return true; }
  bool NonNestableDelayedTasksEnabled() const override { return true; }

  void RunDue() {
    std::vector<TaskPointer> ready;
    {
      std::lock_guard lock(mutex_);
      double now = loop::NowMs();
      auto due = [now](const Delayed& entry) { return entry.at <= now; };
      for (Delayed& entry : tasks_) {
        if (due(entry)) ready.push_back(std::move(entry.task));
      }
      std::erase_if(tasks_, due);
    }
    if (!ready.empty()) {
      v8::HandleScope scope(js::isolate());
      for (TaskPointer& task : ready) task->Run();
      // Finalizers are scripts' own functions.
      js::RunMicrotasks();
    }
    Arm();
  }

  // From now on the loop is told of new tasks.
  void Attach() {
    if (attached_) return;
    notifier_.Init([] { TheForeground()->RunDue(); });
    timer_.Init([](loop::Timer*) { TheForeground()->RunDue(); }, /*keeps_alive=*/false);
    attached_ = true;
    wake_descriptor = notifier_.descriptor();
    RunDue();
  }

  static const std::shared_ptr<Foreground>& TheForeground() {
    static auto* foreground = new std::shared_ptr<Foreground>(std::make_shared<Foreground>());
    return *foreground;
  }

 private:
  struct Delayed {
    double at;
    TaskPointer task;
  };

  void Arm() {
    std::lock_guard lock(mutex_);
    if (tasks_.empty()) return;
    double first = tasks_.front().at;
    for (const Delayed& entry : tasks_) first = std::min(first, entry.at);
    timer_.Start(std::max(0.0, first - loop::NowMs()));
  }

  void Add(TaskPointer task, double delay_seconds) {
    std::lock_guard lock(mutex_);
    tasks_.push_back({loop::NowMs() + delay_seconds * 1e3, std::move(task)});
    if (attached_) notifier_.Notify();
  }

  void PostTaskImpl(TaskPointer task, const v8::SourceLocation&) override { Add(std::move(task), 0); }
  void PostNonNestableTaskImpl(TaskPointer task, const v8::SourceLocation&) override { Add(std::move(task), 0); }
  void PostDelayedTaskImpl(TaskPointer task, double delay, const v8::SourceLocation&) override {
    Add(std::move(task), delay);
  }
  void PostNonNestableDelayedTaskImpl(TaskPointer task, double delay, const v8::SourceLocation&) override {
    Add(std::move(task), delay);
  }

  std::mutex mutex_;
  std::vector<Delayed> tasks_;
  loop::Notifier notifier_;
  loop::Timer timer_;
  bool attached_ = false;
};

class Platform : public v8::Platform {
 public:
  v8::PageAllocator* GetPageAllocator() override { return default_->GetPageAllocator(); }
  int NumberOfWorkerThreads() override { return 1; }
  std::shared_ptr<v8::TaskRunner> GetForegroundTaskRunner(v8::Isolate*, v8::TaskPriority) override {
    return Foreground::TheForeground();
  }
  double MonotonicallyIncreasingTime() override { return loop::NowMs() / 1e3; }
  double CurrentClockTimeMillis() override {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
  }
  v8::TracingController* GetTracingController() override { return &tracing_; }

  std::unique_ptr<v8::JobHandle> CreateJobImpl(v8::TaskPriority priority, std::unique_ptr<v8::JobTask> job,
                                               const v8::SourceLocation&) override {
    return v8::platform::NewDefaultJobHandle(this, priority, std::move(job), 1);
  }
  void PostTaskOnWorkerThreadImpl(v8::TaskPriority, TaskPointer task, const v8::SourceLocation&) override {
    TheWorker().Post(std::move(task));
  }
  void PostDelayedTaskOnWorkerThreadImpl(v8::TaskPriority, TaskPointer task, double,
                                         const v8::SourceLocation&) override {
    // V8 delays only what need not be done soon; at once is right as well, and needs no second clock.
    TheWorker().Post(std::move(task));
  }

 private:
  // Lends its page allocator, which V8 does not export otherwise; it has no threads.
  std::unique_ptr<v8::Platform> default_ = v8::platform::NewSingleThreadedDefaultPlatform();
  v8::TracingController tracing_;
};

std::unique_ptr<v8::Platform> Create() { return std::make_unique<Platform>(); }

void StartTasks() { Foreground::TheForeground()->Attach(); }

}  // namespace node::js_platform
