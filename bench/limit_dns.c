/* What a client of bench/dns can do at most: questions for A records over UDP,
   100 of them in flight.

     limit_dns PORT CONTROL one|batch|new

   one    over one socket: a recv and a send for each
   batch  over one socket, as many as there are with one recvmmsg and one sendmmsg
   new    each with a socket of its own, as a random port for each query takes

   Connects to port CONTROL and takes "FIRST COUNT\n" from there: asks for COUNT
   names from qFIRST.bench.example on, answers with the seconds that it took. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { kFlight = 100, kRoom = 512, kHeader = 12, kSeconds = 5 };

static struct sockaddr_in server = {.sin_family = AF_INET};
static unsigned long next, end, waiting;
static unsigned short numbers[1 << 16]; /* id -> length of the query under way with it, or 0 */

static void die(const char* what) {
  perror(what);
  exit(1);
}

static void bad(const char* what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int connected(void) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr*)&server, sizeof server) != 0) die("connect");
  return fd;
}

/* The next query; gives its length. */
static size_t query(unsigned char* bytes) {
  static const unsigned char kTail[] = {5,   'b', 'e', 'n', 'c', 'h', 7, 'e', 'x', 'a',
                                        'm', 'p', 'l', 'e', 0,   0,   1, 0,   1};
  unsigned id = (unsigned)(next & 0xffff);
  memset(bytes, 0, kHeader);
  bytes[0] = (unsigned char)(id >> 8);
  bytes[1] = (unsigned char)id;
  bytes[2] = 1; /* RD */
  bytes[5] = 1; /* one question */
  char digits[24];
  size_t count = 0;
  for (unsigned long rest = next; rest > 0 || count == 0; rest /= 10) digits[count++] = (char)('0' + rest % 10);
  size_t at = kHeader;
  bytes[at++] = (unsigned char)(count + 1);
  bytes[at++] = 'q';
  while (count > 0) bytes[at++] = (unsigned char)digits[--count];
  memcpy(bytes + at, kTail, sizeof kTail);
  at += sizeof kTail;
  numbers[id] = (unsigned short)at;
  next++;
  waiting++;
  return at;
}

/* Takes an answer. */
static void check(const unsigned char* bytes, size_t length) {
  unsigned id = length < kHeader ? 0 : (unsigned)bytes[0] << 8 | bytes[1];
  if (length < kHeader || numbers[id] == 0 || length != numbers[id] + 16u || (bytes[2] & 0x80) == 0 || bytes[7] != 1 ||
      memcmp(bytes + length - 4, "\300\0\2\1", 4) != 0)
    bad("not the answer");
  numbers[id] = 0;
  waiting--;
}

static void send_one(int fd) {
  unsigned char bytes[kRoom];
  size_t length = query(bytes);
  if (send(fd, bytes, length, 0) != (ssize_t)length) die("send");
}

static void receive_one(int fd) {
  unsigned char bytes[kRoom];
  ssize_t length = recv(fd, bytes, sizeof bytes, 0);
  if (length < 0) die("recv");
  check(bytes, (size_t)length);
}

static void over_one(int fd) {
  while (waiting < kFlight && next < end) send_one(fd);
  while (waiting > 0) {
    receive_one(fd);
    if (next < end) send_one(fd);
  }
}

static void in_batches(int fd) {
  static unsigned char rooms[kFlight][kRoom];
  static struct iovec parts[kFlight];
  static struct mmsghdr messages[kFlight];
  for (;;) {
    int count = 0;
    for (; waiting < kFlight && next < end; count++) {
      parts[count] = (struct iovec){rooms[count], query(rooms[count])};
      messages[count].msg_hdr = (struct msghdr){.msg_iov = &parts[count], .msg_iovlen = 1};
    }
    for (int done = 0; done < count;) {
      int n = sendmmsg(fd, messages + done, (unsigned)(count - done), 0);
      if (n < 0) die("sendmmsg");
      done += n;
    }
    if (waiting == 0) return;
    for (int i = 0; i < kFlight; i++) {
      parts[i] = (struct iovec){rooms[i], kRoom};
      messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    count = recvmmsg(fd, messages, kFlight, MSG_WAITFORONE, NULL);
    if (count < 0) die("recvmmsg");
    for (int i = 0; i < count; i++) check(rooms[i], messages[i].msg_len);
  }
}

static void start_new(int epoll) {
  int fd = connected();
  struct epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
  send_one(fd);
}

static void over_new(int epoll) {
  while (waiting < kFlight && next < end) start_new(epoll);
  while (waiting > 0) {
    struct epoll_event events[kFlight];
    int count = epoll_wait(epoll, events, kFlight, kSeconds * 1000);
    if (count <= 0) bad("no answer");
    for (int i = 0; i < count; i++) {
      receive_one(events[i].data.fd);
      close(events[i].data.fd);
      if (next < end) start_new(epoll);
    }
  }
}

int main(int argc, char** argv) {
  if (argc != 4) bad("usage: limit_dns PORT CONTROL one|batch|new");
  struct sockaddr_in control = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  control.sin_port = htons((unsigned short)atoi(argv[2]));
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  server.sin_port = htons((unsigned short)atoi(argv[1]));
  int orders = socket(AF_INET, SOCK_STREAM, 0);
  if (orders < 0 || connect(orders, (struct sockaddr*)&control, sizeof control) != 0) die("connect");
  FILE* lines = fdopen(orders, "r");
  int fd = connected(), epoll = epoll_create1(0);
  struct timeval patience = {.tv_sec = kSeconds};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  unsigned long first, count;
  while (fscanf(lines, "%lu %lu", &first, &count) == 2) {
    next = first;
    end = first + count;
    double start = now();
    if (strcmp(argv[3], "one") == 0) over_one(fd);
    if (strcmp(argv[3], "batch") == 0) in_batches(fd);
    if (strcmp(argv[3], "new") == 0) over_new(epoll);
    dprintf(orders, "%.6f\n", now() - start);
  }
  return 0;
}
