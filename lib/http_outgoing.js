// What 2009's outgoing messages, responses and clients' requests alike, had besides: fields that scripts of the time read
// and set. All of them cost nothing while nobody looks.

const { FINISHED, OVER } = hooks.requests;

const CLOSES = 1; // of binding.answerState
const CHUNKED = 2;

// Assigning to what only tells is without effect.
function ignore() {}

function define(constructor, fields) {
  for (const name of Object.keys(fields)) {
    Object.defineProperty(constructor.prototype, name, { get: fields[name].get, set: fields[name].set || ignore, configurable: true });
  }
}

function closes(response) {
  return (binding.answerState(response._id, response._exchange) & CLOSES) !== 0;
}

function closeBehind(response) {
  if (binding.owesAnswer(response._id, response._exchange)) response.connection.close();
}

define(node.http.ServerResponse, {
  // The pieces of the body that were given and have not left yet: an array, none or one, since the first waits for the
  // second or for finish(). A copy.
  output: {
    get() {
      return this._body === undefined ? [] : [this._body.slice()];
    },
  },
  // Whether the connection ends behind this answer, as far as is known, or has ended: a boolean. Set to true before
  // finish(), it closes the connection as its close() does, which cannot be taken back.
  closeOnFinish: {
    get() {
      return closes(this);
    },
    set(value) {
      if (value) closeBehind(this);
    },
  },
  // The opposite of closeOnFinish.
  should_keep_alive: {
    get() {
      return !closes(this);
    },
    set(value) {
      if (!value) closeBehind(this);
    },
  },
  // Whether the body is under way in chunks: a boolean; false before the header has left. Setting it is without effect.
  chunked_encoding: {
    get() {
      return (binding.answerState(this._id, this._exchange) & CHUNKED) !== 0;
    },
  },
  // Whether a body whose length is not known when the header leaves goes out in chunks: a boolean, default true. Set to
  // false before that, the end of the connection ends it. Not for HTTP/1.0, which has no chunks.
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

function setCloses(request, value) {
  // A given Connection has said so already.
  if (value || !request._connection) request._closes = value;
}

define(node.http.ClientRequest, {
  // Whether finish() was called, or nothing more of the request is wanted: a boolean.
  finished: {
    get() {
      return this._state === FINISHED || this._state === OVER;
    },
  },
  // The pieces of the body that were given and have not left yet, an array. A copy.
  output: {
    get() {
      return this._pieces.map((piece) => piece[0].slice());
    },
  },
  // Whether the connection ends behind the answer: a boolean, by default false, or as the given Connection has it. May be
  // set; before the request leaves, the server is told.
  closeOnFinish: {
    get() {
      return this._closes;
    },
    set(value) {
      setCloses(this, Boolean(value));
    },
  },
  // The opposite of closeOnFinish.
  should_keep_alive: {
    get() {
      return !this._closes;
    },
    set(value) {
      setCloses(this, !value);
    },
  },
  // Whether the body goes out in chunks: a boolean; as far as is known. Setting it is without effect.
  chunked_encoding: {
    get() {
      return this._headSent ? this._chunked : this._coded;
    },
  },
  // Whether a body without a given length goes out in chunks when it is not finished at once: a boolean, default true.
  // Set to false before the request leaves, for servers that take no chunks, it waits for finish() and goes out with its
  // length; sendBody returns true meanwhile, and outputLimit bounds it.
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
