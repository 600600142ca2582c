// Accessors on Object.prototype with the names of what a timer knows of itself, and functions of Math that lie, change
// no timer.
// stdout: fired 3, interval 3
var calls = 0;
["_record", "_repeat", "_callback", "_far"].forEach(function (name) {
  Object.defineProperty(Object.prototype, name, {
    get: function () { calls++; return 4; }, set: function () { calls++; clearTimeout(first); }, configurable: true
  });
});
["clz32", "ceil", "floor", "min", "trunc"].forEach(function (name) { Math[name] = function () { calls++; return -1000000000; }; });
var fired = 0, times = 0;
var first = setTimeout(function () { fired++; }, 2);
setTimeout(function () { fired++; }, 300);
setTimeout(function () { fired++; }, 0);
clearTimeout(setTimeout(function () { fired = NaN; }, 100000000000));
setInterval(function () { if (++times === 3) clearInterval(this); }, 1);
function onExit() {
  if (calls > 0) throw new Error("a script's function was called " + calls + " times");
  puts("fired " + fired + ", interval " + times);
}
