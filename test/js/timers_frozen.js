// Timers that are frozen, copied or written into by a script harm no others, and stop all the same.
// stdout: 0,1,2,3,4
// stdout: frozen interval stopped
// stdout: original fired
// stdout: others fired: 0 of 9
var fired = [], frozen = Object.freeze(setTimeout(function () {}, 1)), rounds = 0;
setTimeout(function () {
  clearTimeout(frozen);
  clearTimeout(frozen);
  for (var i = 0; i < 5; i++) setTimeout(function (n) { fired.push(n); }.bind(null, i), 1);
  clearTimeout(frozen);
}, 5);
setTimeout(function () { puts(fired); }, 30);

var interval = Object.freeze(setInterval(function () {
  if (++rounds === 3) clearInterval(interval), clearInterval(interval);
}, 1));
setTimeout(function () { puts(rounds === 3 ? "frozen interval stopped" : rounds); }, 60);

var original = setTimeout(function () { puts("original fired"); }, 80);
var copy = Object.assign(Object.create(node.Timer.prototype), original);
clearTimeout(copy);
clearTimeout(copy);

var values = [1e6, 8, -4, 2 ** 31 + 4, NaN, "x", null, {}, 2 ** 53], others = 0;
values.forEach(function (value) {
  var timer = setTimeout(function () { others++; }, 90);
  for (var key in timer) if (typeof timer[key] === "number") timer[key] = value;
  clearTimeout(timer);
  clearTimeout(timer);
});
setTimeout(function () { puts("others fired: " + others + " of " + values.length); }, 120);
