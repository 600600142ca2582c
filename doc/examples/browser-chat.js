#!/usr/bin/env node
// A chat in the browser: messages come as Server-Sent Events, the last twenty to who is new.
// Start: node browser-chat.js [PORT]
// Try:   http://127.0.0.1:8000/ in two windows, or curl -N http://127.0.0.1:8000/events
//        and curl -d 'Hello' http://127.0.0.1:8000/say
const port = Number(ARGV[2] || 8000);
const PAGE = `<!DOCTYPE html><meta charset="utf-8"><title>Chat</title>
<ul id="list"></ul><form id="form"><input id="text" autofocus autocomplete="off"> <button>Say</button></form>
<script>
  new EventSource("/events").onmessage = (event) => {
    const item = list.appendChild(document.createElement("li"));
    item.textContent = JSON.parse(event.data);
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    fetch("/say", { method: "POST", body: text.value });
    text.value = "";
  };
</script>
`;
const listeners = new Set(); // responses
const recent = [];

function say(response, status, text = "", type = "text/plain") {
  response.sendHeader(status, [["Content-Type", type]]);
  response.sendBody(text, "utf8");
  response.finish();
}

function tell(text) {
  const event = `data: ${JSON.stringify(text)}\n\n`;
  recent.push(event);
  if (recent.length > 20) recent.shift();
  for (const response of listeners) response.sendBody(event, "utf8");
}

const server = node.http.createServer((request, response) => {
  const what = request.method + " " + request.uri.path;
  if (what === "GET /") return say(response, 200, PAGE, "text/html; charset=utf-8");
  if (what === "GET /events") {
    response.addListener("close", () => listeners.delete(response));
    response.sendHeader(200, [["Content-Type", "text/event-stream"], ["Cache-Control", "no-store"]]);
    response.sendBody(": welcome\n\n" + recent.join(""), "utf8");
    return listeners.add(response);
  }
  if (what !== "POST /say") return say(response, 404, "Not Found\n");
  let body = "";
  request.setBodyEncoding("utf8");
  request.addListener("body", (text) => { body += text; });
  request.addListener("complete", () => { tell(body); say(response, 204); });
}, { bodyBytes: 10000, outputLimit: 1024 * 1024 });
server.listen(port, "127.0.0.1");
setInterval(() => { for (const response of listeners) response.sendBody(": still here\n\n"); }, 15000);
puts(`Chat at http://127.0.0.1:${server.port}/`);
