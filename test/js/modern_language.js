// Scripts speak what the engine speaks.
// stdout: 1 2 3 {"a":1} 5 1267650600228229401496703205376 x
class Counter { #n = 0; next() { return ++this.#n; } }
const counter = new Counter();
const { a, ...rest } = { a: 1, b: undefined };
(async () => {
  const five = await new Promise((resolve) => setTimeout(() => resolve(5), 1));
  puts(`${counter.next()} ${counter.next()} ${counter.next()} ${JSON.stringify({ a, ...rest })} ${five ?? 0} ${2n ** 100n} ${"x".at(-1)}`);
})();
