// node.encodeUtf8 makes text of bytes.
// stdout: ["h\u00e9llo €","ab","ab","","\ufffd","\ufffdA",true]
// stdout: encodeUtf8: the bytes must be an array, a Uint8Array or an ArrayBuffer, not "text"
// stdout: encodeUtf8: the bytes must be an array, a Uint8Array or an ArrayBuffer, not undefined
var bytes = new Uint8Array([97, 98]);
puts(JSON.stringify([node.encodeUtf8([104, 0xc3, 0xa9, 108, 108, 111, 32, 0xe2, 0x82, 0xac]), node.encodeUtf8(bytes),
  node.encodeUtf8(bytes.buffer), node.encodeUtf8([]), node.encodeUtf8([0xff]), node.encodeUtf8([0xc3, 65]),
  node.encodeUtf8(new Array(100000).fill(65)) === "A".repeat(100000)]).replace("é", "\\u00e9").replace(/\ufffd/g, "\\ufffd"));
["text", undefined].forEach(function (value) {
  try { node.encodeUtf8(value); } catch (error) { puts(error.message); }
});
