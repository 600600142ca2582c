// What an http:// URL asks for.

const { decode, parseUri } = hooks.uri;

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

// For http_client.js and module_fetch.js: whom and what an http:// URL asks for. Gives `host` (an
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
