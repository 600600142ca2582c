// Random timers on a clock of our own, beside a plain list: lib/timers.js itself, with what C++ gives it made up here.
// They are set, cleared, started again inside and outside of callbacks, for milliseconds and for years.
// timeout: 120
// stdout: 40 runs as the list says

var source, folder = node.path.dirname(__filename);
node.fs.cat(folder + "/../../lib/timers.js", "utf8").addCallback(function (text) {
  source = text;
  var fired = 0;
  for (var seed = 1; seed <= 40; seed++) fired += run(seed);
  if (fired < 100000) throw new Error("only " + fired + " fired");
  puts("40 runs as the list says");
});

// A library of its own: its setTimeout and so on, `call` as C++ calls it, `wake` and the clock.
function load(clock) {
  var own = Object.create(Math, Object.getOwnPropertyDescriptors({
    EventEmitter: node.EventEmitter, Float64Array: Float64Array, inherits: node.inherits, bare: Object.setPrototypeOf,
    defineProperty: Object.defineProperty, getOwnPropertyDescriptor: Object.getOwnPropertyDescriptor
  }));
  var library = { global: {}, clock: clock, wake: new Float64Array([Infinity, 0]) };
  library.hooks = { own: own, offers: library.global, Given: function (object) { return object; } };
  var capacity = 8192;
  var binding = {
    now: function () { return library.clock; },
    runMicrotasks: function () {},
    timerState: function () { return { wake: library.wake, records: new Int32Array(1 << 20) }; },
    growTimers: function () { return capacity *= 2; }
  };
  new Function("global", "binding", "hooks", source)({}, binding, library.hooks);
  library.Timer = library.global.Timer;
  return library;
}

function run(seed) {
  var state = seed;
  function random(below) { // mulberry32
    state = (state + 0x6D2B79F5) | 0;
    var t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor(((t ^ (t >>> 14)) >>> 0) / 4294967296 * below);
  }
  // Half of the runs have a clock that knows sixteenths of a millisecond. In the others it knows nanoseconds, to one of
  // which the wheel is exact.
  var exact = seed % 2 === 0, unit = exact ? 16 : 1e6, slack = exact ? 0 : 2e-6, long = seed % 4 < 2;
  var library = load(1e9), opened = library.clock, wake = library.wake;
  var all = [], sequence = 0, fired = 0, batch = 0, present = 0, inBatch = false, budget = 6000;
  function fail(what) { throw new Error("seed " + seed + ", " + fired + " fired, at " + (library.clock - opened) + ": " + what); }

  // Up to so many sixteenths of a millisecond.
  function step(most) { return random(exact ? most : most * 62500) / unit; }
  function order(a, b) { return a.due - b.due || a.sequence - b.sequence; }
  function started(entry, delay) {
    entry.due = library.clock + delay;
    entry.sequence = ++sequence;
    entry.batch = inBatch ? batch : -1;
  }
  function delay() {
    var kinds = [0, 0, random(3), random(20), random(300), random(5000), random(70000), 256 * random(20), 16 * random(300)];
    if (long) kinds.push(random(2e7), random(1e9), 2147483648 + random(1000), random(1e11));
    return kinds[random(kinds.length)];
  }
  function add(repeats) {
    var entry = { due: 0, repeat: -1, sequence: 0, batch: -1, active: true }, ms = delay();
    if (repeats) {
      entry.repeat = Math.min(ms, 1e7);
      entry.timer = library.global.setInterval(callback, entry.repeat);
      started(entry, entry.repeat);
    } else {
      entry.timer = library.global.setTimeout(callback, ms);
      started(entry, ms);
    }
    function callback() {
      if (this !== entry.timer) fail("another `this`");
      heard(entry);
    }
    all.push(entry);
  }
  function clear(entry) {
    entry.active = false;
    library.global.clearTimeout(entry.timer);
  }
  function restart(entry) {
    var ms = delay();
    entry.timer.start(ms, 0);
    entry.active = true;
    entry.repeat = -1;
    started(entry, ms);
  }
  function act(times) {
    for (; times > 0 && budget > 0; times--) {
      budget--;
      var kind = random(10);
      if (kind < 5 || all.length === 0) add(false);
      else if (kind < 6 && all.length < 400) add(true);
      else if (kind < 8) clear(all[random(all.length)]);
      else if (kind < 9) restart(all[random(all.length)]);
      else library.clock += step(40);
    }
    if (budget <= 0) all.forEach(function (entry) { if (entry.repeat >= 0 && random(2)) clear(entry); });
  }
  // The first of those that the batch must fire.
  function expected() {
    var first;
    all.forEach(function (entry) {
      if (!entry.active || entry.batch === batch || entry.due > present - slack) return;
      if (first === undefined || order(entry, first) < 0) first = entry;
    });
    return first;
  }
  function heard(entry) {
    var first = expected();
    if (!entry.active) fail("a cleared timer fires");
    if (entry.due > present) fail("early by " + (entry.due - present));
    if (entry.batch === batch) fail("started in this turn, fired in it");
    if (entry !== first && (exact || (first !== undefined && entry.due > first.due + slack))) {
      fail("due " + (entry.due - opened) + " before " + (first.due - opened));
    }
    fired++;
    if (entry.repeat >= 0) started(entry, entry.repeat);
    else entry.active = false;
    if (random(3) === 0) act(1 + random(4));
  }
  function turn() {
    var was = fired;
    inBatch = true;
    batch++;
    present = library.clock;
    library.hooks.timers();
    // When there is much to do after a sleep of 18 hours, it may want to be called again at once.
    if (expected() !== undefined && !(long && wake[0] <= present && fired > was)) fail("left out, though due: " + (expected().due - opened));
    inBatch = false;
    all = all.filter(function (entry) { return entry.active || random(4) > 0; });
  }

  act(300);
  for (var idle = 0, since = 0, turns = 0; turns < 20000; turns++) {
    var least = all.reduce(function (least, entry) { return entry.active ? Math.min(least, entry.due) : least; }, Infinity);
    if (wake[0] > Math.max(least, library.clock) + 1 / 16 + slack) fail("C++ would call at " + (wake[0] - opened) + ", the first is due at " + (least - opened));
    if (least === Infinity && wake[0] !== Infinity) fail("C++ would call for nothing");
    if (least === Infinity && budget <= 0) break;
    if (least === Infinity) act(5);
    if (wake[0] === Infinity) continue;
    var was = fired;
    library.clock = Math.max(library.clock, wake[0]) + random(2) * step(random(4) > 0 ? 40 : long ? 3e9 : 400);
    turn();
    if (fired > was) since = library.clock;
    idle = fired === was ? idle + 1 : 0;
    // A timer moves down three times; one that is due in a month is looked at thrice a day.
    if (idle > 12 && library.clock - since < idle * 3600000) fail("called in vain again and again");
    if (random(4) === 0) act(1 + random(20));
  }
  return fired;
}
