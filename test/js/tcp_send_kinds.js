// send takes strings (low bytes or UTF-8), arrays (elements become numbers, cut to bytes), Uint8Array and ArrayBuffer, and refuses the rest.
// stdout: [254,0,97,226,130,172,1,2,255,1,0,65,0,6,4,5,6,7,8]
// stdout: 40000 elements, all as sent
// stdout: TypeError: send: the data must be a string, an array of bytes, or a Uint8Array
// stdout: Error: send: the connection is closed
var server = node.tcp.createServer(function (socket) {
  var all = [];
  socket.addListener("receive", function (data) { all = all.concat(data); });
  socket.addListener("eof", function () {
    p(all.slice(0, 19));
    puts(all.length - 19 + " elements, " + (all.slice(19).every(function (one, i) { return one === i % 256; }) ? "all as sent" : "changed"));
    socket.close();
    server.close();
  });
});
server.listen(0);
var client = node.tcp.createConnection(server.port);
client.addListener("connect", function () {
  client.send("\u01fe\0a");
  client.send("\u20ac", "UTF8");
  client.send([257, 2, -1]);
  client.send([1.9, NaN, "65", ,]);
  var sending = [4, 0, 6];
  Object.defineProperty(sending, 1, { get: function () { client.send([6]); return 5; } });
  client.send(sending);
  client.send(new Uint8Array([7]));
  client.send(new Uint8Array([8]).buffer);
  var many = [];
  for (var i = 0; i < 40000; i++) many.push(i);
  client.send(many);
  var wrong;
  try { client.send({}); } catch (error) { wrong = error; }
  client.close();
  client.addListener("disconnect", function () {
    puts(wrong);
    try { client.send("x"); } catch (error) { puts(error); }
  });
});
