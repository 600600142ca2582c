// The constants of node.fs, which lie on `node`.

// Encodings. Every `encoding` may be one of these, or "ascii", "utf8", "raw",
// "bytes" in any case: strings with a character for each byte, strings, arrays
// of integers, Uint8Arrays.
node.ASCII = 0;
node.UTF8 = 1;
node.RAW = 2;
node.BYTES = 3;

// O_*, S_*, *_FILENO and the names of errors.
const constants = binding.fileConstants();
for (let i = 0; i < constants.length; i += 2) node[constants[i]] = constants[i + 1];

// fopen(3), for file.js. "x": the file must not exist.
hooks.openModes = {
  "r": node.O_RDONLY,
  "r+": node.O_RDWR,
  "w": node.O_WRONLY | node.O_CREAT | node.O_TRUNC,
  "w+": node.O_RDWR | node.O_CREAT | node.O_TRUNC,
  "a": node.O_WRONLY | node.O_CREAT | node.O_APPEND,
  "a+": node.O_RDWR | node.O_CREAT | node.O_APPEND,
  "wx": node.O_WRONLY | node.O_CREAT | node.O_EXCL,
  "wx+": node.O_RDWR | node.O_CREAT | node.O_EXCL,
};

// fs.js, file.js
hooks.lazy(node, "files", ["fs", "cat"]);
hooks.lazy(global, "file", ["stdin", "stdout", "stderr"]);
