// request.pause() holds back body and complete, resume() lets them go on: in any order, twice, from inside, at the end.
// stdout: /a
// stdout: nothing of /a
// stdout: /a body abcd
// stdout: paused in the last piece
// stdout: /a complete
// stdout: /b
// stdout: nothing of /b
// stdout: /b complete
// stdout: resumed and paused: nothing of /c
// stdout: /c body ab
// stdout: /c complete
// stdout: /d body x
// stdout: /d complete
// stdout: 4 answers
var heard = 0;
function note(request) {
  var path = request.uri.path;
  request.setBodyEncoding("ascii");
  request.addListener("body", function (chunk) { heard++; puts(path + " body " + chunk); });
  request.addListener("complete", function () { heard++; puts(path + " complete"); });
}
function answer(response) { response.sendHeader(200, []); response.sendBody("done"); response.finish(); }
function later(request, what) {
  heard = 0;
  setTimeout(function () { if (heard === 0) puts(what + request.uri.path); request.resume(); request.resume(); }, 20);
}
var server = node.http.createServer(function (request, response) {
  switch (request.uri.path) {
    case "/a": // all of its body has come with it, and other requests behind it
      puts("/a");
      request.pause();
      request.pause();
      note(request);
      later(request, "nothing of ");
      request.addListener("body", function () {
        request.pause();
        heard = 0;
        setTimeout(function () { if (heard === 0) puts("paused in the last piece"); request.resume(); }, 20);
      });
      request.addListener("complete", function () { request.pause(); request.resume(); answer(response); });
      break;
    case "/b": // has no body
      puts("/b");
      note(request);
      request.pause();
      later(request, "nothing of ");
      request.addListener("complete", function () { answer(response); });
      break;
    case "/c": // paused, resumed and paused again in one turn
      request.pause();
      request.resume();
      request.pause();
      note(request);
      later(request, "resumed and paused: nothing of ");
      request.addListener("complete", function () { answer(response); });
      break;
    case "/d": // paused and gone on with at once
      request.pause();
      request.resume();
      note(request);
      request.addListener("complete", function () { answer(response); server.close(); });
  }
});
server.listen(0);
var client = node.tcp.createConnection(server.port), back = "";
client.setEncoding("ascii");
client.addListener("connect", function () {
  client.send("POST /a HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcdGET /b HTTP/1.1\r\n\r\n");
});
client.addListener("receive", function (data) {
  back += data;
  var count = back.split("done").length - 1;
  if (count === 2 && client.readyState === "open" && !client.sent) {
    client.sent = true;
    client.send("POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n" +
      "POST /d HTTP/1.1\r\nContent-Length: 1\r\n\r\nx");
  }
});
client.addListener("eof", function () { client.close(); });
client.addListener("disconnect", function () { puts(back.split("done").length - 1 + " answers"); });
