// What came on two connections in one turn: the first listener decides what becomes of the other connection's.
// stdout: pause: nothing
// stdout: pause, then resume: one two
// stdout: setEncoding: string one
// stdout: forceClose: nothing
// stdout: fullClose: nothing
// stdout: close: one
var kinds = ["pause", "setEncoding", "forceClose", "fullClose", "close"];
function run(kind) {
  if (kind === undefined) return;
  var sockets = [], clients = [], first, heard = [];
  var server = node.tcp.createServer(function (socket) {
    sockets.push(socket);
    if (kind !== "setEncoding") socket.setEncoding("ascii");
    socket.addListener("receive", function (data) {
      if (first !== undefined) return heard.push(kind === "setEncoding" ? typeof data + " " + data : data);
      first = socket;
      var other = sockets[0] === socket ? sockets[1] : sockets[0];
      if (kind === "setEncoding") other.setEncoding("utf8");
      else other[kind]();
      setTimeout(function () { judge(other); }, 50);
    });
  });
  function say(what) { puts(kind + what + ": " + (heard.join("") || "nothing")); }
  function end() {
    clients.concat(sockets).forEach(function (one) { one.forceClose(); });
    server.close();
    run(kinds.shift());
  }
  function judge(other) {
    say("");
    if (kind !== "pause") return end();
    clients.forEach(function (client) { client.send(" two"); });
    heard = [];
    first = null; // both are only heard from here on
    sockets.forEach(function (socket) { if (socket !== other) socket.pause(); });
    setTimeout(function () {
      other.resume();
      setTimeout(function () { say(", then resume"); end(); }, 50);
    }, 20);
  }
  function start() {
    if (sockets.length < 2 || clients.some(function (one) { return one.readyState !== "open"; })) return setTimeout(start, 5);
    // Sent at the end of one turn, read in the next.
    clients.forEach(function (client) { client.send("one"); });
  }
  server.listen(0);
  for (var i = 0; i < 2; i++) clients.push(node.tcp.createConnection(server.port));
  start();
}
run(kinds.shift());
