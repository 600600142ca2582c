// sendBody gives false when more than outputPause waits; drain comes once when all is out, never behind finish(), and
// close instead of it when the client has gone.
// stdout: 20 times held back, 20 drains
// stdout: whole: true
// stdout: the second answer waited: drain in its turn
// stdout: gone: close, no drain
// timeout: 60
var PAUSE = 100000, PIECE = 50000;
var held = 0, drains = 0, kinds = [], order = [];
var server = node.http.createServer(function (request, response) {
  var path = request.uri.path;
  response.sendHeader(200, []);
  if (path === "/stream") {
    var n = 0;
    response.addListener("drain", function () { drains++; go(); });
    var go = function () {
      while (held < 20) {
        if (!response.sendBody(String.fromCharCode(97 + n++ % 26).repeat(PIECE))) { held++; return; }
      }
      server.pieces = n;
      response.finish();
    };
    go();
  } else if (path === "/first") {
    setTimeout(function () { order.push("first ends"); response.sendBody("1"); response.finish(); }, 30);
  } else if (path === "/second") {
    var goOn = response.sendBody("2".repeat(PAUSE)); // kept: the first piece waits for what follows
    goOn = response.sendBody("2".repeat(PAUSE));
    if (goOn) puts("not held back");
    response.addListener("drain", function () { order.push("drain"); response.finish(); });
  } else {
    response.addListener("drain", function () { kinds.push("drain"); });
    response.addListener("close", function () {
      kinds.push("close");
      puts("gone: " + kinds.join() + (kinds.length === 1 ? ", no drain" : ""));
      server.close();
    });
    while (response.sendBody("x".repeat(PIECE)));
  }
}, { outputPause: PAUSE });
server.listen(0);
function ask(data, hear) {
  var client = node.tcp.createConnection(server.port);
  client.setEncoding("bytes");
  client.addListener("connect", function () { client.send(data); });
  hear(client);
  return client;
}
ask("GET /stream HTTP/1.0\r\n\r\n", function (client) {
  var parts = [], pauses = 0;
  client.addListener("receive", function (data) {
    parts.push(data);
    // A slow reader.
    client.pause();
    setTimeout(function () { client.resume(); }, pauses++ % 16 === 0 ? 1 : 0);
  });
  client.addListener("eof", function () {
    client.close();
    puts(held + " times held back, " + drains + " drains");
    var all = new Uint8Array(parts.reduce(function (sum, part) { return sum + part.length; }, 0)), at = 0;
    parts.forEach(function (part) { all.set(part, at); at += part.length; });
    var start = all.length - server.pieces * PIECE, good = start > 0;
    for (var i = 0; i < server.pieces * PIECE; i++) if (all[start + i] !== 97 + Math.floor(i / PIECE) % 26) good = false;
    puts("whole: " + good);
    pipelined();
  });
});
function pipelined() {
  ask("GET /first HTTP/1.1\r\n\r\nGET /second HTTP/1.0\r\n\r\n", function (client) {
    client.addListener("eof", function () {
      client.close();
      puts("the second answer waited: " + (order.join() === "first ends,drain" ? "drain in its turn" : order.join()));
      gone();
    });
  });
}
function gone() {
  ask("GET /gone HTTP/1.1\r\n\r\n", function (client) {
    client.addListener("receive", function () { client.forceClose(); });
  });
}
