// bench/fs for Node.js, and with Bun's own way to read a file for bun; see fs_ours.js.
const fs = require("fs");
const [kind, from, ...rest] = process.argv.slice(2);
let bytes = 0;
const began = process.hrtime.bigint();

async function cat(folder, count) {
  let next = 0;
  const text = typeof Bun === "undefined" ? (path) => fs.promises.readFile(path, "utf8") : (path) => Bun.file(path).text();
  async function worker() {
    while (next < count) {
      const content = await text(folder + "/f" + next++);
      bytes += content.length;
    }
  }
  await Promise.all(Array.from({ length: 64 }, worker));
}

// Two buffers: the next read beside the write before.
async function copy(from, to, block) {
  const source = await fs.promises.open(from, "r");
  const target = await fs.promises.open(to, "w");
  const buffers = [Buffer.allocUnsafe(block), Buffer.allocUnsafe(block)];
  let writing;
  for (let i = 0; ; i++) {
    const buffer = buffers[i % 2];
    const { bytesRead } = await source.read(buffer, 0, block, null);
    await writing;
    if (bytesRead === 0) break;
    bytes += bytesRead;
    writing = target.write(buffer, 0, bytesRead, null);
  }
  await source.close();
  await target.close();
}

(kind === "cat" ? cat(from, Number(rest[0])) : copy(from, rest[0], Number(rest[1]))).then(() => {
  console.log(String(process.hrtime.bigint() - began), bytes);
});
