// A first piece goes out however large it is; what waits behind it is bounded by outputLimit. cat bounds what it keeps.
// timeout: 60
// stdout: alone: 200 after 3000 bytes
// stdout: behind another answer, one piece: 200 after 3000 bytes
// stdout: behind another answer, the second piece: sendBody false, request ENOBUFS 127.0.0.1:{{\d+}}: {{\d+}} bytes of the body wait for the answers before
// stdout: the first: 200
// stdout: cat raw, 33554432 bytes: 33554432 integers
// stdout: cat raw, 33554433 bytes: EFBIG: more than 33554432 bytes; the encoding "bytes" takes more
// stdout: cat bytes, 33554433 bytes: 33554433
const MIB = new Uint8Array(1 << 20);
const server = node.http.createServer((request, response) => {
  const path = request.uri.path;
  if (path.startsWith("/give/")) {
    let left = Number(path.slice(6));
    response.sendHeader(200, [["Content-Length", left]]);
    const more = () => {
      while (left > 0) {
        const piece = left < MIB.length ? MIB.subarray(0, left) : MIB;
        left -= piece.length;
        if (!response.sendBody(piece) && left > 0) return;
      }
      response.finish();
    };
    response.addListener("drain", more);
    return more();
  }
  let got = 0;
  request.addListener("body", (chunk) => (got += chunk.length));
  request.addListener("complete", () => {
    response.sendHeader(200, []);
    response.sendBody(String(got));
    response.finish();
  });
});
server.listen(0);
const client = node.http.createClient(server.port, "127.0.0.1", { outputLimit: 1000 });
function report(what, request, done) {
  request.finish((response) => {
    let text = "";
    response.setBodyEncoding("ascii");
    response.addListener("body", (chunk) => (text += chunk));
    response.addListener("complete", () => {
      puts(what + ": " + response.statusCode + (text === "0" ? "" : " after " + text + " bytes"));
      done();
    });
  });
}
const alone = client.post("/");
alone.sendBody("x".repeat(3000));
report("alone", alone, () => {
  client.get("/").finish();
  const second = client.post("/");
  second.sendBody("x".repeat(3000));
  report("behind another answer, one piece", second, () => {
    const first = client.get("/");
    const third = client.post("/");
    let error;
    third.addListener("error", (e) => (error = e));
    third.sendBody("x".repeat(3000));
    const goOn = third.sendBody("y");
    puts("behind another answer, the second piece: sendBody " + goOn + ", " + error.message);
    report("the first", first, cat);
  });
});
function cat() {
  const url = "http://127.0.0.1:" + server.port + "/give/";
  const most = 32 * 1024 * 1024;
  node.http.cat(url + most).addCallback((all) => {
    puts("cat raw, " + most + " bytes: " + all.length + " integers");
    node.http.cat(url + (most + 1)).addErrback((error) => {
      puts("cat raw, " + (most + 1) + " bytes: " + error.errno + ": " + error.message.replace(/^.*: (?=more)/, ""));
      node.http.cat(url + (most + 1), "bytes").addCallback((bytes) => {
        puts("cat bytes, " + (most + 1) + " bytes: " + bytes.length);
        server.close();
      });
    });
  });
}
