"""Files, as they show from outside: pipes and terminals, the pool of threads, limits, the end."""
import os
import pty
import resource
import signal
import subprocess
import time
import unittest

from harness import LIMIT, NODE, Case, Result

READ_ALL = """
(async function () {
  var data, text = '', reads = 0;
  while ((data = await node.fs.read(0, 65536, null, 'ascii')) !== null) { text += data; reads++; }
  puts(text.length + ' ' + reads);
})();
"""


def run(code, stdin=subprocess.DEVNULL, before=None, **environment):
    """Runs node -e CODE with variables of the environment added; `before` is called in the child."""
    done = subprocess.run([NODE, "-e", code], stdin=stdin, capture_output=True, timeout=LIMIT, check=False,
                          preexec_fn=before, env={**os.environ, **environment})
    return Result(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


class Files(Case):
    def fifo(self, name):
        """A pipe with a name."""
        path = self.folder / name
        os.mkfifo(path)
        return path

    def test_a_pipe_is_read_as_it_comes(self):
        process = subprocess.Popen([NODE, "-e", READ_ALL], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(3):
            process.stdin.write(b"x" * 100)
            process.stdin.flush()
            time.sleep(0.05)
        out, _ = process.communicate(timeout=LIMIT)
        self.assertRegex(out, rb"^300 [1-3]\n$")

    def test_a_file_and_nothing_as_standard_input(self):
        path = self.folder / "input"
        path.write_bytes(b"x" * 200000)
        with open(path, "rb") as file:
            self.assertEqual(run(READ_ALL, stdin=file).out, "200000 4\n")
        self.assertEqual(run(READ_ALL).out, "0 0\n")

    def test_a_terminal(self):
        ours, theirs = pty.openpty()
        process = subprocess.Popen([NODE, "-e", "node.fs.read(0, 100, null, 'utf8').addCallback(function (line) { p(line); });"],
                                   stdin=theirs, stdout=subprocess.PIPE)
        os.close(theirs)
        time.sleep(0.1)
        os.write(ours, b"typed\n")
        out, _ = process.communicate(timeout=LIMIT)
        os.close(ours)
        self.assertEqual(out, b'"typed\\n"\n')

    def test_waiting_pipes_take_no_threads(self):
        for i in range(20):
            self.fifo(f"fifo{i}")
        result = run(f"""
            (async function () {{
              for (var i = 0; i < 20; i++) {{
                var fd = await node.fs.open('{self.folder}/fifo' + i, node.O_RDWR);
                node.fs.read(fd, 10).addCallback(function () {{ puts('read something'); }});
                node.fs.write(fd, new Uint8Array(200000)).addErrback(function () {{}});
              }}
              puts((await node.fs.readdir('{self.folder}')).length);
              puts((await node.fs.cat('/proc/self/status', 'bytes')).length > 100);
              node.exit(3);
            }})();""")
        self.assertEqual((result.code, result.out.replace("read something\n", "")), (3, "20\ntrue\n"), result)

    def test_a_named_pipe_is_a_file_for_cat(self):
        path = self.fifo("fifo")
        process = self.start("-e", f"node.fs.cat('{path}').addCallback(function (text) {{ puts(text.length); }});")
        time.sleep(0.1)  # it waits for a writer
        with open(path, "wb") as fifo:
            for _ in range(4):
                fifo.write("é".encode() * 50001)
                fifo.flush()
                time.sleep(0.02)
        self.assertEqual(process.stdout.read(), b"200004\n")
        self.assertEqual(process.wait(LIMIT), 0)

    def test_a_slow_reader_of_a_pipe_does_not_stop_the_rest(self):
        read_end, write_end = os.pipe()
        process = subprocess.Popen([NODE, "-e", f"""
            node.fs.write({write_end}, new Uint8Array(1000000)).addCallback(function (bytes) {{ puts(bytes); node.exit(); }});
            var ticks = 0;
            setInterval(function () {{ if (++ticks === 3) puts('ticks'); }}, 1);
            """], pass_fds=[write_end], stdout=subprocess.PIPE)
        os.close(write_end)
        self.assertEqual(process.stdout.readline(), b"ticks\n")
        received = 0
        while received < 1000000:
            received += len(os.read(read_end, 65536))
        os.close(read_end)
        self.assertEqual(process.stdout.readline(), b"1000000\n")
        process.stdout.close()
        self.assertEqual(process.wait(LIMIT), 0)

    def test_the_end_does_not_wait_for_threads(self):
        path = self.fifo("fifo")
        blocked = f"node.fs.open('{path}', node.O_RDONLY); node.fs.open('{path}', node.O_RDONLY);"
        self.assertEqual(run(blocked + "setTimeout(function () { node.exit(7); }, 20);").code, 7)
        result = run(blocked + "setTimeout(function () { throw new Error('x'); }, 20);")
        self.assertEqual(result.code, 1)
        self.assertIn("Error: x", result.err)
        process = self.start("-e", blocked + "setTimeout(function () { node.debug('up'); }, 20);")
        self.assertEqual(process.stderr.readline(), b"DEBUG: up\n")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(LIMIT), 143)

    def test_an_operation_keeps_the_program_until_it_has_ended(self):
        path = self.fifo("fifo")
        process = self.start("-e", f"node.fs.open('{path}', node.O_RDONLY).addCallback(function () {{ puts('open'); }});")
        time.sleep(0.1)
        self.assertIsNone(process.poll())
        with open(path, "wb"):
            self.assertEqual(process.stdout.read(), b"open\n")
        self.assertEqual(process.wait(LIMIT), 0)

    def test_closing_ends_what_waits_for_it(self):
        path = self.fifo("fifo")
        result = run(f"""
            (async function () {{
              var fd = await node.fs.open('{path}', node.O_RDWR);
              node.fs.read(fd, 1).addErrback(function (error) {{ puts(error.errno); }});
              setTimeout(function () {{ node.fs.close(fd).addCallback(function () {{ puts('closed'); }}); }}, 10);
            }})();""")
        self.assertEqual((result.code, result.out), (0, "ECANCELED\nclosed\n"))

    def test_the_pool_has_limits_of_its_own(self):
        stats = "for (var i = 0; i < 200; i++) node.fs.chmod('/nowhere', 0).addErrback(function (e) { count(e.errno); });"
        count = "var n = {}, left = 200; function count(name) { n[name] = (n[name] || 0) + 1; if (--left === 0) p(n); }"
        self.assertEqual(run(count + stats).out, '{"ENOENT":200}\n')
        self.assertEqual(run(count + stats, NODE_POOL_THREADS="1").out, '{"ENOENT":200}\n')
        # The only thread waits for a writer of the fifo, who comes when all calls have been made.
        fifo = self.fifo("held")
        held = f"node.fs.open('{fifo}', node.O_RDONLY); setTimeout(function () {{ node.createProcess(': > {fifo}'); }}, 1000); "
        later = "setTimeout(function () { " + stats + " }, 500);"
        result = run(count + held + later, NODE_POOL_QUEUE="1", NODE_POOL_THREADS="1")
        self.assertEqual(result.out, '{"EAGAIN":199,"ENOENT":1}\n', result)
        result = run(count + stats, NODE_POOL_THREADS="many")
        self.assertEqual((result.out, result.err), ('{"ENOENT":200}\n',
                         "node: NODE_POOL_THREADS must be an integer from 1 to 64; it stays 4\n"))

    def test_what_the_pool_refuses_says_so(self):
        for i, call in enumerate(("chmod('/nowhere', 0)", "write(fd, 'x', 0)", "cat('/proc/version')")):
            # The only thread waits for a writer of the fifo, who comes when all that can be refused has been.
            fifo = self.fifo(f"held{i}")
            result = run(f"""
                var texts = {{}}, refused = 0;
                node.fs.open('{self.folder}/file', node.O_CREAT | node.O_WRONLY).addCallback(function (fd) {{
                  node.fs.open('{fifo}', node.O_RDONLY);
                  for (var i = 0; i < 100; i++) node.fs.{call}.addErrback(function (e) {{
                    texts[e.message] = e.syscall;
                    if (++refused === 99) node.createProcess(': > {fifo}');
                  }});
                }});
                function onExit() {{ delete texts['chmod ENOENT /nowhere: No such file or directory']; p(texts); }}""",
                         NODE_POOL_QUEUE="1", NODE_POOL_THREADS="1")
            self.assertEqual(result.out, '{"queue EAGAIN (more operations than NODE_POOL_QUEUE wait): '
                             'Resource temporarily unavailable":"queue"}\n', call)

    def test_a_crowd_that_is_not_in_memory(self):
        for i in range(300):
            path = self.folder / f"f{i}"
            path.write_bytes(b"%d " % i * 500)
            with open(path, "rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        done = run("var left = 300, right = 0;\n"
                   "for (var i = 0; i < 300; i++) (function (i) {\n"
                   f"  node.fs.cat({str(self.folder)!r} + '/f' + i).addCallback(function (text) {{\n"
                   "    if (text === (i + ' ').repeat(500)) right++;\n"
                   "    if (--left === 0) puts(right);\n"
                   "  });\n"
                   "})(i);")
        self.assertEqual((done.code, done.out, done.err), (0, "300\n", ""))

    def test_a_crowd_for_a_pool_that_takes_none(self):
        (self.folder / "small").write_text("small")
        done = run("var told = 0;\n"
                   "for (var i = 0; i < 300; i++) {\n"
                   f"  node.fs.cat({str(self.folder / 'small')!r}).addCallback(function (text) {{\n"
                   "    if (text === 'small' && ++told === 100) puts(told);\n"
                   "  });\n"
                   "}", NODE_POOL_QUEUE="1", NODE_POOL_THREADS="1")
        self.assertEqual((done.code, done.out, done.err), (0, "100\n", ""))

    def test_without_descriptors(self):
        result = run("""
            var held = [], codes = {};
            (async function () {
              try { for (;;) held.push(await node.fs.open('/dev/null', node.O_RDONLY)); } catch (error) { puts(error.message); }
              for (var f of [node.fs.cat('/proc/version'), node.fs.readdir('/'), node.fs.copy('/proc/version', '/tmp/never'),
                             node.fs.mkdir('/'), node.fs.realpath('/')]) {
                await f.then(function () {}, function (error) { codes[error.syscall + ' ' + error.errno] = 1; });
              }
              p(Object.keys(codes));
              await node.fs.close(held.pop());
              puts((await node.fs.cat('/proc/version')).length > 10);
            })();""", before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (30, 30)))
        self.assertEqual(result.out, "open EMFILE /dev/null: Too many open files\n"
                         '["open EMFILE","opendir EMFILE","mkdir EEXIST"]\ntrue\n', result)

    @unittest.skipIf("sanitize" in NODE, "built with sanitizers")
    def test_a_stream_takes_little_memory(self):
        source = self.folder / "source"
        with open(source, "wb") as file:
            file.truncate(100 * 1024 * 1024)
        result = run(f"""
            var input = new node.fs.File({{ encoding: 'bytes' }}), output = new node.fs.File();
            (async function () {{
              var piece;
              input.open('{source}', 'r');
              output.open('{self.folder}/target', 'w');
              while ((piece = await input.read(262144)) !== null) await output.write(piece);
              await output.close();
              puts((await node.fs.stat('{self.folder}/target')).size);
              puts(/VmHWM:\\s+(\\d+)/.exec(await node.fs.cat('/proc/self/status'))[1]);
            }})();""")
        size, peak = result.out.split()
        self.assertEqual(size, "104857600")
        self.assertLess(int(peak), 40000)

    @unittest.skipIf("sanitize" in NODE, "built with sanitizers")
    def test_operations_leave_no_memory_behind(self):
        # Twice as many must not need more: each has a path of 4 KB, and a third of them fail.
        script = self.script("""
            var fs = node.fs, missing = '/' + new Array(1000).join('a/b/');
            function quiet(promise) { return promise.then(function () {}, function () {}); }
            async function rounds(n) {
              for (var i = 0; i < n; i++) {
                await Promise.all([fs.cat(missing), fs.chmod(missing, 0), fs.rename(missing, missing), fs.cat(__filename, 'raw'),
                                   fs.stat(__filename), fs.readdir('/'), fs.realpath('/'), fs.cat('/proc/self/stat')].map(quiet));
                var file = new fs.File({ encoding: 'utf8' });
                file.open(__filename, 'r');
                file.read(100000);
                file.write('it is not open for that');
                await file.close();
              }
              gc();
              return Number(/VmRSS:\\s+(\\d+)/.exec(await fs.cat('/proc/self/status'))[1]);
            }
            (async function () {
              await rounds(500);
              var once = await rounds(2000);
              puts(await rounds(4000) - once);
            })();""")
        process = self.start("--v8-flags=--expose-gc", script)
        grown = int(process.stdout.read())
        self.assertLess(grown, 3000)


if __name__ == "__main__":
    unittest.main()
