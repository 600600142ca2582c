// What 2009's requests of clients had besides, as http_outgoing.js has it for responses.

const { ClientRequest, FINISHED, OVER } = hooks.requests;

function setCloses(request, value) {
  // A given Connection has said so already.
  if (value || !request._connection) request._closes = value;
}

hooks.defineFields(ClientRequest, {
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
