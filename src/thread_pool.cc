#include "thread_pool.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base.h"
#include "bytes.h"
#include "loop.h"

namespace node::thread_pool {

// Bytes: system calls and small functions around them need no more.
static constexpr size_t kStackSize = 256 * 1024;
// Milliseconds of a turn, at least, in which what is finished is told of.
static constexpr double kDeliverMs = 2;

static void ReadLimit(const char* name, uint64_t most, size_t* limit) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return;
  uint64_t value = 0;
  if (bytes::ParseDecimal(text, most, &value) && value > 0) {
    *limit = static_cast<size_t>(value);
  } else {
    std::fprintf(stderr, "node: %s must be an integer from 1 to %llu; it stays %zu\n", name,
                 static_cast<unsigned long long>(most), *limit);
  }
}

Limits& TheLimits() {
  static Limits limits = [] {
    Limits read;
    ReadLimit("NODE_POOL_THREADS", 64, &read.threads);
    ReadLimit("NODE_POOL_QUEUE", 1000 * 1000 * 1000, &read.queue);
    return read;
  }();
  return limits;
}

base::Error QueueFull() { return {"queue", EAGAIN, "(more operations than NODE_POOL_QUEUE wait)"}; }

// Jobs in the order of their coming.
struct List {
  Job* first = nullptr;
  Job* last = nullptr;
  size_t size = 0;
};

// Of a key that waits or is being done.
struct Row {
  Job* first = nullptr;  // the one job that may begin, or has
  List behind;           // those after it
};

// Never destroyed, as its threads are not.
struct Pool {
  std::mutex mutex;
  std::condition_variable wake;
  List waiting;  // what can begin: of a key one job at most, and none while another of that key is being done
  List finished;
  std::unordered_map<int, Row> rows;
  size_t not_begun = 0;  // jobs that wait, behind others of their key too
  size_t threads = 0;
  size_t idle = 0;
  double idle_ms = 0;                      // of the limits, which the main thread may change
  std::atomic<bool> has_finished = false;  // that there are some is seen without the mutex
  loop::Notifier notifier;

  static void Append(List* list, Job* job) {
    job->next_ = nullptr;
    job->previous_ = list->last;
    (list->last == nullptr ? list->first : list->last->next_) = job;
    list->last = job;
    ++list->size;
  }

  static Job* Remove(List* list, Job* job) {
    (job->previous_ == nullptr ? list->first : job->previous_->next_) = job->next_;
    (job->next_ == nullptr ? list->last : job->next_->previous_) = job->previous_;
    --list->size;
    return job;
  }

  static Job* TakeFirst(List* list) { return Remove(list, list->first); }

  // With the mutex held, which whoever is woken wants next: it is free meanwhile.
  void Finish(Job* job, std::unique_lock<std::mutex>* lock) {
    Append(&finished, job);
    // Whoever finishes more before the loop looks need not wake it again.
    if (finished.size > 1) return;
    has_finished.store(true, std::memory_order_relaxed);
    lock->unlock();
    notifier.Notify();
    lock->lock();
  }

  void DeliverFinished() {
    List taken;
    {
      std::lock_guard lock(mutex);
      taken = std::exchange(finished, {});
      has_finished.store(false, std::memory_order_relaxed);
    }
    // Of a turn as much as all else has had: while a callback takes its time, the threads finish the next thousand.
    const double end = loop::NowMs() + std::max(kDeliverMs, loop::TurnMs());
    while (taken.size > 0) {
      std::unique_ptr<Job> job(TakeFirst(&taken));
      loop::KeepAlive(-1);
      job->Done();
      if (taken.size > 0 && loop::NowMs() > end) return PutBack(taken);
    }
  }

  // What has been taken of the finished, for the next turn.
  void PutBack(const List& taken) {
    {
      std::lock_guard lock(mutex);
      const List later = std::exchange(finished, taken);
      if (later.size > 0) {
        finished.last->next_ = later.first;
        later.first->previous_ = finished.last;
        finished.last = later.last;
        finished.size += later.size;
      }
      has_finished.store(true, std::memory_order_relaxed);
    }
    notifier.Notify();
  }

  // False when it waits behind another of its key, whose thread takes it then.
  bool Queue(Job* job, int key) {
    job->key_ = key;
    ++not_begun;
    if (key != kNoKey) {
      Row& row = rows[key];
      if (row.first != nullptr) {
        Append(&row.behind, job);
        return false;
      }
      row.first = job;
    }
    Append(&waiting, job);
    return true;
  }

  Job* Begin() {
    --not_begun;
    waiting.first->begun_ = true;
    return TakeFirst(&waiting);
  }

  // The first of those that have not begun, but for one that may begin as long as there are others; or nullptr.
  Job* TakeBack(int key) {
    const auto same = rows.find(key);
    if (same == rows.end()) return nullptr;
    Row& row = same->second;
    if (row.behind.size == 0 && row.first->begun_) return nullptr;
    --not_begun;
    if (row.behind.size > 0) return TakeFirst(&row.behind);
    Job* job = Remove(&waiting, row.first);
    rows.erase(same);
    return job;
  }

  // The next of the key of `job`, which is done, may begin. It waits its turn with all others.
  void LetNextOfKeyWait(const Job* job) {
    if (job->key_ == kNoKey) return;
    const auto same = rows.find(job->key_);
    Row& row = same->second;
    if (row.behind.size > 0) {
      row.first = TakeFirst(&row.behind);
      Append(&waiting, row.first);
    } else {
      rows.erase(same);
    }
  }

  // Until there has been nothing to do for a while.
  void Run() {
    std::unique_lock lock(mutex);
    while (waiting.size > 0 || WaitForWork(&lock)) {
      Job* job = Begin();
      lock.unlock();
      job->Work();
      lock.lock();
      LetNextOfKeyWait(job);
      Finish(job, &lock);
    }
    --threads;
  }

  bool WaitForWork(std::unique_lock<std::mutex>* lock) {
    ++idle;
    const auto most = std::chrono::duration<double, std::milli>(idle_ms);
    bool found = wake.wait_for(*lock, most, [this] { return waiting.size > 0; });
    --idle;
    return found;
  }
};

static Pool& ThePool() {
  static Pool* pool = [] {
    auto* created = new Pool;
    created->notifier.Init([] { ThePool().DeliverFinished(); });
    return created;
  }();
  return *pool;
}

// False when the kernel refuses another thread.
static bool StartThread() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackSize);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  // Signals are the main thread's.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  int failure = pthread_create(
      &thread, &attributes,
      [](void*) -> void* {
        ThePool().Run();
        return nullptr;
      },
      nullptr);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return failure == 0;
}

std::unique_ptr<Job> Post(std::unique_ptr<Job> job, int key) {
  Pool& pool = ThePool();
  std::unique_lock lock(pool.mutex);
  if (pool.not_begun >= TheLimits().queue) return job;
  loop::KeepAlive(1);
  pool.idle_ms = TheLimits().idle_ms;
  if (!pool.Queue(job.release(), key)) return nullptr;
  if (pool.idle >= pool.waiting.size) {
    // See Finish().
    lock.unlock();
    pool.wake.notify_one();
  } else if (pool.threads < TheLimits().threads) {
    if (StartThread()) {
      ++pool.threads;
    } else if (pool.threads == 0) {
      // Slow is better than never.
      Job* alone = pool.Begin();
      alone->Work();
      pool.LetNextOfKeyWait(alone);
      pool.Finish(alone, &lock);
    }
  }
  return nullptr;
}

std::unique_ptr<Job> TakeBack(int key) {
  Pool& pool = ThePool();
  std::lock_guard lock(pool.mutex);
  std::unique_ptr<Job> job(pool.TakeBack(key));
  if (job != nullptr) loop::KeepAlive(-1);
  return job;
}

bool HasFinished() { return ThePool().has_finished.load(std::memory_order_relaxed); }

void Deliver() {
  if (HasFinished()) ThePool().DeliverFinished();
}

size_t ThreadCount() {
  std::lock_guard lock(ThePool().mutex);
  return ThePool().threads;
}

}  // namespace node::thread_pool
