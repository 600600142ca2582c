// node.signals: what the system and its users tell the program by signals.

const { quoted } = hooks.chunks;
const { offers, own } = hooks;

// Those that can be heard: signal(7).
const NAMES = [
  "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGTERM", "SIGSTKFLT", "SIGCONT", "SIGTSTP", "SIGURG", "SIGXCPU",
  "SIGXFSZ", "SIGVTALRM", "SIGWINCH", "SIGIO", "SIGPWR",
];

const FAULT = "it tells of a fault of the program, behind which it cannot go on";
const ENDLESS = "the terminal would send it again and again";
// The others, and why not.
const REFUSED = {
  __proto__: null,
  SIGKILL: "no program can", SIGSTOP: "no program can",
  SIGILL: FAULT, SIGTRAP: FAULT, SIGABRT: FAULT, SIGIOT: FAULT, SIGBUS: FAULT, SIGFPE: FAULT, SIGSEGV: FAULT, SIGSYS: FAULT,
  SIGTTIN: ENDLESS, SIGTTOU: ENDLESS,
  SIGALRM: "node uses it", SIGPROF: "the engine uses it",
  SIGCHLD: "node waits for its children; a node.Process emits exit",
  SIGCLD: "node waits for its children; a node.Process emits exit",
  SIGPIPE: "node ignores it; what writes gets the error EPIPE",
  SIGPOLL: "it is SIGIO by another name",
};

const asked = new own.Map(); // name -> the array of its listeners, which C++ has, too

// Checks the name of a signal given to `call`.
function nameOf(call, name) {
  if (typeof name !== "string") {
    throw new TypeError("node.signals." + call + ': a signal is a name such as "SIGTERM", not ' + quoted(name));
  }
  if (NAMES.includes(name)) return name;
  const why = REFUSED[name];
  if (why === undefined) throw new RangeError("node.signals." + call + ": there is no signal " + quoted(name));
  throw new RangeError("node.signals." + call + ": " + name + " cannot be listened to: " + why);
}

// The names of signals that are known by their numbers.
let named;

// Called by C++ for each signal that has come and has listeners.
function tell(number) {
  const name = named.get(number);
  // As emit(), but of the very array that C++ looks at: if an emitter that is frozen, or whose table a script has put
  // away, told nobody, the signal would do nothing at all.
  const list = asked.get(name);
  for (let i = 0; i < list.length; i++) own.apply(list[i], signals, [name, number]);
}

// The array of listeners of a signal, which is looked at from now on.
function listenersOf(name) {
  const known = asked.get(name);
  if (known !== undefined) return known;
  const numbers = binding.signalNumbers();
  if (named === undefined) named = new own.Map(NAMES.map((each) => [numbers[each], each]));
  const list = own.EventEmitter.prototype.listeners.call(signals, name);
  asked.set(name, list);
  binding.hearSignal(numbers[name], list, tell);
  return list;
}

// What node.signals is. Emits each signal under its name, in a later turn, between two callbacks: SIGTERM(name, number)
// and so on. A signal that has listeners does nothing else; without, it does what it does by default. Several of one name
// that come before the listeners are called are one, as the kernel has it. Does not keep the program alive.
function Signals() {}
own.inherits(Signals, own.EventEmitter);

// As of node.EventEmitter, from now on. Throws a RangeError for what is no name of a signal, and for signals that no
// program can hear or that have another use here.
Signals.prototype.addListener = function addListener(event, listener) {
  const name = nameOf("addListener", event);
  if (typeof listener !== "function") return this;
  listenersOf(name).push(listener);
  binding.armSignals();
  return this;
};

// As of node.EventEmitter; throws as addListener. What is done to the array takes effect when the turn is over.
Signals.prototype.listeners = function listeners(event) {
  return listenersOf(nameOf("listeners", event));
};

const signals = new Signals();
offers.signals = signals;
