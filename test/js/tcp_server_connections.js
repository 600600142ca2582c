// The option `connections`: at so many the next client waits until one has ended. None at all would never serve anybody:
// 0 counts as 1.
// stdout: 0: one at a time
// stdout: 1: one at a time
function check(most, next) {
  let open = 0;
  let served = 0;
  let greatest = 0;
  const server = node.tcp.createServer((connection) => {
    greatest = Math.max(greatest, ++open);
    setTimeout(() => connection.close(), 10);
    connection.addListener("disconnect", () => {
      --open;
      if (++served < 3) return;
      puts(most + (greatest === 1 ? ": one at a time" : ": " + greatest + " at a time"));
      server.close();
      next();
    });
  }, { connections: most });
  server.listen(0, "127.0.0.1");
  for (let i = 0; i < 3; i++) {
    const client = node.tcp.createConnection(server.port);
    client.addListener("eof", () => client.close());
  }
}
check(0, () => check(1, () => {}));
