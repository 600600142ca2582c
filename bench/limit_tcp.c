/* What one thread with epoll can do at most: sends back what it reads. Prints
   the port it listens on. One read and one write a readiness; what the kernel
   does not take at once is kept, and nothing is read meanwhile. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kMaxDescriptor = 65536, kBuffer = 1 << 16, kEvents = 512 };

/* What waits until the kernel takes it. */
static struct {
  char* bytes;
  size_t length;
} kept[kMaxDescriptor];
static int epoll;

static void die(const char* what) {
  perror(what);
  exit(1);
}

static void end(int fd) {
  free(kept[fd].bytes);
  kept[fd].bytes = NULL;
  close(fd);
}

static void wait_for(int fd, unsigned events) {
  struct epoll_event event = {.events = events, .data = {.fd = fd}};
  epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
}

/* How many bytes the kernel has taken; -1 at the end. */
static ssize_t write_some(int fd, const char* bytes, size_t length) {
  ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
  return n < 0 && errno == EAGAIN ? 0 : n;
}

static void on_writable(int fd) {
  ssize_t n = write_some(fd, kept[fd].bytes, kept[fd].length);
  if (n < 0) return end(fd);
  kept[fd].length -= (size_t)n;
  memmove(kept[fd].bytes, kept[fd].bytes + n, kept[fd].length);
  if (kept[fd].length > 0) return;
  free(kept[fd].bytes);
  kept[fd].bytes = NULL;
  wait_for(fd, EPOLLIN);
}

static void on_readable(int fd) {
  static char buffer[kBuffer];
  ssize_t got = recv(fd, buffer, sizeof buffer, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return end(fd);
  ssize_t n = write_some(fd, buffer, (size_t)got);
  if (n < 0) return end(fd);
  if (n == got) return;
  kept[fd].length = (size_t)(got - n);
  kept[fd].bytes = malloc(kept[fd].length);
  if (kept[fd].bytes == NULL) die("malloc");
  memcpy(kept[fd].bytes, buffer + n, kept[fd].length);
  wait_for(fd, EPOLLOUT);
}

int main(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr*)&address, size) != 0 || listen(listener, 1024) != 0) die("listen");
  getsockname(listener, (struct sockaddr*)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data = {.fd = listener}}, events[kEvents];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int count = epoll_wait(epoll, events, kEvents, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd != listener) {
        if (kept[fd].bytes != NULL)
          on_writable(fd);
        else
          on_readable(fd);
        continue;
      }
      int accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
      if (accepted < 0 || accepted >= kMaxDescriptor) continue;
      event.events = EPOLLIN;
      event.data.fd = accepted;
      epoll_ctl(epoll, EPOLL_CTL_ADD, accepted, &event);
    }
  }
}
