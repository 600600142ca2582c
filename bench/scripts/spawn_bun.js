// bench/spawn for bun; see spawn_ours.js.
const [count, heap, kind, command] = [Number(Bun.argv[2]), Number(Bun.argv[3]), Bun.argv[4], Bun.argv[5]];
const words = kind === "argv" ? [command] : ["/bin/sh", "-c", command];
const held = Array.from({ length: heap }, () => new Uint8Array(1 << 20).fill(1));
async function run(times) {
  for (let i = 0; i < times; i++) {
    const child = Bun.spawn(words, { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
    const [code] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
    if (code !== 0) throw new Error("exit code " + code);
  }
}
await Bun.sleep(500);
await run(50);
const began = Bun.nanoseconds();
await run(count);
console.log(Bun.nanoseconds() - began, held.length === heap ? "" : "?");
