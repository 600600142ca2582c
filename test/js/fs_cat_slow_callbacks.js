// While the callbacks of a crowd take their time, timers have their turns.
// stdout: timers came between: true
var heard = 0, between = 0, total = 600;

function busy() {
  var end = Date.now() + 2;
  while (Date.now() < end);
}

var interval = setInterval(function () { if (heard > 0) between++; }, 1);
for (var i = 0; i < total; i++) {
  node.fs.cat(__filename).addCallback(function () {
    busy();
    if (++heard < total) return;
    clearInterval(interval);
    puts("timers came between: " + (between >= 10 || between + " times"));
  });
}
