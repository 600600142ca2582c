// The echo of bench/tcp for Deno.listen. Prints the port.
async function echo(connection) {
  connection.setNoDelay(true);
  const buffer = new Uint8Array(65536);
  try {
    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) break;
      for (let sent = 0; sent < count;) sent += await connection.write(buffer.subarray(sent, count));
    }
  } catch {
    // The load ends with its connections open.
  }
  connection.close();
}
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
console.log(listener.addr.port);
for await (const connection of listener) echo(connection);
