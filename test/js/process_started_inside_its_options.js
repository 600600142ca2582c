// A getter among the options that starts the same process: one runs, the other is refused.
// stdout: Error: spawn: the process is running already
// stdout: inner
// stdout: exit 0
var child = new node.Process();
child.addListener("output", function (text) { if (text !== null) print(text); });
child.addListener("exit", function (code) { puts("exit " + code); });
try {
  child.spawn("echo outer", { get cwd() { child.spawn("echo inner"); return "/"; } });
} catch (error) {
  puts(error);
}
