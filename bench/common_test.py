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
