// What programs do with the path of their own file.
// stdout: path_of_a_script.js
// stdout: fixtures/x.txt
// stdout: true
var path = node.path, file = __filename;
puts(path.filename(file));
puts(path.join("fixtures", "x.txt"));
node.fs.exists(path.join(path.dirname(file), path.filename(file)), function (there) { puts(there); });
