#!/usr/bin/env node
// Looks for a regular expression in all files below a folder. Exit code 0 when it was found, 1 when not, 2 on errors.
// Start: node grep.js PATTERN [FOLDER]
// Try:   node grep.js 'createServer\(' . | head -3
const [, , pattern, folder = "."] = ARGV;
let found = 0;
let errors = 0;

function complain(message) {
  errors++;
  stderr.puts("grep: " + message);
}

async function searchFile(path, expression) {
  const text = await node.fs.cat(path);
  if (text.includes("\0")) return; // not a text
  text.split("\n").forEach((line, index) => {
    if (!expression.test(line)) return;
    found++;
    puts(`${path}:${index + 1}:${line}`);
  });
}

async function search(path, expression) {
  try {
    const stats = await node.fs.lstat(path); // links are not followed: no cycles
    if (stats.isFile()) return await searchFile(path, expression);
    if (!stats.isDirectory()) return;
    for (const name of await node.fs.readdir(path)) await search(node.path.join(path, name), expression);
  } catch (error) {
    complain(error.message);
  }
}

(async function () {
  try {
    if (pattern === undefined) throw new Error("usage: node grep.js PATTERN [FOLDER]");
    await search(folder, new RegExp(pattern));
  } catch (error) {
    complain(error.message); // a bad pattern
  }
  node.exit(errors > 0 ? 2 : found > 0 ? 0 : 1);
})();
