// Thousands at once, of files that are there and that are not, through a pool of four threads: all come, none twice.
// args: $FOLDER
// stdout: 5000 2500 files, 2500 errors
// stdout: descriptors: as before
var fs = node.fs, folder = ARGV[2], files = 0, errors = 0, seen = {};
(async function () {
  for (var i = 0; i < 20; i++) {
    var fd = await fs.open(folder + "/" + i, node.O_CREAT | node.O_WRONLY);
    await fs.write(fd, "content of " + i);
    await fs.close(fd);
  }
  var before = (await fs.readdir("/proc/self/fd")).length, left = 5000;
  for (i = 0; i < 5000; i++) (function (i) {
    var there = i % 2 === 0, name = there ? i % 20 : "missing" + i;
    fs.cat(folder + "/" + name).addCallback(function (text) {
      if (text === "content of " + name) files++;
      if (seen[i]++) puts("twice");
      if (--left === 0) end();
    }).addErrback(function (error) {
      if (error.errno === "ENOENT" && error.path === folder + "/missing" + i) errors++;
      if (--left === 0) end();
    });
  })(i);
  async function end() {
    puts("5000 " + files + " files, " + errors + " errors");
    var after = (await fs.readdir("/proc/self/fd")).length;
    puts("descriptors: " + (after === before || after === before + 1 ? "as before" : before + " " + after));
  }
})();
