// pause holds back output, and with it exit; resume goes on.
// stdout: nothing yet null
// stdout: 200000 0
var received = 0, exited = false, child = node.createProcess("head -c 200000 /dev/zero; echo done >&2");
child.pause();
child.addListener("output", function (data) { if (data !== null) received += data.length; });
child.addListener("exit", function (code) { exited = true; puts(received + " " + code); });
var small = node.createProcess("echo x"), text = "";
small.pause();
small.addListener("output", function (data) { text += data; });
setTimeout(function waiting() {
  if (small.pid !== null) return setTimeout(waiting, 5);
  puts((received || text || exited ? "something" : "nothing yet") + " " + small.pid);
  small.resume();
  small.addListener("exit", function () { child.resume(); });
}, 5);
