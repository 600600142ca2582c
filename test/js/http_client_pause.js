// A paused answer: nothing is emitted, the server is held back, and every byte arrives in the end.
// timeout: 60
// stdout: paused: 0 pieces, no complete; the server was held back: true
// stdout: all 20971520 bytes right: true
// stdout: small answer, paused in the response listener: nothing yet
// stdout: small answer: hello, complete
const SIZE = 20 * 1024 * 1024;
let heldBack = false;
const server = node.http.createServer((request, response) => {
  response.sendHeader(200, []);
  if (request.uri.path === "/small") {
    response.sendBody("hello");
    return response.finish();
  }
  let at = 0;
  const piece = new Uint8Array(65536);
  (function more() {
    while (at < SIZE) {
      for (let i = 0; i < piece.length; i++) piece[i] = (at + i) % 251;
      at += piece.length;
      if (!response.sendBody(piece)) {
        heldBack = true;
        return setTimeout(more, 1);
      }
    }
    response.finish();
  })();
});
server.listen(ARGV[2]);
const client = node.http.createClient(ARGV[2]);
client.get("/").finish((response) => {
  let pieces = 0;
  let at = 0;
  let right = true;
  response.setBodyEncoding("bytes");
  response.addListener("body", (chunk) => {
    pieces++;
    for (let i = 0; i < chunk.length; i++) if (chunk[i] !== (at + i) % 251) right = false;
    at += chunk.length;
    response.pause();
    setTimeout(() => response.resume(), 0);
  });
  response.addListener("complete", () => {
    puts("all " + at + " bytes right: " + right);
    small();
  });
  response.pause();
  setTimeout(() => {
    puts("paused: " + pieces + " pieces, no complete; the server was held back: " + heldBack);
    response.resume();
  }, 100);
});
function small() {
  client.get("/small").finish((response) => {
    let said = "nothing yet";
    let body = "";
    response.pause();
    response.addListener("body", (chunk) => (said = body += String.fromCharCode(...chunk)));
    response.addListener("complete", () => {
      puts("small answer: " + body + ", complete");
      server.close();
    });
    setTimeout(() => {
      puts("small answer, paused in the response listener: " + said);
      response.resume();
    }, 50);
  });
}
