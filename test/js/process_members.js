// What a process has; what its methods return and its events give; what a child gets of us when nothing else is said.
// stdout: close kill pause pid resume setEncoding spawn write | exitCode null, signal null
// stdout: true true undefined undefined undefined undefined true false
// stdout: TypeError TypeError TypeError TypeError
// stdout: output 1 string, output 1 null, error 1 null, exit 2
// stdout: after exit: null false false
// stdout: the environment, the folder, the umask: true true true
// stdout: true
// stdout: true
var keys = Object.getOwnPropertyNames(node.Process.prototype).filter(function (name) { return name !== "constructor"; }).sort();
puts(keys.filter(function (name) { return name !== "exitCode" && name !== "signal"; }).join(" ") + " | exitCode " +
  new node.Process().exitCode + ", signal " + new node.Process().signal);
function collect(child, then) {
  var all = [], text = "";
  ["output", "error"].forEach(function (name) {
    child.addListener(name, function (data) {
      if (this !== child || data === "") puts("wrong " + name);
      if (typeof data === "string") text += data;
      var what = name + " " + arguments.length + " " + (data === null ? "null" : typeof data);
      if (all[all.length - 1] !== what) all.push(what);
    });
  });
  child.addListener("exit", function () {
    all.push("exit " + arguments.length);
    then(text, all.sort(function (a, b) { return rank(a) - rank(b); }));
  });
}
// The two streams have no order between them.
function rank(what) { return ["output 1 string", "output 1 null", "error 1 null", "exit 2"].indexOf(what); }
var child = node.createProcess("cat"), wrong = [];
puts([child.write("a"), child.write([98]), child.setEncoding("utf8"), child.pause(), child.resume(), child.kill(0), child.close(), child.close()]
  .map(String).join(" "));
[5, null, undefined, {}].forEach(function (data) {
  try { child.write(data); } catch (error) { wrong.push(error.name); }
});
puts(wrong.join(" "));
collect(child, function (text, events) {
  puts(events.join(", "));
  puts(["after exit:", String(child.pid), child.write("x"), child.close()].join(" "));
  inherited();
});
async function inherited() {
  var ours = (await node.fs.cat("/proc/self/environ")).split("\0").sort().join("\n"), folder = await node.fs.readlink("/proc/self/cwd");
  var umask = /Umask:\s*(\d+)/.exec(await node.fs.cat("/proc/self/status"))[1];
  collect(node.createProcess(["cat", "/proc/self/environ"]), function (environment) {
    collect(node.createProcess(["readlink", "/proc/self/cwd"]), function (there) {
      collect(node.createProcess(["sh", "-c", "umask"]), function (mask) {
        puts("the environment, the folder, the umask: " +
          [environment.split("\0").sort().join("\n") === ours, there.trim() === folder, mask.trim() === umask].join(" "));
        early();
      });
    });
  });
}
// What is written before the child reads, and in many pieces, is kept, in order.
function early() {
  var late = node.createProcess("sleep 0.02; cat"), expected = "";
  for (var i = 0; i < 5000; i++) { late.write(i + "\n"); expected += i + "\n"; }
  puts(late.close());
  collect(late, function (text) { puts(text === expected); });
}
