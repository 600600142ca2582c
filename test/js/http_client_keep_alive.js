// One connection for what waits, or is made in the turn of the last complete; none is left idle.
// stdout: 1 on connection 1
// stdout: 2 on connection 1
// stdout: 3 on connection 1
// stdout: disconnect false closed
// stdout: 4 on connection 2
// stdout: disconnect false closed
// stdout: 5 on connection 3
// stdout: disconnect false closed
// stdout: 6 on connection 4
// stdout: disconnect false closed
let connections = 0;
const server = node.http.createServer((request, response) => {
  puts(request.uri.file + " on connection " + connections);
  response.sendHeader(200, request.uri.file === "5" ? [["Connection", "close"]] : []);
  response.finish();
});
server.addListener("connection", () => connections++);
server.listen(ARGV[2]);

const client = node.http.createClient(ARGV[2]);
client.addListener("disconnect", (failed) => puts("disconnect " + failed + " " + client.readyState));
function get(file, then) {
  client.get("/" + file).finish((response) => response.addListener("complete", then || (() => {})));
}
get(1);
get(2, () => Promise.resolve().then(() => get(3, () => setTimeout(later, 10))));
function later() {
  get(4, () => setTimeout(() => {
    get(5); // closes after the answer
    get(6, () => server.close());
  }, 10));
}
