// node.exit ends at once with the code, and nothing that was printed is lost.
// exit: 3
// stdout: printed
setTimeout(function () { puts("never"); }, 1);
puts("printed");
node.exit(3);
puts("never");
