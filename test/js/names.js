// The names of the API, and what they are.
// stdout: missing: none
// stdout: global: none
var names = {
  "function": "puts print p setTimeout clearTimeout setInterval clearInterval require include node.EventEmitter node.Promise " +
    "node.inherits node.Timer node.Module node.Process node.createProcess node.compile node.debug node.exit node.reallyExit " +
    "node.encodeUtf8 node.cat node.path.join node.path.dirname node.path.filename node.fs.File node.fs.open node.fs.close " +
    "node.fs.read node.fs.write node.fs.rename node.fs.unlink node.fs.rmdir node.fs.stat node.fs.cat node.fs.exists " +
    "node.fs.strerror node.tcp.Server node.tcp.Connection node.tcp.createServer node.tcp.createConnection node.http.Server " +
    "node.http.Client node.http.ServerRequest node.http.ServerResponse node.http.createServer node.http.createClient " +
    "node.http.parseUri node.http.cat node.dns.resolve4 node.dns.resolve6 node.dns.reverse",
  object: "ARGV stdout stderr stdin exports node.http.STATUS_CODES",
  string: "__filename",
  number: "node.ASCII node.UTF8 node.RAW node.STDIN_FILENO node.STDOUT_FILENO node.STDERR_FILENO node.SIGHUP node.SIGINT " +
    "node.SIGQUIT node.SIGILL node.SIGTRAP node.SIGABRT node.SIGBUS node.SIGFPE node.SIGKILL node.SIGUSR1 node.SIGSEGV " +
    "node.SIGUSR2 node.SIGPIPE node.SIGALRM node.SIGTERM node.SIGCHLD node.SIGCONT node.SIGSTOP node.SIGTSTP node.SIGTTIN " +
    "node.SIGTTOU node.SIGURG node.SIGXCPU node.SIGXFSZ node.SIGVTALRM node.SIGPROF node.SIGWINCH node.SIGIO node.SIGPWR " +
    "node.SIGSYS node.ENOENT node.EACCES node.dns.TEMPFAIL node.dns.PROTOCOL node.dns.NXDOMAIN node.dns.NODATA " +
    "node.dns.NOMEM node.dns.BADQUERY"
};
var missing = [];
Object.keys(names).forEach(function (type) {
  names[type].split(" ").forEach(function (name) {
    if (eval("typeof " + name) !== type) missing.push(name);
  });
});
puts("missing: " + (missing.join(" ") || "none"));
// What a module has for itself is not global, and nothing of the library leaks.
puts("global: " + (["require", "include", "onLoad", "onExit", "__filename", "hooks", "binding", "process", "module", "CRLF", "__module"]
  .filter(function (name) { return name in this; }, globalThis).join(" ") || "none"));
