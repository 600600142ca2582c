"""The binary as people install it: static, small, alone in a folder, in an image, with its symbols beside it."""
import lzma
import os
import re
import shutil
import subprocess
import tarfile
import unittest
from pathlib import Path

from harness import LIMIT, NODE, ROOT, Case, exchange, run

RELEASE = Path(NODE).resolve() == ROOT / "node"
MOST_BYTES = 18_000_000
MOST_COMPRESSED = 5_500_000
HELLO = "puts('alone ' + [typeof node.http.createServer, ARGV.length])"


def output_of(*command, **options):
    """(exit code, what it said on both streams)."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False, **options)
    return done.returncode, done.stdout.decode(errors="replace")


def can_chroot():
    """The words that give a command another root, as root or by a user namespace; None where neither works."""
    for prefix in ((), ("unshare", "-r")):
        try:
            command = [shutil.which(word) or word for word in (*prefix, "chroot")]
            if output_of(*command, "/", "/bin/true")[0] == 0:
                return command
        except OSError:
            continue
    return None


@unittest.skipUnless(RELEASE, "only ./node is what people install")
class Binary(Case):
    def test_it_is_static_and_within_its_size(self):
        self.assertLessEqual(os.path.getsize(NODE), MOST_BYTES)
        _, said = output_of("ldd", NODE)
        self.assertIn("not a dynamic executable", said)
        _, headers = output_of("readelf", "-lW", NODE)
        self.assertNotIn("INTERP", headers)
        self.assertNotIn("DYNAMIC", headers)

    def test_it_is_stripped_and_keeps_its_build_id(self):
        _, sections = output_of("readelf", "-SW", NODE)
        self.assertNotIn(".symtab", sections)
        self.assertNotIn(".debug_", sections)
        code, build_id = output_of(ROOT / "deps/build-id", NODE)
        self.assertEqual(code, 0)
        self.assertRegex(build_id.strip(), r"^[0-9a-f]{2}/[0-9a-f]{38}$")

    def test_no_path_of_the_machine_is_inside(self):
        data = Path(NODE).read_bytes()
        self.assertNotIn(str(ROOT).encode(), data)
        self.assertNotIn(b"node-build/v8-", data)

    @unittest.skipUnless(shutil.which("qemu-x86_64"), "qemu-user is not installed")
    def test_it_runs_on_a_processor_without_avx(self):
        code, said = output_of("qemu-x86_64", "-cpu", "Nehalem", NODE, "-e", "var s = 0; for (var i = 0; i < 1e5; i++) s += i % 7;"
                               "p([s, 'a\u00e9'.toUpperCase(), JSON.parse('[1.5]')])")
        self.assertEqual((code, said), (0, '[299995,"A\u00c9",[1.5]]\n'))

    def test_compressed_it_stays_small(self):
        packed = len(lzma.compress(Path(NODE).read_bytes(), preset=6))
        self.assertLessEqual(packed, MOST_COMPRESSED)

    def test_it_runs_alone_under_another_root(self):
        chroot = can_chroot()
        if chroot is None:
            self.skipTest("neither root nor user namespaces here")
        shutil.copy(NODE, self.folder / "node")
        code, said = output_of(*chroot, self.folder, "/node", "-e", HELLO, env={})
        self.assertEqual((code, said), (0, "alone function,2\n"))

    def test_it_serves_alone_under_another_root(self):
        chroot = can_chroot()
        if chroot is None:
            self.skipTest("neither root nor user namespaces here")
        shutil.copy(NODE, self.folder / "node")
        (self.folder / "x.js").write_text(
            "var s = node.http.createServer(function (q, r) { r.sendHeader(200, []); r.sendBody('from inside');"
            " r.finish(); s.close(); }); s.listen(0, '127.0.0.1'); puts(s.port);")
        process = subprocess.Popen([*chroot, self.folder, "/node", "/x.js"], stdout=subprocess.PIPE, env={})
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        port = int(process.stdout.readline())
        self.assertIn(b"from inside", exchange(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
        self.assertEqual(process.wait(LIMIT), 0)

    def test_the_locale_makes_no_difference(self):
        for locale in ("C", "de_DE.UTF-8", "no such"):
            done = subprocess.run([NODE, "-e", "puts('\\u00e4 ' + 1.5 + ' ' + new Date(0).toISOString())"], timeout=LIMIT,
                                  env={"LC_ALL": locale, "LANG": locale}, capture_output=True, check=True)
            self.assertEqual(done.stdout.decode(), "\u00e4 1.5 1970-01-01T00:00:00.000Z\n")


@unittest.skipUnless(RELEASE, "only ./node is what people install")
class Image(Case):
    def test_an_image_of_the_binary_alone(self):
        """By buildah where it works here; else the image's content is laid out by hand and started by chroot."""
        context = self.folder / "context"
        context.mkdir()
        shutil.copy(NODE, context / "node")
        shutil.copy(ROOT / "Containerfile", context)
        if shutil.which("buildah") and self._buildah(context):
            return
        chroot = can_chroot()
        if chroot is None:
            self.skipTest("neither buildah, root nor user namespaces here")
        root = self.folder / "root"
        for line in (context / "Containerfile").read_text().splitlines():
            words = line.split()
            if words[:1] == ["COPY"]:
                target = root / words[2].lstrip("/")
                target.parent.mkdir(parents=True)
                shutil.copy(context / words[1], target)
        self.assertEqual(output_of(*chroot, root, "/usr/bin/node", "-e", HELLO, env={}), (0, "alone function,2\n"))

    def _buildah(self, context):
        store = ["buildah", "--storage-driver=vfs", f"--root={self.folder}/store", f"--runroot={self.folder}/run"]
        options = {"env": {**os.environ, "BUILDAH_ISOLATION": "chroot"}}
        code, said = output_of(*store, "bud", "-t", "node-test", context, **options)
        if code != 0:
            print(f"buildah does not work here: {said.strip()[-300:]}")
            return False
        archive = self.folder / "image.tar"
        code, said = output_of(*store, "push", "node-test", f"docker-archive:{archive}", **options)
        self.assertEqual(code, 0, said)
        with tarfile.open(archive) as image:
            layers = [member for member in image.getmembers() if member.name.endswith(".tar")]
            files = set()
            for layer in layers:
                with tarfile.open(fileobj=image.extractfile(layer)) as content:
                    files |= {member.name for member in content.getmembers() if member.isfile()}
        self.assertEqual(files, {"usr/bin/node"})
        code, name = output_of(*store, "from", "node-test", **options)
        self.assertEqual(code, 0, name)
        code, said = output_of(*store, "run", name.strip().splitlines()[-1], "--", "/usr/bin/node", "-e", HELLO, **options)
        self.assertEqual((code, said), (0, "alone function,2\n"))
        output_of(*store, "rm", "--all", **options)
        return True


@unittest.skipUnless(RELEASE, "only ./node is what people install")
class Install(Case):
    def make(self, *arguments):
        """make in the project, into the test's folder."""
        environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
        return output_of("make", "-C", ROOT, f"DESTDIR={self.folder}/to", "PREFIX=/usr", *arguments, env=environment)

    def test_install_and_uninstall(self):
        code, said = self.make("install")
        self.assertEqual(code, 0, said)
        installed = self.folder / "to/usr/bin/node"
        code, said = output_of(installed, "--version")
        self.assertEqual(code, 0, said)
        symbols = list((self.folder / "to/usr/lib/debug/.build-id").rglob("*.debug"))
        self.assertEqual(len(symbols), 1)
        self.check_documents(self.folder / "to/usr/share/doc/node")
        self.assertTrue((self.folder / "to/usr/share/man/man1/node.1").is_file())
        code, said = self.make("uninstall")
        self.assertEqual(code, 0, said)
        self.assertEqual([str(p) for p in (self.folder / "to").rglob("*") if p.is_file()], [])

    def check_documents(self, folder):
        """The documents are complete, and their links lead to one another."""
        self.assertTrue({"LICENSE", "NOTICES", "README.md", "node.d.ts"} <= {path.name for path in folder.iterdir()})
        for part in ("api", "examples"):
            source = ROOT / "doc" / part
            self.assertEqual(sorted(path.relative_to(folder / part) for path in (folder / part).rglob("*")),
                             sorted(path.relative_to(source) for path in source.rglob("*")))
        for page in folder.rglob("*.md"):
            text = re.sub(r"^```.*?^```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
            for link in re.findall(r"\]\((?!https?:)([^)#]+)", text):
                self.assertTrue((page.parent / link).exists(), f"{page}: {link}")
        code, said = output_of(folder / "examples/plugins.js", "upper", input=b"text\n",
                               env={"PATH": f"{folder.parents[2]}/bin:/usr/bin:/bin"})
        self.assertEqual((code, said), (0, "TEXT\n"))

    def test_gdb_finds_the_symbols_by_the_build_id(self):
        if shutil.which("gdb") is None:
            self.skipTest("gdb is not installed")
        code, said = self.make("install")
        self.assertEqual(code, 0, said)
        code, said = output_of("gdb", "-batch", "-nx", "-ex", f"set debug-file-directory {self.folder}/to/usr/lib/debug",
                               "-ex", f"file {NODE}", "-ex", "info line main")
        self.assertIn("src/main.cc", said)


if __name__ == "__main__":
    unittest.main()
