// A body that nobody listens to is thrown away without a call; listeners that are added later hear what comes then.
// stdout: /none 0 body, 0 complete
// stdout: /complete 0 body, 1 complete
// stdout: /late 1 body, 1 complete, heard b
// stdout: /awaited 1 body, 1 complete, heard ab
// stdout: /pushed 1 body, 1 complete, heard ab
// stdout: /too-late 0 body, 0 complete
var counts = {}, texts = {}, requests = {};
var server = node.http.createServer(async function (request, response) {
  var path = request.uri.path, count = counts[path] = { body: 0, complete: 0 };
  requests[path] = request;
  // Called for each event that comes out of C++.
  request.emit = function (event, args) { count[event]++; return node.EventEmitter.prototype.emit.call(this, event, args); };
  request.addListener("other", function () {});
  request.setBodyEncoding("ascii");
  if (path === "/complete") request.addListener("complete", function () {});
  if (path === "/awaited") await null;
  if (path === "/awaited") request.addListener("body", hear(path));
  if (path === "/pushed") request.listeners("body").push(hear(path));
  response.sendHeader(200, []);
  response.sendBody(path);
  if (path !== "/late") response.finish();
  else response.sendBody("."); // leaves at once
  request.answer = response;
});
function hear(path) { return function (chunk) { texts[path] = (texts[path] || "") + chunk; }; }
server.listen(0);
function show(path) {
  var count = counts[path];
  puts(path + " " + count.body + " body, " + count.complete + " complete" + (texts[path] ? ", heard " + texts[path] : ""));
}
var client = node.tcp.createConnection(server.port), back = "";
client.setEncoding("ascii");
function post(path, body) { return "POST " + path + " HTTP/1.1\r\nContent-Length: 2\r\n\r\n" + body; }
client.addListener("connect", function () { client.send(post("/none", "ab") + post("/complete", "ab") + post("/late", "a")); });
client.addListener("receive", function (data) {
  back += data;
  if (back.includes("/late") && !client.second) {
    client.second = true;
    show("/none");
    show("/complete");
    requests["/late"].addListener("body", hear("/late"));
    requests["/late"].addListener("complete", function () { requests["/late"].answer.finish(); });
    client.send("b" + post("/awaited", "ab") + post("/pushed", "ab") + post("/too-late", "ab"));
  }
  if (back.includes("/too-late")) {
    show("/late");
    show("/awaited");
    show("/pushed");
    requests["/too-late"].addListener("body", hear("/too-late"));
    requests["/too-late"].addListener("complete", function () { puts("never"); });
    show("/too-late");
    server.close();
    client.close();
  }
});
client.addListener("eof", function () { client.close(); });
