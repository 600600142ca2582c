// The constructor works on other objects, by node.inherits, by Object.create and without being called at all.
// stdout: Child true true
// stdout: second
// stdout: plain
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
