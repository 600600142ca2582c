#!/usr/bin/env node
// A port forwarder: what connects here talks to another port, or to another host.
// Start: node forward.js [PORT] [TO_PORT] [TO_HOST]
// Try:   node hello.js 8001 & node forward.js 8000 8001 & curl -i http://127.0.0.1:8000/
const port = Number(ARGV[2] || 8000);
const toPort = Number(ARGV[3] || 8001);
const toHost = ARGV[4] || "127.0.0.1";

// Passes on what `from` sends, no faster than `to` takes it, and its end.
function pass(from, to) {
  from.setEncoding("bytes");
  from.addListener("receive", (data) => {
    if (!to.send(data)) from.pause();
  });
  to.addListener("drain", () => from.resume());
  from.addListener("eof", () => to.close());
  from.addListener("disconnect", () => to.fullClose());
}

const server = node.tcp.createServer((client) => {
  const target = node.tcp.createConnection(toPort, toHost);
  client.pause(); // until there is somebody to send it to
  target.addListener("connect", () => client.resume());
  target.addListener("disconnect", (failed) => {
    if (failed) puts(`${client.remoteAddress}: ${target.error.message}`);
  });
  pass(client, target);
  pass(target, client);
});
server.listen(port, "127.0.0.1");
puts(`127.0.0.1:${server.port} leads to ${toHost}:${toPort}`);
