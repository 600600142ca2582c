"""Parts of the library that are evaluated when a script first asks for something of theirs: nobody can tell."""
import json
import re
import unittest

from harness import ROOT, Case, run

# What is evaluated so: expression -> a use of it that prints "used".
LAZY = {
    "setTimeout": "setTimeout(function () { puts('used'); }, 1);",
    "setInterval": "setInterval(function () { puts('used'); clearInterval(this); }, 1);",
    "clearTimeout": "clearTimeout(undefined); puts('used');",
    "clearInterval": "clearInterval(undefined); puts('used');",
    "node.setTimeout": "node.setTimeout(function () { puts('used'); }, 1);",
    "node.Timer": "var timer = new node.Timer(); timer.addListener('timeout', function () { puts('used'); }); timer.start(1);",
    "node.fs": "node.fs.stat('/').addCallback(function (stats) { if (stats.isDirectory()) puts('used'); });",
    "node.fs.File": "if (new node.fs.File() instanceof node.EventEmitter) puts('used');",
    "node.fs.watch": "node.fs.watch('/', function () {}).close(); puts('used');",
    "node.fs.Watcher": "if (node.fs.Watcher('/') instanceof node.EventEmitter) puts('used'); node.exit(0);",
    "node.cat": "node.cat('/dev/null').addCallback(function (text) { if (text === '') puts('used'); });",
    "stdin": "stdin.read(1).addCallback(function (data) { if (data === null) puts('used'); });",
    "stdout": "stdout.puts('used');",
    "stderr": "stderr.write('x').addCallback(function () { puts('used'); });",
    "node.Process": "var child = new node.Process(); child.addListener('exit', function () { puts('used'); }); child.spawn(['true']);",
    "node.createProcess": "node.createProcess('true').addListener('exit', function () { puts('used'); });",
    "node.dns": "node.dns.lookup('127.0.0.1').addCallback(function (all) { if (all[0] === '127.0.0.1') puts('used'); });",
    "node.http.createClient": "node.http.createClient(1, '/no/such').get('/').addListener('error', function () {}).finish(); puts('used');",
    "node.http.cat": "node.http.cat('http://127.0.0.1:1/').addErrback(function (error) { puts('used'); });",
    "node.http.Client": "if (new node.http.Client(1) instanceof node.tcp.Connection) puts('used');",
    "node.http.ClientRequest": "if (node.http.ClientRequest.prototype instanceof node.EventEmitter) puts('used');",
    "node.http.ClientResponse": "if (node.http.ClientResponse.prototype instanceof node.EventEmitter) puts('used');",
}

# Defines shape(): a line for each property that can be reached from what is ours.
SHAPE = r"""
function shape() {
  const ours = ["node", "stdin", "stdout", "stderr", "puts", "print", "p", "console", "setTimeout", "setInterval",
    "clearTimeout", "clearInterval"];
  const seen = new Map([[node.env, "node.env"], [Object.prototype, "Object.prototype"]]);
  const lines = ["globals: " + Object.getOwnPropertyNames(globalThis).filter((name) => ours.includes(name)).join()];
  const look = (path, value) => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return;
    if (seen.has(value)) return void lines.push(path + " is " + seen.get(value));
    seen.set(value, path);
    for (const key of Reflect.ownKeys(value)) {
      if (path === "" && !ours.includes(key)) continue;
      const { enumerable, configurable, writable, ...held } = Object.getOwnPropertyDescriptor(value, key);
      const name = path + "." + String(key);
      lines.push([name, enumerable, configurable, writable, ...Object.keys(held).map((field) =>
        field + " " + (typeof held[field] === "function" ? held[field].name + "/" + held[field].length :
          typeof held[field] === "object" ? "object" : String(held[field])))].join(" "));
      for (const field in held) look(name + (field === "value" ? "" : "<" + field + ">"), held[field]);
    }
    look(path + ".__proto__", Object.getPrototypeOf(value));
  };
  look("", globalThis);
  return lines.join("\n");
}
"""

# Reads `first()` in a world where whatever a script can reach throws, and puts all back.
POISONED = r"""
const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, hasOwn, prototype } = Object;
const { ownKeys } = Reflect;
const { Error, String } = globalThis;
const LEFT = ["node", "node.http", "stdin", "stdout", "stderr", "ARGV"];
const laid = [];
const seen = new Set();
const reached = [[globalThis, ""]];
while (reached.length > 0) {
  const [object, path] = reached.pop();
  if ((typeof object !== "object" && typeof object !== "function") || object === null || seen.has(object)) continue;
  seen.add(object);
  for (const key of ownKeys(object)) {
    const name = path + String(key);
    if (name === "node") reached.push([node, "node."]);
    if (LAZY.includes(name) || LEFT.includes(name)) continue;
    const before = { __proto__: null, ...getOwnPropertyDescriptor(object, key) };
    for (const field in before) reached.push([before[field], name + "."]);
    if (before.configurable) laid.push([object, key, before]);
  }
  reached.push([getPrototypeOf(object), path + "__proto__."]);
}
for (const name of NAMES) if (!hasOwn(prototype, name)) laid.push([prototype, name, undefined]);
const poison = laid.map(([, key]) => {
  const thrower = () => {
    throw new Error("nobody's: " + String(key));
  };
  return { __proto__: null, get: thrower, set: thrower, configurable: true };
});
let failure;
for (let i = 0; i < laid.length; i++) defineProperty(laid[i][0], laid[i][1], poison[i]);
try {
  first();
} catch (error) {
  failure = error;
}
for (let i = laid.length - 1; i >= 0; i--) {
  if (laid[i][2] === undefined) delete laid[i][0][laid[i][1]];
  else defineProperty(laid[i][0], laid[i][1], laid[i][2]);
}
if (failure !== undefined) throw failure;
if (laid.length < 2000) throw new Error("only " + laid.length + " properties were poisoned");
"""

# Reads `first()` again and again while the stack unwinds from its end: it fails for want of stack, until it does not.
OUT_OF_STACK = r"""
let failed = 0;
let done = false;
(function deeper() {
  try {
    deeper();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  if (done) return;
  try {
    first();
    done = true;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    failed++;
  }
})();
if (failed === 0) throw new Error("there was stack enough at once");
"""


def words():
    """All words of lib/."""
    text = "\n".join(path.read_text() for path in (ROOT / "lib").glob("*.js"))
    return sorted(set(re.findall(r"[A-Za-z_$][\w$]*", text)) - {"__proto__"})


class Lazy(Case):
    def shape(self, name, how="", *options):
        """The shape of the API, `name` having been read first, as `how` does it; then that is used."""
        head = f"const LAZY = {json.dumps(list(LAZY))};\nconst NAMES = {json.dumps(words())};\nconst first = () => {name};\n"
        script = self.script(f"{head}(function () {{ {how or 'first();'} }})();\n{SHAPE}\nputs(shape());\n{LAZY[name]}\n")
        result = run(*options, script)
        self.assertEqual((result.code, result.err.replace("x", "")), (0, ""), f"{name}: {result}")
        shape, _, used = result.out.rstrip("\n").rpartition("\n")
        self.assertEqual(used, "used", name)
        return shape

    def test_in_whatever_order(self):
        wanted = self.shape("node.fs")
        self.assertIn("\n.node.http.ClientRequest.prototype.sendBody true true true value sendBody/2\n", wanted)
        for name in LAZY:
            self.assertEqual(self.shape(name), wanted, name)

    def test_when_a_script_has_changed_everything(self):
        wanted = self.shape("node.fs")
        for name in LAZY:
            self.assertEqual(self.shape(name, POISONED), wanted, name)

    def test_when_the_stack_is_at_its_end(self):
        wanted = self.shape("node.fs")
        for name in LAZY:
            self.assertEqual(self.shape(name, OUT_OF_STACK), wanted, name)

    def test_without_the_snapshot(self):
        wanted = self.shape("node.fs", "", "--no-snapshot")
        for name in LAZY:
            for how in (POISONED, OUT_OF_STACK):
                self.assertEqual(self.shape(name, how, "--no-snapshot"), wanted, name)

    def test_a_property_like_any_other(self):
        code = """
          var names = LAZY.map(function (path) {
            var dot = path.lastIndexOf(".");
            return [dot < 0 ? globalThis : (0, eval)(path.slice(0, dot)), path.slice(dot + 1)];
          });
          function all(test) { return names.every(function (pair) { return test(pair[0], pair[1]); }); }
          puts(all(function (object, name) { return name in object && Object.hasOwn(object, name); }));
          puts(all(function (object, name) { return Object.keys(object).includes(name); }));
          puts(all(function (object, name) { return object.propertyIsEnumerable(name); }));
          puts(all(function (object, name) {
            var found = Object.getOwnPropertyDescriptor(object, name);
            return found.writable && found.enumerable && found.configurable && found.value === object[name];
          }));
        """
        self.assertEqual(run(self.script(f"var LAZY = {json.dumps(list(LAZY))};{code}")).out, "true\n" * 4)

    def test_assigned_deleted_and_defined_before_it_is_read(self):
        code = """
          node.fs = "mine"; node.http.cat = 5; stdout = null;
          puts([node.fs, node.http.cat, stdout, typeof node.cat, typeof node.http.createClient, typeof stdin].join());
          puts([delete node.dns, "dns" in node, node.dns].join());
          Object.defineProperty(node, "Process", { value: 1, enumerable: false });
          puts([node.Process, Object.keys(node).includes("Process"), typeof node.createProcess].join());
        """
        self.assertEqual(run(self.script(code)).out,
                         "mine,5,,function,function,object\ntrue,false,\n1,false,function\n")

    def test_of_a_frozen_object(self):
        code = """
          Object.freeze(node);
          node.fs = 1;
          var found = Object.getOwnPropertyDescriptor(node, "fs");
          puts([typeof node.fs.stat, found.writable, found.configurable, node.dns === node.dns].join());
        """
        self.assertEqual(run(self.script(code)).out, "function,false,false,true\n")

    def test_of_a_global_object_that_takes_no_more(self):
        for how in ("preventExtensions", "seal", "freeze"):
            code = f"""
              Object.{how}(globalThis);
              setTimeout(function () {{ puts([typeof setTimeout, typeof setInterval, typeof clearTimeout].join()); }}, 1);
            """
            result = run(self.script(code))
            self.assertEqual((result.out, result.err), ("function,function,function\n", ""), how)

    def test_inherited(self):
        code = "var mine = Object.create(node); puts([mine.fs === node.fs, Object.keys(mine).length, mine.fs === mine.fs].join());"
        self.assertEqual(run(self.script(code)).out, "true,0,true\n")


if __name__ == "__main__":
    unittest.main()
