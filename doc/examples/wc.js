#!/usr/bin/env node
// Counts the lines, words and bytes of its standard input, of any size, as wc does.
// Start: node wc.js < FILE
// Try:   seq 1000000 | node wc.js
let lines = 0;
let words = 0;
let bytes = 0;
let inWord = false; // also from one piece to the next

function count(data) {
  bytes += data.length;
  for (const byte of data) {
    if (byte === 10) lines++;
    const blank = byte === 32 || (byte >= 9 && byte <= 13);
    if (!blank && !inWord) words++;
    inWord = !blank;
  }
}

(async function () {
  stdin.encoding = node.BYTES;
  for (let data; (data = await stdin.read(65536)) !== null; ) count(data);
  puts([lines, words, bytes].map((number) => String(number).padStart(7)).join(" "));
})();
