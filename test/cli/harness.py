"""Drives the binary under test: runs scripts, talks to servers over raw sockets. NODE names the binary."""
import os
import re
import signal
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NODE = os.environ.get("NODE", str(ROOT / "node"))
LIMIT = 20  # seconds for whatever is waited for


class Result:
    """What a finished run left behind: code, out and err (text)."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit code {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def run(*arguments, stdin="", cwd=None, limit=LIMIT, env=None):
    """Runs node with `arguments` to its end; `env`: what is added to the environment."""
    done = subprocess.run([NODE, *map(str, arguments)], input=stdin.encode(), capture_output=True, cwd=cwd,
                          timeout=limit, check=False, env={**os.environ, **(env or {})})
    return Result(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def evaluate(code, *arguments):
    """Runs node -e CODE."""
    return run("-e", code, *arguments)


class Case(unittest.TestCase):
    """A test with a folder of its own and servers that end with it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="node-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def script(self, text, name="script.js"):
        """Writes a script into the test's folder."""
        path = self.folder / name
        path.write_text(text)
        return path

    def start(self, *arguments):
        """Starts node in the background, in a process group of its own."""
        return self.start_command(NODE, *arguments)

    def start_command(self, *command):
        """Starts another program so."""
        process = subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   stdin=subprocess.DEVNULL, cwd=self.folder, start_new_session=True)
        self.addCleanup(self._end, process)
        return process

    def _end(self, process):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(LIMIT)
        process.stdout.close()
        process.stderr.close()

    def serve(self, listener, before="", after=""):
        """Starts a server whose request listener is `listener`; gives (process, port)."""
        path = self.script(f"{before}\nvar server = node.http.createServer({listener});\n"
                           f"server.listen(0, '127.0.0.1');\nputs('port ' + server.port);\n{after}\n")
        process = self.start(path)
        line = process.stdout.readline().decode()
        match = re.fullmatch(r"port (\d+)\n", line)
        if match is None:
            self.fail(f"the server did not start: {line!r} {process.stderr.read().decode()}")
        return process, int(match.group(1))


def connect(port):
    """A connected socket with a time limit."""
    return socket.create_connection(("127.0.0.1", port), timeout=LIMIT)


def read_all(connection):
    """Everything until the other side closes."""
    parts = []
    while True:
        part = connection.recv(65536)
        if not part:
            return b"".join(parts)
        parts.append(part)


def exchange(port, data):
    """Sends `data`, closes the sending half, gives all that comes back."""
    with connect(port) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return read_all(connection)


def body(answer):
    """The body of the first answer in `answer`, unframed by Content-Length or to the end."""
    return answer.split(b"\r\n\r\n", 1)[1]
