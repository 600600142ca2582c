#!/usr/bin/env node
// A filter made of plugins: each line of the standard input goes through all that are named. A plugin is a module in
// the folder plugins that exports filter(line), which gives a line, or null to drop it.
// Start: node plugins.js PLUGIN...
// Try:   printf 'b\na\nb\n' | node plugins.js unique upper
const plugins = ARGV.slice(2).map((name) => {
  if (!/^[\w-]+$/.test(name)) throw new Error(`no name of a plugin: ${name}`);
  return require(`plugins/${name}.js`); // empty until onLoad
});

function filter(line) {
  for (const plugin of plugins) {
    line = plugin.filter(line);
    if (line === null) return;
  }
  puts(line);
}

// Runs when all plugins are there; their own onLoad have run before.
async function onLoad() {
  let rest = "";
  stdin.encoding = node.UTF8;
  for (let text; (text = await stdin.read(65536)) !== null; ) {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    lines.forEach(filter);
  }
  if (rest !== "") filter(rest);
}
