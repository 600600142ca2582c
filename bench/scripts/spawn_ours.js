// bench/spawn for this project: spawn_ours.js COUNT HEAP_MB shell|argv COMMAND. Prints nanoseconds.
var count = Number(ARGV[2]), held = [], command = ARGV[4] === "argv" ? [ARGV[5]] : ARGV[5];
for (var i = 0; i < Number(ARGV[3]); i++) held.push(new Uint8Array(1 << 20).fill(1));
var began;
function next(left) {
  if (left === count) began = now();
  if (left === 0) return puts(now() - began);
  node.createProcess(command).addListener("exit", function (code) {
    if (code !== 0) throw new Error("exit code " + code);
    next(left - 1);
  });
}
function now() { return Date.now() * 1e6; }
setTimeout(function () { next(count + 50); }, 500);
