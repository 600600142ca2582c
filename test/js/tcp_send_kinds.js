// send takes strings (low bytes or UTF-8), arrays (cut to bytes), Uint8Array and ArrayBuffer, and refuses the rest.
// stdout: [254,0,97,226,130,172,1,2,255,7,8]
// stdout: TypeError: send: the data must be a string, an array of bytes, or a Uint8Array
// stdout: Error: send: the connection is closed
var server = node.tcp.createServer(function (socket) {
  var all = [];
  socket.addListener("receive", function (data) { all = all.concat(data); });
  socket.addListener("eof", function () { p(all); socket.close(); server.close(); });
});
server.listen(0);
var client = node.tcp.createConnection(server.port);
client.addListener("connect", function () {
  client.send("\u01fe\0a");
  client.send("\u20ac", "UTF8");
  client.send([257, 2, -1]);
  client.send(new Uint8Array([7]));
  client.send(new Uint8Array([8]).buffer);
  var wrong;
  try { client.send({}); } catch (error) { wrong = error; }
  client.close();
  client.addListener("disconnect", function () {
    puts(wrong);
    try { client.send("x"); } catch (error) { puts(error); }
  });
});
