// bench/fs for this project. Prints nanoseconds and the bytes that were read.
//   fs_ours.js cat FOLDER COUNT       reads FOLDER/f0 ... whole, 64 at a time
//   fs_ours.js copy FROM TO BLOCK     read and write of BLOCK bytes; the next read beside the write before
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
  var source = new node.fs.File({ encoding: "bytes" }), target = new node.fs.File();
  source.open(from, "r");
  target.open(to, "w");
  var written;
  function next(data) {
    if (data === null) {
      source.close();
      return target.close().addCallback(done);
    }
    bytes += data.length;
    var before = written;
    written = target.write(data);
    if (before === undefined) return source.read(block).addCallback(next);
    before.addCallback(function () { source.read(block).addCallback(next); });
  }
  source.read(block).addCallback(next);
}

began = now();
if (ARGV[2] === "cat") cat(ARGV[3], Number(ARGV[4]));
else copy(ARGV[3], ARGV[4], Number(ARGV[5]));
