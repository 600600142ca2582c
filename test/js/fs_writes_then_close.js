// args: $PORT $FOLDER
// stdout: 400 writes, 40000000 bytes, in order: true
// close() does not overtake the writes that were begun before it, and they do not overtake one another.
var file = ARGV[3] + "/file", piece = new Uint8Array(100000), written = 0, writes = 0;

function expect(promise) {
  promise.addErrback(function (error) { throw error; });
  return promise;
}

expect(node.fs.open(file, node.O_WRONLY | node.O_CREAT, 0666)).addCallback(function (fd) {
  for (var i = 0; i < 400; i++) {
    expect(node.fs.write(fd, piece.slice().fill(i % 256))).addCallback(function (bytes) {
      writes++;
      written += bytes;
    });
  }
  expect(node.fs.close(fd)).addCallback(function () {
    expect(node.fs.cat(file, "bytes")).addCallback(function (content) {
      var ordered = content.length === 40000000 && content.every(function (byte, at) { return byte === Math.floor(at / 100000) % 256; });
      puts(writes + " writes, " + written + " bytes, in order: " + ordered);
    });
  });
});
