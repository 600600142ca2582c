#!/usr/bin/env node
// Copies a file, shows how far it is, and gives its CRC-32 (that of zip and gzip). Does not overwrite.
// Start: node copy.js FROM TO
// Try:   node copy.js /bin/bash /tmp/bash-copy
const [, , from, to] = ARGV;
const PIECE = 1024 * 1024;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? 0xedb88320 ^ (byte >>> 1) : byte >>> 1;
  return byte;
});

function crc32(data, crc) {
  for (const byte of data) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return crc;
}

async function copy(source, target, size) {
  let [bytes, tenths, crc] = [0, 0, -1];
  for (let data; (data = await source.read(PIECE)) !== null; ) {
    await target.write(data);
    crc = crc32(data, crc);
    bytes += data.length;
    const now = Math.floor((10 * bytes) / Math.max(bytes, size)); // it may grow meanwhile
    if (now > tenths) puts(`${10 * (tenths = now)} %`);
  }
  await node.fs.fsync(target.fd);
  await target.close();
  puts(`${bytes} bytes, CRC-32 ${(~crc >>> 0).toString(16).padStart(8, "0")}`);
}

(async function () {
  const source = new node.fs.File({ encoding: "bytes" });
  const target = new node.fs.File();
  try {
    if (to === undefined) throw new Error("usage: node copy.js FROM TO");
    const stats = await node.fs.stat(from);
    if (!stats.isFile()) throw new Error(`${from} is not a regular file`);
    await source.open(from, "r");
    await target.open(to, "wx");
    await copy(source, target, stats.size);
  } catch (error) {
    stderr.puts("copy: " + error.message);
    if (target.fd !== null) await node.fs.unlink(to); // half a copy helps nobody
    node.exit(1);
  }
})();
