"""What the benches share: machine facts, robust statistics, tables, small C programs.

Nothing here measures. A bench takes its figures, and asks this module what
they say: medians with quartiles, since these machines have neighbours, and
ratios taken pair by pair within a round, since the machine's speed drifts.
"""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys

BENCH = pathlib.Path(__file__).resolve().parent


class Trouble(Exception):
    """Something the user can act on: its text says what and how."""


def quartiles(values):
    """(first quartile, median, third quartile), interpolated."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("quartiles of nothing")

    def at(share):
        place = share * (len(ordered) - 1)
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (place - low)

    return at(0.25), at(0.5), at(0.75)


def median(values):
    return quartiles(values)[1]


def paired_ratios(ours, theirs):
    """Round by round; a round where either failed (None) does not count."""
    return [a / b for a, b in zip(ours, theirs) if a is not None and b]


def paired_ratio(ours, theirs):
    """The median of the rounds' ratios, or None without a single pair."""
    ratios = paired_ratios(ours, theirs)
    return statistics.median(ratios) if ratios else None


def rotated(items, round_number):
    """The order of this round: each item is first, and last, equally often,
    and every other lap runs backwards, so that no item always follows the same."""
    items = list(items)
    lap, start = divmod(round_number, len(items))
    order = items[start:] + items[:start]
    return order[::-1] if lap % 2 else order


def table(head, rows):
    """Markdown, aligned: the first column to the left, all others to the right."""
    cells = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = []
    for row in cells:
        padded = [cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))]
        lines.append("| " + " | ".join(padded) + " |")
    rule = [("-" * w) if i == 0 else "-" * (w - 1) + ":" for i, w in enumerate(widths)]
    lines.insert(1, "| " + " | ".join(rule) + " |")
    return "\n".join(lines)


def number(value):
    """Three digits that mean something, no exponent: 0.0123, 1.23, 12.3, 1,234."""
    if value is None:
        return "-"
    size = abs(value)
    if size >= 100 or value == int(value):
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if size >= 0.1 else f"{value:.3g}"


def machine_facts():
    """What a reader needs to judge the figures, and nothing that names the machine."""
    facts = {"cores": len(os.sched_getaffinity(0)), "kernel": os.uname().release.split("-")[0],
             "cpu": "unknown", "memory_mb": 0, "virtual": False}
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name" and facts["cpu"] == "unknown":
                facts["cpu"] = value.strip()
            if key.strip() == "flags":
                facts["virtual"] = "hypervisor" in value.split()
        total = pathlib.Path("/proc/meminfo").read_text().split()[1]
        facts["memory_mb"] = int(total) // 1024
        # "CPU family 6 model 207" says more than the bare "Xeon Processor" of many clouds.
        info = dict(line.split(":", 1) for line in pathlib.Path("/proc/cpuinfo").read_text().split("\n\n")[0]
                    .splitlines() if ":" in line)
        info = {key.strip(): value.strip() for key, value in info.items()}
        facts["cpu"] += f" (family {info['cpu family']}, model {info['model']})"
    except (OSError, KeyError, IndexError, ValueError):
        pass
    facts["load"] = round(os.getloadavg()[0], 2)
    return facts


def machine_line(facts):
    where = ", virtual machine" if facts["virtual"] else ""
    return (f"{facts['cpu']}, {facts['cores']} cores, {facts['memory_mb']:,} MB, "
            f"Linux {facts['kernel']}{where}, load at the start {facts['load']}")


def build_c(source, folder, flags=("-O2", "-static")):
    """Compiles bench/SOURCE into `folder` and returns the program's path."""
    target = pathlib.Path(folder) / pathlib.Path(source).stem
    choices = [os.environ.get("CC"), "cc", "clang-19", "clang", "gcc"]
    compiler = next((c for c in choices if c and shutil.which(c.split()[0])), None)
    if compiler is None:
        raise Trouble("no C compiler. Install one:\n  sudo apt-get install clang-19")
    done = subprocess.run([*compiler.split(), *flags, "-o", str(target), str(BENCH / source)],
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise Trouble(f"{compiler} could not compile bench/{source}:\n{done.stdout}")
    return target


def peer(name):
    """The path of a peer's binary; bench/peers fetches it when it is missing."""
    done = subprocess.run([sys.executable, str(BENCH / "peers"), name], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise Trouble(done.stderr.strip() or f"bench/peers {name} failed")
    return pathlib.Path(done.stdout.strip())


def output_of(*command):
    """The first line a command prints, or "" when it cannot be run."""
    try:
        done = subprocess.run([str(word) for word in command], text=True, timeout=20, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout.strip() else ""


class Progress:
    """One line on a terminal that says how far we are; silent elsewhere."""

    def __init__(self, stream=sys.stderr):
        self.stream = stream
        self.wanted = stream.isatty()

    def say(self, text):
        if self.wanted:
            self.stream.write(f"\r\033[K{text}")
            self.stream.flush()

    def done(self):
        self.say("")
