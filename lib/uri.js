// node.http.parseUri: the parts of a URI. RFC 3986, without judging.

// The parts that are there, as properties; toString() gives the source.
function Uri(source) {
  this.source = source;
}

Object.defineProperty(Uri.prototype, "toString", {
  value: function toString() {
    return this.source;
  },
  writable: true,
  configurable: true,
});

function decode(text) {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced; // a bad escape stays as it is: a request must not end a server
  }
}

function parseParams(query) {
  const params = Object.create(null); // a key may be "__proto__"
  if (query === undefined) return params;
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=");
    const key = decode(equals < 0 ? pair : pair.slice(0, equals));
    if (key !== "") params[key] = equals < 0 ? "" : decode(pair.slice(equals + 1));
  }
  return params;
}

function parseAuthority(uri, authority) {
  uri.authority = authority;
  const at = authority.lastIndexOf("@");
  if (at >= 0) {
    uri.userInfo = authority.slice(0, at);
    const colon = uri.userInfo.indexOf(":");
    uri.user = colon < 0 ? uri.userInfo : uri.userInfo.slice(0, colon);
    if (colon >= 0) uri.password = uri.userInfo.slice(colon + 1);
  }
  const hostPort = authority.slice(at + 1);
  // An IPv6 address stands in brackets and has colons of its own.
  const colon = hostPort.indexOf(":", hostPort.lastIndexOf("]") + 1);
  uri.host = colon < 0 ? hostPort : hostPort.slice(0, colon);
  if (colon >= 0 && colon + 1 < hostPort.length) uri.port = hostPort.slice(colon + 1);
}

// Parses `source` (a string): source, protocol, authority, userInfo, user,
// password, host, port (text), relative, path, directory, file, query, anchor,
// each only where present, and always params: the decoded query as an object
// without a prototype (`+` is a blank, the last of equal keys wins).
function parseUri(source) {
  const uri = new Uri(String(source));
  let rest = uri.source;
  const hash = rest.indexOf("#");
  if (hash >= 0) {
    uri.anchor = rest.slice(hash + 1);
    rest = rest.slice(0, hash);
  }
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.exec(rest);
  if (scheme !== null) {
    uri.protocol = scheme[0].slice(0, -3);
    rest = rest.slice(scheme[0].length);
    const end = rest.search(/[/?]/);
    parseAuthority(uri, end < 0 ? rest : rest.slice(0, end));
    rest = end < 0 ? "" : rest.slice(end);
  }
  if (rest !== "") uri.relative = rest;
  const question = rest.indexOf("?");
  const path = question < 0 ? rest : rest.slice(0, question);
  if (path !== "") {
    uri.path = path;
    const slash = path.lastIndexOf("/");
    if (slash >= 0) uri.directory = path.slice(0, slash + 1);
    if (slash + 1 < path.length) uri.file = path.slice(slash + 1);
  }
  if (question >= 0) uri.query = rest.slice(question + 1);
  uri.params = parseParams(uri.query);
  return uri;
}

hooks.uri = { decode, parseUri };
node.http = { parseUri };
