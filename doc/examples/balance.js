#!/usr/bin/env node
// A load balancer for TCP: each client goes to the healthy target with the fewest clients. A target is healthy while it
// takes connections; that is tried every second.
// Start: node balance.js PORT TARGET_PORT...
// Try:   for i in 1 2 3; do node hello.js 800$i & done; node balance.js 8000 8001 8002 8003 & curl http://127.0.0.1:8000/
const port = Number(ARGV[2] || 8000);
const targets = ARGV.slice(3).map((text) => ({ port: Number(text), healthy: true, clients: 0 }));
if (targets.length === 0) throw new Error("usage: node balance.js PORT TARGET_PORT...");

function mark(target, healthy) {
  if (target.healthy !== healthy) puts(`target ${target.port} is ${healthy ? "up" : "down"}`);
  target.healthy = healthy;
}

function check(target) {
  const probe = node.tcp.createConnection(target.port);
  const limit = setTimeout(() => { mark(target, false); probe.forceClose(); }, 900);
  probe.addListener("connect", () => { mark(target, true); probe.forceClose(); clearTimeout(limit); });
  probe.addListener("disconnect", () => { mark(target, false); clearTimeout(limit); });
}

function pass(from, to) {
  from.setEncoding("bytes");
  from.addListener("receive", (data) => { if (!to.send(data)) from.pause(); });
  to.addListener("drain", () => from.resume());
  from.addListener("eof", () => to.close());
}

function dispatch(client) {
  const [target] = targets.filter((one) => one.healthy).sort((a, b) => a.clients - b.clients);
  if (target === undefined || client.readyState === "closed") return client.forceClose();
  const connection = node.tcp.createConnection(target.port);
  let connected = false;
  target.clients++;
  connection.addListener("connect", () => {
    connected = true;
    pass(client, connection);
    pass(connection, client);
    client.addListener("disconnect", () => connection.fullClose());
    client.resume();
  });
  connection.addListener("disconnect", () => {
    target.clients--;
    if (connected) return client.fullClose();
    mark(target, false);
    dispatch(client); // nothing is lost yet: another one
  });
}

const server = node.tcp.createServer((client) => { client.pause(); dispatch(client); });
server.listen(port, "127.0.0.1");
targets.forEach(check);
setInterval(() => targets.forEach(check), 1000);
puts(`Balancer at 127.0.0.1:${server.port} for ${targets.map((one) => one.port).join(", ")}`);
