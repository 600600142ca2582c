"""node.dns: what its functions give, where it takes its settings from, what it keeps and what it sends."""
import unittest

from dns_harness import BADQUERY, NODATA, NXDOMAIN, TEMPFAIL, DnsCase
from dns_mock import GOOD, GOOD6, TYPES
from harness import NODE, evaluate, run

LONG = ["x" * 255] * 8  # TXT strings over 1232 bytes
ZONE = {
    "host.zone": {"A": ["192.0.2.10", "192.0.2.11"], "AAAA": ["2001:db8::10"], "ttl": 300},
    "alias.zone": {"CNAME": ["host.zone"], "ttl": 90},
    "four.zone": {"A": ["192.0.2.4"]},
    "six.zone": {"AAAA": ["2001:db8::6"]},
    "mail.zone": {"MX": [(20, "b.mail.zone"), (10, "a.mail.zone")]},
    "text.zone": {"TXT": [("one", "two words"), ("",)]},
    "long.zone": {"TXT": [tuple(LONG)]},
    "_sip._tcp.zone": {"SRV": [(1, 2, 5060, "sip.zone"), (3, 4, 0, ".")]},
    "zone": {"NS": ["ns1.zone", "ns2.zone"], "SOA": [("ns1.zone", "root.zone", 2026, 7200, 3600, 1209600, 300)],
             "CAA": [(0, "issue", "ca.example"), (128, "iodef", "mailto:x@zone")]},
    "10.2.0.192.in-addr.arpa": {"PTR": ["host.zone"]},
    "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa": {"PTR": ["host.zone", "other.zone"]},
    "xn--bcher-kva.zone": {"A": ["192.0.2.77"]},
}


class Functions(DnsCase):
    def setUp(self):
        super().setUp()
        self.server = self.mock(ZONE)
        self.options = {"servers": [self.server.server]}

    def test_addresses_ttl_and_canonical_name(self):
        found = self.ask("host.zone", "alias.zone", ("resolve6", "host.zone"), ("resolve6", "alias.zone"), options=self.options)
        self.assertEqual(found["host.zone"].values, [["192.0.2.10", "192.0.2.11"], 300, "host.zone"])
        self.assertEqual(found["alias.zone"].values, [["192.0.2.10", "192.0.2.11"], 90, "host.zone"])
        self.assertEqual(found["resolve6", "host.zone"].values, [["2001:db8::10"], 300, "host.zone"])
        self.assertEqual(found["resolve6", "alias.zone"].values, [["2001:db8::10"], 90, "host.zone"])

    def test_the_canonical_name_is_in_lower_case_without_a_dot_or_escapes(self):
        spellings = ["host.zone", "HOST.zone", "host.zone.", "ho\\115t.zone", "h\\111st\\.zone"]
        expected = ["host.zone"] * 4 + ["host\\.zone"]
        mock = self.mock(everything=lambda query, _: query.good())
        for pause, found in zip(("asked", "cached"), self.rounds([spellings, spellings], {"servers": [mock.server]})):
            with self.subTest(pause):
                self.assertEqual([found[name].values[2] for name in spellings], expected)
        with self.subTest("a domain that makes the name as long as its text"):
            options = {"servers": [mock.server], "search": ["ab"]}
            self.assertEqual(self.one("\\103", options=options).values[2], "g.ab")
        with self.subTest("a text that is longer than any name"):
            long_one = "\\097" * 60 + "." + "\\098" * 20
            self.assertEqual(self.one(long_one, options={"servers": [mock.server]}).values[2], "a" * 60 + "." + "b" * 20)

    def test_reverse(self):
        found = self.ask(("reverse", "192.0.2.10"), ("reverse", "2001:db8::10"), ("reverse", "192.0.2.99"), options=self.options)
        arpa = [name for name in ZONE if name.endswith("arpa")]
        self.assertEqual(found["reverse", "192.0.2.10"].values, [["host.zone"], 60, arpa[0]])
        self.assertEqual(found["reverse", "2001:db8::10"].values, [["host.zone", "other.zone"], 60, arpa[1]])
        self.assertEqual(found["reverse", "192.0.2.99"].first, NXDOMAIN)

    def test_every_type(self):
        expected = {
            ("resolveMx", "mail.zone"): [{"priority": 20, "exchange": "b.mail.zone"}, {"priority": 10, "exchange": "a.mail.zone"}],
            ("resolveTxt", "text.zone"): [["one", "two words"], [""]],
            ("resolveTxt", "long.zone"): [LONG],
            ("resolveSrv", "_sip._tcp.zone"): [{"priority": 1, "weight": 2, "port": 5060, "name": "sip.zone"},
                                               {"priority": 3, "weight": 4, "port": 0, "name": "."}],
            ("resolveNs", "zone"): ["ns1.zone", "ns2.zone"],
            ("resolveCname", "alias.zone"): ["host.zone"],
            ("resolvePtr", "10.2.0.192.in-addr.arpa"): ["host.zone"],
            ("resolveSoa", "zone"): {"mname": "ns1.zone", "rname": "root.zone", "serial": 2026, "refresh": 7200, "retry": 3600,
                                     "expire": 1209600, "minimum": 300},
            ("resolveCaa", "zone"): [{"flags": 0, "tag": "issue", "value": "ca.example"},
                                     {"flags": 128, "tag": "iodef", "value": "mailto:x@zone"}],
        }
        found = self.ask(*expected, options=self.options)
        for question, records in expected.items():
            with self.subTest(question):
                self.assertEqual(found[question].first, records, found[question])

    def test_failures(self):
        found = self.ask("nothing.zone", "six.zone", ("resolveMx", "host.zone"), "servfail.test", options=self.options)
        self.assertEqual(found["nothing.zone"].first, NXDOMAIN)
        self.assertEqual(found["six.zone"].first, NODATA)
        self.assertEqual(found["resolveMx", "host.zone"].first, NODATA)
        self.assertEqual(found["servfail.test"].first, TEMPFAIL)
        self.assertIn("nothing.zone", found["nothing.zone"].message)

    def test_names(self):
        bad = ["", "a..zone", ".zone", "x" * 64 + ".zone", ".".join(["x" * 49] * 6), "b\u00fccher.zone", "nul\0.zone"]
        good = {"HOST.zone": "192.0.2.10", "host.zone.": "192.0.2.10", "xn--bcher-kva.zone": "192.0.2.77"}
        found = self.ask(*bad, *good, options=self.options)
        for name in bad:
            with self.subTest(name):
                self.assertEqual(found[name].first, BADQUERY, found[name])
        for name, address in good.items():
            with self.subTest(name):
                self.assertEqual(found[name].first[0], address, found[name])

    def test_the_longest_names_are_asked_for(self):
        names = ["x" * 63 + ".good.test", ".".join(["x" * 49] * 4 + ["x" * 42, "good", "test"])]
        self.assertEqual(len(names[1]), 253 - 1)
        found = self.ask(*names, options=self.options)
        self.assertEqual([found[name].first for name in names], [[GOOD], [GOOD]])

    def test_nonsense_throws(self):
        for call in ("resolve4()", "resolve4(1)", "resolve6(null)", "resolveMx({})", "reverse('x.example')", "reverse('1.2.3')",
                     "lookup()"):
            with self.subTest(call):
                done = evaluate(f"try {{ node.dns.{call}; puts('no'); }} catch (e) {{ puts(e.name + ' ' + e.message); }}")
                self.assertRegex(done.out, "^(Type|Range)?Error ", done)

    def test_constants(self):
        done = evaluate("['TEMPFAIL', 'PROTOCOL', 'NXDOMAIN', 'NODATA', 'NOMEM', 'BADQUERY'].forEach("
                        "function (n) { print(node.dns[n] + ' '); });")
        self.assertEqual(done.out, "-1 -2 -3 -4 -5 -6 ", done)

    def test_an_option_that_changes_while_it_is_read(self):
        """It is read once: what is checked is what counts."""
        done = self.run_node(self.script("""
          function turning(name, first, then) {
            var array = [first], options = {};
            Object.defineProperty(array, 0, { get: function () { var value = first; first = then; return value(); } });
            options[name] = array;
            return new node.dns.Resolver(options);
          }
          function fail() { throw new Error("read again"); }
          turning("search", function () { return "zone"; }, fail);
          puts(turning("servers", function () { return "192.0.2.1"; }, fail).servers);
          puts(new node.dns.Resolver({ servers: new Proxy(["192.0.2.2"], {}) }).servers);"""))
        self.assertEqual((done.code, done.out), (0, "192.0.2.1:53\n192.0.2.2:53\n"), done)

    def test_what_is_no_resolver_is_refused(self):
        result = run("-e", """
            var Resolver = node.dns.Resolver, prototype = Resolver.prototype;
            function what(f) { try { f(); puts("fine"); } catch (error) { puts(error.name + " " + error.message); } }
            what(function () { prototype.resolve4.call({ _handle: 77 }, "a"); });
            what(function () { prototype.resolve4.call(Object.create(prototype, { _handle: { value: 77 } }), "a"); });
            what(function () { prototype.lookup.call(undefined, "a"); });
            what(function () { prototype.cache; });
            what(function () { new Proxy(new Resolver(), {}).reverse("127.0.0.1"); });
            what(function () { Resolver.call(Object.freeze(Object.create(prototype))); });""")
        refused = "TypeError dns: called on [object Object], which is no Resolver\n"
        self.assertEqual(result.out, refused * 5 + "fine\n", result)

    def test_a_cache_keeps_its_resolver(self):
        done = self.run_node("--v8-flags=--expose-gc", self.script("""
          var cache = (function () { return new node.dns.Resolver().cache; })();
          var rounds = 0;
          setTimeout(function again() {
            gc();
            if (++rounds < 5) return setTimeout(again, 1);
            cache.clear();
            puts(cache.size);
          }, 1);"""))
        self.assertEqual((done.code, done.out), (0, "0\n"), done)

    def test_functions_on_what_is_no_resolver(self):
        done = self.run_node(self.script("""
          var p = node.dns.Resolver.prototype, lone = p.resolve4;
          function attempt(f) { try { f(); puts("no error"); } catch (error) { puts(error.name); } }
          attempt(function () { p.resolve4.call({}, "a"); });
          attempt(function () { lone("a"); });
          attempt(function () { p.reverse.call(1, "192.0.2.1"); });
          attempt(function () { p.lookup("a"); });
          attempt(function () { return p.servers; });
          attempt(function () { return p.cache; });"""))
        self.assertEqual((done.code, done.out), (0, "TypeError\n" * 6), done)

    def test_a_resolver_says_what_is_wrong_with_an_option(self):
        for options in ("{servers: []}", "{servers: ['x']}", "{servers: '127.0.0.1'}", "{servers: ['127.0.0.1:0']}", "{timeout: 0}",
                        "{attempts: -1}", "{total: 'x'}", "{cache: -1}", "{udpSize: 100000}", "{ndots: 99}", "{search: ['a..b']}"):
            with self.subTest(options):
                name = options[1:].split(":")[0]
                done = evaluate(f"try {{ new node.dns.Resolver({options}); puts('no'); }} catch (e) {{ puts(e.message); }}")
                self.assertIn(name, done.out, done)


class Lookup(DnsCase):
    def look(self, *questions, zone=None, **environment):
        """First values by question, and the mock that was asked."""
        mock = self.mock(zone or ZONE)
        found = self.ask(*(("lookup", *q) if isinstance(q, tuple) else ("lookup", q) for q in questions),
                         NAMESERVERS="127.0.0.1", RES_OPTIONS=f"port:{mock.port} timeout:1 attempts:1", **environment)
        return {key[1] if len(key) == 2 else key[1:]: answer.first for key, answer in found.items()}, mock

    def test_literals_and_localhost_ask_nobody(self):
        self.hosts.write_text("192.0.2.55 localhost\n")  # RFC 6761, 6.3: it is always the loopback
        found, mock = self.look("192.0.2.9", "2001:db8::9", "::1", "localhost", "a.localhost", "LOCALHOST.", ("localhost", {"family": 6}))
        self.assertEqual(found["192.0.2.9"], ["192.0.2.9"])
        self.assertEqual(found["2001:db8::9"], ["2001:db8::9"])
        self.assertEqual(found["::1"], ["::1"])
        for name in ("localhost", "a.localhost", "LOCALHOST."):
            self.assertEqual(found[name][0], "127.0.0.1", name)
        self.assertEqual(found["localhost", '{"family": 6}'], ["::1"])
        self.assertEqual(mock.queries, [])

    def test_the_hosts_file_comes_first(self):
        self.hosts.write_text("# comment\n192.0.2.20\thost.zone   Short # more\n2001:db8::20 host.zone\nnonsense\n192.0.2.21 short\n")
        found, mock = self.look("host.zone", "HOST.ZONE", "short", "four.zone", ("host.zone", {"family": 6}))
        self.assertEqual(found["host.zone"], ["192.0.2.20", "2001:db8::20"])
        self.assertEqual(found["HOST.ZONE"], ["192.0.2.20", "2001:db8::20"])
        self.assertEqual(found["short"], ["192.0.2.20", "192.0.2.21"])
        self.assertEqual(found["host.zone", '{"family": 6}'], ["2001:db8::20"])
        self.assertEqual(found["four.zone"], ["192.0.2.4"])
        self.assertEqual({query.key for query in mock.queries}, {"four.zone"})

    def test_resolve4_is_pure_dns(self):
        self.hosts.write_text("192.0.2.20 host.zone\n")
        mock = self.mock(ZONE)
        self.assertEqual(self.one("host.zone", options={"servers": [mock.server]}).first, ["192.0.2.10", "192.0.2.11"])

    def test_both_families_ipv4_first(self):
        found, _ = self.look("host.zone", "alias.zone", "four.zone", "six.zone", ("host.zone", {"family": 4}), ("host.zone", {"family": 6}),
                             "nothing.zone", "mail.zone")
        both = ["192.0.2.10", "192.0.2.11", "2001:db8::10"]
        self.assertEqual(found["host.zone"], both)
        self.assertEqual(found["alias.zone"], both)
        self.assertEqual(found["four.zone"], ["192.0.2.4"])
        self.assertEqual(found["six.zone"], ["2001:db8::6"])
        self.assertEqual(found["host.zone", '{"family": 4}'], both[:2])
        self.assertEqual(found["host.zone", '{"family": 6}'], both[2:])
        self.assertEqual(found["nothing.zone"], NXDOMAIN)
        self.assertEqual(found["mail.zone"], NODATA)

    def test_one_family_that_fails_does_not_hide_the_other(self):
        def half(query, _):
            return query.good() if query.type == TYPES["A"] else query.message(rcode=2)
        mock = self.mock(everything=half)
        found = self.ask(("lookup", "half.test"), NAMESERVERS="127.0.0.1", RES_OPTIONS=f"port:{mock.port} timeout:1 attempts:1")
        self.assertEqual(found["lookup", "half.test"].first, [GOOD])


class Settings(DnsCase):
    def setUp(self):
        super().setUp()
        self.server = self.mock({"www.a.zone": {"A": ["192.0.2.1"]}, "www.b.zone": {"A": ["192.0.2.2"]},
                                 "x.y.a.zone": {"A": ["192.0.2.3"]}, "x.y": {"A": ["192.0.2.4"]}, "only": {"A": ["192.0.2.5"]},
                                 "half.a.zone": {"AAAA": ["2001:db8::1"]}})

    def conf(self, *lines):
        """Writes the resolv.conf: with these lines, and the mock's address."""
        self.resolv_conf.write_text("".join(line + "\n" for line in (f"nameserver {self.server.host}", *lines)))

    def port(self, options=""):
        """The environment that the mock's port needs."""
        return {"RES_OPTIONS": f"port:{self.server.port} timeout:1 attempts:1 {options}"}

    def test_the_search_list(self):
        self.conf("search a.zone b.zone")
        found = self.ask("www", "www.", "x.y", "only", "half", "nothing", **self.port())
        self.assertEqual(found["www"].values[::2], [["192.0.2.1"], "www.a.zone"])
        self.assertEqual(found["www."].first, NXDOMAIN)
        self.assertEqual(found["x.y"].first, ["192.0.2.4"])
        self.assertEqual(found["only"].first, ["192.0.2.5"])
        self.assertEqual(found["half"].first, NODATA)  # wins over the NXDOMAIN of half.b.zone and half
        self.assertEqual(found["nothing"].first, NXDOMAIN)
        self.assertEqual([q.key for q in self.server.queries if q.key.startswith("nothing")],
                         ["nothing.a.zone", "nothing.b.zone", "nothing"])

    def test_ndots_decides_what_comes_first(self):
        self.conf("search a.zone", "options ndots:2")
        self.assertEqual(self.one("x.y", **self.port()).first, ["192.0.2.3"])

    def test_the_environment_overrides_the_file(self):
        self.conf("search a.zone", "options ndots:2")
        self.assertEqual(self.one("www", LOCALDOMAIN="b.zone", **self.port()).first, ["192.0.2.2"])
        self.assertEqual(self.one("x.y", **self.port("ndots:1")).first, ["192.0.2.4"])
        self.resolv_conf.write_text("nameserver 192.0.2.254\n")
        self.assertEqual(self.one("only", NAMESERVERS="127.0.0.1", **self.port()).first, ["192.0.2.5"])
        self.assertEqual(self.one("only", NSCACHEIP="127.0.0.1", **self.port()).first, ["192.0.2.5"])

    def test_without_a_server_it_is_the_loopback(self):
        self.resolv_conf.write_text("")
        self.assertEqual(self.one("only", **self.port()).first, ["192.0.2.5"])
        self.resolv_conf.unlink()
        self.assertEqual(self.one("only", **self.port()).first, ["192.0.2.5"])

    def test_domain_is_a_search_list_and_the_last_of_both_counts(self):
        self.conf("search b.zone", "domain a.zone")
        self.assertEqual(self.one("www", **self.port()).first, ["192.0.2.1"])
        self.conf("domain a.zone", "search b.zone")
        self.assertEqual(self.one("www", **self.port()).first, ["192.0.2.2"])

    def test_broken_lines_are_skipped_with_a_warning_on_request(self):
        self.conf("nameserver 1.2.3", "nameserver", "serach x", "options ndots:x trust-ad frob", "search a.zone", "\0\1\2")
        self.assertEqual(self.one("www", **self.port()).first, ["192.0.2.1"])
        self.assertEqual(self.err, "")
        self.assertEqual(self.one("www", NODE_DEBUG="dns", **self.port()).first, ["192.0.2.1"])
        self.assertRegex(self.err, r"line 2: nameserver.*1\.2\.3")

    def test_both_files_are_read_again_when_they_change(self):
        self.conf("search a.zone")
        self.hosts.write_text("192.0.2.100 fixed\n")
        process = self.start_asking(["www", "fixed"], **self.port())
        self.assertEqual(self.answers(process, 2), {"www": "192.0.2.1", "fixed": "192.0.2.100"})
        self.conf("search b.zone")
        self.hosts.write_text("192.0.2.101 fixed\n192.0.2.102 more\n")
        wanted = {"www": "192.0.2.2", "fixed": "192.0.2.101"}
        found = None
        while found != wanted:  # the files are looked at now and then
            found = self.answers(process, 2)
            self.assertEqual(len(found), 2, "they were not read again")

    def start_asking(self, names, **environment):
        """Starts a node that looks names up every 100 ms."""
        script = self.script("""
          var names = ARGV.slice(2);
          setInterval(function () {
            names.forEach(function (name) {
              node.dns.lookup(name).addCallback(function (a) { puts(name + " " + a[0]); })
                .addErrback(function (code) { puts(name + " " + code); });
            });
          }, 100);
          setTimeout(node.exit, 15000);""")
        return self.start_command("env", *(f"{k}={v}" for k, v in self.environment(**environment).items()), NODE, script, *names)

    def answers(self, process, count):
        """The next `count` lines as {name: address}."""
        lines = [process.stdout.readline().decode() for _ in range(count)]
        return dict(line.split() for line in lines if line)


if __name__ == "__main__":
    unittest.main()
