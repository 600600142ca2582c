// Many reads of one named pipe, of which the bytes that come serve a few: the others wait on, without holding up other
// files, until more comes or the descriptor is closed.
// stdout: abc of 3
// stdout: defg of 4
// stdout: other files: true
// stdout: 40 of 40 ended, 38 by ECANCELED
var path, READS = 40, ended = 0, cancelled = 0, descriptor;
function check() {
  if (ended === READS) puts(ended + " of " + READS + " ended, " + cancelled + " by ECANCELED");
}
function more() {
  if (ended === 1) return node.fs.write(descriptor, "defg");
  // Reads that hang on to threads would let none of these through.
  var others = 0;
  for (var i = 0; i < 100; i++) {
    node.fs.copy("/proc/self/maps", "/dev/null").addErrback(puts).addCallback(function () {
      if (++others < 100) return;
      puts("other files: true");
      node.fs.close(descriptor);
    });
  }
}
(async function () {
  path = await node.fs.mkdtemp("/tmp/node-test-");
  node.createProcess(["mkfifo", path + "/fifo"]).addListener("exit", async function () {
    descriptor = await node.fs.open(path + "/fifo", node.O_RDWR, 0);
    for (var i = 0; i < READS; i++) {
      node.fs.read(descriptor, 10, null, "utf8").addCallback(function (text, bytes) {
        puts(text + " of " + bytes);
        ended++;
        setTimeout(more, 20);
      }).addErrback(function (error) {
        ended++;
        if (error.errno === "ECANCELED") cancelled++;
        check();
      });
    }
    node.fs.write(descriptor, "abc");
    node.fs.unlink(path + "/fifo").addCallback(function () { node.fs.rmdir(path); });
  });
})();
