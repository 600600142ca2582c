// What is wrong with an argument is said also of one that has no text.
// stdout: TypeError: open: the path must be a string, not [object]
// stdout: TypeError: read: the descriptor must be an integer, not [object]
// stdout: TypeError: require: the path must be a string, not [object]
// stdout: TypeError: createProcess: the command must be a string or an array of strings, not [object]
var textless = Object.create(null);
[
  function () { node.fs.open(textless, 0, 0); },
  function () { node.fs.read(textless, 1); },
  function () { require(textless); },
  function () { node.createProcess(textless); },
].forEach(function (give) {
  try { give(); } catch (error) { puts(error); }
});
