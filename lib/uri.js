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

// The bytes of `text` in UTF-8, as characters.
function utf8Characters(text) {
  return unescape(encodeURIComponent(text.toWellFormed()));
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// RFC 4648, 4, of one byte per character.
function base64(text) {
  let out = "";
  for (let i = 0; i < text.length; i += 3) {
    const left = text.length - i;
    const bits = (text.charCodeAt(i) << 16) | ((left > 1 ? text.charCodeAt(i + 1) : 0) << 8) | (left > 2 ? text.charCodeAt(i + 2) : 0);
    out += BASE64[bits >> 18] + BASE64[(bits >> 12) & 63];
    out += (left > 1 ? BASE64[(bits >> 6) & 63] : "=") + (left > 2 ? BASE64[bits & 63] : "=");
  }
  return out;
}

// A name, an IPv4 address, or an IPv6 address in brackets (RFC 3986, 3.2.2); without a colon, for which there are ports.
const HOST = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])$/;

function urlError(call, url, reason) {
  return new Error(call + ": " + reason + " in the URL " + JSON.stringify(url));
}

// For http_client.js: whom and what an http:// URL asks for. Gives `host` (an
// IPv6 address without its brackets), `port` (a number), `path` (with the query,
// ready for the request line: what is not ASCII is percent-encoded) and
// `authorization` (the value of the header for a user, or undefined). Throws an
// Error that begins with `call` for what no two readers would read alike.
hooks.parseHttpUrl = function parseHttpUrl(call, url) {
  if (typeof url !== "string") throw new TypeError(call + ": the URL must be a string, not " + String(url));
  const bad = /[\x00-\x20\x7f\\]/.exec(url);
  if (bad !== null) throw urlError(call, url, "forbidden character " + JSON.stringify(bad[0]));
  const uri = parseUri(url);
  if (uri.protocol === undefined || uri.protocol.toLowerCase() !== "http") throw urlError(call, url, "no http://");
  if (!HOST.test(uri.host)) throw urlError(call, url, uri.host === "" ? "no host" : "bad host " + JSON.stringify(uri.host));
  if (uri.userInfo !== undefined && !/^[A-Za-z0-9._~!$&'()*+,;=:%-]*$/.test(uri.userInfo)) throw urlError(call, url, "bad user");
  const port = uri.port === undefined ? 80 : Number(uri.port);
  if (uri.port !== undefined && (!/^[0-9]{1,5}$/.test(uri.port) || port < 1 || port > 65535)) {
    throw urlError(call, url, "bad port " + JSON.stringify(uri.port));
  }
  const relative = uri.relative === undefined ? "/" : uri.relative;
  const path = (relative[0] === "/" ? "" : "/") + relative.replace(/[^\x21-\x7e]+/g, (part) => encodeURIComponent(part.toWellFormed()));
  const host = uri.host[0] === "[" ? uri.host.slice(1, -1) : uri.host;
  let authorization;
  if (uri.userInfo !== undefined) {
    const user = decode(uri.user.replaceAll("+", "%2B"));
    const password = uri.password === undefined ? "" : decode(uri.password.replaceAll("+", "%2B"));
    // RFC 7617, 2: the first colon ends the user.
    if (user.includes(":")) throw urlError(call, url, "colon in the user");
    authorization = "Basic " + base64(utf8Characters(user + ":" + password));
  }
  return { host, port, path, authorization };
};

node.http = { parseUri };
