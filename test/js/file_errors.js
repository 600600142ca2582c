// A failing action tells its promise, then the File; the queue goes on; nobody need listen.
// args: $FOLDER
// stdout: promise open ENOENT
// stdout: file open ENOENT
// stdout: file read EBADF the File is not open
// stdout: file close EBADF the File is not open
// stdout: opened
// stdout: file open EBUSY the File is open; close it first
// stdout: file write EINVAL position -1
// stdout: file read EBADF
// stdout: written 4
// stdout: closed null
// stdout: file open EINVAL a path cannot hold a NUL
// stdout: end of the quiet one
var fs = node.fs, file = new fs.File(), path = ARGV[2] + "/file";
file.addListener("error", function (error) {
  var text = error.message.indexOf(": ") > 0 ? error.message.slice(0, error.message.indexOf(" ", 5 + error.syscall.length)) : error.message;
  if (error.errno === "EINVAL" && error.syscall === "open") text = "open EINVAL a path cannot hold a NUL";
  puts("file " + (error.errno === "EBADF" && error.fd !== undefined ? "read EBADF" : text));
  if (error.path !== undefined && error.path.indexOf(ARGV[2]) !== 0) puts("a wrong path: " + error.path);
});
file.open(ARGV[2] + "/missing", "r").addErrback(function (error) { puts("promise open " + error.errno); });
file.read(5);
file.close();
file.open(path, "w").addCallback(function () { puts("opened"); });
file.open(path, "r");
file.write("x", -1);
file.read(5);
file.puts("yes").addCallback(function (bytes) { puts("written " + bytes); });
file.close().addCallback(function () { puts("closed " + file.fd); });
file.open(ARGV[2] + "/a\0b", "r").addErrback(function () { setTimeout(hush, 0); });
function hush() {
  var quiet = new fs.File();
  quiet.open(ARGV[2] + "/missing/x", "w");
  quiet.puts("x");
  quiet.close();
  quiet.open(path, "r");
  quiet.close().addCallback(function () { puts("end of the quiet one"); });
}
