// Every function of node.fs: a promise, and how many arguments success has; none is heard before the call returns.
// args: $FOLDER
// stdout: File Stats Watcher cat chmod chown close copy exists fsync link lstat mkdir mkdtemp open read readdir readlink realpath rename rmdir stat strerror symlink truncate unlink utimes watch write
// stdout: mkdir 0, mkdtemp 1, open 1, write 1, fsync 0, truncate 0, read 2, read 2, close 0, copy 1, cat 1, cat 1
// stdout: rename 0, link 0, symlink 0, readlink 1, realpath 1, readdir 1, chmod 0, chown 0, utimes 0, stat 1, lstat 1, exists 1
// stdout: unlink 0, rmdir 0, truncate 0, exists 1
var fs = node.fs, at = function (name) { return ARGV[2] + "/" + name; };
puts(Object.keys(fs).sort().join(" "));
// Calls them one after another; gives the success arguments of the last.
async function run(calls) {
  var results = [], values;
  for (var call of calls) {
    var name = call[0], early = true, promise = fs[name].apply(null, call.slice(1));
    if (!(promise instanceof node.Promise)) puts(name + " gives no promise");
    values = await new Promise(function (resolve, reject) {
      promise.addCallback(function () {
        if (early) puts(name + " was heard too early");
        resolve([].slice.call(arguments));
      });
      promise.addErrback(reject);
      early = false;
    });
    results.push(name + " " + values.length);
  }
  return { text: results.join(", "), values: values };
}
(async function () {
  var first = await run([["mkdir", at("folder")], ["mkdtemp", at("tmp-")], ["open", at("a"), node.O_CREAT | node.O_RDWR, 0600]]);
  var fd = first.values[0];
  var rest = await run([["write", fd, "hello", null], ["fsync", fd], ["truncate", fd, 4], ["read", fd, 10, 0, node.UTF8], ["read", fd, 10, 4],
    ["close", fd], ["copy", at("a"), at("b")], ["cat", at("b")], ["cat", at("b"), "raw"]]);
  puts(first.text + ", " + rest.text);
  puts((await run([["rename", at("b"), at("c")], ["link", at("c"), at("d")], ["symlink", "c", at("e")], ["readlink", at("e")],
    ["realpath", at("e")], ["readdir", ARGV[2]], ["chmod", at("a"), 0644], ["chown", at("a"), -1, -1], ["utimes", at("a"), 0, 0],
    ["stat", at("e")], ["lstat", at("e")], ["exists", at("e")]])).text);
  puts((await run([["unlink", at("e")], ["rmdir", at("folder")], ["truncate", at("a")], ["exists", at("e")]])).text);
})();
