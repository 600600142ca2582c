// node.Timer: start(after, repeat), stop(), event `timeout`.
// stdout: 1 true
// stdout: 2 true
// stdout: once true
var timer = new node.Timer();
var count = 0;
timer.addListener("timeout", function () {
  puts(++count + " " + (this === timer));
  if (count === 2) {
    timer.stop();
    var once = new node.Timer();
    once.addListener("timeout", function () { puts("once " + (this instanceof node.EventEmitter)); });
    once.start(1, 0);
  }
});
timer.start(1, 2);
