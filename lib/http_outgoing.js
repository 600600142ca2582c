// What 2009's responses had besides: fields that scripts of the time read and set. They cost nothing while nobody looks.

const CLOSES = 1; // of binding.answerState
const CHUNKED = 2;

// Assigning to what only tells is without effect.
function ignore() {}

// Called by a library that is evaluated later, too: see lazy.js.
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
