// Delays are cut to integers; absent, NaN, negative and text that is no number are 0; a huge one never comes.
// stdout: 6 at once, in later turns
var count = 0;
[undefined, NaN, -1, "x", 0.9, null].forEach(function (delay) { setTimeout(function () { count++; }, delay); });
var huge = [setTimeout(never, 1e300), setTimeout(never, Infinity), setInterval(never, 2147483648)];
function never() { puts("never"); }
if (count !== 0) puts("inside the call");
setTimeout(function () {
  puts(count + " at once, in later turns");
  huge.forEach(clearTimeout);
}, 5);
