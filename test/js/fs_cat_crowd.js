// A crowd is read by two threads: small files, empty and large ones, what is missing, folders, /proc, named pipes.
// args: $FOLDER
// stdout: small 400, empty 100, large 100, ENOENT 100, EISDIR 100, proc 100, pipe 3, EFBIG 5, ENAMETOOLONG 5
// stdout: descriptors: as before
var fs = node.fs, folder = ARGV[2], kinds = {}, open = 0;

function count(kind) {
  kinds[kind] = (kinds[kind] || 0) + 1;
  if (--open === 0) end();
}

function cat(name, kind, content) {
  open++;
  fs.cat(name).addCallback(function (text) {
    count(content === undefined || text === content ? kind : "wrong " + kind);
  }).addErrback(function (error) { count(error.path === name ? error.errno : "wrong path"); });
}

async function write(name, text) {
  var fd = await fs.open(folder + "/" + name, node.O_CREAT | node.O_WRONLY);
  if (text) await fs.write(fd, text);
  await fs.close(fd);
}

var large = "0123456789".repeat(20000), before;
(async function () {
  for (var i = 0; i < 20; i++) await write("small" + i, "content of " + i);
  await write("empty");
  await write("large", large);
  await write("huge");
  await fs.truncate(folder + "/huge", 5e9);
  await new Promise(function (done) {
    node.createProcess("mkfifo " + folder + "/pipe0 " + folder + "/pipe1 " + folder + "/pipe2").addListener("exit", done);
  });
  before = (await fs.readdir("/proc/self/fd")).length;
  for (i = 0; i < 400; i++) {
    cat(folder + "/small" + i % 20, "small", "content of " + i % 20);
    if (i % 4 === 0) cat(folder + "/empty", "empty", "");
    if (i % 4 === 1) cat(folder + "/large", "large", large);
    if (i % 4 === 2) cat(folder + "/missing" + i, "missing");
    if (i % 4 === 3) cat(folder, "folder");
    if (i % 4 === 0) cat("/proc/self/status", "proc");
    if (i % 80 === 20) cat(folder + "/huge", "huge");
    if (i % 80 === 40) cat(folder + "/" + "x".repeat(300), "long");
    if (i % 150 === 50) cat(folder + "/pipe" + Math.floor(i / 150), "pipe", "through a pipe");
  }
  for (i = 0; i < 3; i++) {
    fs.open(folder + "/pipe" + i, node.O_WRONLY).addCallback(function (fd) {
      fs.write(fd, "through a pipe").addCallback(function () { fs.close(fd); });
    });
  }
})();

async function end() {
  puts(["small", "empty", "large", "ENOENT", "EISDIR", "proc", "pipe", "EFBIG", "ENAMETOOLONG"].map(function (kind) {
    var counted = kinds[kind];
    delete kinds[kind];
    return kind + " " + counted;
  }).concat(Object.keys(kinds)).join(", "));
  var after = (await fs.readdir("/proc/self/fd")).length;
  puts("descriptors: " + (after === before || after === before + 1 ? "as before" : before + " " + after));
}
