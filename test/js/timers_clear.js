// Clearing is harmless in every state, each function clears either kind, and a cleared timer keeps nothing alive.
// stdout: fired
clearTimeout(undefined);
clearTimeout(null);
clearInterval(7);
clearTimeout({});
clearTimeout(setInterval(function () { puts("never"); }, 1));
clearInterval(setTimeout(function () { puts("never"); }, 1));
var long = setTimeout(function () { puts("never"); }, 1e9);
var fired = setTimeout(function () {
  puts("fired");
  clearTimeout(fired);
  clearTimeout(fired);
  clearTimeout(long);
}, 2);
