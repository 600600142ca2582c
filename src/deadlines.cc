#include "deadlines.h"

#include <cmath>

namespace node::deadlines {

static constexpr double kTickMs = 1000;

static double NowSeconds() { return loop::CoarseNowMs() / 1e3; }

Deadlines::Deadlines(timer_wheel::Wheel::Expired expired, void (*after)())
    : wheel_(static_cast<uint32_t>(NowSeconds())), expired_(expired), after_(after) {
  tick_.owner = this;
  tick_.Init([](loop::Timer* timer) { static_cast<Tick*>(timer)->owner->OnTick(); }, /*keeps_alive=*/false);
}

void Deadlines::OnTick() {
  ticking_ = true;
  wheel_.Advance(static_cast<uint32_t>(NowSeconds()), expired_);
  ticking_ = false;
  if (wheel_.size() > 0) tick_.Start(kTickMs);
  after_();
}

void Deadlines::Set(timer_wheel::Entry* entry, uint32_t seconds) {
  double now = NowSeconds();
  if (wheel_.size() == 0 && !ticking_) wheel_.Advance(static_cast<uint32_t>(now), expired_);
  if (!tick_.started()) tick_.Start(kTickMs);
  // The wheel's own time may be behind; the part of a second that has gone does not count.
  uint32_t due = static_cast<uint32_t>(std::ceil(now)) + seconds + 1;
  int32_t ticks = static_cast<int32_t>(due - wheel_.now());
  wheel_.Set(entry, ticks < 1 ? 1 : static_cast<uint32_t>(ticks));
}

}  // namespace node::deadlines
