// ARGV, and the names that are yet to come.

// Called by C++ before the script: nothing of this process may be known earlier,
// since all above lies in the startup snapshot.
hooks.boot = (function boot(argv) {
  global.ARGV = argv;
});

function missing(name) {
  return new Error(name + " is not part of this version of node yet");
}

// Assigning to one of them puts the script's own value there.
function announce(object, name, shown) {
  Object.defineProperty(object, name, {
    get() {
      throw missing(shown);
    },
    set(value) {
      Object.defineProperty(object, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
    },
    configurable: true,
  });
}
for (const name of ["stdin", "stdout", "stderr"]) announce(global, name, name);

// STATUS_CODES: status code -> reason phrase.
Object.defineProperty(node.http, "STATUS_CODES", {
  get() {
    const codes = {};
    for (let code = 100; code < 600; code++) {
      const phrase = binding.reasonPhrase(code);
      if (phrase !== "Unknown") codes[code] = phrase;
    }
    Object.defineProperty(node.http, "STATUS_CODES", { __proto__: null, value: codes, writable: true, configurable: true });
    return codes;
  },
  configurable: true,
});
