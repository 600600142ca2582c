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
  wheel_.Advance(static_cast<uint32_t>(NowSeconds()), expired_);
  if (wheel_.size() > 0) tick_.Start(kTickMs);
  after_();
}

void Deadlines::Set(timer_wheel::Entry* entry, uint32_t seconds) {
  double now = NowSeconds();
  if (wheel_.size() == 0) wheel_.Advance(static_cast<uint32_t>(now), expired_);
  if (!tick_.started()) tick_.Start(kTickMs);
  // The wheel's own time may be behind; the part of a second that has gone does not count.
  uint32_t due = static_cast<uint32_t>(std::ceil(now)) + seconds + 1;
  wheel_.Set(entry, due - wheel_.now());
}

}  // namespace node::deadlines
