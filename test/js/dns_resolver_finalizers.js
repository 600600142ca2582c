// What tells of resolvers that nobody has any more is out of reach: a script that puts its own in the place of
// FinalizationRegistry, or of its function, ends none of them.
// stdout: 127.0.0.1:9
// stdout: -1
var Real = FinalizationRegistry, register = Real.prototype.register, finalize, registry;
FinalizationRegistry = function (f) { finalize = f; return new Real(f); };
Real.prototype.register = function (object, handle) {
  registry = this;
  return register.call(this, object, handle);
};
var resolver = new node.dns.Resolver({ servers: ["127.0.0.1:9"] });
if (finalize) finalize(1);
if (registry) throw new Error("the registry is known");
puts(resolver.servers);
resolver.resolve4("x.test").addErrback(function (code) { puts(code); });
