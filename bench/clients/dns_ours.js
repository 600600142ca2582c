// The client of bench/dns for this project: dns_ours.js PORT CONTROL, as dns_node.js.
var FLIGHT = 100;
node.dns.servers = ["127.0.0.1:" + ARGV[2]];
var orders = node.tcp.createConnection(Number(ARGV[3]), "127.0.0.1");
orders.setEncoding("ascii");
var next, end, waiting, start;

function answered(addresses) {
  if (addresses.length !== 1 || addresses[0] !== "192.0.2.1") throw new Error("not the answer: " + addresses);
  ask();
}
function failed(code, message) { throw new Error(code + " " + message); }
function ask() {
  if (next < end) {
    node.dns.resolve4("q" + next++ + ".bench.example").addCallback(answered).addErrback(failed);
  } else if (--waiting === 0) {
    orders.send((Date.now() - start) / 1000 + "\n");
  }
}
orders.addListener("receive", function (line) {
  var words = line.split(" ");
  next = Number(words[0]);
  end = next + Number(words[1]);
  waiting = FLIGHT;
  start = Date.now();
  for (var i = 0; i < FLIGHT; i++) ask();
});
orders.addListener("eof", function () { orders.close(); });
