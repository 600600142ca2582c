// `success` and `error` are a promise's outcome however they are emitted: once, and heard by late listeners and await.
// Other events are as of any emitter.
// stdout: callback 1
// stdout: true false false false
// stdout: other other
// stdout: false
// stdout: late 1
// stdout: late failure
// stdout: awaited 1
var promise = new node.Promise();
promise.addCallback(function (value) { puts("callback " + value); }).addErrback(function () { puts("never"); });
puts([promise.emit("success", [1]), promise.emit("success", [2]), promise.emit("error", [3]), promise.emitSuccess([4])].join(" "));
promise.addListener("other", function (text) { print(text + (text === "other" ? " " : "\n")); });
promise.addListener("other", function (text) { puts(text); });
promise.emit("other", ["other"]);
promise.addCallback(function (value) { puts("late " + value); });
(async function () { puts("awaited " + await promise); })();
var unheard = new node.Promise();
puts(unheard.emit("error", ["failure"]));
unheard.addErrback(function (value) { puts("late " + value); });
