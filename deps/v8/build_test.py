"""deps/v8/build: what is in the cache is whole, whatever happens to a build. The steps are stand-ins."""
import contextlib
import importlib.machinery
import importlib.util
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("build", str(HERE / "build"))
build = importlib.util.module_from_spec(importlib.util.spec_from_loader("build", loader))
loader.exec_module(build)

# A build of its own process: notes its start, takes a while, leaves a file.
CHILD = f"""
import importlib.machinery, importlib.util, os, sys, time
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("build", {str(HERE / "build")!r})
build = importlib.util.module_from_spec(importlib.util.spec_from_loader("build", loader))
loader.exec_module(build)
def slow(work):
    with open(os.environ["STARTED"], "a") as f:
        f.write("started\\n")
    time.sleep(float(os.environ["SECONDS_TO_TAKE"]))
    os.makedirs(work.path("out"))
    open(work.path("out", "whole"), "w").close()
build.steps.STEPS = [("slow", slow)]
build.key = lambda: "test"
sys.exit(build.main())
"""


class Cache(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.cache = self.root / "node-build"
        self.started = self.root / "started"

    def run_main(self, *steps):
        """(exit code, stdout, stderr) of a build with these steps."""
        out, err = io.StringIO(), io.StringIO()
        with mock.patch.dict(os.environ, {"XDG_CACHE_HOME": str(self.root)}), \
                mock.patch.object(build.steps, "STEPS", list(steps)), mock.patch.object(build, "key", lambda: "test"), \
                contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = build.main()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        return code, out.getvalue(), err.getvalue()

    def start(self, seconds):
        """A build in the background that takes so long."""
        process = subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env={**os.environ, "XDG_CACHE_HOME": str(self.root), "STARTED": str(self.started),
                                        "SECONDS_TO_TAKE": str(seconds)})
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def wait_for_start(self):
        """Until a build is in its step."""
        end = time.monotonic() + 20
        while not self.started.exists() and time.monotonic() < end:
            time.sleep(0.01)
        self.assertTrue(self.started.exists())

    @staticmethod
    def good(work):
        """A step that gives a result."""
        os.makedirs(work.path("out"))
        Path(work.path("out", "whole")).touch()

    def test_the_result_is_the_last_line_and_is_built_once(self):
        for _ in range(2):
            code, out, _ = self.run_main(("good", self.good))
            self.assertEqual((code, out), (0, f"{self.cache}/v8-test\n"))
        self.assertEqual([p.name for p in self.cache.iterdir() if p.is_dir()], ["v8-test"])

    def test_a_failed_step_leaves_nothing_that_could_pass_for_a_result(self):
        def bad(work):
            self.good(work)
            raise build.steps.StepError("this is why")
        code, out, err = self.run_main(("bad", bad))
        self.assertEqual((code, out), (1, ""))
        self.assertIn("this is why", err)
        self.assertEqual([p for p in self.cache.iterdir() if p.is_dir()], [])

    def test_a_killed_build_is_cleaned_up_by_the_next(self):
        process = self.start(60)
        self.wait_for_start()
        process.kill()
        process.wait()
        self.assertEqual([p.name[:7] for p in self.cache.iterdir() if p.is_dir()], ["tmp.v8."])
        self.assertEqual(self.run_main(("good", self.good))[0], 0)
        self.assertEqual([p.name for p in self.cache.iterdir() if p.is_dir()], ["v8-test"])

    def test_a_terminated_build_cleans_up_itself(self):
        process = self.start(60)
        self.wait_for_start()
        process.terminate()
        self.assertEqual(process.wait(20), 143)
        self.assertEqual([p for p in self.cache.iterdir() if p.is_dir()], [])

    def test_two_at_once_build_once(self):
        first = self.start(1)
        self.wait_for_start()
        second = self.start(1)
        outs = [p.communicate(timeout=30) for p in (first, second)]
        self.assertEqual([out for out, _ in outs], [f"{self.cache}/v8-test\n"] * 2)
        self.assertIn("waiting for another build", outs[1][1])
        self.assertEqual(self.started.read_text(), "started\n")

    def test_a_full_disk_is_said_before_the_work(self):
        usage = mock.Mock(free=1_000_000)
        with mock.patch.object(build.shutil, "disk_usage", lambda _: usage):
            code, _, err = self.run_main(("good", self.good))
        self.assertEqual(code, 1)
        self.assertIn("is full, free 2.5 GB or set XDG_CACHE_HOME", err)

    def test_a_folder_that_cannot_be_written_is_said(self):
        with mock.patch.object(build.fetch, "cache_root", lambda: "/proc/no-such-place"):
            code, _, err = self.run_main(("good", self.good))
        self.assertEqual(code, 1)
        self.assertIn("set XDG_CACHE_HOME", err)

    def test_a_relative_cache_does_not_count(self):
        with mock.patch.dict(os.environ, {"XDG_CACHE_HOME": "relative", "HOME": "/home/x"}):
            self.assertEqual(build.fetch.cache_root(), "/home/x/.cache/node-build")

    def test_a_full_disk_in_the_middle_is_said(self):
        def full(work):
            work.run(["sh", "-c", "echo 'write error: No space left on device'; exit 1"])
        code, _, err = self.run_main(("full", full))
        self.assertEqual(code, 1)
        self.assertIn("the disk is full", err)

    def test_a_failing_tool_shows_the_log(self):
        def failing(work):
            work.run(["sh", "-c", "echo '[1/2] compile'; echo 'FAILED: a.o'; echo 'a.cc:1: error: reason'; exit 1"])
        code, _, err = self.run_main(("failing", failing))
        self.assertEqual(code, 1)
        self.assertIn("a.cc:1: error: reason", err)
        self.assertIn("v8-build.log", err)


class Key(unittest.TestCase):
    def test_it_follows_the_recipe(self):
        first = build.key()
        with mock.patch.object(build, "RECIPE", build.RECIPE[1:]):
            self.assertNotEqual(build.key(), first)
        with mock.patch.object(build.steps, "TOOLS", [*build.steps.TOOLS, "cat"]):
            self.assertNotEqual(build.key(), first)

    def test_a_missing_tool_is_named_with_the_packages(self):
        with mock.patch.object(build.steps, "NEEDED", ["no-such-tool"]):
            with self.assertRaisesRegex(build.steps.StepError, "no-such-tool is not installed: apt-get install clang-19"):
                build.key()


class Patches(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        Path(self.root, "a.cc").write_text("one\ntwo\nthree\n")

    def apply(self, text):
        """Applies a patch to the folder."""
        build.steps.apply(text, self.root, "x.patch")

    def test_a_fitting_one(self):
        self.apply("--- a/a.cc\n+++ b/a.cc\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n")
        self.assertEqual(Path(self.root, "a.cc").read_text(), "one\n2\nthree\n")

    def test_one_that_does_not_fit_stops_the_build(self):
        with self.assertRaisesRegex(build.steps.StepError, "x.patch does not fit"):
            self.apply("--- a/a.cc\n+++ b/a.cc\n@@ -1,2 +1,2 @@\n one\n-2\n+two\n")


if __name__ == "__main__":
    unittest.main()
