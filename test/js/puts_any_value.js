// puts and print take any value, p shows it as JSON.
// stdout: undefined null 1.5 1,2 [object Object] own
// stdout: undefined
// stdout: {"a":[1,"x"]}
// stdout: 7true€
print([undefined, null].map(String).join(" "));
print(" ");
print(1.5);
print(" ");
print(String([1, 2]));
print(" ");
print({});
print(" ");
print({ toString: function () { return "own"; } });
print("\n");
p(undefined);
p({ a: [1, "x"] });
print(7);
print(true);
print([0xe2, 0x82, 0xac]);
var detached = puts;
detached("");
