// Listeners lie in an own property `_events`, which appears with the first one; what an emitter inherits from another
// is not its own.
// stdout: [] ["_events"] ["_events"]
// stdout: false parent
// stdout: child
// stdout: true
var parent = new node.EventEmitter(), before = Object.keys(parent);
parent.addListener("x", function () { puts("parent"); });
var lazy = new node.EventEmitter();
lazy.listeners("x");
puts([before, Object.keys(parent), Object.keys(lazy)].map(JSON.stringify).join(" "));
var child = Object.create(parent);
print(child.emit("x") + " ");
parent.emit("x");
child.addListener("x", function () { puts("child"); });
child.emit("x");
var plain = {};
node.EventEmitter.call(plain);
node.EventEmitter.prototype.addListener.call(plain, "x", function () { puts(this === plain); });
node.EventEmitter.prototype.emit.call(plain, "x");
