// stdout: utf8: héllo /page?q=ä&x=%C3%A4
// stdout: raw: [104,105]
// stdout: bytes: Uint8Array 2
// stdout: Authorization: Basic QWxhZGRpbjpvcGVuOnNlc2FtZQ==
// stdout: Authorization: Basic w6Q6
// stdout: status: 404
// stdout: refused: ECONNREFUSED
// stdout: await: hi
// stdout: cat: no http:// in the URL "https://x/"
// stdout: cat: no http:// in the URL "/x"
// stdout: cat: no host in the URL "http:///x"
// stdout: cat: bad port "0" in the URL "http://a:0/"
// stdout: cat: bad port "65536" in the URL "http://a:65536/"
// stdout: cat: forbidden character " " in the URL "http://a/b c"
// stdout: cat: forbidden character "\\" in the URL "http://a\\b/"
// stdout: cat: bad port "c:80" in the URL "http://a@b:c:80/"
// stdout: cat: bad user in the URL "http://a@b@c/"
// stdout: cat: bad host "ä" in the URL "http://ä/"
// stdout: cat: the URL must be a string, not 5
const server = node.http.createServer((request, response) => {
  const path = request.uri.path;
  response.sendHeader(path === "/missing" ? 404 : 200);
  if (path === "/auth") response.sendBody("Authorization: " + request.header("authorization"));
  else if (path !== "/page") response.sendBody("hi");
  else response.sendBody("héllo " + decodeURIComponent(path) + "?" + request.uri.query.replace("%C3%A4", "ä"), "utf8");
  response.finish();
});
server.listen(ARGV[2]);
const at = "127.0.0.1:" + ARGV[2];
(async () => {
  puts("utf8: " + (await node.http.cat("http://" + at + "/page?q=ä&x=%C3%A4#part", "utf8")));
  puts("raw: " + JSON.stringify(await node.http.cat("http://" + at + "/hi")));
  const bytes = await node.http.cat("HTTP://" + at + "/hi", "bytes");
  puts("bytes: " + bytes.constructor.name + " " + bytes.length);
  puts(await node.http.cat("http://Aladdin:open%3Asesame@" + at + "/auth", "ascii"));
  puts(await node.http.cat("http://%C3%A4@" + at + "/auth", "ascii"));
  node.http.cat("http://" + at + "/missing").addErrback((status) => {
    puts("status: " + status);
    node.http.cat("http://127.0.0.1:1/").addErrback(async (error) => {
      puts("refused: " + error.errno);
      puts("await: " + (await node.http.cat("http://localhost:" + ARGV[2] + "/hi", "utf8")));
      for (const url of ["https://x/", "/x", "http:///x", "http://a:0/", "http://a:65536/", "http://a/b c", "http://a\\b/",
        "http://a@b:c:80/", "http://a@b@c/", "http://ä/", 5]) {
        try {
          node.http.cat(url);
          puts("no error: " + url);
        } catch (error) {
          puts(error.message);
        }
      }
      server.close();
    });
  });
})();
