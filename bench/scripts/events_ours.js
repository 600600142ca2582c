// What emitters and promises cost, in nanoseconds, the best of 20 rounds: ./node bench/scripts/events_ours.js
function measure(name, times, body) {
  var best = Infinity;
  for (var round = 0; round < 20; round++) {
    var began = Date.now();
    body(times);
    best = Math.min(best, Date.now() - began);
  }
  puts(name + ": " + (best * 1e6 / times).toFixed(1) + " ns");
}
function listener(value) { sum += value; }

var sum = 0, one = new node.EventEmitter(), kinds = [];
one.addListener("x", listener);
for (var i = 0; i < 8; i++) {
  kinds.push(new node.EventEmitter());
  kinds[i]["own" + i] = i;
  kinds[i].addListener("e" + i, listener);
  kinds[i].addListener("x", listener);
}
measure("emit to one listener", 2e6, function (n) { for (var i = 0; i < n; i++) one.emit("x", [1]); });
measure("emit to one listener, emitters of eight kinds", 2e6, function (n) { for (var i = 0; i < n; i++) kinds[i & 7].emit("x", [1]); });
measure("emit what nobody hears, emitters of eight kinds", 2e6, function (n) { for (var i = 0; i < n; i++) kinds[i & 7].emit("y", [1]); });
measure("an emitter and two listeners", 5e5, function (n) {
  for (var i = 0; i < n; i++) {
    var emitter = new node.EventEmitter();
    emitter.addListener("body", listener);
    emitter.addListener("complete", listener);
  }
});
measure("a promise, addCallback, emitSuccess", 5e5, function (n) {
  for (var i = 0; i < n; i++) {
    var promise = new node.Promise();
    promise.addCallback(listener);
    promise.emitSuccess([i]);
  }
});
measure("a promise, addCallback, addErrback, emitSuccess", 5e5, function (n) {
  for (var i = 0; i < n; i++) {
    var promise = new node.Promise();
    promise.addCallback(listener);
    promise.addErrback(listener);
    promise.emitSuccess([i]);
  }
});
