// The memory of very many timers goes back to the system when the last of them has gone: 16 bytes each.
// stdout: back
// timeout: 60
var timers = [];
for (var i = 0; i < 1000000; i++) timers.push(setTimeout(never, 1e6 + i));
function never() { puts("never"); }
resident(function (before) {
  for (var i = 0; i < timers.length; i++) clearTimeout(timers[i]);
  // One that is there when the turn ends must not make the others be forgotten.
  var last = setTimeout(never, 1e6);
  resident(function () {
    clearTimeout(last);
    resident(function (after) {
      puts(before - after > 12e6 ? "back" : "from " + before + " to " + after + " bytes");
      // And they are there again.
      for (var i = 0; i < timers.length; i++) timers[i].start(1e6 + i);
      timers.forEach(clearTimeout);
    });
  });
});

// Behind a wait of the loop.
function resident(then) {
  node.createProcess("exit 0").addListener("exit", function () {
    node.fs.cat("/proc/self/statm", "utf8").addCallback(function (text) { then(Number(text.split(" ")[1]) * 4096); });
  });
}
