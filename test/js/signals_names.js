// node.signals takes the names of signals that can be heard, and says of others why not.
// stdout: SIGHUP SIGINT SIGQUIT SIGUSR1 SIGUSR2 SIGTERM SIGSTKFLT SIGCONT SIGTSTP SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGWINCH SIGIO SIGPWR
// stdout: TypeError: node.signals.addListener: a signal is a name such as "SIGTERM", not 15
// stdout: TypeError: node.signals.addListener: a signal is a name such as "SIGTERM", not undefined
// stdout: RangeError: node.signals.addListener: there is no signal "SIGFOO"
// stdout: RangeError: node.signals.addListener: there is no signal "sigterm"
// stdout: RangeError: node.signals.addListener: there is no signal "toString"
// stdout: RangeError: node.signals.addListener: SIGKILL cannot be listened to: no program can
// stdout: RangeError: node.signals.listeners: SIGALRM cannot be listened to: node uses it
// stdout: true true true true
// stdout: SIGUSR1 by hand
// stdout: false
const nothing = () => {};
function attempt(call, name) {
  try {
    node.signals[call](name, nothing);
    return undefined;
  } catch (error) {
    return String(error);
  }
}
const all = Object.keys(node).filter((name) => /^SIG[A-Z]/.test(name));
puts(all.filter((name) => attempt("addListener", name) === undefined).sort((a, b) => order(a) - order(b)).join(" "));
function order(name) {
  return "HUP INT QUIT USR1 USR2 TERM STKFLT CONT TSTP URG XCPU XFSZ VTALRM WINCH IO PWR".split(" ").indexOf(name.slice(3));
}
for (const name of [15, undefined, "SIGFOO", "sigterm", "toString", "SIGKILL"]) puts(attempt("addListener", name));
puts(attempt("listeners", "SIGALRM"));
const list = node.signals.listeners("SIGUSR1");
list.length = 0;
const said = all.map((name) => attempt("addListener", name)).filter((text) => text !== undefined);
puts([
  said.every((text) => /^RangeError: node\.signals\.addListener: SIG\w+ cannot be listened to: [a-z]/.test(text)),
  node.signals.listeners("SIGUSR1") === list && list.length === 1,
  node.signals.addListener("SIGUSR1", "no function") === node.signals && list.length === 1,
  node.signals instanceof node.EventEmitter,
].join(" "));
list[0] = function (name, how) { puts([name, how].join(" ")); };
node.signals.emit("SIGUSR1", ["SIGUSR1", "by hand"]);
puts(node.signals.emit("SIGFOO"));
