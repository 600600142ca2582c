#!/usr/bin/env node
// Measures a web server: how many requests it answers in a second, over some connections that are kept open.
// Start: node bench.js [URL] [CONNECTIONS] [REQUESTS]
// Try:   node hello.js 8000 & node bench.js http://127.0.0.1:8000/ 20 100000
const uri = node.http.parseUri(ARGV[2] || "http://127.0.0.1:8000/");
const host = (uri.host || "").replace(/^\[(.*)\]$/, "$1"); // an IPv6 address stands in brackets
const connections = Number(ARGV[3] || 10);
const total = Number(ARGV[4] || 10000);
if (uri.protocol !== "http" || !(connections >= 1) || !(total >= 1)) {
  stderr.puts("usage: node bench.js [URL] [CONNECTIONS] [REQUESTS]");
  return node.exit(2);
}
const results = new Map(); // status, or text of an error -> how many
const times = []; // milliseconds
const start = Date.now();
let asked = 0;

function report() {
  const seconds = Math.max(Date.now() - start, 1) / 1000;
  times.sort((a, b) => a - b);
  const quantile = (part) => times[Math.floor(part * (times.length - 1))];
  puts(`${times.length} requests over ${connections} connections in ${seconds} s: ${Math.round(times.length / seconds)} per second`);
  puts(`median ${quantile(0.5)} ms, 99 % ${quantile(0.99)} ms, longest ${quantile(1)} ms`);
  for (const [result, count] of results) puts(`${result}: ${count}`);
}

// One after another on one connection, which is kept as the next request is made inside of `complete`.
function ask(client) {
  if (asked === total) return;
  asked++;
  const begun = Date.now();
  const done = (result) => {
    times.push(Date.now() - begun);
    results.set(result, (results.get(result) || 0) + 1);
    if (times.length === total) report();
    ask(client);
  };
  const request = client.get(uri.relative || "/");
  request.addListener("error", (error) => done(error.message));
  request.finish((response) => response.addListener("complete", () => done(response.statusCode)));
}

for (let i = 0; i < connections; i++) ask(node.http.createClient(Number(uri.port || 80), host));
