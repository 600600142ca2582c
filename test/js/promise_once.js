// A promise emits one outcome, once, to all of its listeners.
// stdout: callback 1 2
// stdout: second callback 1
// stdout: true false false
var promise = new node.Promise();
promise.addCallback(function (a, b) { puts("callback " + a + " " + b); })
       .addCallback(function (a) { puts("second callback " + a); })
       .addErrback(function () { puts("never"); });
puts([promise.emitSuccess([1, 2]), promise.emitSuccess([3]), promise.emitError([4])].join(" "));
