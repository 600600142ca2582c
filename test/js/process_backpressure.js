// write gives false while the child does not read, drain says when it has; a child that never reads is given no more
// than inputLimit from earlier turns.
// stdout: false
// stdout: drain true
// stdout: 1000002
// stdout: false false
// stdout: Error: write ENOBUFS process {{\d+}}: it does not read, and too much is queued; wait for drain
// stdout: ENOBUFS write
// stdout: 137
var child = node.createProcess("wc -c");
child.addListener("output", function (data) { if (data !== null) print(data); });
puts(child.write("x".repeat(1000000)));
child.addListener("drain", function () {
  puts("drain " + child.write("y\n"));
  child.close();
});
child.addListener("exit", function () {
  var deaf = node.createProcess(["sleep", "100"], { inputLimit: 500000 });
  puts([deaf.write("x".repeat(400000)), deaf.write("x".repeat(400000))].join(" "));
  setTimeout(function () {
    try { deaf.write("x"); } catch (error) { puts(error); puts(error.errno + " " + error.syscall); }
    deaf.kill(node.SIGKILL);
  }, 10);
  deaf.addListener("exit", puts);
});
