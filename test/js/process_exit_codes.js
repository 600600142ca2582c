// The exit code, 0 to 255; 128 + the signal that has ended it, and that signal.
// stdout: 0 null
// stdout: 1 null
// stdout: 255 null
// stdout: 137 9
// stdout: 143 15
// stdout: 134 6
// stdout: 127 null
// stdout: 143 null
var commands = ["true", ["sh", "-c", "exit 1"], "exit 255", ["sh", "-c", "kill -9 $$"], "kill -TERM $$",
  ["sh", "-c", "ulimit -c 0; kill -ABRT $$"], "no-such-program-here", ["sh", "-c", "exit 143"]];
(function next() {
  if (commands.length > 0) {
    node.createProcess(commands.shift()).addListener("exit", function (code, signal) {
      puts(code + " " + signal);
      next();
    });
  }
})();
