"""The tools of doc/examples, which work on files, processes, modules and names, run and used as their heads say."""
import datetime
import hashlib
import itertools
import os
import re
import signal
import subprocess
import time
import zlib
from pathlib import Path

from dns_harness import DnsCase
from dns_mock import Mock
from examples_harness import BIG, EXAMPLES, ExampleCase, Program
from harness import LIMIT, NODE


class Modules(ExampleCase):
    def test_plugins(self):
        self.assertEqual(self.finished("plugins.js", "unique", "upper", stdin="b\na\nb\n\u00e4".encode()), "B\nA\n\u00c4\n1 dropped\n")
        self.assertEqual(self.finished("plugins.js", stdin=b"as it is\n"), "as it is\n")
        for bad, message in {"../hello": "no name of a plugin: ../hello", "none": "Error reading plugins/none.js: open ENOENT"}.items():
            program = Program(self, "plugins.js", bad)
            self.assertEqual(program.process.wait(LIMIT), 1)
            self.assertIn(message, program.errors())
            self.assertEqual(program.output(), "")

    def test_plugins_upper(self):
        self.assertEqual(self.finished("plugins.js", "upper", stdin=b"one\ntwo\n" * 10000), "ONE\nTWO\n" * 10000)

    def test_plugins_unique(self):
        lines = "".join(f"{i % 300}\n" for i in range(30000))
        expected = "".join(f"{i}\n" for i in range(300)) + "29700 dropped\n"
        self.assertEqual(self.finished("plugins.js", "unique", stdin=lines.encode()), expected)

    def test_url_module(self):
        _, port = self.serve_example("files.js", EXAMPLES)
        url = f"http://127.0.0.1:{port}/plugins/upper.js"
        digest = hashlib.sha256((EXAMPLES / "plugins/upper.js").read_bytes()).hexdigest()
        self.assertEqual(self.finished("url-module.js", f"{url}#sha256-{digest}", "one", "two"), "ONE\nTWO\n")
        self.assertEqual(self.finished("url-module.js", url, "x"), "No pin: this runs whatever the server sends.\nX\n")
        program = Program(self, "url-module.js", f"{url}#sha256-{'0' * 64}", "x")
        self.assertEqual((program.process.wait(LIMIT), program.output()), (1, ""))
        self.assertIn(f"its content is not what the pin says: it is sha256-{digest}", program.errors())
        usage = "usage: node url-module.js URL[#sha256-DIGITS] TEXT...\n"
        self.assertEqual(self.finished("url-module.js", code=2, err=usage), "")


class Files(ExampleCase):
    def test_tail(self):
        log = self.write("logs/log", "".join(f"{i}\n" for i in range(20)))
        program = Program(self, "tail.js", log, 3)
        expected = "17\n18\n19\n"

        def add(path, text, mode="a"):
            nonlocal expected
            with open(path, mode, encoding="utf8") as file:
                file.write(text)
            expected += text
            program.wait_for(re.escape(text) + r"\Z")

        program.wait_for("19\n")
        add(log, "h\u00e4lf")
        add(log, " a line\n")
        log.rename(f"{log}.1")
        add(f"{log}.1", "late\n")  # the old one, as long as there is no new one
        add(log, "rotated\n", "w")
        add(log, "more\n")
        add(log, "cut\n", "w")
        log.unlink()
        add(log, "again\n", "w")
        log.rename(self.folder / "elsewhere")
        (self.folder / "elsewhere").rename(log)  # the same one
        add(log, "and again\n")
        self.assertEqual(program.end(signal.SIGINT), expected)

    def test_tail_of_what_is_not_there_yet_and_into_a_closed_pipe(self):
        log = self.write("logs/other", "").parent / "log"
        program = Program(self, "tail.js", log)
        self.until(lambda: watches(program.process.pid), "the folder is watched")
        log.write_text("first\n")
        program.wait_for("first\n")
        self.assertEqual(program.end(), "first\n")
        shell = f'"$0" "$1" "$2" 1 | head -n 1; exit ${{PIPESTATUS[0]}}'
        process = subprocess.Popen(["bash", "-c", shell, NODE, EXAMPLES / "tail.js", log], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b"first\n")
        for _ in range(LIMIT * 100):  # until it meets the closed pipe
            if process.poll() is not None:
                break
            with open(log, "a", encoding="utf8") as file:
                file.write("more\n")
            try:
                process.wait(0.01)
            except subprocess.TimeoutExpired:
                pass
        self.assertEqual((*process.communicate(timeout=LIMIT), process.returncode), (b"", b"", 0))
        for words in ((), (log, "x")):
            self.assertEqual(self.finished("tail.js", *words, code=2, err="usage: node tail.js FILE [LINES]\n"), "")

    def test_grep(self):
        self.write("tree/a.txt", "one\ntwo\u00e4\n")
        self.write("tree/sub/b.txt", "none\nTwo\n")
        self.write("tree/binary", b"two\0")
        (self.folder / "tree/sub/loop").symlink_to("..")
        self.assertEqual(self.finished("grep.js", "(?i)two|^n"[4:], "tree"), "tree/a.txt:2:two\u00e4\ntree/sub/b.txt:1:none\n")
        self.assertEqual(self.finished("grep.js", "nothing", "tree", code=1), "")
        self.assertEqual(self.finished("grep.js", "one$", "tree/a.txt"), "tree/a.txt:1:one\n")
        self.assertEqual(self.finished("grep.js", code=2, err="grep: usage: node grep.js PATTERN [FOLDER]\n"), "")
        self.assertEqual(self.finished("grep.js", "(", code=2, err="grep: Invalid regular expression: /(/: Unterminated group\n"), "")
        self.assertEqual(self.finished("grep.js", "x", "none", code=2, err="grep: lstat ENOENT none: No such file or directory\n"), "")
        self.write("tree/many", "one\n" * 100000)
        shell = f'"$0" "$1" one tree | head -n 1; exit ${{PIPESTATUS[0]}}'
        done = subprocess.run(["bash", "-c", shell, NODE, EXAMPLES / "grep.js"], cwd=self.folder, capture_output=True, timeout=LIMIT, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"tree/a.txt:1:one\n", b""))

    def test_wc(self):
        self.assertEqual(self.finished("wc.js"), "      0       0       0\n")
        self.assertEqual(self.finished("wc.js", stdin="zw\u00f6lf  W\u00f6rter\tin\n\nzwei".encode()), "      2       4      24\n")
        self.assertEqual(self.finished("wc.js", stdin=b"some words\n" * 100000), " 100000  200000 1100000\n")

    def test_copy(self):
        data = BIG * 3
        self.write("from", data)
        tail = f"100 %\n{len(data)} bytes, CRC-32 {zlib.crc32(data):08x}\n"
        self.assertRegex(self.finished("copy.js", "from", "to"), rf"\A(\d0 %\n)+{tail}\Z")
        self.assertEqual((self.folder / "to").read_bytes(), data)
        self.write("empty", "")
        self.assertEqual(self.finished("copy.js", "empty", "empty2"), "0 bytes, CRC-32 00000000\n")
        for (*words, message) in (("usage: node copy.js FROM TO",), ("none", "x", "stat ENOENT none: No such file or directory"),
                                  (".", "x", ". is not a regular file"), ("from", "to", "open EEXIST to: File exists")):
            self.assertEqual(self.finished("copy.js", *words, code=1, err=f"copy: {message}\n"), "")
        self.assertFalse((self.folder / "x").exists())
        shell = 'trap "" XFSZ; ulimit -f 1000; exec "$0" "$1" from x'  # 512 or 1024 bytes each
        done = subprocess.run(["bash", "-c", shell, NODE, EXAMPLES / "copy.js"], cwd=self.folder, capture_output=True, timeout=LIMIT, check=False)
        self.assertRegex(done.stderr, rb"\Acopy: write EFBIG .*: File too large\n\Z")
        self.assertEqual(done.returncode, 1)
        self.assertFalse((self.folder / "x").exists())
        self.assertEqual((self.folder / "to").read_bytes(), data)

    def test_on_change(self):
        (self.folder / "watched").mkdir()
        program = Program(self, "on-change.js", "watched", "ls watched; [ ! -e watched/b ]")
        program.wait_for(r"\Aexit code 0\n")
        self.write("watched/a", "")
        program.wait_for(r"a\nexit code 0\n\Z")
        self.write("watched/b", "")
        program.wait_for(r"b\nexit code 1\n\Z")
        self.assertEqual(program.end(signal.SIGINT), "exit code 0\na\nexit code 0\na\nb\nexit code 1\n")
        os.mkfifo(self.folder / "fifo")
        (self.folder / "watched/b").unlink()
        program = Program(self, "on-change.js", "watched", "cat fifo; ls watched")
        for changes in range(2):  # while it runs
            with self.writer_to(self.folder / "fifo") as fifo:
                self.until(lambda: watches(program.process.pid), "the folder is watched")
                if changes == 0:
                    self.write("watched/c", "")
                    time.sleep(0.3)  # time to see it; what it sees later makes it run again as well
                fifo.write(f"run {changes}\n")
            program.wait_for(rf"run {changes}\n(.*\n)*exit code 0\n")
        self.assertEqual(program.end(), "run 0\na\nc\nexit code 0\nrun 1\na\nc\nexit code 0\n")
        self.assertEqual(self.finished("on-change.js", code=1, err="on-change: usage: node on-change.js FOLDER COMMAND\n"), "")
        error = "on-change: inotify_add_watch ENOENT none: No such file or directory\n"
        self.assertEqual(self.finished("on-change.js", "none", "ls", code=1, err=error), "")


class Processes(ExampleCase):
    def test_jobs(self):
        # The first two wait for one another; of all five, two are there at once at the most.
        count = 'echo + >> log; {}; echo - >> log'
        meet = "while [ $(grep -c + log) -lt 2 ]; do sleep 0.01; done"
        commands = [count.format(meet), count.format(meet), *[count.format("sleep 0.05")] * 3, "echo out; echo err >&2; exit 3", "no-such-program"]
        out = self.finished("jobs.js", 2, stdin="\n\n".join(commands).encode(), code=1)
        for i, command in enumerate(commands[:5], 1):
            self.assertEqual(out.count(f"[{i}] {command}: exit code 0\n"), 1)
        self.assertRegex(out, rf"\[6\] {commands[5]}: exit code 3\n(out\nerr|err\nout)\n")
        self.assertRegex(out, r"\[7\] no-such-program: exit code 127\n.*not found\n")
        self.assertRegex(out, r"\n7 jobs, 2 failed\n\Z")
        self.assertEqual(len(out.splitlines()), 11)
        steps = (self.folder / "log").read_text().split()
        self.assertEqual(max(itertools.accumulate(1 if step == "+" else -1 for step in steps)), 2, steps)
        self.assertEqual(self.finished("jobs.js", "1e12"), "0 jobs, 0 failed\n")
        self.assertEqual(self.finished("jobs.js", "x", code=2, err="usage: node jobs.js [AT_ONCE] < COMMANDS\n"), "")

    def test_jobs_end_with_it(self):
        with open(self.write("commands", "echo $$ > pid; exec sleep 1000\n"), "rb") as commands:
            program = Program(self, "jobs.js", stdin=commands)
        pid = self.folder / "pid"
        self.until(lambda: pid.exists() and pid.read_text(), "the job has begun")
        self.assertEqual(program.end(signal.SIGINT), "")
        self.until(lambda: not alive(int(pid.read_text())), "the job has ended")

    def test_cron(self):
        self.write("table", "# each second\n* * * * * * echo tick >> ticks\n\n  */1 0-59 * 1-31 1-12/1 0,1-7 echo out; echo $0 >&2; exit 3\n"
                   "0 0 0 31 2 * echo never\n")
        today = datetime.date.today().isoweekday()  # 7 on Sundays; it may be tomorrow soon
        self.write("table", self.folder.joinpath("table").read_text() + f"* * * * * {today},{today % 7 + 1} sleep 2.5\n")
        program = Program(self, "cron.js", "table")
        program.wait_for("(?s)exit code 3.*exit code 3")
        program.wait_for("sleep 2.5: still running\n")
        self.assertIn((self.folder / "ticks").read_text(), ["tick\n" * n for n in range(2, 40)])
        out = program.end()
        self.assertEqual(set(out.splitlines()), {"out", "/bin/sh", "echo out; echo $0 >&2; exit 3: exit code 3", "sleep 2.5: still running"})
        for table, error in {"* * * * *  echo": "too few fields: * * * * *  echo", "61 * * * * * x": "bad field: 61", "5-2 * * * * * x": "bad field: 5-2",
                             "* * * * */0 * x": "bad field: */0", "* * * * x * x": "bad field: x"}.items():
            self.write("table", table)
            self.assertEqual(self.finished("cron.js", "table", code=1, err=f"cron: {error}\n"), "")
        self.assertEqual(self.finished("cron.js", "none", code=1, err="cron: open ENOENT none: No such file or directory\n"), "")

    def test_supervise(self):
        program = Program(self, "supervise.js", "sh", "-c", "echo x >> runs; echo out; [ $(wc -l < runs) -gt 2 ]")
        again = r"supervise: started process \d+\nout\nsupervise: exit code 1\nsupervise: again in {} ms\n"
        self.assertRegex(program.finish(), rf"\A{again.format(100)}{again.format(200)}supervise: started process \d+\nout\nsupervise: exit code 0\n\Z")
        program = Program(self, "supervise.js", "sleep", "1000")
        first = int(program.wait_for(r"process (\d+)\n").group(1))
        os.kill(first, signal.SIGKILL)
        second = int(program.wait_for(r"again in 100 ms\n.*process (\d+)\n").group(1))
        self.assertEqual(program.end(), f"supervise: started process {first}\nsupervise: ended by signal 9\nsupervise: again in 100 ms\n"
                         f"supervise: started process {second}\n")
        self.until(lambda: not alive(second), "its program has ended with it")
        error = "supervise: exec ENOENT no-such-program: No such file or directory\n"
        self.assertEqual(self.finished("supervise.js", "no-such-program", code=127, err=error), "")


def watches(pid):
    """Whether a process watches a file or folder."""
    return any("inotify wd:" in path.read_text() for path in Path(f"/proc/{pid}/fdinfo").iterdir())


def alive(pid):
    """Whether a process still runs: a zombie does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf8") as file:
            return file.read().rsplit(") ", 1)[1][0] not in "ZX"
    except FileNotFoundError:
        return False


class Names(DnsCase):
    def test_lookup(self):
        mock = Mock({"host.zone": {"A": ["192.0.2.1", "192.0.2.2"], "AAAA": ["2001:db8::1"], "MX": [(10, "mail.zone")], "ttl": 300},
                     "text.zone": {"TXT": [("x",)]}, "1.2.0.192.in-addr.arpa": {"PTR": ["host.zone"], "ttl": 60}})
        self.addCleanup(mock.close)
        asks = {"NAMESERVERS": "127.0.0.1", "RES_OPTIONS": f"port:{mock.port}"}
        done = self.run_node(EXAMPLES / "lookup.js", "host.zone", "text.zone", "192.0.2.1", "none.zone", "1.2.3", "a..b", **asks)
        self.assertEqual((done.code, done.err), (1, ""))
        self.assertEqual(done.out, """host.zone
  IPv4 192.0.2.1, for 300 s
  IPv4 192.0.2.2, for 300 s
  IPv6 2001:db8::1, for 300 s
  mail 10 mail.zone, for 300 s
text.zone
  no addresses and no mail servers
192.0.2.1
  name host.zone, for 60 s
none.zone
  no such name: none.zone (NXDOMAIN)
1.2.3
  reverse: "1.2.3" is no IPv4 or IPv6 address
a..b
  not a name to ask for: "a..b": empty label
""")
        done = self.run_node(EXAMPLES / "lookup.js", "192.0.2.1", **asks)
        self.assertEqual((done.code, done.out, done.err), (0, "192.0.2.1\n  name host.zone, for 60 s\n", ""))
        done = self.run_node(EXAMPLES / "lookup.js")
        self.assertEqual((done.code, done.out, done.err), (2, "", "usage: node lookup.js NAME_OR_ADDRESS...\n"))
