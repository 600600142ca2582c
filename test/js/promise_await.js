// await gives the first success argument; a failure throws an Error, the one given or one with the arguments in it.
// stdout: one
// stdout: given
// stdout: promise failed: 404, gone [404,"gone"]
// stdout: promise failed []
// stdout: promise failed: [object], Symbol(s), [function]
// stdout: unwrapped
function settled(how, values) {
  var promise = new node.Promise();
  setTimeout(function () { promise[how](values); }, 1);
  return promise;
}
(async function () {
  puts(await settled("emitSuccess", ["one", "two"]));
  try { await settled("emitError", [new Error("given")]); } catch (error) { puts(error.message); }
  for (var values of [[404, "gone"], []]) {
    try { await settled("emitError", values); } catch (error) { puts(error.message + " " + JSON.stringify(error.args)); }
  }
  var textless = function () {};
  textless.toString = null;
  textless.valueOf = null;
  try { await settled("emitError", [Object.create(null), Symbol("s"), textless]); } catch (error) { puts(error.message); }
  puts(await (async function () { return settled("emitSuccess", ["unwrapped"]); })());
})();
