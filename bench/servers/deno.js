// The cases of bench/http for Deno.serve: deno.js CASE. Prints the port.
const kind = Deno.args[0];
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
Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: (address) => console.log(address.port) },
  handlers[kind] || (() => new Response(body, { headers })));
