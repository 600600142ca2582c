// Programs of the time extend Object.prototype, also with names that property descriptors and options have.
// stdout: sent
// stdout: cat: hi
// stdout: echo: hello
// stdout: inherited: heard
// stdout: upgrade: /chat, 0 behind it
// stdout: 200 is OK, path may be assigned: mine
for (const name of ["get", "set", "value", "writable", "timeout", "connections", "outputLimit", "body", "complete", "sent",
  "requireHost", "bodyBytes", "headBytes", "pipelineDepth"]) {
  Object.prototype[name] = function () { throw new Error("nobody's"); };
}
const server = node.http.createServer((request, response) => {
  response.addListener("sent", () => puts("sent"));
  response.sendHeader(200, [["a", "b"]]);
  response.sendBody("hi");
  response.finish();
});
server.addListener("upgrade", (request, connection, head) => {
  puts("upgrade: " + request.uri.path + ", " + head.length + " behind it");
  connection.fullClose();
  server.close();
  puts("200 is " + node.http.STATUS_CODES[200] + ", path may be assigned: " + (node.path = "mine"));
});
server.listen(0);
node.http.cat("http://127.0.0.1:" + server.port + "/", "utf8").addCallback((text) => {
  puts("cat: " + text);
  const echo = node.tcp.createServer((connection) => {
    connection.addListener("receive", (data) => connection.send(data));
    connection.addListener("eof", () => connection.close());
  });
  echo.listen(0);
  const connection = node.tcp.createConnection(echo.port);
  connection.setEncoding("utf8");
  connection.addListener("connect", () => connection.send("hello"));
  connection.addListener("receive", (text) => {
    puts("echo: " + text);
    connection.close();
    echo.close();
    inherited();
  });
});
function inherited() {
  function Child() {}
  node.inherits(Child, node.EventEmitter);
  const child = new Child();
  child.addListener("x", () => puts("inherited: heard"));
  child.emit("x");
  const client = node.tcp.createConnection(server.port);
  client.addListener("connect", () => client.send("GET /chat HTTP/1.1\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"));
  client.addListener("eof", () => client.close());
}
