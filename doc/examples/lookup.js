#!/usr/bin/env node
// Asks DNS: the addresses and mail servers of names, the names of addresses. Exit code 1 when one is not known.
// Start: node lookup.js NAME_OR_ADDRESS...
// Try:   node lookup.js debian.org 9.9.9.9 localhost
const questions = ARGV.slice(2);
const { dns } = node;
if (questions.length === 0) {
  stderr.puts("usage: node lookup.js NAME_OR_ADDRESS...");
  return node.exit(2);
}
let failures = 0;

// Asks for one kind of record; gives its lines of text. That there are none is no error.
function ask(promise, show) {
  return new Promise((resolve, reject) => {
    promise.addCallback((records, ttl) => resolve(records.map((record) => `  ${show(record)}, for ${ttl} s`)));
    promise.addErrback((code, message) => (code === dns.NODATA ? resolve([]) : reject(new Error(message))));
  });
}

async function look(name) {
  if (/^[\d.]+$|:/.test(name)) return ask(dns.reverse(name), (domain) => `name ${domain}`);
  const answers = await Promise.all([
    ask(dns.resolve4(name), (address) => `IPv4 ${address}`),
    ask(dns.resolve6(name), (address) => `IPv6 ${address}`),
    ask(dns.resolveMx(name), ({ priority, exchange }) => `mail ${priority} ${exchange}`),
  ]);
  return answers.flat();
}

(async function () {
  for (const name of questions) {
    puts(name);
    try {
      const lines = await look(name);
      puts(lines.length > 0 ? lines.join("\n") : "  no addresses and no mail servers");
    } catch (error) {
      failures++;
      puts("  " + error.message);
    }
  }
  node.exit(failures > 0 ? 1 : 0);
})();
