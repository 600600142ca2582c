// What receive has given stays as it is, however much comes behind it: no piece lies in memory that is used again.
// options: --v8-flags=--expose-gc
// stdout: bytes 3000000 kept, all as sent
// stdout: raw 3000000 kept, all as sent
var total = 3000000;
var sizes = [1, 63, 64, 65, 1000, 32768, 32769, 65536, 200000];
function byteAt(i) { return (i * 7 + (i >> 8)) & 255; }
function run(encoding, next) {
  var pieces = [], received = 0;
  var server = node.tcp.createServer(function (socket) {
    if (encoding !== "raw") socket.setEncoding(encoding);
    socket.addListener("receive", function (data) {
      pieces.push(data);
      received += data.length;
      if (pieces.length % 16 === 0) gc();
    });
    socket.addListener("eof", function () {
      var at = 0, good = true;
      pieces.forEach(function (piece) {
        for (var i = 0; i < piece.length; i++, at++) if (piece[i] !== byteAt(at)) good = false;
        if (encoding === "bytes" ? !(piece instanceof Uint8Array) || piece.length > 65536 : !Array.isArray(piece)) good = false;
      });
      puts(encoding + " " + at + " kept, " + (good ? "all as sent" : "changed"));
      socket.close();
      server.close();
      if (next) next();
    });
  });
  server.listen(0);
  var client = node.tcp.createConnection(server.port);
  client.addListener("connect", function () {
    var sent = 0, turn = 0;
    function more() {
      var bytes = new Uint8Array(Math.min(sizes[turn++ % sizes.length], total - sent));
      for (var i = 0; i < bytes.length; i++) bytes[i] = byteAt(sent + i);
      client.send(bytes);
      sent += bytes.length;
      if (sent === total) client.close();
      else setTimeout(more, 0);
    }
    more();
  });
}
run("bytes", function () { run("raw"); });
