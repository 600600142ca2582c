// What a promise of puts starts is done too, however long the chain, and then the program ends.
// stdout: 0
// stdout: 1
// stdout: 2
// stdout: 3
// stdout: 4
// stdout: await 0
// stdout: await 1
// stdout: await 2
function next(i) {
  if (i < 5) return puts(i).addCallback(function () { next(i + 1); });
  (async function () {
    for (var k = 0; k < 3; k++) await puts("await " + k);
  })();
}
next(0);
