"""NOTICES is what the licences of the linked software give."""
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Notices(unittest.TestCase):
    def test_is_fresh(self):
        done = subprocess.run([sys.executable, ROOT / "deps/notices.py", "--check", ROOT / "out/v8/licences", ROOT / "out/libev"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
