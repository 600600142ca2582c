#!/usr/bin/env node
// A list of things to do, kept in memory, with a JSON API: GET, POST /todos; GET, PUT, DELETE /todos/ID.
// Start: node json-api.js [PORT]
// Try:   curl -d '{"text":"Buy milk"}' http://127.0.0.1:8000/todos
//        curl -X PUT -d '{"done":true}' http://127.0.0.1:8000/todos/1
const port = Number(ARGV[2] || 8000);
const todos = new Map(); // id -> { id, text, done }
let lastId = 0;

// Each takes the id and the body, and gives [status, value].
const list = {
  GET: () => [200, [...todos.values()]],
  POST: (_, { text, done = false }) => [201, put({ id: ++lastId, text, done })],
};
const item = {
  GET: (id) => [200, todos.get(id)],
  PUT: (id, { text = todos.get(id).text, done = todos.get(id).done }) => [200, put({ id, text, done })],
  DELETE: (id) => { todos.delete(id); return [204]; },
};

function put(todo) {
  if (typeof todo.text !== "string" || todo.text === "") throw new TypeError("text must be a string, not empty");
  if (typeof todo.done !== "boolean") throw new TypeError("done must be true or false");
  todos.set(todo.id, todo);
  return todo;
}

function handle(request, body) {
  const [, rest] = /^\/todos(?:\/(\d+))?$/.exec(request.uri.path) || [null, "none"];
  if (rest !== undefined && !todos.has(Number(rest))) return [404, { error: "there is no " + request.uri.path }];
  const methods = rest === undefined ? list : item;
  if (!Object.hasOwn(methods, request.method)) return [405, { error: "use " + Object.keys(methods).join(", ") }];
  try {
    return methods[request.method](Number(rest), Object(body === "" ? {} : JSON.parse(body)));
  } catch (error) {
    return [400, { error: error.message }];
  }
}

const server = node.http.createServer((request, response) => {
  let body = "";
  request.setBodyEncoding("utf8");
  request.addListener("body", (text) => { body += text; });
  request.addListener("complete", () => {
    const [status, value] = handle(request, body);
    response.sendHeader(status, [["Content-Type", "application/json"]]);
    if (value !== undefined) response.sendBody(JSON.stringify(value) + "\n", "utf8");
    response.finish();
  });
}, { bodyBytes: 65536 });
server.listen(port, "127.0.0.1");
puts(`To do at http://127.0.0.1:${server.port}/todos`);
