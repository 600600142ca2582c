"""deps/unpack: fetches packages and unpacks them, without installing, and not twice."""
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

UNPACK = Path(__file__).resolve().parent / "unpack"
COMMANDS = ("awk", "basename", "bash", "cat", "chmod", "cksum", "cut", "dirname", "env", "grep", "head", "ln", "mkdir", "mktemp", "mv",
            "readlink", "rm", "sh", "sort", "tail", "tr")
PLAN = """Inst libone (1.0 Debian:12 [amd64])
Inst libtwo [0.9] (1.0 Debian:12 [amd64])
Inst knot (3.2 Debian:12 [amd64])
Conf libone (1.0 Debian:12 [amd64])"""


class Unpack(unittest.TestCase):
    """A PATH on which apt-get fetches empty files and dpkg-deb unpacks two programs that start when there is libone."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name, "bin")
        self.folder.mkdir()
        self.cache = Path(folder.name, "with blanks", "cache")
        self.notes = Path(folder.name, "notes")
        self.notes.touch()
        for name in COMMANDS:
            found = next(Path(p, name) for p in ("/usr/bin", "/bin") if Path(p, name).exists())
            (self.folder / name).symlink_to(found)
        self.put("id", "echo 1000")
        self.put("sudo", "exit 1")
        self.put("dpkg", "echo amd64")
        self.put("apt-get", f"""echo "$*" >>{self.notes}
          case $1 in
            install) echo '{PLAN}';;
            download) shift; for p in "$@"; do >"$p.deb"; done;;
          esac""")
        self.put("dpkg-deb", f"""[ "$1" = -x ] || exit 1
          mkdir -p "$3/usr/sbin" "$3/usr/lib/x86_64-linux-gnu" "$3/usr/share/nodejs/typescript/lib"
          [ -n "$UNTYPED" ] || echo 1 >"$3/usr/share/nodejs/typescript/lib/typescript.js"
          for program in unbound knotd; do
            printf '%s\\n' '#!/bin/sh' 'echo "$LD_LIBRARY_PATH"; [ -z "$BROKEN" ]' >"$3/usr/sbin/$program"
            chmod +x "$3/usr/sbin/$program"
          done
          echo "unpack ${{2##*/}}" >>{self.notes}""")

    def put(self, name, text):
        """A command of that name."""
        path = self.folder / name
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def run_unpack(self, **environment):
        """(exit code, stdout, stderr)."""
        done = subprocess.run([UNPACK], env={"PATH": str(self.folder), "XDG_CACHE_HOME": str(self.cache), **environment},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    def noted(self):
        """What was called since the last time."""
        lines = self.notes.read_text().splitlines()
        self.notes.write_text("")
        return lines

    def test_fetches_unpacks_and_prints_where(self):
        code, out, err = self.run_unpack()
        self.assertEqual(code, 0, err)
        lines = self.noted()
        self.assertIn("download knot libone node-typescript unbound", lines)  # not libtwo: another version is installed
        self.assertEqual([line for line in lines if line.startswith("unpack")],
                         ["unpack knot.deb", "unpack libone.deb", "unpack node-typescript.deb", "unpack unbound.deb"])
        self.assertEqual([line.split()[-2:] for line in lines if line.startswith("install")], [["unbound", "knot"]])
        self.assertFalse([line for line in lines if line.startswith("install") and " -s " not in line], "something was installed")
        programs = Path(out.strip())
        self.assertTrue(programs.is_relative_to(self.cache))
        shown = subprocess.run([programs / "unbound"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(shown.strip(), str(programs.parent / "usr/lib/x86_64-linux-gnu"))
        self.assertEqual([path.name for path in programs.parent.parent.iterdir()], [programs.parent.name])
        self.assertEqual((programs.parent / "typescript/typescript.js").read_text(), "1\n")

    def test_what_is_there_is_not_fetched_again(self):
        first = self.run_unpack()
        self.noted()
        self.assertEqual(self.run_unpack(), (0, first[1], ""))
        self.assertEqual(self.noted(), [])

    def test_what_does_not_start_any_more_is_fetched_again(self):
        _, out, _ = self.run_unpack()
        self.noted()
        Path(out.strip(), "knotd").write_text("#!/bin/sh\nexit 1\n")
        self.assertEqual(self.run_unpack()[:2], (0, out))
        self.assertIn("unpack knot.deb", self.noted())

    def test_programs_that_do_not_start_are_a_failure(self):
        code, out, err = self.run_unpack(BROKEN="1")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("do not start", err)
        self.assertEqual(list((self.cache / "node-build/unpacked").iterdir()), [])

    def test_without_a_compiler_it_is_a_failure_too(self):
        code, out, err = self.run_unpack(UNTYPED="1")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("node-typescript has no", err)
        self.assertEqual(list((self.cache / "node-build/unpacked").iterdir()), [])

    def test_a_compiler_that_is_gone_is_fetched_again(self):
        _, out, _ = self.run_unpack()
        self.noted()
        Path(out.strip(), "../typescript/typescript.js").resolve().unlink()
        self.assertEqual(self.run_unpack()[:2], (0, out))
        self.assertIn("unpack node-typescript.deb", self.noted())

    def test_without_lists_it_says_what_helps(self):
        self.put("apt-get", "echo no such package >&2; exit 100")
        code, out, err = self.run_unpack()
        self.assertEqual((code, out), (1, ""))
        self.assertIn("no such package", err)
        self.assertIn("sudo apt-get update", err)

    def test_old_lists_are_updated_once_where_that_is_allowed(self):
        self.put("sudo", '[ "$1" = -n ] && shift && [ "$1" != true ] || exit 0; "$@"')
        script = (self.folder / "apt-get").read_text()
        self.put("apt-get", f'[ "$1" = update ] || grep -q update {self.notes} || {{ echo "$*" >>{self.notes}; exit 100; }}\n{script}')
        code, _, err = self.run_unpack()
        self.assertEqual(code, 0, err)
        self.assertEqual([line.split()[0] for line in self.noted() if not line.startswith("unpack")],
                         ["install", "update", "install", "download"])

    def test_not_debian(self):
        (self.folder / "dpkg-deb").unlink()
        code, out, err = self.run_unpack()
        if "no unbound" in err or "no knotd" in err:  # unless this machine has both in /usr/sbin
            self.assertEqual((code, out), (1, ""))
        for program in ("unbound", "knotd"):
            self.put(program, "exit 0")
        code, out, err = self.run_unpack()
        if "no tsc" in err:  # the same
            self.assertEqual((code, out), (1, ""))
        modules = self.cache.parent / "node_modules/typescript"
        for name in ("bin/tsc", "lib/typescript.js"):
            (modules / name).parent.mkdir(parents=True)
            (modules / name).write_text("#!/bin/sh\n")
        (modules / "bin/tsc").chmod(0o755)
        (self.folder / "tsc").symlink_to(modules / "bin/tsc")
        code, out, err = self.run_unpack()
        self.assertEqual(code, 0, err)
        self.assertEqual(Path(out.strip(), "../typescript").resolve(), modules / "lib")
        self.assertEqual(sorted(path.name for path in Path(out.strip()).iterdir()), ["knotd", "unbound"])
        self.assertEqual(Path(out.strip(), "knotd").resolve(), (self.folder / "knotd").resolve())


if __name__ == "__main__":
    unittest.main()
