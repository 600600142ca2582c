#!/usr/bin/env node
// Answers after two seconds; meanwhile it serves others.
node.http.createServer(function (request, response) {
  setTimeout(function () {
    response.sendHeader(200, [["Content-Type", "text/plain"]]);
    response.sendBody("Hello World");
    response.finish();
  }, 2000);
}).listen(8000);
puts("Server running at http://127.0.0.1:8000/");
