#!/usr/bin/env node
// A reverse proxy: passes requests on to another server, both bodies as they come and no faster than they are taken.
// Start: node proxy.js [PORT] [TO_PORT] [TO_HOST]
// Try:   node hello.js 8001 & node proxy.js 8000 8001 & curl -i http://127.0.0.1:8000/
const port = Number(ARGV[2] || 8000);
const toPort = Number(ARGV[3] || 8001);
const toHost = ARGV[4] || "127.0.0.1";
const HOP_BY_HOP = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/;

// The headers that are for the other end; RFC 9110, 7.6.1.
function endToEnd(message) {
  const listed = (message.header("Connection") || "").toLowerCase().split(/[ \t]*,[ \t]*/);
  return message.headers.filter(([name]) => !HOP_BY_HOP.test(name.toLowerCase()) && !listed.includes(name.toLowerCase()));
}

function say(response, status) {
  response.sendHeader(status, [["Content-Type", "text/plain"]]);
  response.sendBody(node.http.STATUS_CODES[status] + "\n");
  response.finish();
}

const server = node.http.createServer((request, response) => {
  const client = node.http.createClient(toPort, toHost);
  const headers = [...endToEnd(request), ["X-Forwarded-For", request.connection.remoteAddress]];
  const onward = client.request(request.method, request.uri.relative, headers);
  let answered = false;
  request.setBodyEncoding("bytes");
  request.addListener("body", (data) => { if (!onward.sendBody(data)) request.pause(); });
  onward.addListener("drain", () => request.resume());
  request.addListener("complete", () => onward.finish());
  onward.addListener("response", (answer) => {
    answered = true;
    response.sendHeader(answer.statusCode, endToEnd(answer));
    answer.setBodyEncoding("bytes");
    answer.addListener("body", (data) => { if (!response.sendBody(data)) answer.pause(); });
    response.addListener("drain", () => answer.resume());
    answer.addListener("complete", () => response.finish());
  });
  onward.addListener("error", (error) => {
    if (error.errno === "ECANCELED") return; // by the listener below
    puts(`${request.method} ${request.uri}: ${error.message}`);
    if (!answered) return say(response, 502);
    response.connection.forceClose(); // so that nobody takes it for the whole
  });
  response.addListener("close", () => client.forceClose());
});
server.listen(port, "127.0.0.1");
puts(`Proxy at http://127.0.0.1:${server.port}/ for ${toHost}:${toPort}`);
