#include "timer_wheel.h"

#include "base.h"

namespace node::timer_wheel {

Wheel::Wheel(uint32_t now) : now_(now) {
  for (Entry& head : slots_) head.next = head.previous = &head;
}

void Wheel::Insert(Entry* entry, uint32_t slot_tick) {
  Entry* head = &slots_[slot_tick % kSlots];
  entry->next = head;
  entry->previous = head->previous;
  head->previous->next = entry;
  head->previous = entry;
}

void Wheel::Unlink(Entry* entry) {
  entry->previous->next = entry->next;
  entry->next->previous = entry->previous;
  entry->next = entry->previous = nullptr;
}

void Wheel::Set(Entry* entry, uint32_t ticks) {
  CHECK(ticks >= 1);
  uint32_t deadline = now_ + ticks;
  if (deadline == 0) deadline = 1;  // 0 says "not in the wheel"
  // A later deadline leaves the entry where it is: its slot comes round first and moves it then.
  if (entry->deadline != 0 && static_cast<int32_t>(deadline - entry->deadline) >= 0) {
    entry->deadline = deadline;
    return;
  }
  if (entry->deadline != 0) {
    Unlink(entry);
  } else {
    ++size_;
  }
  entry->deadline = deadline;
  Insert(entry, deadline);
}

void Wheel::Remove(Entry* entry) {
  if (entry->deadline == 0) return;
  Unlink(entry);
  entry->deadline = 0;
  --size_;
}

void Wheel::Advance(uint32_t now, Expired expired) {
  // After a long sleep one round of the wheel looks into every slot.
  uint32_t steps = now - now_;
  if (steps > kSlots) {
    steps = kSlots;
    now_ = now - kSlots;
  }
  for (; steps > 0; --steps) {
    ++now_;
    // The slot's list is taken off first: what a callback adds waits for the next round.
    Entry batch;
    Entry* head = &slots_[now_ % kSlots];
    if (head->next == head) continue;
    batch = *head;
    batch.next->previous = &batch;
    batch.previous->next = &batch;
    head->next = head->previous = head;
    while (batch.next != &batch) {
      Entry* entry = batch.next;
      Unlink(entry);
      if (static_cast<int32_t>(entry->deadline - now) > 0) {
        Insert(entry, entry->deadline);
        continue;
      }
      entry->deadline = 0;
      --size_;
      expired(entry);
    }
  }
}

}  // namespace node::timer_wheel
