// Prints the public names of the running program as JSON, for api_names.py:
//   names: { "node.fs.open": "function", ... }, kinds: function, class, constant, field, namespace;
//     "node.fs.File#read": what its objects have from their prototype
//   parents: { "node.http.Server": "node.tcp.Server", ... }
//   aliases: { "node.setTimeout": "setTimeout", ... }
// Left out: names that begin with an underscore, and what is an EventEmitter's, but its own.

// ECMA-262, 19, and what V8 has besides.
const ENGINE = `globalThis Infinity NaN undefined eval isFinite isNaN parseFloat parseInt decodeURI decodeURIComponent
  encodeURI encodeURIComponent escape unescape AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array
  BigUint64Array Boolean DataView Date DisposableStack Error EvalError FinalizationRegistry Float16Array Float32Array
  Float64Array Function Int8Array Int16Array Int32Array Iterator JSON Map Math Number Object Promise Proxy RangeError
  ReferenceError Reflect RegExp Set SharedArrayBuffer String SuppressedError Symbol SyntaxError TypeError URIError
  Uint8Array Uint8ClampedArray Uint16Array Uint32Array WeakMap WeakRef WeakSet`.split(/\s+/);
const FUNCTION = ["length", "name", "arguments", "caller", "prototype", "super_"];

// Objects whose properties are no names of ours.
const DATA = ["node.env"];

const names = {};
const parents = {};
const aliases = {};
const seen = new Map(); // function or object -> its first name

function publicKeys(object) {
  return Object.getOwnPropertyNames(object).filter((key) => !key.startsWith("_") && !/^\d+$/.test(key));
}

// Namespaces, and objects of ours with functions in them.
function hasMembers(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof node.EventEmitter);
}

function visit(name, value) {
  const key = name.slice(name.lastIndexOf(".") + 1);
  const known = typeof value === "function" ? seen.get(value) : undefined;
  // As node.setTimeout; not clearInterval, which has a name of its own.
  if (known !== undefined && (known === key || known.endsWith("." + key))) {
    aliases[name] = known;
    return;
  }
  if (typeof value === "function") seen.set(value, name);
  if (typeof value === "function" && /^[A-Z]/.test(key)) visitClass(name, value);
  else if (typeof value === "function") names[name] = "function";
  else if (typeof value === "number" && /^[A-Z0-9_]+$/.test(key)) names[name] = "constant";
  else if (hasMembers(value) && !DATA.includes(name)) visitObject(name, value);
  else names[name] = "field";
}

function visitObject(name, object) {
  const prototype = Object.getPrototypeOf(object);
  const inherited = prototype === Object.prototype || prototype === node.dns.Resolver.prototype ? [] : publicKeys(prototype);
  const keys = [...publicKeys(object), ...inherited].filter((key) => key !== "constructor");
  names[name] = keys.length === 0 ? "constant" : "namespace";
  for (const key of keys) visit(name + "." + key, object[key]);
}

function visitClass(name, constructor) {
  names[name] = "class";
  for (const key of publicKeys(constructor)) if (!FUNCTION.includes(key)) visit(name + "." + key, constructor[key]);
  for (const key of publicKeys(constructor.prototype)) {
    const inherited = constructor !== node.EventEmitter && key in node.EventEmitter.prototype;
    if (key === "constructor" || inherited) continue;
    const property = Object.getOwnPropertyDescriptor(constructor.prototype, key);
    // A method that a getter gives, as those of node.fs.File.
    const isFunction = typeof (property.get ? attempt(constructor.prototype, key) : property.value) === "function";
    names[name + "#" + key] = isFunction ? "function" : "field";
  }
  const parent = Object.getPrototypeOf(constructor.prototype);
  if (parent !== Object.prototype) parents[name] = parent.constructor;
}

// Most getters need an object of their own.
function attempt(prototype, key) {
  try {
    return prototype[key];
  } catch {
    return undefined;
  }
}

// The global functions first: node has one of them, too.
for (const name of [...publicKeys(globalThis).filter((name) => name !== "node"), "node"]) {
  if (!ENGINE.includes(name)) visit(name, globalThis[name]);
}
for (const [name, constructor] of Object.entries(parents)) parents[name] = seen.get(constructor);
p({ names, parents, aliases });
