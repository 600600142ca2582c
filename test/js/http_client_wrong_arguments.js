// Misuse names the call, and sends nothing.
// stdout: createClient: the port must be an integer from 0 to 65535 or a path, not 70000
// stdout: get: forbidden character " " in the path "/a b"
// stdout: get: forbidden character "\r" in the path "/\r\nX: y"
// stdout: get: the path must begin with /, not "a"
// stdout: post: headers must be an array of [name, value] pairs
// stdout: post: headers[0] must be a [name, value] pair
// stdout: post: forbidden character in the header name "a b"
// stdout: post: forbidden character in the value of a: "x\r\ny: z"
// stdout: post: Content-Length must be a number of bytes, not "-1"
// stdout: post: Content-Length and Transfer-Encoding exclude one another
// stdout: post: the only Transfer-Encoding is one "chunked", not "gzip"
// stdout: post: Host is given twice
// stdout: sendBody: a chunk must be a string, an array of bytes, or a Uint8Array
// stdout: sendBody: the body is longer than its Content-Length of 3; nothing was sent
// stdout: finish: the body has 2 bytes, its Content-Length says 3
// stdout: sendBody: the request is finished
// stdout: finish: the request is finished already
// stdout: send: a client sends requests: use get, post and their like, and sendBody of the request
// stdout: requests seen by the server: 1
function expectError(f) {
  try {
    f();
    puts("no error: " + f);
  } catch (error) {
    puts(error.message);
  }
}
let seen = 0;
const server = node.http.createServer((request, response) => {
  seen++;
  response.sendHeader(200);
  response.finish();
});
server.listen(ARGV[2]);
const client = node.http.createClient(ARGV[2]);
expectError(() => node.http.createClient(70000));
expectError(() => client.get("/a b"));
expectError(() => client.get("/\r\nX: y"));
expectError(() => client.get("a"));
expectError(() => client.post("/", "x"));
expectError(() => client.post("/", ["x"]));
expectError(() => client.post("/", [["a b", "c"]]));
expectError(() => client.post("/", [["a", "x\r\ny: z"]]));
expectError(() => client.post("/", [["Content-Length", -1]]));
expectError(() => client.post("/", [["Content-Length", 1], ["Transfer-Encoding", "chunked"]]));
expectError(() => client.post("/", [["Transfer-Encoding", "gzip"]]));
expectError(() => client.post("/", [["Host", "a"], ["host", "b"]]));
const short = client.post("/", [["Content-Length", 3]]);
expectError(() => short.sendBody(17));
expectError(() => short.sendBody("abcd"));
short.sendBody("ab");
expectError(() => short.finish());
const right = client.get("/");
right.finish((response) => response.addListener("complete", () => {
  puts("requests seen by the server: " + seen);
  server.close();
}));
expectError(() => right.sendBody("x"));
expectError(() => right.finish());
expectError(() => client.send("x"));
