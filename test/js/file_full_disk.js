// /dev/full: an error with the path, and the queue goes on.
// stdout: write ENOSPC /dev/full
// stdout: write ENOSPC /dev/full
// stdout: closed
var file = new node.fs.File();
file.addListener("error", function (error) { puts([error.syscall, error.errno, error.path].join(" ")); });
file.open("/dev/full", "w");
file.puts("x");
file.write([1, 2, 3]);
file.close().addCallback(function () { puts("closed"); });
