"""deps/setup: installs what is missing or says how, and asks nothing."""
import os
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

SETUP = Path(__file__).resolve().parent / "setup"
COMMANDS = ("bash", "awk", "cat", "dirname", "env", "id", "mktemp", "rm", "tail", "tr")


class Setup(unittest.TestCase):
    """A PATH on which dpkg-query knows no package, and apt-get and sudo only note how they were called."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.folder.chmod(0o755)
        for name in COMMANDS:
            found = next(Path(p, name) for p in ("/usr/bin", "/bin") if Path(p, name).exists())
            (self.folder / name).symlink_to(found)
        self.put("dpkg-query", "exit 1")
        self.put("apt-get", f'echo "$*" >>{self.folder}/called')
        self.put("sudo", "exit 1")
        (self.folder / "called").touch()
        (self.folder / "called").chmod(0o666)

    def put(self, name, text):
        """A command of that name."""
        path = self.folder / name
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)

    def run_setup(self, *sections, root=False):
        """(exit code, stdout, stderr), as root or not."""
        self.put("fake-id", f"echo {0 if root else 1000}")
        (self.folder / "id").unlink(missing_ok=True)
        (self.folder / "fake-id").rename(self.folder / "id")
        done = subprocess.run([SETUP, *sections], env={"PATH": str(self.folder), "TMPDIR": str(self.folder)},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    def called(self):
        """How apt-get was called."""
        return (self.folder / "called").read_text().splitlines()

    def test_without_root_it_prints_the_one_command_and_stops(self):
        code, out, err = self.run_setup("build", "test")
        self.assertEqual((code, out), (1, ""))
        self.assertRegex(err, r"\n  sudo apt-get install -y --no-install-recommends [\w .+:=-]*clang-19[\w .+-]*libgtest-dev")
        self.assertEqual(self.called(), [])

    def test_as_root_it_installs(self):
        code, out, err = self.run_setup("build", root=True)
        self.assertEqual(code, 0, err)
        self.assertIn("[setup] installing: clang-19", out)
        self.assertEqual(len(self.called()), 1)
        self.assertIn("install -y --no-install-recommends -o DPkg::Lock::Timeout=600 clang-19", self.called()[0])
        self.assertNotIn("libgtest-dev", self.called()[0])

    def test_old_lists_are_updated_once(self):
        self.put("apt-get", f'echo "$*" >>{self.folder}/called; [ $1 = update ] || grep -q update {self.folder}/called')
        (self.folder / "grep").symlink_to("/usr/bin/grep" if os.path.exists("/usr/bin/grep") else "/bin/grep")
        code, _, err = self.run_setup("build", root=True)
        self.assertEqual(code, 0, err)
        self.assertEqual([line.split()[0] for line in self.called()], ["install", "update", "install"])

    def test_a_failure_shows_what_apt_said_and_the_command(self):
        self.put("apt-get", "echo no such package; exit 100")
        code, _, err = self.run_setup("build", root=True)
        self.assertEqual(code, 1)
        self.assertIn("no such package", err)
        self.assertIn("sudo apt-get update && sudo apt-get install", err)

    def test_with_everything_there_it_is_silent(self):
        self.put("dpkg-query", "printf installed")
        self.assertEqual(self.run_setup("build", "test"), (0, "", ""))

    def test_not_debian(self):
        (self.folder / "dpkg-query").unlink()
        code, _, err = self.run_setup("build")
        self.assertEqual(code, 1)
        self.assertIn("deps/packages", err)


if __name__ == "__main__":
    unittest.main()
