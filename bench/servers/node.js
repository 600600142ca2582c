// The cases of bench/http for node:http: node.js CASE. Prints the port.
const http = require("node:http");
const kind = process.argv[2];
const body = kind === "body" ? "x".repeat(10240) : "Hello World";
function answer(response, data) {
  response.writeHead(200, { "Content-Type": "text/plain", "Content-Length": data.length });
  response.end(data);
}
const handlers = {
  header(request, response) {
    if (request.headers["x-needle"] !== "found") throw new Error("the header is not there");
    answer(response, body);
  },
  echo(request, response) {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => answer(response, Buffer.concat(chunks)));
  },
};
handlers.header100 = handlers.header;
const server = http.createServer(handlers[kind] || ((request, response) => answer(response, body)));
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
