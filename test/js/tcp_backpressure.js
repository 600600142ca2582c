// send returns false when the kernel does not take it all, drain tells when it has; pause holds back what comes.
// stdout: held back, nothing received
// stdout: drain
// stdout: all 8000000
var received = 0, server = node.tcp.createServer(function (socket) {
  socket.pause();
  socket.setEncoding("bytes");
  socket.addListener("receive", function (data) { received += data.length; });
  socket.addListener("eof", function () { puts("all " + received); socket.close(); server.close(); });
  setTimeout(function () {
    puts(heldBack + ", " + (received === 0 ? "nothing received" : received));
    socket.resume();
  }, 50);
});
server.listen(0);
var heldBack = "took all";
var client = node.tcp.createConnection(server.port);
client.addListener("connect", function () {
  for (var i = 0; i < 8; i++) if (!client.send("x".repeat(1000000))) heldBack = "held back";
});
client.addListener("drain", function () { puts("drain"); client.close(); });
