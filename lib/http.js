// node.http: the server.
//
// A request comes as one call with its head as one string; headers and uri are
// made from it when somebody looks. An answer given in one turn goes back as
// one call.

// A script may have a class of its own by this name, which was nobody's in 2009.
const { Map } = global;

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
// `connection(connection)`, `close(errno)`, `drained()`, and for requests with Upgrade and for
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
// Idle connections close, busy ones after the answers they owe. So do those whose
// request the kernel has by then; the last answer says "Connection: close".
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
// http_client.js
hooks.lazy(node.http, "client", ["createClient", "cat", "Client", "ClientRequest", "ClientResponse"]);
