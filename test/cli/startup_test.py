"""What a start costs, in figures that do not depend on the machine's speed: it shall not creep up unnoticed."""
import os
import shutil
import statistics
import tempfile
import time
import unittest

from harness import LIMIT, NODE, ROOT, Case, run

# What there was when they were last set, and some slack.
SNAPSHOT_BYTES = 380_000  # 374,484
ANONYMOUS_KB = 1_240  # 1,192: what is written of memory: heap, tables, data
FAULTS = 312  # 294: those of a script that prints a line, above those of --version

ADVICE = (" See \"Starting\" in doc/performance.md. What not every script needs belongs into a part of the library that is"
          " evaluated when it is first asked for (lib/lazy.js). When other functions are run than before, make their list"
          " anew: deps/order. When the growth is wanted, see with bench/startup what it costs, and raise the budget in"
          " test/cli/startup_test.py.")


def large_pages():
    """Whether the kernel gives large pages without being asked: memory and faults are others then."""
    try:
        with open("/sys/kernel/mm/transparent_hugepage/enabled", encoding="ascii") as file:
            return "[always]" in file.read()
    except OSError:
        return False


def faults(*command):
    """Minor page faults of a run, the median of some."""
    counts = []
    for _ in range(15):
        process = os.posix_spawn(command[0], list(map(str, command)), os.environ,
                                 file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
        _, status, usage = os.wait4(process, 0)
        if status != 0:
            raise AssertionError(f"{command}: wait status {status}")
        counts.append(usage.ru_minflt)
    return statistics.median(counts)


@unittest.skipUnless(os.path.realpath(NODE) == str(ROOT / "node"), "the budgets are those of ./node")
class Budgets(Case):
    def test_size_of_the_snapshot(self):
        size = (ROOT / "out/snapshot.bin").stat().st_size
        self.assertLessEqual(size, SNAPSHOT_BYTES, "bytes of out/snapshot.bin: each start reads them all." + ADVICE)

    @unittest.skipIf(large_pages(), "large pages")
    def test_memory(self):
        process = self.start(self.script("puts('hello'); setTimeout(function () {}, 1e6);"))
        self.assertEqual(process.stdout.readline(), b"hello\n")
        status = ""
        end = time.monotonic() + LIMIT
        # It prints before it waits.
        while time.monotonic() < end and "\nState:\tS" not in status:
            with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
                status = file.read()
        kilobytes = int(status.split("RssAnon:")[1].split()[0])
        self.assertLessEqual(kilobytes, ANONYMOUS_KB, "kB of memory that a start writes." + ADVICE)

    @unittest.skipIf(large_pages(), "large pages")
    def test_page_faults(self):
        script = self.script("puts('hello');")
        # A copy: how a file came into the page cache decides in how large pieces it is mapped.
        with tempfile.TemporaryDirectory(prefix="startup-test-", dir=ROOT / "out") as folder:
            copy = shutil.copy(NODE, folder)
            found = faults(copy, script) - faults(copy, "--version")
        self.assertLessEqual(found, FAULTS, "page faults of a start." + ADVICE)


class Compiled(Case):
    def test_no_function_of_the_library(self):
        log = self.folder / "v8.log"
        flags = f"--v8-flags=--log-function-events --no-logfile-per-isolate --logfile={log}"
        result = run(flags, self.script("puts('hello');"))
        self.assertEqual((result.code, result.out), (0, "hello\n"), result)
        names = {}
        compiled = []
        for line in log.read_text(errors="replace").splitlines():
            fields = line.split(",")
            if fields[0] == "script-details":
                names[fields[1]] = fields[2]
            elif fields[:2] == ["function", "parse-function"]:
                compiled.append((names.get(fields[2], "?"), fields[-1]))
        self.assertTrue(any(name.endswith("script.js") for name, _ in compiled), compiled)
        self.assertEqual([pair for pair in compiled if pair[0].startswith("node:")], [],
                         "compiled at each start: in parentheses, as in lib/modules.js, the snapshot has their code")


class Code(Case):
    """The compiled code of what is evaluated when it is first asked for."""

    def test_can_be_used(self):
        used, _, libraries = run("--check-code").out.partition(" of ")
        self.assertGreater(int(libraries), 0)
        self.assertEqual(used, libraries.strip(), "compiled at each run: see BuildCode() in src/js.cc, whose flags are to be those of a run")

    def test_for_other_flags_it_is_compiled(self):
        self.assertEqual(run("--v8-flags=--no-opt", "--check-code").out[:5], "0 of ")
        self.assertEqual(run("--v8-flags=--no-opt", "-e", "puts(typeof node.fs.stat)").out, "function\n")

    def test_shows_its_lines_in_errors(self):
        code = "try { node.fs.close({}) } catch (error) { puts(error.stack) }"
        shown = run("-e", code).out
        self.assertRegex(shown, r"at \S+ \(node:fs:\d+:\d+\)\n")
        self.assertEqual(shown, run("--no-snapshot", "-e", code).out)


if __name__ == "__main__":
    unittest.main()
