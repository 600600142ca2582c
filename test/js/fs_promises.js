// Listeners added in the same turn hear; the operation keeps the program alive; an error nobody hears is silent.
// stdout: after the call
// stdout: heard true
// stdout: heard again
var heard = 0;
node.fs.stat("/").addCallback(function (stats) { heard++; puts("heard " + stats.isDirectory()); });
puts("after the call");
node.fs.cat("/nowhere");
var later = node.fs.readdir("/");
later.addCallback(function () { later.addCallback(function () { puts("heard again"); }); });
