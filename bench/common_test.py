#!/usr/bin/env python3
"""Tests of what the benches share. Fast, without network: python3 bench/common_test.py"""

import argparse
import importlib.machinery
import importlib.util
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
import xml.etree.ElementTree

sys.dont_write_bytecode = True
BENCH = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(BENCH))

import chart  # noqa: E402
import common  # noqa: E402


def load_script(name):
    """A bench without .py in its name, as a module."""
    loader = importlib.machinery.SourceFileLoader("bench_" + name, str(BENCH / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


peers = load_script("peers")
startup = load_script("startup")
idle = load_script("idle")
sweep = load_script("sweep")
tcp = load_script("tcp")
dns = load_script("dns")
fs = load_script("fs")
children = load_script("spawn")


class Statistics(unittest.TestCase):
    def test_quartiles(self):
        self.assertEqual(common.quartiles([5, 1, 3, 2, 4]), (2, 3, 4))
        self.assertEqual(common.quartiles([1, 2]), (1.25, 1.5, 1.75))
        self.assertEqual(common.quartiles([7]), (7, 7, 7))
        self.assertRaises(ValueError, common.quartiles, [])

    def test_a_ratio_is_paired_so_that_drift_cancels(self):
        drifting = [1, 2, 10, 100]
        twice = [2, 4, 20, 200]
        self.assertEqual(common.paired_ratio(twice, drifting), 2)

    def test_a_failed_run_takes_its_pair_out(self):
        self.assertEqual(common.paired_ratios([2, None, 9], [1, 5, None]), [2])
        self.assertIsNone(common.paired_ratio([None], [1]))

    def test_everybody_is_first_and_last_equally_often(self):
        orders = [common.rotated("abc", i) for i in range(6)]
        self.assertEqual(sorted(order[0] for order in orders), list("aabbcc"))
        self.assertEqual(sorted(order[-1] for order in orders), list("aabbcc"))
        self.assertTrue(all(sorted(order) == list("abc") for order in orders))


class Printing(unittest.TestCase):
    def test_number(self):
        shown = [common.number(v) for v in (0.01234, 0.5, 1.234, 12.34, 1234.5, 3, None)]
        self.assertEqual(shown, ["0.0123", "0.50", "1.23", "12.3", "1,234", "3", "-"])

    def test_table_is_aligned_markdown(self):
        self.assertEqual(common.table(["name", "ms"], [["a", 1], ["long", 1000]]),
                         "| name |   ms |\n| ---- | ---: |\n| a    |    1 |\n| long | 1000 |")

    def test_machine_facts_name_no_machine(self):
        facts = common.machine_facts()
        self.assertGreaterEqual(facts["cores"], 1)
        self.assertNotIn(" " + __import__("os").uname().nodename + " ", f" {common.machine_line(facts)} ")


class Chart(unittest.TestCase):
    def test_is_well_formed_and_escapes(self):
        panel = chart.Panel("a < b & c", "ms", [chart.Bar('"x"', 2, 1, 3, True), chart.Bar("zero", 0)])
        root = xml.etree.ElementTree.fromstring(chart.chart('<"t">', [panel], "note"))
        texts = [node.text for node in root.iter() if node.tag.endswith("text")]
        self.assertIn('<"t">', texts)
        self.assertIn("a < b & c (ms)", texts)
        widths = [float(node.get("width")) for node in root.iter() if node.tag.endswith("rect")]
        self.assertEqual(len(widths), 2)
        self.assertLess(max(widths), chart.WIDTH)

    def test_an_empty_panel_does_no_harm(self):
        xml.etree.ElementTree.fromstring(chart.chart("t", [chart.Panel("p", "ms", [])]))


class Peers(unittest.TestCase):
    def test_pins_are_complete(self):
        pins = json.loads(peers.PINS.read_text())
        for name, pin in pins.items():
            with self.subTest(name):
                self.assertTrue(pin["integrity"].startswith("sha512-"))
                self.assertTrue(pin["version"][0].isdigit())
                self.assertIn(pin.get("otherwise", name), pins)

    def test_a_cpu_without_avx2_gets_the_baseline(self):
        pins = json.loads(peers.PINS.read_text())
        has, peers.cpu_has = peers.cpu_has, lambda flag: False
        try:
            self.assertEqual(peers.choose(pins, "bun")[0], "bun-baseline")
            self.assertEqual(peers.choose(pins, "node")[0], "node")
        finally:
            peers.cpu_has = has

    def test_an_unknown_name_lists_the_known(self):
        with self.assertRaisesRegex(peers.Trouble, "bun, bun-baseline, node, deno"):
            peers.choose(json.loads(peers.PINS.read_text()), "rhino")

    def test_without_npm_the_remedy_is_named(self):
        run, peers.subprocess.run = peers.subprocess.run, lambda *a, **k: (_ for _ in ()).throw(FileNotFoundError())
        try:
            with self.assertRaisesRegex(peers.Trouble, "apt-get install npm"):
                peers.npm("view", "x")
        finally:
            peers.subprocess.run = run

    def test_a_changed_package_is_refused(self):
        npm = peers.npm
        peers.npm = lambda *a, cwd: (pathlib.Path(cwd) / "x.tgz").write_bytes(b"other")
        pin = {"package": "x", "version": "1", "integrity": "sha512-AAAA", "binary": "bin/x"}
        try:
            with tempfile.TemporaryDirectory() as folder:
                target = pathlib.Path(folder) / "x-1"
                stderr, sys.stderr = sys.stderr, open("/dev/null", "w")
                try:
                    with self.assertRaisesRegex(peers.Trouble, "is not what bench/peers.json pins"):
                        peers.fetch(pin, target)
                finally:
                    sys.stderr.close()
                    sys.stderr = stderr
                self.assertFalse(target.exists())
                self.assertEqual(list(pathlib.Path(folder).iterdir()), [])
        finally:
            peers.npm = npm


class Sweeping(unittest.TestCase):
    def test_growth_is_for_a_tenfold_size(self):
        linear, quadratic = [(10, 3), (100, 3), (200, 3)], [(10, 1), (100, 10)]
        self.assertIsNone(sweep.growth(linear)[0])
        for times in sweep.growth(linear)[1:]:
            self.assertAlmostEqual(times, 10)
        self.assertAlmostEqual(sweep.growth(quadratic)[1], 100)

    def test_more_than_the_bar_is_flagged(self):
        case = sweep.Case("things", "thing", [10, 100], "http")
        self.assertFalse(sweep.report(case, [(10, 3), (100, 3.5)], 12)[1])
        text, flagged = sweep.report(case, [(10, 3), (100, 3.7)], 12)
        self.assertTrue(flagged)
        self.assertIn("more than linear", text)

    def test_requests_are_as_large_as_they_say(self):
        self.assertEqual(sweep.fields(10).count(b": "), 10)
        self.assertIn(b"v" * 300 + b"\r\n\r\n", sweep.value(300))
        self.assertEqual(sweep.chunks(7).count(b"1\r\nc\r\n"), 7)
        self.assertEqual(sweep.pipelined(5).count(b"GET / "), 5)


class Serving(unittest.TestCase):
    def round(self, case, **figures):
        return {"per_s": 1, "per_cpu_s": 1, "mb_per_s": 1, "mb_per_cpu_s": 1, "user_us": 1, "p99_ms": 1, "resident_mb": 1,
                "busy": 1, "load_busy": 1, **figures}

    def test_tcp_says_who_was_the_limit(self):
        result = {"C": [self.round("small", busy=0.5)], "ours": [self.round("small")],
                  "bun": [self.round("small", busy=0.5, load_busy=0.5)]}
        text = tcp.report("small", 2, result)
        self.assertIn("The load was the limit for: C (", text)
        self.assertIn("Both sides waited for one another with: bun (", text)
        self.assertIn("messages/CPU-s", text)
        self.assertIn("MB/CPU-s", tcp.report("block", 1, result))

    def test_charts_are_well_formed(self):
        rounds = {"ours": [self.round("small")], "bun": [self.round("small")]}
        xml.etree.ElementTree.fromstring(tcp.as_svg({("small", 1): rounds}, {"cpu": "x"}))
        figures = {name: 1 for name in ("before_mb", "idle_mb", "bytes_each", "per_cpu_s", "of_fresh", "after_mb",
                                        "after_of_before")}
        xml.etree.ElementTree.fromstring(idle.as_svg({"ours": [figures]}, 10, {"cpu": "x"}))
        self.assertIn("10 idle connections", idle.report({"ours": [figures]}, 10))


class Dns(unittest.TestCase):
    def test_the_c_clients_ask_the_c_server(self):
        with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
            folder = pathlib.Path(folder)
            common.build_c("dns_server.c", folder, ["-O0"])
            common.build_c("limit_dns.c", folder, ["-O0"])
            server = dns.serving.Server("dns_server", [folder / "dns_server"], "0", {})
            self.addCleanup(server.stop)
            options = argparse.Namespace(node="node", clients=[dns.LIMIT, dns.LIMIT_BATCH, dns.LIMIT_NEW], rounds=2,
                                         queries=250)
            with unittest.mock.patch.object(dns, "WARM_UP", 10), unittest.mock.patch.object(dns, "CLIENT_CORE", "0"):
                result = dns.run_clients(options, folder, server.port, common.Progress(io.StringIO()))
        self.assertEqual([len(rounds) for rounds in result.values()], [2, 2, 2])
        self.assertTrue(all(one["per_cpu_s"] > 0 for rounds in result.values() for one in rounds))
        text = dns.report(options, result)
        self.assertIn("250 distinct A queries", text)
        self.assertIn("| C-new ", text)

    def test_a_client_that_fails_says_why(self):
        with self.assertRaisesRegex(common.Trouble, "x did not start: nothing here"), \
                unittest.mock.patch.object(dns, "START_SECONDS", 1), unittest.mock.patch.object(dns, "CLIENT_CORE", "0"):
            dns.Client("x", ["sh", "-c", "echo nothing here >&2"], {"PATH": "/usr/bin:/bin"})

    def test_report_and_chart(self):
        rounds = [{"per_s": 1, "per_cpu_s": speed, "us": 3, "busy": 1, "peak_mb": 4} for speed in (100, 300)]
        result = {"C": rounds, "ours": rounds, "bun": [{**one, "per_cpu_s": 50} for one in rounds]}
        cells = [line.replace(" ", "").split("|") for line in dns.report(argparse.Namespace(queries=5), result).split("\n")]
        self.assertEqual([row[-3:-1] for row in cells[2:]], [["1", "4"], ["1", "4"], ["0.33", "1"]])
        self.assertIn("1.50", dns.report_cached((0.5, 1, 2)))
        xml.etree.ElementTree.fromstring(dns.as_svg(result, {"cpu": "x"}))


class Files(unittest.TestCase):
    """bench/fs, with small files and with scripts in the place of runtimes."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir="/var/tmp")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.options = argparse.Namespace(node=self.folder / "ours", cases=list(fs.CASES), servers=[fs.LIMIT, fs.OURS], rounds=2,
                                          cores="2", files=20, size=100, mb=1, block=64 * 1024)
        common.build_c("limit_fs.c", self.folder, ["-O0"])
        common.build_c("spawn.c", self.folder, ["-O0"])
        fs.prepare(self.options, self.folder)

    def be_ours(self, lines):
        (self.folder / "ours").write_text("#!/bin/sh\nshift\n" + lines)
        (self.folder / "ours").chmod(0o755)

    def run_both(self, case):
        return fs.run_case(case, self.options, self.folder, common.Progress(io.StringIO()))

    def test_figures_of_both_cases_and_what_is_wanted(self):
        self.be_ours('exec "${0%/*}/limit_fs" "$@"\n')
        for case in fs.CASES:
            with self.subTest(case):
                result = self.run_both(case)
                self.assertEqual([len(rounds) for rounds in result.values()], [2, 2])
                self.assertTrue(all(one["ms"] > 0 and one["peak_mb"] > 0 for rounds in result.values() for one in rounds))
                self.assertNotIn("Over the middle", fs.report(case, result, self.options))
        self.assertFalse((self.folder / "copy").exists())

    def test_the_middle_is_taken_round_by_round(self):
        def rounds(*values):
            return [{"ms": value, "cpu_ms": 2 * value, "peak_mb": value} for value in values]

        result = {"C": rounds(10, 20), "bun": rounds(30, 60), "ours": rounds(40, 60)}
        self.assertEqual(fs.middle(result), [1.75, 1.75])
        text = fs.report("cat", result, self.options)
        self.assertIn("20 files of 100 bytes", text)
        self.assertIn("wall 1.75, CPU 1.75; peak at most 60 MB of 30.", text)

    def test_one_that_has_read_something_else_is_no_figure(self):
        self.be_ours('echo "1 3"\n')
        with self.assertRaisesRegex(common.Trouble, "ours has read 3 bytes at cat, where 2000 were due"):
            self.run_both("cat")
        self.be_ours('"${0%/*}/limit_fs" "$@" && printf x | dd of="$3" conv=notrunc bs=1 seek=70000 2>/dev/null\n')
        with self.assertRaisesRegex(common.Trouble, "what ours has copied differs"):
            self.run_both("copy")

    def test_one_that_fails_says_why(self):
        self.be_ours("echo no such thing >&2; exit 1\n")
        with self.assertRaisesRegex(common.Trouble, "ours failed at cat: .*no such thing"):
            self.run_both("cat")


class Children(unittest.TestCase):
    """bench/spawn, with scripts in the place of runtimes."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir="/var/tmp")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.ours = self.folder / "ours"
        self.options = argparse.Namespace(node=self.ours, count=3, rounds=2, cores="2",
                                          servers=[children.LIMIT, children.OURS, children.OURS_SHELL])
        common.build_c("limit_spawn.c", self.folder, ["-O0"])

    def be_ours(self, lines):
        self.ours.write_text("#!/bin/sh\n" + lines)
        self.ours.chmod(0o755)

    def run_case(self, case):
        return children.run_case(case, self.options, self.folder, common.Progress(io.StringIO()))

    def test_what_contenders_are_given(self):
        command = lambda name, case: [str(word) for word in children.command_of(name, case, self.options, self.folder, 3)][1:]
        self.assertEqual(command(children.LIMIT, "argv"), ["3", "/bin/true"])
        self.assertEqual(command(children.LIMIT, "shell"), ["3", "/bin/sh", "-c", "/bin/true"])
        self.assertEqual(command(children.OURS, "shell")[1:], ["3", "0", "shell", "/bin/true"])
        self.assertEqual(command(children.OURS, "heap")[1:], ["3", "800", "argv", "/bin/true"])
        # One that our reading of the command line leaves to the shell; without a shell it has nothing to say.
        self.assertEqual(command(children.OURS_SHELL, "shell")[1:], ["3", "0", "shell", "/bin/true;"])
        self.assertIsNone(children.command_of(children.OURS_SHELL, "argv", self.options, self.folder, 3))

    def test_rounds_and_report(self):
        self.be_ours("echo 6000000\n")
        result = self.run_case("argv")
        self.assertEqual(list(result), [children.LIMIT, children.OURS])
        self.assertEqual([one["ms"] for one in result[children.OURS]], [2, 2])
        self.assertTrue(all(one["ms"] > 0 for one in result[children.LIMIT]))
        rounds = lambda *values: [{"ms": value, "cpu_ms": value / 4} for value in values]
        text = children.report("argv", {"C": rounds(1, 2), "ours": rounds(2, 3)}, self.options)
        cells = [line.replace(" ", "").split("|")[1:-1] for line in text.split("\n")]
        self.assertEqual(cells[0][0], "/bin/truebyargumentvector;2core")
        self.assertEqual(cells[2:], [["C", "1.500", "1.000", "2.000", "1", "0.375", "1"],
                                     ["ours", "2.500", "2.000", "3.000", "1.75", "0.625", "1.75"]])

    def test_what_the_start_costs_is_not_the_childrens(self):
        self.options.count = 101
        costs = lambda name, command, options, folder: (202e6, 0.5 + 0.003 * (int(command[2]) - 1))
        with unittest.mock.patch.object(children, "run_once", costs):
            one = children.run(children.OURS, "argv", self.options, self.folder)
        self.assertEqual(one["ms"], 2)
        self.assertAlmostEqual(one["cpu_ms"], 3)

    def test_a_child_that_fails_ends_the_bench(self):
        self.be_ours("echo exit code 1 >&2; exit 1\n")
        with self.assertRaisesRegex(common.Trouble, "ours failed: exit code 1"):
            self.run_case("argv")
        done = subprocess.run([str(self.folder / "limit_spawn"), "2", "/bin/false"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("the child failed", done.stderr)


class Spawn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(dir="/var/tmp")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.spawn = common.build_c("spawn.c", cls.folder.name, ["-O0"])
        cls.script = pathlib.Path(cls.folder.name) / "script"

    def run_it(self, *command):
        return subprocess.run([str(self.spawn), *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_costs_status_and_output(self):
        done = self.run_it("/bin/sh", "-c", "echo hello; exit 3")
        first, _, printed = done.stdout.partition(b"\n")
        run = dict(zip(startup.RUN_FIELDS, map(int, first.split())))
        self.assertEqual(printed, b"hello\n")
        self.assertEqual(run["status"], 3 << 8)
        self.assertEqual(run["left_pages"], -1)
        self.assertGreater(run["wall_ns"], 0)
        self.assertGreater(run["peak_kb"], 0)

    def test_a_missing_program_is_named(self):
        done = self.run_it("/nonexistent")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"/nonexistent: No such file", done.stderr)

    def test_wrong_output_is_a_complaint_and_no_figure(self):
        complaints = []
        bench = startup.Startup.__new__(startup.Startup)
        bench.scratch, bench.spawn, bench.environment = self.folder.name, self.spawn, {}
        bench.complaints = complaints
        self.script.write_text("#!/bin/sh\necho bye\n")
        self.script.chmod(0o755)
        self.assertIsNone(bench.run(startup.Program("x", [self.script], b"hello\n"), drop=False))
        self.assertIn("b'bye\\n' where b'hello\\n' was due", complaints[0])
        self.assertIsNotNone(bench.run(startup.Program("x", [self.script], b"bye\n"), drop=False))


class Reach(unittest.TestCase):
    def program(self, name, walls):
        program = startup.Program(name, ["/bin/sh"], b"")
        for mode in program.runs:
            program.runs[mode] = [dict(zip(startup.RUN_FIELDS, (w * 10**6, 1, 1, 1024, 1, 0, 0, 0))) for w in walls]
        return program

    def test_best_peer_is_chosen_per_figure_and_floor_is_no_peer(self):
        programs = [self.program(startup.FLOOR, [1]), self.program("bun", [8]), self.program("deno", [6]),
                    self.program(startup.OURS, [3])]
        self.assertEqual(startup.best_peer(programs, "cold", "wall").name, "deno")
        lines = startup.reach_lines(programs)
        self.assertIn("wall, warm: 0.38 × bun, wanted at most 0.5 ×: reached", lines)
        self.assertIn("wall, cold: 0.50 × the best peer (deno), wanted at most 0.3 ×: not reached", lines)

    def test_without_ours_it_says_so(self):
        self.assertIn("no figures of ours", startup.reach_lines([self.program("bun", [8])])[0])


if __name__ == "__main__":
    unittest.main()
