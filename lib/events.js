// node.EventEmitter, node.Promise and node.inherits.

// What emits events. Works on any object it is called on, and needs no
// initialisation: the listener table `_events` appears with the first listener.
function EventEmitter() {}

// The listeners of an emitter by event. Inherits nothing: an event may be called "constructor". What has no prototype
// at all would be a hash table to the engine, and slower.
function Table() {}
Table.prototype = Object.create(null);

// The emitter's own table, not one that it inherits from a prototype which is an emitter, too.
function tableOf(emitter) {
  const table = emitter._events;
  if (table !== undefined && Object.prototype.hasOwnProperty.call(emitter, "_events")) return table;
  return (emitter._events = new Table());
}

function has(emitter, event) {
  return Object.prototype.hasOwnProperty.call(emitter, "_events") && emitter._events[event] !== undefined;
}

// Appends `listener` to the listeners of `event` (a string). What is not a
// function is ignored. Returns the emitter.
EventEmitter.prototype.addListener = function addListener(event, listener) {
  if (typeof listener === "function") {
    const table = tableOf(this);
    const list = table[event];
    // An array of one has no room for sixteen more, as an empty one gets at the first push.
    if (list) list.push(listener);
    else table[event] = [listener];
  }
  return this;
};

// The array of listeners of `event`, itself, not a copy: editing it takes
// effect. Created when there is none.
EventEmitter.prototype.listeners = function listeners(event) {
  const table = tableOf(this);
  return table[event] || (table[event] = []);
};

// Calls the listeners of `event` in order, with `this` = the emitter and the
// elements of the array `args` (default: none) as arguments. Listeners that are
// appended meanwhile are called too. Returns whether the event has a listener
// array. An exception passes through to the caller.
EventEmitter.prototype.emit = function emit(event, args) {
  const table = this._events;
  if (table === undefined) return false;
  const list = table[event];
  // Own, or an inherited one: asked last, for it costs a third of the call.
  if (list === undefined || !Object.prototype.hasOwnProperty.call(this, "_events")) return false;
  const values = Array.isArray(args) ? args : [];
  for (let i = 0; i < list.length; i++) Reflect.apply(list[i], this, values);
  return true;
};

// Makes `Child` (a constructor) inherit from `Parent`: its prototype chain,
// `constructor`, and `Child.super_`, which is the Parent. The prototype of a
// function is a new one then; that of a class stays, and gets another parent.
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
    // A script may have given Object.prototype a "get".
    constructor: { __proto__: null, value: Child, enumerable: false, writable: true, configurable: true },
  });
}

// A promise: emits `success` or `error`, one of them, once. Listeners that are
// added after the outcome hear it in a later turn. It can be awaited: `await`
// gives the first success argument; a failure throws an Error (the one given,
// or one made with the given values in its `args`).
function Promise() {}
inherits(Promise, EventEmitter);

function settle(promise, event, args) {
  if (promise._outcome !== undefined) return false;
  const values = Array.isArray(args) ? args : [];
  promise._outcome = { event, values };
  EventEmitter.prototype.emit.call(promise, event, values);
  return true;
}

// As of node.EventEmitter; behind the outcome, `listener` is called in a later
// turn.
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

// As of node.EventEmitter, but `success` and `error` are the outcome, however
// they are emitted: once.
Promise.prototype.emit = function emit(event, args) {
  const name = String(event);
  if (name !== "success" && name !== "error") return EventEmitter.prototype.emit.call(this, event, args);
  const heard = has(this, name);
  return settle(this, name, args) && heard;
};

// Calls `listener` with the success arguments. Returns the promise.
Promise.prototype.addCallback = function addCallback(listener) {
  this.addListener("success", listener);
  return this;
};

// Calls `listener` with the error arguments. Returns the promise.
Promise.prototype.addErrback = function addErrback(listener) {
  this.addListener("error", listener);
  return this;
};

// Settles the promise with success; `args` is the array of arguments. Returns
// false when it had settled before.
Promise.prototype.emitSuccess = function emitSuccess(args) {
  return settle(this, "success", args);
};

// Settles the promise with failure; `args` is the array of arguments. Returns
// false when it had settled before.
Promise.prototype.emitError = function emitError(args) {
  return settle(this, "error", args);
};

// The text of a script's value, also of one that has none.
function textOf(value) {
  try {
    return String(value);
  } catch {
    return "[" + typeof value + "]";
  }
}
hooks.textOf = textOf;

// Whether `value` is `promise`, or one that has succeeded with it, and so on. Nobody makes longer circles.
function comesTo(value, promise) {
  for (let step = 0; step < 100; ++step) {
    if (value === promise) return true;
    if (!(value instanceof Promise) || value._outcome === undefined || value._outcome.event !== "success") return false;
    value = value._outcome.values[0];
  }
  return false;
}

// As of ECMAScript's promises: returns a native promise of the outcome.
Promise.prototype.then = function then(onFulfilled, onRejected) {
  return new NativePromise((resolve, reject) => {
    this.addCallback((value) => {
      if (!comesTo(value, this)) return resolve(value);
      // It would be asked for its own outcome for ever.
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
