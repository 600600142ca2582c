// An answer that comes before the request is whole: a listener for it hears it at once, finish(listener) does not miss it.
// stdout: at once: 413, complete
// stdout: sendBody afterwards: true
// stdout: late: 413, complete
// stdout: next: 200
const server = node.http.createServer((request, response) => {
  if (request.uri.path === "/next") {
    response.sendHeader(200);
  } else {
    response.sendHeader(413, [["Connection", "close"]]);
    response.sendBody("no");
  }
  response.finish();
});
server.listen(ARGV[2]);
const client = node.http.createClient(ARGV[2]);
const first = client.post("/");
first.sendBody("piece");
first.addListener("response", (response) => response.addListener("complete", () => {
  puts("at once: " + response.statusCode + ", complete");
  setTimeout(() => {
    puts("sendBody afterwards: " + first.sendBody("more"));
    first.finish();
    second();
  }, 10);
}));
function second() {
  const request = client.post("/");
  request.sendBody("piece");
  setTimeout(() => {
    request.finish((response) => response.addListener("complete", () => {
      puts("late: " + response.statusCode + ", complete");
      client.get("/next").finish((next) => {
        puts("next: " + next.statusCode);
        server.close();
      });
    }));
  }, 50);
}
