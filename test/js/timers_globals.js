// stdout: setTimeout: true true true
// stdout: clearTimeout: true true true
// stdout: setInterval: mine
// stdout: clearInterval: undefined
// stdout: fired
// The first timer makes the global functions anew, for the compilers: with their attributes, and not where a script has
// put something else, or nothing.
setInterval = "mine";
delete globalThis.clearInterval;
Object.defineProperty(Object.prototype, "get", { value: function () {}, configurable: true });
var timer = setTimeout(function () { puts("fired"); }, 1);
delete Object.prototype.get;
["setTimeout", "clearTimeout"].forEach(function (name) {
  var held = Object.getOwnPropertyDescriptor(globalThis, name);
  puts(name + ": " + [held.writable, held.enumerable, held.configurable].join(" "));
});
puts("setInterval: " + setInterval);
puts("clearInterval: " + globalThis.clearInterval);
