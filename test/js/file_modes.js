// The modes of fopen(3).
// args: $FOLDER
// stdout: r open ENOENT | r+ open ENOENT | w 5 read EBADF | w+ 5 "hello" | a 5 read EBADF | a+ 5 "hello" | wx 5 read EBADF | wx+ 5 "hello" |
// stdout: r write EBADF "01234" | r+ 5 "hello" | w 5 read EBADF | w+ 5 "hello" | a 5 read EBADF | a+ 5 "01234" | wx open EEXIST | wx+ open EEXIST |
// stdout: 01234 hello56789 hello hello 0123456789hello 0123456789hello 0123456789 0123456789
// stdout: 420
var fs = node.fs, modes = ["r", "r+", "w", "w+", "a", "a+", "wx", "wx+"];
async function attempt(mode, path) {
  var file = new fs.File({ encoding: "utf8" }), said = [mode];
  function note(promise) {
    promise.addCallback(function (value) { said.push(JSON.stringify(value)); });
    promise.addErrback(function (error) { said.push(error.syscall + " " + error.errno); });
  }
  var opened = await file.open(path, mode).then(function () { return true; }, function (error) { said.push(error.syscall + " " + error.errno); });
  if (opened) {
    note(file.write("hello"));
    note(file.read(5, 0));
    await file.close();
  }
  return said.join(" ");
}
(async function () {
  var line = "", contents = [];
  for (var mode of modes) line += await attempt(mode, ARGV[2] + "/new" + mode) + " | ";
  puts(line.trim());
  line = "";
  for (mode of modes) {
    var path = ARGV[2] + "/old" + mode, file = new fs.File();
    file.open(path, "w");
    file.print("0123456789");
    await file.close();
    line += await attempt(mode, path) + " | ";
    contents.push((await fs.cat(path)));
  }
  puts(line.trim());
  contents[0] = contents[0].slice(0, 5);
  puts(contents.join(" "));
  puts((await fs.stat(ARGV[2] + "/neww")).mode & 0777);
})();
