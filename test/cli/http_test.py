"""The HTTP server over real sockets."""
import http.client
import re
import socket
import time
import unittest

from harness import LIMIT, ROOT, Case, body, connect, exchange, read_all, run

HELLO = """function (request, response) {
  response.sendHeader(200, [["Content-Type", "text/plain"]]);
  response.sendBody("Hello World");
  response.finish();
}"""

ECHO = """function (request, response) {
  var body = "";
  request.setBodyEncoding("utf8");
  request.addListener("body", function (chunk) { body += chunk; });
  request.addListener("complete", function () {
    response.sendHeader(200, []);
    response.sendBody(request.method + " " + request.uri.path + " [" + body + "]", "utf8");
    response.finish();
  });
}"""


def get(path, *fields):
    return ("GET " + path + " HTTP/1.1\r\nHost: x\r\n" + "".join(f + "\r\n" for f in fields) + "\r\n").encode()


class Answers(Case):
    def test_hello(self):
        _, port = self.serve(HELLO)
        answer = exchange(port, get("/", "Connection: close")).decode()
        head, text = answer.split("\r\n\r\n", 1)
        self.assertEqual(text, "Hello World")
        self.assertTrue(head.startswith("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"), head)
        self.assertIn("Content-Length: 11", head)
        self.assertIn("Connection: close", head)
        self.assertRegex(head, r"Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")

    def test_keep_alive(self):
        _, port = self.serve(HELLO)
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
        for _ in range(50):
            client.request("GET", "/")
            self.assertEqual(client.getresponse().read(), b"Hello World")
        client.close()

    def test_the_delayed_example_of_the_documentation(self):
        text = (ROOT / "doc/examples/slow-hello.js").read_text()
        listener = re.search(r"createServer\((.*)\)\.listen", text, re.S).group(1).replace("2000", "50")
        _, port = self.serve(listener)
        self.assertIn(b"Hello World", exchange(port, get("/", "Connection: close")))

    def test_bodies_in_and_out(self):
        _, port = self.serve(ECHO)
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
        for size in (0, 1, 1000, 65536, 1000000):
            client.request("POST", "/up?x", body=b"y" * size)
            self.assertEqual(client.getresponse().read(), b"POST /up [" + b"y" * size + b"]")
        client.request("PUT", "/c", body=iter([b"ab", b"", b"\xe2\x82", b"\xac!"]), encode_chunked=True,
                       headers={"Transfer-Encoding": "chunked"})
        self.assertEqual(client.getresponse().read().decode(), "PUT /c [ab\u20ac!]")
        client.close()

    def test_in_single_bytes(self):
        _, port = self.serve(ECHO)
        data = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + get("/b", "Connection: close")
        with connect(port) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for i in range(len(data)):
                connection.sendall(data[i:i + 1])
            answer = read_all(connection)
        self.assertEqual(re.findall(rb"\w+ /\w+ \[.*?\]", answer), [b"POST /a [abc]", b"GET /b []"])

    def test_pipelining_keeps_the_order(self):
        _, port = self.serve("""function (request, response) {
          var n = Number(request.uri.path.slice(1));
          setTimeout(function () {
            response.sendHeader(200, []);
            response.sendBody("<" + n + ">");
            response.finish();
          }, n % 3 * 5);
        }""")
        requests = b"".join(get("/%d" % n) for n in range(99)) + get("/99", "Connection: close")
        answer = exchange(port, requests)
        self.assertEqual(re.findall(rb"<(\d+)>", answer), [b"%d" % n for n in range(100)])

    def test_streaming_is_chunked(self):
        _, port = self.serve("""function (request, response) {
          response.sendHeader(200, []);
          response.sendBody("one");
          setTimeout(function () { response.sendBody(""); response.sendBody("\\u20ac", "utf8");
            response.sendBody([1, 255]); response.finish(); }, 5);
        }""")
        answer = exchange(port, get("/", "Connection: close"))
        self.assertIn(b"Transfer-Encoding: chunked", answer)
        self.assertEqual(body(answer), b"3\r\none\r\n3\r\n\xe2\x82\xac\r\n2\r\n\x01\xff\r\n0\r\n\r\n")

    def test_http_1_0_gets_no_chunks(self):
        _, port = self.serve("""function (request, response) {
          response.sendHeader(200, []); response.sendBody("a");
          setTimeout(function () { response.sendBody("b"); response.finish(); }, 5);
        }""")
        answer = exchange(port, b"GET / HTTP/1.0\r\n\r\n")
        self.assertEqual(body(answer), b"ab")
        self.assertNotIn(b"chunked", answer)

    def test_head_has_no_body(self):
        _, port = self.serve(HELLO)
        answer = exchange(port, b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        self.assertIn(b"Content-Length: 11", answer)
        self.assertEqual(body(answer), b"")

    def test_headers_and_members(self):
        _, port = self.serve("""function (request, response) {
          response.sendHeader(200, []);
          response.sendBody(JSON.stringify([request.method, request.httpVersion, request.headers,
            request.uri.params, request.connection.remoteAddress, request.connection.server === server,
            request.connection === response.connection, this === server]));
          response.finish();
        }""")
        data = b"PROPFIND /a?b=c HTTP/1.1\r\nX-One:  1 \t\r\nx-one: 2\r\nConnection: close\r\n\r\n"
        self.assertEqual(body(exchange(port, data)).decode(),
                         '["PROPFIND","1.1",[["X-One","1"],["x-one","2"],["Connection","close"]],{"b":"c"},'
                         '"127.0.0.1",true,true,true]')

    def test_expect_continue(self):
        _, port = self.serve(ECHO)
        with connect(port) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
                               b"Connection: close\r\n\r\n")
            self.assertEqual(connection.recv(1000), b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.sendall(b"ok")
            self.assertIn(b"[ok]", read_all(connection))

    def test_raw_and_bytes_encodings(self):
        _, port = self.serve("""function (request, response) {
          if (request.uri.path === "/bytes") request.setBodyEncoding("BYTES");
          request.addListener("body", function (chunk) {
            response.sendHeader(200, []);
            response.sendBody(chunk);
            response.sendBody(JSON.stringify([Array.isArray(chunk), chunk.length]));
            response.finish();
          });
        }""")
        data = b"POST /%s HTTP/1.1\r\nContent-Length: 3\r\nConnection: close\r\n\r\n\x00\x80\xff"
        self.assertIn(b"\x00\x80\xff", exchange(port, data % b"raw"))
        self.assertIn(b"[true,3]", exchange(port, data % b"raw"))
        self.assertIn(b"[false,3]", exchange(port, data % b"bytes"))


class Refusals(Case):
    def test_bad_requests_get_a_400_and_the_server_lives(self):
        _, port = self.serve(HELLO)
        for data in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\nHost: x\n\n", b"GET / HTTP/1.1\r\nA : b\r\n\r\n",
                     b"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"GET / HTTP/1.1\r\nA: \x00\r\n\r\n"):
            for behind in (b"", get("/next")):
                answer = exchange(port, data + behind)
                self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), (data, answer))
                self.assertEqual(answer.count(b"HTTP/1.1"), 1, (data, answer))
        self.assertIn(b"200 OK", exchange(port, get("/")))

    def test_owed_answers_come_before_the_refusal(self):
        _, port = self.serve(HELLO.replace("response.finish();", "setTimeout(function () { response.finish(); }, 20);"))
        answer = exchange(port, get("/a") + get("/b") + b"junk\r\n\r\n")
        self.assertEqual(re.findall(rb"HTTP/1.1 (\d+)", answer), [b"200", b"200", b"400"])

    def test_a_broken_body_is_refused(self):
        _, port = self.serve(ECHO)
        data = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n"
        self.assertTrue(exchange(port, data).startswith(b"HTTP/1.1 400 "))

    def test_connect_is_not_served(self):
        _, port = self.serve(HELLO)
        self.assertTrue(exchange(port, b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n").startswith(b"HTTP/1.1 501 "))

    def test_too_much(self):
        _, port = self.serve(HELLO)
        self.assertIn(b" 414 ", exchange(port, get("/" + "a" * 20000)))
        self.assertIn(b" 431 ", exchange(port, get("/", *["X: y"] * 300)))


class Misuse(Case):
    def check(self, statements, message):
        _, port = self.serve("function (request, response) { try { " + statements + """ } catch (error) {
          puts(error.message); server.close(); node.exit(0); } }""")
        process, port = self.serve("function (request, response) { try { " + statements + """ } catch (error) {
          puts(error.message); node.exit(0); } }""")
        with connect(port) as connection:
            connection.sendall(get("/"))
            self.assertIn(message, process.stdout.readline().decode())

    def test_calls_in_the_wrong_order(self):
        self.check("response.sendBody('x')", "sendBody: call sendHeader first")
        self.check("response.finish()", "finish: call sendHeader first")
        self.check("response.sendHeader(200); response.sendHeader(200)", "sendHeader: the header has been given already")
        self.check("response.sendHeader(200); response.finish(); response.finish()", "finish: the response is finished")
        self.check("response.sendHeader(200); response.finish(); response.sendBody('')", "sendBody: the response is")

    def test_forbidden_characters(self):
        self.check("response.sendHeader(200, [['X', 'a\\r\\nY: b']])", 'forbidden character in the value of X: "a')
        self.check("response.sendHeader(200, [['X', '\\u010a']])", "forbidden character in the value of X")
        self.check("response.sendHeader(200, [['X Y', 'a']])", 'forbidden character in the header name "X Y"')
        self.check("response.sendHeader(99)", "the status must be an integer from 200 to 999")
        self.check("response.sendHeader(200); response.sendBody({})", "a chunk must be a string")

    def test_a_wrong_length(self):
        self.check("response.sendHeader(200, [['Content-Length', 1]]); response.sendBody('ab'); response.finish()",
                   "longer than its Content-Length")
        self.check("response.sendHeader(200, [['Content-Length', 3]]); response.sendBody('ab'); response.finish()",
                   "shorter than its Content-Length")


    def test_what_decides_about_the_framing_is_checked_at_once_and_can_be_mended(self):
        for bad in ("[['Content-Length', 'abc']]", "[['Content-Length', -1]]", "[['Content-Length', 1], ['content-length', 2]]",
                    "[['Content-Length', 1], ['Transfer-Encoding', 'chunked']]", "[['Transfer-Encoding', 'gzip']]"):
            _, port = self.serve("function (request, response) { try { response.sendHeader(200, " + bad + "); } catch (e) {"
                                 " response.sendHeader(500, []); response.sendBody(e.message); response.finish(); } }")
            answer = exchange(port, get("/"))
            self.assertTrue(answer.startswith(b"HTTP/1.1 500 "), answer)
            self.assertRegex(answer, rb"sendHeader: .*(Content-Length|Transfer-Encoding)")

    def test_headers_that_change_between_answers(self):
        _, port = self.serve("""function (request, response) {
          n++;
          pair[1] = "v" + (n >> 1); other.text = n;
          response.sendHeader(200, [pair, ["X-N", n], ["X-Other", other]]);
          response.finish(); }""", before="var n = 0, pair = ['X-A', 'x'], other = {toString: function () { return this.text; }};")
        answer = exchange(port, get("/") * 4).decode()
        found = re.findall(r"X-A: v(\d)\r\nX-N: (\d)\r\nX-Other: (\d)", answer)
        self.assertEqual(found, [("0", "1", "1"), ("1", "2", "2"), ("1", "3", "3"), ("2", "4", "4")])

    def test_a_first_piece_that_is_too_long_can_be_mended(self):
        _, port = self.serve("""function (request, response) {
          response.sendHeader(200, [["Content-Length", 2]]);
          try { response.sendBody("\u20ac", "utf8"); } catch (e) { response.sendBody("ok"); response.finish(); } }""")
        self.assertEqual(body(exchange(port, get("/"))), b"ok")


class Handlers(Case):
    def test_what_is_done_with_an_array_afterwards_does_not_matter(self):
        _, port = self.serve("""function (request, response) {
          response.sendHeader(200, [["Content-Length", 4]]);
          var bytes = new Uint8Array([65]), plain = [66];
          response.sendBody(bytes); bytes[0] = 67; response.sendBody(bytes.buffer); bytes[0] = 33;
          response.sendBody(plain); plain[0] = 33; response.sendBody("D"); response.finish(); }""")
        self.assertEqual(body(exchange(port, get("/"))), b"ACBD")

    def test_a_body_is_heard_to_its_end_behind_a_finished_answer(self):
        process, port = self.serve("""function (request, response) {
          var body = "";
          request.setBodyEncoding("ascii");
          request.addListener("body", function (chunk) { body += chunk; });
          request.addListener("complete", function () { puts("complete " + body); });
          response.sendHeader(200, []); response.sendBody("early"); response.finish(); }""")
        for version in (b"1.1", b"1.0"):
            with connect(port) as connection:
                connection.sendall(b"POST / HTTP/" + version + b"\r\nContent-Length: 4\r\n\r\nab")
                answer = b""
                while not answer.endswith(b"early"):
                    answer += connection.recv(1000)
                connection.sendall(b"cd")
                self.assertEqual(process.stdout.readline(), b"complete abcd\n")

    def test_an_encoding_is_that_of_its_own_request(self):
        process, port = self.serve("""function (request, response) {
          request.addListener("body", function (chunk) { puts(request.uri.path + " " + (typeof chunk)); });
          request.addListener("complete", function () {
            response.sendHeader(200, []); response.finish();
            if (before) before.setBodyEncoding("utf8");
          });
          if (before) before.setBodyEncoding("utf8");
          before = request; }""", before="var before;")
        one = b"POST /%d HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"
        exchange(port, one % 1 + one % 2)
        self.assertEqual([process.stdout.readline() for _ in range(2)], [b"/1 object\n", b"/2 object\n"])

    def test_header_values_with_many_blanks_cost_no_time(self):
        _, port = self.serve("""function (request, response) {
          response.sendHeader(200, []); response.sendBody(request.headers[1][1].length + " " + request.headers[2][1]);
          response.finish(); }""")
        begin = time.monotonic()
        answer = exchange(port, get("/", "X: a" + " " * 30000 + "b", "Y: \t trimmed \t "))
        self.assertEqual(body(answer), b"30002 trimmed")
        self.assertLess(time.monotonic() - begin, LIMIT)  # it took minutes

    def test_a_server_without_listeners_survives_requests(self):
        process, port = self.serve("undefined")
        with connect(port) as connection:
            connection.sendall(get("/"))
            time.sleep(0.1)
            self.assertIsNone(process.poll())

    def test_listeners_added_meanwhile_are_called(self):
        _, port = self.serve("""function (request, response) {
          server.addListener("request", function (request, response) {
            response.sendHeader(200, []); response.sendBody("second"); response.finish(); }); }""")
        self.assertEqual(body(exchange(port, get("/"))), b"second")

    def test_a_connection_object_is_that_of_its_connection(self):
        _, port = self.serve("""function (request, response) {
          var c = request.connection; c.count = (c.count || 0) + 1;
          response.sendHeader(200, []);
          response.sendBody([c.count, c === response.connection, c.remoteAddress, c.server === server].join());
          response.finish(); }""")
        for _ in range(3):
            answers = exchange(port, get("/") + get("/"))
            self.assertIn(b"1,true,127.0.0.1,true", answers)
            self.assertIn(b"2,true,127.0.0.1,true", answers)


    def test_one_header_by_its_name(self):
        _, port = self.serve("""function (request, response) {
          var found = ["x-one", "X-ONE", "x-Empty", "X-Two", "x", "GET /", ""].map(function (n) { return String(request.header(n)); });
          response.sendHeader(200, []); response.sendBody(found.join("|")); response.finish(); }""")
        answer = exchange(port, get("/", "x-one:  first \t", "X-One: second", "X-Empty:", "X-Two: a: b"))
        self.assertEqual(body(answer), b"first|first||a: b|undefined|undefined|undefined")

    def test_a_client_that_leaves_is_told_to_the_response(self):
        process, port = self.serve("""function (request, response) {
          response.addListener("close", function () { puts("gone " + request.uri.path); });
          if (request.uri.path === "/done") { response.sendHeader(200, []); response.finish(); }
          else response.sendHeader(200, []);
          if (request.uri.path === "/b") { var t = setInterval(function () { response.sendBody("x".repeat(100000)); }, 1);
            response.addListener("close", function () { clearInterval(t); }); } }""")
        with connect(port) as connection:
            connection.sendall(get("/done") + get("/a"))
            connection.recv(1000)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.assertEqual(process.stdout.readline(), b"gone /a\n")
        with connect(port) as connection:
            connection.sendall(get("/b"))
            connection.recv(1000)
        self.assertEqual(process.stdout.readline(), b"gone /b\n")

    def test_the_connection_event(self):
        process, port = self.serve("function (request, response) { puts(request.connection === seen); response.sendHeader(200, []);"
                                   " response.finish(); }", before="var seen;",
                                   after="server.addListener('connection', function (c) { seen = c; puts(c.remoteAddress + (this === server)); });")
        exchange(port, get("/"))
        self.assertEqual([process.stdout.readline() for _ in range(2)], [b"127.0.0.1true\n", b"true\n"])

    def test_an_upgrade(self):
        _, port = self.serve(HELLO, after="""server.addListener("upgrade", function (request, connection, head) {
          connection.setEncoding("ascii");
          connection.send(request.method + " " + request.header("upgrade") + " " + head.length + " " + connection.remoteAddress + ";");
          connection.addListener("receive", function (data) { connection.send(data.toUpperCase()); });
          connection.addListener("eof", function () { connection.close(); });
        });""")
        answer = exchange(port, get("/chat", "Connection: upgrade", "Upgrade: shout") + b"abc")
        self.assertEqual(answer, b"GET shout 3 127.0.0.1;")
        with connect(port) as connection:
            connection.sendall(get("/chat", "Connection: upgrade", "Upgrade: shout"))
            self.assertEqual(connection.recv(100), b"GET shout 0 127.0.0.1;")
            connection.sendall(b"hey")
            self.assertEqual(connection.recv(100), b"HEY")
        self.assertIn(b"CONNECT undefined", exchange(port, b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"))
        self.assertIn(b"Hello World", exchange(port, get("/")))

    def test_an_upgrade_nobody_listens_for_is_an_ordinary_request(self):
        _, port = self.serve(HELLO)
        self.assertIn(b"Hello World", exchange(port, get("/chat", "Connection: upgrade", "Upgrade: shout")))

    def options(self, text):
        """The port of a HELLO server with these options."""
        process = self.start(self.script(f"var s = node.http.createServer({HELLO}, {text}); s.listen(0, '127.0.0.1');"
                                         "puts(s.port);"))
        return int(process.stdout.readline())

    def test_limits_are_options(self):
        port = self.options("{headBytes: 200, headerCount: 3, targetBytes: 20, unknown: 1}")
        self.assertIn(b"HTTP/1.1 431 ", exchange(port, get("/", "X: " + "x" * 200)))
        self.assertIn(b"HTTP/1.1 431 ", exchange(port, get("/", "A: 1", "B: 2", "C: 3")))
        self.assertIn(b"HTTP/1.1 414 ", exchange(port, get("/" + "x" * 20)))
        self.assertIn(b"Hello World", exchange(port, get("/" + "x" * 19, "A: 1", "B: 2")))
        port = self.options("{requireHost: true}")
        self.assertIn(b"HTTP/1.1 400 ", exchange(port, b"GET / HTTP/1.1\r\n\r\n"))
        port = self.options("{requests: 2}")
        self.assertEqual(exchange(port, get("/") * 5).count(b"Hello World"), 2)
        port = self.options("{headTimeout: 1}")
        with connect(port) as connection:
            connection.sendall(b"GET /")
            self.assertIn(b"HTTP/1.1 408 ", read_all(connection))
        port = self.options("{idleTimeout: 1}")
        with connect(port) as connection:
            connection.sendall(get("/"))
            self.assertIn(b"Hello World", read_all(connection))

    def test_limits_at_their_borders(self):
        for option, status, fits in (
                ("targetBytes: 10", 414, lambda n: get("/" + "x" * (9 + n))),
                ("headBytes: 60", 431, lambda n: get("/", "X: " + "x" * (60 - len(get("/", "X: ")) + n))),
                ("headerCount: 3", 431, lambda n: get("/", *["X: y"] * (2 + n))),
                ("bodyBytes: 10", 413, lambda n: b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (10 + n) + b"x" * (10 + n)),
                ("bodyBytes: 10", 413, lambda n: b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" +
                 b"1\r\nx\r\n" * (10 + n) + b"0\r\n\r\n")):
            port = self.options("{" + option + "}")
            for n in (-1, 0):
                self.assertIn(b"Hello World", exchange(port, fits(n)), (option, n))
            # The handler may have answered before the body is too long: then closing is all that is left.
            answer = exchange(port, fits(1))
            chunked = b"chunked" in fits(1)
            self.assertTrue(b"HTTP/1.1 %d " % status in answer or chunked, (option, answer))

    def test_slow_clients_are_ended(self):
        port = self.options("{bodyTimeout: 1}")
        with connect(port) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
            self.assertIn(b"Hello World", read_all(connection))
        port = self.options("{headTimeout: 1}")
        with connect(port) as connection:  # says nothing at all
            self.assertEqual(read_all(connection), b"")
        process = self.start(self.script("""var s = node.http.createServer(function (request, response) {
          request.connection.addListener("disconnect", function (error) { puts("disconnect " + error); });
          response.addListener("close", function () { puts("close"); });
          response.sendHeader(200, []);
          while (response.sendBody("x".repeat(100000))); }, {writeTimeout: 1}); s.listen(0); puts(s.port);"""))
        with connect(int(process.stdout.readline())) as connection:
            connection.sendall(get("/"))  # and reads nothing
            self.assertEqual([process.stdout.readline() for _ in range(2)], [b"close\n", b"disconnect true\n"])

    def test_requests_wait_at_the_depth_of_the_pipeline(self):
        process = self.start(self.script("""var most = 0, waiting = [];
          var s = node.http.createServer(function (request, response) {
            waiting.push(response);
            most = Math.max(most, waiting.length);
            response.sendHeader(200, []);
            setTimeout(function () { waiting.shift().finish(); }, 1);
          }, {pipelineDepth: 3});
          s.addListener("connection", function (connection) {
            connection.addListener("disconnect", function () { puts("most " + most); });
          });
          s.listen(0); puts(s.port);"""))
        self.assertEqual(exchange(int(process.stdout.readline()), get("/") * 100).count(b"HTTP/1.1 200"), 100)
        self.assertEqual(process.stdout.readline(), b"most 3\n")

    def test_a_client_that_does_not_read_is_dropped_at_the_limit(self):
        process = self.start(self.script("""var s = node.http.createServer(function (request, response) {
          var given = 0, timer = setInterval(function () {
            for (var i = 0; i < 10; i++) response.sendBody("x".repeat(100000));
            given += 1000000;
          }, 1);
          response.addListener("close", function () { clearInterval(timer); puts("dropped " + (given < 60e6)); });
          response.sendHeader(200, []);
        }, {outputLimit: 10e6}); s.listen(0); puts(s.port);"""))
        with connect(int(process.stdout.readline())) as connection:
            connection.sendall(get("/"))
            self.assertEqual(process.stdout.readline(), b"dropped true\n")

    def test_connections_above_the_limit_wait(self):
        port = self.options("{connections: 2}")
        with connect(port) as one, connect(port) as two:
            for connection in (one, two):
                connection.sendall(get("/"))
                self.assertIn(b"HTTP/1.1 200", connection.recv(1000))
            with connect(port) as three:
                three.sendall(get("/"))
                three.settimeout(0.2)
                with self.assertRaises(TimeoutError):
                    three.recv(1000)
                three.settimeout(LIMIT)
                one.close()
                self.assertIn(b"HTTP/1.1 200", three.recv(1000))

    def test_a_unix_socket(self):
        process = self.start(self.script(f"node.http.createServer({HELLO}).listen('./socket'); puts('listens');"))
        process.stdout.readline()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(LIMIT)
            connection.connect(str(self.folder / "socket"))
            connection.sendall(get("/", "Connection: close"))
            self.assertIn(b"Hello World", read_all(connection))


class Ends(Case):
    def test_an_answer_that_is_still_to_be_sent_keeps_the_program(self):
        process, port = self.serve("""function (request, response) {
          server.close();
          setTimeout(function () {
            response.sendHeader(200, []); response.sendBody("x".repeat(20000000)); response.finish(); }, 100); }""")
        self.assertEqual(len(body(exchange(port, get("/")))), 20000000)
        self.assertEqual(process.wait(LIMIT), 0)

    def test_a_large_answer_made_in_one_turn_arrives(self):
        _, port = self.serve("""function (request, response) {
          response.sendHeader(200, [["Content-Length", 100000000]]);
          for (var i = 0; i < 100; i++) response.sendBody("x".repeat(1000000));
          response.finish(); }""")
        self.assertEqual(len(body(exchange(port, get("/")))), 100000000)

    def test_exit_in_a_handler_sends_the_finished_answer_and_runs_no_other(self):
        process, port = self.serve("""function (request, response) {
          puts(request.uri.path);
          response.sendHeader(200, []); response.sendBody("last words"); response.finish(); node.exit(3); }""")
        self.assertIn(b"last words", exchange(port, get("/1") + get("/2")))
        self.assertEqual(process.wait(LIMIT), 3)
        self.assertEqual(process.stdout.read(), b"/1\n")

    def test_close_ends_the_program(self):
        process, port = self.serve(HELLO.replace("response.finish();", "response.finish(); if (request.uri.path === '/end') server.close();"))
        with connect(port) as idle, connect(port) as connection:
            idle.sendall(get("/"))
            while not idle.recv(1000).endswith(b"Hello World"):
                pass
            connection.sendall(get("/end"))
            self.assertIn(b"Hello World", read_all(connection))
            self.assertEqual(process.wait(LIMIT), 0)
            self.assertEqual(idle.recv(1), b"")

    def test_clients_that_vanish_do_no_harm(self):
        _, port = self.serve(HELLO.replace("response.finish();", "setTimeout(function () { response.finish(); }, 10);"))
        for _ in range(20):
            with connect(port) as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                connection.sendall(get("/"))
        time.sleep(0.1)
        self.assertIn(b"Hello World", exchange(port, get("/")))

    def test_a_program_without_work_ends(self):
        self.assertEqual(run("-e", "node.http.createServer(function () {})").code, 0)

    def test_a_handler_that_throws_ends_the_program(self):
        process, port = self.serve("function () { throw new Error('in handler'); }")
        exchange(port, get("/"))
        self.assertEqual(process.wait(LIMIT), 1)
        self.assertIn(b"Error: in handler", process.stderr.read())


if __name__ == "__main__":
    unittest.main()
