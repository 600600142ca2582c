// What a lookup that the cache answers costs beside an empty promise function: dns_cached.js PORT COUNT.
// Prints microseconds of each: await of an empty async function, of a function that gives an emitted node.Promise, and
// of node.dns.resolve4; the least of ROUNDS rounds, in turn.
var ROUNDS = 5;
node.dns.servers = ["127.0.0.1:" + ARGV[2]];
var count = Number(ARGV[3]);

async function empty() {}
function emitted() {
  var promise = new node.Promise();
  promise.emitSuccess();
  return promise;
}
function cached() { return node.dns.resolve4("cached.bench.example"); }

async function time(call) {
  var start = Date.now();
  for (var i = 0; i < count; i++) await call();
  return (Date.now() - start) * 1000 / count;
}
(async function () {
  var least = [Infinity, Infinity, Infinity];
  for (var round = 0; round < ROUNDS; round++) {
    var calls = [empty, emitted, cached];
    for (var i = 0; i < calls.length; i++) least[i] = Math.min(least[i], await time(calls[i]));
  }
  if (node.dns.cache.size !== 1) throw new Error("the cache holds " + node.dns.cache.size + " names, not 1");
  puts(least.join(" "));
})();
