"""test/run: that every way of failing is counted as a failure, and nothing is left behind."""
import contextlib
import importlib.machinery
import importlib.util
import io
import os
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
LOADER = importlib.machinery.SourceFileLoader("run", str(Path(__file__).resolve().parents[1] / "run"))
SPEC = importlib.util.spec_from_loader("run", LOADER)
run = importlib.util.module_from_spec(SPEC)
sys.modules["run"] = run
LOADER.exec_module(run)

# Stands in for node: runs the shell commands in the script's lines that start with "sh:".
FAKE_NODE = """#!/usr/bin/env bash
while [[ $1 == --* ]]; do echo "option $1"; shift; done
script=$1; shift
source <(sed -n 's/^sh: //p' "$script")
"""


def runs(pid_file):
    """Whether the process whose id stands in the file still runs (and is no zombie)."""
    try:
        stat = Path(f"/proc/{pid_file.read_text().strip()}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


class Runner(unittest.TestCase):
    """A folder that takes the place of the project's."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for name in ("test/fuzz", "out/unit", "out/fuzz", *run.FOLDERS):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        self.program("node", FAKE_NODE)
        for patch in (mock.patch.object(run, "ROOT", self.root), mock.patch.object(run, "CHECKS", []),
                      mock.patch.dict(os.environ, {"NODE": str(self.root / "node")})):
            patch.start()
            self.addCleanup(patch.stop)

    def program(self, name, text):
        """Writes an executable file."""
        path = self.root / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def script(self, text):
        """The result of one script of test/js."""
        path = self.root / "test/js/one.js"
        path.write_text(text)
        return run.script(path)

    def python(self, body):
        """The result of a file of unittest cases with this method body."""
        path = self.root / "test/cli/some_test.py"
        path.write_text(f"import unittest, os, time\nclass T(unittest.TestCase):\n  def test_a(self):\n    {body}\n"
                        "  def test_b(self):\n    pass\n")
        return run.python_tests(path)

    def counts(self, result):
        """(passed, failed)."""
        return result.passed, result.failed


class Scripts(Runner):
    def test_a_silent_success_passes(self):
        self.assertEqual(self.counts(self.script("sh: true\n")), (1, 0))

    def test_a_wrong_exit_code_fails(self):
        result = self.script("sh: exit 3\n")
        self.assertEqual(self.counts(result), (0, 1))
        self.assertIn("exit code 3, expected exit code 0", result.output)

    def test_an_expected_exit_code_passes(self):
        self.assertEqual(self.counts(self.script("// exit: 3\nsh: exit 3\n")), (1, 0))

    def test_a_crash_fails_whatever_is_expected(self):
        result = self.script("// exit: 9\nsh: kill -SEGV $$\n")
        self.assertEqual(self.counts(result), (0, 1))
        self.assertIn("ended by SIGSEGV", result.output)

    def test_a_hang_fails_and_its_children_are_ended(self):
        pid_file = self.root / "pid"
        start = time.monotonic()
        result = self.script(f"// timeout: 1\nsh: setsid sleep 100 & echo $! >{pid_file}; echo early; wait\n")
        self.assertLess(time.monotonic() - start, 10)
        self.assertEqual(self.counts(result), (0, 1))
        self.assertIn("no end after 1 s", result.output)
        self.assertIn("early", result.output)
        self.assertFalse(runs(pid_file))

    def test_what_a_success_leaves_running_is_ended(self):
        pid_file = self.root / "pid"
        self.script(f"sh: setsid sleep 100 >/dev/null 2>&1 & echo $! >{pid_file}\n")
        self.assertFalse(runs(pid_file))

    def test_output_must_be_exact(self):
        self.assertEqual(self.counts(self.script("// stdout: a\n// stdout: b\nsh: echo a; echo b\n")), (1, 0))
        result = self.script("// stdout: a\nsh: echo a; echo b\n")
        self.assertEqual(self.counts(result), (0, 1))
        self.assertIn("--- expected on stdout\na\n--- but it was\na\nb\n", result.output)

    def test_unexpected_output_fails(self):
        self.assertEqual(self.counts(self.script("sh: echo a\n")), (0, 1))
        self.assertEqual(self.counts(self.script("sh: echo a >&2\n")), (0, 1))

    def test_output_may_have_parts_that_vary(self):
        self.assertEqual(self.counts(self.script("// stderr: at {{\\d+}} (x.js)\nsh: echo 'at 12 (x.js)' >&2\n")), (1, 0))
        self.assertEqual(self.counts(self.script("// stderr: at {{\\d+}} (x.js)\nsh: echo 'at 1b (xjs)' >&2\n")), (0, 1))

    def test_long_output_stands_beside(self):
        (self.root / "test/js/one.out").write_text("a\nb\n")
        self.assertEqual(self.counts(self.script("sh: echo a; echo b\n")), (1, 0))

    def test_arguments_options_and_input(self):
        head = "// options: --x\n// args: a $PORT\n// stdin: hi\n// stdout: option --x\n// stdout: a $PORT hi $PORT\n"
        self.assertEqual(self.counts(self.script(head + "sh: read line; echo $* $line $PORT\n")), (1, 0))

    def test_the_only_argument_by_default_is_a_free_port(self):
        self.assertEqual(self.counts(self.script('// stdout: 1 $PORT\nsh: echo $# $1\n')), (1, 0))
        self.assertNotEqual(run.PORTS.take(), run.PORTS.take())

    def test_scripts_can_have_a_folder(self):
        head = "// args: $FOLDER/x\n// stdout: empty {{/.*node-test-.*}}/x\n"
        self.assertEqual(self.counts(self.script(head + 'sh: [ -z "$(ls $(dirname $1))" ] && echo empty $1\n')), (1, 0))

    def test_each_has_a_temporary_folder_that_goes(self):
        seen = self.root / "seen"
        self.script(f"sh: touch $TMPDIR/x && echo $TMPDIR >{seen}\n")
        self.assertFalse(Path(seen.read_text().strip()).exists())

    def test_a_node_that_is_not_there_fails(self):
        (self.root / "node").unlink()
        (self.root / "test/js/one.js").write_text("")
        self.assertEqual(self.report(["test/js"])[0], 1)

    def report(self, arguments):
        """(exit code, output) of the command line."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = run.main(arguments)
        return code, out.getvalue()

    def test_the_report_is_in_order_and_ends_with_the_counts(self):
        (self.root / "test/js/a.js").write_text("sh: sleep 0.3\n")
        (self.root / "test/js/b.js").write_text("sh: echo oh; exit 1\n")
        (self.root / "test/js/c.js").write_text("sh: true\n")
        code, out = self.report(["test/js"])
        self.assertEqual(code, 1)
        self.assertLess(out.index("[1/3] test/js/a.js: 1 passed"), out.index("[2/3] test/js/b.js: 0 passed, 1 failed"))
        self.assertIn("oh", out)
        self.assertTrue(out.endswith("\n2 passed, 1 failed\n"), out)

    def test_success_is_code_0_and_nothing_run_is_a_failure(self):
        self.assertEqual(self.report(["test/js"]), (1, "0 passed, 0 failed\n"))
        (self.root / "test/js/a.js").write_text("sh: true\n")
        self.assertEqual(self.report(["test/js"])[0], 0)

    def test_a_path_that_is_not_there_is_named(self):
        with self.assertRaisesRegex(SystemExit, "there is no test/nowhere"):
            run.main(["test/nowhere"])


class OtherJobs(Runner):
    def test_python_files_are_counted_by_test(self):
        self.assertEqual(self.counts(self.python("pass")), (2, 0))
        self.assertEqual(self.counts(self.python("self.fail()")), (1, 1))
        self.assertEqual(self.counts(self.python("raise ValueError")), (1, 1))

    def test_a_python_file_that_breaks_off_fails(self):
        self.assertEqual(self.counts(self.python("os._exit(0)")), (0, 1))
        self.assertEqual(self.counts(self.python("os.kill(os.getpid(), 9)")), (0, 1))
        self.assertEqual(self.counts(self.python(")")), (0, 1))

    def test_a_python_file_that_hangs_fails(self):
        with mock.patch.object(run, "LIMIT", 1):
            result = self.python("time.sleep(100)")
        self.assertEqual(self.counts(result), (0, 1))
        self.assertIn("no end after 1 s", result.output)

    def test_unit_tests(self):
        for text, counts in (("echo '[  PASSED  ] 7 tests.'", (7, 0)),
                             ("echo '[  PASSED  ] 5 tests.'; echo ' 2 FAILED TESTS'; exit 1", (5, 2)),
                             ("echo '[  PASSED  ] 7 tests.'; exit 1", (7, 1)),
                             ("kill -SEGV $$", (0, 1)), ("true", (0, 1))):
            path = self.program("out/unit/tests", f"#!/usr/bin/env bash\n{text}\n")
            self.assertEqual(self.counts(run.unit_tests(path)), counts, text)

    def test_fuzz_targets(self):
        (self.root / "test/fuzz/x.dict").write_text("")
        good = "[[ $1 == --seeds ]] && touch $2/one || [[ -f $2/one && $* == *-dict=*/x.dict*-runs=* ]]"
        for text, counts in ((good, (1, 0)),
                             ("[[ $1 == --seeds ]] || exit 77", (0, 1)), ("[[ $1 != --seeds ]]", (0, 1))):
            self.program("out/fuzz/x_fuzz", f"#!/usr/bin/env bash\n{text}\n")
            self.assertEqual(self.counts(run.fuzz_target(self.root / "test/fuzz/x_fuzz.cc", 0)), counts, text)

    def test_checks(self):
        for text, counts in (("true", (1, 0)), ("echo bad; exit 1", (0, 1))):
            result = run.check(self.program("test/tidy", f"#!/usr/bin/env bash\n{text}\n"))
            self.assertEqual(self.counts(result), counts)
        self.assertIn("bad", result.output)

    def test_all_kinds_are_found(self):
        for name in ("out/unit/tests", "test/fuzz/x_fuzz.cc", "test/js/a.js", "test/js/a.out", "test/cli/b_test.py",
                     "test/cli/harness.py", "deps/c_test.py", "test/tidy"):
            (self.root / name).write_text("")
        with mock.patch.object(run, "CHECKS", ["test/tidy"]):
            names = [name for name, _ in run.find([])]
        self.assertEqual(names, ["out/unit/tests", "test/fuzz/x_fuzz.cc", "test/js/a.js", "test/cli/b_test.py",
                                 "deps/c_test.py", "test/tidy"])


if __name__ == "__main__":
    unittest.main()
