// The server closes a kept connection without having said so, in place of an answer: what is idempotent is sent again,
// a POST is not, and nothing is sent a third time.
// stdout: GET /1 | GET /2 | again GET /2
// stdout: 2: 200
// stdout: PUT /1 | PUT /2 body 5 | again PUT /2 body 5
// stdout: 2: 200
// stdout: POST /1 | POST /2 body 5
// stdout: 2: error ECONNRESET
// stdout: always: error ECONNRESET, 2 connections
const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
let seen = [];
let connections = 0;
let always = false;
const server = node.tcp.createServer((connection) => {
  let count = 0;
  const first = ++connections === 1;
  connection.setEncoding("ascii");
  connection.addListener("receive", (text) => {
    const line = text.split(" HTTP")[0];
    const body = text.split("\r\n\r\n")[1];
    seen.push((first ? "" : "again ") + line + (body ? " body " + body.length : ""));
    if (++count === 2 || always) connection.forceClose();
    else connection.send(ANSWER);
  });
  connection.addListener("eof", () => connection.close());
});
server.listen(ARGV[2]);

function pair(method) {
  seen = [];
  connections = 0;
  return new Promise((resolve) => {
    const client = node.http.createClient(ARGV[2]);
    client[method]("/1").finish();
    const second = client[method]("/2");
    second.addListener("error", (error) => resolve("2: error " + error.errno));
    if (method !== "get") second.sendBody("hello");
    second.finish((response) => response.addListener("complete", () => resolve("2: " + response.statusCode)));
  });
}
(async () => {
  for (const method of ["get", "put", "post"]) {
    const end = await pair(method);
    puts(seen.join(" | "));
    puts(end);
  }
  always = true;
  connections = 0;
  const client = node.http.createClient(ARGV[2]);
  let errors = [];
  client.addListener("error", (error) => errors.push(error.errno));
  client.get("/").finish();
  client.get("/").finish();
  setTimeout(() => {
    puts("always: error " + errors[0] + ", " + connections + " connections");
    server.close();
  }, 50);
})();
