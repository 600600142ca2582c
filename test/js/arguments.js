// args: one two --check $PORT
// ARGV: the program, the script as typed, then its arguments.
// stdout: {{.*}}arguments.js one two --check $PORT
puts(ARGV.slice(1).join(" "));
