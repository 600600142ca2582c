#!/usr/bin/env node
// A web server.
// Start: node hello.js [PORT]
// Try:   curl -i http://127.0.0.1:8000/
var port = Number(ARGV[2] || 8000);

var server = node.http.createServer(function (request, response) {
  response.sendHeader(200, [["Content-Type", "text/plain"]]);
  response.sendBody("Hello World\n");
  response.finish();
});
server.listen(port);

puts("Server running at http://127.0.0.1:" + server.port + "/");
