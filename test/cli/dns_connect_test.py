"""Connecting by name: in which order addresses are tried, how failure is told, what close() cancels."""
import contextlib
import http.server
import socket
import threading
import unittest

from dns_harness import DnsCase
from harness import LIMIT

HELLO = b"hello"

CONNECT = """
var connection = node.tcp.createConnection(%d, "%s");
connection.setEncoding("ascii");
connection.addListener("connect", function () { puts("connect " + connection.remoteAddress); });
connection.addListener("receive", function (data) { puts("receive " + data); });
connection.addListener("eof", function () { connection.close(); });
connection.addListener("disconnect", function (failed) {
  puts("disconnect " + failed + (connection.error ? " " + connection.error.message : ""));
});
puts(connection.readyState);
"""


class Listener:
    """A TCP server on some loopback addresses, all of one port: greets and closes. Notes who is connected to."""

    def __init__(self, *hosts):
        self.accepted = []
        self.sockets = []
        port = 0
        for host in hosts:
            one = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if ":" in host:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind((host, port))
            one.listen(16)
            port = one.getsockname()[1]
            self.sockets.append(one)
            threading.Thread(target=self._accept, args=(one, host), daemon=True).start()
        self.port = port

    def _accept(self, listener, host):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.accepted.append(host)
            with connection:
                with contextlib.suppress(OSError):
                    connection.sendall(HELLO)

    def close(self):
        """Ends it."""
        for one in self.sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


class ConnectCase(DnsCase):
    """Tests with a mock server that node.tcp and node.http use."""

    def setUp(self):
        super().setUp()
        self.server = self.mock()

    def listen(self, *hosts):
        """A listener that ends with the test."""
        listener = Listener(*hosts)
        self.addCleanup(listener.close)
        return listener

    def names(self, **addresses):
        """Gives the names NAME.zone these addresses: {type: [addresses]}."""
        self.server.zone.update({f"{name}.zone": kinds for name, kinds in addresses.items()})

    def black_hole(self, host, port):
        """An address that answers no SYN: its queue is full."""
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(0)
        for _ in range(4):
            filler = socket.socket()
            self.addCleanup(filler.close)
            filler.setblocking(False)
            filler.connect_ex((host, port))

    def settings(self, options="timeout:1 attempts:1"):
        """The environment of a node that asks the mock."""
        return {"NAMESERVERS": "127.0.0.1", "RES_OPTIONS": f"port:{self.server.port} {options}"}

    def run_script(self, text, limit=LIMIT, options="timeout:1 attempts:1"):
        """The lines that a script prints."""
        done = self.run_node(self.script(text), limit=limit, **self.settings(options))
        self.assertEqual(done.code, 0, done)
        return done.out.splitlines()

    def connect(self, port, host, **more):
        """What becomes of a connection."""
        return self.run_script(CONNECT % (port, host), **more)


class Tcp(ConnectCase):
    def good(self, address):
        return ["opening", f"connect {address}", "receive hello", "disconnect false"]

    def test_by_name(self):
        listener = self.listen("127.0.0.1")
        self.names(web={"A": ["127.0.0.1"]})
        self.assertEqual(self.connect(listener.port, "web.zone"), self.good("127.0.0.1"))

    def test_ipv4_comes_first(self):
        listener = self.listen("127.0.0.1", "::1")
        self.names(web={"A": ["127.0.0.1"], "AAAA": ["::1"]})
        self.assertEqual(self.connect(listener.port, "web.zone"), self.good("127.0.0.1"))
        self.assertEqual(listener.accepted, ["127.0.0.1"])

    def test_only_ipv6(self):
        listener = self.listen("::1")
        self.names(web={"AAAA": ["::1"]})
        self.assertEqual(self.connect(listener.port, "web.zone"), self.good("::1"))

    def test_an_alias(self):
        listener = self.listen("127.0.0.1")
        self.names(web={"A": ["127.0.0.1"]}, www={"CNAME": ["web.zone"]})
        self.assertEqual(self.connect(listener.port, "www.zone"), self.good("127.0.0.1"))

    def test_a_name_of_the_hosts_file(self):
        listener = self.listen("127.0.0.1")
        self.hosts.write_text("127.0.0.1 web.zone\n")
        self.assertEqual(self.connect(listener.port, "web.zone"), self.good("127.0.0.1"))
        self.assertEqual(self.server.queries, [])

    def test_an_address_that_refuses_is_followed_by_the_next(self):
        listener = self.listen("127.0.0.1")
        self.names(web={"A": ["127.0.0.77", "127.0.0.78", "127.0.0.1"]})
        self.assertEqual(self.connect(listener.port, "web.zone"), self.good("127.0.0.1"))

    def test_an_address_that_is_silent_is_followed_by_the_next(self):
        listener = self.listen("127.0.0.1")
        self.black_hole("127.0.0.2", listener.port)
        self.names(web={"A": ["127.0.0.2", "127.0.0.1"]})
        self.assertEqual(self.connect(listener.port, "web.zone", limit=10), self.good("127.0.0.1"))

    def test_a_silent_family_is_followed_by_the_other(self):
        listener = self.listen("::1")
        self.black_hole("127.0.0.2", listener.port)
        self.names(web={"A": ["127.0.0.2"], "AAAA": ["::1"]})
        self.assertEqual(self.connect(listener.port, "web.zone", limit=10), self.good("::1"))

    def test_the_winner_alone_stays(self):
        """All addresses but the last are silent: the others are given up, and the program ends."""
        listener = self.listen("127.0.0.1")
        for last in (2, 3, 4):
            self.black_hole(f"127.0.0.{last}", listener.port)
        self.names(web={"A": ["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.1"]})
        self.assertEqual(self.connect(listener.port, "web.zone", limit=15), self.good("127.0.0.1"))
        self.assertEqual(listener.accepted, ["127.0.0.1"])

    def failure(self, host, pattern):
        """A connection that comes to nothing: one disconnect(true), with an error that says why."""
        lines = self.connect(9, host)
        self.assertEqual(lines[0], "opening")
        self.assertEqual(len(lines), 2, lines)
        self.assertRegex(lines[1], "^disconnect true .*" + pattern)

    def test_failures_name_the_host_and_the_code(self):
        self.failure("nothing.zone", r"nothing\.zone.*(NXDOMAIN|no such name)")
        self.failure("nodata.test", r"nodata\.test.*(NODATA|no address)")
        self.failure("servfail.test", r"servfail\.test.*(TEMPFAIL|SERVFAIL|failure)")
        self.failure("silent.test", r"silent\.test.*(TEMPFAIL|no answer)")
        self.failure("loop.test", r"loop\.test.*(PROTOCOL|broken|pointer)")
        self.failure("a..b", r"a\.\.b.*(BADQUERY|empty label)")

    def test_the_code_is_a_property(self):
        lines = self.run_script("""
          var c = node.tcp.createConnection(9, "nothing.zone");
          c.addListener("disconnect", function () { puts(c.error.code === node.dns.NXDOMAIN); puts(c.error instanceof Error); });""")
        self.assertEqual(lines, ["true", "true"])

    def test_all_addresses_refuse(self):
        self.names(web={"A": ["127.0.0.77", "127.0.0.78"], "AAAA": ["::1"]})
        listener = self.listen("127.0.0.1")
        listener.close()
        lines = self.connect(listener.port, "web.zone")
        self.assertEqual(len(lines), 2, lines)
        self.assertRegex(lines[1], r"^disconnect true .*web\.zone.*ECONNREFUSED|^disconnect true .*ECONNREFUSED.*web\.zone")

    def test_closing_cancels_the_lookup(self):
        """Nothing is left that would keep the program: the time-outs are longer than the test's."""
        for call in ("close", "fullClose", "forceClose"):
            with self.subTest(call):
                lines = self.run_script(f"""
                  var c = node.tcp.createConnection(9, "silent.test");
                  c.addListener("connect", function () {{ puts("connect"); }});
                  c.addListener("disconnect", function (failed) {{ puts("disconnect " + failed); }});
                  setTimeout(function () {{ c.{call}(); puts(c.readyState); }}, 50);""",
                                        limit=10, options="timeout:30 attempts:3")
                self.assertEqual(lines[0], "readOnly" if call == "close" else "closed")
                self.assertEqual(lines[1:], [] if call == "forceClose" else ["disconnect false"])

    def test_closing_cancels_attempts_under_way(self):
        listener = self.listen("127.0.0.1")
        self.black_hole("127.0.0.2", listener.port)
        self.black_hole("127.0.0.3", listener.port)
        self.names(web={"A": ["127.0.0.2", "127.0.0.3"]})
        lines = self.run_script(f"""
          var c = node.tcp.createConnection({listener.port}, "web.zone");
          c.addListener("disconnect", function (failed) {{ puts("disconnect " + failed); }});
          setTimeout(function () {{ c.fullClose(); }}, 600);""", limit=10)
        self.assertEqual(lines, ["disconnect false"])

    def test_closing_one_does_not_hurt_who_asks_the_same(self):
        listener = self.listen("127.0.0.1")
        self.names(web={"A": ["127.0.0.1"]})
        lines = self.run_script(f"""
          var first = node.tcp.createConnection(9, "slow200.test");
          node.dns.lookup("slow200.test", {{ family: 4 }}).addCallback(function (a) {{ puts(a); }});
          first.forceClose();
          var again = node.tcp.createConnection({listener.port}, "silent.test");
          again.forceClose();
          again.connect({listener.port}, "web.zone");
          again.addListener("connect", function () {{ puts("connect"); again.fullClose(); }});""", limit=10)
        self.assertEqual(sorted(lines), ["192.0.2.1", "connect"])

    def test_connecting_again_inside_disconnect(self):
        listener = self.listen("127.0.0.1")
        self.names(web={"A": ["127.0.0.1"]})
        lines = self.run_script(f"""
          var c = node.tcp.createConnection(9, "nothing.zone");
          c.addListener("connect", function () {{ puts("connect"); c.fullClose(); }});
          var tries = 0;
          c.addListener("disconnect", function (failed) {{
            puts(failed);
            if (tries++ === 0) c.connect({listener.port}, "web.zone");
          }});""")
        self.assertEqual(lines, ["true", "connect", "false"])

    def test_a_burst_to_one_name_asks_once(self):
        listener = self.listen("127.0.0.1")
        self.names(web={"A": ["127.0.0.1"]})
        lines = self.run_script(f"""
          for (var i = 0; i < 20; i++) {{
            node.tcp.createConnection({listener.port}, "web.zone").addListener("connect", function () {{
              puts("connect");
              this.fullClose();
            }});
          }}""")
        self.assertEqual(lines, ["connect"] * 20)
        self.assertEqual(len(self.server.queries), 2)  # A and AAAA


class Http(ConnectCase):
    def setUp(self):
        super().setUp()
        test = self
        self.requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                test.requests.append((self.headers["Host"], self.path))
                self.send_response(200)
                self.send_header("Content-Length", str(len(HELLO)))
                self.end_headers()
                self.wfile.write(HELLO)

            def log_message(self, *_):
                pass

        web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=web.serve_forever, daemon=True).start()
        self.addCleanup(web.server_close)
        self.addCleanup(web.shutdown)
        self.port = web.server_port
        self.names(web={"A": ["127.0.0.1"]}, dead={"A": ["127.0.0.77", "127.0.0.1"]})

    GET = """
      var client = node.http.createClient(%d, "%s");
      client.addListener("error", function (error) { puts("error " + (client.error || error).message); });
      client.get("/x", []).finish(function (response) {
        response.setBodyEncoding("utf8");
        response.addListener("body", function (chunk) { puts(response.statusCode + " " + chunk); });
      });"""

    def test_by_name(self):
        for host in ("web.zone", "dead.zone"):
            with self.subTest(host):
                self.assertEqual(self.run_script(self.GET % (self.port, host)), ["200 hello"])
                self.assertEqual(self.requests[-1], (f"{host}:{self.port}", "/x"))

    def test_failure_is_one_error_that_names_host_and_code(self):
        for host, why in (("nothing.zone", "NXDOMAIN|no such name"), ("silent.test", "TEMPFAIL|no answer")):
            with self.subTest(host):
                lines = self.run_script(self.GET % (self.port, host))
                self.assertEqual(len(lines), 1, lines)
                self.assertRegex(lines[0], f"^error .*{host}.*({why})")

    def test_cat(self):
        lines = self.run_script(f"""
          node.http.cat("http://web.zone:{self.port}/y", "utf8").addCallback(function (body) {{ puts(body); }});
          node.http.cat("http://nothing.zone:{self.port}/y", "utf8").addErrback(function () {{ puts("failed"); }});""")
        self.assertEqual(sorted(lines), ["failed", "hello"])

    def test_closing_cancels_the_lookup(self):
        lines = self.run_script(f"""
          var client = node.http.createClient({self.port}, "silent.test");
          client.get("/x", []).finish(function () {{ puts("response"); }});
          setTimeout(function () {{ client.forceClose(); puts("closed"); }}, 50);""", limit=10, options="timeout:30 attempts:3")
        self.assertEqual(lines, ["closed"])


if __name__ == "__main__":
    unittest.main()
