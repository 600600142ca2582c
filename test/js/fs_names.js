// rename, link, symlink, readlink, realpath, unlink, mkdir, rmdir, readdir, chmod, chown, mkdtemp, truncate, copy, fsync.
// args: $FOLDER
// stdout: [] []
// stdout: ["a","b","deep","dir"]
// stdout: 448 384
// stdout: a true
// stdout: two 2
// stdout: hel hel\0\0
// stdout: 5 hello!
// stdout: true true
// stdout: ["deep"]
// stdout: ["é €","\u0001x"]
var fs = node.fs, folder = ARGV[2], at = function (name) { return folder + "/" + name; };
(async function () {
  var results = [];
  function note(promise) { return new Promise(function (done, failed) { promise.addCallback(function () { done([].slice.call(arguments)); }).addErrback(failed); }); }
  var made = await note(fs.mkdir(at("dir"), 0700)), deep = await note(fs.mkdir(at("deep/er/est"), undefined, true));
  puts(JSON.stringify(made) + " " + JSON.stringify(deep));
  var fd = await fs.open(at("a"), node.O_CREAT | node.O_WRONLY, 0600);
  await fs.write(fd, "hello");
  await fs.fsync(fd);
  await fs.close(fd);
  await fs.symlink("a", at("b"));
  p(await fs.readdir(folder));
  puts([(await fs.stat(at("dir"))).mode & 0777, (await fs.stat(at("a"))).mode & 0777].join(" "));
  puts(await fs.readlink(at("b")) + " " + (await fs.realpath(at("dir/../b")) === await fs.realpath(at("a"))));
  await fs.link(at("a"), at("two"));
  var count = (await fs.stat(at("a"))).nlink;
  await fs.rename(at("two"), at("dir/two"));
  await fs.chmod(at("a"), 0640);
  await fs.chown(at("a"), -1, -1);
  puts((await fs.readdir(at("dir"))).join() + " " + count);
  await fs.truncate(at("a"), 3);
  var cut = await fs.cat(at("a"));
  fd = await fs.open(at("a"), node.O_WRONLY);
  await fs.truncate(fd, 5);
  puts(cut + " " + (await fs.cat(at("a"))).replace(/\0/g, "\\0"));
  await fs.write(fd, "hello");
  await fs.close(fd);
  puts(await fs.copy(at("a"), at("c")) + " " + await fs.cat(at("c")) + "!");
  var one = await fs.mkdtemp(at("tmp-")), two = await fs.mkdtemp(at("tmp-"));
  puts([one !== two && one.indexOf(at("tmp-")) === 0 && one.length === at("tmp-").length + 6, ((await fs.stat(one)).mode & 0777) === 0700].join(" "));
  for (var name of ["a", "b", "c", "dir/two"]) await fs.unlink(at(name));
  for (name of ["dir", one.slice(folder.length + 1), two.slice(folder.length + 1)]) await fs.rmdir(at(name));
  p(await fs.readdir(folder));
  await fs.mkdir(at("deep/er/est/\u00e9 \u20ac"));
  await fs.mkdir(at("deep/er/est/\x01x"));
  p((await fs.readdir(at("deep/er/est"))).reverse());
})();
