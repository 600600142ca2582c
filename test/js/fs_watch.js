// Changes of a folder and of a file; a watcher keeps the program until it is closed.
// args: $FOLDER
// stdout: made file
// stdout: written file
// stdout: removed file
// stdout: closed
// stdout: file: written null
// stdout: file: removed null
// stdout: file closed
// stdout: true true false
// stdout: inotify_add_watch ENOENT F/missing: No such file or directory {"errno":"ENOENT","syscall":"inotify_add_watch","path":"F/missing"}
// stdout: watch EINVAL "a\u0000b": a path cannot hold a NUL
var fs = node.fs, folder = ARGV[2], path = folder + "/file";
async function make() {
  var file = new fs.File();
  file.open(path, "w");
  file.print("content");
  await file.close();
}
function second() {
  make().then(function () {
    var watcher = fs.watch(path), seen = {};
    watcher.addListener("change", function (kind, name) {
      if (kind !== "attributes" && !seen[kind]) puts("file: " + kind + " " + name);
      seen[kind] = true;
      if (kind === "written") fs.unlink(path);
    });
    watcher.addListener("close", function () { puts("file closed"); third(); });
    fs.truncate(path, 3);
  });
}
function third() {
  var other = fs.Watcher(folder);
  puts((other instanceof fs.Watcher) + " " + (other.path === folder) + " " + ("path" in fs));
  other.close();
  for (var name of [folder + "/missing", "a\0b"]) {
    try { fs.watch(name); } catch (error) { puts((error.message + (error.errno === "ENOENT" ? " " + JSON.stringify(error) : "")).split(folder).join("F")); }
  }
}
var watcher = fs.watch(folder, function (kind, name) {
  puts(kind + " " + name);
  if (kind === "written") fs.unlink(path);
  if (kind === "removed") { watcher.close(); watcher.close(); }
});
watcher.addListener("close", function () { puts("closed"); second(); });
make();
