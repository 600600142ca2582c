"""Names of hosts: the files that say what they are."""
import unittest

from harness import Case, run

CONNECT = """
var server = node.tcp.createServer(function (connection) {
  connection.addListener("eof", function () { connection.close(); });
});
server.listen(0, "127.0.0.1");
var names = ARGV.slice(2);
(function next() {
  if (names.length === 0) return server.close();
  var name = names.shift();
  var client = node.tcp.createConnection(server.port, name);
  client.addListener("connect", function () {
    puts(name);
    client.close();
  });
  client.addListener("disconnect", next);
})();
"""


class Hosts(Case):
    def test_names_of_the_file_and_of_the_loopback(self):
        hosts = self.folder / "hosts"
        hosts.write_text("# ours\n127.0.0.1 web.test Alias\n192.0.2.1 app.localhost\n")
        result = run("-e", CONNECT, "WEB.test", "alias", "web.test.", "localhost", "app.localhost",
                     env={"NODE_HOSTS": str(hosts)})
        self.assertEqual((result.code, result.err), (0, ""))
        self.assertEqual(result.out, "WEB.test\nalias\nweb.test.\nlocalhost\napp.localhost\n")

    def test_an_address_with_a_scope_is_an_address(self):
        looked_up = 'node.dns.lookup("fe80::1%lo").addCallback(p);'
        result = run("-e", looked_up)
        self.assertEqual((result.code, result.out, result.err), (0, '["fe80::1%lo"]\n', ""))
        result = run("-e", CONNECT.replace('"127.0.0.1"', '"::1%lo"'), "::1%lo")
        self.assertEqual((result.code, result.out, result.err), (0, "::1%lo\n", ""))

    def test_a_long_file_is_no_slower_to_ask_and_says_when_it_is_cut(self):
        hosts = self.folder / "hosts"
        hosts.write_text("".join(f"0.0.0.0 n{i}.blocked.test\n" for i in range(1_000_000)) + "127.0.0.1 last.test\n" * 2)
        result = run("-e", CONNECT, "localhost", env={"NODE_HOSTS": str(hosts), "NODE_DEBUG": "dns"})
        self.assertEqual((result.code, result.err), (0, ""), "localhost needs no file")
        result = run("-e", CONNECT, "n0.blocked.test.", env={"NODE_HOSTS": str(hosts), "NODE_DEBUG": "http,dns"})
        self.assertIn(f"dns: {hosts}: too long: the last names are left out\n", result.err)

    def test_what_is_wrong_with_the_file_is_told_when_asked_for(self):
        for debug, expected in (("dns", f"dns: {self.folder}: not a regular file\n"), ("", "")):
            result = run("-e", CONNECT, "web.test", env={"NODE_HOSTS": str(self.folder), "NODE_DEBUG": debug})
            self.assertEqual([line for line in result.err.splitlines(True) if line.startswith("dns: ")
                              and str(self.folder) in line], [expected] if expected else [])


if __name__ == "__main__":
    unittest.main()
