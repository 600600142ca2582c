#include "signals.h"

#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <utility>

#include "base.h"
#include "loop.h"
#include "spawn.h"

namespace node::signals {

static void (*drain_output)() = nullptr;
static void (*tell_before_end)(int code) = nullptr;
static loop::Notifier waker;
static volatile sig_atomic_t asked_code = 0;

static constexpr int kSignals = 32;  // those above are real-time signals
static void (*tell_heard)(int signal_number) = nullptr;
static bool ending = false;  // EndHearing() was called
static bool heard[kSignals];
static struct sigaction unheard[kSignals];  // what each that is heard did before
static std::atomic<bool> came[kSignals];    // and is to be told
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets them");

static void OnGraceOver(int) { _exit(asked_code); }

// The script computes on: what it has printed is written before the end, unless nobody reads it.
static void OnTurnOver(int) {
  signal(SIGALRM, OnGraceOver);
  itimerval grace = {};
  grace.it_value.tv_sec = 1;
  setitimer(ITIMER_REAL, &grace, nullptr);
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  sigprocmask(SIG_UNBLOCK, &alarm, nullptr);
  drain_output();
  _exit(asked_code);
}

static void EndAfter(int milliseconds, void (*end)(int)) {
  signal(SIGALRM, end);
  itimerval grace = {};
  grace.it_value.tv_sec = milliseconds / 1000;
  grace.it_value.tv_usec = milliseconds % 1000 * 1000;
  setitimer(ITIMER_REAL, &grace, nullptr);
}

static void OnTerminate(int signal_number) {
  bool second = asked_code != 0;
  asked_code = 128 + signal_number;
  if (second) _exit(asked_code);
  if (tell_before_end != nullptr) {
    // What the script has to do cannot be done here.
    EndAfter(1000, OnTurnOver);
    return waker.Notify();
  }
  if (loop::IsWaiting()) {
    // The main thread is inside the kernel's wait: nothing else touches the output now. A reader that reads nothing
    // must not hold us up.
    EndAfter(1000, OnGraceOver);
    drain_output();
    _exit(asked_code);
  }
  // A busy script gets the rest of its turn, but not for ever.
  EndAfter(100, OnTurnOver);
}

void IgnoreBrokenPipes() { signal(SIGPIPE, SIG_IGN); }

// Whoever has started us with a signal ignored, as a shell does with the Ctrl-C of what it runs in the background,
// wants it to stay so.
static void Handle(int signal_number) {
  struct sigaction action = {};
  if (sigaction(signal_number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) return;
  action = {};
  action.sa_handler = OnTerminate;
  // Deferred in its own handler, a second Ctrl-C could not cut the first one's writing short.
  action.sa_flags = SA_NODEFER | SA_RESTART;
  sigaction(signal_number, &action, nullptr);
}

void Install(void (*drain)()) {
  drain_output = drain;
  Handle(SIGINT);
  Handle(SIGTERM);
}

static void TellHeard() {
  for (int number = 1; number < kSignals; ++number) {
    if (came[number].exchange(false)) tell_heard(number);
  }
}

static void EnsureWaker() {
  if (waker.descriptor() < 0) waker.Init(TellHeard);
}

void TellBeforeEnd(void (*tell)(int code)) {
  if (tell_before_end != nullptr) return;
  EnsureWaker();
  tell_before_end = tell;
}

void EndIfAsked() {
  if (asked_code == 0) return;
  if (tell_before_end != nullptr) {
    // From here on it may take its time; a second signal cuts it short.
    signal(SIGALRM, SIG_IGN);
    tell_before_end(asked_code);
  }
  drain_output();
  _exit(asked_code);
}

// --- Signals that are heard ---

static void OnHeard(int signal_number) {
  const int error = errno;
  came[signal_number].store(true);
  waker.Notify();
  errno = error;
}

void SetListener(void (*tell)(int signal_number)) {
  CHECK(tell_heard == nullptr);
  EnsureWaker();
  tell_heard = tell;
}

static bool IsOfTheEnd(int signal_number) {
  return signal_number == SIGINT || signal_number == SIGTERM || signal_number == SIGQUIT;
}

void Hear(int signal_number) {
  CHECK(tell_heard != nullptr && signal_number > 0 && signal_number < kSignals);
  if (ending && IsOfTheEnd(signal_number)) return;
  if (std::exchange(heard[signal_number], true)) return;
  // A child runs in our memory until it executes its program.
  spawn::ResetInChildren(signal_number);
  struct sigaction action = {};
  action.sa_handler = OnHeard;
  action.sa_flags = SA_RESTART;
  CHECK(sigaction(signal_number, &action, &unheard[signal_number]) == 0);
}

void Unhear(int signal_number) {
  if (!std::exchange(heard[signal_number], false)) return;
  CHECK(sigaction(signal_number, &unheard[signal_number], nullptr) == 0);
}

void EndHearing() {
  ending = true;
  for (int number = 1; number < kSignals; ++number) {
    if (IsOfTheEnd(number)) Unhear(number);
  }
}

bool HeardDue() {
  for (const std::atomic<bool>& each : came) {
    if (each.load(std::memory_order_relaxed)) return true;
  }
  return false;
}

void DoDefault(int signal_number) {
  Unhear(signal_number);
  raise(signal_number);
}

}  // namespace node::signals
