// Modules by URL: http only, a plain GET, and what it gives must be 200 to 299.

const { joinBytes } = hooks.chunks;

// A module is a file that somebody has written.
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_SECONDS = 30;

// What "sha256-..." (64 hexadecimal digits, or base64) says, in hexadecimal digits; undefined when it says nothing.
function digestOf(pin) {
  if (!pin.startsWith("sha256-")) return undefined;
  const text = pin.slice(7);
  if (/^[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase();
  if (!/^[0-9A-Za-z+/_-]{43}=?$/.test(text)) return undefined;
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  let bits = "";
  for (const letter of text.replace("=", "").replace(/-/g, "+").replace(/_/g, "/")) {
    bits += digits.indexOf(letter).toString(2).padStart(6, "0");
  }
  return bits.slice(0, 256).replace(/.{4}/g, (four) => parseInt(four, 2).toString(16));
}

function headerOf(response, lower) {
  const found = response.headers.find((pair) => pair[0].toLowerCase() === lower);
  return found === undefined ? undefined : found[1];
}

// Why an answer is no module; undefined when it may be one.
function refusalOf(response) {
  const status = response.statusCode;
  if (status >= 200 && status <= 299) {
    const coding = headerOf(response, "content-encoding");
    if (coding === undefined || coding.toLowerCase() === "identity") return undefined;
    return "the server sends it with Content-Encoding " + JSON.stringify(coding) + ", which nobody has asked for";
  }
  const name = node.http.STATUS_CODES[status];
  const text = "the server says " + status + (name === undefined ? "" : " " + name);
  const location = headerOf(response, "location");
  if (status < 300 || status > 399 || location === undefined) return text;
  return text + ", and redirects are not followed: ask for " + JSON.stringify(location);
}

// Fetches the module at `url` and calls `done(error)` or `done(undefined, text)`, once, in a later turn. `pin`: what
// stands behind "#", "sha256-..." of the bytes, or undefined.
function fetchModule(url, pin, done) {
  let over = false;
  let client;
  let timer;
  const finish = (message, text, cause) => {
    if (over) return;
    over = true;
    hooks.clearTimer(timer);
    if (client !== undefined) client.forceClose();
    if (message === undefined) return done(undefined, text);
    const error = new Error(message);
    if (cause !== undefined) Object.assign(error, { errno: cause.errno, syscall: cause.syscall });
    done(error);
  };
  const digest = pin === undefined ? "" : digestOf(pin);
  let place;
  try {
    if (digest === undefined) throw new Error('the pin behind "#" must be sha256- and 64 hexadecimal digits or base64');
    place = hooks.parseHttpUrl("require", url);
  } catch (error) {
    return void node.setTimeout(() => finish(error.message), 0);
  }
  timer = node.setTimeout(() => finish("not complete after " + MOST_SECONDS + " s"), MOST_SECONDS * 1000);
  client = node.http.createClient(place.port, place.host);
  const request = client.get(place.path, place.authorization === undefined ? [] : [["Authorization", place.authorization]]);
  request.addListener("error", (error) => finish(error.message, undefined, error));
  request.finish((response) => {
    const refusal = refusalOf(response);
    if (refusal !== undefined) return finish(refusal);
    response.setBodyEncoding("bytes");
    const chunks = [];
    let length = 0;
    response.addListener("body", (chunk) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MOST_BYTES) finish("more than " + MOST_BYTES + " bytes");
    });
    response.addListener("complete", () => {
      const bytes = joinBytes(chunks, length);
      const found = digest === "" ? "" : binding.sha256(bytes);
      if (found !== digest) return finish("its content is not what the pin says: it is sha256-" + found);
      finish(undefined, binding.sourceText(bytes, url));
    });
  });
}

hooks.offers.fetchModule = fetchModule;
