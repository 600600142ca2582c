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
      var most = 0;
      for (var range in before) if (range in after) most = Math.max(most, before[range] - after[range]);
      puts(most > 12e3 ? "back" : most + " KB went back");
      // And they are there again.
      for (var i = 0; i < timers.length; i++) timers[i].start(1e6 + i);
      timers.forEach(clearTimeout);
    });
  });
});

// Behind a wait of the loop: KB in memory by range of addresses. The engine's heap, which grows or shrinks meanwhile,
// has other ranges then.
function resident(then) {
  node.createProcess("exit 0").addListener("exit", function () {
    node.fs.cat("/proc/self/smaps", "utf8").addCallback(function (text) {
      var ranges = {}, range;
      text.split("\n").forEach(function (line) {
        if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) range = line.split(" ")[0];
        if (line.indexOf("Rss:") === 0) ranges[range] = Number(line.split(/ +/)[1]);
      });
      then(ranges);
    });
  });
}
