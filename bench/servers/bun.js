// The cases of bench/http for Bun.serve: bun.js CASE. Prints the port.
const kind = process.argv[2];
const body = kind === "body" ? "x".repeat(10240) : "Hello World";
const headers = { "Content-Type": "text/plain" };
const handlers = {
  header(request) {
    if (request.headers.get("x-needle") !== "found") throw new Error("the header is not there");
    return new Response(body, { headers });
  },
  async echo(request) {
    return new Response(await request.arrayBuffer(), { headers });
  },
};
handlers.header100 = handlers.header;
const server = Bun.serve({ port: 0, idleTimeout: 0, hostname: "127.0.0.1", fetch: handlers[kind] || (() => new Response(body, { headers })) });
console.log(server.port);
