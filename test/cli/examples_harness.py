"""Runs the programs of doc/examples as their users do, for examples_test.py and examples_tools_test.py."""
import http.client
import os
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

from harness import LIMIT, NODE, ROOT, Case, connect

EXAMPLES = ROOT / "doc/examples"
BIG = bytes(range(256)) * 20000  # more than a pipe or a connection takes at once


class Program:
    """An example that runs. What it prints goes to files, and is to be checked to the last byte: by end() or finish()."""

    def __init__(self, case, name, *arguments, stdin=subprocess.DEVNULL, env=None):
        self.case = case
        self.out = open(case.folder / f".out{next(case.numbers)}", "w+b")
        self.err = open(f"{self.out.name}.err", "w+b")
        self.process = subprocess.Popen([NODE, EXAMPLES / name, *map(str, arguments)], stdin=stdin, stdout=self.out, stderr=self.err,
                                        cwd=case.folder, start_new_session=True, env={**os.environ, **(env or {})})
        case.addCleanup(self._clean)

    def _clean(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(LIMIT)
        for file in (self.out, self.err, self.process.stdin):
            if file is not None:
                file.close()

    def output(self):
        """What it has printed so far."""
        return os.pread(self.out.fileno(), 1 << 24, 0).decode()

    def errors(self):
        """What it has written to stderr so far."""
        return os.pread(self.err.fileno(), 1 << 24, 0).decode()

    def wait_for(self, pattern):
        """The match of `pattern` in the output, as soon as it is there."""
        end = time.monotonic() + LIMIT
        while True:
            over = self.process.poll() is not None
            match = re.search(pattern, self.output())
            if match:
                return match
            if over or time.monotonic() > end:
                self.case.fail(f"no {pattern!r} in {self.output()!r}; stderr: {self.errors()!r}; exit code {self.process.poll()}")
            time.sleep(0.01)

    def finish(self, code=0, err=""):
        """The whole output, after its own end with that exit code and exactly that on stderr."""
        self.case.assertEqual(self.process.wait(LIMIT), code, (self.output(), self.errors()))
        self.case.assertEqual(self.errors(), err)
        return self.output()

    def end(self, how=signal.SIGTERM):
        """The whole output, after a signal that it ends by as it should, with nothing on stderr."""
        self.process.send_signal(how)
        return self.finish(128 + how)


class ExampleCase(Case):
    """A test of examples."""

    def setUp(self):
        super().setUp()
        self.numbers = iter(range(1000))
        self.thread_errors = []  # of servers of ours
        self.addCleanup(lambda: self.assertEqual(self.thread_errors, []))

    def serve_example(self, name, *arguments):
        """A server of doc/examples, on a port that the kernel has chosen: (Program, port)."""
        program = Program(self, name, 0, *arguments)
        return program, int(program.wait_for(r"^.*?127\.0\.0\.1:(\d+).*\n").group(1))

    def finished(self, name, *arguments, stdin=b"", code=0, err=""):
        """The output of an example that ends by itself, with `stdin` on a pipe."""
        program = Program(self, name, *arguments, stdin=subprocess.PIPE)
        program.process.stdin.write(stdin)
        program.process.stdin.close()
        return program.finish(code, err)

    def write(self, name, data):
        """Makes a file in the test's folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def until(self, condition, what):
        """Waits until `condition()` is true."""
        end = time.monotonic() + LIMIT
        while not condition():
            if time.monotonic() > end:
                self.fail(f"not within {LIMIT} s: {what}")
            time.sleep(0.01)

    def writer_to(self, path):
        """A pipe with a name as a file to write to, as soon as somebody reads it."""
        opened = []

        def attempt():
            try:
                opened.append(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
            except OSError:
                pass  # nobody yet
            return opened

        self.until(attempt, f"somebody reads {path}")
        return open(opened[0], "w", encoding="utf8")

    def listen(self, serve):
        """A server of ours, whose `serve(connection)` runs in a thread for each client: (socket, port)."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)

        def converse(connection):
            with connection:
                connection.settimeout(LIMIT)
                try:
                    serve(connection)
                except ConnectionError:
                    pass  # the other side has gone: what it should have had is checked there
                except Exception as error:  # pylint: disable=broad-except
                    self.thread_errors.append(error)

        def accept():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=converse, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return server, server.getsockname()[1]

    def free_port(self):
        """A port that nobody listens on, and that nobody gets but who asks for it."""
        holder = socket.socket()
        self.addCleanup(holder.close)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server that sets it may have it
        holder.bind(("127.0.0.1", 0))
        return holder.getsockname()[1]


def read_until(connection, end):
    """What comes, up to and with the bytes `end`."""
    data = b""
    while not data.endswith(end):
        part = connection.recv(1)
        if not part:
            raise AssertionError(f"the end came before {end!r}, behind {data!r}")
        data += part
    return data


def client(port):
    """A socket that sends text and reads lines: (send, line, socket)."""
    connection = connect(port)
    return (lambda text: connection.sendall(text.encode())), (lambda: read_until(connection, b"\n").decode()), connection


def request(port, method, target, body=None, headers=None):
    """(status, headers in lower case, body) of an answer of a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def position(pid, name):
    """Where a process is in a file of that name that it has open; None when it has none."""
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            if os.readlink(descriptor).endswith("/" + name):
                return Path(f"/proc/{pid}/fdinfo/{descriptor.name}").read_text().splitlines()[0]
        except FileNotFoundError:
            pass  # closed meanwhile
    return None


def rests(pid, name):
    """Whether a process has a file open and does not go on with it."""
    begin = position(pid, name)
    time.sleep(0.3)
    return begin is not None and position(pid, name) == begin
