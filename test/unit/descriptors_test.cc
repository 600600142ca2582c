#include "descriptors.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace node::descriptors {

static rlimit Limit() {
  rlimit limit = {};
  EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  return limit;
}

// The exit code of a child in which `body` runs: limits are the whole process's.
template <typename Body>
static int InChild(Body body) {
  pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(DescriptorsTest, TheSoftLimitIsRaisedAndPutBack) {
  EXPECT_EQ(InChild([] {
              rlimit low = {100, Limit().rlim_max};
              if (setrlimit(RLIMIT_NOFILE, &low) != 0) return 1;
              RestoreLimit();  // nothing was raised
              if (Limit().rlim_cur != 100) return 2;
              RaiseLimit();
              if (Limit().rlim_cur != low.rlim_max || Limit().rlim_max != low.rlim_max) return 3;
              RaiseLimit();  // once more does not forget what was found
              RestoreLimit();
              return Limit().rlim_cur == 100 && Limit().rlim_max == low.rlim_max ? 0 : 4;
            }),
            0);
}

TEST(DescriptorsTest, WithNothingToRaiseNothingIsDone) {
  EXPECT_EQ(InChild([] {
              rlimit low = {100, 100};
              if (setrlimit(RLIMIT_NOFILE, &low) != 0) return 1;
              RaiseLimit();
              RestoreLimit();
              return Limit().rlim_cur == 100 && Limit().rlim_max == 100 ? 0 : 2;
            }),
            0);
}

}  // namespace node::descriptors
