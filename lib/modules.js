// Modules: require, include, onLoad, onExit, node.exit.
//
// A module's body runs, then those of its children, in the order in which it has asked for them; when all of
// them are loaded its onLoad runs. Files are read at once, URLs fetched in parallel (module_fetch.js).

const { quoted } = hooks.chunks;
// Read now, it is made for the snapshot, not at each start.
const { moduleCompile } = binding;
// A script may have classes of its own by these names, which were nobody's in 2009.
const { Map, Set } = global;

// The states of a module, in their order.
const FETCHING = 0;
const FETCHED = 1; // its text is here
const RUN = 2; // the body has run, or is running
const LOADED = 3; // onLoad has run, or is running

const required = new Map(); // by key: the real path of a file, or a URL
const included = new WeakMap(); // by namespace: a Map by key
const work = []; // modules to be looked at
let working = false;
let main;
let exiting = false;
let exitCode = 0;

// Functions in parentheses are compiled when the snapshot is made, as in console.js.

// `filename`: as __filename; `key`: what it is known by; `namespace`: its `this` and `exports`. Its members are ours:
// programs have no use for it.
const Module = (function Module(filename, key, namespace) {
  this.filename = filename;
  this.key = key;
  this.target = namespace;
  this.state = FETCHING;
  this.source = undefined;
  this.failure = undefined; // why there is no text
  this.asked = undefined; // an Error from where it was asked for
  this.children = [];
  this.next = 0; // of the children, to be run
  this.waits = 0; // children that are not loaded
  this.waiters = []; // modules that wait for this one
  this.callbacks = undefined; // gives [onLoad, onExit]
  this.exited = false;
});
node.Module = Module;

// --- Names ---

function isUrl(name) {
  return name.includes("://");
}

// `path` without "." and with ".." taken back where that needs no look at the disk.
function normalized(path) {
  const parts = path.startsWith("/") ? [""] : [];
  for (const part of path.split("/")) {
    if (part === "." || part === "") continue;
    if (part === ".." && parts.length > 0 && parts[parts.length - 1] !== ".." && parts[parts.length - 1] !== "") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}

function joined(folder, path) {
  return normalized(folder === "" ? path : folder + "/" + path);
}

function folderOf(filename) {
  const slash = filename.lastIndexOf("/");
  return slash < 0 ? "" : slash === 0 ? "/" : filename.slice(0, slash);
}

// `path` as a browser would see it from the page `base` (RFC 3986, 5.2, without queries of the base).
function resolvedUrl(base, path) {
  const start = base.indexOf("://") + 3;
  const slash = base.indexOf("/", start);
  const origin = slash < 0 ? base : base.slice(0, slash);
  const rest = slash < 0 ? "/" : base.slice(slash).replace(/[?#].*$/s, "");
  if (path.startsWith("/")) return origin + path;
  const [, plain, tail] = /^([^?#]*)(.*)$/s.exec(path);
  const parts = [];
  for (const part of (rest.slice(0, rest.lastIndexOf("/") + 1) + plain).split("/").slice(1)) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return origin + "/" + parts.join("/") + tail;
}

// The file that `path` means in the module `from`: [filename, key]; throws.
function findFile(from, path) {
  if (path.startsWith("/")) return [normalized(path) || "/", binding.moduleRealPath(path)];
  const name = joined(folderOf(from.filename), path) || "."; // the folder itself
  try {
    return [name, binding.moduleRealPath(name)];
  } catch (error) {
    const elsewhere = path.startsWith("./") || path.startsWith("../") ? undefined : binding.environmentVariable("NODE_PATH");
    for (const folder of (elsewhere || "").split(":")) {
      if (folder === "") continue;
      try {
        const found = joined(folder, path);
        return [found, binding.moduleRealPath(found)];
      } catch {
        // The next one may have it.
      }
    }
    throw error;
  }
}

// --- Loading ---

// Makes `error` (from where a module was asked for) say why it is not there.
function explained(error, message, cause) {
  const frames = String(error.stack);
  const first = frames.indexOf("\n    at ");
  error.message = message;
  Object.defineProperty(error, "stack", { value: "Error: " + message + (first < 0 ? "" : frames.slice(first)), writable: true, configurable: true });
  if (cause !== undefined && cause.errno !== undefined) {
    error.errno = cause.errno;
    error.syscall = cause.syscall;
  }
  return error;
}

// Starts reading `module`.
function fetchSource(module, pin) {
  if (!isUrl(module.key)) {
    try {
      module.source = binding.moduleRead(module.filename);
    } catch (error) {
      module.failure = error;
    }
    module.state = FETCHED;
    return;
  }
  hooks.provide("client").fetchModule(module.key, pin, (failure, source) => {
    if (module.state !== FETCHING) return;
    module.failure = failure;
    module.source = source;
    module.state = FETCHED;
    for (const waiter of module.waiters) look(waiter);
    proceed();
  });
}

// The module that `path` means in the module `from`, for the call `call` ("require" or "include").
function moduleOf(from, call, path, asked) {
  let filename, key, pin;
  if (isUrl(path) || isUrl(from.filename)) {
    const url = isUrl(path) ? path : resolvedUrl(from.filename, path);
    const hash = url.indexOf("#");
    if (hash >= 0) pin = url.slice(hash + 1);
    filename = key = hash < 0 ? url : url.slice(0, hash);
  } else {
    try {
      [filename, key] = findFile(from, path);
    } catch (error) {
      // Told when its turn comes, as all that goes wrong with it.
      const missing = new Module(path, "", undefined);
      missing.failure = error;
      missing.state = FETCHED;
      missing.asked = asked;
      return missing;
    }
  }
  const namespace = call === "include" ? from.target : undefined;
  let known = required;
  if (namespace !== undefined) {
    known = included.get(namespace);
    if (known === undefined) included.set(namespace, (known = new Map()));
  }
  let module = known.get(key);
  if (module !== undefined && pin !== undefined && module.pin !== pin) {
    throw new Error(call + "(" + quoted(path) + "): it is loaded already, without this pin");
  }
  if (module !== undefined) return module;
  module = new Module(filename, key, namespace === undefined ? {} : namespace);
  module.asked = asked;
  module.pin = pin;
  known.set(key, module);
  try {
    fetchSource(module, pin);
  } catch (error) {
    // Of a client that a script has put in place of ours, or for want of stack. Who asks again must not wait for ever.
    module.failure = error;
    module.state = FETCHED;
    throw error;
  }
  return module;
}

// Whether `module` waits for `other`, by whatever way.
function waitsFor(module, other, seen = new Set()) {
  const stack = [module];
  while (stack.length > 0) {
    const one = stack.pop();
    if (one === other) return true;
    if (seen.has(one)) continue;
    seen.add(one);
    for (const child of one.children) if (child.waiters.includes(one)) stack.push(child);
  }
  return false;
}

function addChild(from, call, path) {
  if (typeof path !== "string" || path === "") throw new TypeError(call + ": the path must be a string, not " + quoted(path));
  const shown = call + "(" + JSON.stringify(path) + ")";
  if (from.state === LOADED) throw new Error(shown + ": too late: " + from.filename + " is loaded, and its onLoad has run or runs");
  const child = moduleOf(from, call, path, new Error(shown));
  from.children.push(child);
  // In a cycle somebody must go first.
  if (child.state !== LOADED && !waitsFor(child, from)) {
    from.waits++;
    child.waiters.push(from);
  }
  look(from);
  // From the body on this happens behind it; a callback is not interrupted either.
  if (!working) node.setTimeout(proceed, 0);
  return child;
}

function look(module) {
  work.push(module);
}

const run = (function run(module) {
  module.state = RUN;
  if (module.failure !== undefined) {
    const text = "Error reading " + module.filename + ": " + module.failure.message;
    throw module.asked === undefined ? module.failure : explained(module.asked, text, module.failure);
  }
  const body = moduleCompile(module.source, module.filename);
  module.source = undefined;
  const scope = {
    require: (path) => addChild(module, "require", path).target,
    include: (path) => void addChild(module, "include", path),
  };
  const hold = ((callbacks) => (module.callbacks = callbacks));
  Reflect.apply(body, module.target, [module.target, scope.require, scope.include, module.filename, hold]);
  const { 1: onExit } = module.callbacks();
  if (typeof onExit === "function") binding.awaitSignals();
  if (module.children.length === 0) advance(module);
  else look(module);
});

// Runs the children of `module` whose turn has come; then, with all of them loaded, its onLoad.
const advance = (function advance(module) {
  if (module.state !== RUN) return;
  while (module.next < module.children.length) {
    const child = module.children[module.next];
    if (child.state === FETCHING) {
      if (!child.waiters.includes(module)) child.waiters.push(module), module.waits++;
      return;
    }
    module.next++;
    if (child.state === FETCHED) run(child);
  }
  if (module.waits > 0) return;
  module.state = LOADED;
  const waiters = module.waiters;
  module.waiters = [];
  for (const waiter of waiters) {
    waiter.waits--;
    look(waiter);
  }
  const [onLoad] = module.callbacks();
  if (typeof onLoad === "function") Reflect.apply(onLoad, module, []);
  // It may have been assigned by now.
  if (typeof module.callbacks()[1] === "function") binding.awaitSignals();
});

// Looks at what is to be looked at.
const proceed = (function proceed() {
  if (working) return;
  working = true;
  // What a module throws ends the program: there is nothing to put right.
  for (let i = 0; i < work.length; i++) advance(work[i]);
  work.length = 0;
  working = false;
});

// Called by C++: runs the main script, whose namespace is the global object.
hooks.runMain = (function runMain(source, name, realPath) {
  main = new Module(name, realPath, global);
  main.source = source;
  required.set(realPath, main);
  included.set(global, new Map([[realPath, main]]));
  working = true;
  run(main);
  working = false;
  proceed();
});

// --- The end ---

// Calls onExit of all modules that have run, children first, each once.
const runExitHandlers = (function runExitHandlers() {
  if (main === undefined) return;
  const stack = [[main, 0]];
  const seen = new Set([main]);
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    const [module, at] = top;
    if (at < module.children.length) {
      top[1]++;
      const child = module.children[at];
      if (!seen.has(child)) {
        seen.add(child);
        stack.push([child, 0]);
      }
      continue;
    }
    stack.pop();
    if (module.exited || module.callbacks === undefined) continue;
    module.exited = true;
    const onExit = exitHandlerOf(module);
    if (typeof onExit === "function") Reflect.apply(onExit, module, []);
  }
});

// A body that threw, or called node.exit, may not have come to `const onExit` yet.
const exitHandlerOf = (function exitHandlerOf(module) {
  try {
    return module.callbacks()[1];
  } catch {
    return undefined;
  }
});

// Runs the onExit of all modules and ends the process with exit code `code` (an integer, default 0). Output that is
// queued is written first; other work that is under way is dropped. Inside of onExit it decides the exit code: what
// has not run yet still does. SIGINT, SIGTERM and SIGQUIT do what they do without listeners from now on.
node.exit = function exit(code) {
  exitCode = Math.trunc(Number(code)) || 0;
  exiting = true;
  binding.endHearing();
  runExitHandlers();
  binding.exit(exitCode);
};

// As node.exit, without the onExit of modules.
node.reallyExit = function reallyExit(code) {
  binding.exit(Math.trunc(Number(code)) || 0);
};

// Called by C++ for SIGINT and SIGTERM, as node.exit.
hooks.exit = function exit(code) {
  if (!exiting) node.exit(code);
};

// Called by C++ when nothing is left to wait for.
hooks.end = runExitHandlers;

// Runs `source` (a string) as a script in the global context: its declarations become global. `filename` (default
// "[compiled]") names it in errors. Returns the value of its last statement, throws what it throws.
node.compile = function compile(source, filename) {
  return binding.runGlobal(String(source), filename === undefined ? "[compiled]" : String(filename));
};
