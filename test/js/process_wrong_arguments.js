// Wrong arguments are refused at once, with what was wrong.
// stdout: TypeError: createProcess: the command must be a string or an array of strings, not undefined
// stdout: TypeError: createProcess: the command must be a string or an array of strings, not 5
// stdout: TypeError: createProcess: the array of arguments is empty
// stdout: TypeError: createProcess: argument 1 must be a string, not 5
// stdout: TypeError: createProcess: argument 0 must be a string, not undefined
// stdout: TypeError: createProcess: the command has a NUL: "ls\u0000x"
// stdout: TypeError: createProcess: argument 1 has a NUL: "a\u0000"
// stdout: TypeError: createProcess: the options must be an object, not "x"
// stdout: TypeError: createProcess: cwd must be a string, not 7
// stdout: TypeError: createProcess: cwd is empty
// stdout: TypeError: createProcess: cwd has a NUL: "/\u0000"
// stdout: TypeError: createProcess: env must be an object, not null
// stdout: TypeError: createProcess: no name of a variable: "A=B"
// stdout: TypeError: createProcess: no name of a variable: ""
// stdout: TypeError: createProcess: the variable A has a NUL: "A=\u0000"
// stdout: RangeError: createProcess: inputLimit must be a number of bytes, not -1
// stdout: RangeError: createProcess: inputLimit must be a number of bytes, not NaN
// stdout: RangeError: createProcess: inputLimit must be a number of bytes, not "1000"
// stdout: TypeError: createProcess: the encoding must be "utf8", "ascii", "raw" or "bytes", not "latin1"
function attempt(command, options) {
  try { node.createProcess(command, options); puts("no error"); } catch (error) { puts(error); }
}
attempt();
attempt(5);
attempt([]);
attempt(["ls", 5]);
attempt([undefined]);
attempt("ls\0x");
attempt(["ls", "a\0"]);
attempt("true", "x");
attempt("true", { cwd: 7 });
attempt("true", { cwd: "" });
attempt("true", { cwd: "/\0" });
attempt("true", { env: null });
attempt("true", { env: { "A=B": 1 } });
attempt("true", { env: { "": 1 } });
attempt("true", { env: { A: "\0" } });
attempt("true", { inputLimit: -1 });
attempt("true", { inputLimit: NaN });
attempt("true", { inputLimit: "1000" });
attempt("true", { encoding: "latin1" });
