// node.cat: files and URLs.
// args: $FOLDER
// stdout: from the file
// stdout: from the net
// stdout: [102,114]
// stdout: from the net [102,114]
// stdout: open ENOENT
var path = ARGV[2] + "/file", file = new node.fs.File();
file.open(path, "w");
file.print("from the file");
file.close().addCallback(function () {
  var server = node.http.createServer(function (request, response) {
    response.sendHeader(200, []);
    response.sendBody("from the net");
    response.finish();
  });
  server.listen(0, "127.0.0.1");
  (async function () {
    puts(await node.cat(path));
    var url = "http://127.0.0.1:" + server.port + "/x";
    puts(await node.cat(url, "utf8"));
    var text = await node.cat(url, node.UTF8), raw = await node.cat(url, node.RAW);
    server.close();
    p((await node.cat(path, "raw")).slice(0, 2));
    puts(text + " " + JSON.stringify(raw.slice(0, 2)));
    try { await node.cat("./http:/nothing"); } catch (error) { puts(error.syscall + " " + error.errno); }
  })();
});
