// A long upload by drain: what waits is bounded from the first byte on, and the failure of a long queue is cheap.
// timeout: 60
// stdout: got 64 MiB, held back: true
// stdout: 10000 refused
let got = 0;
const server = node.http.createServer((request, response) => {
  request.setBodyEncoding("bytes");
  request.addListener("body", (chunk) => (got += chunk.length));
  request.addListener("complete", () => {
    response.sendHeader(200);
    response.finish();
  });
});
server.listen(ARGV[2]);
const client = node.http.createClient(ARGV[2]);
const request = client.post("/");
let sent = 0;
let drains = 0;
function more() {
  while (sent < 64) {
    sent++;
    if (!request.sendBody(new Uint8Array(1 << 20))) return;
  }
  request.finish(() => {
    puts("got " + (got >> 20) + " MiB, held back: " + (drains > 10));
    server.close();
    refused();
  });
}
request.addListener("drain", () => {
  drains++;
  more();
});
more();

function refused() {
  const nobody = node.http.createClient(1);
  let failed = 0;
  nobody.addListener("error", () => { if (++failed === 10000) puts(failed + " refused"); });
  for (let i = 0; i < 10000; i++) nobody.get("/").finish();
}
