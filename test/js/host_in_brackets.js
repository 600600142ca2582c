// An IPv6 address may stand in brackets, as URLs have it.
// stdout: receive from ::1
// stdout: GET [::1] of ::1
// stdout: 200 of ::1
// stdout: GET [::1] of ::1
// stdout: 200
const tcp = node.tcp.createServer((connection) => {
  puts("receive from " + connection.remoteAddress);
  connection.fullClose();
  tcp.close();
});
tcp.listen(0, "[::1]");
const raw = node.tcp.createConnection(tcp.port, "[::1]");
raw.addListener("eof", () => raw.close());
raw.addListener("disconnect", web);

function web() {
  const server = node.http.createServer((request, response) => {
    puts("GET " + request.header("host").replace(/:\d+$/, "") + " of " + request.connection.remoteAddress);
    response.sendHeader(200);
    response.finish();
  });
  server.listen(0, "[::1]");
  const client = node.http.createClient(server.port, "[::1]");
  client.get("/").finish((response) => {
    puts(response.statusCode + " of " + client.host);
    const other = node.http.createClient(1);
    other.connect(server.port, "[::1]");
    other.get("/").finish((answer) => {
      puts(answer.statusCode);
      server.close();
    });
  });
}
