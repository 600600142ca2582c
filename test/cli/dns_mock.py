"""A name server that behaves as the names it is asked for say: over UDP and TCP, on a port of loopback.

The first label of a name that is a key of BEHAVIOURS decides; digits behind it are handed over ("chain17"), other
labels only make names distinct. What the zone given to Mock() has comes before that, and all else is NXDOMAIN. Every
query is noted in Mock.queries.
"""
import contextlib
import random
import re
import socket
import struct
import threading
import time

GOOD, GOOD6 = "192.0.2.1", "2001:db8::1"  # what honest answers say
BAD = "192.0.2.66"                        # what must never be believed
TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "OPT": 41,
         "CAA": 257}
QR, TC, RD, RA = 0x8000, 0x0200, 0x0100, 0x0080
FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = 1, 2, 3, 4, 5
QUESTION = b"\xc0\x0c"  # a pointer to the name in the question
FOREVER = 3600


def name(text):
    """A name as bytes, uncompressed; bytes are taken as they are."""
    if isinstance(text, bytes):
        return text
    return b"".join(bytes([len(label)]) + label.encode("latin-1") for label in text.split(".") if label) + b"\0"


def record(owner, kind, data, ttl=60, length=None, cls=1):
    """A resource record; `length` is its RDLENGTH if that is to be a lie."""
    return name(owner) + struct.pack(">HHIH", TYPES.get(kind, kind), cls, ttl, len(data) if length is None else length) + data


def a(owner, address=GOOD, ttl=60):
    return record(owner, "A", socket.inet_aton(address), ttl)


def cname(owner, target, ttl=60):
    return record(owner, "CNAME", name(target), ttl)


def soa(zone, ttl=60, minimum=60):
    return record(zone, "SOA", name("ns." + zone) + name("hostmaster." + zone) + struct.pack(">5I", 1, 2, 3, 4, minimum), ttl)


def strings(*texts):
    """The data of a TXT record."""
    return b"".join(bytes([len(t)]) + (t if isinstance(t, bytes) else t.encode()) for t in texts)


# Text or values to the data of a record.
DATA = {
    "A": socket.inet_aton,
    "AAAA": lambda text: socket.inet_pton(socket.AF_INET6, text),
    "NS": name,
    "CNAME": name,
    "PTR": name,
    "MX": lambda value: struct.pack(">H", value[0]) + name(value[1]),
    "TXT": lambda value: strings(*value),
    "SRV": lambda value: struct.pack(">3H", *value[:3]) + name(value[3]),
    "SOA": lambda value: name(value[0]) + name(value[1]) + struct.pack(">5I", *value[2:]),
    "CAA": lambda value: bytes([value[0], len(value[1])]) + value[1].encode() + value[2].encode(),
}


class Query:
    """One question as it came in, and the way back."""

    def __init__(self, mock, raw, over_tcp, client, reply):
        self.mock, self.raw, self.over_tcp, self.client, self.reply = mock, raw, over_tcp, client, reply
        self.at = time.monotonic()
        self.id, self.flags, questions, _, _, additional = struct.unpack(">6H", raw[:12])
        if questions != 1:
            raise ValueError("not one question")
        labels, at = [], 12
        while raw[at]:
            labels.append(raw[at + 1:at + 1 + raw[at]].decode("latin-1"))
            at += 1 + raw[at]
        self.name = ".".join(labels)  # as it was sent
        self.key = self.name.lower()
        self.type, self.cls = struct.unpack(">HH", raw[at + 1:at + 5])
        self.question = raw[12:at + 5]
        rest = raw[at + 5:]
        self.edns = None  # the size offered
        if additional and rest[:3] == b"\0\0\x29":
            self.edns = struct.unpack(">H", rest[3:5])[0]

    def message(self, answers=(), authority=(), additional=(), rcode=0, flags=QR | RD | RA, counts=None, **other):
        """An answer. `id`, `question`, `questions` and `counts` (of the three sections) may differ from what is true."""
        sections = [list(answers), list(authority), list(additional)]
        counts = counts or [len(section) for section in sections]
        head = struct.pack(">6H", other.get("id", self.id), flags | rcode, other.get("questions", 1), *counts)
        return head + other.get("question", self.question) + b"".join(sum(sections, []))

    def good(self, **other):
        """The honest answer."""
        if self.type == TYPES["A"]:
            return self.message([a(QUESTION)], **other)
        if self.type == TYPES["AAAA"]:
            return self.message([record(QUESTION, "AAAA", socket.inet_pton(socket.AF_INET6, GOOD6))], **other)
        return self.message(authority=[soa("test")], **other)

    def bad(self, **other):
        """A forged one."""
        return self.message([a(QUESTION, BAD)], **other)

    def send(self, data):
        """Sends a message back."""
        with contextlib.suppress(OSError):  # the client may be gone
            self.reply(struct.pack(">H", len(data)) + data if self.over_tcp else data)

    def send_bytes(self, data):
        """Sends bytes over TCP, without a length before them."""
        with contextlib.suppress(OSError):
            self.reply(data)

    def send_later(self, seconds, data):
        """Sends a message after a while."""
        self.mock.later(seconds, lambda: self.send(data))


BEHAVIOURS = {}


def behaviour(function):
    """A function of a query and the number behind its label: gives a message to send, or sends what it likes itself."""
    BEHAVIOURS[function.__name__.rstrip("_")] = function
    return function


def forged(function):
    """One that makes a message which must be dropped. With a label "then" in the name the honest answer follows it."""
    def send(query, number):
        message = function(query, number)
        if message is not None:
            query.send(message)
        if ".then." in query.key:
            query.send_later(0.02, query.good())
    BEHAVIOURS[function.__name__.rstrip("_")] = send
    return function


def truncated(function):
    """One whose answer over UDP is truncated: the function is asked over TCP alone."""
    def send(query, number):
        return function(query, number) if query.over_tcp else query.message(flags=QR | RD | RA | TC)
    BEHAVIOURS[function.__name__.rstrip("_")] = send
    return function


# --- Honest ---

@behaviour
def good(query, _):
    return query.good()


@behaviour
def slow(query, number):
    query.send_later((number or 100) / 1000, query.good())


@behaviour
def second(query, _):
    """Hears nothing the first time."""
    return query.good() if len(query.mock.asked(query.key)) > 1 else None


@behaviour
def twice(query, _):
    query.send(query.good())
    query.send(query.bad())


@behaviour
def ttl(query, number):
    return query.message([a(QUESTION, ttl=number)])


@behaviour
def chain(query, number):
    """So many aliases, then an address."""
    names = [QUESTION] + [f"alias{i}.test" for i in range(1, number + 1)]
    links = [cname(names[i], names[i + 1], ttl=100 - i) for i in range(number)]
    return query.message([*links, a(names[-1], ttl=100)])


@behaviour
def shuffled(query, _):
    """The links of the chain in another order than they are followed."""
    return query.message([a("alias2.test"), cname("alias1.test", "alias2.test"), cname(QUESTION, "alias1.test")])


@behaviour
def open_(query, _):
    """An alias and nothing of where it leads."""
    return query.message([cname(QUESTION, "end.good.test", ttl=7)])


@behaviour
def nx(query, number):
    return query.message(authority=[soa("test", minimum=number or 60)], rcode=NXDOMAIN)


@behaviour
def nodata(query, number):
    return query.message(authority=[soa("test", minimum=number or 60)])


@behaviour
def nosoa(query, _):
    return query.message(rcode=NXDOMAIN)


@behaviour
def nxfar(query, _):
    """The SOA is of a zone that does not have the name."""
    return query.message(authority=[soa("far.example")], rcode=NXDOMAIN)


@behaviour
def nxalias(query, _):
    return query.message([cname(QUESTION, "nothing.test")], [soa("test")], rcode=NXDOMAIN)


@behaviour
def odd(query, _):
    """A canonical name with bytes that need escapes."""
    target = b"\x04a.\\\0\x01\xff\x04test\0"
    return query.message([cname(QUESTION, target), a(target)])


@behaviour
def records(query, number):
    """So many records in all, of which one is the answer; over TCP, as they do not fit."""
    if not query.over_tcp:
        return query.message(flags=QR | RD | RA | TC)
    return query.message([a(QUESTION)] + [record("", 65280, b"")] * (number - 1))


@truncated
def thousand(query, number):
    """So many addresses."""
    return query.message([a(QUESTION, f"10.0.{i >> 8}.{i & 255}") for i in range(number)])


@behaviour
def huge(query, number):
    """As many addresses in one datagram, whatever the query offers."""
    return query.message([a(QUESTION, f"10.0.{i >> 8}.{i & 255}") for i in range(number)])


# --- Of limited skill ---

@behaviour
def case(query, _):
    """Loses the case of the question."""
    lower = query.question[:-4].lower() + query.question[-4:]
    return query.good(question=lower)


@behaviour
def noedns(query, _):
    return query.good() if query.edns is None else query.message(rcode=FORMERR)


@behaviour
def servfail(query, _):
    return query.message(rcode=SERVFAIL)


@behaviour
def refused(query, _):
    return query.message(rcode=REFUSED)


@behaviour
def notimp(query, _):
    return query.message(rcode=NOTIMP)


@behaviour
def formerr(query, _):
    return query.message(rcode=FORMERR)


@behaviour
def rcode(query, number):
    """Any 12 bits, the upper ones in OPT."""
    return query.message(additional=[record("", "OPT", b"", ttl=number >> 4 << 24, cls=1232)], rcode=number & 15)


@behaviour
def silent(query, _):
    return None


@behaviour
def late(query, number):
    query.send_later(number / 1000, query.good())


# --- Answers that are not ours: to be dropped ---

@forged
def wrongid(query, _):
    return query.bad(id=query.id ^ 1)


@forged
def wrongport(query, _):
    query.mock.send_from("127.0.0.1", 0, query, query.bad())


@forged
def wrongaddress(query, _):
    query.mock.send_from("127.0.0.99", query.mock.port, query, query.bad())


@forged
def qr(query, _):
    return query.bad(flags=RD | RA)


@forged
def opcode(query, _):
    return query.bad(flags=QR | 2 << 11 | RD | RA)


@forged
def otherquestion(query, _):
    return query.bad(question=name("other.test") + query.question[-4:])


@forged
def othertype(query, _):
    return query.bad(question=query.question[:-4] + b"\0\x10\0\1")


@forged
def otherclass(query, _):
    return query.bad(question=query.question[:-2] + b"\0\3")


@forged
def noquestion(query, _):
    return query.message([a("x.test", BAD)], question=b"", questions=0)


@forged
def twoquestions(query, _):
    return query.bad(question=query.question * 2, questions=2)


@forged
def garbage(query, number):
    return random.Random(number).randbytes(100)


@forged
def garbageid(query, _):
    """The right id in front of garbage."""
    return query.message()[:4] + random.Random(1).randbytes(96)


@forged
def bytes_(query, number):
    """The first bytes of the honest answer."""
    return query.good()[:number]


@forged
def echo(query, _):
    """The query itself."""
    return query.raw


@forged
def flood(query, number):
    """Guesses of the id, as many as a fast attacker gets in."""
    for i in range(1, number):
        query.send(query.bad(id=query.id ^ i))
    return query.bad(id=query.id ^ number)


# --- Broken answers: the server's failure ---

def broken_owner(query, owner):
    """An answer whose first record's owner is these bytes."""
    return query.message([record(owner, "A", socket.inet_aton(BAD)), a(QUESTION, BAD)])


def here(query, distance=0):
    """A pointer to the place of the first record's owner, or so many bytes behind it."""
    return struct.pack(">H", 0xc000 | 12 + len(query.question) + distance)


@behaviour
def loop(query, _):
    return broken_owner(query, here(query))


@behaviour
def looplong(query, _):
    """A pointer back to the labels in front of it."""
    return broken_owner(query, b"\1a" + here(query))


@behaviour
def pingpong(query, _):
    """Two pointers to one another."""
    return query.message([record(here(query, 12), "A", b""), record(here(query), "A", b"")])


@behaviour
def forward(query, _):
    return query.message([record(here(query, 16), "A", socket.inet_aton(BAD)), a(query.name, BAD)])


@behaviour
def pastend(query, _):
    return broken_owner(query, b"\xff\xff")


@behaviour
def longname(query, _):
    return broken_owner(query, (b"\x3f" + b"x" * 63) * 5 + b"\0")


@behaviour
def labeltype(query, number):
    return broken_owner(query, bytes([number]) + b"x" * 63 + b"\0")


@behaviour
def cut(query, number):
    """Without its last bytes."""
    return query.bad()[:-number]


@behaviour
def counts(query, number):
    return query.message([a(QUESTION, BAD)], counts=[number, 0, 0])


@behaviour
def rdlength(query, number):
    return query.message([record(QUESTION, "A", socket.inet_aton(BAD), length=number)])


@behaviour
def address(query, number):
    """So many bytes as an IPv4 address."""
    return query.message([record(QUESTION, "A", b"\1" * number)])


@behaviour
def aliaslong(query, _):
    """The name in the record does not end where the record does."""
    return query.message([record(QUESTION, "CNAME", b"\4test\0", length=3), a("test", BAD)])


@behaviour
def aliasshort(query, _):
    return query.message([record(QUESTION, "CNAME", b"\4test\0junk"), a("test", BAD)])


@behaviour
def cnameloop(query, _):
    return query.message([cname(QUESTION, "b.cnameloop.test"), cname("b.cnameloop.test", query.name), a("c.test", BAD)])


@behaviour
def cnameself(query, _):
    return query.message([cname(QUESTION, query.name)])


@behaviour
def endless(query, number):
    """One alias after another, each to be asked for."""
    return query.message([cname(QUESTION, f"endless{number + 1}.test")])


@behaviour
def optbroken(query, _):
    return query.message([a(QUESTION, BAD)], additional=[record("", "OPT", b"", length=9)])


# --- Lies that must not be believed ---

@behaviour
def otherowner(query, _):
    return query.message([a("victim.good.test", BAD)])


@behaviour
def bailiwick(query, _):
    """The answer, and more that nobody has asked for."""
    more = [a("victim.good.test", BAD), record("victim.good.test", "NS", name("ns.evil.test"))]
    return query.message([a(QUESTION), *more], more, more)


@behaviour
def crossed(query, _):
    """An alias to a name of somebody else's, and an address for that."""
    return query.message([cname(QUESTION, "crossed-victim.good.test"), a("crossed-victim.good.test", BAD)])


# --- TCP ---

@truncated
def tc(query, _):
    return query.good()


@behaviour
def tcdata(query, _):
    """What fits is sent besides, up to the middle of a record."""
    return query.good() if query.over_tcp else query.bad(flags=QR | RD | RA | TC)[:-3]


@truncated
def tctc(query, _):
    return query.good(flags=QR | RD | RA | TC)


@truncated
def tcclose(query, _):
    query.mock.hang_up(query)


@truncated
def tcsilent(query, _):
    return None


@truncated
def tcpart(query, _):
    """Half an answer, then the end."""
    query.send_bytes(b"\0\x64" + query.good()[:20])
    query.mock.hang_up(query)


@truncated
def tczero(query, _):
    """A message of no bytes, then the true one."""
    query.send_bytes(b"\0\0")
    return query.good()


@truncated
def tcgarbage(query, _):
    return random.Random(2).randbytes(100)


@truncated
def tcbroken(query, _):
    return broken_owner(query, here(query))


@truncated
def split(query, _):
    """Byte by byte."""
    message = query.good()
    for byte in struct.pack(">H", len(message)) + message:
        query.send_bytes(bytes([byte]))
        time.sleep(0.001)


@truncated
def drip(query, _):
    """A byte now and then, without an end."""
    query.send_bytes(b"\xff\xff" + query.good()[:12])
    while not query.mock.closing.wait(0.05):
        try:
            query.reply(b"x")
        except OSError:
            return


def find(key):
    """(behaviour, number) of a name, in lower case."""
    for label in key.split("."):
        match = re.fullmatch(r"([a-z]+)(\d*)", label)
        if match and match.group(1) in BEHAVIOURS:
            return BEHAVIOURS[match.group(1)], int(match.group(2) or 0)
    return None


class Mock:
    """A server that runs until close(). `zone`: {name in lower case: {type: [values, see DATA]}}."""

    def __init__(self, zone=None, host="127.0.0.1", port=0, tcp=True, everything=None):
        self.zone, self.host, self.everything = zone or {}, host, everything
        self.queries = []
        self.connections = 0
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self.open = set()
        self.family = socket.AF_INET6 if ":" in host else socket.AF_INET
        for _ in range(50):  # until a port is free for both
            self.udp = socket.socket(self.family, socket.SOCK_DGRAM)
            self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
            self.udp.bind((host, port))
            self.port = self.udp.getsockname()[1]
            self.tcp = socket.socket(self.family, socket.SOCK_STREAM)
            self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                self.tcp.bind((host, self.port))
                break
            except OSError:
                self.udp.close()
                self.tcp.close()
        if tcp:
            self.tcp.listen(128)
            threading.Thread(target=self._accept, daemon=True).start()
        threading.Thread(target=self._receive, daemon=True).start()

    @property
    def server(self):
        """As node.dns.servers wants it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def asked(self, key, kind=None):
        """The queries for a name (in lower case), of a type or of any."""
        with self.lock:
            return [q for q in self.queries if q.key == key and (kind is None or q.type == TYPES[kind])]

    def later(self, seconds, call):
        """Calls it after a while, unless closed."""
        def wait():
            if not self.closing.wait(seconds):
                call()
        threading.Thread(target=wait, daemon=True).start()

    def send_from(self, host, port, query, data):
        """Sends a datagram to the asker from another place."""
        if query.over_tcp:
            return
        with socket.socket(self.family, socket.SOCK_DGRAM) as other:
            other.bind((host, port))
            with contextlib.suppress(OSError):
                other.sendto(data, query.client)

    def hang_up(self, query):
        """Closes the connection of a query over TCP, in both directions."""
        with contextlib.suppress(OSError):
            query.connection.shutdown(socket.SHUT_RDWR)

    def close(self):
        """Ends it, and what is open."""
        self.closing.set()
        with self.lock:
            sockets = [self.tcp, *self.open]
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        # Closing does not wake who waits to receive.
        with socket.socket(self.family, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", (self.host, self.port))
        self.tcp.close()

    def _answer(self, raw, over_tcp, client, reply, connection=None):
        try:
            query = Query(self, raw, over_tcp, client, reply)
        except (ValueError, IndexError, struct.error):
            return  # an answer that was refused, or nonsense
        if query.flags & QR:
            return
        query.connection = connection
        with self.lock:
            self.queries.append(query)
        answer = self._decide(query)
        if answer is not None:
            query.send(answer)

    def _decide(self, query):
        kinds = self.zone.get(query.key)
        if kinds is not None:
            found = [(kind, values) for kind, values in kinds.items() if TYPES.get(kind) in (query.type, TYPES["CNAME"])]
            answers = [record(QUESTION, kind, DATA[kind](value), kinds.get("ttl", 60)) for kind, values in found for value in values]
            return query.message(answers, [] if answers else [soa("test")])
        if self.everything is not None:
            return self.everything(query, 0)
        chosen = find(query.key)
        return chosen[0](query, chosen[1]) if chosen else nx(query, 60)

    def _receive(self):
        with self.udp:
            while True:
                raw, client = self.udp.recvfrom(65535)
                if self.closing.is_set():
                    return
                self._answer(raw, False, client, lambda data, client=client: self.udp.sendto(data, client))

    def _accept(self):
        while True:
            try:
                connection, client = self.tcp.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                self.open.add(connection)
            threading.Thread(target=self._converse, args=(connection, client), daemon=True).start()

    def _converse(self, connection, client):
        """Takes queries from a connection; each is answered when it wants, so later ones may overtake it."""
        with connection:
            while True:
                head = _read(connection, 2)
                raw = _read(connection, struct.unpack(">H", head)[0]) if head else b""
                if not raw:
                    break
                threading.Thread(target=self._answer, args=(raw, True, client, connection.sendall, connection),
                                 daemon=True).start()
            with self.lock:
                self.open.discard(connection)


def _read(connection, count):
    """So many bytes; none at the end."""
    data = b""
    while len(data) < count:
        try:
            part = connection.recv(count - len(data))
        except OSError:
            return b""
        if not part:
            return b""
        data += part
    return data
