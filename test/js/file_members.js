// What a File has; each method gives a promise, works taken away, and has so many success arguments.
// args: $FOLDER
// stdout: close open print puts read write
// stdout: null 2 1
// stdout: 0 1 2
// stdout: open 1 number, puts 1 2, print 1 1, write 1 3, write 1 1, read 1 abc, read 1 null, close 0 undefined
// stdout: "\"x\nyzz2"
// stdout: one error: true true, then the File, then the next
var fs = node.fs, path = ARGV[2] + "/file";
puts(Object.getOwnPropertyNames(fs.File.prototype).filter(function (name) { return name !== "constructor"; }).sort().join(" "));
var file = new fs.File({ encoding: "ascii" });
puts([String(new fs.File().fd), new fs.File().encoding, new fs.File({ fd: null, encoding: node.UTF8 }).encoding].join(" "));
puts([stdin, stdout, stderr].map(function (f) { return f.fd; }).join(" "));
function call(name, method, args) {
  var promise = method.apply(undefined, args);
  if (!(promise instanceof node.Promise)) puts(name + " gives no promise");
  return new Promise(function (resolve, reject) {
    promise.addCallback(function (value) { resolve(name + " " + arguments.length + " " + (name === "open" ? typeof value : value)); });
    promise.addErrback(reject);
  });
}
var open = file.open, close = file.close, read = file.read, write = file.write, print = file.print, put = file.puts;
Promise.all([call("open", open, [path, "w+"]), call("puts", put, ["a"]), call("print", print, ["b"]), call("write", write, ["abc", 1]),
  call("write", write, ["c", null]), call("read", read, [3, 1]), call("read", read, [9, undefined]), call("close", close, [])])
  .then(async function (all) {
    puts(all.join(", "));
    open(path, "w");
    write("zzzzzz", undefined);
    write("\"x\ny", 0);
    write([50], null); // behind the six
    await close();
    puts(JSON.stringify(await fs.cat(path)));
    var failed = [];
    file.addListener("error", function (error) { failed.push(error, "the File"); });
    read(1).addErrback(function (error) { failed.push(error, arguments.length === 1 && this instanceof node.Promise); });
    read(2).addErrback(function () {
      puts("one error: " + (failed[0] === failed[2]) + " " + failed[1] + ", then " + failed[3] + ", then the next");
    });
  });
