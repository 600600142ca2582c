// node.http: the client.
//
// A client is a connection with a queue of requests, of which the first is under
// way. Requests go out in the order in which they were made; the connection is
// opened for the first and kept while others wait.

const { encodingName, integers, joinBytes, pieceOf, quoted } = hooks.chunks;
const { BAD_VALUE, TOKEN, has, makeError, readOptions } = hooks.head;
const { stateOf, attach, detach, find, hostOf, portOf } = hooks.tcp;
const { ClientRequest, ClientResponse, FINISHED, OVER } = hooks.requests;
const { offers, own } = hooks;

// RFC 9110, 9.2.2: to ask twice is as to ask once.
const IDEMPOTENT = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"];

const idle = []; // clients to be looked at at the end of the turn

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
own.bare(Record.prototype);

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
  this.hold(); // also when a caller in the script catches what a listener throws
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
    if (request._waitsForFinish()) return;
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
  const what = ": nothing for " + seconds + " s, " + request.method + " " + request._path;
  this.abort(makeError("response", "ETIMEDOUT", this.client._place() + what));
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

// Bytes that a request may have waiting.
Record.prototype.outputLimit = function () {
  const limit = this.options.outputLimit;
  return typeof limit === "number" && limit >= 0 ? limit : 64 * 1024 * 1024;
};

// --- Clients ---

const OPTIONS = {
  __proto__: null, connectTimeout: 1e6, timeout: 1e6, headBytes: 65535, headerCount: 256, outputLimit: 1e15,
};

// A client, which is a node.tcp.Connection. See createClient.
function Client(port, host, options) {
  this.port = portOf("createClient", port);
  this.host = hostOf(host, "127.0.0.1");
  Object.defineProperty(this, "_client", { __proto__: null, value: new Record(this, readOptions("createClient", options, OPTIONS)) });
  stateOf(this).owner = this._client;
}
own.inherits(Client, hooks.tcp.Connection);

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

// The same with another method, as it stands: RFC 9110, 9. Throws for what is no
// method, and for CONNECT, which makes a tunnel of the connection.
Client.prototype.request = function request(method, path, headers) {
  if (typeof method !== "string" || !TOKEN.test(method)) throw new Error("request: not a method: " + quoted(method));
  if (method === "CONNECT") throw new Error("request: CONNECT is not for requests");
  return makeRequest(this, "request", method, path, headers);
};

// Opens nothing: a client connects when a request needs it. Changes where to.
// Throws while a connection is open.
Client.prototype.connect = function connect(port, host) {
  const state = stateOf(this);
  if (state.ready !== "closed") throw new Error("connect: the connection is " + state.ready + ", not closed");
  this.port = portOf("connect", port);
  this.host = hostOf(host, this.host);
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

function clientOf(id) {
  const client = find(id);
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
  incoming.emit("body", [pieceOf(incoming._encoding, chunk)]);
};

// Called by C++ when an answer is complete.
hooks.responseComplete = function responseComplete(id, reusable) {
  const record = clientOf(id);
  if (record === undefined) return; // a listener of the last piece has closed
  record.complete(record.requests[0]._response, reusable);
};

// --- What node.http offers ---

// A new client of `host` (an address or a name, see node.dns.lookup;
// default "127.0.0.1") and `port` (an integer, or the path of a unix-domain
// socket). It connects when a request needs it. Emits `connect`,
// `disconnect(had_error)` for each connection (`error` is what went wrong then),
// and `error(error)` for each request that has no whole answer. A GET, HEAD, PUT
// or DELETE goes out once more when a connection that had served others ends
// before its answer. `options` (others are ignored), integers,
// a part of a second counting as a whole one, each with its default; throws for a value that is none:
//   connectTimeout 30, timeout 120: seconds until the connection stands, and
//     without any traffic until a request fails, and up to two more; 0: any
//   headBytes 32768, headerCount 256: of an answer; more is an error
//   outputLimit 64 MiB: bytes queued for a server that does not read
offers.createClient = function createClient(port, host, options) {
  return new Client(port, host, options);
};

// So much of a body node.http.cat takes: it all has to be in memory at once.
const CAT_LIMIT = 256 * 1024 * 1024;
// As an array of integers; a larger one would be a hash table to the engine.
const CAT_RAW_LIMIT = 32 * 1024 * 1024;

// Fetches `url` (http://user:password@host:port/path?query) and returns a
// promise of the body: an array of integers, or by `encoding` ("utf8", "ascii",
// "bytes") a string or a Uint8Array. A status outside of 200 to 299 gives
// error(statusCode), whatever else goes wrong error(error). Redirects are not
// followed. More than 256 MiB (as an array of integers 32) are refused. Throws for what is no such URL.
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
