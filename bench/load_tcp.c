/* The load of bench/tcp: connections that each send a message, wait until all
   of it has come back, and send the next.

     load_tcp PORT CONNECTIONS BYTES SECONDS

   Prints: messages, seconds, its own CPU seconds, and the 50th and 99th
   percentile of the milliseconds until a message was back. The first message of
   each connection is compared with what comes back, later ones by their length. */
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
#include <time.h>
#include <unistd.h>

enum { kEvents = 512, kBuffer = 1 << 18, kSlots = 1 << 16 };

struct connection {
  int fd;
  size_t sent, got; /* of the message under way */
  double since;
  int checked, waits_to_send;
};

static size_t bytes;
static char* message;
static int epoll;
static unsigned long messages;
static unsigned long slots[kSlots]; /* how many took so many units of 10 microseconds */

static void die(const char* what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void send_rest(struct connection* c) {
  ssize_t n = send(c->fd, message + c->sent, bytes - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n < 0 && errno != EAGAIN) die("send");
  if (n > 0) c->sent += (size_t)n;
  int waits = c->sent < bytes;
  if (waits == c->waits_to_send) return;
  c->waits_to_send = waits;
  struct epoll_event event = {.events = waits ? EPOLLIN | EPOLLOUT : EPOLLIN, .data = {.ptr = c}};
  epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

static void start_message(struct connection* c) {
  c->sent = c->got = 0;
  c->since = now();
  send_rest(c);
}

static void receive(struct connection* c) {
  static char buffer[kBuffer];
  ssize_t n = recv(c->fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (n < 0 && errno == EAGAIN) return;
  if (n < 0) die("recv");
  if (n == 0) {
    fprintf(stderr, "the server has closed a connection\n");
    exit(1);
  }
  size_t got = c->got + (size_t)n;
  if (got > bytes || (!c->checked && memcmp(buffer, message + c->got, (size_t)n) != 0)) {
    fprintf(stderr, "what came back is not what was sent\n");
    exit(1);
  }
  c->got = got;
  if (got < bytes) return;
  c->checked = 1;
  messages++;
  size_t slot = (size_t)((now() - c->since) * 1e5);
  slots[slot < kSlots ? slot : kSlots - 1]++;
  start_message(c);
}

static double percentile(double share) {
  unsigned long below = 0;
  for (size_t i = 0; i < kSlots; i++) {
    below += slots[i];
    if ((double)below >= share * (double)messages) return (double)(i + 1) / 100;
  }
  return 0;
}

int main(int argc, char** argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: load_tcp PORT CONNECTIONS BYTES SECONDS\n");
    return 2;
  }
  int count = atoi(argv[2]);
  bytes = strtoul(argv[3], NULL, 10);
  message = malloc(bytes);
  struct connection* all = calloc((size_t)count, sizeof *all);
  if (message == NULL || all == NULL) die("malloc");
  for (size_t i = 0; i < bytes; i++) message[i] = (char)(i * 7 + i / 256);
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_port = htons((unsigned short)atoi(argv[1]))};
  epoll = epoll_create1(0);
  int on = 1;
  for (int i = 0; i < count; i++) {
    struct connection* c = &all[i];
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr*)&address, sizeof address) != 0) die("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = c}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
  }
  struct epoll_event events[kEvents];
  double start = now(), end = start + atof(argv[4]), cpu_start = cpu();
  for (int i = 0; i < count; i++) start_message(&all[i]);
  while (now() < end) {
    int ready = epoll_wait(epoll, events, kEvents, 100);
    for (int i = 0; i < ready; i++) {
      struct connection* c = events[i].data.ptr;
      if (events[i].events & EPOLLOUT) send_rest(c);
      if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(c);
    }
  }
  double span = now() - start;
  printf("%lu %.6f %.6f %.3f %.3f\n", messages, span, cpu() - cpu_start, percentile(0.5), percentile(0.99));
  return 0;
}
