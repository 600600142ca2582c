// Listeners that close, ask again and start over, in every event.
// timeout: 60
// stdout: anew in disconnect: A 200, B 200, C 200
// stdout: closed in the last body: body "ab", body "\ufffd"
// stdout: retry in disconnect(true): first ECANCELED, retry 200
// stdout: retry in timeout: first ECANCELED, retry 200
// stdout: early answer lost: error ECANCELED
// stdout: unknown host, told later: request NXDOMAIN, client NXDOMAIN
// stdout: an answer behind a broken send: 413 complete
// stdout: garbage is not asked for twice: EPROTO, 1 time
// stdout: behind an unfinished one: ECANCELED, ECANCELED
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const servers = [];
// A server whose connection number `n` (from 1 on) is handled by `handle(connection, n, text)`.
function serve(handle) {
  let count = 0;
  const server = node.tcp.createServer((connection) => {
    const n = ++count;
    connection.setEncoding("ascii");
    connection.addListener("receive", (text) => handle(connection, n, text));
    connection.addListener("eof", () => connection.close());
  });
  server.listen(0);
  servers.push(server);
  return server.port;
}
const status = (log, name) => (response) => response.addListener("complete", () => log.push(name + " " + response.statusCode));
const failure = (log, name) => (error) => log.push(name + " " + error.errno);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(done) {
  for (let i = 0; i < 2000 && !done(); i++) await wait(5);
}

const cases = {
  async "anew in disconnect"(log) {
    // The end of the first connection comes right behind its answer.
    const client = node.http.createClient(serve((connection) => {
      connection.send(OK);
      connection.close();
    }));
    let once = 0;
    client.addListener("disconnect", () => { if (!once++) client.get("/c").finish(status(log, "C")); });
    client.get("/a").finish((response) => response.addListener("complete", () => {
      log.push("A 200");
      for (const start = Date.now(); Date.now() - start < 20; );
    }));
    client.get("/b").finish(status(log, "B"));
    await until(() => log.length === 3);
  },
  async "closed in the last body"(log) {
    const client = node.http.createClient(serve((connection) => connection.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab\xc3")));
    client.get("/").finish((response) => {
      response.setBodyEncoding("utf8");
      response.addListener("body", (text) => {
        log.push("body " + JSON.stringify(text).replace("\ufffd", "\\ufffd"));
        if (text === "\ufffd") client.forceClose();
      });
      response.addListener("complete", () => log.push("complete"));
    });
    await until(() => log.length === 2);
    await wait(20);
  },
  async "retry in disconnect(true)"(log) {
    const client = node.http.createClient(serve((connection, n) => (n === 1 ? connection.forceClose() : connection.send(OK))));
    client.addListener("disconnect", (bad) => {
      if (!bad) return;
      client.forceClose();
      client.get("/retry").finish(status(log, "retry"));
    });
    const first = client.get("/first");
    first.addListener("error", failure(log, "first"));
    first.finish();
    await until(() => log.length === 2);
  },
  async "retry in timeout"(log) {
    const client = node.http.createClient(serve((connection, n) => n === 2 && connection.send(OK)), undefined, { timeout: 1 });
    client.addListener("timeout", () => {
      client.forceClose();
      const retry = client.get("/retry");
      retry.addListener("error", failure(log, "retry"));
      retry.finish(status(log, "retry"));
    });
    const first = client.get("/first");
    first.addListener("error", failure(log, "first"));
    first.finish();
    await until(() => log.length === 2);
  },
  async "early answer lost"(log) {
    const client = node.http.createClient(serve((connection) => connection.send("HTTP/1.1 413 No\r\nContent-Length: 5\r\n\r\nhello")));
    const request = client.post("/");
    request.addListener("error", failure(log, "error"));
    request.sendBody("x");
    await wait(50);
    client.forceClose();
    request.finish(() => log.push("a response behind the error"));
    await wait(20);
  },
  async "unknown host, told later"(log) {
    const client = node.http.createClient(80, "no-such-host.invalid");
    const request = client.get("/");
    request.finish();
    request.addListener("error", failure(log, "request"));
    client.addListener("error", failure(log, "client"));
    await until(() => log.length === 2);
  },
  async "an answer behind a broken send"(log) {
    let request;
    const port = serve((connection) => {
      if (connection.done) return;
      connection.done = true;
      connection.send("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno");
      setTimeout(() => {
        connection.forceClose();
        for (let i = 0; i < 2; i++) request.sendBody(new Uint8Array(40000));
      }, 0);
    });
    request = node.http.createClient(port).post("/");
    request.addListener("error", failure(log, "error"));
    request.addListener("response", (response) => response.addListener("complete", () => log.push(response.statusCode + " complete")));
    request.sendBody("x");
    await until(() => log.length === 1);
  },
  async "garbage is not asked for twice"(log) {
    let times = 0;
    const client = node.http.createClient(serve((connection, n, text) => {
      if (text.includes(" /1 ")) return connection.send(OK);
      times++;
      connection.send("HTP/1.1 garbage\r\n\r\n");
    }));
    client.get("/1").finish();
    const bad = client.get("/bad");
    bad.addListener("error", (error) => log.push(error.errno));
    bad.finish();
    await until(() => log.length === 1);
    await wait(20);
    log.push(times + " time");
  },
  async "behind an unfinished one"(log) {
    const client = node.http.createClient(serve((connection) => connection.send(OK)));
    const requests = [client.get("/never finished"[0]), client.get("/2")];
    for (const request of requests) request.addListener("error", (error) => { log.push(error.errno); throw new Error("thrown"); });
    requests[1].finish(() => log.push("overtaken"));
    await wait(20);
    try {
      client.forceClose();
    } catch (error) {
      if (error.message !== "thrown") throw error;
    }
  },
};
(async () => {
  for (const name in cases) {
    const log = [];
    await cases[name](log);
    puts(name + ": " + log.join(", "));
  }
  for (const server of servers) server.close();
})();
