// forceClose ends at once and emits nothing more; the other side sees the end.
// stdout: closed
// stdout: server disconnect
var server = node.tcp.createServer(function (socket) {
  socket.addListener("eof", function () { socket.close(); });
  socket.addListener("disconnect", function () { puts("server disconnect"); server.close(); });
});
server.listen(0);
var client = node.tcp.createConnection(server.port);
["receive", "eof", "disconnect", "drain"].forEach(function (event) {
  client.addListener(event, function () { puts("never " + event); });
});
client.addListener("connect", function () {
  client.send("x".repeat(10));
  client.forceClose();
  puts(client.readyState);
  client.forceClose();
  client.close();
  client.fullClose();
});
