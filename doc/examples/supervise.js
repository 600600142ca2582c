#!/usr/bin/env node
// Keeps a program running: starts it again when it dies, at once at first, later with growing pauses. Ends when the
// program ends with exit code 0, and ends it when it is ended itself.
// Start: node supervise.js PROGRAM [ARGUMENT...]
// Try:   node supervise.js sh -c 'echo working; sleep 2; exit 1'
const command = ARGV.slice(2);
const FIRST_PAUSE = 100; // milliseconds
const LONGEST_PAUSE = 30000;
const GOOD_RUN = 10000; // after so long it is not the same trouble any more
let pause = FIRST_PAUSE;
let child = null;

function start() {
  const begun = Date.now();
  child = node.createProcess(command, { encoding: "bytes" });
  puts(`supervise: started process ${child.pid}`);
  child.close();
  child.addListener("output", (data) => { if (data !== null) stdout.write(data); });
  child.addListener("error", (data) => { if (data !== null) stderr.write(data); });
  child.addListener("exit", (code, signal) => {
    child = null;
    puts(`supervise: ${signal === null ? `exit code ${code}` : `ended by signal ${signal}`}`);
    if (code === 0) return;
    if (Date.now() - begun > GOOD_RUN) pause = FIRST_PAUSE;
    puts(`supervise: again in ${pause} ms`);
    setTimeout(start, pause);
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  });
}

try {
  start();
} catch (error) { // there is no such program
  stderr.puts("supervise: " + error.message);
  node.exit(127);
}

function onExit() {
  if (child !== null) child.kill();
}
