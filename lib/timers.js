// setTimeout, setInterval, clearTimeout, clearInterval and node.Timer.
//
// Timers of one duration form a list, which is in order of due time by itself;
// a binary heap holds the lists by their first timer. Setting and clearing
// cost no call into C++ unless the earliest due time changes.

const lists = new Map(); // duration in ms -> List
const heap = []; // of lists, the earliest first
let armedFor = Infinity; // the due time C++ knows of
let sequence = 0;
let firing = false;

const MAX_DELAY = 2 ** 53;

// A timer, as setTimeout and setInterval return it.
function Timer() {
  this._duration = 0;
  this._repeat = -1; // ms until it fires again; -1: it does not
  this._callback = undefined;
  this._due = 0;
  this._sequence = 0;
  this._list = undefined;
  this._next = undefined;
  this._previous = undefined;
}
node.inherits(Timer, node.EventEmitter);

function List(duration) {
  this.duration = duration;
  this.first = undefined;
  this.last = undefined;
  this.index = -1; // in the heap
}

function before(a, b) {
  const x = a.first;
  const y = b.first;
  return x._due < y._due || (x._due === y._due && x._sequence < y._sequence);
}

function place(list, index) {
  heap[index] = list;
  list.index = index;
}

function siftUp(list, index) {
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!before(list, heap[parent])) break;
    place(heap[parent], index);
    index = parent;
  }
  place(list, index);
}

function siftDown(list, index) {
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++;
    if (!before(heap[child], list)) break;
    place(heap[child], index);
    index = child;
  }
  place(list, index);
}

function dropList(list) {
  const index = list.index;
  const last = heap.pop();
  list.index = -1;
  lists.delete(list.duration);
  if (last === list) return;
  siftUp(last, index);
  siftDown(last, last.index);
}

function arm() {
  if (firing) return;
  const due = heap.length > 0 ? heap[0].first._due : Infinity;
  if (due === armedFor) return;
  armedFor = due;
  if (due === Infinity) binding.disarmTimer();
  else binding.armTimer(due);
}

function start(timer) {
  timer._due = binding.now() + timer._duration;
  timer._sequence = ++sequence;
  let list = lists.get(timer._duration);
  if (list === undefined) {
    list = new List(timer._duration);
    lists.set(timer._duration, list);
  }
  timer._list = list;
  timer._previous = list.last;
  timer._next = undefined;
  if (list.last !== undefined) list.last._next = timer;
  else list.first = timer;
  list.last = timer;
  if (list.index < 0) {
    heap.push(list);
    siftUp(list, heap.length - 1);
    if (list.index === 0) arm();
  }
}

function stop(timer) {
  const list = timer._list;
  if (list === undefined) return;
  const wasFirst = list.first === timer;
  if (timer._previous !== undefined) timer._previous._next = timer._next;
  else list.first = timer._next;
  if (timer._next !== undefined) timer._next._previous = timer._previous;
  else list.last = timer._previous;
  timer._list = timer._next = timer._previous = undefined;
  if (list.first === undefined) dropList(list);
  else if (wasFirst) siftDown(list, list.index);
  if (wasFirst) arm();
}

function milliseconds(value) {
  const number = Math.trunc(Number(value));
  if (!(number > 0)) return 0; // NaN, absent and negative included
  return Math.min(number, MAX_DELAY);
}

function fire(timer) {
  if (timer._repeat >= 0) {
    timer._duration = timer._repeat;
    start(timer);
  }
  if (timer._callback !== undefined) Reflect.apply(timer._callback, timer, []);
  if (timer._events !== undefined) timer.emit("timeout", []);
}

let batchTime = 0;
let batchNewest = 0;

function isDue(timer) {
  return timer._due <= batchTime && timer._sequence <= batchNewest;
}

// Called by C++ when the earliest timer is due, and again while it returns true:
// fires one timer a call, so that microtasks run in between. In order of due
// time, then of creation; what the callbacks start waits for the next turn.
hooks.timers = function timers(first) {
  if (first) {
    batchTime = binding.now();
    batchNewest = sequence;
    armedFor = Infinity;
    firing = true;
  }
  if (heap.length > 0 && isDue(heap[0].first)) {
    const timer = heap[0].first;
    stop(timer);
    fire(timer);
  }
  if (heap.length > 0 && isDue(heap[0].first)) return true;
  firing = false;
  arm();
  return false;
};

function create(callback, delay, repeat) {
  const timer = new Timer();
  timer._duration = milliseconds(delay);
  if (repeat) timer._repeat = timer._duration;
  timer._callback = callback;
  start(timer);
  return timer;
}

// Calls `callback` once, without arguments and with `this` = the timer, when
// `delay` milliseconds (an integer; default 0) have gone, in a later turn.
// Returns the timer. What is not a function is ignored.
function setTimeout(callback, delay) {
  return typeof callback === "function" ? create(callback, delay, false) : new Timer();
}

// As setTimeout, again and again every `delay` milliseconds.
function setInterval(callback, delay) {
  return typeof callback === "function" ? create(callback, delay, true) : new Timer();
}

// Stops a timer of either kind; harmless when it has fired, was cleared, or is
// null or undefined.
function clearTimeout(timer) {
  if (timer instanceof Timer) {
    timer._repeat = -1;
    stop(timer);
  }
}

// Starts the timer, again if it runs: emits `timeout` after `after` ms, then
// each `repeat` ms unless that is 0 or absent. What setTimeout was given is
// called as well.
Timer.prototype.start = function (after, repeat) {
  stop(this);
  const interval = milliseconds(repeat);
  this._repeat = interval > 0 ? interval : -1;
  this._duration = milliseconds(after);
  start(this);
};

Object.defineProperty(Timer.prototype, "repeat", {
  // Milliseconds between two events, 0 when there will be but one.
  get() {
    return Math.max(this._repeat, 0);
  },
  set(value) {
    const interval = milliseconds(value);
    this._repeat = interval > 0 ? interval : -1;
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
