// node.http.Connection: what a server's requests come on.

const connections = new Map(); // by id; of those that somebody has asked for
const tapped = new Map(); // by id; of those with a listener for one of LOW_LEVEL

const LOW_LEVEL = [
  "message_begin", "uri", "header_field", "header_value", "headers_complete", "body", "message_complete",
];

// A connection of a server: request.connection, and the argument of the server's
// `connection` event. `server` is the node.http.Server. Events:
//   eof: once, when the client has shut its half, or both; for listeners that were
//     there then. What it is owed may still go out, unless it has really gone.
//   disconnect(had_error): once, when it has ended (or `upgrade` has taken it);
//     had_error (a boolean) after an error of the socket, a deadline in the middle
//     of something, or a limit. Not after forceClose().
//   message_begin, uri(text), header_field(text), header_value(text),
//     headers_complete({method, httpVersion, should_keep_alive}): the head of each
//     request, all at once when it is complete, before the server's `request` or
//     `upgrade`
//   body(chunk), message_complete: as the request's `body` and `complete`, before
//     these. A listener for any of them hears from the next request on; they cost
//     nothing while nobody listens.
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

// As of node.EventEmitter.
Connection.prototype.addListener = function addListener(event, listener) {
  noteTap(this, event);
  return node.EventEmitter.prototype.addListener.call(this, event, listener);
};

// As of node.EventEmitter.
Connection.prototype.listeners = function listeners(event) {
  noteTap(this, event);
  return node.EventEmitter.prototype.listeners.call(this, event);
};

Object.defineProperties(Connection.prototype, {
  // The address of the client, a string; "" when it has gone before anybody asked, and of a unix-domain socket.
  remoteAddress: {
    get() {
      if (this._remoteAddress === undefined) this._remoteAddress = this._id < 0 ? "" : binding.remoteAddress(this._id);
      return this._remoteAddress;
    },
    configurable: true,
  },
  // "open", "readOnly" (close() was called), "writeOnly" (the client has shut its half), "closed" (it has ended, or
  // fullClose() or forceClose() was called).
  readyState: {
    get() {
      if (this._id < 0 || this._ready !== "open") return this._id < 0 ? "closed" : this._ready;
      return binding.peerClosed(this._id) ? "writeOnly" : "open";
    },
    configurable: true,
  },
});

// Takes no further request; the answers owed still go out, then the connection
// closes. Harmless when closed.
Connection.prototype.close = function close() {
  const ready = this.readyState;
  if (ready !== "open" && ready !== "writeOnly") return;
  this._ready = ready === "open" ? "readOnly" : "closed";
  binding.closeConnection(this._id);
};

// The same as close(), but that readyState is "closed" at once.
Connection.prototype.fullClose = function fullClose() {
  if (this._id < 0) return;
  this._ready = "closed";
  binding.closeConnection(this._id);
};

// Closes the connection at once; unsent data are dropped, and it emits nothing
// more. Its unfinished responses emit `close`.
Connection.prototype.forceClose = function forceClose() {
  if (this._id < 0) return;
  this._ready = "closed";
  this._quiet = true;
  tapped.delete(this._id);
  binding.abort(this._id);
};

// Always throws: what is sent on an HTTP connection belongs to a response.
Connection.prototype.send = function send() {
  throw new Error("send: an HTTP connection sends responses only: use sendBody of a response, or the upgrade event");
};

// Called by C++ when the client of a connection that was watched has shut its half.
hooks.eof = function eof(id) {
  const connection = connections.get(id);
  if (connection !== undefined && !connection._quiet) connection.emit("eof", []);
};

// Called by C++ when a connection has closed that was watched.
hooks.closed = function closed(id, failed) {
  const connection = connections.get(id);
  if (connection === undefined) return;
  connections.delete(id);
  tapped.delete(id);
  connection._id = -1; // the name will be another's one day
  if (!connection._quiet) connection.emit("disconnect", [failed]);
};

// For http.js.
hooks.httpConnections = {
  Connection,
  tapped,

  // Of a connection that a server has accepted just now.
  accepted(id, server) {
    const connection = new Connection(id, server);
    if (binding.watchConnection(id)) connections.set(id, connection);
    return connection;
  },

  // Of a request or response: one that has ended where the connection has, never a later one of the same id.
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

  // Emits what there is to hear of a head.
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
