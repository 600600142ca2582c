"""Lets the binary under test ask name servers, with a resolv.conf and a hosts file of the test's own."""
import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from dns_mock import Mock
from harness import LIMIT, NODE, Case, Result

TEMPFAIL, PROTOCOL, NXDOMAIN, NODATA, NOMEM, BADQUERY = -1, -2, -3, -4, -5, -6
SETTINGS = ("NAMESERVERS", "NSCACHEIP", "LOCALDOMAIN", "RES_OPTIONS", "NODE_DEBUG", "NODE_RESOLV_CONF", "NODE_HOSTS")
SANITIZED = "sanitize" in NODE

# Asks round by round; within a round all at once. Prints a line of JSON for each answer.
ASK = """
var plan = JSON.parse(ARGV[2]);
var resolver = plan.options === null ? node.dns : new node.dns.Resolver(plan.options);
var beats = 0, beating = plan.heartbeat !== null;
function show(what) { puts(JSON.stringify(what)); }
function ask(round, question, whenDone) {
  var promise = resolver[question[0]].apply(resolver, question.slice(1));
  promise.addCallback(function () {
    show({ round: round, question: question, values: Array.prototype.slice.call(arguments) });
    whenDone();
  });
  promise.addErrback(function (code, message) {
    show({ round: round, question: question, code: code, message: message });
    whenDone();
  });
}
function start(round) {
  if (round === plan.rounds.length) { beating = false; return; }
  var left = plan.rounds[round].length;
  plan.rounds[round].forEach(function (question) {
    ask(round, question, function () {
      if (--left === 0) setTimeout(function () { start(round + 1); }, plan.pause);
    });
  });
}
function beat() {
  if (!beating) return;
  resolver.resolve4("beat" + beats++ + "." + plan.heartbeat).addCallback(function (addresses) {
    show({ beat: addresses[0] });
    setTimeout(beat, 10);
  }).addErrback(function (code, message) { show({ beat: code + " " + message }); });
}
start(0);
beat();
"""


class Answer:
    """What a question brought: `values` of success, or `code` and `message`."""

    def __init__(self, line):
        self.values, self.code, self.message = line.get("values"), line.get("code", 0), line.get("message", "")

    def __repr__(self):
        return f"{self.code} {self.message}" if self.values is None else repr(self.values)

    @property
    def first(self):
        """The first value of success, or the code of failure."""
        return self.code if self.values is None else self.values[0]


class DnsCase(Case):
    """A test that asks."""

    def setUp(self):
        super().setUp()
        self.resolv_conf = self.folder / "resolv.conf"
        self.hosts = self.folder / "hosts"
        self.resolv_conf.write_text("")
        self.hosts.write_text("127.0.0.1 localhost\n")
        self.peak_kb = 0

    def mock(self, *arguments, **options):
        """A mock server that ends with the test."""
        mock = Mock(*arguments, **options)
        self.addCleanup(mock.close)
        return mock

    def environment(self, **more):
        """The environment of what asks."""
        inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        return {**inherited, "NODE_RESOLV_CONF": str(self.resolv_conf), "NODE_HOSTS": str(self.hosts), **more}

    def run_node(self, *arguments, limit=LIMIT, **environment):
        """Runs node to its end; notes in peak_kb what was resident at the most, seen every few milliseconds."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen([NODE, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                       cwd=self.folder, start_new_session=True, env=self.environment(**environment))
            end = time.monotonic() + limit
            try:
                while process.poll() is None:
                    status = Path(f"/proc/{process.pid}/status").read_text()
                    peak = re.search(r"VmHWM:\s+(\d+)", status)  # not there once it has ended
                    self.peak_kb = max(self.peak_kb, int(peak.group(1)) if peak else 0)
                    if time.monotonic() > end:
                        self.fail(f"no end after {limit} s: {self._text(out)}\n{self._text(err)}")
                    time.sleep(0.005)
            finally:
                process.kill()
                process.wait()
            return Result(process.returncode, self._text(out), self._text(err))

    @staticmethod
    def _text(file):
        file.seek(0)
        return file.read().decode(errors="replace")

    def rounds(self, rounds, options=None, pause=0, heartbeat=None, limit=LIMIT, **environment):
        """Asks; gives {question: Answer} of each round. A question is a name for resolve4, or a tuple that begins with
        the function. `options`: of a Resolver, or None for node.dns itself. `heartbeat`: a domain of which names are
        asked for one after another meanwhile; what they are found to be comes in self.beats."""
        rounds = [[question if isinstance(question, tuple) else ("resolve4", question) for question in one] for one in rounds]
        # Here in milliseconds, as the mock's behaviours.
        given = options and {name: value / 1000 if name in ("timeout", "total") else value for name, value in options.items()}
        plan = {"rounds": rounds, "options": given, "pause": pause, "heartbeat": heartbeat}
        done = self.run_node(self.script(ASK, "ask.js"), json.dumps(plan), limit=limit, **environment)
        self.assertEqual(done.code, 0, done)
        self.err = done.err
        found, beats = [{} for _ in rounds], []
        for line in map(json.loads, done.out.splitlines()):
            if "beat" in line:
                beats.append(line["beat"])
                continue
            question = line["question"]
            key = question[1] if question[0] == "resolve4" and len(question) == 2 else json_key(question)
            found[line["round"]][key] = Answer(line)
        for asked, answered in zip(rounds, found):
            self.assertEqual(len({json_key(q) for q in asked}), len(answered), done)
        self.beats = beats
        return found

    def ask(self, *questions, options=None, **more):
        """The answers of one round: {question: Answer}."""
        return self.rounds([list(questions)], options, **more)[0]

    def one(self, *question, options=None, **more):
        """The answer of one question."""
        return next(iter(self.ask(question if len(question) > 1 else question[0], options=options, **more).values()))


def json_key(question):
    """A question as a key: a tuple, with what is not text as JSON."""
    return tuple(part if isinstance(part, str) else json.dumps(part, sort_keys=True) for part in question)
