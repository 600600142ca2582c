// A path in place of a port: a unix-domain socket. A file that nobody listens on any more is replaced.
// stdout: hello over a file
// stdout: undefined 0
var path = "/tmp/node-test-" + ARGV[2] + ".sock";
function serve() {
  var server = node.tcp.createServer(function (socket) {
    socket.send("hello over a file");
    socket.close();
  });
  server.listen(path);
  return server;
}
serve().close();
var server = serve();
var port = server.port;
var client = node.tcp.createConnection(path);
client.setEncoding("utf8");
client.addListener("receive", puts);
client.addListener("eof", function () {
  client.close();
  server.close();
  puts(server.port + " " + port);
});
