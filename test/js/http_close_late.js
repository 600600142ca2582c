// Who listens for `close` when the client has gone already hears of it all the same, once and in a later turn; not behind
// finish().
// stdout: sendBody says false
// stdout: inside close: once
// stdout: not inside addListener
// stdout: late: once
// stdout: stream: awoken
// stdout: behind finish: 0
// stdout: finish in the same turn: 0
var server = node.http.createServer(function (request, response) {
  var late = 0, inside = 0, behind = 0;
  response.sendHeader(200, []);
  var writing = setInterval(function () { response.sendBody("x"); }, 5); // which is how it is noticed
  response.addListener("close", function () {
    clearInterval(writing);
    puts("sendBody says " + response.sendBody("x"));
    response.addListener("close", function () { inside++; });
    setTimeout(function () {
      puts("inside close: " + (inside === 1 ? "once" : inside));
      response.addListener("close", function () { late++; });
      if (late === 0) puts("not inside addListener");
      setTimeout(function () {
        puts("late: " + (late === 1 ? "once" : late));
        stream(response).then(function () {
          puts("stream: awoken");
          response.addListener("close", function () { behind++; });
          response.finish();
          var same = behind;
          response.addListener("close", function () { behind += 10; });
          setTimeout(function () {
            puts("behind finish: " + Math.floor(behind / 10));
            puts("finish in the same turn: " + (same + behind % 10));
            server.close();
          }, 20);
        });
      }, 20);
    }, 20);
  });
});
// As a good producer does it, which has met the client's end while it was reading something.
async function stream(response) {
  while (response.sendBody("y"));
  await new Promise(function (resolve) {
    response.addListener("drain", resolve);
    response.addListener("close", resolve);
  });
}
server.listen(0, "127.0.0.1");
var client = node.tcp.createConnection(server.port);
client.addListener("connect", function () { client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"); });
client.addListener("receive", function () { client.forceClose(); });
