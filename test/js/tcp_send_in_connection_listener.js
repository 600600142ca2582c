// What is sent in the connection listener goes out, connect is emitted all the same, and the address outlives the end.
// stdout: greeting
// stdout: server connect
// stdout: server disconnect 127.0.0.1
var server = node.tcp.createServer(function (socket) {
  socket.send("greeting");
  socket.addListener("connect", function () { socket.connected = true; });
  socket.addListener("eof", function () { socket.close(); });
  socket.addListener("disconnect", function () {
    puts(socket.connected ? "server connect" : "no connect");
    puts("server disconnect " + socket.remoteAddress);
  });
  server.close();
  server.listen(0);
  server.close();
});
server.listen(0);
var client = node.tcp.createConnection(server.port);
client.setEncoding("utf8");
client.addListener("receive", function (data) { puts(data); setTimeout(function () { client.close(); }, 10); });
