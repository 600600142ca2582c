/* The least that reading small files and copying a large one can cost: one system call after another.

     limit_fs cat FOLDER COUNT         reads FOLDER/f0 ... whole: open, fstat, read, close
     limit_fs copy FROM TO BLOCK       read and write of BLOCK bytes, into one buffer

   Prints the nanoseconds of wall time that it took, and how many bytes it has read. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void die(const char* what, const char* path) {
  dprintf(2, "limit_fs: %s %s: %s\n", what, path, strerror(errno));
  _exit(2);
}

static long long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static size_t cat(const char* path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (fd < 0 || fstat(fd, &info) != 0) die("open", path);
  char* content = malloc((size_t)info.st_size + 1);
  ssize_t got = content == NULL ? -1 : read(fd, content, (size_t)info.st_size + 1);
  if (got != info.st_size) die("read", path);
  close(fd);
  free(content);
  return (size_t)got;
}

static size_t copy(const char* from, const char* to, size_t block) {
  int source = open(from, O_RDONLY | O_CLOEXEC);
  if (source < 0) die("open", from);
  int target = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (target < 0) die("open", to);
  char* buffer = malloc(block);
  size_t bytes = 0;
  ssize_t got;
  while ((got = read(source, buffer, block)) > 0) {
    if (write(target, buffer, (size_t)got) != got) die("write", to);
    bytes += (size_t)got;
  }
  if (got < 0 || close(target) != 0) die("copy", from);
  close(source);
  free(buffer);
  return bytes;
}

int main(int argc, char** argv) {
  size_t bytes = 0;
  if (argc == 4 && strcmp(argv[1], "cat") == 0) {
    long long begin = now_ns();
    for (int i = 0; i < atoi(argv[3]); i++) {
      char path[4096];
      snprintf(path, sizeof path, "%s/f%d", argv[2], i);
      bytes += cat(path);
    }
    printf("%lld %zu\n", now_ns() - begin, bytes);
    return 0;
  }
  if (argc == 5 && strcmp(argv[1], "copy") == 0) {
    long long begin = now_ns();
    bytes = copy(argv[2], argv[3], (size_t)atoll(argv[4]));
    printf("%lld %zu\n", now_ns() - begin, bytes);
    return 0;
  }
  dprintf(2, "usage: limit_fs cat FOLDER COUNT | limit_fs copy FROM TO BLOCK\n");
  return 2;
}
