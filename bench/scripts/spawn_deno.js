// bench/spawn for Deno; see spawn_ours.js.
const [count, heap, kind, command] = [Number(Deno.args[0]), Number(Deno.args[1]), Deno.args[2], Deno.args[3]];
const held = Array.from({ length: heap }, () => new Uint8Array(1 << 20).fill(1));
const [program, args] = kind === "argv" ? [command, []] : ["/bin/sh", ["-c", command]];
async function run(times) {
  for (let i = 0; i < times; i++) {
    const child = new Deno.Command(program, { args, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
    const [{ code }] = await Promise.all([child.output(), child.stdin.close()]);
    if (code !== 0) throw new Error("exit code " + code);
  }
}
await new Promise((resolve) => setTimeout(resolve, 500));
await run(50);
const began = performance.now();
await run(count);
console.log((performance.now() - began) * 1e6, held.length === heap ? "" : "?");
