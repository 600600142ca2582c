// A connection from its beginning to its end, on both sides: events in order, readyState with them.
// stdout: server connection open 127.0.0.1 true
// stdout: server connect open
// stdout: server receive hello
// stdout: server eof writeOnly
// stdout: server disconnect false closed
// stdout: client opening
// stdout: client connect open 127.0.0.1
// stdout: client receive HELLO
// stdout: client close readOnly
// stdout: client eof closed
// stdout: client disconnect false closed
var said = { server: [], client: [] };
function say(side, text) { said[side].push(side + " " + text); }
var server = node.tcp.createServer(function (socket) {
  say("server", "connection " + socket.readyState + " " + socket.remoteAddress + " " + (this === server && socket.server === server));
  socket.setEncoding("UTF8");
  socket.addListener("connect", function () { say("server", "connect " + this.readyState); });
  socket.addListener("receive", function (data) { say("server", "receive " + data); socket.send(data.toUpperCase()); });
  socket.addListener("eof", function () { say("server", "eof " + socket.readyState); socket.close(); });
  socket.addListener("disconnect", function (error) { say("server", "disconnect " + error + " " + socket.readyState); server.close(); done(); });
});
server.listen(0);
var client = node.tcp.createConnection(server.port);
say("client", client.readyState);
client.setEncoding("utf8");
client.addListener("connect", function () { say("client", "connect " + client.readyState + " " + client.remoteAddress); client.send("hello"); });
client.addListener("receive", function (data) { say("client", "receive " + data); client.close(); say("client", "close " + client.readyState); });
client.addListener("eof", function () { say("client", "eof " + client.readyState); });
client.addListener("disconnect", function (error) { say("client", "disconnect " + error + " " + client.readyState); done(); });
var ended = 0;
function done() { if (++ended === 2) puts(said.server.concat(said.client).join("\n")); }
