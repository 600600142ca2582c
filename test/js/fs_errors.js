// Whatever the system refuses comes as one Error with errno, syscall and path; nothing is thrown, nothing comes early.
// args: $FOLDER
// stdout: open ENOENT F/missing: No such file or directory {"errno":"ENOENT","syscall":"open","path":"F/missing"}
// stdout: open ENOENT F/missing: No such file or directory {"errno":"ENOENT","syscall":"open","path":"F/missing"}
// stdout: open ENOENT "": No such file or directory {"errno":"ENOENT","syscall":"open","path":""}
// stdout: read EISDIR F: Is a directory {"errno":"EISDIR","syscall":"read","path":"F"}
// stdout: open ENOTDIR F/file/x: Not a directory {"errno":"ENOTDIR","syscall":"open","path":"F/file/x"}
// stdout: open ELOOP F/loop: Too many levels of symbolic links {"errno":"ELOOP","syscall":"open","path":"F/loop"}
// stdout: stat ENOENT F/missing: No such file or directory {"errno":"ENOENT","syscall":"stat","path":"F/missing"}
// stdout: lstat ENOENT F/missing: No such file or directory {"errno":"ENOENT","syscall":"lstat","path":"F/missing"}
// stdout: rename ENOENT F/missing -> F/x: No such file or directory {"errno":"ENOENT","syscall":"rename","path":"F/missing","destination":"F/x"}
// stdout: unlink EISDIR F: Is a directory {"errno":"EISDIR","syscall":"unlink","path":"F"}
// stdout: rmdir ENOTDIR F/file: Not a directory {"errno":"ENOTDIR","syscall":"rmdir","path":"F/file"}
// stdout: rmdir ENOTEMPTY F: Directory not empty {"errno":"ENOTEMPTY","syscall":"rmdir","path":"F"}
// stdout: mkdir EEXIST F: File exists {"errno":"EEXIST","syscall":"mkdir","path":"F"}
// stdout: opendir ENOTDIR F/file: Not a directory {"errno":"ENOTDIR","syscall":"opendir","path":"F/file"}
// stdout: readlink EINVAL F/file: Invalid argument {"errno":"EINVAL","syscall":"readlink","path":"F/file"}
// stdout: close EBADF descriptor 99999: Bad file descriptor {"errno":"EBADF","syscall":"close","fd":99999}
// stdout: read EBADF descriptor -1: Bad file descriptor {"errno":"EBADF","syscall":"read","fd":-1}
// stdout: write EBADF descriptor 99999: Bad file descriptor {"errno":"EBADF","syscall":"write","fd":99999}
// stdout: read EINVAL position -1 {"errno":"EINVAL","syscall":"read","fd":0}
// stdout: write EINVAL position NaN {"errno":"EINVAL","syscall":"write","fd":0}
// stdout: open EINVAL "F/a\u0000b": a path cannot hold a NUL {"errno":"EINVAL","syscall":"open","path":"F/a\u0000b"}
// stdout: rename EINVAL "b\u0000": a path cannot hold a NUL {"errno":"EINVAL","syscall":"rename","path":"a","destination":"b\u0000"}
// stdout: open ENOENT "F/\x1b[31m": No such file or directory {"errno":"ENOENT","syscall":"open","path":"F/\u001b[31m"}
// stdout: none came early
var fs = node.fs, folder = ARGV[2];
(async function () {
  await fs.close(await fs.open(folder + "/file", node.O_CREAT | node.O_WRONLY, 0644));
  await fs.symlink("loop", folder + "/loop");
  var early = [];
  function show(start) {
    var turn = true, promise = start();
    promise.addErrback(function () { if (turn) early.push(start); });
    turn = false;
    return new Promise(function (resolve) {
      promise.addCallback(function () { resolve(puts("no error from " + start)); });
      promise.addErrback(function (error) {
        if (arguments.length !== 1 || !(error instanceof Error)) puts("not one Error");
        resolve(puts((error.message + " " + JSON.stringify(error)).split(folder).join("F")));
      });
    });
  }
  await show(function () { return fs.open(folder + "/missing", node.O_RDONLY, 0); });
  await show(function () { return fs.cat(folder + "/missing"); });
  await show(function () { return fs.cat(""); });
  await show(function () { return fs.cat(folder); });
  await show(function () { return fs.cat(folder + "/file/x"); });
  await show(function () { return fs.cat(folder + "/loop"); });
  await show(function () { return fs.stat(folder + "/missing"); });
  await show(function () { return fs.lstat(folder + "/missing"); });
  await show(function () { return fs.rename(folder + "/missing", folder + "/x"); });
  await show(function () { return fs.unlink(folder); });
  await show(function () { return fs.rmdir(folder + "/file"); });
  await show(function () { return fs.rmdir(folder); });
  await show(function () { return fs.mkdir(folder); });
  await show(function () { return fs.readdir(folder + "/file"); });
  await show(function () { return fs.readlink(folder + "/file"); });
  await show(function () { return fs.close(99999); });
  await show(function () { return fs.read(-1, 1); });
  await show(function () { return fs.write(99999, "x"); });
  await show(function () { return fs.read(0, 1, -1); });
  await show(function () { return fs.write(0, "x", NaN); });
  await show(function () { return fs.cat(folder + "/a\0b"); });
  await show(function () { return fs.rename("a", "b\0"); });
  await show(function () { return fs.cat(folder + "/\x1b[31m"); });
  puts(early.length ? "early: " + early : "none came early");
})();
