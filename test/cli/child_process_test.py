"""Child processes, seen from outside: what they inherit, what they leave behind."""
import ctypes
import json
import os
import re
import resource
import signal
import struct
import subprocess
import sys
import time
import unittest
from pathlib import Path

from harness import LIMIT, NODE, Case, Result, evaluate

# run(command, then): then(output, error, code) of a child.
RUN = """
function run(command, then, options) {
  var text = { output: "", error: "" };
  var child = node.createProcess(command, options);
  ["output", "error"].forEach(function (name) {
    child.addListener(name, function (data) { if (data !== null) text[name] += data; });
  });
  child.addListener("exit", function (code) { then(text.output, text.error, code); });
  return child;
}
"""
# x86-64
SYS_EPOLL_CTL, EPOLL_CTL_MOD = 233, 3


def forbid(number, place, value):
    """Lets the kernel end this process, and what it starts, at the system call `number` with that argument."""
    allow, kill = 0x7FFF0000, 0x80000000  # SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_PROCESS
    load, equal, give = 0x20, 0x15, 0x06  # BPF_LD | BPF_W | BPF_ABS, BPF_JMP | BPF_JEQ | BPF_K, BPF_RET | BPF_K
    steps = [(load, 0, 0, 0), (equal, 0, 3, number), (load, 0, 0, 16 + 8 * place), (equal, 0, 1, value),
             (give, 0, 0, kill), (give, 0, 0, allow)]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    filter_ = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(program)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    set_seccomp, filter_mode, no_new_privileges = 22, 2, 38
    if prctl(no_new_privileges, 1, 0, 0, 0) != 0 or prctl(set_seccomp, filter_mode, filter_, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


SHELL_IS_DASH = os.path.basename(os.path.realpath("/bin/sh")) == "dash"


def run_with(code, before=None, **how):
    """node -e CODE; `before` is run in its process first."""
    done = subprocess.run([NODE, "-e", RUN + code], capture_output=True, text=True, timeout=LIMIT, check=False,
                          preexec_fn=before, **how)
    return Result(done.returncode, done.stdout, done.stderr)


class Inheritance(Case):
    def test_no_descriptor_gets_into_a_child(self):
        inherited = [os.open("/dev/null", os.O_RDONLY), os.dup2(os.open("/dev/null", os.O_RDONLY), 300)]
        code = """
        var server = node.tcp.createServer(function () {});
        server.listen(0);
        var client = node.tcp.createConnection(server.port);
        client.addListener("connect", function () {
          var other = node.createProcess("cat");
          run(["ls", "/proc/self/fd"], function (first) {
            run("ls /proc/self/fd | cat", function (second) {
              puts(first.split("\\n").join(" ") + "; " + second.split("\\n").join(" "));
              node.exit(0);
            });
          });
        });
        """
        result = run_with(code, pass_fds=inherited)
        for descriptor in inherited:
            os.close(descriptor)
        # 3 is the folder that ls reads.
        self.assertEqual((result.code, result.out), (0, "0 1 2 3 ; 0 1 2 3 \n"), result)

    def test_signals_are_as_usual_in_a_child(self):
        def before():
            for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGCHLD, signal.SIGQUIT, signal.SIGRTMAX):
                signal.signal(number, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_SETMASK, {signal.SIGTERM, signal.SIGUSR2, signal.SIGRTMIN})
        result = run_with("run(['cat', '/proc/self/status'], function (text, error, code) { print(text); puts(code); })",
                          before)
        self.assertEqual(re.findall(r"^(?:Sig|Shd)(?:Pnd|Blk|Ign|Cgt):\s+(\w+)$", result.out, re.M), ["0" * 16] * 5, result)
        # And its end is heard of although we were started with SIGCHLD ignored.
        self.assertTrue(result.out.endswith("\n0\n"), result)

    def test_a_closed_pipe_kills_in_a_child(self):
        result = run_with("run('(yes; echo $? >&2) | head -n 1', function (text, error) { puts(text + error); })")
        self.assertEqual(result.out, "y\n141\n\n", result)

    def test_the_limit_of_descriptors_is_the_one_found(self):
        def before():
            resource.setrlimit(resource.RLIMIT_NOFILE, (100, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        result = run_with("run('ulimit -Sn; ulimit -Hn; exec grep files /proc/$PPID/limits', puts)", before)
        self.assertRegex(result.out, rf"^100\n{hard}\nMax open files +{hard} ", result)

    def test_with_closed_standard_streams(self):
        path = self.script(RUN + """
        var c = run("read x; echo out $x; echo err >&2", function (text, error) {
          node.exit(text === "out hello\\n" && error === "err\\n" ? 42 : 1);
        });
        c.write("hello\\n");
        """)
        done = subprocess.run(["/bin/sh", "-c", f"exec {NODE} {path} <&- >&- 2>&-"], timeout=LIMIT, check=False)
        self.assertEqual(done.returncode, 42)

    def test_out_of_descriptors(self):
        def before():
            resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
        code = """
        var children = [], error;
        while (error === undefined) {
          try { children.push(node.createProcess("cat")); } catch (e) { error = e; }
        }
        puts(error.message + " " + error.errno);
        children.forEach(function (child) { child.close(); });
        var left = children.length;
        children.forEach(function (child) {
          child.addListener("exit", function () { if (--left === 0) run("echo again", print); });
        });
        """
        result = run_with(code, before)
        self.assertEqual(result.code, 0, result)
        self.assertRegex(result.out, r"^(pipe|clone) EMFILE /\S+: Too many open files EMFILE\nagain\n$")


@unittest.skipUnless(SHELL_IS_DASH, "/bin/sh is not dash")
class WithoutShell(Case):
    """What is started without a shell behaves as with one: quotes are for the shell, plain words are not."""

    ENVIRONMENTS = [
        {"PATH": "/usr/bin:/bin"},
        {"PATH": "/usr/bin:/bin", "PWD": "/nowhere"},
        {"PATH": "/usr/bin:/bin", "PWD": "relative"},
        {"PATH": "/usr/bin:/bin", "PWD": "{here}", "OLDPWD": "/x", "_": "/y", "HOME": "", "PS1": "p", "ENV": "/z"},
        {"PATH": "/usr/bin:/bin", "PWD": "{here}/../{name}"},
        {"PATH": "/usr/bin:/bin", "IFS": "x"},
        {"PATH": "/usr/bin:/bin", "OPTIND": "7", "PPID": "1", "LINENO": "3"},
        {"PATH": "/usr/bin:/bin", "a.b": "1", "BASH_FUNC_env%%": "() { :; }", "9": "x", "e\u0301": "y"},
        {"PATH": ":/nowhere::/usr/bin", "X": "a=b=c"},
        {"PATH": "{here}/a%func:/usr/bin:/bin"},
        {"PATH": ""},
        {},
    ]

    def test_the_environment(self):
        code = """
        run("env", function (plain, e1, c1) {
          run("'env'", function (quoted, e2, c2) {
            p([plain.split("\\n").sort(), e1, c1]);
            p([quoted.split("\\n").sort(), e2, c2]);
          });
        });
        """
        # dash does not look there.
        (self.folder / "a%func").mkdir()
        (self.folder / "a%func/env").write_text("#!/bin/sh\necho another\n")
        (self.folder / "a%func/env").chmod(0o755)
        for pattern in self.ENVIRONMENTS:
            environment = {key: value.replace("{here}", str(self.folder)).replace("{name}", self.folder.name)
                           for key, value in pattern.items()}
            with self.subTest(environment=pattern):
                result = run_with(code, env=environment, cwd=self.folder)
                plain, quoted = result.out.splitlines()
                self.assertEqual(plain, quoted)

    def test_it_is_really_without(self):
        code = """
        run("cat /proc/self/stat", function (stat) {
          run(["sh", "-c", "echo $PPID"], function (ours) { puts(stat.split(" ")[3] === ours.trim()); });
        });
        """
        self.assertEqual(run_with(code, env={"PATH": "/usr/bin:/bin"}).out, "true\n")

    def test_the_shells_own_words(self):
        """A program of each name in PATH, which the shell would not start, is not started."""
        words = subprocess.run(["bash", "-c", "compgen -bk"], capture_output=True, text=True, check=True).stdout.split()
        words += ["chdir", "local", "alias", "fc", "wait", "newgrp", "sleep", "cat", "A=1", "tool", "tool-2", "a.out"]
        programs = self.folder / "bin"
        programs.mkdir()
        for word in set(words):
            program = programs / word
            if word not in (".", ".."):
                program.write_text("#!/bin/sh\necho external \"$0\" \"$@\"\n")
                program.chmod(0o755)
        code = """
        var words = ARGV.slice(2), results = [];
        (function next() {
          var word = words.shift();
          if (word === undefined) return;
          var child = run(word + " a", function (o1, e1, c1) {
            var other = run(word + " a\\n", function (o2, e2, c2) {
              if (o1 !== o2 || c1 !== c2) puts(word + ": " + JSON.stringify([o1, c1, o2, c2]));
              if (o1.startsWith("external")) results.push(word);
              if (words.length === 0) puts(results.sort().join(" "));
              next();
            });
            other.close();
          });
          child.close();
        })();
        """
        environment = {"PATH": f"{programs}:/usr/bin:/bin"}
        done = subprocess.run([NODE, "-e", RUN + code, *sorted(set(words))], capture_output=True, text=True, timeout=10 * LIMIT,
                              check=False, env=environment, stdin=subprocess.DEVNULL)
        found = done.stdout.strip().split("\n")
        self.assertEqual(len(found), 1, done.stdout)
        self.assertTrue({"tool", "tool-2", "a.out", "sleep", "cat"} <= set(found[0].split()), done.stdout)
        self.assertFalse({"cd", "echo", "exec", "if", "A=1"} & set(found[0].split()), done.stdout)

    def test_what_only_the_shell_can_start_it_starts(self):
        script = self.folder / "script"
        script.write_text("echo by the shell $1\n")
        script.chmod(0o755)
        hidden = self.folder / "hidden"
        hidden.write_text("#!/nowhere/interpreter\n")
        hidden.chmod(0o755)
        environment = {"PATH": f"{self.folder}:/usr/bin:/bin"}
        for command in ("script x", f"{self.folder}/script x", "hidden", "./nothing", "/tmp", "nothing-of-that-name"):
            with self.subTest(command=command):
                result = run_with(f"""
                run("{command}", function (o1, e1, c1) {{
                  run("{command}\\n", function (o2, e2, c2) {{ p([o1, e1, c1]); p([o2, e2, c2]); }});
                }});""", env=environment, cwd=self.folder)
                plain, other = result.out.splitlines()
                self.assertEqual(plain, other)
                self.assertIn("by the shell x" if "script" in command else ",12", plain)


class Ends(Case):
    def children_of(self, process):
        """[(pid, state)]"""
        found = []
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = entry.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == process.pid:
                found.append((entry.parent.name, fields[0]))
        return found

    def test_no_zombie_and_no_descriptor_stays(self):
        process = self.start("-e", RUN + """
        function round(count, then) {
          if (count === 0) return then();
          try { node.createProcess(["/nowhere"]); } catch (error) {}
          var left = 10;
          for (var i = 0; i < 10; i++) {
            run(i % 2 ? "cat; exit 3" : ["cat"], function () { if (--left === 0) round(count - 1, then); }).close();
          }
        }
        round(20, function () { puts("half"); round(20, function () { puts("whole"); setTimeout(puts, 60000); }); });
        """)
        self.assertEqual(process.stdout.readline(), b"half\n")
        self.assertEqual(process.stdout.readline(), b"whole\n")
        self.assertEqual(self.children_of(process), [])
        names = sorted(os.readlink(p) for p in Path(f"/proc/{process.pid}/fd").iterdir())
        self.assertEqual([name for name in names if "pidfd" in name], [])
        # Standard output and error.
        self.assertEqual(len([name for name in names if "pipe" in name]), 2, names)

    def named_pipe(self):
        path = self.folder / "pipe"
        os.mkfifo(path)
        return path

    def test_a_child_keeps_the_program(self):
        pipe = self.named_pipe()
        process = self.start("-e", f"""
            node.createProcess("read x < {pipe}").addListener("exit", function () {{ puts("exit"); }});
            puts("all else is done");""")
        self.assertEqual(process.stdout.readline(), b"all else is done\n")
        # Opening it waits for the child, which waits for the line.
        pipe.write_text("a line\n")
        self.assertEqual(process.stdout.read(), b"exit\n")
        self.assertEqual(process.wait(LIMIT), 0)

    def test_what_was_written_before_the_end_arrives(self):
        pipe = self.named_pipe()
        process = self.start("-e", f"var c = node.createProcess('cat > {pipe}'); c.write('last words'); node.exit(3);")
        self.assertEqual(process.wait(LIMIT), 3)
        self.assertEqual(pipe.read_text(), "last words")

    def test_the_end_of_a_stream_costs_no_change_of_what_is_waited_for(self):
        def before():
            forbid(SYS_EPOLL_CTL, 1, EPOLL_CTL_MOD)
        # In a loop that has its own descriptors already, and one kind of child for each process: then each descriptor is
        # always the same end, and libev need not find out that it has become another.
        for command in (["/bin/true"], "cat; echo error >&2; exit 3", "exec >&-; cat; echo error >&2"):
            with self.subTest(command=command):
                result = run_with(f"""
                function next(left) {{
                  if (left === 0) return puts("done");
                  run({json.dumps(command)}, function () {{ next(left - 1); }}).close();
                }}
                setTimeout(function () {{ next(10); }}, 0);""", before)
                self.assertEqual((result.code, result.out), (0, "done\n"), result)

    def test_orphans_of_whom_it_is_the_reaper_do_not_stay(self):
        """As the first process of a container, or as one that has asked for them."""
        pipe = self.named_pipe()
        become_reaper = ("import ctypes, os, sys\n"
                         "set_child_subreaper = 36\n"
                         "assert ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0) == 0\n"
                         "os.execv(sys.argv[1], sys.argv[1:])\n")
        process = self.start_command(sys.executable, "-c", become_reaper, NODE, "-e", f"""
            var c = node.createProcess("(read x < {pipe}) > /dev/null 2>&1 & echo $!; exit 7");
            c.addListener("output", function (text) {{ if (text !== null) print(text); }});
            c.addListener("exit", puts);
            setTimeout(puts, 60000);""")
        orphan = int(process.stdout.readline())
        self.assertEqual(process.stdout.readline(), b"7\n")
        self.assertEqual([pid for pid, _ in self.children_of(process)], [str(orphan)])
        pipe.write_text("a line\n")
        end = time.monotonic() + LIMIT
        while self.children_of(process) and time.monotonic() < end:
            time.sleep(0.01)
        self.assertEqual(self.children_of(process), [])

    def test_an_error_in_a_listener_is_fatal(self):
        result = evaluate("node.createProcess('echo x').addListener('output', function () { throw new Error('mine'); })")
        self.assertEqual(result.code, 1)
        self.assertIn("Error: mine", result.err)


# The sanitizers' own memory hides everything else.
@unittest.skipIf("sanitize" in NODE, "built with sanitizers")
class Memory(Case):
    def peak(self, process):
        """The most that was resident, MB."""
        return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text()).group(1)) / 1024

    def measure(self, code):
        """The peak of a process that says when it is done."""
        process = self.start("-e", RUN + code + "\nfunction done() { puts('done'); setTimeout(puts, 60000); }")
        self.assertEqual(process.stdout.readline(), b"done\n", process)
        return self.peak(process)

    def test_a_child_that_writes_much(self):
        peak = self.measure("""
        var c = node.createProcess(["head", "-c", "500000000", "/dev/zero"], { encoding: "bytes" });
        c.addListener("exit", done);""")
        self.assertLess(peak, 60)

    def test_a_child_that_does_not_read(self):
        peak = self.measure("""
        var c = node.createProcess(["sleep", "100"]), piece = new Uint8Array(1000000), turns = 0;
        var timer = setInterval(function () {
          if (++turns > 30) node.exit(1);
          try {
            for (var i = 0; i < 10; i++) c.write(piece);
          } catch (error) {
            if (error.errno !== "ENOBUFS") throw error;
            clearInterval(timer);
            c.addListener("exit", done);
            c.kill();
          }
        }, 1);""")
        # 64 MiB, and while a string grows its old place besides.
        self.assertLess(peak, 300)


if __name__ == "__main__":
    unittest.main()
