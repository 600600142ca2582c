// A server that says nothing, one that stops in the middle, and one that does not even accept.
// stdout: silent: response ETIMEDOUT 127.0.0.1:{{\d+}}: nothing for 1 s, GET /silent
// stdout: stops: 200, then ETIMEDOUT
// stdout: a slow script is not the server's fault: 200
const server = node.tcp.createServer((connection) => {
  connection.setEncoding("ascii");
  connection.addListener("receive", (text) => {
    if (text.includes("/stops")) connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
    if (text.includes("0\r\n\r\n")) connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  connection.addListener("eof", () => connection.close());
});
server.listen(ARGV[2]);
const options = { timeout: 1 };
const silent = node.http.createClient(ARGV[2], "127.0.0.1", options).get("/silent");
silent.addListener("error", (error) => {
  puts("silent: " + error.message);
  const stops = node.http.createClient(ARGV[2], "127.0.0.1", options).get("/stops");
  let status;
  stops.addListener("error", (stopped) => {
    puts("stops: " + status + ", then " + stopped.errno);
    const slow = node.http.createClient(ARGV[2], "127.0.0.1", options).post("/slow");
    slow.addListener("error", (failed) => puts("slow: " + failed.message));
    slow.sendBody("a");
    setTimeout(() => slow.finish((response) => {
      puts("a slow script is not the server's fault: " + response.statusCode);
      server.close();
    }), 3500);
  });
  stops.finish((response) => (status = response.statusCode));
});
silent.finish();
