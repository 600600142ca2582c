// node.path: names of files as text. Nothing here looks at a disk.

function textOf(call, part) {
  if (typeof part !== "string") throw new TypeError(call + ": a path must be a string, not " + hooks.chunks.quoted(part));
  return part;
}

function withoutSlashesAtEnd(text) {
  let end = text.length;
  while (end > 0 && text[end - 1] === "/") end--;
  return text.slice(0, end);
}

node.path = {
  // Joins strings with exactly one "/" between two of them. Parts "." and
  // "" and a leading "./" are dropped; ".." stays as it is. Without any part
  // left: ".". Throws a TypeError for what is no string.
  join(...parts) {
    let joined;
    for (const part of parts) {
      let text = textOf("join", part);
      while (text.startsWith("./")) text = text.slice(2).replace(/^\/+/, "");
      if (text === "" || text === ".") continue;
      joined = joined === undefined ? text : withoutSlashesAtEnd(joined) + "/" + text.replace(/^\/+/, "");
    }
    return joined === undefined ? "." : joined;
  },

  // What is before the last "/": "/a" of "/a/b", "./a" of "a/b", "." of "a",
  // "/" of "/a".
  dirname(path) {
    const text = textOf("dirname", path);
    const slash = text.lastIndexOf("/");
    if (slash < 0) return ".";
    const folder = withoutSlashesAtEnd(text.slice(0, slash));
    if (folder === "") return "/";
    const relative = folder[0] !== "/" && folder !== "." && folder !== ".." && !/^(\.\.?\/|[a-z]+:\/\/)/i.test(folder);
    return relative ? "./" + folder : folder;
  },

  // What follows the last "/": "b" of "/a/b", "" of "a/".
  filename(path) {
    const text = textOf("filename", path);
    return text.slice(text.lastIndexOf("/") + 1);
  },
};
