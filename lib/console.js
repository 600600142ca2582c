// puts, print, p and node.debug: text to standard output and error.

const STDOUT = 1;
const waiting = []; // promises of unwritten text that somebody listens to
let queued = 0; // bytes given to standard output since the start

// The promise of one puts: settles when its bytes have been written. It costs
// nothing until somebody listens.
function Written(bytes) {
  this._bytes = bytes;
  this._end = queued;
  this._watched = false;
}
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
  while (waiting.length > 0 && waiting[0]._end <= settled) {
    const promise = waiting.shift();
    if (error !== undefined) promise.emitError([error]);
    else promise.emitSuccess([promise._bytes]);
  }
  return waiting.length > 0;
};

function write(data) {
  const bytes = binding.writeOutput(STDOUT, data);
  queued += bytes;
  return new Written(bytes);
}

// Writes `x` as a string and a newline to standard output, in UTF-8. Queued:
// never blocks. Returns a promise of the number of bytes.
function puts(x) {
  return write(String(x) + "\n");
}

// As puts, without the newline. An array of integers is written as bytes.
function print(x) {
  return write(Array.isArray(x) ? Uint8Array.from(x) : String(x));
}

// Writes the JSON form of `x` and a newline; `undefined` for what has none.
function p(x) {
  return puts(JSON.stringify(x));
}

global.puts = puts;
global.print = print;
global.p = p;

// Writes "DEBUG: ", `x` and a newline to standard error, at once: blocks until
// it is written.
node.debug = function debug(x) {
  binding.writeError("DEBUG: " + String(x) + "\n");
};
