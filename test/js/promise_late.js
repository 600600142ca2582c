// A listener that is added after the outcome hears of it in a later turn.
// stdout: added
// stdout: late ok
// stdout: late failure
var good = new node.Promise();
good.emitSuccess(["ok"]);
good.addCallback(function (value) { puts("late " + value); });
var bad = new node.Promise();
bad.emitError(["failure"]);
bad.addErrback(function (value) { puts("late " + value); });
bad.addCallback(function () { puts("never"); });
puts("added");
