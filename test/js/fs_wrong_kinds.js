// What is no path, descriptor or number throws a TypeError at once, of the function that was called, whatever it is.
// stdout: 176 refused
var fs = node.fs, file = new fs.File(), refused = 0;
function refuses(object, name, args) {
  try {
    object[name].apply(object, args);
    puts(name + " takes " + args.map(String));
  } catch (error) {
    if (error instanceof TypeError && error.message.indexOf(name + ": ") === 0) refused++;
    else puts(name + ": " + error);
  }
}
[undefined, null, 5, true, {}, ["x"], new String("x"), function () {}].forEach(function (wrong) {
  ["open", "cat", "unlink", "rmdir", "readdir", "readlink", "realpath", "mkdtemp", "mkdir", "stat", "lstat", "exists", "watch"]
    .forEach(function (name) { refuses(fs, name, [wrong, 0, 0]); });
  ["rename", "link", "symlink", "copy"].forEach(function (name) { refuses(fs, name, ["/nowhere/x", wrong]); });
});
[undefined, null, "0", true, 1.5, NaN, Infinity, [1], 4294967296].forEach(function (wrong) {
  ["close", "read", "write", "fsync"].forEach(function (name) { refuses(fs, name, [wrong, 1]); });
});
refuses(file, "open", ["/nowhere/x", ["x"]]);
refuses(file, "open", [5, "r"]);
refuses(file, "read", [undefined]);
refuses(file, "write", [undefined]);
puts(refused + " refused");
