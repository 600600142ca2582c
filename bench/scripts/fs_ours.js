// bench/fs for this project. Prints nanoseconds and the bytes that were read.
//   fs_ours.js cat FOLDER COUNT       reads FOLDER/f0 ... whole, 64 at a time
//   fs_ours.js copy FROM TO BLOCK     read and write of BLOCK bytes, three of them on their way
var bytes = 0, began = 0;
function now() { return Date.now() * 1e6; }
function done() { puts(Math.round(now() - began) + " " + bytes); }

function cat(folder, count) {
  var next = 0, left = count;
  function start() {
    if (next === count) return;
    node.fs.cat(folder + "/f" + next++).addCallback(function (content) {
      bytes += content.length;
      if (--left === 0) return done();
      start();
    });
  }
  for (var i = 0; i < 64; i++) start();
}

function copy(from, to, block) {
  var source, target, at = 0, lanes = 3;
  function lane() {
    var place = at;
    at += block;
    node.fs.read(source, block, place, "bytes").addCallback(function (data, count) {
      if (data === null) return end();
      bytes += count;
      node.fs.write(target, data, place).addCallback(lane);
    });
  }
  function end() {
    if (--lanes > 0) return;
    node.fs.close(source);
    node.fs.close(target).addCallback(done);
  }
  node.fs.open(from, node.O_RDONLY, 0).addCallback(function (fd) {
    source = fd;
    node.fs.open(to, node.O_WRONLY | node.O_CREAT | node.O_TRUNC, 0666).addCallback(function (fd) {
      target = fd;
      for (var i = lanes; i > 0; i--) lane();
    });
  });
}

began = now();
if (ARGV[2] === "cat") cat(ARGV[3], Number(ARGV[4]));
else copy(ARGV[3], ARGV[4], Number(ARGV[5]));
