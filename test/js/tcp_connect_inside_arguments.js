// A host whose toString() connects the same connection: that one stands, the outer call throws.
// stdout: connect: the connection is opening, not closed
// stdout: connect
// stdout: disconnect false
var server = node.tcp.createServer(function (peer) {
  peer.addListener("eof", function () { peer.close(); });
});
server.listen(0, "127.0.0.1");
var connection = new node.tcp.Connection();
connection.addListener("connect", function () { puts("connect"); connection.close(); });
connection.addListener("disconnect", function (failed) { puts("disconnect " + failed); server.close(); });
var host = { toString: function () { connection.connect(server.port, "127.0.0.1"); return "127.0.0.1"; } };
try { connection.connect(server.port, host); } catch (error) { puts(error.message); }
