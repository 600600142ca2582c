#include "deadlines.h"

namespace node::deadlines {

// The tick of nearly all, whose time costs no division.
static constexpr double kSecondMs = 1000;

// Ticks since the kernel's start; a wheel's numbers are those modulo 2^32.
static uint32_t Wrapped(double ticks) { return static_cast<uint32_t>(static_cast<uint64_t>(ticks)); }

uint32_t Deadlines::Now() const {
  return tick_ms_ == kSecondMs ? loop::CoarseNowSeconds() : Wrapped(loop::CoarseNowMs() / tick_ms_);
}

Deadlines::Deadlines(timer_wheel::Wheel::Expired expired, void (*after)(), double tick_ms)
    : tick_ms_(tick_ms), wheel_(Now()), expired_(expired), after_(after) {
  tick_.owner = this;
  tick_.Init([](loop::Timer* timer) { static_cast<Tick*>(timer)->owner->OnTick(); }, /*keeps_alive=*/false);
}

void Deadlines::OnTick() {
  ticking_ = true;
  wheel_.Advance(Now(), expired_);
  ticking_ = false;
  if (wheel_.size() > 0) tick_.Start(tick_ms_);
  after_();
}

void Deadlines::Set(timer_wheel::Entry* entry, uint32_t ticks) {
  const uint32_t now = Now();
  if (wheel_.size() == 0 && !ticking_) wheel_.Advance(now, expired_);
  if (!tick_.started()) tick_.Start(tick_ms_);
  // The wheel's own time may be behind; neither the tick under way nor that in which the wheel looks counts.
  const int32_t from_wheel = static_cast<int32_t>(now + ticks + 2 - wheel_.now());
  wheel_.Set(entry, from_wheel < 1 ? 1 : static_cast<uint32_t>(from_wheel));
}

}  // namespace node::deadlines
