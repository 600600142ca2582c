// What only looks like a Uint8Array or an ArrayBuffer is none, however its properties lie: print shows it as a string,
// what wants bytes refuses it.
// stdout: [object Object]
// stdout: [object Object]
// stdout: refused 5
// stdout: refused 5
// stdout: refused 5
function Fake() {
  this.a = {};
  this.b = {};
  this.c = {};
  this.d = 1e10;
  this.e = {};
  this.f = {};
}
Fake.prototype = Object.create(Uint8Array.prototype, { toString: { value: Object.prototype.toString }, [Symbol.toStringTag]: { value: "Object" } });
var child = node.createProcess("cat");
var proxy = new Proxy(new Uint8Array(5000), {});
var buffer = Object.create(ArrayBuffer.prototype);
print(new Fake());
print("\n");
stdout.print(new Fake());
stdout.print("\n");
[new Fake(), proxy, buffer].forEach(function (fake) {
  var refused = 0;
  [
    function () { stdout.write(fake); },
    function () { new node.fs.File({ fd: 1 }).write(fake); },
    function () { node.fs.write(1, fake); },
    function () { child.write(fake); },
    function () { node.encodeUtf8(fake); },
  ].forEach(function (give) {
    try { give(); } catch (error) { if (error instanceof TypeError) refused++; }
  });
  puts("refused " + refused);
});
child.close();
