// Files that need no thread do not wait for those of the pool, should all be held up: here by named pipes.
// args: $FOLDER
// stdout: 40 heard while the pool is held up
// stdout: the pool goes on
var fs = node.fs, pipe = ARGV[2] + "/pipe", heard = 0, opened = [], released = false;

node.createProcess("mkfifo " + pipe).addListener("exit", function () {
  for (var i = 0; i < 4; i++) fs.open(pipe, node.O_WRONLY).addCallback(open);
  for (i = 0; i < 40; i++) fs.cat(__filename).addCallback(function () { if (++heard === 40) release(); });
  // Should they wait after all.
  setTimeout(release, 3000);
});

function release() {
  if (released) return;
  released = true;
  puts(heard + " heard while the pool is held up");
  node.createProcess("cat " + pipe);
}

function open(fd) {
  if (opened.push(fd) < 4) return;
  puts("the pool goes on");
  opened.forEach(function (each) { fs.close(each); });
}
