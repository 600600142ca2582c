// Coarse deadlines for very many objects: a hashed wheel of one-second slots.
//
// Pushing a deadline back, by far the commonest change, is one store; the entry
// is moved only when its slot comes round. Pure: time is what Advance() is told.
#pragma once

#include <cstddef>
#include <cstdint>

namespace node::timer_wheel {

// A place in the wheel, embedded in its owner, which removes it before it goes.
struct Entry {
  Entry* next = nullptr;
  Entry* previous = nullptr;
  uint32_t deadline = 0;  // in ticks; 0: not in the wheel
};

class Wheel {
 public:
  using Expired = void (*)(Entry* entry);

  // `now`: the current tick. One tick is whatever the caller says, a second in this program.
  explicit Wheel(uint32_t now);
  Wheel(const Wheel&) = delete;
  Wheel& operator=(const Wheel&) = delete;

  // Lets `entry` expire `ticks` (>= 1) after now; it may be in the wheel already.
  void Set(Entry* entry, uint32_t ticks);
  // Takes it out; harmless when it is not in.
  void Remove(Entry* entry);
  // Moves the time on and calls `expired` for each entry whose deadline has
  // come, after it was taken out. The callback may set and remove any entry.
  void Advance(uint32_t now, Expired expired);

  uint32_t now() const { return now_; }
  size_t size() const { return size_; }

 private:
  static constexpr uint32_t kSlots = 256;

  void Insert(Entry* entry, uint32_t slot_tick);
  void Unlink(Entry* entry);

  Entry slots_[kSlots];  // heads of circular lists
  uint32_t now_;
  size_t size_ = 0;
};

}  // namespace node::timer_wheel
