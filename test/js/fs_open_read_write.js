// node.fs.open, write, read, close: descriptors, positions, encodings, the end.
// args: $FOLDER
// stdout: number 12 3 15
// stdout: [104,195,169] 3
// stdout: "llo W" 5
// stdout: [87,111] 2
// stdout: {"0":255,"1":0,"2":66} 3 true
// stdout: "ÿ" 1
// stdout: null 0
// stdout: "h�" 2
// stdout: [] 0 undefined
var fs = node.fs, file = ARGV[2] + "/file";
(async function () {
  var fd = await fs.open(file, node.O_CREAT | node.O_TRUNC | node.O_RDWR, 0644);
  var counts = [typeof fd, await fs.write(fd, "h\u00e9llo World"), await fs.write(fd, [255, 0, 66])];
  puts(counts.join(" ") + " " + (await fs.stat(file)).size);
  function read(length, position, encoding) {
    return new Promise(function (resolve, reject) {
      fs.read(fd, length, position, encoding).addCallback(function (data, bytes) {
        puts(JSON.stringify(data) + " " + bytes + (data instanceof Uint8Array ? " true" : ""));
        resolve();
      }).addErrback(reject);
    });
  }
  await read(3, 0);
  await read(5, 3, node.UTF8);
  await read(2, 7, node.RAW);
  await read(3, 12, "bytes");
  await read(1, 12, "ASCII");
  await read(10, 15);
  await read(2, 0, "utf8");
  var closed = [];
  fs.close(fd).addCallback(function () { puts(JSON.stringify(closed) + " " + arguments.length + " " + arguments[0]); });
})();
