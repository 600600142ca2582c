// Whatever is done and whatever fails, descriptors do not pile up.
// args: $FOLDER
// timeout: 60
// stdout: descriptors: as before
var fs = node.fs, folder = ARGV[2], at = function (name) { return folder + "/" + name; };
function quiet(promise) { return promise.then(function () {}, function () {}); }
async function descriptors() { return (await fs.readdir("/proc/self/fd")).length; }
async function round(i) {
  var file = new fs.File({ encoding: "utf8" });
  file.open(at("x"), "w+");
  file.puts("line " + i);
  file.read(10, 0);
  file.open(at("y"), "r");
  var end = file.close();
  await quiet(file.close());
  var fd = await fs.open(at("x"), node.O_RDONLY);
  await Promise.all([fs.read(fd, 5, 0), fs.read(fd, 100000, 0, "bytes"), fs.stat(at("x")), fs.cat(at("x"), "raw"), fs.cat("/proc/self/stat")]);
  await fs.close(fd);
  await Promise.all([fs.cat(at("missing")), fs.cat(folder), fs.cat("/dev/null"), fs.cat(at("huge"), "raw"), fs.open(at("x/y"), 0), fs.copy(folder, at("z")),
    fs.copy(at("x"), "/dev/full"), fs.rename(at("a"), at("b")), fs.readdir(at("x")), fs.mkdir(folder), fs.realpath(at("nowhere"))].map(quiet));
  try { fs.watch(at("missing")); } catch (error) { }
  fs.watch(folder).close();
}
(async function () {
  await fs.close(await fs.open(at("huge"), node.O_CREAT | node.O_WRONLY));
  await fs.truncate(at("huge"), 5e9);
  for (var i = 0; i < 20; i++) await round(i);
  var before = await descriptors();
  for (i = 0; i < 200; i++) await round(i);
  var after = await descriptors();
  puts("descriptors: " + (after === before ? "as before" : before + " " + after));
})();
