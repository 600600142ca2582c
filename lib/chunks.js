// Pieces of data and their encodings, for tcp.js and http.js; node.encodeUtf8.

// In the order of js_chunk::Encoding.
const ENCODINGS = ["raw", "utf8", "ascii", "bytes"];

let sharedPiece; // where bytes lie of which C++ gives the length, or gets it
let packing = false;

const { isView } = ArrayBuffer;
const bufferLength = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength").get;

function isBuffer(value) {
  if (!(value instanceof ArrayBuffer)) return false;
  try {
    Reflect.apply(bufferLength, value, []);
    return true;
  } catch {
    return false;
  }
}

// Whether `data` is a Uint8Array or an ArrayBuffer, and not just made to look like one: C++ takes it as what it is.
function isBytes(data) {
  return (isView(data) && data instanceof Uint8Array) || isBuffer(data);
}

function shared() {
  return sharedPiece || (sharedPiece = binding.sharedPiece());
}

// The first `length` (by default all) of the bytes that have arrived, in the raw form: an array of integers.
function integers(bytes, length = bytes.length) {
  const array = new Array(length);
  for (let i = 0; i < length; i++) array[i] = bytes[i];
  return array;
}

hooks.chunks = {
  // The name in force for what a script has given: case does not matter, what is unknown is "raw".
  encodingName(encoding) {
    const name = String(encoding).toLowerCase();
    return ENCODINGS.includes(name) ? name : "raw";
  },

  // As C++ has it.
  encodingIndex(name) {
    return ENCODINGS.indexOf(name);
  },

  // Whether strings are to go out as UTF-8, not a byte for each character.
  isUtf8(encoding) {
    return encoding !== undefined && String(encoding).toLowerCase() === "utf8";
  },

  // Data to be sent as a string, a Uint8Array or an ArrayBuffer; throws a TypeError that says `complaint`.
  bytesOf(data, complaint) {
    if (typeof data === "string" || isBytes(data)) return data;
    if (Array.isArray(data)) return Uint8Array.from(data);
    throw new TypeError(complaint + " must be a string, an array of bytes, or a Uint8Array");
  },

  // Puts an array into the shared piece, for C++. Returns how many elements it has, or -1 when these are too many, or
  // one is being put there: an element may be a getter that sends something.
  pack(data) {
    const piece = shared();
    const length = data.length;
    if (packing || length > piece.length) return -1;
    packing = true;
    try {
      for (let i = 0; i < length; i++) piece[i] = data[i];
    } finally {
      packing = false;
    }
    return length;
  },

  // The bytes that such data have, strings by `utf8`.
  byteLength(data, utf8) {
    if (typeof data !== "string") return data.byteLength;
    return utf8 ? binding.utf8Length(data) : data.length;
  },

  integers,
  isBytes,

  // What arrives, as scripts get it in that encoding: `chunk` is a string, a Uint8Array, or the length of what C++ has
  // put into the shared piece.
  pieceOf(encoding, chunk) {
    if (typeof chunk === "number") {
      return encoding === "raw" ? integers(shared(), chunk) : shared().slice(0, chunk);
    }
    return encoding === "raw" && typeof chunk !== "string" ? integers(chunk) : chunk;
  },

  // Uint8Arrays of `length` bytes together as one.
  joinBytes(pieces, length) {
    const all = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  },

  // A value as a message shows it, also one that has no text.
  quoted(value) {
    return typeof value === "string" ? JSON.stringify(value) : hooks.textOf(value);
  },
};

// The text whose UTF-8 form `bytes` are: an array of integers, a Uint8Array or an ArrayBuffer. What is no UTF-8 becomes
// U+FFFD. Throws a TypeError for what is none of these.
node.encodeUtf8 = function encodeUtf8(bytes) {
  if (Array.isArray(bytes)) return binding.utf8Text(Uint8Array.from(bytes));
  if (isBytes(bytes)) return binding.utf8Text(bytes);
  throw new TypeError("encodeUtf8: the bytes must be an array, a Uint8Array or an ArrayBuffer, not " + hooks.chunks.quoted(bytes));
};
