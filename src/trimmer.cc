#include "trimmer.h"

#include <malloc.h>

namespace node::trimmer {

static constexpr double kDelayMs = 2000;

Trimmer::Trimmer(void (*trim)()) : trim_(trim) {
  wait_.owner = this;
  wait_.Init(
      [](loop::Timer* timer) {
        static_cast<Wait*>(timer)->owner->trim_();
        malloc_trim(0);
      },
      /*keeps_alive=*/false);
}

void Trimmer::Later() {
  if (!wait_.started()) wait_.Start(kDelayMs);
}

}  // namespace node::trimmer
