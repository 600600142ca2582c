// Listeners run in order with `this` = the emitter and the array's elements as arguments.
// stdout: a 1,2 true
// stdout: b 1,2 true
// stdout: true false true
var emitter = new node.EventEmitter();
["a", "b"].forEach(function (name) {
  emitter.addListener("x", function () {
    puts([name, Array.prototype.join.call(arguments), this === emitter].join(" "));
  });
});
var heard = emitter.emit("x", [1, 2]);
var unheard = emitter.emit("y", []);
emitter.listeners("z");
puts([heard, unheard, emitter.emit("z", [])].join(" "));
