// Ten thousand timers of many durations: those of one duration in the order of their creation, none early, all once.
// stdout: 10000 fired, 0 wrong
var fired = 0, wrong = 0, newest = {};
for (let i = 0; i < 10000; i++) {
  let delay = 100 + (i * 7919) % 211;
  let due = Date.now() + delay;
  setTimeout(function () {
    if (Date.now() < due - 1 || newest[delay] > i) wrong++;
    newest[delay] = i;
    if (++fired === 10000) puts(fired + " fired, " + wrong + " wrong");
  }, delay);
}
