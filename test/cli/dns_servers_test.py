"""node.dns and servers that the world runs: unbound as a resolver, and knot with a zone of its own, asked both ways."""
import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import dns_mock
from dns_harness import NODATA, NXDOMAIN, TEMPFAIL, DnsCase
from harness import LIMIT, ROOT

LONG = [f"{i:03}" + "t" * 252 for i in range(12)]  # over 1232 bytes, and over one string
MANY = [f"10.1.{i >> 8}.{i & 255}" for i in range(300)]
LABEL63 = "x" * 63
DEEP = ".".join(["d" * 47] * 4 + ["d" * 43, "node.example"])  # 248 characters
REVERSE6 = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa."

ZONES = {
    "node.example": f"""
@        3600 SOA   ns1 hostmaster.node.example. 2026010100 7200 3600 1209600 300
@        3600 NS    ns1
@        3600 NS    ns2
@         600 A     192.0.2.1
@         600 CAA   0 issue "ca.example"
@         600 CAA   128 iodef "mailto:security@node.example"
@         600 MX    10 mail
@         600 MX    20 mail.child
ns1       600 A     192.0.2.53
ns2       600 AAAA  2001:db8::53
mail      600 A     192.0.2.25
nomail    600 MX    0 .
host      300 A     192.0.2.10
host      200 AAAA  2001:db8::10
six       300 AAAA  2001:db8::6
mapped    300 AAAA  ::ffff:192.0.2.6
one       120 CNAME two
two        60 CNAME three
three      90 CNAME host
loop1     300 CNAME loop2
loop2     300 CNAME loop1
dangling  300 CNAME nowhere
old       300 DNAME new
www.new   300 A     192.0.2.30
deep.ent  300 A     192.0.2.40
*.wild    300 A     192.0.2.50
*.wild    300 TXT   "any"
not.wild  300 TXT   "this one"
txt       300 TXT   "one" "two words" "" "\\\\ \\" ;"
long      300 TXT   {" ".join(LONG)}
_sip._tcp 300 SRV   1 2 5060 host
_off._tcp 300 SRV   0 0 0 .
xn--bcher-kva 300 A 192.0.2.60
{LABEL63} 300 A     192.0.2.63
{DEEP}.   300 A     192.0.2.250
odd\\.label 300 A   192.0.2.70
under_score 300 A   192.0.2.71
alias-odd 300 CNAME odd\\.label
web       300 A     127.0.0.1
child     300 NS    ns.child
ns.child  300 A     192.0.2.54
child2    300 NS    ns.elsewhere.example.
""" + "".join(f"many 300 A {address}\n" for address in MANY),
    "child.node.example": """
@         300 SOA   ns hostmaster.node.example. 1 7200 3600 1209600 60
@         300 NS    ns
ns        300 A     192.0.2.54
mail      300 A     192.0.2.26
up        300 CNAME host.node.example.
""",
    # RFC 2317: the last of these belongs to somebody who keeps it under a name of his own.
    "2.0.192.in-addr.arpa": """
@         300 SOA   ns1.node.example. hostmaster.node.example. 1 7200 3600 1209600 60
@         300 NS    ns1.node.example.
10        300 PTR   host.node.example.
10        300 PTR   www.host.node.example.
200       300 CNAME 200.128/25.2.0.192.in-addr.arpa.
200.128/25 300 PTR  far.node.example.
""",
    "8.b.d.0.1.0.0.2.ip6.arpa": f"""
@         300 SOA   ns1.node.example. hostmaster.node.example. 1 7200 3600 1209600 60
@         300 NS    ns1.node.example.
{REVERSE6} 300 PTR six.node.example.
""",
}

# question -> (first value or code, the ttl, the canonical name); None: not looked at
BOTH = {
    "node.example": (["192.0.2.1"], 600, "node.example"),
    "HOST.Node.Example.": (["192.0.2.10"], 300, None),
    "one.node.example": (["192.0.2.10"], 60, "host.node.example"),
    ("resolve6", "one.node.example"): (["2001:db8::10"], 60, "host.node.example"),
    ("resolve6", "six.node.example"): (["2001:db8::6"], 300, "six.node.example"),
    ("resolve6", "mapped.node.example"): (["::ffff:192.0.2.6"], 300, "mapped.node.example"),
    "www.old.node.example": (["192.0.2.30"], None, "www.new.node.example"),
    "anything.wild.node.example": (["192.0.2.50"], 300, "anything.wild.node.example"),
    "deeper.anything.wild.node.example": (["192.0.2.50"], 300, None),
    "not.wild.node.example": (NODATA, None, None),
    "deep.ent.node.example": (["192.0.2.40"], 300, None),
    "ent.node.example": (NODATA, None, None),
    "six.node.example": (NODATA, None, None),
    ("resolve6", "mail.node.example"): (NODATA, None, None),
    "nowhere.node.example": (NXDOMAIN, None, None),
    "dangling.node.example": (NXDOMAIN, None, None),
    "nowhere.child.node.example": (NXDOMAIN, None, None),
    "xn--bcher-kva.node.example": (["192.0.2.60"], 300, None),
    f"{LABEL63}.node.example": (["192.0.2.63"], 300, f"{LABEL63}.node.example"),
    DEEP: (["192.0.2.250"], 300, DEEP),
    r"odd\.label.node.example": (["192.0.2.70"], 300, r"odd\.label.node.example"),
    "alias-odd.node.example": (["192.0.2.70"], 300, r"odd\.label.node.example"),
    "under_score.node.example": (["192.0.2.71"], 300, None),
    "mail.child.node.example": (["192.0.2.26"], 300, None),
    ("resolveMx", "nomail.node.example"): ([{"priority": 0, "exchange": "."}], None, None),
    ("resolveSrv", "_sip._tcp.node.example"): ([{"priority": 1, "weight": 2, "port": 5060, "name": "host.node.example"}], None, None),
    ("resolveSrv", "_off._tcp.node.example"): ([{"priority": 0, "weight": 0, "port": 0, "name": "."}], None, None),
    ("resolveCname", "one.node.example"): (["two.node.example"], None, None),
    ("resolveSoa", "node.example"): ({"mname": "ns1.node.example", "rname": "hostmaster.node.example", "serial": 2026010100,
                                      "refresh": 7200, "retry": 3600, "expire": 1209600, "minimum": 300}, None, None),
    ("resolveTxt", "txt.node.example"): ([["one", "two words", "", "\\ \" ;"]], None, None),
    ("resolveTxt", "x.wild.node.example"): ([["any"]], None, None),
    ("resolveTxt", "long.node.example"): ([LONG], None, None),
    ("resolveTxt", "host.node.example"): (NODATA, None, None),
    ("reverse", "192.0.2.200"): (["far.node.example"], 300, None),
    ("reverse", "192.0.2.201"): (NXDOMAIN, None, None),
    ("reverse", "2001:db8::1"): (["six.node.example"], 300, REVERSE6[:-1]),
    ("resolvePtr", "200.2.0.192.in-addr.arpa"): (["far.node.example"], None, None),
}
# In any order.
SETS = {
    "many.node.example": MANY,
    ("resolveNs", "node.example"): ["ns1.node.example", "ns2.node.example"],
    ("resolveMx", "node.example"): [{"priority": 10, "exchange": "mail.node.example"},
                                    {"priority": 20, "exchange": "mail.child.node.example"}],
    ("resolveCaa", "node.example"): [{"flags": 0, "tag": "issue", "value": "ca.example"},
                                     {"flags": 128, "tag": "iodef", "value": "mailto:security@node.example"}],
    ("reverse", "192.0.2.10"): ["host.node.example", "www.host.node.example"],
}


def free_port():
    """A port that is free on 127.0.0.1 over UDP and TCP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError):
                tcp.bind(udp.getsockname())
                return udp.getsockname()[1]


class Daemon:
    """A name server in a folder of its own, as a child of the test."""

    def __init__(self, command, configuration, folder, port, name):
        self.server = f"127.0.0.1:{port}"
        path = folder / "configuration"
        path.write_text(configuration)
        self.log = folder / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([*map(str, command), "-c", str(path)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=folder, start_new_session=True)
        try:
            self._wait(port, name)
        except BaseException:
            self.stop()
            raise

    def _wait(self, port, name):
        """Until it answers a question for `name` without an error."""
        end = time.monotonic() + LIMIT
        question = b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + dns_mock.name(name) + b"\0\6\0\1"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.settimeout(0.05)
            asker.connect(("127.0.0.1", port))
            while time.monotonic() < end and self.process.poll() is None:
                try:
                    asker.send(question)
                    if asker.recv(4096)[3] & 15 == 0:
                        return
                except OSError:
                    pass
                time.sleep(0.02)
        raise RuntimeError(f"{self.process.args[0]} does not answer: {self.log.read_text(errors='replace')[-2000:]}")

    def stop(self):
        """Ends it."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(LIMIT)


def started(start):
    """Starts a daemon on a free port; on another if somebody was faster."""
    for left in (4, 3, 2, 1, 0):
        try:
            return start(free_port())
        except RuntimeError:
            if left == 0:
                raise


def start_knot(programs, folder):
    """knot, with the zones."""
    folder.mkdir()
    for name, text in ZONES.items():
        (folder / f"{name}.zone").write_text(f"$ORIGIN {name}.\n{text}")
    zones = "".join(f"  - domain: {name}\n    file: {name}.zone\n" for name in ZONES)

    def start(port):
        return Daemon([programs / "knotd"], f"""
server:
  rundir: "{folder}"
  listen: [127.0.0.1@{port}]
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: "{folder}"
log:
  - target: stderr
    any: info
template:
  - id: default
    storage: "{folder}"
    zonefile-sync: -1
    journal-content: none
zone:
{zones}""", folder, port, "node.example")
    return started(start)


def start_unbound(programs, folder, knot):
    """unbound, which knows of nothing but those zones."""
    folder.mkdir()
    address = knot.server.replace(":", "@")
    stubs = "".join(f'stub-zone:\n  name: "{name}."\n  stub-addr: {address}\n' for name in ZONES)

    def start(port):
        return Daemon([programs / "unbound", "-d"], f"""
server:
  verbosity: 1
  use-syslog: no
  logfile: ""
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  port: {port}
  interface: 127.0.0.1
  num-threads: 1
  do-not-query-localhost: no
  unblock-lan-zones: yes
  insecure-lan-zones: yes
  module-config: "iterator"
  outgoing-range: 64
  num-queries-per-thread: 1024
{stubs}
forward-zone:
  name: "."
  forward-addr: {address}
""", folder, port, "node.example")
    return started(start)


class Servers(DnsCase):
    @classmethod
    def setUpClass(cls):
        done = subprocess.run([ROOT / "deps/unpack"], capture_output=True, text=True, timeout=200, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"the servers are not there: {done.stderr}")
        programs = Path(done.stdout.strip())
        folder = tempfile.TemporaryDirectory(prefix="node-dns-")
        cls.addClassCleanup(folder.cleanup)
        cls.knot = start_knot(programs, Path(folder.name, "knot"))
        cls.addClassCleanup(cls.knot.stop)
        cls.unbound = start_unbound(programs, Path(folder.name, "unbound"), cls.knot)
        cls.addClassCleanup(cls.unbound.stop)

    def check(self, server, **options):
        """Everything, asked of one server at once."""
        found = self.ask(*BOTH, *SETS, options={"servers": [server], **options})
        for question, (first, ttl, canonical) in BOTH.items():
            with self.subTest(question):
                answer = found[question]
                self.assertEqual(answer.first, first, answer)
                if ttl is not None:
                    self.assertIn(answer.values[1], range(ttl - 60, ttl + 1))
                if canonical is not None:
                    self.assertEqual(answer.values[2], canonical)
        for question, values in SETS.items():
            with self.subTest(question):
                self.assertEqual(sorted(map(str, found[question].first)), sorted(map(str, values)), found[question])

    def test_knot(self):
        self.check(self.knot.server)

    def test_unbound(self):
        self.check(self.unbound.server)

    def test_over_tcp_alone(self):
        self.check(self.knot.server, tcp=True)
        self.check(self.unbound.server, tcp=True)

    def test_without_edns(self):
        self.check(self.unbound.server, udpSize=0)

    def test_aliases_in_a_circle(self):
        for server in (self.knot.server, self.unbound.server):
            with self.subTest(server):
                answer = self.one("loop1.node.example", options={"servers": [server], "timeout": 1000, "attempts": 1})
                self.assertIn(answer.first, (-1, -2), answer)

    def test_a_referral_is_no_answer(self):
        for name in ("child2.node.example", "x.child2.node.example"):
            answer = self.one(name, options={"servers": [self.knot.server], "timeout": 500, "attempts": 1})
            self.assertEqual(answer.first, TEMPFAIL, answer)

    def test_what_a_server_will_not_answer(self):
        answer = self.one("www.elsewhere.example", options={"servers": [self.knot.server], "attempts": 1})
        self.assertEqual(answer.first, TEMPFAIL)
        self.assertIn("REFUSED", answer.message)

    def test_hundreds_at_once(self):
        names = [f"n{i}.wild.node.example" for i in range(600)]
        found = self.ask(*names, options={"servers": [self.unbound.server]})
        self.assertEqual({str(found[name].first) for name in names}, {"['192.0.2.50']"})

    def test_connecting_by_name(self):
        done = self.run_node("-e", """
          var server = node.tcp.createServer(function (socket) { socket.fullClose(); server.close(); });
          server.listen(0, "127.0.0.1");
          var client = node.tcp.createConnection(server.port, "web");
          client.addListener("connect", function () { puts(client.remoteAddress); client.close(); });
          client.addListener("disconnect", function (failed) { puts(failed + " " + (client.error || "")); });""",
                             NAMESERVERS="127.0.0.1", LOCALDOMAIN="child.node.example node.example",
                             RES_OPTIONS="port:" + self.unbound.server.split(":")[1])
        self.assertEqual(done.out, "127.0.0.1\nfalse \n", done)


if __name__ == "__main__":
    unittest.main()
