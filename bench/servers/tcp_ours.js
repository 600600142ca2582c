// The echo of bench/tcp for this project: tcp_ours.js ENCODING. Prints the port.
var encoding = ARGV[2];
var server = node.tcp.createServer(function (socket) {
  socket.setEncoding(encoding);
  socket.addListener("receive", function (data) { socket.send(data); });
  socket.addListener("eof", function () { socket.close(); });
});
server.listen(0, "127.0.0.1");
puts(server.port);
