#!/usr/bin/env python3
"""Tests of fetch.py without a network: apt is replaced by two small scripts."""
import hashlib
import os
import stat
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
BODY = b"pretend this is a tarball\n" * 1000
INDEXTARGETS = """#!/bin/sh
echo "http://pool.invalid/debian-security/ oldstable-security bookworm-security"
echo "http://pool.invalid/debian/ oldstable bookworm"
echo "http://pool.invalid/debian/ oldstable-updates bookworm-updates"
"""


class FetchTest(unittest.TestCase):
    def setUp(self):
        self.temp = tempfile.TemporaryDirectory()
        self.root = self.temp.name
        for folder in ("bin", "deps", "own", "cache", "pool"):
            os.mkdir(os.path.join(self.root, folder))
        with open(os.path.join(HERE, "fetch.py"), encoding="utf-8") as f:
            # The real apt-helper must not be found instead of the pretended one.
            self.write("deps/fetch.py", f.read().replace("/usr/lib/apt:", ""))
        digest = hashlib.sha256(BODY).hexdigest()
        self.write("deps/pins", f"# a comment\nthing {len(BODY)} {digest} pool/t/thing_1.orig.tar.xz\n")
        self.script("apt-get", INDEXTARGETS)
        self.helper("cat \"$POOL/$(basename \"$2\")\" >\"$3\"")

    def tearDown(self):
        self.temp.cleanup()

    def write(self, name, content):
        path = os.path.join(self.root, name)
        with open(path, "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
        return path

    def script(self, name, text):
        os.chmod(self.write(f"bin/{name}", text), stat.S_IRWXU)

    def helper(self, action):
        """apt-helper download-file URL FILE SHA256:..."""
        self.script("apt-helper", f"#!/bin/sh\necho \"$2\" >>\"$POOL/asked\"\n{action}\n")

    def run_fetch(self, key="thing", own=False):
        env = {"PATH": f"{self.root}/bin:/usr/bin:/bin", "XDG_CACHE_HOME": f"{self.root}/cache", "HOME": self.root,
               "POOL": f"{self.root}/pool"}
        if own:
            env["NODE_DOWNLOADS"] = f"{self.root}/own"
        return subprocess.run([sys.executable, f"{self.root}/deps/fetch.py", key], env=env, text=True,
                              capture_output=True)

    def cached(self):
        folder = f"{self.root}/cache/node-build/downloads"
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []

    def asked(self):
        try:
            with open(f"{self.root}/pool/asked", encoding="utf-8") as f:
                return f.read().split()
        except FileNotFoundError:
            return []

    def test_own_folder_comes_first(self):
        path = self.write("own/thing_1.orig.tar.xz", BODY)
        done = self.run_fetch(own=True)
        self.assertEqual((done.stdout, done.returncode), (path + "\n", 0), done.stderr)
        self.assertEqual(self.asked(), [])

    def test_pool_then_cache(self):
        self.write("pool/thing_1.orig.tar.xz", BODY)
        for _ in range(2):
            done = self.run_fetch()
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(done.stdout.strip(), "rb") as f:
                self.assertEqual(f.read(), BODY)
        self.assertEqual(self.asked(), ["http://pool.invalid/debian/pool/t/thing_1.orig.tar.xz"])

    def test_wrong_own_file_falls_back_to_the_pool(self):
        self.write("own/thing_1.orig.tar.xz", BODY[:-1] + b"!")
        self.write("pool/thing_1.orig.tar.xz", BODY)
        self.assertEqual(self.run_fetch(own=True).returncode, 0)

    def test_missing(self):
        self.helper("echo '404 Not Found'; exit 100")
        done = self.run_fetch(own=True)
        self.assertEqual((done.stdout, done.returncode), ("", 1))
        for part in ("thing_1.orig.tar.xz", "NODE_DOWNLOADS", "own/thing_1", "is not there", "404 Not Found",
                     "the cache", "the pool"):
            self.assertIn(part, done.stderr)
        self.assertEqual(self.cached(), [])

    def test_wrong_hash(self):
        self.write("pool/thing_1.orig.tar.xz", BODY[:-1] + b"!")
        done = self.run_fetch()
        self.assertEqual(done.returncode, 1)
        self.assertIn("SHA-256", done.stderr)
        self.assertEqual(self.cached(), [])

    def test_truncated(self):
        self.write("pool/thing_1.orig.tar.xz", BODY[:1000])
        done = self.run_fetch()
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"has 1,000 bytes instead of {len(BODY):,}", done.stderr)
        self.assertEqual(self.cached(), [])

    def test_interrupted_leaves_nothing_that_passes(self):
        self.write("pool/thing_1.orig.tar.xz", BODY)
        self.helper("head -c 500 \"$POOL/$(basename \"$2\")\" >\"$3\"; kill -9 $PPID")
        self.assertNotEqual(self.run_fetch().returncode, 0)
        self.assertNotIn("thing_1.orig.tar.xz", self.cached())
        self.helper("cat \"$POOL/$(basename \"$2\")\" >\"$3\"")
        self.assertEqual(self.run_fetch().returncode, 0)
        self.assertIn("thing_1.orig.tar.xz", self.cached())

    def test_damaged_cache_is_fetched_again(self):
        self.write("pool/thing_1.orig.tar.xz", BODY)
        path = self.run_fetch().stdout.strip()
        with open(path, "wb") as f:
            f.write(BODY[:10])
        self.assertEqual(self.run_fetch().returncode, 0)
        self.assertEqual(os.path.getsize(path), len(BODY))

    def test_no_mirror(self):
        self.script("apt-get", "#!/bin/sh\nexit 0\n")
        done = self.run_fetch()
        self.assertEqual(done.returncode, 1)
        self.assertIn("apt names no mirror", done.stderr)

    def test_unknown_key(self):
        done = self.run_fetch("else")
        self.assertEqual(done.returncode, 2)
        self.assertIn("one of: thing", done.stderr)


if __name__ == "__main__":
    unittest.main()
