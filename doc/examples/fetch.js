#!/usr/bin/env node
// Fetches URLs, some of them at once; tells how each went, and saves nothing. Exit code 1 when one has failed.
// Start: node fetch.js AT_ONCE URL...
// Try:   node files.js 8000 & node fetch.js 2 http://127.0.0.1:8000/{hello,echo,nothing}.js
const atOnce = Number(ARGV[2]);
const urls = ARGV.slice(3);
if (!(atOnce >= 1) || urls.length === 0) {
  stderr.puts("usage: node fetch.js AT_ONCE URL...");
  return node.exit(2);
}
let failures = 0;

async function fetch(url) {
  try {
    const content = await node.http.cat(url, "bytes");
    puts(`${url}: ${content.length} bytes`);
  } catch (error) {
    failures++;
    const [status] = error.args || []; // of an answer outside of 200 to 299
    puts(status === undefined ? `${url}: ${error.message}` : `${url}: ${status} ${node.http.STATUS_CODES[status] || ""}`);
  }
}

// As many of these as may run at once, each of which takes the next URL that nobody has.
async function work() {
  while (urls.length > 0) await fetch(urls.shift());
}

Promise.all(Array.from({ length: Math.min(atOnce, urls.length) }, work)).then(() => node.exit(failures > 0 ? 1 : 0));
