// Values whose conversion runs script that goes on with the same message: nothing goes out twice, behind the end, or under another's header.
// stdout: request: sendBody: the request is finished
// stdout: request on the wire ends in: \r\nContent-Length: 0\r\n\r\n
// stdout: header in a header: sendHeader: the header has been given already
// stdout: /inside: inner, Content-Length: 0
// stdout: response: sendBody: the response is finished
// stdout: /body: a, Content-Length: 1
// stdout: /changing: A: 1
// stdout: /second: A: 2
// stdout: header("\u0163"): undefined
const seen = {};
const raw = node.tcp.createServer((connection) => {
  let all = "";
  connection.setEncoding("ascii");
  connection.addListener("receive", (data) => {
    all += data;
    setTimeout(() => {
      if (connection.answered) return;
      connection.answered = true;
      puts("request on the wire ends in: " + JSON.stringify(all.slice(-23)).slice(1, -1));
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      raw.close();
    }, 30);
  });
  connection.addListener("eof", () => connection.close());
});
raw.listen(0);
const client = node.http.createClient(raw.port);
const post = client.post("/");
try {
  post.sendBody([{ valueOf() { post.finish(server); return 65; } }]);
} catch (error) {
  puts("request: " + error.message);
}
function server() {
  const handlers = {
    "/body"(response) {
      response.sendHeader(200, []);
      response.sendBody("a");
      try {
        response.sendBody([{ valueOf() { response.finish(); return 65; } }]);
      } catch (error) {
        puts("response: " + error.message);
      }
    },
    "/inside"(response) {
      try {
        response.sendHeader(200, [["X", { toString() { response.sendHeader(200, [["Y", "inner"]]); response.finish(); return "outer"; } }]]);
      } catch (error) {
        puts("header in a header: " + error.message);
      }
    },
    "/changing"(response) {
      let reads = 0;
      const pair = ["A"];
      Object.defineProperty(pair, 1, { get: () => String(++reads) });
      response.sendHeader(200, [pair]);
      response.finish();
    },
    "/second"(response) {
      response.sendHeader(200, [["A", "2"]]);
      response.finish();
    },
  };
  const own = node.http.createServer((request, response) => {
    if (request.uri.path === "/inside") seen.header = request.header("\u0163");
    handlers[request.uri.path](response);
  });
  own.listen(0);
  const asking = node.http.createClient(own.port);
  const ask = (path, shown, next) => asking.get(path, [["c", "d"]]).finish((response) => {
    let text = "";
    response.setBodyEncoding("ascii");
    response.addListener("body", (chunk) => (text += chunk));
    response.addListener("complete", () => {
      puts(path + ": " + shown(response, text));
      next();
    });
  });
  const length = (response) => "Content-Length: " + response.header("content-length");
  const a = (response) => "A: " + response.header("a");
  ask("/inside", (response) => response.header("y") + ", " + length(response), () =>
  ask("/body", (response, text) => text + ", " + length(response), () =>
  ask("/changing", a, () =>
  ask("/second", a, () => {
    puts('header("\\u0163"): ' + seen.header);
    own.close();
  }))));
}
