// Wrong arguments are refused at once, with what was wrong.
// stdout: connect: give a port
// stdout: connect: the port must be an integer from 0 to 65535 or a path, not 70000
// stdout: connect: the port must be an integer from 0 to 65535 or a path, not "x"
// stdout: listen: the port must be an integer from 0 to 65535 or a path, not true
// stdout: listen: the port must be an integer from 0 to 65535 or a path, not ""
// stdout: listen: the backlog must be an integer
// stdout: listen: the server is listening already
// stdout: listen ENOTFOUND no.such.name: no address, not "localhost" and not in /etc/hosts (a server binds at once, and asks nobody)
// stdout: connect: the connection is opening, not closed
// stdout: listen EADDRINUSE 0.0.0.0:$PORT: Address already in use
function attempt(f) { try { f(); puts("no error"); } catch (error) { puts(error.message); } }
var c = new node.tcp.Connection();
attempt(function () { c.connect(); });
attempt(function () { c.connect(70000); });
attempt(function () { c.connect("x"); });
var s = node.tcp.createServer();
attempt(function () { s.listen(true); });
attempt(function () { s.listen(""); });
attempt(function () { s.listen(0, "127.0.0.1", "many"); });
s.listen(Number(ARGV[2]));
attempt(function () { s.listen(0); });
attempt(function () { node.tcp.createServer().listen(0, "no.such.name"); });
c.connect(s.port);
attempt(function () { c.connect(s.port); });
attempt(function () { node.tcp.createServer().listen(ARGV[2]); });
c.forceClose();
s.close();
