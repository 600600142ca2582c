#!/usr/bin/env node
// A shortener of URLs, which it keeps in a file.
// Start: node shorten.js [PORT] [FILE]
// Try:   curl -d https://example.com/a/long/way http://127.0.0.1:8000/
//        curl -i http://127.0.0.1:8000/1
const port = Number(ARGV[2] || 8000);
const path = ARGV[3] || "urls.txt";
const urls = new Map(); // code -> URL
const file = new node.fs.File();
let last = 0; // the code that was given last

function say(response, status, text, headers = []) {
  response.sendHeader(status, [["Content-Type", "text/plain"], ...headers]);
  response.sendBody(text + "\n");
  response.finish();
}

async function add(url, response) {
  if (!/^https?:\/\/[\x21-\x7e]{1,2000}$/.test(url)) return say(response, 400, "The body must be an http or https URL");
  const code = (++last).toString(36);
  try {
    await file.puts(code + " " + url); // first to the file, then to the client
    urls.set(code, url);
    say(response, 201, `http://127.0.0.1:${server.port}/${code}`);
  } catch (error) {
    puts(error.message);
    say(response, 500, "The URL could not be kept");
  }
}

const server = node.http.createServer((request, response) => {
  const url = urls.get(request.uri.file);
  if (request.method === "GET" && url !== undefined) return say(response, 302, url, [["Location", url]]);
  if (request.method === "GET") return say(response, 404, "No such code");
  if (request.method !== "POST") return say(response, 405, "GET or POST", [["Allow", "GET, POST"]]);
  let body = "";
  request.setBodyEncoding("utf8");
  request.addListener("body", (text) => { body += text; });
  request.addListener("complete", () => add(body.trim(), response));
}, { bodyBytes: 4096 });

(async function () {
  await file.open(path, "a"); // makes it
  for (const [, code, url] of (await node.fs.cat(path)).matchAll(/^(\w+) (\S+)$/gm)) {
    urls.set(code, url);
    last = Math.max(last, parseInt(code, 36));
  }
  server.listen(port, "127.0.0.1");
  puts(`Shortener at http://127.0.0.1:${server.port}/ with ${urls.size} URLs of ${path}`);
})();
