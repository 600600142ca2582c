// args: $PORT $FOLDER
// stdout: true 40
// truncate() and fsync() of a descriptor do not overtake the writes that were begun before them.
var file = ARGV[3] + "/file", piece = new Uint8Array(300000), rounds = 0, right = 0;

function expect(promise) {
  promise.addErrback(function (error) { throw error; });
  return promise;
}

expect(node.fs.open(file, node.O_WRONLY | node.O_CREAT, 0666)).addCallback(function round(fd) {
  for (var i = 0; i < 6; i++) expect(node.fs.write(fd, piece, i * piece.length));
  expect(node.fs.fsync(fd));
  expect(node.fs.truncate(fd, 3)).addCallback(function () {
    expect(node.fs.stat(file)).addCallback(function (stats) {
      if (stats.size === 3) right++;
      if (++rounds < 40) return round(fd);
      puts((right === rounds) + " " + rounds);
    });
  });
});
