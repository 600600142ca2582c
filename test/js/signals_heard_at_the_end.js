// While onExit runs SIGTERM ends the program, also when that asks for signals.
// stdout: onExit
// exit: 143
node.signals.addListener("SIGTERM", function () { puts("SIGTERM"); });

function onExit() {
  puts("onExit");
  node.signals.addListener("SIGTERM", function () { puts("SIGTERM, heard at the end"); });
  node.signals.addListener("SIGUSR1", function () {});
  node.createProcess("kill -TERM $PPID");
  for (var end = Date.now() + 10000; Date.now() < end;) {}
}
