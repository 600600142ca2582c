// A chain of puts that never ends leaves timers their turn.
// stdout: timer
var interval = setTimeout(function () { puts("timer"); node.exit(0); }, 20);
(function again() { print("").addCallback(again); })();
