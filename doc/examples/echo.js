#!/usr/bin/env node
// An echo server: sends back what it gets, no faster than its peer reads.
// Start: node echo.js [PORT]
// Try:   nc 127.0.0.1 8000        type a line; Ctrl-D ends it
const port = Number(ARGV[2] || 8000);

const server = node.tcp.createServer((socket) => {
  socket.setEncoding("bytes");
  socket.addListener("receive", (data) => {
    if (!socket.send(data)) socket.pause(); // the peer reads slowly: let it wait, too
  });
  socket.addListener("drain", () => socket.resume());
  socket.addListener("eof", () => socket.close());
  socket.addListener("timeout", () => socket.forceClose()); // a minute of silence
});
server.listen(port, "127.0.0.1");

puts(`Echo server at 127.0.0.1:${server.port}`);
