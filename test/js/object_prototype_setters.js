// Setters on Object.prototype that throw do not stand in the way of errors.
// stdout: open ENOENT /no/such: No such file or directory
// stdout: ENOENT open
// stdout: exec ENOENT /no/such: No such file or directory
function poison(name) {
  Object.defineProperty(Object.prototype, name, { set: function () { throw new Error("nobody's: " + name); }, configurable: true });
}
["errno", "syscall"].forEach(poison);
node.fs.open("/no/such", node.O_RDONLY, 0).addErrback(function (error) {
  puts(error.message);
  puts(error.errno + " " + error.syscall);
  poison("path");
  try { node.createProcess(["/no/such"]); } catch (thrown) { puts(thrown.message); }
});
