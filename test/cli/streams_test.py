"""stdin, stdout, stderr: order, completeness and errors on all that descriptors can be."""
import fcntl
import os
import pty
import signal
import socket
import subprocess
import time
import unittest

from harness import LIMIT, NODE, Case, evaluate

READ_ALL = """
(async function () {
  var data, bytes = 0, first;
  while ((data = await stdin.read(65536)) !== null) { first = first || data.slice(0, 3); bytes += data.length; }
  p([bytes, first, await stdin.read(1)]);
})();
"""
MANY = "for (var i = 0; i < 100000; i++) { stdout.write('w' + i + '\\n'); puts('p' + i); }"
MANY_LINES = b"".join(b"w%d\np%d\n" % (i, i) for i in range(100000))


def run(code, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL):
    return subprocess.run([NODE, "-e", code], stdin=stdin, stdout=stdout, stderr=stderr, timeout=LIMIT, check=False)


class Writing(Case):
    def test_complete_at_every_end(self):
        ends = {"": 0, "node.exit(3)": 3, "throw new Error('x')": 1, "Promise.reject(new Error('x'))": 1,
                "setTimeout(function () { node.exit(4); }, 1)": 4}
        for end, code in ends.items():
            done = run(MANY + end)
            self.assertEqual((done.returncode, done.stdout == MANY_LINES), (code, True), end)

    def test_complete_from_on_exit(self):
        done = run("function onExit() { stdout.write('out'); stderr.write('err'); } puts('first'); node.exit(2)")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (2, b"first\nout", b"err"))

    def test_a_slow_pipe_and_a_slow_pipe_of_errors(self):
        for stream in ("stdout", "stderr"):
            process = self.start("-e", f"for (var i = 0; i < 300000; i++) {stream}.puts(i);")
            time.sleep(0.3)
            data = getattr(process, stream).read()
            self.assertEqual(process.wait(LIMIT), 0)
            self.assertEqual(data == b"".join(b"%d\n" % i for i in range(300000)), True, stream)

    def test_a_reader_that_reads_nothing_does_not_stop_the_loop(self):
        read_end, write_end = os.pipe()
        silent = os.pipe(), os.pipe()
        process = subprocess.Popen([NODE, "-e", f"""
            var ended = 0, ticks = 0;
            function count() {{ ended++; }}
            stdout.write(new Uint8Array(1 << 20)).addCallback(count);
            stderr.write(new Uint8Array(1 << 20)).addCallback(count);
            var timer = setInterval(function () {{
              if (++ticks === 10) {{ clearInterval(timer); node.fs.write({write_end}, 'ticks ' + ended); }}
            }}, 1);"""], pass_fds=[write_end], stdout=silent[0][1], stderr=silent[1][1])
        self.assertEqual(os.read(read_end, 100), b"ticks 0")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(LIMIT), 143)
        for descriptor in (read_end, write_end, *silent[0], *silent[1]):
            os.close(descriptor)

    def test_the_flags_of_a_shared_pipe_stay(self):
        for blocking in (True, False):
            read_end, write_end = os.pipe()
            os.set_blocking(write_end, blocking)
            before = fcntl.fcntl(write_end, fcntl.F_GETFL)
            process = subprocess.Popen([NODE, "-e", MANY], stdout=write_end)
            time.sleep(0.1)
            self.assertEqual(fcntl.fcntl(write_end, fcntl.F_GETFL), before)
            os.close(write_end)
            with os.fdopen(read_end, "rb") as reader:
                self.assertEqual(reader.read() == MANY_LINES, True)
            self.assertEqual(process.wait(LIMIT), 0)

    def test_a_file_a_terminal_and_a_socket(self):
        path = self.folder / "out"
        with open(path, "wb") as file:
            self.assertEqual(run(MANY, stdout=file).returncode, 0)
        self.assertEqual(path.read_bytes() == MANY_LINES, True)
        ours, theirs = pty.openpty()
        process = subprocess.Popen([NODE, "-e", "puts('a'); stderr.puts('b'); console.warn('c'); stdout.write('d\\n')"],
                                   stdout=theirs, stderr=theirs)
        self.assertEqual(process.wait(LIMIT), 0)
        os.close(theirs)
        shown = b""
        while len(shown) < 12:  # what was written lies in a queue of the kernel's, from which it comes piece by piece
            shown += os.read(ours, 100)
        self.assertEqual(shown, b"a\r\nb\r\nc\r\nd\r\n")
        os.close(ours)
        here, there = socket.socketpair()
        process = subprocess.Popen([NODE, "-e", MANY], stdout=there)
        there.close()
        data = b""
        while piece := here.recv(65536):
            data += piece
        here.close()
        self.assertEqual((process.wait(LIMIT), data == MANY_LINES), (0, True))

    def test_at_a_position_of_a_file(self):
        path = self.folder / "out"
        with open(path, "wb") as file:
            run("puts('hello'); stdout.write('J', 0).addCallback(function (n) { puts(n); })", stdout=file)
        self.assertEqual(path.read_bytes(), b"Jello\n1\n")
        for code, content in (("stdout.write('AAAA', 0); puts('BB')", b"BB\nA"),
                              ("puts('hello'); stdout.write('J', 0); print('BB'); stdout.write('K', 0); node.exit(0)",
                               b"Kello\nBB"),
                              ("stdout.write('x', -1).addErrback(function (e) { print(e.errno); })", b"EINVAL"),
                              ("stdout.write('x', 1.5).addErrback(function (e) { print(e.errno); })", b"EINVAL")):
            with self.subTest(code=code):
                with open(path, "wb") as file:
                    self.assertEqual(run(code, stdout=file).returncode, 0)
                self.assertEqual(path.read_bytes(), content)

    def test_many_at_a_position_each_in_its_turn(self):
        path = self.folder / "out"
        code = """
            var trace = "";
            for (var i = 0; i < 100; i++) {
              stdout.write("#", 2 * i).addCallback(function (n) { trace += n; });
              print("ab");
              stdout.write(".", 2 * i + 1).addCallback(function (n) { trace += n; });
            }
            stdout.write("", 0).addCallback(function () { node.debug(trace); });"""
        with open(path, "wb") as file:
            done = run(code, stdout=file)
        self.assertEqual((done.returncode, done.stderr), (0, b"DEBUG: " + b"1" * 200 + b"\n"))
        self.assertEqual(path.read_bytes(), b"a." * 100)

    def test_at_a_position_of_what_has_none(self):
        done = run("puts('a'); stdout.write('x', 0).addErrback(function (e) { puts(e.syscall + ' ' + e.errno); })")
        self.assertEqual((done.returncode, done.stdout), (0, b"a\nwrite ESPIPE\n"))

    def test_at_a_position_that_cannot_be_written(self):
        path = self.folder / "out"
        code = """
            stdout.addListener("error", function (e) { node.debug(e.errno + this.fd); });
            stdout.write("x", 1e6).addErrback(function (e) { node.debug([e.syscall, e.errno, e.fd]); });
            stdout.write("y", 0).addCallback(function (n) { node.debug(n); });"""
        done = subprocess.run(["sh", "-c", f'ulimit -f 8; trap "" XFSZ; exec "$0" -e "$1" > {path}', NODE, code],
                              stderr=subprocess.PIPE, timeout=LIMIT, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b"DEBUG: write,EFBIG,1\nDEBUG: EFBIG1\nDEBUG: 1\n"))

    def test_the_order_of_both_in_one_file(self):
        path = self.folder / "out"
        with open(path, "wb") as file:
            run("puts(1); console.error(2); puts(3); node.debug(4); console.log(5); console.debug(6); stderr.write('7')",
                stdout=file, stderr=file)
        self.assertEqual(path.read_bytes(), b"1\n2\n3\nDEBUG: 4\n5\n6\n7")

    def test_where_the_console_goes(self):
        result = evaluate("console.log(1); console.info(2); puts(3); console.log(4); console.warn(5); console.error(6); console.debug(7)")
        self.assertEqual((result.out, result.err), ("1\n2\n3\n4\n", "5\n6\n7\n"))

    def test_debug_comes_behind_what_stderr_has_queued(self):
        process = self.start("-e", "stderr.write(new Array(200001).join('x')); node.debug('y'); for (;;);")
        data = b""
        while not data.endswith(b"y\n"):
            data += os.read(process.stderr.fileno(), 65536)
        self.assertEqual(data == b"x" * 200000 + b"DEBUG: y\n", True)

    def test_promises_settle_while_others_wait(self):
        process = self.start("-e", """
            stdout.write(new Uint8Array(100000)).addCallback(function (n) { node.debug(n); });
            stdout.write(new Uint8Array(3000000));""")
        os.read(process.stdout.fileno(), 1)
        read = 1
        while read < 110000:
            read += len(os.read(process.stdout.fileno(), 4096))
        self.assertEqual(process.stderr.readline(), b"DEBUG: 100000\n")
        process.stdout.read()
        self.assertEqual(process.wait(LIMIT), 0)

    def test_many_promises(self):
        result = evaluate("var n = 0; for (var i = 0; i < 200000; i++) stdout.write('x').addCallback(function (b) { n += b; });"
                          "setTimeout(function () { node.debug(n); }, 100)")
        self.assertEqual((len(result.out), result.err), (200000, "DEBUG: 200000\n"))


class Failing(Case):
    def full(self, code, stream="stdout"):
        with open("/dev/full", "wb") as full:
            done = run(code, **{stream: full})
        return done.returncode, (done.stderr or b"").decode() + (done.stdout or b"").decode()

    def test_a_full_device(self):
        message = "node: write ENOSPC standard output: No space left on device\n"
        for code in ("stdout.write('x')", "stdout.write('x'); node.exit(0)", "puts(1).addCallback(function () {})",
                     "function onExit() { stdout.write('x'); }", "setTimeout(function () { stdout.puts('x'); }, 1)"):
            self.assertEqual(self.full(code), (1, message), code)

    def test_printing_without_end_ends(self):
        message = "node: write ENOSPC standard output: No space left on device\n"
        for code in ("for (;;) puts('without end')", "for (;;) stdout.write(new Uint8Array(1000))",
                     "function onExit() { for (;;) puts('without end'); }"):
            self.assertEqual(self.full(code), (1, message), code)
        # Whoever listens hears of it, if he ends his turn.
        for listen in ("stdout.addListener('error', hear);", "puts('x').addErrback(hear);"):
            code = f"""function hear(error) {{ node.debug(error.errno); node.exit(3); }}
                {listen}
                for (var i = 0; i < 10; i++) stdout.write(new Uint8Array(1000000));"""
            self.assertEqual(self.full(code), (3, "DEBUG: ENOSPC\n"), listen)

    def test_after_its_close(self):
        message = "node: write EBADF standard output: Bad file descriptor\n"
        for close in ("stdout.close()", "node.fs.close(1)"):
            for late in ("puts(1)", "print(1)", "console.log(1)", "for (;;) puts(1)"):
                done = run(f"puts('before'); {close}.addCallback(function () {{ {late}; }})")
                self.assertEqual((done.returncode, done.stdout.decode(), done.stderr.decode()), (1, "before\n", message), late)
        done = run("stderr.puts('before'); stderr.close().addCallback(function () {"
                   "  console.error(1); stderr.puts(2).addErrback(function (error) { puts(error.errno); }); })")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"EBADF\n", b"before\n"))

    def test_the_error_event(self):
        listen = "stdout.addListener('error', function (e) { stderr.puts([e.syscall, e.errno, this === stdout]); });"
        self.assertEqual(self.full(listen + "puts(1); puts(2)"), (0, "write,ENOSPC,true\n"))
        self.assertEqual(self.full(listen + "puts(1); setTimeout(function () { stdout.write('x'); }, 5)"),
                         (0, "write,ENOSPC,true\n" * 2))

    def test_promises_know_what_was_lost(self):
        listen = "stdout.addListener('error', function () {});"
        code = listen + """var early = puts(1);
            setTimeout(function () {
              early.addErrback(function (e) { node.debug('late ' + e.errno); });
              stdout.write('x').addErrback(function (e) { node.debug(e.errno); });
            }, 5);"""
        code, text = self.full(code)
        self.assertEqual((code, sorted(text.split("\n"))), (0, ["", "DEBUG: ENOSPC", "DEBUG: late ENOSPC"]))

    def test_what_was_written_before_is_not_lost(self):
        path = self.folder / "out"
        code = """
            stdout.addListener('error', function (e) { node.debug(e.errno); });
            puts('a').addCallback(function (n) {
              node.debug(n);
              stdout.write(new Uint8Array(20000)).addErrback(function () {
                stdout.write('more').addErrback(function () { node.debug('still'); });
              });
            });"""
        done = subprocess.run(["sh", "-c", f'ulimit -f 8; trap "" XFSZ; exec "$0" -e "$1" > {path}', NODE, code],
                              stderr=subprocess.PIPE, timeout=LIMIT, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b"DEBUG: 2\nDEBUG: EFBIG\nDEBUG: still\nDEBUG: EFBIG\n"))

    def test_standard_error_that_cannot_be_written(self):
        code = "stderr.write('x').addErrback(function (e) { puts('promise ' + e.errno); });"
        self.assertEqual(self.full(code + "stderr.addListener('error', function (e) { puts(e.errno); });", "stderr"),
                         (0, "promise ENOSPC\nENOSPC\n"))
        self.assertEqual(self.full("console.error('x'); node.debug(1); puts('on')", "stderr"), (0, "on\n"))

    def closed(self, code):
        """With a standard output whose reader has gone."""
        read_end, write_end = os.pipe()
        os.close(read_end)
        try:
            done = run(code, stdout=write_end)
        finally:
            os.close(write_end)
        return done.returncode, done.stderr.decode()

    def test_a_closed_pipe_ends_it_quietly(self):
        for code in ("puts(1)", "stdout.write('x').addErrback(function () { node.debug('no'); })", "puts(1); node.exit(0)",
                     "for (;;) puts('without end')", "for (;;) stdout.write('without end')",
                     "setInterval(function () { stdout.write('x'); }, 1)"):
            self.assertEqual(self.closed(code), (0, ""), code)

    def test_standard_error_is_complete_then(self):
        self.assertEqual(self.closed("stderr.write('kept'); puts(1); setInterval(function () {}, 1000)"), (0, "kept"))

    def test_a_closed_pipe_that_the_script_listens_for(self):
        code = """stdout.addListener('error', function (e) { node.debug(e.errno); });
                  puts(1).addErrback(function (e) { node.debug('promise ' + e.errno); });
                  setTimeout(function () { node.debug('on'); node.exit(5); }, 10);"""
        self.assertEqual(self.closed(code), (5, "DEBUG: promise EPIPE\nDEBUG: EPIPE\nDEBUG: on\n"))


class Reading(Case):
    def test_what_standard_input_can_be(self):
        self.assertEqual(run(READ_ALL).stdout, b"[0,null,null]\n")
        path = self.folder / "input"
        path.write_bytes(b"\xff\x00a" * 100000)
        with open(path, "rb") as file:
            self.assertEqual(run(READ_ALL, stdin=file).stdout, b"[300000,[255,0,97],null]\n")
        done = subprocess.run([NODE, "-e", READ_ALL], input=b"\xff\x00a" * 100000, capture_output=True, timeout=LIMIT, check=False)
        self.assertEqual(done.stdout, b"[300000,[255,0,97],null]\n")
        here, there = socket.socketpair()
        here.sendall(b"abc")
        here.shutdown(socket.SHUT_WR)
        self.assertEqual(run(READ_ALL, stdin=there).stdout, b"[3,[97,98,99],null]\n")
        here.close()
        there.close()

    def test_a_closed_standard_input(self):
        done = subprocess.run(["sh", "-c", 'exec "$0" -e "$1" <&-', NODE, READ_ALL], capture_output=True, timeout=LIMIT, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, b"[0,null,null]\n"))

    def test_one_that_cannot_be_read(self):
        code = "stdin.addListener('error', function (e) { puts('event ' + e.errno); }); stdin.read(1).addErrback(function (e) { puts(e.errno); })"
        with open(os.devnull, "wb") as target:
            self.assertEqual(run(code, stdin=target).stdout, b"EBADF\nevent EBADF\n")
        folder = os.open("/", os.O_RDONLY)
        self.assertEqual(run(code, stdin=folder).stdout, b"EISDIR\nevent EISDIR\n")
        os.close(folder)

    def test_a_terminal_gives_lines(self):
        ours, theirs = pty.openpty()
        process = subprocess.Popen([NODE, "-e", "stdin.encoding = node.UTF8; stdin.read(100).addCallback(function (line) { p(line); "
                                    "stdin.read(100).addCallback(function (end) { p(end); }); });"],
                                   stdin=theirs, stdout=subprocess.PIPE)
        time.sleep(0.1)
        self.assertIsNone(process.poll())  # a read that waits keeps it alive
        os.write(ours, "é\n".encode())
        self.assertEqual(process.stdout.readline(), '"é\\n"\n'.encode())
        os.write(ours, b"\x04")
        self.assertEqual(process.communicate(timeout=LIMIT)[0], b"null\n")
        os.close(ours)
        os.close(theirs)

    def test_unread_it_keeps_nothing_alive(self):
        read_end, write_end = os.pipe()
        self.assertEqual(run("puts(stdin.fd); puts(stdin.encoding === node.RAW)", stdin=read_end).stdout, b"0\ntrue\n")
        code = "stdin.read(1).addCallback(function (b) { p(b); });"
        before = fcntl.fcntl(read_end, fcntl.F_GETFL)
        process = subprocess.Popen([NODE, "-e", code], stdin=read_end, stdout=subprocess.PIPE)
        time.sleep(0.2)
        self.assertIsNone(process.poll())
        self.assertEqual(fcntl.fcntl(read_end, fcntl.F_GETFL), before)
        os.write(write_end, b"a")
        self.assertEqual(process.communicate(timeout=LIMIT)[0], b"[97]\n")
        self.assertEqual(process.returncode, 0)
        os.close(read_end)
        os.close(write_end)

    def test_a_pipe_shared_with_another_reader(self):
        read_end, write_end = os.pipe()
        os.set_blocking(read_end, False)
        process = subprocess.Popen([NODE, "-e", READ_ALL], stdin=read_end, stdout=subprocess.PIPE)
        os.close(read_end)
        time.sleep(0.1)
        os.write(write_end, b"abc")
        os.close(write_end)
        self.assertEqual(process.communicate(timeout=LIMIT)[0], b"[3,[97,98,99],null]\n")

    def test_positions_and_the_queue(self):
        path = self.folder / "input"
        path.write_bytes(b"0123456789")
        with open(path, "rb") as file:
            done = run("""stdin.encoding = node.ASCII;
                stdin.read(2).addCallback(print); stdin.read(3, 7).addCallback(print); stdin.read(2).addCallback(print);""", stdin=file)
        self.assertEqual(done.stdout, b"0178923")

    def test_closing_it_keeps_its_number_and_tells_the_writer(self):
        process = subprocess.Popen([NODE, "-e", """
            stdin.close().addCallback(async function () {
              var fd = await node.fs.open('/dev/null', node.O_RDONLY);
              puts((fd > 2) + ' ' + stdin.fd);
              setTimeout(function () {}, 60000);
            });"""], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b"true null\n")
        with self.assertRaises(BrokenPipeError):
            os.write(process.stdin.fileno(), b"x")
        process.kill()
        process.wait(LIMIT)
        process.stdin.close()
        process.stdout.close()

    def test_it_copies_to_standard_output(self):
        data = os.urandom(3000000)
        done = subprocess.run([NODE, "-e", "stdin.encoding = node.BYTES; (async function () { var b; "
                               "while ((b = await stdin.read(65536)) !== null) await stdout.write(b); })()"],
                              input=data, capture_output=True, timeout=LIMIT, check=False)
        self.assertEqual((done.returncode, done.stdout == data), (0, True))


if __name__ == "__main__":
    unittest.main()
