#!/usr/bin/env python3
"""Writes node.cc, the whole program as one compilation unit, and node_js.h, the bundled JavaScript.

    ./amalgamate.py           writes what has changed
    ./amalgamate.py --check   writes nothing; fails when a generated file is not what the sources give
    ./amalgamate.py --make    prints LAYERS as make variables, for deps/build.mk
    ./amalgamate.py --force   overwrites a generated file that was edited by hand

LAYERS is the architecture: a file may include only what stands above it. Every
rule that is broken is reported as file:line: what is wrong — fix: what to do.
"""
import hashlib
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

# Each line: the files of one part, header first, and why they are there.
LAYERS = [
    ("0 base: knows the C++ standard library", [
        ("version.h", "our own version"),
        ("base.h", "CHECK, Error and Result: what every file needs in order to fail well"),
        ("bytes.h bytes.cc", "characters and numbers of the protocols"),
        ("utf8.h utf8.cc", "characters that are split between two reads"),
        ("fd.h", "a descriptor with an owner"),
        ("chains.h", "a hash table of records that are linked through themselves"),
    ]),
    ("1 protocols: bytes in, events out; no socket, heap, clock or engine", [
        ("http_scanner.h", "finds the end of a token, a target, a field value"),
        ("http_parser.h", "requests, responses and bodies, from bytes to offsets"),
        ("http_authority.h http_authority.cc", "the host and port of a target or a Host field"),
        ("http_fields.h http_fields.cc", "what the fields of a head mean for its framing"),
        ("http_parser.cc", "the head of a request"),
        ("http_response.cc", "the head of a response"),
        ("http_body.cc", "bodies by length and in chunks"),
        ("http_writer.h http_writer.cc", "answers, from values to bytes"),
        ("ip_literal.h ip_literal.cc", "addresses as text, with their scope"),
        ("hosts_file.h hosts_file.cc", "the names of /etc/hosts"),
        ("shell_command.h shell_command.cc", "commands that need no shell"),
        ("dns_name.h dns_name.cc", "names of DNS, as text and in messages"),
        ("dns_message.h dns_message.cc", "DNS: questions to bytes, bytes to records"),
        ("dns_search.h dns_search.cc", "the names that a name may stand for"),
        ("dns_special.h dns_special.cc", "names that no server is asked for"),
        ("resolv_conf.h resolv_conf.cc", "the servers and options of /etc/resolv.conf"),
        ("options.h options.cc", "the command line"),
    ]),
    ("2 system: the kernel, but no engine", [
        ("descriptors.h descriptors.cc", "how many descriptors the process may have"),
        ("loop.h loop.cc", "the event loop, over libev"),
        ("thread_pool.h thread_pool.cc", "threads for system calls that block"),
        ("blocks.h blocks.cc", "memory for large pieces of data"),
        ("entropy.h entropy.cc", "random bits that nobody can guess"),
        ("slots.h", "records by names that a stale holder cannot mistake"),
        ("inbox.h", "what a turn has read"),
        ("timer_wheel.h timer_wheel.cc", "coarse deadlines for very many connections"),
        ("deadlines.h deadlines.cc", "the wheel on the loop"),
        ("trimmer.h trimmer.cc", "memory goes back when a crowd has left"),
        ("output.h output.cc", "standard output and error, queued"),
        ("file_system.h file_system.cc", "open files, whole files, copies, status"),
        ("file_system_names.cc", "names: folders, links, permissions"),
        ("file_io.h file_io.cc", "reading and writing without blocking: files, pipes, devices"),
        ("file_watch.h file_watch.cc", "changes of files and folders"),
        ("debug_log.h debug_log.cc", "what NODE_DEBUG asks for"),
        ("system_files.h system_files.cc", "/etc/resolv.conf and /etc/hosts, read again when they change"),
        ("stream.h stream.cc", "addresses, listening, accepting"),
        ("connect_attempt.h connect_attempt.cc", "one connection out of several addresses"),
        ("tcp_connection.h tcp_connection.cc", "stream connections: connecting, queues, half-close, the end"),
        ("spawn.h spawn.cc", "starting a program"),
        ("shell.h shell.cc", "what a shell's command line becomes"),
        ("child_process.h child_process.cc", "children: their streams and their end"),
        ("dns_cache.h dns_cache.cc", "answers that may be given again"),
        ("dns_flights.h", "DNS queries in flight, by their ids"),
        ("dns_udp.h dns_udp.cc", "DNS over UDP: a pool of sockets"),
        ("dns_tcp.h dns_tcp.cc", "DNS over TCP: many queries on a connection"),
        ("dns_transport.h dns_transport.cc", "one DNS question to a set of servers"),
        ("resolver_config.h resolver_config.cc", "which servers are asked, and how: followed as it changes"),
        ("resolver.h resolver.cc", "names to records: search list, cache, aliases"),
        ("host_lookup.h host_lookup.cc", "host names to addresses: /etc/hosts, then both families"),
        ("host_source.h host_source.cc", "where connections get the addresses of a host from"),
        ("script_file.h script_file.cc", "the files of scripts and modules"),
        ("signals.h signals.cc", "Ctrl-C, SIGTERM, closed pipes, signals that scripts hear"),
        ("http_connection.h http_connection_state.h http_connection.cc", "HTTP servers: records, deadlines, accepting"),
        ("http_connection_output.cc", "answers: their order, sending, what follows them"),
        ("http_connection_input.cc", "requests: reading, framing, the handler"),
        ("http_client.h http_client.cc", "HTTP clients: answers"),
    ]),
    ("3 engine: V8, and no protocol logic of its own", [
        ("js.h", "the isolate and the ways into JavaScript"),
        ("bind.h", "what each binding offers, and their order in the snapshot"),
        ("js_platform.h js_platform.cc", "tasks, a worker thread and clocks for V8"),
        ("js_error.h js_error.cc", "how an uncaught error is shown"),
        ("js_snapshot.h js_snapshot.cc", "the library in the heap"),
        ("js_buffers.h js_buffers.cc", "the memory of ArrayBuffers"),
        ("js_chunk.h js_chunk.cc", "bytes in the encodings of the API"),
        ("js_socket.h js_socket.cc", "ports, paths and hosts that scripts give"),
        ("js.cc", "start, calls, scripts, exit"),
        ("bind_console.cc", "text to standard output and error"),
        ("bind_timers.cc", "the clock and the loop's timer"),
        ("bind_http.cc", "servers, requests, answers"),
        ("bind_tcp.cc", "stream connections and their servers"),
        ("bind_http_client.cc", "HTTP clients"),
        ("bind_child.cc", "child processes, signals by name"),
        ("bind_fs.cc", "files and folders"),
        ("bind_modules.cc", "modules"),
        ("bind_signals.cc", "what signals do"),
        ("bind_dns.cc", "resolvers"),
        ("bind_process.cc", "exit and names"),
    ]),
    ("4 program: arguments, start, exit code", [
        ("main.cc", "main()"),
    ]),
]

# The JavaScript libraries in the order in which they run: when the snapshot is made; those of a part, the third word,
# when a script first asks for something of it (lib/lazy.js).
LIBRARIES = [
    ("events.js", "node.EventEmitter, node.Promise, node.inherits"),
    ("lazy.js", "parts of the library that are evaluated when they are first asked for"),
    ("console.js", "puts, print, p, node.debug, console; the queues of standard output and error"),
    ("uri.js", "node.http.parseUri"),
    ("chunks.js", "encodings and pieces of data, for all that streams"),
    ("head.js", "headers, for http.js and http_client.js"),
    ("tcp.js", "node.tcp"),
    ("http_connection.js", "node.http.Connection"),
    ("http.js", "node.http: the server"),
    ("http_outgoing.js", "what 2009's responses had besides"),
    ("signal_numbers.js", "node.SIGTERM and its like"),
    ("path.js", "node.path"),
    ("constants.js", "node.O_RDONLY, node.ENOENT and their like"),
    ("modules.js", "require, include, onLoad, onExit, node.exit"),
    ("process.js", "ARGV, node.env"),
    ("timers.js", "setTimeout and its like, node.Timer", "timers"),
    ("http_url.js", "whom and what an http:// URL asks for", "client"),
    ("http_request.js", "requests of clients and their answers", "client"),
    ("http_request_fields.js", "what 2009's requests of clients had besides", "client"),
    ("http_client.js", "node.http: the client", "client"),
    ("module_fetch.js", "modules by URL", "client"),
    ("child_process.js", "node.createProcess, node.Process", "child"),
    ("fs.js", "node.fs: the operations on files; node.cat", "files"),
    ("file.js", "node.fs.File, stdin, stdout, stderr", "file"),
    ("watch.js", "node.fs.watch", "watch"),
    ("dns.js", "node.dns", "dns"),
    ("signals.js", "node.signals", "signals"),
]

# Macros that a header may leave defined, and the header.
PUBLIC_MACROS = {"CHECK": "base.h"}

# Files of src/ that are not part of the compilation unit.
ASIDE = {"snapshot.S": "the heap snapshot and the licences, assembled into the binary"}

ENGINE_LAYER = 3  # the first layer that may include V8's headers
PROGRAM_LAYER = 4  # the only one that may define main()
LIBEV_USER = "loop.cc"
COMMENT_LINE = re.compile(r"^[ \t]*//.*$", re.M)  # of lib/
DELIMITER = "js"  # of the raw strings: R"js(...)js"

V8_HEADER = re.compile(r"(v8(-[\w-]+|config)?\.h|(libplatform|cppgc)/.*)$")
INCLUDE = re.compile(r'[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]')
# What can hide code-like text: raw strings, numbers with ' in them, comments, strings, characters.
HIDING = re.compile(r'R"([^()\s\\]{0,16})\(.*?\)\1"|\b\d[\w\'.]*|//[^\n]*|/\*.*?\*/'
                    r'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)


def blank(text, pattern=HIDING):
    """`text` without comments and the insides of strings; the same lines and length."""
    def spaces(match):
        return match.group() if match.group()[0].isdigit() else re.sub(r"[^\n]", " ", match.group())
    return pattern.sub(spaces, text)


@dataclass
class File:
    """One listed file of src/."""
    name: str
    layer: int
    place: int  # in the order of LAYERS
    why: str
    text: str = ""
    includes: list = field(default_factory=list)  # (line, name) of our own headers

    @property
    def is_header(self):
        """Whether other files include it."""
        return self.name.endswith(".h")


class Project:
    """The sources under `root`, the list that orders them, and what is wrong with either."""

    def __init__(self, root, layers=None, libraries=None, public_macros=None, aside=None):
        self.root = Path(root)
        self.libraries = LIBRARIES if libraries is None else libraries
        self.public_macros = PUBLIC_MACROS if public_macros is None else public_macros
        self.aside = ASIDE if aside is None else aside
        self.findings = []
        self.layer_titles = []
        self.files = {}
        self._list(LAYERS if layers is None else layers)

    def find(self, path, line, what, fix):
        """Notes one broken rule."""
        self.findings.append(f"{path}:{line}: {what} — fix: {fix}")

    def _list(self, layers):
        for number, (title, parts) in enumerate(layers):
            self.layer_titles.append(title)
            for names, why in parts:
                for name in names.split():
                    if name in self.files:
                        self.find("amalgamate.py", 1, f"LAYERS lists {name} twice", "keep one of the two entries")
                    else:
                        self.files[name] = File(name, number, len(self.files), why)

    # --- the rules -------------------------------------------------------

    def read(self):
        """Reads all sources and notes every broken rule."""
        self._compare_with_folder("src", self.files, "LAYERS", self.aside)
        self._compare_with_folder("lib", [library[0] for library in self.libraries], "LIBRARIES", {})
        for file in list(self.files.values()):
            path = self.root / "src" / file.name
            if path.is_file():
                file.text = path.read_text(encoding="utf-8")
                self._read_includes(file)
                self._check_macros(file)
        cyclic = self._check_cycles()
        for file in self.files.values():
            self._check_order(file, cyclic)
        self._check_scopes()
        self._check_libraries()

    def _compare_with_folder(self, folder, listed, list_name, aside):
        """Every file is listed, every listed file exists, and no two have one name."""
        seen = {}
        found = sorted(p for p in (self.root / folder).rglob("*") if p.is_file() and not p.name.startswith("."))
        for path in found:
            shown = path.relative_to(self.root)
            other = seen.setdefault(path.name.lower(), shown)
            if other != shown:
                self.find(shown, 1, f"has the name of {other}", "rename one: names are unique in the whole program")
            elif path.name not in listed and path.name not in aside:
                self.find(shown, 1, f"is not in {list_name}",
                          f"add one line to {list_name} of amalgamate.py, below all that it includes")
            elif path.parent != self.root / folder:
                self.find(shown, 1, "lies in a subfolder", f"move it to {folder}/")
        for name in listed:
            if name.lower() not in seen:
                self.find("amalgamate.py", 1, f"{list_name} has {name}, but {folder}/{name} does not exist",
                          "write the file or remove the entry")

    def _read_includes(self, file):
        path = f"src/{file.name}"
        if file.text and not file.text.endswith("\n"):
            self.find(path, file.text.count("\n") + 1, "does not end with a newline", "add one")
        lines = file.text.split("\n")
        for number, code in enumerate(blank(file.text).split("\n"), 1):
            match = INCLUDE.match(lines[number - 1])
            if not match or not re.match(r"\s*#\s*include\b", code):
                continue
            quote, name = match.groups()
            if name in self.files and self.files[name].is_header:
                file.includes.append((number, name))
                if quote == "<":
                    self.find(path, number, f"includes our own <{name}> in angle brackets", f'write "{name}"')
            elif V8_HEADER.match(name):
                if file.layer < ENGINE_LAYER:
                    self.find(path, number, f"includes V8's {name} in layer {self.layer_titles[file.layer]!r}",
                              f"move what needs V8 to layer {ENGINE_LAYER}, and pass plain values down")
            elif name == "ev.h":
                if file.name != LIBEV_USER:
                    self.find(path, number, f"includes libev's ev.h outside {LIBEV_USER}", "use loop.h")
            elif quote == '"' and name != "node_js.h":
                self.find(path, number, f'includes "{name}", which LAYERS does not list',
                          "list it in amalgamate.py, correct the name, or write <...> for a system header")

    def _check_macros(self, file):
        left = {}
        for number, line in enumerate(blank(file.text).split("\n"), 1):
            match = re.match(r"\s*#\s*(define|undef)\s+(\w+)", line)
            if match and match.group(1) == "define":
                left[match.group(2)] = number
            elif match:
                left.pop(match.group(2), None)
        for macro, number in left.items():
            if self.public_macros.get(macro) != file.name:
                self.find(f"src/{file.name}", number, f"#define {macro} leaks into the files below",
                          f"#undef {macro} at the end of the file, or use a constexpr or a function; a macro that "
                          "a header offers to others stands in PUBLIC_MACROS of amalgamate.py")

    def _check_cycles(self):
        """Notes each cycle of includes once; gives the set of (includer, included) that are part of one."""
        cyclic, done = set(), set()

        def visit(name, trail):
            if name in trail:
                cycle = trail[trail.index(name):] + [name]
                edges = set(zip(cycle, cycle[1:]))
                if not edges <= cyclic:
                    line = next(n for n, included in self.files[cycle[0]].includes if included == cycle[1])
                    self.find(f"src/{cycle[0]}", line, "a cycle of includes: " + " → ".join(cycle),
                              "move what both need to a header above them")
                cyclic.update(edges)
            elif name not in done:
                for _, included in self.files[name].includes:
                    visit(included, trail + [name])
                done.add(name)

        for name in self.files:
            visit(name, [])
        return cyclic

    def _check_order(self, file, cyclic):
        for number, name in file.includes:
            other = self.files[name]
            if other.place < file.place or (file.name, name) in cyclic:
                continue
            if other.layer > file.layer:
                fix = f"a file of layer {file.layer} must not know layer {other.layer}: pass in a callback or a value"
            else:
                fix = f"move {name} above {file.name} in LAYERS of amalgamate.py, or drop the include"
            self.find(f"src/{file.name}", number, f"upward include of {name} "
                      f"(layer {self.layer_titles[other.layer]!r}), which stands below {file.name}", fix)

    def _check_scopes(self):
        """Nothing stands outside a named namespace, and no two anonymous namespaces merge."""
        anonymous = {}
        for file in self.files.values():
            path = f"src/{file.name}"
            for number, outer in self._walk_scopes(file):
                if file.is_header:
                    self.find(path, number, "an anonymous namespace in a header", "use a named namespace such as detail")
                elif not outer:
                    self.find(path, number, "an anonymous namespace at file scope: all such merge in the amalgam",
                              "open the file's own named namespace around it")
                elif anonymous.setdefault(outer, file.name) != file.name:
                    self.find(path, number, f"the anonymous namespace inside {outer} merges with that of "
                              f"{anonymous[outer]}", "give this file a namespace of its own for its helpers")

    def _walk_scopes(self, file):
        """Yields (line, enclosing namespace) of anonymous namespaces; notes what stands at file scope."""
        code = blank(blank(file.text), DIRECTIVE)
        scopes, start, number = [], 0, 1  # of each open brace: a namespace's name, or None
        for match in re.finditer(r"[{};\n]", code):
            if match.group() == "\n":
                number += 1
                continue
            statement = " ".join(code[start:match.start()].split())
            start = match.end()
            if match.group() == "}":
                if scopes:
                    scopes.pop()
                continue
            namespace = re.fullmatch(r"(?:inline )?namespace ?([\w:]*)", statement)
            inside_namespaces = None not in scopes
            if match.group() == "{" and namespace and inside_namespaces:
                if not namespace.group(1):
                    yield number, "::".join(filter(None, scopes))
                scopes.append(namespace.group(1))
                continue
            is_main = file.layer == PROGRAM_LAYER and re.match(r"int main ?\(", statement)
            if not scopes and statement and not is_main:
                self.find(f"src/{file.name}", number, f"'{statement[:60]}' stands at file scope",
                          "move it into the file's named namespace")
            if match.group() == "{":
                scopes.append(None)

    def _check_libraries(self):
        for name, *_ in self.libraries:
            path = self.root / "lib" / name
            if not path.is_file():
                continue
            for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
                shown = f"lib/{name}"
                bad = next((byte for byte in line if byte > 126 or (byte < 32 and byte != 9)), None)
                if bad is not None:
                    self.find(shown, number, f"byte 0x{bad:02x} is not printable ASCII",
                              "write \\u escapes: the text is an external one-byte string of V8")
                if b"`" in re.sub(rb"(^|\s)//.*", b"", line):
                    self.find(shown, number, "has a backtick: a template may hold lines that only look like comments",
                              "join strings with +, or write \\x60: node_js.h leaves comments out")
                if b")" + DELIMITER.encode() + b'"' in line:
                    self.find(shown, number, f'holds ){DELIMITER}", which would end its raw string',
                              "write it differently, e.g. with a space before the quote")
        users = [(f.name, n) for f in self.files.values() for n, line in enumerate(f.text.split("\n"), 1)
                 if INCLUDE.match(line) and INCLUDE.match(line).group(2) == "node_js.h"]
        if self.libraries and not users:
            self.find("amalgamate.py", 1, "no file of LAYERS includes node_js.h", "include it where the snapshot is made")
        for name, number in users[1:]:
            self.find(f"src/{name}", number, f"includes node_js.h, as {users[0][0]} does",
                      "include it once, so that the texts are in the binary once")

    # --- the generated files ---------------------------------------------

    def node_cc(self):
        """The text of node.cc."""
        parts = []
        for file in sorted(self.files.values(), key=lambda f: f.place):
            own = {number for number, _ in file.includes}
            lines = ["" if number in own or line.strip() == "#pragma once" else line
                     for number, line in enumerate(file.text.split("\n"), 1)]
            parts.append(f'// Layer {self.layer_titles[file.layer]}\n// {file.name}: {file.why}\n'
                         f'#line 1 "src/{file.name}"\n' + "\n".join(lines))
        return sealed("src/", "".join(parts))

    def node_js_h(self):
        """The text of node_js.h."""
        parts = ["#pragma once\n\n#include <cstddef>\n\nnamespace node::bundle {\n\n"
                 "// One file of lib/: its name without \".js\", the part that it belongs to (\"\": evaluated for the snapshot), and\n"
                 "// its text, pure ASCII, for an external string of V8.\n"
                 "struct Library {\n  const char* name;\n  const char* part;\n  const char* text;\n  size_t size;\n};\n\n"
                 "// In the order in which they run.\n"
                 "inline constexpr Library kLibraries[] = {\n"]
        for name, why, *part in self.libraries:
            path = self.root / "lib" / name
            text = path.read_text(encoding="utf-8") if path.is_file() else ""
            # The binary carries no comments; lines keep their numbers.
            text = COMMENT_LINE.sub("", text)
            parts.append(f'    // {why}\n    {{"{Path(name).stem}", "{"".join(part)}", R"{DELIMITER}({text}){DELIMITER}", {len(text)}}},\n')
        if not self.libraries:
            parts.append("    {nullptr, nullptr, nullptr, 0},\n")
        parts.append("};\n\n}  // namespace node::bundle\n")
        return sealed("lib/", "".join(parts))

    def generated(self):
        """The generated files: {name: text}."""
        return {"node.cc": self.node_cc(), "node_js.h": self.node_js_h()}

    def check_fresh(self):
        """Notes each generated file that is not what the sources give."""
        for name, text in self.generated().items():
            path = self.root / name
            if not path.is_file():
                self.find(name, 1, "is missing", "make amalgamate")
            elif edited_by_hand(path):
                self.find(name, 1, "was edited by hand", "move the edit to src/ or lib/, then ./amalgamate.py --force")
            elif path.read_text(encoding="utf-8") != text:
                self.find(name, 1, "is not what src/ and lib/ give", "make amalgamate, and commit it")

    def write(self, force=False):
        """Writes the generated files that have changed, each by a rename; gives their names."""
        written = []
        for name, text in self.generated().items():
            path = self.root / name
            if path.is_file() and edited_by_hand(path) and not force:
                self.find(name, 1, "was edited by hand", "move the edit to src/ or lib/, then ./amalgamate.py --force")
            elif not path.is_file() or path.read_text(encoding="utf-8") != text:
                part = path.with_name(f".{name}.part")
                part.write_text(text, encoding="utf-8")
                part.rename(path)
                written.append(name)
        return written

    def make_variables(self):
        """LAYERS as make variables: SOURCES_0 to SOURCES_4, HEADERS_0 to HEADERS_4, LIBRARIES."""
        lines = []
        for number in range(len(self.layer_titles)):
            names = [f.name for f in self.files.values() if f.layer == number]
            lines.append(f"SOURCES_{number} := " + " ".join(n for n in names if not n.endswith(".h")))
            lines.append(f"HEADERS_{number} := " + " ".join(n for n in names if n.endswith(".h")))
        lines.append("LIBRARIES := " + " ".join(library[0] for library in self.libraries))
        return "\n".join(lines)


def digest(body):
    """What the first line of a generated file says of the rest."""
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def sealed(folder, body):
    """`body` below a first line that names its origin and its digest."""
    return f"// Written by amalgamate.py from {folder}; edit there, then: make amalgamate. Digest {digest(body)}\n{body}"


def edited_by_hand(path):
    """Whether a generated file is no longer what amalgamate.py once wrote."""
    head, _, body = path.read_text(encoding="utf-8", errors="replace").partition("\n")
    return not head.endswith(f"Digest {digest(body)}")


def main(arguments, project=None):
    """The command line; gives the exit code."""
    unknown = [a for a in arguments if a not in ("--check", "--make", "--force")]
    if unknown:
        print(__doc__, file=sys.stderr)
        return 2
    project = project or Project(Path(__file__).resolve().parent)
    if "--make" in arguments:
        print(project.make_variables())
        return 0
    project.read()
    if not project.findings and "--check" in arguments:
        project.check_fresh()
    elif not project.findings:
        for name in project.write(force="--force" in arguments):
            print(f"amalgamate.py: wrote {name}")
    for finding in project.findings:
        print(finding, file=sys.stderr)
    return 1 if project.findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
