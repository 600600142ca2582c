#!/usr/bin/env node
// A key/value store in memory, a line for each command: SET key value, GET key, DEL key, COUNT, QUIT.
// Start: node key-value.js [PORT]
// Try:   printf 'SET city Vienna\nGET city\nQUIT\n' | nc 127.0.0.1 8000
const port = Number(ARGV[2] || 8000);
const MOST_KEYS = 100000;
const MOST_CHARACTERS = 10000; // of a line
const store = new Map();

const commands = {
  set(key, value) {
    if (key === "" || value === "") return "ERROR: SET key value";
    if (!store.has(key) && store.size >= MOST_KEYS) return "ERROR: the store is full";
    store.set(key, value);
    return "OK";
  },
  get: (key) => (store.has(key) ? "VALUE " + store.get(key) : "NONE"),
  del: (key) => (store.delete(key) ? "OK" : "NONE"),
  count: () => "VALUE " + store.size,
};

function answer(line) {
  const [, command, key, value] = /^(\S*) *(\S*) *(.*)$/s.exec(line);
  const name = command.toLowerCase();
  return Object.hasOwn(commands, name) ? commands[name](key, value) : "ERROR: no such command: " + JSON.stringify(command);
}

const server = node.tcp.createServer((socket) => {
  let rest = "";
  socket.setEncoding("utf8");
  socket.addListener("receive", (text) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop();
    const quit = lines.findIndex((line) => /^quit$/i.test(line));
    const answers = lines.slice(0, quit < 0 ? lines.length : quit).map((line) => answer(line) + "\n").join("");
    if (answers !== "" && !socket.send(answers, "utf8")) socket.pause();
    if (quit >= 0 || rest.length > MOST_CHARACTERS) socket.fullClose();
  });
  socket.addListener("drain", () => socket.resume());
  socket.addListener("eof", () => socket.close());
});
server.listen(port, "127.0.0.1");
puts(`Key/value store at 127.0.0.1:${server.port}`);
