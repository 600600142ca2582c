// Timers fire in order of their due time, then of their creation.
// stdout: body
// stdout: a0 b0 a5 b5 c20
var seen = [];
setTimeout(function () { seen.push("c20"); puts(seen.join(" ")); }, 20);
setTimeout(function () { seen.push("a5"); }, 5);
setTimeout(function () { seen.push("b5"); }, 5);
setTimeout(function () { seen.push("a0"); }, 0);
setTimeout(function () { seen.push("b0"); }, -3);
puts("body");
