// output, error, null at the end of each, exit last; pid is a number meanwhile; `this` is the process.
// stdout: true null true
// stdout: output: "one\n"
// stdout: error: "two\n"
// stdout: then null null
// stdout: exit 7 null true null 7 null
var all = { output: "", error: "" }, ends = [];
var child = node.createProcess("echo one; echo two >&2; exit 7");
puts([child instanceof node.Process, new node.Process().pid, child.pid > 1].map(String).join(" "));
["output", "error"].forEach(function (name) {
  child.addListener(name, function (data) {
    if (this !== child) puts("this is another");
    if (data === null) ends.push(data);
    else if (ends.exited) puts(name + " behind exit");
    else all[name] += data;
  });
});
child.addListener("exit", function (code, signal) {
  ends.exited = true;
  for (var name in all) puts(name + ": " + JSON.stringify(all[name]));
  puts("then " + ends.map(String).join(" "));
  puts("exit " + [code, signal, this === child, this.pid, this.exitCode, this.signal].map(String).join(" "));
});
