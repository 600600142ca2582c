// node.path: names as text.
// stdout: ["a/b","a/b","a/b/c","/a/b","/x.js","/","a","a/","a/b/","a/../b","../x","a/b","a",".",".",".","/a","b//c/d"]
// stdout: [".","./a","./a/b","/","/","/a","/a/b",".","..","./a","../a","/","/","http://h/a","/"]
// stdout: ["x","","","x.js","","a"]
// stdout: join: a path must be a string, not undefined
// stdout: dirname: a path must be a string, not 5
// stdout: filename: a path must be a string, not null
var path = node.path;
p([path.join("a", "b"), path.join("a/", "/b"), path.join("a", "b", "c"), path.join("/a", "b"), path.join("/", "x.js"),
   path.join("/"), path.join("a"), path.join("a/"), path.join("a", "b/"), path.join("a", "..", "b"), path.join("./../x"),
   path.join("./a", "./b"), path.join("a", "", "."), path.join("."), path.join(""), path.join(), path.join("/", ".//a"),
   path.join("b//c///", "//d")]);
p([path.dirname("a"), path.dirname("a/b"), path.dirname("a/b/c"), path.dirname("/a"), path.dirname("/"), path.dirname("/a/b"),
   path.dirname("/a/b/"), path.dirname(""), path.dirname("../a"), path.dirname("./a/b"), path.dirname("../a/b"),
   path.dirname("//a"), path.dirname("//"), path.dirname("http://h/a/b.js"), path.dirname("/x.js")]);
p([path.filename("x"), path.filename("x/"), path.filename("/"), path.filename("/a/x.js"), path.filename(""), path.filename("./a")]);
[function () { path.join("a", undefined); }, function () { path.dirname(5); }, function () { path.filename(null); }].forEach(function (f) {
  try { f(); } catch (error) { puts(error.message); }
});
