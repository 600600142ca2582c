// A signal that is heard has its listeners called, though node.signals is frozen or its table was replaced.
// stdout: SIGUSR1 10 true
// stdout: SIGUSR2 12 true
function tell(name, number) {
  puts([name, number, this === node.signals].join(" "));
}
node.signals.addListener("SIGUSR2", tell);
node.signals._events = {};
Object.freeze(node.signals);
node.signals.addListener("SIGUSR1", tell);
node.createProcess("kill -USR1 $PPID; kill -USR2 $PPID").addListener("exit", function () { setTimeout(function () {}, 1); });
