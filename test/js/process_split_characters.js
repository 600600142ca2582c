// Characters that arrive in pieces come whole; what never becomes one, and half a one at the end, is U+FFFD.
// stdout: output ["é€","😀","a\ufffdb","\ufffd",null]
// stdout: error ["ü",null]
var got = { output: [], error: [] };
var child = node.createProcess("printf '\\303'; sleep 0.05; printf '\\251\\342\\202\\254\\360\\237'; sleep 0.05;" +
  "printf '\\303' >&2; printf '\\230\\200'; sleep 0.05; printf '\\274' >&2; printf 'a\\377b'; sleep 0.05; printf '\\342\\202'");
for (let name in got) child.addListener(name, function (data) { got[name].push(data); });
child.addListener("exit", function () {
  for (var name in got) puts(name + " " + JSON.stringify(got[name]).replace(/\ufffd/g, "\\ufffd"));
});
