// Any text is the name of an event, names of Object.prototype among them; what is no function is ignored.
// stdout: constructor __proto__ hasOwnProperty toString valueOf 7
// stdout: false
var emitter = new node.EventEmitter();
var seen = [];
["constructor", "__proto__", "hasOwnProperty", "toString", "valueOf", 7].forEach(function (name) {
  emitter.addListener(name, function () { seen.push(name); });
  emitter.emit(String(name));
});
emitter.addListener("nothing", undefined);
emitter.addListener("nothing", "text");
puts(seen.join(" "));
puts(emitter.emit("nothing"));
