#!/usr/bin/env node
// A chat in the browser: messages come as Server-Sent Events, the last twenty at once to who is new.
// Start: node browser-chat.js [PORT]
// Try:   http://127.0.0.1:8000/ in two windows; curl -N http://127.0.0.1:8000/events
//        and curl -d 'Hello' http://127.0.0.1:8000/say
const port = Number(ARGV[2] || 8000);
const PAGE = `<!DOCTYPE html><meta charset="utf-8"><title>Chat</title>
<ul id="list"></ul><form id="form"><input id="text" autofocus autocomplete="off"> <button>Say</button></form>
<script>
  new EventSource("/events").onmessage = (event) => {
    list.appendChild(document.createElement("li")).textContent = JSON.parse(event.data);
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    fetch("/say", { method: "POST", body: text.value });
    text.value = "";
  };
</script>\n`;
const listeners = new Set(); // responses
const recent = []; // events

function say(response, status, text = "", type = "text/plain") {
  response.sendHeader(status, [["Content-Type", type]]);
  response.sendBody(text, "utf8");
  response.finish();
}

function tell(text) {
  const event = `data: ${JSON.stringify(text)}\n\n`;
  if (recent.push(event) > 20) recent.shift();
  for (const response of listeners) response.sendBody(event, "utf8");
}

function listen(response) {
  listeners.add(response);
  response.addListener("close", () => listeners.delete(response));
  response.sendHeader(200, [["Content-Type", "text/event-stream"], ["Cache-Control", "no-store"]]);
  response.sendBody(": welcome\n\n" + recent.join(""), "utf8");
}

const server = node.http.createServer((request, response) => {
  const what = request.method + " " + request.uri.path;
  if (what === "GET /") return say(response, 200, PAGE, "text/html; charset=utf-8");
  if (what === "GET /events") return listen(response);
  if (what !== "POST /say") return say(response, 404, "Not Found\n");
  let body = "";
  request.setBodyEncoding("utf8");
  request.addListener("body", (text) => { body += text; });
  request.addListener("complete", () => { tell(body); say(response, 204); });
}, { bodyBytes: 10000, outputLimit: 1024 * 1024 }); // who reads too slowly is dropped
server.listen(port, "127.0.0.1");
puts(`Chat at http://127.0.0.1:${server.port}/`);
