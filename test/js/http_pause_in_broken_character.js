// The body ends inside a UTF-8 character: its last piece is U+FFFD, and a pause in that holds back `complete`.
// stdout: request: body "a", body "\ufffd", resumed, complete
// stdout: response by length: body "a", body "\ufffd", resumed, complete
// stdout: response in chunks: body "a", body "\ufffd", resumed, complete
// stdout: response until the end: body "a", body "\ufffd", resumed, complete
// stdout: next answer: ok
const broken = new Uint8Array([0x61, 0xc3]);
const escaped = (text) => JSON.stringify(text).replace(/\ufffd/g, "\\ufffd");
function follow(message, what, done) {
  const heard = [];
  message.setBodyEncoding("utf8");
  message.addListener("body", (text) => {
    heard.push("body " + escaped(text));
    if (text !== "\ufffd") return;
    message.pause();
    setTimeout(() => {
      heard.push("resumed");
      message.resume();
    }, 30);
  });
  message.addListener("complete", () => {
    heard.push("complete");
    puts(what + ": " + heard.join(", "));
    done();
  });
}
const server = node.http.createServer((request, response) => {
  if (request.method === "POST") {
    return follow(request, "request", () => {
      response.sendHeader(200, [["Content-Length", 2]]);
      response.sendBody(broken);
      response.finish();
    });
  }
  response.sendHeader(200, []);
  response.sendBody(request.uri.path === "/ok" ? "ok" : broken);
  if (request.uri.path === "/chunks") return setTimeout(() => response.finish(), 1);
  response.finish();
});
server.listen(0);
const client = node.http.createClient(server.port);
const post = client.post("/", []);
post.sendBody(broken);
post.finish((response) => follow(response, "response by length", chunks));
function chunks() {
  client.get("/chunks").finish((response) => follow(response, "response in chunks", end));
}
// A body without a length, which our own server gives to clients of HTTP/1.0 only.
const old = node.tcp.createServer((connection) => {
  connection.addListener("receive", () => {
    connection.send("HTTP/1.1 200 OK\r\n\r\na\xc3");
    connection.close();
  });
  connection.addListener("eof", () => connection.close());
});
old.listen(0);
function end() {
  const second = node.http.createClient(old.port);
  second.get("/").finish((response) => follow(response, "response until the end", () => {
    old.close();
    client.get("/ok").finish((ok) => {
      ok.setBodyEncoding("ascii");
      ok.addListener("body", (text) => puts("next answer: " + text));
      ok.addListener("complete", () => server.close());
    });
  }));
}
