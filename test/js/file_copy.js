// A stream of large pieces from one File to another, in each encoding that holds bytes.
// args: $FOLDER
// timeout: 60
// stdout: bytes true
// stdout: raw true
// stdout: 1 and 262145 true
var fs = node.fs, source = ARGV[2] + "/source", target = ARGV[2] + "/target";
async function copy(encoding, size) {
  var input = new fs.File({ encoding: encoding }), output = new fs.File(), piece;
  input.open(source, "r");
  output.open(target, "w");
  while ((piece = await input.read(size())) !== null) await output.write(piece);
  input.close();
  await output.close();
  var a = await fs.cat(source, "bytes"), b = await fs.cat(target, "bytes");
  return a.length === b.length && a.every(function (byte, i) { return byte === b[i]; });
}
(async function () {
  var content = new Uint8Array(5000001);
  for (var i = 0, x = 1; i < content.length; i++) { x = (x * 48271) % 2147483647; content[i] = x; }
  var file = new fs.File();
  file.open(source, "w");
  puts(await file.write(content) === content.length ? "bytes " + await copy("bytes", function () { return 262144; }) : "short");
  await file.close();
  puts("raw " + await copy("raw", function () { return 100000; }));
  var n = 0;
  puts("1 and 262145 " + await copy("bytes", function () { return n++ % 2 ? 262145 : 1; }));
})();
