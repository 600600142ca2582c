// An action that throws as it is called is not done; those behind it are.
// stdout: Error: no text
// stdout: inner: null
// stdout: some found no stack: true
// stdout: the others were done: true
// stdout: closed
var file = new node.fs.File({ fd: 0 }), failed = 0, called = 0, done = 0, turn = 0;
file.encoding = { toString: function () {
  file.encoding = node.UTF8;
  file.read(1).addCallback(function (data) { puts("inner: " + data); exhaust(); });
  throw new Error("no text");
} };
try { file.read(1); } catch (error) { puts(error); }
function deep(depth) {
  try {
    deep(depth + 1);
  } catch (error) {
    try {
      file.read(1).addCallback(function () { done++; });
      called++;
    } catch (overflow) { failed++; }
    if (++turn % 400 !== 0) throw error;
  }
}
function exhaust() {
  for (var i = 0; i < 20; i++) deep(0);
  puts("some found no stack: " + (failed > 0 && called > 0));
  file.close().addCallback(function () {
    // What could not listen any more may have been done.
    puts("the others were done: " + (done >= called));
    puts("closed");
  });
}
