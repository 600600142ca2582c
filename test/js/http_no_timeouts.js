// Time-outs of 0 are none: a client that is idle, one in the middle of a head and one in the middle of a body outlast
// those of a server whose time-outs are a second.
// stdout: the others are closed
// stdout: idle: 200
// stdout: head: 200
// stdout: body: 200
const none = { headTimeout: 0, bodyTimeout: 0, idleTimeout: 0, writeTimeout: 0 };
const second = { headTimeout: 1, bodyTimeout: 1, idleTimeout: 1, writeTimeout: 1 };
const BEGINNINGS = {
  idle: ["GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"],
  head: ["GET / HTTP/1.1\r\n", "\r\n"],
  body: ["POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na", "b"],
};

function serve(options) {
  const server = node.http.createServer((request, response) => {
    request.addListener("complete", () => {
      response.sendHeader(200);
      response.finish();
    });
  }, options);
  server.listen(0, "127.0.0.1");
  return server;
}

function connect(server, name) {
  const client = node.tcp.createConnection(server.port);
  client.setEncoding("ascii");
  client.addListener("connect", () => client.send(BEGINNINGS[name][0]));
  client.addListener("eof", () => client.close());
  return client;
}

const patient = serve(none);
const hasty = serve(second);
const names = Object.keys(BEGINNINGS);
const clients = names.map((name) => connect(patient, name));
let left = names.length;
for (const name of names) {
  connect(hasty, name).addListener("disconnect", () => {
    if (--left > 0) return;
    puts("the others are closed");
    hasty.close();
    goOn(0);
  });
}

function goOn(index) {
  if (index === names.length) return patient.close();
  const client = clients[index];
  if (client.readyState !== "open") {
    puts(names[index] + ": " + client.readyState);
    return goOn(index + 1);
  }
  client.addListener("receive", (text) => {
    puts(names[index] + ": " + text.slice(9, 12));
    client.close();
    goOn(index + 1);
  });
  client.send(BEGINNINGS[names[index]][1]);
}
