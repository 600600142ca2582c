// A thousand at once: each gets its own input and gives its own output.
// timeout: 120
// stdout: 1000 right, 0 wrong
var right = 0, wrong = 0, left = 1000;
for (let i = 0; i < 1000; i++) {
  let text = "", child = node.createProcess("cat");
  child.write("number " + i);
  child.close();
  child.addListener("output", function (data) { if (data !== null) text += data; });
  child.addListener("exit", function (code) {
    if (code === 0 && text === "number " + i) right++; else wrong++;
    if (--left === 0) puts(right + " right, " + wrong + " wrong");
  });
}
