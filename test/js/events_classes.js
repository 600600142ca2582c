// Classes inherit from node.EventEmitter by `extends` and by node.inherits; what is no constructor is refused.
// stdout: true extended
// stdout: true inherited Inherited true
// stdout: node.inherits: both arguments must be constructors
// stdout: node.inherits: both arguments must be constructors
// stdout: node.inherits: both arguments must be constructors
class Extended extends node.EventEmitter {}
class Inherited {
  name() { return this.constructor.name; }
}
node.inherits(Inherited, node.EventEmitter);
function heard(emitter, text) {
  var seen;
  emitter.addListener("x", function () { seen = text; });
  emitter.emit("x");
  return (emitter instanceof node.EventEmitter) + " " + seen;
}
puts(heard(new Extended(), "extended"));
var inherited = new Inherited();
puts(heard(inherited, "inherited") + " " + inherited.name() + " " + (Inherited.super_ === node.EventEmitter));
[[{}, node.EventEmitter], [Inherited, undefined], [Inherited, () => {}]].forEach(function (pair) {
  try { node.inherits(pair[0], pair[1]); } catch (error) { puts(error.message); }
});
