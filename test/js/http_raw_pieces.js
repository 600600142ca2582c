// Raw pieces of bodies are arrays of at most 32,000 integers, in both directions, and a pause between any two is heeded.
// stdout: request: 300000 integers, pieces right: true, heard while paused: 0
// stdout: response: 300000 integers, pieces right: true, heard while paused: 0
// stdout: as bytes: 300000, pieces above 32000: true
const SIZE = 300000;
const body = Uint8Array.from({ length: SIZE }, (_, i) => i % 253);
function collect(message, what, done) {
  let at = 0;
  let right = true;
  let waiting = false;
  let early = 0;
  message.addListener("body", (chunk) => {
    if (waiting) early++;
    if (!Array.isArray(chunk) || chunk.length > 32000) right = false;
    for (let i = 0; i < chunk.length; i++) if (chunk[i] !== (at + i) % 253) right = false;
    at += chunk.length;
    waiting = true;
    message.pause();
    setTimeout(() => {
      waiting = false;
      message.resume();
    }, 1);
  });
  message.addListener("complete", () => {
    puts(what + ": " + at + " integers, pieces right: " + right + ", heard while paused: " + early);
    done();
  });
}
const server = node.http.createServer((request, response) => {
  const answer = () => {
    response.sendHeader(200, [["Content-Length", SIZE]]);
    response.sendBody(body);
    response.finish();
  };
  if (request.method === "POST") collect(request, "request", answer);
  else answer();
});
server.listen(0);
const client = node.http.createClient(server.port);
const post = client.post("/", [["Content-Length", SIZE]]);
post.sendBody(body);
post.finish((response) => collect(response, "response", bytes));
function bytes() {
  client.get("/").finish((response) => {
    response.setBodyEncoding("bytes");
    let length = 0;
    let largest = 0;
    response.addListener("body", (chunk) => {
      length += chunk.length;
      largest = Math.max(largest, chunk.length);
      response.pause(); // so that more than a little has come
      setTimeout(() => response.resume(), 5);
    });
    response.addListener("complete", () => {
      puts("as bytes: " + length + ", pieces above 32000: " + (largest > 32000));
      server.close();
    });
  });
}
