"""doc/node.d.ts: TypeScript's compiler accepts it and, with it, the examples; it declares what there is, and no more.

The compiler is run by node itself (api_types.js).
"""
import json
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import api_doc
import api_names
import harness
from harness import ROOT

HERE = Path(__file__).resolve().parent
STRICT = {"strict": True, "noEmit": True, "target": "es2022", "lib": ["es2022"], "types": [], "module": "commonjs",
          "moduleDetection": "force"}
# As an editor checks JavaScript in which nobody has written types.
PLAIN = {**STRICT, "strict": False, "allowJs": True, "checkJs": True}
# Must be reported.
WRONG = """node.fs.cat("a").addCallback((text) => puts(text.unknown()));
nothing(1);
node.fs.unknown("a");
"""
# The compiler cannot know of names that come by include, nor of what node.inherits does.
INCLUDED = re.compile(r"Cannot find name '(\w+)'")
INHERITED = re.compile(r"on type '(?:typeof )?(\w+)'")
RETURN = 1108  # outside of a function, as it seems: modules are bodies of functions


def compiler():
    """The folder of typescript.js."""
    done = subprocess.run([ROOT / "deps/unpack"], capture_output=True, text=True, timeout=200, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the compiler is not there: {done.stderr}")
    return Path(done.stdout.strip(), "../typescript").resolve()


def event_probes(names):
    """{name of an event: a line that is wrong if, and only if, the event is declared}."""
    many = "null as unknown as (" + ", ".join(f"a{i}: unknown" for i in range(9)) + ") => 0"
    probes = {}
    for name, kind in names.kinds.items():
        if kind == "event":
            owner, event = name.split(": ")
            arguments = "<[1], [1]>" if owner == "node.Promise" else ""
            probes[name] = f"(null as unknown as {owner}{arguments}).addListener(\"{event}\", {many});"
    return probes


def excused(block, code, message):
    """Whether the compiler reports what it cannot know."""
    if code == RETURN:
        return True
    name = INCLUDED.search(message)
    if code in (2304, 2552) and name and "include(" in block.code:
        return any(re.search(rf"exports\.{name.group(1)}\b", text) for text in block.files.values())
    owner = INHERITED.search(message)
    return code in (2339, 2551) and owner and re.search(rf"\binherits\(\s*{owner.group(1)}\s*,", block.code) is not None


class Job:
    """One run of the compiler over everything: see api_types.js."""

    def __init__(self, folder, names, blocks):
        self.folder = Path(folder)
        self.names = names
        self.blocks = blocks
        shutil.copy(ROOT / "doc/node.d.ts", self.folder)
        shutil.copy(HERE / "api_types_cases.ts", self.folder / "cases.ts")
        self.probes = event_probes(names)
        self.put("events.ts", "\n".join(self.probes.values()) + "\nexport {};\n")
        self.put("wrong.js", WRONG)
        self.examples = {f"examples/{path.name}": path for path in sorted((ROOT / "doc/examples").glob("*.js"))}
        for name, path in self.examples.items():
            self.put(name, path.read_text(encoding="utf-8"))
        self.places = {}
        for i, block in enumerate(blocks):
            self.places[f"{i}/example.js"] = block
            self.put(f"{i}/example.js", block.code)
            for name, text in block.files.items():
                self.put(f"{i}/{name}", text)
        files = [f"{i}/{name}" for i, block in enumerate(blocks) for name in ["example.js", *block.files]]
        programs = [{"files": ["node.d.ts", "cases.ts", "events.ts"], "options": STRICT},
                    {"files": ["node.d.ts", "wrong.js", *self.examples, *files], "options": PLAIN}]
        self.put("job.json", json.dumps({"compiler": str(compiler()), "folder": str(self.folder), "types": "node.d.ts",
                                         "programs": programs}))
        done = harness.run(HERE / "api_types.js", self.folder / "job.json", limit=120)
        if done.code != 0:
            raise RuntimeError(f"the compiler failed: {done}")
        result = json.loads(done.out)
        self.strict, self.plain = result["diagnostics"]
        self.declared = result["declared"]

    def put(self, name, text):
        """Writes a file of the job."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def wrong_blocks(self):
        """What is wrong with the blocks, as page:line: words."""
        problems = []
        for found in self.plain:
            block = self.places.get(found["file"])
            if block is not None and not block.untyped and not excused(block, found["code"], found["message"]):
                problems.append(f"doc/api/{block.page}:{block.line + found['line']}: TS{found['code']}: {found['message']}")
            elif re.match(r"\d+/", found["file"]) and block is None:
                number, name = found["file"].split("/", 1)
                block = self.blocks[int(number)]
                if not block.untyped:
                    problems.append(f"doc/api/{block.page}, {name} of the program in line {block.line}, its line {found['line']}: "
                                    f"TS{found['code']}: {found['message']}")
        return problems


def made_blocks(folder, text):
    """The blocks of a page with that text, in which ''' stands for ```."""
    path = Path(folder, "page.md")
    path.write_text(text.replace("'''", "```"))
    return api_doc.Page(path).blocks


class Types(unittest.TestCase):
    """The declarations, and all examples."""
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="node-test-")
        cls.addClassCleanup(folder.cleanup)
        names = api_names.running()
        blocks = [block for page in api_doc.pages().values() for block in page.blocks]
        cls.job = Job(folder.name, names, blocks)

    def test_the_declarations_are_accepted(self):
        self.assertEqual([d for d in self.job.strict + self.job.plain if d["file"] in ("node.d.ts", "")], [])

    def test_cases(self):
        found = {}
        for told in self.job.strict:
            if told["file"] == "cases.ts":
                found.setdefault(told["line"], []).append((told["code"], told["message"]))
        problems = []
        for number, line in enumerate((HERE / "api_types_cases.ts").read_text().split("\n"), 1):
            match = re.search(r"// error ([\d ]+)$", line)
            wanted = [int(code) for code in match.group(1).split()] if match else []
            if wanted != [code for code, _ in found.get(number, [])]:
                problems.append(f"test/cli/api_types_cases.ts:{number}: expected {wanted}, got {found.get(number, [])}")
        self.assertEqual("\n".join(problems), "")

    def test_each_event_is_declared(self):
        reported = {told["line"] for told in self.job.strict if told["file"] == "events.ts" and told["code"] == 2345}
        self.assertEqual([name for i, name in enumerate(self.job.probes, 1) if i not in reported], [])

    def test_each_name_is_declared(self):
        declared = set(self.job.declared)
        self.assertEqual([name for name, kind in self.job.names.kinds.items() if kind != "event" and name not in declared], [])

    def test_what_is_declared_exists(self):
        names = self.job.names

        def exists(name):
            if name in names.kinds or name in names.aliases:
                return True
            owner, _, member = name.partition("#")
            while owner and member:
                if f"{owner}#{member}" in names.kinds:
                    return True
                owner = names.parents.get(owner)
            return name.startswith("uri.") and name == "uri.toString"

        self.assertEqual([name for name in self.job.declared if not exists(name)], [])

    def test_examples(self):
        self.assertTrue(self.job.examples)
        self.assertEqual([told for told in self.job.plain if told["file"] in self.job.examples and told["code"] != RETURN], [])

    def test_programs_of_the_reference(self):
        self.assertEqual("\n".join(self.job.wrong_blocks()), "")

    def test_what_is_wrong_is_reported(self):
        self.assertEqual([(told["line"], told["code"]) for told in self.job.plain if told["file"] == "wrong.js"],
                         [(1, 2339), (2, 2304), (3, 2339)])


class Blocks(unittest.TestCase):
    """How programs of a page are checked."""

    def wrong(self, text):
        """What is wrong with the programs of such a page."""
        with tempfile.TemporaryDirectory(prefix="node-test-") as folder, tempfile.TemporaryDirectory(prefix="node-test-") as pages:
            blocks = made_blocks(pages, text)
            self.assertTrue(blocks)
            return Job(folder, api_names.Names({}, {}, {}), blocks).wrong_blocks()

    def test_programs(self):
        problems = self.wrong("""
'''js
const a = 1; function onLoad() {}
'''
'''js
const a = "another one"; let last = null; const all = [];
all.push(a);
last = a.length;
if (last === 0) return;
putz(last);
'''
'''js untyped
this_is.not = known;
'''
'''js file=m.js
exports.twice = function (x) { return 2 * x; };
'''
'''js file=n.js
putz(1);
exports.inc = 1;
'''
'''js
const m = require("m.js");
include("n.js");
function onLoad() { puts(m.twice(4) + inc + nothing); }
'''
'''js
function Child() { this.a = 1; }
node.inherits(Child, node.EventEmitter);
new Child().emit("x");
puts(Child.super_);
function Other() { this.a = 1; }
new Other().emit("x");
'''
""")
        self.assertEqual([problem.split(": TS")[0] for problem in problems],
                         ["doc/api/page.md:10", "doc/api/page.md:25",
                          "doc/api/page.md, n.js of the program in line 22, its line 1", "doc/api/page.md:33"], problems)


if __name__ == "__main__":
    unittest.main()
