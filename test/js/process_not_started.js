// What cannot be started throws an Error with errno, syscall and path; the same object may try again.
// stdout: exec ENOENT no-such-program-here: No such file or directory; ENOENT exec no-such-program-here
// stdout: exec ENOENT /nowhere/program: No such file or directory; ENOENT exec /nowhere/program
// stdout: exec EACCES /etc/passwd: Permission denied; EACCES exec /etc/passwd
// stdout: exec EACCES /tmp: Permission denied; EACCES exec /tmp
// stdout: exec ENOENT: No such file or directory; ENOENT exec{{ }}
// stdout: chdir ENOENT /nowhere: No such file or directory; ENOENT chdir /nowhere
// stdout: chdir ENOTDIR /etc/passwd: Not a directory; ENOTDIR chdir /etc/passwd
// stdout: exec E2BIG /bin/sh: Argument list too long; E2BIG exec /bin/sh
// stdout: null
// stdout: exit 0
function attempt(command, options) {
  var child = new node.Process();
  try {
    child.spawn(command, options);
    puts("no error");
  } catch (error) {
    puts(error.message + "; " + [error.errno, error.syscall, error.path].join(" "));
  }
  return child;
}
attempt(["no-such-program-here"]);
attempt(["/nowhere/program", "x"]);
attempt(["/etc/passwd"]);
attempt(["/tmp"]);
attempt([""]);
attempt(["ls"], { cwd: "/nowhere" });
attempt("ls", { cwd: "/etc/passwd" });
var child = attempt("true " + "x".repeat(200000));
puts(child.pid);
child.addListener("exit", function (code) { puts("exit " + code); });
child.spawn("true");
