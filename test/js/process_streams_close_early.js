// A child that closes its streams and lives on: null comes then, exit when it ends.
// stdout: null null
// stdout: true
// stdout: exit 3
var ends = [], child = node.createProcess("exec >&-; exec 2>&-; read x; exit $x");
function end(data) {
  ends.push(data);
  if (ends.length < 2) return;
  puts(ends.map(String).join(" "));
  setTimeout(function () { puts(child.pid > 1); child.write("3\n"); }, 20);
}
child.addListener("output", end);
child.addListener("error", end);
child.addListener("exit", function (code) { puts("exit " + code); });
