// A resolver is made with `new`, without it, and by a constructor that inherits.
// stdout: with new: true 127.0.0.1:5353
// stdout: without: true 127.0.0.1:5353
// stdout: detached: true 127.0.0.1:5353
// stdout: inherited: true 127.0.0.1:5353
// stdout: node.dns has other servers: true
const options = { servers: ["127.0.0.1:5353"] };
function check(name, resolver) {
  puts(name + ": " + (resolver instanceof node.dns.Resolver && resolver !== node.dns) + " " + resolver.servers);
}
check("with new", new node.dns.Resolver(options));
check("without", node.dns.Resolver(options));
const make = node.dns.Resolver;
check("detached", make(options));
function Mine() {
  node.dns.Resolver.call(this, options);
}
node.inherits(Mine, node.dns.Resolver);
check("inherited", new Mine());
puts("node.dns has other servers: " + (String(node.dns.servers) !== "127.0.0.1:5353"));
