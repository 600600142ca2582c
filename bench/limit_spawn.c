/* The least that starting children one after another can cost: vfork and exec.

     limit_spawn COUNT COMMAND [ARG...]

   COMMAND is a path. Each child gets three pipes, as one that is to be talked
   to; its output is read to the end, then it is waited for. Prints the
   nanoseconds of wall time that all took. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void die(const char* what) {
  dprintf(2, "limit_spawn: %s: %s\n", what, strerror(errno));
  _exit(2);
}

static long long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* In a function of its own: after vfork, parent and child share this frame. */
__attribute__((noinline)) static pid_t start(char** command, int input, int output, int error) {
  extern char** environ;
  pid_t child = vfork();
  if (child == 0) {
    dup2(input, 0);
    dup2(output, 1);
    dup2(error, 2);
    execve(command[0], command, environ);
    _exit(127);
  }
  return child;
}

static void run(char** command) {
  int input[2], output[2], error[2];
  if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0 || pipe2(error, O_CLOEXEC) != 0) die("pipe2");
  pid_t child = start(command, input[0], output[1], error[1]);
  if (child < 0) die("vfork");
  close(input[0]);
  close(output[1]);
  close(error[1]);
  struct pollfd ends[2] = {{output[0], POLLIN, 0}, {error[0], POLLIN, 0}};
  for (int open = 2; open > 0;) {
    if (poll(ends, 2, -1) < 0) die("poll");
    for (int i = 0; i < 2; i++) {
      char block[4096];
      if (ends[i].revents == 0 || read(ends[i].fd, block, sizeof block) > 0) continue;
      close(ends[i].fd);
      ends[i].fd = -1;
      open--;
    }
  }
  int status;
  if (waitpid(child, &status, 0) != child || status != 0) die("the child failed");
  close(input[1]);
}

int main(int argc, char** argv) {
  int count = argc > 2 ? atoi(argv[1]) : 0;
  if (count <= 0) {
    dprintf(2, "usage: limit_spawn COUNT COMMAND [ARG...]\n");
    return 2;
  }
  long long begin = now_ns();
  for (int i = 0; i < count; i++) run(argv + 2);
  printf("%lld\n", now_ns() - begin);
  return 0;
}
