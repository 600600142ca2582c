// File as a constructor: instanceof, without new, inherited, methods that are taken away, an fd of one's own.
// args: $FOLDER
// stdout: true true null 2
// stdout: 6
// stdout: detached
// stdout: mine: x
// stdout: true own puts
// stdout: true
// stdout: TypeError
var fs = node.fs, path = ARGV[2] + "/file";
var file = new fs.File, other = fs.File({ encoding: "raw" });
puts([file instanceof fs.File, other instanceof node.EventEmitter, String(file.fd), other.encoding].join(" "));
(async function () {
  var open = file.open, puts_ = file.puts, close = file.close;
  open(path, "w");
  function Mine() { fs.File.call(this, { encoding: "utf8" }); }
  node.inherits(Mine, fs.File);
  Mine.prototype.puts = function (x) { return fs.File.prototype.puts.call(this, "mine: " + x); };
  puts(await file.write("before"));
  puts_("detached");
  await close();
  puts((await fs.cat(path)).slice(6, -1));
  var mine = new Mine();
  mine.open(path, "w");
  mine.puts("x");
  await mine.close();
  print(await fs.cat(path));
  mine.puts = function () { return "own puts"; };
  puts((mine instanceof fs.File) + " " + mine.puts());
  var fd = await fs.open(path, node.O_RDONLY), given = new fs.File({ fd: fd, encoding: "utf8" });
  puts(await given.read(4) === "mine");
  await given.close();
  // Not on standard error, where it would go by the numbers that are missing.
  try { fs.File.prototype.puts("nobody's"); } catch (error) { puts(error.name); }
})();
