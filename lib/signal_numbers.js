// node.SIGHUP ... node.SIGSYS: signal(7), as the platform numbers them.

Object.assign(node, binding.signalNumbers());

// child_process.js
hooks.lazy(node, "child", ["Process", "createProcess"]);
// signals.js
hooks.lazy(node, "signals", ["signals"]);
