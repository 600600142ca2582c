// node has the signals of the platform by name.
// stdout: 1 2 3 4 5 6 6 7 8 9 10 11 12 13 14 15 16 17 17 18 19 20 21 22 23 24 25 26 27 28 29 29 30 31
puts("HUP INT QUIT ILL TRAP ABRT IOT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO POLL PWR SYS"
  .split(" ").map(function (name) { return node["SIG" + name]; }).join(" "));
