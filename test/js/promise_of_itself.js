// stdout: TypeError: the promise has succeeded with itself
// stdout: TypeError: the promise has succeeded with itself
// stdout: TypeError: the promise has succeeded with itself
// stdout: true
// stdout: 7
// A promise that succeeds with itself, also by way of others, is an error for who awaits it, not a wait without end; a
// callback gets it.
function show(value) { puts(value); }

var promise = new node.Promise();
promise.addCallback(function (value) { setTimeout(function () { puts(value === promise); }, 20); });
promise.emitSuccess([promise]);
promise.then(show, show);

var first = new node.Promise(), second = new node.Promise(), behind = new node.Promise();
first.emitSuccess([second]);
second.emitSuccess([first]);
behind.emitSuccess([first]);
first.then(show, show);
behind.then(show, show);

var outer = new node.Promise(), inner = new node.Promise();
outer.emitSuccess([inner]);
inner.emitSuccess([7]);
setTimeout(function () { outer.then(show, show); }, 40);
