#!/usr/bin/env node
// A server that ends gracefully: after a POST to /stop it takes no more clients, finishes the answers that it owes, and
// ends with exit code 0. Ctrl-C and SIGTERM end it at once; onExit runs either way.
// Start: node graceful.js [PORT]
// Try:   curl http://127.0.0.1:8000/ & sleep 0.2; curl -X POST http://127.0.0.1:8000/stop
const port = Number(ARGV[2] || 8000);
const WORK = 1000; // milliseconds for each answer
let underWay = 0;
let answered = 0;

function say(response, status, text) {
  response.sendHeader(status, [["Content-Type", "text/plain"]]);
  response.sendBody(text + "\n");
  response.finish();
}

const server = node.http.createServer((request, response) => {
  if (request.uri.path === "/stop") {
    if (request.method !== "POST") return say(response, 405, "POST to stop the server");
    server.close(); // nothing keeps the program alive now but the answers that are owed
    return say(response, 202, `Stopping; ${underWay} under way`);
  }
  underWay++;
  setTimeout(() => {
    underWay--;
    answered++;
    say(response, 200, "Done");
  }, WORK);
});
server.addListener("close", () => puts("No more clients"));
server.listen(port, "127.0.0.1");
puts(`Server at http://127.0.0.1:${server.port}/`);

function onExit() {
  puts(`${answered} answered, ${underWay} lost`);
}
