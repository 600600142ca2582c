"""The command line, scripts, exit codes and error reports."""
import ctypes
import json
import os
import pty
import resource
import signal
import subprocess
import time
import unittest

from harness import LIMIT, NODE, Case, connect, evaluate, run


class CommandLine(Case):
    def test_version_names_all_three(self):
        self.assertRegex(run("--version").out, r"^node \d+\.\d+\.\d+ .*V8 13\.6\.\S+, libev 4\.33\n$")

    def test_help_goes_to_stdout(self):
        result = run("--help")
        self.assertEqual((result.code, result.err), (0, ""))
        self.assertIn("Usage: node", result.out)

    def test_unknown_option_is_named(self):
        result = run("--frob", "x.js")
        self.assertEqual(result.code, 2)
        self.assertIn("unknown option --frob", result.err)

    def test_a_missing_script_is_named(self):
        result = run("no-such.js")
        self.assertEqual(result.code, 1)
        self.assertIn("open ENOENT no-such.js", result.err)

    def test_a_folder_is_no_script(self):
        result = run(self.folder)
        self.assertEqual(result.code, 1)
        self.assertIn("EISDIR", result.err)

    def test_arguments_behind_the_script_are_its_own(self):
        path = self.script("p(ARGV.slice(1));")
        result = run(path, "--version", "-e", "a b", "")
        self.assertEqual(result.out, f'["{path}","--version","-e","a b",""]\n')

    def test_eval_and_stdin(self):
        self.assertEqual(evaluate("p(ARGV)", "x").out, f'["{NODE}","[eval]","x"]\n')
        self.assertEqual(run("-", "x", stdin="p(ARGV.slice(1))").out, '["-","x"]\n')
        self.assertEqual(run(stdin="puts(6*7)").out, "42\n")

    def test_no_argument_on_a_terminal_shows_the_usage(self):
        leader, follower = pty.openpty()
        done = subprocess.run([NODE], stdin=follower, capture_output=True, timeout=LIMIT, check=False)
        os.close(leader)
        os.close(follower)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"Usage: node", done.stderr)

    def test_check_compiles_only(self):
        good = self.script("puts('no')", "good.js")
        bad = self.script("var a = ;", "bad.js")
        self.assertEqual((run("--check", good).code, run("--check", good).out), (0, ""))
        result = run("--check", bad)
        self.assertEqual(result.code, 1)
        self.assertIn("bad.js:1:9", result.err)

    def test_engine_flags(self):
        self.assertEqual(run("--v8-flags=--expose-gc", "-e", "puts(typeof gc)").out, "function\n")
        self.assertEqual(evaluate("puts(typeof gc)", "--v8-flags=--expose-gc").out, "undefined\n")

    def test_engine_flags_that_there_are_not(self):
        for flags, named in (("--nonsense", "--nonsense"), ("nonsense", "nonsense"), ("--expose-gc --max-old-space-size=abc", "abc")):
            result = run(f"--v8-flags={flags}", "-e", "puts(1)")
            self.assertEqual((result.code, result.out), (2, ""), flags)
            self.assertIn(f"{named} (node --v8-flags=--help lists them)", result.err)

    def test_engine_flags_with_a_value_of_their_own_word(self):
        self.assertEqual(run("--v8-flags=--stack-size 500 --no-single-threaded-gc", "-e", "puts(1)").out, "1\n")

    def test_the_engines_help(self):
        result = run("--v8-flags=--help")
        self.assertEqual(result.code, 0)
        self.assertIn("--max-old-space-size", result.out)

    def test_check_of_standard_input(self):
        self.assertEqual(run("--check", "-", stdin="puts(1)").out, "")
        self.assertIn("[stdin]:1:1", run("--check", "-", stdin=")").err)

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([NODE, "--licenses"], stdout=full, stderr=subprocess.PIPE, timeout=LIMIT, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"write ENOSPC standard output", done.stderr)
        done = subprocess.run(["sh", "-c", f'"{NODE}" --licenses; echo $? >&2'], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=LIMIT, check=False, preexec_fn=lambda: signal.signal(
                                  signal.SIGPIPE, signal.SIG_DFL))
        self.assertEqual(done.stderr, b"0\n")

    def test_a_standard_input_that_does_not_block(self):
        process = subprocess.Popen(["sh", "-c", f'(sleep 0.3; echo "puts(7)") | "{os.environ.get("PYTHON", "python3")}" -c '
                                    f'"import os; os.set_blocking(0, False); os.execv({NODE!r}, [{NODE!r}, \'-\'])"'],
                                   stdout=subprocess.PIPE)
        self.assertEqual(process.communicate(timeout=LIMIT)[0], b"7\n")

    def test_shebang_and_line_numbers(self):
        path = self.script("#!/usr/bin/env node\nputs(1);\n\nthrow new Error('x');\n")
        result = run(path)
        self.assertEqual(result.out, "1\n")
        self.assertIn(f"{path}:4:7", result.err)

    def test_found_through_path_by_the_shebang(self):
        path = self.script("#!/usr/bin/env node\nputs('found');\n")
        path.chmod(0o755)
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "node").symlink_to(os.path.abspath(NODE))
        environment = dict(os.environ, PATH=f"{self.folder}/bin:{os.environ['PATH']}")
        done = subprocess.run([path], capture_output=True, env=environment, timeout=LIMIT, check=False)
        self.assertEqual(done.stdout, b"found\n", done.stderr)

    def test_filename(self):
        self.script("puts(__filename)", "x.js")
        self.assertEqual(run("x.js", cwd=self.folder).out, "x.js\n")
        self.assertEqual(run("./x.js", cwd=self.folder).out, "x.js\n")
        self.assertEqual(run(self.folder / "x.js").out, f"{self.folder}/x.js\n")

    def test_starts_without_the_snapshot_too(self):
        code = "setTimeout(function () { puts(typeof node.http.createServer); }, 1)"
        self.assertEqual(run("--no-snapshot", "-e", code).out, "function\n")

    def test_the_time_zone_and_the_locale(self):
        code = "puts(new Date(2020, 6, 1).getTimezoneOffset()); puts('I'.toLocaleLowerCase())"
        for zone, minutes in (("UTC0", 0), ("CET-1CEST,M3.5.0,M10.5.0/3", -120), ("XYZ5", 300)):
            self.assertEqual(run("-e", code, env={"TZ": zone, "LC_ALL": "tr_TR.UTF-8"}).out, f"{minutes}\ni\n")

    def test_licences(self):
        result = run("--licenses")
        self.assertEqual(result.code, 0)
        for name in ("V8", "libev", "glibc"):
            self.assertIn(name, result.out)


class Errors(Case):
    def test_uncaught_exception(self):
        path = self.script("function f() {\n\tnull.x;\n}\nf();\n")
        result = run(path)
        self.assertEqual((result.code, result.out), (1, ""))
        self.assertEqual(result.err, f"{path}:2:7\n\tnull.x;\n\t     ^\n"
                         "TypeError: Cannot read properties of null (reading 'x')\n"
                         f"    at f ({path}:2:7)\n    at {path}:4:1\n".replace(f"    at {path}:4:1", self._outer(path)))

    def _outer(self, path):
        # The main script is the body of a function, called on the global object.
        return f"    at Object.<anonymous> ({path}:4:1)" if "Object.<anonymous>" in run(path).err else f"    at {path}:4:1"

    def test_syntax_error(self):
        path = self.script("var ok = 1;\nvar a = );\n")
        result = run(path)
        self.assertEqual(result.code, 1)
        self.assertTrue(result.err.startswith(f"{path}:2:9\nvar a = );\n        ^\nSyntaxError: "), result.err)

    def test_thrown_values_show_their_own_text(self):
        self.assertIn("just text", evaluate("throw 'just text'").err)
        self.assertIn("mine", evaluate("throw {toString: function () { return 'mine'; }}").err)
        self.assertEqual(evaluate("throw {toString: function () { throw 1; }}").code, 1)
        self.assertEqual(evaluate("throw null").code, 1)

    def test_values_without_a_text(self):
        for value in ("Object.create(null)", "{toString: function () { throw 1; }}", "new Proxy({}, {get: function () { throw 1; }})"):
            self.assertRegex(evaluate(f"throw {value}").err, r"a thrown object that has no string form|^\[eval\].*\n.*\n.*\n\{\}", value)
        self.assertIn("Symbol(x)", evaluate("throw Symbol('x')").err)
        self.assertIn('{"a":1}', evaluate("throw {a: 1}").err)

    def test_causes(self):
        result = evaluate("throw new Error('outer', {cause: new TypeError('inner', {cause: 'root'})})")
        self.assertRegex(result.err, r"(?s)Error: outer.*Caused by: TypeError: inner.*Caused by: root")
        result = evaluate("Promise.any([Promise.reject(new Error('a')), Promise.reject(5)])")
        self.assertRegex(result.err, r"(?s)AggregateError.*One of: Error: a.*One of: 5")
        self.assertEqual(evaluate("var e = new Error('x'); e.cause = e; throw e").code, 1)

    def test_a_rejection_shows_its_place(self):
        path = self.script("\n\nPromise.reject(5);\n")
        self.assertIn(f"{path}:3:9\nPromise.reject(5);\n        ^\n5\n", run(path).err)

    def test_code_from_a_string_shows_its_caller(self):
        path = self.script("\nJSON.parse('{');\n")
        self.assertIn(f"{path}:2:6\n", run(path).err)

    def test_a_long_line_shows_the_part_that_matters(self):
        path = self.script("var a = '" + "x" * 5000 + "'; null.y;" + " " * 5000)
        lines = run(path).err.split("\n")
        self.assertLess(len(lines[1]), 200)
        self.assertEqual(lines[1][len(lines[2]) - 1], "y")

    def test_errors_in_timers_are_fatal_and_our_frames_left_out(self):
        result = evaluate("setTimeout(function () { throw new Error('late'); }, 1)")
        self.assertEqual(result.code, 1)
        self.assertIn("Error: late", result.err)
        self.assertNotIn("node:", result.err.replace("node: ", ""))

    def test_errors_thrown_by_the_library_point_at_the_script(self):
        path = self.script("\nnode.http.createServer(function () {}).listen(-1);\n")
        result = run(path)
        self.assertIn(f"{path}:2:", result.err)
        self.assertIn("the port must be an integer", result.err)

    def test_unhandled_rejection(self):
        result = evaluate("Promise.reject(new Error('lost'))")
        self.assertEqual(result.code, 1)
        self.assertIn("Unhandled promise rejection", result.err)
        self.assertIn("Error: lost", result.err)

    def test_a_rejection_handled_in_time_is_none(self):
        result = evaluate("var r = Promise.reject(new Error('x')); r.catch(function () { puts('caught'); })")
        self.assertEqual((result.code, result.out, result.err), (0, "caught\n", ""))

    def test_output_before_an_error_is_kept(self):
        result = evaluate("for (var i = 0; i < 3; i++) puts(i); throw new Error('x')")
        self.assertEqual((result.code, result.out), (1, "0\n1\n2\n"))

    def test_a_taken_port(self):
        process, port = self.serve("function () {}")
        result = evaluate(f"node.http.createServer(function () {{}}).listen({port})")
        self.assertEqual(result.code, 1)
        self.assertIn(f"listen EADDRINUSE 0.0.0.0:{port}", result.err)
        self.assertIsNone(process.poll())


class Signals(Case):
    def _signal(self, code, number):
        process = self.start("-e", code)
        process.stdout.readline()
        process.send_signal(number)
        return process.wait(LIMIT)

    def test_ctrl_c_while_waiting(self):
        self.assertEqual(self._signal("puts(1); setTimeout(function () {}, 60000)", signal.SIGINT), 130)

    def test_ctrl_c_out_of_a_busy_loop(self):
        code = "puts(1); setTimeout(function () { for (;;) {} }, 1)"
        self.assertEqual(self._signal(code, signal.SIGINT), 130)

    def test_term(self):
        self.assertEqual(self._signal("puts(1); setTimeout(function () {}, 60000)", signal.SIGTERM), 143)

    def test_a_signal_ignored_at_the_start_stays_so(self):
        # As a shell without job control starts what has a "&".
        code = "puts('up'); stdin.read(1).addCallback(function () { puts('still there'); }); function onExit() { puts('end'); }"
        for name, number in (("INT", signal.SIGINT), ("TERM", signal.SIGTERM)):
            with self.subTest(name):
                process = subprocess.Popen(["sh", "-c", f'trap "" {name}; exec "$0" -e "$1"', NODE, code],
                                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                self.addCleanup(process.wait, LIMIT)
                self.addCleanup(process.stdout.close)
                self.addCleanup(process.kill)
                self.assertEqual(process.stdout.readline(), b"up\n")
                process.send_signal(number)
                process.send_signal(number)
                process.stdin.close()
                self.assertEqual((process.stdout.read(), process.wait(LIMIT)), (b"still there\nend\n", 0))

    def test_what_was_printed_before_a_busy_loop_is_written(self):
        process = self.start("-e", "setTimeout(function () { puts('step 1'); node.debug('busy'); for (;;); }, 1)")
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(LIMIT), 130)
        self.assertEqual(process.stdout.read(), b"step 1\n")

    def test_what_was_printed_before_running_out_of_memory_is_written(self):
        result = run("--v8-flags=--max-old-space-size=20", "-e", "puts('before'); var a = []; for (;;) a.push([a.length])")
        self.assertEqual((result.code, result.out), (134, "before\n"))
        self.assertIn("out of memory", result.err)

    def test_term_with_output_that_nobody_reads(self):
        process = self.start("-e", "for (var i = 0; i < 100000; i++) puts('x'); setTimeout(function () {}, 60000)")
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(LIMIT), 143)

    def test_a_closed_reader_ends_it_quietly(self):
        code = "setInterval(function () { for (var i = 0; i < 1000; i++) puts('xxxxxxxxxx'); }, 0)"
        done = subprocess.run(["sh", "-c", f'"{NODE}" -e "{code}" | head -n 1'], capture_output=True, timeout=LIMIT,
                              check=False)
        self.assertEqual((done.stdout, done.stderr), (b"xxxxxxxxxx\n", b""))


    def test_other_signals_do_what_the_system_does(self):
        self.assertEqual(self._signal("function onExit() { puts('never'); } puts(1); setTimeout(function () {}, 60000)",
                                      signal.SIGHUP), -signal.SIGHUP)


class Life(Case):
    """What keeps a program alive, and what does not."""

    def test_what_does_not(self):
        for code in ("new node.EventEmitter().addListener('x', function () {})",
                     "(async function () { await new node.Promise(); })(); new Promise(function () {})",
                     "stdin.addListener('error', function () {})",
                     "node.http.createClient(1, '127.0.0.1'); new node.Timer(); new node.fs.File()",
                     "clearInterval(setInterval(function () {}, 60000)); clearTimeout(setTimeout(function () {}, 60000))",
                     "var server = node.tcp.createServer(function () {}); server.listen(0); server.close()"):
            process = self.start("-e", code)
            self.assertEqual((process.wait(LIMIT), process.stderr.read()), (0, b""), code)

    def test_what_does(self):
        processes = {code: self.start("-e", code + "; puts('up')") for code in (
            "setTimeout(function () {}, 60000)", "setInterval(function () {}, 60000)", "new node.Timer().start(60000)",
            "node.tcp.createServer(function () {}).listen(0)", "node.http.createServer(function () {}).listen(0)",
            "node.createProcess('cat')", "node.fs.watch('/')")}
        for code, process in processes.items():
            self.assertEqual(process.stdout.readline(), b"up\n", code)
        time.sleep(0.3)
        for code, process in processes.items():
            self.assertIsNone(process.poll(), code)


class Sockets(Case):
    def test_a_connection_that_only_the_peer_has_closed_keeps_the_program(self):
        process = self.start("-e", """var server = node.tcp.createServer(function (socket) { socket.close(); server.close(); });
          server.listen(0);
          var client = node.tcp.createConnection(server.port);
          client.addListener("eof", function () { puts(client.readyState); });""")
        self.assertEqual(process.stdout.readline(), b"writeOnly\n")
        time.sleep(0.3)
        self.assertIsNone(process.poll())

    def test_the_soft_limit_of_descriptors_is_no_limit(self):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        if most < 2100:
            self.skipTest(f"the hard limit of descriptors is {most}: too few for a thousand connections")
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4096), most))  # of this process, the other end
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, most))
        path = self.script("""var server = node.tcp.createServer(function (socket) { socket.send("hello"); });
          server.listen(0, "127.0.0.1");
          puts(server.port);""")
        process = self.start_command("sh", "-c", 'ulimit -Sn 256; exec "$0" "$1"', NODE, path)
        port = int(process.stdout.readline())
        clients = []
        try:
            for _ in range(1000):
                clients.append(connect(port))
            self.assertEqual([client.recv(5) for client in clients], [b"hello"] * 1000)
        finally:
            for client in clients:
                client.close()


class Environment(Case):
    """node.env."""

    def evaluate(self, code, environment):
        """What node -e CODE prints in an environment of nothing but (name, value) of bytes."""
        done = subprocess.run([NODE, "-e", code], env=environment, capture_output=True, timeout=LIMIT, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout.decode()

    def test_variables_are_strings(self):
        said = self.evaluate("p(node.env); p([node.env.NONE, node.env === node.env]); puts(node.env instanceof Object)",
                             {"HOME": "/root", "EMPTY": "", "EQUAL": "a=b=", "N": "1", "LINES": "a\nb"})
        self.assertEqual([json.loads(line) for line in said.splitlines()],
                         [{"HOME": "/root", "EMPTY": "", "EQUAL": "a=b=", "N": "1", "LINES": "a\nb"}, [None, True], True])

    def test_an_empty_environment(self):
        self.assertEqual(self.evaluate("p(node.env)", {}), "{}\n")

    def test_odd_names(self):
        names = ["__proto__", "constructor", "hasOwnProperty", "0", "4294967295", "a b", "x-y.z", "\u00fc", "."]
        said = self.evaluate("p(Object.entries(node.env)); puts(Object.getPrototypeOf(node.env) === Object.prototype)",
                             {name: "value of " + name for name in names})
        entries, prototype = said.splitlines()
        self.assertEqual(sorted(json.loads(entries)), sorted([name, "value of " + name] for name in names))
        self.assertEqual(prototype, "true")

    def test_what_is_no_utf_8(self):
        said = self.evaluate("p(node.env)", {b"A\xff": b"1", b"B": b"\xc3\xa4\xc3(\xe2\x82", b"C": "\u20ac".encode()})
        self.assertEqual(json.loads(said), {"A\ufffd": "1", "B": "\u00e4\ufffd(\ufffd", "C": "\u20ac"})

    def test_what_no_shell_would_pass(self):
        """Two of one name, no "=", no name: execve(2) takes them all."""
        library = ctypes.CDLL(None, use_errno=True)
        arguments = (ctypes.c_char_p * 4)(NODE.encode(), b"-e", b"p(node.env)", None)
        variables = (ctypes.c_char_p * 6)(b"TWICE=first", b"NOTHING", b"=no name", b"TWICE=second", b"LAST=", None)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(writer, 1)
            library.execve(NODE.encode(), arguments, variables)
            os._exit(127)
        os.close(writer)
        with open(reader, "rb") as said:
            self.assertEqual(json.loads(said.read()), {"TWICE": "first", "LAST": ""})
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)

    def test_changes_are_the_objects_own(self):
        code = """node.env.ADDED = "x"; node.env.KEPT = "changed"; delete node.env.GONE;
          function child(options, then) {
            var process = node.createProcess([ARGV[0], "-e", "p([node.env.ADDED, node.env.KEPT, node.env.GONE])"], options);
            process.addListener("output", function (text) { if (text !== null) print(text); });
            process.addListener("exit", then);
          }
          child({}, function () { child({ env: node.env }); });"""
        self.assertEqual(self.evaluate(code, {"KEPT": "kept", "GONE": "gone"}), '[null,"kept","gone"]\n["x","changed",null]\n')

    def test_a_script_may_have_another(self):
        self.assertEqual(self.evaluate("node.env = { A: '1' }; p(node.env); p(node.env = 5)", {"B": "2"}), '{"A":"1"}\n5\n')
        self.assertEqual(self.evaluate("p(node.env); node.env = 'x'; p(node.env)", {"B": "2"}), '{"B":"2"}\n"x"\n')

    def test_a_dump_of_node_shows_no_secrets(self):
        said = self.evaluate("p(node); p(Object.keys(node).includes('env')); node.env; p(node)", {"TOKEN": "a-secret"})
        self.assertNotIn("a-secret", said)
        self.assertIn("\nfalse\n", said)


class Output(Case):
    def test_order_and_completeness(self):
        code = "for (var i = 0; i < 100000; i++) puts(i); print('end'); node.exit(3)"
        result = evaluate(code)
        self.assertEqual(result.code, 3)
        self.assertEqual(result.out, "".join(f"{i}\n" for i in range(100000)) + "end")

    def test_a_slow_reader_gets_everything(self):
        process = self.start("-e", "for (var i = 0; i < 200000; i++) puts(i)")
        time.sleep(0.3)
        data = process.stdout.read()
        self.assertEqual(process.wait(LIMIT), 0)
        self.assertEqual(data, b"".join(b"%d\n" % i for i in range(200000)))

    def test_any_value(self):
        result = evaluate("puts(undefined); puts([1,2]); puts(1.5); print(7); print([104, 105]); p(undefined);"
                          "p({a: [1]}); puts('\\u20ac')")
        self.assertEqual(result.out, 'undefined\n1,2\n1.5\n7hiundefined\n{"a":[1]}\n\u20ac\n')

    def test_printing_without_end_takes_a_bounded_amount_of_memory(self):
        code = "for (var i = 0; i < 2000000; i++) puts('a line of text')"
        done = subprocess.run(["sh", "-c", f'"$0" -e "$1" | tail -n 1; :', NODE, code + "; node.debug(0)"], timeout=4 * LIMIT,
                              capture_output=True, check=True)
        self.assertEqual(done.stdout, b"a line of text\n")

    def test_the_console(self):
        result = evaluate("console.log('a', 1, {b: [2]}, null, undefined); console.warn('w'); console.error('e', 1n)")
        self.assertEqual((result.out, result.err), ('a 1 {"b":[2]} null undefined\n', "w\ne 1n\n"))

    def test_an_error_that_the_script_hears_is_its_own(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([NODE, "-e", "puts(1).addErrback(function (e) { node.debug(e.errno); })"], stdout=full,
                                  stderr=subprocess.PIPE, timeout=LIMIT, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b"DEBUG: ENOSPC\n"))

    def test_puts_promises_its_bytes(self):
        result = evaluate("puts('\\u20ac').addCallback(function (n) { puts(n); })")
        self.assertEqual(result.out, "\u20ac\n4\n")

    def test_debug_works_at_the_end(self):
        for end, code in (("", 0), ("node.exit(3)", 3)):
            result = evaluate(f"function onExit() {{ node.debug('end'); }} {end}")
            self.assertEqual((result.code, result.err), (code, "DEBUG: end\n"))

    def test_debug_goes_to_stderr_at_once(self):
        result = evaluate("node.debug('x'); node.exit(0)")
        self.assertEqual(result.err, "DEBUG: x\n")

    def test_a_full_device_is_an_error(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([NODE, "-e", "puts(1)"], stdout=full, stderr=subprocess.PIPE, timeout=LIMIT,
                                  check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"ENOSPC", done.stderr)

    def test_an_error_is_shown_also_when_the_output_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([NODE, "-e", "puts(1); throw new Error('this one')"], stdout=full,
                                  stderr=subprocess.PIPE, timeout=LIMIT, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"ENOSPC", done.stderr)
        self.assertIn(b"Error: this one", done.stderr)

    def test_finalizers_run(self):
        code = """var registry = new FinalizationRegistry(function (held) { puts(held); node.exit(0); });
          (function () { registry.register({}, 'collected'); })();
          setInterval(function () { gc(); }, 5);"""
        self.assertEqual(run("--v8-flags=--expose-gc", "-e", code).out, "collected\n")

    def test_a_script_of_any_size_and_kind_of_file(self):
        for size in (0, 4095, 4096, 4097, 70000):
            text = "puts(1);" + " " * size
            self.assertEqual(run(self.script(text)).out, "1\n")
            self.assertEqual(run(stdin=text).out, "1\n")
        self.assertEqual(run(self.script("")).code, 0)
        self.assertEqual(run("/dev/stdin", stdin="puts('\u20ac')").out, "\u20ac\n")

    def test_closed_standard_streams(self):
        done = subprocess.run(["sh", "-c", f'exec "{NODE}" -e "puts(1)" <&- >&- 2>&-'], timeout=LIMIT, check=False)
        self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
