// Gives back the memory of a crowd that has left: later, and from a turn of its own, when nobody is at work on a
// record.
#pragma once

#include "loop.h"

namespace node::trimmer {

// One for each kind of record. Never destroyed.
class Trimmer {
 public:
  // `trim` frees what is free; what malloc holds goes back to the kernel behind it.
  explicit Trimmer(void (*trim)());

  // Trims two seconds from now, which does not keep the program; several calls before that make one.
  void Later();

 private:
  struct Wait : loop::Timer {
    Trimmer* owner = nullptr;
  };

  Wait wait_;
  void (*trim_)();
};

}  // namespace node::trimmer
