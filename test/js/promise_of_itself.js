// stdout: TypeError: the promise has succeeded with itself
// stdout: true
// A promise that succeeds with itself is an error for who awaits it, not a wait without end; a callback gets it.
var promise = new node.Promise();
promise.addCallback(function (value) { setTimeout(function () { puts(value === promise); }, 20); });
promise.emitSuccess([promise]);
promise.then(function () { puts("fulfilled"); }, function (error) { puts(error); });
