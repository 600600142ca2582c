// Actions of one File run in the order of the calls; an action's callbacks run before the next begins; what they add
// comes last.
// args: $FOLDER
// stdout: open number
// stdout: write 5 true
// stdout: in callback
// stdout: read "hello"
// stdout: end null
// stdout: close 0 null
// stdout: added "hello, late"
var log = [], file = new node.fs.File({ encoding: "utf8" }), path = ARGV[2] + "/file";
file.open(path, "w+").addCallback(function (fd) { puts("open " + typeof fd); });
file.write("hello").addCallback(function (bytes) {
  puts("write " + bytes + " " + (file.fd !== null));
  // The read behind this one has not begun: it stands at the end of the file all the same.
  node.fs.stat(path).addCallback(function () {});
  file.read(100, 0).addCallback(function (text) { puts("added " + JSON.stringify(text)); });
  puts("in callback");
});
file.read(5, 0).addCallback(function (text) { puts("read " + JSON.stringify(text)); });
file.read(5).addCallback(function (data) { puts("end " + data); });
file.close().addCallback(function () { puts("close " + arguments.length + " " + file.fd); });
file.open(path, "r+");
file.write(", late", 5);
