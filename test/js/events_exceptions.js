// An exception in a listener reaches the caller of emit; `error` without a listener is ignored.
// stdout: caught here
// stdout: false
var emitter = new node.EventEmitter();
emitter.addListener("x", function () { throw new Error("here"); });
emitter.addListener("x", function () { puts("never"); });
try {
  emitter.emit("x");
} catch (error) {
  puts("caught " + error.message);
}
puts(emitter.emit("error", [new Error("ignored")]));
