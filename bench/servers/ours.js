// The cases of bench/http for this project: ours.js CASE. Prints the port.
var kind = ARGV[2];
var body = kind === "body" ? "x".repeat(10240) : "Hello World";
function answer(response, text) {
  response.sendHeader(200, [["Content-Type", "text/plain"]]);
  response.sendBody(text);
  response.finish();
}
var handlers = {
  header: function (request, response) {
    if (request.header("x-needle") !== "found") throw new Error("the header is not there");
    answer(response, body);
  },
  echo: function (request, response) {
    request.setBodyEncoding(kind === "echo" ? "bytes" : "raw");
    var chunks = [];
    request.addListener("body", function (chunk) { chunks.push(chunk); });
    request.addListener("complete", function () {
      var length = chunks.reduce(function (sum, chunk) { return sum + chunk.length; }, 0);
      response.sendHeader(200, [["Content-Type", "text/plain"], ["Content-Length", length]]);
      chunks.forEach(function (chunk) { response.sendBody(chunk); });
      response.finish();
    });
  },
};
handlers.header100 = handlers.header;
handlers["echo-raw"] = handlers.echo;
var server = node.http.createServer(handlers[kind] || function (request, response) { answer(response, body); });
server.listen(0, "127.0.0.1");
puts(server.port);
