// raw by default, utf8, ascii, bytes; print and puts take anything.
// args: $FOLDER
// stdout: 2 [195,169,255]
// stdout: 1 "é�"
// stdout: 0 "Ã©ÿ"
// stdout: 3 195,169,255 true
// stdout: 2 [195,169,255]
// stdout: 1,25undefined
// stdout: [object Object]
// stdout: AB
// stdout: 6 null
var fs = node.fs, path = ARGV[2] + "/file";
(async function () {
  var file = fs.File();
  file.open(path, "w");
  file.write([195, 169]);
  file.write(new Uint8Array([255]).buffer);
  await file.close();
  for (var encoding of [undefined, "utf8", "ASCII", node.BYTES, "other"]) {
    file = new fs.File({ encoding: encoding });
    file.open(path, "r");
    var data = await file.read(100);
    puts(file.encoding + " " + (data instanceof Uint8Array ? data + " true" : JSON.stringify(data)));
    await file.close();
  }
  file.open(path, "w");
  file.print([49, 44, 50]);
  file.print(5);
  file.puts(undefined);
  file.puts({});
  file.print("A");
  file.print(new Uint8Array([66]));
  await file.close();
  print(await fs.cat(path));
  puts("");
  file.open(path, "w");
  puts(await file.puts("12345") + " " + await file.close().then(function (value) { return value === undefined ? null : value; }));
})();
