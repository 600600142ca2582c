// A timer that another one clears in the same turn does not run, though both are due.
// stdout: first
var second;
setTimeout(function () { puts("first"); clearTimeout(second); }, 1);
second = setTimeout(function () { puts("never"); }, 1);
var until = Date.now() + 20;
while (Date.now() < until);
