// Heads of HTTP messages: what http.js and http_client.js have in common.

const { quoted } = hooks.chunks;

// RFC 9110, 5.6.2 and 5.5, on characters; C++ checks the bytes again.
const TOKEN = /^[!#$%&'*+.^_\x60|~0-9A-Za-z-]+$/;
const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

// Checks the `headers` given to `call` and hands each to `take(name, value, lower)`, where lower is the name in lower
// case. Gives what they say of the body: `length` (a number, -1 without Content-Length), `coded` (whether they have
// Transfer-Encoding). Checked here, where the script can catch it (RFC 9112, 6).
function readHeaders(call, headers, take) {
  if (!Array.isArray(headers)) throw new TypeError(call + ": headers must be an array of [name, value] pairs");
  let length = -1;
  let coded = false;
  for (let i = 0; i < headers.length; i++) {
    const pair = headers[i];
    if (!Array.isArray(pair) || pair.length < 2) {
      throw new TypeError(call + ": headers[" + i + "] must be a [name, value] pair");
    }
    const name = String(pair[0]);
    const value = String(pair[1]);
    if (!TOKEN.test(name)) throw new Error(call + ": forbidden character in the header name " + quoted(name));
    if (BAD_VALUE.test(value)) {
      throw new Error(call + ": forbidden character in the value of " + name + ": " + quoted(value));
    }
    const lower = name.toLowerCase();
    if (lower === "content-length") {
      if (!/^[0-9]{1,15}$/.test(value)) throw new Error(call + ": Content-Length must be a number of bytes, not " + quoted(value));
      if (length >= 0 && length !== Number(value)) throw new Error(call + ": two values of Content-Length");
      length = Number(value);
    } else if (lower === "transfer-encoding") {
      if (coded || value.toLowerCase() !== "chunked") {
        throw new Error(call + ': the only Transfer-Encoding is one "chunked", not ' + quoted(value));
      }
      coded = true;
    }
    take(name, value, lower);
  }
  if (coded && length >= 0) throw new Error(call + ": Content-Length and Transfer-Encoding exclude one another");
  return { length, coded };
}

// `text` between `start` and `end` without blanks at both ends. No regular expression: these go back over inner blanks.
function trimmed(text, start, end) {
  while (start < end && (text[start] === " " || text[start] === "\t")) start++;
  while (end > start && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  return text.slice(start, end);
}

function parseHeaders(head) {
  // The parser has checked the grammar: lines end in CRLF, names have no blanks.
  const headers = [];
  let start = head.indexOf("\r\n") + 2;
  for (;;) {
    const end = head.indexOf("\r\n", start);
    if (end <= start) return headers;
    const colon = head.indexOf(":", start);
    headers.push([head.slice(start, colon), trimmed(head, colon + 1, end)]);
    start = end + 2;
  }
}

// Whether somebody listens for `event`.
function has(emitter, event) {
  return emitter._events !== undefined && emitter._events[event] !== undefined && emitter._events[event].length > 0;
}

// An Error as those of system calls: "syscall ERRNO subject: text".
function makeError(syscall, errno, text) {
  const error = new Error(syscall + " " + errno + " " + text);
  error.errno = errno;
  error.syscall = syscall;
  return error;
}

// The options of `call` that `known` names, read now: what a getter throws is the caller's to throw, and C++ meets none.
// `known`: name -> the largest value of an integer, or true for a boolean. A part of a second counts as a whole one. What
// is not set (undefined, null) stays so; what is none of that throws. The result inherits nothing.
function readOptions(call, options, known) {
  const read = Object.create(null);
  if (options === undefined || options === null) return read;
  for (const name in known) {
    const most = known[name];
    let value = options[name];
    if (value === undefined || value === null) continue;
    if (typeof value === "number" && TIMEOUT.test(name)) value = Math.ceil(value);
    const good = most === true ? typeof value === "boolean" : Number.isInteger(value) && value >= 0 && value <= most;
    if (!good) {
      const what = most === true ? "a boolean" : (TIMEOUT.test(name) ? "seconds" : "an integer") + " from 0 to " + most;
      throw new TypeError(call + ": the option " + name + " must be " + what + ", not " + quoted(options[name]));
    }
    read[name] = value;
  }
  return read;
}
const TIMEOUT = /timeout$/i;

hooks.head = { BAD_VALUE, TOKEN, has, makeError, parseHeaders, readHeaders, readOptions };
