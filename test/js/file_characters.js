// Reads that go on from where the file stands give whole characters, whatever their length; others do not join.
// args: $FOLDER
// stdout: true true true
// stdout: ["","","€","a","","�",null]
// stdout: "�" "��"
// stdout: ["","€a"]
// stdout: ["","A"]
// stdout: ["",[226,130,172]]
var fs = node.fs, path = ARGV[2] + "/file";
async function all(length) {
  var file = new fs.File({ encoding: "utf8" }), text = "", piece;
  file.open(path, "r");
  while ((piece = await file.read(length)) !== null) text += piece;
  await file.close();
  return text;
}
async function make(data) {
  var file = new fs.File();
  file.open(path, "w");
  file.write(data);
  await file.close();
}
(async function () {
  var text = "a\u00e9\u20ac\ud83d\ude00\0".repeat(300);
  await make(text);
  puts([await all(1) === text, await all(3) === text, await all(1000) === text].join(" "));
  await make([0xe2, 0x82, 0xac, 0x61, 0xe2]);
  var file = new fs.File({ encoding: "utf8" }), pieces = [];
  file.open(path, "r");
  for (var i = 0; i < 7; i++) pieces.push(await file.read(1));
  p(pieces);
  puts(JSON.stringify(await file.read(1, 0)) + " " + JSON.stringify(await file.read(2, 1)));
  await file.close();
  file.open(path, "r");
  p([await file.read(1), await file.read(3)]);
  await file.close();
  // What is written in between ends it.
  file.open(path, "r+");
  pieces = [await file.read(1)];
  await file.write("A", 1);
  pieces.push(await file.read(1));
  p(pieces);
  await file.close();
  await make([0xe2, 0x82, 0xac]);
  file.open(path, "r");
  pieces = [await file.read(1)];
  file.encoding = node.RAW;
  pieces.push(await file.read(5));
  p(pieces);
})();
