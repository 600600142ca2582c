// Random calls from inside random listeners, of servers, clients and plain connections: no call fails in a way of ours, and
// every request of a client ends once.
// args: 1
// timeout: 120
// stdout: {{\d\d+}} requests, all have ended, none twice
// Another seed as the argument gives other calls.
let seed = (Number(ARGV[2]) * 7919 + 12345) % 2147483647;
const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
const pick = (list) => list[random(list.length)];
const CALLS = 6000;
let calls = 0;
let depth = 0;

// The last few of each kind, and all that must come to an end.
const objects = { server: [], response: [], request: [], client: [], clientRequest: [], answer: [], tcp: [], tcpServer: [] };
const asked = [];
const incoming = [];
const outgoing = [];
const keep = (kind, object) => {
  objects[kind].push(object);
  if (objects[kind].length > 12) objects[kind].shift();
};
const over = () => calls > CALLS;

function act() {
  if (depth > 6 || over()) return;
  depth++;
  for (let n = random(3); n >= 0; n--) {
    calls++;
    try {
      pick(OPERATIONS)();
    } catch (error) {
      // Misuse is refused with the name of the call; what the engine says is a mistake of ours.
      if (!/^(sendHeader|sendBody|finish|send|connect|listen|get|head|post|put|del|createClient|cat)\b/.test(error.message)) throw error;
    }
  }
  depth--;
}
const hear = (object, event) => object.addListener(event, () => act());
const hearSome = (object, ...events) => events.forEach((event) => random(2) === 0 && hear(object, event));

const DATA = [
  () => "x".repeat(random(50)), () => "\u00e9".repeat(random(3000)), () => [1, 2, 255, random(256)], () => "", () => [],
  () => new Uint8Array(random(100000)), () => new ArrayBuffer(random(10)), () => [{ valueOf() { act(); return 7; } }],
];
const ENCODINGS = ["utf8", "ascii", "raw", "bytes", undefined, 5];
const HEADERS = [
  () => [], () => undefined, () => [["A", "b"]], () => [["Content-Length", random(2000)]], () => [["Connection", "close"]],
  () => [["Transfer-Encoding", "chunked"]], () => [["Connection", "keep-alive"]], () => [["X", { toString() { act(); return "v"; } }]],
];
const RAW = [
  "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.0\r\n\r\n", "HEAD / HTTP/1.1\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
  "POST / HTTP/1.1\r\nContent-Length: 50\r\n\r\nhello", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab\xc3\r\n",
  "0\r\n\r\n", "GET / HTTP/1.1\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nrest", "CONNECT a:1 HTTP/1.1\r\n\r\n", "bad\r\n\r\n",
  "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
];

function newServer() {
  const server = node.http.createServer((request, response) => {
    keep("request", request);
    keep("response", response);
    incoming.push(request);
    outgoing.push(response);
    hearSome(request, "body", "complete");
    act();
    if (random(2) === 0) setTimeout(() => endResponse(response), random(20));
  }, {
    pipelineDepth: 1 + random(4), outputPause: random(200000), outputLimit: 500000, bodyBytes: random(3) === 0 ? 5000 : 0,
    requests: random(3) === 0 ? 3 : 0, idleTimeout: 2, bodyTimeout: 2, headTimeout: 2, writeTimeout: 2,
  });
  if (random(2) === 0) server.addListener("connection", act);
  if (random(2) === 0) server.addListener("upgrade", (request, connection) => { keep("tcp", connection); act(); });
  hear(server, "close");
  server.listen(0);
  keep("server", server);
}
function newTcpServer() {
  const server = node.tcp.createServer(follow, { timeout: 1, outputLimit: 300000 });
  server.listen(0);
  keep("tcpServer", server);
}
function follow(connection) {
  keep("tcp", connection);
  hearSome(connection, "connect", "receive", "eof", "drain", "timeout", "disconnect");
  act();
}
function newClient() {
  const server = pick(objects.server);
  if (server.port === undefined) return;
  const client = node.http.createClient(server.port, undefined, { outputLimit: 300000, timeout: 2, connectTimeout: 2 });
  hearSome(client, "connect", "disconnect", "error", "drain");
  keep("client", client);
}
function ask(client) {
  const request = client[pick(["get", "post", "put", "del", "head"])]("/", pick(HEADERS)());
  const record = { request, ends: 0 };
  asked.push(record);
  request.addListener("error", () => record.ends++);
  request.addListener("response", (answer) => {
    record.answer = answer;
    answer.addListener("complete", () => record.ends++);
    keep("answer", answer);
    hearSome(answer, "body", "complete", "error");
    act();
  });
  keep("clientRequest", request);
  if (random(2) === 0) request.finish();
}
function newConnection() {
  const server = pick(objects.server);
  if (server.port === undefined) return;
  const connection = node.tcp.createConnection(server.port);
  connection.addListener("connect", () => {
    for (let n = random(4); n >= 0 && connection.readyState === "open"; n--) connection.send(pick(RAW));
  });
  follow(connection);
}
function endResponse(response) {
  try {
    if (!response.finished) response.sendHeader(200, []);
  } catch (error) {} // it has one
  try {
    response.finish();
  } catch (error) {} // it is finished, or has promised more
}

const some = (kind, use) => () => objects[kind].length > 0 && use(pick(objects[kind]));
const FIELDS = ["output", "closeOnFinish", "should_keep_alive", "chunked_encoding", "use_chunked_encoding_by_default", "finished"];
const looked = (object, ...names) => names.forEach((name) => object[name]);
const OPERATIONS = [
  newServer, newTcpServer, newClient, newConnection, newConnection,
  some("server", (server) => server.port === undefined && server.listen(0)),
  some("server", (server) => random(4) === 0 && server.close()),
  some("tcpServer", (server) => server.close()),
  some("server", (server) => server.port && node.http.cat("http://127.0.0.1:" + server.port + "/c", pick(ENCODINGS))),
  some("response", (response) => response.sendHeader(pick([200, 204, 304, 404, 205]), pick(HEADERS)())),
  some("response", (response) => response.sendHeader(200, [])),
  some("response", (response) => response.sendBody(pick(DATA)(), pick(ENCODINGS))),
  some("response", (response) => response.sendBody(pick(DATA)(), pick(ENCODINGS))),
  some("response", (response) => response.finish()),
  some("response", endResponse),
  some("response", (response) => (response[pick(FIELDS)] = random(2) === 0)),
  some("response", (response) => looked(response, ...FIELDS)),
  some("response", (response) => response.connection[pick(["close", "fullClose", "forceClose"])]()),
  some("response", (response) => looked(response.connection, "readyState", "remoteAddress")),
  some("response", (response) => hear(response, pick(["close", "drain", "sent", "flush"]))),
  some("request", (request) => request.pause()),
  some("request", (request) => request.resume()),
  some("request", (request) => request.setBodyEncoding(pick(ENCODINGS))),
  some("request", (request) => hear(request, pick(["body", "complete"]))),
  some("request", (request) => looked(request, "headers", "uri") || request.header("host")),
  some("request", (request) => hear(request.connection, pick(["body", "uri", "message_begin", "message_complete", "disconnect"]))),
  some("client", ask), some("client", ask), some("client", ask),
  some("client", (client) => client[pick(["close", "fullClose", "forceClose", "pause", "resume"])]()),
  some("client", (client) => client.setEncoding(pick(ENCODINGS))),
  some("client", (client) => (client.port = pick(objects.server).port || client.port)),
  some("clientRequest", (request) => request.sendBody(pick(DATA)(), pick(ENCODINGS))),
  some("clientRequest", (request) => request.sendBody(pick(DATA)(), pick(ENCODINGS))),
  some("clientRequest", (request) => request.finish()),
  some("clientRequest", (request) => (request[pick(FIELDS)] = random(2) === 0)),
  some("clientRequest", (request) => looked(request, ...FIELDS)),
  some("clientRequest", (request) => hear(request, pick(["drain", "sent", "flush", "error"]))),
  some("answer", (answer) => answer[pick(["pause", "resume", "resume"])]()),
  some("answer", (answer) => answer.setBodyEncoding(pick(ENCODINGS))),
  some("tcp", (connection) => connection.send(pick(DATA)(), pick(ENCODINGS))),
  some("tcp", (connection) => connection[pick(["close", "fullClose", "forceClose", "pause", "resume"])]()),
  some("tcp", (connection) => connection.setEncoding(pick(ENCODINGS))),
  some("tcp", (connection) => pick(objects.tcpServer).port && connection.connect(pick(objects.tcpServer).port)),
  () => setTimeout(act, random(10)),
  () => Promise.resolve().then(act),
];

newServer();
newTcpServer();
newClient();
const acting = setInterval(() => {
  act();
  act();
  if (!over()) return;
  clearInterval(acting);
  const ending = setInterval(end, 50);
  let rounds = 0;
  function end() {
    incoming.forEach((request) => request.resume());
    outgoing.forEach(endResponse);
    for (const { request, answer } of asked) {
      if (answer !== undefined) answer.resume();
      try {
        if (!request.finished) request.finish();
      } catch (error) {
        // The body is too short: finish() says so in place of an event.
        asked.find((record) => record.request === request).ends++;
      }
    }
    const left = asked.filter((record) => record.ends === 0 && !refusedByFinish(record));
    if (left.length > 0 && ++rounds < 600) return;
    clearInterval(ending);
    const twice = asked.filter((record) => record.ends > 1).length;
    puts(asked.length + " requests, " + (left.length || "all") + " have " + (left.length ? "not ended" : "ended") + ", " +
      (twice || "none") + " twice");
    node.exit(0);
  }
}, 1);
// finish() was called in act() and threw: the request is over without an event.
function refusedByFinish({ request }) {
  return request.finished && request._length >= 0 && request._total < request._length && request._replay === undefined;
}
