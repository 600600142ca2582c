#include "signals.h"

#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "loop.h"

namespace node::signals {

static void (*drain_output)() = nullptr;
static volatile sig_atomic_t asked_code = 0;

static void OnGraceOver(int) { _exit(asked_code); }

static void OnTerminate(int signal_number) {
  bool second = asked_code != 0;
  asked_code = 128 + signal_number;
  if (second) _exit(asked_code);
  if (loop::IsWaiting()) {
    // The main thread is inside the kernel's wait: nothing else touches the output now.
    drain_output();
    _exit(asked_code);
  }
  // A busy script gets the rest of its turn, but not for ever.
  signal(SIGALRM, OnGraceOver);
  itimerval grace = {};
  grace.it_value.tv_usec = 100 * 1000;
  setitimer(ITIMER_REAL, &grace, nullptr);
}

void Install(void (*drain)()) {
  drain_output = drain;
  signal(SIGPIPE, SIG_IGN);
  signal(SIGINT, OnTerminate);
  signal(SIGTERM, OnTerminate);
}

void EndIfAsked() {
  if (asked_code == 0) return;
  drain_output();
  _exit(asked_code);
}

}  // namespace node::signals
