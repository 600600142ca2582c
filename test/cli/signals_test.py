"""node.signals: real signals, while the program waits, computes, ends."""
import os
import re
import signal
import subprocess
import time
import unittest

from harness import LIMIT, NODE, Case

# A turn that does not end before somebody reads stderr: more than a pipe takes.
BLOCK = "function block() { node.debug('busy'); node.debug(new Array(1 << 20).join('x')); }\n"
HEAR = "function hear(name) { node.signals.addListener(name, function (name, number) { puts(name + ' ' + number); }); }\n"


class Signals(Case):
    def script_of(self, code):
        """Starts a script that has printed "up" by now; it lives for a minute, if nothing ends it."""
        process = self.start("-e", f"{BLOCK}{HEAR}{code}\nsetTimeout(function () {{}}, 60000); puts('up');")
        self.assertEqual(process.stdout.readline(), b"up\n")
        return process

    def busy(self, code, *numbers):
        """Starts a script that comes to call block(), and sends signals meanwhile."""
        process = self.script_of(code)
        self.assertEqual(process.stderr.readline(), b"DEBUG: busy\n")
        for number in numbers:
            process.send_signal(number)
        return process

    def ended(self, process, out, code, err=b""):
        """It ends so, having printed that besides what was read."""
        got, errors = process.communicate(timeout=LIMIT)
        errors = re.sub(rb"DEBUG: x+\n", b"", errors)
        self.assertEqual((got.decode(), errors, process.returncode), (out, err, code))

    def test_while_it_waits_any_number_of_times(self):
        process = self.script_of("hear('SIGTERM'); hear('SIGUSR1'); hear('SIGWINCH');")
        for _ in range(3):
            for name in ("SIGTERM", "SIGUSR1", "SIGWINCH"):
                process.send_signal(getattr(signal, name))
                self.assertEqual(process.stdout.readline().decode(), f"{name} {getattr(signal, name).value}\n")
        process.send_signal(signal.SIGINT)
        self.ended(process, "", 130)

    def test_in_a_busy_turn_that_goes_on(self):
        process = self.busy("hear('SIGINT'); hear('SIGTERM'); setTimeout(function () { block(); puts('turn over'); }, 1);"
                            "function onExit() { puts('never'); }", signal.SIGINT, signal.SIGTERM, signal.SIGINT)
        time.sleep(1.5)  # without listeners a program has a second at most
        self.assertTrue(process.stderr.readline().endswith(b"x\n"))
        self.assertEqual([process.stdout.readline() for _ in range(3)], [b"turn over\n", b"SIGINT 2\n", b"SIGTERM 15\n"])
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=LIMIT)

    def test_those_of_the_body_of_the_script(self):
        process = self.start("-e", BLOCK + HEAR + "hear('SIGTERM'); block(); puts('loaded'); setTimeout(node.exit, 1000)")
        process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        self.ended(process, "loaded\nSIGTERM 15\n", 0)

    def test_it_keeps_no_program_alive_but_what_has_come_is_told(self):
        process = self.start("-e", HEAR + "hear('SIGTERM'); hear('SIGUSR2')")
        self.ended(process, "", 0)
        process = self.start("-e", BLOCK + HEAR + "hear('SIGUSR2'); block(); function onExit() { puts('end'); }")
        process.stderr.readline()
        process.send_signal(signal.SIGUSR2)
        self.ended(process, "SIGUSR2 12\nend\n", 0)

    def test_without_listeners_left_it_is_as_before(self):
        for name, out, code in (("SIGTERM", "bye\n", 143), ("SIGHUP", "", -signal.SIGHUP), ("SIGUSR1", "", -signal.SIGUSR1)):
            with self.subTest(name):
                process = self.script_of(f"hear('{name}'); node.signals.listeners('{name}').length = 0;"
                                         "function onExit() { puts('bye'); }")
                process.send_signal(getattr(signal, name))
                self.ended(process, out, code)

    def test_the_first_of_two_removes_its_listener(self):
        process = self.script_of("node.signals.addListener('SIGTERM', function () {"
                                 "  node.signals.listeners('SIGTERM').pop(); puts('once more'); });")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.stdout.readline(), b"once more\n")
        process.send_signal(signal.SIGTERM)
        self.ended(process, "", 143)

    def test_a_listener_that_goes_when_the_signal_has_come(self):
        code = "setTimeout(function () { block(); node.signals.listeners('%s').length = 0; }, 1); function onExit() { puts('bye'); }"
        process = self.busy("hear('SIGTERM');" + code % "SIGTERM", signal.SIGTERM)
        self.ended(process, "bye\n", 143)
        process = self.busy("hear('SIGHUP');" + code % "SIGHUP", signal.SIGHUP)
        self.ended(process, "", -signal.SIGHUP)

    def test_a_busy_turn_without_listeners_left_ends(self):
        process = self.script_of("hear('SIGTERM'); setTimeout(function () { node.signals.listeners('SIGTERM').length = 0;"
                                 "  setTimeout(function () { node.debug('busy'); for (;;); }, 1); }, 1);")
        process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        self.ended(process, "", 143)

    def test_the_array_of_listeners_is_live(self):
        process = self.script_of("var list = node.signals.listeners('SIGHUP'); list.push(function () { puts('first'); list.pop();"
                                 "  list.push(function () { puts('second'); list.pop(); }); });")
        for expected in (b"first\n", b"second\n"):
            process.send_signal(signal.SIGHUP)
            self.assertEqual(process.stdout.readline(), expected)
        process.send_signal(signal.SIGHUP)
        self.ended(process, "", -signal.SIGHUP)

    def test_a_signal_ignored_at_the_start_is_heard(self):
        code = (HEAR + "hear('SIGHUP'); hear('SIGINT'); node.signals.addListener('SIGUSR1', function () {"
                "  node.signals.listeners('SIGHUP').length = node.signals.listeners('SIGINT').length = 0; puts('deaf'); });"
                "setTimeout(function () {}, 60000); puts('up');")
        process = self.start_command("sh", "-c", 'trap "" HUP INT; exec "$0" -e "$1"', NODE, code)
        process.stdout.readline()
        for number, expected in ((signal.SIGHUP, b"SIGHUP 1\n"), (signal.SIGINT, b"SIGINT 2\n"), (signal.SIGUSR1, b"deaf\n")):
            process.send_signal(number)
            self.assertEqual(process.stdout.readline(), expected)
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGHUP):
            process.send_signal(number)
        process.send_signal(signal.SIGTERM)
        self.ended(process, "", 143)

    def test_an_error_in_a_listener_ends_the_program(self):
        process = self.script_of("node.signals.addListener('SIGUSR2', function f() { null.x; }); function onExit() { puts('never'); }")
        process.send_signal(signal.SIGUSR2)
        out, err = process.communicate(timeout=LIMIT)
        self.assertEqual((out, process.returncode), (b"", 1))
        self.assertIn(b"TypeError: Cannot read properties of null", err)
        self.assertIn(b"at Signals.f", err)

    def test_node_exit_in_a_listener(self):
        process = self.script_of("node.signals.addListener('SIGTERM', function () { node.exit(7); puts('never'); });"
                                 "hear('SIGTERM'); function onExit() { puts('bye'); }")
        process.send_signal(signal.SIGTERM)
        self.ended(process, "bye\n", 7)

    def test_a_second_signal_ends_an_end_that_hangs(self):
        for end in ("node.exit()", "clearTimeout(timer)"):
            with self.subTest(end):
                process = self.start("-e", "var timer = setTimeout(function () {}, 60000); function onExit() { node.debug('in'); for (;;); }"
                                     f"node.signals.addListener('SIGTERM', function () {{ {end}; }}); puts('up');")
                process.stdout.readline()
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.stderr.readline(), b"DEBUG: in\n")
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(LIMIT), 143)

    def test_what_was_meant_for_a_listener_does_not_cut_the_end_short(self):
        process = self.busy("hear('SIGUSR1'); node.signals.listeners('SIGUSR2'); function onExit() { block(); puts('over'); }"
                            "setTimeout(node.exit, 1);", signal.SIGUSR1)
        self.ended(process, "over\n", 0)

    def test_one_ends_a_program_whose_last_output_nobody_reads(self):
        for end in ("node.exit()", "null.x"):
            with self.subTest(end):
                process = self.script_of("hear('SIGTERM'); setTimeout(function () { puts(new Array(1 << 20).join('x'));"
                                         f"  setTimeout(function () {{ node.debug('last'); {end}; }}, 1); }}, 1);")
                process.stderr.readline()
                time.sleep(0.3)  # it writes by now, most likely; if not, it is heard, and the next one comes
                while process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                    time.sleep(0.05)
                self.assertEqual(process.returncode, 143)

    def test_stopping_and_going_on(self):
        code = ("hear('SIGTSTP'); hear('SIGCONT'); node.signals.addListener('SIGUSR1', function () {"
                "  node.signals.listeners('SIGTSTP').length = 0; puts('deaf'); }); setTimeout(function () {}, 60000); puts('up');")
        # Of our session, as a job of a shell: the kernel stops no group that nobody could let go on.
        process = subprocess.Popen([NODE, "-e", HEAR + code], stdout=subprocess.PIPE, process_group=0)
        self.addCleanup(process.wait, LIMIT)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), b"up\n")
        process.send_signal(signal.SIGTSTP)
        self.assertEqual(process.stdout.readline(), b"SIGTSTP 20\n")
        process.send_signal(signal.SIGUSR1)
        self.assertEqual(process.stdout.readline(), b"deaf\n")
        process.send_signal(signal.SIGTSTP)
        stopped, status = os.waitpid(process.pid, os.WUNTRACED)
        self.assertEqual((stopped, os.WIFSTOPPED(status), os.WSTOPSIG(status)), (process.pid, True, signal.SIGTSTP))
        process.send_signal(signal.SIGCONT)
        self.assertEqual(process.stdout.readline(), b"SIGCONT 18\n")

    def test_a_child_has_the_usual_ones(self):
        process = self.script_of("""
            function child(then) {
              node.createProcess("kill -USR1 $$; echo survived").addListener("output", function (text) { if (text) print(text); })
                .addListener("exit", function (code, signal) { puts("child: " + signal); then(); });
            }
            child(function () { hear("SIGUSR1"); child(function () { puts("over"); }); });""")
        self.assertEqual([process.stdout.readline() for _ in range(3)], [b"child: 10\n", b"child: 10\n", b"over\n"])
        process.send_signal(signal.SIGUSR1)
        self.assertEqual(process.stdout.readline(), b"SIGUSR1 10\n")

    def test_the_first_process_of_a_container(self):
        prefix = ["unshare", "-rpf", "--kill-child"]
        if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("no namespaces of processes here")
        code = (HEAR + "hear('SIGHUP'); node.signals.addListener('SIGTERM', function () { node.exit(9); }); setTimeout(function () {}, 60000);"
                "node.fs.readlink('/proc/self').addCallback(function (pid) { puts('process'); });")
        process = self.start_command(*prefix, NODE, "-e", code)
        self.assertEqual(process.stdout.readline(), b"process\n")
        with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
            node = int(file.read())
        os.kill(node, signal.SIGHUP)
        self.assertEqual(process.stdout.readline(), b"SIGHUP 1\n")
        os.kill(node, signal.SIGTERM)
        self.assertEqual(process.wait(LIMIT), 9)


if __name__ == "__main__":
    unittest.main()
