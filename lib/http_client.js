// node.http: the client.
//
// A client is a connection with a queue of requests, of which the first is under
// way. Requests go out in the order in which they were made; the connection is
// opened for the first and kept while others wait.

const { bytesOf, encodingIndex, encodingName, integers, isUtf8, quoted } = hooks.chunks;
const { TOKEN, BAD_VALUE, byteLength, parseHeaders } = hooks.http;
const { stateOf, attach, detach, portOf } = hooks.tcp;

// How a request stands.
const NEW = 0; // nothing of it may leave yet
const GIVING = 1; // sendBody was called
const FINISHED = 2; // finish was called
const OVER = 3; // answered, or failed: what is given now is dropped

// RFC 9110, 9.2.2: to ask twice is as to ask once.
const IDEMPOTENT = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"];
// What a request without a body says about it: nothing.
const BODILESS = ["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"];

const HOLD_BACK = 1024 * 1024; // bytes waiting in a request at which sendBody says false
const PIECE_COST = 64; // bytes that a waiting piece has besides its own
const REPLAY = 64 * 1024; // bytes of a body that are kept to send the request again

const idle = []; // clients to be looked at at the end of the turn

function has(emitter, event) {
  return emitter._events !== undefined && emitter._events[event] !== undefined && emitter._events[event].length > 0;
}

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
    if (request._state === NEW) return;
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
  const error = new Error(
    "response ETIMEDOUT " + this.client._place() + ": nothing for " + seconds + " s, " + request.method + " " + request._path);
  error.errno = "ETIMEDOUT";
  error.syscall = "response";
  this.abort(error);
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

// --- Clients ---

// The known options, read now: what a getter throws is createClient's to throw.
function readOptions(options) {
  const known = {};
  if (options === undefined || options === null) return known;
  for (const name of ["connectTimeout", "timeout", "headBytes", "headerCount", "outputLimit"]) {
    const value = options[name];
    if (typeof value === "number") known[name] = value;
  }
  return known;
}

// A client, which is a node.tcp.Connection. See createClient.
function Client(port, host, options) {
  this.port = portOf("createClient", port);
  this.host = host === undefined || host === null || host === "" ? "127.0.0.1" : String(host);
  Object.defineProperty(this, "_client", { value: new Record(this, readOptions(options)) });
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

// Opens nothing: a client connects when a request needs it. Changes where to.
// Throws while a connection is open.
Client.prototype.connect = function connect(port, host) {
  const state = stateOf(this);
  if (state.ready !== "closed") throw new Error("connect: the connection is " + state.ready + ", not closed");
  this.port = portOf("connect", port);
  if (host !== undefined && host !== null) this.host = String(host);
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
  const error = new Error("request ECANCELED " + this._place() + ": the client was closed");
  error.errno = "ECANCELED";
  error.syscall = "request";
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

// --- Requests ---

const FORBIDDEN_IN_PATH = /[^\x21-\x7e]/;

// A request. Emits `response(response)` once, or `error(error)` once when there
// is no whole answer; and `drain` after sendBody has returned false.
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
  this._response = undefined;
  this._early = false; // the response waits for finish
}
node.inherits(ClientRequest, node.EventEmitter);

// Checks the headers given to `call` and makes lines of them.
ClientRequest.prototype._readHeaders = function (call, headers) {
  if (headers === undefined || headers === null) return;
  if (!Array.isArray(headers)) throw new TypeError(call + ": headers must be an array of [name, value] pairs");
  for (let i = 0; i < headers.length; i++) {
    const pair = headers[i];
    if (!Array.isArray(pair) || pair.length < 2) throw new TypeError(call + ": headers[" + i + "] must be a [name, value] pair");
    const name = String(pair[0]);
    const value = String(pair[1]);
    if (!TOKEN.test(name)) throw new Error(call + ": forbidden character in the header name " + quoted(name));
    if (BAD_VALUE.test(value)) {
      throw new Error(call + ": forbidden character in the value of " + name + ": " + quoted(value));
    }
    this._readHeader(call, name.toLowerCase(), value);
    this._fields += name + ": " + value + "\r\n";
  }
};

// What decides how the request goes out (RFC 9112, 6 and 9).
ClientRequest.prototype._readHeader = function (call, name, value) {
  switch (name) {
    case "content-length":
      if (!/^[0-9]{1,15}$/.test(value)) throw new Error(call + ": Content-Length must be a number of bytes, not " + quoted(value));
      if (this._length >= 0) throw new Error(call + ": Content-Length is given twice");
      this._length = Number(value);
      break;
    case "transfer-encoding":
      if (this._coded || value.toLowerCase() !== "chunked") {
        throw new Error(call + ': the only Transfer-Encoding is one "chunked", not ' + quoted(value));
      }
      this._coded = true;
      break;
    case "connection":
      this._connection = true;
      if (value.toLowerCase().split(",").some((member) => member.trim() === "close")) this._closes = true;
      if (value.toLowerCase().split(",").some((member) => member.trim() === "upgrade")) {
        throw new Error(call + ": a client of this version cannot upgrade");
      }
      break;
    case "host":
      if (this._host) throw new Error(call + ": Host is given twice");
      this._host = true;
      break;
  }
  if (this._coded && this._length >= 0) throw new Error(call + ": Content-Length and Transfer-Encoding exclude one another");
};

// Sends a piece of the body: a string (`encoding` "utf8", or by default one byte
// per character), an array of integers, a Uint8Array or an ArrayBuffer. Returns
// whether to go on: after false, `drain` tells when all is with the kernel.
// Throws after finish, and when it is more than the given Content-Length. More
// than outputLimit waiting behind another request ends this one with `error`
// (ENOBUFS) inside the call. Without effect once the request has failed or has
// been answered.
ClientRequest.prototype.sendBody = function sendBody(chunk, encoding) {
  if (this._state === OVER) return true;
  if (this._state === FINISHED) throw new Error("sendBody: the request is finished");
  const data = bytesOf(chunk, "sendBody: a chunk");
  const utf8 = isUtf8(encoding);
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
  this._wantsDrain = this._waiting > HOLD_BACK;
  return !this._wantsDrain;
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
    if (this._headSent && this._chunked) this._write("0\r\n\r\n", false);
    this.client._client.advance();
  }
  if (this._early) {
    this._early = false;
    this._response._emitResponse();
  }
};

// Bytes that a request may have waiting.
Record.prototype.outputLimit = function () {
  const limit = this.options.outputLimit;
  return limit >= 0 ? limit : 64 * 1024 * 1024;
};

// Hands bytes to the connection.
ClientRequest.prototype._write = function (data, utf8) {
  if (!binding.tcpSend(stateOf(this.client).id, data, utf8)) this._full = true;
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
  if (!this._connection) head += "Connection: keep-alive\r\n";
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
  if (this._state === FINISHED && this._chunked) this._write("0\r\n\r\n", false);
  // The kernel took it all, though there was much of it.
  if (this._wantsDrain && !this._full) this._drained();
};

// The kernel has taken all.
ClientRequest.prototype._drained = function () {
  this._full = false;
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
  if (begun) record.drop();
  record.hold();
  if (response !== undefined) response.emit("error", [error]);
};

// More waits than the limit: the script did not heed sendBody.
ClientRequest.prototype._overflow = function () {
  const error = new Error(
    "request ENOBUFS " + this.client._place() + ": " + this._waiting + " bytes of the body wait for the answers before");
  error.errno = "ENOBUFS";
  error.syscall = "request";
  this._fail(error);
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
  this._request.emit("response", [this]);
  if (!this._paused) this.resume();
};

function clientOf(id) {
  const client = hooks.tcp.find(id);
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
  incoming.emit("body", [incoming._encoding === "raw" && typeof chunk !== "string" ? integers(chunk) : chunk]);
};

// Called by C++ when an answer is complete.
hooks.responseComplete = function responseComplete(id, reusable) {
  const record = clientOf(id);
  if (record === undefined) return; // a listener of the last piece has closed
  record.complete(record.requests[0]._response, reusable);
};

// --- What node.http offers ---

// A new client of `host` (an address, "localhost" or a name of /etc/hosts;
// default "127.0.0.1") and `port` (an integer, or the path of a unix-domain
// socket). It connects when a request needs it. Emits `connect`,
// `disconnect(had_error)` for each connection (`error` is what went wrong then),
// and `error(error)` for each request that has no whole answer. A GET, HEAD, PUT
// or DELETE goes out once more when a connection that had served others ends
// before its answer. `options` (others are ignored), each with
// its default:
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

function joinBytes(chunks, length) {
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

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
      const error = new Error("cat EFBIG " + url + ": more than " + limit + " bytes" + (name === "raw" ? "; bytes may have more" : ""));
      error.errno = "EFBIG";
      error.syscall = "cat";
      promise.emitError([error]);
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
