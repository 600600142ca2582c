// An interval of 0 ms fires again and again, and does not keep others from their turn.
// stdout: both
var zero = 0;
var interval = setInterval(function () { zero++; }, 0);
setTimeout(function () {
  clearInterval(interval);
  puts(zero > 2 ? "both" : "starved: " + zero);
}, 50);
