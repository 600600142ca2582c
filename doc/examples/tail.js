#!/usr/bin/env node
// Follows a log by its name, as tail -F does: prints its last lines and what comes, through rotation and truncation,
// and waits for a file that is not there yet.
// Start: node tail.js FILE [LINES]
// Try:   node tail.js /var/log/syslog 5 | grep error
const path = ARGV[2];
const lines = Number(ARGV[3] || 10);
if (path === undefined || !(lines >= 0)) {
  stderr.puts("usage: node tail.js FILE [LINES]");
  return node.exit(2);
}
const folder = node.path.dirname(path);
const name = node.path.filename(path);
let fd = null;
let position = 0;

const status = (descriptor) => node.fs.stat(`/proc/self/fd/${descriptor}`);

async function print() {
  if (fd === null) return;
  if ((await status(fd)).size < position) position = 0; // truncated
  for (let data; (data = await node.fs.read(fd, 65536, position, "bytes")) !== null; position += data.length) {
    await stdout.write(data);
  }
}

// Goes on with what has the name now; `last`: how many of its lines are to be printed, by default all.
async function open(last = Infinity) {
  let next;
  try {
    next = await node.fs.open(path, node.O_RDONLY);
  } catch (error) {
    if (error.errno !== "ENOENT") throw error;
    return; // it will come
  }
  const { ino, size } = await status(next);
  if (fd !== null && (await status(fd)).ino === ino) return node.fs.close(next); // we have met it already
  if (fd !== null) node.fs.close(fd);
  fd = next;
  position = last === Infinity ? 0 : Math.max(0, size - 65536);
  if (last === Infinity) return;
  const text = (await node.fs.read(fd, 65536, position, "ascii")) || ""; // a character for each byte
  position += text.length - (last === 0 ? "" : text.split(/(?<=\n)/).slice(-last).join("")).length;
}

// One after another: what happens while a file is read waits for its turn.
let queue = open(lines).then(print);
node.fs.watch(folder, (kind, changed) => {
  if (kind === "lost" || changed === null) throw new Error(`${folder}: ${kind}`);
  queue = queue.then(print); // also when the file has another name by now
  if (kind === "made" && changed === name) queue = queue.then(() => open()).then(print); // rotated, the old one is read
});
