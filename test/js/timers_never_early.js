// A timer counts from the call, however long the turn has computed before and after it.
// stdout: in time
var turn = Date.now();
while (Date.now() - turn < 40);
var start = Date.now();
setTimeout(function () {
  var waited = Date.now() - start;
  puts(waited >= 29 ? "in time" : "early: " + waited);
}, 30);
