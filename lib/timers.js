// setTimeout, setInterval, clearTimeout, clearInterval and node.Timer.
//
// What is started has a record, four numbers in memory that C++ has reserved:
// links by the index of other records, no objects, so that neither the engine's
// write barriers nor its collector come by. Records lie in a hierarchical wheel
// of four levels of 256 slots: one of the lowest level is a sixteenth of a
// millisecond, one of the next all 256 of the level below. A record lies at the
// level of the highest digit in which its due time differs from that of the
// wheel, and moves down when the wheel comes to its slot. Setting and clearing
// link and unlink in O(1); no record moves more than three times. A slot's list
// is in order of creation, and stays so.
//
// C++ sees the time of the next call of hooks.timers, and looks at it before the
// loop waits: nothing here calls it but for the clock.
//
// A script may catch that the stack is at its end, and go on. So what changes the
// lists for a script does it between two calls of functions, or takes it back.

const { now, runMicrotasks } = binding;
// Scripts may replace them; what they give becomes a place in memory.
const { offers, own } = hooks;
const { ceil, clz32, floor, min, trunc } = own;

const MAX_DELAY = 2 ** 53;
const TICKS_PER_MS = 16;
const PARTS_PER_TICK = 65536; // exact where the clock's doubles are
// Ticks that the wheel can hold, 18 hours; what is due later waits in the list FAR.
const RANGE = 2 ** 30;
// When the wheel's time has come so far, it starts again at 0.
const TURN_BACK = RANGE / 2;
// Of so many timers in the next slot the earliest is looked for.
const FEW = 32;
// More than timers can be: what is above is a key, what is below a place.
const PLACES = 2 ** 32;
const MOST_KEYS = 65536; // that are kept
// How many timers are fetched from memory at once.
const FETCHED = 256;

// A record is named by the index of the first of its four numbers.
const RECORD = 4;
const NEXT = 0;
const PREVIOUS = 1;
const DUE = 2; // in ticks, and the rest in parts of one
const PART = 3;

// Heads of circular lists; those of the wheel's slots, level by level, come first.
const SLOTS = 256;
const LEVELS = 4;
const SOON = LEVELS * SLOTS * RECORD; // timers without a delay, in order of creation
const BATCH = SOON + RECORD; // those that SOON had when the batch began
const READY = BATCH + RECORD; // what has been taken from the wheel to be fired
const FAR = READY + RECORD; // what is due behind RANGE, in order of creation
const FIRST = FAR + RECORD; // the first record of a timer

const CHUNK = 1024;

let records; // Int32Array; undefined before the first timer
let occupied; // a bit for each slot: clear when its list is empty; set, it may have become so
// What C++ sees. [0]: the time of the next call in ms of now(); Infinity: none is wanted. [1]: how many numbers of
// `records` were used, written when the last timer has gone: their memory may be given back.
let wake;
let chunks = []; // arrays of CHUNK timers each, by record
let capacity = 0; // of `records`: C++ has memory for those below
let top = FIRST; // no record from here on was ever used
let free = 0; // the first of those that are free again, linked by NEXT; 0: none
let count = 0; // of timers that are started
let origin = 0; // what now() gives at tick 0
let time = 0; // the wheel's, in ticks: nothing in it is due earlier

const { Given } = hooks;

// What a timer knows of itself. Private, for a number that is no record, or that of another timer, would bring the lists
// into disorder: a script that writes, freezes or inherits properties, or calls a method on an object of its own, must not
// get there. Called Timer as its objects are seen in stack traces.
const Fields = class Timer extends Given {
  #callback = undefined;
  #record = 0; // 0: not started
  #repeat = undefined; // ms until it fires again; undefined: it does not

  static hasFields(value) {
    return (typeof value === "object" || typeof value === "function") && value !== null && #record in value;
  }
  static callbackOf(timer) {
    return timer.#callback;
  }
  static setCallback(timer, callback) {
    timer.#callback = callback;
  }
  static recordOf(timer) {
    return timer.#record;
  }
  static setRecord(timer, record) {
    timer.#record = record;
  }
  static repeatOf(timer) {
    return timer.#repeat;
  }
  static setRepeat(timer, repeat) {
    timer.#repeat = repeat;
  }
};
const { hasFields, callbackOf, setCallback, recordOf, setRecord, repeatOf, setRepeat } = Fields;

// When a timer in FAR is due. Few timers ever have that field.
class FarFields extends Given {
  #due = 0;

  static farDueOf(timer) {
    return timer.#due;
  }
  static setFarDue(timer, due) {
    if (!(#due in timer)) new FarFields(timer);
    timer.#due = due;
  }
}
const { farDueOf, setFarDue } = FarFields;

// A timer, as setTimeout and setInterval return it.
function Timer() {
  if (new.target === Timer) return new Fields();
  requireTimer(this, "node.Timer");
}
own.inherits(Timer, own.EventEmitter);
Timer.prototype = own.bare(Fields.prototype, own.EventEmitter.prototype);
Timer.prototype.constructor = Timer;

// Lets what inherits from Timer, though its constructor may never have called it, be one.
function requireTimer(value, caller) {
  if (hasFields(value)) return;
  if (!(value instanceof Timer)) throw new TypeError(caller + ": \x60this\x60 must be a node.Timer");
  new Fields(value);
}

function clearList(head) {
  records[head + NEXT] = records[head + PREVIOUS] = head;
}

// What a global variable that was a lazy one has does not count as constant for the engine's compilers, and calls of it
// are not inlined: a third slower. It is made anew, unless a script has put something else there.
function makeGlobal(name) {
  const value = offers[name];
  const held = own.getOwnPropertyDescriptor(global, name);
  if (held === undefined || held.value !== value || !held.configurable) return;
  if (!own.isExtensible(global)) return; // what is deleted could not be defined again
  delete global[name];
  own.defineProperty(global, name, { __proto__: null, value, writable: held.writable, enumerable: held.enumerable, configurable: true });
}

function open() {
  makeGlobal("setTimeout");
  makeGlobal("setInterval");
  makeGlobal("clearTimeout");
  makeGlobal("clearInterval");
  // Either may throw for want of memory; another call then begins where this one has stopped.
  if (records === undefined) reserve();
  const room = binding.growTimers();
  origin = now();
  for (let head = SOON; head < FIRST; head += RECORD) records[head + NEXT] = records[head + PREVIOUS] = head;
  capacity = room;
}

function reserve() {
  const state = binding.timerState();
  occupied = new Int32Array((LEVELS * SLOTS) / 32);
  wake = state.wake;
  records = state.records;
}

function append(head, record) {
  const last = records[head + PREVIOUS];
  records[record + PREVIOUS] = last;
  records[record + NEXT] = head;
  records[last + NEXT] = record;
  records[head + PREVIOUS] = record;
}

function unlink(record) {
  const next = records[record + NEXT];
  const previous = records[record + PREVIOUS];
  records[previous + NEXT] = next;
  records[next + PREVIOUS] = previous;
}

// Moves all of list `from` to the end of list `to`.
function moveAll(from, to) {
  const first = records[from + NEXT];
  if (first === from) return;
  const last = records[from + PREVIOUS];
  const end = records[to + PREVIOUS];
  records[end + NEXT] = first;
  records[first + PREVIOUS] = end;
  records[last + NEXT] = to;
  records[to + PREVIOUS] = last;
  clearList(from);
}

function chunkOf(record) {
  return chunks[(record - FIRST) >> 12];
}

function indexInChunk(record) {
  return ((record - FIRST) >> 2) & (CHUNK - 1);
}

function timerOf(record) {
  return chunkOf(record)[indexInChunk(record)];
}

// A record for the timer, in no list.
function take(timer) {
  if (capacity === 0) open();
  if (count === 0) {
    // All are free: in their order they lie better, and C++ may have given their memory back.
    free = 0;
    top = FIRST;
    if (chunks.length > 16) chunks = [];
  }
  const record = free !== 0 ? free : top;
  if (record === top) {
    if (record === capacity) capacity = binding.growTimers();
    if (((record - FIRST) >> 12) === chunks.length) chunks.push(new Array(CHUNK).fill(undefined));
  }
  setRecord(timer, record);
  if (record === top) top += RECORD;
  else free = records[record + NEXT];
  count++;
  chunks[(record - FIRST) >> 12][((record - FIRST) >> 2) & (CHUNK - 1)] = timer;
  records[record + NEXT] = records[record + PREVIOUS] = record;
  return record;
}

// Unlinks the record, which is the timer's, and frees it.
function give(record, timer) {
  setRecord(timer, 0);
  const next = records[record + NEXT];
  const previous = records[record + PREVIOUS];
  records[previous + NEXT] = next;
  records[next + PREVIOUS] = previous;
  chunks[(record - FIRST) >> 12][((record - FIRST) >> 2) & (CHUNK - 1)] = undefined;
  records[record + NEXT] = free;
  free = record;
  count--;
}

// The list of the record's slot, by its due time, which is not before the wheel's.
function slotOf(record) {
  const due = records[record + DUE];
  const difference = due ^ time;
  let slot;
  if (difference < 0x100) slot = due & 0xff;
  else if (difference < 0x10000) slot = 0x100 | ((due >> 8) & 0xff);
  else if (difference < 0x1000000) slot = 0x200 | ((due >> 16) & 0xff);
  else slot = 0x300 | (due >> 24);
  const bit = 1 << (slot & 31);
  const bits = occupied[slot >> 5];
  const head = slot << 2;
  if ((bits & bit) === 0) {
    clearList(head);
    occupied[slot >> 5] = bits | bit;
  }
  return head;
}

// Gives the record its due time, in ms of now(); whether the wheel can hold it.
function setDue(record, due) {
  const ticks = (due - origin) * TICKS_PER_MS;
  if (!(ticks < RANGE - 1)) {
    records[record + DUE] = RANGE - 1;
    setFarDue(timerOf(record), due);
    return false;
  }
  const tick = ticks | 0;
  records[record + DUE] = tick;
  records[record + PART] = ceil((ticks - tick) * PARTS_PER_TICK);
  return true;
}

function start(timer, delay) {
  const record = take(timer);
  let due;
  try {
    due = now() + delay;
    const fits = setDue(record, due);
    append(delay === 0 ? SOON : fits ? slotOf(record) : FAR, record);
  } catch (error) {
    // It is in no list yet. This is give(), which would be a call; stop() sees that the record is not the timer's.
    chunks[(record - FIRST) >> 12][((record - FIRST) >> 2) & (CHUNK - 1)] = undefined;
    records[record + NEXT] = free;
    free = record;
    count--;
    throw error;
  }
  if (due < wake[0]) wake[0] = due;
}

function stop(timer) {
  // Where setting it has failed it does not know that it has none.
  const record = recordOf(timer);
  if (record === 0 || record >= top || timerOf(record) !== timer) return;
  give(record, timer);
  // Otherwise C++ may call for nothing once; that is cheaper than to look for the next.
  if (count === 0) sleep();
}

function sleep() {
  wake[0] = Infinity;
  if (top > wake[1]) wake[1] = top;
}

// The head of the first slot of the level, from `slot` on, that is not empty; -1: none.
function nextHead(level, slot) {
  if (slot === SLOTS) return -1;
  const last = (level << 3) | 7;
  let word = (level << 3) | (slot >> 5);
  let bits = occupied[word] & (-1 << (slot & 31));
  for (;;) {
    if (bits !== 0) {
      const bit = 31 - clz32(bits & -bits);
      const head = ((word << 5) | bit) << 2;
      if (records[head + NEXT] !== head) return head;
      bits &= bits - 1;
      occupied[word] &= ~(1 << bit);
    } else {
      if (word === last) return -1;
      bits = occupied[++word];
    }
  }
}

// The first slot of the lowest level that has any holds the earliest timers: its head, or -1; and the tick at which it
// begins, in `slotStart`.
let slotStart = 0;
function firstSlot() {
  for (let level = 0; level < LEVELS; level++) {
    const shift = level << 3;
    // The wheel's own slot of a higher level has been emptied into those below.
    const head = nextHead(level, ((time >> shift) & 0xff) + (level > 0 ? 1 : 0));
    if (head < 0) continue;
    const above = level === 3 ? 0 : (time >> (shift + 8)) << (shift + 8);
    slotStart = above | (((head >> 2) & 0xff) << shift);
    return head;
  }
  return -1;
}

let keys = new own.Float64Array(0); // of sortReady
let targetTick = 0; // up to which the batch goes
let targetPart = 0;

// Lets READY have the earliest timers of the wheel that are due, if any are.
function refill() {
  for (;;) {
    const head = firstSlot();
    if (head < 0 || slotStart > targetTick) {
      time = targetTick;
      return;
    }
    time = slotStart;
    if (head < SLOTS * RECORD) {
      if (time < targetTick) moveAll(head, READY);
      else moveDue(head);
      sortReady();
      fetch();
      return;
    }
    for (let record = records[head + NEXT]; record !== head; ) {
      const next = records[record + NEXT];
      append(slotOf(record), record);
      record = next;
    }
    clearList(head);
  }
}

// Reads from the timers of READY. They lie where chance has put them, and when they fire the processor waits for each to
// come from memory; here it waits for many at once. A list of more is mostly in the order of memory.
let fetched = 0;
function fetch() {
  let sum = 0;
  let left = FETCHED;
  for (let record = records[READY + NEXT]; record !== READY && left > 0; record = records[record + NEXT]) {
    sum |= recordOf(timerOf(record));
    left--;
  }
  fetched = sum; // or the loop would do nothing
}

// READY holds timers of one tick, in order of creation: puts them in that of their parts.
function sortReady() {
  let number = 0;
  let sorted = true;
  let last = 0;
  for (let record = records[READY + NEXT]; record !== READY; record = records[record + NEXT]) {
    const part = records[record + PART];
    if (part < last) sorted = false;
    last = part;
    number++;
  }
  if (sorted) return;
  // Numbers are sorted without a call into JavaScript: the part, and behind it the place.
  if (number > keys.length) keys = new Float64Array(2 * number);
  const found = [];
  for (let record = records[READY + NEXT]; record !== READY; record = records[record + NEXT]) {
    keys[found.length] = records[record + PART] * PLACES + found.length;
    found.push(record);
  }
  const order = keys.subarray(0, number).sort();
  clearList(READY);
  for (let i = 0; i < number; i++) append(READY, found[order[i] % PLACES]);
  if (keys.length > MOST_KEYS) keys = new Float64Array(0);
}

// Of the tick that is not over: those that are due already.
function moveDue(head) {
  for (let record = records[head + NEXT]; record !== head; ) {
    const next = records[record + NEXT];
    if (records[record + PART] <= targetPart) {
      unlink(record);
      append(READY, record);
    }
    record = next;
  }
}

// The record of the next timer of the batch, in order of due time, then of creation; 0: none. One without a delay is
// younger than one of the wheel that is due at the same time.
function nextDue() {
  if (records[READY + NEXT] === READY) refill();
  const record = records[READY + NEXT];
  const other = records[BATCH + NEXT];
  if (other === BATCH) return record === READY ? 0 : record;
  if (record === READY) return records[other + DUE] <= targetTick ? other : 0;
  const later = records[record + DUE] - records[other + DUE] || records[record + PART] - records[other + PART];
  return later > 0 ? other : record;
}

// When the record is due, in ms of now().
function dueOf(record) {
  const tick = records[record + DUE];
  return tick === RANGE - 1 ? farDueOf(timerOf(record)) : origin + (tick + records[record + PART] / PARTS_PER_TICK) / TICKS_PER_MS;
}

// Starts the wheel again at tick 0. Due times keep their parts, slots their order.
function turnBack(present) {
  const found = [];
  const dues = [];
  let least = present;
  const collect = (head) => {
    for (let record = records[head + NEXT]; record !== head; record = records[record + NEXT]) {
      found.push(record);
      dues.push(dueOf(record));
      least = min(least, dues[dues.length - 1]);
    }
    clearList(head);
  };
  collect(SOON);
  const inSoon = found.length;
  for (let slot = 0; slot < LEVELS * SLOTS; slot++) {
    if ((occupied[slot >> 5] & (1 << (slot & 31))) !== 0) collect(slot << 2);
  }
  // What is in FAR was out of reach when the others were set: none of them is due when it is.
  collect(FAR);
  occupied.fill(0);
  origin += floor((least - origin) * TICKS_PER_MS) / TICKS_PER_MS;
  time = 0;
  for (let i = 0; i < found.length; i++) {
    const fits = setDue(found[i], dues[i]);
    append(i < inSoon ? SOON : fits ? slotOf(found[i]) : FAR, found[i]);
  }
}

// When C++ must call next, while there are timers.
function nextWake(present) {
  if (records[SOON + NEXT] !== SOON) return present;
  // In time for turnBack().
  const horizon = origin + (TURN_BACK + 1) / TICKS_PER_MS;
  const head = firstSlot();
  if (head < 0) return horizon;
  let least = Infinity;
  let looked = 0;
  for (let record = records[head + NEXT]; record !== head; record = records[record + NEXT]) {
    if (++looked > FEW) {
      // The beginning of a slot of a higher level is early enough to empty it; the end of a tick is not too late.
      least = head < SLOTS * RECORD ? slotStart + 1 : slotStart;
      break;
    }
    least = min(least, records[record + DUE] + records[record + PART] / PARTS_PER_TICK);
  }
  return min(horizon, origin + least / TICKS_PER_MS);
}

function fire(timer) {
  const repeat = repeatOf(timer);
  if (repeat !== undefined) start(timer, repeat);
  const callback = callbackOf(timer);
  if (callback !== undefined) Reflect.apply(callback, timer, []);
  if (timer._events !== undefined) timer.emit("timeout", []);
}

// Called by C++ at the time in `wake`, or later: fires what is due by now, in order of due time, then of creation, with
// the microtasks behind each. What the callbacks start waits for the next call.
hooks.timers = function timers() {
  const present = now();
  if ((present - origin) * TICKS_PER_MS > TURN_BACK) turnBack(present);
  // A process that was stopped for a day gets there in several calls; what is left of BATCH then goes back to SOON.
  const ticks = min((present - origin) * TICKS_PER_MS, RANGE - 2);
  targetTick = ticks | 0;
  targetPart = ((ticks - targetTick) * PARTS_PER_TICK) | 0;
  moveAll(SOON, BATCH);
  for (let record = nextDue(); record !== 0; record = nextDue()) {
    const timer = timerOf(record);
    give(record, timer);
    fire(timer);
    runMicrotasks();
  }
  moveAll(SOON, BATCH);
  moveAll(BATCH, SOON);
  if (count === 0) sleep();
  else wake[0] = nextWake(present);
};

function milliseconds(value) {
  const number = trunc(Number(value));
  if (!(number > 0)) return 0; // NaN, absent and negative included
  return min(number, MAX_DELAY);
}

// Calls `callback` once, without arguments and with `this` = the timer, when
// `delay` milliseconds (an integer; default 0) have gone, in a later turn.
// Returns the timer. What is not a function is ignored.
function setTimeout(callback, delay) {
  const timer = new Fields();
  if (typeof callback === "function") {
    setCallback(timer, callback);
    start(timer, milliseconds(delay));
  }
  return timer;
}

// As setTimeout, again and again every `delay` milliseconds.
function setInterval(callback, delay) {
  const timer = new Fields();
  if (typeof callback === "function") {
    setCallback(timer, callback);
    const repeat = milliseconds(delay);
    setRepeat(timer, repeat);
    start(timer, repeat);
  }
  return timer;
}

// Stops a timer of either kind; harmless when it has fired, was cleared, or is
// null or undefined.
function clearTimeout(timer) {
  if (!hasFields(timer)) return;
  setRepeat(timer, undefined);
  stop(timer);
}

// Starts the timer, again if it runs: emits `timeout` after `after` ms, then
// each `repeat` ms unless that is 0 or absent. What setTimeout was given is
// called as well.
Timer.prototype.start = function (after, repeat) {
  requireTimer(this, "node.Timer.start");
  // Before anything else: what makes a number of an object may be a script's own function, which may use this timer.
  const interval = milliseconds(repeat);
  const duration = milliseconds(after);
  stop(this);
  setRepeat(this, interval > 0 ? interval : undefined);
  start(this, duration);
};

own.defineProperty(Timer.prototype, "repeat", {
  __proto__: null,
  // Milliseconds between two events, 0 when there will be but one.
  get() {
    return (hasFields(this) && repeatOf(this)) || 0;
  },
  set(value) {
    const interval = milliseconds(value);
    requireTimer(this, "node.Timer.repeat");
    setRepeat(this, interval > 0 ? interval : undefined);
  },
  configurable: true,
});

// Stops the timer.
Timer.prototype.stop = function () {
  clearTimeout(this);
};

offers.Timer = Timer;
offers.setTimeout = setTimeout;
offers.setInterval = setInterval;
offers.clearTimeout = clearTimeout;
offers.clearInterval = clearTimeout;
hooks.clearTimer = clearTimeout;
