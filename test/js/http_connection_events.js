// The low-level events of a connection: of each request its parts, before the request's own events.
// stdout: begin
// stdout: uri /a?b
// stdout: field Host
// stdout: value x
// stdout: field Content-Length
// stdout: value 2
// stdout: complete head POST 1.1 true
// stdout: request /a?b
// stdout: body 97,98
// stdout: message complete
// stdout: request complete
// stdout: begin
// stdout: uri /c
// stdout: complete head GET 1.0 false
// stdout: request /c
// stdout: message complete
// stdout: a connection without listeners has its answer
// stdout: begin
// stdout: uri /chat
// stdout: field Upgrade
// stdout: value shout
// stdout: field Connection
// stdout: value upgrade
// stdout: complete head GET 1.1 true
// stdout: upgrade /chat
// stdout: message complete
// stdout: upgrade's complete
// stdout: disconnect false
// stdout: closed in uri: no upgrade, 0 bytes back
var server = node.http.createServer(function (request, response) {
  if (request.uri.path !== "/quiet") puts("request " + request.uri);
  if (request.method === "POST") request.addListener("complete", function () { puts("request complete"); });
  response.sendHeader(200, []);
  response.finish();
});
server.addListener("upgrade", function (request, connection) {
  puts("upgrade " + request.uri);
  request.addListener("complete", function () { puts("upgrade's complete"); });
  connection.fullClose();
});
var first = true;
server.addListener("connection", function (connection) {
  if (!first) return;
  first = false;
  connection.addListener("disconnect", function (hadError) {
    if (!noteEnd) return;
    puts("disconnect " + hadError);
    noteEnd = false;
    closeInside();
  });
  connection.addListener("message_begin", function () { puts("begin"); });
  connection.addListener("uri", function (text) { puts("uri " + text); });
  connection.addListener("header_field", function (text) { puts("field " + text); });
  connection.addListener("header_value", function (text) { puts("value " + text); });
  connection.addListener("headers_complete", function (info) {
    puts("complete head " + info.method + " " + info.httpVersion + " " + info.should_keep_alive);
  });
  connection.addListener("body", function (chunk) { puts("body " + chunk); });
  connection.addListener("message_complete", function () { puts("message complete"); });
});
var noteEnd = false;
server.listen(0);
var UPGRADE = "GET /chat HTTP/1.1\r\nUpgrade: shout\r\nConnection: upgrade\r\n\r\n";
function closeInside() {
  server.addListener("connection", function (connection) {
    connection.addListener("uri", function () { connection.forceClose(); });
    connection.addListener("header_field", function () { puts("heard behind forceClose"); });
  });
  var client = node.tcp.createConnection(server.port), back = 0;
  client.addListener("connect", function () { client.send(UPGRADE); });
  client.addListener("receive", function (data) { back += data.length; });
  client.addListener("eof", function () { client.close(); });
  client.addListener("disconnect", function () { puts("closed in uri: no upgrade, " + back + " bytes back"); server.close(); });
}
function ask(data, next) {
  var client = node.tcp.createConnection(server.port);
  client.addListener("connect", function () { client.send(data); });
  client.addListener("eof", function () { client.close(); });
  client.addListener("disconnect", next);
}
ask("POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nabGET /c HTTP/1.0\r\n\r\n", function () {
  ask("GET /quiet HTTP/1.0\r\n\r\n", function () {
    puts("a connection without listeners has its answer");
    first = noteEnd = true;
    ask(UPGRADE, function () {});
  });
});
