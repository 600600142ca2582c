// The body of a script is that of a function: `return` ends it.
// stdout: before
puts("before");
return;
puts("after");
