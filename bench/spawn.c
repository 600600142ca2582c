/* Runs a command once and reports what it cost, exactly.

     spawn [-d] COMMAND [ARG...]

   COMMAND is a path. Standard output gets one line

     wall_ns cpu_us user_us peak_kb minor_faults major_faults status left_pages

   and after it whatever the command wrote. wall_ns runs from just before
   vfork to just after the child was reaped; status is wait's. With -d
   COMMAND's file is dropped from the page cache first, and left_pages is the
   number of its pages that stayed there nevertheless (else -1). Shared
   libraries and the loader are left alone.

   It is a C program, and a small one, for two reasons. Python would add its
   own milliseconds to each figure. And a child's peak memory starts at that of
   the process it was forked from: the kernel carries the old address space's
   high-water mark over exec. So this one must stay below all it measures. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void die(const char* what, const char* path) {
  dprintf(2, "spawn: %s %s: %s\n", what, path, strerror(errno));
  _exit(2);
}

static long long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long microseconds(struct timeval t) { return t.tv_sec * 1000000LL + t.tv_usec; }

/* How many pages of the open file are in the page cache. The kernel tells
   only who owns the file or may write it; to others all seem to be there. */
static long resident_pages(int fd, size_t size, const char* path) {
  size_t pages = (size + 4095) / 4096;
  unsigned char* seen = malloc(pages);
  void* map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
  if (seen == NULL || map == MAP_FAILED || mincore(map, size, seen) != 0) die("mincore", path);
  long resident = 0;
  for (size_t i = 0; i < pages; i++) resident += seen[i] & 1;
  munmap(map, size);
  free(seen);
  return resident;
}

static long drop_from_page_cache(const char* path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (fd < 0 || fstat(fd, &info) != 0) die("open", path);
  /* Dirty pages cannot be dropped: a binary linked just now needs the sync. */
  if (fdatasync(fd) != 0) die("fdatasync", path);
  long left = 0;
  for (int attempt = 0; attempt < 5; attempt++) {
    int error = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    if (error != 0) {
      errno = error;
      die("posix_fadvise", path);
    }
    left = resident_pages(fd, (size_t)info.st_size, path);
    if (left == 0) break;
    usleep(10000); /* the last run's teardown may still hold some */
  }
  close(fd);
  return left;
}

static volatile int exec_error = 0;

/* In a function of its own: after vfork, parent and child share this frame. */
__attribute__((noinline)) static pid_t start(char** command, int output) {
  extern char** environ;
  pid_t child = vfork();
  if (child == 0) {
    dup2(output, 1);
    execve(command[0], command, environ);
    exec_error = errno;
    _exit(127);
  }
  return child;
}

int main(int argc, char** argv) {
  int drop = argc > 1 && strcmp(argv[1], "-d") == 0;
  char** command = argv + 1 + drop;
  if (command[0] == NULL) {
    dprintf(2, "usage: spawn [-d] COMMAND [ARG...]\n");
    return 2;
  }
  long left_pages = drop ? drop_from_page_cache(command[0]) : -1;

  int output[2];
  if (pipe2(output, O_CLOEXEC) != 0) die("pipe", "");
  /* What a pipe holds, the child writes without anybody reading. */
  fcntl(output[0], F_SETPIPE_SZ, 1 << 20);

  long long begin = now_ns();
  pid_t child = start(command, output[1]);
  if (child < 0) die("vfork", "");
  int status;
  struct rusage cost;
  while (wait4(child, &status, 0, &cost) < 0) {
    if (errno != EINTR) die("wait4", "");
  }
  long long wall = now_ns() - begin;
  if (exec_error != 0) {
    errno = exec_error;
    die("exec", command[0]);
  }

  dprintf(1, "%lld %lld %lld %ld %ld %ld %d %ld\n", wall, microseconds(cost.ru_utime) + microseconds(cost.ru_stime),
          microseconds(cost.ru_utime), cost.ru_maxrss, cost.ru_minflt, cost.ru_majflt, status, left_pages);
  close(output[1]);
  char block[4096];
  ssize_t n;
  while ((n = read(output[0], block, sizeof block)) > 0) {
    if (write(1, block, (size_t)n) != n) die("write", "");
  }
  return 0;
}
