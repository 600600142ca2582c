#!/usr/bin/env node
// Takes uploads of any size: a body goes to the disk as it comes, and gets its name when all of it is there.
// Start: node upload.js [PORT] [FOLDER]
// Try:   curl -T README.md http://127.0.0.1:8000/
const port = Number(ARGV[2] || 8000);
const folder = ARGV[3] || ".";

function say(response, status, text) {
  response.sendHeader(status, [["Content-Type", "text/plain"]]);
  response.sendBody(text + "\n", "utf8");
  response.finish();
}

const server = node.http.createServer((request, response) => {
  const name = (request.uri.path || "").slice(1);
  if (request.method !== "PUT") return say(response, 405, "PUT a file");
  if (!/^\w[\w.-]{0,99}$/.test(name)) return say(response, 400, "Bad name of a file");
  const path = node.path.join(folder, name);
  const part = node.path.join(folder, `.${name}.part`);
  const file = new node.fs.File();
  let bytes = 0;
  let failed = false;
  function fail(error) {
    if (failed) return;
    failed = true;
    request.resume();
    file.close();
    opened.addCallback(() => node.fs.unlink(part));
    if (error !== undefined) say(response, error.errno === "EEXIST" ? 409 : 500, error.message);
  }
  response.addListener("close", () => fail()); // the client has gone

  file.addListener("error", fail);
  const opened = file.open(part, "wx"); // writes wait for it
  request.setBodyEncoding("bytes");
  request.addListener("body", (data) => {
    if (failed) return;
    bytes += data.length;
    request.pause();
    file.write(data).addCallback(() => request.resume());
  });
  request.addListener("complete", async () => {
    try {
      await file.close();
      await node.fs.rename(part, path);
      say(response, 201, `${name}: ${bytes} bytes`);
    } catch (error) { fail(error); }
  });
});
server.listen(port, "127.0.0.1");
puts(`PUT files into ${folder} at http://127.0.0.1:${server.port}/`);
