// new node.Process() and spawn() are what createProcess does; after exit it may spawn again; heirs work.
// stdout: null null null
// stdout: false false
// stdout: Error: kill ESRCH no process was started
// stdout: Error: spawn: the process is running already
// stdout: first 1
// stdout: second 2
function Job(name) { this.name = name; }
node.inherits(Job, node.Process);
var job = new Job("first");
puts([job.pid, job.exitCode, job.signal].map(String).join(" "));
puts([job.write("x"), job.close()].join(" "));
try { job.kill(); } catch (error) { puts(error); }
job.addListener("exit", function (code) {
  puts(this.name + " " + code);
  if (code === 2) return;
  this.name = "second";
  this.spawn(["/bin/sh", "-c", "exit 2"]);
});
job.spawn("exit 1");
try { job.spawn("exit 3"); } catch (error) { puts(error); }
