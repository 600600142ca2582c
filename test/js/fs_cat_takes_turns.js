// args: $PORT $FOLDER
// stdout: true true
// Files that are read whenever one has been read leave the rest of the program its turns: of timers, here.
var file = ARGV[3] + "/file", left = 20000, since = 0, most = 0, ticks = 0, done = false;

function read() {
  if (left-- <= 0) return;
  node.fs.cat(file).addCallback(function () {
    since++;
    if (left <= 0) done = true;
    read();
  });
}

function tick() {
  ticks++;
  most = Math.max(most, since);
  since = 0;
  if (!done) return setTimeout(tick, 0);
  // Half a millisecond each, and the 64 of the round that has begun.
  puts((most < 900) + " " + (ticks > 20));
}

node.fs.open(file, node.O_WRONLY | node.O_CREAT, 0666).addCallback(function (fd) {
  node.fs.write(fd, "content").addCallback(function () {
    node.fs.close(fd);
    tick();
    for (var i = 0; i < 64; i++) read();
  });
});
