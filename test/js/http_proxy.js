// A proxy in one process: chunks go on as they are, in both directions, byte for byte.
// timeout: 60
// stdout: 200 chunked echo of 1500000 bytes right: true
const size = 1500000;
const origin = node.http.createServer((request, response) => {
  response.sendHeader(200, [["X-Origin", "yes"]]);
  request.setBodyEncoding("bytes");
  request.addListener("body", (chunk) => response.sendBody(chunk));
  request.addListener("complete", () => response.finish());
});
origin.listen(0);
const proxy = node.http.createServer((request, response) => {
  const client = node.http.createClient(origin.port);
  const outgoing = client.post(String(request.uri), []);
  request.addListener("body", (chunk) => outgoing.sendBody(chunk));
  request.addListener("complete", () => outgoing.finish());
  outgoing.addListener("response", (answer) => {
    response.sendHeader(answer.statusCode, answer.headers.filter((pair) => pair[0] === "X-Origin" || pair[0] === "Transfer-Encoding"));
    answer.addListener("body", (chunk) => response.sendBody(chunk));
    answer.addListener("complete", () => response.finish());
  });
});
proxy.listen(ARGV[2]);
const client = node.http.createClient(ARGV[2]);
const request = client.post("/");
const sent = new Uint8Array(size);
for (let i = 0; i < size; i++) sent[i] = (i * 7) % 256;
for (let i = 0; i < size; i += 50000) request.sendBody(sent.subarray(i, i + 50000));
request.finish((response) => {
  let at = 0;
  let right = true;
  response.addListener("body", (chunk) => {
    for (const byte of chunk) if (byte !== sent[at++]) right = false;
  });
  response.addListener("complete", () => {
    puts([response.statusCode, response.header("transfer-encoding"), "echo of", at, "bytes right:", right].join(" "));
    origin.close();
    proxy.close();
  });
});
