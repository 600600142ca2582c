// bench/spawn for Node.js; see spawn_ours.js.
const { spawn } = require("child_process");
const [count, heap, kind, command] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4], process.argv[5]];
const held = Array.from({ length: heap }, () => new Uint8Array(1 << 20).fill(1));
let began;
function next(left) {
  if (left === count) began = process.hrtime.bigint();
  if (left === 0) return console.log(String(process.hrtime.bigint() - began), held.length === heap ? "" : "?");
  const child = kind === "argv" ? spawn(command) : spawn("/bin/sh", ["-c", command]);
  child.stdout.resume();
  child.stderr.resume();
  child.on("close", (code) => {
    if (code !== 0) throw new Error("exit code " + code);
    next(left - 1);
  });
}
setTimeout(() => next(count + 50), 500);
