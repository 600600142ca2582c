// The loop goes on for a timer that the last callback of all else has started, and ends without those that were cleared,
// whoever has cleared them.
// stdout: read
// stdout: timer
// stdout: once more
node.fs.stat("/").addCallback(function () {
  puts("read");
  setTimeout(function () {
    puts("timer");
    var long = setTimeout(never, 1e8);
    setTimeout(function () {
      puts("once more");
      clearTimeout(long);
    }, 1);
    clearTimeout(setInterval(never, 1));
  }, 5);
});
var cleared = setInterval(never, 50);
setTimeout(function () { clearInterval(cleared); }, 1);
function never() { puts("never"); }
