// A plugin of plugins.js: drops the lines that have been there before, and tells in the end how many these were.
const seen = new Set();
let dropped = 0;

exports.filter = (line) => {
  if (!seen.has(line)) {
    seen.add(line);
    return line;
  }
  dropped++;
  return null;
};

function onExit() {
  puts(`${dropped} dropped`);
}
