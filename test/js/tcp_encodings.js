// raw gives arrays of integers, ascii and utf8 strings, bytes Uint8Arrays; characters that are split arrive whole.
// stdout: raw [226,130,172,255]
// stdout: ascii â¬ÿ
// stdout: utf8 €|U+FFFD
// stdout: bytes 226,130,172,255 true
// stdout: split €
// stdout: raw ascii utf8 bytes raw
var names = ["raw", "ascii", "utf8", "bytes", "split"];
var out = [];
var server = node.tcp.createServer(function (socket) {
  var name = names[out.length], all = [], text = "";
  socket.setEncoding(name === "split" ? "utf8" : name);
  socket.addListener("receive", function (data) {
    if (typeof data === "string") text += data;
    else all = all.concat(Array.from(data));
    if (name === "bytes") all.bytes = data instanceof Uint8Array;
  });
  socket.addListener("eof", function () {
    if (name === "raw") out.push("raw " + JSON.stringify(all));
    else if (name === "bytes") out.push("bytes " + all + " " + all.bytes);
    else if (name === "utf8") out.push("utf8 " + text.replace("\ufffd", "|U+FFFD"));
    else out.push(name + " " + text.replace(/[\x80-\x9f]/g, ""));
    socket.close();
    if (out.length < names.length) return next();
    puts(out.join("\n"));
    server.close();
  });
});
server.listen(0);
function next() {
  var client = node.tcp.createConnection(server.port);
  client.addListener("connect", function () {
    if (names[out.length] !== "split") {
      client.send([0xe2, 0x82, 0xac, 0xff]);
      return client.close();
    }
    var bytes = [0xe2, 0x82, 0xac], sent = 0;
    var interval = setInterval(function () {
      if (sent === bytes.length) { clearInterval(interval); return client.close(); }
      client.send([bytes[sent++]]);
    }, 5);
  });
}
next();
var c = new node.tcp.Connection();
var set = ["x", "ASCII", "utf8", "Bytes", undefined].map(function (e) { return c.setEncoding(e); }).join(" ");
setTimeout(function () { puts(set); }, 400);
