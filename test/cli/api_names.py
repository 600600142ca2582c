"""The public names: those of the running program (api_names.js), and what it cannot tell by itself.

A name is written as node.fs.open, setTimeout; node.fs.File#read of the objects of a class; node.fs.File: error for an
event that they emit.
"""
import json
import re
import subprocess
from collections import namedtuple

from harness import LIMIT, NODE, ROOT

# kind: function, class, constant, field, namespace, event; parents: {class: the one that it inherits from}; aliases:
# {name: the name under which it is described}.
Names = namedtuple("Names", "kinds parents aliases")

# Of the body of each module.
LOCALS = {"require": "function", "include": "function", "exports": "field", "__filename": "field", "onLoad": "function",
          "onExit": "function"}
# Of their objects; made by a constructor, so no prototype has them.
FIELDS = {
    "node.fs.File": "fd encoding",
    "node.fs.Watcher": "path",
    "node.tcp.Connection": "server error",
    "node.http.Connection": "server",
    "node.http.ServerRequest": "method httpVersion statusCode",
    "node.http.ClientRequest": "method client connection",
    "node.http.ClientResponse": "statusCode httpVersion client connection uri method",
    "node.http.Client": "port host",
}
EVENTS = {
    "node.Promise": "success error",
    "node.Timer": "timeout",
    "node.fs.File": "error",
    "node.fs.Watcher": "change close",
    "node.Process": "output error drain exit",
    "node.tcp.Connection": "connect receive eof drain timeout disconnect",
    "node.tcp.Server": "connection close drained",
    "node.http.Server": "request connection upgrade close drained",
    "node.http.Connection": "eof disconnect message_begin uri header_field header_value headers_complete body message_complete",
    "node.http.ServerRequest": "body complete",
    "node.http.ServerResponse": "drain flush sent close",
    "node.http.Client": "connect disconnect error",
    "node.http.ClientRequest": "response error drain flush sent",
    "node.http.ClientResponse": "body complete error",
}
# So many and so plain that a table does: {whose: what}. The first is described as node.fs.Stats#size, the second, of
# objects without a class to name, as uri.path.
TABLES = {
    "node.fs.Stats#": "dev ino mode nlink uid gid rdev size blksize blocks atime mtime ctime",
    "uri.": "source protocol authority userInfo user password host port relative path directory file query params anchor",
}
# Functions that need no example.
NO_EXAMPLE = {
    "node.http.Connection#send": "always throws",
    "node.http.Client#send": "always throws",
}
# Classes that scripts make objects of; the others need no example of their own.
CONSTRUCTORS = ["node.EventEmitter", "node.Promise", "node.Timer", "node.fs.File", "node.Process", "node.tcp.Connection",
                "node.dns.Resolver"]
# Variables of the environment, which a heading may say as well.
ENVIRONMENT = ["NODE_DEBUG", "NODE_PATH", "NAMESERVERS", "NSCACHEIP", "LOCALDOMAIN", "RES_OPTIONS"]
# Objects of which a heading may say a method by their name.
OBJECTS = {"stdin": "node.fs.File", "stdout": "node.fs.File", "stderr": "node.fs.File"}


def running(node=NODE):
    """The Names of the running program."""
    done = subprocess.run([node, ROOT / "test/cli/api_names.js"], capture_output=True, text=True, timeout=LIMIT, check=True)
    told = json.loads(done.stdout)
    kinds = {**told["names"], **LOCALS}
    for name, fields in FIELDS.items():
        kinds.update({f"{name}#{field}": "field" for field in fields.split()})
    for name, events in EVENTS.items():
        kinds.update({f"{name}: {event}": "event" for event in events.split()})
    for owner, fields in TABLES.items():
        kinds.update({owner + field: "field" for field in fields.split()})
    aliases = dict(told["aliases"])
    for name in kinds:
        # node.dns has all that its Resolvers have.
        twin = name.replace("node.dns.Resolver#", "node.dns.")
        if twin != name and twin in kinds:
            aliases[name] = twin
    return Names(kinds, told["parents"], aliases)


def split_heading(title):
    """The names that a heading of level 3 gives, without their parameters; none for one of several words."""
    plain = title.strip()
    while re.search(r"\([^()]*\)", plain):
        plain = re.sub(r"\([^()]*\)", "", plain)
    names = []
    for part in plain.split(","):
        match = re.fullmatch(r"(?:new )?([A-Za-z_$][\w$]*(?:\.[\w$]+)*)", part.strip())
        event = re.fullmatch(r"Event: ?([\w$]+)", part.strip())
        if not match and not event:
            return []
        names.append(": " + event.group(1) if event else match.group(1))
    return names


def class_of(section):
    """The class that a heading of level 2 above a section names, or that it is itself."""
    while section is not None:
        match = re.fullmatch(r"Class: ([\w.]+)", section.title)
        if match and section.level == 2:
            return match.group(1)
        section = section.parent
    return None


def resolve(names, section, word):
    """The public name that `word` (of split_heading) means in a heading; None when there is no such."""
    if word in names.kinds or word in names.aliases:
        return word
    owner = class_of(section)
    first, _, rest = word.partition(".")
    if first in OBJECTS and rest:
        owner = OBJECTS[first]
    if owner is None or not (rest or word.startswith(": ")):
        return None
    suffix = word if word.startswith(": ") else f"#{rest}"
    if owner == "node.dns.Resolver" and f"node.dns.{rest}" in names.kinds:
        return f"node.dns.{rest}"
    while owner is not None:
        if owner + suffix in names.kinds:
            return owner + suffix
        owner = names.parents.get(owner)
    return None


class Coverage:
    """What the pages describe of `names`. `places`: {name: [Page]}; `problems`: headings of what does not exist."""

    def __init__(self, names, pages):
        self.names = names
        self.pages = pages
        self.places = {}
        self.problems = []
        for page in pages:
            for section in page.sections:
                self._read(page, section)

    def _read(self, page, section):
        if section.level == 2 and section.title.startswith("Class:"):
            name = class_of(section)
            if self.names.kinds.get(name) == "class":
                self._note(name, page)
            else:
                self.problems.append(f"{page.name}:{section.line}: there is no class {section.title[6:].strip()}")
        if section.level != 3:
            return
        for word in split_heading(section.title):
            if word in ENVIRONMENT:
                continue
            name = resolve(self.names, section, word)
            if name is None:
                what = word.replace(": ", "event ") if word.startswith(": ") else word
                owner = f" of {class_of(section)}" if class_of(section) else ""
                self.problems.append(f"{page.name}:{section.line}: there is no {what}{owner}")
            else:
                self._note(name, page)

    def _note(self, name, page):
        name = self.names.aliases.get(name, name)
        if page not in self.places.setdefault(name, []):
            self.places[name].append(page)

    def _mentioned(self, name):
        """The pages that mention a name of which there are many, where it belongs."""
        last = re.split(r"[.#]", name)[-1]
        word = re.compile(rf"(?<![\w$]){re.escape(last)}(?![\w$])")
        for page in self.pages:
            if any(page in pages for other, pages in self.places.items() if is_akin(name, other, self.names.kinds)):
                if any(word.search(section.text) for section in page.sections):
                    yield page

    def missing(self):
        """{name: why}, in the order of `names`, of what is not described, or has no example."""
        lacking = {}
        for name in self.names.kinds:
            name = self.names.aliases.get(name, name)
            kind = self.names.kinds[name]
            if kind == "namespace" or name in lacking:
                continue
            places = self.places.get(name) or list(self._mentioned(name))
            if not places:
                lacking[name] = "no heading"
            elif needs_example(name, kind) and not any(uses(b.code, name, kind) for page in places for b in page.blocks):
                lacking[name] = f"no example in {', '.join(page.name for page in places)}"
        return lacking


def is_akin(name, other, kinds):
    """Whether a name may be told in a table of a page that has a heading for `other`."""
    if name.startswith("node.fs.Stats#"):
        return other == "node.fs.Stats"
    if name.startswith("uri."):
        return other == "node.http.parseUri"
    return kinds.get(name) == kinds.get(other) == "constant" and family(name) == family(other)


def family(name):
    """What constants of one kind have in common."""
    found = re.search(r"^node\.(dns\.|SIG|E|O_|S_)|(_FILENO)$", name)
    return found.group(1) or found.group(2) if found else ""


def needs_example(name, kind):
    """Whether a page must show how it is used."""
    if kind == "class":
        return name in CONSTRUCTORS
    return kind in ("function", "event") and name not in NO_EXAMPLE


def uses(code, name, kind):
    """Whether a program uses a name: a property by its last part, an event as a string."""
    code = re.sub(r"(^|\s)//.*", "", code)
    last = re.escape(re.split(r"[.#:] ?", name)[-1])
    if name == "node.Promise#then" and re.search(r"\bawait\b", code):
        return True
    if kind == "event":
        return re.search(rf"""(["'`]){last}\1""", code) is not None
    if re.search(r"[.#]", name):
        return re.search(rf"\.{last}(?![\w$])|[{{,]\s*{last}\s*[,}}:]", code) is not None
    return re.search(rf"(?<![\w$.]){last}(?![\w$])", code) is not None


def page_of(name):
    """The page on which a name is expected; for what is said when it is missing."""
    for pattern, page in EXPECTED:
        if re.match(pattern, name):
            return page
    return "program.md"


EXPECTED = [
    (r"node\.(EventEmitter|Promise|inherits)\b", "events.md"),
    (r"(set|clear)(Timeout|Interval)|node\.Timer", "timers.md"),
    (r"console", "console.md"),
    (r"require|include|exports|__filename|onLoad|onExit|node\.(compile|Module|path)\b", "modules.md"),
    (r"std(in|out|err)$|node\.fs\.File", "file.md"),
    (r"node\.fs|node\.(O_|S_)|node\.(ASCII|UTF8|RAW|BYTES|cat)$|node\.\w+_FILENO$", "fs.md"),
    (r"node\.(createProcess|Process)", "process.md"),
    (r"node\.tcp", "tcp.md"),
    (r"node\.http\.(Client|createClient|cat)", "http-client.md"),
    (r"uri\.|node\.http\.parseUri", "uri.md"),
    (r"node\.http", "http.md"),
    (r"node\.dns", "dns.md"),
]
