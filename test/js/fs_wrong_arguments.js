// A wrong kind of argument throws at once.
// stdout: open: the path must be a string, not 5
// stdout: open: the flags must be an integer, not "r"
// stdout: open: the mode must be an integer, not 0.5
// stdout: close: the descriptor must be an integer, not undefined
// stdout: read: the descriptor must be an integer, not "0"
// stdout: read: the length must be an integer, not undefined
// stdout: read: the length must not be negative, but is -1
// stdout: write: the data must be a string, an array of bytes, or a Uint8Array
// stdout: cat: the path must be a string, not null
// stdout: stat: the path must be a string, not [object Object]
// stdout: rename: the path must be a string, not undefined
// stdout: unlink: the path must be a string, not true
// stdout: chmod: the mode must be an integer, not "644"
// stdout: chown: the gid must be an integer, not undefined
// stdout: chmod: the mode must not be negative, but is -1
// stdout: open: the mode must not be negative, but is -1
// stdout: mkdir: the mode must not be negative, but is -420
// stdout: chown: the uid must be -1 or more, but is -2
// stdout: utimes: a time must be a Date or milliseconds, not "now"
// stdout: utimes: a time must be a Date or milliseconds, not Invalid Date
// stdout: truncate: the descriptor must be an integer, not undefined
// stdout: truncate: the length must be an integer, not 1.5
// stdout: watch: the path must be a string, not undefined
// stdout: watch: the path must be a string, not 5
// stdout: watch EINVAL ".\u0000x": a path cannot hold a NUL
// stdout: exists: the path must be a string, not 5
// stdout: strerror: the errno must be an integer, not "ENOENT"
// stdout: File: the fd must be an integer, not "1"
// stdout: File: the options must be an object, not 1
// stdout: open: the path must be a string, not undefined
// stdout: open: the mode must be one of r, r+, w, w+, a, a+, wx, wx+, not "rw"
// stdout: open: the mode must be one of r, r+, w, w+, a, a+, wx, wx+, not undefined
// stdout: open: the mode must be one of r, r+, w, w+, a, a+, wx, wx+, not "toString"
// stdout: read: the length must be an integer, not "5"
// stdout: write: the data must be a string, an array of bytes, or a Uint8Array
var fs = node.fs, file = new fs.File();
[
  function () { fs.open(5, 0, 0); },
  function () { fs.open("x", "r", 0); },
  function () { fs.open("x", 0, 0.5); },
  function () { fs.close(); },
  function () { fs.read("0", 1); },
  function () { fs.read(0); },
  function () { fs.read(0, -1); },
  function () { fs.write(1, 5); },
  function () { fs.cat(null); },
  function () { fs.stat({}); },
  function () { fs.rename("a"); },
  function () { fs.unlink(true); },
  function () { fs.chmod("a", "644"); },
  function () { fs.chown("a", 0); },
  function () { fs.chmod("/nowhere/a", -1); },
  function () { fs.open("/nowhere/a", node.O_CREAT, -1); },
  function () { fs.mkdir("/nowhere/a", -0644); },
  function () { fs.chown("/nowhere/a", -2, -1); },
  function () { fs.utimes("a", "now", 0); },
  function () { fs.utimes("a", 0, new Date(NaN)); },
  function () { fs.truncate(); },
  function () { fs.truncate("a", 1.5); },
  function () { fs.watch(); },
  function () { new fs.Watcher(5); },
  function () { new fs.Watcher(".\0x"); },
  function () { fs.exists(5); },
  function () { fs.strerror("ENOENT"); },
  function () { new fs.File({ fd: "1" }); },
  function () { new fs.File(1); },
  function () { file.open(); },
  function () { file.open("x", "rw"); },
  function () { file.open("x"); },
  function () { file.open("x", "toString"); },
  function () { file.read("5"); },
  function () { file.write({}); },
].forEach(function (f) { try { f(); puts("no error from " + f); } catch (error) { puts(error.message); } });
