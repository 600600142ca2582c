// An encoding that is none is raw for read and File, UTF-8 for cat; a position that is no number is where it stands.
// args: $FOLDER
// stdout: [195,169] [195,169] [195,169] [195,169]
// stdout: "é" "é" "é" "é"
// stdout: "éb" "b" "é" null
// stdout: [169] [169] [169]
var fs = node.fs, path = ARGV[2] + "/file", wrong = [undefined, "latin1", 7, {}];
(async function () {
  var fd = await fs.open(path, node.O_CREAT | node.O_RDWR, 0600), results = [];
  await fs.write(fd, "\u00e9");
  for (var encoding of wrong) results.push(JSON.stringify(await fs.read(fd, 9, 0, encoding)));
  puts(results.join(" "));
  results = [];
  for (encoding of wrong) results.push(JSON.stringify(await fs.cat(path, encoding)));
  puts(results.join(" "));
  await fs.write(fd, "\u00e9", 0);
  await fs.write(fd, "b\u00e9", "0"); // where the first write has left it
  results = [await fs.read(fd, 3, 0, "Utf8")];
  await fs.close(fd);
  fd = await fs.open(path, node.O_RDONLY);
  await fs.read(fd, 2, "0");
  results.push(await fs.read(fd, 1, null, "ASCII"), await fs.read(fd, 9, {}, node.UTF8), await fs.read(fd, 9));
  puts(results.map(JSON.stringify).join(" "));
  await fs.close(fd);
  results = [];
  for (encoding of ["latin1", 7, {}]) {
    var file = new fs.File({ encoding: encoding });
    file.open(path, "r");
    results.push(JSON.stringify(await file.read(1, 1)));
    await file.close();
  }
  puts(results.join(" "));
})();
