"""Reads the pages of doc/api and runs the programs in them. How pages are written: doc/api/README.md, "For authors"."""
import itertools
import os
import random
import re
import signal
import socket
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from harness import NODE, ROOT

FOLDER = ROOT / "doc/api"
# In the order of the index.
PAGES = ["program.md", "events.md", "timers.md", "console.md", "modules.md", "fs.md", "file.md", "process.md", "tcp.md", "http.md",
         "http-client.md", "uri.md", "dns.md"]
LIMIT = 30  # seconds for one program
PORT = re.compile(r"(?<![\w.])800[0-9](?!\w)")
FENCE = re.compile(r"( *)(```+)\s*(.*)$")


@dataclass
class Section:
    """What stands under one heading, to the next one of whatever level."""
    level: int
    title: str
    line: int
    parent: object = None  # the Section of a lower level that it belongs to
    text: str = ""


@dataclass
class Block:
    """A program: a block ```js of a page, with the files that it needs and what it prints."""
    page: str
    line: int
    code: str
    section: Section
    exit: int = 0
    files: dict = field(default_factory=dict)
    output: object = None  # text, or None: not told
    untyped: bool = False  # node.d.ts cannot know what it does

    @property
    def place(self):
        """As page:line."""
        return f"{self.page}:{self.line}"


class Page:
    """A page: its sections and programs. `problems`: what is wrong with its form, as page:line: words."""

    def __init__(self, path):
        self.path = Path(path)
        self.name = self.path.name
        self.sections = [Section(0, "", 1)]
        self.blocks = []
        self.problems = []
        self._files = {}
        self._last = None  # the program that a block of text right behind it belongs to
        self._read(self.path.read_text(encoding="utf-8").split("\n"))
        if self._files:
            self.problems.append(f"{self.name}: no program follows the files {', '.join(self._files)}")

    def _read(self, lines):
        at = 0
        while at < len(lines):
            line = lines[at]
            fence = FENCE.match(line)
            if fence:
                at = self._fenced(lines, at, fence)
                continue
            heading = re.match(r"(#{1,6}) +(.*?) *$", line)
            if heading:
                self._head(len(heading.group(1)), heading.group(2), at + 1)
            if line.strip():
                self._last = None
            self.sections[-1].text += line + "\n"
            at += 1

    def _head(self, level, title, line):
        parent = next((s for s in reversed(self.sections) if s.level < level), None)
        self.sections.append(Section(level, title, line, parent))

    def _fenced(self, lines, at, fence):
        """Reads the block that begins at lines[at]; gives where it ends."""
        indent, ticks, info = len(fence.group(1)), fence.group(2), fence.group(3).split()
        end = at + 1
        while end < len(lines) and lines[end].strip() != ticks:
            end += 1
        if end == len(lines):
            self.problems.append(f"{self.name}:{at + 1}: the block has no end")
        text = "".join(line[min(indent, len(line) - len(line.lstrip())):] + "\n" for line in lines[at + 1:end])
        if info[:1] == ["js"]:
            self._program(at + 1, text, info[1:])
        elif info == ["text"] and self._last is not None:
            self._last.output = text
            self._last = None
        else:
            self._last = None
        return end + 1

    def _program(self, line, code, words):
        block = Block(self.name, line, code, self.sections[-1])
        name = None
        for word in words:
            key, _, value = word.partition("=")
            if key == "exit" and value.isdecimal():
                block.exit = int(value)
            elif key == "file" and re.fullmatch(r"[\w.-]+(/[\w.-]+)*", value) and ".." not in value.split("/"):
                name = value
            elif word == "untyped":
                block.untyped = True
            else:
                self.problems.append(f"{self.name}:{line}: {word!r} is none of exit=NUMBER, file=NAME and untyped")
        if name is not None:
            self._files[name] = code
            self._last = None
            return
        block.files, self._files = self._files, {}
        self.blocks.append(block)
        self._last = block

    def anchors(self):
        """Those of its headings, as GitHub makes them."""
        made = {}
        for section in self.sections[1:]:
            slug = re.sub(r"[^\w\- ]", "", section.title.lower()).replace(" ", "-")
            count = made[slug] = made.get(slug, -1) + 1
            yield f"{slug}-{count}" if count else slug

    def links(self):
        """(line, target) of the links outside of blocks."""
        number, inside = 0, False
        for line in self.path.read_text(encoding="utf-8").split("\n"):
            number += 1
            if FENCE.match(line):
                inside = not inside
            if not inside:
                for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
                    yield number, target


def pages(folder=FOLDER):
    """{name: Page} of those that are there, the index too."""
    return {path.name: Page(path) for path in sorted(Path(folder).glob("*.md"))}


def broken_links(found):
    """What is wrong with the links of the pages `found`."""
    problems = []
    for page in found.values():
        for line, target in page.links():
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            name, _, anchor = target.partition("#")
            path = (page.path.parent / name).resolve() if name else page.path.resolve()
            if not path.exists():
                problems.append(f"{page.name}:{line}: there is no {name}")
            elif anchor:
                other = next((p for p in found.values() if p.path.resolve() == path), None) or Page(path)
                if anchor not in other.anchors():
                    problems.append(f"{page.name}:{line}: {name or page.name} has no heading for #{anchor}")
    return problems


class Ports:
    """Free ports of four digits, as those that they stand for: lengths that a program prints are the same."""

    def __init__(self):
        numbers = [port for port in range(3000, 10000) if not PORT.fullmatch(str(port))]
        random.shuffle(numbers)
        self.numbers = itertools.cycle(numbers)
        self.lock = threading.Lock()

    def take(self):
        """One that nobody uses over TCP or UDP."""
        with self.lock:
            while True:
                port = next(self.numbers)
                with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                    try:
                        tcp.bind(("0.0.0.0", port))
                        udp.bind(("0.0.0.0", port))
                        return str(port)
                    except OSError:
                        continue


PORTS = Ports()


def matches(pattern, text):
    """Whether `text` is `pattern`, in which {{...}} stands for a regular expression, inside a line."""
    parts = re.split(r"\{\{(.*?)\}\}", pattern)
    return re.fullmatch("".join(part if i % 2 else re.escape(part) for i, part in enumerate(parts)), text) is not None


def difference(wanted, text):
    """Where `text` ceases to be `wanted`, and both."""
    expected, got = wanted.split("\n"), text.split("\n")
    at = next((i for i, (a, b) in enumerate(zip(expected, got)) if not matches(a, b)), min(len(expected), len(got)))
    shown = [(lines[at:at + 1] or ["(nothing)"])[0] or "(the end, or an empty line)" for lines in (expected, got)]
    return f"line {at + 1} of its output: expected {shown[0]}\n{' ' * 24}but got {shown[1]}\n" \
           f"--- expected\n{wanted}--- but it printed\n{text}"


def run_block(block, node=NODE, limit=LIMIT):
    """What is wrong with a program, as text; empty when nothing is.

    Its folder is empty but for its files; the program itself stands beside them, where it finds them by require, or
    else outside. When somebody else was quicker to take one of its ports it is run once more with others.
    """
    wrong = run_once(block, node, limit)
    return run_once(block, node, limit) if "EADDRINUSE" in wrong else wrong


def run_once(block, node, limit):
    """The same, without a second try."""
    ports = {}

    def placed(text):
        return PORT.sub(lambda match: ports.setdefault(match.group(), PORTS.take()), text)

    with tempfile.TemporaryDirectory(prefix="node-doc-") as parent:
        folder = Path(parent, "folder")
        temporary = Path(parent, "tmp")
        folder.mkdir()
        temporary.mkdir()
        for name, text in block.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(placed(text), encoding="utf-8")
        script = Path("example.js" if block.files else "../example.js")
        (folder / script).write_text(placed(block.code), encoding="utf-8")
        process = subprocess.Popen([os.path.abspath(node), str(script)], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, start_new_session=True, env=environment(temporary))
        try:
            out, err = process.communicate(timeout=limit)
            ended = process.returncode
        except subprocess.TimeoutExpired:
            end_group(process)
            out, err = process.communicate()
            ended = None
        finally:
            end_group(process)
    return judge(block, ended, out.decode(errors="replace"), err.decode(errors="replace"), placed, limit)


def end_group(process):
    """Ends a program and what it has started and left behind."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def judge(block, ended, out, err, placed, limit):
    """run_block's answer for a program that has ended with the exit code `ended` (None: was ended)."""
    problems = []
    if ended is None:
        problems.append(f"no end after {limit} s; it had printed\n{out}")
    elif ended != block.exit:
        how = f"exit code {ended}" if ended >= 0 else f"ended by {signal.Signals(-ended).name}"
        problems.append(f"{how}, expected exit code {block.exit}; it had printed\n{out}")
    if ended is not None and block.output is not None:
        wanted = placed(block.output)
        text = out if out.endswith("\n") or not out else out + "\n"  # the end of a block is one of a line
        if not matches(wanted, text):
            problems.append(difference(wanted, text))
    if problems:
        problems.append(f"--- its standard error\n{err}")
    return "".join(f"{block.place}: {problem}\n" if i == 0 else f"{problem}\n" for i, problem in enumerate(problems))


def environment(temporary):
    """That of a program: without what would change names, modules or logs."""
    unwanted = ("NODE_", "NAMESERVERS", "NSCACHEIP", "LOCALDOMAIN", "RES_OPTIONS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return {**kept, "TMPDIR": str(temporary)}
