// A grandchild that holds the streams does not delay exit: what the child has written comes, then null, then exit.
// stdout: ["said\n",null]
// stdout: [null]
// stdout: exit 5
var output = [], error = [], child = node.createProcess("sleep 5 & echo said; exit 5");
child.addListener("output", function (data) { output.push(data); });
child.addListener("error", function (data) { error.push(data); });
child.addListener("exit", function (code) {
  p(output);
  p(error);
  puts("exit " + code);
});
