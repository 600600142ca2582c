// A piece of bytes has a buffer of just its bytes, small or large, which can be changed, transferred and sent.
// stdout: 10 of 10, 40000 of 40000
// stdout: back 40010 true
var seen = [], back = 0, good = true;
var server = node.tcp.createServer(function (socket) {
  var waiting = 40010, all = [];
  socket.setEncoding("bytes");
  socket.addListener("receive", function (data) {
    all.push(data);
    waiting -= data.length;
    if (waiting === 40000) client.send(new Uint8Array(40000).fill(2));
    if (waiting > 0) return;
    var large = new Uint8Array(40000), at = 0;
    all.slice(1).forEach(function (piece) { large.set(piece, at); at += piece.length; });
    [all[0], large].forEach(function (piece) {
      seen.push(piece.length + " of " + piece.buffer.byteLength);
      piece.fill(7);
      var moved = piece.buffer.transfer();
      socket.send(new Uint8Array(moved));
    });
    puts(seen.join(", "));
    socket.close();
  });
});
server.listen(0);
var client = node.tcp.createConnection(server.port);
client.setEncoding("bytes");
client.addListener("connect", function () { client.send(new Uint8Array(10).fill(1)); });
client.addListener("receive", function (data) {
  back += data.length;
  for (var i = 0; i < data.length; i++) if (data[i] !== 7) good = false;
});
client.addListener("eof", function () { puts("back " + back + " " + good); client.close(); server.close(); });
