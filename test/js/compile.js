// node.compile runs a script in the global context, gives its last value and throws what it throws.
// stdout: 42 6 undefined true
// stdout: SyntaxError: Unexpected end of input
// stdout: Error: own, at own.js:2:7
// stdout: [compiled]:1:1
// stdout: Identifier 'lexical' has already been declared
// stdout: 7
var local = 1;
puts([node.compile("var six = 6; six * 7"), six, node.compile("typeof local"), node.compile("this") === globalThis].join(" "));
try { node.compile("1 +"); } catch (error) { puts(error); }
try { node.compile("\nthrow new Error('own')", "own.js"); } catch (error) { puts(error + ", " + error.stack.split("\n")[1].trim()); }
try { node.compile("null.x"); } catch (error) { puts(/\[compiled\]:1:\d/.exec(error.stack)[0].replace(/\d$/, "1")); }
node.compile("let lexical = 1");
try { node.compile("let lexical = 2"); } catch (error) { puts(error.message); }
puts(node.compile(7));
