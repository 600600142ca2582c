// Coarse deadlines for very many objects, on the loop: a timer wheel with a tick of one second or what is wanted.
#pragma once

#include <cstdint>

#include "loop.h"
#include "timer_wheel.h"

namespace node::deadlines {

// One for each kind of object. Its timer runs while something is set, and does not keep the loop alive.
class Deadlines {
 public:
  // `expired` is called from the loop for each entry whose deadline has come; `after` once behind all of one tick.
  Deadlines(timer_wheel::Wheel::Expired expired, void (*after)(), double tick_ms = 1000);

  // Lets `entry` expire in so many ticks; never earlier, and up to two ticks later. It may be set already.
  void Set(timer_wheel::Entry* entry, uint32_t ticks);
  // Harmless when it is not set.
  void Remove(timer_wheel::Entry* entry) { wheel_.Remove(entry); }

 private:
  struct Tick : loop::Timer {
    Deadlines* owner = nullptr;
  };
  void OnTick();
  uint32_t Now() const;

  double tick_ms_;
  timer_wheel::Wheel wheel_;
  Tick tick_;
  timer_wheel::Wheel::Expired expired_;
  void (*after_)();
  bool ticking_ = false;  // the wheel is moving: it must not be moved from inside
};

}  // namespace node::deadlines
