// args: $PORT
// stdout: /pending: eof writeOnly
// stdout: /pending: answered behind it
// stdout: /idle: eof writeOnly
// stdout: /idle: disconnect false
// stdout: /body: eof
// stdout: /body: response close
// stdout: /forced: response close
// stdout: /late: writeOnly
// stdout: end
// `eof` of a server's connection: with an answer pending, idle, within a body; not behind forceClose(), and once.
var port = Number(ARGV[2]);

function finish(response, text) {
  response.sendHeader(200, []);
  response.sendBody(text);
  response.finish();
}

var server = node.http.createServer(function (request, response) {
  var path = request.uri.path, connection = request.connection;
  function say(text) { puts(path + ": " + text); }
  function listen() {
    connection.addListener("eof", function () {
      say("eof" + (path === "/body" ? "" : " " + connection.readyState));
      if (path === "/pending") finish(response, "late");
    });
  }
  if (path === "/late") {
    setTimeout(function () {
      say(connection.readyState);
      listen();
      finish(response, "");
    }, 200);
    return;
  }
  listen();
  response.addListener("close", function () { say("response close"); });
  if (path === "/idle") {
    connection.addListener("disconnect", function (failed) { say("disconnect " + failed); });
    finish(response, "");
  }
  if (path === "/forced") connection.forceClose();
});
server.listen(port, "127.0.0.1");

function ask(path, more) {
  return new Promise(function (done) {
    var client = node.tcp.createConnection(port, "127.0.0.1"), text = "";
    client.setEncoding("ascii");
    client.addListener("connect", function () {
      client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n" + more + "\r\n");
      setTimeout(function () { client.close(); }, 50);
    });
    client.addListener("receive", function (data) { text += data; });
    client.addListener("eof", function () { client.close(); });
    client.addListener("disconnect", function () { setTimeout(function () { done(text); }, 50); });
  });
}

(async function () {
  var text = await ask("/pending", "");
  if (/^HTTP\/1.1 200 [^]*late/.test(text)) puts("/pending: answered behind it");
  await ask("/idle", "");
  await ask("/body", "Content-Length: 10\r\n");
  await ask("/forced", "");
  await ask("/late", "");
  server.close();
  puts("end");
})();
