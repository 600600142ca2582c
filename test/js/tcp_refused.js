// A refused connection ends in one disconnect(true), says why, and can be connected again from inside it.
// args: $PORT
// stdout: disconnect true closed connect ECONNREFUSED 127.0.0.1:$PORT: Connection refused ECONNREFUSED connect
// stdout: connected undefined
var port = Number(ARGV[2]);
var client = new node.tcp.Connection();
var server, first = true;
client.mine = "kept";
client.addListener("connect", function () {
  puts("connected " + client.error);
  client.close();
});
client.addListener("disconnect", function (had_error) {
  if (!first) return server.close();
  first = false;
  puts(["disconnect", had_error, client.readyState, client.error.message, client.error.errno, client.error.syscall].join(" "));
  server = node.tcp.createServer(function (socket) { socket.addListener("eof", function () { socket.close(); }); });
  server.listen(port);
  client.connect(port);
});
client.connect(port);
