// Half a megabyte of text comes whole, as do 300 MB of bytes, in pieces.
// timeout: 60
// stdout: 500000 true
// stdout: 300000000 true
var text = "";
var child = node.createProcess("yes 0123456789 | head -c 500000");
child.addListener("output", function (data) { if (data !== null) text += data; });
child.addListener("exit", function () {
  puts(text.length + " " + (text === "0123456789\n".repeat(50000).slice(0, 500000)));
  var received = 0, largest = 0;
  var big = node.createProcess(["head", "-c", "300000000", "/dev/zero"], { encoding: "bytes" });
  big.addListener("output", function (data) {
    if (data === null) return;
    received += data.length;
    largest = Math.max(largest, data.length);
  });
  big.addListener("exit", function () { puts(received + " " + (largest <= 65536)); });
});
