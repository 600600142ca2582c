"""The resolver and servers that lie, fail or babble: each name in the right code and in time, beside names that are found."""
import unittest

from dns_harness import NODATA, NXDOMAIN, PROTOCOL, SANITIZED, TEMPFAIL, DnsCase
from dns_mock import BAD, GOOD

# What does not match the query is dropped: nothing else comes in time, or the honest answer behind it.
FORGED = ["wrongid", "wrongport", "wrongaddress", "qr", "opcode", "otherquestion", "othertype", "otherclass", "noquestion",
          "twoquestions", "garbage1", "garbage2", "garbageid", "bytes0", "bytes1", "bytes2", "bytes11", "bytes12", "bytes20",
          "echo", "flood200"]
# What matches but is broken is the server's failure.
BROKEN = ["loop", "looplong", "pingpong", "forward", "pastend", "longname", "labeltype64", "labeltype128", "cut1", "cut4",
          "cut10", "cut16", "counts2", "counts65535", "rdlength3", "rdlength5", "rdlength65535", "address0", "address3", "address5",
          "aliaslong", "aliasshort", "cnameloop", "cnameself", "chain17", "endless", "optbroken", "records4097", "tcbroken"]
FAILING = ["servfail", "refused", "notimp", "rcode9", "rcode16", "silent", "late8000", "tcclose", "tcsilent", "tcpart", "drip"]
FOUND = ["good", "slow20", "second", "twice", "chain1", "chain15", "chain16", "shuffled", "open", "case", "noedns", "odd",
         "tc", "tcdata", "tctc", "split", "records4095", "records4096"]
EXPECTED = {
    **{f"{label}.test": TEMPFAIL for label in FORGED + FAILING},
    **{f"{label}.then.test": [GOOD] for label in FORGED},
    **{f"{label}.test": PROTOCOL for label in BROKEN},
    **{f"{label}.test": [GOOD] for label in FOUND},
    "nx.test": NXDOMAIN, "nosoa.test": NXDOMAIN, "nxfar.test": NXDOMAIN, "nxalias.test": NXDOMAIN, "nodata.test": NODATA,
}
HURRIED = {"timeout": 600, "attempts": 2, "total": 5000}


class Hostile(DnsCase):
    def test_each_ends_in_the_right_code_beside_good_names(self):
        mock = self.mock()
        found = self.ask(*EXPECTED, options={"servers": [mock.server], **HURRIED}, heartbeat="good.test")
        for name, expected in EXPECTED.items():
            with self.subTest(name):
                answer = found[name]
                self.assertEqual(answer.first, expected, answer)
                if answer.values is None:
                    self.assertRegex(answer.message, r"^[ -~]+$")
        self.assertGreater(len(self.beats), 10)
        self.assertEqual(set(self.beats), {GOOD})
        if not SANITIZED:
            self.assertLess(self.peak_kb, 64 * 1024)

    def test_the_next_server_is_asked(self):
        mock = self.mock()
        honest = self.mock(everything=lambda query, _: query.good())
        names = [f"{label}.test" for label in FORGED + BROKEN + FAILING if label not in ("endless",)]
        found = self.ask(*names, options={"servers": [mock.server, honest.server], "timeout": 200, "total": 5000})
        for name in names:
            with self.subTest(name):
                self.assertEqual(found[name].first, [GOOD], found[name])

    def test_thousands_of_records(self):
        mock = self.mock()
        names = [f"{label}{count}.test" for label in ("thousand", "huge") for count in (1000, 4000)]
        found = self.ask(*names, options={"servers": [mock.server]})
        for name in names:
            with self.subTest(name):
                count = int(name[-9:-5])
                self.assertEqual(found[name].first, [f"10.0.{i >> 8}.{i & 255}" for i in range(count)])

    @unittest.skipIf(SANITIZED, "the sanitizers' own memory hides everything else")
    def test_memory_is_bounded(self):
        mock = self.mock()
        rounds = [[f"n{i}.thousand4000.test" for i in range(r, r + 20)] for r in range(0, 400, 20)]
        self.rounds(rounds, {"servers": [mock.server], "tcp": True})
        self.assertLess(self.peak_kb, 96 * 1024)


class Lies(DnsCase):
    def believed(self, first, victim):
        """What a name is found to be after another has been asked for."""
        mock = self.mock()
        rounds = self.rounds([[first], [victim]], {"servers": [mock.server], **HURRIED})
        self.assertEqual(len(mock.asked(victim)), 1, "the victim's answer came from the lie")
        return rounds[0][first].first, rounds[1][victim].first

    def test_what_nobody_asked_for_is_not_believed(self):
        self.assertEqual(self.believed("bailiwick.test", "victim.good.test"), ([GOOD], [GOOD]))

    def test_an_address_of_another_name_is_no_answer(self):
        first, victim = self.believed("otherowner.test", "victim.good.test")
        self.assertIn(first, (NODATA, PROTOCOL))
        self.assertEqual(victim, [GOOD])

    def test_an_alias_answers_only_for_the_name_asked(self):
        self.assertEqual(self.believed("crossed.test", "crossed-victim.good.test"), ([BAD], [GOOD]))

    def test_a_late_answer_is_not_taken_for_another(self):
        mock = self.mock()
        names = [[f"n{i}.late800.test" for i in range(50)], [f"n{i}.slow400.test" for i in range(50)]]
        found = self.rounds(names, {"servers": [mock.server], "timeout": 1000, "attempts": 1, "total": 600})
        self.assertEqual({str(answer.first) for answer in found[0].values()}, {str(TEMPFAIL)})
        self.assertEqual({str(answer.first) for answer in found[1].values()}, {str([GOOD])})


class Stubborn(DnsCase):
    def test_without_tcp_a_truncated_answer_is_a_failure(self):
        mock = self.mock(tcp=False)
        found = self.ask("tc.test", "good.test", options={"servers": [mock.server], **HURRIED})
        self.assertEqual(found["tc.test"].first, TEMPFAIL, found["tc.test"])
        self.assertEqual(found["good.test"].first, [GOOD])

    def test_what_is_odd_is_escaped(self):
        mock = self.mock()
        answer = self.one("odd.test", options={"servers": [mock.server]})
        self.assertEqual(answer.values[2], r"a\.\\\000.\255.test")


if __name__ == "__main__":
    unittest.main()
