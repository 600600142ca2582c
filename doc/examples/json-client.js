#!/usr/bin/env node
// Talks to the JSON API of json-api.js.
// Start: node json-client.js [PORT] [list | add TEXT | done ID | remove ID]
// Try:   node json-api.js 8000 & node json-client.js 8000 add "Buy milk"; node json-client.js 8000 done 1
const port = Number(ARGV[2] || 8000);
const command = ARGV[3] || "list";
const argument = ARGV.slice(4).join(" ");
const client = node.http.createClient(port, "127.0.0.1", { timeout: 10 });

// Gives what the API answers, as a promise; throws what it complains of. `method`: "get", "post", "put", "del".
function call(method, path, value) {
  const request = client[method](path, [["Accept", "application/json"], ["Content-Type", "application/json"]]);
  if (value !== undefined) request.sendBody(JSON.stringify(value), "utf8");
  return new Promise((resolve, reject) => {
    request.addListener("error", reject);
    request.finish((response) => {
      let body = "";
      response.setBodyEncoding("utf8");
      response.addListener("body", (text) => { body += text; });
      response.addListener("error", reject);
      response.addListener("complete", () => {
        if (response.statusCode >= 400) return reject(new Error(`${response.statusCode} ${body.trim()}`));
        resolve(body === "" ? undefined : JSON.parse(body));
      });
    });
  });
}

const show = (todo) => puts(`${todo.id} [${todo.done ? "x" : " "}] ${todo.text}`);
const commands = {
  list: async () => (await call("get", "/todos")).forEach(show),
  add: async () => show(await call("post", "/todos", { text: argument })),
  done: async () => show(await call("put", "/todos/" + argument, { done: true })),
  remove: () => call("del", "/todos/" + argument),
};

(async function () {
  try {
    if (!Object.hasOwn(commands, command)) throw new Error(`no such command: ${command}; use ${Object.keys(commands).join(", ")}`);
    await commands[command]();
  } catch (error) {
    stderr.puts("json-client: " + error.message);
    node.exit(1);
  }
})();
