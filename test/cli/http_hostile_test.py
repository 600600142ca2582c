"""The HTTP server under clients that are slow, dead, resetting or flooding, by the thousand, while a normal one is served."""
import os
import re
import resource
import selectors
import shutil
import socket
import subprocess
import time
import unittest

from harness import LIMIT, NODE, Case, connect, exchange

MANY = 2000
RESET = b"\1\0\0\0\0\0\0\0"  # SO_LINGER of no time

SERVER = """var s = node.http.createServer(function (request, response) {
  var path = request.uri.path;
  if (path === "/end") { s.close(); }
  response.sendHeader(200, []);
  if (path === "/echo") {
    request.setBodyEncoding("bytes");
    request.addListener("body", function (chunk) {
      if (response.sendBody(chunk) === false) request.pause();
    });
    response.addListener("drain", function () { request.resume(); });
    request.addListener("complete", function () { response.finish(); });
    return;
  }
  response.sendBody(path === "/large" ? "x".repeat(1000000) : "Hello World");
  response.finish();
}, OPTIONS);
s.listen(0, "127.0.0.1", 4096); puts(s.port);"""


def get(path, *fields):
    return ("GET " + path + " HTTP/1.1\r\nHost: x\r\n" + "".join(f + "\r\n" for f in fields) + "\r\n").encode()


class Hostile(Case):
    def setUp(self):
        super().setUp()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < 2 * MANY + 500:
            if hard != resource.RLIM_INFINITY and hard < 2 * MANY + 500:
                self.skipTest(f"needs {2 * MANY + 500} descriptors")
            resource.setrlimit(resource.RLIMIT_NOFILE, (2 * MANY + 500, hard))
        self.clients = []
        self.addCleanup(lambda: [client.close() for client in self.clients])

    def listen(self, options="{}"):
        """Starts the server; gives (process, port)."""
        process = self.start(self.script(SERVER.replace("OPTIONS", options)))
        return process, int(process.stdout.readline())

    def many(self, port, count, data=b""):
        """So many more clients that have sent `data`, as far as it is taken."""
        for _ in range(count):
            client = connect(port)
            self.clients.append(client)
            client.setblocking(False)
            try:
                client.send(data)
            except OSError:
                pass

    def normal(self, port, times=20):
        """A client that is served, and does not wait for the others."""
        with connect(port) as connection:
            for _ in range(times):
                connection.sendall(get("/"))
                answer = b""
                while not answer.endswith(b"Hello World"):
                    part = connection.recv(1000)
                    self.assertTrue(part)
                    answer += part

    def drain_all(self):
        """Reads the clients until every one has been closed; what each has got."""
        got = {client: b"" for client in self.clients}
        with selectors.DefaultSelector() as selector:
            for client in self.clients:
                selector.register(client, selectors.EVENT_READ)
            end = time.monotonic() + 3 * LIMIT
            while selector.get_map():
                self.assertLess(time.monotonic(), end, f"{len(selector.get_map())} are still open")
                for key, _ in selector.select(1):
                    try:
                        part = key.fileobj.recv(65536)
                    except ConnectionError:
                        part = b""
                    got[key.fileobj] += part
                    if not part:
                        selector.unregister(key.fileobj)
        return list(got.values())

    def descriptors(self, process, wanted):
        """Waits until the server has as few descriptors as it had."""
        end = time.monotonic() + LIMIT
        while len(os.listdir(f"/proc/{process.pid}/fd")) > wanted:
            self.assertLess(time.monotonic(), end, "descriptors are left")
            time.sleep(0.05)

    def open_descriptors(self, process):
        return len(os.listdir(f"/proc/{process.pid}/fd"))

    def test_slow_heads(self):
        process, port = self.listen("{headTimeout: 2}")
        self.normal(port)
        before = self.open_descriptors(process)
        self.many(port, MANY, b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
        for n in range(3):
            self.normal(port)
            for client in self.clients[::10]:
                try:
                    client.send(b"%d" % n)
                except OSError:
                    pass
        answers = self.drain_all()
        self.assertTrue(all(a.startswith(b"HTTP/1.1 408 ") or a == b"" for a in answers))
        self.assertGreater(sum(a != b"" for a in answers), MANY // 2)
        self.normal(port)
        self.descriptors(process, before + 1)

    def test_slow_bodies_and_silent_clients(self):
        process, port = self.listen("{bodyTimeout: 2, headTimeout: 2, idleTimeout: 2}")
        self.normal(port)
        before = self.open_descriptors(process)
        self.many(port, MANY // 2, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nab")
        self.many(port, MANY // 4)
        self.many(port, MANY // 4, get("/"))
        self.normal(port)
        self.drain_all()
        self.normal(port)
        self.descriptors(process, before + 1)

    def test_resets_at_every_moment(self):
        process, port = self.listen()
        self.normal(port)
        before = self.open_descriptors(process)
        datas = [b"", b"G", get("/"), get("/") * 20, get("/large"), b"POST /echo HTTP/1.1\r\nContent-Length: 9\r\n\r\nab",
                 b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", b"junk\r\n\r\n"]
        for n in range(MANY):
            client = connect(port)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            if datas[n % len(datas)]:
                client.sendall(datas[n % len(datas)])
            if n % 3 == 0:
                time.sleep(0)
            client.close()
            if n % 500 == 0:
                self.normal(port)
        self.normal(port)
        self.descriptors(process, before + 1)

    def test_floods_of_requests_whose_answers_nobody_reads(self):
        process, port = self.listen("{writeTimeout: 2, idleTimeout: 2, outputPause: 65536}")
        self.normal(port)
        before = self.open_descriptors(process)
        self.many(port, 100, get("/large") * 500)
        self.many(port, 100, get("/") * 2000)
        for client in self.clients:
            try:
                client.send(get("/") * 2000)
            except OSError:
                pass
        for _ in range(5):
            self.normal(port)
        with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
            peak = int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) * 1024
        if "sanitize" not in NODE:
            self.assertLess(peak, 512 << 20)  # 200 clients with an answer of a megabyte each, and not 50,000 of them
        # Who never reads is dropped.
        self.descriptors(process, before + 1)

    def test_clients_that_leave_while_their_uploads_wait(self):
        process, port = self.listen("{outputPause: 1000}")
        self.normal(port)
        before = self.open_descriptors(process)
        upload = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 4000000
        self.many(port, 100, upload)
        self.normal(port)
        for n, client in enumerate(self.clients):
            if n % 2:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
        self.clients.clear()
        self.normal(port)
        self.descriptors(process, before + 1)


class Work(Case):
    """What must cost no more than its length. Sizes are such that a quadratic path would not end."""

    def listen(self):
        process = self.start(self.script(SERVER.replace("OPTIONS", "{outputPause: 1000, targetBytes: 30000}")))
        return process, int(process.stdout.readline())

    # name -> the data of n units of work
    UNITS = {
        "pipelined requests": lambda n: get("/") * n,
        "chunks of a byte": lambda n: b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" +
                                      b"1\r\nx\r\n" * (n * 1000) + b"0\r\n\r\n",
        "heads of 255 fields": lambda n: get("/", *[f"X-{i}: {i}" for i in range(254)]) * n,
        "heads without an end": lambda n: b"".join(get("/" + "x" * 29000) for _ in range(n)),
        "empty lines": lambda n: (b"\r\n\r\n" + get("/")) * n,
        "uploads nobody hears": lambda n: (b"POST / HTTP/1.1\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000) * n,
    }

    def send(self, port, data, piece=None):
        """All of `data`, while the answers are read; the answers."""
        with connect(port) as connection:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector = selectors.DefaultSelector()
            selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE)
            sent, parts, end = 0, [], time.monotonic() + 4 * LIMIT
            while True:
                self.assertLess(time.monotonic(), end)
                for _, events in selector.select(1):
                    if events & selectors.EVENT_READ:
                        part = connection.recv(1 << 20)
                        if not part:
                            selector.close()
                            return b"".join(parts)
                        parts.append(part)
                    if events & selectors.EVENT_WRITE and sent < len(data):
                        sent += connection.send(data[sent:sent + (piece or 1 << 20)])
                        if sent == len(data):
                            connection.shutdown(socket.SHUT_WR)
                            selector.modify(connection, selectors.EVENT_READ)

    def test_much_work_ends(self):
        _, port = self.listen()
        for name, count in (("pipelined requests", 10000), ("chunks of a byte", 1000), ("heads of 255 fields", 500),
                            ("heads without an end", 200), ("empty lines", 5000), ("uploads nobody hears", 2000)):
            with self.subTest(name):
                answers = self.send(port, self.UNITS[name](count))
                wanted = 1 if name == "chunks of a byte" else count
                self.assertEqual(answers.count(b"HTTP/1.1 200"), wanted)
                if wanted == 1:
                    self.assertGreaterEqual(answers.count(b"x"), count * 1000)

    def test_a_large_head_in_single_bytes(self):
        _, port = self.listen()
        answers = self.send(port, get("/" + "x" * 15000, *[f"X-{i}: {i}" for i in range(250)]), piece=1)
        self.assertEqual(answers.count(b"HTTP/1.1 200"), 1)

    def test_instructions_grow_with_the_length(self):
        """Counts the instructions of a server's whole life, where the machine can."""
        perf = shutil.which("perf")
        probe = perf and subprocess.run([perf, "stat", "-x,", "-e", "instructions:u", "true"], capture_output=True, text=True,
                                        check=False).stderr
        if not probe or not re.match(r"\d+,", probe):
            self.skipTest("no counter of instructions here")

        def count(data):
            out = self.folder / "count"
            script = self.script(SERVER.replace("OPTIONS", "{outputPause: 1000, targetBytes: 30000}"))
            process = subprocess.Popen([perf, "stat", "-x,", "-e", "instructions:u", "-o", str(out), NODE, str(script)],
                                       stdout=subprocess.PIPE)
            port = int(process.stdout.readline())
            self.send(port, data)
            exchange(port, get("/end"))
            process.wait(LIMIT)
            process.stdout.close()
            return int(re.search(r"^(\d+),", out.read_text(), re.M).group(1))

        for name, unit in self.UNITS.items():
            base = count(unit(1))
            few, many = count(unit(100)) - base, count(unit(400)) - base
            self.assertLess(many, 8 * few, name)


if __name__ == "__main__":
    unittest.main()
