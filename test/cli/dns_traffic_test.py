"""What the resolver sends, seen by the server: to whom, from where, how often; and what it keeps."""
import socket
import struct
import unittest

from dns_harness import NODATA, NXDOMAIN, TEMPFAIL, DnsCase
from dns_mock import GOOD, TYPES
from harness import evaluate


def closed_port():
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Servers(DnsCase):
    # A server that fails at once costs no time-out: with these, waiting would outlast the test.
    PATIENT = {"timeout": 60000, "attempts": 1, "total": 120000}

    def test_the_next_is_asked_at_once(self):
        honest = self.mock(everything=lambda query, _: query.good())
        for label in ("servfail", "refused", "notimp", "formerr", "loop", "cut4", "tcclose"):
            with self.subTest(label):
                found = self.one(f"{label}.test", options={"servers": [self.mock().server, honest.server], **self.PATIENT})
                self.assertEqual(found.first, [GOOD])
        with self.subTest("a closed port"):
            servers = [f"127.0.0.1:{closed_port()}", honest.server]
            self.assertEqual(self.one("x.test", options={"servers": servers, **self.PATIENT}).first, [GOOD])

    def test_a_closed_port_alone_is_a_failure_that_names_it(self):
        server = f"127.0.0.1:{closed_port()}"
        answer = self.one("x.test", options={"servers": [server], "timeout": 200, "attempts": 2})
        self.assertEqual(answer.first, TEMPFAIL)
        self.assertIn(server, answer.message)

    def test_a_silent_one_is_left_after_the_time_out(self):
        first, next_one = self.mock(), self.mock(everything=lambda query, _: query.good())
        found = self.one("silent.test", options={"servers": [first.server, next_one.server], "timeout": 200})
        self.assertEqual(found.first, [GOOD])
        self.assertEqual([len(first.asked("silent.test")), len(next_one.asked("silent.test"))], [1, 1])

    def test_attempts_are_rounds_through_all(self):
        mocks = [self.mock(), self.mock()]
        found = self.one("silent.test", options={"servers": [m.server for m in mocks], "timeout": 100, "attempts": 3})
        self.assertEqual(found.first, TEMPFAIL)
        self.assertEqual([len(m.asked("silent.test")) for m in mocks], [3, 3])
        self.assertRegex(found.message, "no answer")

    def test_total_ends_it(self):
        mock = self.mock()
        options = {"servers": [mock.server], "timeout": 60000, "attempts": 5, "total": 300}
        self.assertEqual(self.one("silent.test", options=options).first, TEMPFAIL)
        self.assertEqual(len(mock.asked("silent.test")), 1)

    def test_each_try_waits_longer(self):
        mock = self.mock()
        self.one("silent.test", options={"servers": [mock.server], "timeout": 100, "attempts": 4})
        times = [query.at for query in mock.asked("silent.test")]
        gaps = [after - before for before, after in zip(times, times[1:])]
        self.assertEqual(len(gaps), 3)
        self.assertGreater(gaps[2], gaps[0])

    def test_rotation(self):
        mocks = [self.mock(), self.mock(), self.mock()]
        names = [[f"n{i}.good.test" for i in range(j, j + 10)] for j in range(0, 30, 10)]
        self.rounds(names, {"servers": [m.server for m in mocks], "rotate": True})
        for mock in mocks:
            self.assertGreaterEqual(len(mock.queries), 5)
        self.rounds([[f"m{i}.good.test" for i in range(10)]], {"servers": [m.server for m in mocks]})
        self.assertEqual([sum(q.key.startswith("m") for q in m.queries) for m in mocks], [10, 0, 0])

    def test_over_ipv6(self):
        mock = self.mock(host="::1")
        found = self.ask("good.test", "tc.test", "wrongid.then.test", options={"servers": [mock.server]})
        self.assertEqual({str(answer.first) for answer in found.values()}, {str([GOOD])})

    def test_the_list_is_read_and_set(self):
        self.resolv_conf.write_text("nameserver 192.0.2.53\nnameserver 2001:db8::53\n")
        mock = self.mock()
        done = self.run_node("-e", f"""
          puts(node.dns.servers.join(" "));
          node.dns.servers = ["{mock.server}", "[::1]:5353", "192.0.2.1"];
          puts(node.dns.servers.join(" "));
          node.dns.resolve4("good.test").addCallback(function (a) {{ puts(a); }});
          try {{ node.dns.servers = ["localhost"]; }} catch (e) {{ puts(e.message); }}
          puts(node.dns.servers.length);""")
        lines = done.out.splitlines()
        self.assertEqual(lines[:2], ["192.0.2.53:53 [2001:db8::53]:53", f"{mock.server} [::1]:5353 192.0.2.1:53"], done)
        self.assertIn("localhost", lines[2])
        self.assertEqual(lines[3:], ["3", GOOD])


class Sent(DnsCase):
    def sent(self, count=300, **options):
        """The queries for so many names."""
        mock = self.mock()
        names = [f"a-name-of-some-length-{i}.good.test" for i in range(count)]
        self.rounds([names[i:i + 50] for i in range(0, count, 50)], {"servers": [mock.server], **options})
        self.assertEqual(len(mock.queries), count)
        return mock.queries

    def test_ids_and_ports_cannot_be_guessed(self):
        queries = self.sent()
        ids = [query.id for query in queries]
        ports = {query.client[1] for query in queries}
        self.assertGreater(len(set(ids)), 290)
        self.assertLess(sum(abs(a - b) < 100 for a, b in zip(ids, ids[1:])), 20)
        for bit in range(16):
            self.assertGreater(sum(one >> bit & 1 for one in ids), 90, f"bit {bit}")
        # A pool of them, see dns_udp.cc; test/unit/dns_transport_test.cc has how it is renewed.
        self.assertGreaterEqual(len(ports), 8)
        steps = [b - a for a, b in zip(sorted(ports), sorted(ports)[1:])]
        self.assertGreater(max(ports) - min(ports), 10000)
        self.assertLess(sum(step < 3 for step in steps), len(steps) / 2)

    def test_every_process_begins_elsewhere(self):
        firsts = set()
        for _ in range(3):
            query = self.sent(1)[0]
            firsts.add((query.id, query.client[1]))
        self.assertEqual(len(firsts), 3)

    def test_the_case_of_letters_is_mixed(self):
        mixed = {query.name for query in self.sent(50)}
        self.assertGreater(sum(name != name.lower() and name != name.upper() for name in mixed), 45)
        self.assertEqual({query.name for query in self.sent(50, mixCase=False)}, {name.lower() for name in mixed})

    def test_what_is_in_a_query(self):
        for size in (None, 512, 4096, 0):
            with self.subTest(size):
                query = self.sent(1, **({} if size is None else {"udpSize": size}))[0]
                self.assertEqual(query.flags, 0x0100)  # RD and nothing else
                self.assertEqual((query.type, query.cls), (TYPES["A"], 1))
                self.assertEqual(query.edns, {None: 1232, 0: None}.get(size, size))

    def test_a_server_that_loses_the_case_is_asked_again_in_a_safe_way(self):
        mock = self.mock()
        self.assertEqual(self.one("case.test", options={"servers": [mock.server]}).first, [GOOD])
        self.assertTrue(mock.queries[-1].over_tcp or len(mock.queries) == 1)

    def test_edns_is_left_out_for_those_that_do_not_know_it(self):
        mock = self.mock()
        self.assertEqual(self.one("noedns.test", options={"servers": [mock.server]}).first, [GOOD])
        self.assertEqual([query.edns for query in mock.queries], [1232, None])

    def test_identical_questions_in_flight_are_one(self):
        mock = self.mock()
        script = self.script(f"""
          var resolver = new node.dns.Resolver({{ servers: ["{mock.server}"] }});
          for (var i = 0; i < 20; i++) {{
            resolver.resolve4(i % 2 ? "slow50.test" : "SLOW50.test").addCallback(function (a) {{ puts(a); }});
          }}
          resolver.resolve6("slow50.test").addCallback(function (a) {{ puts(a); }});""")
        done = self.run_node(script)
        self.assertEqual(sorted(done.out.split()), [GOOD] * 20 + ["2001:db8::1"], done)
        self.assertEqual(sorted(query.type for query in mock.queries), [TYPES["A"], TYPES["AAAA"]])

    def test_failures_are_shared_as_well(self):
        mock = self.mock()
        done = self.run_node("-e", f"""
          var resolver = new node.dns.Resolver({{ servers: ["{mock.server}"], timeout: 0.1, attempts: 1 }});
          for (var i = 0; i < 5; i++) resolver.resolve4("silent.test").addErrback(function (code) {{ print(code + " "); }});""")
        self.assertEqual(done.out, "-1 " * 5, done)
        self.assertEqual(len(mock.queries), 1)


class Tcp(DnsCase):
    def test_one_connection_for_many_and_answers_in_any_order(self):
        mock = self.mock()
        names = ["slow300.test", *(f"n{i}.good.test" for i in range(40))]
        found = self.rounds([names, [f"m{i}.good.test" for i in range(10)]], {"servers": [mock.server], "tcp": True})
        self.assertEqual({str(a.first) for one in found for a in one.values()}, {str([GOOD])})
        self.assertEqual(list(found[0])[-1], "slow300.test")
        self.assertTrue(all(query.over_tcp for query in mock.queries))
        self.assertLessEqual(mock.connections, 2)

    def test_truncated_answers_share_a_connection(self):
        mock = self.mock()
        found = self.ask(*(f"n{i}.tc.test" for i in range(20)), options={"servers": [mock.server]})
        self.assertEqual({str(answer.first) for answer in found.values()}, {str([GOOD])})
        self.assertLessEqual(mock.connections, 2)

    def test_a_connection_that_the_server_has_closed_is_made_anew(self):
        mock = self.mock()

        def answer_and_close(query, _):
            query.send(query.good())
            mock.hang_up(query)
        mock.everything = answer_and_close
        found = self.rounds([[f"n{i}.test"] for i in range(3)], {"servers": [mock.server], "tcp": True}, pause=50)
        self.assertEqual([str(a.first) for one in found for a in one.values()], [str([GOOD])] * 3)
        self.assertEqual(mock.connections, 3)

    def test_a_connection_that_is_closed_under_a_question_fails_only_that(self):
        mock = self.mock()
        found = self.ask("tcclose.test", *(f"n{i}.slow50.test" for i in range(10)),
                         options={"servers": [mock.server], "tcp": True, "timeout": 500})
        self.assertEqual(found.pop("tcclose.test").first, TEMPFAIL)
        self.assertEqual({str(answer.first) for answer in found.values()}, {str([GOOD])})

    def test_a_kept_connection_does_not_keep_the_program(self):
        mock = self.mock()
        self.assertEqual(self.one("good.test", options={"servers": [mock.server], "tcp": True}).first, [GOOD])


class Cache(DnsCase):
    def asked(self, *rounds, pause=0, **options):
        """The rounds' answers, and how often each name was asked for."""
        mock = self.mock()
        found = self.rounds([[one] if isinstance(one, (str, tuple)) else one for one in rounds],
                            {"servers": [mock.server], **options}, pause)
        counts = {}
        for query in mock.queries:
            counts[query.key] = counts.get(query.key, 0) + 1
        return found, counts

    def test_the_ttl_counts_down(self):
        found, counts = self.asked("ttl100.test", "TTL100.test", pause=1100)
        self.assertEqual(counts, {"ttl100.test": 1})
        self.assertEqual(found[0]["ttl100.test"].values, [[GOOD], 100, "ttl100.test"])
        self.assertEqual(found[1]["TTL100.test"].values[::2], [[GOOD], "ttl100.test"])
        self.assertIn(found[1]["TTL100.test"].values[1], range(80, 100))

    def test_what_is_over_is_asked_for_again(self):
        _, counts = self.asked(["ttl1.test", "ttl0.test", "ttl9.test"], ["ttl1.test", "ttl0.test", "ttl9.test"], pause=1200)
        self.assertEqual(counts, {"ttl1.test": 2, "ttl0.test": 2, "ttl9.test": 1})

    def test_failures_that_are_known(self):
        names = ["nx.test", "nodata.test", "nosoa.test", "nxfar.test", "servfail.test", "refused.test"]
        found, counts = self.asked(names, names, attempts=1)
        for answers in found:
            self.assertEqual([answers[name].first for name in names], [NXDOMAIN, NODATA, NXDOMAIN, NXDOMAIN, TEMPFAIL, TEMPFAIL])
        self.assertEqual(counts, {"nx.test": 1, "nodata.test": 1, "nosoa.test": 2, "nxfar.test": 2, "servfail.test": 2, "refused.test": 2})

    def test_a_failure_is_kept_as_long_as_the_zone_says(self):
        _, counts = self.asked(["nx1.test", "nodata1.test"], ["nx1.test", "nodata1.test"], pause=1200)
        self.assertEqual(counts, {"nx1.test": 2, "nodata1.test": 2})

    def test_absurd_times(self):
        found, _ = self.asked(["ttl4294967295.test", "ttl2147483647.test"])
        self.assertEqual(found[0]["ttl4294967295.test"].values[1], 0)
        self.assertEqual(found[0]["ttl2147483647.test"].values[1], 604800)

    def test_types_are_kept_apart(self):
        found, counts = self.asked("good.test", ("resolve6", "good.test"), "good.test")
        self.assertEqual(found[1]["resolve6", "good.test"].first, ["2001:db8::1"])
        self.assertEqual(counts, {"good.test": 2})

    def test_without(self):
        _, counts = self.asked("good.test", "good.test", cache=0)
        self.assertEqual(counts, {"good.test": 2})

    def test_the_least_recently_used_leaves(self):
        a, b, c, d = (f"{letter}.good.test" for letter in "abcd")
        _, counts = self.asked(a, b, c, a, d, a, c, d, b, cache=3)
        self.assertEqual(counts, {a: 1, b: 2, c: 1, d: 1})

    def test_clear_and_size(self):
        mock = self.mock()
        done = self.run_node("-e", f"""
          node.dns.servers = ["{mock.server}"];
          function ask(next) {{ node.dns.resolve4("good.test").addCallback(function () {{ puts(node.dns.cache.size); next(); }}); }}
          puts(node.dns.cache.size);
          ask(function () {{ ask(function () {{ node.dns.cache.clear(); puts(node.dns.cache.size); ask(function () {{}}); }}); }});""")
        self.assertEqual(done.out.split(), ["0", "1", "1", "0", "1"], done)
        self.assertEqual(len(mock.queries), 2)

    def test_what_is_handed_out_is_the_callers_own(self):
        mock = self.mock()
        done = self.run_node("-e", f"""
          node.dns.servers = ["{mock.server}"];
          node.dns.resolve4("good.test").addCallback(function (first) {{
            first.push("x");
            node.dns.resolve4("good.test").addCallback(function (again) {{ puts(again); }});
          }});""")
        self.assertEqual(done.out, GOOD + "\n", done)

    def test_a_cached_answer_comes_after_the_call_has_returned(self):
        mock = self.mock()
        done = self.run_node("-e", f"""
          node.dns.servers = ["{mock.server}"];
          node.dns.resolve4("good.test").addCallback(function () {{
            var promise = node.dns.resolve4("good.test");
            puts("called");
            promise.addCallback(function () {{ puts("answered"); }});
          }});""")
        self.assertEqual(done.out, "called\nanswered\n", done)


if __name__ == "__main__":
    unittest.main()
