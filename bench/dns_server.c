/* The name server of bench/dns: answers each question for an A record with one,
   192.0.2.1 for 300 s, and any other with no record. UDP on loopback, many
   messages a system call, so that it never is what limits. Prints its port. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { kBatch = 64, kRoom = 512, kHeader = 12, kRecord = 16 };

static void die(const char* what) {
  perror(what);
  exit(1);
}

/* Turns the query in `bytes` into its answer; gives the answer's length, 0 for what is none. */
static size_t answer(unsigned char* bytes, size_t length) {
  static const unsigned char kAddress[kRecord] = {0xc0, kHeader, 0, 1, 0, 1, 0, 0, 1, 0x2c, 0, 4, 192, 0, 2, 1};
  if (length < kHeader || (bytes[2] & 0xf8) != 0 || bytes[4] != 0 || bytes[5] != 1) return 0;
  size_t at = kHeader;
  while (at < length && bytes[at] != 0 && bytes[at] < 64) at += 1 + (size_t)bytes[at];
  if (at + 5 > length || bytes[at] != 0 || at + 5 + kRecord > kRoom) return 0;
  int found = bytes[at + 1] == 0 && bytes[at + 2] == 1 && bytes[at + 3] == 0 && bytes[at + 4] == 1;
  at += 5;
  bytes[2] |= 0x80; /* QR */
  bytes[3] = 0x80;  /* RA */
  memset(bytes + 6, 0, 6);
  if (!found) return at;
  bytes[7] = 1;
  memcpy(bytes + at, kAddress, kRecord);
  return at + kRecord;
}

int main(void) {
  static unsigned char rooms[kBatch][kRoom];
  static struct sockaddr_in from[kBatch];
  static struct iovec in[kBatch], out[kBatch];
  static struct mmsghdr received[kBatch], sent[kBatch];
  int fd = socket(AF_INET, SOCK_DGRAM, 0), room = 1 << 22;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  if (fd < 0 || bind(fd, (struct sockaddr*)&address, size) != 0) die("bind");
  getsockname(fd, (struct sockaddr*)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    for (int i = 0; i < kBatch; i++) {
      in[i] = (struct iovec){rooms[i], kRoom};
      received[i].msg_hdr =
          (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &in[i], .msg_iovlen = 1};
    }
    int count = recvmmsg(fd, received, kBatch, MSG_WAITFORONE, NULL), answers = 0;
    if (count < 0) die("recvmmsg");
    for (int i = 0; i < count; i++) {
      size_t length = answer(rooms[i], received[i].msg_len);
      if (length == 0) continue;
      out[i] = (struct iovec){rooms[i], length};
      sent[answers++].msg_hdr =
          (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &out[i], .msg_iovlen = 1};
    }
    for (int done = 0; done < answers;) {
      int n = sendmmsg(fd, sent + done, (unsigned)(answers - done), 0);
      if (n < 0) die("sendmmsg");
      done += n;
    }
  }
}
