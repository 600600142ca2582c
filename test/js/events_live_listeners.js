// listeners() is the live array: editing it takes effect, also in the middle of an emit.
// stdout: first second third
// stdout: second third third
var emitter = new node.EventEmitter();
var seen = [];
function first() {
  seen.push("first");
  emitter.addListener("x", third);
}
function second() { seen.push("second"); }
function third() { seen.push("third"); }
emitter.addListener("x", first);
emitter.addListener("x", second);
emitter.emit("x");
puts(seen.join(" "));
emitter.listeners("x").shift();
emitter.listeners("x").push(third);
seen = [];
emitter.emit("x");
puts(seen.join(" "));
