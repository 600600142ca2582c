// puts gives a promise of the number of bytes; many of them settle in order.
// stdout: €
// stdout: 4
// stdout: 0,1,2,3,4
puts("\u20ac").addCallback(function (bytes) { puts(bytes); });
var order = [];
for (let i = 0; i < 5; i++) {
  print("").addCallback(function () {
    order.push(i);
    if (i === 4) puts(order.join());
  });
}
