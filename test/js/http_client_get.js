// stdout: GET /a/b?c=1 1.1 Host=127.0.0.1:{{\d+}} X-Mine=yes Connection=keep-alive
// stdout: 200 1.1 Content-Type=text/plain
// stdout: same client: true, uri "", method null
// stdout: body: héllo
// stdout: complete
// stdout: disconnect false
const server = node.http.createServer((request, response) => {
  puts([request.method, request.uri, request.httpVersion, ...request.headers.map((pair) => pair.join("="))].join(" "));
  response.sendHeader(200, [["Content-Type", "text/plain"]]);
  response.sendBody("héllo", "utf8");
  response.finish();
});
server.listen(ARGV[2]);
const client = node.http.createClient(ARGV[2], "127.0.0.1");
client.mine = 7;
client.addListener("disconnect", (failed) => {
  puts("disconnect " + failed);
  server.close();
});
client.get("/a/b?c=1", [["X-Mine", "yes"]]).finish(function (response) {
  puts(response.statusCode + " " + response.httpVersion + " " + response.headers[0].join("="));
  puts("same client: " + (response.client === client && response.client.mine === 7 && response.connection === client) +
    ", uri " + JSON.stringify(response.uri) + ", method " + response.method);
  response.setBodyEncoding("utf8");
  response.addListener("body", (chunk) => puts("body: " + chunk));
  response.addListener("complete", () => puts("complete"));
});
