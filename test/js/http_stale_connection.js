// request.connection after the connection has ended never names another one: the ids of connections come round after
// 1,024 of a place.
// timeout: 60
// stdout: closed "" undefined
// stdout: the same object: true
// stdout: 1100 served, strangers: 0
var stale, served = 0, strangers = 0;
var server = node.http.createServer(function (request, response) {
  if (stale === undefined) stale = [request, response];
  else {
    served++;
    if (stale[0].connection === request.connection || stale[1].connection === request.connection) strangers++;
    request.connection.mine = true;
    if (served === 512) stale[0].connection.forceClose();
  }
  response.sendHeader(200, [["Connection", "close"]]);
  response.finish();
});
server.listen(0);
function ask(left) {
  var client = node.tcp.createConnection(server.port);
  client.addListener("connect", function () { client.send("GET / HTTP/1.1\r\n\r\n"); });
  client.addListener("eof", function () { client.close(); });
  client.addListener("disconnect", function () {
    if (served === 1) {
      puts("closed " + JSON.stringify(stale[0].connection.remoteAddress) + " " + stale[0].connection.mine);
      puts("the same object: " + (stale[0].connection === stale[0].connection));
    }
    if (left > 0) return ask(left - 1);
    puts(served + " served, strangers: " + strangers);
    server.close();
  });
}
ask(1100);
