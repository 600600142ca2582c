// Written by amalgamate.py from lib/; edit there, then: make amalgamate. Digest eaf86eeb429906de
#pragma once

#include <cstddef>

namespace node::bundle {

// One file of lib/: its name without ".js", the part that it belongs to ("": evaluated for the snapshot), and
// its text, pure ASCII, for an external string of V8.
struct Library {
  const char* name;
  const char* part;
  const char* text;
  size_t size;
};

// In the order in which they run.
inline constexpr Library kLibraries[] = {
    // node.EventEmitter, node.Promise, node.inherits
    {"events", "", R"js(



function EventEmitter() {}



function Table() {}
Table.prototype = Object.create(null);


function tableOf(emitter) {
  const table = emitter._events;
  if (table !== undefined && Object.prototype.hasOwnProperty.call(emitter, "_events")) return table;
  return (emitter._events = new Table());
}

function has(emitter, event) {
  return Object.prototype.hasOwnProperty.call(emitter, "_events") && emitter._events[event] !== undefined;
}



EventEmitter.prototype.addListener = function addListener(event, listener) {
  if (typeof listener === "function") {
    const table = tableOf(this);
    const list = table[event];

    if (list) list.push(listener);
    else table[event] = [listener];
  }
  return this;
};



EventEmitter.prototype.listeners = function listeners(event) {
  const table = tableOf(this);
  return table[event] || (table[event] = []);
};





EventEmitter.prototype.emit = function emit(event, args) {
  const table = this._events;
  if (table === undefined) return false;
  const list = table[event];

  if (list === undefined || !Object.prototype.hasOwnProperty.call(this, "_events")) return false;
  const values = Array.isArray(args) ? args : [];
  for (let i = 0; i < list.length; i++) Reflect.apply(list[i], this, values);
  return true;
};




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

    constructor: { __proto__: null, value: Child, enumerable: false, writable: true, configurable: true },
  });
}





function Promise() {}
inherits(Promise, EventEmitter);

function settle(promise, event, args) {
  if (promise._outcome !== undefined) return false;
  const values = Array.isArray(args) ? args : [];
  promise._outcome = { event, values };
  EventEmitter.prototype.emit.call(promise, event, values);
  return true;
}



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



Promise.prototype.emit = function emit(event, args) {
  const name = String(event);
  if (name !== "success" && name !== "error") return EventEmitter.prototype.emit.call(this, event, args);
  const heard = has(this, name);
  return settle(this, name, args) && heard;
};


Promise.prototype.addCallback = function addCallback(listener) {
  this.addListener("success", listener);
  return this;
};


Promise.prototype.addErrback = function addErrback(listener) {
  this.addListener("error", listener);
  return this;
};



Promise.prototype.emitSuccess = function emitSuccess(args) {
  return settle(this, "success", args);
};



Promise.prototype.emitError = function emitError(args) {
  return settle(this, "error", args);
};


function textOf(value) {
  try {
    return String(value);
  } catch {
    return "[" + typeof value + "]";
  }
}
hooks.textOf = textOf;


function comesTo(value, promise) {
  for (let step = 0; step < 100; ++step) {
    if (value === promise) return true;
    if (!(value instanceof Promise) || value._outcome === undefined || value._outcome.event !== "success") return false;
    value = value._outcome.values[0];
  }
  return false;
}


Promise.prototype.then = function then(onFulfilled, onRejected) {
  return new NativePromise((resolve, reject) => {
    this.addCallback((value) => {
      if (!comesTo(value, this)) return resolve(value);

      reject(new TypeError("the promise has succeeded with itself"));
    });
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
)js", 4454},
    // parts of the library that are evaluated when they are first asked for
    {"lazy", "", R"js(









const {
  create, defineProperty, getOwnPropertyDescriptor, getOwnPropertyNames, hasOwn, isExtensible, setPrototypeOf,
} = Object;
const { apply } = Reflect;
const { bind } = Function.prototype;
const { prototype } = Object;
const { ceil, clz32, floor, min, trunc } = Math;


hooks.Given = function Given(object) {
  return object;
};

let links; // of the part that is being evaluated: what is to inherit from what
const parts = { __proto__: null }; // what each offers, by name; null while it is being evaluated


function bare(object, parent = prototype) {
  links = { __proto__: null, object: setPrototypeOf(object, null), parent, next: links };
  return object;
}


function inherits(Child, Parent) {
  defineProperty(Child, "super_", { __proto__: null, value: Parent, writable: true, enumerable: true, configurable: true });
  Child.prototype = bare(create(null), Parent.prototype);
  defineProperty(Child.prototype, "constructor", { __proto__: null, value: Child, writable: true, configurable: true });
}


hooks.own = {
  __proto__: null,
  bare, create, defineProperty, getOwnPropertyDescriptor, getOwnPropertyNames, hasOwn, inherits, isExtensible, apply,
  bind: (callee, self) => apply(bind, callee, [self]),
  isInteger: Number.isInteger,
  ceil, clz32, floor, min, trunc,
  later: (callback, delay) => hooks.provide("timers").setTimeout(callback, delay),
  EventEmitter: node.EventEmitter,
  Promise: node.Promise,
  Float64Array, Map, Symbol, WeakMap, FinalizationRegistry,
  register: FinalizationRegistry.prototype.register,
};


hooks.lazy = function lazy(object, part, names) {
  for (let i = 0; i < names.length; i++) binding.defineLazy(object, names[i], part);
};



hooks.provide = function provide(part) {
  if (parts[part]) return parts[part];
  if (parts[part] === null) throw new Error("node: internal error: the part " + part + " needs itself");
  const outer = { offers: hooks.offers, links };
  const offers = { __proto__: null };
  hooks.offers = offers;
  links = undefined;
  parts[part] = null;
  try {
    binding.evaluatePart(part, node, global, binding, hooks, NativePromise);
    for (; links !== undefined; links = links.next) setPrototypeOf(links.object, links.parent);
    parts[part] = offers;
  } finally {
    if (parts[part] === null) parts[part] = undefined;
    hooks.offers = outer.offers;
    links = outer.links;
  }
  return offers;
};


hooks.lazy(node, "timers", ["Timer", "setTimeout"]);
hooks.lazy(global, "timers", ["setTimeout", "setInterval", "clearTimeout", "clearInterval"]);
)js", 2544},
    // puts, print, p, node.debug, console; the queues of standard output and error
    {"console", "", R"js(

const { later } = hooks.own;

const { writeOutput } = binding;
const QUIET = 4; // answers of the hook; see bind_console.cc
const HEARD = 2;
const WAITING = 1;


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

const LOSSES = 100;






const Written = (function Written(queue, bytes) {
  this._queue = queue;
  this._bytes = bytes;
  this._end = queue.queued;
  this._watched = false;
});
node.inherits(Written, node.Promise);


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


function settleWaiting(queue) {
  let heard = false;

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

    if (queue === STDOUT && !hearsErrors(queue.file)) endInVain();
    bytes = -1 - bytes;
  }
  queue.queued += bytes;
  return new Written(queue, bytes);
});

hooks.output = {

  attach(descriptor, file) {
    (descriptor === 1 ? STDOUT : STDERR).file = file;
  },


  write(descriptor, data) {
    return write(descriptor === 1 ? STDOUT : STDERR, data instanceof ArrayBuffer ? new Uint8Array(data) : data);
  },


  whenDone(descriptor, then) {
    new Written(descriptor === 1 ? STDOUT : STDERR, 0).addCallback(then);
  },
};








global.puts = (function puts(x) {
  return write(STDOUT, String(x) + "\n");
});



global.print = function print(x) {
  if (Array.isArray(x)) return write(STDOUT, Uint8Array.from(x));
  if (typeof x === "string" || !hooks.chunks.isBytes(x)) return write(STDOUT, String(x));
  return write(STDOUT, x instanceof ArrayBuffer ? new Uint8Array(x) : x);
};


global.p = function p(x) {
  return write(STDOUT, JSON.stringify(x) + "\n");
};



node.debug = function debug(x) {
  binding.writeError("DEBUG: " + String(x) + "\n");
};


function isNotOurs(frame) {
  return !/^ +at (?:.*\()?node:[a-z_]+:[0-9]/.test(frame);
}



function shown(value) {
  if (typeof value === "string") return value;
  if (typeof value === "bigint") return value + "n";
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return String(value);
  try {
    if (value instanceof Error) return String(value.stack).split("\n").filter(isNotOurs).join("\n");
    if (typeof value === "object") return JSON.stringify(value);
  } catch {

  }
  return hooks.textOf(value);
}

function line(values) {
  return values.map(shown).join(" ") + "\n";
}




function log(...values) {
  write(STDOUT, line(values));
}
function warn(...values) {
  write(STDERR, line(values));
}
global.console = { log, info: log, debug: warn, warn, error: warn };
)js", 5346},
    // node.http.parseUri
    {"uri", "", R"js(


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

  const colon = hostPort.indexOf(":", hostPort.lastIndexOf("]") + 1);
  uri.host = colon < 0 ? hostPort : hostPort.slice(0, colon);
  if (colon >= 0 && colon + 1 < hostPort.length) uri.port = hostPort.slice(colon + 1);
}





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

hooks.uri = { decode, parseUri };
node.http = { parseUri };
)js", 2587},
    // encodings and pieces of data, for all that streams
    {"chunks", "", R"js(


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


function isBytes(data) {
  return (isView(data) && data instanceof Uint8Array) || isBuffer(data);
}

function shared() {
  return sharedPiece || (sharedPiece = binding.sharedPiece());
}


function integers(bytes, length = bytes.length) {
  const array = new Array(length);
  for (let i = 0; i < length; i++) array[i] = bytes[i];
  return array;
}

hooks.chunks = {

  encodingName(encoding) {
    const name = String(encoding).toLowerCase();
    return ENCODINGS.includes(name) ? name : "raw";
  },


  encodingIndex(name) {
    return ENCODINGS.indexOf(name);
  },


  isUtf8(encoding) {
    return encoding !== undefined && String(encoding).toLowerCase() === "utf8";
  },


  bytesOf(data, complaint) {
    if (typeof data === "string" || isBytes(data)) return data;
    if (Array.isArray(data)) return Uint8Array.from(data);
    throw new TypeError(complaint + " must be a string, an array of bytes, or a Uint8Array");
  },



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


  byteLength(data, utf8) {
    if (typeof data !== "string") return data.byteLength;
    return utf8 ? binding.utf8Length(data) : data.length;
  },

  integers,
  isBytes,



  pieceOf(encoding, chunk) {
    if (typeof chunk === "number") {
      return encoding === "raw" ? integers(shared(), chunk) : shared().slice(0, chunk);
    }
    return encoding === "raw" && typeof chunk !== "string" ? integers(chunk) : chunk;
  },


  joinBytes(pieces, length) {
    const all = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  },


  quoted(value) {
    return typeof value === "string" ? JSON.stringify(value) : hooks.textOf(value);
  },
};



node.encodeUtf8 = function encodeUtf8(bytes) {
  if (Array.isArray(bytes)) return binding.utf8Text(Uint8Array.from(bytes));
  if (isBytes(bytes)) return binding.utf8Text(bytes);
  throw new TypeError("encodeUtf8: the bytes must be an array, a Uint8Array or an ArrayBuffer, not " + hooks.chunks.quoted(bytes));
};
)js", 2745},
    // headers, for http.js and http_client.js
    {"head", "", R"js(

const { quoted } = hooks.chunks;


const TOKEN = /^[!#$%&'*+.^_\x60|~0-9A-Za-z-]+$/;
const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/;




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


function trimmed(text, start, end) {
  while (start < end && (text[start] === " " || text[start] === "\t")) start++;
  while (end > start && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  return text.slice(start, end);
}

function parseHeaders(head) {

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


function has(emitter, event) {
  return emitter._events !== undefined && emitter._events[event] !== undefined && emitter._events[event].length > 0;
}


function makeError(syscall, errno, text) {
  const error = new Error(syscall + " " + errno + " " + text);
  error.errno = errno;
  error.syscall = syscall;
  return error;
}




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
)js", 3459},
    // node.tcp
    {"tcp", "", R"js(

const { bytesOf, encodingIndex, encodingName, isUtf8, pack, pieceOf, quoted } = hooks.chunks;

const { readOptions } = hooks.head;

const OPTIONS = { __proto__: null, timeout: 1e6, outputLimit: 1e15, connections: 1e6 }; // of servers
const connections = []; // by slot, the low bits of an id; of those that C++ knows
const SLOT_MASK = 0xfffff;
const servers = []; // by handle



function Connection() {}
node.inherits(Connection, node.EventEmitter);


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


function find(id) {
  const connection = connections[id & SLOT_MASK];
  return connection !== undefined && connection._tcp.id === id ? connection : undefined;
}

Object.defineProperties(Connection.prototype, {


  readyState: {
    get() {
      return stateOf(this).ready;
    },
    configurable: true,
  },

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


function portOf(call, port) {
  if (typeof port === "string" && port.includes("/")) return port;
  const number = typeof port === "number" || (typeof port === "string" && /^[0-9]+$/.test(port)) ? Number(port) : NaN;
  if (!Number.isInteger(number) || number < 0 || number > 65535) {
    throw new RangeError(call + ": the port must be an integer from 0 to 65535 or a path, not " + quoted(port));
  }
  return number;
}


function hostOf(host, otherwise) {
  if (host === undefined || host === null || host === "") return otherwise;
  const name = String(host); // which may run a script
  return /^\[.*:.*\]$/.test(name) ? name.slice(1, -1) : name;
}





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





Connection.prototype.send = function send(data, encoding) {
  const state = stateOf(this);
  if (state.ready !== "open" && state.ready !== "writeOnly") throw new Error("send: the connection is " + state.ready);
  const packed = Array.isArray(data) ? pack(data) : -1;
  const bytes = packed < 0 ? bytesOf(data, "send: the data") : packed;
  return binding.tcpSend(state.id, bytes, isUtf8(encoding));
};




Connection.prototype.setEncoding = function setEncoding(encoding) {
  const state = stateOf(this);
  state.encoding = encodingName(encoding);
  if (state.id >= 0) binding.tcpSetEncoding(state.id, encodingIndex(state.encoding));
  return state.encoding;
};



Connection.prototype.close = function close() {
  const state = stateOf(this);
  if (state.ready === "closed" || state.ready === "readOnly") return;
  state.ready = state.ready === "writeOnly" ? "closed" : "readOnly";
  binding.tcpClose(state.id, false);
};


Connection.prototype.fullClose = function fullClose() {
  const state = stateOf(this);
  if (state.id < 0) return;
  state.ready = "closed";
  binding.tcpClose(state.id, true);
};



Connection.prototype.forceClose = function forceClose() {
  const state = stateOf(this);
  if (state.id < 0) return;
  const id = state.id;
  detach(this);
  binding.tcpAbort(id);
};


Connection.prototype.pause = function pause() {
  const state = stateOf(this);
  if (state.id >= 0) binding.tcpSetReading(state.id, false);
};


Connection.prototype.resume = function resume() {
  const state = stateOf(this);
  if (state.id >= 0) binding.tcpSetReading(state.id, true);
};




hooks.tcpAccept = function tcpAccept(handle, id) {
  const server = servers[handle];
  const connection = new Connection();
  connection.server = server;
  attach(connection, id, "open");
  connection.remoteAddress; // to be read after the end, too
  server.emit("connection", [connection]);
};


function emitReceive(connection, piece) {
  if (connection.emit !== node.EventEmitter.prototype.emit) return connection.emit("receive", [piece]);
  if (!Object.prototype.hasOwnProperty.call(connection, "_events")) return;
  const list = connection._events.receive;
  if (list === undefined) return;
  for (let i = 0; i < list.length; i++) Reflect.apply(list[i], connection, [piece]);
}


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

      if (state.owner !== undefined) state.owner.drained();
      if (state.id === id) connection.emit("drain", []); // a listener may have made another connection
      break;
    case 4:
      if (state.ready !== "closed") connection.emit("timeout", []);
      if (state.owner !== undefined && state.id === id) state.owner.silent();
      break;
  }
};


hooks.dnsCodes = {
  __proto__: null,
  TEMPFAIL: -1, // a time-out, SERVFAIL or the like: may work later
  PROTOCOL: -2, // a garbled reply
  NXDOMAIN: -3, // there is no such name
  NODATA: -4, // the name has no records of that type
  NOMEM: -5, // too much is under way
  BADQUERY: -6, // not a name
};


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



hooks.tcp = { Connection, stateOf, attach, detach, portOf, hostOf, find };


hooks.tcpAdopt = function (id, server) {
  const connection = new Connection();
  connection.server = server;
  attach(connection, id, "open");
  return connection;
};









function Server(listener, options) {
  this.addListener("connection", listener);
  this._options = readOptions("createServer", options, OPTIONS);
  this._handle = -1;
}
node.inherits(Server, node.EventEmitter);


Server.prototype._open = function (port, host, backlog) {
  const handle = binding.tcpListen(port, host, backlog, this._options);
  servers[handle] = this;
  return handle;
};
Server.prototype._shut = binding.tcpCloseServer;
Server.prototype._port = binding.tcpListeningPort;







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

  get() {
    return this._handle < 0 ? undefined : this._port(this._handle);
  },
  configurable: true,
});



Server.prototype.close = function close() {
  if (this._handle < 0) return;
  const handle = this._handle;
  this._handle = -1;
  this._shut(handle, () => this.emit("drained", []));
  this.emit("close", [0]);
};



function createServer(listener, options) {
  return new Server(listener, options);
}


function createConnection(port, host) {
  const connection = new Connection();
  connection.connect(port, host);
  return connection;
}

node.tcp = { Connection, Server, createServer, createConnection };
)js", 9205},
    // node.http.Connection
    {"http_connection", "", R"js(

const connections = new Map(); // by id; of those that somebody has asked for
const tapped = new Map(); // by id; of those with a listener for one of LOW_LEVEL

const LOW_LEVEL = [
  "message_begin", "uri", "header_field", "header_value", "headers_complete", "body", "message_complete",
];















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


Connection.prototype.addListener = function addListener(event, listener) {
  noteTap(this, event);
  return node.EventEmitter.prototype.addListener.call(this, event, listener);
};


Connection.prototype.listeners = function listeners(event) {
  noteTap(this, event);
  return node.EventEmitter.prototype.listeners.call(this, event);
};

Object.defineProperties(Connection.prototype, {

  remoteAddress: {
    get() {
      if (this._remoteAddress === undefined) this._remoteAddress = this._id < 0 ? "" : binding.remoteAddress(this._id);
      return this._remoteAddress;
    },
    configurable: true,
  },


  readyState: {
    get() {
      if (this._id < 0 || this._ready !== "open") return this._id < 0 ? "closed" : this._ready;
      return binding.peerClosed(this._id) ? "writeOnly" : "open";
    },
    configurable: true,
  },
});



Connection.prototype.close = function close() {
  const ready = this.readyState;
  if (ready !== "open" && ready !== "writeOnly") return;
  this._ready = ready === "open" ? "readOnly" : "closed";
  binding.closeConnection(this._id);
};


Connection.prototype.fullClose = function fullClose() {
  if (this._id < 0) return;
  this._ready = "closed";
  binding.closeConnection(this._id);
};



Connection.prototype.forceClose = function forceClose() {
  if (this._id < 0) return;
  this._ready = "closed";
  this._quiet = true;
  tapped.delete(this._id);
  binding.abort(this._id);
};


Connection.prototype.send = function send() {
  throw new Error("send: an HTTP connection sends responses only: use sendBody of a response, or the upgrade event");
};


hooks.eof = function eof(id) {
  const connection = connections.get(id);
  if (connection !== undefined && !connection._quiet) connection.emit("eof", []);
};


hooks.closed = function closed(id, failed) {
  const connection = connections.get(id);
  if (connection === undefined) return;
  connections.delete(id);
  tapped.delete(id);
  connection._id = -1; // the name will be another's one day
  if (!connection._quiet) connection.emit("disconnect", [failed]);
};


hooks.httpConnections = {
  Connection,
  tapped,


  accepted(id, server) {
    const connection = new Connection(id, server);
    if (binding.watchConnection(id)) connections.set(id, connection);
    return connection;
  },


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
)js", 3877},
    // node.http: the server
    {"http", "", R"js(






const { Map } = global;

const METHODS = [undefined, "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];


const BODY_FOLLOWS = 1;
const VERSION_1_0 = 2;
const KEEP_ALIVE = 4;
const METHOD_SHIFT = 3;
const TARGET_SHIFT = 6;


const PAUSED = 1;
const COMPLETE_DUE = 2; // it has all come, and `complete` waits for resume()
const IGNORED = 4; // nobody listens to it: C++ throws it away


const NEW = 0;
const HEAD_HELD = 1; // sendHeader was called; it leaves with the body or at the turn's end
const STREAMING = 2;
const FINISHED = 3;


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




function ServerRequest(server, id, exchange, head, summary) {
  const method = METHODS[(summary >> METHOD_SHIFT) & 7];

  this.method = method === undefined ? head.slice(0, head.indexOf(" ")) : method;

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


function targetOf(request) {
  const start = request._head.indexOf(" ") + 1;
  return request._head.slice(start, start + (request._summary >> TARGET_SHIFT));
}

Object.defineProperties(ServerRequest.prototype, {

  headers: {
    get() {
      return this._headers || (this._headers = parseHeaders(this._head));
    },
    configurable: true,
  },

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



ServerRequest.prototype.header = function header(name) {
  const found = binding.findHeader(this._head, String(name).toLowerCase());
  if (found < 0) return undefined;
  const start = Math.floor(found / 65536);
  return this._head.slice(start, start + (found % 65536));
};




ServerRequest.prototype.setBodyEncoding = function setBodyEncoding(encoding) {
  this._encoding = encodingName(encoding);
  binding.setBodyEncoding(this._id, this._exchange, encodingIndex(this._encoding));
};





ServerRequest.prototype.pause = function pause() {
  this._flow |= PAUSED;
  binding.setReading(this._id, this._exchange, false);
};


ServerRequest.prototype.resume = function resume() {
  if ((this._flow & PAUSED) === 0) return;
  this._flow &= ~PAUSED;
  if ((this._flow & COMPLETE_DUE) === 0) return binding.setReading(this._id, this._exchange, true);
  resumed.push(this);
  binding.holdResponse();
};


function attend(request, event) {
  const body = event === "body";
  if (!body && event !== "complete") return;
  if (body) request._flow &= ~IGNORED;
  const coming = binding.attend(request._id, request._exchange, body, true, encodingIndex(request._encoding));
  if (coming) receiving.set(request._id, request);
}


ServerRequest.prototype.addListener = function addListener(event, listener) {
  if ((this._flow & IGNORED) !== 0) attend(this, String(event));
  return node.EventEmitter.prototype.addListener.call(this, event, listener);
};


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

  finished: {
    get() {
      return this._state === FINISHED;
    },
    configurable: true,
  },
});


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

    if (typeof pair !== "object" || pair === null || pair[0] !== lastNames[i] || pair[1] !== lastValues[i]) return false;
  }
  return true;
}



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

  if (response._state !== NEW) throw new Error("sendHeader: the header has been given already");
  response._pairs = pairs;
  response._count = strings.length / 2;
  response._length = length;
  remember(headers, strings, pairs, length);
}


function hold(response) {
  if (held.push(response) === 1) binding.holdResponse();
}






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

}

function dispatchHead(response, call, finish) {
  response._state = finish ? FINISHED : STREAMING;
  const pairs = response._pairs;
  const summary = response._status | (response._bodyEncoding << 10) | (finish ? 1 << 11 : 0) | (response._count << 12);

  const reply = binding.respond(response._id, response._exchange, summary, pairs === keptPairs || pairs, response._body);
  response._body = undefined;
  if (reply === OK) return true;
  if ((reply & 0xff) === BAD_HEAD) response._state = NEW; // nothing was sent: another header may be
  fail(response, call, reply);
  return mayGoOn(response, reply);
}


function mayGoOn(response, reply) {
  if (reply === HOLD_BACK && response._state !== FINISHED) watch(response);
  return reply === OK;
}






ServerResponse.prototype.sendBody = function sendBody(chunk, encoding) {
  const goOn = give(this, chunk, encoding);
  if (this._events !== undefined && has(this, "flush")) this.emit("flush", []);
  return goOn;
};

function give(response, chunk, encoding) {

  const bytes = bytesOf(chunk, "sendBody: a chunk");
  const index = isUtf8(encoding) ? 1 : 0;
  if (response._state === NEW) throw new Error("sendBody: call sendHeader first");
  if (response._state === FINISHED) throw new Error("sendBody: the response is finished");

  const large = response._length >= 0 && typeof chunk !== "string" && response._body === undefined;
  if (response._state === HEAD_HELD && response._body === undefined && !large) {

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


function finishHeard(response) {
  const waits = has(response, "sent") && binding.awaitSent(response._id, response._exchange);
  end(response);
  if (waits) watch(response);
  response.emit("flush", []);
}


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







function Server(listener, options) {
  this.addListener("request", listener);
  this._options = readOptions("createServer", options, OPTIONS);
  this._handle = -1;
}
node.inherits(Server, node.tcp.Server);


Server.prototype.addListener = function addListener(event, listener) {
  node.EventEmitter.prototype.addListener.call(this, event, listener);
  if (this._handle >= 0) binding.offer(this._handle, has(this, "upgrade"), has(this, "connection"));
  return this;
};


Server.prototype._open = function (port, host, backlog) {
  const handle = binding.listen(port, host, backlog, this._options);
  binding.offer(handle, has(this, "upgrade"), has(this, "connection"));
  servers[handle] = this;
  return handle;
};


Server.prototype._shut = binding.closeServer;
Server.prototype._port = binding.listeningPort;


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


hooks.complete = function complete(id) {
  const incoming = receiving.get(id);
  receiving.delete(id);
  if (incoming !== undefined) emitComplete(incoming);
};



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



hooks.drain = function drain(id, exchange) {
  const others = watched.get(id);
  const response = others === undefined ? undefined : others.get(exchange);
  if (response === undefined) return;
  if (response._state !== FINISHED) return response.emit("drain", []);
  unwatch(response);
  response.emit("sent", []);
};


hooks.connection = function connection(handle, id) {
  servers[handle].emit("connection", [accepted(id, servers[handle])]);
};



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




























node.http.createServer = function createServer(listener, options) {
  return new Server(listener, options);
};
node.http.Server = Server;
node.http.Connection = Connection;
node.http.ServerRequest = ServerRequest;
node.http.ServerResponse = ServerResponse;

hooks.lazy(node.http, "client", ["createClient", "cat", "Client", "ClientRequest", "ClientResponse"]);
)js", 17928},
    // what 2009's responses had besides
    {"http_outgoing", "", R"js(

const CLOSES = 1; // of binding.answerState
const CHUNKED = 2;


function ignore() {}


function define(constructor, fields) {
  const { defineProperty, getOwnPropertyNames, hasOwn } = hooks.own;
  const names = getOwnPropertyNames(fields);
  for (let i = 0; i < names.length; i++) {
    const field = fields[names[i]];
    const set = hasOwn(field, "set") ? field.set : ignore;
    defineProperty(constructor.prototype, names[i], { __proto__: null, get: field.get, set, configurable: true });
  }
}
hooks.defineFields = define;

function closes(response) {
  return (binding.answerState(response._id, response._exchange) & CLOSES) !== 0;
}

function closeBehind(response) {
  if (binding.owesAnswer(response._id, response._exchange)) response.connection.close();
}

define(node.http.ServerResponse, {


  output: {
    get() {
      return this._body === undefined ? [] : [this._body.slice()];
    },
  },


  closeOnFinish: {
    get() {
      return closes(this);
    },
    set(value) {
      if (value) closeBehind(this);
    },
  },

  should_keep_alive: {
    get() {
      return !closes(this);
    },
    set(value) {
      if (!value) closeBehind(this);
    },
  },

  chunked_encoding: {
    get() {
      return (binding.answerState(this._id, this._exchange) & CHUNKED) !== 0;
    },
  },


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
)js", 1534},
    // node.SIGTERM and its like
    {"signal_numbers", "", R"js(

Object.assign(node, binding.signalNumbers());


hooks.lazy(node, "child", ["Process", "createProcess"]);

hooks.lazy(node, "signals", ["signals"]);
)js", 150},
    // node.path
    {"path", "", R"js(

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



  dirname(path) {
    const text = textOf("dirname", path);
    const slash = text.lastIndexOf("/");
    if (slash < 0) return ".";
    const folder = withoutSlashesAtEnd(text.slice(0, slash));
    if (folder === "") return "/";
    const relative = folder[0] !== "/" && folder !== "." && folder !== ".." && !/^(\.\.?\/|[a-z]+:\/\/)/i.test(folder);
    return relative ? "./" + folder : folder;
  },


  filename(path) {
    const text = textOf("filename", path);
    return text.slice(text.lastIndexOf("/") + 1);
  },
};
)js", 1258},
    // node.O_RDONLY, node.ENOENT and their like
    {"constants", "", R"js(




node.ASCII = 0;
node.UTF8 = 1;
node.RAW = 2;
node.BYTES = 3;


const constants = binding.fileConstants();
for (let i = 0; i < constants.length; i += 2) node[constants[i]] = constants[i + 1];


hooks.openModes = {
  "r": node.O_RDONLY,
  "r+": node.O_RDWR,
  "w": node.O_WRONLY | node.O_CREAT | node.O_TRUNC,
  "w+": node.O_RDWR | node.O_CREAT | node.O_TRUNC,
  "a": node.O_WRONLY | node.O_CREAT | node.O_APPEND,
  "a+": node.O_RDWR | node.O_CREAT | node.O_APPEND,
  "wx": node.O_WRONLY | node.O_CREAT | node.O_EXCL,
  "wx+": node.O_RDWR | node.O_CREAT | node.O_EXCL,
};


hooks.lazy(node, "files", ["fs", "cat"]);
hooks.lazy(global, "file", ["stdin", "stdout", "stderr"]);
)js", 678},
    // require, include, onLoad, onExit, node.exit
    {"modules", "", R"js(




const { quoted } = hooks.chunks;

const { moduleCompile } = binding;

const { Map, Set } = global;


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





const Module = (function Module(filename, key, namespace) {
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
});
node.Module = Module;



function isUrl(name) {
  return name.includes("://");
}


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

      }
    }
    throw error;
  }
}




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
  hooks.provide("client").fetchModule(module.key, pin, (failure, source) => {
    if (module.state !== FETCHING) return;
    module.failure = failure;
    module.source = source;
    module.state = FETCHED;
    for (const waiter of module.waiters) look(waiter);
    proceed();
  });
}


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
  try {
    fetchSource(module, pin);
  } catch (error) {

    module.failure = error;
    module.state = FETCHED;
    throw error;
  }
  return module;
}


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

  if (child.state !== LOADED && !waitsFor(child, from)) {
    from.waits++;
    child.waiters.push(from);
  }
  look(from);

  if (!working) node.setTimeout(proceed, 0);
  return child;
}

function look(module) {
  work.push(module);
}

const run = (function run(module) {
  module.state = RUN;
  if (module.failure !== undefined) {
    const text = "Error reading " + module.filename + ": " + module.failure.message;
    throw module.asked === undefined ? module.failure : explained(module.asked, text, module.failure);
  }
  const body = moduleCompile(module.source, module.filename);
  module.source = undefined;
  const scope = {
    require: (path) => addChild(module, "require", path).target,
    include: (path) => void addChild(module, "include", path),
  };
  const hold = ((callbacks) => (module.callbacks = callbacks));
  Reflect.apply(body, module.target, [module.target, scope.require, scope.include, module.filename, hold]);
  const { 1: onExit } = module.callbacks();
  if (typeof onExit === "function") binding.awaitSignals();
  if (module.children.length === 0) advance(module);
  else look(module);
});


const advance = (function advance(module) {
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

  if (typeof module.callbacks()[1] === "function") binding.awaitSignals();
});


const proceed = (function proceed() {
  if (working) return;
  working = true;

  for (let i = 0; i < work.length; i++) advance(work[i]);
  work.length = 0;
  working = false;
});


hooks.runMain = (function runMain(source, name, realPath) {
  main = new Module(name, realPath, global);
  main.source = source;
  required.set(realPath, main);
  included.set(global, new Map([[realPath, main]]));
  working = true;
  run(main);
  working = false;
  proceed();
});




const runExitHandlers = (function runExitHandlers() {
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
});


const exitHandlerOf = (function exitHandlerOf(module) {
  try {
    return module.callbacks()[1];
  } catch {
    return undefined;
  }
});




node.exit = function exit(code) {
  exitCode = Math.trunc(Number(code)) || 0;
  exiting = true;
  binding.endHearing();
  runExitHandlers();
  binding.exit(exitCode);
};


node.reallyExit = function reallyExit(code) {
  binding.exit(Math.trunc(Number(code)) || 0);
};


hooks.exit = function exit(code) {
  if (!exiting) node.exit(code);
};


hooks.end = runExitHandlers;



node.compile = function compile(source, filename) {
  return binding.runGlobal(String(source), filename === undefined ? "[compiled]" : String(filename));
};
)js", 9921},
    // ARGV, node.env
    {"process", "", R"js(



hooks.boot = (function boot(argv) {
  global.ARGV = argv;
});


hooks.lazy(node, "dns", ["dns"]);



function setEnv(value) {
  Object.defineProperty(node, "env", { __proto__: null, value, writable: true, configurable: true });
  return value;
}
Object.defineProperty(node, "env", { get: () => setEnv(binding.environment()), set: setEnv, configurable: true });


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
)js", 780},
    // setTimeout and its like, node.Timer
    {"timers", "timers", R"js(

















const { now, runMicrotasks } = binding;

const { offers, own } = hooks;
const { ceil, clz32, floor, min, trunc } = own;

const MAX_DELAY = 2 ** 53;
const TICKS_PER_MS = 16;
const PARTS_PER_TICK = 65536; // exact where the clock's doubles are

const RANGE = 2 ** 30;

const TURN_BACK = RANGE / 2;

const FEW = 32;

const PLACES = 2 ** 32;
const MOST_KEYS = 65536; // that are kept

const FETCHED = 256;


const RECORD = 4;
const NEXT = 0;
const PREVIOUS = 1;
const DUE = 2; // in ticks, and the rest in parts of one
const PART = 3;


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


let wake;
let chunks = []; // arrays of CHUNK timers each, by record
let capacity = 0; // of `records`: C++ has memory for those below
let top = FIRST; // no record from here on was ever used
let free = 0; // the first of those that are free again, linked by NEXT; 0: none
let count = 0; // of timers that are started
let origin = 0; // what now() gives at tick 0
let time = 0; // the wheel's, in ticks: nothing in it is due earlier

const { Given } = hooks;




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


function Timer() {
  if (new.target === Timer) return new Fields();
  requireTimer(this, "node.Timer");
}
own.inherits(Timer, own.EventEmitter);
Timer.prototype = own.bare(Fields.prototype, own.EventEmitter.prototype);
Timer.prototype.constructor = Timer;


function requireTimer(value, caller) {
  if (hasFields(value)) return;
  if (!(value instanceof Timer)) throw new TypeError(caller + ": \x60this\x60 must be a node.Timer");
  new Fields(value);
}

function clearList(head) {
  records[head + NEXT] = records[head + PREVIOUS] = head;
}



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


function take(timer) {
  if (capacity === 0) open();
  if (count === 0) {

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

    chunks[(record - FIRST) >> 12][((record - FIRST) >> 2) & (CHUNK - 1)] = undefined;
    records[record + NEXT] = free;
    free = record;
    count--;
    throw error;
  }
  if (due < wake[0]) wake[0] = due;
}

function stop(timer) {

  const record = recordOf(timer);
  if (record === 0 || record >= top || timerOf(record) !== timer) return;
  give(record, timer);

  if (count === 0) sleep();
}

function sleep() {
  wake[0] = Infinity;
  if (top > wake[1]) wake[1] = top;
}


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



let slotStart = 0;
function firstSlot() {
  for (let level = 0; level < LEVELS; level++) {
    const shift = level << 3;

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



function nextDue() {
  if (records[READY + NEXT] === READY) refill();
  const record = records[READY + NEXT];
  const other = records[BATCH + NEXT];
  if (other === BATCH) return record === READY ? 0 : record;
  if (record === READY) return records[other + DUE] <= targetTick ? other : 0;
  const later = records[record + DUE] - records[other + DUE] || records[record + PART] - records[other + PART];
  return later > 0 ? other : record;
}


function dueOf(record) {
  const tick = records[record + DUE];
  return tick === RANGE - 1 ? farDueOf(timerOf(record)) : origin + (tick + records[record + PART] / PARTS_PER_TICK) / TICKS_PER_MS;
}


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

  collect(FAR);
  occupied.fill(0);
  origin += floor((least - origin) * TICKS_PER_MS) / TICKS_PER_MS;
  time = 0;
  for (let i = 0; i < found.length; i++) {
    const fits = setDue(found[i], dues[i]);
    append(i < inSoon ? SOON : fits ? slotOf(found[i]) : FAR, found[i]);
  }
}


function nextWake(present) {
  if (records[SOON + NEXT] !== SOON) return present;

  const horizon = origin + (TURN_BACK + 1) / TICKS_PER_MS;
  const head = firstSlot();
  if (head < 0) return horizon;
  let least = Infinity;
  let looked = 0;
  for (let record = records[head + NEXT]; record !== head; record = records[record + NEXT]) {
    if (++looked > FEW) {

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



hooks.timers = function timers() {
  const present = now();
  if ((present - origin) * TICKS_PER_MS > TURN_BACK) turnBack(present);

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




function setTimeout(callback, delay) {
  const timer = new Fields();
  if (typeof callback === "function") {
    setCallback(timer, callback);
    start(timer, milliseconds(delay));
  }
  return timer;
}


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



function clearTimeout(timer) {
  if (!hasFields(timer)) return;
  setRepeat(timer, undefined);
  stop(timer);
}




Timer.prototype.start = function (after, repeat) {
  requireTimer(this, "node.Timer.start");

  const interval = milliseconds(repeat);
  const duration = milliseconds(after);
  stop(this);
  setRepeat(this, interval > 0 ? interval : undefined);
  start(this, duration);
};

own.defineProperty(Timer.prototype, "repeat", {
  __proto__: null,

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


Timer.prototype.stop = function () {
  clearTimeout(this);
};

offers.Timer = Timer;
offers.setTimeout = setTimeout;
offers.setInterval = setInterval;
offers.clearTimeout = clearTimeout;
offers.clearInterval = clearTimeout;
hooks.clearTimer = clearTimeout;
)js", 15276},
    // whom and what an http:// URL asks for
    {"http_url", "client", R"js(

const { decode, parseUri } = hooks.uri;


function utf8Characters(text) {
  return unescape(encodeURIComponent(text.toWellFormed()));
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";


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


const HOST = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])$/;

function urlError(call, url, reason) {
  return new Error(call + ": " + reason + " in the URL " + JSON.stringify(url));
}






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

    if (user.includes(":")) throw urlError(call, url, "colon in the user");
    authorization = "Basic " + base64(utf8Characters(user + ":" + password));
  }
  return { host, port, path, authorization };
};
)js", 2481},
    // requests of clients and their answers
    {"http_request", "client", R"js(

const { byteLength, bytesOf, encodingIndex, encodingName, isUtf8, quoted } = hooks.chunks;
const { has, makeError, parseHeaders, readHeaders } = hooks.head;
const { stateOf } = hooks.tcp;
const { own } = hooks;


const NEW = 0; // nothing of it may leave yet
const GIVING = 1; // sendBody was called
const FINISHED = 2; // finish was called
const OVER = 3; // answered, or failed: what is given now is dropped


const ONCE = { __proto__: null, "host": "Host", "content-length": "Content-Length" };

const BODILESS = ["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"];


const SILENT = 0;
const SENT_DUE = 1; // the connection has all of the request
const TOLD = 2;

const HOLD_BACK = 1024 * 1024; // bytes waiting in a request at which sendBody says false
const PIECE_COST = 64; // bytes that a waiting piece has besides its own
const REPLAY = 64 * 1024; // bytes of a body that are kept to send the request again



const FORBIDDEN_IN_PATH = /[^\x21-\x7e]/;






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
own.inherits(ClientRequest, own.EventEmitter);



ClientRequest.prototype._readHeaders = function (call, headers) {
  if (headers === undefined || headers === null) return;
  const seen = [];
  const { length, coded } = readHeaders(call, headers, (name, value, lower) => {
    if (lower in ONCE) {
      if (seen.includes(lower)) throw new Error(call + ": " + ONCE[lower] + " is given twice");
      seen.push(lower);
    }
    if (lower === "host") this._host = true;
    if (lower === "connection") this._readConnection(call, value);
    this._fields += name + ": " + value + "\r\n";
  });
  this._length = length;
  this._coded = coded;
};


ClientRequest.prototype._readConnection = function (call, value) {
  const members = value.toLowerCase().split(",").map((member) => member.trim());
  this._connection = true;
  if (members.includes("close")) this._closes = true;
  if (members.includes("upgrade")) throw new Error(call + ": a client of this version cannot upgrade");
};








ClientRequest.prototype.sendBody = function sendBody(chunk, encoding) {
  const goOn = this._give(chunk, encoding);
  this.emit("flush", []);
  return goOn;
};


ClientRequest.prototype._give = function (chunk, encoding) {

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


ClientRequest.prototype._waitsForFinish = function () {
  return this._state === NEW || (this._state === GIVING && this._unchunked && this._length < 0 && !this._coded && !this._headSent);
};





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


ClientRequest.prototype._write = function (data, utf8) {
  if (!binding.tcpSend(stateOf(this.client).id, data, utf8)) this._full = true;
};


ClientRequest.prototype._end = function () {
  if (this._chunked) this._write("0\r\n\r\n", false);
  if (this._sent !== SILENT || !has(this, "sent")) return;
  this._sent = SENT_DUE;
  binding.tcpTellDrain(stateOf(this.client).id);
};


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


ClientRequest.prototype._flush = function () {
  if (this._headSent) return;
  this._sendHead();
  const pieces = this._pieces;
  this._pieces = [];
  this._waiting = 0;
  for (const [data, utf8, length] of pieces) this._send(data, utf8, length);
  if (this._state === FINISHED) this._end();

  if (this._wantsDrain && !this._full) this._drained();
};


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


ClientRequest.prototype._repeat = function () {
  this._pieces = this._replay.concat(this._pieces);
  this._waiting = this._pieces.reduce((sum, piece) => sum + piece[2] + PIECE_COST, 0);
  this._replay = [];
  this._replayed = 0;
  this._repeated = true;
  this._started = this._headSent = this._full = false;
  if (this._sent === SENT_DUE) this._sent = SILENT;
};


ClientRequest.prototype._over = function () {
  this._state = OVER;
  this._early = false;
  this._pieces = [];
  this._replay = undefined;
};


ClientRequest.prototype._lose = function (error) {
  if (this._state === OVER) return;
  const response = this._response;
  this._over();
  if (response !== undefined) response.emit("error", [error]);
  this.emit("error", [error]);
};


ClientRequest.prototype._fail = function (error) {
  const requests = this.client._client.requests;
  if (requests[0] === this) requests.shift();
  else if (requests.includes(this)) requests.splice(requests.indexOf(this), 1);
  if (this._state === OVER) return;
  this._lose(error);
  this.client.emit("error", [error]);
};


ClientRequest.prototype._giveUp = function (error) {
  const record = this.client._client;
  const begun = this._started;
  const response = this._early ? undefined : this._response;
  record.requests = record.requests.filter((request) => request !== this);
  this._over();

  record.hold();
  if (begun) record.drop();
  if (response !== undefined) response.emit("error", [error]);
};


ClientRequest.prototype._overflow = function () {
  const what = ": " + this._waiting + " bytes of the body wait for the answers before";
  this._fail(makeError("request", "ENOBUFS", this.client._place() + what));
};





function ClientResponse(request, head, status, version) {

  this.statusCode = status;

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
own.inherits(ClientResponse, own.EventEmitter);

own.defineProperty(ClientResponse.prototype, "headers", {
  __proto__: null,

  get() {
    return this._headers || (this._headers = parseHeaders(this._head));
  },
  configurable: true,
});



ClientResponse.prototype.header = function header(name) {
  const wanted = String(name).toLowerCase();
  const found = this.headers.find((pair) => pair[0].toLowerCase() === wanted);
  return found === undefined ? undefined : found[1];
};




ClientResponse.prototype.setBodyEncoding = function setBodyEncoding(encoding) {
  this._encoding = encodingName(encoding);
  if (this._current()) binding.clientSetBodyEncoding(stateOf(this.client).id, encodingIndex(this._encoding));
};


ClientResponse.prototype._current = function () {
  return this._request._response === this && this._request._state !== OVER;
};



ClientResponse.prototype.pause = function pause() {
  this._paused = true;
  if (this._current()) binding.clientSetReading(stateOf(this.client).id, false);
};


ClientResponse.prototype.resume = function resume() {
  this._paused = false;
  if (this._current() && !this._request._early) binding.clientSetReading(stateOf(this.client).id, true);
};


ClientResponse.prototype._emitResponse = function () {
  try {
    this._request.emit("response", [this]);
  } finally {
    if (!this._paused) this.resume(); // also when the caller of finish() catches what a listener throws
  }
};

hooks.requests = { ClientRequest, ClientResponse, NEW, FINISHED, OVER };
)js", 11400},
    // what 2009's requests of clients had besides
    {"http_request_fields", "client", R"js(

const { ClientRequest, FINISHED, OVER } = hooks.requests;

function setCloses(request, value) {

  if (value || !request._connection) request._closes = value;
}

hooks.defineFields(ClientRequest, {

  finished: {
    get() {
      return this._state === FINISHED || this._state === OVER;
    },
  },

  output: {
    get() {
      return this._pieces.map((piece) => piece[0].slice());
    },
  },


  closeOnFinish: {
    get() {
      return this._closes;
    },
    set(value) {
      setCloses(this, Boolean(value));
    },
  },

  should_keep_alive: {
    get() {
      return !this._closes;
    },
    set(value) {
      setCloses(this, !value);
    },
  },

  chunked_encoding: {
    get() {
      return this._headSent ? this._chunked : this._coded;
    },
  },



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
)js", 971},
    // node.http: the client
    {"http_client", "client", R"js(





const { encodingName, integers, joinBytes, pieceOf, quoted } = hooks.chunks;
const { BAD_VALUE, TOKEN, has, makeError, readOptions } = hooks.head;
const { stateOf, attach, detach, find, hostOf, portOf } = hooks.tcp;
const { ClientRequest, ClientResponse, FINISHED, OVER } = hooks.requests;
const { offers, own } = hooks;


const IDEMPOTENT = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"];

const idle = []; // clients to be looked at at the end of the turn



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
own.bare(Record.prototype);


Record.prototype.hold = function () {
  if (this.held) return;
  this.held = true;
  if (idle.push(this) === 1) binding.holdRequest();
};


hooks.flushRequests = function flushRequests() {
  const batch = idle.splice(0);
  for (const record of batch) {
    record.held = false;
    const refused = record.refused;
    record.refused = undefined;
    if (refused !== undefined) refused.request._fail(refused.error);
    record.advance();

    if (!record.busy()) record.drop();
  }
};


Record.prototype.busy = function () {
  return this.requests.length > 0 && this.requests[0]._started;
};


Record.prototype.underWay = function () {
  return this.busy() ? this.requests[0] : undefined;
};


Record.prototype.connected = function () {
  return stateOf(this.client).id >= 0;
};


Record.prototype.drop = function () {
  if (!this.connected()) return;
  const id = stateOf(this.client).id;
  detach(this.client);
  binding.clientAbort(id);
  this.ending = false;
  this.hold(); // also when a caller in the script catches what a listener throws
  this.client.emit("disconnect", [false]);
};


Record.prototype.abort = function (error) {
  const id = stateOf(this.client).id;
  detach(this.client);
  binding.clientAbort(id);
  this.client.error = error;
  const lost = this.underWay();
  this.client.emit("disconnect", [true]);
  this.ended(error, lost);
};


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


Record.prototype.open = function (request) {
  const client = this.client;
  const head = request.method === "HEAD";
  if (this.connected()) {

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


Record.prototype.drained = function () {
  if (this.busy()) this.requests[0]._drained();
};


Record.prototype.silent = function () {
  if (!this.busy()) return;
  const request = this.requests[0];
  const response = request._response;

  const waits = request._state === FINISHED || request._full;
  if (!waits || (response !== undefined && response._paused)) return;
  const seconds = this.options.timeout > 0 ? this.options.timeout : 120;
  const what = ": nothing for " + seconds + " s, " + request.method + " " + request._path;
  this.abort(makeError("response", "ETIMEDOUT", this.client._place() + what));
};


Record.prototype.ended = function (error, request) {

  if (request !== undefined && request._state !== OVER) {
    this.ending = false;

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


Record.prototype.outputLimit = function () {
  const limit = this.options.outputLimit;
  return typeof limit === "number" && limit >= 0 ? limit : 64 * 1024 * 1024;
};



const OPTIONS = {
  __proto__: null, connectTimeout: 1e6, timeout: 1e6, headBytes: 65535, headerCount: 256, outputLimit: 1e15,
};


function Client(port, host, options) {
  this.port = portOf("createClient", port);
  this.host = hostOf(host, "127.0.0.1");
  Object.defineProperty(this, "_client", { __proto__: null, value: new Record(this, readOptions("createClient", options, OPTIONS)) });
  stateOf(this).owner = this._client;
}
own.inherits(Client, hooks.tcp.Connection);


Client.prototype._place = function () {
  return typeof this.port === "string" ? this.port : (this.host.includes(":") ? "[" + this.host + "]" : this.host) + ":" + this.port;
};


Client.prototype._hostField = function () {
  if (typeof this.port === "string") return "localhost";

  if (BAD_VALUE.test(this.host)) throw new Error("createClient: forbidden character in the host " + quoted(this.host));
  return this.port === 80 ? this._place().slice(0, -3) : this._place();
};

function makeRequest(client, call, method, path, headers) {
  const request = new ClientRequest(client, call, method, path, headers);
  client._client.requests.push(request);
  return request;
}






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



Client.prototype.request = function request(method, path, headers) {
  if (typeof method !== "string" || !TOKEN.test(method)) throw new Error("request: not a method: " + quoted(method));
  if (method === "CONNECT") throw new Error("request: CONNECT is not for requests");
  return makeRequest(this, "request", method, path, headers);
};



Client.prototype.connect = function connect(port, host) {
  const state = stateOf(this);
  if (state.ready !== "closed") throw new Error("connect: the connection is " + state.ready + ", not closed");
  this.port = portOf("connect", port);
  this.host = hostOf(host, this.host);
};


Client.prototype.send = function send() {
  throw new Error("send: a client sends requests: use get, post and their like, and sendBody of the request");
};



Client.prototype.setEncoding = function setEncoding(encoding) {
  const request = this._client.requests[0];
  if (request === undefined || request._response === undefined) return "raw";
  request._response.setBodyEncoding(encoding);
  return request._response._encoding;
};



Client.prototype.close = function close() {
  if (!this._client.busy()) return this._client.drop();
  this._client.ending = true;
  if (stateOf(this).ready === "open") stateOf(this).ready = "readOnly";
};


Client.prototype.fullClose = Client.prototype.close;



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


Client.prototype.pause = function pause() {
  const request = this._client.requests[0];
  if (request !== undefined && request._response !== undefined) request._response.pause();
};


Client.prototype.resume = function resume() {
  const request = this._client.requests[0];
  if (request !== undefined && request._response !== undefined) request._response.resume();
};

function clientOf(id) {
  const client = find(id);
  return client === undefined ? undefined : client._client;
}


hooks.response = function response(id, head, status, version) {
  const record = clientOf(id);
  const request = record.requests[0];
  const incoming = new ClientResponse(request, head, status, version);
  request._response = incoming;
  if (request._state !== FINISHED && !has(request, "response")) {

    request._early = true;
    binding.clientSetReading(id, false);
    return;
  }
  request.emit("response", [incoming]);
};


hooks.responseBody = function responseBody(id, chunk) {
  const incoming = clientOf(id).requests[0]._response;
  if (incoming._events === undefined) return;
  incoming.emit("body", [pieceOf(incoming._encoding, chunk)]);
};


hooks.responseComplete = function responseComplete(id, reusable) {
  const record = clientOf(id);
  if (record === undefined) return; // a listener of the last piece has closed
  record.complete(record.requests[0]._response, reusable);
};















offers.createClient = function createClient(port, host, options) {
  return new Client(port, host, options);
};


const CAT_LIMIT = 256 * 1024 * 1024;

const CAT_RAW_LIMIT = 32 * 1024 * 1024;






offers.cat = function cat(url, encoding) {
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

offers.Client = Client;
offers.ClientRequest = ClientRequest;
offers.ClientResponse = ClientResponse;
)js", 12228},
    // modules by URL
    {"module_fetch", "client", R"js(

const { joinBytes } = hooks.chunks;


const MOST_BYTES = 8 * 1024 * 1024;
const MOST_SECONDS = 30;


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

hooks.offers.fetchModule = fetchModule;
)js", 3542},
    // node.createProcess, node.Process
    {"child_process", "child", R"js(

const { bytesOf, encodingIndex, encodingName, isUtf8, pieceOf, quoted } = hooks.chunks;
const { makeError } = hooks.head;
const { offers, own } = hooks;

const children = []; // by slot, the low bits of an id
const SLOT_MASK = 0xfffff;
const STATE = own.Symbol("process");
const EVENTS = ["output", "error"];


const signals = binding.signalNumbers();











function Process() {}
own.inherits(Process, own.EventEmitter);


Process.prototype.exitCode = null;
Process.prototype.signal = null;


function stateOf(child) {
  if (!Object.prototype.hasOwnProperty.call(child, STATE)) child[STATE] = { id: -1, output: "utf8", error: "utf8" };
  return child[STATE];
}


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




















Process.prototype.spawn = function spawn(command, options) {
  const state = stateOf(this);
  if (state.id >= 0) throw new Error("spawn: the process is running already");
  const words = checkCommand("createProcess", command);
  const read = readOptions("createProcess", options);

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

  get() {
    const state = stateOf(this);
    return state.id < 0 ? null : binding.childPid(state.id);
  },
  configurable: true,
});









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




Process.prototype.close = function close() {
  const state = stateOf(this);
  return state.id >= 0 && binding.childClose(state.id);
};

function signalNumber(signal) {
  if (signal === undefined) return signals.SIGTERM;
  if (typeof signal === "string" && Object.prototype.hasOwnProperty.call(signals, signal)) return signals[signal];
  if (!Number.isInteger(signal)) throw new TypeError("kill: no signal: " + quoted(signal) + "; see node.SIGTERM and its like");

  if (Math.abs(signal) > 0x7fffffff) throw makeError("kill", "EINVAL", "signal " + signal);
  return signal;
}





Process.prototype.kill = function kill(signal) {
  const number = signalNumber(signal);
  const state = stateOf(this);
  if (this.pid === null) throw makeError("kill", "ESRCH", state.id < 0 && this.exitCode === null ? "no process was started" : "the process has ended");
  binding.childKill(state.id, number);
};





Process.prototype.setEncoding = function setEncoding(output, error) {
  const state = stateOf(this);
  const name = checkEncoding("setEncoding", output);
  state.error = error === undefined ? name : checkEncoding("setEncoding", error);
  state.output = name;
  if (state.id >= 0) tellEncoding(state);
};



Process.prototype.pause = function pause() {
  const state = stateOf(this);
  if (state.id >= 0) binding.childSetReading(state.id, false);
};


Process.prototype.resume = function resume() {
  const state = stateOf(this);
  if (state.id >= 0) binding.childSetReading(state.id, true);
};


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


offers.createProcess = function createProcess(command, options) {
  const child = new Process();
  child.spawn(command, options);
  return child;
};
)js", 6956},
    // node.fs: the operations on files; node.cat
    {"fs", "files", R"js(







const { bytesOf, encodingIndex, integers, joinBytes, quoted } = hooks.chunks;
const { makeError } = hooks.head;
const { offers, own } = hooks;


const BY_NUMBER = ["ascii", "utf8", "raw", "bytes"];



const LIMITS = { raw: 32 * 1024 * 1024, utf8: 256 * 1024 * 1024, ascii: 256 * 1024 * 1024, bytes: 2 ** 31 - 4096 };

const STREAM_LIMIT = 256 * 1024 * 1024;
const PIECE = 64 * 1024;

const { later } = own;
const pending = []; // by the number that C++ knows: Operation
const free = []; // numbers







const Operation = (function Operation(place, take, name) {
  this._place = place;
  this._take = take === undefined ? takeValue : take;
  this._name = name; // of an encoding
  this._error = undefined;
});
own.inherits(Operation, own.Promise);


Operation.prototype._settled = function () {};

const submit = (function submit(operation) {
  const number = free.length > 0 ? free.pop() : pending.length;
  pending[number] = operation;
  return number;
});

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

const succeed = (function succeed(operation, values) {
  operation.emitSuccess(values);
  operation._settled();
});


hooks.fileDone = (function fileDone(number, error, value, more) {
  const operation = pending[number];
  pending[number] = undefined;
  free.push(number);
  if (free.length > 1024 && free.length === pending.length) free.length = pending.length = 0; // a crowd has left
  if (error !== undefined) return fail(operation, error);
  operation._take(value, more);
});

function takeValue(value) {
  succeed(this, value === undefined ? [] : [value]);
}



const pathOf = (function pathOf(call, path) {
  if (typeof path !== "string") throw new TypeError(call + ": the path must be a string, not " + quoted(path));
  return path;
});

function integerOf(call, what, value, most = 0xffffffff) {
  if (own.isInteger(value) && value >= -most && value <= most) return value;
  throw new TypeError(call + ": the " + what + " must be an integer, not " + quoted(value));
}


function modeOf(call, mode, otherwise) {
  if (mode === undefined && otherwise !== undefined) return otherwise;
  if (integerOf(call, "mode", mode) >= 0) return mode;
  throw new RangeError(call + ": the mode must not be negative, but is " + mode);
}


function ownerOf(call, what, id) {
  if (integerOf(call, what, id) >= -1) return id;
  throw new RangeError(call + ": the " + what + " must be -1 or more, but is " + id);
}

function descriptorOf(call, fd) {
  return integerOf(call, "descriptor", fd, 0x7fffffff);
}

const encodingOf = (function encodingOf(encoding, otherwise) {
  if (encoding === undefined) return otherwise;
  const name = typeof encoding === "number" ? BY_NUMBER[encoding] : String(encoding).toLowerCase();
  return encodingIndex(name) >= 0 ? name : otherwise;
});


function isBadPosition(position) {
  return typeof position === "number" && !(Number.isSafeInteger(position) && position >= 0);
}


const onPath = (function onPath(syscall, place, start, take, name) {
  const operation = new Operation(place, take, name);
  if (isBadPath(place.path) || isBadPath(place.destination)) {
    const path = isBadPath(place.path) ? place.path : place.destination;
    return failLater(operation, makeError(syscall, "EINVAL", JSON.stringify(path) + ": a path cannot hold a NUL"));
  }
  start(submit(operation));
  return operation;
});

const isBadPath = (function isBadPath(path) {
  return path !== undefined && path.includes("\0");
});

function dateOf(call, time) {
  const number = time instanceof Date ? time.getTime() : time;
  if (typeof number === "number" && Math.abs(number) <= 8.64e15) return number;
  throw new TypeError(call + ": a time must be a Date or milliseconds, not " + quoted(time));
}



const fs = own.bare({});
offers.fs = fs;




fs.open = function open(path, flags, mode) {
  pathOf("open", path);
  integerOf("open", "flags", flags, 0x7fffffff);
  const permissions = modeOf("open", mode, 0o666);
  return onPath("open", { path }, (number) => binding.fileOpen(number, path, flags, permissions));
};



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

const shownAs = (function shownAs(name, value) {
  return name === "raw" && value !== null ? integers(value) : value;
});







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






fs.write = function write(fd, data, position) {
  descriptorOf("write", fd);
  return startWrite(new Operation({ fd }), fd, bytesOf(data, "write: the data"), position);
};



fs.truncate = function truncate(file, length = 0) {
  const place = typeof file === "string" ? { path: file } : { fd: descriptorOf("truncate", file) };
  integerOf("truncate", "length", length, Number.MAX_SAFE_INTEGER);
  return onPath("truncate", place, (number) => binding.fileTruncate(number, file, length));
};


fs.fsync = function fsync(fd) {
  descriptorOf("fsync", fd);
  return onPath("fsync", { fd }, (number) => binding.fileSync(number, fd));
};



function closeQuietly(fd) {
  binding.fileClose(submit(new Operation({ fd })), fd);
}


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





fs.cat = (function cat(path, encoding) {
  pathOf("cat", path);
  const name = encodingOf(encoding, "utf8");
  const start = (number) => binding.fileCat(number, path, encodingIndex(name), LIMITS[name]);
  return onPath("open", { path }, start, takeContent, name);
});

const takeContent = (function takeContent(value, isStream) {
  if (isStream) return catStream(this, value, this._name);
  succeed(this, [shownAs(this._name, value)]);
});

function onTwoPaths(syscall, call, path, destination, start) {
  pathOf(call, path);
  pathOf(call, destination);
  return onPath(syscall, { path, destination }, (number) => start(number, path, destination));
}



fs.copy = function copy(from, to) {
  return onTwoPaths("copy", "copy", from, to, binding.fileCopy);
};




fs.rename = function rename(from, to) {
  return onTwoPaths("rename", "rename", from, to, binding.fileRename);
};


fs.link = function link(from, to) {
  return onTwoPaths("link", "link", from, to, binding.fileLink);
};


fs.symlink = function symlink(target, path) {
  return onTwoPaths("symlink", "symlink", target, path, binding.fileSymlink);
};

function onOnePath(call, path, start) {
  pathOf(call, path);
  return onPath(call, { path }, (number) => start(number, path));
}


fs.unlink = function unlink(path) {
  return onOnePath("unlink", path, binding.fileUnlink);
};


fs.rmdir = function rmdir(path) {
  return onOnePath("rmdir", path, binding.fileRmdir);
};



fs.readdir = function readdir(path) {
  return onOnePath("readdir", path, binding.fileReaddir);
};


fs.readlink = function readlink(path) {
  return onOnePath("readlink", path, binding.fileReadlink);
};


fs.realpath = function realpath(path) {
  return onOnePath("realpath", path, binding.fileRealpath);
};



fs.mkdtemp = function mkdtemp(prefix) {
  return onOnePath("mkdtemp", prefix, binding.fileMkdtemp);
};




fs.mkdir = function mkdir(path, mode, parents) {
  pathOf("mkdir", path);
  const permissions = modeOf("mkdir", mode, 0o777);
  return onPath("mkdir", { path }, (number) => binding.fileMkdir(number, path, permissions, parents === true));
};


fs.chmod = function chmod(path, mode) {
  pathOf("chmod", path);
  modeOf("chmod", mode);
  return onPath("chmod", { path }, (number) => binding.fileChmod(number, path, mode));
};


fs.chown = function chown(path, uid, gid) {
  pathOf("chown", path);
  ownerOf("chown", "uid", uid);
  ownerOf("chown", "gid", gid);
  return onPath("chown", { path }, (number) => binding.fileChown(number, path, uid, gid));
};



fs.utimes = function utimes(path, atime, mtime) {
  pathOf("utimes", path);
  const accessed = dateOf("utimes", atime);
  const modified = dateOf("utimes", mtime);
  return onPath("utimensat", { path }, (number) => binding.fileUtimes(number, path, accessed, modified));
};






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
own.bare(Stats.prototype);
fs.Stats = Stats;


Stats.prototype.isFile = function isFile() {
  return (this.mode & node.S_IFMT) === node.S_IFREG;
};


Stats.prototype.isDirectory = function isDirectory() {
  return (this.mode & node.S_IFMT) === node.S_IFDIR;
};


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



fs.stat = function stat(path) {
  return statWith("stat", path, binding.fileStat);
};


fs.lstat = function lstat(path) {
  return statWith("lstat", path, binding.fileLstat);
};




fs.exists = function exists(path, callback) {
  pathOf("exists", path);
  const promise = new node.Promise();
  promise.addCallback(callback);
  fs.stat(path).addCallback(() => promise.emitSuccess([true])).addErrback(() => promise.emitSuccess([false]));
  return promise;
};


fs.strerror = function strerror(errno) {
  return binding.errorText(integerOf("strerror", "errno", errno, 0x7fffffff));
};

hooks.files = {
  Operation, descriptorOf, encodingOf, failLater, integerOf, pathOf, shownAs, startClose, startRead, startWrite, submit, succeed,
};



offers.cat = function cat(location, encoding) {
  const isUrl = typeof location === "string" && location.slice(0, 7).toLowerCase() === "http://";
  return isUrl ? node.http.cat(location, encodingOf(encoding, "raw")) : node.fs.cat(location, encoding);
};


hooks.lazy(fs, "file", ["File"]);
hooks.lazy(fs, "watch", ["Watcher", "watch"]);
)js", 12438},
    // node.fs.File, stdin, stdout, stderr
    {"file", "file", R"js(

const { bytesOf, isBytes } = hooks.chunks;
const { makeError } = hooks.head;
const { offers, own } = hooks;
const { later } = own;
hooks.provide("files");
const { Operation, encodingOf, failLater, integerOf, pathOf, shownAs, startClose, startRead, startWrite, submit, succeed } = hooks.files;

const MODES = hooks.openModes;

const NUMBERS = { ascii: 0, utf8: 1, raw: 2, bytes: 3 };













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


function Action(file, begin, take) {
  Operation.call(this, undefined, take, undefined);
  this._file = file;
  this._begin = begin;
}
own.inherits(Action, Operation);


function placed(action) {
  const { _path: path, fd } = action._file;
  action._place = path === undefined ? {} : { path };
  if (fd !== null) action._place.fd = fd;
}


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



function beginFirst(queue) {
  try {
    begin(queue[0]);
  } catch (error) {

    for (let i = 1; i < queue.length; i++) queue[i - 1] = queue[i];
    queue.length--;
    if (queue.length > 0) beginFirst(queue);
    throw error;
  }
}


function whenOpen(file, call, start, take) {
  const output = file._output;
  const startOpen = (action) => {

    if (!Number.isInteger(file.fd)) return failLater(action, makeError(call, "EBADF", "the File is not open"));
    if (output === 0) return start(action);
    hooks.output.whenDone(output, () => start(action));
  };
  return enqueue(file, startOpen, take);
}





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



function WrittenAt(file) {
  Operation.call(this, { fd: file.fd });
  this._file = file;
}
own.inherits(WrittenAt, Operation);


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


function encoded(data, encoding) {
  if (typeof data !== "string" || encodingOf(encoding, "utf8") === "utf8") return data;
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = data.charCodeAt(i);
  return bytes;
}






File.prototype.write = function write(data, where) {
  const bytes = bytesOf(data, "write: the data");
  return enqueueWrite(this, "write", typeof where === "string" ? encoded(bytes, where) : bytes, where);
};


File.prototype.print = function print(data) {
  const bytes = Array.isArray(data) || isBytes(data);
  return enqueueWrite(this, "write", bytesOf(bytes ? data : String(data), "print: the data"));
};


File.prototype.puts = function puts(data) {
  return enqueueWrite(this, "write", String(data) + "\n");
};


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
)js", 7242},
    // node.fs.watch
    {"watch", "watch", R"js(


const KINDS = ["made", "removed", "written", "attributes", "lost"];

const { offers, own } = hooks;
const watchers = new own.Map(); // by the number that C++ knows



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
own.inherits(Watcher, own.EventEmitter);


Watcher.prototype.close = function close() {
  if (!watchers.delete(this._number)) return;
  binding.fileUnwatch(this._number);
  this.emit("close", []);
};


hooks.fileChanged = function fileChanged(number, kind, name) {
  const watcher = watchers.get(number);
  if (watcher === undefined) return;
  watcher.emit("change", [KINDS[kind], name]);
  if (KINDS[kind] === "removed" && name === null) watcher.close();
};

offers.Watcher = Watcher;











offers.watch = function watch(path, listener) {
  const watcher = new Watcher(path);
  watcher.addListener("change", listener);
  return watcher;
};
)js", 1274},
    // node.dns
    {"dns", "dns", R"js(

const { quoted } = hooks.chunks;
const { own } = hooks;


const TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, CAA: 257 };
const SLOT_MASK = 0xfffff;

const waiting = []; // by slot, the low bits of a question's number



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


function promiseOf(resolver, answer, name, shape) {
  const promise = new node.Promise();
  if (typeof answer === "number") {
    waiting[answer & SLOT_MASK] = { promise, shape, name, resolver }; // which must live until then
  } else {
    settle(promise, shape, name, answer[0], answer[1], answer[2]);
  }
  return promise;
}



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


function stringsOf(options, name, what) {
  const value = options[name];
  if (value === undefined || value === null) return undefined;
  const copy = Array.isArray(value) ? Array.from(value) : [undefined];
  if (!copy.every((element) => typeof element === "string")) {
    throw new TypeError("Resolver: " + name + " must be an array of " + what + ", not " + quoted(value));
  }
  return copy;
}


class Handle extends hooks.Given {
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


const { FinalizationRegistry, apply, register } = own;
let orphans; // tells C++ of resolvers that nobody has any more













function Resolver(options) {

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
  apply(register, orphans, [this, handle]);
}

own.bare(Resolver.prototype);

function define(name, type, shape) {
  Resolver.prototype[name] = function (domain) {
    checkName(name, domain);
    return promiseOf(this, binding.dnsResolve(handleOf(this), domain, type), domain, shape);
  };
  own.defineProperty(Resolver.prototype[name], "name", { __proto__: null, value: name });
}














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




Resolver.prototype.reverse = function reverse(address) {
  const answer = typeof address === "string" ? binding.dnsReverse(handleOf(this), address) : undefined;
  if (answer === undefined) throw new TypeError("reverse: " + quoted(address) + " is no IPv4 or IPv6 address");
  return promiseOf(this, answer);
};






Resolver.prototype.lookup = function lookup(name, options) {
  checkName("lookup", name);
  const given = options === undefined || options === null ? {} : options;
  const family = given.family === undefined ? 0 : given.family;
  if (family !== 0 && family !== 4 && family !== 6) throw new TypeError("lookup: family must be 0, 4 or 6, not " + quoted(family));
  return promiseOf(this, binding.dnsLookup(handleOf(this), name, family, given.ipv6First === true));
};




own.defineProperty(Resolver.prototype, "servers", {
  __proto__: null,
  get() {
    return binding.dnsServers(handleOf(this));
  },
  set(servers) {
    binding.dnsSetServers(handleOf(this), servers === null ? undefined : servers);
  },
  enumerable: true,
  configurable: true,
});


own.defineProperty(Resolver.prototype, "cache", {
  __proto__: null,
  get() {
    handleOf(this);
    if (!caches.has(this)) caches.set(this, new Cache(this));
    return caches.get(this);
  },
  enumerable: true,
  configurable: true,
});

const caches = new own.WeakMap(); // by resolver


function Cache(resolver) {
  Object.defineProperty(this, "_resolver", { __proto__: null, value: resolver });
}
own.bare(Cache.prototype);


Cache.prototype.clear = function clear() {
  binding.dnsClearCache(handleOf(this._resolver));
};

own.defineProperty(Cache.prototype, "size", {
  __proto__: null,
  get() {
    return binding.dnsCacheSize(handleOf(this._resolver));
  },
  configurable: true,
});


const dns = own.create(Resolver.prototype);
new Handle(dns, 0); // that of the system
function take(name) {
  const property = own.getOwnPropertyDescriptor(Resolver.prototype, name);

  if (own.hasOwn(property, "value")) property.value = own.bind(property.value, dns);
  own.defineProperty(dns, name, { __proto__: null, ...property, enumerable: true });
}
const names = own.getOwnPropertyNames(Resolver.prototype);
for (let i = 0; i < names.length; i++) if (names[i] !== "constructor") take(names[i]);


const CODES = hooks.dnsCodes;
for (const name in CODES) dns[name] = CODES[name];
dns.Resolver = Resolver;

hooks.offers.dns = dns;
)js", 7855},
    // node.signals
    {"signals", "signals", R"js(

const { quoted } = hooks.chunks;
const { offers, own } = hooks;


const NAMES = [
  "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGTERM", "SIGSTKFLT", "SIGCONT", "SIGTSTP", "SIGURG", "SIGXCPU",
  "SIGXFSZ", "SIGVTALRM", "SIGWINCH", "SIGIO", "SIGPWR",
];

const FAULT = "it tells of a fault of the program, behind which it cannot go on";
const ENDLESS = "the terminal would send it again and again";

const REFUSED = {
  __proto__: null,
  SIGKILL: "no program can", SIGSTOP: "no program can",
  SIGILL: FAULT, SIGTRAP: FAULT, SIGABRT: FAULT, SIGIOT: FAULT, SIGBUS: FAULT, SIGFPE: FAULT, SIGSEGV: FAULT, SIGSYS: FAULT,
  SIGTTIN: ENDLESS, SIGTTOU: ENDLESS,
  SIGALRM: "node uses it", SIGPROF: "the engine uses it",
  SIGCHLD: "node waits for its children; a node.Process emits exit",
  SIGCLD: "node waits for its children; a node.Process emits exit",
  SIGPIPE: "node ignores it; what writes gets the error EPIPE",
  SIGPOLL: "it is SIGIO by another name",
};

const asked = new own.Map(); // name -> the array of its listeners, which C++ has, too


function nameOf(call, name) {
  if (typeof name !== "string") {
    throw new TypeError("node.signals." + call + ': a signal is a name such as "SIGTERM", not ' + quoted(name));
  }
  if (NAMES.includes(name)) return name;
  const why = REFUSED[name];
  if (why === undefined) throw new RangeError("node.signals." + call + ": there is no signal " + quoted(name));
  throw new RangeError("node.signals." + call + ": " + name + " cannot be listened to: " + why);
}


let named;


function tell(number) {
  const name = named.get(number);


  const list = asked.get(name);
  for (let i = 0; i < list.length; i++) own.apply(list[i], signals, [name, number]);
}


function listenersOf(name) {
  const known = asked.get(name);
  if (known !== undefined) return known;
  const numbers = binding.signalNumbers();
  if (named === undefined) named = new own.Map(NAMES.map((each) => [numbers[each], each]));
  const list = own.EventEmitter.prototype.listeners.call(signals, name);
  asked.set(name, list);
  binding.hearSignal(numbers[name], list, tell);
  return list;
}




function Signals() {}
own.inherits(Signals, own.EventEmitter);



Signals.prototype.addListener = function addListener(event, listener) {
  const name = nameOf("addListener", event);
  if (typeof listener !== "function") return this;
  listenersOf(name).push(listener);
  binding.armSignals();
  return this;
};


Signals.prototype.listeners = function listeners(event) {
  return listenersOf(nameOf("listeners", event));
};

const signals = new Signals();
offers.signals = signals;
)js", 2609},
};

}  // namespace node::bundle
