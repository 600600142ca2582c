// Requests of HTTP clients and the answers to them, for http_client.js.

const { byteLength, bytesOf, encodingIndex, encodingName, isUtf8, quoted } = hooks.chunks;
const { has, makeError, parseHeaders, readHeaders } = hooks.head;
const { stateOf } = hooks.tcp;
const { own } = hooks;

// How a request stands.
const NEW = 0; // nothing of it may leave yet
const GIVING = 1; // sendBody was called
const FINISHED = 2; // finish was called
const OVER = 3; // answered, or failed: what is given now is dropped

// Fields that a server refuses to see twice.
const ONCE = { __proto__: null, "host": "Host", "content-length": "Content-Length" };
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
// further fields are those of http_request_fields.js.
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

// Checks the headers given to `call`, makes lines of them, and notes what they say of how the request goes out
// (RFC 9112, 6 and 9).
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
own.inherits(ClientResponse, own.EventEmitter);

own.defineProperty(ClientResponse.prototype, "headers", {
  __proto__: null,
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
