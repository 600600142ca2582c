// Two hundred connections at once, each echoing its own data back, whole and in order.
// stdout: 200 of 200
var server = node.tcp.createServer(function (socket) {
  socket.addListener("receive", function (data) { socket.send(data); });
  socket.addListener("eof", function () { socket.fullClose(); });
});
server.listen(0);
var good = 0, ended = 0;
for (let i = 0; i < 200; i++) {
  let client = node.tcp.createConnection(server.port), text = ("<" + i + ">").repeat(2000), back = "";
  client.setEncoding("ascii");
  client.addListener("connect", function () { client.send(text.slice(0, 100)); client.send(text.slice(100)); });
  client.addListener("receive", function (data) { back += data; if (back.length >= text.length) client.close(); });
  client.addListener("disconnect", function (error) {
    if (back === text && !error) good++;
    if (++ended < 200) return;
    puts(good + " of 200");
    server.close();
  });
}
