/* What one thread with epoll can do at most: a responder that parses next to
   nothing and answers always the same. Not a web server.

     limit CASE [PORT]      cases as of bench/http; prints the port it listens on

   hello, header, pipeline, close: a constant answer to each "\r\n\r\n" (requests
   have no body); body: the same with 10,240 bytes; echo: the body of
   Content-Length bytes comes back. One read and one write a readiness. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kMaxDescriptor = 65536, kBuffer = 1 << 18, kEvents = 512 };

static const char kDate[] = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
static char answer[16384];
static size_t answer_length;
static int echo;
static int close_after;

/* Of echo: what has been read of a request. */
static struct {
  char* bytes;
  size_t length;
} kept[kMaxDescriptor];

static void die(const char* what) {
  perror(what);
  exit(1);
}

static void write_all(int fd, const char* bytes, size_t length) {
  while (length > 0) {
    ssize_t n = write(fd, bytes, length);
    if (n < 0 && errno == EAGAIN) continue; /* the loads here read at once */
    if (n <= 0) return;
    bytes += n;
    length -= (size_t)n;
  }
}

static void make_answer(size_t body_length) {
  int head =
      snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n%s%sContent-Length: %zu\r\n\r\n",
               close_after ? "Connection: close\r\n" : "Connection: keep-alive\r\n", kDate, body_length);
  memset(answer + head, 'x', body_length);
  if (body_length == 11) memcpy(answer + head, "Hello World", 11);
  answer_length = (size_t)head + body_length;
}

static int serve_constant(int fd, const char* buffer, size_t length) {
  static char out[kBuffer];
  size_t used = 0;
  for (const char* at = buffer; (at = memmem(at, length - (size_t)(at - buffer), "\r\n\r\n", 4)) != NULL; at += 4) {
    if (used + answer_length > sizeof out) {
      write_all(fd, out, used);
      used = 0;
    }
    memcpy(out + used, answer, answer_length);
    used += answer_length;
  }
  write_all(fd, out, used);
  return !close_after;
}

static int serve_echo(int fd, const char* buffer, size_t length) {
  char* bytes = kept[fd].bytes;
  if (bytes == NULL) bytes = kept[fd].bytes = malloc(kBuffer);
  if (kept[fd].length + length > kBuffer) return 0;
  memcpy(bytes + kept[fd].length, buffer, length);
  kept[fd].length += length;
  char* end = memmem(bytes, kept[fd].length, "\r\n\r\n", 4);
  if (end == NULL) return 1;
  char* field = memmem(bytes, (size_t)(end - bytes), "Content-Length: ", 16);
  size_t body = field ? strtoul(field + 16, NULL, 10) : 0;
  size_t head = (size_t)(end + 4 - bytes);
  if (kept[fd].length < head + body) return 1;
  char out[256];
  int n = snprintf(out, sizeof out,
                   "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: keep-alive\r\n%s"
                   "Content-Length: %zu\r\n\r\n",
                   kDate, body);
  /* In front of the body, where the request's head was: one write. */
  char* start = bytes + head - n;
  static char whole[kBuffer + 256];
  if ((size_t)n > head) {
    memcpy(whole, out, (size_t)n);
    memcpy(whole + n, bytes + head, body);
    start = whole;
  } else {
    memcpy(start, out, (size_t)n);
  }
  write_all(fd, start, (size_t)n + body);
  kept[fd].length = 0;
  return 1;
}

int main(int argc, char** argv) {
  const char* kind = argc > 1 ? argv[1] : "hello";
  echo = strncmp(kind, "echo", 4) == 0;
  close_after = strcmp(kind, "close") == 0;
  make_answer(strcmp(kind, "body") == 0 ? 10240 : 11);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_addr = {htonl(INADDR_LOOPBACK)},
                                .sin_port = htons((unsigned short)(argc > 2 ? atoi(argv[2]) : 0))};
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr*)&address, size) != 0 || listen(listener, 1024) != 0) die("listen");
  getsockname(listener, (struct sockaddr*)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  int epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data = {.fd = listener}}, events[kEvents];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  static char buffer[kBuffer];
  for (;;) {
    int count = epoll_wait(epoll, events, kEvents, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        int accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (accepted < 0 || accepted >= kMaxDescriptor) continue;
        event.data.fd = accepted;
        epoll_ctl(epoll, EPOLL_CTL_ADD, accepted, &event);
        continue;
      }
      ssize_t n = read(fd, buffer, sizeof buffer);
      if (n < 0 && errno == EAGAIN) continue;
      int stays = n > 0 && (echo ? serve_echo(fd, buffer, (size_t)n) : serve_constant(fd, buffer, (size_t)n));
      if (!stays) {
        kept[fd].length = 0;
        close(fd);
      }
    }
  }
}
