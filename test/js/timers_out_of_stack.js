// A script that runs out of stack while it starts and stops timers, and catches it, has the timers whose calls returned,
// no others, and comes to its end.
// stdout: some failed: true
// stdout: those that were started fired: true
// stdout: those that were stopped did not: true
var turn = 0, failed = 0, started = 0, fired = 0, stopped = 0, wrong = 0, kept = [];
function attempt(seed) {
  for (var i = 0; i < 20; i++) {
    try {
      setTimeout(function () { fired++; }, (seed * 7 + i * 13) % 50);
      started++;
    } catch (error) { failed++; }
    try {
      var timer = kept.pop();
      clearTimeout(timer);
      if (timer !== undefined) timer.stopped = true, stopped++;
    } catch (error) { failed++; }
  }
}
function deep(depth) {
  try {
    deep(depth + 1);
  } catch (error) {
    attempt(depth);
    if (++turn % 400 !== 0) throw error;
  }
}
function shifted(depth) {
  return depth > 0 ? shifted(depth - 1) : deep(0);
}
for (var i = 0; i < 20000; i++) kept.push(setTimeout(function () { if (this.stopped) wrong++; }, 60));
for (i = 0; i < 60; i++) shifted(i % 17);
setTimeout(function () {
  puts("some failed: " + (failed > 0 && started > 0 && stopped > 0));
  puts("those that were started fired: " + (fired === started));
  puts("those that were stopped did not: " + (wrong === 0));
}, 200);
