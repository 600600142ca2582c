// Every method, with and without a body, in one go over one connection.
// stdout: GET /0 none ""
// stdout: HEAD /1 none ""
// stdout: POST /2 length 0 ""
// stdout: PUT /3 length 5 "hello"
// stdout: DELETE /4 none ""
// stdout: DELETE /5 length 4 "body"
// stdout: POST /6 chunked "one two"
// stdout: POST /7 length 3 "abc"
// stdout: POST /8 chunked "é"
// stdout: 0: 200 "" of GET
// stdout: 1: 200 "" of HEAD
// stdout: 2: 200 "" of POST
// stdout: 3: 200 "" of PUT
// stdout: 4: 200 "" of DELETE
// stdout: 5: 200 "" of DELETE
// stdout: 6: 200 "" of POST
// stdout: 7: 200 "" of POST
// stdout: 8: 200 "" of POST
// stdout: connections: 1
let connections = 0;
const server = node.http.createServer((request, response) => {
  let body = "";
  request.setBodyEncoding("utf8");
  request.addListener("body", (chunk) => {
    body += chunk;
    if (body !== "one ") return;
    requests[6].sendBody("two"); // the head has left without a length
    requests[6].finish(show(6));
  });
  request.addListener("complete", () => {
    const length = request.header("content-length");
    const coding = request.header("Transfer-Encoding");
    puts([request.method, request.uri, coding || (length === undefined ? "none" : "length " + length), JSON.stringify(body)].join(" "));
    response.sendHeader(200, [["X-Method", request.method]]);
    response.finish();
  });
});
server.addListener("connection", () => connections++);
server.listen(ARGV[2]);

const client = node.http.createClient(ARGV[2]);
const lines = [];
function show(number) {
  return (response) => {
    let body = "";
    response.addListener("body", (chunk) => (body += chunk));
    response.addListener("complete", () => {
      lines.push(number + ": " + response.statusCode + " " + JSON.stringify(body) + " of " + response.header("x-method"));
      if (lines.length < 9) return;
      puts(lines.join("\n"));
      puts("connections: " + connections);
      server.close();
    });
  };
}
const requests = [
  client.get("/0"), client.head("/1"), client.post("/2"), client.put("/3"), client.del("/4"), client.del("/5"),
  client.post("/6"), client.post("/7", [["Content-Length", 3]]), client.post("/8", [["Transfer-Encoding", "chunked"]]),
];
requests[3].sendBody("hello");
requests[5].sendBody([98, 111, 100, 121]);
requests[7].sendBody(new Uint8Array([97, 98, 99]));
requests[8].sendBody("é", "utf8");
requests[6].sendBody("one ");
// In any order: they go out in that of their making.
for (const i of [8, 7, 5, 4, 3, 2, 1, 0]) requests[i].finish(show(i));
