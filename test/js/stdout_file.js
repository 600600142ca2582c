// stdout and stderr are Files: one queue with puts, print and p; methods taken away; encodings; globals to be replaced.
// stdout: a
// stdout: b
// stdout: "c"
// stdout: d
// stdout: é é
// stdout: fgh
// stdout: true true true 0 1 2
// stdout: TypeError: write: the data must be a string, an array of bytes, or a Uint8Array
// stdout: 3,2,2,3
// stdout: mine x
// stdout: after all
// stderr: abcd
// stderr: éé
var write = stdout.write;
puts("a");
stdout.puts("b");
p("c");
write("d");
print("\n");
stdout.print("\u00e9 ");
stdout.write("\u00c3\u00a9\n", "ascii");
stdout.write([102]);
stdout.write(new Uint8Array([103]));
stdout.write(new Uint8Array([104, 10]).buffer);
puts([stdin, stdout, stderr].map(function (file) { return file instanceof node.fs.File; })
  .concat([stdin.fd, stdout.fd, stderr.fd]).join(" "));
try { stdout.write({}); } catch (error) { puts(error); }
(async function () {
  var counts = [await stderr.write("abc"), await stderr.puts("d"), await stderr.write("\u00e9", "utf8"),
    await stdout.write("", "utf8") + await stderr.write("\u00c3\u00a9\n", "raw")];
  puts(counts);
  stdout = { puts: function (x) { puts("mine " + x); } };
  stdout.puts("x");
  stdin = stderr = null;
  puts("after all");
})();
