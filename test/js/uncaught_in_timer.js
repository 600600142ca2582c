// An exception that leaves a callback is fatal; what was printed before stays.
// exit: 1
// stdout: before
// stderr: {{.*}}uncaught_in_timer.js:11:3
// stderr:   throw new TypeError("on purpose");
// stderr:   ^
// stderr: TypeError: on purpose
// stderr:     at Timer.broken ({{.*}}uncaught_in_timer.js:11:9)
puts("before");
setTimeout(function broken() {
  throw new TypeError("on purpose");
}, 1);
