// puts, print, p and node.debug: text to standard output and error.

const STDOUT = 1;
const waiting = []; // promises of unwritten text that somebody listens to
let queued = 0; // bytes given to standard output since the start

// Functions in parentheses are compiled at once, so that the snapshot has their
// code: what nearly every script calls is not compiled at each start.

// The promise of one puts: settles when its bytes have been written. It costs
// nothing until somebody listens.
const Written = (function Written(bytes) {
  this._bytes = bytes;
  this._end = queued;
  this._watched = false;
});
node.inherits(Written, node.Promise);

// As of node.Promise; the first listener makes C++ watch the output.
Written.prototype.addListener = function (event, listener) {
  node.Promise.prototype.addListener.call(this, event, listener);
  if (!this._watched) {
    this._watched = true;
    waiting.push(this);
    binding.watchOutput();
  }
  return this;
};

// Called by C++ when bytes have been written, or lost to the error `error`.
hooks.written = function written(settled, error) {
  // What listeners print now waits for the next call.
  for (let count = waiting.length; count > 0 && waiting[0]._end <= settled; count--) {
    const promise = waiting.shift();
    if (error !== undefined) promise.emitError([error]);
    else promise.emitSuccess([promise._bytes]);
  }
  return waiting.length > 0;
};

const write = (function write(data) {
  const bytes = binding.writeOutput(STDOUT, data);
  queued += bytes;
  return new Written(bytes);
});

// Writes `x` as a string and a newline to standard output, in UTF-8. Queued:
// never blocks. Returns a promise of the number of bytes.
global.puts = (function puts(x) {
  return write(String(x) + "\n");
});

// As puts, without the newline. An array of integers is written as bytes.
global.print = function print(x) {
  return write(Array.isArray(x) ? Uint8Array.from(x) : String(x));
};

// Writes the JSON form of `x` and a newline; `undefined` for what has none.
global.p = function p(x) {
  return write(JSON.stringify(x) + "\n");
};

// Writes "DEBUG: ", `x` and a newline to standard error, at once: blocks until
// it is written.
node.debug = function debug(x) {
  binding.writeError("DEBUG: " + String(x) + "\n");
};

// A value as console.log shows it: strings as they are, errors with their stack,
// other objects as JSON.
function shown(value) {
  if (typeof value === "string") return value;
  if (value instanceof Error) return String(value.stack);
  if (typeof value === "object" && value !== null) {
    try {
      return JSON.stringify(value);
    } catch {
      return String(value); // it refers to itself
    }
  }
  return typeof value === "bigint" ? value + "n" : String(value);
}

function line(values) {
  return values.map(shown).join(" ") + "\n";
}

// console.log, info and debug print their arguments, separated by blanks, as
// puts does; warn and error write them to standard error at once. The engine's
// own console, which needs an inspector, would print nothing.
function log(...values) {
  write(line(values));
}
function warn(...values) {
  binding.writeError(line(values));
}
global.console = { log, info: log, debug: log, warn, error: warn };
