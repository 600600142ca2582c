// close() ends the connection behind the answer, forceClose() everything at once; a closed client can be used again.
// stdout: one: 200
// stdout: disconnect false
// stdout: two on another connection: 200
// stdout: disconnect false
// stdout: lost ECANCELED
// stdout: lost ECANCELED
// stdout: state closed
// stdout: three: 200
// stdout: disconnect false
// stdout: connections: 4
let connections = 0;
const server = node.http.createServer((request, response) => {
  if (request.uri.path === "/never") return;
  response.sendHeader(200);
  response.finish();
});
server.addListener("connection", () => connections++);
server.listen(ARGV[2]);
const client = node.http.createClient(ARGV[2], "localhost");
client.addListener("disconnect", (failed) => puts("disconnect " + failed));
client.addListener("error", () => puts("an error of the client"));
client.get("/").finish((response) => {
  puts("one: " + response.statusCode);
  client.close();
});
client.get("/").finish((response) => {
  puts("two on another connection: " + response.statusCode);
  response.addListener("complete", () => setTimeout(lose, 10));
});
function lose() {
  for (let i = 0; i < 2; i++) {
    const request = client.get("/never");
    request.addListener("error", (error) => puts("lost " + error.errno));
    request.finish();
  }
  setTimeout(() => {
    client.forceClose();
    puts("state " + client.readyState);
    client.get("/").finish((response) => {
      puts("three: " + response.statusCode);
      response.addListener("complete", () => setTimeout(() => {
        puts("connections: " + connections);
        server.close();
      }, 10));
    });
  }, 30);
}
