"""amalgamate.py: what it writes, and every failure it can report."""
import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.dont_write_bytecode = True
import amalgamate  # noqa: E402

BASE = '#pragma once\n#include <cstdio>\nnamespace node::base {\ninline int One() { return 1; }\n}\n'
LOOP = '#include "loop.h"\n#include "ev.h"\nnamespace node::loop {\nint Two() { return base::One() + 1; }\n}\n'
FILES = {
    "src/base.h": BASE,
    "src/loop.h": '#pragma once\n#include "base.h"\nnamespace node::loop {\nint Two();\n}\n',
    "src/loop.cc": LOOP,
    "src/js.cc": '#include <v8.h>\n#include "node_js.h"\nnamespace node::js {\nint x;\n}\n',
    "src/main.cc": '#include "loop.h"\nint main(int argc, char** argv) {\n  return 0;\n}\n',
    "src/snapshot.S": "",
    "lib/one.js": 'var one = "1";\n',
}
LAYERS = [("0 base", [("base.h", "the base")]), ("1 protocols", []), ("2 system", [("loop.h loop.cc", "the loop")]),
          ("3 engine", [("js.cc", "V8")]), ("4 program", [("main.cc", "the start")])]


class Tree(unittest.TestCase):
    """A small project in a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for name, text in FILES.items():
            self.put(name, text)

    def put(self, name, text):
        """Writes one file, as text or bytes."""
        path = self.root / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def project(self, layers=None, libraries=None):
        """A project on the tree."""
        return amalgamate.Project(self.root, layers=LAYERS if layers is None else layers,
                                  libraries=[("one.js", "the library")] if libraries is None else libraries,
                                  public_macros={"CHECK": "base.h"}, aside={"snapshot.S": "data"})

    def run_main(self, *arguments, **lists):
        """(exit code, stdout, stderr) of the command line."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = amalgamate.main(list(arguments), self.project(**lists))
        return code, out.getvalue(), err.getvalue()

    def findings(self, **lists):
        """What the rules find."""
        project = self.project(**lists)
        project.read()
        return project.findings

    def assert_finds(self, beginning, part, **lists):
        """Exactly one finding, at that place, with that text and a fix."""
        found = self.findings(**lists)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(beginning + ": "), found[0])
        self.assertIn(part, found[0])
        self.assertRegex(found[0], " — fix: .+")


class Output(Tree):
    def test_a_clean_tree_has_no_findings(self):
        self.assertEqual(self.findings(), [])

    def test_writes_both_files_and_then_nothing(self):
        code, out, _ = self.run_main()
        self.assertEqual((code, out), (0, "amalgamate.py: wrote node.cc\namalgamate.py: wrote node_js.h\n"))
        self.assertEqual(self.run_main(), (0, "", ""))
        self.assertEqual(self.run_main("--check"), (0, "", ""))

    def test_an_unchanged_file_keeps_its_time(self):
        self.run_main()
        before = (self.root / "node_js.h").stat().st_mtime_ns
        self.put("src/main.cc", FILES["src/main.cc"].replace("0", "1"))
        self.assertEqual(self.run_main()[1], "amalgamate.py: wrote node.cc\n")
        self.assertEqual((self.root / "node_js.h").stat().st_mtime_ns, before)

    def test_files_come_in_order_with_their_real_names_and_lines(self):
        text = self.project_text()
        places = [text.index(f'#line 1 "src/{name}"') for name in ("base.h", "loop.h", "loop.cc", "js.cc", "main.cc")]
        self.assertEqual(places, sorted(places))
        loop = text[text.index('#line 1 "src/loop.cc"\n'):].split("\n")
        self.assertEqual(loop[1:4], ["", '#include "ev.h"', "namespace node::loop {"])

    def project_text(self):
        """The text of node.cc."""
        project = self.project()
        project.read()
        return project.node_cc()

    def test_own_includes_and_pragma_once_go_and_others_stay(self):
        text = self.project_text()
        self.assertNotIn('"base.h"\n', text.replace('#line 1 "src/base.h"\n', ""))
        self.assertNotIn("#pragma once", text)
        self.assertIn("#include <cstdio>", text)
        self.assertIn("#include <v8.h>", text)
        self.assertIn('#include "node_js.h"', text)

    def test_node_js_h_leaves_comments_out_and_keeps_the_numbers_of_lines(self):
        self.put("lib/one.js", '// `f` is one.\nvar f = "// no";\n  // Nor two.\nf(); // stays\n')
        self.assertIn('{"one", "", R"js(\nvar f = "// no";\n\nf(); // stays\n)js", 33},', self.project().node_js_h())

    def test_a_template_in_the_library(self):
        self.put("lib/one.js", "// `fine`\nvar b; // `fine`\nvar a = `x`;\n")
        self.assert_finds("lib/one.js:3", "has a backtick")

    def test_node_js_h_holds_name_text_and_size(self):
        project = self.project()
        project.read()
        self.assertIn('{"one", "", R"js(var one = "1";\n)js", 15},', project.node_js_h())

    def test_a_library_of_a_part_names_it(self):
        project = self.project(libraries=[("one.js", "the library", "files")])
        project.read()
        self.assertEqual(project.findings, [])
        self.assertIn('{"one", "files", R"js(', project.node_js_h())

    def test_no_libraries_give_a_table_that_compiles(self):
        (self.root / "lib/one.js").unlink()
        project = self.project(libraries=[])
        project.read()
        self.assertEqual(project.findings, [])
        self.assertIn("{nullptr, nullptr, nullptr, 0}", project.node_js_h())

    def test_make_variables(self):
        code, out, _ = self.run_main("--make")
        self.assertEqual(code, 0)
        self.assertIn("SOURCES_2 := loop.cc\nHEADERS_2 := loop.h\n", out)
        self.assertIn("LIBRARIES := one.js\n", out)

    def test_an_unknown_argument_shows_the_usage(self):
        code, _, err = self.run_main("--frob")
        self.assertEqual(code, 2)
        self.assertIn("--check", err)

    def test_broken_rules_write_nothing(self):
        self.put("src/extra.cc", "")
        code, _, err = self.run_main()
        self.assertEqual(code, 1)
        self.assertIn("src/extra.cc:1", err)
        self.assertFalse((self.root / "node.cc").exists())


class Freshness(Tree):
    def setUp(self):
        super().setUp()
        self.run_main()

    def test_missing(self):
        (self.root / "node.cc").unlink()
        code, _, err = self.run_main("--check")
        self.assertEqual(code, 1)
        self.assertIn("node.cc:1: is missing — fix: make amalgamate", err)

    def test_stale(self):
        self.put("lib/one.js", "var two;\n")
        code, _, err = self.run_main("--check")
        self.assertEqual(code, 1)
        self.assertIn("node_js.h:1: is not what src/ and lib/ give — fix: make amalgamate", err)

    def test_edited_by_hand_is_reported_and_kept_until_forced(self):
        edited = (self.root / "node.cc").read_text().replace("return 0", "return 3")
        self.put("node.cc", edited)
        for arguments in (["--check"], []):
            code, _, err = self.run_main(*arguments)
            self.assertEqual(code, 1)
            self.assertIn("node.cc:1: was edited by hand — fix: move the edit to src/", err)
            self.assertEqual((self.root / "node.cc").read_text(), edited)
        self.assertEqual(self.run_main("--force")[0], 0)
        self.assertEqual(self.run_main("--check")[0], 0)


class Lists(Tree):
    def test_an_unlisted_source(self):
        self.put("src/stray.cc", "namespace node::stray {}\n")
        self.assert_finds("src/stray.cc:1", "is not in LAYERS")

    def test_an_unlisted_library(self):
        self.put("lib/stray.js", "")
        self.assert_finds("lib/stray.js:1", "is not in LIBRARIES")

    def test_a_listed_source_that_is_missing(self):
        (self.root / "src/main.cc").unlink()
        self.assert_finds("amalgamate.py:1", "LAYERS has main.cc, but src/main.cc does not exist")

    def test_a_listed_library_that_is_missing(self):
        self.assert_finds("amalgamate.py:1", "LIBRARIES has two.js",
                          libraries=[("one.js", "first"), ("two.js", "second")])

    def test_a_file_listed_twice(self):
        self.assert_finds("amalgamate.py:1", "lists base.h twice",
                          layers=LAYERS[:1] + [("1 protocols", [("base.h", "again")])] + LAYERS[2:])

    def test_two_files_of_one_name(self):
        self.put("src/sub/loop.cc", "")
        self.assert_finds("src/sub/loop.cc:1", "has the name of src/loop.cc")

    def test_two_names_that_differ_in_case_only(self):
        self.put("src/Loop.cc", "")
        self.assertTrue(any("has the name of src/" in finding for finding in self.findings()))

    def test_a_subfolder(self):
        (self.root / "src/main.cc").unlink()
        self.put("src/sub/main.cc", FILES["src/main.cc"])
        self.assert_finds("src/sub/main.cc:1", "lies in a subfolder")


class Includes(Tree):
    def test_upward_to_a_later_layer(self):
        self.put("src/base.h", BASE.replace("<cstdio>", '"far.h"'))
        self.put("src/far.h", "#pragma once\n")
        layers = LAYERS[:3] + [("3 engine", [("far.h", "far"), ("js.cc", "V8")])] + LAYERS[4:]
        self.assert_finds("src/base.h:2", "upward include of far.h (layer '3 engine')", layers=layers)

    def test_upward_within_a_layer(self):
        layers = [("0 base", [("loop.h loop.cc", "the loop"), ("base.h", "the base")])] + [("1", []), ("2", [])] + \
            LAYERS[3:]
        self.assert_finds("src/loop.h:2", "move base.h above loop.h in LAYERS", layers=layers)

    def test_itself_is_a_cycle(self):
        self.put("src/base.h", BASE.replace("<cstdio>", '"base.h"'))
        self.assert_finds("src/base.h:2", "a cycle of includes: base.h → base.h")

    def test_a_cycle_is_reported_once_and_not_as_upward(self):
        self.put("src/base.h", BASE.replace("<cstdio>", '"loop.h"'))
        self.assert_finds("src/base.h:2", "a cycle of includes: base.h → loop.h → base.h")

    def test_an_unlisted_header(self):
        self.put("src/base.h", BASE.replace("<cstdio>", '"nowhere.h"'))
        self.assert_finds("src/base.h:2", 'includes "nowhere.h", which LAYERS does not list')

    def test_our_own_header_in_angle_brackets(self):
        self.put("src/loop.h", FILES["src/loop.h"].replace('"base.h"', "<base.h>"))
        self.assert_finds("src/loop.h:2", "angle brackets")

    def test_a_source_is_not_included(self):
        self.put("src/main.cc", FILES["src/main.cc"].replace("loop.h", "loop.cc"))
        self.assert_finds("src/main.cc:1", 'includes "loop.cc"')

    def test_v8_below_its_layer(self):
        for header in ("<v8.h>", '"v8-isolate.h"', '"libplatform/libplatform.h"', "<cppgc/heap.h>"):
            self.put("src/loop.cc", LOOP.replace('"ev.h"', header))
            self.assert_finds("src/loop.cc:2", "in layer '2 system'")

    def test_libev_outside_the_loop(self):
        self.put("src/js.cc", FILES["src/js.cc"].replace("<v8.h>", '"ev.h"'))
        self.assert_finds("src/js.cc:1", "includes libev's ev.h outside loop.cc")

    def test_comments_and_strings_are_no_includes(self):
        self.put("src/base.h", BASE + '// #include "nowhere.h"\n/*\n#include "nowhere.h"\n*/\n'
                 'namespace node::base {\nconst char* t = R"(\n#include "nowhere.h"\n)";\n}\n')
        self.assertEqual(self.findings(), [])

    def test_node_js_h_in_no_file(self):
        self.put("src/js.cc", "namespace node::js {}\n")
        self.assert_finds("amalgamate.py:1", "no file of LAYERS includes node_js.h")

    def test_node_js_h_in_two_files(self):
        self.put("src/main.cc", '#include "node_js.h"\n' + FILES["src/main.cc"])
        self.assert_finds("src/main.cc:1", "includes node_js.h, as js.cc does")


class Contents(Tree):
    def test_a_macro_that_leaks(self):
        self.put("src/loop.cc", "#define FOO 1\n" + LOOP)
        self.assert_finds("src/loop.cc:1", "#define FOO leaks")

    def test_a_macro_that_ends_in_its_file(self):
        self.put("src/loop.cc", "#define FOO 1\n" + LOOP + "#undef FOO\n")
        self.assertEqual(self.findings(), [])

    def test_a_public_macro_only_in_its_header(self):
        self.put("src/base.h", BASE + "#define CHECK(x) (x)\n")
        self.assertEqual(self.findings(), [])
        self.put("src/loop.h", FILES["src/loop.h"] + "#define CHECK(x) (x)\n")
        self.assert_finds("src/loop.h:6", "#define CHECK leaks")

    def test_an_anonymous_namespace_at_file_scope(self):
        self.put("src/loop.cc", LOOP + "namespace {\nint x;\n}\n")
        self.assert_finds("src/loop.cc:6", "an anonymous namespace at file scope")

    def test_an_anonymous_namespace_in_a_header(self):
        self.put("src/loop.h", FILES["src/loop.h"] + "namespace node::loop {\nnamespace {\nint x;\n}\n}\n")
        self.assert_finds("src/loop.h:7", "an anonymous namespace in a header")

    def test_anonymous_namespaces_that_merge(self):
        hidden = "namespace {\nint x;\n}\n"
        self.put("src/loop.cc", LOOP.replace("int Two", hidden + "int Two"))
        self.assertEqual(self.findings(), [])
        self.put("src/main.cc", "namespace node {\nnamespace loop {\n" + hidden + "}\n}\n" + FILES["src/main.cc"])
        self.assert_finds("src/main.cc:3", "inside node::loop merges with that of loop.cc")

    def test_things_at_file_scope(self):
        for code in ("static int x;", "int f() {\n  return 1;\n}", "using namespace node;", "struct S {\n};",
                     'extern "C" {\nint y;\n}'):
            self.put("src/loop.cc", LOOP + code + "\n")
            self.assert_finds("src/loop.cc:6", "stands at file scope")

    def test_main_is_for_the_program_layer(self):
        self.put("src/loop.cc", LOOP + "int main() {\n}\n")
        self.assert_finds("src/loop.cc:6", "stands at file scope")

    def test_braces_in_strings_comments_and_numbers_do_not_count(self):
        self.put("src/loop.cc", LOOP.replace("int Two()", "const char* t = \"}}\"; char c = '}'; int n = 1'000;  // }\n"
                                             '/* } */ const char* r = R"x(}})x";\nint Two()'))
        self.assertEqual(self.findings(), [])

    def test_no_newline_at_the_end(self):
        self.put("src/main.cc", FILES["src/main.cc"].rstrip("\n"))
        self.assert_finds("src/main.cc:4", "does not end with a newline")

    def test_bytes_of_a_library_that_are_not_ascii(self):
        for data, shown in ((b"var a;\n// \xc3\xa9\n", "0xc3"), (b"//\n\x00\n", "0x00"), (b"//\na\r\n", "0x0d")):
            self.put("lib/one.js", data)
            self.assert_finds("lib/one.js:2", f"byte {shown} is not printable ASCII")

    def test_the_end_of_a_raw_string_in_a_library(self):
        self.put("lib/one.js", 'var a;\nf(js)js";\n')
        self.assert_finds("lib/one.js:2", 'holds )js"')


if __name__ == "__main__":
    unittest.main()
