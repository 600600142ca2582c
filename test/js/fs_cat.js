// cat: encodings, empty files, whole characters, large ones, /proc, devices, a pipe with a name.
// args: $FOLDER
// stdout: string é€
// stdout: array [195,169,226,130,172]
// stdout: string Ã©â¬
// stdout: bytes 195,169,226,130,172
// stdout: "" [] 0
// stdout: true
// stdout: 300000 300000 true true
// stdout: Name: true
// stdout: "" []
// stdout: cat EFBIG F/huge (5000000000 bytes, of which 268435456 can be taken): File too large
// stdout: cat EFBIG F/huge (5000000000 bytes, of which 33554432 can be taken): File too large
// stdout: cat EFBIG F/huge (5000000000 bytes, of which 2147479552 can be taken): File too large
// stdout: cat EFBIG /dev/zero: more than 33554432 bytes
var fs = node.fs, folder = ARGV[2], file = folder + "/file";
async function write(data) {
  var fd = await fs.open(file, node.O_CREAT | node.O_WRONLY | node.O_TRUNC, 0644);
  await fs.write(fd, data);
  await fs.close(fd);
}
(async function () {
  await write("\u00e9\u20ac");
  puts(typeof await fs.cat(file) + " " + await fs.cat(file, node.UTF8));
  puts((Array.isArray(await fs.cat(file, "raw")) ? "array " : "? ") + JSON.stringify(await fs.cat(file, node.RAW)));
  puts(typeof await fs.cat(file, "ascii") + " " + (await fs.cat(file, "ASCII")).replace(/[\x80-\x9f]/g, ""));
  puts((await fs.cat(file, "bytes") instanceof Uint8Array ? "bytes " : "? ") + await fs.cat(file, "Bytes"));
  await write("");
  puts(JSON.stringify(await fs.cat(file)) + " " + JSON.stringify(await fs.cat(file, "raw")) + " " + (await fs.cat(file, "bytes")).length);
  var long = new Array(100001).join("\u20ac");
  await write(long);
  puts(await fs.cat(file) === long);
  var raw = await fs.cat(file, "raw"), bytes = await fs.cat(file, "bytes");
  puts([raw.length, bytes.length, raw.every(function (byte, i) { return byte === bytes[i]; }), bytes[299999] === 0xac].join(" "));
  puts("Name: " + /^Name:/.test(await fs.cat("/proc/self/status")));
  puts(JSON.stringify(await fs.cat("/dev/null")) + " " + JSON.stringify(await fs.cat("/dev/null", "raw")));
  await fs.truncate(folder + "/huge").addErrback(function () {}).then(function () {}, function () {});
  await fs.close(await fs.open(folder + "/huge", node.O_CREAT | node.O_WRONLY));
  await fs.truncate(folder + "/huge", 5000000000);
  for (var encoding of ["utf8", "raw", "bytes"]) {
    try { await fs.cat(folder + "/huge", encoding); } catch (error) { puts(error.message.replace(folder, "F")); }
  }
  try { await fs.cat("/dev/zero", "raw"); } catch (error) { puts(error.message); }
})();
