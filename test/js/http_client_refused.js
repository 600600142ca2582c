// Nobody listens: every request hears it, the client too, and the program ends.
// stdout: request 0 ECONNREFUSED connect
// stdout: client ECONNREFUSED
// stdout: request 1 ECONNREFUSED connect
// stdout: client ECONNREFUSED
// stdout: disconnects: true,true
// stdout: no-such-host.invalid NXDOMAIN
const client = node.http.createClient(ARGV[2], "127.0.0.1");
const ends = [];
client.addListener("disconnect", (failed) => ends.push(failed));
client.addListener("error", (error) => puts("client " + error.errno));
for (let i = 0; i < 2; i++) {
  const request = client.get("/");
  request.addListener("error", (error) => puts("request " + i + " " + error.errno + " " + error.syscall));
  request.finish(() => puts("a response from nowhere"));
}
setTimeout(() => {
  puts("disconnects: " + ends);
  const lost = node.http.createClient(80, "no-such-host.invalid").get("/");
  lost.addListener("error", (error) => puts("no-such-host.invalid " + error.errno));
  lost.finish();
}, 50);
