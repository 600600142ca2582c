// When C++ has no memory for timers, or no more, setTimeout throws, and goes on where it stood once there is: the
// library itself, with what C++ gives it made up here.
// stdout: no address space
// stdout: no memory
// stdout: no memory
// stdout: 3000 set, no memory
// stdout: 1000 fired in order
var source, folder = node.path.dirname(__filename);
node.fs.cat(folder + "/../../lib/timers.js", "utf8").addCallback(function (text) {
  var clock = 1e6, wake = new Float64Array([Infinity, 0]), failures = ["no address space"], capacity = 0;
  var limit = 0, reserved = 0;
  var binding = {
    now: function () { return clock; },
    runMicrotasks: function () {},
    timerState: function () {
      if (failures.length > 0) throw new Error(failures.shift());
      if (reserved++ > 0) throw new Error("reserved twice");
      return { wake: wake, records: new Int32Array(1 << 20) };
    },
    growTimers: function () {
      if (capacity >= limit) throw new Error("no memory");
      return capacity = capacity === 0 ? 16384 : capacity * 2;
    }
  };
  var library = {}, own = Object.create(Math, Object.getOwnPropertyDescriptors({
    EventEmitter: node.EventEmitter, Float64Array: Float64Array, inherits: node.inherits, bare: Object.setPrototypeOf,
    defineProperty: Object.defineProperty, getOwnPropertyDescriptor: Object.getOwnPropertyDescriptor
  }));
  var hooks = { own: own, offers: library, Given: function (object) { return object; } };
  new Function("global", "binding", "hooks", text)({}, binding, hooks);
  var set = 0, fired = [];
  function add() { var i = set; library.setTimeout(function () { fired.push(i); }, 1 + i % 7); set++; }
  function attempt() { try { add(); } catch (error) { puts(error.message); } }
  attempt();
  attempt();
  attempt();
  limit = 1;
  var timers = [];
  try {
    for (;;) { timers.push(library.setTimeout(function () { throw new Error("cleared, yet it fired"); }, 1 + timers.length % 7)); }
  } catch (error) {
    puts(Math.floor(timers.length / 1000) * 1000 + " set, " + error.message);
  }
  timers.forEach(library.clearTimeout);
  while (set < 1000) add();
  clock += 10;
  hooks.timers();
  fired.forEach(function (i, at) {
    if (at > 0 && (fired[at - 1] % 7 - i % 7 || fired[at - 1] - i) > 0) throw new Error(i + " fired behind " + fired[at - 1]);
  });
  if (wake[0] !== Infinity) throw new Error("C++ would call for nothing");
  puts(fired.length + " fired in order");
});
