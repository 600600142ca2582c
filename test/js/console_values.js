// console.log shows whatever it is given and throws nothing.
// stdout: text 1 -5n true null undefined {"a":[1,"x"]} [1,[2]] Symbol(s)
// stdout: [object Object] [object] own [object] function f() {}
// stdout: Error: seen
// stdout: {{ +at .*console_values.js:13:.*}}
// stdout:
var circular = {}; circular.itself = circular;
var bare = Object.create(null); bare.itself = bare;
var texted = { toString: function () { return "own"; } }; texted.itself = texted;
var thrower = new Proxy({}, { get: function () { throw new Error("never"); } });
console.log("text", 1, -5n, true, null, undefined, { a: [1, "x"] }, [1, [2]], Symbol("s"));
console.log(circular, bare, texted, thrower, function f() {});
console.log(new Error("seen"));
console.log();
