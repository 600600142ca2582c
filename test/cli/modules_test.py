"""require, include, onLoad, onExit, and modules by URL."""
import base64
import hashlib
import json
import signal
import unittest

from harness import NODE, Case, run


class Modules(Case):
    """Files that ask for one another."""

    def files(self, **texts):
        """Writes NAME.js for each keyword; "__" in a name is a folder's end."""
        for name, text in texts.items():
            path = self.folder / (name.replace("__", "/") + ".js")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def node(self, *arguments):
        """Runs node in the test's folder."""
        return run(*arguments, cwd=self.folder)

    def assert_output(self, expected, *arguments):
        """main.js prints just that and ends well."""
        result = self.node(*(arguments or ("main.js",)))
        self.assertEqual((result.out, result.err, result.code), (expected, "", 0))

    def test_bodies_run_in_order_and_children_are_loaded_first(self):
        self.files(main='puts("main"); require("a.js"); require("b.js"); function onLoad() { puts("main loaded"); }',
                   a='puts("a"); require("c.js"); function onLoad() { puts("a loaded"); }',
                   b='puts("b"); function onLoad() { puts("b loaded"); }',
                   c='puts("c"); function onLoad() { puts("c loaded"); }')
        self.assert_output("main\na\nb\nb loaded\nc\nc loaded\na loaded\nmain loaded\n")

    def test_the_namespace_is_empty_first_and_full_in_on_load(self):
        self.files(main='var a = require("a.js"); puts(JSON.stringify(a)); function onLoad() { puts(JSON.stringify(a)); }',
                   a="exports.x = 1; this.y = this === exports; z = 3;")
        self.assert_output('{}\n{"x":1,"y":true}\n')

    def test_include_runs_in_the_includers_namespace(self):
        self.files(main='include("a.js"); puts(typeof x); function onLoad() { puts(x + late() + deep); }',
                   a='exports.x = 1; exports.late = function () { return " later " + again; }; '
                     'function onLoad() { exports.again = "yes"; } include("b.js");',
                   b='exports.deep = " deep";')
        self.assert_output("undefined\n1 later yes deep\n")

    def test_an_include_of_a_module_is_not_global(self):
        self.files(main='var a = require("a.js"); function onLoad() { puts(a.x + " " + typeof x); }',
                   a='include("b.js");', b="exports.x = 1;")
        self.assert_output("1 undefined\n")

    def test_each_file_is_loaded_once(self):
        self.files(main='var a = require("d/a.js"), b = require("./d/../d/a.js"), c = require("b.js"); '
                        'function onLoad() { puts(a === b && b === c.a); }',
                   d__a='puts("a");', b='exports.a = require("d/a.js");')
        self.assert_output("a\ntrue\n")

    def test_a_link_is_the_file_that_it_leads_to(self):
        self.files(main='var a = require("a.js"), b = require("link.js"); function onLoad() { puts(a === b); }', a="")
        (self.folder / "link.js").symlink_to("a.js")
        self.assert_output("true\n")

    def test_cycles_end(self):
        self.files(main='require("a.js"); function onLoad() { puts("main"); }',
                   a='exports.name = "a"; var b = require("b.js"); function onLoad() { puts("a sees " + b.name); }',
                   b='exports.name = "b"; var a = require("a.js"), main = require("main.js"); '
                     'function onLoad() { puts("b sees " + a.name + " " + (main === node.compile("this"))); }')
        self.assert_output("b sees a true\na sees b\nmain\n")

    def test_a_module_that_asks_for_itself(self):
        self.files(main='require("a.js"); function onLoad() { puts("main"); }',
                   a='exports.x = 1; var me = require("a.js"); include("a.js"); function onLoad() { puts(me.x); }')
        self.assert_output("1\n1\nmain\n")

    def test_a_long_chain(self):
        for i in range(3000):
            (self.folder / f"m{i}.js").write_text(f'var n = require("m{i + 1}.js"); '
                                                  "function onLoad() { exports.depth = n.depth + 1; }")
        self.files(m3000="exports.depth = 0;", main='var m = require("m0.js"); function onLoad() { puts(m.depth); }')
        self.assert_output("3000\n")

    def test_names_are_relative_to_the_asking_file(self):
        self.files(d__main='puts(__filename); require("e/a.js");', d__e__a='puts(__filename); require("../b.js");',
                   d__b="puts(__filename);")
        self.assert_output("d/main.js\nd/e/a.js\nd/b.js\n", "d/main.js")
        folder = self.folder
        self.assert_output(f"{folder}/d/main.js\n{folder}/d/e/a.js\n{folder}/d/b.js\n", folder / "d/main.js")

    def test_slashes_more_than_one(self):
        self.files(main="['.//a.js', 'd//../b.js', './/d//c.js'].forEach(function (path) { require(path); });",
                   a="puts(__filename);", b="puts(__filename);", d__c="puts(__filename);")
        self.assert_output("a.js\nb.js\nd/c.js\n")
        self.script("require('/');", "root.js")
        self.assertIn("Error reading /: read EISDIR /: Is a directory", self.node("root.js").err)

    def test_absolute_names_and_eval(self):
        self.files(a="puts(__filename);")
        self.assert_output(f"{self.folder}/a.js\n", "-e", f'require("{self.folder}/a.js")')
        self.assert_output("a.js\n", "-e", 'require("./a.js")')

    def test_node_path(self):
        self.files(lib__a='puts("found"); require("b.js");', more__b='puts("too");', main='require("a.js");')
        result = self.start_and_wait({"NODE_PATH": f"{self.folder}/lib::{self.folder}/more"}, "main.js")
        self.assertEqual(result, ("found\ntoo\n", "", 0))

    def start_and_wait(self, environment, *arguments):
        """Runs node with variables of its own."""
        process = self.start_command("env", *[f"{name}={value}" for name, value in environment.items()], NODE,
                                     *arguments)
        out, err = process.communicate(timeout=20)
        return out.decode(), err.decode(), process.returncode

    def test_a_missing_module_names_who_asked(self):
        self.files(main='puts("before");\nvar x = require("a.js");', a='\n\n  require("nosuch.js");')
        result = self.node("main.js")
        self.assertEqual((result.code, result.out), (1, "before\n"))
        self.assertIn('a.js:3:3\n  require("nosuch.js");\n  ^\n', result.err)
        self.assertIn("Error reading nosuch.js: open ENOENT nosuch.js: No such file or directory", result.err)

    def test_a_folder_is_no_module(self):
        self.files(main='require("d");', d__a="")
        self.assertIn("Error reading d: read EISDIR d: Is a directory", self.node("main.js").err)

    def test_the_folder_itself_is_no_module(self):
        for path in (".", "./", "d/.."):
            self.script(f"require({json.dumps(path)});", "main.js")
            self.assertIn("Error reading .: read EISDIR .: Is a directory", self.node("main.js").err, path)

    def test_files_too_large_for_a_module(self):
        with open(self.folder / "large.js", "wb") as sparse:
            sparse.truncate(5 << 30)
        self.script("require('large.js');", "main.js")
        self.script("require('/dev/zero');", "endless.js")
        too_large = r"read EFBIG \S+ \(a script may have \d+ bytes\): File too large"
        for name in ("main.js", "endless.js", "large.js", "/dev/zero"):
            result = self.node(name)
            self.assertEqual(result.code, 1, name)
            self.assertRegex(result.err, too_large, name)

    def test_what_is_no_path(self):
        for argument in ("", "1", "null", '""', "{}"):
            result = self.node("-e", f"require({argument})")
            self.assertIn("TypeError: require: the path must be a string, not ", result.err)
            self.assertEqual(result.code, 1)
        self.assertIn("ENOENT", self.node("-e", r'require("a\0b.js")').err)

    def test_syntax_errors_show_their_file(self):
        self.files(main='require("a.js");', a="var x;\n  foo bar;")
        result = self.node("main.js")
        self.assertEqual(result.err, "a.js:2:7\n  foo bar;\n      ^^^\nSyntaxError: Unexpected identifier 'bar'\n"
                         .replace("^^^", "^"))
        self.assertEqual(result.code, 1)

    def test_exceptions_show_their_file_and_line(self):
        self.files(main='require("a.js");', a="var x;\nfunction onLoad() {\n  null.y;\n}")
        result = self.node("main.js")
        self.assertIn("a.js:3:8\n  null.y;\n       ^\nTypeError: ", result.err)
        self.assertEqual(result.code, 1)

    def test_too_late(self):
        self.files(main='function onLoad() { try { require("a.js"); } catch (error) { puts(error.message); } }\n'
                        'setTimeout(function () { include("a.js"); }, 0);', a="")
        result = self.node("main.js")
        self.assertEqual(result.out, 'require("a.js"): too late: main.js is loaded, and its onLoad has run or runs\n')
        self.assertIn('Error: include("a.js"): too late', result.err)
        self.assertEqual(result.code, 1)

    def test_callbacks_however_they_are_declared(self):
        for text in ("function onLoad() { puts('load'); } function onExit() { puts('exit'); }",
                     "onLoad = function () { puts('load'); }; onExit = function () { puts('exit'); };",
                     "var onLoad = () => puts('load'), onExit = () => puts('exit');",
                     "const onLoad = () => puts('load'); let onExit = () => puts('exit');",
                     "'use strict'; const onLoad = () => puts('load'); function onExit() { puts('exit'); }",
                     "onLoad = function () { onExit = function () { puts('exit'); }; puts('load'); }; return;",
                     "class onLoad {} ; onExit = () => { puts('load'); puts('exit'); }; onLoad = onLoad.prototype;"):
            self.files(a=text, main='require("a.js"); function onLoad() { puts(typeof onExit); }')
            self.assert_output("load\nexit\n", "a.js")
            if "class" not in text:
                self.assert_output("load\nundefined\nexit\n")

    def test_how_callbacks_are_called(self):
        self.files(main='require("a.js"); function onLoad() { show(this, arguments); } function onExit() { show(this, arguments); }',
                   a='show = function (module, given) { puts([module instanceof node.Module, module.filename, given.length]); };')
        self.assert_output("true,main.js,0\ntrue,main.js,0\n")

    def test_on_exit_assigned_late(self):
        for end in ("", "node.exit();"):
            self.files(main=f'setTimeout(function () {{ onExit = function () {{ puts("late"); }}; {end} }}, 1);')
            self.assert_output("late\n")

    def test_strictness_is_each_modules_own(self):
        self.files(main='require("a.js"); require("b.js"); puts(010);',
                   a='#!/usr/bin/env node\n// a comment\n/* another */ "use strict";\nputs(function () { return this; }() === undefined);',
                   b="puts(function () { return this; }() === undefined);")
        self.assert_output("8\ntrue\nfalse\n")

    def test_promises_of_the_body(self):
        self.files(main='require("a.js"); Promise.resolve().then(() => puts("microtask")); function onLoad() { puts("loaded"); }',
                   a='puts("a");')
        self.assertEqual(sorted(self.node("main.js").out.split()), ["a", "loaded", "microtask"])


class Exit(Case):
    """onExit, node.exit and signals."""

    def exit_of(self, code):
        """What a one-line program prints, and its exit code."""
        result = run("-e", code)
        return result.out, result.code

    def test_children_first(self):
        (self.folder / "a.js").write_text('require("b.js"); function onExit() { puts("a"); }')
        (self.folder / "b.js").write_text('require("a.js"); function onExit() { puts("b"); }')
        main = self.script('require("a.js"); require("b.js"); function onExit() { puts("main"); }')
        self.assertEqual(run(main).out, "b\na\nmain\n")

    def test_node_exit_runs_them_and_ends(self):
        self.assertEqual(self.exit_of('function onExit() { puts("bye"); } node.exit(3); puts("not reached");'), ("bye\n", 3))
        self.assertEqual(self.exit_of('function onExit() { puts("bye"); } node.reallyExit(4);'), ("", 4))

    def test_exit_codes(self):
        for code, expected in (("", 0), ("-1", 255), ("NaN", 0), ("'7'", 7), ("2.9", 2), ("256", 0)):
            self.assertEqual(self.exit_of(f"node.exit({code})"), ("", expected))

    def test_exit_inside_on_exit_decides_the_code(self):
        self.assertEqual(self.exit_of('function onExit() { puts("once"); node.exit(5); puts("no"); } node.exit(1)'), ("once\n", 5))
        self.assertEqual(self.exit_of('function onExit() { node.exit(6); }'), ("", 6))
        (self.folder / "a.js").write_text('function onExit() { puts("a"); node.exit(7); }')
        main = self.script('require("a.js"); function onExit() { puts("main too"); }')
        result = run(main)
        self.assertEqual((result.out, result.code), ("a\nmain too\n", 7))

    def test_a_throwing_on_exit_is_fatal(self):
        for how in ("", "node.exit(0);"):
            result = run("-e", f'function onExit() {{ throw new Error("no good"); }} {how}')
            self.assertEqual(result.code, 1)
            self.assertIn("Error: no good", result.err)

    def test_a_fatal_exception_runs_none(self):
        self.assertEqual(self.exit_of('function onExit() { puts("bye"); } null.x'), ("", 1))

    def test_output_of_on_exit_is_written(self):
        out, code = self.exit_of('function onExit() { for (var i = 0; i < 20000; i++) puts("line " + i); }')
        self.assertEqual((out.count("\n"), code), (20000, 0))

    def test_exit_in_a_body_before_the_declaration(self):
        self.assertEqual(self.exit_of("node.exit(2); const onExit = () => puts('never');"), ("", 2))

    def test_signals_run_them(self):
        for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            process = self.start("-e", 'function onExit() { puts("bye"); } setInterval(function () {}, 1000); puts("up");')
            self.assertEqual(process.stdout.readline(), b"up\n")
            process.send_signal(number)
            out, err = process.communicate(timeout=20)
            self.assertEqual((out, err, process.returncode), (b"bye\n", b"", code))

    def test_a_signal_with_on_exit_ends_a_busy_loop_too(self):
        process = self.start("-e", 'function onExit() { puts("bye"); } node.debug("up"); for (;;);')
        process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=20), 143)

    def test_a_second_signal_ends_a_hanging_on_exit(self):
        process = self.start("-e", 'function onExit() { node.debug("in"); for (;;); } setInterval(function () {}, 1000); node.debug("up");')
        process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        self.assertIn(b"in", process.stderr.readline())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=20), 143)


class ByUrl(Case):
    """Modules that a server gives; the same program serves and asks."""

    def serve(self, main, **answers):
        """Runs `main` beside a server of its own: NAME -> what the path /NAME.js answers ("404", or a text)."""
        table = ", ".join(f'"/{name.replace("__", "/")}.js": {text!r}' for name, text in answers.items())
        script = self.script(
            f"var answers = {{ {table} }};\n"
            "var server = node.http.createServer(function (request, response) {\n"
            "  var text = answers[request.uri.path];\n"
            "  if (text === undefined) response.sendHeader(404, []);\n"
            "  else if (text.charAt(0) === '>') response.sendHeader(301, [['Location', text.slice(1)]]);\n"
            "  else response.sendHeader(200, text === 'coded' ? [['Content-Encoding', 'gzip']] : [['Content-Encoding', 'Identity']]),\n"
            "    response.sendBody(text === 'huge' ? new Array(9 << 20).join(' ') : text, 'utf8');\n"
            "  response.finish();\n"
            "});\n"
            "server.listen(0, '127.0.0.1');\n"
            "var base = 'http://127.0.0.1:' + server.port;\n"
            f"{main}\n")
        return run(script)

    def test_a_module_and_its_relatives(self):
        result = self.serve("var a = require(base + '/d/a.js?x=1'); function onLoad() { puts(a.b.name + ' ' + a.c.name); server.close(); }",
                            d__a="exports.b = require('b.js'); exports.c = require('../c.js'); puts(__filename.slice(21));",
                            d__b="exports.name = 'b\u00fc';", c="exports.name = require('/e.js') && 'c';", e="puts('e');")
        self.assertEqual(result.err, "")
        self.assertRegex(result.out, r"^[0-9]*/d/a\.js\?x=1\ne\nb\u00fc c\n$")

    def test_pins(self):
        text = "exports.x = 'pinned';"
        digest = hashlib.sha256(text.encode())
        main = "var a = require(base + '/a.js#sha256-%s'); function onLoad() { puts(a.x); server.close(); }"
        for pin in (digest.hexdigest(), digest.hexdigest().upper(), base64.b64encode(digest.digest()).decode()):
            result = self.serve(main % pin, a=text)
            self.assertEqual((result.out, result.err), ("pinned\n", ""))
        result = self.serve(main % digest.hexdigest(), a=text + " ")
        self.assertIn("/a.js: its content is not what the pin says: it is sha256-", result.err)
        self.assertEqual((result.out, result.code), ("", 1))
        for pin in ("", "abc", digest.hexdigest()[1:]):
            self.assertIn('the pin behind "#" must be sha256-', self.serve(main % pin, a=text).err)

    def test_the_same_module_with_and_without_a_pin(self):
        digest = hashlib.sha256(b"1").hexdigest()
        result = self.serve(f"require(base + '/a.js'); require(base + '/a.js#sha256-{digest}');", a="1")
        self.assertIn("it is loaded already, without this pin", result.err)

    def test_what_is_no_module(self):
        for answers, asked, reason in (
                ({}, "/a.js", "/a.js: the server says 404 Not Found"),
                ({"a": ">http://elsewhere/x.js"}, "/a.js", 'the server says 301 Moved Permanently, and redirects are not '
                 'followed: ask for "http://elsewhere/x.js"'),
                ({"a": "huge"}, "/a.js", "/a.js: more than 8388608 bytes"),
                ({"a": "coded"}, "/a.js", '/a.js: the server sends it with Content-Encoding "gzip", which nobody has asked for'),
                ({"a": "foo bar"}, "/a.js", "/a.js:1:5\nfoo bar\n    ^\nSyntaxError: "),
                ({"a": "require('nosuch.js')"}, "/a.js", "/nosuch.js: the server says 404 Not Found")):
            result = self.serve(f"\n\nrequire(base + '{asked}');", **answers)
            self.assertIn(reason, result.err)
            self.assertEqual(result.code, 1)
            if "foo" not in reason and "nosuch" not in reason:
                self.assertIn("script.js:14:1\n", result.err)

    def test_a_fetch_that_throws_is_not_waited_for(self):
        result = run(self.script("node.http.createClient = function () { throw new Error('no client'); };\n"
                                 "try { require('http://127.0.0.1:1/a.js'); } catch (error) { puts(error.message); }\n"
                                 "require('http://127.0.0.1:1/a.js');\n"))
        self.assertEqual((result.out, result.code), ("no client\n", 1))
        self.assertIn("Error reading http://127.0.0.1:1/a.js: no client", result.err)

    def test_what_cannot_be_reached(self):
        self.assertIn("http://127.0.0.1:1/a.js: connect ECONNREFUSED 127.0.0.1:1", run("-e", 'require("http://127.0.0.1:1/a.js")').err)
        self.assertIn("no http://", run("-e", 'require("https://127.0.0.1/a.js")').err)
        self.assertIn("no http://", run("-e", 'require("file:///etc/passwd")').err)

    def test_a_remote_module_gets_no_local_file(self):
        secret = self.script("puts('local');", "secret.js")
        result = self.serve("require(base + '/a.js');", a=f"require('{secret}');")
        self.assertIn("the server says 404 Not Found", result.err)
        self.assertNotIn("local", result.out)

    def test_siblings_run_in_order_of_the_calls(self):
        result = self.serve("require(base + '/a.js'); require('b.js'); function onLoad() { server.close(); }", a="puts('a');")
        self.assertIn("ENOENT", result.err)
        (self.folder / "b.js").write_text("puts('b');")
        result = self.serve("require(base + '/a.js'); require('b.js'); function onLoad() { server.close(); }", a="puts('a');")
        self.assertEqual((result.out, result.err), ("a\nb\n", ""))


if __name__ == "__main__":
    unittest.main()
