#!/usr/bin/env node
// Runs a command of the shell at the start, and each time that something in a folder has changed. Changes while it runs
// make it run once more.
// Start: node on-change.js FOLDER COMMAND
// Try:   node on-change.js . 'ls -l | wc -l'        and touch a file in another terminal
const [, , folder, command] = ARGV;
const QUIET = 100; // milliseconds: an editor writes in several steps
let timer = null;
let running = false;
let again = false;

function run() {
  again = running;
  if (running) return;
  running = true;
  const child = node.createProcess(command);
  child.close();
  for (const event of ["output", "error"]) child.addListener(event, (text) => { if (text !== null) print(text); });
  child.addListener("exit", (code) => {
    puts(`exit code ${code}`);
    running = false;
    if (again) run();
  });
}

try {
  if (command === undefined) throw new Error("usage: node on-change.js FOLDER COMMAND");
  const watcher = node.fs.watch(folder, () => {
    clearTimeout(timer);
    timer = setTimeout(run, QUIET);
  });
  watcher.addListener("close", () => puts(`${folder} is gone`));
  run();
} catch (error) {
  stderr.puts("on-change: " + error.message);
  node.exit(1);
}
