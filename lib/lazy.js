// Parts of the library that not every script needs are evaluated when one first asks for something of theirs, not in the
// startup snapshot: what lies in that is read at each start.
//
// By then a script may have changed all that the language has: given Object.prototype a setter, or put something else in
// the place of Map. So the outermost code of such a library, which runs then, calls nothing that a script can reach but
// what lies in hooks.own, assigns to the properties of objects only that inherit nothing meanwhile, and takes arrays apart
// by index. test/cli/lazy_test.py evaluates them where everything is poisoned.
//
// What they offer they put into hooks.offers.

const {
  create, defineProperty, getOwnPropertyDescriptor, getOwnPropertyNames, hasOwn, isExtensible, setPrototypeOf,
} = Object;
const { apply } = Reflect;
const { bind } = Function.prototype;
const { prototype } = Object;
const { ceil, clz32, floor, min, trunc } = Math;

// A constructor that derives from it gives its private fields to the object, or to a new one when there is none.
hooks.Given = function Given(object) {
  return object;
};

let links; // of the part that is being evaluated: what is to inherit from what
const parts = { __proto__: null }; // what each offers, by name; null while it is being evaluated

// Has `object` inherit nothing until its part is evaluated, then from `parent`. Returns it.
function bare(object, parent = prototype) {
  links = { __proto__: null, object: setPrototypeOf(object, null), parent, next: links };
  return object;
}

// As node.inherits.
function inherits(Child, Parent) {
  defineProperty(Child, "super_", { __proto__: null, value: Parent, writable: true, enumerable: true, configurable: true });
  Child.prototype = bare(create(null), Parent.prototype);
  defineProperty(Child.prototype, "constructor", { __proto__: null, value: Child, writable: true, configurable: true });
}

// What the outermost code of a library that is evaluated later may call: as it was before any script.
hooks.own = {
  __proto__: null,
  bare, create, defineProperty, getOwnPropertyDescriptor, getOwnPropertyNames, hasOwn, inherits, isExtensible, apply,
  bind: (callee, self) => apply(bind, callee, [self]),
  isInteger: Number.isInteger,
  ceil, clz32, floor, min, trunc,
  later: (callback, delay) => hooks.provide("timers").setTimeout(callback, delay),
  EventEmitter: node.EventEmitter,
  Promise: node.Promise,
  Float64Array, Map, Symbol, WeakMap, FinalizationRegistry,
  register: FinalizationRegistry.prototype.register,
};

// Gives `object` the properties `names`, of what the part `part` offers. Scripts see no difference to others.
hooks.lazy = function lazy(object, part, names) {
  for (let i = 0; i < names.length; i++) binding.defineLazy(object, names[i], part);
};

// What the part `part` offers. Evaluates it when that has not been done: all or, when it throws (the stack may be at its
// end), nothing of it. Called by C++, and by parts that need others.
hooks.provide = function provide(part) {
  if (parts[part]) return parts[part];
  if (parts[part] === null) throw new Error("node: internal error: the part " + part + " needs itself");
  const outer = { offers: hooks.offers, links };
  const offers = { __proto__: null };
  hooks.offers = offers;
  links = undefined;
  parts[part] = null;
  try {
    binding.evaluatePart(part, node, global, binding, hooks, NativePromise);
    for (; links !== undefined; links = links.next) setPrototypeOf(links.object, links.parent);
    parts[part] = offers;
  } finally {
    if (parts[part] === null) parts[part] = undefined;
    hooks.offers = outer.offers;
    links = outer.links;
  }
  return offers;
};

// timers.js
hooks.lazy(node, "timers", ["Timer", "setTimeout"]);
hooks.lazy(global, "timers", ["setTimeout", "setInterval", "clearTimeout", "clearInterval"]);
