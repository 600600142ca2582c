// puts, print, p, node.debug, console, and the queues of standard output and error, which File shares.

const { later } = hooks.own;
// Read now, it is made for the snapshot, not at each start.
const { writeOutput } = binding;
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
  let bytes = writeOutput(queue.descriptor, data);
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
  return hooks.textOf(value);
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
