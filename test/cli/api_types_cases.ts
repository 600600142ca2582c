// Uses of doc/node.d.ts, checked by api_types_test.py with TypeScript's compiler. A line that ends in "// error N" must be
// reported with that code, all others must not.
/** Fails to compile unless both types are the same. */
declare function same<A, B>(yes: (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false): void;

// Globals.
puts(1).addCallback((bytes) => same<typeof bytes, number>(true));
print([104, 105]);
p();
const program: string = ARGV[0];
const first: number = ARGV[0]; // error 2322
console.log(1, "a", null);
console.dir(1); // error 2339
process.exit(1); // error 2591
document.title; // error 2584
const timer: node.Timer = setTimeout(function () { clearTimeout(this); }, 10);
setInterval(() => timer.stop(), 10);
setTimeout("1", 10); // error 2345
clearTimeout(1); // error 2345
clearInterval(null);
timer.repeat = "1"; // error 2322
require("a.js").whatever();
require(1); // error 2345
const done: void = include("a.js");
onLoad = () => puts(__filename);
exports.name = 1;

// Events.
const emitter = new node.EventEmitter<{ moved: [x: number, y: number] }>();
emitter.addListener("moved", function (x, y) { same<typeof y, number>(true); this.emit("moved", [x, 1]); }).listeners("moved");
emitter.addListener("other", (a, b) => a + b);
emitter.addListener("moved", (x: string) => x); // error 2345
emitter.emit("moved", [1]); // error 2345
emitter.addListener(1, () => {}); // error 2345
class Walker extends node.EventEmitter<{ step: [] }> {}
new Walker().addListener("step", () => {}).emit("step");
new node.EventEmitter().emit("anything", [1, "a"]);

// Servers.
node.tcp.createServer().addListener("drained", function () { this.close(); });
node.http.createServer().addListener("drained", () => {});
node.http.createServer().addListener("drained", (errno) => errno); // error 2345

// Signals.
node.signals.addListener("SIGTERM", function (name, number) { same<typeof number, number>(true); this.emit(name, [name, number]); });
node.signals.addListener("SIGHUP", null).listeners("SIGHUP").push(() => {});
node.signals.listeners("SIGINT").length = 0;
node.signals.addListener("SIGKILL", () => {}); // error 2345
node.signals.addListener(node.SIGTERM, () => {}); // error 2345
node.signals.addListener("SIGTERM", (name: number) => name); // error 2345
node.signals.listeners("sigterm"); // error 2345

// Promises.
async function promises() {
  const stats = await node.fs.stat("a");
  same<typeof stats, node.fs.Stats>(true);
  same<typeof stats.mtime, Date>(true);
  const fd = await node.fs.open("a", node.O_RDONLY);
  same<typeof fd, number>(true);
  const nothing = await node.fs.close(fd);
  same<typeof nothing, undefined>(true);
  const addresses = await node.dns.resolve4("example.com");
  same<typeof addresses, string[]>(true);
  const data = await node.fs.read(fd, 10);
  same<typeof data, number[] | null>(true);
  const text = await node.fs.read(fd, 10, null, node.UTF8);
  same<typeof text, string | null>(true);
  const bytes = await node.fs.read(fd, 10, 0, "bytes");
  same<typeof bytes, Uint8Array | null>(true);
  const content = await node.cat("http://127.0.0.1/");
  same<typeof content, number[]>(true);
  const page = await node.http.cat("http://127.0.0.1/", "utf8");
  same<typeof page, string>(true);
  const all = await Promise.all([node.fs.exists("a"), node.fs.readdir(".")]);
  same<typeof all, [boolean, string[]]>(true);
  const length: string = await node.fs.write(fd, "a"); // error 2322
  const chained = await node.fs.cat("a").then((given) => given.length, () => null);
  same<typeof chained, number | null>(true);
  node.fs.cat("a").then(null, (error) => same<typeof error, node.SystemError>(true));
  node.dns.resolve4("a").then(null, (error) => same<typeof error.args, [code: number, message: string]>(true));
  await new Promise((resolve) => setTimeout(resolve, 10));
}
const own = new node.Promise<[name: string, size: number]>();
own.addCallback((name, size) => same<typeof size, number>(true)).addErrback((error) => puts(error.message));
own.emitSuccess(["a", 1]);
own.emitSuccess([1, "a"]); // error 2322 2322
own.emitError([new Error("a")]);
const loose = new node.Promise();
loose.emitError([404, "a"]);
loose.addCallback((given) => given.whatever());
node.dns.resolveMx("a").addCallback((records, ttl, cname) => puts(records[0].exchange.length + ttl + cname.length));
node.dns.resolveMx("a").addErrback((code, message) => same<typeof code, number>(true));
node.fs.unlink("a").addErrback((error) => puts(error.errno + error.syscall + error.path));
node.fs.unlink("a").addErrback((error) => puts(error.ernno)); // error 2551
promises();

// Files.
node.fs.open("a", "r"); // error 2345
node.fs.mkdir("a", 0o755, true);
node.fs.utimes("a", new Date(), 0);
node.fs.watch("a", function (kind, name) { if (kind === "lost") this.close(); });
node.fs.watch("a", (kind) => kind === "gone"); // error 2367
new node.fs.Stats(); // error 2673
const file = new node.fs.File({ encoding: "utf8" });
file.open("a", "r+").addCallback((fd) => puts(fd));
file.open("a", "rw"); // error 2345
file.read(10).addCallback((text) => same<typeof text, string | null>(true));
node.fs.File({ fd: 0 }).read(1, 0);
const detached = stdout.puts;
detached(1);
stdin.encoding = node.BYTES;
stdin.encoding = "latin"; // error 2322

// Processes.
const child = node.createProcess(["sort", "-n"], { cwd: "/tmp", env: { A: 1 } });
child.addListener("output", function (data) { same<typeof data, string | null>(true); this.pause(); });
child.addListener("exit", (code, signal) => same<typeof signal, number | null>(true));
child.addListener("exit", (code: string) => code); // error 2345
node.createProcess("ls", { encoding: "bytes" }).addListener("output", (data) => same<typeof data, Uint8Array | null>(true));
node.createProcess("ls", { encoding: "latin" }); // error 2769
child.kill(node.SIGKILL);
const pid: number = child.pid; // error 2322
child.write(new Uint8Array(1)) && child.close();

// TCP.
const echo = node.tcp.createServer((socket) => {
  socket.addListener("receive", (data) => socket.send(data));
  socket.addListener("disconnect", (hadError) => same<typeof hadError, boolean>(true));
  if (socket.readyState === "opne") return; // error 2367
}, { timeout: 1 });
echo.listen(8000, "127.0.0.1", 10);
echo.listen("8000", 10);
echo.listen(); // error 2554
const port: number | undefined = echo.port;
echo.addListener("connection", function (socket) { same<typeof socket, node.tcp.Connection>(true); this.close(); });
node.tcp.createConnection("/tmp/socket").setEncoding("utf8");

// HTTP.
const server = node.http.createServer(function (request, response) {
  const [name, value] = request.headers[0];
  same<typeof value, string>(true);
  request.setBodyEncoding("utf8");
  request.addListener("body", (chunk) => response.sendBody(chunk));
  request.addListener("complete", () => response.finish());
  response.sendHeader(200, [["Content-Type", "text/plain"], ["Content-Length", 1]]);
  response.sendHeader("200"); // error 2345
  response.end(); // error 2339
  puts(request.uri.params.name + request.uri.path + request.connection.remoteAddress);
  this.close();
}, { requireHost: true });
server.addListener("request", (request, response) => same<typeof response, node.http.ServerResponse>(true));
server.addListener("upgrade", (request, connection, head) => connection.send(head));
server.listen(8000);
const client = node.http.createClient(8000);
client.addListener("error", (error) => puts(error.message));
const request = client.get("/", [["A", "b"]]);
request.finish((response) => same<typeof response.statusCode, number>(true));
request.finish((response: string) => {}); // error 2345
request.addListener("error", (error) => same<typeof error, node.NetworkError>(true));
new node.http.ClientRequest(); // error 2673
client.send("a"); // error 2554
puts(node.http.STATUS_CODES[200].length);
const uri: string | undefined = node.http.parseUri("http://a/b").query;

// Names, paths, the rest.
const resolver = new node.dns.Resolver({ servers: ["127.0.0.1:8000"], timeout: 1, attempts: 1 });
resolver.servers = undefined;
resolver.cache.clear();
resolver.lookup("a", { family: 5 }); // error 2322
node.dns.servers = ["127.0.0.1"];
if (node.dns.cache.size > 0 && node.dns.NXDOMAIN === -3) node.dns.cache.clear();
const joined: string = node.path.join(node.path.dirname(__filename), "a");
node.path.join(1); // error 2345
function ends(): never { return node.exit(1); }
export {};
