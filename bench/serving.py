"""Servers under load: processes that print their port, what they have used, and the rounds that they were loaded in."""

import os
import pathlib
import re
import signal
import statistics
import subprocess

import common

OURS, LIMIT = "ours", "C"
PEERS = ("bun", "node", "deno")
TICK = os.sysconf("SC_CLK_TCK")


class Server:
    """One running server."""

    def __init__(self, name, command, cores, environment):
        self.name = name
        self.process = subprocess.Popen(["taskset", "-c", cores, *map(str, command)], stdout=subprocess.PIPE, text=True,
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
        line = self.process.stdout.readline()
        if not line.strip().isdigit():
            self.process.kill()
            said = self.process.stderr.read()[:300]
            self.stop()
            raise common.Trouble(f"{name} did not start: {line!r} {said}")
        self.port = int(line)
        self.rounds = []

    def cpu(self):
        """(user, system) seconds so far, of all its threads."""
        words = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(words[11]) / TICK, int(words[12]) / TICK

    def resident(self):
        """Megabytes now."""
        return self.resident_kb() / 1024

    def resident_kb(self):
        """Kilobytes now, counted page by page."""
        text = pathlib.Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return int(re.search(r"Rss:\s+(\d+)", text).group(1))

    def stop(self):
        """Ends the process."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


def environment(folder):
    """What servers get: nothing of the user's settings."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(folder), "NO_COLOR": "1",
            "DENO_NO_UPDATE_CHECK": "1"}


def peer_command(name):
    """How a peer starts a script."""
    return [common.peer(name), *(["run", "--allow-net"] if name == "deno" else [])]


def median(rounds, figure):
    """Of one figure in all rounds that have it."""
    values = [one[figure] for one in rounds if one[figure] is not None]
    return statistics.median(values) if values else None


def ratio(result, figure, name, other):
    """Of two servers, round by round; None where one of them is missing."""
    if name not in result or other not in result:
        return None
    return common.paired_ratio([one[figure] for one in result[name]], [one[figure] for one in result[other]])
