// stdout.close() waits for what was written; its number stays taken; what follows fails, of puts too.
// args: $FOLDER
// stdout: first
// stdout: second
// stderr: null EBADF null true EBADF
puts("first");
stdout.write("second\n");
stdout.close().addCallback(async function () {
  var fd = await node.fs.open(ARGV[2] + "/other", node.O_WRONLY | node.O_CREAT, 0666);
  var late;
  try { await puts("late"); } catch (error) { late = error.errno; }
  var file = await node.fs.stat(ARGV[2] + "/other");
  stderr.puts([closed, failed, file.size || "null", fd > 2, late].join(" "));
});
var closed = String(stdout.fd === 1 ? null : stdout.fd), failed;
stdout.write("x").addErrback(function (error) { failed = error.errno; });
