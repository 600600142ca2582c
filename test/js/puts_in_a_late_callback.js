// What is printed when something has been printed does not wait for the next event of the loop.
// stdout: a
// stdout: b soon
var start = Date.now();
var long = setTimeout(function () {}, 3000);
setTimeout(function () {
  puts("a").addCallback(function () {
    print("b ");
    setTimeout(function () { puts(Date.now() - start < 2000 ? "soon" : "late"); clearTimeout(long); }, 1);
  });
}, 1);
