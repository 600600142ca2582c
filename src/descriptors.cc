#include "descriptors.h"

#include <sys/resource.h>

namespace node::descriptors {

static rlimit found;
static bool raised = false;

void RaiseLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  rlimit wanted = {limit.rlim_max, limit.rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &wanted) != 0) return;
  found = limit;
  raised = true;
}

void RestoreLimit() {
  // The hard limit may have been lowered since: then the kernel refuses, and what is now stays.
  if (raised) setrlimit(RLIMIT_NOFILE, &found);
}

}  // namespace node::descriptors
