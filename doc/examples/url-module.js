#!/usr/bin/env node
// Loads a module by its URL and gives its function filter some texts. With a pin behind "#", the SHA-256 of its bytes,
// nothing else than these bytes is run, whatever the server sends.
// Start: node url-module.js URL[#sha256-DIGITS] TEXT...
// Try:   node files.js 8000 & node url-module.js http://127.0.0.1:8000/plugins/upper.js hello
//        node url-module.js http://127.0.0.1:8000/plugins/upper.js#sha256-$(sha256sum < plugins/upper.js | cut -c -64) hello
const [, , url, ...texts] = ARGV;
if (url === undefined) {
  stderr.puts("usage: node url-module.js URL[#sha256-DIGITS] TEXT...");
  return node.exit(2);
}
if (!url.includes("#sha256-")) puts("No pin: this runs whatever the server sends.");
const module = require(url); // empty until onLoad

function onLoad() {
  for (const text of texts) puts(module.filter(text));
}
