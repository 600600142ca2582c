#!/usr/bin/env node
// A web server that answers after two seconds; meanwhile it serves others.
// Start: node slow-hello.js [PORT]
// Try:   curl -i http://127.0.0.1:8000/ & curl -i http://127.0.0.1:8000/
var port = Number(ARGV[2] || 8000);

node.http.createServer(function (request, response) {
  setTimeout(function () {
    response.sendHeader(200, [["Content-Type", "text/plain"]]);
    response.sendBody("Hello World");
    response.finish();
  }, 2000);
}).listen(port);
puts("Server running at http://127.0.0.1:" + port + "/");
