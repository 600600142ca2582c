"""Servers that are closed while clients are there: what is answered still, what ends, and when `drained` comes."""
import signal
import unittest

from harness import LIMIT, Case, connect, read_all

# Answers with the path: at once, /slow and the rest of /stream with SIGUSR2; /close closes the server, too. SIGUSR1 has it
# wait in a turn until stderr is read, and then close the server. It ends by itself when all is over.
SERVER = """
var server = node.http.createServer(function (request, response) {
  function say() {
    response.sendHeader(200, []);
    response.sendBody(request.uri.path);
    response.finish();
  }
  if (request.uri.path === "/slow") { puts("slow"); node.signals.addListener("SIGUSR2", say); return; }
  if (request.uri.path === "/stream") {
    response.sendHeader(200, []);
    response.sendBody("begin ");
    node.signals.addListener("SIGUSR2", function () { response.sendBody("end"); response.finish(); });
    return;
  }
  say();
  if (request.uri.path === "/close") server.close();
});
server.addListener("close", function () { puts("close"); });
server.addListener("drained", function () { puts("drained " + arguments.length + " " + (this === server)); });
node.signals.addListener("SIGUSR1", function () {
  node.debug("waits");
  node.debug(new Array(1 << 20).join("x"));
  server.close();
  puts("closed");
});
server.listen(0, "127.0.0.1");
puts("port " + server.port);
"""
END = "close\nclosed\ndrained 0 true\n"


def get(path):
    """A request."""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


class Drain(Case):
    def setUp(self):
        super().setUp()
        self.process = self.start("-e", SERVER)
        self.port = int(self.process.stdout.readline().split()[1])

    def kept(self):
        """A connection that has been answered once, and is kept."""
        connection = connect(self.port)
        self.addCleanup(connection.close)
        connection.sendall(get("/first"))
        self.assertTrue(self.answer(connection, "/first").startswith("HTTP/1.1 200 "))
        return connection

    def answer(self, connection, end):
        """What comes up to the text `end`."""
        data = b""
        while not data.endswith(end.encode()):
            part = connection.recv(4096)
            self.assertTrue(part, data)
            data += part
        return data.decode()

    def wait_in_turn(self):
        """From now on the server is in a turn at whose end it is closed."""
        self.process.send_signal(signal.SIGUSR1)
        self.assertEqual(self.process.stderr.readline(), b"DEBUG: waits\n")

    def last(self, connection, end):
        """The last answer on a connection, which says so."""
        text = read_all(connection).decode()
        connection.close()  # the server waits a little for that
        self.assertIn("\r\nConnection: close\r\n", text)
        self.assertTrue(text.endswith(end), text)

    def ends(self, out=END):
        """The server ends by itself, having printed that."""
        rest, errors = self.process.communicate(timeout=LIMIT)
        self.assertEqual((rest.decode(), errors.replace(b"x", b"").replace(b"DEBUG: waits\n", b""), self.process.returncode),
                         (out, b"DEBUG: \n" if "closed" in out else b"", 0))

    def test_idle_connections_end_at_once(self):
        kept = self.kept()
        self.wait_in_turn()
        self.process.stderr.readline()
        self.assertEqual(read_all(kept), b"")
        self.process.stderr.close()
        self.assertEqual((self.process.stdout.read().decode(), self.process.wait(LIMIT)), (END, 0))

    def test_without_connections(self):
        self.wait_in_turn()
        self.ends()

    def test_a_request_that_the_kernel_has_for_a_kept_connection(self):
        kept = self.kept()
        self.wait_in_turn()
        kept.sendall(get("/second"))
        self.process.stderr.readline()
        self.last(kept, "/second")
        self.assertEqual(self.process.stdout.read().decode(), END)

    def test_what_is_pipelined_behind_the_last_answer(self):
        kept = self.kept()
        self.wait_in_turn()
        kept.sendall(get("/second") + get("/slow") + get("/third"))
        self.process.stderr.readline()
        self.last(kept, "/second")
        # "slow" would tell that the listener has heard of it.
        self.assertEqual(self.process.stdout.read().decode(), END)

    def test_a_head_that_the_kernel_has_in_part(self):
        kept = self.kept()
        self.wait_in_turn()
        kept.sendall(get("/second")[:10])
        self.process.stderr.readline()
        self.assertEqual([self.process.stdout.readline() for _ in range(2)], [b"close\n", b"closed\n"])
        kept.sendall(get("/second")[10:])
        self.last(kept, "/second")

    def test_clients_that_the_kernel_has(self):
        self.wait_in_turn()
        clients = [connect(self.port) for _ in range(20)]
        for i, client in enumerate(clients):
            self.addCleanup(client.close)
            client.sendall(get(f"/{i}"))
        self.process.stderr.readline()
        for i, client in enumerate(clients):
            self.last(client, f"/{i}")
        with self.assertRaises(ConnectionRefusedError):
            connect(self.port)
        self.assertEqual(self.process.stdout.read().decode(), END)

    def test_requests_of_one_turn(self):
        kept = [self.kept() for _ in range(5)]
        self.process.send_signal(signal.SIGSTOP)
        for i, connection in enumerate(kept):
            connection.sendall(get("/close" if i == 2 else f"/{i}"))
        self.process.send_signal(signal.SIGCONT)
        for i, connection in enumerate(kept):
            text = read_all(connection).decode() if i >= 2 else self.answer(connection, f"/{i}") + read_all(connection).decode()
            connection.close()
            self.assertTrue(text.endswith("/close" if i == 2 else f"/{i}"), (i, text))
        self.ends("close\ndrained 0 true\n")

    def test_answers_that_are_owed_and_under_way(self):
        slow, stream, idle = connect(self.port), connect(self.port), self.kept()
        for connection in (slow, stream):
            self.addCleanup(connection.close)
        slow.sendall(get("/slow"))
        self.assertEqual(self.process.stdout.readline(), b"slow\n")
        stream.sendall(get("/stream"))
        self.answer(stream, "begin \r\n")
        self.wait_in_turn()
        self.process.stderr.readline()
        self.assertEqual(read_all(idle), b"")
        self.assertEqual([self.process.stdout.readline() for _ in range(2)], [b"close\n", b"closed\n"])
        self.process.send_signal(signal.SIGUSR2)
        self.last(slow, "/slow")
        self.assertEqual(read_all(stream), b"3\r\nend\r\n0\r\n\r\n")
        stream.close()
        self.assertEqual(self.process.stdout.read(), b"drained 0 true\n")
        self.assertEqual(self.process.wait(LIMIT), 0)


if __name__ == "__main__":
    unittest.main()
