// node.dns: names to records, and host names to addresses.

const { quoted } = hooks.chunks;
const { own } = hooks;

// RFC 1035, 3.2.2 and those that extend it.
const TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, CAA: 257 };
const SLOT_MASK = 0xfffff;

const waiting = []; // by slot, the low bits of a question's number

// Called by C++, once for each question: (number, values, ttl, cname), or (number, code, message). Without a cname it
// is the name that was asked for.
hooks.dnsReply = function dnsReply(id, first, second, third) {
  const slot = id & SLOT_MASK;
  const question = waiting[slot];
  waiting[slot] = undefined;
  settle(question.promise, question.shape, question.name, first, second, third);
};

function settle(promise, shape, name, first, second, third) {
  if (typeof first === "number") return promise.emitError([first, second]);
  if (shape !== undefined) first = shape(first);
  if (second === undefined) return promise.emitSuccess([first]);
  return promise.emitSuccess([first, second, third === undefined ? name : third]);
}

// A promise of what C++ has said at once, or will say.
function promiseOf(resolver, answer, name, shape) {
  const promise = new node.Promise();
  if (typeof answer === "number") {
    waiting[answer & SLOT_MASK] = { promise, shape, name, resolver }; // which must live until then
  } else {
    settle(promise, shape, name, answer[0], answer[1], answer[2]);
  }
  return promise;
}

// --- Records of more than one field, which come flat ---

function grouped(size, make) {
  return function (flat) {
    const records = [];
    for (let i = 0; i < flat.length; i += size) records.push(make(flat, i));
    return records;
  };
}
const mxOf = grouped(2, (flat, i) => ({ priority: flat[i], exchange: flat[i + 1] }));
const srvOf = grouped(4, (flat, i) => ({ priority: flat[i], weight: flat[i + 1], port: flat[i + 2], name: flat[i + 3] }));
const caaOf = grouped(3, (flat, i) => ({ flags: flat[i], tag: flat[i + 1], value: flat[i + 2] }));
function soaOf([mname, rname, serial, refresh, retry, expire, minimum]) {
  return { mname, rname, serial, refresh, retry, expire, minimum };
}

function checkName(call, name) {
  if (typeof name !== "string") throw new TypeError(call + ": the name must be a string, not " + quoted(name));
}

// --- Resolvers ---

// Checks an option and gives it back; undefined when it is not set.
function optionOf(options, name, check, what) {
  const value = options[name];
  if (value === undefined || value === null) return undefined;
  if (!check(value)) throw new TypeError("Resolver: " + name + " must be " + what + ", not " + quoted(value));
  return value;
}

function numberOf(options, name, least, most, whole) {
  const check = (value) => typeof value === "number" && value >= least && value <= most && (!whole || Number.isInteger(value));
  return optionOf(options, name, check, (whole ? "an integer" : "a number") + " from " + least + " to " + most);
}

function booleanOf(options, name) {
  return optionOf(options, name, (value) => typeof value === "boolean", "a boolean");
}

// A copy: an array may have getters, or be a proxy, and say something else when it is read again.
function stringsOf(options, name, what) {
  const value = options[name];
  if (value === undefined || value === null) return undefined;
  const copy = Array.isArray(value) ? Array.from(value) : [undefined];
  if (!copy.every((element) => typeof element === "string")) {
    throw new TypeError("Resolver: " + name + " must be an array of " + what + ", not " + quoted(value));
  }
  return copy;
}

// What C++ knows a resolver by is written onto it where no script can reach.
class Handle extends hooks.Given {
  #handle;
  constructor(resolver, handle) {
    super(resolver);
    this.#handle = handle;
  }
  static has(value) {
    return typeof value === "object" && value !== null && #handle in value;
  }
  static of(resolver) {
    if (!Handle.has(resolver)) throw new TypeError("dns: called on " + quoted(resolver) + ", which is no Resolver");
    return resolver.#handle;
  }
}
const handleOf = Handle.of;

// As they were before any script: whoever knew `orphans`, or its function, could end resolvers that are in use.
const { FinalizationRegistry, apply, register } = own;
let orphans; // tells C++ of resolvers that nobody has any more

// A resolver of its own: servers, time-outs and cache. What `options` (others are
// ignored) do not set follows /etc/resolv.conf and the environment:
//   servers: array of addresses, each with a port or without (53)
//   timeout 2, attempts 3, total 15: seconds of the first try, doubled with each
//     round through the servers; rounds; seconds in all
//   rotate: begin with another server each time
//   tcp: never UDP
//   udpSize 1232: bytes of an answer over UDP, offered by EDNS; 0: no EDNS
//   mixCase true: letters of a question in random case (0x20), against forgery
//   search, ndots 1: array of domains for names with fewer dots
//   cache 10000: answers that are kept; 0: none
// Throws for what is none of that. Has the functions of node.dns.
function Resolver(options) {
  // node.dns.Resolver() without `new` has node.dns for `this`, which is a Resolver already.
  if (!(this instanceof Resolver) || Handle.has(this)) return new Resolver(options);
  const given = options === undefined || options === null ? {} : options;
  const seconds = (name) => {
    const value = numberOf(given, name, 0.001, 3600, false);
    return value === undefined ? undefined : Math.ceil(value * 1000);
  };
  const handle = binding.dnsCreate({
    servers: stringsOf(given, "servers", "addresses"),
    search: stringsOf(given, "search", "domains"),
    ndots: numberOf(given, "ndots", 0, 15, true),
    timeoutMs: seconds("timeout"),
    attempts: numberOf(given, "attempts", 1, 20, true),
    totalMs: seconds("total"),
    udpSize: given.udpSize === 0 ? 0 : numberOf(given, "udpSize", 512, 65535, true),
    rotate: booleanOf(given, "rotate"),
    tcp: booleanOf(given, "tcp"),
    mixCase: booleanOf(given, "mixCase"),
    cache: numberOf(given, "cache", 0, 10000000, true),
  });
  if (orphans === undefined) orphans = new FinalizationRegistry((handle) => binding.dnsDestroy(handle));
  new Handle(this, handle);
  apply(register, orphans, [this, handle]);
}

own.bare(Resolver.prototype);

function define(name, type, shape) {
  Resolver.prototype[name] = function (domain) {
    checkName(name, domain);
    return promiseOf(this, binding.dnsResolve(handleOf(this), domain, type), domain, shape);
  };
  own.defineProperty(Resolver.prototype[name], "name", { __proto__: null, value: name });
}

// Each of them asks DNS servers (not /etc/hosts) for the records of `name`, with
// the search list where that applies, and returns a promise: success `(records,
// ttl, cname)`, where ttl is the number of seconds for which all of it holds and
// cname the name at the end of the aliases, without a dot; error `(code,
// message)`, where code is one of node.dns.TEMPFAIL and its like. Throws for what
// is no string. RFC 1035; names that are not ASCII are BADQUERY.
//   resolve4, resolve6 (RFC 3596): addresses as text, in the answer's order
//   resolveNs, resolveCname, resolvePtr: names
//   resolveMx: { priority, exchange }
//   resolveTxt: an array of its strings for each record
//   resolveSrv (RFC 2782): { priority, weight, port, name }
//   resolveSoa: one { mname, rname, serial, refresh, retry, expire, minimum }
//   resolveCaa (RFC 8659): { flags, tag, value }
define("resolve4", TYPES.A);
define("resolve6", TYPES.AAAA);
define("resolveNs", TYPES.NS);
define("resolveCname", TYPES.CNAME);
define("resolvePtr", TYPES.PTR);
define("resolveMx", TYPES.MX, mxOf);
define("resolveTxt", TYPES.TXT);
define("resolveSrv", TYPES.SRV, srvOf);
define("resolveSoa", TYPES.SOA, soaOf);
define("resolveCaa", TYPES.CAA, caaOf);

// The names of `address` (IPv4 or IPv6, as text): a promise as above, of an array
// of domains; cname is the name under in-addr.arpa or ip6.arpa. Throws for what is
// no address.
Resolver.prototype.reverse = function reverse(address) {
  const answer = typeof address === "string" ? binding.dnsReverse(handleOf(this), address) : undefined;
  if (answer === undefined) throw new TypeError("reverse: " + quoted(address) + " is no IPv4 or IPv6 address");
  return promiseOf(this, answer);
};

// The addresses of a host, as connections look them up: `name` may be an address,
// "localhost" (RFC 6761), a name of /etc/hosts, or one that DNS servers know.
// `options`: family (4, 6, or 0 for both, the default), ipv6First (default
// false). Returns a promise of an array of texts; error as above. Throws for what
// is no string.
Resolver.prototype.lookup = function lookup(name, options) {
  checkName("lookup", name);
  const given = options === undefined || options === null ? {} : options;
  const family = given.family === undefined ? 0 : given.family;
  if (family !== 0 && family !== 4 && family !== 6) throw new TypeError("lookup: family must be 0, 4 or 6, not " + quoted(family));
  return promiseOf(this, binding.dnsLookup(handleOf(this), name, family, given.ipv6First === true));
};

// The servers in force, as texts: "192.0.2.1:53", "[2001:db8::1]:5353". Setting
// them (the port may be left out; undefined: those of the system again) throws
// for what is no address.
own.defineProperty(Resolver.prototype, "servers", {
  __proto__: null,
  get() {
    return binding.dnsServers(handleOf(this));
  },
  set(servers) {
    binding.dnsSetServers(handleOf(this), servers === null ? undefined : servers);
  },
  enumerable: true,
  configurable: true,
});

// clear() forgets all answers; size is how many are kept.
own.defineProperty(Resolver.prototype, "cache", {
  __proto__: null,
  get() {
    handleOf(this);
    if (!caches.has(this)) caches.set(this, new Cache(this));
    return caches.get(this);
  },
  enumerable: true,
  configurable: true,
});

const caches = new own.WeakMap(); // by resolver

// Holds its resolver, which must live as long.
function Cache(resolver) {
  Object.defineProperty(this, "_resolver", { __proto__: null, value: resolver });
}
own.bare(Cache.prototype);

// Forgets all answers.
Cache.prototype.clear = function clear() {
  binding.dnsClearCache(handleOf(this._resolver));
};

own.defineProperty(Cache.prototype, "size", {
  __proto__: null,
  get() {
    return binding.dnsCacheSize(handleOf(this._resolver));
  },
  configurable: true,
});

// The resolver that connections use, with these besides.
const dns = own.create(Resolver.prototype);
new Handle(dns, 0); // that of the system
function take(name) {
  const property = own.getOwnPropertyDescriptor(Resolver.prototype, name);
  // Programs take functions off node.dns.
  if (own.hasOwn(property, "value")) property.value = own.bind(property.value, dns);
  own.defineProperty(dns, name, { __proto__: null, ...property, enumerable: true });
}
const names = own.getOwnPropertyNames(Resolver.prototype);
for (let i = 0; i < names.length; i++) if (names[i] !== "constructor") take(names[i]);

// The codes of failures.
const CODES = hooks.dnsCodes;
for (const name in CODES) dns[name] = CODES[name];
dns.Resolver = Resolver;

hooks.offers.dns = dns;
