#!/usr/bin/env node
// Follows a log by its name, as tail -F does: prints its last lines and what comes, through rotation and truncation,
// and waits for a file that is not there yet.
// Start: node tail.js FILE [LINES]
// Try:   node tail.js /var/log/syslog 5 | grep error
const path = ARGV[2];
const lines = Number(ARGV[3] || 10);
if (path === undefined) {
  stderr.puts("usage: node tail.js FILE [LINES]");
  return node.exit(2);
}
const folder = node.path.dirname(path);
const name = node.path.filename(path);
let fd = null;
let position = 0;

async function print() {
  if (fd === null) return;
  if ((await node.fs.stat(`/proc/self/fd/${fd}`)).size < position) position = 0; // truncated
  for (let data; (data = await node.fs.read(fd, 65536, position, "bytes")) !== null; position += data.length) {
    await stdout.write(data);
  }
}

// Opens what has the name now; `from`: how many of its last lines are to be printed, or all.
async function open(from = Infinity) {
  if (fd !== null) await node.fs.close(fd);
  fd = null;
  try {
    fd = await node.fs.open(path, node.O_RDONLY);
  } catch (error) {
    if (error.errno !== "ENOENT") throw error;
    return; // it will come
  }
  const { size } = await node.fs.stat(`/proc/self/fd/${fd}`);
  position = from === Infinity ? 0 : Math.max(0, size - 65536);
  if (from === Infinity) return;
  const text = (await node.fs.read(fd, 65536, position, "ascii")) || ""; // a character for each byte
  position += text.length - (from === 0 ? "" : text.split(/(?<=\n)/).slice(-from).join("")).length;
}

// One after another: what comes while a file is read waits for its turn.
let queue = open(lines).then(print);
node.fs.watch(folder, (kind, changed) => {
  if (kind === "lost" || changed === null) throw new Error(`${folder}: ${kind}`);
  if (changed !== name) return;
  queue = queue.then(print);
  if (kind === "made") queue = queue.then(() => open()).then(print); // rotated: the old one is read to its end by now
});
