// `flush` inside each sendBody and finish, `sent` once, when the kernel has the whole message: of responses and of requests.
// timeout: 60
// stdout: response: flush, sendBody, flush, sendBody, flush, finish, sent
// stdout: pipelined: /1 finished, /3 finished, /2 finished, sent 123
// stdout: slow client: nothing sent before it reads, then sent true, close false
// stdout: client gone: sent false, close true
// stdout: too short: finish threw, sent false
// stdout: added behind finish: nothing
// stdout: body still coming: sent, complete
// stdout: flush and sendBody inside flush: abcd
// stdout: request: flush, sendBody, flush, finish, sent, response
// stdout: upload: response, complete, one sent before them: true
// stdout: early answer: sent false
// stdout: refused: error, sent false
const heard = {};
function note(what, text) { (heard[what] = heard[what] || []).push(text); }
function tell(what, extra) { puts(what + ": " + (heard[what] || []).join(", ") + (extra || "")); }
const waiting = {};
let told = 0;
function until(holds, then) {
  if (holds()) return then();
  setTimeout(() => until(holds, then), 2);
}
const handlers = {
  "/plain"(request, response) {
    response.addListener("flush", () => note("response", "flush"));
    response.addListener("sent", () => note("response", "sent"));
    response.sendHeader(200, []);
    response.sendBody("a");
    note("response", "sendBody");
    response.sendBody("b");
    note("response", "sendBody");
    response.finish();
    note("response", "finish");
  },
  "/big"(request, response) {
    const state = (waiting.big = { sent: false, close: false });
    response.addListener("sent", () => (state.sent = true));
    response.addListener("close", () => (state.close = true));
    response.sendHeader(200, []);
    for (let i = 0; i < 30; i++) response.sendBody(new Uint8Array(1 << 20));
    response.finish();
  },
  "/short"(request, response) {
    let sent = false;
    response.addListener("sent", () => (sent = true));
    response.sendHeader(200, [["Content-Length", 5]]);
    response.sendBody("abc");
    try {
      response.finish();
    } catch (error) {
      setTimeout(() => {
        puts("too short: finish threw, sent " + sent);
        told++;
      }, 20);
    }
  },
  "/late"(request, response) {
    response.sendHeader(200, []);
    response.finish();
    response.addListener("sent", () => note("added behind finish", "sent"));
    setTimeout(() => {
      puts("added behind finish: " + (heard["added behind finish"] || "nothing"));
      told++;
    }, 20);
  },
  "/body"(request, response) {
    request.addListener("complete", () => note("body still coming", "complete"));
    response.addListener("sent", () => note("body still coming", "sent"));
    response.sendHeader(200, []);
    response.finish();
  },
  "/inside"(request, response) {
    let left = ["b", "c", "d"];
    response.addListener("flush", () => {
      if (left.length > 0) response.sendBody(left.shift());
      else if (!response.finished) response.finish();
    });
    response.sendHeader(200, []);
    response.sendBody("a");
  },
  "/take"(request, response) {
    request.addListener("body", () => {});
    request.addListener("complete", () => {
      response.sendHeader(200, []);
      response.finish();
    });
  },
  "/early"(request, response) {
    request.pause();
    response.sendHeader(200, []);
    response.finish();
  },
};
"123".split("").forEach((n) => (handlers["/" + n] = (request, response) => {
  response.addListener("sent", () => note("sent", n));
  response.sendHeader(200, []);
  response.sendBody(n);
  waiting[n] = () => {
    response.finish();
    note("pipelined", "/" + n + " finished");
  };
}));
const server = node.http.createServer((request, response) => handlers[request.uri.path](request, response));
server.listen(0);

function raw(text, heardOf) {
  const connection = node.tcp.createConnection(server.port);
  connection.setEncoding("ascii");
  connection.all = "";
  connection.addListener("connect", () => connection.send(text));
  connection.addListener("receive", (data) => (connection.all += data));
  connection.addListener("eof", () => connection.close());
  connection.addListener("disconnect", () => heardOf && heardOf());
  return connection;
}
const get = (path) => "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
const steps = [
  () => raw("GET /plain HTTP/1.0\r\n\r\n", () => { tell("response"); next(); }),
  () => {
    const connection = raw(get("/1") + get("/2") + get("/3"));
    until(() => waiting[3], () => {
      waiting[1]();
      waiting[3]();
      until(() => heard.sent, () => {
        waiting[2]();
        until(() => heard.sent.length === 3, () => {
          tell("pipelined", ", sent " + heard.sent.join(""));
          connection.forceClose();
          next();
        });
      });
    });
  },
  () => {
    const connection = raw(get("/big"));
    connection.addListener("connect", () => connection.pause());
    until(() => waiting.big, () => {
      const before = waiting.big.sent;
      connection.resume();
      until(() => waiting.big.sent || waiting.big.close, () => {
        puts("slow client: " + (before ? "sent early" : "nothing sent before it reads") + ", then sent " + waiting.big.sent +
          ", close " + waiting.big.close);
        connection.forceClose();
        waiting.big = undefined;
        next();
      });
    });
  },
  () => {
    const connection = raw(get("/big"));
    connection.addListener("connect", () => connection.pause());
    until(() => waiting.big, () => {
      connection.forceClose();
      until(() => waiting.big.sent || waiting.big.close, () => {
        puts("client gone: sent " + waiting.big.sent + ", close " + waiting.big.close);
        next();
      });
    });
  },
  () => raw(get("/short"), () => until(() => told > 0, next)),
  () => raw("GET /late HTTP/1.0\r\n\r\n", () => until(() => told > 1, next)),
  () => {
    const connection = raw("POST /body HTTP/1.1\r\nContent-Length: 2\r\n\r\na");
    until(() => heard["body still coming"], () => {
      connection.send("b");
      until(() => heard["body still coming"].length === 2, () => {
        tell("body still coming");
        connection.forceClose();
        next();
      });
    });
  },
  () => {
    const connection = raw("GET /inside HTTP/1.0\r\n\r\n", () => {
      puts("flush and sendBody inside flush: " + connection.all.slice(connection.all.indexOf("\r\n\r\n") + 4));
      next();
    });
  },
  () => {
    const client = node.http.createClient(server.port);
    const request = client.post("/take");
    request.addListener("flush", () => note("request", "flush"));
    request.addListener("sent", () => note("request", "sent"));
    request.sendBody("a");
    note("request", "sendBody");
    request.finish((response) => {
      note("request", "response");
      response.addListener("complete", () => { tell("request"); next(); });
    });
    note("request", "finish");
  },
  () => {
    const client = node.http.createClient(server.port);
    client.get("/take").finish(); // it waits behind that one
    const request = client.post("/take");
    let sent = 0;
    request.addListener("sent", () => sent++);
    for (let i = 0; i < 20; i++) request.sendBody(new Uint8Array(1 << 20));
    request.finish((response) => {
      note("upload", "response");
      response.addListener("complete", () => {
        note("upload", "complete");
        tell("upload", ", one sent before them: " + (sent === 1));
        next();
      });
    });
  },
  () => {
    const client = node.http.createClient(server.port);
    const request = client.post("/early", [["Content-Length", 1 << 25]]);
    let sent = false;
    request.addListener("sent", () => (sent = true));
    request.sendBody(new Uint8Array(1 << 25));
    request.finish((response) => response.addListener("complete", () => setTimeout(() => {
      puts("early answer: sent " + sent);
      next();
    }, 20)));
  },
  () => {
    const request = node.http.createClient(1).get("/");
    let sent = false;
    request.addListener("sent", () => (sent = true));
    request.addListener("error", () => setTimeout(() => { puts("refused: error, sent " + sent); next(); }, 5));
    request.finish();
  },
];
function next() {
  if (steps.length > 0) steps.shift()();
  else server.close();
}
next();
