// close stops accepting and emits close(0) at once, a second one does nothing; open connections live on.
// stdout: close 0
// stdout: closed
// stdout: still served
var server = node.tcp.createServer(function (socket) {
  server.close();
  puts("closed");
  socket.addListener("receive", function (data) { socket.send(data); });
  socket.addListener("eof", function () { socket.close(); });
});
server.addListener("close", function (errno) { puts("close " + errno); });
server.listen(0, 5);
var client = node.tcp.createConnection(server.port, "localhost");
client.setEncoding("ascii");
client.addListener("connect", function () { client.send("still served"); });
client.addListener("receive", function (data) { puts(data); client.close(); server.close(); });
