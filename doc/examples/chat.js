#!/usr/bin/env node
// A chat room over TCP. The first line that you send is your name.
// Start: node chat.js [PORT]
// Try:   nc 127.0.0.1 8000        in two terminals; /who lists the others, /quit leaves
const port = Number(ARGV[2] || 8000);
const names = new Map(); // socket -> name

function send(socket, line) {
  if (socket.readyState === "open") socket.send(line + "\r\n", "utf8");
}

function tellOthers(from, line) {
  for (const socket of names.keys()) if (socket !== from) send(socket, line);
}

function enter(socket, name) {
  if (name === "" || [...names.values()].includes(name)) return send(socket, "Another name, please:");
  names.set(socket, name);
  tellOthers(socket, `* ${name} enters`);
  send(socket, `Welcome, ${name}.`);
}

function hear(socket, line) {
  if (!names.has(socket)) return enter(socket, line.slice(0, 20));
  if (line === "/quit") return socket.fullClose();
  if (line === "/who") return send(socket, [...names.values()].join(", "));
  if (line !== "") tellOthers(socket, `${names.get(socket)}: ${line}`);
}

const server = node.tcp.createServer((socket) => {
  let rest = "";
  socket.setEncoding("utf8");
  send(socket, "Your name, please:");
  socket.addListener("receive", (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    if (rest.length > 1000) return socket.fullClose();
    for (const line of lines) if (socket.readyState === "open") hear(socket, line.replace(/[\x00-\x1f\x7f]/g, "").trim());
  });
  socket.addListener("eof", () => socket.close());
  socket.addListener("disconnect", () => {
    const name = names.get(socket);
    if (names.delete(socket)) tellOthers(socket, `* ${name} leaves`);
  });
}, { outputLimit: 1024 * 1024 }); // who reads too slowly is dropped
server.listen(port, "127.0.0.1");
puts(`Chat server at 127.0.0.1:${server.port}`);
