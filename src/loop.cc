#include "loop.h"

#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <utility>

#include "base.h"
#include "ev.h"

// Of libev's macros: with one priority they set it by a comma expression, and its flags are two enumerations.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-value"
#pragma clang diagnostic ignored "-Wdeprecated-anon-enum-enum-conversion"

namespace node::loop {

// A wait that a signal handler can see: it decides whether the loop will come
// round to a notification soon.
static std::atomic<bool> waiting{false};
static void (*before_wait)() = nullptr;

static bool started = false;

// All there are.
static Notifier* notifiers = nullptr;

// When the callbacks of the turn began: by the kernel's ticks, and as libev has just looked.
static int64_t turn_tick = 0;
static double turn_seconds = 0;

static int64_t CoarseNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Those that Notify() has not written of. They come as if the descriptor had been found readable: behind the timers
// that are due.
struct Notifications {
  static bool Find() {
    bool any = false;
    for (Notifier* each = notifiers; each != nullptr; each = each->next_) {
      each->due_ = each->pending_.load();
      any |= each->due_;
    }
    return any;
  }
  static void Deliver() {
    for (Notifier* each = notifiers; each != nullptr; each = each->next_) {
      if (std::exchange(each->due_, false) && each->pending_.exchange(false)) each->callback_();
    }
  }
};

// libev is initialised on first use, so that a script without events never pays for it.
static void EnsureStarted() {
  if (started) return;
  started = true;
  int flags = EVBACKEND_EPOLL | EVFLAG_NOENV | EVFLAG_NOSIGMASK;
  if (!ev_default_loop(flags)) {
    base::Error error = base::ErrnoError("epoll_create");
    std::fprintf(stderr, "node: cannot start the event loop: %s\n", error.Message().c_str());
    std::exit(1);
  }
  // One prepare and one check watcher mark the wait; neither keeps the loop alive.
  static ev_prepare prepare;
  static ev_check check;
  ev_prepare_init(&prepare, [](ev_prepare*, int) {
    Notifications::Deliver();
    if (before_wait != nullptr) before_wait();
    // From here on Notify() writes; what it has left out before is found here. One of the two sees the other.
    waiting.store(true);
    if (Notifications::Find()) WakeUp();
  });
  ev_prepare_start(&prepare);
  ev_unref();
  ev_check_init(&check, [](ev_check*, int) {
    waiting.store(false, std::memory_order_relaxed);
    turn_tick = CoarseNs();
    turn_seconds = ev_now();
  });
  ev_check_start(&check);
  ev_unref();
}

static double ClockMs(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double NowMs() { return ClockMs(CLOCK_MONOTONIC); }
double CoarseNowMs() { return ClockMs(CLOCK_MONOTONIC_COARSE); }
uint32_t CoarseNowSeconds() { return static_cast<uint32_t>(CoarseNs() / 1'000'000'000); }

static_assert(sizeof(ev_io) <= 40 && alignof(ev_io) <= 8, "Io::watcher_ is too small for ev_io");
static_assert(sizeof(ev_timer) <= 40 && alignof(ev_timer) <= 8, "Timer::watcher_ is too small for ev_timer");
static_assert(kRead == EV_READ && kWrite == EV_WRITE, "events are passed to libev as they are");

static ev_io* IoWatcher(unsigned char* storage) { return reinterpret_cast<ev_io*>(storage); }
static ev_timer* TimerWatcher(unsigned char* storage) { return reinterpret_cast<ev_timer*>(storage); }

void Io::Init(int descriptor, Callback callback) {
  static_assert(offsetof(Io, watcher_) == 0, "the watcher's address is the owner's");
  ev_io* watcher = IoWatcher(watcher_);
  ev_init(watcher, [](ev_io* self, int events) {
    Io* io = reinterpret_cast<Io*>(self);
    reinterpret_cast<Callback>(self->data)(io, events & (EV_READ | EV_WRITE));
  });
  watcher->data = reinterpret_cast<void*>(callback);
  ev_io_set(watcher, descriptor, 0);
}

void Io::Want(int events) {
  EnsureStarted();
  ev_io* watcher = IoWatcher(watcher_);
  if (ev_is_active(watcher)) {
    if ((watcher->events & (EV_READ | EV_WRITE)) == events) return;
    ev_io_stop(watcher);
  }
  if (events == 0) return;
  ev_io_set(watcher, watcher->fd, events);
  ev_io_start(watcher);
}

int Io::wanted() const {
  const ev_io* watcher = reinterpret_cast<const ev_io*>(watcher_);
  return ev_is_active(watcher) ? watcher->events & (EV_READ | EV_WRITE) : 0;
}

int Io::descriptor() const { return reinterpret_cast<const ev_io*>(watcher_)->fd; }

void Timer::Init(Callback callback, bool keeps_alive) {
  static_assert(offsetof(Timer, watcher_) == 0, "the watcher's address is the owner's");
  keeps_alive_ = keeps_alive;
  ev_timer* watcher = TimerWatcher(watcher_);
  ev_init(watcher, [](ev_timer* self, int) {
    // libev has stopped it already; the reference given up at the start comes back.
    Timer* timer = reinterpret_cast<Timer*>(self);
    if (!timer->keeps_alive_) ev_ref();
    reinterpret_cast<Callback>(self->data)(timer);
  });
  watcher->data = reinterpret_cast<void*>(callback);
}

void Timer::Start(double delay_ms) {
  EnsureStarted();
  Stop();
  // The loop's own time is that of the turn's start; a long computation since
  // would make the timer come early.
  ev_now_update();
  ev_timer* watcher = TimerWatcher(watcher_);
  ev_timer_set(watcher, delay_ms > 0 ? delay_ms / 1e3 : 0., 0.);
  ev_timer_start(watcher);
  if (!keeps_alive_) ev_unref();
}

void Timer::Stop() {
  ev_timer* watcher = TimerWatcher(watcher_);
  if (!started()) {
    // Fired already, its callback still to come: not any more.
    if (ev_is_pending(watcher)) {
      ev_clear_pending(watcher);
      if (!keeps_alive_) ev_ref();
    }
    return;
  }
  if (!keeps_alive_) ev_ref();
  ev_timer_stop(watcher);
}

bool Timer::started() const {
  // Pending counts as fired: its callback is about to run and gives the reference back.
  return ev_is_active(reinterpret_cast<const ev_timer*>(watcher_));
}

void Notifier::Init(Callback callback) {
  CHECK(event_fd_ == -1);
  callback_ = callback;
  next_ = std::exchange(notifiers, this);
  event_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (event_fd_ < 0) {
    base::Error error = base::ErrnoError("eventfd");
    std::fprintf(stderr, "node: cannot wake the event loop: %s\n", error.Message().c_str());
    std::exit(1);
  }
  io_.Init(event_fd_, OnReadable);
  io_.Want(kRead);
  ev_unref();
}

void Notifier::OnReadable(Io* io, int) {
  static_assert(offsetof(Notifier, io_) == 0, "the watch's address is the notifier's");
  Notifier* self = reinterpret_cast<Notifier*>(io);
  uint64_t count;
  // Non-blocking; the count is of no interest.
  ssize_t got = read(self->event_fd_, &count, sizeof count);
  if (got != static_cast<ssize_t>(sizeof count)) return;
  self->pending_.store(false);
  self->callback_();
}

void Notifier::Notify() {
  pending_.store(true);
  if (!waiting.load()) return;
  uint64_t one = 1;
  // Fails only when the counter is full, and then a wake-up is due anyway.
  [[maybe_unused]] ssize_t written = write(event_fd_, &one, sizeof one);
}

bool TurnIsLong(bool exactly) {
  static constexpr double kLongSeconds = 0.0005;
  // The exact clock takes 22 ns, the coarse one 4.
  static constexpr uint32_t kExactly = 8;
  static uint32_t asked = 0;
  if (!exactly && ++asked % kExactly != 0 && CoarseNs() == turn_tick) return false;
  return ev_time() - turn_seconds > kLongSeconds;
}

double TurnMs() { return turn_seconds == 0 ? 0 : (ev_time() - turn_seconds) * 1e3; }

void SetBeforeWait(void (*callback)()) { before_wait = callback; }

bool IsStarted() { return started; }

void KeepAlive(int change) {
  EnsureStarted();
  if (change > 0) {
    ev_ref();
  } else {
    ev_unref();
  }
}

void WakeUp() {
  static Timer timer;
  static bool ready = false;
  if (!ready) timer.Init([](Timer*) {}, /*keeps_alive=*/true);
  ready = true;
  timer.Start(0);
}

bool IsWaiting() { return waiting.load(std::memory_order_relaxed); }

void Run() {
  EnsureStarted();
  ev_run(0);
}

void Stop() { ev_break(EVBREAK_ALL); }

const char* Version() {
  static char text[16];
  std::snprintf(text, sizeof text, "%d.%d", ev_version_major(), ev_version_minor());
  return text;
}

}  // namespace node::loop

#pragma clang diagnostic pop
