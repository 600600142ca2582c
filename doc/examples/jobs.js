#!/usr/bin/env node
// Runs the commands that stand in the lines of its standard input, some of them at once, and prints what they print,
// job by job. Exit code 1 when one has failed. Ctrl-C ends them all.
// Start: node jobs.js [AT_ONCE] < COMMANDS
// Try:   printf 'sleep 1; date\nsleep 1; date\nfalse\n' | node jobs.js 2
const atOnce = Number(ARGV[2] || 2);
const running = new Set();
let failures = 0;
if (!(atOnce >= 1)) {
  stderr.puts("usage: node jobs.js [AT_ONCE] < COMMANDS");
  return node.exit(2);
}

function run(command, number) {
  return new Promise((done) => {
    const child = node.createProcess(command);
    let output = "";
    const collect = (text) => { if (text !== null) output += text; };
    running.add(child);
    child.close(); // it has no input
    child.addListener("output", collect);
    child.addListener("error", collect);
    child.addListener("exit", (code) => {
      running.delete(child);
      if (code !== 0) failures++;
      print(`[${number}] ${command}: exit code ${code}\n${output}`);
      done();
    });
  });
}

(async function () {
  const text = await node.fs.cat("/dev/stdin");
  const commands = text.split("\n").filter((line) => line.trim() !== "");
  let next = 0;
  const work = async () => { while (next < commands.length) await run(commands[next], ++next); };
  await Promise.all(Array.from({ length: Math.min(atOnce, commands.length) }, work));
  puts(`${commands.length} jobs, ${failures} failed`);
  node.exit(failures > 0 ? 1 : 0);
})();

function onExit() {
  for (const child of running) child.kill();
}
