// The servers and programs of bench/sweep: sweep.js CASE [N]. Servers print their port, programs end by themselves.
var kind = ARGV[2], n = Number(ARGV[3]);
var line = "0123456789";

function listenOn(server) {
  server.listen(0, "127.0.0.1");
  puts(server.port);
}

var cases = {
  // Answers each request when it has all of it; ?N in its target asks for N pieces of body.
  http: function () {
    listenOn(node.http.createServer(function (request, response) {
      var count = Number(request.uri.query || 1);
      request.setBodyEncoding("bytes");
      request.header("x-absent");
      request.addListener("complete", function () {
        response.sendHeader(200, [["Content-Type", "text/plain"]]);
        for (var i = 0; i < count; i++) response.sendBody(line);
        response.finish();
      });
    }));
  },
  // A number in decimal and a newline ask for so many sends in one turn.
  tcp: function () {
    listenOn(node.tcp.createServer(function (socket) {
      var text = "";
      socket.setEncoding("ascii");
      socket.addListener("receive", function (data) {
        text += data;
        if (text.slice(-1) !== "\n") return;
        var count = Number(text);
        text = "";
        for (var i = 0; i < count; i++) socket.send(line);
      });
      socket.addListener("eof", function () { socket.close(); });
    }));
  },
  // All headers of a request are looked at.
  headers: function () {
    listenOn(node.http.createServer(function (request, response) {
      response.sendHeader(200, [["Content-Length", 0], ["X-Count", request.headers.length]]);
      response.finish();
    }));
  },
  nothing: function () {},
  "timers set": function () {
    for (var i = 0; i < n; i++) setTimeout(function () {}, 1);
  },
  "timers of many durations": function () {
    for (var i = 0; i < n; i++) clearTimeout(setTimeout(function () {}, 1000 + (i * 7919) % n));
    var all = [];
    for (i = 0; i < n; i++) all.push(setTimeout(function () {}, 1000 + (i * 7919) % n));
    all.forEach(clearTimeout);
  },
  listeners: function () {
    var emitter = new node.EventEmitter(), heard = 0;
    for (var i = 0; i < n; i++) emitter.addListener("x", function () { heard++; });
    emitter.emit("x", []);
    if (heard !== n) throw new Error("only " + heard);
  },
  lines: function () {
    for (var i = 0; i < n; i++) puts(line);
  },
  "tcp servers": function () {
    servers(node.tcp);
  },
  "http servers": function () {
    servers(node.http);
  },
  "tcp connections": function () {
    var open = 0, server = node.tcp.createServer(function (socket) {
      socket.addListener("eof", function () { socket.close(); });
    });
    server.listen(0, "127.0.0.1");
    var clients = [];
    function next() {
      for (var i = 0; i < 100 && clients.length < n; i++) {
        var client = node.tcp.createConnection(server.port, "127.0.0.1");
        client.addListener("connect", function () {
          if (++open === n) clients.forEach(function (one) { one.close(); });
          else if (open % 100 === 0) next();
        });
        client.addListener("disconnect", function () { if (--open === 0) server.close(); });
        clients.push(client);
      }
    }
    next();
  },
};

function servers(module) {
  var all = [];
  for (var i = 0; i < n; i++) {
    var server = module.createServer(function () {});
    // Not port 0: the kernel's search for a free one takes longer the more are taken.
    server.listen(20000 + i, "127.0.0.2");
    all.push(server);
  }
  all.forEach(function (one) { one.close(); });
}

cases[kind]();
