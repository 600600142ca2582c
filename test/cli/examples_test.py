"""The servers and web clients of doc/examples, run and used as their heads say; and what must hold for all examples. The
other ones are in examples_tools_test.py."""
import json
import os
import re
import signal
import socket
import struct
import threading
import unittest

import examples_tools_test
from examples_harness import BIG, EXAMPLES, ExampleCase, Program, client, position, read_until, request, rests
from harness import LIMIT, connect, read_all

MOST_LINES = 50  # behind the head: a screenful
MUCH = 40000000  # more than all buffers between two ends take, and less than what is refused


def exchange_all(port, data):
    """Sends `data` from another thread, closes that half, gives all that comes back."""
    with connect(port) as connection:
        def send():
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        sender = threading.Thread(target=send)
        sender.start()
        answer = read_all(connection)
        sender.join(LIMIT)
        return answer


def send_until_blocked(connection, data=None):
    """Sends MUCH bytes, or `data`, as long as somebody takes them; gives how many these were."""
    data = memoryview(b"x" * MUCH if data is None else data)
    connection.settimeout(0.5)
    sent = 0
    try:
        while sent < len(data):
            sent += connection.send(data[sent:sent + 65536])
    except TimeoutError:
        pass
    connection.settimeout(LIMIT)
    return sent


class All(unittest.TestCase):
    def test_each_has_a_test_and_a_row_in_the_readme(self):
        readme = (EXAMPLES / "README.md").read_text()
        names = "\n".join(name for value in [*globals().values(), *vars(examples_tools_test).values()] if isinstance(value, type) for name in vars(value))
        files = [path for path in EXAMPLES.rglob("*") if path.is_file() and path.name != "README.md"]
        self.assertGreater(len(files), 25)
        for path in files:
            name = str(path.relative_to(EXAMPLES))
            with self.subTest(name):
                test = "test_" + re.sub(r"\W", "_", name.removesuffix(".js"))
                self.assertRegex(names, rf"(?m)^{test}$", f"there is no {test}")
                self.assertIn(f"[{name}]({name})", readme)

    def test_each_has_a_head_and_fits_a_screen(self):
        for path in EXAMPLES.glob("*.js"):
            with self.subTest(path.name):
                match = re.match(r"#!/usr/bin/env node\n((?://.*\n)+)(.*)\Z", path.read_text(), re.S)
                self.assertIsNotNone(match, "no head")
                self.assertIn(f"// Start: node {path.name}", match.group(1))
                self.assertIn("\n// Try:   ", match.group(1))
                self.assertLessEqual(match.group(2).count("\n"), MOST_LINES)


class Tcp(ExampleCase):
    def test_echo(self):
        program, port = self.serve_example("echo.js")
        self.assertEqual(exchange_all(port, BIG), BIG)
        self.assertEqual(exchange_all(port, b"a line\n"), b"a line\n")
        self.assertEqual(program.end(signal.SIGINT), f"Echo server at 127.0.0.1:{port}\n")

    def test_chat(self):
        program, port = self.serve_example("chat.js")
        people = [client(port) for _ in range(3)]
        (ann, ann_hears, ann_socket), (bob, bob_hears, bob_socket), (_, mute_hears, mute_socket) = people
        for hears in (ann_hears, bob_hears, mute_hears):
            self.assertEqual(hears(), "Your name, please:\r\n")
        ann("Ann\n")
        self.assertEqual(ann_hears(), "Welcome, Ann.\r\n")
        bob("Ann\nBob\r\n")
        self.assertEqual(bob_hears(), "Another name, please:\r\n")
        self.assertEqual(bob_hears(), "Welcome, Bob.\r\n")
        self.assertEqual(ann_hears(), "* Bob enters\r\n")
        ann("Gr\u00fc\u00df \x1b[1mdich\n/who\n")
        self.assertEqual(bob_hears(), "Ann: Gr\u00fc\u00df [1mdich\r\n")
        self.assertEqual(ann_hears(), "Ann, Bob\r\n")
        mute_socket.close()
        bob("/quit\nnot heard\n")
        self.assertEqual(read_all(bob_socket), b"")
        self.assertEqual(ann_hears(), "* Bob leaves\r\n")
        ann("x" * 2000)
        self.assertEqual(read_all(ann_socket), b"")
        for _, _, connection in people:
            connection.close()
        self.assertEqual(program.end(), f"Chat server at 127.0.0.1:{port}\n")

    def test_key_value(self):
        program, port = self.serve_example("key-value.js")
        said = "SET city Vienna on the Danube\nGET city\r\nget x\nDEL city\nDEL city\nSET\ncount\nconstructor\n\u00e4\nSET a \u00e4\nQUIT\nGET a\n"
        self.assertEqual(exchange_all(port, said.encode()).decode().split("\n"), [
            "OK", "VALUE Vienna on the Danube", "NONE", "OK", "NONE", "ERROR: SET key value", "VALUE 0",
            'ERROR: no such command: "constructor"', 'ERROR: no such command: "\u00e4"', "OK", ""])
        self.assertEqual(exchange_all(port, b"GET a\nGET a"), b"VALUE \xc3\xa4\n")
        many = b"GET a\n" * 200000  # without reading meanwhile
        self.assertEqual(exchange_all(port, many), b"VALUE \xc3\xa4\n" * 200000)
        with connect(port) as connection:
            connection.sendall(b"x" * 10001)
            self.assertEqual(connection.recv(1), b"")
        self.assertEqual(program.end(), f"Key/value store at 127.0.0.1:{port}\n")

    def test_forward(self):
        _, echo = self.serve_example("echo.js")
        program, port = self.serve_example("forward.js", echo)
        self.assertEqual(exchange_all(port, BIG), BIG)
        self.assertEqual(program.end(), f"127.0.0.1:{port} leads to 127.0.0.1:{echo}\n")
        nobody = self.free_port()
        program, port = self.serve_example("forward.js", nobody, "localhost")
        self.assertEqual(exchange_all(port, b""), b"")
        program.wait_for("refused")
        self.assertRegex(program.end(), rf"\A127\.0\.0\.1:{port} leads to localhost:{nobody}\n"
                         rf"127\.0\.0\.1: connect ECONNREFUSED .*{nobody}.*: Connection refused\n\Z")

    def test_balance(self):
        def target(name):
            def serve(connection):
                connection.sendall(name)
                self.assertEqual(connection.recv(1), b"")
            return self.listen(serve)

        (first, first_port), (_, second_port) = target(b"1"), target(b"2")
        third_port = self.free_port()
        program, port = self.serve_example("balance.js", first_port, second_port, third_port)
        program.wait_for(f"target {third_port} is down\n")
        clients = [connect(port) for _ in range(4)]
        self.assertEqual(sorted(one.recv(1) for one in clients), [b"1", b"1", b"2", b"2"])
        first.shutdown(socket.SHUT_RDWR)  # refuses from now on, and keeps its port from others
        clients += [connect(port) for _ in range(2)]
        self.assertEqual([one.recv(1) for one in clients[4:]], [b"2", b"2"])
        program.wait_for(f"target {first_port} is down\n")
        for one in clients:
            one.shutdown(socket.SHUT_WR)
            self.assertEqual(one.recv(1), b"")
            one.close()
        lines = sorted(program.end().splitlines())
        self.assertEqual(lines, sorted([f"Balancer at 127.0.0.1:{port} for {first_port}, {second_port}, {third_port}",
                                        f"target {third_port} is down", f"target {first_port} is down"]))


    def test_who_answers_waits_for_slow_ends(self):
        lines = b"GET x\n" * (MUCH // 6)
        for name, data, answer in (("echo.js", lines, lines), ("key-value.js", lines, b"NONE\n" * (MUCH // 6))):
            with self.subTest(name):
                program, port = self.serve_example(name)
                with connect(port) as connection:
                    sent = send_until_blocked(connection, data)
                    self.assertLess(sent, len(data))
                    sender = threading.Thread(target=lambda: (connection.sendall(data[sent:]), connection.shutdown(socket.SHUT_WR)))
                    sender.start()
                    self.assertTrue(read_all(connection) == answer, "not what was asked for")
                    sender.join(LIMIT)
                self.assertEqual(len(program.end().splitlines()), 1)

    def test_who_passes_on_waits_for_slow_ends(self):
        done, taken = threading.Event(), []

        def serve(connection):
            sent = send_until_blocked(connection)
            taken.append(sent)
            done.set()
            connection.sendall(b"d" * (MUCH - sent))
            connection.shutdown(socket.SHUT_WR)
            taken.append(len(read_all(connection)))

        _, target = self.listen(serve)
        for name in ("forward.js", "balance.js"):
            with self.subTest(name):
                taken.clear()
                done.clear()
                program, port = self.serve_example(name, target)
                with connect(port) as connection:
                    sent = send_until_blocked(connection)
                    self.assertLess(sent, MUCH)
                    self.assertTrue(done.wait(LIMIT))
                    self.assertLess(taken[0], MUCH)
                    sender = threading.Thread(target=lambda: (connection.sendall(b"u" * (MUCH - sent)), connection.shutdown(socket.SHUT_WR)))
                    sender.start()
                    self.assertEqual(len(read_all(connection)), MUCH)
                    sender.join(LIMIT)
                self.until(lambda: len(taken) == 2, "the server has it all")
                self.assertEqual(taken[1], MUCH)
                self.assertEqual(len(program.end().splitlines()), 1)


class Http(ExampleCase):
    def test_hello(self):
        program, port = self.serve_example("hello.js")
        status, headers, body = request(port, "GET", "/")
        self.assertEqual((status, headers["content-type"], body), (200, "text/plain", b"Hello World\n"))
        self.assertEqual(program.end(), f"Server running at http://127.0.0.1:{port}/\n")

    def test_slow_hello(self):
        port = self.free_port()
        program = Program(self, "slow-hello.js", port)
        program.wait_for("running")
        clients = [connect(port) for _ in range(2)]  # at once: no two seconds for each
        for one in clients:
            one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        for one in clients:
            self.assertRegex(read_all(one), rb"\AHTTP/1\.1 200 OK\r\n(?s:.*)\r\n\r\nHello World\Z")
            one.close()
        self.assertEqual(program.end(), f"Server running at http://127.0.0.1:{port}/\n")

    def test_files(self):
        self.write("site/a.txt", "hello\n")
        self.write("site/sub/index.html", "<p>")
        self.write("site/big.bin", BIG)
        self.write("secret", "secret")
        self.write("site2/secret", "secret")
        (self.folder / "site/out").symlink_to("../secret")
        (self.folder / "site/in").symlink_to("a.txt")
        (self.folder / "site/index").mkdir()
        (self.folder / "site/index/index.html").symlink_to("../../secret")
        os.mkfifo(self.folder / "site/pipe")
        program, port = self.serve_example("files.js", "site")

        status, headers, body = request(port, "GET", "/a.txt?query")
        self.assertEqual((status, headers["content-type"], body), (200, "text/plain; charset=utf-8", b"hello\n"))
        etag = headers["etag"]
        self.assertEqual(request(port, "GET", "/a.txt", headers={"If-None-Match": etag})[::2], (304, b""))
        status, headers, body = request(port, "HEAD", "/a.txt")
        self.assertEqual((status, headers["content-length"], headers["etag"], body), (200, "6", etag, b""))
        self.write("site/a.txt", "other text\n")
        self.assertEqual(request(port, "GET", "/a.txt", headers={"If-None-Match": etag})[::2], (200, b"other text\n"))

        self.assertEqual(request(port, "GET", "/big.bin")[2], BIG)
        self.assertEqual(request(port, "GET", "/in")[::2], (200, b"other text\n"))
        status, headers, body = request(port, "GET", "/sub/")
        self.assertEqual((status, headers["content-type"], body), (200, "text/html; charset=utf-8", b"<p>"))
        for target in ("/sub", "//sub"):
            status, headers, _ = request(port, "GET", target)
            self.assertEqual((status, headers["location"]), (301, "/sub/"))
        for target, expected in {"/nothing": 404, "/": 404, "/a.txt/": 404, "/a%00b": 404, "/%zz": 400, "/out": 403, "/pipe": 403, "/index/": 403,
                                 "/../secret": 403, "/%2e%2e/secret": 403, "/..%2fsite2/secret": 403, "/../../../etc/none": 404,
                                 "/" + "x" * 300: 404}.items():
            with self.subTest(target):
                status, _, body = request(port, "GET", target)
                self.assertEqual(status, expected)
                self.assertNotIn(b"secret", body)
        self.assertEqual(request(port, "POST", "/a.txt", b"x")[0], 405)
        self.write("site/much", b"x" * MUCH)
        with connect(port) as connection:  # that goes away in the middle of a file
            connection.sendall(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertTrue(connection.recv(1000))
            self.until(lambda: rests(program.process.pid, "much"), "the program waits for it")
        with connect(port) as connection:  # that reads slowly a file which is cut meanwhile
            self.write("site/long", b"x" * MUCH)
            connection.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertTrue(connection.recv(1000))
            os.truncate(self.folder / "site/long", 0)
            try:
                self.assertLess(len(read_all(connection)), MUCH)
            except ConnectionResetError:
                pass  # says so, too
        self.until(lambda: position(program.process.pid, "much") is None, "the file of a client that has gone is closed")
        self.assertEqual(request(port, "GET", "/sub/")[0], 200)
        self.assertEqual(program.end(), f"Files of site at http://127.0.0.1:{port}/\n")

    def test_proxy(self):
        os.mkdir(self.folder / "up")
        _, upload = self.serve_example("upload.js", "up")
        program, port = self.serve_example("proxy.js", upload)
        self.assertEqual(request(port, "PUT", "/big", BIG)[::2], (201, b"big: %d bytes\n" % len(BIG)))
        self.assertEqual((self.folder / "up/big").read_bytes(), BIG)
        self.assertEqual(request(port, "OPTIONS", "/")[0], 405)  # the target says so
        self.assertEqual(program.end(), f"Proxy at http://127.0.0.1:{port}/ for 127.0.0.1:{upload}\n")

    def test_proxy_streams_and_tells_the_truth(self):
        heads, go_on = [], threading.Event()

        def serve(connection):
            heads.append(read_until(connection, b"\r\n\r\n"))
            if b"/echo" in heads[-1]:  # each piece comes before the next one is sent
                connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nX-End: 2\r\nContent-Length: 6\r\n\r\n")
                for _ in range(2):
                    connection.sendall(connection.recv(3))
            elif b"/cut" in heads[-1]:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
                go_on.wait(LIMIT)

        _, target = self.listen(serve)
        program, port = self.serve_example("proxy.js", target)
        with connect(port) as connection:
            connection.sendall(b"POST /echo?a=b HTTP/1.1\r\nHost: front\r\nConnection: close, x-mine\r\nX-Mine: 1\r\nX-All: 2\r\n"
                               b"Content-Length: 6\r\n\r\nabc")
            answer = read_until(connection, b"abc")
            connection.sendall(b"def")
            answer += read_all(connection)
        self.assertRegex(answer, rb"\AHTTP/1\.1 200 OK\r\n(?s:.*)\r\n\r\nabcdef\Z")
        self.assertIn(b"X-End: 2\r\n", answer)
        self.assertNotIn(b"X-Hop", answer)
        self.assertRegex(heads[0], rb"\APOST /echo\?a=b HTTP/1\.1\r\n")
        for line, count in {b"Host: front": 1, b"X-All: 2": 1, b"X-Forwarded-For: 127.0.0.1": 1, b"X-Mine": 0}.items():
            self.assertEqual(heads[0].count(b"\r\n" + line), count, heads[0])
        with connect(port) as connection:
            connection.sendall(b"GET /cut HTTP/1.1\r\nHost: x\r\n\r\n")
            read_until(connection, b"\r\n\r\nabc")
            go_on.set()
            with self.assertRaises((ConnectionError, AssertionError)):
                read_until(connection, b"def")
        status, _, body = request(port, "GET", "/none")
        self.assertEqual((status, body), (502, b"Bad Gateway\n"))
        self.assertRegex(program.end(), r"\AProxy at .*\nGET /cut: .*\nGET /none: .*\n\Z")

    def test_proxy_waits_for_slow_ends(self):
        go_on, taken = threading.Event(), []

        def serve(connection):
            head = read_until(connection, b"\r\n\r\n")
            if head.startswith(b"PUT"):
                self.assertTrue(go_on.wait(LIMIT))
                count = 0
                while count < MUCH:
                    count += len(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            else:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % MUCH)
                taken.append(send_until_blocked(connection))
                go_on.set()
                connection.sendall(b"d" * (MUCH - taken[0]))

        _, target = self.listen(serve)
        program, port = self.serve_example("proxy.js", target)
        with connect(port) as connection:
            connection.sendall(b"PUT /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % MUCH)
            sent = send_until_blocked(connection)
            self.assertLess(sent, MUCH)
            go_on.set()
            connection.sendall(b"u" * (MUCH - sent))
            self.assertTrue(read_all(connection).startswith(b"HTTP/1.1 204 No Content\r\n"))
        go_on.clear()
        with connect(port) as connection:
            connection.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            self.assertTrue(go_on.wait(LIMIT))
            self.assertLess(taken[0], MUCH)
            self.assertEqual(len(read_all(connection).split(b"\r\n\r\n", 1)[1]), MUCH)
        self.assertEqual(len(program.end().splitlines()), 1)

    def test_shorten(self):
        path = self.folder / "urls"
        program, port = self.serve_example("shorten.js", path)
        self.assertEqual(request(port, "POST", "/", b"https://example.com/way\n")[::2], (201, b"http://127.0.0.1:%d/1\n" % port))
        self.assertEqual(request(port, "POST", "/", b"https://example.org/")[::2], (201, b"http://127.0.0.1:%d/2\n" % port))
        status, headers, _ = request(port, "GET", "/1")
        self.assertEqual((status, headers["location"]), (302, "https://example.com/way"))
        for bad in (b"", b"javascript:alert(1)", b"https://a b", b"https://example.com/\nX: y"):
            self.assertEqual(request(port, "POST", "/", bad)[0], 400)
        self.assertEqual(request(port, "POST", "/", b"https://" + b"x" * 5000)[0], 413)
        self.assertEqual([request(port, *what)[0] for what in (("GET", "/3"), ("GET", "/"), ("DELETE", "/1"))], [404, 404, 405])
        self.assertEqual(program.end(), f"Shortener at http://127.0.0.1:{port}/ with 0 URLs of {path}\n")
        self.assertEqual(path.read_text(), "1 https://example.com/way\n2 https://example.org/\n")
        program, port = self.serve_example("shorten.js", path)
        self.assertEqual(request(port, "GET", "/2")[1]["location"], "https://example.org/")
        self.assertEqual(request(port, "POST", "/", b"http://x/")[2], b"http://127.0.0.1:%d/3\n" % port)
        self.assertEqual(program.end(), f"Shortener at http://127.0.0.1:{port}/ with 2 URLs of {path}\n")

    def test_upload(self):
        up = self.folder / "up"
        up.mkdir()
        program, port = self.serve_example("upload.js", "up")
        self.assertEqual(request(port, "PUT", "/big.bin", BIG)[::2], (201, b"big.bin: %d bytes\n" % len(BIG)))
        self.assertEqual((up / "big.bin").read_bytes(), BIG)
        self.assertEqual(request(port, "PUT", "/empty", b"")[0], 201)
        self.assertEqual(request(port, "PUT", "/empty", b"now not")[0], 201)
        for target in ("/", "/../x", "/a/b", "/.hidden", "/a%2fb", "/" + "x" * 200):
            self.assertEqual(request(port, "PUT", target, b"x")[0], 400, target)
        self.assertEqual(request(port, "POST", "/x", b"x")[0], 405)
        first = connect(port)
        first.sendall(b"PUT /two HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
        self.until((up / ".two.part").exists, "the first part is there")
        self.assertEqual(request(port, "PUT", "/two", b"other")[0], 409)
        self.assertTrue((up / ".two.part").exists(), "the upload under way is left alone")
        first.close()
        self.until(lambda: not (up / ".two.part").exists(), "half an upload is removed")
        self.assertEqual({path.name: path.stat().st_size for path in up.iterdir()}, {"big.bin": len(BIG), "empty": 7})
        (up / "folder").mkdir()
        self.assertEqual(request(port, "PUT", "/folder", b"x")[0], 500)
        self.until(lambda: sorted(path.name for path in up.iterdir()) == ["big.bin", "empty", "folder"], "the part is removed")
        self.assertEqual(program.end(), f"PUT files into up at http://127.0.0.1:{port}/\n")

    def test_browser_chat(self):
        program, port = self.serve_example("browser-chat.js")
        status, headers, page = request(port, "GET", "/")
        self.assertEqual((status, headers["content-type"]), (200, "text/html; charset=utf-8"))
        self.assertIn(b'new EventSource("/events")', page)
        with connect(port) as early, connect(port) as late:
            early.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn(b"Content-Type: text/event-stream\r\n", read_until(early, b": welcome\n\n"))
            self.assertEqual(request(port, "POST", "/say", "zwei\nZeilen <\u00e4>".encode())[::2], (204, b""))
            event = 'data: "zwei\\nZeilen <\u00e4>"\n\n'.encode()
            self.assertTrue(read_until(early, event))
            late.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertTrue(read_until(late, event))
            early.close()
            self.assertEqual(request(port, "POST", "/say", b"more")[0], 204)
            self.assertTrue(read_until(late, b'data: "more"\n\n'))
        self.assertEqual(request(port, "GET", "/say")[0], 404)
        self.assertEqual(request(port, "POST", "/say", b"x" * 20000)[0], 413)
        self.assertEqual(program.end(), f"Chat at http://127.0.0.1:{port}/\n")

    def test_json_api(self):
        program, port = self.serve_example("json-api.js")

        def call(method, target, value=None):
            body = value if isinstance(value, bytes) or value is None else json.dumps(value).encode()
            status, _, answer = request(port, method, target, body)
            return status, json.loads(answer) if answer else None

        self.assertEqual(call("GET", "/todos"), (200, []))
        milk = {"id": 1, "text": "Buy m\u00eflk", "done": False}
        self.assertEqual(call("POST", "/todos", {"text": "Buy m\u00eflk"}), (201, milk))
        self.assertEqual(call("PUT", "/todos/1", {"done": True}), (200, {**milk, "done": True}))
        self.assertEqual(call("GET", "/todos/1"), (200, {**milk, "done": True}))
        for bad in (b"{", b"null", b"3", b"[]", {"text": ""}, {"text": 3}, {"text": "x", "done": 1}):
            status, answer = call("POST", "/todos", bad)
            self.assertEqual((status, list(answer)), (400, ["error"]), bad)
        self.assertEqual(call("DELETE", "/todos"), (405, {"error": "use GET, POST"}))
        self.assertEqual(call("POST", "/todos/1")[0], 405)
        self.assertEqual(call("DELETE", "/todos/1"), (204, None))
        self.assertEqual(call("GET", "/todos/1"), (404, {"error": "there is no /todos/1"}))
        self.assertEqual([call("GET", target)[0] for target in ("/", "/todos/x", "/todos/")], [404] * 3)
        self.assertEqual(program.end(), f"To do at http://127.0.0.1:{port}/todos\n")

    def test_json_client(self):
        _, port = self.serve_example("json-api.js")
        self.assertEqual(self.finished("json-client.js", port, "add", "Buy", "m\u00eflk"), "1 [ ] Buy m\u00eflk\n")
        self.assertEqual(self.finished("json-client.js", port, "add", "Sleep"), "2 [ ] Sleep\n")
        self.assertEqual(self.finished("json-client.js", port, "done", 1), "1 [x] Buy m\u00eflk\n")
        self.assertEqual(self.finished("json-client.js", port, "remove", 2), "")
        self.assertEqual(self.finished("json-client.js", port), "1 [x] Buy m\u00eflk\n")
        for words, message in {("done", 7): '404 {"error":"there is no /todos/7"}', ("done", "a b"): 'put: forbidden character " " in the path "/todos/a b"',
                               ("sing",): "no such command: sing; use list, add, done, remove"}.items():
            self.assertEqual(self.finished("json-client.js", port, *words, code=1, err=f"json-client: {message}\n"), "")
        nobody = self.free_port()
        refused = f"json-client: connect ECONNREFUSED 127.0.0.1:{nobody}: Connection refused\n"
        self.assertEqual(self.finished("json-client.js", nobody, code=1, err=refused), "")

    def test_fetch(self):
        lock, waiting, most = threading.Condition(), set(), []

        def serve(connection):
            target = read_until(connection, b"\r\n\r\n").split(b" ")[1].decode()
            with lock:  # the first waits for the second: two are here at the same time, and never more
                waiting.add(target)
                most.append(len(waiting))
                lock.notify_all()
                self.assertTrue(lock.wait_for(lambda: len(most) > 1, LIMIT))
                waiting.discard(target)
            status = "200 OK" if target != "/4" else "404 Not Found"
            connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 3\r\n\r\nabc".encode())

        _, port = self.listen(serve)
        nobody = self.free_port()
        urls = [f"http://127.0.0.1:{port}/{i}" for i in range(5)] + [f"http://127.0.0.1:{nobody}/", "ftp://x/"]
        lines = self.finished("fetch.js", 2, *urls, code=1).splitlines()
        self.assertEqual(sorted(lines), sorted([
            *(f"{url}: 3 bytes" for url in urls[:4]), f"{urls[4]}: 404 Not Found",
            f"{urls[5]}: connect ECONNREFUSED 127.0.0.1:{nobody}: Connection refused", 'ftp://x/: cat: no http:// in the URL "ftp://x/"']))
        self.assertEqual(max(most), 2)
        self.assertEqual(self.finished("fetch.js", "1e12", urls[0]), f"{urls[0]}: 3 bytes\n")
        self.assertEqual(self.finished("fetch.js", code=2, err="usage: node fetch.js AT_ONCE URL...\n"), "")

    def test_bench(self):
        _, port = self.serve_example("hello.js")
        url = f"http://127.0.0.1:{port}/"
        speed = r" requests over 3 connections in [\d.]+ s: \d+ per second\nmedian \d+ ms, 99 % \d+ ms, longest \d+ ms\n"
        self.assertRegex(self.finished("bench.js", url, 3, 200), rf"\A200{speed}200: 200\n\Z")
        nobody = self.free_port()
        self.assertRegex(self.finished("bench.js", f"http://127.0.0.1:{nobody}/", 3, 7),
                         rf"\A7{speed}connect ECONNREFUSED 127\.0\.0\.1:{nobody}: Connection refused: 7\n\Z")
        self.assertRegex(self.finished("bench.js", f"http://[::1]:{nobody}", 3, 7), rf"\A7{speed}connect ECONNREFUSED \[::1\]:.*: 7\n\Z")
        self.assertEqual(self.finished("bench.js", "x", code=2, err="usage: node bench.js [URL] [CONNECTIONS] [REQUESTS]\n"), "")

    def test_graceful(self):
        for how in (signal.SIGTERM, signal.SIGINT):
            program, port = self.serve_example("graceful.js")
            with connect(port) as waiting, connect(port) as idle:
                idle.sendall(b"GET /?seconds=0 HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertIn(b"\r\nConnection: keep-alive\r\n", read_until(idle, b"Done\n"))
                waiting.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertEqual(request(port, "GET", "/?seconds=0")[0], 200)  # by now that one is under way
                program.process.send_signal(how)
                self.assertEqual(read_all(idle), b"")
                with self.assertRaises(ConnectionRefusedError):
                    connect(port)
                answer = read_all(waiting)
            self.assertIn(b"\r\nConnection: close\r\n", answer)
            self.assertTrue(answer.endswith(b"Done\n"), answer)
            self.assertEqual(program.finish(), f"Server at http://127.0.0.1:{port}/\n{how.name}: 1 under way\n3 answered, 0 lost\n")

    def test_graceful_gives_up(self):
        for seconds in (60, 0.1):
            program, port = self.serve_example("graceful.js", seconds)
            with connect(port) as waiting, connect(port) as gone:
                for connection in (waiting, gone):
                    connection.sendall(b"GET /?seconds=60 HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertEqual(request(port, "GET", "/?seconds=0")[0], 200)
                gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
                gone.close()
                self.assertEqual(request(port, "GET", "/?seconds=0")[0], 200)
                program.process.send_signal(signal.SIGTERM)
                out = f"Server at http://127.0.0.1:{port}/\nSIGTERM: 1 under way\n"
                if seconds == 60:
                    program.wait_for("SIGTERM")
                    program.process.send_signal(signal.SIGINT)
                    out += "SIGINT: 1 under way\n"
                self.assertEqual(read_all(waiting), b"")
            self.assertEqual(program.finish(1), out + "2 answered, 1 lost\n")
