// node.createProcess and node.Process: child processes.

const { bytesOf, encodingIndex, encodingName, isUtf8, pieceOf, quoted } = hooks.chunks;
const { makeError } = hooks.head;
const { offers, own } = hooks;

const children = []; // by slot, the low bits of an id
const SLOT_MASK = 0xfffff;
const STATE = own.Symbol("process");
const EVENTS = ["output", "error"];

// By the names that node.SIGHUP ... node.SIGSYS have.
const signals = binding.signalNumbers();

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
own.inherits(Process, own.EventEmitter);

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

own.defineProperty(Process.prototype, "pid", {
  __proto__: null,
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

offers.Process = Process;

// A new process, on which spawn(command, options) has been called.
offers.createProcess = function createProcess(command, options) {
  const child = new Process();
  child.spawn(command, options);
  return child;
};
