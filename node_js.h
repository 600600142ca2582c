// Written by amalgamate.py from lib/; edit there, then: make amalgamate. Digest 049098f564563ec3
#pragma once

#include <cstddef>

namespace node::bundle {

// One file of lib/: its name without ".js", and its text, pure ASCII, for an external string of V8.
struct Library {
  const char* name;
  const char* text;
  size_t size;
};

// In the order in which the snapshot runs them.
inline constexpr Library kLibraries[] = {
    // node.EventEmitter, node.Promise, node.inherits
    {"events", R"js(// node.EventEmitter, node.Promise and node.inherits.

// What emits events. Works on any object it is called on, and needs no
// initialisation: the listener table `_events` appears with the first listener.
function EventEmitter() {}

// The listeners of an emitter by event. Inherits nothing: an event may be called "constructor". What has no prototype
// at all would be a hash table to the engine, and slower.
function Table() {}
Table.prototype = Object.create(null);

// The emitter's own table, not one that it inherits from a prototype which is an emitter, too.
function tableOf(emitter) {
  const table = emitter._events;
  if (table !== undefined && Object.prototype.hasOwnProperty.call(emitter, "_events")) return table;
  return (emitter._events = new Table());
}

function has(emitter, event) {
  return Object.prototype.hasOwnProperty.call(emitter, "_events") && emitter._events[event] !== undefined;
}

// Appends `listener` to the listeners of `event` (a string). What is not a
// function is ignored. Returns the emitter.
EventEmitter.prototype.addListener = function addListener(event, listener) {
  if (typeof listener === "function") {
    const table = tableOf(this);
    const list = table[event];
    // An array of one has no room for sixteen more, as an empty one gets at the first push.
    if (list) list.push(listener);
    else table[event] = [listener];
  }
  return this;
};

// The array of listeners of `event`, itself, not a copy: editing it takes
// effect. Created when there is none.
EventEmitter.prototype.listeners = function listeners(event) {
  const table = tableOf(this);
  return table[event] || (table[event] = []);
};

// Calls the listeners of `event` in order, with `this` = the emitter and the
// elements of the array `args` (default: none) as arguments. Listeners that are
// appended meanwhile are called too. Returns whether the event has a listener
// array. An exception passes through to the caller.
EventEmitter.prototype.emit = function emit(event, args) {
  const table = this._events;
  if (table === undefined) return false;
  const list = table[event];
  // Own, or an inherited one: asked last, for it costs a third of the call.
  if (list === undefined || !Object.prototype.hasOwnProperty.call(this, "_events")) return false;
  const values = Array.isArray(args) ? args : [];
  for (let i = 0; i < list.length; i++) Reflect.apply(list[i], this, values);
  return true;
};

// Makes `Child` (a constructor) inherit from `Parent`: its prototype chain,
// `constructor`, and `Child.super_`, which is the Parent. The prototype of a
// function is a new one then; that of a class stays, and gets another parent.
function inherits(Child, Parent) {
  if (typeof Child !== "function" || typeof Parent !== "function" || !(Parent.prototype instanceof Object)) {
    throw new TypeError("node.inherits: both arguments must be constructors");
  }
  Child.super_ = Parent;
  const own = Object.getOwnPropertyDescriptor(Child, "prototype");
  if (own !== undefined && !own.writable) {
    Object.setPrototypeOf(Child.prototype, Parent.prototype);
    return;
  }
  Child.prototype = Object.create(Parent.prototype, {
    // A script may have given Object.prototype a "get".
    constructor: { __proto__: null, value: Child, enumerable: false, writable: true, configurable: true },
  });
}

// A promise: emits `success` or `error`, one of them, once. Listeners that are
// added after the outcome hear it in a later turn. It can be awaited: `await`
// gives the first success argument; a failure throws an Error (the one given,
// or one made with the given values in its `args`).
function Promise() {}
inherits(Promise, EventEmitter);

function settle(promise, event, args) {
  if (promise._outcome !== undefined) return false;
  const values = Array.isArray(args) ? args : [];
  promise._outcome = { event, values };
  EventEmitter.prototype.emit.call(promise, event, values);
  return true;
}

// As of node.EventEmitter; behind the outcome, `listener` is called in a later
// turn.
Promise.prototype.addListener = function addListener(event, listener) {
  const outcome = this._outcome;
  if (outcome === undefined || outcome.event !== event) {
    return EventEmitter.prototype.addListener.call(this, event, listener);
  }
  if (typeof listener === "function") {
    node.setTimeout(() => Reflect.apply(listener, this, outcome.values), 0);
  }
  return this;
};

// As of node.EventEmitter, but `success` and `error` are the outcome, however
// they are emitted: once.
Promise.prototype.emit = function emit(event, args) {
  const name = String(event);
  if (name !== "success" && name !== "error") return EventEmitter.prototype.emit.call(this, event, args);
  const heard = has(this, name);
  return settle(this, name, args) && heard;
};

// Calls `listener` with the success arguments. Returns the promise.
Promise.prototype.addCallback = function addCallback(listener) {
  this.addListener("success", listener);
  return this;
};

// Calls `listener` with the error arguments. Returns the promise.
Promise.prototype.addErrback = function addErrback(listener) {
  this.addListener("error", listener);
  return this;
};

// Settles the promise with success; `args` is the array of arguments. Returns
// false when it had settled before.
Promise.prototype.emitSuccess = function emitSuccess(args) {
  return settle(this, "success", args);
};

// Settles the promise with failure; `args` is the array of arguments. Returns
// false when it had settled before.
Promise.prototype.emitError = function emitError(args) {
  return settle(this, "error", args);
};

// What a script has failed with need not have a text.
function textOf(value) {
  try {
    return String(value);
  } catch {
    return "[" + typeof value + "]";
  }
}

// As of ECMAScript's promises: returns a native promise of the outcome.
Promise.prototype.then = function then(onFulfilled, onRejected) {
  return new NativePromise((resolve, reject) => {
    this.addCallback((value) => resolve(value));
    this.addErrback((...values) => {
      if (values[0] instanceof Error) return reject(values[0]);
      const error = new Error(values.length > 0 ? "promise failed: " + values.map(textOf).join(", ") : "promise failed");
      error.args = values;
      reject(error);
    });
  }).then(onFulfilled, onRejected);
};

node.EventEmitter = EventEmitter;
node.Promise = Promise;
node.inherits = inherits;
)js", 6424},
    // setTimeout and its like, node.Timer
    {"timers", R"js(// setTimeout, setInterval, clearTimeout, clearInterval and node.Timer.
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

const { now, runMicrotasks } = binding;

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

// A timer, as setTimeout and setInterval return it.
function Timer() {
  this._callback = undefined;
  this._record = 0; // 0: not started
  this._repeat = undefined; // ms until it fires again; undefined: it does not
}
node.inherits(Timer, node.EventEmitter);

function clearList(head) {
  records[head + NEXT] = records[head + PREVIOUS] = head;
}

function open() {
  const state = binding.timerState();
  wake = state.wake;
  records = state.records;
  occupied = new Int32Array((LEVELS * SLOTS) / 32);
  capacity = binding.growTimers();
  for (let head = SOON; head < FIRST; head += RECORD) clearList(head);
  origin = now();
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

// A record for the timer.
function take(timer) {
  if (records === undefined) open();
  if (count === 0) {
    // All are free: in their order they lie better, and C++ may have given their memory back.
    free = 0;
    top = FIRST;
    if (chunks.length > 16) chunks = [];
  }
  let record = free;
  if (record !== 0) {
    free = records[record + NEXT];
  } else {
    record = top;
    if (record === capacity) capacity = binding.growTimers();
    if (((record - FIRST) >> 12) === chunks.length) chunks.push(new Array(CHUNK).fill(undefined));
    top += RECORD;
  }
  count++;
  chunkOf(record)[indexInChunk(record)] = timer;
  timer._record = record;
  return record;
}

// Unlinks the timer's record and frees it.
function give(timer) {
  const record = timer._record;
  unlink(record);
  timer._record = 0;
  chunkOf(record)[indexInChunk(record)] = undefined;
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
    occupied[slot >> 5] = bits | bit;
    clearList(head);
  }
  return head;
}

// Gives the record its due time, in ms of now(); whether the wheel can hold it.
function setDue(record, due) {
  const ticks = (due - origin) * TICKS_PER_MS;
  if (!(ticks < RANGE - 1)) {
    records[record + DUE] = RANGE - 1;
    timerOf(record)._far = due;
    return false;
  }
  const tick = ticks | 0;
  records[record + DUE] = tick;
  records[record + PART] = Math.ceil((ticks - tick) * PARTS_PER_TICK);
  return true;
}

function start(timer, delay) {
  const record = take(timer);
  const due = now() + delay;
  if (due < wake[0]) wake[0] = due;
  const fits = setDue(record, due);
  append(delay === 0 ? SOON : fits ? slotOf(record) : FAR, record);
}

function stop(timer) {
  // One that its constructor has not seen has none.
  if (!(timer._record > 0)) return;
  give(timer);
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
      const bit = 31 - Math.clz32(bits & -bits);
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

let keys = new Float64Array(0); // of sortReady
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
    sum |= timerOf(record)._record;
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
  return tick === RANGE - 1 ? timerOf(record)._far : origin + (tick + records[record + PART] / PARTS_PER_TICK) / TICKS_PER_MS;
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
      least = Math.min(least, dues[dues.length - 1]);
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
  origin += Math.floor((least - origin) * TICKS_PER_MS) / TICKS_PER_MS;
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
    least = Math.min(least, records[record + DUE] + records[record + PART] / PARTS_PER_TICK);
  }
  return Math.min(horizon, origin + least / TICKS_PER_MS);
}

function fire(timer) {
  if (timer._repeat !== undefined) start(timer, timer._repeat);
  const callback = timer._callback;
  if (callback !== undefined) Reflect.apply(callback, timer, []);
  if (timer._events !== undefined) timer.emit("timeout", []);
}

// Called by C++ at the time in `wake`, or later: fires what is due by now, in order of due time, then of creation, with
// the microtasks behind each. What the callbacks start waits for the next call.
hooks.timers = function timers() {
  const present = now();
  if ((present - origin) * TICKS_PER_MS > TURN_BACK) turnBack(present);
  // A process that was stopped for a day gets there in several calls; what is left of BATCH then goes back to SOON.
  const ticks = Math.min((present - origin) * TICKS_PER_MS, RANGE - 2);
  targetTick = ticks | 0;
  targetPart = ((ticks - targetTick) * PARTS_PER_TICK) | 0;
  moveAll(SOON, BATCH);
  for (let record = nextDue(); record !== 0; record = nextDue()) {
    const timer = timerOf(record);
    give(timer);
    fire(timer);
    runMicrotasks();
  }
  moveAll(SOON, BATCH);
  moveAll(BATCH, SOON);
  if (count === 0) sleep();
  else wake[0] = nextWake(present);
};

function milliseconds(value) {
  const number = Math.trunc(Number(value));
  if (!(number > 0)) return 0; // NaN, absent and negative included
  return Math.min(number, MAX_DELAY);
}

// Calls `callback` once, without arguments and with `this` = the timer, when
// `delay` milliseconds (an integer; default 0) have gone, in a later turn.
// Returns the timer. What is not a function is ignored.
function setTimeout(callback, delay) {
  const timer = new Timer();
  if (typeof callback === "function") {
    timer._callback = callback;
    start(timer, milliseconds(delay));
  }
  return timer;
}

// As setTimeout, again and again every `delay` milliseconds.
function setInterval(callback, delay) {
  const timer = new Timer();
  if (typeof callback === "function") {
    timer._callback = callback;
    timer._repeat = milliseconds(delay);
    start(timer, timer._repeat);
  }
  return timer;
}

// Stops a timer of either kind; harmless when it has fired, was cleared, or is
// null or undefined.
function clearTimeout(timer) {
  if (timer instanceof Timer) {
    timer._repeat = undefined;
    stop(timer);
  }
}

// Starts the timer, again if it runs: emits `timeout` after `after` ms, then
// each `repeat` ms unless that is 0 or absent. What setTimeout was given is
// called as well.
Timer.prototype.start = function (after, repeat) {
  // Before anything else: what makes a number of an object may be a script's own function, which may use this timer.
  const interval = milliseconds(repeat);
  const duration = milliseconds(after);
  stop(this);
  this._repeat = interval > 0 ? interval : undefined;
  start(this, duration);
};

Object.defineProperty(Timer.prototype, "repeat", {
  // Milliseconds between two events, 0 when there will be but one.
  get() {
    return this._repeat === undefined ? 0 : this._repeat;
  },
  set(value) {
    const interval = milliseconds(value);
    this._repeat = interval > 0 ? interval : undefined;
  },
  configurable: true,
});

// Stops the timer.
Timer.prototype.stop = function () {
  clearTimeout(this);
};

node.Timer = Timer;
node.setTimeout = setTimeout;
hooks.clearTimer = clearTimeout;
global.setTimeout = setTimeout;
global.setInterval = setInterval;
global.clearTimeout = clearTimeout;
global.clearInterval = clearTimeout;
)js", 17164},
    // puts, print, p, node.debug, console; the queues of standard output and error
    {"console", R"js(// puts, print, p, node.debug, console, and the queues of standard output and error, which File shares.

const later = node.setTimeout;
const QUIET = 4; // answers of the hook; see bind_console.cc
const HEARD = 2;
const WAITING = 1;

// What is known here of the queue of a descriptor; the bytes themselves are C++'s.
function Queue(descriptor) {
  this.descriptor = descriptor;
  this.queued = 0; // bytes given to it since the start
  this.settled = 0; // of these, written or lost as far as we have been told
  this.waiting = []; // promises of unwritten bytes that somebody listens to, from `first` on
  this.first = 0;
  this.losses = []; // what could not be written: { from, to, error }
  this.file = undefined; // the File, which emits `error`
}
const STDOUT = new Queue(1);
const STDERR = new Queue(2);
// Losses between which something was written; those before them are forgotten.
const LOSSES = 100;

// Functions in parentheses are compiled at once, so that the snapshot has their
// code: what nearly every script calls is not compiled at each start.

// The promise of one puts: settles when its bytes have been written. It costs
// nothing until somebody listens.
const Written = (function Written(queue, bytes) {
  this._queue = queue;
  this._bytes = bytes;
  this._end = queue.queued;
  this._watched = false;
});
node.inherits(Written, node.Promise);

// As of node.Promise; the first listener makes C++ watch the output.
Written.prototype.addListener = function (event, listener) {
  node.Promise.prototype.addListener.call(this, event, listener);
  if (this._watched) return this;
  this._watched = true;
  if (this._end <= this._queue.settled) {
    later(() => settle(this, lossOf(this)), 0);
  } else {
    this._queue.waiting.push(this);
    binding.watchOutput(this._queue.descriptor);
  }
  return this;
};

function lossOf(written) {
  const begin = written._end - written._bytes;
  return written._queue.losses.find((loss) => loss.from < written._end && loss.to > begin);
}

function settle(written, loss) {
  if (loss !== undefined) written.emitError([loss.error]);
  else written.emitSuccess([written._bytes]);
}

function noteLoss(queue, from, to, error) {
  const last = queue.losses.at(-1);
  if (last !== undefined && last.to === from && last.error.errno === error.errno) {
    last.to = to;
  } else {
    queue.losses.push({ from, to, error });
    if (queue.losses.length > LOSSES) queue.losses.shift();
  }
}

function hearsErrors(emitter) {
  return emitter !== undefined && Object.hasOwn(emitter, "_events") && emitter.listeners("error").length > 0;
}

// Settles what can be. Returns whether somebody heard of an error.
function settleWaiting(queue) {
  let heard = false;
  // What listeners print now waits for the next call.
  for (const end = queue.waiting.length; queue.first < end; ) {
    const written = queue.waiting[queue.first];
    if (written._end > queue.settled) break;
    queue.waiting[queue.first++] = undefined;
    const loss = queue.losses.length > 0 ? lossOf(written) : undefined;
    if (loss !== undefined && hearsErrors(written)) heard = true;
    settle(written, loss);
  }
  if (queue.first === queue.waiting.length || (queue.first > 1024 && queue.first > queue.waiting.length / 2)) {
    queue.waiting.splice(0, queue.first);
    queue.first = 0;
  }
  return heard;
}

// Called by C++ when the first `settled` bytes have been written or, of these, those from `from` on lost to `error`.
hooks.written = function written(descriptor, settled, from, error) {
  const queue = descriptor === 1 ? STDOUT : STDERR;
  queue.settled = settled;
  if (error === undefined) {
    settleWaiting(queue);
    return queue.waiting.length > 0 ? WAITING : 0;
  }
  if (queue === STDOUT && error.errno === "EPIPE" && !hearsErrors(queue.file)) return QUIET;
  noteLoss(queue, from, settled, error);
  let heard = settleWaiting(queue);
  if (hearsErrors(queue.file)) {
    heard = true;
    queue.file.emit("error", [error]);
  }
  return (heard ? HEARD : 0) | (queue.waiting.length > 0 ? WAITING : 0);
};

function endInVain() {
  binding.endInVain(STDOUT.waiting.slice(STDOUT.first).some(hearsErrors));
}

const write = (function write(queue, data) {
  let bytes = binding.writeOutput(queue.descriptor, data);
  if (bytes < 0) {
    // A script that prints for ever would not come to its turn's end.
    if (queue === STDOUT && !hearsErrors(queue.file)) endInVain();
    bytes = -1 - bytes;
  }
  queue.queued += bytes;
  return new Written(queue, bytes);
});

hooks.output = {
  // Makes `file`, a File, that of the queue of `descriptor`, 1 or 2.
  attach(descriptor, file) {
    (descriptor === 1 ? STDOUT : STDERR).file = file;
  },

  // Queues `data`, a string, a Uint8Array or an ArrayBuffer. Returns its promise.
  write(descriptor, data) {
    return write(descriptor === 1 ? STDOUT : STDERR, data instanceof ArrayBuffer ? new Uint8Array(data) : data);
  },

  // Calls `then` when all that is queued now has left, one way or the other.
  whenDone(descriptor, then) {
    new Written(descriptor === 1 ? STDOUT : STDERR, 0).addCallback(then);
  },
};

// Writes `x` as a string and a newline to standard output, in UTF-8. Queued:
// never blocks, unless more than 4 MiB wait for the reader. Returns a promise of
// the number of bytes. What cannot be written ends the program with exit code 1
// and a message, if neither the promise's `error` nor that of `stdout` has a
// listener; at once, when more than 4 MiB are lost in a turn that does not end.
// It ends quietly with 0 when the reader of a pipe has gone and `stdout` has no
// listener. After stdout.close() nothing can be written (EBADF).
global.puts = (function puts(x) {
  return write(STDOUT, String(x) + "\n");
});

// As puts, without the newline. An array of integers, a Uint8Array and an
// ArrayBuffer are written as the bytes that they are.
global.print = function print(x) {
  if (Array.isArray(x)) return write(STDOUT, Uint8Array.from(x));
  if (typeof x === "string" || !hooks.chunks.isBytes(x)) return write(STDOUT, String(x));
  return write(STDOUT, x instanceof ArrayBuffer ? new Uint8Array(x) : x);
};

// Writes the JSON form of `x` and a newline; `undefined` for what has none.
global.p = function p(x) {
  return write(STDOUT, JSON.stringify(x) + "\n");
};

// Writes "DEBUG: ", `x` and a newline to standard error, at once: blocks until
// it, and what stderr has queued before it, is written.
node.debug = function debug(x) {
  binding.writeError("DEBUG: " + String(x) + "\n");
};

// Whether a line of a stack is not a frame of this library, as in the report of an uncaught error.
function isNotOurs(frame) {
  return !/^ +at (?:.*\()?node:[a-z_]+:[0-9]/.test(frame);
}

// A value as console.log shows it: strings as they are, errors with their stack,
// other objects as JSON. What is there to look at a value throws nothing.
function shown(value) {
  if (typeof value === "string") return value;
  if (typeof value === "bigint") return value + "n";
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return String(value);
  try {
    if (value instanceof Error) return String(value.stack).split("\n").filter(isNotOurs).join("\n");
    if (typeof value === "object") return JSON.stringify(value);
  } catch {
    // It refers to itself, or has a getter that throws.
  }
  try {
    return String(value);
  } catch {
    return "[" + typeof value + "]";
  }
}

function line(values) {
  return values.map(shown).join(" ") + "\n";
}

// console.log and info print their arguments, separated by blanks, as puts
// does; warn, error and debug write them to stderr, as stderr.puts does. The
// engine's own console, which needs an inspector, would print nothing.
function log(...values) {
  write(STDOUT, line(values));
}
function warn(...values) {
  write(STDERR, line(values));
}
global.console = { log, info: log, debug: warn, warn, error: warn };
)js", 7923},
    // node.http.parseUri
    {"uri", R"js(// node.http.parseUri: the parts of a URI. RFC 3986, without judging.

// The parts that are there, as properties; toString() gives the source.
function Uri(source) {
  this.source = source;
}

Object.defineProperty(Uri.prototype, "toString", {
  value: function toString() {
    return this.source;
  },
  writable: true,
  configurable: true,
});

function decode(text) {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced; // a bad escape stays as it is: a request must not end a server
  }
}

function parseParams(query) {
  const params = Object.create(null); // a key may be "__proto__"
  if (query === undefined) return params;
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=");
    const key = decode(equals < 0 ? pair : pair.slice(0, equals));
    if (key !== "") params[key] = equals < 0 ? "" : decode(pair.slice(equals + 1));
  }
  return params;
}

function parseAuthority(uri, authority) {
  uri.authority = authority;
  const at = authority.lastIndexOf("@");
  if (at >= 0) {
    uri.userInfo = authority.slice(0, at);
    const colon = uri.userInfo.indexOf(":");
    uri.user = colon < 0 ? uri.userInfo : uri.userInfo.slice(0, colon);
    if (colon >= 0) uri.password = uri.userInfo.slice(colon + 1);
  }
  const hostPort = authority.slice(at + 1);
  // An IPv6 address stands in brackets and has colons of its own.
  const colon = hostPort.indexOf(":", hostPort.lastIndexOf("]") + 1);
  uri.host = colon < 0 ? hostPort : hostPort.slice(0, colon);
  if (colon >= 0 && colon + 1 < hostPort.length) uri.port = hostPort.slice(colon + 1);
}

// Parses `source` (a string): source, protocol, authority, userInfo, user,
// password, host, port (text), relative, path, directory, file, query, anchor,
// each only where present, and always params: the decoded query as an object
// without a prototype (`+` is a blank, the last of equal keys wins).
function parseUri(source) {
  const uri = new Uri(String(source));
  let rest = uri.source;
  const hash = rest.indexOf("#");
  if (hash >= 0) {
    uri.anchor = rest.slice(hash + 1);
    rest = rest.slice(0, hash);
  }
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.exec(rest);
  if (scheme !== null) {
    uri.protocol = scheme[0].slice(0, -3);
    rest = rest.slice(scheme[0].length);
    const end = rest.search(/[/?]/);
    parseAuthority(uri, end < 0 ? rest : rest.slice(0, end));
    rest = end < 0 ? "" : rest.slice(end);
  }
  if (rest !== "") uri.relative = rest;
  const question = rest.indexOf("?");
  const path = question < 0 ? rest : rest.slice(0, question);
  if (path !== "") {
    uri.path = path;
    const slash = path.lastIndexOf("/");
    if (slash >= 0) uri.directory = path.slice(0, slash + 1);
    if (slash + 1 < path.length) uri.file = path.slice(slash + 1);
  }
  if (question >= 0) uri.query = rest.slice(question + 1);
  uri.params = parseParams(uri.query);
  return uri;
}

// The bytes of `text` in UTF-8, as characters.
function utf8Characters(text) {
  return unescape(encodeURIComponent(text.toWellFormed()));
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// RFC 4648, 4, of one byte per character.
function base64(text) {
  let out = "";
  for (let i = 0; i < text.length; i += 3) {
    const left = text.length - i;
    const bits = (text.charCodeAt(i) << 16) | ((left > 1 ? text.charCodeAt(i + 1) : 0) << 8) | (left > 2 ? text.charCodeAt(i + 2) : 0);
    out += BASE64[bits >> 18] + BASE64[(bits >> 12) & 63];
    out += (left > 1 ? BASE64[(bits >> 6) & 63] : "=") + (left > 2 ? BASE64[bits & 63] : "=");
  }
  return out;
}

// A name, an IPv4 address, or an IPv6 address in brackets (RFC 3986, 3.2.2); without a colon, for which there are ports.
const HOST = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])$/;

function urlError(call, url, reason) {
  return new Error(call + ": " + reason + " in the URL " + JSON.stringify(url));
}

// For http_client.js: whom and what an http:// URL asks for. Gives `host` (an
// IPv6 address without its brackets), `port` (a number), `path` (with the query,
// ready for the request line: what is not ASCII is percent-encoded) and
// `authorization` (the value of the header for a user, or undefined). Throws an
// Error that begins with `call` for what no two readers would read alike.
hooks.parseHttpUrl = function parseHttpUrl(call, url) {
  if (typeof url !== "string") throw new TypeError(call + ": the URL must be a string, not " + String(url));
  const bad = /[\x00-\x20\x7f\\]/.exec(url);
  if (bad !== null) throw urlError(call, url, "forbidden character " + JSON.stringify(bad[0]));
  const uri = parseUri(url);
  if (uri.protocol === undefined || uri.protocol.toLowerCase() !== "http") throw urlError(call, url, "no http://");
  if (!HOST.test(uri.host)) throw urlError(call, url, uri.host === "" ? "no host" : "bad host " + JSON.stringify(uri.host));
  if (uri.userInfo !== undefined && !/^[A-Za-z0-9._~!$&'()*+,;=:%-]*$/.test(uri.userInfo)) throw urlError(call, url, "bad user");
  const port = uri.port === undefined ? 80 : Number(uri.port);
  if (uri.port !== undefined && (!/^[0-9]{1,5}$/.test(uri.port) || port < 1 || port > 65535)) {
    throw urlError(call, url, "bad port " + JSON.stringify(uri.port));
  }
  const relative = uri.relative === undefined ? "/" : uri.relative;
  const path = (relative[0] === "/" ? "" : "/") + relative.replace(/[^\x21-\x7e]+/g, (part) => encodeURIComponent(part.toWellFormed()));
  const host = uri.host[0] === "[" ? uri.host.slice(1, -1) : uri.host;
  let authorization;
  if (uri.userInfo !== undefined) {
    const user = decode(uri.user.replaceAll("+", "%2B"));
    const password = uri.password === undefined ? "" : decode(uri.password.replaceAll("+", "%2B"));
    // RFC 7617, 2: the first colon ends the user.
    if (user.includes(":")) throw urlError(call, url, "colon in the user");
    authorization = "Basic " + base64(utf8Characters(user + ":" + password));
  }
  return { host, port, path, authorization };
};

node.http = { parseUri };
)js", 6144},
    // encodings and pieces of data, for all that streams
    {"chunks", R"js(// Pieces of data and their encodings, for tcp.js and http.js; node.encodeUtf8.

// In the order of js_chunk::Encoding.
const ENCODINGS = ["raw", "utf8", "ascii", "bytes"];

let sharedPiece; // where bytes lie of which C++ gives the length, or gets it
let packing = false;

const { isView } = ArrayBuffer;
const bufferLength = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength").get;

function isBuffer(value) {
  if (!(value instanceof ArrayBuffer)) return false;
  try {
    Reflect.apply(bufferLength, value, []);
    return true;
  } catch {
    return false;
  }
}

// Whether `data` is a Uint8Array or an ArrayBuffer, and not just made to look like one: C++ takes it as what it is.
function isBytes(data) {
  return (isView(data) && data instanceof Uint8Array) || isBuffer(data);
}

function shared() {
  return sharedPiece || (sharedPiece = binding.sharedPiece());
}

// The first `length` (by default all) of the bytes that have arrived, in the raw form: an array of integers.
function integers(bytes, length = bytes.length) {
  const array = new Array(length);
  for (let i = 0; i < length; i++) array[i] = bytes[i];
  return array;
}

hooks.chunks = {
  // The name in force for what a script has given: case does not matter, what is unknown is "raw".
  encodingName(encoding) {
    const name = String(encoding).toLowerCase();
    return ENCODINGS.includes(name) ? name : "raw";
  },

  // As C++ has it.
  encodingIndex(name) {
    return ENCODINGS.indexOf(name);
  },

  // Whether strings are to go out as UTF-8, not a byte for each character.
  isUtf8(encoding) {
    return encoding !== undefined && String(encoding).toLowerCase() === "utf8";
  },

  // Data to be sent as a string, a Uint8Array or an ArrayBuffer; throws a TypeError that says `complaint`.
  bytesOf(data, complaint) {
    if (typeof data === "string" || isBytes(data)) return data;
    if (Array.isArray(data)) return Uint8Array.from(data);
    throw new TypeError(complaint + " must be a string, an array of bytes, or a Uint8Array");
  },

  // Puts an array into the shared piece, for C++. Returns how many elements it has, or -1 when these are too many, or
  // one is being put there: an element may be a getter that sends something.
  pack(data) {
    const piece = shared();
    const length = data.length;
    if (packing || length > piece.length) return -1;
    packing = true;
    try {
      for (let i = 0; i < length; i++) piece[i] = data[i];
    } finally {
      packing = false;
    }
    return length;
  },

  // The bytes that such data have, strings by `utf8`.
  byteLength(data, utf8) {
    if (typeof data !== "string") return data.byteLength;
    return utf8 ? binding.utf8Length(data) : data.length;
  },

  integers,
  isBytes,

  // What arrives, as scripts get it in that encoding: `chunk` is a string, a Uint8Array, or the length of what C++ has
  // put into the shared piece.
  pieceOf(encoding, chunk) {
    if (typeof chunk === "number") {
      return encoding === "raw" ? integers(shared(), chunk) : shared().slice(0, chunk);
    }
    return encoding === "raw" && typeof chunk !== "string" ? integers(chunk) : chunk;
  },

  // Uint8Arrays of `length` bytes together as one.
  joinBytes(pieces, length) {
    const all = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  },

  // A value as a message shows it, also one that has no text.
  quoted(value) {
    try {
      return typeof value === "string" ? JSON.stringify(value) : String(value);
    } catch {
      return "[" + typeof value + "]";
    }
  },
};

// The text whose UTF-8 form `bytes` are: an array of integers, a Uint8Array or an ArrayBuffer. What is no UTF-8 becomes
// U+FFFD. Throws a TypeError for what is none of these.
node.encodeUtf8 = function encodeUtf8(bytes) {
  if (Array.isArray(bytes)) return binding.utf8Text(Uint8Array.from(bytes));
  if (isBytes(bytes)) return binding.utf8Text(bytes);
  throw new TypeError("encodeUtf8: the bytes must be an array, a Uint8Array or an ArrayBuffer, not " + hooks.chunks.quoted(bytes));
};
)js", 4140},
    // headers, for http.js and http_client.js
    {"head", R"js(// Heads of HTTP messages: what http.js and http_client.js have in common.

const { quoted } = hooks.chunks;

// RFC 9110, 5.6.2 and 5.5, on characters; C++ checks the bytes again.
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

// Checks the `headers` given to `call` and hands each to `take(name, value, lower)`, where lower is the name in lower
// case. Gives what they say of the body: `length` (a number, -1 without Content-Length), `coded` (whether they have
// Transfer-Encoding). Checked here, where the script can catch it (RFC 9112, 6).
function readHeaders(call, headers, take) {
  if (!Array.isArray(headers)) throw new TypeError(call + ": headers must be an array of [name, value] pairs");
  let length = -1;
  let coded = false;
  for (let i = 0; i < headers.length; i++) {
    const pair = headers[i];
    if (!Array.isArray(pair) || pair.length < 2) {
      throw new TypeError(call + ": headers[" + i + "] must be a [name, value] pair");
    }
    const name = String(pair[0]);
    const value = String(pair[1]);
    if (!TOKEN.test(name)) throw new Error(call + ": forbidden character in the header name " + quoted(name));
    if (BAD_VALUE.test(value)) {
      throw new Error(call + ": forbidden character in the value of " + name + ": " + quoted(value));
    }
    const lower = name.toLowerCase();
    if (lower === "content-length") {
      if (!/^[0-9]{1,15}$/.test(value)) throw new Error(call + ": Content-Length must be a number of bytes, not " + quoted(value));
      if (length >= 0 && length !== Number(value)) throw new Error(call + ": two values of Content-Length");
      length = Number(value);
    } else if (lower === "transfer-encoding") {
      if (coded || value.toLowerCase() !== "chunked") {
        throw new Error(call + ': the only Transfer-Encoding is one "chunked", not ' + quoted(value));
      }
      coded = true;
    }
    take(name, value, lower);
  }
  if (coded && length >= 0) throw new Error(call + ": Content-Length and Transfer-Encoding exclude one another");
  return { length, coded };
}

// `text` between `start` and `end` without blanks at both ends. No regular expression: these go back over inner blanks.
function trimmed(text, start, end) {
  while (start < end && (text[start] === " " || text[start] === "\t")) start++;
  while (end > start && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  return text.slice(start, end);
}

function parseHeaders(head) {
  // The parser has checked the grammar: lines end in CRLF, names have no blanks.
  const headers = [];
  let start = head.indexOf("\r\n") + 2;
  for (;;) {
    const end = head.indexOf("\r\n", start);
    if (end <= start) return headers;
    const colon = head.indexOf(":", start);
    headers.push([head.slice(start, colon), trimmed(head, colon + 1, end)]);
    start = end + 2;
  }
}

// Whether somebody listens for `event`.
function has(emitter, event) {
  return emitter._events !== undefined && emitter._events[event] !== undefined && emitter._events[event].length > 0;
}

// An Error as those of system calls: "syscall ERRNO subject: text".
function makeError(syscall, errno, text) {
  const error = new Error(syscall + " " + errno + " " + text);
  error.errno = errno;
  error.syscall = syscall;
  return error;
}

// The options of `call` that `known` names, read now: what a getter throws is the caller's to throw, and C++ meets none.
// `known`: name -> the largest value of an integer, or true for a boolean. A part of a second counts as a whole one. What
// is not set (undefined, null) stays so; what is none of that throws. The result inherits nothing.
function readOptions(call, options, known) {
  const read = Object.create(null);
  if (options === undefined || options === null) return read;
  for (const name in known) {
    const most = known[name];
    let value = options[name];
    if (value === undefined || value === null) continue;
    if (typeof value === "number" && TIMEOUT.test(name)) value = Math.ceil(value);
    const good = most === true ? typeof value === "boolean" : Number.isInteger(value) && value >= 0 && value <= most;
    if (!good) {
      const what = most === true ? "a boolean" : (TIMEOUT.test(name) ? "seconds" : "an integer") + " from 0 to " + most;
      throw new TypeError(call + ": the option " + name + " must be " + what + ", not " + quoted(options[name]));
    }
    read[name] = value;
  }
  return read;
}
const TIMEOUT = /timeout$/i;

hooks.head = { BAD_VALUE, TOKEN, has, makeError, parseHeaders, readHeaders, readOptions };
)js", 4566},
    // node.tcp
    {"tcp", R"js(// node.tcp: connections and servers, over TCP and unix-domain sockets.

const { bytesOf, encodingIndex, encodingName, isUtf8, pack, pieceOf, quoted } = hooks.chunks;

const { readOptions } = hooks.head;

const OPTIONS = { __proto__: null, timeout: 1e6, outputLimit: 1e15, connections: 1e6 }; // of servers
const connections = []; // by slot, the low bits of an id; of those that C++ knows
const SLOT_MASK = 0xfffff;
const servers = []; // by handle

// A connection. `server` and `remoteAddress` are set on those that a server has
// accepted; `error` is what went wrong, after disconnect(true).
function Connection() {}
node.inherits(Connection, node.EventEmitter);

// The record of a connection, made on first use: the constructor need not have run.
function stateOf(connection) {
  if (!Object.prototype.hasOwnProperty.call(connection, "_tcp")) {
    Object.defineProperty(connection, "_tcp", {
      __proto__: null, // a script may have given Object.prototype a "get"
      value: { id: -1, ready: "closed", encoding: "raw", address: undefined, owner: undefined },
      writable: true,
    });
  }
  return connection._tcp;
}

function attach(connection, id, ready) {
  const state = stateOf(connection);
  state.id = id;
  state.ready = ready;
  state.address = undefined;
  connections[id & SLOT_MASK] = connection;
  if (state.encoding !== "raw") binding.tcpSetEncoding(id, encodingIndex(state.encoding));
}

function detach(connection) {
  const state = stateOf(connection);
  connections[state.id & SLOT_MASK] = undefined;
  state.id = -1;
  state.ready = "closed";
}

// The connection of an id; undefined when it has let go of it.
function find(id) {
  const connection = connections[id & SLOT_MASK];
  return connection !== undefined && connection._tcp.id === id ? connection : undefined;
}

Object.defineProperties(Connection.prototype, {
  // "opening", "open", "readOnly" (close() was called), "writeOnly" (the peer
  // has closed its half), "closed".
  readyState: {
    get() {
      return stateOf(this).ready;
    },
    configurable: true,
  },
  // The peer's address as text, once connected; "" of a unix-domain socket.
  remoteAddress: {
    get() {
      const state = stateOf(this);
      if (state.address === undefined && state.id >= 0) state.address = binding.tcpRemoteAddress(state.id);
      return state.address;
    },
    set(value) {
      stateOf(this).address = value;
    },
    configurable: true,
  },
});

// A port as an integer, or a path (a string with a "/") as it is.
function portOf(call, port) {
  if (typeof port === "string" && port.includes("/")) return port;
  const number = typeof port === "number" || (typeof port === "string" && /^[0-9]+$/.test(port)) ? Number(port) : NaN;
  if (!Number.isInteger(number) || number < 0 || number > 65535) {
    throw new RangeError(call + ": the port must be an integer from 0 to 65535 or a path, not " + quoted(port));
  }
  return number;
}

// A host as text, `otherwise` when there is none. An IPv6 address may stand in brackets, as in URLs (RFC 3986, 3.2.2).
function hostOf(host, otherwise) {
  if (host === undefined || host === null || host === "") return otherwise;
  const name = String(host); // which may run a script
  return /^\[.*:.*\]$/.test(name) ? name.slice(1, -1) : name;
}

// Connects to `port` (an integer or a path with a "/" in it) of `host` (an
// address or a name, see node.dns.lookup; default "127.0.0.1"). Emits
// connect(), or disconnect(true) when that fails. Throws unless readyState is
// "closed".
Connection.prototype.connect = function connect(port, host) {
  if (port === undefined) throw new TypeError("connect: give a port");
  const place = portOf("connect", port);
  const name = hostOf(host, "127.0.0.1");
  const state = stateOf(this);
  if (state.ready !== "closed") throw new Error("connect: the connection is " + state.ready + ", not closed");
  const id = binding.tcpConnect(place, name);
  if (state.id >= 0) detach(this); // still closing
  this.error = undefined;
  attach(this, id, "opening");
};

// Sends `data`: a string (`encoding` "utf8", or by default one byte per
// character), an array of integers, a Uint8Array or an ArrayBuffer. Returns
// whether to go on: after false, `drain` tells when all is with the kernel.
// Throws unless readyState is "open" or "writeOnly".
Connection.prototype.send = function send(data, encoding) {
  const state = stateOf(this);
  if (state.ready !== "open" && state.ready !== "writeOnly") throw new Error("send: the connection is " + state.ready);
  const packed = Array.isArray(data) ? pack(data) : -1;
  const bytes = packed < 0 ? bytesOf(data, "send: the data") : packed;
  return binding.tcpSend(state.id, bytes, isUtf8(encoding));
};

// How `receive` gives its data: "raw" (default: arrays of integers 0..255),
// "utf8" or "ascii" (strings), "bytes" (Uint8Array). Case does not matter, what
// is unknown is raw. Returns the name in force. At any time.
Connection.prototype.setEncoding = function setEncoding(encoding) {
  const state = stateOf(this);
  state.encoding = encodingName(encoding);
  if (state.id >= 0) binding.tcpSetEncoding(state.id, encodingIndex(state.encoding));
  return state.encoding;
};

// Closes our half behind what was sent; what the peer sends still arrives. Ends
// the connection when the peer has closed its half. Harmless when closed.
Connection.prototype.close = function close() {
  const state = stateOf(this);
  if (state.ready === "closed" || state.ready === "readOnly") return;
  state.ready = state.ready === "writeOnly" ? "closed" : "readOnly";
  binding.tcpClose(state.id, false);
};

// Closes both halves behind what was sent; what still arrives is dropped.
Connection.prototype.fullClose = function fullClose() {
  const state = stateOf(this);
  if (state.id < 0) return;
  state.ready = "closed";
  binding.tcpClose(state.id, true);
};

// Closes at once: what was sent and has not left yet is dropped, and nothing
// more is emitted.
Connection.prototype.forceClose = function forceClose() {
  const state = stateOf(this);
  if (state.id < 0) return;
  const id = state.id;
  detach(this);
  binding.tcpAbort(id);
};

// Holds back what the peer sends (it stays with the kernel, and then with the peer).
Connection.prototype.pause = function pause() {
  const state = stateOf(this);
  if (state.id >= 0) binding.tcpSetReading(state.id, false);
};

// Goes on after pause().
Connection.prototype.resume = function resume() {
  const state = stateOf(this);
  if (state.id >= 0) binding.tcpSetReading(state.id, true);
};

// --- What C++ calls ---

// Of a new connection; `connect` comes in a later turn.
hooks.tcpAccept = function tcpAccept(handle, id) {
  const server = servers[handle];
  const connection = new Connection();
  connection.server = server;
  attach(connection, id, "open");
  connection.remoteAddress; // to be read after the end, too
  server.emit("connection", [connection]);
};

// As emit("receive", [piece]), which is by far the commonest event.
function emitReceive(connection, piece) {
  if (connection.emit !== node.EventEmitter.prototype.emit) return connection.emit("receive", [piece]);
  if (!Object.prototype.hasOwnProperty.call(connection, "_events")) return;
  const list = connection._events.receive;
  if (list === undefined) return;
  for (let i = 0; i < list.length; i++) Reflect.apply(list[i], connection, [piece]);
}

// kind: 0 connect, 1 receive, 2 eof, 3 drain, 4 timeout
hooks.tcpEvent = function tcpEvent(id, kind, chunk) {
  const connection = find(id);
  if (connection === undefined) return;
  const state = connection._tcp;
  switch (kind) {
    case 0:
      if (state.ready === "opening") state.ready = "open";
      connection.remoteAddress;
      connection.emit("connect", []);
      break;
    case 1:
      if (state.ready === "closed" || connection._events === undefined) return;
      emitReceive(connection, pieceOf(state.encoding, chunk));
      break;
    case 2:
      if (state.ready === "open") state.ready = "writeOnly";
      else if (state.ready === "readOnly") state.ready = "closed";
      connection.emit("eof", []);
      break;
    case 3:
      // First: what a listener sends has not gone yet.
      if (state.owner !== undefined) state.owner.drained();
      if (state.id === id) connection.emit("drain", []); // a listener may have made another connection
      break;
    case 4:
      if (state.ready !== "closed") connection.emit("timeout", []);
      if (state.owner !== undefined && state.id === id) state.owner.silent();
      break;
  }
};

// The end; `error` is an Error, or undefined when both sides closed.
hooks.tcpDisconnect = function tcpDisconnect(id, error) {
  const connection = find(id);
  if (connection === undefined) return;
  detach(connection);
  if (error !== undefined && error.syscall === "lookup") error.code = hooks.dnsCodes[error.errno]; // as a look-up's promise gives it
  connection.error = error;
  const owner = connection._tcp.owner;
  const lost = owner === undefined ? undefined : owner.underWay();
  connection.emit("disconnect", [error !== undefined]);
  if (owner !== undefined) owner.ended(error, lost);
};

// For http_client.js, whose clients are connections: `owner` hears of drained(),
// and behind the listeners of silent() and ended(error).
hooks.tcp = { stateOf, attach, detach, portOf, hostOf, find };

// For http.js: an object for a connection that C++ has taken over.
hooks.tcpAdopt = function (id, server) {
  const connection = new Connection();
  connection.server = server;
  attach(connection, id, "open");
  return connection;
};

// --- Servers ---

// A server. Emits `connection(connection)` and `close(errno)`. `options`:
// timeout (seconds without traffic until a connection emits `timeout`, default
// 60, 0: never), outputLimit (bytes queued for a peer that does not read,
// default 64 MiB; above that the connection ends), connections (at most, default
// a million); others are ignored. Integers; a part of a second counts as a whole
// one. They are read here, and not again; throws for a value that is none of that.
function Server(listener, options) {
  this.addListener("connection", listener);
  this._options = readOptions("createServer", options, OPTIONS);
  this._handle = -1;
}
node.inherits(Server, node.EventEmitter);

// Opens the socket; node.http.Server has one of its own.
Server.prototype._open = function (port, host, backlog) {
  const handle = binding.tcpListen(port, host, backlog, this._options);
  servers[handle] = this;
  return handle;
};
Server.prototype._shut = binding.tcpCloseServer;
Server.prototype._port = binding.tcpListeningPort;

// Listens on `port` (a number or numeric string, 0: a free one; or the path of
// a unix-domain socket, with a "/" in it) and `host` (an address, "localhost" or
// a name of /etc/hosts; default any IPv4 address). The socket is bound when it
// returns. `backlog`: connections waiting to be accepted, default 1024. Throws
// an Error with `errno` and `syscall`, e.g. "listen EADDRINUSE 0.0.0.0:8000:
// Address already in use".
Server.prototype.listen = function listen(port, host, backlog) {
  if (this._handle >= 0) throw new Error("listen: the server is listening already");
  const place = portOf("listen", port);
  if (Number.isInteger(host) && backlog === undefined) {
    backlog = host;
    host = undefined;
  }
  if (backlog !== undefined && !Number.isInteger(backlog)) throw new TypeError("listen: the backlog must be an integer");
  const address = hostOf(host, "");
  this._handle = this._open(place, address, backlog === undefined ? 1024 : backlog);
};

Object.defineProperty(Server.prototype, "port", {
  // The port it listens on, a number; undefined when it does not, 0 on a path.
  get() {
    return this._handle < 0 ? undefined : this._port(this._handle);
  },
  configurable: true,
});

// Stops accepting; open connections live on. Emits `close(0)`; harmless when
// closed.
Server.prototype.close = function close() {
  if (this._handle < 0) return;
  const handle = this._handle;
  this._handle = -1;
  this._shut(handle);
  this.emit("close", [0]);
};

// A new server; `listener(connection)` is added to `connection`. See Server for
// `options`.
function createServer(listener, options) {
  return new Server(listener, options);
}

// A new connection, on which connect(port, host) has been called.
function createConnection(port, host) {
  const connection = new Connection();
  connection.connect(port, host);
  return connection;
}

node.tcp = { Connection, Server, createServer, createConnection };
)js", 12580},
    // node.http.Connection
    {"http_connection", R"js(// node.http.Connection: what a server's requests come on.

const connections = new Map(); // by id; of those that somebody has asked for
const tapped = new Map(); // by id; of those with a listener for one of LOW_LEVEL

const LOW_LEVEL = [
  "message_begin", "uri", "header_field", "header_value", "headers_complete", "body", "message_complete",
];

// A connection of a server: request.connection, and the argument of the server's
// `connection` event. `server` is the node.http.Server. Events:
//   disconnect(had_error): once, when it has ended (or `upgrade` has taken it);
//     had_error (a boolean) after an error of the socket, a deadline in the middle
//     of something, or a limit. Not after forceClose().
//   message_begin, uri(text), header_field(text), header_value(text),
//     headers_complete({method, httpVersion, should_keep_alive}): the head of each
//     request, all at once when it is complete, before the server's `request` or
//     `upgrade`
//   body(chunk), message_complete: as the request's `body` and `complete`, before
//     these. A listener for any of them hears from the next request on; they cost
//     nothing while nobody listens.
function Connection(id, server) {
  this._id = id;
  this.server = server;
  this._ready = "open";
  this._quiet = false;
  this._remoteAddress = undefined;
}
node.inherits(Connection, node.EventEmitter);

function noteTap(connection, event) {
  if (connection._id >= 0 && LOW_LEVEL.includes(String(event))) tapped.set(connection._id, connection);
}

// As of node.EventEmitter.
Connection.prototype.addListener = function addListener(event, listener) {
  noteTap(this, event);
  return node.EventEmitter.prototype.addListener.call(this, event, listener);
};

// As of node.EventEmitter.
Connection.prototype.listeners = function listeners(event) {
  noteTap(this, event);
  return node.EventEmitter.prototype.listeners.call(this, event);
};

Object.defineProperties(Connection.prototype, {
  // The address of the client, a string; "" when it has gone before anybody asked, and of a unix-domain socket.
  remoteAddress: {
    get() {
      if (this._remoteAddress === undefined) this._remoteAddress = this._id < 0 ? "" : binding.remoteAddress(this._id);
      return this._remoteAddress;
    },
    configurable: true,
  },
  // "open", "readOnly" (close() was called), "writeOnly" (the client has shut its half), "closed" (it has ended, or
  // fullClose() or forceClose() was called).
  readyState: {
    get() {
      if (this._id < 0 || this._ready !== "open") return this._id < 0 ? "closed" : this._ready;
      return binding.peerClosed(this._id) ? "writeOnly" : "open";
    },
    configurable: true,
  },
});

// Takes no further request; the answers owed still go out, then the connection
// closes. Harmless when closed.
Connection.prototype.close = function close() {
  const ready = this.readyState;
  if (ready !== "open" && ready !== "writeOnly") return;
  this._ready = ready === "open" ? "readOnly" : "closed";
  binding.closeConnection(this._id);
};

// The same as close(), but that readyState is "closed" at once.
Connection.prototype.fullClose = function fullClose() {
  if (this._id < 0) return;
  this._ready = "closed";
  binding.closeConnection(this._id);
};

// Closes the connection at once; unsent data are dropped, and it emits nothing
// more. Its unfinished responses emit `close`.
Connection.prototype.forceClose = function forceClose() {
  if (this._id < 0) return;
  this._ready = "closed";
  this._quiet = true;
  tapped.delete(this._id);
  binding.abort(this._id);
};

// Always throws: what is sent on an HTTP connection belongs to a response.
Connection.prototype.send = function send() {
  throw new Error("send: an HTTP connection sends responses only: use sendBody of a response, or the upgrade event");
};

// Called by C++ when a connection has closed that was watched.
hooks.closed = function closed(id, failed) {
  const connection = connections.get(id);
  if (connection === undefined) return;
  connections.delete(id);
  tapped.delete(id);
  connection._id = -1; // the name will be another's one day
  if (!connection._quiet) connection.emit("disconnect", [failed]);
};

// For http.js.
hooks.httpConnections = {
  Connection,
  tapped,

  // Of a connection that a server has accepted just now.
  accepted(id, server) {
    const connection = new Connection(id, server);
    if (binding.watchConnection(id)) connections.set(id, connection);
    return connection;
  },

  // Of a request or response: one that has ended where the connection has, never a later one of the same id.
  of(message) {
    if (message._connection !== undefined) return message._connection;
    const id = message._id;
    const alive = binding.watchConnection(id, message._exchange);
    let connection = alive ? connections.get(id) : undefined;
    if (connection === undefined) {
      connection = new Connection(alive ? id : -1, message._server);
      if (alive) connections.set(id, connection);
    }
    return (message._connection = connection);
  },

  // Emits what there is to hear of a head.
  tapHead(connection, request, target, keepAlive) {
    const emit = (event, args) => connection._quiet || connection.emit(event, args);
    emit("message_begin", []);
    emit("uri", [target]);
    for (const [name, value] of request.headers) {
      emit("header_field", [name]);
      emit("header_value", [value]);
    }
    emit("headers_complete", [
      { method: request.method, httpVersion: request.httpVersion, should_keep_alive: keepAlive },
    ]);
  },
};
)js", 5577},
    // node.http: the server
    {"http", R"js(// node.http: the server.
//
// A request comes as one call with its head as one string; headers and uri are
// made from it when somebody looks. An answer given in one turn goes back as
// one call.

const METHODS = [undefined, "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];

// What C++ tells of a request in one number.
const BODY_FOLLOWS = 1;
const VERSION_1_0 = 2;
const KEEP_ALIVE = 4;
const METHOD_SHIFT = 3;
const TARGET_SHIFT = 6;

// How the body of a request stands.
const PAUSED = 1;
const COMPLETE_DUE = 2; // it has all come, and `complete` waits for resume()
const IGNORED = 4; // nobody listens to it: C++ throws it away

// How an answer stands.
const NEW = 0;
const HEAD_HELD = 1; // sendHeader was called; it leaves with the body or at the turn's end
const STREAMING = 2;
const FINISHED = 3;

// What binding.respond, write and finish return: http_connection::Status.
const OK = 0;
const HOLD_BACK = 0x8000; // beside OK: the client does not take it all now
const TOO_LONG = 4;
const TOO_SHORT = 5;
const BAD_HEAD = 6;

const { byteLength, bytesOf, encodingIndex, encodingName, isUtf8, pieceOf, quoted } = hooks.chunks;
const { has, parseHeaders, readHeaders, readOptions } = hooks.head;
const { Connection, accepted, of: connectionOf, tapHead, tapped } = hooks.httpConnections;

const OPTIONS = {
  __proto__: null,
  targetBytes: 65535, headBytes: 65535, headerCount: 256, bodyBytes: 1e15, // offsets in a head have 16 bits
  headTimeout: 1e6, bodyTimeout: 1e6, idleTimeout: 1e6, writeTimeout: 1e6,
  requests: 4e9, pipelineDepth: 65536, outputPause: 1e15, outputLimit: 1e15, connections: 1e6, requireHost: true,
};

const servers = []; // by handle
const receiving = new Map(); // connection id -> the request whose body is coming
const held = []; // responses to be sent at the end of the turn
const resumed = []; // requests whose `complete` is emitted then
let dispatching; // the response to the request whose listener is running

// A request. Emits `body(chunk)` for each piece of the body and `complete` once,
// after the last piece (also without a body). A piece that comes while nobody
// listens for `body` is thrown away.
function ServerRequest(server, id, exchange, head, summary) {
  const method = METHODS[(summary >> METHOD_SHIFT) & 7];
  // The method: a string.
  this.method = method === undefined ? head.slice(0, head.indexOf(" ")) : method;
  // "1.1" or "1.0".
  this.httpVersion = (summary & VERSION_1_0) !== 0 ? "1.0" : "1.1";
  this.statusCode = null;
  this._server = server;
  this._id = id;
  this._exchange = exchange;
  this._head = head;
  this._summary = summary;
  this._headers = undefined;
  this._uri = undefined;
  this._encoding = "raw";
  this._flow = 0;
}
node.inherits(ServerRequest, node.EventEmitter);

// The request target, as received.
function targetOf(request) {
  const start = request._head.indexOf(" ") + 1;
  return request._head.slice(start, start + (request._summary >> TARGET_SHIFT));
}

Object.defineProperties(ServerRequest.prototype, {
  // The header fields: an array of [name, value], in order, as sent.
  headers: {
    get() {
      return this._headers || (this._headers = parseHeaders(this._head));
    },
    configurable: true,
  },
  // The request target and its parts, see parseUri.
  uri: {
    get() {
      if (this._uri === undefined) {
        this._uri = node.http.parseUri(targetOf(this));
      }
      return this._uri;
    },
    configurable: true,
  },
  connection: {
    get() {
      return connectionOf(this);
    },
    configurable: true,
  },
  client: {
    get() {
      return this.connection;
    },
    configurable: true,
  },
});

// The value of the first header of that name, whose case does not matter, as a
// string; undefined when there is none. Cheaper than `headers`, which makes all.
ServerRequest.prototype.header = function header(name) {
  const found = binding.findHeader(this._head, String(name).toLowerCase());
  if (found < 0) return undefined;
  const start = Math.floor(found / 65536);
  return this._head.slice(start, start + (found % 65536));
};

// How `body` gives its chunks: "raw" (default: arrays of integers 0..255),
// "utf8" or "ascii" (strings), "bytes" (Uint8Array). Case does not matter;
// what is unknown is raw.
ServerRequest.prototype.setBodyEncoding = function setBodyEncoding(encoding) {
  this._encoding = encodingName(encoding);
  binding.setBodyEncoding(this._id, this._exchange, encodingIndex(this._encoding));
};

// Holds back the body: no `body` and no `complete` until resume(). What the
// client sends stays with the kernel, and then with the client, whose time does
// not run meanwhile (once the response is finished it does: bodyTimeout).
// Harmless when paused, and when all has come.
ServerRequest.prototype.pause = function pause() {
  this._flow |= PAUSED;
  binding.setReading(this._id, this._exchange, false);
};

// Goes on after pause(), in a later turn. Harmless when not paused.
ServerRequest.prototype.resume = function resume() {
  if ((this._flow & PAUSED) === 0) return;
  this._flow &= ~PAUSED;
  if ((this._flow & COMPLETE_DUE) === 0) return binding.setReading(this._id, this._exchange, true);
  resumed.push(this);
  binding.holdResponse();
};

// Somebody may listen for `event` from now on.
function attend(request, event) {
  const body = event === "body";
  if (!body && event !== "complete") return;
  if (body) request._flow &= ~IGNORED;
  const coming = binding.attend(request._id, request._exchange, body, true, encodingIndex(request._encoding));
  if (coming) receiving.set(request._id, request);
}

// As of node.EventEmitter.
ServerRequest.prototype.addListener = function addListener(event, listener) {
  if ((this._flow & IGNORED) !== 0) attend(this, String(event));
  return node.EventEmitter.prototype.addListener.call(this, event, listener);
};

// As of node.EventEmitter.
ServerRequest.prototype.listeners = function listeners(event) {
  if ((this._flow & IGNORED) !== 0) attend(this, String(event));
  return node.EventEmitter.prototype.listeners.call(this, event);
};

function emitComplete(request) {
  if ((request._flow & PAUSED) !== 0) {
    request._flow |= COMPLETE_DUE;
    return;
  }
  request._flow &= ~COMPLETE_DUE;
  if (tapped.size > 0) {
    const connection = tapped.get(request._id);
    if (connection !== undefined) connection.emit("message_complete", []);
  }
  if (request._events !== undefined) request.emit("complete", []);
}

// The answer to a request. Events:
//   drain: once after each sendBody that returned false, when all that was given
//     is with the kernel; not after finish()
//   flush: inside each sendBody and finish, behind what they do
//   sent: once, when the whole answer is with the kernel; for listeners that were
//     added before finish()
//   close: the client has gone, or will not get the answer, before finish(); where
//     somebody listens for `sent`, before that. Also for listeners that are added
//     after it and before finish()
// Its further fields are those of http_outgoing.js.
function ServerResponse(server, id, exchange) {
  this._server = server;
  this._id = id;
  this._exchange = exchange;
  this._state = NEW;
  this._status = 0;
  this._headers = undefined;
  this._pairs = "";
  this._count = 0;
  this._length = -1; // as the given Content-Length has it
  this._body = undefined;
  this._bodyEncoding = 0;
}
node.inherits(ServerResponse, node.EventEmitter);

Object.defineProperties(ServerResponse.prototype, {
  connection: {
    get() {
      return connectionOf(this);
    },
    configurable: true,
  },
  // Whether finish() was called: a boolean.
  finished: {
    get() {
      return this._state === FINISHED;
    },
    configurable: true,
  },
});

// Of responses that are to hear `close`, `drain` or `sent`: connection id -> exchange -> response.
const watched = new Map();

function watch(response) {
  const others = watched.get(response._id);
  if (others === undefined) watched.set(response._id, new Map([[response._exchange, response]]));
  else others.set(response._exchange, response);
}

function isWatched(response) {
  const others = watched.get(response._id);
  return others !== undefined && others.has(response._exchange);
}

function watchForClose(response, event) {
  if (String(event) === "close" && binding.owesAnswer(response._id, response._exchange)) watch(response);
}

// As of node.EventEmitter; behind `close`, a listener of it is called in a later turn: whoever waits for `drain` or
// `close` after a sendBody that returned false is to hear of one of them.
ServerResponse.prototype.addListener = function addListener(event, listener) {
  watchForClose(this, event);
  const late = String(event) === "close" && this._state !== FINISHED && !isWatched(this);
  if (!late) return node.EventEmitter.prototype.addListener.call(this, event, listener);
  const tell = () => {
    if (this._state !== FINISHED) Reflect.apply(listener, this, []);
  };
  if (typeof listener === "function") node.setTimeout(tell, 0);
  return this;
};

// As of node.EventEmitter.
ServerResponse.prototype.listeners = function listeners(event) {
  watchForClose(this, event);
  return node.EventEmitter.prototype.listeners.call(this, event);
};

function unwatch(response) {
  const others = watched.get(response._id);
  if (others === undefined) return;
  others.delete(response._exchange);
  if (others.size === 0) watched.delete(response._id);
}

// The headers that were checked and packed last: most servers give the same to
// every answer.
let lastNames = [];
let lastValues = [];
let lastPairs = "";
let lastLength = -1;
let keptPairs; // those that C++ has a copy of

function sameAsLast(headers) {
  const count = headers.length;
  if (count !== lastNames.length) return false;
  for (let i = 0; i < count; i++) {
    const pair = headers[i];
    // Whatever is no array has no such elements.
    if (typeof pair !== "object" || pair === null || pair[0] !== lastNames[i] || pair[1] !== lastValues[i]) return false;
  }
  return true;
}

// `strings`: what `headers` were taken for, name and value in turn. Not remembered is what may have another text the next
// time, or has by now.
function remember(headers, strings, pairs, length) {
  lastNames = [];
  const names = [];
  const values = [];
  for (let i = 0; i < headers.length; i++) {
    const name = headers[i][0];
    const value = headers[i][1];
    const plain = typeof value === "string" || typeof value === "number";
    if (name !== strings[2 * i] || !plain || String(value) !== strings[2 * i + 1]) return;
    names.push(name);
    values.push(value);
  }
  if (2 * names.length !== strings.length) return;
  lastNames = names;
  lastValues = values;
  lastPairs = pairs;
  lastLength = length;
  if (keptPairs === pairs) return;
  keptPairs = pairs;
  binding.keepPairs(pairs);
}

function packHeaders(response, headers) {
  if (headers === undefined || headers === null) return;
  if (headers.length > 0 && sameAsLast(headers)) {
    response._pairs = lastPairs;
    response._count = headers.length;
    response._length = lastLength;
    return;
  }
  let pairs = "";
  const strings = [];
  const { length } = readHeaders("sendHeader", headers, (name, value) => {
    pairs += name + "\0" + value + "\0";
    strings.push(name, value);
  });
  // To make texts of them may have run script.
  if (response._state !== NEW) throw new Error("sendHeader: the header has been given already");
  response._pairs = pairs;
  response._count = strings.length / 2;
  response._length = length;
  remember(headers, strings, pairs, length);
}

// The header leaves at the end of the turn if nothing sends it before.
function hold(response) {
  if (held.push(response) === 1) binding.holdResponse();
}

// Begins the answer: `status` (an integer 200..999) and `headers` (an array of
// [name, value]; default none). They leave with the first piece of the body,
// or at the end of the turn. Adds Connection, Date, and Content-Length or
// Transfer-Encoding unless given. Throws when called twice, and for characters
// that a header must not have.
ServerResponse.prototype.sendHeader = function sendHeader(status, headers) {
  if (this._state !== NEW) throw new Error("sendHeader: the header has been given already");
  const code = Number(status);
  if (!Number.isInteger(code) || code < 200 || code > 999) {
    throw new RangeError("sendHeader: the status must be an integer from 200 to 999, not " + quoted(status));
  }
  packHeaders(this, headers);
  this._status = code;
  this._headers = headers;
  this._state = HEAD_HELD;
  // While the request's listener runs, hooks.request looks afterwards.
  if (this !== dispatching) hold(this);
};

function fail(response, call, reply) {
  const status = reply & 0xff;
  if (status === TOO_LONG) throw new Error(call + ": the body is longer than its Content-Length; the connection closes");
  if (status === TOO_SHORT) throw new Error(call + ": the body is shorter than its Content-Length; the connection closes");
  if (status === BAD_HEAD) {
    const pair = response._headers && response._headers[reply >> 16];
    throw new Error(call + ": the header " + (pair ? quoted(pair[0] + ": " + pair[1]) : "") + " is not acceptable");
  }
  // The client has gone: without effect, by design.
}

function dispatchHead(response, call, finish) {
  response._state = finish ? FINISHED : STREAMING;
  const pairs = response._pairs;
  const summary = response._status | (response._bodyEncoding << 10) | (finish ? 1 << 11 : 0) | (response._count << 12);
  // What C++ has already is not sent over again.
  const reply = binding.respond(response._id, response._exchange, summary, pairs === keptPairs || pairs, response._body);
  response._body = undefined;
  if (reply === OK) return true;
  if ((reply & 0xff) === BAD_HEAD) response._state = NEW; // nothing was sent: another header may be
  fail(response, call, reply);
  return mayGoOn(response, reply);
}

// What sendBody returns; C++ calls the hook `drain` after HOLD_BACK.
function mayGoOn(response, reply) {
  if (reply === HOLD_BACK && response._state !== FINISHED) watch(response);
  return reply === OK;
}

// Sends a piece of the body: a string (`encoding` "utf8", or by default one
// byte per character), an array of integers, a Uint8Array or an ArrayBuffer.
// Returns false when the client takes it slowly (more than the server's
// outputPause waits): hold back until `drain`, since it is all kept for it. Throws
// before sendHeader and after finish.
ServerResponse.prototype.sendBody = function sendBody(chunk, encoding) {
  const goOn = give(this, chunk, encoding);
  if (this._events !== undefined && has(this, "flush")) this.emit("flush", []);
  return goOn;
};

function give(response, chunk, encoding) {
  // First: to look at what a script has given may run more of it.
  const bytes = bytesOf(chunk, "sendBody: a chunk");
  const index = isUtf8(encoding) ? 1 : 0;
  if (response._state === NEW) throw new Error("sendBody: call sendHeader first");
  if (response._state === FINISHED) throw new Error("sendBody: the response is finished");
  // With a length given nothing is gained by waiting for finish, and a copy would be dear.
  const large = response._length >= 0 && typeof chunk !== "string" && response._body === undefined;
  if (response._state === HEAD_HELD && response._body === undefined && !large) {
    // A copy: what the caller does with its array afterwards is its own affair.
    const body = typeof bytes === "string" || bytes !== chunk ? bytes : bytes.slice();
    if (response._length >= 0 && byteLength(body, index === 1) > response._length) {
      throw new Error("sendBody: the body is longer than its Content-Length; nothing was sent");
    }
    response._body = body;
    response._bodyEncoding = index;
    return true;
  }
  if (response._state === HEAD_HELD) {
    if (large) {
      if (bytes.byteLength > response._length) {
        throw new Error("sendBody: the body is longer than its Content-Length; nothing was sent");
      }
      response._body = bytes;
      response._bodyEncoding = index;
    }
    const goOn = dispatchHead(response, "sendBody", false);
    if (large) return goOn;
  }
  const reply = binding.writeBody(response._id, response._exchange, bytes, index);
  if (reply === OK) return true;
  fail(response, "sendBody", reply);
  return mayGoOn(response, reply);
}

// Ends the answer. Must be called on each. Throws before sendHeader and when
// called twice.
ServerResponse.prototype.finish = function finish() {
  if (this._state === NEW) throw new Error("finish: call sendHeader first");
  if (this._state === FINISHED) throw new Error("finish: the response is finished already");
  if (watched.size > 0) unwatch(this);
  if (this._events !== undefined) return finishHeard(this);
  end(this);
};

function end(response) {
  if (response._state === HEAD_HELD) {
    dispatchHead(response, "finish", true);
    return;
  }
  response._state = FINISHED;
  const reply = binding.finishBody(response._id, response._exchange);
  if (reply !== OK) fail(response, "finish", reply);
}

// finish() of a response that somebody listens to.
function finishHeard(response) {
  const waits = has(response, "sent") && binding.awaitSent(response._id, response._exchange);
  end(response);
  if (waits) watch(response);
  response.emit("flush", []);
}

// Called by C++ at the end of a turn in which sendHeader was called, or resume().
hooks.flushResponses = function flushResponses() {
  for (let i = 0; i < resumed.length; i++) {
    if ((resumed[i]._flow & COMPLETE_DUE) !== 0) emitComplete(resumed[i]);
  }
  resumed.length = 0;
  for (let i = 0; i < held.length; i++) {
    if (held[i]._state === HEAD_HELD) dispatchHead(held[i], "sendHeader", false);
  }
  held.length = 0;
};

// An HTTP server, a node.tcp.Server. Emits `request(request, response)`,
// `connection(connection)`, `close(errno)`, and for requests with Upgrade and for
// CONNECT `upgrade(request, connection, head)`: the connection is a
// node.tcp.Connection from then on, and `head` (a Uint8Array) has come behind the
// request. Without a listener for it an Upgrade is an ordinary request, and
// CONNECT gets a 501.
function Server(listener, options) {
  this.addListener("request", listener);
  this._options = readOptions("createServer", options, OPTIONS);
  this._handle = -1;
}
node.inherits(Server, node.tcp.Server);

// As of node.EventEmitter.
Server.prototype.addListener = function addListener(event, listener) {
  node.EventEmitter.prototype.addListener.call(this, event, listener);
  if (this._handle >= 0) binding.offer(this._handle, has(this, "upgrade"), has(this, "connection"));
  return this;
};

// Opens the socket, for node.tcp.Server.
Server.prototype._open = function (port, host, backlog) {
  const handle = binding.listen(port, host, backlog, this._options);
  binding.offer(handle, has(this, "upgrade"), has(this, "connection"));
  servers[handle] = this;
  return handle;
};
// Idle connections close, busy ones after the answers they owe.
Server.prototype._shut = binding.closeServer;
Server.prototype._port = binding.listeningPort;

// Called by C++ for each request: the head is complete.
hooks.request = function request(handle, id, exchange, head, summary) {
  const server = servers[handle];
  const incoming = new ServerRequest(server, id, exchange, head, summary);
  const outgoing = new ServerResponse(server, id, exchange);
  const tap = tapped.size > 0 ? tapped.get(id) : undefined;
  if (tap !== undefined) tapHead(tap, incoming, targetOf(incoming), (summary & KEEP_ALIVE) !== 0);
  dispatching = outgoing;
  server.emit("request", [incoming, outgoing]);
  dispatching = undefined;
  if (outgoing._state === HEAD_HELD) hold(outgoing);
  if ((summary & BODY_FOLLOWS) === 0) {
    if (incoming._events !== undefined || incoming._flow !== 0 || tap !== undefined) emitComplete(incoming);
    return;
  }
  const body = tap !== undefined || has(incoming, "body");
  const end = body || has(incoming, "complete");
  if (end) receiving.set(id, incoming);
  if (body) return;
  incoming._flow |= IGNORED;
  binding.attend(id, exchange, false, end);
};

// Called by C++ for each piece of a body: a string, or a Uint8Array.
hooks.body = function body(id, chunk) {
  const incoming = receiving.get(id);
  if (incoming === undefined) return;
  const piece = [pieceOf(incoming._encoding, chunk)];
  if (tapped.size > 0) {
    const connection = tapped.get(id);
    if (connection !== undefined) connection.emit("body", piece);
  }
  if (incoming._events !== undefined) incoming.emit("body", piece);
};

// Called by C++ when a body has ended.
hooks.complete = function complete(id) {
  const incoming = receiving.get(id);
  receiving.delete(id);
  if (incoming !== undefined) emitComplete(incoming);
};

// Called by C++ when requests `first` to `last` of a connection (exchange
// numbers, which wrap) will get no answer, or no more of their body.
hooks.gone = function gone(id, first, last) {
  const lost = (exchange) => ((exchange - first) & 0x3fffffff) <= ((last - first) & 0x3fffffff);
  const incoming = receiving.get(id);
  if (incoming !== undefined && lost(incoming._exchange)) receiving.delete(id);
  const others = watched.get(id);
  if (others === undefined) return;
  for (const response of others.values()) {
    if (!lost(response._exchange)) continue;
    unwatch(response);
    response.emit("close", []);
  }
};

// Called by C++ when the kernel has taken all of a response that sendBody had
// held back, and of a finished one that awaitSent was called for.
hooks.drain = function drain(id, exchange) {
  const others = watched.get(id);
  const response = others === undefined ? undefined : others.get(exchange);
  if (response === undefined) return;
  if (response._state !== FINISHED) return response.emit("drain", []);
  unwatch(response);
  response.emit("sent", []);
};

// Called by C++ for each client, when somebody listens for `connection`.
hooks.connection = function connection(handle, id) {
  servers[handle].emit("connection", [accepted(id, servers[handle])]);
};

// Called by C++ for Upgrade and CONNECT, when somebody listens for `upgrade`:
// what was the connection `id` of HTTP is `adopted` of TCP now.
hooks.upgrade = function upgrade(handle, id, adopted, head, summary, rest) {
  const server = servers[handle];
  const request = new ServerRequest(server, -1, 0, head, summary);
  const connection = hooks.tcpAdopt(adopted, server);
  Object.defineProperty(request, "connection", { __proto__: null, value: connection });
  const tap = tapped.size > 0 ? tapped.get(id) : undefined;
  if (tap !== undefined) {
    tapHead(tap, request, targetOf(request), (summary & KEEP_ALIVE) !== 0);
    if (tap.readyState === "closed") return connection.forceClose(); // by a listener
  }
  server.emit("upgrade", [request, connection, rest]);
  if (tap !== undefined) tap.emit("message_complete", []);
  if (request._events !== undefined) emitComplete(request);
};

// A new HTTP server; `listener(request, response)` is added to `request`.
// `options` (others are ignored), each with its default, and what it is against. They are integers; a part of a second
// counts as a whole one. Throws for a value that is none:
//   targetBytes 16384: of a request's target; more is a 414
//   headBytes 32768, headerCount 256: of a request's head; more is a 431. All of it
//     is kept while it comes
//   bodyBytes 0: of a request's body; more is a 413 and the end. 0: any number,
//     since a body is not kept: for handlers that collect it
//   headTimeout 20: seconds for a head from its first byte; more is a 408; and for
//     a client's first byte. Against clients that send a byte now and then
//   bodyTimeout 30: seconds between two pieces of a body
//   idleTimeout 60: seconds between two requests
//   writeTimeout 30: seconds without progress in sending. Against clients that
//     ask for much and read nothing
//   requests 0: of one connection, of which the last is answered with "Connection:
//     close"; 0: any number. For balancers: clients come back elsewhere
//   pipelineDepth 16: requests of one connection that wait for their answers; at
//     so many no more are taken. Against clients that send and never read
//   outputPause 1 MiB: bytes that wait for a client; above them sendBody returns
//     false, and the client's requests are not read
//   outputLimit 64 MiB: above them a client that does not read is dropped: the
//     handler heeds no false
//   connections 1000000: at most; further clients wait in the kernel's queue
//   requireHost false: whether HTTP/1.1 without Host is refused. Clients of this
//     API's time send none
// Timeouts are kept to about two seconds, and end the connection; 0: none. The
// options are read by the call, and not again.
node.http.createServer = function createServer(listener, options) {
  return new Server(listener, options);
};
node.http.Server = Server;
node.http.Connection = Connection;
node.http.ServerRequest = ServerRequest;
node.http.ServerResponse = ServerResponse;
)js", 25102},
    // requests of clients and their answers
    {"http_request", R"js(// Requests of HTTP clients and the answers to them, for http_client.js.

const { byteLength, bytesOf, encodingIndex, encodingName, isUtf8, quoted } = hooks.chunks;
const { has, makeError, parseHeaders, readHeaders } = hooks.head;
const { stateOf } = hooks.tcp;

// How a request stands.
const NEW = 0; // nothing of it may leave yet
const GIVING = 1; // sendBody was called
const FINISHED = 2; // finish was called
const OVER = 3; // answered, or failed: what is given now is dropped

// Fields that a server refuses to see twice.
const ONCE = new Map([["host", "Host"], ["content-length", "Content-Length"]]);
// What a request without a body says about it: nothing.
const BODILESS = ["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"];

// How `sent` stands.
const SILENT = 0;
const SENT_DUE = 1; // the connection has all of the request
const TOLD = 2;

const HOLD_BACK = 1024 * 1024; // bytes waiting in a request at which sendBody says false
const PIECE_COST = 64; // bytes that a waiting piece has besides its own
const REPLAY = 64 * 1024; // bytes of a body that are kept to send the request again

// --- Requests ---

const FORBIDDEN_IN_PATH = /[^\x21-\x7e]/;

// A request. Emits `response(response)` once, or `error(error)` once when there
// is no whole answer; `drain` after sendBody has returned false; `flush` inside
// each sendBody and finish, behind what they do; and `sent` once, when the whole
// request is with the kernel, unless the answer is complete before that. Its
// further fields are those of http_outgoing.js.
function ClientRequest(client, call, method, path, headers) {
  const text = path === undefined || path === "" ? "/" : String(path);
  const bad = FORBIDDEN_IN_PATH.exec(text);
  if (bad !== null) throw new Error(call + ": forbidden character " + quoted(bad[0]) + " in the path " + quoted(text));
  if (text[0] !== "/" && text !== "*" && !/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text)) {
    throw new Error(call + ": the path must begin with /, not " + quoted(text));
  }
  this.client = client;
  this.connection = client;
  this.method = method;
  this._path = text;
  this._fields = "";
  this._length = -1; // as the given Content-Length has it
  this._chunked = false;
  this._coded = false; // Transfer-Encoding was given
  this._connection = false; // Connection was given
  this._closes = false; // and says close
  this._host = false;
  this._readHeaders(call, headers);
  this._state = NEW;
  this._started = false;
  this._headSent = false;
  this._total = 0; // bytes of the body so far
  this._pieces = []; // what waits, as [data, whether as UTF-8, length]
  this._waiting = 0; // bytes in them
  this._full = false; // the kernel does not take all
  this._wantsDrain = false;
  this._replay = []; // what has left, to be sent once more; undefined when that is too much
  this._replayed = 0;
  this._repeated = false;
  this._unchunked = false; // a body of unknown length waits for finish
  this._sent = SILENT;
  this._response = undefined;
  this._early = false; // the response waits for finish
}
node.inherits(ClientRequest, node.EventEmitter);

// Checks the headers given to `call`, makes lines of them, and notes what they say of how the request goes out
// (RFC 9112, 6 and 9).
ClientRequest.prototype._readHeaders = function (call, headers) {
  if (headers === undefined || headers === null) return;
  const seen = [];
  const { length, coded } = readHeaders(call, headers, (name, value, lower) => {
    if (ONCE.has(lower)) {
      if (seen.includes(lower)) throw new Error(call + ": " + ONCE.get(lower) + " is given twice");
      seen.push(lower);
    }
    if (lower === "host") this._host = true;
    if (lower === "connection") this._readConnection(call, value);
    this._fields += name + ": " + value + "\r\n";
  });
  this._length = length;
  this._coded = coded;
};

// What a given Connection says.
ClientRequest.prototype._readConnection = function (call, value) {
  const members = value.toLowerCase().split(",").map((member) => member.trim());
  this._connection = true;
  if (members.includes("close")) this._closes = true;
  if (members.includes("upgrade")) throw new Error(call + ": a client of this version cannot upgrade");
};

// Sends a piece of the body: a string (`encoding` "utf8", or by default one byte
// per character), an array of integers, a Uint8Array or an ArrayBuffer. Returns
// whether to go on: after false, `drain` tells when all is with the kernel.
// Throws after finish, and when it is more than the given Content-Length. More
// than outputLimit waiting behind another request ends this one with `error`
// (ENOBUFS) inside the call. Without effect once the request has failed or has
// been answered.
ClientRequest.prototype.sendBody = function sendBody(chunk, encoding) {
  const goOn = this._give(chunk, encoding);
  this.emit("flush", []);
  return goOn;
};

// sendBody() without its event.
ClientRequest.prototype._give = function (chunk, encoding) {
  // First: to look at what a script has given may run more of it.
  const data = bytesOf(chunk, "sendBody: a chunk");
  const utf8 = isUtf8(encoding);
  if (this._state === OVER) return true;
  if (this._state === FINISHED) throw new Error("sendBody: the request is finished");
  const length = byteLength(data, utf8);
  if (this._length >= 0 && this._total + length > this._length) {
    throw new Error("sendBody: the body is longer than its Content-Length of " + this._length + "; nothing was sent");
  }
  this._state = GIVING;
  this._total += length;
  const record = this.client._client;
  if (this._headSent) {
    this._send(data, utf8, length);
    this._wantsDrain = this._full;
    return !this._full;
  }
  // A copy: what the caller does with its array afterwards is its own affair.
  if (length > 0) this._pieces.push([data === chunk && typeof data !== "string" ? data.slice() : data, utf8, length]);
  this._waiting += length + PIECE_COST;
  if (this._waiting - length > record.outputLimit()) {
    this._overflow();
    return false;
  }
  record.hold();
  this._wantsDrain = this._waiting > HOLD_BACK && !this._waitsForFinish();
  return !this._wantsDrain;
};

// Whether it may not leave before finish().
ClientRequest.prototype._waitsForFinish = function () {
  return this._state === NEW || (this._state === GIVING && this._unchunked && this._length < 0 && !this._coded && !this._headSent);
};

// Ends the request; must be called on each. `listener(response)`, if given, is
// added to `response`, which an answer that has come early emits inside the call.
// Throws when called twice, and when the body is shorter than its Content-Length:
// then the request fails.
ClientRequest.prototype.finish = function finish(listener) {
  if (this._state === FINISHED) throw new Error("finish: the request is finished already");
  this.addListener("response", listener);
  if (this._state !== OVER) {
    if (this._length >= 0 && this._total < this._length) {
      const error = new Error("finish: the body has " + this._total + " bytes, its Content-Length says " + this._length);
      this._giveUp(error);
      throw error;
    }
    this._state = FINISHED;
    if (this._headSent) this._end();
    this.client._client.advance();
  }
  if (this._early) {
    this._early = false;
    this._response._emitResponse();
  }
  this.emit("flush", []);
};

// Hands bytes to the connection.
ClientRequest.prototype._write = function (data, utf8) {
  if (!binding.tcpSend(stateOf(this.client).id, data, utf8)) this._full = true;
};

// The last of it.
ClientRequest.prototype._end = function () {
  if (this._chunked) this._write("0\r\n\r\n", false);
  if (this._sent !== SILENT || !has(this, "sent")) return;
  this._sent = SENT_DUE;
  binding.tcpTellDrain(stateOf(this.client).id);
};

// A piece of the body, as it goes over the wire.
ClientRequest.prototype._send = function (data, utf8, length) {
  if (length === 0) return; // an empty chunk would end the body
  if (this._replay !== undefined) {
    this._replayed += length;
    if (this._replayed > REPLAY) this._replay = undefined;
    else this._replay.push([typeof data === "string" ? data : data.slice(), utf8, length]);
  }
  if (!this._chunked) return this._write(data, utf8);
  this._write(length.toString(16) + "\r\n", false);
  this._write(data, utf8);
  this._write("\r\n", false);
};

// Decides how the body goes out, and sends the head.
ClientRequest.prototype._sendHead = function () {
  let head = this.method + " " + this._path + " HTTP/1.1\r\n";
  if (!this._host) head += "Host: " + this.client._hostField() + "\r\n";
  head += this._fields;
  if (!this._connection) head += this._closes ? "Connection: close\r\n" : "Connection: keep-alive\r\n";
  this._chunked = this._coded;
  if (!this._coded && this._length < 0) {
    if (this._state === GIVING) {
      head += "Transfer-Encoding: chunked\r\n";
      this._chunked = true;
    } else if (this._total > 0 || !BODILESS.includes(this.method)) {
      head += "Content-Length: " + this._total + "\r\n";
    }
  }
  this._headSent = true;
  this._write(head + "\r\n", false);
};

// Sends what waits, now that it is the request's turn.
ClientRequest.prototype._flush = function () {
  if (this._headSent) return;
  this._sendHead();
  const pieces = this._pieces;
  this._pieces = [];
  this._waiting = 0;
  for (const [data, utf8, length] of pieces) this._send(data, utf8, length);
  if (this._state === FINISHED) this._end();
  // The kernel took it all, though there was much of it.
  if (this._wantsDrain && !this._full) this._drained();
};

// The kernel has taken all.
ClientRequest.prototype._drained = function () {
  this._full = false;
  if (this._sent === SENT_DUE) {
    this._sent = TOLD;
    this.emit("sent", []);
  }
  if (!this._wantsDrain) return;
  this._wantsDrain = false;
  if (this._state === GIVING) this.emit("drain", []);
};

// Sends all once more, on another connection.
ClientRequest.prototype._repeat = function () {
  this._pieces = this._replay.concat(this._pieces);
  this._waiting = this._pieces.reduce((sum, piece) => sum + piece[2] + PIECE_COST, 0);
  this._replay = [];
  this._replayed = 0;
  this._repeated = true;
  this._started = this._headSent = this._full = false;
  if (this._sent === SENT_DUE) this._sent = SILENT;
};

// Whatever the script gives from now on is dropped.
ClientRequest.prototype._over = function () {
  this._state = OVER;
  this._early = false;
  this._pieces = [];
  this._replay = undefined;
};

// The end without a whole answer: tells the request, and its response.
ClientRequest.prototype._lose = function (error) {
  if (this._state === OVER) return;
  const response = this._response;
  this._over();
  if (response !== undefined) response.emit("error", [error]);
  this.emit("error", [error]);
};

// The same for a request of the queue; the client hears of it, too.
ClientRequest.prototype._fail = function (error) {
  const requests = this.client._client.requests;
  if (requests[0] === this) requests.shift();
  else if (requests.includes(this)) requests.splice(requests.indexOf(this), 1);
  if (this._state === OVER) return;
  this._lose(error);
  this.client.emit("error", [error]);
};

// The script has broken its word, or gone over a limit.
ClientRequest.prototype._giveUp = function (error) {
  const record = this.client._client;
  const begun = this._started;
  const response = this._early ? undefined : this._response;
  record.requests = record.requests.filter((request) => request !== this);
  this._over();
  // Half a request is on its way: the server must not take the next one for the rest of it.
  record.hold();
  if (begun) record.drop();
  if (response !== undefined) response.emit("error", [error]);
};

// More waits than the limit: the script did not heed sendBody.
ClientRequest.prototype._overflow = function () {
  const what = ": " + this._waiting + " bytes of the body wait for the answers before";
  this._fail(makeError("request", "ENOBUFS", this.client._place() + what));
};

// --- Responses ---

// An answer. Emits `body(chunk)` for each piece of the body, then `complete`
// once; or `error(error)` when it breaks off.
function ClientResponse(request, head, status, version) {
  // The status code: a number.
  this.statusCode = status;
  // "1.1" or "1.0".
  this.httpVersion = version === 0 ? "1.0" : "1.1";
  this.client = request.client;
  this.connection = request.client;
  this.uri = "";
  this.method = null;
  this._request = request;
  this._head = head;
  this._headers = undefined;
  this._encoding = "raw";
  this._paused = false;
}
node.inherits(ClientResponse, node.EventEmitter);

Object.defineProperty(ClientResponse.prototype, "headers", {
  // The header fields: an array of [name, value], in order, as sent.
  get() {
    return this._headers || (this._headers = parseHeaders(this._head));
  },
  configurable: true,
});

// The value of the first header of that name, whose case does not matter, as a
// string; undefined when there is none.
ClientResponse.prototype.header = function header(name) {
  const wanted = String(name).toLowerCase();
  const found = this.headers.find((pair) => pair[0].toLowerCase() === wanted);
  return found === undefined ? undefined : found[1];
};

// How `body` gives its chunks: "raw" (default: arrays of integers 0..255),
// "utf8" or "ascii" (strings), "bytes" (Uint8Array). Case does not matter;
// what is unknown is raw.
ClientResponse.prototype.setBodyEncoding = function setBodyEncoding(encoding) {
  this._encoding = encodingName(encoding);
  if (this._current()) binding.clientSetBodyEncoding(stateOf(this.client).id, encodingIndex(this._encoding));
};

// Whether the answer is still coming.
ClientResponse.prototype._current = function () {
  return this._request._response === this && this._request._state !== OVER;
};

// Holds back the answer: nothing of it is emitted until resume(). What comes
// stays with the kernel, and then with the server.
ClientResponse.prototype.pause = function pause() {
  this._paused = true;
  if (this._current()) binding.clientSetReading(stateOf(this.client).id, false);
};

// Goes on after pause().
ClientResponse.prototype.resume = function resume() {
  this._paused = false;
  if (this._current() && !this._request._early) binding.clientSetReading(stateOf(this.client).id, true);
};

// Lets the request hear of an answer that came before finish.
ClientResponse.prototype._emitResponse = function () {
  try {
    this._request.emit("response", [this]);
  } finally {
    if (!this._paused) this.resume(); // also when the caller of finish() catches what a listener throws
  }
};

hooks.requests = { ClientRequest, ClientResponse, NEW, FINISHED, OVER };
)js", 14664},
    // node.http: the client
    {"http_client", R"js(// node.http: the client.
//
// A client is a connection with a queue of requests, of which the first is under
// way. Requests go out in the order in which they were made; the connection is
// opened for the first and kept while others wait.

const { encodingName, integers, joinBytes, pieceOf, quoted } = hooks.chunks;
const { BAD_VALUE, TOKEN, has, makeError, readOptions } = hooks.head;
const { stateOf, attach, detach, find, hostOf, portOf } = hooks.tcp;
const { ClientRequest, ClientResponse, FINISHED, OVER } = hooks.requests;

// RFC 9110, 9.2.2: to ask twice is as to ask once.
const IDEMPOTENT = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"];

const idle = []; // clients to be looked at at the end of the turn

// --- The record of a client ---

function Record(client, options) {
  this.client = client;
  this.options = options;
  this.requests = []; // the first is under way, or will be next
  this.answered = 0; // requests on this connection
  this.place = ""; // where it goes
  this.inside = false; // listeners of a complete answer run: the next request waits for them
  this.ending = false; // close() was called: the connection ends behind the answer
  this.held = false; // in `idle`
  this.refused = undefined; // the first request and why there is no connection for it
}

// Looks at the end of the turn whether there is something to do.
Record.prototype.hold = function () {
  if (this.held) return;
  this.held = true;
  if (idle.push(this) === 1) binding.holdRequest();
};

// Called by C++ at the end of a turn in which holdRequest was called.
hooks.flushRequests = function flushRequests() {
  const batch = idle.splice(0);
  for (const record of batch) {
    record.held = false;
    const refused = record.refused;
    record.refused = undefined;
    if (refused !== undefined) refused.request._fail(refused.error);
    record.advance();
    // Nothing under way, and nothing ready: an open connection would keep the program.
    if (!record.busy()) record.drop();
  }
};

// Whether an answer is awaited.
Record.prototype.busy = function () {
  return this.requests.length > 0 && this.requests[0]._started;
};

// The request whose answer is awaited, if any.
Record.prototype.underWay = function () {
  return this.busy() ? this.requests[0] : undefined;
};

// Whether there is a connection, or one is being made.
Record.prototype.connected = function () {
  return stateOf(this.client).id >= 0;
};

// Ends the connection, of which nothing is wanted any more.
Record.prototype.drop = function () {
  if (!this.connected()) return;
  const id = stateOf(this.client).id;
  detach(this.client);
  binding.clientAbort(id);
  this.ending = false;
  this.hold(); // also when a caller in the script catches what a listener throws
  this.client.emit("disconnect", [false]);
};

// Ends the connection for an error of our own finding.
Record.prototype.abort = function (error) {
  const id = stateOf(this.client).id;
  detach(this.client);
  binding.clientAbort(id);
  this.client.error = error;
  const lost = this.underWay();
  this.client.emit("disconnect", [true]);
  this.ended(error, lost);
};

// Starts the first request if it is ready.
Record.prototype.advance = function () {
  while (!this.inside && this.refused === undefined && this.requests.length > 0) {
    const request = this.requests[0];
    if (request._waitsForFinish()) return;
    if (request._started) return request._flush();
    if (this.open(request)) {
      request._started = true;
      request._flush();
      return;
    }
  }
};

// Gets a connection on which `request` can go out. False: the request has failed.
Record.prototype.open = function (request) {
  const client = this.client;
  const head = request.method === "HEAD";
  if (this.connected()) {
    // The script may have changed port or host.
    if (this.place === client._place() && binding.clientExpect(stateOf(client).id, head)) return true;
    this.drop(); // the server has closed it
    if (this.requests[0] !== request || request._started || this.connected()) return false; // a listener of disconnect was busy
  }
  try {
    const id = binding.clientConnect(client.port, client.host, this.options);
    client.error = undefined;
    this.answered = 0;
    this.place = client._place();
    attach(client, id, "opening");
    binding.clientExpect(id, head);
    return true;
  } catch (error) {
    client.error = error;
    this.refused = { request, error }; // told at the end of the turn: listeners may still be added
    this.hold();
    return false;
  }
};

// As owner of the connection: the kernel has taken all.
Record.prototype.drained = function () {
  if (this.busy()) this.requests[0]._drained();
};

// As owner of the connection: nothing has come or gone for a while.
Record.prototype.silent = function () {
  if (!this.busy()) return;
  const request = this.requests[0];
  const response = request._response;
  // While the script itself is to blame, the server has time.
  const waits = request._state === FINISHED || request._full;
  if (!waits || (response !== undefined && response._paused)) return;
  const seconds = this.options.timeout > 0 ? this.options.timeout : 120;
  const what = ": nothing for " + seconds + " s, " + request.method + " " + request._path;
  this.abort(makeError("response", "ETIMEDOUT", this.client._place() + what));
};

// As owner of the connection: it has ended.
Record.prototype.ended = function (error, request) {
  // A listener of disconnect may have lost it, and begun with another.
  if (request !== undefined && request._state !== OVER) {
    this.ending = false;
    // A kept connection may end just when a request is on its way (RFC 9110, 9.2.2; RFC 9112, 9.3.1).
    const again =
      this.answered > 0 && request._response === undefined && !request._repeated && request._replay !== undefined &&
      IDEMPOTENT.includes(request.method) && error !== undefined && (error.errno === "ECONNRESET" || error.errno === "EPIPE");
    if (again) {
      request._repeat();
    } else {
      request._fail(error);
    }
  }
  this.advance();
};

// The answer is complete.
Record.prototype.complete = function (response, reusable) {
  const request = this.requests.shift();
  const keep = reusable && request._state === FINISHED && !request._full && !request._closes && !this.ending;
  request._over();
  ++this.answered;
  this.inside = true;
  response.emit("complete", []);
  this.inside = false;
  if (!keep) this.drop();
  this.advance();
  if (!this.busy()) this.hold();
};

// Bytes that a request may have waiting.
Record.prototype.outputLimit = function () {
  const limit = this.options.outputLimit;
  return typeof limit === "number" && limit >= 0 ? limit : 64 * 1024 * 1024;
};

// --- Clients ---

const OPTIONS = {
  __proto__: null, connectTimeout: 1e6, timeout: 1e6, headBytes: 65535, headerCount: 256, outputLimit: 1e15,
};

// A client, which is a node.tcp.Connection. See createClient.
function Client(port, host, options) {
  this.port = portOf("createClient", port);
  this.host = hostOf(host, "127.0.0.1");
  Object.defineProperty(this, "_client", { __proto__: null, value: new Record(this, readOptions("createClient", options, OPTIONS)) });
  stateOf(this).owner = this._client;
}
node.inherits(Client, node.tcp.Connection);

// Where it connects to, for messages.
Client.prototype._place = function () {
  return typeof this.port === "string" ? this.port : (this.host.includes(":") ? "[" + this.host + "]" : this.host) + ":" + this.port;
};

// The value of Host: without the port when it is the scheme's (RFC 9110, 7.2).
Client.prototype._hostField = function () {
  if (typeof this.port === "string") return "localhost";
  // What no name or address has must not get into the head; connecting has failed for it before.
  if (BAD_VALUE.test(this.host)) throw new Error("createClient: forbidden character in the host " + quoted(this.host));
  return this.port === 80 ? this._place().slice(0, -3) : this._place();
};

function makeRequest(client, call, method, path, headers) {
  const request = new ClientRequest(client, call, method, path, headers);
  client._client.requests.push(request);
  return request;
}

// Each of them makes a request and returns it: `path` begins with "/" (or is
// "*", or a whole URL for a proxy), `headers` is an array of [name, value].
// Nothing leaves before sendBody() or finish(), and requests go out in the order
// in which they were made: one that is never finished holds up those behind it.
// Throws for characters that have no place in them.
Client.prototype.get = function get(path, headers) {
  return makeRequest(this, "get", "GET", path, headers);
};
Client.prototype.head = function head(path, headers) {
  return makeRequest(this, "head", "HEAD", path, headers);
};
Client.prototype.post = function post(path, headers) {
  return makeRequest(this, "post", "POST", path, headers);
};
Client.prototype.put = function put(path, headers) {
  return makeRequest(this, "put", "PUT", path, headers);
};
Client.prototype.del = function del(path, headers) {
  return makeRequest(this, "del", "DELETE", path, headers);
};

// The same with another method, as it stands: RFC 9110, 9. Throws for what is no
// method, and for CONNECT, which makes a tunnel of the connection.
Client.prototype.request = function request(method, path, headers) {
  if (typeof method !== "string" || !TOKEN.test(method)) throw new Error("request: not a method: " + quoted(method));
  if (method === "CONNECT") throw new Error("request: CONNECT is not for requests");
  return makeRequest(this, "request", method, path, headers);
};

// Opens nothing: a client connects when a request needs it. Changes where to.
// Throws while a connection is open.
Client.prototype.connect = function connect(port, host) {
  const state = stateOf(this);
  if (state.ready !== "closed") throw new Error("connect: the connection is " + state.ready + ", not closed");
  this.port = portOf("connect", port);
  this.host = hostOf(host, this.host);
};

// Throws: what a client sends are requests.
Client.prototype.send = function send() {
  throw new Error("send: a client sends requests: use get, post and their like, and sendBody of the request");
};

// How the answer under way gives its chunks, see setBodyEncoding. Returns the
// name in force.
Client.prototype.setEncoding = function setEncoding(encoding) {
  const request = this._client.requests[0];
  if (request === undefined || request._response === undefined) return "raw";
  request._response.setBodyEncoding(encoding);
  return request._response._encoding;
};

// Closes the connection behind the answer that is under way; requests that wait
// open another one. Harmless when closed.
Client.prototype.close = function close() {
  if (!this._client.busy()) return this._client.drop();
  this._client.ending = true;
  if (stateOf(this).ready === "open") stateOf(this).ready = "readOnly";
};

// As close().
Client.prototype.fullClose = Client.prototype.close;

// Closes at once and forgets the requests: each emits `error`, the client
// nothing more.
Client.prototype.forceClose = function forceClose() {
  const state = stateOf(this);
  if (state.id >= 0) {
    const id = state.id;
    detach(this);
    binding.clientAbort(id);
  }
  this._client.ending = false;
  this._client.refused = undefined;
  const requests = this._client.requests.splice(0);
  if (requests.length === 0) return;
  const error = makeError("request", "ECANCELED", this._place() + ": the client was closed");
  let thrown;
  for (const request of requests) {
    try {
      request._lose(error);
    } catch (exception) {
      thrown = thrown || { exception }; // the others are to hear it, too
    }
  }
  if (thrown !== undefined) throw thrown.exception;
};

// Holds back the answer under way.
Client.prototype.pause = function pause() {
  const request = this._client.requests[0];
  if (request !== undefined && request._response !== undefined) request._response.pause();
};

// Goes on after pause().
Client.prototype.resume = function resume() {
  const request = this._client.requests[0];
  if (request !== undefined && request._response !== undefined) request._response.resume();
};

function clientOf(id) {
  const client = find(id);
  return client === undefined ? undefined : client._client;
}

// Called by C++: the head of an answer is complete.
hooks.response = function response(id, head, status, version) {
  const record = clientOf(id);
  const request = record.requests[0];
  const incoming = new ClientResponse(request, head, status, version);
  request._response = incoming;
  if (request._state !== FINISHED && !has(request, "response")) {
    // Before finish(listener) was called: it shall not miss it.
    request._early = true;
    binding.clientSetReading(id, false);
    return;
  }
  request.emit("response", [incoming]);
};

// Called by C++ for each piece of a body: a string, or a Uint8Array.
hooks.responseBody = function responseBody(id, chunk) {
  const incoming = clientOf(id).requests[0]._response;
  if (incoming._events === undefined) return;
  incoming.emit("body", [pieceOf(incoming._encoding, chunk)]);
};

// Called by C++ when an answer is complete.
hooks.responseComplete = function responseComplete(id, reusable) {
  const record = clientOf(id);
  if (record === undefined) return; // a listener of the last piece has closed
  record.complete(record.requests[0]._response, reusable);
};

// --- What node.http offers ---

// A new client of `host` (an address or a name, see node.dns.lookup;
// default "127.0.0.1") and `port` (an integer, or the path of a unix-domain
// socket). It connects when a request needs it. Emits `connect`,
// `disconnect(had_error)` for each connection (`error` is what went wrong then),
// and `error(error)` for each request that has no whole answer. A GET, HEAD, PUT
// or DELETE goes out once more when a connection that had served others ends
// before its answer. `options` (others are ignored), integers,
// a part of a second counting as a whole one, each with its default; throws for a value that is none:
//   connectTimeout 30, timeout 120: seconds until the connection stands, and
//     without any traffic until a request fails, and up to two more; 0: any
//   headBytes 32768, headerCount 256: of an answer; more is an error
//   outputLimit 64 MiB: bytes queued for a server that does not read
node.http.createClient = function createClient(port, host, options) {
  return new Client(port, host, options);
};

// So much of a body node.http.cat takes: it all has to be in memory at once.
const CAT_LIMIT = 256 * 1024 * 1024;
// As an array of integers; a larger one would be a hash table to the engine.
const CAT_RAW_LIMIT = 32 * 1024 * 1024;

// Fetches `url` (http://user:password@host:port/path?query) and returns a
// promise of the body: an array of integers, or by `encoding` ("utf8", "ascii",
// "bytes") a string or a Uint8Array. A status outside of 200 to 299 gives
// error(statusCode), whatever else goes wrong error(error). Redirects are not
// followed. More than 256 MiB (as an array of integers 32) are refused. Throws for what is no such URL.
node.http.cat = function cat(url, encoding) {
  const place = hooks.parseHttpUrl("cat", url);
  const promise = new node.Promise();
  const client = new Client(place.port, place.host);
  const request = client.get(place.path, place.authorization === undefined ? [] : [["Authorization", place.authorization]]);
  const name = encodingName(encoding);
  const text = name === "utf8" || name === "ascii";
  const limit = name === "raw" ? CAT_RAW_LIMIT : CAT_LIMIT;
  request.addListener("error", (error) => promise.emitError([error]));
  request.finish((response) => {
    if (response.statusCode < 200 || response.statusCode > 299) {
      promise.emitError([response.statusCode]);
      return client.forceClose();
    }
    response.setBodyEncoding(text ? name : "bytes");
    const chunks = [];
    let length = 0;
    response.addListener("body", (chunk) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length <= limit) return;
      const hint = name === "raw" ? '; the encoding "bytes" takes more' : "";
      promise.emitError([makeError("cat", "EFBIG", url + ": more than " + limit + " bytes" + hint)]);
      client.forceClose();
    });
    response.addListener("complete", () => {
      if (text) return promise.emitSuccess([chunks.join("")]);
      const bytes = joinBytes(chunks, length);
      promise.emitSuccess([name === "bytes" ? bytes : integers(bytes)]);
    });
  });
  return promise;
};

node.http.Client = Client;
node.http.ClientRequest = ClientRequest;
node.http.ClientResponse = ClientResponse;
)js", 16698},
    // node.createProcess, node.Process, node.SIGTERM and its like
    {"child_process", R"js(// node.createProcess and node.Process: child processes, and the numbers of signals.

const { bytesOf, encodingIndex, encodingName, isUtf8, pieceOf, quoted } = hooks.chunks;
const { makeError } = hooks.head;

const children = []; // by slot, the low bits of an id
const SLOT_MASK = 0xfffff;
const STATE = Symbol("process");
const EVENTS = ["output", "error"];

// node.SIGHUP ... node.SIGSYS: signal(7), as the platform numbers them.
const signals = binding.signalNumbers();
Object.assign(node, signals);

// A child process. Emits
//   output(data)   what it has written to its standard output; a string unless
//                  setEncoding says otherwise, never empty; null once, at the end
//   error(data)    the same of its standard error
//   drain()        after a write() that gave false: all is with the child now
//   exit(code, signal)  last of all, once: the exit code, 0 to 255, and null; or,
//                  when a signal has ended it, 128 + that signal, and the signal
// It keeps the program alive until exit. What it has written arrives before
// exit; others (children of its own) that hold its streams then are not waited
// for.
function Process() {}
node.inherits(Process, node.EventEmitter);

// After exit: the arguments of that event. null before.
Process.prototype.exitCode = null;
Process.prototype.signal = null;

// The record of a process, made on first use: the constructor need not have run.
function stateOf(child) {
  if (!Object.prototype.hasOwnProperty.call(child, STATE)) child[STATE] = { id: -1, output: "utf8", error: "utf8" };
  return child[STATE];
}

// `what`: words, or the number of an argument.
function checkText(call, what, text) {
  if (typeof text === "string" && !text.includes("\0")) return text;
  const name = typeof what === "number" ? "argument " + what : what;
  throw new TypeError(call + ": " + name + (typeof text === "string" ? " has a NUL: " : " must be a string, not ") + quoted(text));
}

function checkEncoding(call, encoding) {
  const name = encodingName(encoding);
  if (name !== String(encoding).toLowerCase()) {
    throw new TypeError(call + ': the encoding must be "utf8", "ascii", "raw" or "bytes", not ' + quoted(encoding));
  }
  return name;
}

function checkEnvironment(call, variables) {
  if (typeof variables !== "object" || variables === null) {
    throw new TypeError(call + ": env must be an object, not " + quoted(variables));
  }
  const entries = [];
  for (const name of Object.keys(variables)) {
    const value = variables[name];
    if (name === "" || name.includes("=")) throw new TypeError(call + ": no name of a variable: " + quoted(name));
    if (value !== undefined) entries.push(checkText(call, "the variable " + name, name + "=" + String(value)));
  }
  return entries;
}

// Object properties as childStart wants them.
function readOptions(call, options) {
  const read = { folder: undefined, variables: undefined, limit: undefined, encoding: undefined };
  if (options === undefined || options === null) return read;
  if (typeof options !== "object") throw new TypeError(call + ": the options must be an object, not " + quoted(options));
  const { cwd, env, inputLimit, encoding } = options;
  if (cwd !== undefined) {
    read.folder = checkText(call, "cwd", cwd);
    if (cwd === "") throw new TypeError(call + ": cwd is empty");
  }
  if (env !== undefined) read.variables = checkEnvironment(call, env);
  if (inputLimit !== undefined) {
    if (!(typeof inputLimit === "number" && inputLimit >= 0 && inputLimit <= 1e15)) {
      throw new RangeError(call + ": inputLimit must be a number of bytes, not " + quoted(inputLimit));
    }
    read.limit = inputLimit;
  }
  if (encoding !== undefined) read.encoding = checkEncoding(call, encoding);
  return read;
}

function checkCommand(call, command) {
  if (typeof command === "string") return checkText(call, "the command", command);
  if (!Array.isArray(command)) {
    throw new TypeError(call + ": the command must be a string or an array of strings, not " + quoted(command));
  }
  if (command.length === 0) throw new TypeError(call + ": the array of arguments is empty");
  const words = [];
  for (let i = 0; i < command.length; i++) words.push(checkText(call, i, command[i]));
  return words;
}

// Starts `command`: a string is for the shell, as /bin/sh -c does it; an array
// is a program and its arguments, without a shell, looked for in PATH unless it
// has a "/". The child has pipes as its standard streams, no other descriptor
// of ours, and no ignored or blocked signals. A command that needs no shell (one
// program, plain words) is started without one where that makes no difference.
// `options`:
//   cwd         the folder that it starts in; default ours. A relative path of
//               the program is looked for from there
//   env         an object of all its variables, values made strings, undefined
//               ones left out; default ours. Its PATH, if it has one, is where the
//               program is looked for
//   encoding    as of setEncoding; default "utf8"
//   inputLimit  bytes that may wait for a child which does not read, default
//               64 MiB; see write()
// Throws an Error with `errno`, `syscall` and `path` when it cannot be started:
// "exec ENOENT nosuch: No such file or directory" (EACCES, E2BIG, ENOEXEC), of
// the folder "chdir ENOENT /nowhere: ...", and "pipe EMFILE ..." or
// "clone EAGAIN ..." when the system has no more to give. Once at a time: may be
// called again after exit.
Process.prototype.spawn = function spawn(command, options) {
  const state = stateOf(this);
  if (state.id >= 0) throw new Error("spawn: the process is running already");
  const words = checkCommand("createProcess", command);
  const read = readOptions("createProcess", options);
  // A getter among them may have started one.
  if (state.id >= 0) throw new Error("spawn: the process is running already");
  const id = binding.childStart(words, read.folder, read.variables, read.limit);
  state.id = id;
  this.exitCode = null;
  this.signal = null;
  children[id & SLOT_MASK] = this;
  if (read.encoding !== undefined) state.output = state.error = read.encoding;
  if (state.output !== "utf8" || state.error !== "utf8") tellEncoding(state);
};

function tellEncoding(state) {
  binding.childSetEncoding(state.id, encodingIndex(state.output), encodingIndex(state.error));
}

Object.defineProperty(Process.prototype, "pid", {
  // Its number while it lives; null before and after.
  get() {
    const state = stateOf(this);
    return state.id < 0 ? null : binding.childPid(state.id);
  },
  configurable: true,
});

// Writes `data` to its standard input: a string (`encoding` "utf8", or by
// default one byte per character), an array of integers, a Uint8Array or an
// ArrayBuffer. Queued; never blocks. Returns true to go on; false when the input
// is closed or the process has ended, then nothing was taken; and false when the
// child does not read it all now: it is kept, and drain() tells when it has
// gone. Throws an Error, ENOBUFS, instead of keeping more than `inputLimit` bytes
// (see spawn) from earlier turns. When the child closes its input early, what is
// queued is lost and nothing else happens.
Process.prototype.write = function write(data, encoding) {
  const bytes = bytesOf(data, "write: the data");
  const state = stateOf(this);
  if (state.id < 0) return false;
  const written = binding.childWrite(state.id, bytes, isUtf8(encoding));
  if (written === 3) {
    throw makeError("write", "ENOBUFS", "process " + this.pid + ": it does not read, and too much is queued; wait for drain");
  }
  return written === 0;
};

// Closes its standard input behind what was written. Returns true; false when it
// was closed already or the process has ended. Nothing else closes it before the
// end: a child that reads to the end of its input needs this.
Process.prototype.close = function close() {
  const state = stateOf(this);
  return state.id >= 0 && binding.childClose(state.id);
};

function signalNumber(signal) {
  if (signal === undefined) return signals.SIGTERM;
  if (typeof signal === "string" && Object.prototype.hasOwnProperty.call(signals, signal)) return signals[signal];
  if (!Number.isInteger(signal)) throw new TypeError("kill: no signal: " + quoted(signal) + "; see node.SIGTERM and its like");
  // C++ has 32 bits for it, of which a larger number would lose the upper ones.
  if (Math.abs(signal) > 0x7fffffff) throw makeError("kill", "EINVAL", "signal " + signal);
  return signal;
}

// Sends `signal`, a number or a name (default node.SIGTERM; 0 only asks whether
// it is there), to the process: of a shell to that alone, not to what it has
// started. Throws an Error when it has ended (ESRCH), or for what is no signal
// (EINVAL).
Process.prototype.kill = function kill(signal) {
  const number = signalNumber(signal);
  const state = stateOf(this);
  if (this.pid === null) throw makeError("kill", "ESRCH", state.id < 0 && this.exitCode === null ? "no process was started" : "the process has ended");
  binding.childKill(state.id, number);
};

// How `output` and `error` give their data: "utf8" (default) or "ascii" (a
// character for each byte): strings; "bytes": Uint8Array; "raw": arrays of
// integers 0..255. `error`: the encoding of standard error alone, default the
// same. At any time.
Process.prototype.setEncoding = function setEncoding(output, error) {
  const state = stateOf(this);
  const name = checkEncoding("setEncoding", output);
  state.error = error === undefined ? name : checkEncoding("setEncoding", error);
  state.output = name;
  if (state.id >= 0) tellEncoding(state);
};

// Holds back what the child writes: it stays with the kernel, and then the child
// waits. exit comes after resume() only.
Process.prototype.pause = function pause() {
  const state = stateOf(this);
  if (state.id >= 0) binding.childSetReading(state.id, false);
};

// Goes on after pause().
Process.prototype.resume = function resume() {
  const state = stateOf(this);
  if (state.id >= 0) binding.childSetReading(state.id, true);
};

// Called by C++. kind: 0 output, 1 error, 2 drain, 3 exit
hooks.childEvent = function childEvent(id, kind, value, signal) {
  const child = children[id & SLOT_MASK];
  const state = child[STATE];
  switch (kind) {
    case 0:
    case 1: {
      child.emit(EVENTS[kind], [value === null ? null : pieceOf(state[EVENTS[kind]], value)]);
      break;
    }
    case 2:
      child.emit("drain", []);
      break;
    case 3:
      children[id & SLOT_MASK] = undefined;
      state.id = -1;
      child.exitCode = value;
      child.signal = signal;
      child.emit("exit", [value, signal]);
      break;
  }
};

node.Process = Process;

// A new process, on which spawn(command, options) has been called.
node.createProcess = function createProcess(command, options) {
  const child = new Process();
  child.spawn(command, options);
  return child;
};
)js", 10965},
    // node.path
    {"path", R"js(// node.path: names of files as text. Nothing here looks at a disk.

function textOf(call, part) {
  if (typeof part !== "string") throw new TypeError(call + ": a path must be a string, not " + hooks.chunks.quoted(part));
  return part;
}

function withoutSlashesAtEnd(text) {
  let end = text.length;
  while (end > 0 && text[end - 1] === "/") end--;
  return text.slice(0, end);
}

node.path = {
  // Joins strings with exactly one "/" between two of them. Parts "." and
  // "" and a leading "./" are dropped; ".." stays as it is. Without any part
  // left: ".". Throws a TypeError for what is no string.
  join(...parts) {
    let joined;
    for (const part of parts) {
      let text = textOf("join", part);
      while (text.startsWith("./")) text = text.slice(2).replace(/^\/+/, "");
      if (text === "" || text === ".") continue;
      joined = joined === undefined ? text : withoutSlashesAtEnd(joined) + "/" + text.replace(/^\/+/, "");
    }
    return joined === undefined ? "." : joined;
  },

  // What is before the last "/": "/a" of "/a/b", "./a" of "a/b", "." of "a",
  // "/" of "/a".
  dirname(path) {
    const text = textOf("dirname", path);
    const slash = text.lastIndexOf("/");
    if (slash < 0) return ".";
    const folder = withoutSlashesAtEnd(text.slice(0, slash));
    if (folder === "") return "/";
    const relative = folder[0] !== "/" && folder !== "." && folder !== ".." && !/^(\.\.?\/|[a-z]+:\/\/)/i.test(folder);
    return relative ? "./" + folder : folder;
  },

  // What follows the last "/": "b" of "/a/b", "" of "a/".
  filename(path) {
    const text = textOf("filename", path);
    return text.slice(text.lastIndexOf("/") + 1);
  },
};
)js", 1685},
    // node.fs: the operations on files, and their constants
    {"fs", R"js(// node.fs: operations on files. Each begins at once, returns a promise and
// waits for nothing: what is under way at the same time ends in any order.
//
// A wrong kind of argument throws a TypeError. Whatever the system refuses comes
// as error(error), an Error with `errno` (a name such as "ENOENT"), `syscall`,
// and `path` or, of an open file, `fd`; `destination` is the second path, where
// there are two. A path with a NUL in it is refused with EINVAL.

const { bytesOf, encodingIndex, integers, joinBytes, quoted } = hooks.chunks;
const { makeError } = hooks.head;

// Encodings. Every `encoding` may be one of these, or "ascii", "utf8", "raw",
// "bytes" in any case: strings with a character for each byte, strings, arrays
// of integers, Uint8Arrays.
node.ASCII = 0;
node.UTF8 = 1;
node.RAW = 2;
node.BYTES = 3;
const BY_NUMBER = ["ascii", "utf8", "raw", "bytes"];

// O_*, S_*, *_FILENO and the names of errors.
const constants = binding.fileConstants();
for (let i = 0; i < constants.length; i += 2) node[constants[i]] = constants[i + 1];

// Bytes that one operation brings at most. An array of more integers would be a
// hash table to the engine; text has to be in its heap, twice for a moment.
const LIMITS = { raw: 32 * 1024 * 1024, utf8: 256 * 1024 * 1024, ascii: 256 * 1024 * 1024, bytes: 2 ** 31 - 4096 };
// Of what has no end that could be known beforehand.
const STREAM_LIMIT = 256 * 1024 * 1024;
const PIECE = 64 * 1024;

const later = node.setTimeout;
const pending = []; // by the number that C++ knows: Operation
const free = []; // numbers

// The promise of one operation. `place`, for its errors: { path, destination, fd }. `take(value, more)`, its method,
// emits the success of what C++ gives; default: with `value`. Functions that are assigned to properties where they are
// written would be allocated among the engine's old objects, and keep all that they refer to: `take` is given, here and
// wherever operations are made.
function Operation(place, take, name) {
  this._place = place;
  this._take = take === undefined ? takeValue : take;
  this._name = name; // of an encoding
  this._error = undefined;
}
node.inherits(Operation, node.Promise);

// Behind the outcome and its listeners.
Operation.prototype._settled = function () {};

function submit(operation) {
  const number = free.length > 0 ? free.pop() : pending.length;
  pending[number] = operation;
  return number;
}

function fail(operation, error) {
  Object.assign(error, operation._place);
  operation._error = error;
  operation.emitError([error]);
  operation._settled();
}

function failLater(operation, error) {
  later(() => fail(operation, error), 0);
  return operation;
}

function succeed(operation, values) {
  operation.emitSuccess(values);
  operation._settled();
}

// Called by C++ at the end of an operation.
hooks.fileDone = function fileDone(number, error, value, more) {
  const operation = pending[number];
  pending[number] = undefined;
  free.push(number);
  if (free.length > 1024 && free.length === pending.length) free.length = pending.length = 0; // a crowd has left
  if (error !== undefined) return fail(operation, error);
  operation._take(value, more);
};

function takeValue(value) {
  succeed(this, value === undefined ? [] : [value]);
}

// --- Arguments ---

function pathOf(call, path) {
  if (typeof path !== "string") throw new TypeError(call + ": the path must be a string, not " + quoted(path));
  return path;
}

function integerOf(call, what, value, most = 0xffffffff) {
  if (Number.isInteger(value) && value >= -most && value <= most) return value;
  throw new TypeError(call + ": the " + what + " must be an integer, not " + quoted(value));
}

// Permissions, or `otherwise`. A negative number has all bits set: set-user-ID and writable by everybody.
function modeOf(call, mode, otherwise) {
  if (mode === undefined && otherwise !== undefined) return otherwise;
  if (integerOf(call, "mode", mode) >= 0) return mode;
  throw new RangeError(call + ": the mode must not be negative, but is " + mode);
}

// Of an owner or a group; -1 leaves it as it is.
function ownerOf(call, what, id) {
  if (integerOf(call, what, id) >= -1) return id;
  throw new RangeError(call + ": the " + what + " must be -1 or more, but is " + id);
}

function descriptorOf(call, fd) {
  return integerOf(call, "descriptor", fd, 0x7fffffff);
}

function encodingOf(encoding, otherwise) {
  if (encoding === undefined) return otherwise;
  const name = typeof encoding === "number" ? BY_NUMBER[encoding] : String(encoding).toLowerCase();
  return encodingIndex(name) >= 0 ? name : otherwise;
}

// Of a read or write: undefined for where the file stands.
function isBadPosition(position) {
  return typeof position === "number" && !(Number.isSafeInteger(position) && position >= 0);
}

// An operation on one or two paths that are checked already, or on a descriptor; `start` gets its number.
function onPath(syscall, place, start, take, name) {
  const operation = new Operation(place, take, name);
  if (isBadPath(place.path) || isBadPath(place.destination)) {
    const path = isBadPath(place.path) ? place.path : place.destination;
    return failLater(operation, makeError(syscall, "EINVAL", JSON.stringify(path) + ": a path cannot hold a NUL"));
  }
  start(submit(operation));
  return operation;
}

function isBadPath(path) {
  return path !== undefined && path.includes("\0");
}

function dateOf(call, time) {
  const number = time instanceof Date ? time.getTime() : time;
  if (typeof number === "number" && Math.abs(number) <= 8.64e15) return number;
  throw new TypeError(call + ": a time must be a Date or milliseconds, not " + quoted(time));
}

// --- Open files ---

const fs = {};
node.fs = fs;

// Opens `path` with `flags` (node.O_RDONLY ...) and, for what it makes, the
// permissions `mode` (integer, default 0666, less the umask). Success: (fd), an
// integer. open(2).
fs.open = function open(path, flags, mode) {
  pathOf("open", path);
  integerOf("open", "flags", flags, 0x7fffffff);
  const permissions = modeOf("open", mode, 0o666);
  return onPath("open", { path }, (number) => binding.fileOpen(number, path, flags, permissions));
};

// Closes `fd`. Reads and writes that still wait for a pipe fail with ECANCELED.
// close(2).
fs.close = function close(fd) {
  descriptorOf("close", fd);
  const operation = new Operation({ fd });
  startClose(operation, fd);
  return operation;
};

function startClose(operation, fd) {
  if (fd === 1 || fd === 2) binding.closeOutput(fd);
  binding.fileClose(submit(operation), fd);
}

function startRead(operation, fd, length, position, name, tail, wait) {
  if (isBadPosition(position)) return failLater(operation, makeError("read", "EINVAL", "position " + position));
  const at = typeof position === "number" ? position : undefined;
  binding.fileRead(submit(operation), fd, Math.min(length, LIMITS[name]), at, encodingIndex(name), tail, wait);
  return operation;
}

function shownAs(name, value) {
  return name === "raw" && value !== null ? integers(value) : value;
}

// Reads up to `length` bytes (an integer) of `fd` from `position` (a number;
// default: where it stands) on: all of them where a regular file has them, of
// pipes and devices what there is. Success: (data, bytes), data as `encoding`
// says (default raw: an array of integers), null at the end. Characters that
// such a piece cuts become U+FFFD; node.fs.File joins them. At most 32 MiB raw,
// 256 MiB as text and 2 GiB as bytes come at once. read(2), pread(2).
fs.read = function read(fd, length, position, encoding) {
  descriptorOf("read", fd);
  integerOf("read", "length", length, Number.MAX_SAFE_INTEGER);
  if (length < 0) throw new RangeError("read: the length must not be negative, but is " + length);
  const name = encodingOf(encoding, "raw");
  return startRead(new Operation({ fd }, takeRead, name), fd, length, position, name, 0, false);
};

function takeRead(value, more) {
  succeed(this, [shownAs(this._name, value), more[0]]);
}

function startWrite(operation, fd, bytes, position) {
  if (isBadPosition(position)) return failLater(operation, makeError("write", "EINVAL", "position " + position));
  binding.fileWrite(submit(operation), fd, bytes, typeof position === "number" ? position : undefined);
  return operation;
}

// Writes all of `data` (a string, as UTF-8; an array of integers, a Uint8Array
// or an ArrayBuffer, which must not be changed meanwhile) to `fd` at `position`
// (a number; default: where it stands). Success: (bytes). Writes to a regular
// file are done in the order of the calls, and close() behind them. write(2),
// pwrite(2).
fs.write = function write(fd, data, position) {
  descriptorOf("write", fd);
  return startWrite(new Operation({ fd }), fd, bytesOf(data, "write: the data"), position);
};

// Cuts or lengthens a file, given by its path or its descriptor, to `length`
// bytes (default 0). truncate(2), ftruncate(2).
fs.truncate = function truncate(file, length = 0) {
  const place = typeof file === "string" ? { path: file } : { fd: descriptorOf("truncate", file) };
  integerOf("truncate", "length", length, Number.MAX_SAFE_INTEGER);
  return onPath("truncate", place, (number) => binding.fileTruncate(number, file, length));
};

// Has what was written to `fd` brought to the disk. fsync(2).
fs.fsync = function fsync(fd) {
  descriptorOf("fsync", fd);
  return onPath("fsync", { fd }, (number) => binding.fileSync(number, fd));
};

// --- Whole files ---

function closeQuietly(fd) {
  binding.fileClose(submit(new Operation({ fd })), fd);
}

// Of what is no file: piece by piece, to its end.
function catStream(operation, fd, name) {
  const text = name === "utf8" || name === "ascii";
  const limit = Math.min(LIMITS[name], STREAM_LIMIT);
  const pieces = [];
  let length = 0;
  let tail = 1;
  const next = (wait) => {
    const read = new Operation({}, (piece, more) => {
      tail = more[1];
      length += more[0];
      if (piece === null) {
        closeQuietly(fd);
        if (text) return succeed(operation, [pieces.join("")]);
        const bytes = joinBytes(pieces, length);
        return succeed(operation, [name === "raw" ? integers(bytes) : bytes]);
      }
      pieces.push(piece);
      if (length <= limit) return next(false);
      closeQuietly(fd);
      fail(operation, makeError("cat", "EFBIG", operation._place.path + ": more than " + limit + " bytes"));
    });
    read.addErrback((error) => {
      closeQuietly(fd);
      fail(operation, error);
    });
    startRead(read, fd, PIECE, undefined, text ? name : "bytes", text ? tail : 0, wait);
  };
  next(true);
}

// Reads a whole file: a regular one, a pipe with a name, one of /proc. Success:
// (content), a string of UTF-8, or as `encoding` says ("raw" gives an array of
// integers). More than 32 MiB raw, 256 MiB as text or 2 GiB as bytes are
// refused with EFBIG, and 256 MiB of what is no file.
fs.cat = function cat(path, encoding) {
  pathOf("cat", path);
  const name = encodingOf(encoding, "utf8");
  const start = (number) => binding.fileCat(number, path, encodingIndex(name), LIMITS[name]);
  return onPath("open", { path }, start, takeContent, name);
};

function takeContent(value, isStream) {
  if (isStream) return catStream(this, value, this._name);
  succeed(this, [shownAs(this._name, value)]);
}

function onTwoPaths(syscall, call, path, destination, start) {
  pathOf(call, path);
  pathOf(call, destination);
  return onPath(syscall, { path, destination }, (number) => start(number, path, destination));
}

// Copies the regular file `from` to `to`, which is overwritten, or made with the
// same permissions. Success: (bytes). A file that was made is removed on failure.
fs.copy = function copy(from, to) {
  return onTwoPaths("copy", "copy", from, to, binding.fileCopy);
};

// --- Names ---

// Gives `from` the name `to`, in place of what has it. rename(2).
fs.rename = function rename(from, to) {
  return onTwoPaths("rename", "rename", from, to, binding.fileRename);
};

// Makes `to` a second name of `from`. link(2).
fs.link = function link(from, to) {
  return onTwoPaths("link", "link", from, to, binding.fileLink);
};

// Makes `path` a symbolic link to `target`. symlink(2).
fs.symlink = function symlink(target, path) {
  return onTwoPaths("symlink", "symlink", target, path, binding.fileSymlink);
};

function onOnePath(call, path, start) {
  pathOf(call, path);
  return onPath(call, { path }, (number) => start(number, path));
}

// Removes a name, and the file with its last one. unlink(2).
fs.unlink = function unlink(path) {
  return onOnePath("unlink", path, binding.fileUnlink);
};

// Removes an empty folder. rmdir(2).
fs.rmdir = function rmdir(path) {
  return onOnePath("rmdir", path, binding.fileRmdir);
};

// Success: (names), the entries of a folder but "." and "..", an array of
// strings in the order of their bytes. readdir(3).
fs.readdir = function readdir(path) {
  return onOnePath("readdir", path, binding.fileReaddir);
};

// Success: (target) of a symbolic link. readlink(2).
fs.readlink = function readlink(path) {
  return onOnePath("readlink", path, binding.fileReadlink);
};

// Success: (path), absolute, without links, "." and "..". realpath(3).
fs.realpath = function realpath(path) {
  return onOnePath("realpath", path, binding.fileRealpath);
};

// Makes a folder called `prefix` and six random characters, for its owner alone.
// Success: (path). mkdtemp(3).
fs.mkdtemp = function mkdtemp(prefix) {
  return onOnePath("mkdtemp", prefix, binding.fileMkdtemp);
};

// Makes a folder with the permissions `mode` (default 0777, less the umask).
// With `parents` true it makes those above it too, and one that is there is no
// error. mkdir(2).
fs.mkdir = function mkdir(path, mode, parents) {
  pathOf("mkdir", path);
  const permissions = modeOf("mkdir", mode, 0o777);
  return onPath("mkdir", { path }, (number) => binding.fileMkdir(number, path, permissions, parents === true));
};

// Sets the permissions of a file. chmod(2).
fs.chmod = function chmod(path, mode) {
  pathOf("chmod", path);
  modeOf("chmod", mode);
  return onPath("chmod", { path }, (number) => binding.fileChmod(number, path, mode));
};

// Sets the owner and the group of a file; -1: as it is. chown(2).
fs.chown = function chown(path, uid, gid) {
  pathOf("chown", path);
  ownerOf("chown", "uid", uid);
  ownerOf("chown", "gid", gid);
  return onPath("chown", { path }, (number) => binding.fileChown(number, path, uid, gid));
};

// Sets when a file was read and changed: Dates, or milliseconds since 1970.
// utimensat(2).
fs.utimes = function utimes(path, atime, mtime) {
  pathOf("utimes", path);
  const accessed = dateOf("utimes", atime);
  const modified = dateOf("utimes", mtime);
  return onPath("utimensat", { path }, (number) => binding.fileUtimes(number, path, accessed, modified));
};

// --- Status ---

// What stat gives: numbers dev, ino, mode, nlink, uid, gid, rdev, size (bytes),
// blksize (bytes), blocks (of 512 bytes), and Dates atime, mtime, ctime. Numbers
// above 2^53, which only ino may have, are rounded. stat(3type).
function Stats(fields) {
  this.dev = fields[0];
  this.ino = fields[1];
  this.mode = fields[2];
  this.nlink = fields[3];
  this.uid = fields[4];
  this.gid = fields[5];
  this.rdev = fields[6];
  this.size = fields[7];
  this.blksize = fields[8];
  this.blocks = fields[9];
  this.atime = new Date(fields[10]);
  this.mtime = new Date(fields[11]);
  this.ctime = new Date(fields[12]);
}
fs.Stats = Stats;

// Whether it is a regular file.
Stats.prototype.isFile = function isFile() {
  return (this.mode & node.S_IFMT) === node.S_IFREG;
};

// Whether it is a folder.
Stats.prototype.isDirectory = function isDirectory() {
  return (this.mode & node.S_IFMT) === node.S_IFDIR;
};

// Whether it is a symbolic link, as only lstat tells.
Stats.prototype.isSymbolicLink = function isSymbolicLink() {
  return (this.mode & node.S_IFMT) === node.S_IFLNK;
};

function statWith(call, path, start) {
  pathOf(call, path);
  return onPath(call, { path }, (number) => start(number, path), takeStatus);
}

function takeStatus(fields) {
  succeed(this, [new Stats(fields)]);
}

// Success: (stats) of a file, or of what a symbolic link points to: a
// node.fs.Stats. stat(2).
fs.stat = function stat(path) {
  return statWith("stat", path, binding.fileStat);
};

// Success: (stats) of a file, or of a symbolic link itself. lstat(2).
fs.lstat = function lstat(path) {
  return statWith("lstat", path, binding.fileLstat);
};

// Calls `callback` (default: none) with whether `path` leads to something, in a
// later turn; the promise's success argument is the same. A link to nothing does
// not lead to something.
fs.exists = function exists(path, callback) {
  pathOf("exists", path);
  const promise = new node.Promise();
  promise.addCallback(callback);
  fs.stat(path).addCallback(() => promise.emitSuccess([true])).addErrback(() => promise.emitSuccess([false]));
  return promise;
};

// The text of an error's number: "No such file or directory" of node.ENOENT.
fs.strerror = function strerror(errno) {
  return binding.errorText(integerOf("strerror", "errno", errno, 0x7fffffff));
};

hooks.files = {
  Operation, descriptorOf, encodingOf, failLater, integerOf, pathOf, shownAs, startClose, startRead, startWrite, submit, succeed,
};
)js", 17348},
    // node.fs.File, stdin, stdout, stderr, node.cat
    {"file", R"js(// node.fs.File: a file with a queue of actions; and node.cat.

const { bytesOf, isBytes } = hooks.chunks;
const { makeError } = hooks.head;
const later = node.setTimeout;
const { Operation, encodingOf, failLater, integerOf, pathOf, shownAs, startClose, startRead, startWrite, submit, succeed } = hooks.files;

// fopen(3). "x": the file must not exist.
const MODES = {
  "r": node.O_RDONLY,
  "r+": node.O_RDWR,
  "w": node.O_WRONLY | node.O_CREAT | node.O_TRUNC,
  "w+": node.O_RDWR | node.O_CREAT | node.O_TRUNC,
  "a": node.O_WRONLY | node.O_CREAT | node.O_APPEND,
  "a+": node.O_RDWR | node.O_CREAT | node.O_APPEND,
  "wx": node.O_WRONLY | node.O_CREAT | node.O_EXCL,
  "wx+": node.O_RDWR | node.O_CREAT | node.O_EXCL,
};

const NUMBERS = { ascii: node.ASCII, utf8: node.UTF8, raw: node.RAW, bytes: node.BYTES };

// A file whose actions run one after another, in the order of the calls, however
// soon they are called: open, read and close in one breath read that file. The
// listeners of an action are called before the next one begins; what they add
// goes to the end of the queue. Emits `error(error)` behind the promise of each
// action that fails, whose error is the same; the next ones are done all the
// same.
//
// `options` (default {}): `fd`, of a file that is open already; `encoding` of
// what is read, "utf8", "ascii" or "bytes", by default raw. Fields: `fd` (null
// when there is no open file), `encoding` (node.UTF8, node.RAW, node.ASCII or
// node.BYTES; may be set). `new` may be left out. Methods may be used apart from
// their File: `var puts = file.puts`.
function File(options) {
  if (!(this instanceof File)) return new File(options);
  if (options !== undefined && options !== null && typeof options !== "object") {
    throw new TypeError("File: the options must be an object, not " + hooks.chunks.quoted(options));
  }
  const given = options === undefined || options === null ? {} : options;
  this.fd = given.fd === undefined || given.fd === null ? null : integerOf("File", "fd", given.fd, 0x7fffffff);
  this.encoding = NUMBERS[encodingOf(given.encoding, "raw")];
  this._queue = [];
  this._path = undefined;
  this._output = 0; // 1 or 2: of stdout or stderr, whose queue in console.js writes go through
  this._tail = 1; // the beginning of a character at the end of the last read; see bind_fs.cc
}
node.inherits(File, node.EventEmitter);

// One action: a promise. `begin(action)` starts it, when its turn has come; `take` as of Operation.
function Action(file, begin, take) {
  Operation.call(this, undefined, take, undefined);
  this._file = file;
  this._begin = begin;
}
node.inherits(Action, Operation);

// Notes where it is done.
function placed(action) {
  const { _path: path, fd } = action._file;
  action._place = path === undefined ? {} : { path };
  if (fd !== null) action._place.fd = fd;
}

// Behind its outcome: the next one's turn.
Action.prototype._settled = function () {
  const file = this._file;
  if (this._error !== undefined) file.emit("error", [this._error]);
  file._queue.shift();
  if (file._queue.length > 0) begin(file._queue[0]);
};

function begin(action) {
  placed(action);
  action._begin(action);
}

function enqueue(file, start, take) {
  const action = new Action(file, start, take);
  file._queue.push(action);
  if (file._queue.length === 1) begin(action);
  return action;
}

// Of an action that needs an open file. What is queued for standard output or error goes before it.
function whenOpen(file, call, start, take) {
  const output = file._output;
  const startOpen = (action) => {
    // A script may have set it to what is no descriptor.
    if (!Number.isInteger(file.fd)) return failLater(action, makeError(call, "EBADF", "the File is not open"));
    if (output === 0) return start(action);
    hooks.output.whenDone(output, () => start(action));
  };
  return enqueue(file, startOpen, take);
}

// Opens `path` with `mode` as of fopen(3): "r" reads; "w" empties or makes the
// file and writes; "a" makes it if need be and writes to its end; "r+", "w+",
// "a+" read and write; "wx", "wx+" fail when it exists. Success: (fd). Fails with
// EBUSY when the File is open. Throws for another mode.
File.prototype.open = function open(path, mode) {
  pathOf("open", path);
  const flags = Object.hasOwn(MODES, mode) ? MODES[mode] : undefined;
  if (flags === undefined) {
    throw new TypeError("open: the mode must be one of " + Object.keys(MODES).join(", ") + ", not " + hooks.chunks.quoted(mode));
  }
  const file = this;
  return enqueue(file, (action) => {
    if (file.fd !== null) return failLater(action, makeError("open", "EBUSY", "the File is open; close it first"));
    file._path = path;
    file._tail = 1;
    placed(action);
    if (path.includes("\0")) {
      return failLater(action, makeError("open", "EINVAL", JSON.stringify(path) + ": a path cannot hold a NUL"));
    }
    binding.fileOpen(submit(action), path, flags, 0o666);
  }, takeOpen);
};

function takeOpen(fd) {
  this._file.fd = fd;
  succeed(this, [fd]);
}

// Closes the file. Of descriptors 0 to 2 the number stays taken, by /dev/null;
// puts and its like fail with EBADF when it was stdout.
File.prototype.close = function close() {
  const file = this;
  const action = whenOpen(file, "close", (action) => {
    const fd = file.fd;
    file.fd = null; // whatever close(2) says
    startClose(action, fd);
  });
  file._output = 0;
  return action;
};

// Reads up to `length` bytes (an integer) from `position` (a number; default:
// where the file stands). Success: (data), as `encoding` says, null at the end.
// Of text that is read on from where the file stands, characters arrive whole: a
// piece may be empty, when all that it has is the beginning of one.
File.prototype.read = function read(length, position) {
  integerOf("read", "length", length, Number.MAX_SAFE_INTEGER);
  if (length < 0) throw new RangeError("read: the length must not be negative, but is " + length);
  const file = this;
  return whenOpen(file, "read", (action) => {
    action._name = encodingOf(file.encoding, "raw");
    const tail = typeof position === "number" ? 0 : file._tail;
    startRead(action, file.fd, length, position, action._name, tail, false);
  }, takeRead);
};

function takeRead(value, more) {
  if (more[1] !== 0) this._file._tail = more[1]; // characters are joined
  succeed(this, [shownAs(this._name, value)]);
}

function enqueueWrite(file, call, bytes, position) {
  if (file._output > 0 && file._output === file.fd) {
    if (typeof position !== "number") return hooks.output.write(file._output, bytes);
    const isPosition = Number.isSafeInteger(position) && position >= 0;
    if (isPosition && file._queue.length === 0 && binding.outputIsFile(file.fd)) return writeOutputAt(file, bytes, position);
  }
  return whenOpen(file, call, (action) => {
    file._tail = 1;
    startWrite(action, file.fd, bytes, position);
  });
}

// The promise of a write at a position of standard output, which is done at once, as what puts writes to a file: so that
// neither overtakes the other.
function WrittenAt(file) {
  Operation.call(this, { fd: file.fd });
  this._file = file;
}
node.inherits(WrittenAt, Operation);

// Behind its outcome.
WrittenAt.prototype._settled = function () {
  if (this._error !== undefined) this._file.emit("error", [this._error]);
};

function writeOutputAt(file, bytes, position) {
  const promise = new WrittenAt(file);
  let written;
  try {
    written = binding.writeOutputAt(file.fd, bytes, position);
  } catch (error) {
    return failLater(promise, error);
  }
  later(() => succeed(promise, [written]), 0);
  return promise;
}

// Strings in an encoding other than UTF-8 have a byte for each character.
function encoded(data, encoding) {
  if (typeof data !== "string" || encodingOf(encoding, "utf8") === "utf8") return data;
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = data.charCodeAt(i);
  return bytes;
}

// Writes all of `data` (a string, as UTF-8; an array of integers, a Uint8Array
// or an ArrayBuffer, which must not be changed before it is done) at `where`, a
// position (a number; default: where the file stands). A string as `where` is
// the encoding of `data`: with "ascii" or "raw" characters are bytes. Success:
// (bytes).
File.prototype.write = function write(data, where) {
  const bytes = bytesOf(data, "write: the data");
  return enqueueWrite(this, "write", typeof where === "string" ? encoded(bytes, where) : bytes, where);
};

// Writes `data`, bytes as of write, whatever else as a string.
File.prototype.print = function print(data) {
  const bytes = Array.isArray(data) || isBytes(data);
  return enqueueWrite(this, "write", bytesOf(bytes ? data : String(data), "print: the data"));
};

// Writes `data` as a string, and a newline.
File.prototype.puts = function puts(data) {
  return enqueueWrite(this, "write", String(data) + "\n");
};

// A method taken from a File stays with it.
for (const name of ["open", "close", "read", "write", "print", "puts"]) {
  const method = File.prototype[name];
  const keep = (file, value) => Object.defineProperty(file, name, { value, writable: true, configurable: true });
  Object.defineProperty(File.prototype, name, {
    get() {
      if (!Object.hasOwn(this, "_queue")) return method; // a prototype
      const bound = method.bind(this);
      keep(this, bound);
      return bound;
    },
    set(value) {
      keep(this, value);
    },
    configurable: true,
  });
}

node.fs.File = File;

// --- Standard streams ---

// stdin, stdout and stderr are Files of the descriptors 0, 1 and 2; a script may
// put something else in their place. An unread stdin keeps no program alive, a
// read that waits for something does.
//
// What is written to stdout has one queue with puts, print and p, in the order of
// the calls, and leaves with the end of the turn; stderr has its own, and writes
// at once what does not block. Both are written out at the end of the program,
// however it comes. Their promises cost nothing while nobody listens. Reads and
// close() wait until what was written before has left; writes at a position of a
// file keep their place among the others, if no such action waits before them.
//
// stdout emits `error(error)` when something could not be written, by puts as
// well; once for all that a turn has lost. Without a listener for it, or for that
// of a promise that fails, the program ends: see puts. What is lost from stderr
// ends no program. Later writes are tried again.
global.stdin = new File({ fd: 0 });
global.stdout = new File({ fd: 1 });
global.stderr = new File({ fd: 2 });
for (const file of [stdout, stderr]) {
  file._output = file.fd;
  hooks.output.attach(file.fd, file);
}

// The content of `location`: of a URL as by node.http.cat, else of a file as by
// node.fs.cat. `encoding`: a name, or a number such as node.UTF8, of both.
node.cat = function cat(location, encoding) {
  const isUrl = typeof location === "string" && location.slice(0, 7).toLowerCase() === "http://";
  return isUrl ? node.http.cat(location, encodingOf(encoding, "raw")) : node.fs.cat(location, encoding);
};
)js", 11191},
    // node.fs.watch
    {"watch", R"js(// node.fs.watch: changes of files and folders.

// In the order of file_watch::Kind.
const KINDS = ["made", "removed", "written", "attributes", "lost"];

const watchers = new Map(); // by the number that C++ knows

// What node.fs.watch returns. Emits `change(kind, name)` and, at its end,
// `close()`. Keeps the program alive until then. `new` may be left out.
function Watcher(path) {
  if (!(this instanceof Watcher)) return new Watcher(path);
  hooks.files.pathOf("watch", path);
  if (path.includes("\0")) {
    throw Object.assign(hooks.head.makeError("watch", "EINVAL", JSON.stringify(path) + ": a path cannot hold a NUL"), { path });
  }
  this.path = path;
  try {
    this._number = binding.fileWatch(path);
  } catch (error) {
    error.path = path;
    throw error;
  }
  watchers.set(this._number, this);
}
node.inherits(Watcher, node.EventEmitter);

// Ends it: nothing more is emitted but `close()`. Harmless when it has ended.
Watcher.prototype.close = function close() {
  if (!watchers.delete(this._number)) return;
  binding.fileUnwatch(this._number);
  this.emit("close", []);
};

// Called by C++.
hooks.fileChanged = function fileChanged(number, kind, name) {
  const watcher = watchers.get(number);
  if (watcher === undefined) return;
  watcher.emit("change", [KINDS[kind], name]);
  if (KINDS[kind] === "removed" && name === null) watcher.close();
};

node.fs.Watcher = Watcher;

// Watches `path`, a file or a folder with its entries (not what is below them).
// `listener` (default: none) is added to `change` of the node.fs.Watcher that is
// returned: change(kind, name), where `name` is that of the entry, or null for
// what is watched itself, and `kind` is
//   "made", "removed": an entry has come or gone, also by a rename; what is
//     watched itself has gone, and the watcher is closed
//   "written": the bytes; "attributes": permissions, times, owner or links
//   "lost": the kernel has dropped events (name is null): look yourself
// An editor that replaces a file gives its name to another one: watch the folder
// to hear of both. Throws an Error as node.fs emits them. inotify(7).
node.fs.watch = function watch(path, listener) {
  const watcher = new Watcher(path);
  watcher.addListener("change", listener);
  return watcher;
};
)js", 2278},
    // what 2009's outgoing messages had besides
    {"http_outgoing", R"js(// What 2009's outgoing messages, responses and clients' requests alike, had besides: fields that scripts of the time read
// and set. All of them cost nothing while nobody looks.

const { FINISHED, OVER } = hooks.requests;

const CLOSES = 1; // of binding.answerState
const CHUNKED = 2;

// Assigning to what only tells is without effect.
function ignore() {}

function define(constructor, fields) {
  for (const name of Object.keys(fields)) {
    Object.defineProperty(constructor.prototype, name, { get: fields[name].get, set: fields[name].set || ignore, configurable: true });
  }
}

function closes(response) {
  return (binding.answerState(response._id, response._exchange) & CLOSES) !== 0;
}

function closeBehind(response) {
  if (binding.owesAnswer(response._id, response._exchange)) response.connection.close();
}

define(node.http.ServerResponse, {
  // The pieces of the body that were given and have not left yet: an array, none or one, since the first waits for the
  // second or for finish(). A copy.
  output: {
    get() {
      return this._body === undefined ? [] : [this._body.slice()];
    },
  },
  // Whether the connection ends behind this answer, as far as is known, or has ended: a boolean. Set to true before
  // finish(), it closes the connection as its close() does, which cannot be taken back.
  closeOnFinish: {
    get() {
      return closes(this);
    },
    set(value) {
      if (value) closeBehind(this);
    },
  },
  // The opposite of closeOnFinish.
  should_keep_alive: {
    get() {
      return !closes(this);
    },
    set(value) {
      if (!value) closeBehind(this);
    },
  },
  // Whether the body is under way in chunks: a boolean; false before the header has left. Setting it is without effect.
  chunked_encoding: {
    get() {
      return (binding.answerState(this._id, this._exchange) & CHUNKED) !== 0;
    },
  },
  // Whether a body whose length is not known when the header leaves goes out in chunks: a boolean, default true. Set to
  // false before that, the end of the connection ends it. Not for HTTP/1.0, which has no chunks.
  use_chunked_encoding_by_default: {
    get() {
      return this._unchunked !== true;
    },
    set(value) {
      this._unchunked = !value;
      binding.setMayChunk(this._id, this._exchange, Boolean(value));
    },
  },
});

function setCloses(request, value) {
  // A given Connection has said so already.
  if (value || !request._connection) request._closes = value;
}

define(node.http.ClientRequest, {
  // Whether finish() was called, or nothing more of the request is wanted: a boolean.
  finished: {
    get() {
      return this._state === FINISHED || this._state === OVER;
    },
  },
  // The pieces of the body that were given and have not left yet, an array. A copy.
  output: {
    get() {
      return this._pieces.map((piece) => piece[0].slice());
    },
  },
  // Whether the connection ends behind the answer: a boolean, by default false, or as the given Connection has it. May be
  // set; before the request leaves, the server is told.
  closeOnFinish: {
    get() {
      return this._closes;
    },
    set(value) {
      setCloses(this, Boolean(value));
    },
  },
  // The opposite of closeOnFinish.
  should_keep_alive: {
    get() {
      return !this._closes;
    },
    set(value) {
      setCloses(this, !value);
    },
  },
  // Whether the body goes out in chunks: a boolean; as far as is known. Setting it is without effect.
  chunked_encoding: {
    get() {
      return this._headSent ? this._chunked : this._coded;
    },
  },
  // Whether a body without a given length goes out in chunks when it is not finished at once: a boolean, default true.
  // Set to false before the request leaves, for servers that take no chunks, it waits for finish() and goes out with its
  // length; sendBody returns true meanwhile, and outputLimit bounds it.
  use_chunked_encoding_by_default: {
    get() {
      return !this._unchunked;
    },
    set(value) {
      this._unchunked = !value;
      if (value) this.client._client.hold();
    },
  },
});
)js", 4071},
    // modules by URL
    {"module_fetch", R"js(// Modules by URL: http only, a plain GET, and what it gives must be 200 to 299.

const { joinBytes } = hooks.chunks;

// A module is a file that somebody has written.
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_SECONDS = 30;

// What "sha256-..." (64 hexadecimal digits, or base64) says, in hexadecimal digits; undefined when it says nothing.
function digestOf(pin) {
  if (!pin.startsWith("sha256-")) return undefined;
  const text = pin.slice(7);
  if (/^[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase();
  if (!/^[0-9A-Za-z+/_-]{43}=?$/.test(text)) return undefined;
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  let bits = "";
  for (const letter of text.replace("=", "").replace(/-/g, "+").replace(/_/g, "/")) {
    bits += digits.indexOf(letter).toString(2).padStart(6, "0");
  }
  return bits.slice(0, 256).replace(/.{4}/g, (four) => parseInt(four, 2).toString(16));
}

function headerOf(response, lower) {
  const found = response.headers.find((pair) => pair[0].toLowerCase() === lower);
  return found === undefined ? undefined : found[1];
}

// Why an answer is no module; undefined when it may be one.
function refusalOf(response) {
  const status = response.statusCode;
  if (status >= 200 && status <= 299) {
    const coding = headerOf(response, "content-encoding");
    if (coding === undefined || coding.toLowerCase() === "identity") return undefined;
    return "the server sends it with Content-Encoding " + JSON.stringify(coding) + ", which nobody has asked for";
  }
  const name = node.http.STATUS_CODES[status];
  const text = "the server says " + status + (name === undefined ? "" : " " + name);
  const location = headerOf(response, "location");
  if (status < 300 || status > 399 || location === undefined) return text;
  return text + ", and redirects are not followed: ask for " + JSON.stringify(location);
}

// Fetches the module at `url` and calls `done(error)` or `done(undefined, text)`, once, in a later turn. `pin`: what
// stands behind "#", "sha256-..." of the bytes, or undefined.
function fetchModule(url, pin, done) {
  let over = false;
  let client;
  let timer;
  const finish = (message, text, cause) => {
    if (over) return;
    over = true;
    hooks.clearTimer(timer);
    if (client !== undefined) client.forceClose();
    if (message === undefined) return done(undefined, text);
    const error = new Error(message);
    if (cause !== undefined) Object.assign(error, { errno: cause.errno, syscall: cause.syscall });
    done(error);
  };
  const digest = pin === undefined ? "" : digestOf(pin);
  let place;
  try {
    if (digest === undefined) throw new Error('the pin behind "#" must be sha256- and 64 hexadecimal digits or base64');
    place = hooks.parseHttpUrl("require", url);
  } catch (error) {
    return void node.setTimeout(() => finish(error.message), 0);
  }
  timer = node.setTimeout(() => finish("not complete after " + MOST_SECONDS + " s"), MOST_SECONDS * 1000);
  client = node.http.createClient(place.port, place.host);
  const request = client.get(place.path, place.authorization === undefined ? [] : [["Authorization", place.authorization]]);
  request.addListener("error", (error) => finish(error.message, undefined, error));
  request.finish((response) => {
    const refusal = refusalOf(response);
    if (refusal !== undefined) return finish(refusal);
    response.setBodyEncoding("bytes");
    const chunks = [];
    let length = 0;
    response.addListener("body", (chunk) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MOST_BYTES) finish("more than " + MOST_BYTES + " bytes");
    });
    response.addListener("complete", () => {
      const bytes = joinBytes(chunks, length);
      const found = digest === "" ? "" : binding.sha256(bytes);
      if (found !== digest) return finish("its content is not what the pin says: it is sha256-" + found);
      finish(undefined, binding.sourceText(bytes, url));
    });
  });
}

hooks.moduleFetch = { fetchModule };
)js", 4022},
    // require, include, onLoad, onExit, node.exit
    {"modules", R"js(// Modules: require, include, onLoad, onExit, node.exit.
//
// A module's body runs, then those of its children, in the order in which it has asked for them; when all of
// them are loaded its onLoad runs. Files are read at once, URLs fetched in parallel (module_fetch.js).

const { quoted } = hooks.chunks;
const { fetchModule } = hooks.moduleFetch;

// The states of a module, in their order.
const FETCHING = 0;
const FETCHED = 1; // its text is here
const RUN = 2; // the body has run, or is running
const LOADED = 3; // onLoad has run, or is running

const required = new Map(); // by key: the real path of a file, or a URL
const included = new WeakMap(); // by namespace: a Map by key
const work = []; // modules to be looked at
let working = false;
let main;
let exiting = false;
let exitCode = 0;

// `filename`: as __filename; `key`: what it is known by; `namespace`: its `this` and `exports`. Its members are ours:
// programs have no use for it.
function Module(filename, key, namespace) {
  this.filename = filename;
  this.key = key;
  this.target = namespace;
  this.state = FETCHING;
  this.source = undefined;
  this.failure = undefined; // why there is no text
  this.asked = undefined; // an Error from where it was asked for
  this.children = [];
  this.next = 0; // of the children, to be run
  this.waits = 0; // children that are not loaded
  this.waiters = []; // modules that wait for this one
  this.callbacks = undefined; // gives [onLoad, onExit]
  this.exited = false;
}
node.Module = Module;

// --- Names ---

function isUrl(name) {
  return name.includes("://");
}

// `path` without "." and with ".." taken back where that needs no look at the disk.
function normalized(path) {
  const parts = path.startsWith("/") ? [""] : [];
  for (const part of path.split("/")) {
    if (part === "." || part === "") continue;
    if (part === ".." && parts.length > 0 && parts[parts.length - 1] !== ".." && parts[parts.length - 1] !== "") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}

function joined(folder, path) {
  return normalized(folder === "" ? path : folder + "/" + path);
}

function folderOf(filename) {
  const slash = filename.lastIndexOf("/");
  return slash < 0 ? "" : slash === 0 ? "/" : filename.slice(0, slash);
}

// `path` as a browser would see it from the page `base` (RFC 3986, 5.2, without queries of the base).
function resolvedUrl(base, path) {
  const start = base.indexOf("://") + 3;
  const slash = base.indexOf("/", start);
  const origin = slash < 0 ? base : base.slice(0, slash);
  const rest = slash < 0 ? "/" : base.slice(slash).replace(/[?#].*$/s, "");
  if (path.startsWith("/")) return origin + path;
  const [, plain, tail] = /^([^?#]*)(.*)$/s.exec(path);
  const parts = [];
  for (const part of (rest.slice(0, rest.lastIndexOf("/") + 1) + plain).split("/").slice(1)) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return origin + "/" + parts.join("/") + tail;
}

// The file that `path` means in the module `from`: [filename, key]; throws.
function findFile(from, path) {
  if (path.startsWith("/")) return [normalized(path) || "/", binding.moduleRealPath(path)];
  const name = joined(folderOf(from.filename), path) || "."; // the folder itself
  try {
    return [name, binding.moduleRealPath(name)];
  } catch (error) {
    const elsewhere = path.startsWith("./") || path.startsWith("../") ? undefined : binding.environmentVariable("NODE_PATH");
    for (const folder of (elsewhere || "").split(":")) {
      if (folder === "") continue;
      try {
        const found = joined(folder, path);
        return [found, binding.moduleRealPath(found)];
      } catch {
        // The next one may have it.
      }
    }
    throw error;
  }
}

// --- Loading ---

// Makes `error` (from where a module was asked for) say why it is not there.
function explained(error, message, cause) {
  const frames = String(error.stack);
  const first = frames.indexOf("\n    at ");
  error.message = message;
  Object.defineProperty(error, "stack", { value: "Error: " + message + (first < 0 ? "" : frames.slice(first)), writable: true, configurable: true });
  if (cause !== undefined && cause.errno !== undefined) {
    error.errno = cause.errno;
    error.syscall = cause.syscall;
  }
  return error;
}

// Starts reading `module`.
function fetchSource(module, pin) {
  if (!isUrl(module.key)) {
    try {
      module.source = binding.moduleRead(module.filename);
    } catch (error) {
      module.failure = error;
    }
    module.state = FETCHED;
    return;
  }
  fetchModule(module.key, pin, (failure, source) => {
    module.failure = failure;
    module.source = source;
    module.state = FETCHED;
    for (const waiter of module.waiters) look(waiter);
    proceed();
  });
}

// The module that `path` means in the module `from`, for the call `call` ("require" or "include").
function moduleOf(from, call, path, asked) {
  let filename, key, pin;
  if (isUrl(path) || isUrl(from.filename)) {
    const url = isUrl(path) ? path : resolvedUrl(from.filename, path);
    const hash = url.indexOf("#");
    if (hash >= 0) pin = url.slice(hash + 1);
    filename = key = hash < 0 ? url : url.slice(0, hash);
  } else {
    try {
      [filename, key] = findFile(from, path);
    } catch (error) {
      // Told when its turn comes, as all that goes wrong with it.
      const missing = new Module(path, "", undefined);
      missing.failure = error;
      missing.state = FETCHED;
      missing.asked = asked;
      return missing;
    }
  }
  const namespace = call === "include" ? from.target : undefined;
  let known = required;
  if (namespace !== undefined) {
    known = included.get(namespace);
    if (known === undefined) included.set(namespace, (known = new Map()));
  }
  let module = known.get(key);
  if (module !== undefined && pin !== undefined && module.pin !== pin) {
    throw new Error(call + "(" + quoted(path) + "): it is loaded already, without this pin");
  }
  if (module !== undefined) return module;
  module = new Module(filename, key, namespace === undefined ? {} : namespace);
  module.asked = asked;
  module.pin = pin;
  known.set(key, module);
  fetchSource(module, pin);
  return module;
}

// Whether `module` waits for `other`, by whatever way.
function waitsFor(module, other, seen = new Set()) {
  const stack = [module];
  while (stack.length > 0) {
    const one = stack.pop();
    if (one === other) return true;
    if (seen.has(one)) continue;
    seen.add(one);
    for (const child of one.children) if (child.waiters.includes(one)) stack.push(child);
  }
  return false;
}

function addChild(from, call, path) {
  if (typeof path !== "string" || path === "") throw new TypeError(call + ": the path must be a string, not " + quoted(path));
  const shown = call + "(" + JSON.stringify(path) + ")";
  if (from.state === LOADED) throw new Error(shown + ": too late: " + from.filename + " is loaded, and its onLoad has run or runs");
  const child = moduleOf(from, call, path, new Error(shown));
  from.children.push(child);
  // In a cycle somebody must go first.
  if (child.state !== LOADED && !waitsFor(child, from)) {
    from.waits++;
    child.waiters.push(from);
  }
  look(from);
  // From the body on this happens behind it; a callback is not interrupted either.
  if (!working) node.setTimeout(proceed, 0);
  return child;
}

function look(module) {
  work.push(module);
}

function run(module) {
  module.state = RUN;
  if (module.failure !== undefined) {
    const text = "Error reading " + module.filename + ": " + module.failure.message;
    throw module.asked === undefined ? module.failure : explained(module.asked, text, module.failure);
  }
  const body = binding.moduleCompile(module.source, module.filename);
  module.source = undefined;
  const scope = {
    require: (path) => addChild(module, "require", path).target,
    include: (path) => void addChild(module, "include", path),
  };
  const hold = (callbacks) => (module.callbacks = callbacks);
  Reflect.apply(body, module.target, [module.target, scope.require, scope.include, module.filename, hold]);
  const { 1: onExit } = module.callbacks();
  if (typeof onExit === "function") binding.awaitSignals();
  if (module.children.length === 0) advance(module);
  else look(module);
}

// Runs the children of `module` whose turn has come; then, with all of them loaded, its onLoad.
function advance(module) {
  if (module.state !== RUN) return;
  while (module.next < module.children.length) {
    const child = module.children[module.next];
    if (child.state === FETCHING) {
      if (!child.waiters.includes(module)) child.waiters.push(module), module.waits++;
      return;
    }
    module.next++;
    if (child.state === FETCHED) run(child);
  }
  if (module.waits > 0) return;
  module.state = LOADED;
  const waiters = module.waiters;
  module.waiters = [];
  for (const waiter of waiters) {
    waiter.waits--;
    look(waiter);
  }
  const [onLoad] = module.callbacks();
  if (typeof onLoad === "function") Reflect.apply(onLoad, module, []);
  // It may have been assigned by now.
  if (typeof module.callbacks()[1] === "function") binding.awaitSignals();
}

// Looks at what is to be looked at.
function proceed() {
  if (working) return;
  working = true;
  // What a module throws ends the program: there is nothing to put right.
  for (let i = 0; i < work.length; i++) advance(work[i]);
  work.length = 0;
  working = false;
}

// Called by C++: runs the main script, whose namespace is the global object.
hooks.runMain = function runMain(source, name, realPath) {
  main = new Module(name, realPath, global);
  main.source = source;
  required.set(realPath, main);
  included.set(global, new Map([[realPath, main]]));
  working = true;
  run(main);
  working = false;
  proceed();
};

// --- The end ---

// Calls onExit of all modules that have run, children first, each once.
function runExitHandlers() {
  if (main === undefined) return;
  const stack = [[main, 0]];
  const seen = new Set([main]);
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    const [module, at] = top;
    if (at < module.children.length) {
      top[1]++;
      const child = module.children[at];
      if (!seen.has(child)) {
        seen.add(child);
        stack.push([child, 0]);
      }
      continue;
    }
    stack.pop();
    if (module.exited || module.callbacks === undefined) continue;
    module.exited = true;
    const onExit = exitHandlerOf(module);
    if (typeof onExit === "function") Reflect.apply(onExit, module, []);
  }
}

// A body that threw, or called node.exit, may not have come to `const onExit` yet.
function exitHandlerOf(module) {
  try {
    return module.callbacks()[1];
  } catch {
    return undefined;
  }
}

// Runs the onExit of all modules and ends the process with exit code `code` (an integer, default 0). Output that is
// queued is written first; other work that is under way is dropped. Inside of onExit it decides the exit code: what
// has not run yet still does.
node.exit = function exit(code) {
  exitCode = Math.trunc(Number(code)) || 0;
  exiting = true;
  runExitHandlers();
  binding.exit(exitCode);
};

// As node.exit, without the onExit of modules.
node.reallyExit = function reallyExit(code) {
  binding.exit(Math.trunc(Number(code)) || 0);
};

// Called by C++ for SIGINT and SIGTERM, as node.exit.
hooks.exit = function exit(code) {
  if (!exiting) node.exit(code);
};

// Called by C++ when nothing is left to wait for.
hooks.end = runExitHandlers;

// Runs `source` (a string) as a script in the global context: its declarations become global. `filename` (default
// "[compiled]") names it in errors. Returns the value of its last statement, throws what it throws.
node.compile = function compile(source, filename) {
  return binding.runGlobal(String(source), filename === undefined ? "[compiled]" : String(filename));
};
)js", 11938},
    // node.dns
    {"dns", R"js(// node.dns: names to records, and host names to addresses.

const { quoted } = hooks.chunks;

// RFC 1035, 3.2.2 and those that extend it.
const TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, CAA: 257 };
const SLOT_MASK = 0xfffff;

const waiting = []; // by slot, the low bits of a question's number

// Called by C++, once for each question: (number, values, ttl, cname), or (number, code, message). Without a cname it
// is the name that was asked for.
hooks.dnsReply = function dnsReply(id, first, second, third) {
  const slot = id & SLOT_MASK;
  const question = waiting[slot];
  waiting[slot] = undefined;
  settle(question.promise, question.shape, question.name, first, second, third);
};

function settle(promise, shape, name, first, second, third) {
  if (typeof first === "number") return promise.emitError([first, second]);
  if (shape !== undefined) first = shape(first);
  if (second === undefined) return promise.emitSuccess([first]);
  return promise.emitSuccess([first, second, third === undefined ? name : third]);
}

// A promise of what C++ has said at once, or will say.
function promiseOf(resolver, answer, name, shape) {
  const promise = new node.Promise();
  if (typeof answer === "number") {
    waiting[answer & SLOT_MASK] = { promise, shape, name, resolver }; // which must live until then
  } else {
    settle(promise, shape, name, answer[0], answer[1], answer[2]);
  }
  return promise;
}

// --- Records of more than one field, which come flat ---

function grouped(size, make) {
  return function (flat) {
    const records = [];
    for (let i = 0; i < flat.length; i += size) records.push(make(flat, i));
    return records;
  };
}
const mxOf = grouped(2, (flat, i) => ({ priority: flat[i], exchange: flat[i + 1] }));
const srvOf = grouped(4, (flat, i) => ({ priority: flat[i], weight: flat[i + 1], port: flat[i + 2], name: flat[i + 3] }));
const caaOf = grouped(3, (flat, i) => ({ flags: flat[i], tag: flat[i + 1], value: flat[i + 2] }));
function soaOf([mname, rname, serial, refresh, retry, expire, minimum]) {
  return { mname, rname, serial, refresh, retry, expire, minimum };
}

function checkName(call, name) {
  if (typeof name !== "string") throw new TypeError(call + ": the name must be a string, not " + quoted(name));
}

// --- Resolvers ---

// Checks an option and gives it back; undefined when it is not set.
function optionOf(options, name, check, what) {
  const value = options[name];
  if (value === undefined || value === null) return undefined;
  if (!check(value)) throw new TypeError("Resolver: " + name + " must be " + what + ", not " + quoted(value));
  return value;
}

function numberOf(options, name, least, most, whole) {
  const check = (value) => typeof value === "number" && value >= least && value <= most && (!whole || Number.isInteger(value));
  return optionOf(options, name, check, (whole ? "an integer" : "a number") + " from " + least + " to " + most);
}

function booleanOf(options, name) {
  return optionOf(options, name, (value) => typeof value === "boolean", "a boolean");
}

// A copy: an array may have getters, or be a proxy, and say something else when it is read again.
function stringsOf(options, name, what) {
  const value = options[name];
  if (value === undefined || value === null) return undefined;
  const copy = Array.isArray(value) ? Array.from(value) : [undefined];
  if (!copy.every((element) => typeof element === "string")) {
    throw new TypeError("Resolver: " + name + " must be an array of " + what + ", not " + quoted(value));
  }
  return copy;
}

// What C++ knows a resolver by is written onto it where no script can reach.
class Handle extends (function (object) { return object; }) { // which makes `this` the resolver
  #handle;
  constructor(resolver, handle) {
    super(resolver);
    this.#handle = handle;
  }
  static has(value) {
    return typeof value === "object" && value !== null && #handle in value;
  }
  static of(resolver) {
    if (!Handle.has(resolver)) throw new TypeError("dns: called on " + quoted(resolver) + ", which is no Resolver");
    return resolver.#handle;
  }
}
const handleOf = Handle.of;

let orphans; // tells C++ of resolvers that nobody has any more

// A resolver of its own: servers, time-outs and cache. What `options` (others are
// ignored) do not set follows /etc/resolv.conf and the environment:
//   servers: array of addresses, each with a port or without (53)
//   timeout 2, attempts 3, total 15: seconds of the first try, doubled with each
//     round through the servers; rounds; seconds in all
//   rotate: begin with another server each time
//   tcp: never UDP
//   udpSize 1232: bytes of an answer over UDP, offered by EDNS; 0: no EDNS
//   mixCase true: letters of a question in random case (0x20), against forgery
//   search, ndots 1: array of domains for names with fewer dots
//   cache 10000: answers that are kept; 0: none
// Throws for what is none of that. Has the functions of node.dns.
function Resolver(options) {
  // node.dns.Resolver() without `new` has node.dns for `this`, which is a Resolver already.
  if (!(this instanceof Resolver) || Handle.has(this)) return new Resolver(options);
  const given = options === undefined || options === null ? {} : options;
  const seconds = (name) => {
    const value = numberOf(given, name, 0.001, 3600, false);
    return value === undefined ? undefined : Math.ceil(value * 1000);
  };
  const handle = binding.dnsCreate({
    servers: stringsOf(given, "servers", "addresses"),
    search: stringsOf(given, "search", "domains"),
    ndots: numberOf(given, "ndots", 0, 15, true),
    timeoutMs: seconds("timeout"),
    attempts: numberOf(given, "attempts", 1, 20, true),
    totalMs: seconds("total"),
    udpSize: given.udpSize === 0 ? 0 : numberOf(given, "udpSize", 512, 65535, true),
    rotate: booleanOf(given, "rotate"),
    tcp: booleanOf(given, "tcp"),
    mixCase: booleanOf(given, "mixCase"),
    cache: numberOf(given, "cache", 0, 10000000, true),
  });
  if (orphans === undefined) orphans = new FinalizationRegistry((handle) => binding.dnsDestroy(handle));
  new Handle(this, handle);
  orphans.register(this, handle);
}

function define(name, type, shape) {
  Resolver.prototype[name] = function (domain) {
    checkName(name, domain);
    return promiseOf(this, binding.dnsResolve(handleOf(this), domain, type), domain, shape);
  };
  Object.defineProperty(Resolver.prototype[name], "name", { value: name });
}

// Each of them asks DNS servers (not /etc/hosts) for the records of `name`, with
// the search list where that applies, and returns a promise: success `(records,
// ttl, cname)`, where ttl is the number of seconds for which all of it holds and
// cname the name at the end of the aliases, without a dot; error `(code,
// message)`, where code is one of node.dns.TEMPFAIL and its like. Throws for what
// is no string. RFC 1035; names that are not ASCII are BADQUERY.
//   resolve4, resolve6 (RFC 3596): addresses as text, in the answer's order
//   resolveNs, resolveCname, resolvePtr: names
//   resolveMx: { priority, exchange }
//   resolveTxt: an array of its strings for each record
//   resolveSrv (RFC 2782): { priority, weight, port, name }
//   resolveSoa: one { mname, rname, serial, refresh, retry, expire, minimum }
//   resolveCaa (RFC 8659): { flags, tag, value }
define("resolve4", TYPES.A);
define("resolve6", TYPES.AAAA);
define("resolveNs", TYPES.NS);
define("resolveCname", TYPES.CNAME);
define("resolvePtr", TYPES.PTR);
define("resolveMx", TYPES.MX, mxOf);
define("resolveTxt", TYPES.TXT);
define("resolveSrv", TYPES.SRV, srvOf);
define("resolveSoa", TYPES.SOA, soaOf);
define("resolveCaa", TYPES.CAA, caaOf);

// The names of `address` (IPv4 or IPv6, as text): a promise as above, of an array
// of domains; cname is the name under in-addr.arpa or ip6.arpa. Throws for what is
// no address.
Resolver.prototype.reverse = function reverse(address) {
  const answer = typeof address === "string" ? binding.dnsReverse(handleOf(this), address) : undefined;
  if (answer === undefined) throw new TypeError("reverse: " + quoted(address) + " is no IPv4 or IPv6 address");
  return promiseOf(this, answer);
};

// The addresses of a host, as connections look them up: `name` may be an address,
// "localhost" (RFC 6761), a name of /etc/hosts, or one that DNS servers know.
// `options`: family (4, 6, or 0 for both, the default), ipv6First (default
// false). Returns a promise of an array of texts; error as above. Throws for what
// is no string.
Resolver.prototype.lookup = function lookup(name, options) {
  checkName("lookup", name);
  const given = options === undefined || options === null ? {} : options;
  const family = given.family === undefined ? 0 : given.family;
  if (family !== 0 && family !== 4 && family !== 6) throw new TypeError("lookup: family must be 0, 4 or 6, not " + quoted(family));
  return promiseOf(this, binding.dnsLookup(handleOf(this), name, family, given.ipv6First === true));
};

Object.defineProperties(Resolver.prototype, {
  // The servers in force, as texts: "192.0.2.1:53", "[2001:db8::1]:5353". Setting
  // them (the port may be left out; undefined: those of the system again) throws
  // for what is no address.
  servers: {
    get() {
      return binding.dnsServers(handleOf(this));
    },
    set(servers) {
      binding.dnsSetServers(handleOf(this), servers === null ? undefined : servers);
    },
    enumerable: true,
    configurable: true,
  },
  // clear() forgets all answers; size is how many are kept.
  cache: {
    get() {
      handleOf(this);
      if (!caches.has(this)) caches.set(this, new Cache(this));
      return caches.get(this);
    },
    enumerable: true,
    configurable: true,
  },
});

const caches = new WeakMap(); // by resolver

// Holds its resolver, which must live as long.
function Cache(resolver) {
  Object.defineProperty(this, "_resolver", { value: resolver });
}

// Forgets all answers.
Cache.prototype.clear = function clear() {
  binding.dnsClearCache(handleOf(this._resolver));
};

Object.defineProperty(Cache.prototype, "size", {
  get() {
    return binding.dnsCacheSize(handleOf(this._resolver));
  },
  configurable: true,
});

// The resolver that connections use, with these besides.
const dns = Object.create(Resolver.prototype);
new Handle(dns, 0); // that of the system
for (const name of Object.getOwnPropertyNames(Resolver.prototype)) {
  const property = Object.getOwnPropertyDescriptor(Resolver.prototype, name);
  if (name === "constructor") continue;
  // Programs take functions off node.dns.
  if (typeof property.value === "function") property.value = property.value.bind(dns);
  Object.defineProperty(dns, name, { ...property, enumerable: true });
}

// The codes of failures.
const CODES = {
  TEMPFAIL: -1, // a time-out, SERVFAIL or the like: may work later
  PROTOCOL: -2, // a garbled reply
  NXDOMAIN: -3, // there is no such name
  NODATA: -4, // the name has no records of that type
  NOMEM: -5, // too much is under way
  BADQUERY: -6, // not a name
};
Object.assign(dns, CODES, { Resolver });

node.dns = dns;
// For tcp.js: what a script does to node.dns must not matter there.
hooks.dnsCodes = CODES;
)js", 11222},
    // ARGV
    {"process", R"js(// ARGV and node.http.STATUS_CODES.

// Called by C++ before the script: nothing of this process may be known earlier,
// since all above lies in the startup snapshot.
hooks.boot = (function boot(argv) {
  global.ARGV = argv;
});

// STATUS_CODES: status code -> reason phrase.
Object.defineProperty(node.http, "STATUS_CODES", {
  get() {
    const codes = {};
    for (let code = 100; code < 600; code++) {
      const phrase = binding.reasonPhrase(code);
      if (phrase !== "Unknown") codes[code] = phrase;
    }
    Object.defineProperty(node.http, "STATUS_CODES", { __proto__: null, value: codes, writable: true, configurable: true });
    return codes;
  },
  configurable: true,
});
)js", 691},
};

}  // namespace node::bundle
