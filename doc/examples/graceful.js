#!/usr/bin/env node
// A server that loses no answer when it is asked to end. On SIGTERM, as of a container's end, and on Ctrl-C it takes no
// more clients, finishes the requests under way, and ends with exit code 0. When that takes too long, or at a second
// signal, it gives up what is left, and ends with 1.
// Start: node graceful.js [PORT [SECONDS]]
// Try:   curl "http://127.0.0.1:8000/?seconds=3" and, meanwhile, Ctrl-C
const port = Number(ARGV[2] || 8000);
const limit = Number(ARGV[3] || 10); // seconds until what is left is given up
let underWay = 0;
let answered = 0;
let timer;

const server = node.http.createServer((request, response) => {
  underWay++;
  response.addListener("sent", () => { underWay--; answered++; });
  response.addListener("close", () => underWay--); // the client has gone
  setTimeout(() => {
    response.sendHeader(200, [["Content-Type", "text/plain"]]);
    response.sendBody("Done\n");
    response.finish();
  }, 1000 * Number(request.uri.params.seconds || 1));
});
server.listen(port, "127.0.0.1");
puts(`Server at http://127.0.0.1:${server.port}/`);

function end(signal) {
  puts(`${signal}: ${underWay} under way`);
  if (timer !== undefined) node.exit(1);
  timer = setTimeout(() => node.exit(1), 1000 * limit);
  // Nothing keeps the program alive then. One that has more to close, such as a connection to a database, closes it here.
  server.addListener("drained", () => clearTimeout(timer));
  server.close();
}
node.signals.addListener("SIGTERM", end);
node.signals.addListener("SIGINT", end);

function onExit() {
  puts(`${answered} answered, ${underWay} lost`);
}
