// Options are read once, by the call that gets them: what a getter throws is that call's, and a later change is without effect.
// stdout: http.createServer: bodyBytes is not for you
// stdout: http.createServer: requireHost is not for you
// stdout: http.Server: bodyBytes is not for you
// stdout: tcp.createServer: connections is not for you
// stdout: tcp.Server: connections is not for you
// stdout: createClient: timeout is not for you
// stdout: reads: 1, 1
// stdout: with bodyBytes 3, changed to 100: 413
// stdout: Object.prototype is nobody's options: 200
function throwing(name) {
  return { get [name]() { throw new Error(name + " is not for you"); } };
}
function attempt(what, f) {
  try {
    f();
    puts(what + ": nothing thrown");
  } catch (error) {
    puts(what + ": " + error.message);
  }
}
attempt("http.createServer", () => node.http.createServer(() => {}, throwing("bodyBytes")));
attempt("http.createServer", () => node.http.createServer(() => {}, throwing("requireHost")));
attempt("http.Server", () => new node.http.Server(() => {}, throwing("bodyBytes")));
attempt("tcp.createServer", () => node.tcp.createServer(() => {}, throwing("connections")));
attempt("tcp.Server", () => new node.tcp.Server(() => {}, throwing("connections")));
attempt("createClient", () => node.http.createClient(1, undefined, throwing("timeout")));

let reads = 0;
const counted = { get timeout() { reads++; return 5; } };
const tcp = node.tcp.createServer(() => {}, counted);
const first = reads;
tcp.listen(0);
tcp.close();
puts("reads: " + first + ", " + reads);

function listener(request, response) {
  response.sendHeader(200, []);
  response.finish();
}
function ask(server, done) {
  server.listen(0);
  const client = node.http.createClient(server.port);
  const request = client.post("/", [["Content-Length", 4]]);
  request.addListener("error", () => {});
  request.sendBody("four");
  request.finish((response) => {
    server.close();
    done(response.statusCode);
  });
}
const options = { bodyBytes: 3 };
const limited = node.http.createServer(listener, options);
options.bodyBytes = 100;
ask(limited, (status) => {
  puts("with bodyBytes 3, changed to 100: " + status);
  Object.defineProperty(Object.prototype, "bodyBytes", { get() { throw new Error("read"); }, configurable: true });
  ask(node.http.createServer(listener, undefined), (other) => {
    puts("Object.prototype is nobody's options: " + other);
    delete Object.prototype.bodyBytes;
  });
});
