// Without a position reads and writes go on where the descriptor stands; with O_APPEND writes go to the end.
// args: $FOLDER
// stdout: abc
// stdout: def
// stdout: null
// stdout: abcdef+end
var fs = node.fs, file = ARGV[2] + "/file";
(async function () {
  var fd = await fs.open(file, node.O_CREAT | node.O_RDWR, 0600);
  await fs.write(fd, "abc", null);
  await fs.write(fd, "def", undefined);
  await fs.close(fd);
  fd = await fs.open(file, node.O_RDWR | node.O_APPEND, 0);
  puts(await fs.read(fd, 3, null, node.UTF8));
  puts(await fs.read(fd, 100, undefined, node.UTF8));
  puts(await fs.read(fd, 100, null, node.UTF8));
  await fs.write(fd, "+end", 0);
  puts(await fs.read(fd, 100, 0, node.UTF8));
  await fs.close(fd);
})();
