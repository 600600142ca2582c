// print writes bytes as they are: of an array, a Uint8Array and an ArrayBuffer.
// stdout: h€y
// stdout: h€y
// stdout: h€y
var bytes = [104, 0xe2, 0x82, 0xac, 121, 10], typed = new Uint8Array(bytes);
print(bytes);
print(typed);
print(typed.buffer);
