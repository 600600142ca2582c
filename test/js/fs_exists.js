// exists: the callback is called once, in a later turn, with true or false; what is no function is ignored.
// args: $FOLDER
// stdout: after the calls
// stdout: /: true 1
// stdout: missing: false 1
// stdout: below a file: false 1
// stdout: true false
var fs = node.fs;
function ask(name, path) {
  return new Promise(function (resolve) {
    fs.exists(path, function (found) { resolve(name + ": " + found + " " + arguments.length); });
  });
}
Promise.all([ask("/", "/"), ask("missing", ARGV[2] + "/missing"), ask("below a file", "/proc/version/x")]).then(async function (all) {
  all.forEach(function (line) { puts(line); });
  puts((await fs.exists("/", "no function")) + " " + (await fs.exists("")));
});
puts("after the calls");
