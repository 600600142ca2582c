// request.connection: readyState, close(), fullClose(), forceClose(), disconnect, and no send().
// stdout: open, of its server: true, from 127.0.0.1
// stdout: send: an HTTP connection sends responses only: use sendBody of a response, or the upgrade event
// stdout: close: readOnly, again: readOnly
// stdout: disconnect false closed
// stdout: answers: /1 /2, Connection: close in the last: true
// stdout: fullClose: closed
// stdout: disconnect false closed
// stdout: answers: /full
// stdout: forceClose: closed
// stdout: response closed
// stdout: nothing came
// stdout: half-closed: writeOnly
// stdout: disconnect false closed
// stdout: answers: /half
var server = node.http.createServer(function (request, response) {
  var path = request.uri.path, connection = request.connection;
  function answer() { response.sendHeader(200, []); response.sendBody("<" + path + ">"); response.finish(); }
  if (path === "/1") {
    puts(connection.readyState + ", of its server: " + (connection.server === server) + ", from " + connection.remoteAddress);
    try { connection.send("x"); } catch (error) { puts(error.message); }
    setTimeout(answer, 20);
  } else if (path === "/2") {
    connection.close();
    var first = connection.readyState;
    connection.close();
    puts("close: " + first + ", again: " + connection.readyState);
    setTimeout(answer, 40);
  } else if (path === "/full") {
    connection.fullClose();
    puts("fullClose: " + connection.readyState);
    setTimeout(answer, 1);
  } else if (path === "/force") {
    response.addListener("close", function () { puts("response closed"); });
    response.sendHeader(200, []);
    response.sendBody("dropped");
    connection.forceClose();
    connection.forceClose();
    puts("forceClose: " + connection.readyState);
  } else if (path === "/half") {
    setTimeout(function () { puts("half-closed: " + connection.readyState); answer(); }, 30);
  } else puts("an unwanted request: " + path);
});
server.addListener("connection", function (connection) {
  connection.addListener("disconnect", function (error) { puts("disconnect " + error + " " + this.readyState); });
});
server.listen(0);
function ask(data, next, half) {
  var client = node.tcp.createConnection(server.port), back = "";
  client.setEncoding("ascii");
  client.addListener("connect", function () { client.send(data); if (half) client.close(); });
  client.addListener("receive", function (piece) { back += piece; });
  client.addListener("eof", function () { client.close(); });
  // The server's side ends first.
  client.addListener("disconnect", function () { setTimeout(function () { next(back); }, 30); });
}
function get(path) { return "GET " + path + " HTTP/1.1\r\n\r\n"; }
function answers(back) { return "answers: " + (back.match(/<\/\w+>/g) || []).join(" ").replace(/[<>]/g, ""); }
ask(get("/1") + get("/2") + get("/3"), function (back) {
  var last = back.slice(back.indexOf("</1>"));
  puts(answers(back) + ", Connection: close in the last: " + last.includes("Connection: close"));
  ask(get("/full") + get("/4"), function (back) {
    puts(answers(back));
    ask(get("/force"), function (back) {
      puts(back === "" ? "nothing came" : back);
      ask(get("/half"), function (back) { puts(answers(back)); server.close(); }, true);
    });
  });
});
