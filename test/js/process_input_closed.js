// A child that closes its input, or ends without reading, ends nobody else: write gives false from then on.
// stdout: false
// stdout: "first\n" 0
var child = node.createProcess("head -n 1"), text = "";
child.write("first\nsecond\n");
child.addListener("output", function (data) {
  if (data !== null) text += data;
});
child.addListener("exit", function (code) {
  puts(child.write("third"));
  puts(JSON.stringify(text) + " " + code);
});
var timer = setInterval(function () {
  child.write("x".repeat(100000));
  if (child.pid === null) clearInterval(timer);
}, 1);
