// A failure that nobody listens to is silent, and a promise of a script's own keeps nothing alive.
// stdout: end
new node.Promise().emitError([new Error("unheard")]);
new node.Promise().addCallback(function () { puts("never"); });
puts("end");
