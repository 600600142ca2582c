// Microtasks run after each callback that the loop makes, before the next one.
// stdout: body micro one micro-one two micro-two
var seen = [];
Promise.resolve().then(function () { seen.push("micro"); });
setTimeout(function () {
  seen.push("one");
  Promise.resolve().then(function () { seen.push("micro-one"); });
}, 1);
setTimeout(function () {
  seen.push("two");
  Promise.resolve().then(function () { seen.push("micro-two"); puts(seen.join(" ")); });
}, 1);
seen.push("body");
