// A script may give the global object classes by names that were nobody's in 2009: exports of the main script are global.
// stdout: onLoad
// stdout: child: said
// stdout: timer
// stdout: SIGUSR1
// stdout: receive: x
// stdout: sent
// stdout: answer
// stdout: onExit
["Map", "Set", "WeakMap", "WeakSet", "WeakRef", "Symbol", "Proxy", "Promise", "Iterator", "BigInt", "Intl",
  "Atomics", "DataView", "FinalizationRegistry"].forEach(function (name) {
  exports[name] = function () { throw new Error(name + " is the script's"); };
});

function onLoad() {
  puts("onLoad");
  var child = node.createProcess("echo said");
  child.addListener("output", function (data) { if (data !== null) print("child: " + data); });
  child.addListener("exit", function () { setTimeout(timer, 1); });
}

function timer() {
  puts("timer");
  node.signals.addListener("SIGUSR1", function (name) {
    puts(name);
    tcp();
  });
  node.createProcess("kill -USR1 $PPID");
}

function tcp() {
  var server = node.tcp.createServer(function (connection) { connection.send("x"); connection.close(); });
  server.listen(0, "127.0.0.1");
  var client = node.tcp.createConnection(server.port, "127.0.0.1");
  client.setEncoding("ascii");
  client.addListener("receive", function (text) { puts("receive: " + text); });
  client.addListener("eof", function () { client.close(); server.close(); http(); });
}

function http() {
  var server = node.http.createServer(function (request, response) {
    response.addListener("sent", function () { puts("sent"); });
    request.addListener("complete", function () {
      response.sendHeader(200, []);
      response.sendBody("answer");
      response.finish();
    });
    server.close();
  });
  server.listen(0, "127.0.0.1");
  node.http.cat("http://127.0.0.1:" + server.port + "/", "utf8").addCallback(puts);
}

function onExit() { puts("onExit"); }
