// Options that are known are checked when they are given; others are ignored.
// stdout: createServer: the option headTimeout must be seconds from 0 to 1000000, not -1
// stdout: createServer: the option bodyBytes must be an integer from 0 to 1000000000000000, not 0.5
// stdout: createServer: the option headBytes must be an integer from 0 to 65535, not 65536
// stdout: createServer: the option requireHost must be a boolean, not 1
// stdout: createServer: the option connections must be an integer from 0 to 1000000, not "many"
// stdout: createServer: the option timeout must be seconds from 0 to 1000000, not NaN
// stdout: createServer: the option outputLimit must be an integer from 0 to 1000000000000000, not [object Object]
// stdout: createClient: the option connectTimeout must be seconds from 0 to 1000000, not Infinity
// stdout: createClient: the option headerCount must be an integer from 0 to 256, not true
// stdout: fine
// stdout: idle for less than a second
function wrong(make, options) {
  try { make(options); puts("taken: " + JSON.stringify(options)); } catch (error) { puts(error.message); }
}
function server(options) { return node.http.createServer(function () {}, options); }
function tcp(options) { return node.tcp.createServer(function () {}, options); }
function client(options) { return node.http.createClient(80, "127.0.0.1", options); }
wrong(server, { headTimeout: -1 });
wrong(server, { bodyBytes: 0.5 });
wrong(server, { headBytes: 65536 });
wrong(server, { requireHost: 1 });
wrong(tcp, { connections: "many" });
wrong(tcp, { timeout: NaN });
wrong(tcp, { outputLimit: {} });
wrong(client, { connectTimeout: Infinity });
wrong(client, { headerCount: true });
for (var options of [undefined, null, 5, "text", {}, { timeout: undefined, headTimeout: null }, { unknown: "x", colour: -1 }]) {
  server(options);
  tcp(options);
  client(options);
}
puts("fine");

// A part of a second is not none: that would be for ever.
var quiet = tcp({ timeout: 0.2 });
quiet.addListener("connection", function (connection) {
  connection.addListener("timeout", function () {
    puts("idle for less than a second");
    connection.forceClose();
    quiet.close();
  });
});
quiet.listen(0, "127.0.0.1");
var peer = node.tcp.createConnection(quiet.port);
peer.addListener("eof", function () { peer.close(); });
