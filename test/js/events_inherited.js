// The constructor works on other objects, by node.inherits, by Object.create and without being called at all.
// stdout: Child true true
// stdout: second
// stdout: plain
// stdout: false
// stdout: own
// stdout: true 1 1
function Child() { node.EventEmitter.call(this); }
node.inherits(Child, node.EventEmitter);
Child.prototype.name = function () { return this.constructor.name; };
var first = new Child();
puts([first.name(), first instanceof node.EventEmitter, Child.super_ === node.EventEmitter].join(" "));
var second = new Child();
first.addListener("x", function () { puts("first"); });
second.addListener("x", function () { puts("second"); });
second.emit("x");
var plain = Object.create(node.EventEmitter.prototype);
plain.addListener("x", function () { puts("plain"); });
plain.emit("x");
// A prototype may be an emitter itself: its listeners are not those of what inherits from it.
function Heir() {}
Heir.prototype = new node.EventEmitter();
Heir.prototype.addListener("x", function () { puts("of the prototype"); });
var heir = new Heir();
puts(heir.emit("x"));
heir.addListener("x", function () { puts("own"); });
puts([heir.emit("x"), heir.listeners("x").length, Heir.prototype.listeners("x").length].join(" "));
