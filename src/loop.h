// The event loop: descriptors, one-shot timers and wake-ups from elsewhere,
// over libev. One loop per process; all but Notifier::Notify belongs to the
// main thread.
//
// A callback may start, stop or destroy any watcher, its own included.
#pragma once

#include <atomic>
#include <cstdint>

namespace node::loop {

inline constexpr int kRead = 1;
inline constexpr int kWrite = 2;

// Milliseconds of CLOCK_MONOTONIC, read now, not at the start of the turn.
double NowMs();
// The same clock as of the last tick of the kernel, some milliseconds old at most; cheaper.
double CoarseNowMs();
// Its whole seconds, cheaper still.
uint32_t CoarseNowSeconds();

// Watches a descriptor, which must outlive the watch. While it wants something
// it keeps the loop alive. Derive from it to find the owner in the callback.
class Io {
 public:
  // `events`: kRead, kWrite or both; those that are ready.
  using Callback = void (*)(Io* io, int events);

  Io() = default;
  Io(const Io&) = delete;
  Io& operator=(const Io&) = delete;
  ~Io() = default;

  // Before all else, and again before another descriptor is watched.
  void Init(int descriptor, Callback callback);
  // What to wait for from now on; 0 for nothing. Costs no system call: the
  // kernel is told before the loop next waits.
  void Want(int events);
  int wanted() const;
  int descriptor() const;

 private:
  alignas(8) unsigned char watcher_[40];
};

// Fires once, not before its time.
class Timer {
 public:
  using Callback = void (*)(Timer* timer);

  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // `keeps_alive`: whether the loop goes on only for this timer's sake.
  void Init(Callback callback, bool keeps_alive);
  // (Re)starts it: to fire `delay_ms` from now, in a later turn; negative counts as 0.
  void Start(double delay_ms);
  void Stop();
  bool started() const;

 private:
  alignas(8) unsigned char watcher_[40];
  bool keeps_alive_ = true;
};

// Lets other threads and signal handlers call into the loop. Does not keep the
// loop alive.
class Notifier {
 public:
  using Callback = void (*)();

  // Opens an eventfd(2) on first use.
  void Init(Callback callback);
  // The eventfd, which whoever calls Notify() must have; -1 before Init().
  int descriptor() const { return event_fd_; }
  // Safe in any thread and in a signal handler. Several notifications before
  // the loop looks make one call. A system call only while the loop waits.
  void Notify();

 private:
  friend struct Notifications;
  static void OnReadable(Io* io, int events);
  Io io_;
  Callback callback_ = nullptr;
  int event_fd_ = -1;
  std::atomic<bool> pending_ = false;
  bool due_ = false;
  Notifier* next_ = nullptr;
};

// Whether the turn's callbacks have been running for so long, half a millisecond to some, that others should not wait
// for its end.
// `exactly`: not only as of the last tick of the kernel, but for now and then; that costs 22 ns instead of 4.
bool TurnIsLong(bool exactly = false);

// For how many milliseconds they have been; 0 before the first turn.
double TurnMs();

// Called when the turn's callbacks are done, before the loop waits again.
void SetBeforeWait(void (*callback)());

// Whether anything has been watched since the start: without that Run() has nothing to do.
bool IsStarted();

// Counts what keeps the loop alive besides its watchers: 1 more or, with -1, one less.
void KeepAlive(int change);

// Lets the loop not wait this turn, and go on for one more.
void WakeUp();

// True while the loop is inside its wait: a signal handler asks.
bool IsWaiting();

// Runs until nothing is left to wait for, or Stop().
void Run();

// Makes Run() return after the current callback.
void Stop();

// The version of libev, e.g. "4.33".
const char* Version();

}  // namespace node::loop
