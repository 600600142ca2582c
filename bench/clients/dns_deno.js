// The client of bench/dns for Deno.resolveDns: dns_deno.js PORT CONTROL, as dns_node.js.
const [port, control] = Deno.args.map(Number);
const FLIGHT = 100;
const options = { nameServer: { ipAddr: "127.0.0.1", port } };
const orders = await Deno.connect({ hostname: "127.0.0.1", port: control });
const buffer = new Uint8Array(100);
let next, end;

async function askInTurn() {
  while (next < end) {
    const name = "q" + next++ + ".bench.example";
    const addresses = await Deno.resolveDns(name, "A", options);
    if (addresses.length !== 1 || addresses[0] !== "192.0.2.1") throw new Error(name + ": " + addresses);
  }
}
for (;;) {
  const length = await orders.read(buffer);
  if (length === null) break;
  const [first, count] = new TextDecoder().decode(buffer.subarray(0, length)).split(" ").map(Number);
  next = first;
  end = first + count;
  const start = performance.now();
  await Promise.all(Array.from({ length: FLIGHT }, askInTurn));
  await orders.write(new TextEncoder().encode((performance.now() - start) / 1000 + "\n"));
}
Deno.exit();
