// The fields that 2009's outgoing messages had: of responses and of clients' requests.
// stdout: response, new: output 0, finished false, close false, keep true, chunked false, by default true
// stdout: response, one piece: output ["ab"], finished false, close false, keep true, chunked false, by default true
// stdout: response, two pieces: output 0, finished false, close false, keep true, chunked true, by default true
// stdout: response, finished: output 0, finished true, close false, keep true, chunked false, by default true
// stdout: /plain: abcd; chunked
// stdout: closeOnFinish: true, false
// stdout: /close: ab; Connection: close
// stdout: /keep: ab; Connection: close
// stdout: HTTP/1.0 asked for the end: close true, keep false
// stdout: /ten: ab
// stdout: /unchunked: abcd; Connection: close, neither chunks nor a length
// stdout: /ignored: ab
// stdout: gone: close true, keep false, chunked false, by default true
// stdout: request, new: output 0, finished false, close false, keep true, chunked false, by default true
// stdout: request, one piece: output ["hé"], finished false, close false, keep true, chunked false, by default true
// stdout: request, on its way: output 0, finished false, close false, keep true, chunked true, by default true
// stdout: request, finished: output 0, finished true, close false, keep true, chunked true, by default true
// stdout: server saw chunked and keep-alive
// stdout: request, answered: output 0, finished true, close false, keep true, chunked true, by default true
// stdout: server saw length 4 and keep-alive
// stdout: true while it waits; 2 connections
// stdout: server saw length 0 and close
// stdout: server saw length 0 and close
// stdout: 3 connections
function state(what, message) {
  const output = message.output.length === 0 ? "0" : JSON.stringify(message.output);
  puts(what + ": output " + output + ", finished " + message.finished + ", close " + message.closeOnFinish + ", keep " +
    message.should_keep_alive + ", chunked " + message.chunked_encoding + ", by default " + message.use_chunked_encoding_by_default);
}
let connections = 0;
let kept;
const handlers = {
  "/plain"(response) {
    state("response, new", response);
    response.sendHeader(200, []);
    response.sendBody("ab");
    state("response, one piece", response);
    response.output.push("x");
    response.sendBody("cd");
    state("response, two pieces", response);
    response.finish();
    state("response, finished", response);
  },
  "/close"(response) {
    const before = response.closeOnFinish;
    response.closeOnFinish = true;
    puts("closeOnFinish: " + response.closeOnFinish + ", " + before);
    small(response);
  },
  "/keep"(response) {
    response.should_keep_alive = false;
    small(response);
  },
  "/ten"(response) {
    puts("HTTP/1.0 asked for the end: close " + response.closeOnFinish + ", keep " + response.should_keep_alive);
    small(response);
  },
  "/unchunked"(response) {
    response.use_chunked_encoding_by_default = false;
    response.sendHeader(200, []);
    response.sendBody("ab");
    response.sendBody("cd");
    response.finish();
  },
  "/ignored"(response) {
    "use strict";
    response.output = response.chunked_encoding = true;
    response.closeOnFinish = false;
    response.should_keep_alive = true;
    small(response);
    kept = response;
  },
};
function small(response) {
  response.sendHeader(200, []);
  response.sendBody("ab");
  response.finish();
}
const server = node.http.createServer((request, response) => {
  const handler = handlers[request.uri.path];
  if (handler !== undefined) return handler(response);
  request.addListener("complete", () => {
    const length = request.header("content-length");
    puts("server saw " + (request.header("transfer-encoding") || "length " + length) + " and " + request.header("connection"));
    small(response);
  });
});
server.addListener("connection", () => connections++);
server.listen(0);

function raw(path, version, shown, next) {
  const connection = node.tcp.createConnection(server.port);
  let text = "";
  connection.setEncoding("ascii");
  connection.addListener("connect", () => connection.send("GET " + path + " HTTP/" + version + "\r\nHost: x\r\n\r\n"));
  connection.addListener("receive", (data) => {
    text += data;
    if (path === "/plain" && text.endsWith("0\r\n\r\n")) connection.close();
    if (path === "/ignored" && text.endsWith("ab")) connection.close();
  });
  connection.addListener("eof", () => connection.close());
  connection.addListener("disconnect", () => {
    puts(path + ": " + shown(text));
    next();
  });
}
const body = (text) => text.slice(text.indexOf("\r\n\r\n") + 4);
const closing = (text) => body(text) + (text.includes("Connection: close") ? "; Connection: close" : "");
raw("/plain", "1.1", (text) => body(text).replace(/\r\n|[024]/g, "") + (/chunked/.test(text) ? "; chunked" : ""), () =>
raw("/close", "1.1", closing, () =>
raw("/keep", "1.1", closing, () =>
raw("/ten", "1.0", body, () =>
raw("/unchunked", "1.1", (text) => closing(text) + (/chunked|Content-Length/.test(text) ? "" : ", neither chunks nor a length"), () =>
raw("/ignored", "1.1", body, gone))))));
function gone() {
  if (kept.closeOnFinish) client();
  else setTimeout(gone, 2);
}

function client() {
  const { closeOnFinish, should_keep_alive, chunked_encoding, use_chunked_encoding_by_default } = kept;
  puts("gone: close " + closeOnFinish + ", keep " + should_keep_alive + ", chunked " + chunked_encoding + ", by default " +
    use_chunked_encoding_by_default);
  connections = 0;
  const one = node.http.createClient(server.port);
  const request = one.post("/x");
  state("request, new", request);
  request.sendBody("hé", "utf8");
  state("request, one piece", request);
  setTimeout(() => {
    request.sendBody("x");
    state("request, on its way", request);
    request.output = request.chunked_encoding = request.finished = 5;
    request.finish((response) => response.addListener("complete", () => {
      state("request, answered", request);
      const whole = one.post("/x");
      whole.use_chunked_encoding_by_default = false;
      let heeded = whole.sendBody("ab");
      setTimeout(() => {
        heeded = whole.sendBody("cd") && heeded;
        whole.finish((response) => response.addListener("complete", () => {
          puts(heeded + " while it waits; " + connections + " connections");
          const last = one.post("/x");
          last.closeOnFinish = true;
          last.finish();
          const after = one.post("/x");
          after.should_keep_alive = false;
          after.finish((response) => response.addListener("complete", () => {
            puts(connections + " connections");
            server.close();
          }));
        }));
      }, 20);
    }));
    state("request, finished", request);
  }, 20);
}
