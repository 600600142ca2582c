// The client of bench/dns for node:dns, in Node.js and in bun: dns_node.js PORT CONTROL callbacks|promises.
// Takes "FIRST COUNT" from port CONTROL: asks for COUNT names from qFIRST.bench.example on, 100 in flight, and answers
// with the seconds that it took.
const dns = require("node:dns");
const net = require("node:net");
const [port, control, kind] = process.argv.slice(2);
const FLIGHT = 100;
const promises = kind === "promises";
const resolver = promises ? new dns.promises.Resolver() : new dns.Resolver();
resolver.setServers(["127.0.0.1:" + port]);
const orders = net.connect(Number(control), "127.0.0.1");
let next, end, waiting, start;

function check(error, addresses) {
  if (error || addresses.length !== 1 || addresses[0] !== "192.0.2.1") {
    throw new Error("q" + next + ": " + (error ? error.message : addresses));
  }
}
function over() {
  if (--waiting === 0) orders.write((performance.now() - start) / 1000 + "\n");
}
function ask() {
  if (next === end) return over();
  resolver.resolve4("q" + next++ + ".bench.example", (error, addresses) => {
    check(error, addresses);
    ask();
  });
}
async function askInTurn() {
  while (next < end) check(null, await resolver.resolve4("q" + next++ + ".bench.example"));
  over();
}
orders.on("data", (line) => {
  const [first, count] = line.toString().split(" ").map(Number);
  next = first;
  end = first + count;
  waiting = FLIGHT;
  start = performance.now();
  for (let i = 0; i < FLIGHT; i++) promises ? askInTurn() : ask();
});
orders.on("end", () => process.exit());
