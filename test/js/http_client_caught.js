// Exceptions of listeners that are called inside finish() and close(), where the script catches them: the client goes on.
// stdout: early: caught thrown in response
// stdout: early: complete
// stdout: short: caught thrown in disconnect
// stdout: short: the next is answered 200
// stdout: closed: caught thrown in disconnect
// stdout: closed: the next is answered 200
// stdout: elsewhere: caught thrown in disconnect
// stdout: elsewhere: answered 200
function attempt(what, f) {
  try {
    f();
    puts(what + ": nothing thrown");
  } catch (error) {
    puts(what + ": caught " + error.message);
  }
}
function handler(request, response) {
  response.sendHeader(200, []);
  response.sendBody("x");
  response.finish();
}
const server = node.http.createServer(handler);
server.listen(0);
const other = node.http.createServer(handler);
other.listen(0);
function throwing() {
  const client = node.http.createClient(server.port);
  client.addListener("disconnect", () => {
    if (client.quiet) return;
    client.quiet = true;
    throw new Error("thrown in disconnect");
  });
  return client;
}
function answered(what, request, next) {
  request.finish((response) => {
    puts(what + " " + response.statusCode);
    response.addListener("complete", next);
  });
}
function early() {
  const client = node.http.createClient(server.port);
  const request = client.post("/", [["Content-Length", 2]]);
  request.sendBody("a");
  setTimeout(function wait() {
    if (!request._early) return setTimeout(wait, 2); // the answer is not there yet
    request.sendBody("b");
    attempt("early", () => request.finish((response) => {
      response.addListener("complete", () => {
        puts("early: complete");
        short();
      });
      throw new Error("thrown in response");
    }));
  }, 2);
}
function short() {
  const client = throwing();
  const request = client.post("/", [["Content-Length", 2]]);
  request.sendBody("a");
  const second = client.get("/");
  answered("short: the next is answered", second, closed);
  setTimeout(() => attempt("short", () => request.finish()), 30);
}
function closed() {
  const client = throwing();
  client.get("/").finish((response) => response.addListener("complete", () => {
    setTimeout(() => {
      answered("closed: the next is answered", client.get("/"), elsewhere);
    }, 0);
    const waiting = client.get("/"); // keeps the connection to the end of the turn
    attempt("closed", () => client.close());
    waiting.finish();
  }));
}
function elsewhere() {
  const client = throwing();
  client.get("/").finish((response) => response.addListener("complete", () => {
    client.port = other.port;
    const request = client.get("/");
    answered2(request);
    setTimeout(() => {}, 0);
  }));
  function answered2(request) {
    request.addListener("response", (response) => {
      puts("elsewhere: answered " + response.statusCode);
      response.addListener("complete", () => {
        server.close();
        other.close();
      });
    });
    queue(() => attempt("elsewhere", () => request.finish()));
  }
  // Behind the listeners of complete, in the same turn: while the connection still stands.
  function queue(f) {
    Promise.resolve().then(f);
  }
}
early();
