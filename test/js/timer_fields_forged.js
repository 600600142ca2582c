// What a timer knows of itself is out of reach: scripts that write properties of that name, freeze timers or call their
// methods on other objects reach no other timer.
// stdout: node.Timer.start: `this` must be a node.Timer
// stdout: node.Timer.start: `this` must be a node.Timer
// stdout: node.Timer.start: `this` must be a node.Timer
// stdout: node.Timer.start: `this` must be a node.Timer
// stdout: node.Timer.start: `this` must be a node.Timer
// stdout: node.Timer.repeat: `this` must be a node.Timer
// stdout: node.Timer: `this` must be a node.Timer
// stdout: properties of a timer: none
// stdout: all fired: 1000, once each
// stdout: frozen 3 times
// stdout: inherited child,orphan,grandchild
var fired = [], timers = [];
function attempt(f) { try { f(); } catch (error) { puts(error.message); } }
for (var i = 0; i < 1000; i++) {
  (function (i) { timers.push(setTimeout(function () { fired[i] = (fired[i] || 0) + 1; }, 5 + i % 10)); })(i);
}

var start = node.Timer.prototype.start;
[{ _record: 123456 }, { _record: 4 }, node.Timer.prototype, undefined, 5].forEach(function (foreign) {
  attempt(function () { start.call(foreign, 1); });
});
attempt(function () { Object.getOwnPropertyDescriptor(node.Timer.prototype, "repeat").set.call({ _record: 4 }, 1); });
attempt(function () { node.Timer.call({}); });
puts("properties of a timer: " + (Object.getOwnPropertyNames(timers[0]).join() || "none"));

[4, 4112, 4116, 1e9, -4, 1.5, NaN, "4112", {}].forEach(function (number, i) {
  clearTimeout({ _record: number });
  node.Timer.prototype.stop.call({ _record: number });
  var forged = Object.create(node.Timer.prototype);
  forged._record = number;
  clearTimeout(forged);
  var proxy = new Proxy(timers[1], { get: function () { return number; } });
  clearTimeout(proxy);
  var twin = setTimeout(function () { throw new Error("cleared, yet it fired"); }, 5);
  twin._record = number;
  twin._repeat = number;
  twin._callback = null;
  clearTimeout(twin);
  // And what runs stays what it was.
  timers[i]._record = number;
  timers[i]._repeat = number;
  timers[i]._callback = null;
  Object.defineProperty(timers[10 + i], "_record", { get: function () { timers.forEach(clearTimeout); return number; } });
});

var frozen = 0;
Object.freeze(setTimeout(function () { frozen++; }, 5));
var interval = Object.freeze(setInterval(function () { if (++frozen === 3) clearInterval(interval); }, 5));

// A child in the manner of the time, one whose constructor does not call its parent's, and a class.
var order = [];
function Child() { node.Timer.call(this); node.Timer.call(this); }
node.inherits(Child, node.Timer);
function Orphan() {}
node.inherits(Orphan, node.Timer);
class Grandchild extends Child {}
[["child", new Child()], ["orphan", new Orphan()], ["grandchild", new Grandchild()]].forEach(function (pair) {
  pair[1].repeat = 7;
  if (pair[1].repeat !== 7) throw new Error(pair[0] + " repeats " + pair[1].repeat);
  pair[1].addListener("timeout", function () { order.push(pair[0]); });
  pair[1].start(6);
});
new Orphan().stop();

function onExit() {
  puts("all fired: " + fired.length + ", " + (fired.every(function (n) { return n === 1; }) ? "once each" : fired));
  puts("frozen " + frozen + " times");
  puts("inherited " + order.join());
}
