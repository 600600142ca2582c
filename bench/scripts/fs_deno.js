// bench/fs for Deno; see fs_ours.js.
const [kind, from, ...rest] = Deno.args;
let bytes = 0;
const began = performance.now();

async function cat(folder, count) {
  let next = 0;
  async function worker() {
    while (next < count) {
      const content = await Deno.readTextFile(folder + "/f" + next++);
      bytes += content.length;
    }
  }
  await Promise.all(Array.from({ length: 64 }, worker));
}

// Two buffers: the next read beside the write before.
async function copy(from, to, block) {
  const source = await Deno.open(from);
  const target = await Deno.open(to, { write: true, create: true, truncate: true });
  const buffers = [new Uint8Array(block), new Uint8Array(block)];
  const writeAll = async (data) => {
    for (let at = 0; at < data.length; ) at += await target.write(data.subarray(at));
  };
  let writing;
  for (let i = 0; ; i++) {
    const buffer = buffers[i % 2];
    const count = await source.read(buffer);
    await writing;
    if (count === null) break;
    bytes += count;
    writing = writeAll(buffer.subarray(0, count));
  }
  source.close();
  target.close();
}

await (kind === "cat" ? cat(from, Number(rest[0])) : copy(from, rest[0], Number(rest[1])));
console.log(Math.round((performance.now() - began) * 1e6), bytes);
