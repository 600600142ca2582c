// node.tcp: connections and servers, over TCP and unix-domain sockets.

const { bytesOf, encodingIndex, encodingName, isUtf8, pack, pieceOf, quoted } = hooks.chunks;

const { readOptions } = hooks.head;

const OPTIONS = { __proto__: null, timeout: 1e6, outputLimit: 1e15, connections: 1e6 }; // of servers
const connections = []; // by slot, the low bits of an id; of those that C++ knows
const SLOT_MASK = 0xfffff;
const servers = []; // by handle

// A connection. `server` and `remoteAddress` are set on those that a server has
// accepted; `error` is what went wrong, after disconnect(true).
function Connection() {}
node.inherits(Connection, node.EventEmitter);

// The record of a connection, made on first use: the constructor need not have run.
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

// The connection of an id; undefined when it has let go of it.
function find(id) {
  const connection = connections[id & SLOT_MASK];
  return connection !== undefined && connection._tcp.id === id ? connection : undefined;
}

Object.defineProperties(Connection.prototype, {
  // "opening", "open", "readOnly" (close() was called), "writeOnly" (the peer
  // has closed its half), "closed".
  readyState: {
    get() {
      return stateOf(this).ready;
    },
    configurable: true,
  },
  // The peer's address as text, once connected; "" of a unix-domain socket.
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

// A port as an integer, or a path (a string with a "/") as it is.
function portOf(call, port) {
  if (typeof port === "string" && port.includes("/")) return port;
  const number = typeof port === "number" || (typeof port === "string" && /^[0-9]+$/.test(port)) ? Number(port) : NaN;
  if (!Number.isInteger(number) || number < 0 || number > 65535) {
    throw new RangeError(call + ": the port must be an integer from 0 to 65535 or a path, not " + quoted(port));
  }
  return number;
}

// A host as text, `otherwise` when there is none. An IPv6 address may stand in brackets, as in URLs (RFC 3986, 3.2.2).
function hostOf(host, otherwise) {
  if (host === undefined || host === null || host === "") return otherwise;
  const name = String(host); // which may run a script
  return /^\[.*:.*\]$/.test(name) ? name.slice(1, -1) : name;
}

// Connects to `port` (an integer or a path with a "/" in it) of `host` (an
// address or a name, see node.dns.lookup; default "127.0.0.1"). Emits
// connect(), or disconnect(true) when that fails. Throws unless readyState is
// "closed".
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

// Sends `data`: a string (`encoding` "utf8", or by default one byte per
// character), an array of integers, a Uint8Array or an ArrayBuffer. Returns
// whether to go on: after false, `drain` tells when all is with the kernel.
// Throws unless readyState is "open" or "writeOnly".
Connection.prototype.send = function send(data, encoding) {
  const state = stateOf(this);
  if (state.ready !== "open" && state.ready !== "writeOnly") throw new Error("send: the connection is " + state.ready);
  const packed = Array.isArray(data) ? pack(data) : -1;
  const bytes = packed < 0 ? bytesOf(data, "send: the data") : packed;
  return binding.tcpSend(state.id, bytes, isUtf8(encoding));
};

// How `receive` gives its data: "raw" (default: arrays of integers 0..255),
// "utf8" or "ascii" (strings), "bytes" (Uint8Array). Case does not matter, what
// is unknown is raw. Returns the name in force. At any time.
Connection.prototype.setEncoding = function setEncoding(encoding) {
  const state = stateOf(this);
  state.encoding = encodingName(encoding);
  if (state.id >= 0) binding.tcpSetEncoding(state.id, encodingIndex(state.encoding));
  return state.encoding;
};

// Closes our half behind what was sent; what the peer sends still arrives. Ends
// the connection when the peer has closed its half. Harmless when closed.
Connection.prototype.close = function close() {
  const state = stateOf(this);
  if (state.ready === "closed" || state.ready === "readOnly") return;
  state.ready = state.ready === "writeOnly" ? "closed" : "readOnly";
  binding.tcpClose(state.id, false);
};

// Closes both halves behind what was sent; what still arrives is dropped.
Connection.prototype.fullClose = function fullClose() {
  const state = stateOf(this);
  if (state.id < 0) return;
  state.ready = "closed";
  binding.tcpClose(state.id, true);
};

// Closes at once: what was sent and has not left yet is dropped, and nothing
// more is emitted.
Connection.prototype.forceClose = function forceClose() {
  const state = stateOf(this);
  if (state.id < 0) return;
  const id = state.id;
  detach(this);
  binding.tcpAbort(id);
};

// Holds back what the peer sends (it stays with the kernel, and then with the peer).
Connection.prototype.pause = function pause() {
  const state = stateOf(this);
  if (state.id >= 0) binding.tcpSetReading(state.id, false);
};

// Goes on after pause().
Connection.prototype.resume = function resume() {
  const state = stateOf(this);
  if (state.id >= 0) binding.tcpSetReading(state.id, true);
};

// --- What C++ calls ---

// Of a new connection; `connect` comes in a later turn.
hooks.tcpAccept = function tcpAccept(handle, id) {
  const server = servers[handle];
  const connection = new Connection();
  connection.server = server;
  attach(connection, id, "open");
  connection.remoteAddress; // to be read after the end, too
  server.emit("connection", [connection]);
};

// As emit("receive", [piece]), which is by far the commonest event.
function emitReceive(connection, piece) {
  if (connection.emit !== node.EventEmitter.prototype.emit) return connection.emit("receive", [piece]);
  if (!Object.prototype.hasOwnProperty.call(connection, "_events")) return;
  const list = connection._events.receive;
  if (list === undefined) return;
  for (let i = 0; i < list.length; i++) Reflect.apply(list[i], connection, [piece]);
}

// kind: 0 connect, 1 receive, 2 eof, 3 drain, 4 timeout
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
      // First: what a listener sends has not gone yet.
      if (state.owner !== undefined) state.owner.drained();
      if (state.id === id) connection.emit("drain", []); // a listener may have made another connection
      break;
    case 4:
      if (state.ready !== "closed") connection.emit("timeout", []);
      if (state.owner !== undefined && state.id === id) state.owner.silent();
      break;
  }
};

// The codes of failures to look a name up; dns.js has them, too.
hooks.dnsCodes = {
  __proto__: null,
  TEMPFAIL: -1, // a time-out, SERVFAIL or the like: may work later
  PROTOCOL: -2, // a garbled reply
  NXDOMAIN: -3, // there is no such name
  NODATA: -4, // the name has no records of that type
  NOMEM: -5, // too much is under way
  BADQUERY: -6, // not a name
};

// The end; `error` is an Error, or undefined when both sides closed.
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

// For http_client.js, whose clients are connections: `owner` hears of drained(),
// and behind the listeners of silent() and ended(error).
hooks.tcp = { Connection, stateOf, attach, detach, portOf, hostOf, find };

// For http.js: an object for a connection that C++ has taken over.
hooks.tcpAdopt = function (id, server) {
  const connection = new Connection();
  connection.server = server;
  attach(connection, id, "open");
  return connection;
};

// --- Servers ---

// A server. Emits `connection(connection)`, `close(errno)` and, after close(), `drained()`. `options`:
// timeout (seconds without traffic until a connection emits `timeout`, default
// 60, 0: never), outputLimit (bytes queued for a peer that does not read,
// default 64 MiB; above that the connection ends), connections (at most, default
// a million); others are ignored. Integers; a part of a second counts as a whole
// one. They are read here, and not again; throws for a value that is none of that.
function Server(listener, options) {
  this.addListener("connection", listener);
  this._options = readOptions("createServer", options, OPTIONS);
  this._handle = -1;
}
node.inherits(Server, node.EventEmitter);

// Opens the socket; node.http.Server has one of its own.
Server.prototype._open = function (port, host, backlog) {
  const handle = binding.tcpListen(port, host, backlog, this._options);
  servers[handle] = this;
  return handle;
};
Server.prototype._shut = binding.tcpCloseServer;
Server.prototype._port = binding.tcpListeningPort;

// Listens on `port` (a number or numeric string, 0: a free one; or the path of
// a unix-domain socket, with a "/" in it) and `host` (an address, "localhost" or
// a name of /etc/hosts; default any IPv4 address). The socket is bound when it
// returns. `backlog`: connections waiting to be accepted, default 1024. Throws
// an Error with `errno` and `syscall`, e.g. "listen EADDRINUSE 0.0.0.0:8000:
// Address already in use".
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
  // The port it listens on, a number; undefined when it does not, 0 on a path.
  get() {
    return this._handle < 0 ? undefined : this._port(this._handle);
  },
  configurable: true,
});

// Stops accepting; open connections live on. Emits `close(0)`, and `drained()` in a
// later turn, when the last of them has ended. Harmless when closed.
Server.prototype.close = function close() {
  if (this._handle < 0) return;
  const handle = this._handle;
  this._handle = -1;
  this._shut(handle, () => this.emit("drained", []));
  this.emit("close", [0]);
};

// A new server; `listener(connection)` is added to `connection`. See Server for
// `options`.
function createServer(listener, options) {
  return new Server(listener, options);
}

// A new connection, on which connect(port, host) has been called.
function createConnection(port, host) {
  const connection = new Connection();
  connection.connect(port, host);
  return connection;
}

node.tcp = { Connection, Server, createServer, createConnection };
