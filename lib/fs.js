// node.fs: operations on files. Each begins at once, returns a promise and
// waits for nothing: what is under way at the same time ends in any order.
//
// A wrong kind of argument throws a TypeError. Whatever the system refuses comes
// as error(error), an Error with `errno` (a name such as "ENOENT"), `syscall`,
// and `path` or, of an open file, `fd`; `destination` is the second path, where
// there are two. A path with a NUL in it is refused with EINVAL.

const { bytesOf, encodingIndex, integers, joinBytes, quoted } = hooks.chunks;
const { makeError } = hooks.head;
const { offers, own } = hooks;

// By the numbers that node.ASCII and its like are.
const BY_NUMBER = ["ascii", "utf8", "raw", "bytes"];

// Bytes that one operation brings at most. An array of more integers would be a
// hash table to the engine; text has to be in its heap, twice for a moment.
const LIMITS = { raw: 32 * 1024 * 1024, utf8: 256 * 1024 * 1024, ascii: 256 * 1024 * 1024, bytes: 2 ** 31 - 4096 };
// Of what has no end that could be known beforehand.
const STREAM_LIMIT = 256 * 1024 * 1024;
const PIECE = 64 * 1024;

const { later } = own;
const pending = []; // by the number that C++ knows: Operation
const free = []; // numbers

// Functions in parentheses are compiled with this file: what reads a file calls them, and the binary has their code.

// The promise of one operation. `place`, for its errors: { path, destination, fd }. `take(value, more)`, its method,
// emits the success of what C++ gives; default: with `value`. Functions that are assigned to properties where they are
// written would be allocated among the engine's old objects, and keep all that they refer to: `take` is given, here and
// wherever operations are made.
const Operation = (function Operation(place, take, name) {
  this._place = place;
  this._take = take === undefined ? takeValue : take;
  this._name = name; // of an encoding
  this._error = undefined;
});
own.inherits(Operation, own.Promise);

// Behind the outcome and its listeners.
Operation.prototype._settled = function () {};

const submit = (function submit(operation) {
  const number = free.length > 0 ? free.pop() : pending.length;
  pending[number] = operation;
  return number;
});

function fail(operation, error) {
  Object.assign(error, operation._place);
  operation._error = error;
  operation.emitError([error]);
  operation._settled();
}

function failLater(operation, error) {
  later(() => fail(operation, error), 0);
  return operation;
}

const succeed = (function succeed(operation, values) {
  operation.emitSuccess(values);
  operation._settled();
});

// Called by C++ at the end of an operation.
hooks.fileDone = (function fileDone(number, error, value, more) {
  const operation = pending[number];
  pending[number] = undefined;
  free.push(number);
  if (free.length > 1024 && free.length === pending.length) free.length = pending.length = 0; // a crowd has left
  if (error !== undefined) return fail(operation, error);
  operation._take(value, more);
});

function takeValue(value) {
  succeed(this, value === undefined ? [] : [value]);
}

// --- Arguments ---

const pathOf = (function pathOf(call, path) {
  if (typeof path !== "string") throw new TypeError(call + ": the path must be a string, not " + quoted(path));
  return path;
});

function integerOf(call, what, value, most = 0xffffffff) {
  if (own.isInteger(value) && value >= -most && value <= most) return value;
  throw new TypeError(call + ": the " + what + " must be an integer, not " + quoted(value));
}

// Permissions, or `otherwise`. A negative number has all bits set: set-user-ID and writable by everybody.
function modeOf(call, mode, otherwise) {
  if (mode === undefined && otherwise !== undefined) return otherwise;
  if (integerOf(call, "mode", mode) >= 0) return mode;
  throw new RangeError(call + ": the mode must not be negative, but is " + mode);
}

// Of an owner or a group; -1 leaves it as it is.
function ownerOf(call, what, id) {
  if (integerOf(call, what, id) >= -1) return id;
  throw new RangeError(call + ": the " + what + " must be -1 or more, but is " + id);
}

function descriptorOf(call, fd) {
  return integerOf(call, "descriptor", fd, 0x7fffffff);
}

const encodingOf = (function encodingOf(encoding, otherwise) {
  if (encoding === undefined) return otherwise;
  const name = typeof encoding === "number" ? BY_NUMBER[encoding] : String(encoding).toLowerCase();
  return encodingIndex(name) >= 0 ? name : otherwise;
});

// Of a read or write: undefined for where the file stands.
function isBadPosition(position) {
  return typeof position === "number" && !(Number.isSafeInteger(position) && position >= 0);
}

// An operation on one or two paths that are checked already, or on a descriptor; `start` gets its number.
const onPath = (function onPath(syscall, place, start, take, name) {
  const operation = new Operation(place, take, name);
  if (isBadPath(place.path) || isBadPath(place.destination)) {
    const path = isBadPath(place.path) ? place.path : place.destination;
    return failLater(operation, makeError(syscall, "EINVAL", JSON.stringify(path) + ": a path cannot hold a NUL"));
  }
  start(submit(operation));
  return operation;
});

const isBadPath = (function isBadPath(path) {
  return path !== undefined && path.includes("\0");
});

function dateOf(call, time) {
  const number = time instanceof Date ? time.getTime() : time;
  if (typeof number === "number" && Math.abs(number) <= 8.64e15) return number;
  throw new TypeError(call + ": a time must be a Date or milliseconds, not " + quoted(time));
}

// --- Open files ---

const fs = own.bare({});
offers.fs = fs;

// Opens `path` with `flags` (node.O_RDONLY ...) and, for what it makes, the
// permissions `mode` (integer, default 0666, less the umask). Success: (fd), an
// integer. open(2).
fs.open = function open(path, flags, mode) {
  pathOf("open", path);
  integerOf("open", "flags", flags, 0x7fffffff);
  const permissions = modeOf("open", mode, 0o666);
  return onPath("open", { path }, (number) => binding.fileOpen(number, path, flags, permissions));
};

// Closes `fd`. Reads and writes that still wait for a pipe fail with ECANCELED.
// close(2).
fs.close = function close(fd) {
  descriptorOf("close", fd);
  const operation = new Operation({ fd });
  startClose(operation, fd);
  return operation;
};

function startClose(operation, fd) {
  if (fd === 1 || fd === 2) binding.closeOutput(fd);
  binding.fileClose(submit(operation), fd);
}

function startRead(operation, fd, length, position, name, tail, wait) {
  if (isBadPosition(position)) return failLater(operation, makeError("read", "EINVAL", "position " + position));
  const at = typeof position === "number" ? position : undefined;
  binding.fileRead(submit(operation), fd, Math.min(length, LIMITS[name]), at, encodingIndex(name), tail, wait);
  return operation;
}

const shownAs = (function shownAs(name, value) {
  return name === "raw" && value !== null ? integers(value) : value;
});

// Reads up to `length` bytes (an integer) of `fd` from `position` (a number;
// default: where it stands) on: all of them where a regular file has them, of
// pipes and devices what there is. Success: (data, bytes), data as `encoding`
// says (default raw: an array of integers), null at the end. Characters that
// such a piece cuts become U+FFFD; node.fs.File joins them. At most 32 MiB raw,
// 256 MiB as text and 2 GiB as bytes come at once. read(2), pread(2).
fs.read = function read(fd, length, position, encoding) {
  descriptorOf("read", fd);
  integerOf("read", "length", length, Number.MAX_SAFE_INTEGER);
  if (length < 0) throw new RangeError("read: the length must not be negative, but is " + length);
  const name = encodingOf(encoding, "raw");
  return startRead(new Operation({ fd }, takeRead, name), fd, length, position, name, 0, false);
};

function takeRead(value, more) {
  succeed(this, [shownAs(this._name, value), more[0]]);
}

function startWrite(operation, fd, bytes, position) {
  if (isBadPosition(position)) return failLater(operation, makeError("write", "EINVAL", "position " + position));
  binding.fileWrite(submit(operation), fd, bytes, typeof position === "number" ? position : undefined);
  return operation;
}

// Writes all of `data` (a string, as UTF-8; an array of integers, a Uint8Array
// or an ArrayBuffer, which must not be changed meanwhile) to `fd` at `position`
// (a number; default: where it stands). Success: (bytes). Writes to a regular
// file are done in the order of the calls, and close() behind them. write(2),
// pwrite(2).
fs.write = function write(fd, data, position) {
  descriptorOf("write", fd);
  return startWrite(new Operation({ fd }), fd, bytesOf(data, "write: the data"), position);
};

// Cuts or lengthens a file, given by its path or its descriptor, to `length`
// bytes (default 0). truncate(2), ftruncate(2).
fs.truncate = function truncate(file, length = 0) {
  const place = typeof file === "string" ? { path: file } : { fd: descriptorOf("truncate", file) };
  integerOf("truncate", "length", length, Number.MAX_SAFE_INTEGER);
  return onPath("truncate", place, (number) => binding.fileTruncate(number, file, length));
};

// Has what was written to `fd` brought to the disk. fsync(2).
fs.fsync = function fsync(fd) {
  descriptorOf("fsync", fd);
  return onPath("fsync", { fd }, (number) => binding.fileSync(number, fd));
};

// --- Whole files ---

function closeQuietly(fd) {
  binding.fileClose(submit(new Operation({ fd })), fd);
}

// Of what is no file: piece by piece, to its end.
function catStream(operation, fd, name) {
  const text = name === "utf8" || name === "ascii";
  const limit = Math.min(LIMITS[name], STREAM_LIMIT);
  const pieces = [];
  let length = 0;
  let tail = 1;
  const next = (wait) => {
    const read = new Operation({}, (piece, more) => {
      tail = more[1];
      length += more[0];
      if (piece === null) {
        closeQuietly(fd);
        if (text) return succeed(operation, [pieces.join("")]);
        const bytes = joinBytes(pieces, length);
        return succeed(operation, [name === "raw" ? integers(bytes) : bytes]);
      }
      pieces.push(piece);
      if (length <= limit) return next(false);
      closeQuietly(fd);
      fail(operation, makeError("cat", "EFBIG", operation._place.path + ": more than " + limit + " bytes"));
    });
    read.addErrback((error) => {
      closeQuietly(fd);
      fail(operation, error);
    });
    startRead(read, fd, PIECE, undefined, text ? name : "bytes", text ? tail : 0, wait);
  };
  next(true);
}

// Reads a whole file: a regular one, a pipe with a name, one of /proc. Success:
// (content), a string of UTF-8, or as `encoding` says ("raw" gives an array of
// integers). More than 32 MiB raw, 256 MiB as text or 2 GiB as bytes are
// refused with EFBIG, and 256 MiB of what is no file.
fs.cat = (function cat(path, encoding) {
  pathOf("cat", path);
  const name = encodingOf(encoding, "utf8");
  const start = (number) => binding.fileCat(number, path, encodingIndex(name), LIMITS[name]);
  return onPath("open", { path }, start, takeContent, name);
});

const takeContent = (function takeContent(value, isStream) {
  if (isStream) return catStream(this, value, this._name);
  succeed(this, [shownAs(this._name, value)]);
});

function onTwoPaths(syscall, call, path, destination, start) {
  pathOf(call, path);
  pathOf(call, destination);
  return onPath(syscall, { path, destination }, (number) => start(number, path, destination));
}

// Copies the regular file `from` to `to`, which is overwritten, or made with the
// same permissions. Success: (bytes). A file that was made is removed on failure.
fs.copy = function copy(from, to) {
  return onTwoPaths("copy", "copy", from, to, binding.fileCopy);
};

// --- Names ---

// Gives `from` the name `to`, in place of what has it. rename(2).
fs.rename = function rename(from, to) {
  return onTwoPaths("rename", "rename", from, to, binding.fileRename);
};

// Makes `to` a second name of `from`. link(2).
fs.link = function link(from, to) {
  return onTwoPaths("link", "link", from, to, binding.fileLink);
};

// Makes `path` a symbolic link to `target`. symlink(2).
fs.symlink = function symlink(target, path) {
  return onTwoPaths("symlink", "symlink", target, path, binding.fileSymlink);
};

function onOnePath(call, path, start) {
  pathOf(call, path);
  return onPath(call, { path }, (number) => start(number, path));
}

// Removes a name, and the file with its last one. unlink(2).
fs.unlink = function unlink(path) {
  return onOnePath("unlink", path, binding.fileUnlink);
};

// Removes an empty folder. rmdir(2).
fs.rmdir = function rmdir(path) {
  return onOnePath("rmdir", path, binding.fileRmdir);
};

// Success: (names), the entries of a folder but "." and "..", an array of
// strings in the order of their bytes. readdir(3).
fs.readdir = function readdir(path) {
  return onOnePath("readdir", path, binding.fileReaddir);
};

// Success: (target) of a symbolic link. readlink(2).
fs.readlink = function readlink(path) {
  return onOnePath("readlink", path, binding.fileReadlink);
};

// Success: (path), absolute, without links, "." and "..". realpath(3).
fs.realpath = function realpath(path) {
  return onOnePath("realpath", path, binding.fileRealpath);
};

// Makes a folder called `prefix` and six random characters, for its owner alone.
// Success: (path). mkdtemp(3).
fs.mkdtemp = function mkdtemp(prefix) {
  return onOnePath("mkdtemp", prefix, binding.fileMkdtemp);
};

// Makes a folder with the permissions `mode` (default 0777, less the umask).
// With `parents` true it makes those above it too, and one that is there is no
// error. mkdir(2).
fs.mkdir = function mkdir(path, mode, parents) {
  pathOf("mkdir", path);
  const permissions = modeOf("mkdir", mode, 0o777);
  return onPath("mkdir", { path }, (number) => binding.fileMkdir(number, path, permissions, parents === true));
};

// Sets the permissions of a file. chmod(2).
fs.chmod = function chmod(path, mode) {
  pathOf("chmod", path);
  modeOf("chmod", mode);
  return onPath("chmod", { path }, (number) => binding.fileChmod(number, path, mode));
};

// Sets the owner and the group of a file; -1: as it is. chown(2).
fs.chown = function chown(path, uid, gid) {
  pathOf("chown", path);
  ownerOf("chown", "uid", uid);
  ownerOf("chown", "gid", gid);
  return onPath("chown", { path }, (number) => binding.fileChown(number, path, uid, gid));
};

// Sets when a file was read and changed: Dates, or milliseconds since 1970.
// utimensat(2).
fs.utimes = function utimes(path, atime, mtime) {
  pathOf("utimes", path);
  const accessed = dateOf("utimes", atime);
  const modified = dateOf("utimes", mtime);
  return onPath("utimensat", { path }, (number) => binding.fileUtimes(number, path, accessed, modified));
};

// --- Status ---

// What stat gives: numbers dev, ino, mode, nlink, uid, gid, rdev, size (bytes),
// blksize (bytes), blocks (of 512 bytes), and Dates atime, mtime, ctime. Numbers
// above 2^53, which only ino may have, are rounded. stat(3type).
function Stats(fields) {
  this.dev = fields[0];
  this.ino = fields[1];
  this.mode = fields[2];
  this.nlink = fields[3];
  this.uid = fields[4];
  this.gid = fields[5];
  this.rdev = fields[6];
  this.size = fields[7];
  this.blksize = fields[8];
  this.blocks = fields[9];
  this.atime = new Date(fields[10]);
  this.mtime = new Date(fields[11]);
  this.ctime = new Date(fields[12]);
}
own.bare(Stats.prototype);
fs.Stats = Stats;

// Whether it is a regular file.
Stats.prototype.isFile = function isFile() {
  return (this.mode & node.S_IFMT) === node.S_IFREG;
};

// Whether it is a folder.
Stats.prototype.isDirectory = function isDirectory() {
  return (this.mode & node.S_IFMT) === node.S_IFDIR;
};

// Whether it is a symbolic link, as only lstat tells.
Stats.prototype.isSymbolicLink = function isSymbolicLink() {
  return (this.mode & node.S_IFMT) === node.S_IFLNK;
};

function statWith(call, path, start) {
  pathOf(call, path);
  return onPath(call, { path }, (number) => start(number, path), takeStatus);
}

function takeStatus(fields) {
  succeed(this, [new Stats(fields)]);
}

// Success: (stats) of a file, or of what a symbolic link points to: a
// node.fs.Stats. stat(2).
fs.stat = function stat(path) {
  return statWith("stat", path, binding.fileStat);
};

// Success: (stats) of a file, or of a symbolic link itself. lstat(2).
fs.lstat = function lstat(path) {
  return statWith("lstat", path, binding.fileLstat);
};

// Calls `callback` (default: none) with whether `path` leads to something, in a
// later turn; the promise's success argument is the same. A link to nothing does
// not lead to something.
fs.exists = function exists(path, callback) {
  pathOf("exists", path);
  const promise = new node.Promise();
  promise.addCallback(callback);
  fs.stat(path).addCallback(() => promise.emitSuccess([true])).addErrback(() => promise.emitSuccess([false]));
  return promise;
};

// The text of an error's number: "No such file or directory" of node.ENOENT.
fs.strerror = function strerror(errno) {
  return binding.errorText(integerOf("strerror", "errno", errno, 0x7fffffff));
};

hooks.files = {
  Operation, descriptorOf, encodingOf, failLater, integerOf, pathOf, shownAs, startClose, startRead, startWrite, submit, succeed,
};

// The content of `location`: of a URL as by node.http.cat, else of a file as by
// node.fs.cat. `encoding`: a name, or a number such as node.UTF8, of both.
offers.cat = function cat(location, encoding) {
  const isUrl = typeof location === "string" && location.slice(0, 7).toLowerCase() === "http://";
  return isUrl ? node.http.cat(location, encodingOf(encoding, "raw")) : node.fs.cat(location, encoding);
};

// file.js, watch.js
hooks.lazy(fs, "file", ["File"]);
hooks.lazy(fs, "watch", ["Watcher", "watch"]);
