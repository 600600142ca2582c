// The main script's `this` and `exports` are the global object; undeclared names become global; sloppy mode.
// stdout: true true 438 true
// stdout: undefined undefined undefined
assigned = 0666;
exports.shared = true;
puts([this === exports, this === (function () { return this; })(), assigned, shared].join(" "));
puts([typeof process, typeof module, typeof Buffer].join(" "));
