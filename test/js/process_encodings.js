// How output and error come: utf8 is the default; set before, meanwhile, or as an option; each stream for itself.
// stdout: utf8 utf8 "é" "é"
// stdout: RAW RAW [195,169] [195,169]
// stdout: ascii ascii "Ã©" "Ã©"
// stdout: bytes bytes Uint8Array 195,169 Uint8Array 195,169
// stdout: raw utf8 [195,169] "é"
// stdout: bytes raw Uint8Array 195,169 [195,169]
// stdout: option [195,169]
// stdout: TypeError: setEncoding: the encoding must be "utf8", "ascii", "raw" or "bytes", not "utf-8"
// stdout: changed "é" then [195,169]
var steps = [["utf8", "utf8"], ["RAW"], ["ascii"], ["bytes"], ["raw", "utf8"], ["bytes", "raw"]];
function shown(data) { return data instanceof Uint8Array ? "Uint8Array " + data.join() : JSON.stringify(data); }
(function next() {
  var step = steps.shift(), got = {};
  if (step === undefined) return option();
  var child = node.createProcess("printf '\\303\\251'; printf '\\303\\251' >&2");
  child.setEncoding.apply(child, step);
  child.addListener("output", function (data) { if (data !== null) got.output = shown(data); });
  child.addListener("error", function (data) { if (data !== null) got.error = shown(data); });
  child.addListener("exit", function () {
    puts([step[0], step[1] || step[0], got.output, got.error].join(" "));
    next();
  });
})();
function option() {
  var child = node.createProcess(["printf", "\\303\\251"], { encoding: "raw" });
  child.addListener("output", function (data) { if (data !== null) puts("option " + JSON.stringify(data)); });
  child.addListener("exit", changed);
}
function changed() {
  var child = node.createProcess("cat"), first;
  try { child.setEncoding("utf-8"); } catch (error) { puts(error); }
  child.write("é", "utf8");
  child.addListener("output", function (data) {
    if (data === null) return;
    if (first !== undefined) return puts("changed " + JSON.stringify(first) + " then " + JSON.stringify(data));
    first = data;
    child.setEncoding("raw");
    child.write("é", "utf8");
    child.close();
  });
}
