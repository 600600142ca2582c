// `drained` comes once for each close(), in a later turn, when the last connection of the server has ended; also without
// connections, and to a server that listens again by then. Of TCP, the connections live on; those of another server that
// takes the place meanwhile, and those that have become others by an upgrade, do not count.
// stdout: none: close 0
// stdout: none: close returned
// stdout: none: drained
// stdout: again: close 0
// stdout: again: drained while it listens
// stdout: tcp: close 0
// stdout: client: hello
// stdout: tcp: a connection ended
// stdout: tcp: drained
// stdout: upgrade: drained
// stdout: upgrade: client hears hi
// stdout: forced: drained
// stdout: endless: a timer has its turn
// stdout: endless: a timer has its turn
function heard(server, name) {
  server.addListener("close", (errno) => puts(name + ": close " + errno));
  return new Promise((resolve) => server.addListener("drained", () => resolve()));
}

async function without(create) {
  const server = create();
  const over = heard(server, "none");
  server.listen(0, "127.0.0.1");
  server.close();
  server.close();
  puts("none: close returned");
  await over;
  puts("none: drained");
}

async function again() {
  const server = node.tcp.createServer();
  const over = heard(server, "again");
  server.listen(0, "127.0.0.1");
  server.close();
  server.listen(0, "127.0.0.1");
  await over;
  puts("again: drained" + (server.port > 0 ? " while it listens" : ""));
  server.listeners("close").length = server.listeners("drained").length = 0;
  server.close();
}

async function tcp() {
  let other;
  const server = node.tcp.createServer((connection) => {
    server.close();
    // In its place, if that were free.
    other = node.tcp.createServer((one) => one.addListener("eof", () => one.close()));
    other.listen(0, "127.0.0.1");
    idle = node.tcp.createConnection(other.port, "127.0.0.1");
    idle.addListener("connect", () => connection.send("hello"));
    connection.addListener("eof", () => connection.close());
    connection.addListener("disconnect", () => puts("tcp: a connection ended"));
  });
  let idle;
  const over = heard(server, "tcp");
  server.listen(0, "127.0.0.1");
  const client = node.tcp.createConnection(server.port, "127.0.0.1");
  client.setEncoding("ascii");
  client.addListener("receive", (text) => {
    puts("client: " + text);
    client.close();
  });
  await over;
  puts("tcp: drained");
  other.close();
  idle.close();
}

async function upgrade() {
  const server = node.http.createServer();
  const over = new Promise((resolve) => server.addListener("drained", () => resolve()));
  let connection;
  server.addListener("upgrade", (request, upgraded) => {
    connection = upgraded;
    server.close();
  });
  server.listen(0, "127.0.0.1");
  const client = node.tcp.createConnection(server.port, "127.0.0.1");
  client.setEncoding("ascii");
  client.addListener("connect", () => client.send("GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"));
  const text = new Promise((resolve) => client.addListener("receive", (piece) => resolve(piece)));
  await over;
  puts("upgrade: drained");
  connection.send("hi");
  puts("upgrade: client hears " + (await text));
  connection.fullClose();
  client.close();
}

async function forced() {
  const server = node.tcp.createServer((connection) => {
    server.close();
    connection.forceClose();
  });
  const over = new Promise((resolve) => server.addListener("drained", () => resolve()));
  server.listen(0, "127.0.0.1");
  const client = node.tcp.createConnection(server.port, "127.0.0.1");
  client.addListener("eof", () => client.close());
  await over;
  puts("forced: drained");
}

// A listener that listens and closes again, and so drains at once.
async function endless(server) {
  let turns = 0;
  server.addListener("drained", () => {
    if (turns < 0) return;
    if (++turns > 10000) throw new Error("endless: the timer has not had its turn");
    server.listen(0, "127.0.0.1");
    server.close();
  });
  server.listen(0, "127.0.0.1");
  server.close();
  await new Promise((resolve) => setTimeout(resolve, 0));
  turns = -1;
  puts("endless: a timer has its turn");
}

(async function () {
  await without(() => node.tcp.createServer());
  await again();
  await tcp();
  await upgrade();
  await forced();
  await endless(node.tcp.createServer());
  await endless(node.http.createServer());
})();
