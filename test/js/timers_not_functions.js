// What is not a function is ignored, and what comes back may be cleared.
// stdout: done
clearTimeout(setTimeout("puts('evaluated')", 1));
setTimeout(undefined, 1);
setInterval(null, 1);
puts("done");
