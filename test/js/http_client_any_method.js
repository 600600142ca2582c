// client.request: any method, as it stands; framed, repeated and answered as its kind wants it.
// stdout: OPTIONS / none ""
// stdout: PATCH / length 5 "hello"
// stdout: HEAD / none ""
// stdout: get / length 0 ""
// stdout: M-SEARCH / length 0 ""
// stdout: 200 "of OPTIONS"
// stdout: 200 "of PATCH"
// stdout: 200 ""
// stdout: 200 "of get"
// stdout: 200 "of M-SEARCH"
// stdout: request: CONNECT is not for requests
// stdout: request: not a method: ""
// stdout: request: not a method: "GET /x HTTP/1.1\r\nA:"
// stdout: request: not a method: 5
// stdout: request: not a method: undefined
const server = node.http.createServer((request, response) => {
  let body = "";
  request.setBodyEncoding("utf8");
  request.addListener("body", (chunk) => { body += chunk; });
  request.addListener("complete", () => {
    const length = request.header("content-length");
    puts([request.method, request.uri, length === undefined ? "none" : "length " + length, JSON.stringify(body)].join(" "));
    response.sendHeader(200);
    response.sendBody("of " + request.method);
    response.finish();
  });
});
server.listen(0, "127.0.0.1");
const client = node.http.createClient(server.port, "127.0.0.1");
const told = [];
const methods = ["OPTIONS", "PATCH", "HEAD", "get", "M-SEARCH"];
for (const method of methods) {
  const request = client.request(method, "/");
  if (method === "PATCH") request.sendBody("hello");
  request.finish((response) => {
    let body = "";
    response.setBodyEncoding("utf8");
    response.addListener("body", (chunk) => { body += chunk; });
    response.addListener("complete", () => {
      told.push(response.statusCode + " " + JSON.stringify(body));
      if (told.length < methods.length) return;
      puts(told.join("\n"));
      server.close();
      for (const wrong of ["CONNECT", "", "GET /x HTTP/1.1\r\nA:", 5, undefined]) {
        try { client.request(wrong, "/"); } catch (error) { puts(error.message); }
      }
    });
  });
}
