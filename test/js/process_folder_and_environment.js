// cwd and env, with a shell and without one; a program is looked for in the PATH that it gets.
// stdout: ["/bin/pwd"] {"cwd":"/usr"}: /usr
// stdout: "/bin/pwd" {"cwd":"/usr"}: /usr
// stdout: ["./env"] {"cwd":"/usr/bin","env":{"A":"1 2","B":3,"C":null}}: A=1 2 B=3 C=null
// stdout: "echo $A; exec env" {"env":{"A":"x","PATH":"/usr/bin:/bin"}}: x A=x PATH=/usr/bin:/bin PWD={{.*}}
// stdout: ["env"] {"env":{}}:{{ }}
// stdout: ["env"] {"env":{"PATH":"/usr/bin:/bin"}}: PATH=/usr/bin:/bin
// stdout: ["env"] {"env":{"PATH":"/nowhere"}}: exec ENOENT env: No such file or directory
var steps = [
  [["/bin/pwd"], { cwd: "/usr" }],
  ["/bin/pwd", { cwd: "/usr" }],
  [["./env"], { cwd: "/usr/bin", env: { A: "1 2", B: 3, C: null, D: undefined } }],
  ["echo $A; exec env", { env: { A: "x", PATH: "/usr/bin:/bin" } }],
  [["env"], { env: {} }],
  [["env"], { env: { PATH: "/usr/bin:/bin" } }],
  [["env"], { env: { PATH: "/nowhere" } }],
];
(function next() {
  var step = steps.shift(), text = "", child;
  if (step === undefined) return;
  function done() {
    puts(JSON.stringify(step[0]) + " " + JSON.stringify(step[1]) + ": " + text.trim().split("\n").join(" "));
    next();
  }
  try {
    child = node.createProcess(step[0], step[1]);
  } catch (error) {
    text = error.message;
    return done();
  }
  child.addListener("output", function (data) { if (data !== null) text += data; });
  child.addListener("error", function (data) { if (data !== null) text += data; });
  child.addListener("exit", done);
})();
