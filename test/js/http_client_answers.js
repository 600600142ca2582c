// Answers as they come over the wire, whole and in single bytes.
// stdout: length: 200 "hello" complete
// stdout: chunked: 200 "hello" complete
// stdout: until close: 200 "hello" complete
// stdout: 1.0 with a length: 200 "hello" complete
// stdout: 1.0 kept alive: 200 "hello" complete
// stdout: status 204: 204 "" complete
// stdout: 304 with a length: 304 "" complete
// stdout: interim: 200 "hello" complete
// stdout: no reason: 404 "" complete
// stdout: empty: 200 "" complete
// stdout: cut length: 200 "hel" error ECONNRESET response
// stdout: cut chunk: 200 "hel" error ECONNRESET response
// stdout: cut head: error ECONNRESET response
// stdout: nothing: error ECONNRESET response
// stdout: both: error EPROTO response
// stdout: two lengths: error EPROTO response
// stdout: bare LF: error EPROTO response
// stdout: bad chunk: 200 "" error EPROTO response
// stdout: 0.9: error EPROTO response
// stdout: 2.0: error EPROTO response
// stdout: status 101: error EPROTO response
// stdout: many interim: error EPROTO response
// stdout: folded: error EPROTO response
// stdout: huge head: error EPROTO response
// stdout: unknown coding: error EPROTO response
// stdout: done
const OK = "HTTP/1.1 200 OK\r\n";
const answers = {
  "length": OK + "Content-Length: 5\r\n\r\nhello",
  "chunked": OK + "Transfer-Encoding: chunked\r\n\r\n3;x=\"y\"\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n",
  "until close": OK + "\r\nhello",
  "1.0 with a length": "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
  "1.0 kept alive": "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
  "status 204": "HTTP/1.1 204 No Content\r\n\r\n",
  "304 with a length": "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
  "interim": "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + "Content-Length: 5\r\n\r\nhello",
  "no reason": "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n",
  "empty": OK + "Content-Length: 0\r\n\r\n",
  "cut length": OK + "Content-Length: 5\r\n\r\nhel",
  "cut chunk": OK + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
  "cut head": OK + "Content-",
  "nothing": "",
  "both": OK + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  "two lengths": OK + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
  "bare LF": "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
  "bad chunk": OK + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
  "0.9": "<html>hello</html>",
  "2.0": "HTTP/2.0 200 OK\r\n\r\n",
  "status 101": "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
  "many interim": "HTTP/1.1 100 Continue\r\n\r\n".repeat(65) + OK + "\r\n",
  "folded": OK + "A: b\r\n c\r\n\r\n",
  "huge head": OK + "A: " + "x".repeat(40000) + "\r\n\r\n",
  "unknown coding": OK + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
};
const names = Object.keys(answers);
let current;
const server = node.tcp.createServer((connection) => {
  connection.addListener("receive", async () => {
    const [text, piecewise] = current;
    if (connection.answered) return;
    connection.answered = true;
    if (!piecewise) connection.send(text);
    else for (const byte of text) {
      if (connection.readyState !== "open" && connection.readyState !== "writeOnly") return;
      connection.send(byte);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    connection.close();
  });
  connection.addListener("eof", () => connection.close());
});
server.listen(ARGV[2]);

function fetch(text, piecewise) {
  return new Promise((resolve) => {
    current = [text, piecewise];
    const client = node.http.createClient(ARGV[2]);
    const request = client.get("/");
    let said = "";
    request.addListener("error", (error) => resolve(said + "error " + error.errno + " " + error.syscall));
    request.finish((response) => {
      let body = "";
      response.setBodyEncoding("utf8");
      response.addListener("body", (chunk) => {
        body += chunk;
        said = response.statusCode + " " + JSON.stringify(body) + " ";
      });
      said = response.statusCode + ' "" ';
      response.addListener("complete", () => resolve(said + "complete"));
    });
  });
}

(async () => {
  for (const name of names) {
    const whole = await fetch(answers[name], false);
    puts(name + ": " + whole);
    if (answers[name].length > 300) continue;
    const pieces = await fetch(answers[name], true);
    if (pieces !== whole) puts(name + ", in single bytes: " + pieces);
  }
  puts("done");
  server.close();
})();
