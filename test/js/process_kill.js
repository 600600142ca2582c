// kill: SIGTERM by default, by number or name, right after creation; 0 asks; then, and for what is no signal, it throws.
// stdout: Error: kill EINVAL {{\d+}} with signal 999: Invalid argument
// stdout: TypeError: kill: no signal: "SIGNOTHING"; see node.SIGTERM and its like
// stdout: TypeError: kill: no signal: 1.5; see node.SIGTERM and its like
// stdout: Error: kill EINVAL signal 4294967305
// stdout: default 143 15
// stdout: number 130 2
// stdout: name 138 10
// stdout: ESRCH kill kill ESRCH the process has ended
var running = 3, asked = node.createProcess(["sleep", "100"]);
[999, "SIGNOTHING", 1.5, 4294967296 + node.SIGKILL].forEach(function (signal) { try { asked.kill(signal); } catch (error) { puts(error); } });
asked.kill(0);
function start(name, signal) {
  var child = node.createProcess("sleep 100");
  child.addListener("exit", function (code, by) {
    puts(name + " " + code + " " + by);
    if (name === "default") start("number", node.SIGINT);
    if (name === "number") start("name", "SIGUSR1");
    if (name === "name") try { child.kill(); } catch (error) { puts(error.errno + " " + error.syscall + " " + error.message); }
  });
  child.kill(signal);
}
asked.addListener("exit", function () { start("default"); });
asked.kill(9);
