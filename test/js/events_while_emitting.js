// An emit walks over the live array by index: what a listener appends is called too, what it takes out shifts the rest,
// and what it throws leaves the rest uncalled.
// stdout: once third
// stdout: third
// stdout: a b c
// stdout: caught boom; before
// stdout: true before after
// stdout: nested: outer inner outer
var seen;
function run(emitter, event) {
  seen = [];
  var result = emitter.emit(event);
  puts((event === "throws" ? result + " " : "") + seen.join(" "));
}
var emitter = new node.EventEmitter(), list = emitter.listeners("x");
function once() {
  seen.push("once");
  list.splice(list.indexOf(once), 1);
}
[once, function second() { seen.push("second"); }, function third() { seen.push("third"); }].forEach(function (f) {
  emitter.addListener("x", f);
});
run(emitter, "x");
list.shift();
run(emitter, "x");

emitter.addListener("grow", function () {
  seen.push("a");
  emitter.addListener("grow", function () {
    seen.push("b");
    emitter.addListener("grow", function () { seen.push("c"); });
  });
});
run(emitter, "grow");

var fail = true;
emitter.addListener("throws", function () { seen.push("before"); });
emitter.addListener("throws", function () { if (fail) throw new Error("boom"); });
emitter.addListener("throws", function () { seen.push("after"); });
try {
  run(emitter, "throws");
} catch (error) {
  puts("caught " + error.message + "; " + seen.join(" "));
}
fail = false;
run(emitter, "throws");

seen = [];
var depth = 0;
emitter.addListener("nest", function () {
  if (depth++ === 0) {
    seen.push("outer");
    emitter.emit("nest");
  } else {
    seen.push("inner");
  }
});
emitter.addListener("nest", function () { if (depth === 2) { depth++; return; } seen.push("outer"); });
emitter.emit("nest");
puts("nested: " + seen.join(" "));
