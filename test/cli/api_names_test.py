"""The public names and the API reference: each has its heading and an example, and what headings name exists."""
import json
import tempfile
import unittest
from pathlib import Path

import api_doc
import api_names
import harness

NAMES = api_names.running()
PAGE = """# Timers
## Functions
### setTimeout(callback, delay), clearTimeout(timer)
```js
clearTimeout(setTimeout(function () {}, 1));
```
## Class: node.Timer
### timer.start(after, repeat)
### timer.repeat
### Event: timeout
```js
const timer = new node.Timer();
timer.addListener("timeout", () => puts("now"));
timer.start(1);
```
"""
# Prints the fields that objects have of their own: those that api_names.py lists.
OBJECTS = """
const found = {};
function look(name, object, prototype) {
  const keys = Object.getOwnPropertyNames(object).filter((key) => !key.startsWith("_") && !(prototype && key in prototype));
  if (keys.length > 0 || name in found) found[name] = [...new Set([...(found[name] || []), ...keys])];
}
function lookAt(path, object) {
  look("node." + path, object, path.split(".").reduce((at, key) => at[key], node).prototype);
}
lookAt("fs.File", stdin);
lookAt("Process", new node.Process());
lookAt("Timer", new node.Timer());
lookAt("Promise", new node.Promise());
lookAt("dns.Resolver", new node.dns.Resolver());
look("uri.", node.http.parseUri("http://u:p@h:1/a/b?c=d#e"), Object.prototype);
const watcher = node.fs.watch("/");
lookAt("fs.Watcher", watcher);
watcher.close();
node.fs.stat("/").addCallback((stats) => look("node.fs.Stats#", stats, node.fs.Stats.prototype));
const echo = node.tcp.createServer(function (socket) {
  lookAt("tcp.Server", this);
  lookAt("tcp.Connection", socket);
  socket.addListener("eof", () => { socket.close(); echo.close(); });
});
echo.listen(0, "127.0.0.1");
const socket = node.tcp.createConnection(echo.port);
lookAt("tcp.Connection", socket);
socket.addListener("connect", () => socket.close());
const server = node.http.createServer(function (request, response) {
  lookAt("http.Server", this);
  lookAt("http.ServerRequest", request);
  lookAt("http.ServerResponse", response);
  lookAt("http.Connection", request.connection);
  response.sendHeader(200, []);
  response.finish();
  server.close();
});
server.listen(0, "127.0.0.1");
const client = node.http.createClient(server.port, "127.0.0.1");
const request = client.get("/");
request.finish(function (response) {
  delete client.error; // a field of the parent
  lookAt("http.Client", client);
  lookAt("http.ClientRequest", request);
  lookAt("http.ClientResponse", response);
});
function onExit() { p(found); }
"""


class Reference(unittest.TestCase):
    """The pages of doc/api."""
    maxDiff = None

    def test_what_headings_name_exists(self):
        pages = [page for name, page in api_doc.pages().items() if name != "README.md"]
        self.assertEqual("\n".join(api_names.Coverage(NAMES, pages).problems), "")

    def test_each_name_is_described_and_shown(self):
        pages = [page for name, page in api_doc.pages().items() if name != "README.md"]
        missing = {}
        for name, why in api_names.Coverage(NAMES, pages).missing().items():
            missing.setdefault((api_names.page_of(name), why), []).append(name)
        told = [f"doc/api/{page}: {why}: {', '.join(names)}" for (page, why), names in sorted(missing.items())]
        if told:
            self.fail("\n" + "\n".join(told))


class Program(unittest.TestCase):
    """The names that the running program has."""

    def test_kinds(self):
        wanted = {"puts": "function", "ARGV": "field", "console": "namespace", "console.log": "function", "node.fs.open": "function",
                  "node.O_RDONLY": "constant", "node.SIGTERM": "constant", "node.ENOENT": "constant", "node.fs.File": "class",
                  "node.fs.File#read": "function", "node.fs.File#fd": "field", "node.fs.File: error": "event",
                  "node.EventEmitter#emit": "function", "node.tcp.Connection#readyState": "field", "node.dns.cache.size": "field",
                  "node.http.STATUS_CODES": "constant", "require": "function", "uri.path": "field", "node.env": "field"}
        self.assertEqual({name: NAMES.kinds.get(name) for name in wanted}, wanted)

    def test_what_is_not_public(self):
        for name in ("Object", "Array", "globalThis", "Float16Array", "node.dns._handle", "node.tcp.Server#_open", "node.Promise#addListener",
                     "node.http.Connection#listeners", "node.http.STATUS_CODES.200", "node.fs.File#constructor", "node.Promise.super_", "node.env.PATH"):
            self.assertNotIn(name, NAMES.kinds)
        self.assertEqual([name for name in NAMES.kinds if "._" in name or "#_" in name], [])

    def test_parents_and_aliases(self):
        self.assertEqual(NAMES.parents["node.http.Client"], "node.tcp.Connection")
        self.assertEqual(NAMES.aliases["node.setTimeout"], "setTimeout")
        self.assertEqual(NAMES.aliases["node.dns.Resolver#lookup"], "node.dns.lookup")
        self.assertNotIn("clearInterval", NAMES.aliases)

    def test_each_name_has_a_page(self):
        self.assertEqual([name for name in NAMES.kinds if api_names.page_of(name) not in api_doc.PAGES], [])

    def test_fields_are_those_of_objects(self):
        done = harness.run("-e", OBJECTS)
        self.assertEqual((done.code, done.err), (0, ""), done)
        found = {name: set(keys) for name, keys in json.loads(done.out).items()}
        wanted = {name: set(fields.split()) for name, fields in api_names.FIELDS.items()}
        wanted.update({owner: set(fields.split()) for owner, fields in api_names.TABLES.items()})
        self.assertEqual(found, wanted)

    def test_lists_hold_what_there_is(self):
        for name in (*api_names.FIELDS, *api_names.EVENTS, *api_names.CONSTRUCTORS):
            self.assertEqual(NAMES.kinds.get(name), "class", name)
        for name in api_names.NO_EXAMPLE:
            self.assertEqual(NAMES.kinds.get(name), "function", name)


class Headings(unittest.TestCase):
    """How headings are read."""

    def coverage(self, *texts):
        """That of pages with these texts."""
        with tempfile.TemporaryDirectory(prefix="node-test-") as folder:
            pages = []
            for i, text in enumerate(texts):
                path = Path(folder, f"page{i}.md")
                path.write_text(text)
                pages.append(api_doc.Page(path))
        return api_names.Coverage(NAMES, pages)

    def missing(self, *texts):
        """What pages with these texts lack, as {name: why}."""
        return self.coverage(*texts).missing()

    def test_split(self):
        for title, names in {
                "node.fs.open(path, flags, mode)": ["node.fs.open"],
                "node.O_RDONLY, node.O_RDWR": ["node.O_RDONLY", "node.O_RDWR"],
                "new node.fs.File(options)": ["node.fs.File"],
                "f(a, g(b, c)), h()": ["f", "h"],
                "Event: receive": [": receive"],
                "Event: exit(code, signal)": [": exit"],
                "Where names come from": [],
        }.items():
            self.assertEqual(api_names.split_heading(title), names, title)

    def test_what_is_there_is_covered(self):
        coverage = self.coverage(PAGE)
        self.assertEqual(coverage.problems, [])
        missing = coverage.missing()
        for name in ("setTimeout", "clearTimeout", "node.setTimeout", "node.Timer", "node.Timer#start", "node.Timer#repeat",
                     "node.Timer: timeout"):
            self.assertNotIn(name, missing)
        self.assertEqual(missing["node.Timer#stop"], "no heading")
        self.assertEqual(missing["clearInterval"], "no heading")

    def test_no_example(self):
        text = PAGE.replace('"timeout", ', '"start", ').replace("timer.start(1)", "timer.stop(1); // timer.start()")
        missing = self.missing(text)
        self.assertEqual(missing["node.Timer: timeout"], "no example in page0.md")
        self.assertEqual(missing["node.Timer#start"], "no example in page0.md")
        self.assertNotIn("node.Timer#repeat", missing)  # a field
        self.assertEqual(self.missing(PAGE.replace("new node.Timer()", "timer()"))["node.Timer"], "no example in page0.md")

    def test_await_uses_then(self):
        text = "## Class: node.Promise\n### promise.then(f, g)\n```js\n(async function () { await p(1); })();\n```\n"
        self.assertNotIn("node.Promise#then", self.missing(text))
        self.assertIn("node.Promise#then", self.missing(text.replace("await ", "")))

    def test_variables_of_the_environment_may_have_headings(self):
        self.assertEqual(self.coverage("### NODE_PATH\n").problems, [])
        self.assertEqual(self.coverage("### NODE_PATHS\n").problems, ["page0.md:1: there is no NODE_PATHS"])

    def test_an_example_elsewhere_is_none(self):
        start = PAGE.index("### timer.start")
        missing = self.missing(PAGE[:start], "## Class: node.Timer\n" + PAGE[start:].replace("timer.start(1)", ""))
        self.assertEqual(missing["node.Timer#start"], "no example in page1.md")

    def test_what_does_not_exist(self):
        self.assertEqual(self.coverage("### node.fs.opne(path)\n").problems, ["page0.md:1: there is no node.fs.opne"])
        self.assertEqual(self.coverage("## Class: node.Timr\n").problems, ["page0.md:1: there is no class node.Timr"])
        self.assertEqual(self.coverage(PAGE.replace("timer.repeat", "timer.repeats").replace("Event: timeout", "Event: late")).problems,
                         ["page0.md:9: there is no timer.repeats of node.Timer", "page0.md:10: there is no event late of node.Timer"])
        self.assertEqual(self.coverage("### timer.start(after)\n").problems, ["page0.md:1: there is no timer.start"])

    def test_what_is_inherited_may_be_described_again(self):
        self.assertEqual(self.coverage("## Class: node.http.Server\n### server.listen(port)\n### server.addListener(event, f)\n").problems, [])

    def test_a_resolver_has_what_node_dns_has(self):
        text = "## Class: node.dns.Resolver\n### resolver.lookup(name)\n### resolver.cache.clear()\n"
        self.assertEqual(self.coverage(text).problems, [])
        self.assertEqual(sorted(self.coverage(text).places), ["node.dns.Resolver", "node.dns.cache.clear", "node.dns.lookup"])
        self.assertNotIn("node.dns.cache", self.coverage(text).missing())

    def test_constants_may_stand_in_a_table(self):
        table = "### node.EPERM, node.ENOENT\n| `node.EACCES` | 13 |\n"
        missing = self.missing(table)
        for name in ("node.EPERM", "node.EACCES"):
            self.assertNotIn(name, missing)
        self.assertIn("node.EBADF", missing)
        self.assertIn("node.SIGTERM", self.missing(table + "`node.SIGTERM`\n"))
        self.assertIn("node.EACCES", self.missing("### node.SIGTERM\n`node.EACCES`\n"))
        self.assertIn("node.EACCES", self.missing("### node.EPERM\n", "`node.EACCES`\n"))

    def test_fields_of_stats_and_uris_may_stand_in_a_table(self):
        self.assertNotIn("node.fs.Stats#size", self.missing("## Class: node.fs.Stats\n- `size`: bytes\n"))
        self.assertIn("node.fs.Stats#ino", self.missing("## Class: node.fs.Stats\n- `size`: bytes\n"))
        self.assertNotIn("uri.path", self.missing("### node.http.parseUri(text)\n`path`\n"))
        self.assertIn("uri.path", self.missing("# Other\n`path`\n"))


if __name__ == "__main__":
    unittest.main()
