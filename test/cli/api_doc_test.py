"""The API reference, doc/api: its programs run and print what stands behind them, its links lead somewhere."""
import concurrent.futures
import re
import tempfile
import time
import unittest
from pathlib import Path

import api_doc

WORKERS = 4  # they mostly wait


class Programs(unittest.TestCase):
    """A test for each program of the pages, test_PAGE_LINE; all run side by side."""
    maxDiff = None
    pool = None
    running = {}

    @classmethod
    def tearDownClass(cls):
        if cls.pool is not None:
            cls.pool.shutdown()

    @classmethod
    def problem(cls, place):
        """What is wrong with the program at page:line."""
        if cls.pool is None:
            cls.pool = concurrent.futures.ThreadPoolExecutor(WORKERS)
            cls.running = {block.place: cls.pool.submit(api_doc.run_block, block) for block in BLOCKS}
        return cls.running[place].result()


def program_test(block):
    """The test of one program."""
    def test(self):
        problem = self.problem(block.place)
        if problem:
            self.fail(f"doc/api/{problem}")
    test.__doc__ = f"doc/api/{block.place}"
    return test


PAGES = api_doc.pages()
BLOCKS = [block for page in PAGES.values() for block in page.blocks]
for one in BLOCKS:
    setattr(Programs, f"test_{re.sub(r'[^a-z0-9]', '_', one.page[:-3])}_{one.line:04}", program_test(one))


class Form(unittest.TestCase):
    """What the pages look like."""
    maxDiff = None

    def test_blocks_are_well_formed(self):
        self.assertEqual("\n".join(problem for page in PAGES.values() for problem in page.problems), "")

    def test_links_lead_somewhere(self):
        self.assertEqual("\n".join(api_doc.broken_links(PAGES)), "")

    def test_each_example_is_linked_from_a_page(self):
        text = "".join((api_doc.FOLDER / name).read_text() for name in api_doc.PAGES)
        programs = [str(path.relative_to(api_doc.FOLDER.parent)) for path in (api_doc.FOLDER.parent / "examples").rglob("*.js")]
        self.assertGreater(len(programs), 20)
        self.assertEqual([name for name in programs if f"(../{name})" not in text], [])

    def test_the_index_has_each_page_once(self):
        rows = re.findall(r"^\| \[(.*?)\]\((.*?)\) \|", (api_doc.FOLDER / "README.md").read_text(), re.M)
        self.assertEqual(rows, [(name, name) for name in api_doc.PAGES])

    def test_the_pages_are_those_of_the_index(self):
        self.assertEqual(sorted(PAGES), sorted(["README.md", *api_doc.PAGES]))


def alive(pid):
    """Whether a process runs; not one whose end nobody has asked for yet."""
    try:
        return Path("/proc", pid, "stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class Runner(unittest.TestCase):
    """The runner itself, on pages made for it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="node-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def page(self, text, name="page.md"):
        """A page with that text, in which ''' stands for ```."""
        path = self.folder / name
        path.write_text(text.replace("'''", "```"))
        return api_doc.Page(path)

    def problems(self, text, **options):
        """What is wrong with the programs of such a page."""
        page = self.page(text)
        self.assertEqual(page.problems, [])
        self.assertTrue(page.blocks)
        return "".join(api_doc.run_block(block, **options) for block in page.blocks)

    def test_what_is_printed_is_as_told(self):
        self.assertEqual(self.problems("# A\n'''js\nputs(6 * 7)\n'''\n\n'''text\n42\n'''\n"), "")

    def test_another_text_is_told_with_its_place(self):
        problem = self.problems("# A\n\n'''js\nputs('a\\nb')\n'''\n'''text\na\nc\n'''\n")
        self.assertIn("page.md:3: line 2 of its output: expected c", problem)
        self.assertIn("but got b", problem)

    def test_more_or_less_text_is_not_as_told(self):
        self.assertIn("but got b", self.problems("'''js\nputs('a'); puts('b')\n'''\n'''text\na\n'''\n"))
        self.assertIn("expected b", self.problems("'''js\nputs('a')\n'''\n'''text\na\nb\n'''\n"))
        self.assertIn("page.md:1", self.problems("'''js\nputs('a')\n'''\n'''text\n'''\n"))

    def test_a_last_line_needs_no_newline(self):
        self.assertEqual(self.problems("'''js\nprint('a')\n'''\n'''text\na\n'''\n"), "")

    def test_a_regular_expression_stands_for_what_varies(self):
        page = "'''js\nputs('pid 17 (x)')\n'''\n'''text\npid {{[0-9]+}} (x)\n'''\n"
        self.assertEqual(self.problems(page), "")
        self.assertIn("expected pid", self.problems(page.replace("[0-9]+", "[a-z]+")))

    def test_text_that_stands_elsewhere_is_no_output(self):
        self.assertEqual(self.problems("'''js\nputs(1)\n'''\nAnother one:\n'''text\n2\n'''\n"), "")
        self.assertEqual(self.problems("'''text\n2\n'''\n'''js\nputs(1)\n'''\n"), "")

    def test_an_exit_code_is_told(self):
        self.assertIn("page.md:1: exit code 3, expected exit code 0", self.problems("'''js\nnode.exit(3)\n'''\n"))
        self.assertEqual(self.problems("'''js exit=3\nnode.exit(3)\n'''\n"), "")
        self.assertIn("expected exit code 1", self.problems("'''js exit=1\nputs(1)\n'''\n"))

    def test_what_it_says_on_standard_error_is_shown(self):
        self.assertIn("nul is not defined", self.problems("'''js\nnul.x\n'''\n"))

    def test_a_program_without_an_end_is_ended(self):
        self.assertIn("no end after 0.5 s", self.problems("'''js\nsetInterval(puts, 1e6)\n'''\n", limit=0.5))

    def test_what_it_leaves_behind_is_ended(self):
        noted = self.folder / "pid"
        code = f"node.createProcess('sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >{noted}');"
        self.assertEqual(self.problems(f"'''js\n{code}\n'''\n"), "")
        pid = noted.read_text().strip()
        for _ in range(1000):
            if not alive(pid):
                return
            time.sleep(0.01)
        self.fail("it still runs")

    def test_files_stand_beside_the_program_that_follows(self):
        page = ("'''js file=lib/one.js\nexports.one = 1;\n'''\n'''js\nconst m = require('lib/one.js');\n"
                "function onLoad() { puts(m.one); }\n'''\n'''text\n1\n'''\n")
        self.assertEqual(self.problems(page), "")
        self.assertIn("Error reading", self.problems(page.replace("file=lib/one.js", "file=lib/two.js")))

    def test_the_files_are_those_of_one_program(self):
        page = "'''js file=a.js\n'''\n'''js\nputs(1)\n'''\n'''js\nnode.fs.stat('a.js').addErrback(() => node.exit(7));\n'''\n"
        self.assertIn("page.md:6: exit code 7", self.problems(page))

    def test_the_folder_is_empty(self):
        self.assertEqual(self.problems("'''js\nnode.fs.readdir('.').addCallback((names) => p([names, ARGV.length]));\n'''\n"
                                       "'''text\n[[],2]\n'''\n"), "")

    def test_ports_are_replaced_in_the_program_and_its_text(self):
        code = "puts('http://127.0.0.1:8000/ 8001 8000'); puts([18000, 80001, 1.8001]);"
        page = self.page(f"'''js\n{code}\n'''\n'''text\nhttp://127.0.0.1:8000/ 8001 8000\n18000,80001,1.8001\n'''\n")
        self.assertEqual(api_doc.run_block(page.blocks[0]), "")
        page.blocks[0].output = None
        page.blocks[0].exit = 1
        shown = re.search(r"http://127.0.0.1:(\d{4})/ (\d{4}) (\d{4})\n", api_doc.run_block(page.blocks[0]))
        self.assertEqual(shown.group(1), shown.group(3))
        self.assertNotEqual(shown.group(1), shown.group(2))
        self.assertNotIn(shown.group(1), ("8000", "8001"))

    def test_a_server_on_such_a_port(self):
        self.assertEqual(self.problems("""'''js
const server = node.http.createServer((request, response) => {
  response.sendHeader(200, []);
  response.sendBody("hello");
  response.finish();
  server.close();
});
server.listen(8000);
node.http.cat("http://127.0.0.1:8000/", "utf8").addCallback(puts);
'''
'''text
hello
'''
"""), "")

    def test_blocks_that_are_not_well_formed(self):
        self.assertIn("page.md:1: 'exit=x'", self.page("'''js exit=x\n'''\n").problems[0])
        self.assertIn("page.md:2: 'file=../x.js'", self.page("\n'''js file=../x.js\n'''\n").problems[0])
        self.assertIn("no program follows the files a.js", self.page("'''js file=a.js\n'''\n").problems[0])
        self.assertIn("page.md:1: the block has no end", self.page("'''js\nputs(1)\n").problems[0])

    def test_other_blocks_are_no_programs(self):
        self.assertEqual(self.page("'''sh\nexit 1\n'''\n'''\nplain\n'''\n").blocks, [])

    def test_sections(self):
        page = self.page("# A\n## Class: node.X\n### x.f(a)\n'''js\n# no heading\n'''\nwords\n#### more\n")
        self.assertEqual([(s.level, s.title, s.line) for s in page.sections[1:]],
                         [(1, "A", 1), (2, "Class: node.X", 2), (3, "x.f(a)", 3), (4, "more", 8)])
        self.assertEqual(page.sections[3].parent.title, "Class: node.X")
        self.assertEqual(page.blocks[0].section.title, "x.f(a)")
        self.assertEqual(page.sections[3].text, "### x.f(a)\nwords\n")

    def test_links(self):
        self.page("# B\n### node.fs.open(path, flags)\n### Event: a\n### Event: a\n", "b.md")
        page = self.page("[1](b.md) [2](b.md#nodefsopenpath-flags) [3](#top) [4](b.md#event-a-1)\n# Top\n"
                         "[5](https://example.com/x) `[6](none.md)`\n'''js\n[7](none.md)\n'''\n")
        self.assertEqual(api_doc.broken_links({"page.md": page}), [])
        page = self.page("[1](none.md)\n[2](b.md#a)\n[3](#b)\n[4](later.md)\n")
        self.assertEqual(api_doc.broken_links({"page.md": page}),
                         ["page.md:1: there is no none.md", "page.md:2: b.md has no heading for #a",
                          "page.md:3: page.md has no heading for #b", "page.md:4: there is no later.md"])


if __name__ == "__main__":
    unittest.main()
