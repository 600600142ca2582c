// A callback gets no arguments, and its `this` is the timer: clearInterval(this) ends an interval.
// stdout: 1 0 true
// stdout: 2 0 true
// stdout: 3 0 true
var count = 0;
var interval = setInterval(function () {
  count++;
  puts([count, arguments.length, this === interval].join(" "));
  if (count === 3) clearInterval(this);
}, 1, "never passed on");
