// An argument of Timer.start that is an object may start the same timer: the outer call decides, and it fires once.
// stdout: outer
// stdout: fired
// stdout: another
var timer = new node.Timer(), inside = false;
timer.addListener("timeout", function () { puts("fired"); });
timer.start({ valueOf: function () {
  if (!inside) {
    inside = true;
    timer.start(60000, 60000);
    puts("outer");
  }
  return 5;
} }, 0);
setTimeout(function () { puts("another"); }, 30);
