"""The HTTP server and clients that are slow in either direction: back-pressure, and memory that stays bounded."""
import hashlib
import re
import socket
import time
import unittest

from harness import LIMIT, NODE, Case, connect, read_all

# Handlers that honour false and drain, and pass on what comes.
PROXY = """function (request, response) {
  request.setBodyEncoding("bytes");
  response.sendHeader(200, []);
  request.addListener("body", function (chunk) {
    if (!response.sendBody(chunk)) { request.pause(); pauses++; }
  });
  response.addListener("drain", function () { request.resume(); });
  request.addListener("complete", function () { response.finish(); puts("paused " + (pauses > 0)); });
}"""

STREAM = """function (request, response) {
  var left = 1500, piece = new Uint8Array(65536);
  for (var i = 0; i < piece.length; i++) piece[i] = i * 7;
  response.sendHeader(200, [["Content-Length", left * piece.length]]);
  function go() {
    while (left > 0) { left--; if (!response.sendBody(piece)) break; }
    if (left === 0) response.finish();
  }
  response.addListener("drain", go);
  go();
}"""


def peak(process):
    """The most memory a process has had, in bytes."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) * 1024


def unchunked(data):
    """The body of an answer in chunks."""
    rest, parts = data.split(b"\r\n\r\n", 1)[1], []
    at = 0
    while True:
        end = rest.index(b"\r\n", at)
        size = int(rest[at:end], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(rest[end + 2:end + 2 + size])
        at = end + 2 + size + 2


class Flow(Case):
    def bounded(self, process, before, most):
        """What the program has needed is less than `most` bytes; the sanitizer's build keeps what was freed."""
        if "sanitize" not in NODE:
            self.assertLess(peak(process) - before, most)

    def test_a_slow_download_takes_bounded_memory(self):
        process, port = self.serve(STREAM)
        before = peak(process)
        with connect(port) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            time.sleep(0.3)  # nothing is read
            digest, count, head = hashlib.sha256(), 0, b""
            while True:
                part = connection.recv(1 << 20)
                if not part:
                    break
                if count == 0:
                    head += part
                    if b"\r\n\r\n" not in head:
                        continue
                    part = head.split(b"\r\n\r\n", 1)[1]
                count += len(part)
                digest.update(part)
                if count % 7 == 0:
                    time.sleep(0.001)
        expected = hashlib.sha256(bytes(i * 7 & 255 for i in range(65536)) * 1500)
        self.assertEqual(count, 1500 * 65536)
        self.assertEqual(digest.digest(), expected.digest())
        self.bounded(process, before, 12 << 20)

    def test_twenty_megabytes_through_a_proxy_and_a_slow_client(self):
        process, port = self.serve(PROXY, before="var pauses = 0;")
        before = peak(process)
        data = b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(20 * 1024 * 1024 // 32))
        with connect(port) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(data))
            connection.setblocking(False)
            sent, parts, reads_from = 0, [], time.monotonic() + 0.5
            while True:
                if sent < len(data):
                    try:
                        sent += connection.send(data[sent:sent + 262144])
                    except BlockingIOError:
                        pass
                if time.monotonic() < reads_from:
                    time.sleep(0.001)
                    continue
                try:
                    part = connection.recv(300000)
                    if not part:
                        break
                    parts.append(part)
                except BlockingIOError:
                    time.sleep(0.0005)
                self.assertLess(time.monotonic(), reads_from + 3 * LIMIT)
        self.assertEqual(process.stdout.readline(), b"paused true\n")
        self.assertTrue(unchunked(b"".join(parts)) == data)
        self.bounded(process, before, 40 << 20)

    def test_a_reset_is_noticed_while_the_body_is_paused(self):
        process, port = self.serve("""function (request, response) {
          request.pause();
          response.addListener("close", function () { puts("gone"); request.resume(); request.pause(); });
          request.connection.addListener("disconnect", function (error) { puts("disconnect " + error); });
          puts("paused"); }""")
        with connect(port) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
            self.assertEqual(process.stdout.readline(), b"paused\n")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.assertEqual([process.stdout.readline() for _ in range(2)], [b"gone\n", b"disconnect true\n"])

    def test_a_cut_body_is_noticed_when_it_goes_on(self):
        process, port = self.serve("""function (request, response) {
          request.pause();
          request.addListener("body", function (chunk) { puts("body " + chunk.length); });
          request.addListener("complete", function () { puts("complete"); });
          response.addListener("close", function () { puts("gone"); });
          setTimeout(function () { request.resume(); }, 100); puts("paused"); }""")
        with connect(port) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
            process.stdout.readline()
        self.assertEqual([process.stdout.readline() for _ in range(2)], [b"body 3\n", b"gone\n"])

    def test_a_refusal_ends_a_paused_upload_that_nobody_listens_to(self):
        _, port = self.serve("""function (request, response) {
          request.pause();
          setTimeout(function () { response.sendHeader(request.method === "GET" ? 200 : 403, []); response.finish(); }, 10); }""")
        with connect(port) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 3000000 +
                               b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            self.assertEqual(re.findall(rb"HTTP/1.1 (\d+)", read_all(connection)), [b"403", b"200"])

    def test_bodies_that_nobody_hears_leave_nothing(self):
        process, port = self.serve("function (request, response) { response.sendHeader(200, []); response.finish(); }")
        upload = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1000000
        with connect(port) as connection:
            for i in range(110):
                if i == 10:
                    before = peak(process)
                connection.sendall(upload)
                while not connection.recv(1000).endswith(b"\r\n\r\n"):
                    pass
        self.bounded(process, before, 8 << 20)


if __name__ == "__main__":
    unittest.main()
