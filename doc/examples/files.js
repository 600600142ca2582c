#!/usr/bin/env node
// A web server of files: content types, ETag, index.html; nothing outside of its folder.
// Start: node files.js [PORT] [FOLDER]
// Try:   curl -i http://127.0.0.1:8000/README.md
//        curl -i --path-as-is http://127.0.0.1:8000/../../etc/passwd
const port = Number(ARGV[2] || 8000);
const folder = ARGV[3] || ".";
const TYPES = { html: "text/html; charset=utf-8", txt: "text/plain; charset=utf-8", md: "text/markdown; charset=utf-8",
  css: "text/css", js: "text/javascript", json: "application/json", png: "image/png", jpg: "image/jpeg", svg: "image/svg+xml" };
const STATUS = { ENOENT: 404, ENOTDIR: 404, ENAMETOOLONG: 404, EINVAL: 404, ELOOP: 404, EACCES: 403 };

function say(response, status, headers = []) {
  response.sendHeader(status, [["Content-Type", "text/plain"], ...headers]);
  response.sendBody(status === 304 ? "" : node.http.STATUS_CODES[status] + "\n");
  response.finish();
}

async function serve(request, response, client) {
  const root = await node.fs.realpath(folder);
  const name = decodeURIComponent(request.uri.path).replace(/\/$/, "/index.html");
  const path = await node.fs.realpath(root + "/" + name); // follows links and ".."
  if (!(path + "/").startsWith(root === "/" ? root : root + "/")) return say(response, 403);
  const stats = await node.fs.stat(path);
  if (stats.isDirectory()) return say(response, 301, [["Location", request.uri.path.replace(/^\/+/, "/") + "/"]]);
  if (!stats.isFile()) return say(response, 403);
  const etag = `"${stats.size.toString(36)}-${stats.mtime.getTime().toString(36)}"`;
  if (request.header("If-None-Match") === etag) return say(response, 304, [["ETag", etag]]);
  const type = TYPES[/[^.]*$/.exec(path)[0].toLowerCase()] || "application/octet-stream";
  const file = new node.fs.File({ encoding: "bytes" });
  await file.open(path, "r");
  client.answered = true;
  response.sendHeader(200, [["Content-Type", type], ["Content-Length", stats.size], ["ETag", etag]]);
  for (let left = request.method === "HEAD" ? 0 : stats.size, data; left > 0 && !client.gone; left -= data.length) {
    data = (await file.read(Math.min(left, 65536))) || [];
    if (data.length === 0 || client.gone) break;
    if (!response.sendBody(data)) await new Promise((resolve) => { client.wake = resolve; });
  }
  file.close();
  response.finish();
}

const server = node.http.createServer((request, response) => {
  if (request.method !== "GET" && request.method !== "HEAD") return say(response, 405, [["Allow", "GET, HEAD"]]);
  const client = { gone: false, answered: false, wake() {} };
  response.addListener("drain", () => client.wake());
  response.addListener("close", () => { client.gone = true; client.wake(); });
  serve(request, response, client).catch((error) => {
    if (client.answered) return response.connection.forceClose(); // the file is shorter than it was
    say(response, error instanceof URIError ? 400 : STATUS[error.errno] || 500);
  });
});
server.listen(port, "127.0.0.1");
puts(`Files of ${folder} at http://127.0.0.1:${server.port}/`);
