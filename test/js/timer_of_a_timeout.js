// What setTimeout returns is a node.Timer: it emits `timeout` beside its callback, and may be started again.
// stdout: true 0
// stdout: callback 1
// stdout: timeout 1
// stdout: callback 2
// stdout: timeout 2
// stdout: repeat 3 5 0
var count = 0;
var timer = setTimeout(function () { puts("callback " + ++count); }, 1);
puts((timer instanceof node.Timer) + " " + timer.repeat);
timer.addListener("timeout", function () {
  puts("timeout " + count);
  if (count === 1) return this.start(1);
  var other = new node.Timer();
  other.start(1e6, 3);
  var repeats = [other.repeat];
  other.repeat = 5;
  repeats.push(other.repeat);
  other.repeat = -1;
  repeats.push(other.repeat);
  puts("repeat " + repeats.join(" "));
  other.stop();
});
