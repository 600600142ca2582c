"""What the program holds in memory."""
import time
import unittest

from harness import LIMIT, NODE, Case

# Hot enough that the compilers have run.
HOT = """
function sum(n) { var s = 0; for (var i = 0; i < n; i++) s += i % 7; return s; }
var all = 0;
for (var i = 0; i < 3000; i++) all += sum(1000);
puts('hot ' + all);
setInterval(function () {}, 1000);
"""


def resident(process):
    """VmRSS and the most it ever was, kB."""
    lines = dict(line.split(":", 1) for line in open(f"/proc/{process.pid}/status", encoding="ascii"))
    return int(lines["VmRSS"].split()[0]), int(lines["VmHWM"].split()[0])


# The sanitizers' own memory hides everything else.
@unittest.skipIf("sanitize" in NODE, "built with sanitizers")
class Memory(Case):
    def test_what_compiling_needed_is_given_back(self):
        process = self.start("--v8-flags=--no-lazy-feedback-allocation", self.script(HOT))
        self.assertEqual(process.stdout.readline()[:4], b"hot ")
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            now, peak = resident(process)
            if now < peak - 2000:
                return
            time.sleep(0.1)
        self.fail(f"{now} kB resident, of {peak} at the most")


if __name__ == "__main__":
    unittest.main()
