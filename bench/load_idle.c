/* The load of bench/idle: very many connections to a web server, of which few
   are busy at a time. Takes commands on standard input, a line each, and
   answers each with a line:

     load_idle PORT
     open N                  opens N more, each of which makes one request: "ok"
     load FIRST N SECONDS    requests over N connections from number FIRST on, one
                             after another, 64 under way at a time: how many
     close                   closes all: "ok"

   A response ends with "Hello World". */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { kMost = 65536, kAtOnce = 64, kEvents = 512 };

static const char kRequest[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
static const char kEnd[] = "Hello World";

static int fds[kMost];
static char busy[kMost]; /* by descriptor: its response is still to come */
static int count;
static int epoll;
static struct sockaddr_in address;

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void request(int fd) {
  busy[fd] = 1;
  if (send(fd, kRequest, sizeof kRequest - 1, MSG_NOSIGNAL) != sizeof kRequest - 1) fail("send");
}

/* Whether a response is complete with what can be read now. */
static int receive(int fd) {
  char buffer[65536];
  ssize_t n = recv(fd, buffer, sizeof buffer, 0);
  if (n <= 0) {
    fprintf(stderr, "the server has closed a connection\n");
    exit(1);
  }
  size_t end = sizeof kEnd - 1;
  if ((size_t)n < end || memcmp(buffer + n - end, kEnd, end) != 0) return 0;
  busy[fd] = 0;
  return 1;
}

static void open_more(int more) {
  int on = 1;
  while (more-- > 0) {
    if (count == kMost) fail("too many connections");
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || fd >= kMost || connect(fd, (struct sockaddr*)&address, sizeof address) != 0) fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    fds[count++] = fd;
    request(fd);
    while (!receive(fd)) continue;
  }
  printf("ok\n");
}

static void load(int first, int n, double seconds) {
  struct epoll_event events[kEvents];
  unsigned long done = 0;
  int next = 0, under_way = 0;
  double end = now() + seconds;
  int over = 0;
  while (!over || under_way > 0) {
    while (!over && under_way < kAtOnce && under_way < n) {
      while (busy[fds[first + next]]) next = (next + 1) % n;
      request(fds[first + next]);
      next = (next + 1) % n;
      under_way++;
    }
    int ready = epoll_wait(epoll, events, kEvents, 10000);
    if (ready <= 0) fail("epoll_wait");
    for (int i = 0; i < ready; i++) {
      if (!receive(events[i].data.fd)) continue;
      done++;
      under_way--;
    }
    over = now() >= end;
  }
  printf("%lu\n", done);
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: load_idle PORT\n");
    return 2;
  }
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons((unsigned short)atoi(argv[1]));
  epoll = epoll_create1(0);
  char line[128];
  while (fgets(line, sizeof line, stdin) != NULL) {
    int first, n;
    double seconds;
    if (sscanf(line, "open %d", &n) == 1) {
      open_more(n);
    } else if (sscanf(line, "load %d %d %lf", &first, &n, &seconds) == 3 && n > 0 && first + n <= count) {
      load(first, n, seconds);
    } else if (strcmp(line, "close\n") == 0) {
      while (count > 0) close(fds[--count]);
      printf("ok\n");
    } else {
      fprintf(stderr, "load_idle: what is %s", line);
      return 2;
    }
    fflush(stdout);
  }
  return 0;
}
