// ARGV, node.env and node.http.STATUS_CODES.

// Called by C++ before the script: nothing of this process may be known earlier,
// since all above lies in the startup snapshot.
hooks.boot = (function boot(argv) {
  global.ARGV = argv;
});

// dns.js
hooks.lazy(node, "dns", ["dns"]);

// node.env: name -> value. Made when it is first asked for, which most programs
// do not; not enumerable, so that a dump of `node` tells no secrets.
function setEnv(value) {
  Object.defineProperty(node, "env", { __proto__: null, value, writable: true, configurable: true });
  return value;
}
Object.defineProperty(node, "env", { get: () => setEnv(binding.environment()), set: setEnv, configurable: true });

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
