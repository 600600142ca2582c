// What the engine is built without fails clearly or does nothing: WebAssembly, Intl, ECMAScript modules.
// stdout: undefined undefined
// stdout: SyntaxError SyntaxError SyntaxError
// stdout: 2 1234.5 ÉSS true
// stdout: Error
puts(typeof Intl + " " + typeof WebAssembly);
puts(['/\\p{L}/u', 'await 1', 'import x from "x.js"'].map(function (code) {
  try { return String(node.compile(code)); } catch (error) { return error.name; }
}).join(" "));
puts(["e\u0301".normalize("NFC").length, (1234.5).toLocaleString("de"), "éß".toUpperCase(), "ä".localeCompare("b") > 0].join(" "));
import("x.js").catch(function (error) { puts(error.name); });
