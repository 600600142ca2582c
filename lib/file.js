// node.fs.File: a file with a queue of actions; stdin, stdout and stderr.

const { bytesOf, isBytes } = hooks.chunks;
const { makeError } = hooks.head;
const { offers, own } = hooks;
const { later } = own;
hooks.provide("files");
const { Operation, encodingOf, failLater, integerOf, pathOf, shownAs, startClose, startRead, startWrite, submit, succeed } = hooks.files;

const MODES = hooks.openModes;
// As node.ASCII and its like.
const NUMBERS = { ascii: 0, utf8: 1, raw: 2, bytes: 3 };

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
own.inherits(File, own.EventEmitter);

// One action: a promise. `begin(action)` starts it, when its turn has come; `take` as of Operation.
function Action(file, begin, take) {
  Operation.call(this, undefined, take, undefined);
  this._file = file;
  this._begin = begin;
}
own.inherits(Action, Operation);

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
  if (file._queue.length === 1) beginFirst(file._queue);
  return action;
}

// Begins the first of the queue in a script's call, which gets what that throws: an encoding that has no text, or no
// stack left. What was not begun does not stand in the way of others.
function beginFirst(queue) {
  try {
    begin(queue[0]);
  } catch (error) {
    // Not shift(), which is a call.
    for (let i = 1; i < queue.length; i++) queue[i - 1] = queue[i];
    queue.length--;
    if (queue.length > 0) beginFirst(queue);
    throw error;
  }
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
own.inherits(WrittenAt, Operation);

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
function bindWhenTaken(name) {
  const method = File.prototype[name];
  const keep = (file, value) => Object.defineProperty(file, name, { __proto__: null, value, writable: true, configurable: true });
  own.defineProperty(File.prototype, name, {
    __proto__: null,
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
bindWhenTaken("open");
bindWhenTaken("close");
bindWhenTaken("read");
bindWhenTaken("write");
bindWhenTaken("print");
bindWhenTaken("puts");

offers.File = File;

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
function standard(fd) {
  const file = new File({ __proto__: null, fd, encoding: undefined });
  if (fd === 0) return file;
  file._output = fd;
  hooks.output.attach(fd, file);
  return file;
}
offers.stdin = standard(0);
offers.stdout = standard(1);
offers.stderr = standard(2);
