// One child's output goes into another, as it comes, and waits for it.
// timeout: 60
// stdout: 20000000
var source = node.createProcess(["head", "-c", "20000000", "/dev/zero"], { encoding: "bytes" });
var sink = node.createProcess(["wc", "-c"]);
source.addListener("output", function (data) {
  if (data === null) sink.close();
  else if (!sink.write(data)) source.pause();
});
sink.addListener("drain", function () { source.resume(); });
sink.addListener("output", function (data) { if (data !== null) print(data); });
