// A File whose fd a script has set to what is no descriptor is not open; nothing else is written to in its place.
// stdout: write EBADF the File is not open
// stdout: read EBADF the File is not open
// stdout: close EBADF the File is not open
var file = new node.fs.File({ fd: 1 });
function tell(error) { puts(error.message); }
file.fd = "a name";
file.write("nowhere").addErrback(tell);
file.read(1).addErrback(tell);
file.close().addErrback(tell);
