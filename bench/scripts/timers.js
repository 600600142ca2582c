// bench/timers, for all runtimes: timers.js CASE COUNT. Prints "ok" when all has happened as it must.
var ours = typeof ARGV !== "undefined";
var words = ours ? ARGV.slice(2) : typeof Deno !== "undefined" ? Deno.args : process.argv.slice(2);
var kind = words[0], count = Number(words[1]), fired = 0, seed = 1;

function say(text) { if (ours) puts(text); else console.log(text); }
function check(wanted) { say(fired === wanted ? "ok" : fired + " fired instead of " + wanted); }
// Whole milliseconds from 1 to most, all equally often, in no order.
function random(most) {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return 1 + Math.floor(seed / 4294967296 * most);
}
function never() { fired++; }
function counts() { if (++fired === count) check(count); }

var timers, i;
if (kind === "none") {
  check(0);
} else if (kind === "clear") {
  timers = new Array(count);
  for (i = 0; i < count; i++) timers[i] = setTimeout(never, 60000 + random(1000));
  for (i = 0; i < count; i++) clearTimeout(timers[i]);
  check(0);
} else if (kind === "fire") {
  for (i = 0; i < count; i++) setTimeout(counts, random(1000));
} else if (kind === "durations") {
  timers = new Array(count);
  for (i = 0; i < count; i++) timers[i] = setTimeout(never, 60000 + random(1000000));
  for (i = 0; i < count; i++) clearTimeout(timers[i]);
  check(0);
} else if (kind === "idle") {
  timers = new Array(10000);
  for (i = 0; i < timers.length; i++) timers[i] = setTimeout(never, 30000);
  for (i = 0; i < count; i++) {
    var one = random(timers.length) - 1;
    clearTimeout(timers[one]);
    timers[one] = setTimeout(never, 30000);
  }
  for (i = 0; i < timers.length; i++) clearTimeout(timers[i]);
  check(0);
} else if (kind === "interval") {
  var left = 1000;
  timers = [];
  var each = function () { if (++fired === count) { timers.forEach(clearInterval); check(count); } };
  for (i = 0; i < left; i++) timers.push(setInterval(each, 1 + i % 10));
}
