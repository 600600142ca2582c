// What write takes; it is kept until the child reads; close ends the child's input behind it, once.
// stdout: true true true true true true
// stdout: TypeError: write: the data must be a string, an array of bytes, or a Uint8Array
// stdout: true false false
// stdout: [254,0,97,226,130,172,233,1,2,255,7,8]
// stdout: exit 0 false false
var child = node.createProcess("sleep 0.05; cat", { encoding: "raw" });
puts([child.write("\u01fe\0a"), child.write("\u20ac", "UTF8"), child.write("\xe9", "raw"), child.write([257, 2, -1]),
  child.write(new Uint8Array([7])), child.write(new Uint8Array([8]).buffer)].join(" "));
try { child.write(5); } catch (error) { puts(error); }
puts([child.close(), child.close(), child.write("late")].join(" "));
var all = [];
child.addListener("output", function (data) { if (data !== null) all = all.concat(data); });
child.addListener("exit", function (code) {
  p(all);
  puts(["exit", code, child.write("x"), child.close()].join(" "));
});
