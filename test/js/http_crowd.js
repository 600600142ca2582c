// A crowd leaves; its memory is given back in a turn of its own; the next crowd is served as the first.
// stdout: 1500 answers, 1500 answers
const CROWD = 1500;
const server = node.http.createServer((request, response) => {
  response.sendHeader(200);
  response.finish();
});
server.listen(ARGV[2]);
function crowd() {
  let left = CROWD;
  return new Promise((resolve) => {
    for (let i = 0; i < CROWD; i++) {
      const request = node.http.createClient(ARGV[2]).get("/");
      request.addListener("error", (error) => puts(error.message));
      request.finish((response) => response.addListener("complete", () => {
        if (--left === 0) resolve(CROWD + " answers");
      }));
    }
  });
}
(async () => {
  const first = await crowd();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  puts(first + ", " + (await crowd()));
  server.close();
})();
