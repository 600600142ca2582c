// Numbers of 64 bits, Dates, and what kind of thing it is; lstat of a link itself.
// args: $FOLDER
// stdout: dev ino mode nlink uid gid rdev size blksize blocks atime mtime ctime
// stdout: 5000000000 true 33188 1 true true
// stdout: true false false | false true false | false false true
// stdout: "2009-08-01T12:00:00.500Z" "1969-12-31T23:59:59.000Z"
// stdout: true false false
var fs = node.fs, folder = ARGV[2], file = folder + "/file";
(async function () {
  await fs.close(await fs.open(file, node.O_CREAT | node.O_WRONLY, 0644));
  await fs.truncate(file, 5000000000);
  await fs.symlink("file", folder + "/link");
  var stats = await fs.stat(folder + "/link");
  puts(Object.keys(stats).join(" "));
  puts([stats.size, stats.ino > 0, stats.mode, stats.nlink, stats.mtime instanceof Date, Math.abs(stats.mtime - new Date()) < 3600e3].join(" "));
  var kinds = [stats, await fs.stat(folder), await fs.lstat(folder + "/link")].map(function (s) {
    return [s.isFile(), s.isDirectory(), s.isSymbolicLink()].join(" ");
  });
  puts(kinds.join(" | "));
  await fs.utimes(file, new Date(Date.UTC(2009, 7, 1, 12, 0, 0, 500)), -1000);
  stats = await fs.stat(file);
  puts(JSON.stringify(stats.atime) + " " + JSON.stringify(stats.mtime));
  await fs.symlink("nowhere", folder + "/dangling");
  puts([await fs.exists(file), await fs.exists(folder + "/dangling"), await fs.exists("a\0b")].join(" "));
})();
