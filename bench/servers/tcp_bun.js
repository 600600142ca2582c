// The echo of bench/tcp for Bun.listen. Prints the port.
// write() says how many bytes were taken; the rest is ours to keep until drain.
function send(socket, data) {
  const taken = socket.write(data);
  if (taken < data.length) socket.data = data.subarray(Math.max(taken, 0));
}
const server = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    open(socket) {
      socket.setNoDelay(true);
      socket.data = null;
    },
    data(socket, data) {
      if (socket.data === null) send(socket, data);
      else socket.data = Buffer.concat([socket.data, data]);
    },
    drain(socket) {
      const rest = socket.data;
      socket.data = null;
      if (rest !== null) send(socket, rest);
    },
  },
});
console.log(server.port);
